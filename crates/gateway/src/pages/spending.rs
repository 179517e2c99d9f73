//! Spending control (*controllo della spesa*): chapters against forecast and budget, and where the year ends.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{
    domains::FINANCE,
    finance::{ProjectionBasis, SpendingStanding},
};
use piramide_measure::Exact;
use serde::Deserialize;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    explanation::{self, StepRow},
    page,
    plain::{Row, Table, about, badge, caution, shown, signed},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::spending::{self, SpendingLine, SpendingTotal, TransitShare, Verdict},
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/spesa";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpendingParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    /// A chapter whose figures are derived; empty for none.
    chapter: Option<String>,
}

#[derive(Template)]
#[template(path = "spending.html")]
struct SpendingPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    figures: Vec<(&'static str, String)>,
    remarks: Vec<String>,
    lines: Table,
    transit: Table,
    below: Table,
    /// The chapter whose figures are derived; empty for none.
    chapter: String,
    derivations: Vec<StepRow>,
}

/// `GET /spesa`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<SpendingParameters>) -> Result<Response, Problem> {
    let chapter = asked.chapter.unwrap_or_default();
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_spending(question, chapter.clone()), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(FINANCE, question.is_current(), answer.sequence);
    let plan_version = answer.plan_version.clone();
    let control = spending::spending(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let parameters = choice.parameters();
    let derived = control.lines.iter().find(|line| line.code == chapter).map(|line| format!("{}, {}", line.official, line.label));
    let template = SpendingPage {
        layout: Layout::new("Controllo della spesa".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: control.total.name.clone(),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        figures: figures(&control.total),
        remarks: remarks(&control),
        lines: lines(&control.lines, &parameters),
        transit: transit(&control.transit),
        below: below(&control.below, &parameters),
        chapter: derived.unwrap_or_default(),
        derivations: control.derivations.into_iter().map(|step| explanation::row(step, &parameters, 1)).collect(),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

fn figures(total: &SpendingTotal) -> Vec<(&'static str, String)> {
    vec![
        ("Budget dell'anno, euro", euro(total.budget.as_ref())),
        ("Forecast a oggi, euro", euro(total.forecast.as_ref())),
        ("Impegnato, euro", euro(total.committed.as_ref())),
        ("Utilizzato, euro", euro(total.actual.as_ref())),
        ("Proiezione a fine anno, euro", euro(total.projection.as_ref())),
        ("Capitoli oltre un limite", italian::count(total.passed)),
        ("Capitoli in preavviso", italian::count(total.warned)),
    ]
}

fn euro(value: Option<&Exact>) -> String {
    shown(value, italian::DIGITS)
}

fn remarks(control: &spending::Spending) -> Vec<String> {
    let mut remarks = Vec::new();
    if control.lines.is_empty() {
        remarks.push("Il piano non elenca capitoli di spesa.".to_owned());
    } else if control.elapsed.is_empty() {
        remarks.push("Nessun utilizzato registrato: senza consuntivi non c'è scostamento né proiezione.".to_owned());
    } else {
        remarks.push(format!("Utilizzato registrato fino a {}.", control.elapsed));
    }
    remarks.extend(alike(&control.lines));
    remarks.extend(caution(control.total.provenance));
    remarks
}

/// A standing in a word and a sign, never by colour alone.
fn told(standing: SpendingStanding) -> &'static str {
    match standing {
        SpendingStanding::Unspecified => "— non valutabile",
        SpendingStanding::Within => "✓ entro",
        SpendingStanding::Warned => "△ preavviso",
        SpendingStanding::Passed => "▲ superato",
    }
}

fn lines(lines: &[SpendingLine], parameters: &[(&'static str, &str)]) -> Table {
    let alike = alike(lines);
    let row = |line: &SpendingLine| {
        let mut leads = parameters.to_vec();
        leads.push(("chapter", line.code.as_str()));
        Row {
            href: Some(format!("{}#perche", href(PATH, &leads))),
            badge: badge(line.provenance),
            notes: notes(line, &alike),
            ..Row::new(
                line.official.clone(),
                vec![
                    euro(line.budget.as_ref()),
                    euro(line.forecast.as_ref()),
                    euro(line.committed.as_ref()),
                    euro(line.actual.as_ref()),
                    euro(line.paid.as_ref()),
                    signed(line.tolerance.percent.as_ref()),
                    euro(line.projection.as_ref()),
                    signed(line.outcome.percent.as_ref()),
                    told(line.standing).to_owned(),
                ],
            )
        }
    };
    Table {
        caption: "I capitoli, in euro",
        what: "Capitolo",
        heads: vec!["Budget", "Forecast", "Impegnato", "Utilizzato", "Pagato", "Scost. %", "Proiezione", "Sul budget %", "Esito"],
        rows: lines.iter().map(row).collect(),
    }
}

/// What the projection of a chapter and its forecast rest on.
fn rests_on(line: &SpendingLine) -> Vec<String> {
    let basis = match line.basis {
        ProjectionBasis::Unspecified | ProjectionBasis::Final => None,
        ProjectionBasis::Forecast => Some("Proiezione: utilizzato e forecast dei mesi che restano."),
        ProjectionBasis::ProRata => Some("Proiezione: pro rata dei mesi trascorsi."),
    };
    basis.map(str::to_owned).into_iter().chain(line.round.map(|round| format!("Forecast n. {round}."))).collect()
}

/// What all chapters with a forecast rest on alike: said once above them instead of under each.
fn alike(lines: &[SpendingLine]) -> Vec<String> {
    let mut each = lines.iter().filter(|line| line.round.is_some()).map(rests_on);
    let first = each.next().unwrap_or_default();
    if each.all(|other| other == first) { first } else { Vec::new() }
}

/// What there is to say of a chapter: its name, what it rests on unlike the others, and each limit that is near or passed.
fn notes(line: &SpendingLine, alike: &[String]) -> Vec<String> {
    let mut notes = vec![line.label.clone()];
    notes.extend(rests_on(line).into_iter().filter(|said| !alike.contains(said)));
    notes.extend(alert(&line.tolerance, "l'utilizzato e il forecast"));
    notes.extend(alert(&line.commitment, "l'impegnato e il budget"));
    // What is only projected has not been passed.
    let projected = match line.outcome.standing {
        SpendingStanding::Passed if line.basis != ProjectionBasis::Final => SpendingStanding::Warned,
        standing @ (SpendingStanding::Unspecified | SpendingStanding::Within | SpendingStanding::Warned | SpendingStanding::Passed) => {
            standing
        }
    };
    notes.extend(alert(&Verdict { standing: projected, ..line.outcome.clone() }, "la proiezione e il budget"));
    if !line.note.is_empty() {
        notes.push(italian::note(&line.note));
    }
    notes
}

/// A limit that is near or passed, in a sentence.
fn alert(verdict: &Verdict, what: &str) -> Option<String> {
    let word = match verdict.standing {
        SpendingStanding::Warned => "△ Preavviso",
        SpendingStanding::Passed => "▲ Limite superato",
        SpendingStanding::Within | SpendingStanding::Unspecified => return None,
    };
    let limit = |bound: &Option<Exact>, word: &str| bound.as_ref().map(|bound| format!("{word} {}", italian::number(bound, 2)));
    let limits: Vec<String> = [limit(&verdict.least, "almeno"), limit(&verdict.most, "al massimo")].into_iter().flatten().collect();
    let percent = italian::percent(&signed(verdict.percent.as_ref()));
    Some(format!("{word} tra {what}: {percent} ({} euro).", limits.join(", ")))
}

fn transit(shares: &[TransitShare]) -> Table {
    let row = |share: &TransitShare| {
        Row::new(
            share.label.clone(),
            vec![
                euro(share.balance.as_ref()),
                euro(share.running.as_ref()),
                shown(share.verdict.percent.as_ref(), italian::DIGITS),
                euro(share.verdict.most.as_ref()),
                told(share.verdict.standing).to_owned(),
            ],
        )
    };
    Table {
        caption: "I conti transitori sulle spese di funzionamento",
        what: "Conto",
        heads: vec!["Saldo", "Spese di funzionamento", "Quota %", "Al massimo", "Esito"],
        rows: shares.iter().map(row).collect(),
    }
}

fn below(totals: &[SpendingTotal], parameters: &[(&'static str, &str)]) -> Table {
    let row = |total: &SpendingTotal| {
        let amounts = [&total.budget, &total.forecast, &total.committed, &total.actual, &total.projection];
        let counts = [total.passed, total.warned].map(italian::count);
        Row {
            href: Some(href(PATH, &about(parameters, &total.code))),
            badge: badge(total.provenance),
            ..Row::new(total.name.clone(), amounts.into_iter().map(|value| euro(value.as_ref())).chain(counts).collect())
        }
    };
    Table {
        caption: "Le strutture sottostanti, in euro",
        what: "Struttura",
        heads: vec!["Budget", "Forecast", "Impegnato", "Utilizzato", "Proiezione", "Oltre un limite", "In preavviso"],
        rows: totals.iter().map(row).collect(),
    }
}

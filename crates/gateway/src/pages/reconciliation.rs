//! What adds up and what does not (*quadratura*): the facts, the targets of the plan, or a table that somebody pastes.

use askama::Template;
use axum::{
    Form as Posted,
    body::Bytes,
    extract::{State, rejection::FormRejection},
    response::Response,
};
use piramide_contracts::{domains::FINANCE, finance::Figures, table::Dialect};
use piramide_measure::{Exact, reconciliation::Rounding};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Choice, Chosen, Form, PageParameters},
    figures::{FAR, REACHED, State as Standing, Verdict},
    page,
    plain::{Row, Table},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::reconciliation::{self, Miss, Report},
    rest::{self, Asked, reconciliation::named},
    view::{italian, link::href},
};

const PATH: &str = "/quadratura";
/// Digits after the comma that are never more than a table is written with.
const MOST_DIGITS: u32 = 6;

/// The parameters of a page that shows actuals or targets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReconciliationParameters {
    pub(super) structure: Option<String>,
    pub(super) period: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) as_of: Option<String>,
    /// actuals or targets.
    pub(super) figures: Option<String>,
}

/// A table that was pasted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pasted {
    table: String,
    /// The column that is the sum of the others; empty for none.
    total: String,
}

#[derive(Template)]
#[template(path = "reconciliation.html")]
struct ReconciliationPage {
    layout: Layout,
    form: Form,
    /// What was looked at, in words.
    what: String,
    /// Facts, or targets.
    figures: Vec<Choice>,
    verdict: Verdict,
    counts: Vec<(&'static str, String)>,
    causes: Vec<String>,
    broken: Table,
    rounded: Table,
    /// What was pasted, to be corrected and sent again.
    pasted: String,
    total: String,
}

/// Nothing was there to be added up.
const NOTHING: Standing = Standing { class: "neutro", symbol: "○", text: "niente da verificare" };

/// `GET /quadratura`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<ReconciliationParameters>) -> Result<Response, Problem> {
    let figures = named(asked.figures.as_deref())?;
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) = tokio::try_join!(app.upstream.reconcile(question, figures), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(FINANCE, question.is_current(), answer.sequence);
    let plan = choice.plan_title(&answer.plan_version);
    let report = reconciliation::report(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let kind = if figures == Figures::Targets { "Gli obiettivi dell'IEEP" } else { "I consuntivi di IEEP, costi e conti" };
    let what =
        format!("{kind} di {} e delle strutture sottostanti, periodo {}, voci di {plan}", choice.structure(&structures), choice.period());
    let template = ReconciliationPage {
        form: choice.form(PATH, &structures),
        ..drawn(Layout::new("Quadratura".to_owned(), PATH, &choice, &basis.sequences), &choice, what, figures, &report)
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

/// `POST /quadratura`
pub(super) async fn check(State(app): State<Shared>, posted: Result<Posted<Pasted>, FormRejection>) -> Result<Response, Problem> {
    let Posted(pasted) = posted.map_err(|rejection| Problem::syntax("BODY_MALFORMED", rejection.body_text()))?;
    let choice = Chosen::read(&app, PageParameters::default()).await?;
    let structures = app.upstream.all_structures(&choice.question.plan).await?;
    let total = Some(pasted.total.trim().to_owned()).filter(|total| !total.is_empty());
    // Semicolons in the header are a spreadsheet set to Italian, which is asked for here by pasting from it.
    let header = pasted.table.lines().next().unwrap_or_default();
    let dialect = if header.contains(';') { Dialect::Italian } else { Dialect::Plain };
    let bytes = Bytes::from(pasted.table.clone().into_bytes());
    let report = rest::reconciliation::checked(bytes, dialect, Rounding::UnitPerPart, total).await?;
    let what = "La tabella incollata".to_owned();
    let layout = Layout::new("Quadratura".to_owned(), PATH, &choice, &[]);
    let template = ReconciliationPage {
        form: choice.form(PATH, &structures),
        pasted: pasted.table,
        total: pasted.total,
        ..drawn(layout, &choice, what, Figures::Unspecified, &report.into())
    };
    page(&template, None)
}

fn drawn(layout: Layout, choice: &Chosen, what: String, figures: Figures, report: &Report) -> ReconciliationPage {
    let link = |name: &'static str, label: &str, of: Figures| {
        let mut leads = choice.parameters();
        leads.push(("figures", name));
        Choice { value: href(PATH, &leads), label: label.to_owned(), selected: figures == of }
    };
    ReconciliationPage {
        layout,
        form: choice.form(PATH, &[]),
        what,
        figures: vec![link("actuals", "Consuntivi", Figures::Actuals), link("targets", "Obiettivi del piano", Figures::Targets)],
        verdict: verdict(report),
        counts: vec![
            ("Somme che quadrano", italian::count(report.holding)),
            ("Entro l'arrotondamento", italian::count(report.rounded_count)),
            ("Che non quadrano", italian::count(report.broken_count)),
            ("Non verificabili", italian::count(report.incomplete)),
        ],
        causes: report.causes.iter().map(|cause| sentence(&cause.sentence, cause.settles)).collect(),
        broken: table("Somme che non quadrano", &report.broken, report),
        rounded: table("Somme entro l'arrotondamento: un'unità dell'ultima cifra per ogni parte", &report.rounded, report),
        pasted: String::new(),
        total: String::new(),
    }
}

fn sentence(cause: &str, settles: i64) -> String {
    if settles == 1 { format!("{cause}.") } else { format!("{cause}; spiega {} somme.", italian::count(settles)) }
}

fn verdict(report: &Report) -> Verdict {
    let checked = report.holding + report.rounded_count + report.broken_count;
    let (state, text) = match (checked, report.broken_count) {
        (0, _) => (NOTHING, "Nessuna somma da verificare".to_owned()),
        (_, 0) => (REACHED, format!("Tutto quadra: {}", italian::counted(checked, "somma verificata", "somme verificate"))),
        (_, 1) => (FAR, format!("Non quadra 1 somma su {}", italian::count(checked))),
        (_, broken) => (FAR, format!("Non quadrano {} somme su {}", italian::count(broken), italian::count(checked))),
    };
    Verdict { state, text }
}

fn number(value: &Exact) -> String {
    let needed = value.decimal_text(MOST_DIGITS).split_once('.').map_or(0, |(_, fraction)| fraction.len());
    italian::number(value, u32::try_from(needed).unwrap_or(MOST_DIGITS))
}

fn table(caption: &'static str, misses: &[Miss], report: &Report) -> Table {
    let row = |miss: &Miss| {
        let cause = miss.cause.and_then(|position| report.causes.get(position));
        let whose = cause.map_or_else(String::new, |cause| {
            if cause.row == miss.row && cause.column == miss.column {
                "il totale".to_owned()
            } else {
                format!("{} {}", cause.row, cause.column)
            }
        });
        let place = if miss.column.is_empty() { String::new() } else { format!(", {}", miss.column) };
        Row::new(
            format!("{}{place}", miss.row),
            vec![
                number(&miss.written),
                number(&miss.summed),
                number(&miss.difference),
                number(&miss.tolerance),
                italian::count(miss.parts),
                whose,
            ],
        )
    };
    Table {
        caption,
        what: "Somma",
        heads: vec!["Scritto", "Dalle parti", "Differenza", "Tolleranza", "Parti", "Da correggere"],
        rows: misses.iter().map(row).collect(),
    }
}

//! The statement of a responsibility centre (*conto economico per centro di responsabilità*).

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_measure::{Direction, Exact};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
    plain::{Row, Table, about, badge, caution, deviation, measured, short, shown},
};
use crate::{
    app::Shared,
    problem::Problem,
    reading::costs::{CostStatement, CostTotal, Points, Ratio},
    rest::{Asked, costs},
    view::link::href,
};

const PATH: &str = "/costi";
/// The ratios by which structures are compared.
const COMPARED: [&str; 4] =
    ["finance.profitability", "finance.direct_cost_share", "finance.production_cost_share", "finance.cost_per_point"];

#[derive(Template)]
#[template(path = "costs.html")]
struct CostsPage {
    layout: Layout,
    form: Form,
    structure: String,
    cluster: String,
    period: String,
    plan_title: String,
    plan_version: String,
    figures: Vec<(&'static str, String)>,
    remarks: Vec<String>,
    ratios: Table,
    lines: Table,
    natures: Table,
    below: Table,
    passed: Table,
}

/// `GET /costi`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (found, structures) = tokio::try_join!(costs::found(&app, question), app.upstream.all_structures(&question.plan))?;
    let parameters = choice.parameters();
    let statement = &found.statement;
    let template = CostsPage {
        layout: Layout::new("Costi".to_owned(), PATH, &choice, &found.sequences),
        form: choice.form(PATH, &structures),
        structure: statement.whole.name.clone(),
        cluster: statement.whole.cluster.clone(),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&found.plan_version),
        plan_version: found.plan_version.clone(),
        figures: figures(&statement.whole, &found.points),
        remarks: remarks(statement, &found.points),
        ratios: ratios(&statement.whole.ratios, &parameters),
        lines: lines(statement),
        natures: natures(statement),
        below: below(&statement.below, &parameters),
        passed: passed(statement),
    };
    page(&template, found.basis)
}

fn figures(whole: &CostTotal, points: &Points) -> Vec<(&'static str, String)> {
    let per_point = |cost: &Option<Exact>| shown(points.cost_per_point(cost.as_ref()).as_ref(), 2);
    vec![
        ("Costi propri, euro", shown(whole.own.as_ref(), 2)),
        ("Costi ricevuti, euro", shown(whole.received.as_ref(), 2)),
        ("Costi ribaltati, euro", shown(whole.given.as_ref(), 2)),
        ("Costo pieno, euro", shown(whole.full.as_ref(), 2)),
        ("Punti omogeneizzati", shown(points.actual.as_ref(), 0)),
        ("Costi propri per punto, euro", per_point(&whole.own)),
        ("Costo pieno per punto, euro", per_point(&whole.full)),
    ]
}

fn remarks(statement: &CostStatement, points: &Points) -> Vec<String> {
    let mut remarks = Vec::new();
    if statement.whole.own.is_none() {
        remarks.push(format!("Nessun costo registrato: {}.", statement.whole.missing));
    }
    if points.actual.is_some() {
        let (version, sequence) = (&points.plan_version, points.sequence);
        remarks
            .push(format!("I punti sono della contabilità della produzione, con i coefficienti di {version}, registrazione {sequence}."));
    } else {
        remarks.push(format!("Nessun punto: {}.", points.missing));
    }
    remarks.extend(statement.undone.iter().map(|rule| format!("{}: non ripartito, {}.", rule.label, rule.reason)));
    remarks.extend(caution(statement.whole.provenance.max(points.provenance)));
    remarks
}

fn ratios(ratios: &[Ratio], parameters: &[(&'static str, &str)]) -> Table {
    let row = |ratio: &Ratio| {
        let mut leads = vec![("code", ratio.indicator.as_str())];
        leads.extend(parameters.iter().copied());
        let lower = (ratio.judged.direction == Direction::LowerIsBetter).then(|| "Meglio se più basso.".to_owned());
        let missing = (!ratio.judged.missing.is_empty()).then(|| format!("Nessuna misura: {}", ratio.judged.missing));
        Row {
            href: Some(href("/spiegazione", &leads)),
            notes: lower.into_iter().chain(missing).collect(),
            ..Row::new(
                ratio.label.clone(),
                vec![
                    measured(ratio.judged.target.as_ref(), &ratio.unit),
                    measured(ratio.judged.actual.as_ref(), &ratio.unit),
                    deviation(&ratio.judged, &ratio.unit),
                ],
            )
        }
    };
    Table {
        caption: "Gli indici, sui costi propri",
        what: "Indice",
        heads: vec!["Obiettivo", "Consuntivo", "Scostamento %"],
        rows: ratios.iter().map(row).collect(),
    }
}

/// A share of the whole, per cent.
fn share(part: Option<&Exact>, whole: Option<&Exact>) -> String {
    let share = part.zip(whole).and_then(|(part, whole)| Exact::quotient(&(part * &Exact::hundred()), whole));
    shown(share.as_ref(), 2)
}

fn lines(statement: &CostStatement) -> Table {
    let whole = statement.whole.own.as_ref();
    let row = |line: &crate::reading::costs::CostLine| {
        Row::new(line.label.clone(), vec![line.nature.clone(), shown(line.amount.as_ref(), 2), share(line.amount.as_ref(), whole)])
    };
    Table {
        caption: "I costi per destinazione",
        what: "Conto",
        heads: vec!["Natura", "Euro", "% dei costi propri"],
        rows: statement.lines.iter().map(row).collect(),
    }
}

fn natures(statement: &CostStatement) -> Table {
    let whole = statement.whole.own.as_ref();
    let row = |(nature, amount): &(String, Option<Exact>)| {
        Row::new(nature.clone(), vec![shown(amount.as_ref(), 2), share(amount.as_ref(), whole)])
    };
    Table {
        caption: "I costi per natura",
        what: "Natura",
        heads: vec!["Euro", "% dei costi propri"],
        rows: statement.natures.iter().map(row).collect(),
    }
}

fn below(totals: &[CostTotal], parameters: &[(&'static str, &str)]) -> Table {
    let row = |total: &CostTotal| {
        let euro = [&total.own, &total.received, &total.given, &total.full].map(|value| shown(value.as_ref(), 2));
        let actual = |code: &str| total.ratios.iter().find(|ratio| ratio.indicator == code).and_then(|ratio| ratio.judged.actual.as_ref());
        let ratios = COMPARED.map(|code| shown(actual(code), 2));
        Row {
            href: total.has_children.then(|| href(PATH, &about(parameters, &total.code))),
            badge: badge(total.provenance),
            ..Row::new(total.name.clone(), euro.into_iter().chain(ratios).collect())
        }
    };
    Table {
        caption: "Le strutture sottostanti",
        what: "Struttura",
        heads: vec!["Propri", "Ricevuti", "Ribaltati", "Pieno", "Redditività", "Diretti %", "Produzione %", "Per punto"],
        rows: totals.iter().map(row).collect(),
    }
}

fn passed(statement: &CostStatement) -> Table {
    let row = |passed: &crate::reading::costs::Passed| {
        let key = if passed.driver.is_empty() { "peso del piano".to_owned() } else { passed.driver.clone() };
        Row::new(
            passed.label.clone(),
            vec![
                passed.source.clone(),
                passed.receiver.clone(),
                key,
                short(passed.weight.as_ref()),
                shown(passed.whole.as_ref(), 2),
                shown(passed.amount.as_ref(), 2),
                passed.place.clone(),
            ],
        )
    };
    Table {
        caption: "I costi comuni ripartiti, al centesimo",
        what: "Regola",
        heads: vec!["Da", "A", "Criterio", "Peso", "Da ripartire", "Quota", "Nel piano"],
        rows: statement.passed.iter().map(row).collect(),
    }
}

//! Why a number is what it is (*spiegazione*): the derivation, down to facts and plan values.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Chosen, PageParameters},
    figures::Cells,
    page,
};
use crate::{
    app::Shared,
    problem::Problem,
    reading::{Origin, Step},
    rest::{Asked, domain_of, indicators::explained},
    view::{italian, link::href},
};

/// Levels of the derivation that are open before anyone touches them.
const OPEN_LEVELS: usize = 3;

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplanationParameters {
    code: String,
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
}

#[derive(Template)]
#[template(path = "explanation.html")]
struct ExplanationPage {
    layout: Layout,
    code: String,
    label: String,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    cells: Cells,
    provenance: Option<&'static str>,
    root: StepRow,
    back: String,
}

/// A number of a derivation; it writes itself, and its inputs themselves inside.
#[derive(Template)]
#[template(path = "step.html")]
pub(super) struct StepRow {
    label: String,
    value: String,
    formula: String,
    source: Option<Source>,
    notes: Vec<String>,
    inputs: Vec<StepRow>,
    open: bool,
}

/// Where a number comes from, in words.
struct Source {
    text: String,
    /// The derivation of the indicator, when it is one.
    href: Option<String>,
}

/// `GET /spiegazione`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<ExplanationParameters>) -> Result<Response, Problem> {
    let code = asked.code;
    let domain = domain_of(&code)?;
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let (found, structures) =
        tokio::try_join!(explained(&app, domain, &choice.question, &code), app.upstream.all_structures(&choice.question.plan))?;
    let (result, derivation) = found;
    let parameters = choice.parameters();
    let back = if domain.subject.is_some() { format!("/dominio/{}", domain.name) } else { "/".to_owned() };
    let template = ExplanationPage {
        layout: Layout::new(format!("Perché? {}", result.label), "/spiegazione", &choice, &[]),
        label: result.label,
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&result.plan_version),
        cells: Cells::new(&result.figures, None),
        provenance: result.figures.provenance.map(italian::provenance),
        plan_version: result.plan_version,
        root: row(derivation, &parameters, 1),
        back: href(&back, &parameters),
        code,
    };
    page(&template, None)
}

pub(super) fn row(step: Step, parameters: &[(&'static str, &str)], level: usize) -> StepRow {
    StepRow {
        label: step.label,
        value: step.value.map_or_else(|| "non disponibile".to_owned(), |value| italian::measured(&value, &step.unit)),
        formula: step.formula,
        source: step.origin.map(|origin| source(origin, parameters)),
        notes: step.notes.iter().map(|note| italian::note(note)).collect(),
        inputs: step.inputs.into_iter().map(|input| row(input, parameters, level + 1)).collect(),
        open: level <= OPEN_LEVELS,
    }
}

fn source(origin: Origin, parameters: &[(&'static str, &str)]) -> Source {
    match origin {
        Origin::Fact { batch_id, provenance, structure, subject, period, quantity } => {
            let provenance = provenance.map_or("non detta", italian::provenance);
            let quantity = italian::quantity(&quantity);
            let text = format!(
                "Dato: {quantity} di {subject}, struttura {structure}, periodo {period}; lotto {batch_id}; provenienza: {provenance}"
            );
            Source { text, href: None }
        }
        Origin::Total { provenance, structure, subject } => {
            let provenance = provenance.map_or("non detta", italian::provenance);
            Source { text: format!("Totale dei dati di {subject}, struttura {structure}; provenienza: {provenance}"), href: None }
        }
        Origin::Plan { plan_version, place } => Source { text: format!("Piano {plan_version}: {place}"), href: None },
        Origin::Indicator { code } => {
            let mut all = vec![("code", code.as_str())];
            all.extend(parameters.iter().copied());
            Source { href: Some(href("/spiegazione", &all)), text: format!("Indicatore {code}") }
        }
    }
}

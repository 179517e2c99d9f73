//! The impact of products (*impatto*): what production gives to who receives it, in four respects.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::{self, PUBLIC_VALUE};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
    plain::{Row, Table, badge, measured, short, shown, signed},
};
use crate::{
    app::Shared,
    problem::Problem,
    reading::impact::{self, Index, Measure, Product},
    rest::{Asked, pyramid::basis_of},
    view::{italian, link::href},
};

const PATH: &str = "/impatto";

#[derive(Template)]
#[template(path = "impact.html")]
struct ImpactPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    another_year: bool,
    away: Vec<String>,
    products: Vec<Block>,
}

/// A product on the page.
struct Block {
    label: String,
    figures: Vec<(&'static str, String)>,
    measures: Table,
}

/// `GET /impatto`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_impact(question, app.pulses.heard_of()), app.upstream.all_structures(&question.plan))?;
    let found = impact::impact(answer).map_err(|cause| Problem::unreadable(PUBLIC_VALUE.name, &cause))?;
    let basis = basis_of(&found.domains, question.is_current());
    let sequences = basis.as_ref().map(|basis| basis.sequences.clone()).unwrap_or_default();
    let template = ImpactPage {
        layout: Layout::new("Impatto".to_owned(), PATH, &choice, &sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&found.plan_version),
        another_year: choice.is_of_another_year(&found.plan_version),
        away: found.domains.iter().filter(|domain| !domain.available).map(|domain| label(&domain.domain)).collect(),
        products: found.products.iter().map(|product| block(product, &choice)).collect(),
        plan_version: found.plan_version,
    };
    page(&template, basis)
}

/// What a reader calls a domain; by its name one that this version does not know.
fn label(domain: &str) -> String {
    domains::named(domain).map_or(domain, |domain| domain.label).to_owned()
}

fn block(product: &Product, choice: &Chosen) -> Block {
    let index = |index: &Index| {
        let coverage = italian::percent(&short(index.coverage.as_ref()));
        format!("{} (copertura {coverage})", shown(index.value.as_ref(), 2))
    };
    let row = |measure: &Measure| row(measure, choice);
    Block {
        label: product.label.clone(),
        figures: vec![("Indice sugli obiettivi", index(&product.targets)), ("Indice sull'anno precedente", index(&product.previous_year))],
        measures: Table {
            caption: "Che cosa lo misura",
            what: "Misura",
            heads: vec!["Consuntivo", "Obiettivo", "Punteggio", "Anno precedente", "Variazione %", "Peso %"],
            rows: product.measures.iter().map(row).collect(),
        },
    }
}

fn row(measure: &Measure, choice: &Chosen) -> Row {
    let mut parameters = vec![("code", measure.indicator.as_str())];
    parameters.extend(choice.parameters());
    let why = (!measure.indicator.is_empty()).then(|| href("/spiegazione", &parameters));
    let in_unit = |value| measured(value, &measure.unit);
    let notes = [measure.dimension_label.clone(), measure.missing.clone(), italian::note(&measure.note)];
    Row {
        href: why,
        badge: badge(measure.provenance),
        notes: notes.into_iter().filter(|note| !note.is_empty()).collect(),
        ..Row::new(
            measure.label.clone(),
            vec![
                in_unit(measure.actual.as_ref()),
                in_unit(measure.target.as_ref()),
                shown(measure.score.as_ref(), 2),
                in_unit(measure.previous_year.as_ref()),
                signed(measure.change.as_ref()),
                shown(measure.weight.as_ref(), 2),
            ],
        )
    }
}

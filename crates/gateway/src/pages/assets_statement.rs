//! The institute's assets (*patrimonio*): property disposed of, its database, securities and funds.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;
use piramide_measure::{Exact, Unit};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
    plain::{Row, Table, about, badge, deviation, shown, signed},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::{
        assets::{self, Holding, Property},
        statement::Judged,
    },
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/patrimonio";

#[derive(Template)]
#[template(path = "assets_statement.html")]
struct AssetsPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    own: Table,
    below: Table,
    holdings: Table,
    /// What is held of all securities; empty where the plan lists none.
    closing: String,
}

/// `GET /patrimonio`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (answer, structures) = tokio::try_join!(app.upstream.get_assets(question), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(FINANCE, question.is_current(), answer.sequence);
    let plan_version = answer.plan_version.clone();
    let found = assets::assets(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let parameters = choice.parameters();
    let template = AssetsPage {
        layout: Layout::new("Patrimonio".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        own: own(found.own.as_ref(), &found.indicator, &parameters),
        below: below(&found.below, &parameters),
        closing: if found.holdings.is_empty() { String::new() } else { euro(found.closing.as_ref()) },
        holdings: holdings(&found.holdings),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

fn euro(value: Option<&Exact>) -> String {
    shown(value, italian::DIGITS)
}

fn own(property: Option<&Property>, indicator: &str, parameters: &[(&'static str, &str)]) -> Table {
    let row = |label: &str, (digits, unit): (u32, Unit), judged: &Judged, indicator: &str| {
        let mut leads = vec![("code", indicator)];
        leads.extend(parameters.iter().copied());
        let missing = (!judged.missing.is_empty()).then(|| format!("Nessuna misura: {}", judged.missing));
        Row {
            href: (!indicator.is_empty()).then(|| href("/spiegazione", &leads)),
            badge: badge(judged.provenance),
            notes: missing.into_iter().collect(),
            ..Row::new(
                label.to_owned(),
                vec![
                    shown(judged.target.as_ref(), digits),
                    shown(judged.actual.as_ref(), digits),
                    deviation(judged, unit.code()),
                    euro(judged.realisation.as_ref()),
                ],
            )
        }
    };
    let rows = property.map(|property| {
        vec![
            row("Indice di dismissione", (2, Unit::Percent), &property.index, indicator),
            row("Unità immobiliari dismesse", (0, Unit::Items), &property.units, ""),
            row("Valore catastale, euro", (2, Unit::Euro), &property.value, ""),
            row("Errori definiti nella banca dati Ge.M.P.I.", (0, Unit::Items), &property.errors, ""),
        ]
    });
    Table {
        caption: "Dismissioni e banca dati",
        what: "Misura",
        heads: vec!["Obiettivo", "Consuntivo", "Scostamento %", "Realizzazione %"],
        rows: rows.unwrap_or_default(),
    }
}

fn below(properties: &[Property], parameters: &[(&'static str, &str)]) -> Table {
    let row = |property: &Property| {
        let pair = |judged: &Judged, digits| [shown(judged.target.as_ref(), digits), shown(judged.actual.as_ref(), digits)];
        let (units, value, errors) = (pair(&property.units, 0), pair(&property.value, 2), pair(&property.errors, 0));
        Row {
            href: Some(href(PATH, &about(parameters, &property.code))),
            badge: badge([&property.units, &property.value, &property.errors].into_iter().filter_map(|judged| judged.provenance).max()),
            ..Row::new(
                property.name.clone(),
                units.into_iter().chain(value).chain([euro(property.index.actual.as_ref())]).chain(errors).collect(),
            )
        }
    };
    Table {
        caption: "Le strutture sottostanti",
        what: "Struttura",
        heads: vec!["Unità, obiettivo", "Dismesse", "Valore, obiettivo", "Dismesso", "Indice", "Errori, obiettivo", "Definiti"],
        rows: properties.iter().map(row).collect(),
    }
}

fn holdings(holdings: &[Holding]) -> Table {
    let row = |holding: &Holding| {
        let planned = format!(
            "Previsti: aumenti {}, diminuzioni {}, consistenza finale {}.",
            euro(holding.increases.target.as_ref()),
            euro(holding.decreases.target.as_ref()),
            euro(holding.closing.target.as_ref())
        );
        let priced = |value: &Option<Exact>, what: &str| value.as_ref().map(|value| format!("{what}: {}.", italian::number(value, 2)));
        let prices = [priced(&holding.purchase, "Al prezzo di acquisto"), priced(&holding.nominal, "Al valore nominale")];
        Row {
            badge: badge(holding.closing.provenance),
            notes: std::iter::once(planned).chain(prices.into_iter().flatten()).collect(),
            ..Row::new(
                holding.label.clone(),
                vec![
                    euro(holding.opening.as_ref()),
                    euro(holding.increases.actual.as_ref()),
                    euro(holding.decreases.actual.as_ref()),
                    euro(holding.closing.actual.as_ref()),
                    signed(holding.closing.deviation.as_ref()),
                ],
            )
        }
    };
    Table {
        caption: "I titoli e i fondi dell'Istituto, in euro",
        what: "Classe",
        heads: vec!["Al 1° gennaio", "Aumenti", "Diminuzioni", "Consistenza finale", "Dal previsto"],
        rows: holdings.iter().map(row).collect(),
    }
}

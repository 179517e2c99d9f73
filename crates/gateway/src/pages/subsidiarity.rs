//! Who helps whom (*sussidiarietà*): planned, due and done, pair by pair.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::PRODUCTION;
use piramide_measure::explanation::counted;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    explanation::{self, StepRow},
    page,
    plain::{Row, Table, about, badge, shown, signed},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::subsidiarity::{self, Pair, Relation},
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/sussidiarieta";

#[derive(Template)]
#[template(path = "subsidiarity.html")]
struct HelpPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    /// What is given, with what was handed over to nobody named.
    given: String,
    remarks: Vec<String>,
    tables: Vec<Table>,
    derivation: StepRow,
}

/// `GET /sussidiarieta`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (answer, structures) = tokio::try_join!(app.upstream.get_subsidiarity(question), app.upstream.all_structures(&question.plan))?;
    let sequence = answer.sequence;
    let plan_version = answer.plan_version.clone();
    let help = subsidiarity::subsidiarity(answer).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    let parameters = choice.parameters();
    let sequences = if question.is_current() { vec![(PRODUCTION.name.to_owned(), sequence)] } else { Vec::new() };
    let template = HelpPage {
        layout: Layout::new("Sussidiarietà".to_owned(), PATH, &choice, &sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        given: shown(help.given.as_ref(), 0),
        remarks: remarks(&help),
        tables: tables(&help.pairs, &parameters),
        derivation: explanation::row(help.derivation, &parameters, 1),
    };
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(PRODUCTION, question.is_current(), sequence) }))
}

fn remarks(help: &subsidiarity::Subsidiarity) -> Vec<String> {
    let unnamed = help.unnamed.as_ref().filter(|points| !points.is_zero());
    let unnamed = unnamed
        .map(|points| format!("Ceduti senza indicare chi li ha lavorati: {}.", counted(italian::number(points, 0), "punto", "punti")));
    let nothing = help.pairs.is_empty().then(|| "Nessun aiuto programmato né registrato.".to_owned());
    unnamed.into_iter().chain(nothing).collect()
}

fn tables(pairs: &[Pair], parameters: &[(&'static str, &str)]) -> Vec<Table> {
    let groups = [
        (Relation::Given, "L'aiuto prestato, in punti", "Struttura aiutata"),
        (Relation::Received, "L'aiuto ricevuto, in punti", "Struttura che aiuta"),
        (Relation::Inside, "L'aiuto tra le strutture sottostanti, in punti", "Chi aiuta chi"),
    ];
    let table = |(relation, caption, what): (Relation, &'static str, &'static str)| Table {
        caption,
        what,
        heads: vec!["Programmato nell'anno", "Dovuto nel periodo", "Realizzato", "Scostamento %"],
        rows: pairs.iter().filter(|pair| pair.relation == relation).map(|pair| row(pair, parameters)).collect(),
    };
    groups.into_iter().map(table).filter(|table| !table.rows.is_empty()).collect()
}

fn row(pair: &Pair, parameters: &[(&'static str, &str)]) -> Row {
    let (label, leads) = match pair.relation {
        Relation::Given => (pair.helped_name.clone(), &pair.helped),
        Relation::Received => (pair.helper_name.clone(), &pair.helper),
        Relation::Inside => (format!("{} aiuta {}", pair.helper_name, pair.helped_name), &pair.helper),
    };
    Row {
        label,
        href: Some(href(PATH, &about(parameters, leads))),
        badge: badge(pair.provenance),
        notes: Vec::new(),
        cells: vec![
            shown(pair.planned.as_ref(), 0),
            shown(pair.due.as_ref(), 0),
            shown(pair.actual.as_ref(), 0),
            signed(pair.deviation.as_ref()),
        ],
    }
}

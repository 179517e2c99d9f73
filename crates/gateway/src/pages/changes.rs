//! What changed between two closings (*rettifiche*): from which, to which, and every fact that is not what it was.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{domains::FINANCE, plan::Structure};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters, name},
    page,
    plain::{Row, Table, shown, signed},
    restatements,
};
use crate::{
    app::Shared,
    problem::Problem,
    question::{later, point},
    reading::changes::{self, Changed, Changes},
    rest::Asked,
    view::{italian, link::href},
};

/// Where it is.
pub(super) const PATH: &str = "/rettifiche";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangesParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    /// The later closing or moment; without it, what is known now.
    after: Option<String>,
    /// The same, as links of every page bring it.
    as_of: Option<String>,
    /// The earlier closing; empty before one is chosen.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    /// What the form of closings keeps of the question.
    hidden: Vec<(&'static str, String)>,
    closings: Vec<String>,
    before: String,
    after: String,
    /// Where the same is told of production.
    other: String,
    figures: Vec<(&'static str, String)>,
    remark: String,
    facts: Table,
}

/// `GET /rettifiche`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<ChangesParameters>) -> Result<Response, Problem> {
    let before = asked.before.map(|before| before.trim().to_owned()).unwrap_or_default();
    let after = later(asked.after, asked.as_of);
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: after.clone() };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (closings, structures) = tokio::try_join!(app.upstream.list_closings(FINANCE), app.upstream.all_structures(&question.plan))?;
    let found = if before.is_empty() {
        None
    } else {
        let answer = app.upstream.compare_closings(question, point("before", &before)?).await?;
        Some(changes::changes(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?)
    };
    let kept = choice.parameters().into_iter().filter(|(name, _)| *name != "as_of");
    let template = ChangesPage {
        layout: Layout::new("Rettifiche dell'IEEP".to_owned(), PATH, &choice, &[]),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        hidden: kept.map(|(name, value)| (name, value.to_owned())).collect(),
        closings: closings.into_iter().map(|closing| closing.name).collect(),
        before,
        after: after.unwrap_or_default(),
        other: href(restatements::PATH, &choice.parameters()),
        figures: found.as_ref().map(figures).unwrap_or_default(),
        remark: found.as_ref().map(remark).unwrap_or_default(),
        facts: table(found.as_ref().map_or(&[], |found| found.facts.as_slice()), &structures),
    };
    // Closings come at any moment, and the page lists them: it is never kept.
    page(&template, None)
}

fn figures(found: &Changes) -> Vec<(&'static str, String)> {
    vec![
        ("IEEP prima, euro", shown(found.before.as_ref(), italian::DIGITS)),
        ("IEEP dopo, euro", shown(found.after.as_ref(), italian::DIGITS)),
        ("Differenza, euro", signed(found.difference.as_ref())),
        ("Già compresa nelle voci superiori, euro", signed(found.covered.as_ref())),
        ("Fatti cambiati", italian::count(found.facts_count)),
    ]
}

fn remark(found: &Changes) -> String {
    let listed = i64::try_from(found.facts.len()).unwrap_or(i64::MAX);
    if found.facts_count <= listed {
        return String::new();
    }
    format!("Sono elencati i primi {} su {}.", italian::counted(listed, "fatto", "fatti"), italian::count(found.facts_count))
}

fn table(facts: &[Changed], structures: &[Structure]) -> Table {
    let row = |fact: &Changed| {
        let moment = fact.recorded_at.as_ref().map(italian::moment).unwrap_or_default();
        let why = if fact.reason.is_empty() { "fatto nuovo".to_owned() } else { format!("perché: {}", fact.reason) };
        let note = Some(fact.note.clone()).filter(|note| !note.is_empty());
        Row {
            notes: std::iter::once(format!("{why}; lotto {}, {moment}", fact.batch_id)).chain(note).collect(),
            ..Row::new(
                format!("{}, {}, {}", fact.label, name(structures, &fact.structure), fact.period),
                vec![
                    shown(fact.before.as_ref(), italian::DIGITS),
                    shown(fact.after.as_ref(), italian::DIGITS),
                    signed(fact.difference.as_ref()),
                    signed(fact.effect.as_ref()),
                ],
            )
        }
    };
    Table {
        caption: "I fatti cambiati, in euro: gli effetti, con quanto è già compreso, sommano alla differenza",
        what: "Fatto",
        heads: vec!["Prima", "Dopo", "Differenza", "Effetto sull'IEEP"],
        rows: facts.iter().map(row).collect(),
    }
}

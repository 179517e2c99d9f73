//! Every result of a domain as a table.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    figures::Cells,
    page,
    since::{self, Since},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    rest::{Asked, domain, indicators::results},
    view::{italian, link::href},
};

#[derive(Template)]
#[template(path = "domain.html")]
struct DomainPage {
    layout: Layout,
    form: Form,
    label: &'static str,
    period: String,
    plan_title: String,
    plan_version: String,
    updated: String,
    /// What was known when the period was closed.
    since: Option<Since>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    label: String,
    cells: Cells,
    why: String,
}

/// `GET /dominio/{domain}`
pub(super) async fn show(
    State(app): State<Shared>,
    Path(name): Path<String>,
    Asked(parameters): Asked<PageParameters>,
) -> Result<Response, Problem> {
    let domain = domain(&name)?;
    let choice = Chosen::read(&app, parameters).await?;
    let (answer, structures, closing) = tokio::try_join!(
        app.upstream.get_scorecard(domain, &choice.question, Vec::new()),
        app.upstream.all_structures(&choice.question.plan),
        since::closing(&app, domain, &choice.question)
    )?;
    // A page of past knowledge stays right whatever is recorded since.
    let sequences = if choice.question.is_current() { vec![(domain.name.to_owned(), answer.sequence)] } else { Vec::new() };
    let (plan_version, recorded_at) = (answer.plan_version.clone(), answer.recorded_at);
    let row = |result: crate::reading::Indicator| {
        let mut parameters = vec![("code", result.code.as_str())];
        parameters.extend(choice.parameters());
        Row {
            id: format!("indicatore-{}", result.code),
            why: href("/spiegazione", &parameters),
            cells: Cells::new(&result.figures, None),
            label: result.label,
        }
    };
    let path = format!("/dominio/{}", domain.name);
    let template = DomainPage {
        layout: Layout::new(domain.label.to_owned(), &path, &choice, &sequences),
        form: choice.form(&path, &structures),
        label: domain.label,
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        updated: recorded_at
            .map_or_else(|| "nessun dato registrato".to_owned(), |moment| format!("aggiornato al {}", italian::moment(&moment))),
        since: closing.and_then(|closing| Since::of(&closing, domain, answer.sequence, &choice.parameters())),
        rows: results(domain, answer)?.into_iter().map(row).collect(),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, sequences }))
}

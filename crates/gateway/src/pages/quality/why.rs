//! How an index of the dashboard was reached.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{domains::QUALITY, quality::Reference};
use serde::Deserialize;

use super::{PATH, verdict};
use crate::{
    app::Shared,
    cache::Basis,
    pages::{
        Layout,
        choice::{Chosen, PageParameters},
        explanation::{self, StepRow},
        figures::Verdict,
        page,
        plain::NONE,
    },
    problem::Problem,
    pulse::Sources,
    reading::{self, quality},
    rest::{self, Asked, quality::reference},
    view::link::href,
};

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct WhyParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    node: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "quality_why.html")]
struct WhyPage {
    layout: Layout,
    label: String,
    structure: String,
    period: String,
    reference: &'static str,
    plan_title: String,
    plan_version: String,
    verdict: Verdict,
    derivation: StepRow,
    back: String,
}

/// `GET /cruscotto-qualita/perche`
pub(in crate::pages) async fn show(State(app): State<Shared>, Asked(asked): Asked<WhyParameters>) -> Result<Response, Problem> {
    let against = reference(&asked.reference)?;
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.explain_index(question, asked.node.clone(), against), app.upstream.all_structures(&question.plan))?;
    let unreadable = |cause| Problem::unreadable(QUALITY.name, &cause);
    let index = quality::required(answer.index).map_err(unreadable)?;
    let derivation = reading::explanation(answer.nodes).map_err(unreadable)?;
    let (words, judgement) = match against {
        Reference::PreviousYear => ("sull'anno precedente", &index.previous_year),
        Reference::Budget | Reference::Unspecified => ("sul budget", &index.budget),
    };
    let parameters = choice.parameters();
    let mut back = parameters.clone();
    back.push(("node", asked.node.as_str()));
    let template = WhyPage {
        layout: Layout::new(format!("Perché? {}", index.label), PATH, &choice, &[]),
        label: if index.label.is_empty() { NONE.to_owned() } else { index.label.clone() },
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        reference: words,
        plan_title: choice.plan_title(&answer.plan_version),
        plan_version: answer.plan_version.clone(),
        verdict: verdict(words, judgement),
        derivation: explanation::row(derivation, &parameters, 1),
        back: href(PATH, &back),
    };
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(QUALITY, question.is_current(), answer.sequence) }))
}

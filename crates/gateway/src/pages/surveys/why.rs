//! How the mean of a factor was reached.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;
use serde::Deserialize;

use crate::{
    app::Shared,
    cache::Basis,
    pages::{
        Layout,
        choice::{Chosen, PageParameters},
        explanation::{self, StepRow},
        page,
        plain::shown,
    },
    problem::Problem,
    pulse::Sources,
    reading::surveys,
    rest::{self, Asked},
    view::link::href,
};

pub(in crate::pages) const PATH: &str = "/customer-experience/perche";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct WhyParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    survey: String,
    sample: String,
    factor: String,
}

#[derive(Template)]
#[template(path = "survey_why.html")]
struct WhyPage {
    layout: Layout,
    label: String,
    survey: String,
    sample: String,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    value: String,
    missing: String,
    derivation: StepRow,
    margin: Option<StepRow>,
    back: String,
}

/// `GET /customer-experience/perche`
pub(in crate::pages) async fn show(State(app): State<Shared>, Asked(asked): Asked<WhyParameters>) -> Result<Response, Problem> {
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) = tokio::try_join!(
        app.upstream.explain_survey_mean(question, [asked.survey, asked.sample, asked.factor]),
        app.upstream.all_structures(&question.plan)
    )?;
    let basis = Basis { sources: Sources::ALL, ..rest::basis(QUALITY, question.is_current(), answer.sequence) };
    let plan_version = answer.plan_version.clone();
    let explained = surveys::explained(answer).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let parameters = choice.parameters();
    let template = WhyPage {
        layout: Layout::new(format!("Perché? {}", explained.mean.label), super::PATH, &choice, &[]),
        label: explained.mean.label.clone(),
        survey: explained.survey,
        sample: explained.sample,
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        value: shown(explained.mean.value.as_ref(), 2),
        missing: explained.mean.missing,
        derivation: explanation::row(explained.derivation, &parameters, 1),
        margin: explained.margin.map(|margin| explanation::row(margin, &parameters, 1)),
        back: href(super::PATH, &parameters),
    };
    page(&template, Some(basis))
}

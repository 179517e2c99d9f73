//! The flow of work, node by node of the catalogue and structure by structure.

use axum::{extract::State, response::Response};
use piramide_contracts::{
    convert::Invalid,
    domains::PRODUCTION,
    production::{FlowEffect, ProposedCoefficient, Scope},
    types,
};

use super::{
    Asked, answer, basis,
    query::{AgeParameters, ComparisonParameters, FlowParameters, SimulationParameters},
};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::{self, flow},
    view::{ages::BacklogAges, flow as view},
};

/// The flow of work (pervenuto, definito, giacenza) at the nodes of the catalogue, with the indices of each.
#[utoipa::path(
    get,
    path = "/api/v1/production/flows",
    tag = "figures",
    params(FlowParameters),
    responses(
        (status = 200, body = view::Flows),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(mut parameters): Asked<FlowParameters>) -> Result<Response, Problem> {
    let node = parameters.node.take().unwrap_or_default();
    let question = parameters.question()?;
    let response = app.upstream.get_flows(&question, node).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let flows = flow::flows(response.flows).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    let items = flows.into_iter().map(view::Flow::from).collect();
    answer(&view::Flows { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}

/// The flow of work at one node for a structure and those under it, or those of its cluster.
#[utoipa::path(
    get,
    path = "/api/v1/production/comparison",
    tag = "figures",
    params(ComparisonParameters),
    responses(
        (status = 200, body = view::Comparison),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn compare(State(app): State<Shared>, Asked(parameters): Asked<ComparisonParameters>) -> Result<Response, Problem> {
    let scope = match parameters.scope.as_str() {
        "children" => Scope::Children,
        "peers" => Scope::Peers,
        other => return Err(Problem::parameter("scope", format!("\"{other}\" is neither children nor peers"))),
    };
    let node = parameters.node.clone();
    let question = parameters.question()?;
    let response = app.upstream.compare_flows(&question, node, scope).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let read = |message| flow::of_structure(message).map(view::StructureFlow::from);
    let items: Result<_, Invalid> = response.flows.into_iter().map(read).collect();
    let body = view::Comparison {
        items: items.map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?,
        next_page_token: String::new(),
        cluster: (!response.cluster.is_empty()).then_some(response.cluster),
        plan_version: response.plan_version,
    };
    answer(&body, Some(basis))
}

/// How old what waits is (anzianità della giacenza), class by class, at one node.
#[utoipa::path(
    get,
    path = "/api/v1/production/backlog-ages",
    tag = "figures",
    params(AgeParameters),
    responses(
        (status = 200, body = BacklogAges),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn ages(State(app): State<Shared>, Asked(parameters): Asked<AgeParameters>) -> Result<Response, Problem> {
    let node = parameters.node.clone();
    let question = parameters.question()?;
    let response = app.upstream.get_backlog_ages(&question, node).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let ages = reading::ages::ages(response).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&BacklogAges::new(ages, version), Some(basis))
}

/// What if a coefficient of homogenisation (coefficiente di omogeneizzazione) changed: every flow that it touches, as it is and as it
/// would be. Nothing is recorded; months before it stay as they are.
#[utoipa::path(
    get,
    path = "/api/v1/production/simulation",
    tag = "figures",
    params(SimulationParameters),
    responses(
        (status = 200, body = view::Simulation),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn simulate(State(app): State<Shared>, Asked(parameters): Asked<SimulationParameters>) -> Result<Response, Problem> {
    let proposal = ProposedCoefficient {
        product_code: parameters.product.clone(),
        first_month: Some(types::Period { value: parameters.first_month.clone() }),
        coefficient: Some(types::Decimal { value: parameters.coefficient.clone() }),
    };
    let question = parameters.question()?;
    let response = app.upstream.simulate_coefficients(&question, vec![proposal]).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let read = |effect: FlowEffect| {
        Ok(view::Effect { before: flow::required(effect.before)?.into(), after: flow::required(effect.after)?.into() })
    };
    let items: Result<_, Invalid> = response.effects.into_iter().map(read).collect();
    let items = items.map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&view::Simulation { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}

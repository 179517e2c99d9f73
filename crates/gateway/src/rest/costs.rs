//! The statement of a responsibility centre.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::{FINANCE, PRODUCTION};

use super::{Asked, answer, query::FigureParameters};
use crate::{
    app::{App, Shared},
    cache::Basis,
    problem::{Problem, ProblemDetails},
    pulse::Sources,
    question::Question,
    reading::costs::{self, CostStatement, Points},
    view::costs as view,
};

/// The indicator of production whose points costs are divided by.
const POINTS: &str = "production.homogenised_points";

/// A statement, what production says beside it, the plan, and what the whole rests on.
pub(crate) struct Found {
    pub(crate) statement: CostStatement,
    pub(crate) points: Points,
    pub(crate) plan_version: String,
    /// The sequences that it shows.
    pub(crate) sequences: Vec<(String, i64)>,
    /// How long it may be kept; not at all while production does not answer.
    pub(crate) basis: Option<Basis>,
}

/// The statement of a responsibility centre (conto economico per CdR): costs by destination and nature, what shared costs are passed on to
/// it, ratios against their targets, and the cost per point with the points that production answers to the same question.
#[utoipa::path(
    get,
    path = "/api/v1/finance/costs",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::CostStatement),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let found = found(&app, &parameters.question()?).await?;
    answer(&view::CostStatement::new(found.statement, &found.points, found.plan_version), found.basis)
}

/// Asks finance for the costs and production for the points: the same structure, period, plan and knowledge.
pub(crate) async fn found(app: &App, question: &Question) -> Result<Found, Problem> {
    let points = async { Ok(app.upstream.get_scorecard(PRODUCTION, question, vec![POINTS.to_owned()]).await) };
    let (costs, points) = tokio::try_join!(app.upstream.get_cost_statement(question), points)?;
    let (sequence, plan_version) = (costs.sequence, costs.plan_version.clone());
    let statement = costs::statement(costs).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    // Costs stand without points: why there are none is told in their place, and asked again the next time.
    let (points, answered) = match points {
        Ok(answer) => (costs::points(answer).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?, true),
        Err(problem) => (Points::missing(format!("{}: {}", PRODUCTION.label, problem.detail())), false),
    };
    let sequences = if question.is_current() {
        vec![(FINANCE.name.to_owned(), sequence), (PRODUCTION.name.to_owned(), points.sequence)]
    } else {
        Vec::new()
    };
    let basis = answered.then(|| Basis { sources: Sources::ALL, sequences: sequences.clone() });
    Ok(Found { statement, points, plan_version, sequences, basis })
}

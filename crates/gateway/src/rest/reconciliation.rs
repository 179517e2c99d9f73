//! What adds up and what does not.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::Response,
};
use http::HeaderMap;
use piramide_contracts::{
    domains::FINANCE,
    finance::Figures,
    table::{Dialect, sums},
};
use piramide_measure::reconciliation::{Report, Rounding};

use super::{
    Asked, answer, basis, batches,
    query::{ReconciliationParameters, TableParameters},
    submission,
};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::reconciliation,
    view::reconciliation as view,
};

/// What adds up and what does not (quadratura), of the facts of finance or of the targets of the plan: by how much, and the likeliest
/// cause.
#[utoipa::path(
    get,
    path = "/api/v1/finance/reconciliation",
    tag = "figures",
    params(ReconciliationParameters),
    responses(
        (status = 200, body = view::Reconciliation),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn figures(
    State(app): State<Shared>,
    Asked(mut parameters): Asked<ReconciliationParameters>,
) -> Result<Response, Problem> {
    let figures = named(parameters.figures.take().as_deref())?;
    let question = parameters.question()?;
    let response = app.upstream.reconcile(&question, figures).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let report = reconciliation::report(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Reconciliation::new(report, Some(version)), Some(basis))
}

/// Whether a table that is sent adds up, and if not, by how much and why. Nothing is kept.
///
/// The table is CSV with the columns `row` and `parent`, perhaps `sign` (1 or -1) and `label`, and columns of numbers: each row is the sum
/// of the rows that name it as parent. An Italian file is declared: `text/csv; dialect=italian`.
#[utoipa::path(
    post,
    path = "/api/v1/reconciliation",
    tag = "figures",
    params(TableParameters),
    request_body(content = String, content_type = "text/csv", description = "The table"),
    responses(
        (status = 200, body = view::Reconciliation),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong, row by row")
    )
)]
pub(super) async fn table(
    Asked(parameters): Asked<TableParameters>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let dialect = submission::csv_dialect(&headers)?;
    let rounding = match parameters.rounding.as_deref() {
        None | Some("unit_per_part") => Rounding::UnitPerPart,
        Some("none") => Rounding::None,
        Some(other) => return Err(Problem::parameter("rounding", format!("\"{other}\" is neither unit_per_part nor none"))),
    };
    let report = checked(batches::body(bytes)?, dialect, rounding, parameters.total).await?;
    answer(&view::Reconciliation::new(report.into(), None), None)
}

/// Reads and checks a table, away from the threads that serve others.
pub(crate) async fn checked(bytes: Bytes, dialect: Dialect, rounding: Rounding, total: Option<String>) -> Result<Report, Problem> {
    let read = move || sums::read(&bytes, dialect, rounding, total.as_deref()).map(|table| table.reconcile());
    tokio::task::spawn_blocking(read).await.map_err(|_| Problem::internal())?.map_err(Problem::table)
}

/// The figures that a parameter names.
pub(crate) fn named(figures: Option<&str>) -> Result<Figures, Problem> {
    match figures {
        None | Some("" | "actuals") => Ok(Figures::Actuals),
        Some("targets") => Ok(Figures::Targets),
        Some(other) => Err(Problem::parameter("figures", format!("\"{other}\" is neither actuals nor targets"))),
    }
}

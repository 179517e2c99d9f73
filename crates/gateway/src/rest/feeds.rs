//! Feeds: what each system that sends single events has sent.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    Asked, answer, fact_keeping,
    query::{FeedParameters, page_size},
};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    view::{Page, feed::Feed},
};

/// What each system has sent event by event (flussi di alimentazione), and which of its numbers are missing.
#[utoipa::path(
    get,
    path = "/api/v1/{domain}/feeds",
    tag = "facts",
    params(("domain" = String, Path, description = "production, quality, finance or workforce"), FeedParameters),
    responses(
        (status = 200, body = Page<Feed>),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(
    State(app): State<Shared>,
    Path(domain): Path<String>,
    Asked(parameters): Asked<FeedParameters>,
) -> Result<Response, Problem> {
    let domain = fact_keeping(&domain)?;
    let page_size = page_size(parameters.page_size)?;
    let page = app.upstream.list_feeds(domain, page_size, parameters.page_token.unwrap_or_default()).await?;
    answer(&Page { items: page.feeds.into_iter().map(Feed::from).collect(), next_page_token: page.next_page_token }, None)
}

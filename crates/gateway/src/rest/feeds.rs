//! Feeds: what each system that sends single events has sent.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{Asked, answer, fact_keeping, query::FeedParameters};
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
    let page_size = parameters.page_size.unwrap_or_default();
    if parameters.page_size.is_some_and(|size| !(1..=1_000).contains(&size)) {
        return Err(Problem::parameter("page_size", format!("{page_size} is out of range: write 1 to 1000")));
    }
    let page = app.upstream.list_feeds(domain, page_size, parameters.page_token.unwrap_or_default()).await?;
    answer(&Page { items: page.feeds.into_iter().map(Feed::from).collect(), next_page_token: page.next_page_token }, None)
}

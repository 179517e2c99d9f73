//! The layer that reading routes pass through: kept answers, entity tags, one answer for identical questions.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH},
};
use piramide_contracts::convert::hexadecimal;
use sha2::{Digest, Sha256};

use super::{Basis, Kept};
use crate::{ahead::Unasked, app::Shared, problem::Problem, pulse::Sources};

/// The largest answer that is read into memory: the border of the gRPC messages it is made from, with room for their JSON.
const MOST_ANSWER_BYTES: usize = 32 << 20;

/// Answers from memory what still holds, and gives every answer an entity tag.
pub(crate) async fn serve(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let key = key(request.uri());
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let unasked = request.extensions().get::<Unasked>().is_some();
    if let Some(kept) = app.cache.fresh(&key, &app.pulses) {
        metrics::counter!("gateway_answers_total", "from" => "memory").increment(1);
        if !unasked && kept.is_new() {
            app.ahead.asked(&key);
        }
        return kept.response(known.as_ref());
    }
    metrics::counter!("gateway_answers_total", "from" => if unasked { "ahead" } else { "services" }).increment(1);
    let _waiting = (!unasked).then(|| app.ahead.wait());
    let stamps = app.pulses.stamps();
    let ask = async {
        let kept = Arc::new(Kept::read(next.run(request).await, unasked).await);
        app.cache.keep(&key, stamps, &kept, &app.pulses);
        if kept.status == StatusCode::OK && !unasked {
            app.ahead.asked(&key);
        }
        kept
    };
    // With a stream down nobody can tell whether something changed after the first of the riders asked: each asks for itself.
    let kept = if app.pulses.hold(&stamps, Sources::ALL) { app.cache.join(&key, stamps).answer(ask).await } else { ask.await };
    kept.response(known.as_ref())
}

/// The question of an address: the order of its parameters asks nothing else.
fn key(uri: &Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let mut pairs: Vec<&str> = query.split('&').collect();
    // Stable: of a parameter that stands twice, which comes first may matter.
    pairs.sort_by_key(|pair| pair.split('=').next());
    format!("{}?{}", uri.path(), pairs.join("&"))
}

impl Kept {
    async fn read(response: Response, unasked: bool) -> Self {
        let unasked = AtomicBool::new(unasked);
        let (mut parts, body) = response.into_parts();
        let problem = parts.extensions.remove::<Problem>();
        let basis = parts.extensions.remove::<Basis>();
        match to_bytes(body, MOST_ANSWER_BYTES).await {
            Ok(body) => {
                let mut headers = parts.headers;
                if parts.status == StatusCode::OK {
                    tag(&mut headers, &body);
                }
                Self { status: parts.status, headers, body, problem, basis, unasked }
            }
            Err(error) => {
                tracing::error!(error = %error, "an answer could not be read");
                let problem = Problem::internal();
                Self {
                    status: problem.status(),
                    headers: HeaderMap::new(),
                    body: axum::body::Bytes::new(),
                    problem: Some(problem),
                    basis: None,
                    unasked,
                }
            }
        }
    }

    /// Whether nobody asked for it until now.
    fn is_new(&self) -> bool {
        self.unasked.load(Ordering::Relaxed) && self.unasked.swap(false, Ordering::Relaxed)
    }

    fn response(&self, known: Option<&HeaderValue>) -> Response {
        let unchanged = self.headers.get(ETAG).zip(known).is_some_and(|(tag, known)| names(known, tag));
        let body = if unchanged { Body::empty() } else { Body::from(self.body.clone()) };
        let mut response = Response::new(body);
        *response.status_mut() = if unchanged { StatusCode::NOT_MODIFIED } else { self.status };
        *response.headers_mut() = self.headers.clone();
        if let Some(problem) = &self.problem {
            response.extensions_mut().insert(problem.clone());
        }
        response
    }
}

fn tag(headers: &mut HeaderMap, body: &[u8]) {
    let digest = Sha256::digest(body);
    let text = format!("\"{}\"", hexadecimal(digest.get(..16).unwrap_or_default()));
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(ETAG, value);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
}

/// Whether an `If-None-Match` names a tag, by the weak comparison that RFC 9110 asks for.
fn names(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else {
        return false;
    };
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_parameters_asks_nothing_else() {
        let key = |address: &str| key(&address.parse().unwrap());
        assert_eq!(key("/"), "/");
        assert_eq!(key("/v?structure=NAZ&period=2020"), key("/v?period=2020&structure=NAZ"));
        for other in
            ["/v?period=2020", "/v?period=2020&structure=LIG", "/w?period=2020&structure=NAZ", "/v?period=2020&structure=NAZ&plan="]
        {
            assert_ne!(key(other), key("/v?period=2020&structure=NAZ"), "{other}");
        }
        assert_ne!(key("/v?a=1&a=2"), key("/v?a=2&a=1"), "which of two comes first may matter");
    }

    #[test]
    fn conditional_requests_name_tags_singly_in_lists_weakly_or_by_star() {
        let tag = HeaderValue::from_static("\"ab\"");
        for (known, expected) in
            [("\"ab\"", true), ("\"cd\", \"ab\"", true), ("W/\"ab\"", true), ("*", true), ("\"a\"", false), ("ab", false), ("", false)]
        {
            assert_eq!(names(&HeaderValue::from_static(known), &tag), expected, "{known}");
        }
    }
}

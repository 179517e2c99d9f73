//! The outermost layer: writes every problem out, for programs or for people.

use askama::Template;
use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};

use super::{FieldProblem, Problem};

/// The media type of problems.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What is for programs, whatever they say they accept.
const FOR_PROGRAMS: [&str; 5] = ["/api/", "/health/", "/status", "/metrics", "/openapi.json"];

/// A problem as a page.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    status: u16,
    reason: &'a str,
    detail: &'a str,
    errors: &'a [FieldProblem],
    advice: &'static str,
}

/// Turns every response that says no into problem details, or into a page that says the same and what to do.
pub(crate) async fn dress(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let wants_page = !FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) && accepts_html(request.headers());
    let mut response = next.run(request).await;
    let status = response.status();
    let written = response.headers().get(CONTENT_TYPE).is_some_and(|media| media == PROBLEM_JSON);
    if written || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| of_status(status));
    let mut dressed = if wants_page { page(&problem) } else { json(&problem, &path) };
    *dressed.status_mut() = problem.status;
    let headers = dressed.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(allow) = response.headers().get(ALLOW) {
        headers.insert(ALLOW, allow.clone());
    }
    if let Some(delay) = problem.retry_after {
        // Rounded up, so that nobody comes back too early.
        headers.insert(RETRY_AFTER, HeaderValue::from(delay.as_secs() + u64::from(delay.subsec_nanos() > 0)));
    }
    dressed
}

fn json(problem: &Problem, instance: &str) -> Response {
    // Strings and numbers under string keys: there is nothing in it that JSON cannot hold.
    let body = serde_json::to_vec(&problem.details(instance)).unwrap_or_default();
    ([(CONTENT_TYPE, PROBLEM_JSON)], body).into_response()
}

fn page(problem: &Problem) -> Response {
    let details = problem.details("");
    let page = ErrorPage {
        title: details.title,
        status: details.status,
        reason: details.reason,
        detail: details.detail,
        errors: details.errors,
        advice: advice(problem.status),
    };
    let body = page.render().unwrap_or_else(|_| details.title.to_owned());
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

/// What a person can do about it.
fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Controllare l'indirizzo, oppure tornare alla piramide e scegliere struttura, periodo e piano dai menu.",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            "Riprovare tra qualche istante. Se il problema rimane, segnalarlo a chi gestisce il sistema indicando ora e motivo."
        }
        status if status.is_client_error() => "Correggere quanto indicato e riprovare, oppure tornare alla piramide.",
        _ => "Segnalare il problema a chi gestisce il sistema indicando ora e motivo.",
    }
}

/// The problem of a bare status: what the router and the layers answer by themselves.
fn of_status(status: StatusCode) -> Problem {
    let (reason, detail) = match status {
        StatusCode::NOT_FOUND => ("ROUTE_UNKNOWN", "there is nothing at this path: /openapi.json lists what there is"),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("METHOD_NOT_ALLOWED", "this path does not take the method: the Allow header lists those it takes")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("SIZE", "the body is larger than this path takes: split it"),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => ("DEADLINE", "the answer was not ready in time: ask again later"),
        status if status.is_server_error() => return Problem { status, ..Problem::internal() },
        _ => ("REFUSED", "the request is not accepted as it stands"),
    };
    Problem::new(status, reason, detail)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use tower::ServiceExt;
    use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};

    use super::*;

    async fn panics() -> &'static str {
        panic!("secret of the inside")
    }

    #[track_caller]
    fn check(path: &str, accept: &'static str, status: u16, media: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (parts, body) = runtime.block_on(async {
            let router = Router::new()
                .route("/api/panic", get(panics))
                .route("/panic", get(panics))
                .route("/api/stuck", get(std::future::pending::<()>))
                .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, std::time::Duration::from_millis(10)))
                .layer(CatchPanicLayer::new())
                .layer(from_fn(dress));
            let request = Request::get(path).header(ACCEPT, accept).body(Body::empty()).unwrap();
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            (parts, axum::body::to_bytes(body, 1 << 20).await.unwrap())
        });
        assert_eq!((parts.status.as_u16(), parts.headers[CONTENT_TYPE].to_str().unwrap()), (status, media), "{path}");
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[test]
    fn whoever_says_no_says_it_in_one_shape() {
        check("/api/panic", "*/*", 500, PROBLEM_JSON);
        check("/api/stuck", "*/*", 504, PROBLEM_JSON);
        check("/panic", "text/html", 500, "text/html; charset=utf-8");
        check("/panic", "*/*", 500, PROBLEM_JSON);
        check("/api/panic", "text/html", 500, PROBLEM_JSON);
    }
}

//! Every way to say no is problem details, in the right tone for who asked.

use std::collections::HashMap;

use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::house::{House, wait_until};

#[track_caller]
fn check(house: &House, path: &str, status: u16, reason: &str, detail: &str) {
    let answer = house.get(path);
    let problem = answer.json();
    assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{path}: {problem}");
    let kind = format!("urn:piramide:problem:{}", reason.to_lowercase());
    assert_eq!((&problem["status"], &problem["reason"], &problem["type"]), (&json!(status), &json!(reason), &json!(kind)), "{path}");
    assert_eq!(problem["instance"], path.split('?').next().unwrap());
    assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    assert!(!problem["title"].as_str().unwrap().is_empty());
}

#[test]
fn what_is_asked_wrongly_is_refused_by_name() {
    let house = House::new();
    check(&house, "/api/v1/nothing", 404, "ROUTE_UNKNOWN", "/openapi.json");
    check(&house, "/nothing", 404, "ROUTE_UNKNOWN", "/openapi.json");
    check(
        &house,
        "/api/v1/public-value?structure=NAZ&period=2020&periode=2021",
        400,
        "QUERY_MALFORMED",
        "`structure`, `period`, `plan`, `as_of`",
    );
    check(&house, "/api/v1/public-value?structure=NAZ", 400, "QUERY_MALFORMED", "period");
    check(&house, "/api/v1/public-value?structure=NAZ&structure=NAZ&period=2020", 400, "QUERY_MALFORMED", "structure");
    check(&house, "/api/v1/public-value?structure=NAZ&period=2020-Q5", 400, "PARAMETER_MALFORMED", "2020-Q5");
    check(&house, "/api/v1/public-value?structure=NAZ&period=2020&as_of=2020-01-01T25:00:00Z", 400, "PARAMETER_MALFORMED", "as_of");
    let changes = "/api/v1/finance/changes?structure=NAZ&period=2020&before=2020-12-31Tnoon";
    check(&house, changes, 400, "PARAMETER_MALFORMED", "before: is not a moment");
    check(&house, "/api/v1/public-value?structure=ATLANTIDE&period=2020", 404, "STRUCTURE_UNKNOWN", "ATLANTIDE");
    check(&house, "/api/v1/plans?all=true", 400, "QUERY_MALFORMED", "all");
    check(&house, "/api/v1/structures?page_size=1000000000", 400, "PARAMETER_MALFORMED", "1 to 1000");
    check(&house, "/api/v1/structures/ATLANTIDE", 404, "STRUCTURE_UNKNOWN", "ATLANTIDE");
    check(&house, "/api/v1/indicators?domain=weather&structure=NAZ&period=2020", 404, "DOMAIN_UNKNOWN", "public_value");
    check(&house, "/api/v1/indicators/weather.rain?structure=NAZ&period=2020", 404, "INDICATOR_UNKNOWN", "production.");
    check(&house, "/api/v1/indicators/finance.rain?structure=NAZ&period=2020", 404, "INDICATOR_UNKNOWN", "no such");
    check(&house, "/api/v1/public_value/closings", 404, "DOMAIN_UNKNOWN", "workforce");
    check(&house, "/api/v1/finance/batches/none", 404, "BATCH_UNKNOWN", "none");
    let method = house.post("/api/v1/plans", &[], "");
    assert_eq!((method.status, method.header("allow"), &method.json()["reason"]), (405, "GET,HEAD", &json!("METHOD_NOT_ALLOWED")));
}

#[test]
fn what_a_service_says_is_passed_on_and_what_it_hides_stays_hidden() {
    let house = House::new();
    let path = "/api/v1/indicators/finance.measured?structure=NAZ&period=2020";
    let say = |status: Status| *house.finance.state.refusal.lock().unwrap() = Some(status);
    let with =
        |code, reason: &str| Status::with_error_details(code, "as sent", ErrorDetails::with_error_info(reason, "piramide", HashMap::new()));
    for (code, reason, expected, detail) in [
        (Code::InvalidArgument, "PERIOD_MALFORMED", 400, "as sent"),
        (Code::InvalidArgument, "MONTH_13", 422, "as sent"),
        (Code::FailedPrecondition, "NO_PLAN", 409, "as sent"),
        (Code::ResourceExhausted, "QUOTA", 429, "as sent"),
        (Code::Unavailable, "STORE_UNAVAILABLE", 503, "as sent"),
        (Code::Internal, "BUG", 500, "its operators know more"),
        (Code::PermissionDenied, "SCOPE", 403, "as sent"),
    ] {
        say(with(code, reason));
        check(&house, path, expected, reason, detail);
    }
    say(Status::unavailable("tcp connect error at 10.1.2.3"));
    check(&house, path, 503, "UNAVAILABLE", "finance does not answer");
    say(Status::internal("panicked at src/secret.rs"));
    check(&house, path, 500, "INTERNAL", "finance failed");
    assert!(!house.get(path).text.contains("secret"));
}

#[test]
fn a_service_that_does_not_answer_in_time_is_504() {
    let house = House::with(&["--call-deadline", "150ms"]);
    *house.public_value.state.stuck.lock().unwrap() = true;
    check(&house, "/api/v1/public-value?structure=NAZ&period=2020", 504, "DEADLINE", "");
}

#[test]
fn people_get_a_page_that_says_what_to_do() {
    let mut house = House::new();
    let page = house.page("/niente");
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text.contains("<h1>Pagina o risorsa inesistente</h1>") && page.text.contains("tornare alla piramide"), "{}", page.text);
    let reflected = house.page("/?period=%3Cscript%3Ealert(1)%3C/script%3E");
    assert_eq!(reflected.status, 400);
    assert!(!reflected.text.contains("<script>"), "{}", reflected.text);
    assert_eq!(house.get_with("/api/v1/nothing", &[("accept", "text/html")]).header("content-type"), "application/problem+json");
    house.public_value.stop();
    wait_until("the pyramid is known to be gone", || house.silent() == ["public_value"]);
    let page = house.page("/");
    assert_eq!((page.status, page.header("retry-after")), (503, "5"));
    assert!(page.text.contains("Riprovare tra qualche istante"), "{}", page.text);
}

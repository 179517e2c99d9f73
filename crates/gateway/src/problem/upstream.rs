//! What a service said, as a problem: the error contract of the house in one table.

use std::{borrow::Cow, error::Error};

use http::StatusCode;
use piramide_contracts::domains::Domain;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{FieldProblem, Problem};

/// What tonic says when the time that the client gave has passed; it calls it cancelled.
const TIMEOUT_EXPIRED: &str = "Timeout expired";

impl Problem {
    /// The problem that a service's refusal or failure is.
    ///
    /// Details of refusals are passed on as sent. Of failures, and of what the transport says, nothing of the inside is told.
    pub(crate) fn from_status(domain: Domain, status: &Status) -> Self {
        let name = domain.name;
        // Details that cannot be decoded are no details.
        let details = status.check_error_details().unwrap_or_default();
        let places: Vec<_> = details.bad_request().map_or_else(Vec::new, |bad| {
            bad.field_violations.iter().map(|violation| place(&violation.field, violation.description.clone())).collect()
        });
        let info = details.error_info();
        let reason = info.map(|info| info.reason.clone());
        let (http, default_reason) = http_status(status, reason.as_deref(), places.iter().any(|place| place.line.is_some()));
        let detail = if http == StatusCode::INTERNAL_SERVER_ERROR {
            format!("{name} failed: its operators know more")
        } else if info.is_some() || !http.is_server_error() {
            status.message().to_owned()
        } else if http == StatusCode::GATEWAY_TIMEOUT {
            format!("{name} did not answer in time: ask again later, a submission under the same key")
        } else {
            format!("{name} does not answer: ask again later, a submission under the same key")
        };
        if http.is_server_error() {
            tracing::warn!(domain = name, code = ?status.code(), message = status.message(), source = status.source(), "a service failed");
        }
        let reason = reason.map_or(Cow::Borrowed(default_reason), Cow::Owned);
        let mut problem = Self::new(http, reason, detail).listing(places);
        problem.metadata = info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default();
        if let Some(delay) = details.retry_info().and_then(|info| info.retry_delay) {
            problem.retry_after = Some(delay);
        }
        if status.code() == Code::Aborted {
            problem.retry_after.get_or_insert(super::RETRY_AFTER);
        }
        problem
    }
}

/// Whether a reason is about the form of a request, as opposed to its content.
fn is_syntax(reason: &str) -> bool {
    reason.ends_with("MALFORMED") || reason.starts_with("PAGE_")
}

/// The HTTP status of a gRPC status, and the reason when the service gives none.
fn http_status(status: &Status, reason: Option<&str>, rows: bool) -> (StatusCode, &'static str) {
    match status.code() {
        // A request whose form is wrong, as opposed to one whose content is; a bad row is always content.
        Code::InvalidArgument if !rows && reason.is_some_and(is_syntax) => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Code::InvalidArgument => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_ARGUMENT"),
        // A row that names an unknown code: the path exists, so 404 would mislead.
        Code::NotFound if rows => (StatusCode::UNPROCESSABLE_ENTITY, "NOT_FOUND"),
        Code::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        Code::AlreadyExists => (StatusCode::CONFLICT, "ALREADY_EXISTS"),
        Code::FailedPrecondition => (StatusCode::CONFLICT, "FAILED_PRECONDITION"),
        Code::Aborted => (StatusCode::CONFLICT, "ABORTED"),
        Code::ResourceExhausted => match reason {
            Some("QUOTA") => (StatusCode::TOO_MANY_REQUESTS, "QUOTA"),
            Some("SIZE") => (StatusCode::PAYLOAD_TOO_LARGE, "SIZE"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "OVERLOAD"),
        },
        Code::OutOfRange if reason.is_some() => (StatusCode::UNPROCESSABLE_ENTITY, "OUT_OF_RANGE"),
        // So tonic answers a message above its limit, and gives no reason.
        Code::OutOfRange => (StatusCode::PAYLOAD_TOO_LARGE, "SIZE"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Code::PermissionDenied => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        Code::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED"),
        Code::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE"),
        Code::Cancelled if status.message() == TIMEOUT_EXPIRED => (StatusCode::GATEWAY_TIMEOUT, "DEADLINE"),
        // The transport's ways to say that nobody is there, or that the outcome is unknown.
        Code::Unavailable | Code::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        Code::Unknown if status.source().is_some() => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL"),
    }
}

/// A field violation as line and column: `rows.12.received` is column `received` of line 12.
fn place(field: &str, detail: String) -> FieldProblem {
    let row = field.strip_prefix("rows.").map(|rest| rest.split_once('.').unwrap_or((rest, "")));
    match row.and_then(|(line, column)| line.parse().ok().map(|line: u64| (line, column))) {
        Some((line, column)) => FieldProblem { line: Some(line), column: column.to_owned(), detail },
        None => FieldProblem { line: None, column: field.to_owned(), detail },
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use piramide_contracts::domains::PRODUCTION;
    use tonic_types::ErrorDetails;

    use super::*;

    #[track_caller]
    fn check(code: Code, reason: Option<&str>, field: Option<&str>, expected: u16) -> Problem {
        let mut details = ErrorDetails::new();
        if let Some(reason) = reason {
            details.set_error_info(reason, "piramide", HashMap::from([("violations".to_owned(), "7".to_owned())]));
        }
        if let Some(field) = field {
            details.add_bad_request_violation(field, "is wrong");
        }
        let bare = reason.is_none() && field.is_none();
        let status = if bare { Status::new(code, "secret path") } else { Status::with_error_details(code, "as sent", details) };
        let problem = Problem::from_status(PRODUCTION, &status);
        assert_eq!(problem.status.as_u16(), expected, "{code:?} {reason:?} {field:?}");
        problem
    }

    #[test]
    fn codes_and_reasons_become_statuses() {
        check(Code::InvalidArgument, Some("FIELD_MALFORMED"), Some("batch_id"), 400);
        check(Code::InvalidArgument, Some("NUMBER_MALFORMED"), Some("rows.3.received"), 422);
        check(Code::InvalidArgument, Some("PAGE_TOKEN"), Some("page_token"), 400);
        check(Code::InvalidArgument, Some("CONTROL"), None, 422);
        check(Code::NotFound, Some("STRUCTURE_UNKNOWN"), Some("structure_code"), 404);
        check(Code::NotFound, Some("STRUCTURE_UNKNOWN"), Some("rows.3.structure"), 422);
        check(Code::AlreadyExists, Some("BATCH_ID_REUSED"), None, 409);
        check(Code::FailedPrecondition, Some("PERIOD_CLOSED"), Some("rows.3.period"), 409);
        check(Code::ResourceExhausted, Some("QUOTA"), None, 429);
        check(Code::ResourceExhausted, Some("SIZE"), None, 413);
        check(Code::ResourceExhausted, Some("OVERLOAD"), None, 503);
        check(Code::ResourceExhausted, Some("STORAGE_FULL"), None, 503);
        check(Code::ResourceExhausted, None, None, 503);
        check(Code::OutOfRange, None, None, 413);
        check(Code::OutOfRange, Some("SUM_TOO_LARGE"), None, 422);
        check(Code::Unauthenticated, None, None, 401);
        check(Code::PermissionDenied, None, None, 403);
        check(Code::Unimplemented, None, None, 501);
        check(Code::Unavailable, Some("DRAINING"), None, 503);
        check(Code::DeadlineExceeded, None, None, 504);
        check(Code::DataLoss, Some("CHAIN_BROKEN"), None, 500);
        check(Code::Unknown, None, None, 500);
        let timeout = Problem::from_status(PRODUCTION, &Status::cancelled(TIMEOUT_EXPIRED));
        assert_eq!((timeout.status.as_u16(), timeout.reason.as_ref()), (504, "DEADLINE"));
    }

    #[test]
    fn nothing_of_the_inside_is_told() {
        for code in [Code::Internal, Code::DataLoss, Code::Unknown, Code::Unavailable, Code::Cancelled, Code::DeadlineExceeded] {
            let problem = check(code, None, None, Problem::from_status(PRODUCTION, &Status::new(code, "x")).status.as_u16());
            assert!(!problem.detail.contains("secret"), "{}", problem.detail);
        }
        assert_eq!(check(Code::Internal, Some("BUG"), None, 500).detail, "production failed: its operators know more");
    }

    #[test]
    fn refusals_keep_reason_numbers_places_and_delay() {
        let problem = check(Code::FailedPrecondition, Some("BALANCE_MISSED"), Some("rows.12.closing_backlog"), 409);
        assert_eq!((problem.reason.as_ref(), problem.detail.as_str()), ("BALANCE_MISSED", "as sent"));
        assert_eq!(problem.metadata["violations"], "7");
        assert_eq!(problem.errors, [FieldProblem { line: Some(12), column: "closing_backlog".into(), detail: "is wrong".into() }]);
        assert_eq!(place("rows.4", String::new()), FieldProblem { line: Some(4), column: String::new(), detail: String::new() });
        assert_eq!(place("control.received", String::new()).column, "control.received");
        let mut details = ErrorDetails::with_retry_info(Some(Duration::from_secs(9)));
        details.set_error_info("OVERLOAD", "piramide", HashMap::new());
        let waits = Problem::from_status(PRODUCTION, &Status::with_error_details(Code::Unavailable, "busy", details));
        assert_eq!(waits.retry_after, Some(Duration::from_secs(9)));
        assert!(check(Code::Aborted, Some("CONCURRENT_WRITERS"), None, 409).retry_after.is_some());
    }
}

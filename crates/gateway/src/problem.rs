//! Every way to say no, as RFC 9457 problem details.
//!
//! A handler answers a [`Problem`]; the outermost layer ([`dress`]) writes it out, as JSON for programs and as a page for people, and
//! turns whatever else says no (an unknown path, another method, a body too large, a timeout, a panic) into one too.

pub(crate) mod dress;
mod titles;
mod upstream;

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use piramide_contracts::{convert::Invalid, table::TableError};
use serde::Serialize;
use utoipa::ToSchema;

/// Where the type of a problem is a name, not a page that could move.
const TYPE_PREFIX: &str = "urn:piramide:problem:";
/// How long to wait before asking again, when the service does not say.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// One way to say no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    reason: Cow<'static, str>,
    detail: String,
    errors: Vec<FieldProblem>,
    metadata: BTreeMap<String, String>,
    retry_after: Option<Duration>,
}

/// One wrong place of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// The line of the file, or the position of the row from 1. Absent when the request as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// The column or parameter; empty when the whole line is meant.
    pub(crate) column: String,
    /// What is wrong with it.
    pub(crate) detail: String,
}

/// A problem as it is written (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDetails<'a> {
    /// A name of the kind of problem, made from its reason.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind of problem, in Italian.
    pub(crate) title: &'a str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What happened this time, in English, with the numbers.
    pub(crate) detail: &'a str,
    /// The path that was asked.
    pub(crate) instance: &'a str,
    /// The stable reason, for programs.
    pub(crate) reason: &'a str,
    /// Every wrong place, when the request has several.
    #[serde(skip_serializing_if = "<[FieldProblem]>::is_empty")]
    pub(crate) errors: &'a [FieldProblem],
    /// The numbers of the detail by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    pub(crate) metadata: &'a BTreeMap<String, String>,
}

impl Problem {
    /// Whether something that was named is not known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// A problem with a status, a stable reason and what happened.
    pub(crate) fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let waits = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        Self {
            status,
            reason: reason.into(),
            detail: detail.into(),
            errors: Vec::new(),
            metadata: BTreeMap::new(),
            retry_after: waits.then_some(RETRY_AFTER),
        }
    }

    /// What is wrong, in words.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// A request that cannot be read.
    pub(crate) fn syntax(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason, detail)
    }

    /// A parameter that cannot be read.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let error = FieldProblem { line: None, column: name.to_owned(), detail: detail.clone() };
        Self::syntax("PARAMETER_MALFORMED", format!("{name}: {detail}")).listing(vec![error])
    }

    /// A name in the path or in a code that stands for nothing.
    pub(crate) fn unknown(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason, detail)
    }

    /// A defect of ours, with nothing of the inside.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "the gateway failed: its operators know more")
    }

    /// A service that answered something nobody can read.
    pub(crate) fn unreadable(domain: &str, cause: &Invalid) -> Self {
        tracing::error!(domain, %cause, "an answer that cannot be read");
        let detail = format!("{domain} answered something that this gateway cannot read: their versions do not fit");
        Self::new(StatusCode::BAD_GATEWAY, "UPSTREAM_UNREADABLE", detail)
    }

    /// A file that is not a batch.
    pub(crate) fn table(errors: Vec<TableError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            several => format!(
                "{} places cannot be read, the first: {}",
                several.len(),
                several.first().map_or_else(String::new, ToString::to_string)
            ),
        };
        let place = |error: TableError| FieldProblem { line: Some(error.line), column: error.column, detail: error.cause };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "TABLE_MALFORMED", detail).listing(errors.into_iter().map(place).collect())
    }

    /// With the wrong places.
    #[must_use]
    pub(crate) fn listing(self, errors: Vec<FieldProblem>) -> Self {
        Self { errors, ..self }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether something may have been recorded all the same: who refuses says so, who does not answer says nothing.
    pub(crate) fn may_have_written(&self) -> bool {
        self.status.is_server_error()
    }

    /// Whether a service did not answer, as opposed to answering no.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
    }

    fn details<'a>(&'a self, instance: &'a str) -> ProblemDetails<'a> {
        ProblemDetails {
            kind: format!("{TYPE_PREFIX}{}", self.reason.to_ascii_lowercase()),
            title: titles::title(&self.reason, self.status),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            reason: &self.reason,
            errors: &self.errors,
            metadata: &self.metadata,
        }
    }
}

impl IntoResponse for Problem {
    /// A response that carries the problem for [`dress`] to write.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

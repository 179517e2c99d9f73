//! How a service says no: the canonical gRPC code with the typed details of `google.rpc`, written and read back.
//!
//! Each refusal has a stable reason (`PERIOD_CLOSED`) and its numbers as metadata, so that a caller never parses text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation, StatusExt};

/// The domain of our reasons in `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "piramide";

/// Largest size of the encoded details, in bytes.
///
/// They travel in HTTP trailers, of which many clients take 8 KiB in all; more than that and the caller sees a broken
/// connection in place of the reason. What does not fit is counted in the metadata `omitted_violations`.
pub const DETAILS_LIMIT: usize = 4 * 1024;

/// Largest size of the message, in bytes; the details repeat it.
const MESSAGE_LIMIT: usize = 1024;

/// Stable reasons that any service may answer, whatever its domain.
pub mod reason {
    /// The server has as much work as it may hold; retry after the delay given.
    pub const OVERLOAD: &str = "OVERLOAD";
    /// The message is larger than the receiver takes; send smaller ones.
    pub const SIZE: &str = "SIZE";
    /// The message is not valid protobuf of the type expected.
    pub const UNDECODABLE: &str = "UNDECODABLE";
    /// The deadline passed before the answer was ready.
    pub const DEADLINE: &str = "DEADLINE";
    /// The `grpc-timeout` header is not one.
    pub const MALFORMED_DEADLINE: &str = "MALFORMED_DEADLINE";
    /// What answers are made from could not be read, and is being made again; later, this replica answers too.
    pub const UNSOUND: &str = "UNSOUND";
    /// The server is stopping; another replica, or this one later, will answer.
    pub const DRAINING: &str = "DRAINING";
    /// A defect of the service; the log of the server has the rest.
    pub const BUG: &str = "BUG";
}

/// A refusal with everything a program needs to act on it. Turns into a [`Status`] with `into`, and back with [`Refusal::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The canonical gRPC code.
    pub code: Code,
    /// A stable name in `UPPER_SNAKE_CASE`.
    pub reason: Cow<'static, str>,
    /// What happened, in English, lower case, with the numbers.
    pub message: String,
    /// What is said beside the message. Boxed, so that results with a refusal stay small.
    pub details: Box<Details>,
}

/// What a refusal says beside its message, for programs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// The numbers of the message by name.
    pub metadata: BTreeMap<String, String>,
    /// Fields of the request that are wrong, with what is wrong about each.
    pub fields: Vec<(String, String)>,
    /// States that must change first.
    pub preconditions: Vec<Precondition>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

/// A state that must change before the request can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition {
    /// The kind of state, for instance `PERIOD`.
    pub kind: String,
    /// What has it, for instance `2020-12`.
    pub subject: String,
    /// What is wrong with it and what to do.
    pub description: String,
}

impl Refusal {
    /// A refusal with a code, a stable reason and a message.
    pub fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason: Cow::Borrowed(reason), message: message.into(), details: Box::default() }
    }

    /// Malformed data of the caller: `INVALID_ARGUMENT`.
    pub fn invalid(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, reason, message)
    }

    /// Well-formed, but not in this state: `FAILED_PRECONDITION`.
    pub fn precondition_failed(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message)
    }

    /// A code or key that does not exist: `NOT_FOUND`.
    pub fn not_found(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message)
    }

    /// Not now, but the same request may succeed later: `UNAVAILABLE`.
    pub fn unavailable(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason, message)
    }

    /// A defect of ours: `INTERNAL`, with nothing of the inside. Log the cause before answering this.
    pub fn bug() -> Self {
        Self::new(Code::Internal, reason::BUG, "internal error; the log of the service has the cause")
    }

    /// Adds a number or name of the message.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl fmt::Display) -> Self {
        self.details.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Adds a field of the request and what is wrong about it.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, description: impl Into<String>) -> Self {
        self.details.fields.push((path.into(), description.into()));
        self
    }

    /// Adds a state that must change first.
    #[must_use]
    pub fn precondition(mut self, kind: impl Into<String>, subject: impl Into<String>, description: impl Into<String>) -> Self {
        self.details.preconditions.push(Precondition { kind: kind.into(), subject: subject.into(), description: description.into() });
        self
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.details.retry_after = Some(delay);
        self
    }

    /// Reads the refusal in a status of one of our services; `None` for a status without a reason of ours.
    pub fn read(status: &Status) -> Option<Self> {
        let details = status.check_error_details().ok()?;
        let info = details.error_info().filter(|info| info.domain == DOMAIN)?;
        let read = |each: &PreconditionViolation| Precondition {
            kind: each.r#type.clone(),
            subject: each.subject.clone(),
            description: each.description.clone(),
        };
        let fields = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
        let preconditions = details.precondition_failure().into_iter().flat_map(|failure| &failure.violations);
        Some(Self {
            code: status.code(),
            reason: Cow::Owned(info.reason.clone()),
            message: status.message().to_owned(),
            details: Box::new(Details {
                metadata: info.metadata.clone().into_iter().collect(),
                fields: fields.map(|each| (each.field.clone(), each.description.clone())).collect(),
                preconditions: preconditions.map(read).collect(),
                retry_after: details.retry_info().and_then(|info| info.retry_delay),
            }),
        })
    }

    /// The status, with as many violations as the trailers hold.
    pub fn into_status(mut self) -> Status {
        truncate(&mut self.message, MESSAGE_LIMIT);
        let all = self.details.fields.len() + self.details.preconditions.len();
        loop {
            let status = self.encode(all);
            let kept = self.details.fields.len() + self.details.preconditions.len();
            if status.details().len() <= DETAILS_LIMIT || kept == 0 {
                return status;
            }
            // Halving finds a fitting number in a few encodings, whatever the size of each violation.
            self.details.fields.truncate(self.details.fields.len() / 2);
            self.details.preconditions.truncate(self.details.preconditions.len() / 2);
        }
    }

    fn encode(&self, all: usize) -> Status {
        let omitted = all - self.details.fields.len() - self.details.preconditions.len();
        let mut metadata = self.details.metadata.clone();
        if omitted > 0 {
            metadata.insert("omitted_violations".to_owned(), omitted.to_string());
        }
        let mut details = ErrorDetails::with_error_info(self.reason.as_ref(), DOMAIN, metadata.into_iter().collect::<HashMap<_, _>>());
        if !self.details.fields.is_empty() {
            details.set_bad_request(self.details.fields.iter().map(|(path, text)| FieldViolation::new(path, text)).collect::<Vec<_>>());
        }
        if !self.details.preconditions.is_empty() {
            let write = |each: &Precondition| PreconditionViolation::new(&each.kind, &each.subject, &each.description);
            details.set_precondition_failure(self.details.preconditions.iter().map(write).collect::<Vec<_>>());
        }
        if self.details.retry_after.is_some() {
            details.set_retry_info(self.details.retry_after);
        }
        Status::with_error_details(self.code, self.message.clone(), details)
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        refusal.into_status()
    }
}

/// The stable reason of a status of one of our services.
pub fn reason_of(status: &Status) -> Option<String> {
    Refusal::read(status).map(|refusal| refusal.reason.into_owned())
}

fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = text.floor_char_boundary(limit);
        text.truncate(end);
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let refusal = Refusal::precondition_failed("PERIOD_CLOSED", "period 2020-12 was closed by closing 7")
            .with("period", "2020-12")
            .with("closing", 7)
            .field("facts[3].period", "is closed")
            .precondition("PERIOD", "2020-12", "is closed; send a rectification")
            .retry_after(Duration::from_millis(1_500));
        assert_eq!(Refusal::read(&refusal.clone().into_status()), Some(refusal));
    }

    #[test]
    fn a_status_of_someone_else_is_no_refusal() {
        assert_eq!(Refusal::read(&Status::not_found("nothing")), None);
        let foreign = ErrorDetails::with_error_info("QUOTA", "elsewhere.example", HashMap::new());
        assert_eq!(reason_of(&Status::with_error_details(Code::Internal, "x", foreign)), None);
        assert_eq!(reason_of(&Refusal::bug().into()), Some(reason::BUG.to_owned()));
    }

    #[test]
    fn ten_thousand_violations_fit_the_trailers_and_the_rest_is_counted() {
        let mut refusal = Refusal::invalid("UNBALANCED", "è".repeat(2_000));
        for row in 0..10_000 {
            refusal = refusal.field(format!("rows[{row}]"), "opening 40 plus net flow -3 gives 37 pieces, closing says 39");
        }
        let status = refusal.into_status();
        assert!(status.details().len() <= DETAILS_LIMIT, "{} bytes", status.details().len());
        let read = Refusal::read(&status).unwrap();
        assert!(read.details.fields.len() > 10, "kept {}", read.details.fields.len());
        let omitted: usize = read.details.metadata["omitted_violations"].parse().unwrap();
        assert_eq!(omitted + read.details.fields.len(), 10_000);
        assert!(read.message.ends_with('…'));
    }
}

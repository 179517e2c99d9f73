//! One call as seen from outside: its span, its duration, its code.

use opentelemetry::Context;
use tokio::time::Instant;
use tonic::{Code, Status};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::methods::Rule;
use crate::refusal::reason_of;
use crate::telemetry::{metrics, trace};

/// A call being observed. Dropped before it is finished, it counts as `CANCELLED`: its caller went away.
#[derive(Debug)]
pub(super) struct Call {
    span: Span,
    service: std::sync::Arc<str>,
    method: std::sync::Arc<str>,
    started: Instant,
    finished: bool,
}

impl Call {
    pub(super) fn begin(rule: &Rule, parent: &Context) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = format_args!("{}/{}", rule.service, rule.method),
            otel.kind = "server",
            rpc.system = "grpc",
            rpc.service = &*rule.service,
            rpc.method = &*rule.method,
            rpc.grpc.status_code = Empty,
            trace_id = Empty,
        );
        if let Some(id) = trace::trace_id(parent) {
            span.record("trace_id", id);
            // Fails only where no exporter is set, and then there is nothing to link.
            let _ = span.set_parent(parent.clone());
        }
        ::metrics::gauge!(metrics::IN_FLIGHT, "service" => rule.service.clone()).increment(1);
        Self { span, service: rule.service.clone(), method: rule.method.clone(), started: Instant::now(), finished: false }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// The call is over, with this status.
    pub(super) fn finish(mut self, status: &Status) {
        self.close(status.code());
        let reason = reason_of(status).unwrap_or_default();
        let _entered = self.span.enter();
        let code = name(status.code());
        if matches!(status.code(), Code::Internal | Code::Unknown | Code::DataLoss) {
            tracing::error!(code, reason, message = status.message(), "call failed");
        } else {
            tracing::debug!(code, reason, "call ended");
        }
    }

    fn close(&mut self, code: Code) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        self.span.record("rpc.grpc.status_code", i32::from(code));
        let labels = [
            ::metrics::Label::new("service", self.service.clone()),
            ::metrics::Label::new("method", self.method.clone()),
            ::metrics::Label::new("code", name(code)),
        ];
        ::metrics::histogram!(metrics::DURATION, labels.iter()).record(self.started.elapsed());
        ::metrics::gauge!(metrics::IN_FLIGHT, "service" => self.service.clone()).decrement(1);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.close(Code::Cancelled);
    }
}

/// The code as the gRPC documents write it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

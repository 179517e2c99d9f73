//! The W3C trace context (`traceparent`, `tracestate`) in and out of HTTP headers.
//!
//! It is passed on even when this process exports no spans, so that a service without a collector does not cut the
//! trace of those around it.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The context a caller sent; an empty one if it sent none or a malformed one.
pub fn extract(headers: &HeaderMap) -> Context {
    // From an empty context: one that happens to be attached to this thread belongs to someone else.
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

/// Writes the context of the work in progress into the headers of a call: that of the current span if spans are
/// exported, else the one that came in.
pub fn inject(headers: &mut HeaderMap) {
    let mut context = Span::current().context();
    if !context.span().span_context().is_valid() {
        context = Context::current();
    }
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
}

/// The trace's number as text, if the context has one.
pub fn trace_id(context: &Context) -> Option<String> {
    let span = context.span();
    let id = span.span_context();
    id.is_valid().then(|| id.trace_id().to_string())
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(key.as_bytes()), HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn what_came_in_goes_out_without_an_exporter() {
        let mut incoming = HeaderMap::new();
        incoming.insert("traceparent", HeaderValue::from_static(PARENT));
        let context = extract(&incoming);
        assert_eq!(trace_id(&context).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));

        let _attached = context.attach();
        let mut outgoing = HeaderMap::new();
        inject(&mut outgoing);
        assert_eq!(outgoing["traceparent"], PARENT);
    }

    #[test]
    fn nothing_and_nonsense_carry_no_trace() {
        let mut incoming = HeaderMap::new();
        assert_eq!(trace_id(&extract(&incoming)), None);
        incoming.insert("traceparent", HeaderValue::from_static("00-zz-1-01"));
        assert_eq!(trace_id(&extract(&incoming)), None);
        let mut outgoing = HeaderMap::new();
        inject(&mut outgoing);
        assert!(outgoing.is_empty());
    }
}

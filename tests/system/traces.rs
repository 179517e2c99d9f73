//! One request, one trace: the spans of gateway, public value and a domain, as a collector receives them from the real processes.

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    resource::v1::Resource,
};
use piramide_tests::{Setting, System};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// The trace of who asks, and the span within it.
const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
const CALLER: u64 = 0xb7ad_6b71_6920_3331;

/// A span, as far as it matters here.
#[derive(Debug, Clone)]
struct Span {
    service: String,
    name: String,
    trace: Vec<u8>,
    number: Vec<u8>,
    parent: Vec<u8>,
}

/// Hands on the spans that it is sent.
struct Collector(UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for sent in request.into_inner().resource_spans {
            let service = service_name(sent.resource.unwrap());
            for span in sent.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let service = service.clone();
                let span = Span { service, name: span.name, trace: span.trace_id, number: span.span_id, parent: span.parent_span_id };
                self.0.send(span).unwrap();
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn service_name(resource: Resource) -> String {
    let name = resource.attributes.into_iter().find(|attribute| attribute.key == "service.name").unwrap();
    let Some(Value::StringValue(name)) = name.value.unwrap().value else { panic!("a service without a name") };
    name
}

/// Starts a collector; answers its address, and what it receives.
async fn collector() -> (String, UnboundedReceiver<Span>) {
    let (sender, spans) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(TraceServiceServer::new(Collector(sender)));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (address, spans)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_trace_through_gateway_public_value_and_domains() {
    let (address, mut spans) = collector().await;
    tokio::task::block_in_place(|| {
        let mut system = System::with(Setting { collector: Some(address), ..Setting::default() });
        let caller = format!("00-{TRACE:032x}-{CALLER:016x}-01");
        let asked = system.get_with("/api/v1/public-value?structure=PRV_ASTI&period=2021-03&plan=inps-2021", ("traceparent", &caller));
        assert_eq!(asked.status, 200, "{}", asked.text);
        // Whoever stops sends what it still holds.
        for service in ["gateway", "public-value", "production", "quality", "finance", "workforce"] {
            system.stop(service);
        }
    });
    let trace: Vec<Span> = std::iter::from_fn(|| spans.try_recv().ok()).filter(|span| span.trace == TRACE.to_be_bytes()).collect();
    let gateway = only(&trace, "piramide-gateway");
    assert_eq!(gateway.parent, CALLER.to_be_bytes(), "within the span of who asked: {trace:?}");
    let public_value = only(&trace, "piramide-public-value");
    assert_eq!(
        (public_value.name.as_str(), &public_value.parent),
        ("piramide.publicvalue.v1.PublicValueService/GetPyramid", &gateway.number)
    );
    for domain in ["piramide-production", "piramide-quality", "piramide-finance", "piramide-workforce"] {
        let domain = only(&trace, domain);
        assert_eq!((domain.name.as_str(), &domain.parent), ("piramide.scorecard.v1.ScorecardService/GetScorecard", &public_value.number));
    }
}

/// The one span of a service.
#[track_caller]
fn only<'a>(trace: &'a [Span], service: &str) -> &'a Span {
    let mut spans = trace.iter().filter(|span| span.service == service);
    let (Some(span), None) = (spans.next(), spans.next()) else { panic!("not one span of {service} in {trace:?}") };
    span
}

//! The one subscriber of the process: filter, log on standard error, export of spans.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::About;
use crate::config::{LogFormat, Options};

/// Keeps the export of spans alive; [`Telemetry::flush`] sends what is still held.
#[must_use = "spans not yet sent are lost unless they are flushed at the end"]
#[derive(Debug)]
pub struct Telemetry {
    spans: Option<SdkTracerProvider>,
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one. Loading the configuration has checked it, so this needs an `Options` built by hand.
    #[error("log filter {filter:?} is not valid")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The address of the collector is not usable.
    #[error("cannot export traces to {endpoint}")]
    Exporter {
        /// The address, masked.
        endpoint: String,
        /// Why.
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// Something else has set a subscriber.
    #[error("a tracing subscriber is already set in this process")]
    AlreadySet(#[source] tracing_subscriber::util::TryInitError),
}

/// Sets the subscriber of the process. Called once by [`run`](crate::run()), inside the runtime, which the exporter needs.
///
/// # Errors
///
/// [`TelemetryError`].
pub fn init(about: &About, options: &Options) -> Result<Telemetry, TelemetryError> {
    let filter =
        EnvFilter::builder().parse(&options.log).map_err(|source| TelemetryError::Filter { filter: options.log.clone(), source })?;
    let spans = options.otlp.as_ref().map(|endpoint| exporter(about, endpoint)).transpose()?;
    let export = spans.as_ref().map(|spans| tracing_opentelemetry::layer().with_tracer(spans.tracer(about.name)));
    let subscriber = tracing_subscriber::registry().with(filter).with(writer(options.log_format)).with(export);
    subscriber.try_init().map_err(TelemetryError::AlreadySet)?;
    Ok(Telemetry { spans })
}

fn writer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    match format {
        LogFormat::Text => {
            fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
        }
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).boxed(),
    }
}

fn exporter(about: &About, endpoint: &crate::config::MaskedUrl) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint.expose())
        .build()
        .map_err(|source| TelemetryError::Exporter { endpoint: endpoint.to_string(), source })?;
    let resource = Resource::builder()
        .with_service_name(about.name)
        .with_attribute(opentelemetry::KeyValue::new("service.version", about.version))
        .build();
    Ok(SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

impl Telemetry {
    /// Sends the spans still held and stops the export, waiting two seconds at most for a collector that does not answer.
    ///
    /// It blocks: on a runtime, call it from `spawn_blocking`.
    pub fn flush(self) {
        let Some(spans) = self.spans else { return };
        if let Err(error) = spans.shutdown_with_timeout(std::time::Duration::from_secs(2)) {
            tracing::warn!(%error, "some traces did not reach the collector");
        }
    }
}

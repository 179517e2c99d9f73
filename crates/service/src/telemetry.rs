//! What the process tells about itself: log on standard error, traces to a collector, metrics for a scraper.

mod log;
pub mod metrics;
pub mod trace;

pub use log::{Telemetry, TelemetryError, init};

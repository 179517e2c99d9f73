//! Metrics of the process, in the text format of Prometheus.
//!
//! | series | labels | what |
//! | --- | --- | --- |
//! | `rpc_server_duration_seconds` | service, method, code | time from the arrival of a call to the end of its answer |
//! | `rpc_server_in_flight` | service | calls in progress |
//! | `process_resident_memory_bytes` | | memory in use, where `/proc` says it |
//!
//! Labels are bounded: a method that no registered descriptor names is counted as `unknown`.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Time from the arrival of a call to the end of its answer.
pub const DURATION: &str = "rpc_server_duration_seconds";

/// Calls in progress.
pub const IN_FLIGHT: &str = "rpc_server_in_flight";

/// Memory the process has in use.
pub const MEMORY: &str = "process_resident_memory_bytes";

/// Upper bounds of the duration buckets: the deadlines in use (2 s, 10 s, 60 s) are bounds, so that a rate of misses can be read.
const BUCKETS: [f64; 14] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 10.0, 60.0];

/// How often histograms must be emptied into their buckets when nobody scrapes, lest they grow.
const UPKEEP: Duration = Duration::from_secs(5);

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts recording, on the first call in a process, and answers where the figures can be read.
///
/// `None` if something else already records the metrics of this process.
pub fn install() -> Option<&'static PrometheusHandle> {
    HANDLE.get_or_init(recorder).as_ref()
}

fn recorder() -> Option<PrometheusHandle> {
    let matcher = Matcher::Full(DURATION.to_owned());
    // Refused only when the list is empty.
    let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &BUCKETS).ok()?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    metrics::describe_histogram!(DURATION, metrics::Unit::Seconds, "Time from the arrival of a call to the end of its answer");
    metrics::describe_gauge!(IN_FLIGHT, "Calls in progress");
    metrics::describe_gauge!(MEMORY, metrics::Unit::Bytes, "Memory the process has in use");
    Some(handle)
}

/// All series as text.
pub fn render() -> String {
    measure_memory();
    install().map(PrometheusHandle::render).unwrap_or_default()
}

/// Keeps the recorder small for as long as it is polled.
pub(crate) async fn upkeep() {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tick.tick().await;
        if let Some(handle) = install() {
            handle.run_upkeep();
        }
    }
}

fn measure_memory() {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    if let Some(bytes) = resident(&status) {
        metrics::gauge!(MEMORY).set(bytes);
    }
}

/// Resident bytes in the text of `/proc/self/status`, whose line is `VmRSS:     12345 kB`.
fn resident(status: &str) -> Option<f64> {
    let kibibytes: u64 = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?.trim().parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB, and a gauge is a float by format")]
    Some(kibibytes.checked_mul(1024)? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_from_the_line_of_the_kernel() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t3\n"), Some(2_097_152.0));
        assert_eq!(resident("Name:\tx\n"), None);
        assert_eq!(resident("VmRSS:\tmuch kB\n"), None);
    }
}

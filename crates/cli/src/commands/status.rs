//! `piramide status`: whether every service takes work, and how far away it is (*stato*).

use std::time::{Duration, Instant};

use piramide_contracts::domains::{self, Domain};
use serde_json::json;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};

use crate::{
    Answer,
    arguments::Status,
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
};

/// Time between two questions to a service that is not ready.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Asks every service. One that does not take work is a failure.
///
/// # Errors
///
/// When an address cannot be used.
pub async fn run(upstream: &Upstream, status: Status) -> Result<Answer, Failure> {
    let until = Instant::now() + Duration::from_secs(status.wait);
    let mut table =
        Table::new(&[("servizio", Align::Left), ("stato", Align::Left), ("risposta", Align::Right), ("indirizzo", Align::Left)]);
    let mut items = Vec::new();
    let mut failures = Vec::new();
    for domain in domains::ALL {
        let answered = answers(upstream, domain, status, until).await;
        let address = upstream.address(domain).to_owned();
        let (state, micros) = match &answered {
            Ok(micros) => ("pronto", Some(*micros)),
            Err(_) => ("non disponibile", None),
        };
        let shown = micros.map_or_else(|| italian::MISSING.to_owned(), |micros| format!("{} µs", italian::number(&micros.to_string())));
        items.push(json!({"domain": domain.name, "address": address, "ready": answered.is_ok(), "round_trip_micros": micros}));
        table.row([domain.label.to_owned(), state.to_owned(), shown, address]);
        failures.extend(answered.err());
    }
    Ok(Answer { text: table.text(), json: json!({ "items": items }), failures })
}

/// The median time of an answer in microseconds, once the service takes work.
async fn answers(upstream: &Upstream, domain: Domain, status: Status, until: Instant) -> Result<u64, Failure> {
    let Status { samples, pause, .. } = status;
    let away = |cause: String| Failure::Unavailable { domain: domain.name, address: upstream.address(domain).to_owned(), cause };
    let mut client = upstream.health(domain)?;
    let mut times = Vec::new();
    while times.len() < samples.try_into().unwrap_or(usize::MAX) {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let asked = Instant::now();
        let failure = match client.check(HealthCheckRequest::default()).await {
            Ok(answer) if answer.get_ref().status() == ServingStatus::Serving => {
                times.push(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX));
                continue;
            }
            Ok(answer) => away(format!("it says {}", answer.get_ref().status().as_str_name())),
            Err(status) => Failure::answered(domain, upstream.address(domain), status),
        };
        if Instant::now() >= until {
            return Err(failure);
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

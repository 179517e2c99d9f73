//! Work events at full speed, and one by one, against a running service: the figures of `cargo xtask bench` that need events. Prints one
//! JSON object, whole numbers.
//!
//! ```sh
//! cargo run --release -p piramide-production --example stream -- flood http://127.0.0.1:7101 year/plans 60
//! cargo run --release -p piramide-production --example stream -- single http://127.0.0.1:7101 year/plans
//! ```
//!
//! Events are spread over every office and product of the plan, in one month: for so many seconds by four streams, or one after the other while a
//! watcher waits for each, beside as many empty answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use piramide_contracts::{
    production::{RecordEventsRequest, WorkEvent, WorkEventKind, production_service_client::ProductionServiceClient},
    scorecard::{WatchRequest, scorecard_service_client::ScorecardServiceClient},
    types,
};
use piramide_measure::Month;
use piramide_plan::Plans;
use rand_pcg::{Pcg64, rand_core::Rng};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const STREAMS: u64 = 4;
const CHUNK: i64 = 5_000;
/// Single events that are timed.
const SINGLES: i64 = 500;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["flood", url, plans, seconds] => at_full_speed(url, plans, Duration::from_secs(seconds.parse().expect("seconds"))).await,
        ["single", url, plans] => singly(url, plans).await,
        _ => panic!("flood URL PLANS SECONDS, or single URL PLANS"),
    }
}

async fn channel(url: &str) -> Channel {
    Endpoint::new(url.to_owned()).expect("an address").connect().await.expect("a service that listens")
}

/// The name of a system that sends: another run against the same service must have other events.
fn origin(stream: impl std::fmt::Display) -> String {
    format!("bench-{}-{stream}", std::process::id())
}

async fn at_full_speed(url: &str, plans: &str, lasts: Duration) {
    let (channel, work) = (channel(url).await, Arc::new(Work::of(Path::new(plans))));
    let started = Instant::now();
    let streams = (0..STREAMS).map(|stream| tokio::spawn(flood(channel.clone(), work.clone(), origin(stream), stream, lasts)));
    let mut recorded = 0;
    for stream in streams.collect::<Vec<_>>() {
        recorded += stream.await.expect("a stream that ends well");
    }
    let took = started.elapsed().as_millis();
    let rate = u128::try_from(recorded).unwrap() * 1_000 / took;
    println!("{{\"events\": {recorded}, \"milliseconds\": {took}, \"events_per_second\": {rate}}}");
}

async fn singly(url: &str, plans: &str) {
    let (channel, work) = (channel(url).await, Work::of(Path::new(plans)));
    let mut trips = round_trips(&channel).await;
    trips.sort_unstable();
    let mut singles = one_by_one(channel, &work, origin("single")).await;
    singles.sort_unstable();
    println!(
        "{{\"round_trip_p50_us\": {}, \"single_p50_us\": {}, \"single_p99_us\": {}}}",
        trips[trips.len() / 2],
        singles[singles.len() / 2],
        singles[singles.len() * 99 / 100]
    );
}

/// Where work happens.
struct Work {
    offices: Vec<String>,
    products: Vec<String>,
}

impl Work {
    fn of(plans: &Path) -> Self {
        let plans = Plans::load_folder(plans).expect("plans");
        let month = Month::new(2020, 12).expect("a month");
        let plan = plans.in_force(piramide_measure::Period::Month(month)).expect("a plan for 2020");
        let structures = plan.structures();
        let leaf = |code: &str| structures.at(code, month).is_some() && structures.children(code, month).is_empty();
        let offices = structures.iter().map(|structure| structure.code.clone()).filter(|code| leaf(code)).collect();
        let counts = |code: &str| plan.catalogue().product(code).is_some_and(piramide_plan::Product::counts_flow);
        let products = plan.catalogue().iter().map(|node| node.code.clone()).filter(|code| counts(code)).collect();
        Self { offices, products }
    }

    fn event(&self, number: i64, random: &mut Pcg64) -> WorkEvent {
        let mut pick = |list: &[String]| list[usize::try_from(random.next_u64() % list.len() as u64).unwrap()].clone();
        WorkEvent {
            number,
            kind: WorkEventKind::Received.into(),
            structure_code: pick(&self.offices),
            product_code: pick(&self.products),
            // December 2020, the last month of the year that is loaded.
            moment: Some(prost_types::Timestamp { seconds: 1_607_600_000 + number % 86_400, nanos: 0 }),
            utc_offset_minutes: 60,
            pieces: 1,
            ..WorkEvent::default()
        }
    }
}

fn request(origin: &str, chunk: i64, events: Vec<WorkEvent>) -> RecordEventsRequest {
    let provenance = types::Provenance::Synthetic.into();
    RecordEventsRequest { chunk, origin: origin.to_owned(), provenance, events, ..RecordEventsRequest::default() }
}

/// Sends chunks as fast as they are taken, and counts what is answered.
async fn flood(channel: Channel, work: Arc<Work>, origin: String, seed: u64, lasts: Duration) -> i64 {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut random = Pcg64::new(u128::from(seed), 1);
        let started = Instant::now();
        let mut chunk = 0;
        while started.elapsed() < lasts {
            let events = (chunk * CHUNK + 1..=(chunk + 1) * CHUNK).map(|number| work.event(number, &mut random)).collect();
            if sender.send(request(&origin, chunk, events)).await.is_err() {
                return;
            }
            chunk += 1;
        }
    });
    let mut answers =
        ProductionServiceClient::new(channel).record_events(ReceiverStream::new(receiver)).await.expect("a stream").into_inner();
    let mut recorded = 0;
    while let Some(answer) = answers.message().await.expect("an answer") {
        assert!(answer.refused.is_empty(), "{:?}", answer.refused.first());
        recorded += answer.accepted;
    }
    recorded
}

/// How long each of as many empty answers takes.
async fn round_trips(channel: &Channel) -> Vec<u128> {
    let mut client = HealthClient::new(channel.clone());
    let mut times = Vec::new();
    for _ in 0..SINGLES {
        let started = Instant::now();
        client.check(HealthCheckRequest::default()).await.expect("an answer");
        times.push(started.elapsed().as_micros());
    }
    times
}

/// Sends single events, each once the one before is known to a watcher. Microseconds from sending to the watcher.
async fn one_by_one(channel: Channel, work: &Work, origin: String) -> Vec<u128> {
    let mut changes = ScorecardServiceClient::new(channel.clone()).watch(WatchRequest::default()).await.expect("a watch").into_inner();
    changes.message().await.expect("a change").expect("the state now");
    let (sender, receiver) = mpsc::channel(1);
    let mut answers =
        ProductionServiceClient::new(channel).record_events(ReceiverStream::new(receiver)).await.expect("a stream").into_inner();
    let mut random = Pcg64::new(7, 7);
    let mut latencies = Vec::new();
    for number in 1..=SINGLES {
        let single = request(&origin, number, vec![work.event(number, &mut random)]);
        let started = Instant::now();
        sender.send(single).await.expect("a stream that takes events");
        let answer = answers.message().await.expect("an answer").expect("an answer to each chunk");
        assert_eq!(answer.accepted, 1, "{answer:?}");
        while changes.message().await.expect("a change").expect("changes do not end").sequence < answer.sequence {}
        latencies.push(started.elapsed().as_micros());
    }
    latencies
}

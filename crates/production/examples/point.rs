//! Point queries over gRPC beside an empty answer of the same server: the figures of `cargo xtask bench` that need a running service. Prints
//! one JSON object, whole numbers.
//!
//! ```sh
//! cargo run --release -p piramide-production --example point -- http://127.0.0.1:7101 year/plans 3
//! ```
//!
//! A point is one indicator of any structure in any month of 2020, with its target, deviation and coverage. Both are asked by as many
//! callers at once over one connection, in rounds that take turns, so that a disturbance of the machine hits both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench that cannot go on has nothing to report")]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use piramide_contracts::{
    scorecard::{GetScorecardRequest, scorecard_service_client::ScorecardServiceClient},
    types::Period,
};
use piramide_plan::Plans;
use rand_pcg::{Pcg64, rand_core::Rng};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

const CALLERS: u64 = 16;
const ROUNDS: usize = 5;
const INDICATOR: &str = "production.homogenised_points";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let (url, plans, seconds) = (arguments.next(), arguments.next(), arguments.next());
    let (url, plans) = (url.expect("the address of production"), plans.expect("the folder of its plans"));
    let lasts = Duration::from_secs(seconds.and_then(|seconds| seconds.parse().ok()).expect("how many seconds a round lasts"));
    let plans = Plans::load_folder(Path::new(&plans)).expect("plans");
    let structures: Arc<[String]> = plans
        .in_force(piramide_measure::Period::Year(2020))
        .expect("a plan for 2020")
        .structures()
        .iter()
        .map(|s| s.code.clone())
        .collect();
    let channel = Endpoint::new(url).expect("an address").connect().await.expect("a service that listens");
    let (mut points, mut echoes) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        echoes.push(echo(&channel, lasts).await);
        points.push(point(&channel, &structures, lasts).await);
    }
    println!("{{\"points_per_second\": {}, \"echoes_per_second\": {}}}", best(points), best(echoes));
}

/// Empty answers a second.
async fn echo(channel: &Channel, lasts: Duration) -> u128 {
    let callers = (0..CALLERS).map(|_| {
        let mut client = HealthClient::new(channel.clone());
        async move {
            let started = Instant::now();
            let mut answered = 0;
            while started.elapsed() < lasts {
                client.check(HealthCheckRequest::default()).await.expect("an answer");
                answered += 1;
            }
            answered
        }
    });
    rate(callers, lasts).await
}

/// Points a second.
async fn point(channel: &Channel, structures: &Arc<[String]>, lasts: Duration) -> u128 {
    let callers = (0..CALLERS).map(|caller| {
        let (mut client, structures) = (ScorecardServiceClient::new(channel.clone()), structures.clone());
        async move {
            let mut random = Pcg64::new(u128::from(caller), 1);
            let mut pick = |many: usize| usize::try_from(random.next_u64() % u64::try_from(many).unwrap()).unwrap();
            let started = Instant::now();
            let mut answered = 0;
            while started.elapsed() < lasts {
                let request = GetScorecardRequest {
                    structure_code: structures.get(pick(structures.len())).cloned().unwrap_or_default(),
                    period: Some(Period { value: format!("2020-{:02}", pick(12) + 1) }),
                    indicator_codes: vec![INDICATOR.to_owned()],
                    ..GetScorecardRequest::default()
                };
                let answer = client.get_scorecard(request).await.expect("an answer").into_inner();
                assert_eq!(answer.results.len(), 1, "one result is asked for");
                answered += 1;
            }
            answered
        }
    });
    rate(callers, lasts).await
}

async fn rate(callers: impl Iterator<Item = impl Future<Output = u128> + Send + 'static>, lasts: Duration) -> u128 {
    let tasks: Vec<_> = callers.map(tokio::spawn).collect();
    let mut answered = 0;
    for task in tasks {
        answered += task.await.expect("a caller that ends well");
    }
    answered * 1_000 / lasts.as_millis()
}

/// The best round: what the machine does when nothing else disturbs it.
fn best(rounds: Vec<u128>) -> u128 {
    rounds.into_iter().max().unwrap_or_default()
}

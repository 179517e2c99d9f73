//! The national scorecard of the shared benchmark, by the engine of production: facts as the service keeps them, every structure, node and
//! month with the running sums of the year, ratios, productivity and quality; one cell changed; single points read. Prints one JSON object
//! with the digest that every contender must reach.
//!
//! ```sh
//! cargo run --release -p piramide-production --example scorecard -- DATA WORKLOAD 5
//! ```
//!
//! `DATA` holds the tables of the generator; `WORKLOAD` says which cells change and which points are read; the last is how often to repeat.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

#[path = "scorecard/cells.rs"]
mod cells;
#[path = "scorecard/check.rs"]
mod check;
#[path = "scorecard/data.rs"]
mod data;
#[path = "scorecard/sheet.rs"]
mod sheet;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("the folder of the generated tables"));
    let workload = PathBuf::from(arguments.next().expect("the file of changes and points"));
    let repeat: usize = arguments.next().and_then(|text| text.parse().ok()).expect("how often to repeat");

    let mut loads = Vec::new();
    let mut data = None;
    for _ in 0..repeat {
        drop(data.take());
        let started = Instant::now();
        data = Some(data::Data::load(&folder));
        loads.push(started.elapsed());
    }
    let mut data = data.expect("at least one repetition");

    let mut computed = Vec::new();
    let mut cpu = Vec::new();
    let mut scorecard = sheet::Scorecard::default();
    let mut peak = 0;
    for repetition in 0..repeat {
        let (started, cpu_before) = (Instant::now(), process("stat"));
        scorecard.compute(&data);
        computed.push(started.elapsed());
        cpu.push(process("stat") - cpu_before);
        if repetition == 0 {
            peak = process("status");
        }
    }
    let digest = check::digest(&data, &scorecard);
    let rows = scorecard.rows();
    drop(scorecard);
    let cells::Latencies { update, point, refreshed } = cells::run(&mut data, &workload);
    println!(
        "{{\"rows\": {rows}, \"digest\": \"{digest}\", \"refreshed\": \"{refreshed}\", \"load_us\": {}, \"compute_us\": {}, \"compute_median_us\": {}, \"compute_cpu_us\": {}, \"peak_kib\": {peak}, \"update_p50_ns\": {}, \"update_p99_ns\": {}, \"point_p50_ns\": {}, \"point_p99_ns\": {}}}",
        least(&loads),
        least(&computed),
        median(&mut computed).as_micros(),
        // Ticks of a hundredth of a second: the mean says more than the least.
        cpu.iter().sum::<u64>() * 10_000 / u64::try_from(cpu.len()).unwrap(),
        update.0,
        update.1,
        point.0,
        point.1,
    );
}

fn least(times: &[Duration]) -> u128 {
    times.iter().min().map_or(0, Duration::as_micros)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// From proc(5): the ticks this process has computed (`stat`), or the most memory it has had, in KiB (`status`).
fn process(file: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).expect("proc(5)");
    if file == "stat" {
        let fields: Vec<&str> = text.rsplit(')').next().expect("a name in brackets").split_ascii_whitespace().collect();
        fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
    } else {
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("KiB")
    }
}

//! `cargo xtask bench`: figures of one run on this machine, measured side by side, so that their ratios mean something elsewhere.

mod examples;
mod load;
mod national;
mod peers;
mod report;

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    bench::report::{Figure, Report},
    step,
    up::{self, house::House, http::Connection, processes::Processes},
    workspace,
};

/// The pyramid of the nation that the first page shows.
const PYRAMID: &str = "/api/v1/public-value?structure=NAZ&period=2020&plan=inps-2021";
/// The cheapest answer that the gateway has: the yardstick of a request.
const LIVE: &str = "/health/live";
/// Rounds of each load, taking turns, so that a disturbance of the machine hits both.
const ROUNDS: usize = 3;
/// Health checks over gRPC that are timed.
const ROUND_TRIPS: usize = 300;

/// How to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Clients that ask at the same time.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Seconds of each round of load.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// The scale of the reconstructed year that is imported and read; 1 is the institute.
    #[arg(long, default_value = "1")]
    scale: String,
    /// Only the reconstructed year.
    #[arg(long)]
    national: bool,
    /// Only the reconstructed year on PostgreSQL, on a throw-away server: needs its programs on this machine.
    #[arg(long, conflicts_with = "national")]
    postgres: bool,
    #[command(flatten)]
    peers: peers::SideBySide,
}

/// Measures, prints a table and writes `bench.json` into the target folder.
///
/// # Errors
///
/// When the system cannot be started, or answers anything but what was asked.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut report = Report::new();
    build()?;
    if arguments.peers.only() {
        peers::run(&arguments.peers, &mut report)?;
        return written(&report);
    }
    let data = workspace::target().join("bench-data");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("emptying {}", data.display()))?;
    }
    if arguments.postgres {
        national::on_postgres(&arguments.scale, &data, &mut report)?;
        return written(&report);
    }
    if !arguments.national {
        first_pages(arguments, &data, &mut report)?;
    }
    national::run(&arguments.scale, &data, &mut report)?;
    peers::run(&arguments.peers, &mut report)?;
    written(&report)
}

fn written(report: &Report) -> Result<()> {
    let path = workspace::target().join("bench.json");
    fs::write(&path, report.json()).with_context(|| format!("writing {}", path.display()))?;
    println!("{report}\nwritten to {}", path.display());
    Ok(())
}

/// What a newcomer meets: the published year, the first page, the start.
fn first_pages(arguments: &Arguments, data: &Path, report: &mut Report) -> Result<()> {
    let house = quiet_house(data)?;
    let mut processes = up::start(&house)?;
    up::import(&house, &mut processes)?;
    // The start that matters is the one with facts to read back.
    processes.stop();
    let started = Instant::now();
    let mut processes = up::start(&house)?;
    report.add(Figure::new("start", "start to ready, facts imported", started.elapsed().as_millis(), "ms"));
    for (name, number) in processes.numbers() {
        report.add(Figure::new(format!("memory.{name}"), format!("memory of {name}, idle"), resident(number)?, "KiB"));
    }
    latency(&house, &mut processes, report)?;
    rates(arguments, &house, report)?;
    processes.stop();
    Ok(())
}

/// A house on ports that nobody has, so that a running `cargo xtask up` is not in the way.
fn quiet_house(data: &Path) -> Result<House> {
    for _ in 0..100 {
        let gateway = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        if let Ok(house) = House::new(data.to_owned(), gateway, first, true)
            && up::ports::all_free(&house.ports()).is_ok()
        {
            return Ok(house);
        }
    }
    anyhow::bail!("no six free ports were found")
}

/// Memory of a process in KiB, as the kernel counts it (VmRSS of proc(5)).
fn resident(process: u32) -> Result<u128> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("memory is read from /proc, which is not there")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel does not say how much memory is used")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The first pyramid of each structure, which nothing has cached, beside a round trip of gRPC on the same machine.
fn latency(house: &House, processes: &mut Processes, report: &mut Report) -> Result<()> {
    let started = Instant::now();
    let spinner = step::spinner("latency");
    let mut status = house.piramide();
    status.args(["--json", "status", "--samples", &ROUND_TRIPS.to_string()]);
    let answer: Value = serde_json::from_str(&processes.beside("piramide status", status)?.1)?;
    let services = answer.get("items").and_then(Value::as_array).context("piramide status names no service")?;
    let micros: Vec<u128> = services.iter().filter_map(|service| service["round_trip_micros"].as_u64()).map(u128::from).collect();
    let round_trip = Figure::median("grpc_round_trip", "health check over gRPC, median", micros, "µs").context("no service answered")?;

    let mut connection = Connection::open(house.gateway_address())?;
    let answer = connection.get("/api/v1/structures?page_size=1000")?;
    ensure!(answer.status == 200, "the gateway answers {} to the list of structures", answer.status);
    let structures: Value = serde_json::from_slice(&answer.body)?;
    let mut cold = Vec::new();
    for structure in structures.get("items").and_then(Value::as_array).context("the gateway lists no structures")? {
        let code = structure["code"].as_str().context("a structure has no code")?;
        let asked = Instant::now();
        let answer = connection.get(&format!("/api/v1/public-value?structure={code}&period=2020&plan=inps-2021"))?;
        cold.push(asked.elapsed().as_micros());
        ensure!(answer.status == 200, "the gateway answers {} to the pyramid of {code}", answer.status);
    }
    let cold = Figure::median("pyramid_cold", "first pyramid of a structure over REST, median", cold, "µs").context("no structure")?;
    report.ratio("pyramid_cold_in_round_trips", "first pyramid to gRPC round trip", &cold, &round_trip);
    report.add(round_trip);
    report.add(cold);
    spinner.finish_and_clear();
    step::done("latency", "", started.elapsed());
    Ok(())
}

/// Requests a second for the pyramid and for the cheapest answer, in turns.
fn rates(arguments: &Arguments, house: &House, report: &mut Report) -> Result<()> {
    let mut live = Vec::new();
    let mut pyramid = Vec::new();
    step::run("load", || {
        for _ in 0..ROUNDS {
            for (path, rates) in [(LIVE, &mut live), (PYRAMID, &mut pyramid)] {
                rates.push(load::rate(house.gateway_address(), path, arguments.clients, Duration::from_secs(arguments.seconds))?);
            }
        }
        Ok(format!("{} clients, {ROUNDS} rounds of {} s each", arguments.clients, arguments.seconds))
    })?;
    let live = Figure::median("live_rate", "GET /health/live, median", live, "requests/s").context("no round")?;
    let pyramid = Figure::median("pyramid_rate", "GET pyramid, median", pyramid, "requests/s").context("no round")?;
    report.ratio("pyramid_rate_to_live_rate", "pyramid rate to live rate", &pyramid, &live);
    report.add(live);
    report.add(pyramid);
    Ok(())
}

/// Builds all that is measured in one go: programs and examples built apart would differ in the features of what lies below them, and
/// everything would be built twice.
fn build() -> Result<()> {
    step::command("build", &mut workspace::cargo(&["build", "--release", "--workspace", "--bins", "--examples"]))
}

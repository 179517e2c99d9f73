//! `cargo xtask bench`: figures of one run on this machine, measured side by side, so that their ratios mean something elsewhere.

mod dashboard;
mod examples;
mod load;
mod national;
mod peers;
mod report;
mod statements;

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
/// Health checks over gRPC that are timed, one after the other.
const ROUND_TRIPS: usize = 300;
/// Health checks over gRPC that are timed, each after a pause.
const RESTED_ROUND_TRIPS: usize = 15;
/// How long everybody rests before what is asked of services that had nothing to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Starts after each of which the first pyramid is timed.
const STARTS: usize = 5;
/// Months of a year.
const MONTHS: u8 = 12;

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
    /// Only the dashboard of quality, beside other engines: python3 with polars, duckdb and numpy, where they are installed.
    #[arg(long, conflicts_with_all = ["national", "postgres"])]
    dashboard: bool,
    /// Only the reconstructed year on PostgreSQL, on a throw-away server: needs its programs on this machine.
    #[arg(long, conflicts_with = "national")]
    postgres: bool,
    #[command(flatten)]
    statements: statements::Statements,
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
    if arguments.dashboard {
        dashboard::run(&mut report)?;
        return written(&report);
    }
    if arguments.statements.only() {
        statements::run(&arguments.statements, &mut report)?;
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
        dashboard::run(&mut report)?;
        statements::run(&arguments.statements, &mut report)?;
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
    let opened = (0..STARTS).map(|_| opened_first(&house)).collect::<Result<Vec<_>>>()?;
    let (opened, trips): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
    let name = "the nation's pyramid, the first asked after a start, median of five";
    let opened = Figure::median("pyramid_nation", name, opened, "µs").context("no start")?;
    let trips = Figure::median("pyramid_nation_round_trip", "health check over gRPC after each of them, median", trips, "µs");
    let trips = trips.context("no service answered")?;
    report.ratio("pyramid_nation_in_round_trips", "the nation's pyramid, first asked, to gRPC round trip (at most 3)", &opened, &trips);
    report.add(opened);
    report.add(trips);
    let started = Instant::now();
    let mut processes = up::start(&house)?;
    report.add(Figure::new("start", "start to ready, facts imported (at most 3,000)", started.elapsed().as_millis(), "ms"));
    for (name, number) in processes.numbers() {
        report.add(Figure::new(format!("memory.{name}"), format!("memory of {name}, idle (below 40,960)"), resident(number)?, "KiB"));
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

/// How long the nation's pyramid takes that is the first asked after a start, as soon as the gateway says it is ready, and how long a round trip
/// over gRPC does right after.
fn opened_first(house: &House) -> Result<(u128, u128)> {
    let mut processes = up::start(house)?;
    let mut connection = Connection::open(house.gateway_address())?;
    // Round trips are measured on connections that are awake, and so is this.
    connection.get(LIVE)?;
    let asked = Instant::now();
    let answer = connection.get(PYRAMID)?;
    let took = asked.elapsed().as_micros();
    ensure!(answer.status == 200, "the gateway answers {} to the pyramid of the nation", answer.status);
    let trips = round_trips(house, &mut processes, ROUND_TRIPS, Duration::ZERO)?;
    let trip = Figure::median("trip", "round trip", trips, "µs").context("no service answered")?.value();
    processes.stop();
    Ok((took, trip))
}

/// The pyramid of each structure once the nation's was opened, pyramids of which nothing was asked before, and those that
/// nobody makes ahead, beside a round trip of gRPC on the same machine.
fn latency(house: &House, processes: &mut Processes, report: &mut Report) -> Result<()> {
    let started = Instant::now();
    let spinner = step::spinner("latency");
    let round_trip = round_trips(house, processes, ROUND_TRIPS, Duration::ZERO)?;
    let round_trip =
        Figure::median("grpc_round_trip", "health check over gRPC, median", round_trip, "µs").context("no service answered")?;
    let rested = round_trips(house, processes, RESTED_ROUND_TRIPS, PAUSE)?;
    let rested = Figure::median("grpc_round_trip_rested", "the same after a rest, median", rested, "µs").context("no service answered")?;

    let mut connection = Connection::open(house.gateway_address())?;
    let answer = connection.get("/api/v1/structures?page_size=1000")?;
    ensure!(answer.status == 200, "the gateway answers {} to the list of structures", answer.status);
    let structures: Value = serde_json::from_slice(answer.body)?;
    let structures = structures.get("items").and_then(Value::as_array).context("the gateway lists no structures")?;
    let mut pyramid = |structure: &str, period: &str| -> Result<u128> {
        let asked = Instant::now();
        let answer = connection.get(&format!("/api/v1/public-value?structure={structure}&period={period}&plan=inps-2021"))?;
        let took = asked.elapsed().as_micros();
        ensure!(answer.status == 200, "the gateway answers {} to the pyramid of {structure} in {period}", answer.status);
        Ok(took)
    };
    pyramid("NAZ", "2020")?;
    made_ahead(house)?;
    let changed = (1..=MONTHS).map(|month| {
        record_a_fact(house, month)?;
        pyramid("NAZ", "2020")
    });
    let changed: Vec<u128> = changed.collect::<Result<_>>()?;
    let changed =
        Figure::median("pyramid_changed", "the nation's pyramid, asked when a fact has just been recorded, median", changed, "µs");
    let changed = changed.context("no fact was recorded")?;
    report.ratio(
        "pyramid_changed_in_round_trips",
        "the nation's pyramid in the moment of a fact to gRPC round trip (at most 3)",
        &changed,
        &round_trip,
    );
    report.add(changed);
    made_ahead(house)?;
    let mut very_first = vec![pyramid("NAZ", "2019")?];
    let codes = structures.iter().map(|structure| structure["code"].as_str().context("a structure has no code"));
    let others: Vec<u128> = codes.map(|code| pyramid(code?, "2020")).collect::<Result<_>>()?;
    for month in 1..=MONTHS {
        very_first.push(pyramid("NAZ", &format!("2020-{month:02}"))?);
        very_first.push(pyramid("NAZ", &format!("2020-{month:02}-ytd"))?);
    }
    let on_demand = (1..=MONTHS).map(|month| {
        // What the one before made wanted is no work of this one.
        made_ahead(house)?;
        pyramid("NAZ", &format!("2019-{month:02}"))
    });
    let on_demand: Vec<u128> = on_demand.collect::<Result<_>>()?;
    let cold = Figure::median("pyramid_cold", "pyramid that nobody has opened, the nation's open, median", others, "µs");
    let first = Figure::median("pyramid_first", "pyramid of which nothing was asked before, median", very_first, "µs");
    let on_demand = Figure::median("pyramid_on_demand", "pyramid that nobody makes ahead, asked after a rest, median", on_demand, "µs");
    let ((cold, first), on_demand) = cold.zip(first).zip(on_demand).context("no structure")?;
    report.ratio("pyramid_cold_in_round_trips", "pyramid that nobody has opened to gRPC round trip (at most 3)", &cold, &round_trip);
    report.ratio("pyramid_first_in_round_trips", "pyramid of which nothing was asked to gRPC round trip (at most 3)", &first, &round_trip);
    report.ratio(
        "pyramid_on_demand_in_round_trips",
        "pyramid that nobody makes ahead to gRPC round trip (at most 3)",
        &on_demand,
        &round_trip,
    );
    report.ratio(
        "pyramid_on_demand_in_rested_round_trips",
        "the same to gRPC round trip after a rest, as it is asked after one",
        &on_demand,
        &rested,
    );
    report.add(round_trip);
    report.add(rested);
    report.add(cold);
    report.add(first);
    report.add(on_demand);
    spinner.finish_and_clear();
    step::done("latency", "", started.elapsed());
    Ok(())
}

/// Microseconds that health checks of each service over gRPC take, each after a pause: the median for each service.
fn round_trips(house: &House, processes: &mut Processes, samples: usize, pause: Duration) -> Result<Vec<u128>> {
    let mut status = house.piramide();
    status.args(["--json", "status", "--samples", &samples.to_string(), "--pause", &pause.as_millis().to_string()]);
    let answer: Value = serde_json::from_str(&processes.beside("piramide status", status)?.1)?;
    let services = answer.get("items").and_then(Value::as_array).context("piramide status names no service")?;
    Ok(services.iter().filter_map(|service| service["round_trip_micros"].as_u64()).map(u128::from).collect())
}

/// Records a fact as its sender would, after a while in which nothing was.
fn record_a_fact(house: &House, month: u8) -> Result<()> {
    std::thread::sleep(PAUSE);
    let file = workspace::target().join("bench-fact.csv");
    fs::write(&file, format!("structure,product,period,received,completed\nPRV_TORINO,INCOME_SUPPORT,2021-{month:02},10,9\n"))?;
    let mut import = house.piramide();
    let id = format!("bench-{month}");
    import.args(["--json", "import", "--domain", "production", "--origin", "bench", "--provenance", "synthetic", "--id", &id]).arg(&file);
    let ended = import.output().context("piramide cannot be run")?;
    ensure!(ended.status.success(), "a fact could not be recorded: {}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

/// Waits until the gateway makes no more pyramids ahead: a reader takes longer to open the next.
fn made_ahead(house: &House) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(30);
    let mut connection = Connection::open(house.gateway_address())?;
    let mut made = || -> Result<Option<u64>> {
        let text = std::str::from_utf8(connection.get("/metrics")?.body)?;
        let line = text.lines().find_map(|line| line.strip_prefix("gateway_answers_total{from=\"ahead\"} "));
        Ok(line.and_then(|count| count.parse().ok()))
    };
    let (started, mut known) = (Instant::now(), None);
    loop {
        std::thread::sleep(PAUSE);
        match made()? {
            Some(count) if known == Some(count) => return Ok(()),
            now => known = now,
        }
        ensure!(started.elapsed() < PATIENCE, "the gateway goes on making pyramids ahead, or makes none");
    }
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
    report.ratio("pyramid_rate_to_live_rate", "pyramid rate to live rate (at least 0.50)", &pyramid, &live);
    report.add(live);
    report.add(pyramid);
    Ok(())
}

/// Builds all that is measured in one go: programs and examples built apart would differ in the features of what lies below them, and
/// everything would be built twice.
fn build() -> Result<()> {
    step::command("build", &mut workspace::cargo(&["build", "--release", "--workspace", "--bins", "--examples"]))
}

//! The year at national scale: imported through the service, restarted with, read and changed in memory.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use super::{
    examples::{Staying, example, number},
    quiet_house,
    report::{Figure, Report},
    resident,
};
use crate::{
    synth,
    up::{self, house::House, processes::Processes},
    workspace,
};

/// The seed of the year that is measured.
const SEED: u64 = 2020;
/// Rounds of what takes turns with a yardstick; the best of each counts.
const ROUNDS: usize = 5;
/// Rows of the bare yardstick: enough to last, few enough not to wait.
const BARE_ROWS: &str = "1000000";

/// Measures a reconstructed year of that scale.
pub(super) fn run(scale: &str, data: &Path, report: &mut Report) -> Result<()> {
    let year = year(scale)?;
    in_process(&year, report)?;
    through_the_service(&year, &data.join("national"), report)
}

/// The year of a scale, written when it is not there.
fn year(scale: &str) -> Result<PathBuf> {
    let year = workspace::target().join(format!("bench-year-{scale}"));
    if !year.join("facts/batches.toml").is_file() {
        synth::write(&workspace::target().join("release"), &year, scale, SEED, &[])?;
    }
    Ok(year)
}

/// The figures that need no service.
fn in_process(year: &Path, report: &mut Report) -> Result<()> {
    let answer = example("national", &[year.to_str().context("a path that is not text")?])?;
    let figure =
        |key: &str, name: &str, unit| -> Result<Figure> { Ok(Figure::new(format!("national.{key}"), name, number(&answer, key)?, unit)) };
    for (key, name, unit) in [
        ("facts", "facts of the year", "facts"),
        ("load_ms", "exact load from CSV, in process", "ms"),
        ("keep_ms", "facts packed in memory", "ms"),
        ("build_ms", "sums built from the facts, one plan", "ms"),
        ("update_p50_ns", "one cell changed, 8 rows up to the nation, p50", "ns"),
        ("update_p99_ns", "the same, p99", "ns"),
        ("point_p50_ns", "any group at any structure, year to date, p50", "ns"),
        ("point_p99_ns", "the same, p99", "ns"),
    ] {
        report.add(figure(key, name, unit)?);
    }
    Ok(())
}

/// Import, memory, restart, events and points of the real services, beside what their store takes bare.
fn through_the_service(year: &Path, data: &Path, report: &mut Report) -> Result<()> {
    fs::create_dir_all(data)?;
    let bare = data.join("bare");
    let mut bare = Staying::start("bare", &["sqlite", bare.to_str().context("a path that is not text")?, BARE_ROWS])?;
    let names = ("national", "SQLite bare, WAL and full sync, 10,000 rows a transaction");
    let house = import(names, &data.join("house"), &mut bare, year, report, |_, _| Ok(()))?;
    let started = Instant::now();
    let mut processes = up::start(&house)?;
    report.add(Figure::new("national.restart", "restart to the first answer", started.elapsed().as_millis(), "ms"));
    let production = process(&processes)?;
    report.add(Figure::new("national.memory", "memory of production after the restart, two plans", resident(production)?, "KiB"));
    points(&house, year, report)?;
    events("events", ("SQLite", "the rows of one event durable, plain statements"), &house, &mut bare, year, production, report)?;
    processes.stop();
    Ok(())
}

/// The same with production on PostgreSQL, a throw-away server that writes as one in operation does.
pub(super) fn on_postgres(scale: &str, data: &Path, report: &mut Report) -> Result<()> {
    let year = year(scale)?;
    let data = data.join("postgres");
    let mut bare = Staying::start("bare", &["postgres", BARE_ROWS])?;
    let names = ("postgres", "PostgreSQL bare, COPY, 10,000 rows a transaction");
    let house = import(names, &data, &mut bare, &year, report, |house, bare| {
        house.production_at(bare.ask("database")?.get("url").and_then(Value::as_str).context("no address of a database")?);
        Ok(())
    })?;
    let mut processes = up::start(&house)?;
    let production = process(&processes)?;
    events("postgres.events", ("PostgreSQL", "one row durable in bare PostgreSQL"), &house, &mut bare, &year, production, report)?;
    processes.stop();
    Ok(())
}

/// The year through the service, in rounds that take turns with what the store takes without it, so that a disturbance of the machine hits
/// both; the best of each counts. Each round begins with a house in an empty folder, of which `set` may say more; the last is left stopped.
fn import(
    (key, bare_name): (&str, &str),
    folder: &Path,
    bare: &mut Staying,
    year: &Path,
    report: &mut Report,
    set: impl Fn(&mut House, &mut Staying) -> Result<()>,
) -> Result<House> {
    let facts = count(year)?;
    let (mut imports, mut bares, mut ledgers) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..ROUNDS {
        bares.push(number(&bare.ask("rows")?, "rows_per_second")?);
        ledgers.push(number(&bare.ask("ledger")?, "ledger_rows_per_second")?);
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let mut house = quiet_house(folder)?;
        house.demo_at(year);
        set(&mut house, bare)?;
        let mut processes = up::start(&house)?;
        let started = Instant::now();
        up::import(&house, &mut processes)?;
        imports.push(facts * 1_000 / started.elapsed().as_millis().max(1));
        processes.stop();
        last = Some(house);
    }
    let imported =
        Figure::highest(&format!("{key}.import_rate"), "durable import through the service, checks included", imports, "facts/s");
    let imported = imported.context("no round")?;
    for (part, name, rates) in [("bare", bare_name, bares), ("ledger", "the ledger alone: checks, sets and chain, no service", ledgers)] {
        let alone = Figure::highest(&format!("{key}.{part}_rate"), name, rates, "facts/s").context("no round")?;
        report.ratio(&format!("{key}.import_to_{part}"), &format!("import to {part}"), &imported, &alone);
        report.add(alone);
    }
    report.add(imported);
    last.context("no round")
}

/// Points over gRPC beside empty answers of the same server.
fn points(house: &House, year: &Path, report: &mut Report) -> Result<()> {
    const SECONDS: &str = "2";
    let answer = example("point", &[&address(house)?, &plans(year)?, SECONDS])?;
    let point = Figure::new(
        "national.grpc_points",
        "one indicator of any structure and month over gRPC, 16 at once",
        number(&answer, "points_per_second")?,
        "requests/s",
    );
    let echo =
        Figure::new("national.grpc_echoes", "an empty answer of the same server", number(&answer, "echoes_per_second")?, "requests/s");
    report.ratio("national.grpc_point_to_echo", "point to empty answer", &point, &echo);
    report.add(point);
    report.add(echo);
    Ok(())
}

/// Work events at full speed for a minute, then one by one up to a watcher, in rounds that take turns with raw writes.
fn events(
    key: &str,
    (store, raw_name): (&str, &str),
    house: &House,
    bare: &mut Staying,
    year: &Path,
    production: u32,
    report: &mut Report,
) -> Result<()> {
    const SECONDS: &str = "60";
    let (address, plans) = (address(house)?, plans(year)?);
    let (answer, [halfway, end]) =
        remembering(production, Duration::from_secs(30), || example("stream", &["flood", &address, &plans, SECONDS]))?;
    let rate = number(&answer, "events_per_second")?;
    let name = format!("work events recorded durably for a minute, {store}, the sender on the same machine");
    report.add(Figure::new(format!("{key}.rate"), name, rate, "events/s"));
    let halfway = Figure::new(format!("{key}.memory_halfway"), "memory of production halfway", halfway, "KiB");
    let end = Figure::new(format!("{key}.memory"), "memory of production after them", end, "KiB");
    report.ratio(&format!("{key}.memory_growth"), "after them to halfway", &end, &halfway);
    report.add(halfway);
    report.add(end);
    let [mut raws, mut trips, mut singles, mut tails] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        raws.push(number(&bare.ask("single")?, "single_p50_us")?);
        let answer = example("stream", &["single", &address, &plans])?;
        trips.push(number(&answer, "round_trip_p50_us")?);
        singles.push(number(&answer, "single_p50_us")?);
        tails.push(number(&answer, "single_p99_us")?);
    }
    let lowest = |part: &str, name: &str, samples| Figure::lowest(&format!("{key}.{part}"), name, samples, "µs").context("no round");
    let raw_write = lowest("raw_write", &format!("{raw_name}, p50"), raws)?;
    let round_trip = lowest("round_trip", "an empty answer, one after the other, p50", trips)?;
    let single = lowest("single", "one event, sent to seen by a watcher, p50", singles)?;
    let yardstick = Figure::new(
        format!("{key}.yardstick"),
        "one and a half raw writes and two round trips",
        raw_write.value() * 3 / 2 + 2 * round_trip.value(),
        "µs",
    );
    report.ratio(&format!("{key}.single_to_yardstick"), "one event to that", &single, &yardstick);
    report.add(round_trip);
    report.add(raw_write);
    report.add(yardstick);
    report.add(single);
    report.add(lowest("single_p99", "the same, p99", tails)?);
    Ok(())
}

/// The memory of a process so long after the begin of some work, and at its end.
fn remembering<T>(process: u32, after: Duration, work: impl FnOnce() -> Result<T>) -> Result<(T, [u128; 2])> {
    thread::scope(|scope| {
        let halfway = scope.spawn(move || {
            thread::sleep(after);
            resident(process)
        });
        let done = work()?;
        let halfway = halfway.join().map_err(|_| anyhow!("memory could not be read"))??;
        Ok((done, [halfway, resident(process)?]))
    })
}

fn process(processes: &Processes) -> Result<u32> {
    let production = processes.numbers().into_iter().find(|(name, _)| *name == "production");
    production.map(|(_, number)| number).context("production is not running")
}

fn address(house: &House) -> Result<String> {
    let port = house.ports().into_iter().find(|(name, _)| *name == "production").context("production has no port")?.1;
    Ok(format!("http://127.0.0.1:{port}"))
}

fn plans(year: &Path) -> Result<String> {
    year.join("plans").to_str().map(str::to_owned).context("a path that is not text")
}

/// The rows that the list of batches declares.
fn count(year: &Path) -> Result<u128> {
    let list = fs::read_to_string(year.join("facts/batches.toml"))?;
    Ok(list.lines().filter_map(|line| line.strip_prefix("rows = ")).filter_map(|rows| rows.parse::<u128>().ok()).sum())
}

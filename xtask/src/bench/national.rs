//! The year at national scale: imported through the service, restarted with, read and changed in memory.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result};

use super::{
    example, number, quiet_house,
    report::{Figure, Report},
    resident,
};
use crate::{
    synth,
    up::{self, house::House},
    workspace,
};

/// The seed of the year that is measured.
const SEED: u64 = 2020;
/// Rows of the bare yardstick: enough to last, few enough not to wait.
const BARE_ROWS: &str = "1000000";

/// Measures a reconstructed year of that scale.
pub(super) fn run(scale: &str, data: &Path, report: &mut Report) -> Result<()> {
    let year = workspace::target().join(format!("bench-year-{scale}"));
    if !year.join("facts/batches.toml").is_file() {
        synth::write(&workspace::target().join("release"), &year, scale, SEED)?;
    }
    in_process(&year, report)?;
    through_the_service(&year, &data.join("national"), report)
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

/// Import, memory and restart of the real services.
fn through_the_service(year: &Path, data: &Path, report: &mut Report) -> Result<()> {
    fs::create_dir_all(data)?;
    let bare_file = data.join("bare.db");
    let bare = example("bare", &[bare_file.to_str().context("a path that is not text")?, BARE_ROWS])?;
    for file in ["bare.db", "bare.db.ledger"] {
        fs::remove_file(data.join(file)).ok();
    }
    let alone = Figure::new(
        "national.ledger_rate",
        "the ledger alone: checks, index and chain, no service",
        number(&bare, "ledger_rows_per_second")?,
        "facts/s",
    );
    let raw_write = Figure::new("events.raw_write", "one row durable in bare SQLite, p50", number(&bare, "single_p50_us")?, "µs");
    let bare = Figure::new(
        "national.bare_rate",
        "SQLite bare, WAL and full sync, 10,000 rows a transaction",
        number(&bare, "rows_per_second")?,
        "facts/s",
    );

    let mut house = quiet_house(data)?;
    house.demo_at(year);
    let mut processes = up::start(&house)?;
    let started = Instant::now();
    up::import(&house, &mut processes)?;
    let took = started.elapsed().as_millis().max(1);
    let facts = count(year)?;
    let imported =
        Figure::new("national.import_rate", "durable import through the service, checks included", facts * 1_000 / took, "facts/s");
    report.ratio("national.import_to_bare", "import to bare", &imported, &bare);
    report.ratio("national.import_to_ledger", "import to the ledger alone", &imported, &alone);
    report.add(bare);
    report.add(alone);
    report.add(imported);
    processes.stop();
    let started = Instant::now();
    let mut processes = up::start(&house)?;
    report.add(Figure::new("national.restart", "restart to the first answer", started.elapsed().as_millis(), "ms"));
    let production = processes.numbers().into_iter().find(|(name, _)| *name == "production").context("production is not running")?;
    report.add(Figure::new("national.memory", "memory of production after the restart, two plans", resident(production.1)?, "KiB"));
    events(&house, year, production.1, raw_write, report)?;
    processes.stop();
    Ok(())
}

/// Work events at full speed for a minute, then one by one up to a watcher.
fn events(house: &House, year: &Path, production: u32, raw_write: Figure, report: &mut Report) -> Result<()> {
    const SECONDS: &str = "60";
    let plans = year.join("plans");
    let port = house.ports().into_iter().find(|(name, _)| *name == "production").context("production has no port")?.1;
    let address = format!("http://127.0.0.1:{port}");
    let answer = example("stream", &[&address, plans.to_str().context("a path that is not text")?, SECONDS])?;
    let rate = number(&answer, "events_per_second")?;
    report.add(Figure::new(
        "events.rate",
        "work events recorded durably for a minute, SQLite, the sender on the same machine",
        rate,
        "events/s",
    ));
    report.add(Figure::new("events.memory", "memory of production after them", resident(production)?, "KiB"));
    let single = Figure::new("events.single", "one event, sent to seen by a watcher, p50", number(&answer, "single_p50_us")?, "µs");
    report.ratio("events.single_to_raw", "one event to one raw row", &single, &raw_write);
    report.add(raw_write);
    report.add(single);
    report.add(Figure::new("events.single_p99", "the same, p99", number(&answer, "single_p99_us")?, "µs"));
    Ok(())
}

/// The rows that the list of batches declares.
fn count(year: &Path) -> Result<u128> {
    let list = fs::read_to_string(year.join("facts/batches.toml"))?;
    Ok(list.lines().filter_map(|line| line.strip_prefix("rows = ")).filter_map(|rows| rows.parse::<u128>().ok()).sum())
}

//! Statements of finance at the scale of the institute: ours from sums kept in memory, the same in SQL on the same postings as rows, and all of them in
//! DuckDB where Python has it. All must find the same amounts, or the run is void.

use std::{
    fs,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    examples::{example, number},
    report::{Figure, Report},
};
use crate::{step, workspace};

/// All statements in DuckDB; Python and its `duckdb` are the reader's.
const DUCKDB: &str = include_str!("peers/statements.py");
const OFFICES: &str = "130";
const ITEMS: &str = "2000";
const REPEAT: &str = "9";

/// How much there is to sum.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Statements of finance")]
pub(super) struct Statements {
    /// Years of postings, each of 3.1 million: 10 are those of the institute, and take gigabytes of disk and their time.
    #[arg(long, value_name = "YEARS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    statement_years: u16,
    /// Only the statements.
    #[arg(long)]
    only_statements: bool,
}

impl Statements {
    /// Whether nothing else is to be measured.
    pub(super) fn only(&self) -> bool {
        self.only_statements
    }
}

/// Measures statements side by side.
///
/// # Errors
///
/// When a contender fails, or two disagree.
pub(super) fn run(arguments: &Statements, report: &mut Report) -> Result<()> {
    let folder = workspace::target().join("bench-statements");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let postings = folder.join("postings.csv");
    let duckdb = has_duckdb();
    let years = arguments.statement_years.to_string();
    let (place, file) = (folder.to_str().context("a path that is not text")?, postings.to_str().context("a path that is not text")?);
    let mut asked = vec![place, &years, OFFICES, ITEMS, REPEAT];
    if duckdb {
        asked.push(file);
    }
    let ours = example("statements", &asked)?;
    for (key, name, unit) in [
        ("postings", "postings in the ledger", "facts"),
        ("facts_kib", "memory of the example, which keeps the postings in force in memory, packed", "KiB"),
        ("sums_kib", "memory of the sums, of which a service keeps one such set for each plan that needs it", "KiB"),
        ("sums_build_ms", "sums built from the postings", "ms"),
        ("sheets_build_ms", "sheets of the years kept whole laid down", "ms"),
    ] {
        report.add(figure(&ours, key, name, unit)?);
    }
    in_operation(&ours, report)?;
    against_sql(&ours, report)?;
    at_a_closing(&ours, report)?;
    parts_over_grpc(&ours, report)?;
    visible(&ours, report)?;
    let all = figure(&ours, "all_ours_us", "all statements of all structures and years, ours", "µs")?;
    if duckdb {
        let theirs = all_in_duckdb(&ours, file)?;
        let theirs = Figure::new("statements.all_duckdb_us", "the same in DuckDB, from the postings", number(&theirs, "all_us")?, "µs");
        report.ratio("statements.all_to_duckdb", "ours to DuckDB, at most 1/5", &all, &theirs);
        report.add(theirs);
    } else {
        step::done("duckdb", "python3 has none: all statements stand alone", std::time::Duration::ZERO);
    }
    report.add(all);
    fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))
}

fn figure(answer: &Value, key: &str, name: &str, unit: &'static str) -> Result<Figure> {
    Ok(Figure::new(format!("statements.{key}"), name, number(answer, key)?, unit))
}

/// The memory of the real service on that ledger, a process of its own whose postings lie on disk.
fn in_operation(ours: &Value, report: &mut Report) -> Result<()> {
    for (key, name, unit) in [
        ("service_first_start_ms", "the service started on that ledger, which is read whole", "ms"),
        ("service_first_kib", "its memory once the postings are laid down", "KiB"),
        ("service_first_peak_kib", "the most it had until then", "KiB"),
        ("service_restart_ms", "the service started again, from the snapshot", "ms"),
        ("service_kib", "memory of the service then: 200 MiB at most with ten years", "KiB"),
        ("service_statements", "statements of all years asked of it", "statements"),
        ("service_asked_kib", "its memory after them", "KiB"),
        ("service_peak_kib", "the most it had since the restart", "KiB"),
        ("service_past_kib", "its memory once it was asked about a closing too", "KiB"),
    ] {
        report.add(figure(ours, key, name, unit)?);
    }
    Ok(())
}

/// One statement of each level of structure: of a year that is kept month by month, of one that is kept whole, and of parts of that.
fn against_sql(ours: &Value, report: &mut Report) -> Result<()> {
    for level in ["office", "region", "nation"] {
        for (period, what) in [
            ("open", "of an open year"),
            ("packed", "of a year that is kept whole"),
            ("quarter", "of a quarter of that, from its sheets"),
            ("month", "of a month of that, from its sheets"),
            ("to_date", "of that up to November, from its sheets"),
        ] {
            let key = format!("{period}_{level}");
            if ours.get(format!("{key}_ours_ns")).is_none() {
                continue;
            }
            let mine = figure(ours, &format!("{key}_ours_ns"), &format!("amounts of a statement {what}, {level}, ours"), "ns")?;
            let sql = number(ours, &format!("{key}_sql_us"))? * 1_000;
            let sql = Figure::new(format!("statements.{key}_sql_ns"), "the same in SQL over an index made for it", sql, "ns");
            report.ratio(&format!("statements.{key}_to_sql"), "ours to SQL, at most 1/50", &mine, &sql);
            report.add(mine);
            report.add(sql);
            report.add(figure(ours, &format!("{key}_statement_us"), "the whole statement, judged and with those below, ours", "µs")?);
        }
    }
    Ok(())
}

/// The same as known at a closing: what it takes to open that state, and each statement from its sheets.
fn at_a_closing(ours: &Value, report: &mut Report) -> Result<()> {
    for (key, name, unit) in [
        ("past_replay_ms", "postings as of a closing, replayed from the ledger", "ms"),
        ("past_keep_ms", "their snapshot and sheets kept", "ms"),
        ("past_open_us", "that state opened from its sheets", "µs"),
    ] {
        report.add(figure(ours, key, name, unit)?);
    }
    for level in ["office", "region", "nation"] {
        let mine = figure(ours, &format!("past_{level}_ours_ns"), &format!("amounts of a statement as of a closing, {level}, ours"), "ns")?;
        let sql = number(ours, &format!("past_{level}_sql_us"))? * 1_000;
        let sql = Figure::new(format!("statements.past_{level}_sql_ns"), "the same in SQL over an index made for it", sql, "ns");
        report.ratio(&format!("statements.past_{level}_to_sql"), "ours to SQL, at most 1", &mine, &sql);
        for (which, what) in [("first", "first asked after a start"), ("again", "asked again")] {
            let took = number(ours, &format!("service_past_{level}_{which}_us"))? * 1_000;
            let name = format!("the whole statement over gRPC, {what}");
            let took = Figure::new(format!("statements.past_{level}_{which}_ns"), name, took, "ns");
            report.ratio(&format!("statements.past_{level}_{which}_to_sql"), "that to SQL, at most 1", &took, &sql);
            report.add(took);
        }
        report.add(mine);
        report.add(sql);
    }
    Ok(())
}

/// A quarter of a year that is kept whole: the whole statement, as a client has it.
fn parts_over_grpc(ours: &Value, report: &mut Report) -> Result<()> {
    for level in ["office", "region", "nation"] {
        let what = format!("statement of a quarter of a year that is kept whole, {level}, over gRPC");
        report.add(figure(ours, &format!("service_quarter_{level}_us"), &what, "µs")?);
    }
    Ok(())
}

/// One posting, until the region and the nation show it.
fn visible(ours: &Value, report: &mut Report) -> Result<()> {
    let seen = figure(ours, "visible_p50_us", "one posting recorded and seen in the IEEP of region and nation, in process, p50", "µs")?;
    let raw = figure(ours, "raw_write_p50_us", "its rows durable, plain statements, p50", "µs")?;
    report.ratio("statements.visible_to_raw_write", "one posting to that, at most 1.5", &seen, &raw);
    report.add(seen);
    report.add(raw);
    report.add(figure(ours, "in_memory_p50_ns", "of it, after it is durable: taken in, and two sums read, p50", "ns")?);
    Ok(())
}

fn has_duckdb() -> bool {
    let mut python = Command::new("python3");
    let tried = python.args(["-c", "import duckdb"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

fn all_in_duckdb(ours: &Value, postings: &str) -> Result<Value> {
    const TIMES: &str = "5";
    let started = Instant::now();
    let spinner = step::spinner("duckdb");
    let output = Command::new("python3").args(["-c", DUCKDB, postings, TIMES]).output();
    spinner.finish_and_clear();
    let output = output.context("python3 cannot be run")?;
    ensure!(output.status.success(), "duckdb failed: {}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let digest = |answer: &Value| answer.get("digest").cloned().unwrap_or_default();
    ensure!(digest(&answer) == digest(ours), "void: DuckDB finds {}, ours {}", digest(&answer), digest(ours));
    step::done("duckdb", "", started.elapsed());
    Ok(answer)
}

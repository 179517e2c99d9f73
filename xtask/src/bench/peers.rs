//! The national scorecard side by side: the engine of production, other engines that a user would pick, and a plain C reference, on the
//! same generated facts, in one run. Every contender must reach the same digest, or the run is void.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    examples::{example, number},
    report::{Figure, Report},
};
use crate::{step, workspace};

/// The program that shows what the hardware allows; not a peer.
const REFERENCE: &str = "c_ref";

/// The other engines and the facts they share with ours.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Side by side with other engines")]
pub(super) struct SideBySide {
    /// The folder with the generator and the other engines (gen.py, peers/run_one.py); they need python3 with duckdb, polars, pyarrow,
    /// numpy and psutil, and gcc.
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// The engines to run beside ours.
    #[arg(long, value_delimiter = ',', default_value = "c_ref,polars,duckdb_i64")]
    engines: Vec<String>,
    /// How many times the institute's offices: 1 makes 2.3 million facts, 10 makes 22.6 million.
    #[arg(long, default_value = "1")]
    peers_scale: String,
    /// Only this comparison.
    #[arg(long, requires = "peers")]
    only_peers: bool,
}

impl SideBySide {
    /// Whether nothing else is to be measured.
    pub(super) fn only(&self) -> bool {
        self.only_peers
    }
}

/// Measures side by side, where a folder of peers is given.
///
/// # Errors
///
/// When a contender fails, or two disagree.
pub(super) fn run(arguments: &SideBySide, report: &mut Report) -> Result<()> {
    const REPEAT: &str = "5";
    let Some(peers) = &arguments.peers else { return Ok(()) };
    let peers = peers.canonicalize().with_context(|| format!("there is no folder {}", peers.display()))?;
    let scale = &arguments.peers_scale;
    let place = workspace::target().join("bench-peers");
    let data = place.join(format!("sf{scale}"));
    let workload = place.join(format!("workload-{scale}.csv"));
    if !workload.is_file() {
        fs::create_dir_all(&data)?;
        let out = data.to_str().context("a path that is not text")?;
        python("facts", &peers, &place, &["gen.py", "--sf", scale, "--out", out])?;
        let drawn = python("workload", &peers, &place, &["-c", WORKLOAD, out])?;
        fs::write(&workload, drawn)?;
    }
    let path = |path: &Path| path.to_str().map(str::to_owned).context("a path that is not text");
    let ours = example("scorecard", &[&path(&data)?, &path(&workload)?, REPEAT])?;
    let results = place.join("results.jsonl");
    let mut others = Vec::new();
    for engine in &arguments.engines {
        fs::remove_file(&results).ok();
        let run = ["peers/run_one.py", engine, &path(&data)?, "--reps", REPEAT, "--load-reps", REPEAT, "--out", &path(&results)?];
        python(engine, &peers, &place, &run)?;
        let answer: Value = serde_json::from_str(&fs::read_to_string(&results)?)?;
        agree(engine, &ours, &answer)?;
        others.push((engine.as_str(), answer));
    }
    compare(scale, &ours, &others, report)
}

/// Writes the changes and the points that every contender gets.
const WORKLOAD: &str = "
import sys
sys.path.insert(0, 'peers')
import common
changes, points = common.workload(sys.argv[1], 200)
print('office,product,month,received,completed,structure,node')
for change, point in zip(changes, points):
    print(*(change[key] for key in ('o', 'p', 'm', 'dr', 'dc')), *point, sep=',')
";

fn python(what: &str, peers: &Path, place: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let started = Instant::now();
    let spinner = step::spinner(what);
    let output = Command::new("python3").current_dir(peers).env("BENCH_TMP", place).args(arguments).output();
    spinner.finish_and_clear();
    let output = output.context("python3 cannot be run")?;
    ensure!(output.status.success(), "{what} failed: {}", String::from_utf8_lossy(&output.stderr));
    step::done(what, "", started.elapsed());
    Ok(output.stdout)
}

/// A contender that finds other figures makes the whole run void.
fn agree(engine: &str, ours: &Value, theirs: &Value) -> Result<()> {
    ensure!(ours["digest"] == theirs["digest"], "void: {engine} finds {}, ours {}", theirs["digest"], ours["digest"]);
    let refreshed = ["requery_digest", "delta_digest"].iter().filter_map(|key| theirs[key].get("20"));
    for digest in refreshed {
        ensure!(ours["refreshed"] == *digest, "void: after changes {engine} finds {digest}, ours {}", ours["refreshed"]);
    }
    Ok(())
}

/// Ours and theirs, with the ratios that matter.
fn compare(scale: &str, ours: &Value, others: &[(&str, Value)], report: &mut Report) -> Result<()> {
    let figure = |owner: &str, key: &str, value, unit| {
        Figure::new(format!("scorecard.{owner}.{key}"), format!("scorecard {scale}x, {owner}: {key}"), value, unit)
    };
    let mine = |key: &str, unit| -> Result<Figure> { Ok(figure("ours", key, number(ours, key)?, unit)) };
    let (compute, cpu, peak) = (mine("compute_us", "µs")?, mine("compute_cpu_us", "µs")?, mine("peak_kib", "KiB")?);
    let (load, update, point) = (mine("load_us", "µs")?, mine("update_p50_ns", "ns")?, mine("point_p50_ns", "ns")?);
    for key in ["rows", "compute_median_us", "update_p99_ns", "point_p99_ns"] {
        let unit = key.rsplit('_').next().map_or("", |unit| match unit {
            "us" => "µs",
            "ns" => "ns",
            _ => "rows",
        });
        report.add(mine(key, unit)?);
    }
    let seconds = |answer: &Value, place: [&str; 2], scale: u32| -> Option<u128> { whole(answer.get(place[0])?.get(place[1])?, scale) };
    let mut best: Vec<(&Figure, &str, Figure)> = Vec::new();
    for (engine, answer) in others {
        let theirs = [
            (&compute, "compute_us", seconds(answer, ["compute", "min"], 6), "µs"),
            (&cpu, "compute_cpu_us", seconds(answer, ["compute", "cpu"], 6), "µs"),
            (&load, "load_us", seconds(answer, ["load", "min"], 6), "µs"),
            (&peak, "peak_kib", answer.get("compute_peak_mb").and_then(|peak| whole(peak, 0)).map(|peak| peak * 1_024), "KiB"),
            (&update, "update_p50_ns", seconds(answer, ["requery", "p50"], 9), "ns"),
            (&point, "point_p50_ns", seconds(answer, ["point", "p50"], 9), "ns"),
        ];
        for (ours, key, value, unit) in theirs {
            let Some(value) = value else { continue };
            let theirs = figure(engine, key, value, unit);
            if *engine == REFERENCE {
                report.ratio(
                    &format!("scorecard.{key}_to_reference"),
                    &format!("scorecard {scale}x, {key}: ours to the C reference"),
                    ours,
                    &theirs,
                );
            } else if let Some(known) = best.iter_mut().find(|(_, known, _)| *known == key) {
                if theirs.is_below(&known.2) {
                    known.2 = theirs.clone();
                }
            } else {
                best.push((ours, key, theirs.clone()));
            }
            report.add(theirs);
        }
    }
    for (ours, key, theirs) in best {
        report.ratio(&format!("scorecard.{key}_to_best"), &format!("scorecard {scale}x, {key}: ours to the best peer"), ours, &theirs);
    }
    [compute, cpu, load, peak, update, point].into_iter().for_each(|figure| report.add(figure));
    Ok(())
}

/// A decimal number of JSON, moved by some digits, as a whole number: read from its text, since nothing here needs to be finer.
fn whole(number: &Value, digits: u32) -> Option<u128> {
    let text = number.to_string();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let shift = exponent + i32::try_from(digits).ok()? - i32::try_from(after.len()).ok()?;
    let number: u128 = format!("{before}{after}").parse().ok()?;
    let power = 10u128.checked_pow(shift.unsigned_abs())?;
    if shift < 0 { Some(number / power) } else { number.checked_mul(power) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seconds_become_whole_numbers_without_floating_point() {
        let read = |text: &str, digits| whole(&serde_json::from_str(text).unwrap(), digits);
        assert_eq!(read("1.75", 6), Some(1_750_000));
        assert_eq!(read("2.8e-06", 9), Some(2_800));
        assert_eq!(read("1256", 0), Some(1_256));
        assert_eq!(read("0.1234567899", 6), Some(123_456));
        assert_eq!(read("null", 6), None);
    }

    #[test]
    fn contenders_that_disagree_make_the_run_void() {
        let ours = json!({"digest": "a", "refreshed": "r"});
        assert!(agree("x", &ours, &json!({"digest": "a", "requery_digest": {"5": "q", "20": "r"}})).is_ok());
        assert!(agree("x", &ours, &json!({"digest": "b"})).unwrap_err().to_string().starts_with("void"));
        assert!(agree("x", &ours, &json!({"digest": "a", "delta_digest": {"20": "s"}})).unwrap_err().to_string().starts_with("void"));
    }

    #[test]
    fn ratios_are_to_the_best_peer_and_to_the_reference() {
        let ours = json!({"rows": 1, "compute_us": 300, "compute_median_us": 1, "compute_cpu_us": 1, "peak_kib": 1, "load_us": 1,
            "update_p50_ns": 1, "update_p99_ns": 1, "point_p50_ns": 1, "point_p99_ns": 1});
        let took = |seconds: f64| json!({"compute": {"min": seconds}});
        let others = [(REFERENCE, took(0.0002)), ("slow", took(0.003)), ("fast", took(0.0015))];
        let mut report = Report::new();
        compare("1", &ours, &others, &mut report).unwrap();
        let figures: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(figures["figures"]["scorecard.compute_us_to_best"]["value"], 200_000);
        assert_eq!(figures["figures"]["scorecard.compute_us_to_reference"]["value"], 1_500_000);
    }
}

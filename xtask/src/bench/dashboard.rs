//! The dashboard of quality at the scale of the institute, beside other engines that a user would pick, on the same data in one run. All
//! must find the same figures, to the last digit shown, or the run is void; an engine that is not installed is said.

use std::{fs, path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    examples::{example, number},
    report::{Figure, Report},
};
use crate::{step, workspace};

/// Indicators, offices and months.
const SCALE: [&str; 3] = ["200", "450", "36"];
/// How often each contender repeats; the best counts.
const REPEAT: &str = "20";

/// What is compared: key and name of our figure, the file with what it says, and who else computes it.
const CONTESTS: [(&str, &str, &str, [&str; 2]); 2] = [
    ("nation", "all indices of the nation with contributions", "figures.txt", ["polars", "duckdb"]),
    ("intervals", "intervals of a survey of 200,000 answers", "intervals.txt", ["polars-survey", "numpy-survey"]),
];

/// Measures.
///
/// # Errors
///
/// When a contender fails, or two disagree.
pub(super) fn run(report: &mut Report) -> Result<()> {
    let place = workspace::target().join("bench-dashboard");
    let path = place.to_str().context("a path that is not text")?;
    let [indicators, offices, months] = SCALE;
    let ours = example("dashboard", &[path, indicators, offices, months, REPEAT])?;
    let figure = |key: &str, name: &str, value, unit| Figure::new(format!("dashboard.{key}"), format!("dashboard, {name}"), value, unit);
    report.add(figure(
        "facts",
        &format!("{indicators} indicators x {offices} offices x {months} months"),
        number(&ours, "facts")?,
        "facts",
    ));
    report.add(figure("peak", "most memory with facts and sums (at most 153,600)", number(&ours, "peak_kib")?, "KiB"));
    report.add(figure("built", "sums built from the facts", number(&ours, "built_us")?, "µs"));
    let refreshed = figure("refresh_p50", "one measure refreshed in office, region, nation, p50", number(&ours, "refresh_p50_ns")?, "ns");
    for (key, name, file, engines) in CONTESTS {
        let mine = figure(key, name, number(&ours, &format!("{key}_us"))?, "µs");
        let mut best: Option<Figure> = None;
        for engine in engines {
            let Some(took) = theirs(engine, &place)? else { continue };
            agree(engine, &place, file)?;
            let took = figure(&format!("{key}.{engine}"), &format!("the same, {engine}"), took, "µs");
            if best.as_ref().is_none_or(|best| took.is_below(best)) {
                best = Some(took.clone());
            }
            report.add(took);
        }
        if let Some(best) = best {
            let goal = if key == "nation" { "at most 0.20" } else { "at most 1.00" };
            let ratio = format!("dashboard, {key}: ours to the best peer ({goal})");
            report.ratio(&format!("dashboard.{key}_to_best"), &ratio, &mine, &best);
            if key == "nation" {
                let whole = figure("", "", best.value() * 1_000, "ns");
                report.ratio(
                    "dashboard.refresh_to_best",
                    "dashboard, refresh to the nation of the best peer (at most 1/1000)",
                    &refreshed,
                    &whole,
                );
            }
        }
        report.add(mine);
    }
    report.add(refreshed);
    report.add(figure("refresh_p99", "the same, p99", number(&ours, "refresh_p99_ns")?, "ns"));
    Ok(())
}

/// How many microseconds an engine takes; `None` where it is not installed.
fn theirs(engine: &str, place: &Path) -> Result<Option<u128>> {
    let started = Instant::now();
    let spinner = step::spinner(engine);
    let script = workspace::root().join("xtask/src/bench/peers/dashboard.py");
    let output = Command::new("python3").arg(script).arg(engine).arg(place).arg(REPEAT).output();
    spinner.finish_and_clear();
    let Ok(output) = output else {
        step::done(engine, "absent: python3 cannot be run", started.elapsed());
        return Ok(None);
    };
    ensure!(output.status.success(), "{engine} failed: {}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    if let Some(absent) = answer.get("absent").and_then(Value::as_str) {
        step::done(engine, &format!("absent: {absent}"), started.elapsed());
        return Ok(None);
    }
    step::done(engine, "", started.elapsed());
    number(&answer, "us").map(Some)
}

/// An engine that finds other figures makes the whole run void.
fn agree(engine: &str, place: &Path, file: &str) -> Result<()> {
    let read = |name: &str| fs::read_to_string(place.join(name)).with_context(|| format!("reading {name}"));
    let (ours, theirs) = (read(file)?, read(&format!("{engine}.txt"))?);
    let differs = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
    ensure!(differs.is_none(), "void: {engine} finds other figures, ours first: {differs:?}");
    ensure!(ours.lines().count() == theirs.lines().count(), "void: {engine} finds more figures, or fewer");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_disagrees_makes_the_run_void() {
        let place = std::env::temp_dir().join(format!("piramide-dashboard-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("figures.txt"), "A 1.00\nB 2.00\n").unwrap();
        let check = |text: &str| {
            fs::write(place.join("other.txt"), text).unwrap();
            agree("other", &place, "figures.txt").map_err(|error| error.to_string())
        };
        assert_eq!(check("A 1.00\nB 2.00\n"), Ok(()));
        assert!(check("A 1.00\nB 2.01\n").unwrap_err().contains("B 2.01"));
        assert!(check("A 1.00\n").unwrap_err().contains("fewer"));
        fs::remove_dir_all(&place).unwrap();
    }
}

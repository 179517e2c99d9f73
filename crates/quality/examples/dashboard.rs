//! The dashboard of quality at the scale of the institute, in memory: all indices of the nation with what moved them, one measure changed and
//! read again, and the intervals of a large survey. Prints one JSON object.
//!
//! ```sh
//! cargo run --release -p piramide-quality --example dashboard -- 200 450 36 5
//! ```
//!
//! Indicators, offices, months, and how often to repeat.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

#[path = "dashboard/data.rs"]
mod data;

use std::time::{Duration, Instant};

use piramide_domain::{Detail, Facts, Query};
use piramide_measure::Period;
use piramide_plan::Plan;
use piramide_quality::{
    asked::Asked,
    contributions::contributions,
    facts,
    indices::{self, Against},
    surveys::results::{self, Part},
};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().expect("a number"));
    let mut next = |what| arguments.next().expect(what);
    let scale = data::Scale { indicators: next("indicators"), offices: next("offices"), months: next("months") };
    let repeat = next("how often to repeat").max(1);

    let plan = data::plan(&scale);
    let mut known = data::facts(&scale);
    let loaded = peak_kib();
    let year = Period::Year(data::FIRST_YEAR + 1);

    let (mut whole, mut refreshed, mut intervals) = (Vec::new(), Vec::new(), Vec::new());
    let mut checked = String::new();
    for repetition in 0..repeat {
        let started = Instant::now();
        checked = nation(&plan, &known, year);
        whole.push(started.elapsed());

        data::change(&mut known, repetition);
        let started = Instant::now();
        for structure in [data::office(0), data::region(0), "NAZ".to_owned()] {
            let asked = Asked::new(query(&plan, &known, &structure, year), "I000");
            indices::index(&asked, "I000", Against::PreviousYear).expect("the indicator is there");
        }
        refreshed.push(started.elapsed());

        let started = Instant::now();
        let survey = plan.surveys().get("VOICE").expect("the survey is there");
        let asked = results::Asked::new(query(&plan, &known, "NAZ", year), survey, &survey.samples[0]);
        for factor in survey.factors() {
            asked.estimate(&factor.code, Part::Whole).expect("there are answers enough");
        }
        intervals.push(started.elapsed());
    }
    println!(
        "{{\"facts\": {}, \"answers\": {}, \"loaded_kib\": {loaded}, \"nation_us\": {}, \"refresh_us\": {}, \"intervals_us\": {}, \"index\": \"{checked}\"}}",
        known.iter().count(),
        survey_answers(&plan, &known, year),
        least(&whole),
        least(&refreshed),
        least(&intervals),
    );
}

fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'a str, period: Period) -> Query<'a> {
    Query { plan, facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure }
}

/// Both synthetic indices of the nation with every index below them, and what each area, indicator and region contributes.
fn nation(plan: &Plan, facts: &Facts, year: Period) -> String {
    let asked = Asked::new(query(plan, facts, "NAZ", year), "PRODUCTION");
    let shown = Against::ALL.map(|against| {
        let index = indices::index(&asked, "PRODUCTION", against).expect("the section is there");
        let found = contributions(&asked, &index, against).expect("it has an index");
        assert_eq!(found.nodes.len(), index.flat().len(), "every node contributes");
        index.judged.index.expect("it has an index").rounded(6)
    });
    shown.join(" ")
}

/// How many answers the survey has, all factors together.
fn survey_answers(plan: &Plan, facts: &Facts, year: Period) -> i128 {
    let survey = plan.surveys().get("VOICE").expect("the survey is there");
    let asked = results::Asked::new(query(plan, facts, "NAZ", year), survey, &survey.samples[0]);
    survey.factors().filter_map(|factor| asked.estimate(&factor.code, Part::Whole).ok()).map(|estimate| estimate.tally().answers()).sum()
}

fn least(times: &[Duration]) -> u128 {
    times.iter().min().map_or(0, Duration::as_micros)
}

/// The most memory that this process has had, from proc(5).
fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("proc(5)");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

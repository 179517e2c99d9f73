//! The figures of `cargo xtask bench` that need no service: a reconstructed year in memory, one cell changed and read again up to the
//! nation, any group read at any structure. Prints one JSON object: nanoseconds and milliseconds, whole numbers.
//!
//! ```sh
//! cargo xtask synth --out year && cargo run --release -p piramide-production --example national -- year
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

use std::{fs, path::Path, time::Instant};

use piramide_domain::{Batch, Facts, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Period, Provenance, decimal};
use piramide_plan::{Plan, Plans};
use piramide_production::{
    facts::{CLOSING_BACKLOG, QUANTITIES, RECEIVED},
    state::{Books, State, Sums},
};

/// Single changes and reads that are timed.
const SAMPLES: usize = 20_000;

fn main() {
    let folder = std::env::args().nth(1).expect("the folder of a reconstructed year: cargo xtask synth --out year");
    let plans = Plans::load_folder(&Path::new(&folder).join("plans")).expect("plans");
    let plans = Plans::default().with(plans.iter().filter(|plan| plan.name() == "synth-2020").map(|plan| Plan::clone(plan)));
    let plan = plans.get("synth-2020").expect("synth-2020").clone();

    let started = Instant::now();
    let recorded = read(&Path::new(&folder).join("facts"));
    let load = started.elapsed().as_millis();
    let count = recorded.len();
    let cells: Vec<Fact> =
        recorded.iter().step_by((count / SAMPLES).max(1)).filter(|fact| counts_flow(&plan, &fact.subject)).cloned().collect();

    let started = Instant::now();
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "year".into(), provenance: Provenance::Synthetic }, recorded);
    let keep = started.elapsed().as_millis();
    let started = Instant::now();
    let mut state = State::of(&plans, &facts);
    let build = started.elapsed().as_millis();

    let update = latencies(cells.iter().zip(2i64..).map(|(cell, sequence)| {
        let mut changed = cell.clone();
        // One piece more received, which waits.
        for quantity in [RECEIVED, CLOSING_BACKLOG] {
            changed.values.set(quantity, changed.values.get(quantity).map(|pieces| pieces + 1));
        }
        let batch = Batch { id: "change".into(), provenance: Provenance::Synthetic };
        let started = Instant::now();
        facts.take_followed(sequence, batch, [changed], 1, &mut |facts, changes| state.follow_all(facts, changes));
        let sums = upwards(&facts, state.under(&plan).expect("the plan is kept"), &plan, cell);
        (started.elapsed().as_nanos(), sums)
    }));
    let books = state.under(&plan).expect("the plan is kept");
    let structures: Vec<&str> = plan.structures().iter().map(|structure| structure.code.as_str()).collect();
    let groups: Vec<&str> =
        plan.catalogue().iter().filter(|node| node.counts.is_none() && !node.is_staff()).map(|node| node.code.as_str()).collect();
    let period: Period = "2020-12-ytd".parse().expect("a period");
    let point = latencies((0..SAMPLES).map(|sample| {
        // Any structure, any group: strides that have no factor with how many there are visit them all.
        let (structure, group) = (structures[sample * 7_919 % structures.len()], groups[sample * 104_729 % groups.len()]);
        let started = Instant::now();
        let sums = books.read(&facts, &books.slots_in(period), structure, group).expect("the sums fit");
        (started.elapsed().as_nanos(), sums)
    }));
    println!(
        "{{\"facts\": {count}, \"load_ms\": {load}, \"keep_ms\": {keep}, \"build_ms\": {build}, \"update_p50_ns\": {}, \"update_p99_ns\": {}, \"point_p50_ns\": {}, \"point_p99_ns\": {}}}",
        update.0, update.1, point.0, point.1
    );
}

/// Whether a fact is about the pieces of a product, rather than its parts or staff.
fn counts_flow(plan: &Plan, subject: &str) -> bool {
    plan.catalogue().product(subject).is_some_and(|product| !product.is_staff())
}

/// The year to date of a cell's product, line, area and total, in its region and in the nation: what a watcher sees change.
fn upwards(facts: &Facts, books: &Books, plan: &Plan, cell: &Fact) -> Sums {
    let month = piramide_measure::Month::from_index(cell.last_month).expect("a month");
    let slots = books.slots_in(Period::YearToDate(month));
    let structures: Vec<&str> = plan.structures().ancestors(&cell.structure, month).map(|structure| structure.code.as_str()).collect();
    let mut sum = Sums::EMPTY;
    for structure in structures.iter().rev().take(2) {
        let mut node = Some(&*cell.subject);
        while let Some(code) = node {
            sum.add(&books.read(facts, &slots, structure, code).expect("the sums fit"));
            node = plan.catalogue().node(code).and_then(|node| node.parent.as_deref());
        }
    }
    sum
}

/// Median and 99th percentile; what is measured is used, so that it is not optimised away.
fn latencies(samples: impl Iterator<Item = (u128, Sums)>) -> (u128, u128) {
    let mut seen = Sums::EMPTY;
    let mut nanos: Vec<u128> = samples
        .map(|(nanos, sums)| {
            seen.add(&sums);
            nanos
        })
        .collect();
    assert!(seen.marks != 0, "nothing was read");
    nanos.sort_unstable();
    (nanos[nanos.len() / 2], nanos[nanos.len() * 99 / 100])
}

fn read(folder: &Path) -> Vec<Fact> {
    let mut files: Vec<_> = fs::read_dir(folder).expect("facts").map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    let mut facts = Vec::new();
    for path in files {
        let mut reader = csv::Reader::from_path(path).expect("a table");
        // Tables of other domains speak of measures and items.
        if reader.headers().expect("a header").get(1) != Some("product") {
            continue;
        }
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).expect("a row") {
            let month: Period = row[2].parse().expect("a month");
            let months = month.first_month().index();
            let value = |(quantity, text): (usize, &str)| {
                (!text.is_empty()).then(|| decimal::parse_minor_units(text, QUANTITIES[quantity].scale).expect("a number"))
            };
            facts.push(Fact {
                line: 0,
                structure: row[0].into(),
                subject: row[1].into(),
                first_month: months,
                last_month: months,
                values: row.iter().skip(3).enumerate().map(value).collect(),
            });
        }
    }
    facts
}

//! The dashboard of quality at the scale of the institute, in memory: all indices of the nation with what moved them, one measure changed and
//! read again, and the intervals of a large survey. Prints one JSON object, and leaves the data and the figures where others can read them.
//!
//! ```sh
//! cargo run --release -p piramide-quality --example dashboard -- target/bench-dashboard 200 450 36 5
//! ```
//!
//! Where to write, indicators, offices, months, and how often to repeat. `facts.bin` and `answers.bin` are columns of 32-bit whole numbers, one
//! column after the other; `figures.txt` and `intervals.txt` are what was computed, six digits after the point.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

#[path = "dashboard/data.rs"]
mod data;

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use piramide_domain::{Books as _, Change, Detail, Facts, Query};
use piramide_measure::{Exact, Period};
use piramide_plan::Plan;
use piramide_quality::{
    asked::Asked,
    contributions::{Contributions, contributions},
    facts,
    indices::{self, Against, Index},
    state::Books,
    surveys::results::{self, Part},
};

/// Digits after the point of what others must find too.
const DIGITS: u32 = 6;
/// Measures that are changed one by one.
const CHANGES: usize = 500;

/// What is in memory.
struct Known {
    plan: Arc<Plan>,
    facts: Facts,
    books: Books,
}

impl Known {
    fn query<'a>(&'a self, structure: &'a str) -> Query<'a> {
        let period = Period::Year(data::FIRST_YEAR + 1);
        Query { plan: &self.plan, facts: &self.facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure }
    }

    fn ask<'a>(&'a self, structure: &'a str, node: &'a str) -> Asked<'a> {
        Asked::over(self.query(structure), Some(&self.books), node)
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().expect("where to write");
    let mut next = |what| arguments.next().expect(what).parse::<usize>().expect("a number");
    let scale = data::Scale { indicators: next("indicators"), offices: next("offices"), months: next("months") };
    let repeat = next("how often to repeat").max(1);

    let plan = Arc::new(data::plan(&scale));
    let started = Instant::now();
    let facts = data::facts(&scale);
    let loaded = started.elapsed();
    let mut books = Books::new(plan.clone());
    let started = Instant::now();
    facts.iter().for_each(|now| books.follow(&facts, &Change { now, before: None }));
    let built = started.elapsed();
    let mut known = Known { plan, facts, books };
    let peak = peak_kib();

    let place = Path::new(&place);
    fs::create_dir_all(place).expect("a folder to write in");
    data::write(place, &scale, &known.facts);
    fs::write(place.join("figures.txt"), figures(&known)).expect("figures written");
    fs::write(place.join("intervals.txt"), intervals(&known)).expect("intervals written");

    let nation = least(repeat, || drop(nation(&known)));
    let surveyed = least(repeat, || drop(estimates(&known)));
    let mut refreshed: Vec<Duration> = (0..CHANGES).map(|number| refresh(&mut known, number, &scale)).collect();
    refreshed.sort_unstable();
    println!(
        "{{\"facts\": {}, \"answers\": {}, \"peak_kib\": {peak}, \"generated_us\": {}, \"built_us\": {}, \"nation_us\": {}, \"intervals_us\": {}, \
         \"refresh_p50_ns\": {}, \"refresh_p99_ns\": {}}}",
        known.facts.iter().count(),
        data::answers(&scale),
        loaded.as_micros(),
        built.as_micros(),
        nation.as_micros(),
        surveyed.as_micros(),
        refreshed[CHANGES / 2].as_nanos(),
        refreshed[CHANGES * 99 / 100].as_nanos(),
    );
}

/// The shortest time of several.
fn least(repeat: usize, mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..repeat).map(timed).min().unwrap_or_default()
}

/// An index as shown, with what moves it.
struct Moved {
    code: String,
    index: String,
    own: String,
    mix: String,
}

/// Both synthetic indices of the nation with every index below them, and what each area, indicator and region contributes; all as shown.
fn nation(known: &Known) -> Vec<Moved> {
    let asked = known.ask("NAZ", "PRODUCTION");
    // Each reference on a core of its own, as the peers use all they have.
    thread::scope(|scope| {
        let asked = &asked;
        let both = Against::ALL.map(|against| scope.spawn(move || moved(asked, against)));
        both.into_iter().flat_map(|one| one.join().expect("no index panics")).collect()
    })
}

/// The index against one reference with every index below it, and what each contributes.
fn moved(asked: &Asked<'_>, against: Against) -> Vec<Moved> {
    let index = indices::index(asked, "PRODUCTION", against).expect("the section is there");
    let Contributions { nodes, structures, .. } = contributions(asked, &index, against).expect("it has an index");
    let index_of = |index: &Index<'_>| index.judged.index.as_ref().expect("it has an index").rounded(DIGITS);
    let all = index.flat().into_iter().map(index_of).zip(nodes);
    let nodes = all.map(|(index, (node, effect))| (node.code().to_owned(), index, effect));
    let structures = structures.into_iter().map(|(code, effect)| (code.to_owned(), String::new(), effect));
    let shown = |(code, index, effect): (String, String, piramide_quality::contributions::Effect)| Moved {
        code,
        index,
        own: effect.own.rounded(DIGITS),
        mix: effect.mix.rounded(DIGITS),
    };
    nodes.chain(structures).map(shown).collect()
}

fn figures(known: &Known) -> String {
    nation(known).into_iter().fold(String::new(), |mut text, Moved { code, index, own, mix }| {
        writeln!(text, "{code} {index} {own} {mix}").expect("a text takes text");
        text
    })
}

/// The mean of every factor and half the width of its interval.
fn estimates(known: &Known) -> Vec<(String, Exact, Exact)> {
    let survey = known.plan.surveys().get("VOICE").expect("the survey is there");
    let asked = results::Asked::over(known.query("NAZ"), Some(&known.books), survey, &survey.samples[0]);
    let estimate = |code: &str| asked.estimate(code, Part::Whole).expect("there are answers enough");
    survey
        .factors()
        .map(|factor| (factor.code.clone(), estimate(&factor.code)))
        .map(|(code, found)| (code, found.mean, found.margin))
        .collect()
}

fn intervals(known: &Known) -> String {
    estimates(known).into_iter().fold(String::new(), |mut text, (code, mean, margin)| {
        writeln!(text, "{code} {} {}", mean.rounded(DIGITS), margin.rounded(DIGITS)).expect("a text takes text");
        text
    })
}

/// A new measure taken in, and its indices in its office, its region and the nation read again.
fn refresh(known: &mut Known, number: usize, scale: &data::Scale) -> Duration {
    let change = data::change(number, scale);
    let (office, region, node) =
        (change.fact.structure.clone(), data::region(change.office % data::REGIONS), format!("I{:03}", change.indicator));
    let started = Instant::now();
    let Known { facts, books, .. } = known;
    let sequence = facts.sequence() + 1;
    facts.take_followed(sequence, data::batch("change"), [change.fact], 1, &mut |facts, changes| books.follow_all(facts, changes));
    for structure in [&*office, &*region, "NAZ"] {
        let asked = known.ask(structure, &node);
        for against in Against::ALL {
            indices::index(&asked, &node, against).expect("the indicator is there").judged.index.expect("it has an index");
        }
    }
    started.elapsed()
}

/// The most memory that this process has had, from proc(5).
fn peak_kib() -> u64 {
    let text = fs::read_to_string("/proc/self/status").expect("proc(5)");
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

//! Statements at the scale of the institute: ten years of postings in a ledger on disk, the sums kept of them in memory, and the same
//! statements asked in SQL of the same postings, which lie as rows in a file of their own. Every figure must be the same, or the run is void. Prints one JSON object.
//!
//! ```sh
//! cargo run --release -p piramide-finance --example statements -- FOLDER 10 130 2000 20 POSTINGS.csv
//! ```
//!
//! An empty folder, or `-` for what is kept in memory alone; years, offices, items, how often to repeat and, if other engines are to read them, where to write the postings in force.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

#[path = "statements/data.rs"]
mod data;
#[path = "statements/ours.rs"]
mod ours;
#[path = "statements/past.rs"]
mod past;
#[path = "statements/service.rs"]
mod service;
#[path = "statements/single.rs"]
mod single;
#[path = "statements/sql.rs"]
mod sql;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use piramide_measure::{Month, Period};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("an empty folder"));
    if folder.as_os_str() == service::SERVE {
        return service::serve(&PathBuf::from(arguments.next().expect("the folder of a ledger")));
    }
    let mut number = |what| arguments.next().and_then(|text| text.parse::<u16>().ok()).expect(what);
    let scale = data::Scale { years: number("years"), offices: number("offices"), items: number("items") };
    let repeat = usize::from(number("how often to repeat").max(1));
    let postings = arguments.next().map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut figures: Vec<(String, u128)> = Vec::new();
    let mut put = |key: &str, value: u128| figures.push((key.to_owned(), value));

    // Without a folder nothing is kept on disk, and nothing compared with it.
    let store = (folder.as_os_str() != "-").then(|| folder.join("finance.db"));
    let facts = runtime.block_on(data::record(store.as_deref(), scale));
    if let Some(path) = &postings {
        data::write(path, &facts, scale);
    }
    put("postings", facts.iter().count().try_into().unwrap());
    put("facts_kib", resident().into());
    let snapshots = store.as_deref().map(data::snapshots);
    let mut house = ours::House::new(scale, facts, snapshots.as_ref());
    put("sums_build_ms", house.built.as_millis());
    put("sheets_build_ms", house.laid.as_millis());
    put("sums_kib", house.sums_kib.into());
    if let Some(store) = &store {
        let sql = runtime.block_on(sql::Sql::new(&folder.join("sql.db"), store));
        present(&house, &sql, repeat, &mut put);
        runtime.block_on(past::measure(store, scale, &sql, repeat, &mut put));
    }
    let (all, statements) = least(repeat, || house.all_statements());
    put("all_ours_us", all.as_micros());
    put("all_cells", statements.iter().map(|amounts| amounts.len() as u128).sum());
    let digest = house.digest(&statements);
    drop(statements);
    if let Some(store) = &store {
        let single = runtime.block_on(single::measure(&folder, store, &mut house));
        put("visible_p50_us", single.visible.as_micros());
        put("raw_write_p50_us", single.raw.as_micros());
        put("in_memory_p50_ns", single.in_memory.as_nanos());
    }
    put("peak_kib", from_proc("VmHWM:").into());
    drop(house);
    if store.is_some() {
        runtime.block_on(service::measure(&folder, scale, &mut put));
    }
    let figures = figures.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect::<Vec<_>>().join(", ");
    println!("{{{figures}, \"digest\": \"{digest}\"}}");
}

/// Statements as known now: of a year that is kept month by month, and of one that is kept whole, with a quarter and a month of it, which its sheets
/// tell.
fn present(house: &ours::House, sql: &sql::Sql, repeat: usize, put: &mut impl FnMut(&str, u128)) {
    let year = data::FIRST_YEAR;
    let month = Month::new(year, 2).expect("a month");
    let periods = [
        ("open", Period::Year(house.scale.last_year())),
        ("packed", Period::Year(year)),
        ("quarter", Period::Quarter { year, quarter: 1 }),
        ("month", Period::Month(month)),
        ("to_date", Period::YearToDate(Month::new(year, 11).expect("a month"))),
    ];
    for (name, period) in periods.into_iter().take(if house.scale.years > 2 { periods.len() } else { 1 }) {
        for (level, structure) in [("office", "OFF_005"), ("region", "REG_05"), ("nation", "NAZ")] {
            let key = |what: &str| format!("{name}_{level}_{what}");
            let offices = house.offices_under(structure);
            // What a few microseconds take is taken often; what takes a second, a few times.
            let few = if level == "office" { repeat } else { repeat.min(3) };
            let (ours, amounts) = least(repeat * 5, || house.amounts(structure, period));
            let (whole, _) = least(repeat.min(5), || house.statement(structure, period));
            let (theirs, summed) = least(few, || sql.sums(&offices, period, None));
            agree(&house.leaves(&amounts), &summed);
            put(&key("ours_ns"), ours.as_nanos());
            put(&key("statement_us"), whole.as_micros());
            put(&key("sql_us"), theirs.as_micros());
        }
    }
}

/// The shortest of several times, and what was found.
fn least<T>(times: usize, mut measured: impl FnMut() -> T) -> (Duration, T) {
    let mut once = || {
        let started = Instant::now();
        let found = std::hint::black_box(measured());
        (started.elapsed(), found)
    };
    let mut best = once();
    for _ in 1..times.max(1) {
        let again = once();
        if again.0 < best.0 {
            best = again;
        }
    }
    best
}

/// Both find the same amounts, item by item.
fn agree(ours: &[(String, i64)], theirs: &[(String, i64)]) {
    let differs = ours.iter().zip(theirs).find(|(ours, theirs)| ours != theirs);
    assert!(ours.len() == theirs.len() && differs.is_none(), "void: {} and {} items, {differs:?}", ours.len(), theirs.len());
}

/// The memory that this process has, in KiB.
fn resident() -> u64 {
    from_proc("VmRSS:")
}

fn from_proc(field: &str) -> u64 {
    from_proc_of(std::process::id(), field)
}

/// A figure of memory of a process, in KiB.
fn from_proc_of(process: u32, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).expect("proc(5)");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("a figure of memory");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}

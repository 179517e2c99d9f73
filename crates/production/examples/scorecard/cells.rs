//! One cell changed and read again up to the nation, and single points, on sums that are kept.

use std::{path::Path, time::Instant};

use piramide_domain::{Batch, Values};
use piramide_ledger::Fact;
use piramide_measure::Provenance;
use piramide_rollup::{Cell, Leaf, Rollup};

use super::{
    check,
    data::{Data, MONTHS, january},
    sheet::MEASURES,
};

/// How many changes enter the digest.
const DIGESTED: usize = 20;
/// Something is known of each measure.
const KNOWN: u64 = 0x11_1111;

/// Median and 99th percentile, in nanoseconds.
pub(crate) struct Latencies {
    pub(crate) update: (u128, u128),
    pub(crate) point: (u128, u128),
    /// The digest of the rows that the first changes refresh.
    pub(crate) refreshed: String,
}

/// A line of the workload: what changes by how much, and a point to read.
struct Line {
    office: usize,
    product: usize,
    month: usize,
    received: i64,
    completed: i64,
    point: (usize, usize),
}

/// Applies the changes one by one, then reads the points.
pub(crate) fn run(data: &mut Data, workload: &Path) -> Latencies {
    let lines = read(workload);
    let mut rollup = Rollup::<MEASURES>::new(groups_first(data), groups(data));
    for _ in 0..MONTHS {
        rollup.open_slot(data.structures.clone());
    }
    for product in 0..data.coefficients.len() {
        let read = |(month, _), values: &Values| (slot(month), leaf(data, product, slot(month), values));
        for (structure, said) in data.facts.said_of(&data.node_codes[product], read) {
            let structure = data.structure_numbers[structure];
            for (slot, leaf) in said {
                rollup.take((slot, structure, shifted(data, product)), None, &leaf, &Nothing);
            }
        }
    }
    let mut update = Vec::new();
    let mut refreshed = Vec::new();
    for (line, sequence) in lines.iter().zip(2..) {
        let started = Instant::now();
        let rows = change(data, &mut rollup, line, sequence);
        update.push(started.elapsed().as_nanos());
        refreshed.push(format!("[{}]", check::joined(rows.iter().map(|row| check::list(row)))));
    }
    let mut point = Vec::new();
    let slots: Vec<usize> = (0..MONTHS).collect();
    for Line { point: (structure, node), .. } in &lines {
        let started = Instant::now();
        let node = shifted(data, *node);
        let month = rollup.read(&slots[MONTHS - 1..], *structure, node, &Nothing).expect("sums of 64 bits");
        let running = rollup.read(&slots, *structure, node, &Nothing).expect("sums of 64 bits");
        point.push(started.elapsed().as_nanos());
        assert!(running.sums[0] >= month.sums[0], "a year has at least what its December has");
    }
    let refreshed = check::hash(&format!("[{}]", check::joined(refreshed.into_iter().take(DIGESTED))));
    Latencies { update: percentiles(update), point: percentiles(point), refreshed }
}

/// One change: the fact, the sums above it, and the eight rows that a reader sees change.
fn change(data: &mut Data, rollup: &mut Rollup<MEASURES>, line: &Line, sequence: i64) -> Vec<[i64; 10]> {
    let Line { office, product, month, received, completed, .. } = line;
    let index = january() + i32::try_from(*month).expect("a month");
    let (structure, subject) = (office.to_string(), &data.node_codes[*product]);
    let before = data.facts.get(subject, &structure, (index, index)).expect("a fact").values;
    let plus = |values: Values, quantity: usize, more: i64| values.with(quantity, values.get(quantity).map(|pieces| pieces + more));
    let after = plus(plus(before, 0, *received), 1, *completed);
    let fact = Fact {
        line: 0,
        structure: structure.into(),
        subject: subject.as_str().into(),
        first_month: index,
        last_month: index,
        values: after.columns(3),
    };
    data.facts.take(sequence, Batch { id: "change".into(), provenance: Provenance::Synthetic }, [fact]);
    let node = shifted(data, *product);
    let (was, is) = (leaf(data, *product, *month, &before), leaf(data, *product, *month, &after));
    rollup.take((*month, *office, node), Some(&was), &is, &Nothing);
    let slots: Vec<usize> = (0..=*month).collect();
    let mut rows = Vec::with_capacity(8);
    for structure in data.structures.path(*office).skip(2) {
        for node in rollup.products().path(node) {
            let now = rollup.read(&slots[*month..], structure, node, &Nothing).expect("sums of 64 bits").sums;
            let Cell { sums: running, .. } = rollup.read(&slots, structure, node, &Nothing).expect("sums of 64 bits");
            rows.push([now[0], now[1], now[2], now[3], now[4], now[5], running[0], running[1], running[3], running[4]]);
        }
    }
    rows
}

/// Products are kept at the nation and the regions, groups everywhere, so these facts are never asked for.
struct Nothing;

impl piramide_rollup::Facts<MEASURES> for Nothing {
    fn leaf(&self, _slot: usize, _structure: usize, _product: usize) -> Option<Leaf<MEASURES>> {
        None
    }
}

fn leaf(data: &Data, product: usize, slot: usize, values: &Values) -> Leaf<MEASURES> {
    let pieces = [0, 1, 2].map(|quantity| i128::from(values.get(quantity).expect("a quantity")));
    let points = pieces.map(|pieces| pieces * i128::from(data.coefficients[product][slot]));
    Leaf::new(&[pieces[0], pieces[1], pieces[2], points[0], points[1], points[2]], KNOWN)
}

fn groups(data: &Data) -> usize {
    data.nodes.len() - data.coefficients.len()
}

/// The number of a node where groups come first: those of the generator come last.
fn shifted(data: &Data, node: usize) -> usize {
    let products = data.coefficients.len();
    if node < products { node + groups(data) } else { node - products }
}

fn groups_first(data: &Data) -> piramide_rollup::Tree {
    let products = data.coefficients.len();
    let order = (products..data.nodes.len()).chain(0..products);
    let parents = order.map(|node| data.nodes.path(node).nth(1).map(|parent| shifted(data, parent)));
    piramide_rollup::Tree::new(parents.collect()).expect("a tree")
}

fn slot(month: i32) -> usize {
    usize::try_from(month - january()).expect("a month of the year")
}

fn read(workload: &Path) -> Vec<Line> {
    let mut reader = csv::Reader::from_path(workload).expect("the workload");
    let line = |row: csv::StringRecord| {
        let number = |column: usize| row[column].parse::<usize>().expect("a number");
        let more = |column: usize| row[column].parse::<i64>().expect("a number");
        Line {
            office: number(0),
            product: number(1),
            month: number(2) - 1,
            received: more(3),
            completed: more(4),
            point: (number(5), number(6)),
        }
    };
    reader.records().map(|row| line(row.expect("a row"))).collect()
}

fn percentiles(mut nanos: Vec<u128>) -> (u128, u128) {
    nanos.sort_unstable();
    (nanos[nanos.len() / 2], nanos[nanos.len() * 99 / 100])
}

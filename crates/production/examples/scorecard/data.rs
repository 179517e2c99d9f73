//! The tables of the generator, as the service would keep them: facts by product and office, staff and quality beside them.

use std::{collections::HashMap, fs, num::NonZero, path::Path, sync::Arc, thread};

use piramide_domain::{Batch, Facts, Gathering};
use piramide_measure::{Period, Provenance, decimal};
use piramide_rollup::Tree;

/// Months of the year.
pub(crate) const MONTHS: usize = 12;
/// Areas that produce; those after them support.
pub(crate) const PRODUCTION_AREAS: usize = 5;

/// One elementary indicator of quality at one office, in hundredths.
pub(crate) struct Indicator {
    pub(crate) structure: usize,
    pub(crate) area: usize,
    pub(crate) value: i64,
    pub(crate) target: i64,
    pub(crate) previous: i64,
    pub(crate) weight: i64,
    pub(crate) higher_is_better: bool,
}

/// Everything that is loaded.
pub(crate) struct Data {
    pub(crate) facts: Facts,
    /// Offices, provinces, regions, the nation.
    pub(crate) structures: Arc<Tree>,
    /// By structure: 0 for an office, to 3 for the nation.
    pub(crate) structure_levels: Vec<usize>,
    pub(crate) structure_numbers: HashMap<String, usize>,
    /// Products, lines, areas, the total.
    pub(crate) nodes: Tree,
    pub(crate) node_levels: Vec<usize>,
    pub(crate) node_codes: Vec<String>,
    /// By product and month, in ten-thousandths.
    pub(crate) coefficients: Vec<[i64; MONTHS]>,
    /// By office, area of production and month, in hundredths; support areas only in the whole of an office.
    pub(crate) staff: HashMap<(usize, usize, usize), i64>,
    pub(crate) quality: Vec<Indicator>,
}

impl Data {
    pub(crate) fn load(folder: &Path) -> Self {
        let (structures, structure_levels) = tree(&folder.join("structures.csv"));
        let (nodes, node_levels) = tree(&folder.join("catalogue.csv"));
        let structure_codes: Vec<String> = (0..structures.len()).map(|number| number.to_string()).collect();
        let mut data = Self {
            facts: facts(&folder.join("facts.csv")),
            structure_numbers: structure_codes.into_iter().zip(0..).collect(),
            structures: Arc::new(structures),
            structure_levels,
            node_codes: (0..nodes.len()).map(|number| number.to_string()).collect(),
            coefficients: vec![[0; MONTHS]; node_levels.iter().filter(|level| **level == 0).count()],
            nodes,
            node_levels,
            staff: HashMap::new(),
            quality: Vec::new(),
        };
        // Versions of a coefficient stand in the order of their dates, and hold until the next.
        table(&folder.join("coefficients.csv"), |row| {
            let from = whole::<usize>(&row[1]) - 1;
            data.coefficients[whole::<usize>(&row[0])][from..].fill(decimal::parse_minor_units(&row[2], 4).expect("a coefficient"));
        });
        table(&folder.join("staff.csv"), |row| {
            let place = (whole(&row[0]), whole(&row[1]), whole::<usize>(&row[2]) - 1);
            data.staff.insert(place, decimal::parse_minor_units(&row[3], 2).expect("staff"));
        });
        table(&folder.join("quality.csv"), |row| {
            let hundredths = |column: usize| decimal::parse_minor_units(&row[column], 2).expect("a measure");
            data.quality.push(Indicator {
                structure: whole(&row[0]),
                area: whole(&row[2]),
                value: hundredths(3),
                target: hundredths(4),
                previous: hundredths(5),
                weight: whole(&row[6]),
                higher_is_better: &row[7] == "1",
            });
        });
        data
    }
}

/// The index of the first month, as facts count months.
pub(crate) fn january() -> i32 {
    "2020-01".parse::<Period>().expect("a month").first_month().index()
}

/// Level 0 to 3 of each node, and the tree.
fn tree(path: &Path) -> (Tree, Vec<usize>) {
    let (mut parents, mut levels) = (Vec::new(), Vec::new());
    table(path, |row| {
        levels.push(whole(&row[1]));
        parents.push((&row[2] != "-1").then(|| whole(&row[2])));
    });
    (Tree::new(parents).expect("a tree"), levels)
}

/// The facts, read by every processor: no line of this table has quotes, so it can be cut at the end of any, and each at its commas.
fn facts(path: &Path) -> Facts {
    let text = fs::read(path).expect("a table");
    let rows = &text[text.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1)..];
    let share = rows.len().div_ceil(thread::available_parallelism().map_or(1, NonZero::get)).max(1);
    let gathered: Vec<Gathering> = thread::scope(|scope| {
        let (mut readers, mut rest) = (Vec::new(), rows);
        while !rest.is_empty() {
            let near = &rest[share.min(rest.len())..];
            let end = near.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| rest.len() - near.len() + end + 1);
            let (part, after) = rest.split_at(end);
            readers.push(scope.spawn(move || gathered(part)));
            rest = after;
        }
        readers.into_iter().map(|reader| reader.join().expect("rows that can be read")).collect()
    });
    Facts::gathered(1, Batch { id: "year".into(), provenance: Provenance::Synthetic }, gathered)
}

fn gathered(part: &[u8]) -> Gathering {
    let (january, text) = (january(), str::from_utf8(part).expect("text"));
    let mut gathering = Gathering::default();
    // Where each cell of a line ends, and the whole number that it is.
    let (mut cells, mut cell, mut start) = ([(0, 0i64); 6], 0, 0);
    for (place, byte) in part.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let number = cells[cell].1.checked_mul(10).and_then(|tens| tens.checked_add(i64::from(byte - b'0')));
                cells[cell].1 = number.expect("a number of 64 bits");
            }
            b',' => {
                cells[cell].0 = place;
                cell += 1;
            }
            b'\n' => {
                assert_eq!(cell, 5, "six cells");
                let [(structure, _), (product, _), (_, month), (_, received), (_, completed), (_, waiting)] = cells;
                let month = january + i32::try_from(month).expect("a month") - 1;
                let quantities = [received, completed, waiting].map(Some);
                gathering.add(1, &text[start..structure], &text[structure + 1..product], (month, month), &quantities);
                (cells, cell, start) = (Default::default(), 0, place + 1);
            }
            other => assert!(other.is_ascii_digit(), "no whole number in {:?}", text[start..].lines().next()),
        }
    }
    gathering
}

fn reader(path: &Path) -> csv::Reader<fs::File> {
    csv::ReaderBuilder::new().buffer_capacity(1 << 20).from_path(path).expect("a table")
}

/// Reads a table without its header.
fn table(path: &Path, mut each: impl FnMut(&csv::StringRecord)) {
    let mut reader = reader(path);
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).expect("a row") {
        each(&row);
    }
}

fn whole<N: std::str::FromStr>(text: &str) -> N
where
    N::Err: std::fmt::Debug,
{
    text.parse().expect("a whole number")
}

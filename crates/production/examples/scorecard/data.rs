//! The tables of the generator, as the service would keep them: facts by product and office, staff and quality beside them.

use std::{fs, num::NonZero, os::unix::fs::FileExt, path::Path, sync::Arc, thread};

use foldhash::HashMap;
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
    /// Reads all tables, the large ones beside one another.
    pub(crate) fn load(folder: &Path) -> Self {
        let (structures, structure_levels) = tree(&folder.join("structures.csv"));
        let (nodes, node_levels) = tree(&folder.join("catalogue.csv"));
        let (facts, staff, quality) = thread::scope(|scope| {
            let staff = scope.spawn(|| staff(&folder.join("staff.csv")));
            let quality = scope.spawn(|| quality(&folder.join("quality.csv")));
            let facts = facts(&folder.join("facts.csv"));
            (facts, staff.join().expect("staff"), quality.join().expect("quality"))
        });
        let structure_codes: Vec<String> = (0..structures.len()).map(|number| number.to_string()).collect();
        let mut data = Self {
            facts,
            structure_numbers: structure_codes.into_iter().zip(0..).collect(),
            structures: Arc::new(structures),
            structure_levels,
            node_codes: (0..nodes.len()).map(|number| number.to_string()).collect(),
            coefficients: vec![[0; MONTHS]; node_levels.iter().filter(|level| **level == 0).count()],
            nodes,
            node_levels,
            staff,
            quality,
        };
        // Versions of a coefficient stand in the order of their dates, and hold until the next.
        table(&folder.join("coefficients.csv"), |row| {
            let from = whole::<usize>(&row[1]) - 1;
            data.coefficients[whole::<usize>(&row[0])][from..].fill(decimal::parse_minor_units(&row[2], 4).expect("a coefficient"));
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

/// Staff by office, area and month.
fn staff(path: &Path) -> HashMap<(usize, usize, usize), i64> {
    let mut staff = HashMap::default();
    lines(path, |cells| {
        let place = (cells.place(), cells.place(), cells.place() - 1);
        staff.insert(place, cells.hundredths(b'\n'));
    });
    staff
}

fn quality(path: &Path) -> Vec<Indicator> {
    let mut quality = Vec::new();
    lines(path, |cells| {
        let (structure, _, area) = (cells.place(), cells.place(), cells.place());
        let [value, target, previous] = [(); 3].map(|()| cells.hundredths(b','));
        let (weight, higher_is_better) = (cells.number(b','), cells.number(b'\n') == 1);
        quality.push(Indicator { structure, area, value, target, previous, weight, higher_is_better });
    });
    quality
}

/// Reads the lines of a table without quotes, but for its header.
fn lines(path: &Path, mut each: impl FnMut(&mut Cells)) {
    let text = fs::read_to_string(path).expect("a table");
    let header = text.find('\n').expect("a header");
    let mut cells = Cells { text: &text, at: header + 1 };
    while cells.at < text.len() {
        each(&mut cells);
    }
}

/// The facts, read by every processor: no line of this table has quotes, so it can be cut at the end of any, and each at its commas.
fn facts(path: &Path) -> Facts {
    let file = fs::File::open(path).expect("a table");
    let length = file.metadata().expect("a length").len();
    let workers = u64::try_from(thread::available_parallelism().map_or(1, NonZero::get)).expect("a count");
    // Each begins after the end of the line in which its share begins; the header is nobody's.
    let mut cuts: Vec<u64> = (0..workers).map(|worker| after_line(&file, length * worker / workers)).collect();
    cuts.push(length);
    let gathered: Vec<Gathering> = thread::scope(|scope| {
        let readers: Vec<_> = cuts.windows(2).map(|cut| scope.spawn(|| gathered(&file, cut[0], cut[1]))).collect();
        readers.into_iter().map(|reader| reader.join().expect("rows that can be read")).collect()
    });
    Facts::gathered(1, Batch { id: "year".into(), provenance: Provenance::Synthetic }, gathered)
}

/// Where the line after a place begins.
fn after_line(file: &fs::File, place: u64) -> u64 {
    let mut near = [0; 4_096];
    let read = file.read_at(&mut near, place).expect("a part of a table");
    let end = near[..read].iter().position(|byte| *byte == b'\n').expect("a line of some bytes");
    place + u64::try_from(end).expect("a place") + 1
}

/// Gathers the lines of a part of a table, some at a time so that they stay near the processor.
fn gathered(file: &fs::File, from: u64, to: u64) -> Gathering {
    const AT_A_TIME: usize = 1 << 18;
    let january = january();
    let mut gathering = Gathering::default();
    let mut buffer = vec![0; AT_A_TIME];
    let (mut at, mut kept) = (from, 0);
    while at < to {
        let room = usize::try_from(to - at).map_or(AT_A_TIME, |left| AT_A_TIME.min(kept + left));
        let read = file.read_at(&mut buffer[kept..room], at).expect("a part of a table");
        at += u64::try_from(read).expect("a place");
        let filled = kept + read;
        let lines = buffer[..filled].iter().rposition(|byte| *byte == b'\n').expect("a line shorter than what is read") + 1;
        let mut cells = Cells { text: str::from_utf8(&buffer[..lines]).expect("text"), at: 0 };
        while cells.at < lines {
            let (structure, product) = (cells.text(b','), cells.text(b','));
            let month = january + i32::try_from(cells.number(b',')).expect("a month") - 1;
            let quantities = [b',', b',', b'\n'].map(|end| Some(cells.number(end)));
            gathering.add(1, structure, product, (month, month), &quantities);
        }
        buffer.copy_within(lines..filled, 0);
        kept = filled - lines;
    }
    assert_eq!(kept, 0, "the last line has an end");
    gathering
}

/// The cells of a table without quotes, one after the other.
struct Cells<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cells<'a> {
    /// A cell as it is written, up to what ends it.
    fn text(&mut self, end: u8) -> &'a str {
        let length = self.rest().iter().position(|byte| *byte == end).expect("the end of a cell");
        let text = &self.text[self.at..self.at + length];
        self.at += length + 1;
        text
    }

    /// An amount with two digits after the point.
    fn hundredths(&mut self, end: u8) -> i64 {
        decimal::parse_minor_units(self.text(end), 2).expect("an amount")
    }

    /// The number of a thing, up to a comma.
    fn place(&mut self) -> usize {
        usize::try_from(self.number(b',')).expect("a place")
    }

    /// A whole number, up to what ends it.
    fn number(&mut self, end: u8) -> i64 {
        let digit = |byte: u8| i64::from(byte.wrapping_sub(b'0'));
        // Most have few digits, and a guess at how many costs less than to count.
        let (number, length) = match *self.rest() {
            [one @ b'0'..=b'9', after, ..] if after == end => (digit(one), 1),
            [one @ b'0'..=b'9', two @ b'0'..=b'9', after, ..] if after == end => (digit(one) * 10 + digit(two), 2),
            [one @ b'0'..=b'9', two @ b'0'..=b'9', three @ b'0'..=b'9', after, ..] if after == end => {
                (digit(one) * 100 + digit(two) * 10 + digit(three), 3)
            }
            _ => self.long_number(end),
        };
        self.at += length + 1;
        number
    }

    /// The same with any number of digits, and how many.
    fn long_number(&self, end: u8) -> (i64, usize) {
        let digits = self.rest().iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit <= 9);
        // It goes round where it has too many digits, which is seen at its end.
        let (number, length) =
            digits.fold((0_i64, 0), |(number, length), digit| (number.wrapping_mul(10).wrapping_add(digit.into()), length + 1));
        let ends = self.rest().get(length) == Some(&end);
        assert!((1..=18).contains(&length) && ends, "no whole number in {:?}", self.rest().utf8_chunks().next());
        (number, length)
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }
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

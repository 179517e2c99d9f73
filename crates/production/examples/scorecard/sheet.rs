//! The scorecard itself: a row for each structure, node and month with a fact under it.

use piramide_domain::Values;
use piramide_measure::Exact;
use piramide_rollup::{
    Sheet,
    sheet::{Leaves, Rows, threads},
};

use super::data::{Data, Indicator, MONTHS, PRODUCTION_AREAS, january};

/// Received, completed and backlog in pieces, then in ten-thousandths of a point.
pub(crate) const MEASURES: usize = 6;
/// Rows of a piece of the sheet: pieces are never copied as the sheet grows.
const PIECE: usize = 1 << 16;
/// Ratios are kept in billionths.
const BILLION: u64 = 1_000_000_000;
/// Deviations are cut off at this many hundredths of a per cent.
const CAP: i64 = 5_000;

/// One row. A ratio over nothing is absent. Most numbers take half the room, and rows are many: each of a row is of one size.
#[derive(Clone, Copy)]
pub(crate) struct Row<N = i64> {
    pub(crate) structure: u32,
    pub(crate) node: u16,
    pub(crate) month: u8,
    pub(crate) sums: [N; MEASURES],
    /// Received and completed since January, in pieces and in points.
    pub(crate) running: [N; 4],
    /// Clearance in pieces and in points, of the month and of the year to date; days of backlog.
    pub(crate) ratios: [Ratio; 5],
}

impl Row<i32> {
    /// The same as every row is read.
    fn widened(&self) -> Row {
        let Self { structure, node, month, sums, running, ratios } = *self;
        Row { structure, node, month, sums: sums.map(i64::from), running: running.map(i64::from), ratios }
    }
}

/// Numbers in half the room, where all fit.
fn narrowed<const N: usize>(numbers: &[i64; N]) -> Option<[i32; N]> {
    let mut narrow = [0; N];
    for (to, from) in narrow.iter_mut().zip(numbers) {
        *to = i32::try_from(*from).ok()?;
    }
    Some(narrow)
}

/// A quotient in billionths, rounded half away from zero; [`Ratio::NONE`] over nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio(i64);

impl Ratio {
    pub(crate) const NONE: Self = Self(i64::MIN);

    /// `part * factor / whole`.
    fn of(part: i64, factor: i64, whole: i64) -> Self {
        // Mostly nothing is below zero, and words are enough.
        let scaled = u64::try_from(part).ok().and_then(|part| part.checked_mul(BILLION * factor.unsigned_abs()));
        let (Some(scaled), Ok(size), true) = (scaled, u64::try_from(whole), factor >= 0) else {
            return Self::wide(i128::from(part) * i128::from(BILLION) * i128::from(factor), whole.into());
        };
        let Some(quotient) = scaled.checked_div(size) else { return Self::NONE };
        let rest = scaled - quotient * size;
        let rounded = quotient + u64::from(rest >= size - rest);
        i64::try_from(rounded).map_or_else(|_| Self::wide(scaled.into(), size.into()), Self)
    }

    /// The same where the part does not fit in 64 bits.
    #[cold]
    fn wide(scaled: i128, whole: i128) -> Self {
        let Some(quotient) = scaled.checked_div(whole) else { return Self::NONE };
        let (rest, size) = ((scaled - quotient * whole).unsigned_abs(), whole.unsigned_abs());
        let rounded = if rest >= size - rest { quotient + scaled.signum() * whole.signum() } else { quotient };
        Self(i64::try_from(rounded).expect("a ratio of 64 bits"))
    }
}

/// Rows, piece by piece.
struct Pieces<R> {
    full: Vec<Vec<R>>,
    spare: Vec<Vec<R>>,
    last: Vec<R>,
}

impl<R> Default for Pieces<R> {
    fn default() -> Self {
        Self { full: Vec::new(), spare: Vec::new(), last: Vec::new() }
    }
}

impl<R> Pieces<R> {
    fn push(&mut self, row: R) {
        if self.last.len() == self.last.capacity() {
            let next = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(PIECE));
            let full = std::mem::replace(&mut self.last, next);
            if !full.is_empty() {
                self.full.push(full);
            }
        }
        self.last.push(row);
    }

    /// Forgets the rows and keeps their room.
    fn clear(&mut self) {
        self.full.push(std::mem::take(&mut self.last));
        self.full.iter_mut().for_each(Vec::clear);
        self.spare.extend(self.full.drain(..).filter(|piece| piece.capacity() > 0));
    }

    fn iter(&self) -> impl Iterator<Item = &R> {
        self.full.iter().chain([&self.last]).flatten()
    }
}

/// Rows in the room that each takes.
#[derive(Default)]
struct Table {
    narrow: Pieces<Row<i32>>,
    wide: Pieces<Row>,
}

impl Table {
    /// Forgets the rows and keeps their room.
    fn clear(&mut self) {
        self.narrow.clear();
        self.wide.clear();
    }

    fn iter(&self) -> impl Iterator<Item = Row> {
        self.narrow.iter().map(Row::widened).chain(self.wide.iter().copied())
    }
}

/// Productivity of a structure: points of an area of production, or of all of them, and staff.
#[derive(Clone, Copy, Default)]
pub(crate) struct Productivity {
    pub(crate) points: i64,
    /// Hundredths of a full-time equivalent.
    pub(crate) staff: i64,
    pub(crate) points_running: i64,
    pub(crate) staff_running: i64,
}

/// The whole scorecard.
#[derive(Default)]
pub(crate) struct Scorecard {
    tables: Vec<Table>,
    /// By structure, area of production (then all of them) and month.
    pub(crate) productivity: Vec<[[Productivity; MONTHS]; PRODUCTION_AREAS + 1]>,
    pub(crate) productivity_ratios: Vec<(Ratio, Ratio)>,
    /// Weighted deviations from target and from the year before, by office and area.
    pub(crate) quality: Vec<(i64, i64)>,
    pub(crate) quality_national: Option<Exact>,
}

impl Scorecard {
    pub(crate) fn compute(&mut self, data: &Data) {
        let first_area = data.node_levels.iter().position(|level| *level == 2).expect("areas");
        let mut tables = std::mem::take(&mut self.tables);
        tables.resize_with(threads(), Table::default);
        let receivers = tables.into_iter().map(|mut table| {
            table.clear();
            Receiver { table, first_area, points: vec![[[0; MONTHS]; PRODUCTION_AREAS]; data.structures.len()] }
        });
        let slots = vec![data.structures.clone(); MONTHS];
        let filled =
            Sheet::new(&data.nodes, &slots).fill(&Loaded { data, january: january() }, receivers.collect()).expect("sums of 64 bits");
        self.productivity(data, first_area, &filled);
        self.tables = filled.into_iter().map(|receiver| receiver.table).collect();
        self.quality(data, first_area);
    }

    pub(crate) fn rows(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Row> {
        self.tables.iter().flat_map(Table::iter)
    }

    fn productivity(&mut self, data: &Data, first_area: usize, filled: &[Receiver]) {
        let mut staff = vec![[[0; MONTHS]; PRODUCTION_AREAS]; data.structures.len()];
        for ((structure, area, month), hundredths) in &data.staff {
            if area - first_area < PRODUCTION_AREAS {
                data.structures.path(*structure).for_each(|above| staff[above][area - first_area][*month] += hundredths);
            }
        }
        self.productivity = vec![[[Productivity::default(); MONTHS]; PRODUCTION_AREAS + 1]; data.structures.len()];
        self.productivity_ratios.clear();
        for (structure, areas) in self.productivity.iter_mut().enumerate() {
            for (area, staff) in staff[structure].iter().enumerate() {
                for (month, staff) in staff.iter().enumerate() {
                    let points: i64 = filled.iter().map(|receiver| receiver.points[structure][area][month]).sum();
                    for to in [area, PRODUCTION_AREAS] {
                        areas[to][month].points += points;
                        areas[to][month].staff += staff;
                    }
                }
            }
            for months in areas {
                let (mut points, mut staff) = (0, 0);
                for month in months {
                    points += month.points;
                    staff += month.staff;
                    (month.points_running, month.staff_running) = (points, staff);
                    // Ten-thousandths of a point over hundredths of a head.
                    let ratios = (Ratio::of(month.points, 1, month.staff * 100), Ratio::of(points, 1, staff * 100));
                    self.productivity_ratios.push(ratios);
                }
            }
        }
    }

    /// Elementary deviations, weighted up to the areas of an office, to the office and, by staff, to the nation.
    fn quality(&mut self, data: &Data, first_area: usize) {
        let offices = data.structure_levels.iter().filter(|level| **level == 0).count();
        let areas = data.node_levels.iter().filter(|level| **level == 2).count();
        self.quality = vec![(0, 0); offices * areas];
        let mut weights = vec![0; offices * areas];
        for indicator in &data.quality {
            let place = indicator.structure * areas + indicator.area - first_area;
            self.quality[place].0 += indicator.weight * deviation(indicator, indicator.target);
            self.quality[place].1 += indicator.weight * deviation(indicator, indicator.previous);
            weights[place] += indicator.weight;
        }
        let mut staff = vec![0; offices];
        data.staff.iter().for_each(|((structure, ..), hundredths)| staff[*structure] += hundredths);
        let area_weights: i64 = (1..).take(areas).sum();
        let office = |(office, staff): (usize, i64)| -> Exact {
            let area = |(area, weight): (usize, i64)| {
                let place = office * areas + area;
                &Exact::quotient(&self.quality[place].0.into(), &weights[place].into()).expect("a weight") * &Exact::from(weight)
            };
            let score: Exact = (0..areas).zip(1..).map(area).sum();
            &score * &Exact::from(staff)
        };
        let weighted: Exact = staff.iter().copied().enumerate().map(office).sum();
        self.quality_national = Exact::quotient(&weighted, &(staff.iter().sum::<i64>() * area_weights).into());
    }
}

/// Hundredths of a per cent, truncated and cut off; positive is better.
fn deviation(indicator: &Indicator, from: i64) -> i64 {
    let difference = indicator.value - from;
    let size = difference.abs() * 10_000 / from;
    let sign = if indicator.higher_is_better { difference.signum() } else { -difference.signum() };
    (sign * size).clamp(-CAP, CAP)
}

/// The facts of the sheet: what is said, with points.
struct Loaded<'a> {
    data: &'a Data,
    january: i32,
}

impl Leaves<MEASURES> for Loaded<'_> {
    fn of(&self, product: usize) -> impl Iterator<Item = (usize, impl Iterator<Item = (usize, [i64; MEASURES])>)> {
        let Self { data, january } = self;
        let known = data.coefficients.get(product).zip(data.node_codes.get(product));
        known.into_iter().flat_map(move |(coefficients, code)| {
            let read =
                move |(month, _), values: &Values| measures(coefficients, usize::try_from(month - january).expect("a month"), values);
            data.facts.said_of(code, read).map(move |(structure, said)| (data.structure_numbers[structure], said))
        })
    }
}

/// The slot of a fact, its quantities, and these in points.
fn measures(coefficients: &[i64; MONTHS], month: usize, values: &Values) -> (usize, [i64; MEASURES]) {
    let [received, completed, backlog] = [0, 1, 2].map(|quantity| values.get(quantity).expect("a quantity"));
    let coefficient = coefficients[month];
    let points = [received, completed, backlog].map(|pieces| pieces.checked_mul(coefficient).expect("points of 64 bits"));
    (month, [received, completed, backlog, points[0], points[1], points[2]])
}

/// What one thread finds.
struct Receiver {
    table: Table,
    first_area: usize,
    /// Points completed, by structure, area of production and month.
    points: Vec<[[i64; MONTHS]; PRODUCTION_AREAS]>,
}

impl Rows<MEASURES> for Receiver {
    fn row(&mut self, place: (usize, usize, usize), sums: &[i64; MEASURES], running: &[i64; MEASURES]) {
        let (structure, node, slot) = place;
        let area = node.wrapping_sub(self.first_area);
        if area < PRODUCTION_AREAS {
            self.points[structure][area][slot] = sums[4];
        }
        let months = i64::try_from(slot + 1).expect("a month of the year");
        let [received, completed, _, received_points, completed_points, _] = *running;
        let (structure, node) = (u32::try_from(structure).expect("a structure"), u16::try_from(node).expect("a node"));
        let month = u8::try_from(slot + 1).expect("a month");
        let running = [received, completed, received_points, completed_points];
        let ratios = [
            Ratio::of(sums[1], 1, sums[0]),
            Ratio::of(sums[4], 1, sums[3]),
            Ratio::of(completed, 1, received),
            Ratio::of(completed_points, 1, received_points),
            // The year to date as if it went on like this, in days of 360 a year.
            Ratio::of(sums[5], 30 * months, received_points),
        ];
        match narrowed(sums).zip(narrowed(&running)) {
            Some((sums, running)) => self.table.narrow.push(Row { structure, node, month, sums, running, ratios }),
            None => self.table.wide.push(Row { structure, node, month, sums: *sums, running, ratios }),
        }
    }
}

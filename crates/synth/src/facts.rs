//! The batches of facts: one for each month and each part of the catalogue, written as they are made, so that memory stays small.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};

use crate::{
    Settings,
    before::Before,
    catalogue::{Catalogue, Product},
    chance::Chance,
    organisation::Organisation,
    published::Published,
    split::split,
    year::{self, Pieces},
};

const COLUMNS: &str = "structure,product,period,received,completed,completed_automatically,cancelled,transferred_in,transferred_out,opening_backlog,closing_backlog,staff_fte,worked_hours";
/// The largest batch that is comfortable to check in one piece.
const MOST_ROWS: usize = 200_000;

/// A year whose facts are written.
#[derive(Debug, Clone, Copy)]
pub enum Year<'a> {
    /// The one that is reconstructed.
    Reconstructed,
    /// The one before.
    Before(&'a Before),
}

impl Year<'_> {
    fn number(self) -> u16 {
        match self {
            Self::Reconstructed => 2020,
            Self::Before(_) => 2019,
        }
    }

    /// A product's months in every office.
    fn of(self, seed: u64, number: usize, product: &Product, shares: &[i64]) -> Vec<[Pieces; 12]> {
        match self {
            Self::Reconstructed => year::year(seed, number, &product.totals, product.traits, shares),
            Self::Before(before) => before.year(number, product, shares),
        }
    }

    /// What a piece weighs in a month, from 0: revisions are of the reconstructed year.
    fn coefficient(self, product: &Product, month: usize) -> i64 {
        match self {
            Self::Reconstructed => product.coefficient_in(month),
            Self::Before(_) => product.coefficient,
        }
    }

    fn staff_hundredths(self, published: &Published) -> i64 {
        match self {
            Self::Reconstructed => published.staff_hundredths,
            Self::Before(before) => before.staff_hundredths,
        }
    }

    /// The streams of chance of what is timed and of the staff.
    fn streams(self) -> (u8, u8) {
        match self {
            Self::Reconstructed => (b't', b's'),
            Self::Before(_) => (b'H', b'G'),
        }
    }
}

/// A batch being written, with its control totals.
struct Batch {
    name: String,
    year: u16,
    file: BufWriter<File>,
    rows: u64,
    received: i64,
    completed: i64,
    closing: i64,
}

impl Batch {
    fn open(folder: &Path, name: String, year: u16) -> Result<Self> {
        let path = folder.join(format!("{name}.csv"));
        let mut file = BufWriter::new(File::create(&path).with_context(|| format!("writing {}", path.display()))?);
        writeln!(file, "{COLUMNS}")?;
        Ok(Self { name, year, file, rows: 0, received: 0, completed: 0, closing: 0 })
    }

    fn row(&mut self, structure: &str, product: &str, month: usize, pieces: &Pieces) -> Result<()> {
        let Pieces { received, completed, automatic, cancelled, taken, handed, opening, closing } = pieces;
        let (year, month) = (self.year, month + 1);
        writeln!(
            self.file,
            "{structure},{product},{year}-{month:02},{received},{completed},{automatic},{cancelled},{taken},{handed},{opening},{closing},,"
        )?;
        self.rows += 1;
        self.received += received;
        self.completed += completed;
        self.closing += closing;
        Ok(())
    }

    /// To whom what was handed over went: a part of the row above.
    fn part(&mut self, structure: &str, product: &str, helper: &str, month: usize, pieces: i64) -> Result<()> {
        writeln!(self.file, "{structure},{product}:to:{helper},{}-{:02},,,,,,{pieces},,,,", self.year, month + 1)?;
        self.rows += 1;
        Ok(())
    }

    /// How long some of what was completed took: a part of the row above.
    fn timed(&mut self, structure: &str, product: &str, month: usize, timed: &Timed) -> Result<()> {
        let Timed { pieces, hundredths } = timed;
        let (hours, rest) = (hundredths / 100, hundredths % 100);
        writeln!(self.file, "{structure},{product}:timed,{}-{:02},,{pieces},,,,,,,,{hours}.{rest:02}", self.year, month + 1)?;
        self.rows += 1;
        self.completed += pieces;
        Ok(())
    }

    /// Its entry in the list of batches.
    fn close(mut self) -> Result<String> {
        self.file.flush()?;
        let Self { name, rows, received, completed, closing, .. } = self;
        Ok(format!(
            "[[batch]]\nfile = \"{name}.csv\"\ndomain = \"production\"\nid = \"{name}\"\nprovenance = \"synthetic\"\n\
             note = \"Anno ricostruito: dati sintetici, non osservazioni\"\nrows = {rows}\n\n\
             [batch.totals]\nreceived = \"{received}\"\ncompleted = \"{completed}\"\nclosing_backlog = \"{closing}\"\n\n"
        ))
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The list of the batches.
    pub list: String,
    /// How many facts there are.
    pub facts: u64,
    /// What every office completed in each month in hundredths of a point, net of inspection.
    pub points: Vec<[i64; 12]>,
}

/// What facts are written of.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// The national figures.
    pub published: &'a Published,
    /// The offices.
    pub organisation: &'a Organisation,
    /// The products.
    pub catalogue: &'a Catalogue,
    /// Seed and scale.
    pub settings: Settings,
}

/// Writes every batch of a year; `progress` is told of each product that is done.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write(folder: &Path, year: Year<'_>, drawn: Drawn<'_>, progress: &mut impl FnMut()) -> Result<Written> {
    let Drawn { organisation, catalogue, settings, .. } = drawn;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let all = catalogue.products.len();
    // Both ends of a transfer stand in one batch, since a product is never split between two.
    let part = (MOST_ROWS / organisation.offices.len().max(1)).clamp(1, all.max(1));
    let name = |month: usize, part: usize| {
        format!("synth-{}-{}-{}-{:02}-{:03}", settings.seed, settings.thousandths, year.number(), month + 1, part + 1)
    };
    let mut lists: Vec<Vec<String>> = vec![Vec::new(); 12];
    let (mut facts, mut done) = (0, 0);
    let mut points = vec![[0; 12]; organisation.offices.len()];
    for (number, products) in catalogue.products.chunks(part).enumerate() {
        let mut batches: Vec<Batch> =
            (0..12).map(|month| Batch::open(folder, name(month, number), year.number())).collect::<Result<_>>()?;
        for product in products {
            let shares = year::shares(settings.seed, done, &organisation.offices);
            let offices = year.of(settings.seed, done, product, &shares);
            if catalogue.lines.get(product.line).is_some_and(|line| !line.inspection) {
                add_points(&mut points, year, product, &offices);
            }
            for (place, (office, months)) in organisation.offices.iter().zip(&offices).enumerate() {
                let helper = year::helper_of(done, place, offices.len()).and_then(|helper| organisation.offices.get(helper));
                for ((month, pieces), batch) in months.iter().enumerate().zip(&mut batches) {
                    if *pieces != Pieces::default() {
                        batch.row(&office.code, &product.code, month, pieces)?;
                    }
                    if let Some(helper) = helper.filter(|_| pieces.handed > 0) {
                        batch.part(&office.code, &product.code, &helper.code, month, pieces.handed)?;
                    }
                    if let Some(timed) = timed(settings.seed, year, (done, place, month), product, pieces.completed) {
                        batch.timed(&office.code, &product.code, month, &timed)?;
                    }
                }
            }
            done += 1;
            progress();
        }
        if number == 0 {
            staff(&mut batches, year, drawn)?;
        }
        for (batch, list) in batches.into_iter().zip(&mut lists) {
            facts += batch.rows;
            list.push(batch.close()?);
        }
    }
    // Month after month, as they would have come.
    Ok(Written { list: lists.into_iter().flatten().collect(), facts, points: in_hundredths(&points) })
}

/// Pieces of which the time was measured, and the hundredths of an hour that they took.
struct Timed {
    pieces: i64,
    hundredths: i64,
}

/// In one month of each quarter some products are timed, up to twenty pieces an office, and take about what the catalogue says.
fn timed(seed: u64, year: Year<'_>, (number, place, month): (usize, usize, usize), product: &Product, completed: i64) -> Option<Timed> {
    const EVERY: usize = 20;
    const MOST_PIECES: i64 = 20;
    const MOST_OFFICES: usize = 10_000;
    if !number.is_multiple_of(EVERY) || month % 3 != 1 || completed == 0 {
        return None;
    }
    let mut chance = Chance::of(seed, year.streams().0, (number * MOST_OFFICES + place) * 12 + month);
    let pieces = completed.min(MOST_PIECES);
    let hundredths = (pieces * year.coefficient(product, month) * chance.between(85, 125) / 10_000).max(1);
    Some(Timed { pieces, hundredths })
}

/// Adds what a product's pieces are worth, in ten-thousandths of a point.
fn add_points(points: &mut [[i64; 12]], year: Year<'_>, product: &Product, offices: &[[Pieces; 12]]) {
    for (sums, months) in points.iter_mut().zip(offices) {
        for (month, (sum, pieces)) in sums.iter_mut().zip(months).enumerate() {
            *sum += pieces.completed * year.coefficient(product, month);
        }
    }
}

/// Ten-thousandths in hundredths, such that all of them still sum to the whole.
fn in_hundredths(points: &[[i64; 12]]) -> Vec<[i64; 12]> {
    let weights: Vec<i64> = points.iter().flatten().copied().collect();
    let parts = split(weights.iter().sum::<i64>() / 100, &weights);
    parts.chunks(12).map(|months| std::array::from_fn(|month| months.get(month).copied().unwrap_or_default())).collect()
}

/// The staff of each office and month: every month the published mean, spread by size.
fn staff(batches: &mut [Batch], year: Year<'_>, drawn: Drawn<'_>) -> Result<()> {
    let Drawn { published, organisation, settings, .. } = drawn;
    let mut chance = Chance::of(settings.seed, year.streams().1, 0);
    for (month, batch) in batches.iter_mut().enumerate() {
        let weights: Vec<i64> = organisation.offices.iter().map(|office| office.size * chance.between(95, 105)).collect();
        for (office, hundredths) in organisation.offices.iter().zip(split(year.staff_hundredths(published), &weights)) {
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            writeln!(batch.file, "{},{},{}-{:02},,,,,,,,,{whole}.{rest:02},", office.code, published.staff, year.number(), month + 1)?;
            batch.rows += 1;
        }
    }
    Ok(())
}

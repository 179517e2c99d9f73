//! The facts a second time, sheet by sheet: for one structure and range of months, what is said of every subject, by the numbers of the
//! subjects.
//!
//! Series lie subject by subject, because most questions are about one. A statement is about one structure and all subjects, of which it
//! would read a little of each series; here it reads a few sheets. They lie in a file too: that of a closing is kept with its snapshot, the
//! one of what is known now has no name and goes with the process. Of what is known now only years long past have sheets, since whoever
//! asks for later ones has sums of every month at hand. A fact that comes in late takes its sheet back into memory, until many are there;
//! where whole years come in late their sheets are given up, and all are made again beside the next snapshot.

mod file;
mod packing;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    sync::Arc,
};

use piramide_measure::{Month, Provenance};
use piramide_service::soundness::Soundness;

pub use self::packing::Run;
use self::packing::{Packer, Runs};
use super::{
    Facts, Known, Snapshots, Values,
    rest::{At, Block, Bytes, Rest},
};
use crate::Names;

/// The last years that have facts and no sheets.
pub const OPEN_YEARS: usize = 2;
/// Structures whose sheets are made together: so few that their series are read alone, and what waits to be laid down takes little room.
const TOGETHER: usize = 8;
/// Sheets with a fact that came in late, which stay in memory at most.
const MOST_LOOSE: usize = 16;
/// Facts that come in late for one year before its sheets are given up: each may have one laid down again.
const MOST_LATE: usize = 4_096;

/// The sheets of some years.
#[derive(Debug, Default)]
pub struct Sheets {
    /// What sheets have in common that number subjects and structures alike.
    kin: Arc<()>,
    subjects: Names,
    structures: Names,
    /// The years that have sheets of all their facts.
    years: BTreeSet<u16>,
    /// Those that have facts and no sheets, at most so many.
    others: BTreeSet<u16>,
    open_years: usize,
    /// How many facts came in late for each year since its sheets were made, and the years that had too many of them.
    late: BTreeMap<u16, usize>,
    given_up: BTreeSet<u16>,
    /// The facts that came in late while all sheets are made again.
    since: Option<Vec<Key>>,
    /// By the numbers of the structures; the last may be left out.
    places: BTreeMap<(i32, i32), Vec<Place>>,
    /// The sheets that a late fact brought back into memory.
    loose: BTreeSet<((i32, i32), usize)>,
    /// Whether a fact speaks of months of two years: it lies in none, and then no sheet tells all of anything.
    crossed: bool,
    file: Option<Growing>,
}

/// Subject, structure and months of a fact.
type Key = (String, String, (i32, i32));

/// Where a sheet is.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Nowhere,
    Laid(At),
    /// Where there is no file, or no room in it.
    Packed(Box<[u8]>),
    Loose(BTreeMap<usize, (Provenance, Values)>),
}

/// A file that sheets are laid down in, one after the other.
#[derive(Debug)]
struct Growing {
    block: Block,
    /// Where the next comes; none once one could not be laid down: what a full disk still takes is for the ledger.
    end: Option<u64>,
}

/// What is said of every subject in one structure and range of months.
#[derive(Debug)]
pub struct Sheet<'a>(Bytes<'a>);

impl Sheet<'_> {
    /// The subjects, run by run.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        Runs::of(self.0.as_ref())
    }
}

impl Growing {
    /// Laid down in this file; `grows` where more will be.
    fn new(file: File, soundness: Soundness, grows: bool) -> Self {
        Self { block: Block { rest: Arc::new(Rest::new(file, soundness)), start: 0, length: 0 }, end: grows.then_some(0) }
    }

    /// Lays a sheet down, where one still can be.
    fn lay_down(&mut self, packed: &[u8]) -> Option<At> {
        let start = self.end.take()?;
        let laid = At::of(start, packed).and_then(|at| self.block.rest.write(start, packed).map(|()| at));
        match laid {
            Ok(at) => {
                self.end = Some(start + u64::from(at.length));
                Some(at)
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "sheets cannot be laid down any more: they stay in memory");
                None
            }
        }
    }
}

impl Sheets {
    /// The sheets of facts as they are: of all years but the last. They lie in a file without a name where there is room for one.
    pub(crate) fn of(facts: &Facts, snapshots: Option<&Snapshots>) -> Self {
        Self::but_for(OPEN_YEARS, facts, snapshots)
    }

    /// The same but for as many years as are to have none.
    fn but_for(open_years: usize, facts: &Facts, snapshots: Option<&Snapshots>) -> Self {
        let file = snapshots.and_then(|snapshots| match snapshots.nameless() {
            Ok(file) => Some(Growing::new(file, snapshots.soundness.clone(), true)),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "sheets cannot be laid down: they stay in memory");
                None
            }
        });
        let (others, crossed) = (facts.years(), facts.span_years());
        let mut sheets = Self { others, open_years, crossed, file, ..Self::default() };
        sheets.close_years(facts);
        sheets
    }

    /// Whether every fact of a year has its place in a sheet.
    pub fn tell(&self, year: u16) -> bool {
        !self.crossed && self.years.contains(&year)
    }

    /// Whether every fact has its place in a sheet.
    pub fn tell_all(&self) -> bool {
        !self.crossed && self.others.is_empty() && self.given_up.is_empty()
    }

    /// The years that have sheets.
    pub fn years(&self) -> impl Iterator<Item = u16> {
        self.years.iter().copied()
    }

    /// The same for all that they get to know, and of no others: those may number things otherwise.
    pub fn kin(&self) -> &Arc<()> {
        &self.kin
    }

    /// The subjects, by number.
    pub fn subjects(&self) -> &Names {
        &self.subjects
    }

    /// The structures, by number.
    pub fn structures(&self) -> &Names {
        &self.structures
    }

    /// The ranges of months inside some months that have sheets.
    pub fn months(&self, first: Month, last: Month) -> impl Iterator<Item = (Month, Month)> {
        let (first, last) = (first.index(), last.index());
        let inside = self.places.range((first, i32::MIN)..=(last, i32::MAX)).map(|(months, _)| *months);
        inside.filter(move |months| months.1 <= last).filter_map(|(first, last)| Month::from_index(first).zip(Month::from_index(last)))
    }

    /// What is said in a structure, by its number, about exactly those months. What cannot be read is left out, which makes everything
    /// unsound.
    pub fn sheet(&self, months: (Month, Month), structure: usize) -> Option<Sheet<'_>> {
        match self.places.get(&(months.0.index(), months.1.index()))?.get(structure)? {
            Place::Nowhere => None,
            Place::Laid(at) => self.file.as_ref()?.block.series(*at).ok().map(Sheet),
            Place::Packed(packed) => Some(Sheet(Bytes::Here(packed))),
            Place::Loose(said) => Some(Sheet(Bytes::Merged(packed(said)))),
        }
    }

    /// Whether nothing is to be done about a fact of those months.
    fn passes_over(&self, (first, last): (i32, i32)) -> bool {
        let year = |index| Month::from_index(index).map(Month::year);
        let without = |year: u16| self.others.contains(&year) || self.since.is_none() && self.given_up.contains(&year);
        year(first) == year(last) && year(first).is_some_and(without)
    }

    /// Takes in a fact; `facts` already has it.
    fn follow(&mut self, facts: &Facts, now: &Known<'_>) {
        let (year, months) = (now.first.year(), (now.first.index(), now.last.index()));
        if year != now.last.year() {
            self.crossed = true;
        } else if self.years.contains(&year) || self.given_up.contains(&year) {
            self.since.iter_mut().for_each(|since| since.push((now.subject.to_owned(), now.structure.to_owned(), months)));
            self.follow_late(year, months, now);
        } else if self.others.insert(year) {
            self.close_years(facts);
        }
    }

    fn follow_late(&mut self, year: u16, months: (i32, i32), now: &Known<'_>) {
        let late = self.late.entry(year).or_default();
        *late += 1;
        if *late <= MOST_LATE {
            let (subject, structure) = (self.subjects.open(now.subject), self.structures.open(now.structure));
            self.put(months, structure, subject, (now.batch.provenance, now.values));
        } else if self.years.remove(&year) {
            self.given_up.insert(year);
            let of_year = |(first, _): &(i32, i32)| Month::from_index(*first).is_some_and(|month| month.year() == year);
            self.places.retain(|months, _| !of_year(months));
            self.loose.retain(|(months, _)| !of_year(months));
        }
    }

    /// Puts a fact where another of the same key may have been.
    fn put(&mut self, months: (i32, i32), structure: usize, subject: usize, said: (Provenance, Values)) {
        if !self.loose.contains(&(months, structure)) {
            if self.loose.len() >= MOST_LOOSE {
                self.lay_loose_down();
            }
            let loosened = Place::Loose(self.loosened(months, structure));
            self.set(months, structure, loosened);
            self.loose.insert((months, structure));
        }
        if let Some(Place::Loose(known)) = self.places.get_mut(&months).and_then(|places| places.get_mut(structure)) {
            known.insert(subject, said);
        }
    }

    fn loosened(&self, months: (i32, i32), structure: usize) -> BTreeMap<usize, (Provenance, Values)> {
        let months = Month::from_index(months.0).zip(Month::from_index(months.1));
        let sheet = months.and_then(|months| self.sheet(months, structure));
        let runs = sheet.as_ref().into_iter().flat_map(Sheet::runs);
        runs.flat_map(|run| run.values().into_iter().zip(run.first..).map(move |(values, subject)| (subject, (run.provenance, values))))
            .collect()
    }

    fn lay_loose_down(&mut self) {
        for (months, structure) in std::mem::take(&mut self.loose) {
            if let Some(Place::Loose(said)) = self.set(months, structure, Place::Nowhere) {
                self.lay_down(months, structure, packed(&said));
            }
        }
    }

    /// Lays a sheet down, or keeps it in memory where that cannot be done.
    fn lay_down(&mut self, months: (i32, i32), structure: usize, packed: Vec<u8>) {
        let laid = self.file.as_mut().and_then(|file| file.lay_down(&packed));
        let place = laid.map_or_else(|| Place::Packed(packed.into()), Place::Laid);
        self.set(months, structure, place);
    }

    /// Puts a sheet in its place, and gives what was there.
    fn set(&mut self, months: (i32, i32), structure: usize, place: Place) -> Option<Place> {
        let places = self.places.entry(months).or_default();
        if places.len() <= structure {
            places.resize_with(structure + 1, Place::default);
        }
        places.get_mut(structure).map(|known| std::mem::replace(known, place))
    }

    /// Makes the sheets of the years that are not among the last any more.
    fn close_years(&mut self, facts: &Facts) {
        let mut closed = BTreeSet::new();
        while self.others.len() > self.open_years
            && let Some(year) = self.others.pop_first()
        {
            closed.insert(year);
        }
        self.make(facts, &closed, Self::lay_down);
        self.years.extend(closed);
    }

    /// Makes the sheets of some years, those of a few structures at a time, and puts each where it belongs. The same facts give the same sheets
    /// in the same order, if no others were made before.
    fn make(&mut self, facts: &Facts, years: &BTreeSet<u16>, mut put: impl FnMut(&mut Self, (i32, i32), usize, Vec<u8>)) {
        let ends = years.first().zip(years.last());
        let Some(ends) = ends.and_then(|(first, last)| Month::new(*first, 1).zip(Month::new(*last, 13))) else { return };
        // Those that come for the first time have the next numbers.
        for subject in facts.subjects_beginning("") {
            self.subjects.open(subject);
        }
        let structures: Vec<&str> = facts.body.structures.iter().map(|(structure, _)| structure).collect();
        for some in structures.chunks(TOGETHER) {
            let mut sheets: BTreeMap<((i32, i32), usize), Packer> = BTreeMap::new();
            let numbers: Vec<usize> = some.iter().map(|structure| self.structures.open(structure)).collect();
            let number = |code: &str| Some(*numbers.get(some.iter().position(|structure| *structure == code)?)?);
            for (subject, code) in self.subjects.codes().enumerate() {
                for known in facts.about_under(code, ends, |structure| some.contains(&structure)) {
                    let Some(structure) = number(known.structure).filter(|_| known.lies_in(years)) else { continue };
                    let packer = sheets.entry(((known.first.index(), known.last.index()), structure)).or_default();
                    packer.push(subject, known.batch.provenance, &known.values);
                }
            }
            sheets.into_iter().for_each(|((months, structure), packer)| put(self, months, structure, packer.finish()));
        }
    }
}

impl Known<'_> {
    /// Whether its months lie in one of some years.
    fn lies_in(&self, years: &BTreeSet<u16>) -> bool {
        self.first.year() == self.last.year() && years.contains(&self.first.year())
    }
}

fn packed(said: &BTreeMap<usize, (Provenance, Values)>) -> Vec<u8> {
    let mut packer = Packer::default();
    said.iter().for_each(|(subject, (provenance, values))| packer.push(*subject, *provenance, values));
    packer.finish()
}

/// The sheets beside facts, if those have any. A copy of the facts has none.
#[derive(Debug, Default)]
pub(super) struct Beside(Option<Box<Sheets>>);

impl Clone for Beside {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Facts {
    /// The sheets beside them; `None` where none were made.
    pub fn sheets(&self) -> Option<&Sheets> {
        self.sheets.0.as_deref()
    }

    /// Puts sheets beside them, which follow what comes in: of all years but the last so many. They lie beside snapshots, or else in memory.
    #[must_use]
    pub fn with_sheets(mut self, open_years: usize, snapshots: Option<&Snapshots>) -> Self {
        self.put_sheets(Sheets::but_for(open_years, &self, snapshots));
        self
    }

    pub(crate) fn put_sheets(&mut self, sheets: Sheets) {
        self.sheets = Beside(Some(Box::new(sheets)));
    }

    /// Begins to make all sheets again, where some were given up: of the facts that are given, while these go on.
    pub(crate) fn begin_sheets_again(&mut self) -> Option<Self> {
        let sheets = self.sheets.0.as_mut().filter(|sheets| !sheets.given_up.is_empty())?;
        sheets.since = Some(Vec::new());
        Some(self.clone())
    }

    /// Puts those in the place of the last, with what has come in since.
    pub(crate) fn put_sheets_again(&mut self, sheets: Sheets) {
        let since = self.sheets.0.as_mut().and_then(|sheets| sheets.since.take());
        self.put_sheets(sheets);
        for (subject, structure, months) in since.into_iter().flatten() {
            self.follow_in_sheets(&subject, &structure, months);
        }
    }

    pub(super) fn drop_sheets(&mut self) {
        self.sheets = Beside(None);
    }

    /// Has the sheets take in what these facts have just taken in.
    pub(super) fn follow_in_sheets(&mut self, subject: &str, structure: &str, months: (i32, i32)) {
        let concerns = |sheets: &mut Box<Sheets>| !sheets.passes_over(months);
        let Some(mut sheets) = self.sheets.0.take_if(concerns) else { return };
        if let Some(now) = self.get(subject, structure, months) {
            sheets.follow(self, &now);
        }
        self.sheets = Beside(Some(sheets));
    }

    /// The years that some fact lies in.
    fn years(&self) -> BTreeSet<u16> {
        let single = self.body.structures.iter().flat_map(|(_, months)| months).copied().filter_map(Month::from_index);
        let spanning = self.spanning().filter(|known| known.first.year() == known.last.year());
        single.map(Month::year).chain(spanning.map(|known| known.first.year())).collect()
    }

    /// Whether a fact speaks of months of two years.
    fn span_years(&self) -> bool {
        self.spanning().any(|known| known.first.year() != known.last.year())
    }

    /// The facts that speak of several months.
    fn spanning(&self) -> impl Iterator<Item = Known<'_>> {
        let structures = self.body.structures.order();
        let series = self.body.subjects.iter().flat_map(move |(subject, said)| {
            let spanning = structures.iter().filter(|number| said.spans(**number));
            spanning.filter_map(move |number| Some((subject, self.body.structures.at(*number)?.0, said.packed(*number))))
        });
        let known = series.flat_map(|(subject, structure, packed)| self.known_in(subject, structure, packed));
        known.filter(|known| known.first != known.last)
    }
}

//! What is said of one subject, structure by structure: what has come in since the last snapshot in memory, and under it what lies at rest.

use std::{io, sync::Arc};

use super::{
    packing::{Entry, Unpacking, find, merged},
    rest::{At, Block, Bytes},
    series::{ROOM, Series},
};

/// By the number of the structure; the last structures may be left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Where the facts at rest lie; `None` while all are in memory.
    block: Option<Block>,
    places: Vec<Place>,
}

/// What is said in one structure.
#[derive(Debug, Clone, Default)]
struct Place {
    /// What came in since: it takes the place of what lies at rest about the same months.
    fresh: Series,
    rest: Laid,
}

/// A series at rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Laid {
    at: At,
    /// The months of its last fact, without meaning where there is none.
    last: (i32, i32),
    /// Whether facts, at rest or fresh, may speak of several months.
    spans: bool,
}

/// The same, to be read from one structure to the next: what lies at rest is read at once.
pub(super) struct Reading<'a> {
    said: &'a Said,
    all: Option<Arc<Vec<u8>>>,
}

impl Laid {
    /// A series that stands at a place.
    pub(super) fn new(at: At, packed: &[u8]) -> Self {
        let mut laid = Self { at, ..Self::default() };
        for entry in Unpacking::of(packed).packed() {
            laid.last = entry.months;
            laid.spans |= entry.months.0 != entry.months.1;
        }
        laid
    }
}

impl Place {
    fn weight(&self) -> usize {
        // What an allocator takes for it, and half of the room that is made at once.
        const OVERHEAD: usize = 16 + ROOM / 2;
        if self.fresh.is_empty() { 0 } else { self.fresh.packed().len() + OVERHEAD }
    }

    fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.rest.at.is_nowhere()
    }

    /// What it says, of which `rest` lies at rest.
    fn over<'a>(&'a self, rest: Bytes<'a>) -> Bytes<'a> {
        if self.fresh.is_empty() { rest } else { Bytes::Merged(merged(rest.as_ref(), self.fresh.packed())) }
    }
}

impl Said {
    /// What lies at rest, as it was found.
    pub(super) fn laid(block: Option<Block>, laid: Vec<Laid>) -> Self {
        Self { block, places: laid.into_iter().map(|rest| Place { fresh: Series::default(), rest }).collect() }
    }

    /// How many structures there are, said something of or not.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.places.iter().all(Place::is_empty)
    }

    /// Whether anything is said in a structure.
    pub(super) fn has(&self, structure: usize) -> bool {
        self.places.get(structure).is_some_and(|place| !place.is_empty())
    }

    /// The bytes that it takes in a file.
    pub(super) fn at_rest(&self) -> usize {
        self.block.as_ref().map_or(0, |block| usize::try_from(block.length).unwrap_or(usize::MAX))
    }

    /// Whether facts in a structure may speak of several months.
    pub(super) fn spans(&self, structure: usize) -> bool {
        self.places.get(structure).is_some_and(|place| place.rest.spans)
    }

    /// The fact in a structure about those months.
    pub(super) fn get(&self, structure: usize, months: (i32, i32)) -> Option<Entry> {
        let place = self.places.get(structure)?;
        place.fresh.get(months).or_else(|| self.found_at_rest(place, months))
    }

    fn found_at_rest(&self, place: &Place, months: (i32, i32)) -> Option<Entry> {
        if place.rest.at.is_nowhere() || months > place.rest.last {
            return None;
        }
        let rest = self.block.as_ref()?.series(place.rest.at).ok()?;
        find(rest.as_ref(), months).map(|found| found.entry)
    }

    /// The facts in a structure, packed. What cannot be read is left out, which makes everything unsound.
    pub(super) fn packed(&self, structure: usize) -> Bytes<'_> {
        let Some(place) = self.places.get(structure) else { return Bytes::Here(&[]) };
        match self.block.as_ref().filter(|_| !place.rest.at.is_nowhere()) {
            Some(block) => place.over(block.series(place.rest.at).unwrap_or(Bytes::Here(&[]))),
            None => Bytes::Here(place.fresh.packed()),
        }
    }

    /// All of it, to be read from one structure to the next.
    pub(super) fn read(&self) -> Reading<'_> {
        Reading { said: self, all: self.block.as_ref().and_then(|block| block.all().ok()) }
    }

    /// The fact in a structure about the last single month before one.
    pub(super) fn last_before(&self, structure: usize, month: i32) -> Option<Entry> {
        let place = self.places.get(structure)?;
        let last = |entries: &mut dyn Iterator<Item = Entry>| {
            entries.take_while(|entry| entry.months.0 < month).filter(|entry| entry.months.0 == entry.months.1).last()
        };
        let fresh = last(&mut place.fresh.iter());
        // What came in since mostly speaks of later months, and then the file need not be read.
        if place.rest.at.is_nowhere() || fresh.is_some_and(|entry| entry.months >= place.rest.last) {
            return fresh;
        }
        last(&mut Unpacking::of(self.packed(structure).as_ref()))
    }

    /// Puts a fact in the place of the one about the same months, and gives that back. Gives too how many bytes of memory that took.
    pub(super) fn replace(&mut self, structure: usize, fact: Entry) -> (Option<Entry>, isize) {
        if self.places.len() <= structure {
            self.places.resize_with(structure + 1, Place::default);
        }
        let mut before = None;
        let weight = self.change(structure, |place| before = place.put(fact));
        (before.or_else(|| self.found_at_rest(self.places.get(structure)?, fact.months)), weight)
    }

    /// Puts facts in the order of their months in the place of those about the same months. Gives how many bytes of memory that took.
    pub(super) fn put_all(&mut self, structure: usize, facts: Series) -> isize {
        if self.places.len() <= structure {
            self.places.resize_with(structure + 1, Place::default);
        }
        self.change(structure, |place| place.put_all(facts))
    }

    fn change(&mut self, structure: usize, change: impl FnOnce(&mut Place)) -> isize {
        let Some(place) = self.places.get_mut(structure) else { return 0 };
        let before = place.weight();
        change(place);
        place.weight().cast_signed() - before.cast_signed()
    }

    /// Lets what a snapshot has of it lie there, but for what a batch after its sequence brought. Gives how many bytes of memory that
    /// took, mostly below zero.
    pub(super) fn lay_down(&mut self, block: Block, laid: &[Laid], sequence: i64) -> isize {
        self.block = Some(block);
        let mut weight = 0;
        for (structure, laid) in laid.iter().enumerate() {
            weight += self.change(structure, |place| {
                place.fresh.keep_after(sequence);
                let spans = place.rest.spans;
                place.rest = Laid { spans: spans || laid.spans, ..*laid };
            });
        }
        self.places.shrink_to_fit();
        weight
    }
}

impl Place {
    fn put(&mut self, fact: Entry) -> Option<Entry> {
        self.rest.spans |= fact.months.0 != fact.months.1;
        self.fresh.replace(fact)
    }

    fn put_all(&mut self, facts: Series) {
        self.rest.spans |= facts.iter().any(|entry| entry.months.0 != entry.months.1);
        self.fresh = if self.fresh.is_empty() { facts } else { self.fresh.followed_by(&facts) };
    }
}

impl<'a> Reading<'a> {
    /// The facts in a structure, packed. What cannot be read is left out, which makes everything unsound.
    pub(super) fn packed(&self, structure: usize) -> Bytes<'a> {
        self.found(structure).unwrap_or(Bytes::Here(&[]))
    }

    /// The same.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(super) fn found(&self, structure: usize) -> io::Result<Bytes<'a>> {
        let Some(place) = self.said.places.get(structure) else { return Ok(Bytes::Here(&[])) };
        if place.rest.at.is_nowhere() {
            return Ok(Bytes::Here(place.fresh.packed()));
        }
        let (Some(block), Some(all)) = (&self.said.block, &self.all) else { return Err(io::ErrorKind::NotFound.into()) };
        Ok(place.over(block.of_all(all, place.rest.at)?))
    }
}

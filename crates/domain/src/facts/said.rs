//! What is said of one subject, structure by structure: what has come in since the last snapshot in memory, and under it what lies at rest.

use std::{cell::OnceCell, collections::BTreeSet, io, sync::Arc};

use super::{
    MANY,
    packing::{Entry, Located, PackedEntry, Unpacking, find, locate, merged},
    rest::{At, Block, Bytes},
    series::{ROOM, Series},
};

/// By the number of the structure; the last structures may be left out. What is fresh and what lies at rest stand apart: mostly all is one or
/// the other, and places without anything take room too.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Where the facts at rest lie; `None` while all are in memory.
    block: Option<Block>,
    /// A month after which no fact ends, if any ever was: what is asked of later months need not be looked for.
    last: Option<i32>,
    rest: Vec<Laid>,
    /// What came in since: it takes the place of what lies at rest about the same months.
    fresh: Vec<Series>,
    /// Where that may speak of several months.
    spanning: BTreeSet<usize>,
}

/// A series at rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Laid {
    at: At,
    /// The months of its last fact, without meaning where there is none.
    last: (i32, i32),
    /// Whether a fact speaks of several months.
    spans: bool,
}

/// The same, to be read from one structure to the next: what lies at rest is read at once.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    said: &'a Said,
    all: Option<Arc<Vec<u8>>>,
}

impl Laid {
    /// A series that stands at a place.
    pub(super) fn new(at: At, packed: &[u8]) -> Self {
        let mut laid = Self { at, ..Self::default() };
        for PackedEntry { head, .. } in Unpacking::of(packed).packed() {
            laid.last = head.months;
            laid.spans |= head.months.0 != head.months.1;
        }
        laid
    }
}

/// About what a fresh series takes in memory.
fn weight(fresh: &Series) -> usize {
    // What an allocator takes for it, and half of the room that is made at once.
    const OVERHEAD: usize = 16 + ROOM / 2;
    if fresh.is_empty() { 0 } else { fresh.packed().len() + OVERHEAD }
}

/// What is said where `rest` lies at rest.
fn over<'a>(fresh: &'a [u8], rest: Bytes<'a>) -> Bytes<'a> {
    if fresh.is_empty() { rest } else { Bytes::Merged(merged(rest.as_ref(), fresh)) }
}

impl Said {
    /// What lies at rest, as it was found.
    pub(super) fn laid(block: Option<Block>, rest: Vec<Laid>) -> Self {
        let at_rest = rest.iter().filter(|laid| !laid.at.is_nowhere());
        let last = at_rest.map(|laid| if laid.spans { i32::MAX } else { laid.last.1 }).max();
        Self { block, last, rest, ..Self::default() }
    }

    /// How many structures there are, said something of or not.
    pub(super) fn len(&self) -> usize {
        self.rest.len().max(self.fresh.len())
    }

    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.fresh.iter().all(Series::is_empty) && self.rest.iter().all(|laid| laid.at.is_nowhere())
    }

    /// Whether every fact ends before a month.
    pub(super) fn ends_before(&self, month: i32) -> bool {
        self.last.is_none_or(|last| last < month)
    }

    /// Whether anything is said in a structure.
    pub(super) fn has(&self, structure: usize) -> bool {
        !self.fresh(structure).is_empty() || self.at_rest_in(structure).is_some()
    }

    /// What came in about a structure, packed.
    fn fresh(&self, structure: usize) -> &[u8] {
        self.fresh.get(structure).map_or(&[], Series::packed)
    }

    /// What lies at rest about a structure.
    fn at_rest_in(&self, structure: usize) -> Option<&Laid> {
        self.rest.get(structure).filter(|laid| !laid.at.is_nowhere())
    }

    /// The bytes that it takes in a file.
    pub(super) fn at_rest(&self) -> usize {
        self.block.as_ref().map_or(0, |block| usize::try_from(block.length).unwrap_or(usize::MAX))
    }

    /// Whether facts in a structure may speak of several months.
    pub(super) fn spans(&self, structure: usize) -> bool {
        self.spanning.contains(&structure) || self.rest.get(structure).is_some_and(|laid| laid.spans)
    }

    /// Whether structures are so many of all that what lies at rest is read at once for them.
    pub(super) fn are_many(&self, structures: usize) -> bool {
        structures.saturating_mul(MANY) > self.len()
    }

    /// What `read` makes of what the fact in a structure about those months says. What lies at rest is taken from `all` where that is given, which
    /// is read on the first question that needs it.
    pub(super) fn with<'a, T>(
        &'a self,
        structure: usize,
        months: (i32, i32),
        all: Option<&OnceCell<Reading<'a>>>,
        read: impl FnOnce(Located<'_>) -> Option<T>,
    ) -> Option<T> {
        if let Some(amounts) = self.fresh.get(structure).and_then(|fresh| fresh.locate(months)) {
            return read(amounts);
        }
        let laid = self.at_rest_in(structure).filter(|laid| months <= laid.last)?;
        let rest = match all {
            Some(all) => all.get_or_init(|| self.read()).at_rest(laid).ok()?,
            None => self.block.as_ref()?.series(laid.at).ok()?,
        };
        read(locate(rest.as_ref(), months)?)
    }

    fn found_at_rest(&self, structure: usize, months: (i32, i32)) -> Option<Entry> {
        let laid = self.at_rest_in(structure).filter(|laid| months <= laid.last)?;
        let rest = self.block.as_ref()?.series(laid.at).ok()?;
        find(rest.as_ref(), months).map(|found| found.entry)
    }

    /// The facts in a structure, packed. What cannot be read is left out, which makes everything unsound.
    pub(super) fn packed(&self, structure: usize) -> Bytes<'_> {
        let fresh = self.fresh(structure);
        match self.block.as_ref().zip(self.at_rest_in(structure)) {
            Some((block, laid)) => over(fresh, block.series(laid.at).unwrap_or(Bytes::Here(&[]))),
            None => Bytes::Here(fresh),
        }
    }

    /// All of it, to be read from one structure to the next.
    pub(super) fn read(&self) -> Reading<'_> {
        Reading { said: self, all: self.block.as_ref().and_then(|block| block.all().ok()) }
    }

    /// The fact in a structure about the last single month before one.
    pub(super) fn last_before(&self, structure: usize, month: i32) -> Option<Entry> {
        let last = |entries: &mut dyn Iterator<Item = Entry>| {
            entries.take_while(|entry| entry.months.0 < month).filter(|entry| entry.months.0 == entry.months.1).last()
        };
        let fresh = last(&mut Unpacking::of(self.fresh(structure)));
        // What came in since mostly speaks of later months, and then the file need not be read.
        match self.at_rest_in(structure) {
            Some(laid) if fresh.is_none_or(|entry| entry.months < laid.last) => last(&mut Unpacking::of(self.packed(structure).as_ref())),
            _ => fresh,
        }
    }

    /// Puts a fact in the place of the one about the same months, and gives that back. Gives too how many bytes of memory that took.
    /// What is in `scratch` is lost.
    pub(super) fn replace(&mut self, structure: usize, fact: &Entry, scratch: &mut Vec<u8>) -> (Option<Entry>, isize) {
        self.make_room(structure + 1);
        if fact.months.0 != fact.months.1 {
            self.spanning.insert(structure);
        }
        self.last = self.last.max(Some(fact.months.1));
        let mut before = None;
        let weight = self.change(structure, |fresh| before = fresh.replace(fact, scratch));
        (before.or_else(|| self.found_at_rest(structure, fact.months)), weight)
    }

    /// Makes room for what comes in about so many structures.
    pub(super) fn make_room(&mut self, structures: usize) {
        if self.fresh.len() < structures {
            self.fresh.resize_with(structures, Series::default);
        }
    }

    /// Puts facts in the order of their months in the place of those about the same months; `spans` where some may speak of several. Gives how
    /// many bytes of memory that took.
    pub(super) fn put_all(&mut self, structure: usize, facts: Series, spans: bool) -> isize {
        self.make_room(structure + 1);
        if spans {
            self.spanning.insert(structure);
        }
        self.last = Unpacking::of(facts.packed()).packed().map(|entry| entry.head.months.1).max().max(self.last);
        self.change(structure, |fresh| *fresh = if fresh.is_empty() { facts } else { fresh.followed_by(&facts) })
    }

    fn change(&mut self, structure: usize, change: impl FnOnce(&mut Series)) -> isize {
        let Some(fresh) = self.fresh.get_mut(structure) else { return 0 };
        let before = weight(fresh);
        change(fresh);
        weight(fresh).cast_signed() - before.cast_signed()
    }

    /// Lets what a snapshot has of it lie there, but for what a batch after its sequence brought. Gives how many bytes of memory that
    /// took, mostly below zero.
    pub(super) fn lay_down(&mut self, block: Block, laid: &[Laid], sequence: i64) -> isize {
        self.block = Some(block);
        self.rest = laid.to_vec();
        let weight = (0..laid.len()).map(|structure| self.change(structure, |fresh| fresh.keep_after(sequence))).sum();
        let end = self.fresh.iter().rposition(|fresh| !fresh.is_empty()).map_or(0, |last| last + 1);
        self.fresh.truncate(end);
        self.fresh.shrink_to_fit();
        let fresh = &self.fresh;
        self.spanning.retain(|structure| fresh.get(*structure).is_some_and(|fresh| !fresh.is_empty()));
        weight
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
        let fresh = self.said.fresh(structure);
        let Some(laid) = self.said.at_rest_in(structure) else { return Ok(Bytes::Here(fresh)) };
        Ok(over(fresh, self.at_rest(laid)?))
    }

    /// What lies at rest of a series.
    fn at_rest(&self, laid: &Laid) -> io::Result<Bytes<'static>> {
        let (Some(block), Some(all)) = (&self.said.block, &self.all) else { return Err(io::ErrorKind::NotFound.into()) };
        block.of_all(all, laid.at)
    }
}

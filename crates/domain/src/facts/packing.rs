//! Facts as bytes, some 15 each, because a nation has tens of millions of them: in the order of their months, the step from the month
//! before, the span, the sequence, which quantities are known, and those.

use std::ops::Range;

use integer_encoding::VarInt;
use piramide_ledger::Fact;

use super::values::Values;

/// A fact in force, apart from whom and what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// First and last month, as the ledger counts them.
    pub(super) months: (i32, i32),
    /// The batch that brought it.
    pub(super) sequence: i64,
    /// What it says.
    pub(super) values: Values,
}

impl Entry {
    /// A fact that a batch brought.
    pub(super) fn of(sequence: i64, fact: &Fact) -> Self {
        Self { months: (fact.first_month, fact.last_month), sequence, values: Values::from(&fact.values) }
    }
}

/// A fact but for its quantities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) months: (i32, i32),
    pub(super) sequence: i64,
    /// A bit for each quantity that is known.
    pub(super) known: u16,
}

/// The same with its quantities packed: those that are known, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedEntry<'a> {
    pub(super) head: Head,
    pub(super) quantities: &'a [u8],
}

/// Packs a fact after one whose first month is `previous`.
pub(super) fn pack(packed: &mut Vec<u8>, Entry { months, sequence, values }: &Entry, previous: i64) {
    let mut packing = Packing::new(packed);
    packing.put_head(&Head { months: *months, sequence: *sequence, known: values.known }, previous);
    packing.put_amounts(&values.amounts, values.known);
}

/// Numbers on their way to where they are packed, a word of them at once: bytes that are put one by one each ask whether there is room.
pub(super) struct Packing<'a> {
    packed: &'a mut Vec<u8>,
    word: u64,
    bits: u32,
}

impl<'a> Packing<'a> {
    pub(super) fn new(packed: &'a mut Vec<u8>) -> Self {
        Self { packed, word: 0, bits: 0 }
    }

    /// Packs what stands before the quantities of a fact, after a fact whose first month is `previous`.
    #[inline]
    pub(super) fn put_head(&mut self, head: &Head, previous: i64) {
        let (first, last) = (i64::from(head.months.0), i64::from(head.months.1));
        [first - previous, last - first, head.sequence, head.known.into()].into_iter().for_each(|number| self.put(number));
    }

    /// Packs the quantities that are known.
    #[inline]
    pub(super) fn put_amounts(&mut self, amounts: &[i64], known: u16) {
        let mut to_come = known;
        while let Some(amount) = amounts.get(to_come.trailing_zeros() as usize) {
            self.put(*amount);
            to_come &= to_come - 1;
        }
    }

    #[inline]
    pub(super) fn put(&mut self, number: i64) {
        // Most numbers take one byte or two, which need no detour.
        let Ok(small @ ..0x2000) = u16::try_from(number) else { return self.put_long(number) };
        if self.bits > u64::BITS - u16::BITS {
            self.write();
        }
        let (twice, long) = (u64::from(small) << 1, small >= 64);
        self.word |= if long { twice & 0x7f | 0x80 | (twice >> 7) << 8 } else { twice } << self.bits;
        self.bits += if long { 16 } else { 8 };
    }

    fn put_long(&mut self, number: i64) {
        self.write();
        let mut digits = [0; 10];
        let length = number.encode_var(&mut digits);
        self.packed.extend_from_slice(digits.get(..length).unwrap_or_default());
    }

    #[inline]
    fn write(&mut self) {
        let end = self.packed.len() + (self.bits / 8) as usize;
        self.packed.extend_from_slice(&self.word.to_le_bytes());
        self.packed.truncate(end);
        (self.word, self.bits) = (0, 0);
    }
}

impl Drop for Packing<'_> {
    #[inline]
    fn drop(&mut self) {
        self.write();
    }
}

/// The number that stands for one with a sign: twice that, or, below zero, twice its opposite less one.
fn signed(number: u16) -> i64 {
    let half = i64::from(number >> 1);
    if number & 1 == 0 { half } else { !half }
}

/// The last of some packed facts: its first month, and where it is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LastPacked {
    pub(super) first: i32,
    pub(super) at: u32,
}

impl LastPacked {
    /// A fact that begins with a month and is packed after so many bytes.
    pub(super) fn new(first: i32, after: usize) -> Self {
        // Nobody says so much of one subject in one structure; who did would be searched for from the beginning.
        Self { first, at: u32::try_from(after).unwrap_or(u32::MAX) }
    }
}

/// Packs facts in the order of their months, each of other months, and gives the last.
pub(super) fn pack_all<'a>(entries: impl Iterator<Item = PackedEntry<'a>>, packed: &mut Vec<u8>) -> LastPacked {
    let mut last = LastPacked::default();
    for entry in entries {
        let at = packed.len();
        Packing::new(packed).put_head(&entry.head, last.first.into());
        packed.extend_from_slice(entry.quantities);
        last = LastPacked::new(entry.head.months.0, at);
    }
    last
}

/// The facts of both; of those about the same months, the later.
pub(super) fn merged(earlier: &[u8], later: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(earlier.len() + later.len());
    merge(earlier, later, &mut packed);
    packed
}

/// The same into an empty place. Gives the last.
pub(super) fn merge(earlier: &[u8], later: &[u8], packed: &mut Vec<u8>) -> LastPacked {
    let (mut earlier, mut later) = (Packed(Unpacking::of(earlier)).peekable(), Packed(Unpacking::of(later)).peekable());
    let both = std::iter::from_fn(|| match (earlier.peek(), later.peek()) {
        (Some(one), Some(other)) if one.head.months < other.head.months => earlier.next(),
        (Some(one), Some(other)) if one.head.months == other.head.months => {
            earlier.next();
            later.next()
        }
        (Some(_), None) => earlier.next(),
        _ => later.next(),
    });
    pack_all(both, packed)
}

/// The last fact and where it is packed.
pub(super) fn found_last(packed: &[u8], last: LastPacked) -> Option<Found> {
    // The step from the month before is packed, and with the month itself tells that one.
    let (place, rest) = (last.at as usize..packed.len(), packed.get(last.at as usize..)?);
    let previous = i64::from(last.first) - Unpacking::number(&mut Unpacking::of(rest))?;
    Some(Found { entry: Unpacking { rest, first: previous }.next()?, place, previous })
}

/// The amounts of the last fact, where it is about those months.
pub(super) fn locate_last(packed: &[u8], last: LastPacked, months: (i32, i32)) -> Option<Located<'_>> {
    let rest = packed.get(last.at as usize..)?;
    let previous = i64::from(last.first) - Unpacking::number(&mut Unpacking::of(rest))?;
    let mut entries = Unpacking { rest, first: previous };
    let head = entries.head()?;
    (head.months == months).then_some(Located { head, entries })
}

/// The amounts of the fact about those months; the others are passed over.
pub(super) fn locate(packed: &[u8], months: (i32, i32)) -> Option<Located<'_>> {
    let mut entries = Unpacking::of(packed);
    loop {
        let head = entries.head()?;
        if head.months >= months {
            return (head.months == months).then_some(Located { head, entries });
        }
        entries.pass(head.known)?;
    }
}

/// What a fact says, not yet unpacked.
pub(super) struct Located<'a> {
    head: Head,
    entries: Unpacking<'a>,
}

impl Located<'_> {
    /// The batch that brought it.
    pub(super) fn sequence(&self) -> i64 {
        self.head.sequence
    }

    /// All of it.
    pub(super) fn values(mut self) -> Option<Values> {
        self.entries.values(self.head.known)
    }

    /// One quantity; `None` where it is missing.
    pub(super) fn value(mut self, quantity: usize) -> Option<i64> {
        let this = 1_u16.checked_shl(u32::try_from(quantity).ok()?).filter(|this| self.head.known & this != 0)?;
        self.entries.pass(self.head.known & (this - 1))?;
        self.entries.number()
    }
}

/// The fact about those months and where it is packed; the others are passed over.
pub(super) fn find(packed: &[u8], months: (i32, i32)) -> Option<Found> {
    let mut entries = Unpacking::of(packed);
    loop {
        let (start, previous) = (packed.len() - entries.rest.len(), entries.first);
        let head = entries.head()?;
        if head.months > months {
            return None;
        }
        if head.months == months {
            let values = entries.values(head.known)?;
            let entry = Entry { months, sequence: head.sequence, values };
            return Some(Found { entry, place: start..packed.len() - entries.rest.len(), previous });
        }
        entries.pass(head.known)?;
    }
}

/// A fact, and where it is packed.
pub(super) struct Found {
    pub(super) entry: Entry,
    pub(super) place: Range<usize>,
    /// The first month of the fact before it.
    pub(super) previous: i64,
}

/// Unpacks facts one after the other.
pub(super) struct Unpacking<'a> {
    rest: &'a [u8],
    first: i64,
}

impl<'a> Unpacking<'a> {
    pub(super) fn of(packed: &'a [u8]) -> Self {
        Self { rest: packed, first: 0 }
    }

    /// The facts with their quantities as they are packed.
    pub(super) fn packed(self) -> impl Iterator<Item = PackedEntry<'a>> {
        Packed(self)
    }

    /// The next number.
    #[inline]
    pub(super) fn number(&mut self) -> Option<i64> {
        let (first, rest) = self.rest.split_first()?;
        // Most numbers take one byte or two, which need no detour.
        if *first < 128 {
            self.rest = rest;
            return Some(signed((*first).into()));
        }
        if let Some((second, rest)) = rest.split_first()
            && (1..128).contains(second)
        {
            self.rest = rest;
            return Some(signed(u16::from(first & 0x7f) | u16::from(*second) << 7));
        }
        let (number, length) = i64::decode_var(self.rest)?;
        self.rest = self.rest.get(length..)?;
        Some(number)
    }

    /// What stands before the amounts of the next fact, which are then to be read or passed over.
    #[inline]
    pub(super) fn head(&mut self) -> Option<Head> {
        let first = self.first + self.number()?;
        let last = first + self.number()?;
        let sequence = self.number()?;
        let known = u16::try_from(self.number()?).ok()?;
        self.first = first;
        Some(Head { months: (i32::try_from(first).ok()?, i32::try_from(last).ok()?), sequence, known })
    }

    #[inline]
    fn values(&mut self, known: u16) -> Option<Values> {
        let mut values = Values { known, ..Values::default() };
        let mut to_come = known;
        while to_come != 0 {
            *values.amounts.get_mut(to_come.trailing_zeros() as usize)? = self.number()?;
            to_come &= to_come - 1;
        }
        Some(values)
    }

    /// The next fact that does not end before a month.
    fn next_since(&mut self, since: i32) -> Option<Entry> {
        loop {
            let Head { months, sequence, known } = self.head()?;
            if months.1 >= since {
                return Some(Entry { months, sequence, values: self.values(known)? });
            }
            self.pass(known)?;
        }
    }

    /// Passes over as many amounts as are known, and gives them as they are packed: the last byte of each is below 128.
    #[inline]
    pub(super) fn pass(&mut self, known: u16) -> Option<&'a [u8]> {
        let amounts = known.count_ones();
        if amounts == 0 {
            return Some(&[]);
        }
        // Mostly a word has them all.
        let word = self.rest.first_chunk().map_or(0, |word| !u64::from_le_bytes(*word) & 0x8080_8080_8080_8080);
        let last = (1..amounts).fold(word, |ends, _| ends & ends.wrapping_sub(1));
        let length = if last == 0 {
            self.rest.iter().enumerate().filter(|(_, byte)| **byte < 128).nth(amounts as usize - 1)?.0 + 1
        } else {
            (last.trailing_zeros() / 8) as usize + 1
        };
        let (amounts, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(amounts)
    }
}

impl Iterator for Unpacking<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        self.next_since(i32::MIN)
    }
}

/// The facts with their quantities as they are packed.
struct Packed<'a>(Unpacking<'a>);

impl<'a> Iterator for Packed<'a> {
    type Item = PackedEntry<'a>;

    fn next(&mut self) -> Option<PackedEntry<'a>> {
        let head = self.0.head()?;
        Some(PackedEntry { head, quantities: self.0.pass(head.known)? })
    }
}

/// What `read` makes of the facts of bytes that it holds, from their months and what they say.
pub(super) struct Readings<B, F> {
    packed: B,
    at: usize,
    first: i64,
    read: F,
}

impl<B, F> Readings<B, F> {
    pub(super) fn of(packed: B, read: F) -> Self {
        Self { packed, at: 0, first: 0, read }
    }
}

impl<B: AsRef<[u8]>, T, F: Fn((i32, i32), &Values) -> T> Iterator for Readings<B, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let packed = self.packed.as_ref();
        let mut entries = Unpacking { rest: packed.get(self.at..)?, first: self.first };
        let Head { months, known, .. } = entries.head()?;
        let values = entries.values(known)?;
        (self.at, self.first) = (packed.len() - entries.rest.len(), entries.first);
        Some((self.read)(months, &values))
    }

    fn fold<A, G: FnMut(A, T) -> A>(self, start: A, mut fold: G) -> A {
        let mut entries = Unpacking { rest: self.packed.as_ref().get(self.at..).unwrap_or_default(), first: self.first };
        let mut folded = start;
        while let Some(Head { months, known, .. }) = entries.head() {
            let Some(values) = entries.values(known) else { break };
            folded = fold(folded, (self.read)(months, &values));
        }
        folded
    }
}

/// The facts of bytes that it holds.
pub(super) struct Entries<B> {
    packed: B,
    at: usize,
    first: i64,
    since: i32,
}

impl<B> Entries<B> {
    pub(super) fn of(packed: B) -> Self {
        Self::since(packed, i32::MIN)
    }

    /// Those that do not end before a month; the others are passed over.
    pub(super) fn since(packed: B, since: i32) -> Self {
        Self { packed, at: 0, first: 0, since }
    }
}

impl<B: AsRef<[u8]>> Iterator for Entries<B> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let packed = self.packed.as_ref();
        let mut entries = Unpacking { rest: packed.get(self.at..)?, first: self.first };
        let entry = entries.next_since(self.since)?;
        (self.at, self.first) = (packed.len() - entries.rest.len(), entries.first);
        Some(entry)
    }
}

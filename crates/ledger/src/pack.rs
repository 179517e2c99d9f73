//! Facts as they are stored: up to 4,096 of a batch packed into bytes, in the order of their lines. README.md, "A pack", describes the same
//! bytes for whoever wants to verify a ledger without this program.
//!
//! Writing one row a fact takes a database longer than everything else that recording asks for, and half of the room is said again and again.
//!
//! The same facts give the same bytes, and bytes that are not exactly those which some facts give are no pack: so whatever is altered in one is
//! either unreadable or another fact, which the chain then tells.

mod page;
mod reading;
mod regrouping;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use integer_encoding::VarInt;

pub(crate) use self::{page::Page, reading::StoredPack, regrouping::Regrouping};
use crate::{Fact, Values};

/// The first byte of a pack: how the others are to be read.
const VERSION: u8 = 1;
/// Most facts of a pack: enough that a row's own cost does not show, few enough that one is read for a page of them.
pub(crate) const MOST_FACTS: usize = 4_096;
/// Facts take some 20 bytes each, and the texts of their codes once.
const BYTES_OF_A_FACT: usize = 24;

/// Facts of a batch, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pack {
    /// The line of the last of them, which is where the pack stands in its batch.
    pub(crate) last_line: u32,
    /// The facts.
    pub(crate) bytes: Vec<u8>,
}

/// Packs facts that are in the order of their lines, each of another line and with no more values than a schema may have. What each is called
/// is told by places among the codes.
pub(crate) fn pack(facts: &[Fact], names: &[(u32, u32)], codes: &[Arc<str>]) -> Vec<Pack> {
    let mut dictionary = Dictionary { codes, places: vec![None; codes.len()], met: Vec::new() };
    let parts = facts.chunks(MOST_FACTS).zip(names.chunks(MOST_FACTS));
    parts.filter_map(|(facts, names)| one_pack(facts, names, &mut dictionary)).collect()
}

/// One pack; none of no facts.
fn one_pack(facts: &[Fact], names: &[(u32, u32)], dictionary: &mut Dictionary<'_>) -> Option<Pack> {
    let last_line = facts.last()?.line;
    let columns = facts.iter().map(columns_of).max().unwrap_or(0);
    let mut body = Vec::with_capacity(facts.len() * BYTES_OF_A_FACT);
    let (mut next_line, mut first_month) = (0, 0);
    for (fact, (structure, subject)) in facts.iter().zip(names) {
        put_small(&mut body, u64::from(fact.line).saturating_sub(next_line));
        put_small(&mut body, dictionary.place(*structure));
        put_small(&mut body, dictionary.place(*subject));
        let (first, last) = (i64::from(fact.first_month), i64::from(fact.last_month));
        put_integer(&mut body, first - first_month);
        put_integer(&mut body, last - first);
        put_values(&mut body, &fact.values, columns);
        (next_line, first_month) = (u64::from(fact.line) + 1, first);
    }
    let mut bytes = Vec::with_capacity(body.len() + dictionary.bytes() + 16);
    bytes.push(VERSION);
    // At most 16.
    bytes.push(u8::try_from(columns).unwrap_or(u8::MAX));
    put_small(&mut bytes, facts.len() as u64);
    dictionary.write_and_forget(&mut bytes);
    bytes.extend_from_slice(&body);
    Some(Pack { last_line, bytes })
}

/// How many columns it takes to say what a fact says: up to the last value that is there.
fn columns_of(fact: &Fact) -> usize {
    (u16::BITS - fact.values.amounts().1.leading_zeros()) as usize
}

/// How many bytes say which of so many values are there.
fn bytes_of_bits(columns: usize) -> usize {
    columns.div_ceil(8)
}

/// Which values are there, one bit for each, the lowest first; then these.
fn put_values(bytes: &mut Vec<u8>, values: &Values, columns: usize) {
    let (amounts, there) = values.amounts();
    bytes.extend(there.to_le_bytes().iter().take(bytes_of_bits(columns)));
    let known = amounts.iter().enumerate().filter(|(column, _)| there >> column & 1 == 1);
    known.for_each(|(_, amount)| put_integer(bytes, *amount));
}

/// A whole number of 0 or more: seven bits a byte, the lowest first, the highest bit of all but the last byte set.
fn put_small(bytes: &mut Vec<u8>, number: u64) {
    // Most numbers take one byte, which needs no detour.
    match u8::try_from(number) {
        Ok(small) if small < 128 => bytes.push(small),
        _ => put_long(bytes, number),
    }
}

/// A number with a sign, in the same bytes: twice the number, or, below zero, twice its opposite less one.
fn put_integer(bytes: &mut Vec<u8>, number: i64) {
    if (0..64).contains(&number) {
        bytes.extend(u8::try_from(number << 1));
    } else {
        put_long(bytes, number);
    }
}

fn put_long(bytes: &mut Vec<u8>, number: impl VarInt) {
    let mut digits = [0; 10];
    let length = number.encode_var(&mut digits);
    bytes.extend_from_slice(digits.get(..length).unwrap_or_default());
}

/// The codes of a batch, of which each pack has those that its facts name, as they are met.
struct Dictionary<'c> {
    codes: &'c [Arc<str>],
    /// Where each code of the batch stands in the pack.
    places: Vec<Option<u32>>,
    /// The codes of the pack, by their places in the batch.
    met: Vec<u32>,
}

impl Dictionary<'_> {
    /// Where a code stands in the pack.
    fn place(&mut self, code: u32) -> u64 {
        let Some(place) = self.places.get_mut(code as usize) else { return u64::MAX };
        let place = *place.get_or_insert_with(|| {
            self.met.push(code);
            // A pack has fewer codes than twice its facts.
            u32::try_from(self.met.len() - 1).unwrap_or(u32::MAX)
        });
        place.into()
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.met.iter().filter_map(|code| self.codes.get(*code as usize)).map(AsRef::as_ref)
    }

    /// About what the codes take.
    fn bytes(&self) -> usize {
        self.texts().map(|text| text.len() + 2).sum()
    }

    /// Writes the codes of this pack, and begins the next.
    fn write_and_forget(&mut self, bytes: &mut Vec<u8>) {
        put_small(bytes, self.met.len() as u64);
        for text in self.texts() {
            put_small(bytes, text.len() as u64);
            bytes.extend_from_slice(text.as_bytes());
        }
        for code in self.met.drain(..) {
            if let Some(place) = self.places.get_mut(code as usize) {
                *place = None;
            }
        }
    }
}

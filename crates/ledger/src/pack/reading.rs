//! Facts read from the bytes of a pack, which must be exactly those that some facts give.

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};
use integer_encoding::VarInt;

use super::{MOST_FACTS, VERSION, bytes_of_bits};
use crate::record::damaged;
use crate::{Fact, LedgerError, MAX_COLUMNS, Values};

/// A pack as a store gives it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredPack<'b> {
    /// Sequence of its batch.
    pub(crate) sequence: i64,
    /// Where it stands in the batch, which is the line of its last fact.
    pub(crate) last_line: i64,
    /// Its bytes.
    pub(crate) bytes: &'b [u8],
}

/// A fact of a pack.
pub(crate) struct PackedFact<'p> {
    pub(crate) line: u32,
    pub(crate) structure: &'p Arc<str>,
    pub(crate) subject: &'p Arc<str>,
    pub(crate) first_month: i32,
    pub(crate) last_month: i32,
    /// As many as columns were asked for.
    pub(crate) values: Values,
}

impl PackedFact<'_> {
    /// The fact by itself.
    pub(crate) fn fact(&self) -> Fact {
        Fact {
            line: self.line,
            structure: self.structure.clone(),
            subject: self.subject.clone(),
            first_month: self.first_month,
            last_month: self.last_month,
            values: self.values,
        }
    }
}

/// Why bytes are no pack.
type Fault = &'static str;

impl<'b> StoredPack<'b> {
    /// How many facts it says that it has.
    pub(crate) fn facts(&self) -> Result<usize, LedgerError> {
        self.beginning(MAX_COLUMNS).map(|(_, facts, _)| facts).map_err(|fault| self.no_pack(fault))
    }

    /// Tells of every fact, with as many values as there are columns. What is told before an error may be wrong too.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`], which names the batch, unless the bytes are those of facts that end at this line and say nothing beyond
    /// these columns.
    pub(crate) fn each(&self, columns: usize, tell: impl FnMut(&PackedFact<'_>)) -> Result<(), LedgerError> {
        self.read(columns, tell).map_err(|fault| self.no_pack(fault))
    }

    fn no_pack(&self, fault: Fault) -> LedgerError {
        damaged(Some(self.sequence), format!("the pack of facts up to line {} {fault}", self.last_line))
    }

    /// How many columns and how many facts there are, and what follows.
    fn beginning(&self, columns: usize) -> Result<(usize, usize, Rest<'b>), Fault> {
        let mut rest = Rest(self.bytes);
        if rest.byte()? != VERSION {
            return Err("is of an unknown version");
        }
        let known = usize::from(rest.byte()?);
        if known > columns {
            return Err("has more values than there are columns");
        }
        let facts = rest.number()?;
        if !(1..=MOST_FACTS).contains(&facts) {
            return Err("has an impossible number of facts");
        }
        Ok((known, facts, rest))
    }

    fn read(&self, columns: usize, mut tell: impl FnMut(&PackedFact<'_>)) -> Result<(), Fault> {
        let (known, facts, mut rest) = self.beginning(columns)?;
        let codes = codes(&mut rest, facts)?;
        if columns > MAX_COLUMNS {
            return Err("is asked for more values than facts may have");
        }
        // Where the next line may be and from where its month is counted; how many codes have been named, and how many values there were.
        let (mut next_line, mut month, mut named, mut farthest) = (0_u64, 0_i64, 0_usize, 0_usize);
        for _ in 0..facts {
            let line = u32::try_from(next_line.saturating_add(rest.number()?)).map_err(|_| "has a line out of range")?;
            let structure = named_code(&codes, rest.number()?, &mut named)?;
            let subject = named_code(&codes, rest.number()?, &mut named)?;
            let first_month = rest.month_after(month)?;
            month = first_month.into();
            let last_month = rest.month_after(month)?;
            let there = rest.bits(known)?;
            let mut values = Values::missing(columns);
            for column in (0..known).filter(|column| there >> column & 1 == 1) {
                values.set(column, Some(rest.integer()?));
            }
            farthest = farthest.max((u16::BITS - there.leading_zeros()) as usize);
            next_line = u64::from(line) + 1;
            tell(&PackedFact { line, structure, subject, first_month, last_month, values });
        }
        if named != codes.len() {
            return Err("has codes that no fact names");
        }
        if farthest != known {
            return Err("has columns without a value");
        }
        if !rest.0.is_empty() {
            return Err("has bytes left over");
        }
        if i64::try_from(next_line).map(|next| next - 1) != Ok(self.last_line) {
            return Err("ends at another line");
        }
        Ok(())
    }
}

/// The codes, each once. There are at most two for each fact.
fn codes(rest: &mut Rest<'_>, facts: usize) -> Result<Vec<Arc<str>>, Fault> {
    let many: usize = rest.number()?;
    if many > facts * 2 {
        return Err("has more codes than its facts can name");
    }
    let mut codes: Vec<Arc<str>> = Vec::with_capacity(many);
    let mut met = HashSet::with_capacity(many);
    for _ in 0..many {
        let length = rest.number()?;
        let text = std::str::from_utf8(rest.bytes(length)?).map_err(|_| "has a code that is no text")?;
        if !met.insert(text) {
            return Err("has a code twice");
        }
        codes.push(text.into());
    }
    Ok(codes)
}

/// The code at a place: one that was named before, or the next.
fn named_code<'c>(codes: &'c [Arc<str>], place: usize, named: &mut usize) -> Result<&'c Arc<str>, Fault> {
    if place > *named {
        return Err("names its codes out of order");
    }
    *named = (*named).max(place + 1);
    codes.get(place).ok_or("names a code that it does not have")
}

/// What has not been read yet.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn bytes(&mut self, many: usize) -> Result<&'b [u8], Fault> {
        let (bytes, rest) = self.0.split_at_checked(many).ok_or("is cut short")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let (byte, rest) = self.0.split_first().ok_or("is cut short")?;
        self.0 = rest;
        Ok(*byte)
    }

    /// A number of 0 or more, of a kind that holds it.
    fn number<N: TryFrom<u64>>(&mut self) -> Result<N, Fault> {
        let number = match self.0.split_first() {
            Some((small, rest)) if *small < 128 => {
                self.0 = rest;
                u64::from(*small)
            }
            _ => self.long()?,
        };
        N::try_from(number).map_err(|_| "has a number out of range")
    }

    /// A number with a sign.
    fn integer(&mut self) -> Result<i64, Fault> {
        match self.0.split_first() {
            // Even: not below zero.
            Some((small, rest)) if *small < 128 && small & 1 == 0 => {
                self.0 = rest;
                Ok(i64::from(small >> 1))
            }
            _ => self.long(),
        }
    }

    /// A number in as few bytes as hold it: there is one way to write it.
    fn long<N: VarInt>(&mut self) -> Result<N, Fault> {
        let (number, length) = N::decode_var(self.0).ok_or("has a number without an end")?;
        self.bytes(length)?;
        if number.required_space() == length { Ok(number) } else { Err("has a number in more bytes than it takes") }
    }

    /// A month so far from another.
    fn month_after(&mut self, other: i64) -> Result<i32, Fault> {
        other.checked_add(self.integer()?).and_then(|month| i32::try_from(month).ok()).ok_or("has a month out of range")
    }

    /// Which of so many values are there.
    fn bits(&mut self, columns: usize) -> Result<u16, Fault> {
        let mut bits = [0; 2];
        let stored = self.bytes(bytes_of_bits(columns))?;
        bits.iter_mut().zip(stored).for_each(|(byte, stored)| *byte = *stored);
        let bits = u16::from_le_bytes(bits);
        if u32::from(bits) >> columns == 0 { Ok(bits) } else { Err("has values beyond its columns") }
    }
}

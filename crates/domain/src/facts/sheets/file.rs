//! The sheets of a closing as a file, kept beside its snapshot: a question about the closing opens it and reads the sheets that it needs.
//!
//! ```text
//! "piramide sheets 1\n", sheets, directory, SHA-256 of the directory, where that begins (8 bytes, least first)
//! ```
//!
//! The directory says of which ledger it is and at which batch it stands, names the subjects and structures, and says where each sheet is
//! and what its bytes were. It is trusted no more than a snapshot: the ledger must have that batch, and verification makes the file again and
//! compares.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use integer_encoding::VarIntWriter;
use piramide_ledger::{Ledger, LedgerError, Schema};
use sha2::{Digest, Sha256};

use super::{
    super::{
        Asleep, Facts, LastBatch, Snapshots, Unusable, off_the_threads,
        rest::At,
        snapshot::{DIGEST, Reader, durable, give_up, put_list, put_text},
    },
    Beside, Growing, Place, Sheets,
};
use crate::Names;

const MAGIC: &[u8] = b"piramide sheets 1\n";
/// How many bytes say where the directory begins.
const START: usize = 8;
/// How many bytes say where a sheet is: structure, start, length and check, four each. There are so many that they are read at once.
const LAID: usize = 16;

impl Snapshots {
    /// Where the sheets are kept that go with this snapshot.
    fn sheets_path(&self) -> PathBuf {
        self.beside_it("sheets")
    }

    /// Whether sheets are kept with it.
    pub(in crate::facts) fn has_sheets(&self) -> bool {
        self.sheets_path().exists()
    }

    /// Removes them, where there are any.
    pub(in crate::facts) fn remove_sheets(&self) -> io::Result<()> {
        match fs::remove_file(self.sheets_path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Keeps the sheets of some facts, whole or not at all. Facts that have none, because one of them lies in no year, keep none.
    pub(in crate::facts) fn keep_sheets(&self, facts: &Facts) -> io::Result<()> {
        let Some(last) = facts.last_batch.filter(|_| !facts.span_years()) else { return Ok(()) };
        let fresh = self.beside_it("sheets.new");
        let written = || -> io::Result<()> {
            let file = File::create(&fresh)?;
            let mut out = BufWriter::with_capacity(1 << 20, file);
            put_sheets(&mut out, self.schema, facts, last)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&fresh, self.sheets_path())
        };
        written().inspect_err(|_| give_up(&fresh))?;
        durable(&self.path)
    }

    /// Whether the sheets that are kept are those of some facts.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub(in crate::facts) fn are_sheets_of(&self, facts: &Facts) -> io::Result<bool> {
        let Some(last) = facts.last_batch.filter(|_| !facts.span_years()) else { return Ok(false) };
        let mut compared = Compared { with: BufReader::with_capacity(1 << 20, File::open(self.sheets_path())?), same: true };
        put_sheets(&mut compared, self.schema, facts, last)?;
        let ended = compared.with.read(&mut [0])? == 0;
        Ok(compared.same && ended)
    }

    /// The facts that a snapshot has, read when they are first asked for, with their sheets; `None` where the snapshot or its sheets are missing,
    /// or are not what the ledger bears out as known at a sequence.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(in crate::facts) async fn asleep(&self, ledger: &dyn Ledger, sequence: i64) -> Result<Option<Facts>, LedgerError> {
        let snapshots = self.clone();
        let (sheets, last, file) = match off_the_threads(move || snapshots.opened()).await {
            Ok(opened) => opened,
            Err(Unusable::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(unusable) => {
                tracing::warn!(sequence, error = &unusable as &dyn std::error::Error, "sheets of the past are not used");
                return Ok(None);
            }
        };
        let receipts = ledger.receipts(last.sequence - 1, 2).await?;
        let is_there = receipts.first().is_some_and(|receipt| (receipt.sequence, receipt.chain_hash) == (last.sequence, last.chain_hash));
        let is_last = receipts.get(1).is_none_or(|next| next.sequence > sequence);
        if !is_there || !is_last || last.sequence > sequence {
            tracing::warn!(sequence, "sheets of the past are not of this ledger, or of another moment: they are not used");
            return Ok(None);
        }
        let body = Asleep::new(file, self.clone(), last);
        Ok(Some(Facts { sequence, last_batch: Some(last), body, sheets: Beside(Some(Box::new(sheets))), ..Facts::default() }))
    }

    /// The sheets, at which batch they stand, and the snapshot that they go with.
    pub(super) fn opened(&self) -> Result<(Sheets, LastBatch, File), Unusable> {
        let snapshot = File::open(&self.path).map_err(Unusable::Unreadable)?;
        let mut file = File::open(self.sheets_path()).map_err(Unusable::Unreadable)?;
        let directory = directory(&mut file).map_err(Unusable::Unreadable)?;
        let body = directory.len().checked_sub(DIGEST).and_then(|length| u64::try_from(length).ok()).ok_or(Unusable::Damaged)?;
        let mut reader = Reader::new(directory.as_slice(), body);
        let read = self.read_directory(&mut reader);
        if !reader.finish().is_ok_and(|is_whole| is_whole) {
            return Err(Unusable::Damaged);
        }
        let (mut sheets, last) = read?;
        sheets.file = Some(Growing::new(file, self.soundness.clone(), false));
        Ok((sheets, last, snapshot))
    }

    fn read_directory<R: Read>(&self, from: &mut Reader<R>) -> Result<(Sheets, LastBatch), Unusable> {
        let domain = from.text().ok_or(Unusable::Damaged)?;
        let columns = from.list(Reader::text).ok_or(Unusable::Damaged)?;
        if domain != self.schema.domain || columns != self.schema.columns {
            return Err(Unusable::OtherLedger);
        }
        read_places(from).ok_or(Unusable::Damaged)
    }
}

/// Everything that a directory says but of which ledger it is.
fn read_places<R: Read>(from: &mut Reader<R>) -> Option<(Sheets, LastBatch)> {
    let last = LastBatch { sequence: from.number()?, recorded_at: from.number()?, chain_hash: from.exactly(DIGEST)?.try_into().ok()? };
    let mut names = || Some(Names::of(from.list(Reader::text)?.iter().map(String::as_str)));
    let (subjects, structures) = (names()?, names()?);
    let years: BTreeSet<u16> = from.list(Reader::varint)?.into_iter().collect();
    let places = from.list(|from| {
        let months = (from.varint()?, from.varint()?);
        let laid: usize = from.varint()?;
        let laid = from.exactly(laid.checked_mul(LAID)?)?;
        let mut places = Vec::new();
        for [structure, start, length, check] in laid.as_chunks::<4>().0.as_chunks::<4>().0 {
            let [structure, start, length, check] = [structure, start, length, check].map(|number| u32::from_le_bytes(*number));
            let structure = usize::try_from(structure).ok().filter(|structure| *structure < structures.codes().len())?;
            if places.len() <= structure {
                places.resize_with(structure + 1, Place::default);
            }
            *places.get_mut(structure)? = Place::Laid(At { start, length, check });
        }
        Some((months, places))
    })?;
    Some((Sheets { subjects, structures, years, places: places.into_iter().collect(), ..Sheets::default() }, last))
}

/// The directory of a file, with its digest.
fn directory(file: &mut File) -> io::Result<Vec<u8>> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let length = file.metadata()?.len();
    let end = length.checked_sub(START as u64).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(end))?;
    let mut start = [0; START];
    file.read_exact(&mut start)?;
    let start = u64::from_le_bytes(start);
    let room = end.checked_sub(start).and_then(|room| usize::try_from(room).ok()).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(start))?;
    let mut directory = vec![0; room];
    file.read_exact(&mut directory)?;
    Ok(directory)
}

/// Writes the sheets of all years, one year after the other. The same facts give the same bytes, whatever came first.
fn put_sheets(out: &mut impl Write, schema: Schema, facts: &Facts, last: LastBatch) -> io::Result<()> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    let mut sheets = Sheets::default();
    let mut places: BTreeMap<(i32, i32), Vec<(usize, At)>> = BTreeMap::new();
    out.write_all(MAGIC)?;
    let mut at = MAGIC.len() as u64;
    let (years, mut written) = (facts.years(), Ok(()));
    sheets.make(facts, &years, |_, months, structure, packed| {
        let mut write = || {
            let laid = At::of(at, &packed)?;
            places.entry(months).or_default().push((structure, laid));
            at += u64::from(laid.length);
            out.write_all(&packed)
        };
        if written.is_ok() {
            written = write();
        }
    });
    written?;
    let mut directory = Vec::new();
    put_text(&mut directory, schema.domain)?;
    put_list(&mut directory, schema.columns.iter(), |out, column| put_text(out, column))?;
    directory.write_varint(last.sequence)?;
    directory.write_varint(last.recorded_at)?;
    directory.write_all(&last.chain_hash)?;
    for names in [&sheets.subjects, &sheets.structures] {
        put_list(&mut directory, names.codes(), put_text)?;
    }
    put_list(&mut directory, years.iter(), |out, year| out.write_varint(*year).map(drop))?;
    put_list(&mut directory, places.iter(), |out, ((first, last), laid)| {
        out.write_varint(*first)?;
        out.write_varint(*last)?;
        out.write_varint(laid.len())?;
        laid.iter().try_for_each(|(structure, at)| {
            let structure = u32::try_from(*structure).map_err(|_| too_large())?;
            [structure, at.start, at.length, at.check].into_iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))
        })
    })?;
    out.write_all(&directory)?;
    out.write_all(&Sha256::digest(&directory))?;
    out.write_all(&at.to_le_bytes())
}

/// Compares what is written with what is there.
struct Compared<R> {
    with: R,
    same: bool,
}

impl<R: Read> Write for Compared<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.same {
            let mut there = vec![0; bytes.len()];
            self.same = match self.with.read_exact(&mut there) {
                Ok(()) => there == bytes,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
                Err(error) => return Err(error),
            };
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

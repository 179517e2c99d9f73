//! A snapshot read as it goes by: what it holds is compared with its digest, and the series stay where they are.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Take},
    sync::Arc,
};

use integer_encoding::{VarInt, VarIntReader};
use piramide_measure::Provenance;
use sha2::{Digest, Sha256};

use super::{
    super::{
        Batch, Body, Facts, LastBatch, Run,
        rest::{At, Block, Rest},
        said::{Laid, Said},
    },
    DIGEST, MAGIC, Snapshot, Snapshots, Unusable,
};

/// How much is read and hashed at once.
const AT_ONCE: usize = 1 << 18;

impl Snapshots {
    /// Reads the last one.
    pub(crate) fn read(&self) -> Result<Snapshot, Unusable> {
        self.read_file(&File::open(&self.path).map_err(Unusable::Unreadable)?)
    }

    /// Reads one that is open.
    pub(in crate::facts) fn read_file(&self, file: &File) -> Result<Snapshot, Unusable> {
        let length = file.metadata().map_err(Unusable::Unreadable)?.len();
        let body = length.checked_sub(DIGEST as u64).ok_or(Unusable::Damaged)?;
        let rest = Arc::new(Rest::new(file.try_clone().map_err(Unusable::Unreadable)?, self.soundness.clone()));
        let mut reader = Reader::new(file, body);
        let read = self.read_body(&mut reader, &rest);
        // Nothing that was read is believed, not even that it is of another ledger, before all of it is seen to be what was written.
        if reader.finish().is_ok_and(|is_whole| is_whole) { read } else { Err(Unusable::Damaged) }
    }

    fn read_body<R: Read>(&self, body: &mut Reader<R>, rest: &Arc<Rest>) -> Result<Snapshot, Unusable> {
        let magic = body.exactly(MAGIC.len()).filter(|magic| magic == MAGIC);
        magic.ok_or(Unusable::Damaged)?;
        let domain = body.text().ok_or(Unusable::Damaged)?;
        let columns = body.list(Reader::text).ok_or(Unusable::Damaged)?;
        if domain != self.schema.domain || columns != self.schema.columns {
            return Err(Unusable::OtherLedger);
        }
        snapshot(body, rest).filter(|_| body.left() == 0).ok_or(Unusable::Damaged)
    }
}

fn snapshot<R: Read>(body: &mut Reader<R>, rest: &Arc<Rest>) -> Option<Snapshot> {
    let (sequence, recorded_at) = (body.number()?, body.number()?);
    let chain_hash: [u8; DIGEST] = body.exactly(DIGEST)?.try_into().ok()?;
    let last = LastBatch { sequence, recorded_at, chain_hash };
    let batches = body.list(|body| {
        let sequence = body.number()?;
        let batch = Batch { id: body.text()?, provenance: body.text()?.parse::<Provenance>().ok()? };
        Some((sequence, Run { batch, of_events: body.number()? == 1 }))
    })?;
    let structures = body.list(|body| Some((body.text()?, body.list(|body| i32::try_from(body.number()?).ok())?)))?;
    let subjects = body.list(|body| Some((body.text()?, said(body, rest)?)))?;
    let body = Body {
        batches: batches.into_iter().collect(),
        structures: structures.into_iter().map(|(structure, months)| (structure, months.into_iter().collect())).collect(),
        subjects: subjects.into_iter().collect(),
    };
    let facts = Facts { sequence, last_batch: Some(last), body: body.into(), ..Facts::default() };
    Some(Snapshot { facts, chain_hash })
}

/// Where the series of a subject stand.
fn said<R: Read>(body: &mut Reader<R>, rest: &Arc<Rest>) -> Option<Said> {
    let structures: usize = body.varint()?;
    let start = body.at;
    let mut packed = Vec::new();
    let mut laid = Vec::new();
    // Every series takes at least a byte, so there are no more than that.
    for _ in 0..structures.min(usize::try_from(body.left()).ok()?) {
        let length: usize = body.varint()?;
        let at = body.at - start;
        body.read_to(&mut packed, length)?;
        laid.push(Laid::new(At::of(at, &packed).ok()?, &packed));
    }
    laid.shrink_to_fit();
    let block = Block { rest: rest.clone(), start, length: body.at - start };
    (laid.len() == structures).then(|| Said::laid(Some(block), laid))
}

/// What is left to read. Everything gives `None` where that is not what was written.
pub(in crate::facts) struct Reader<R> {
    from: BufReader<Hashed<Take<R>>>,
    at: u64,
    end: u64,
}

/// Takes the hash of what is read.
struct Hashed<R> {
    from: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(bytes)?;
        self.hash.update(bytes.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(bytes)?;
        self.at += u64::try_from(read).unwrap_or_default();
        Ok(read)
    }
}

impl<R: Read> Reader<R> {
    /// Of something that ends with a digest, up to that.
    pub(in crate::facts) fn new(from: R, end: u64) -> Self {
        let hashed = Hashed { from: from.take(end), hash: Sha256::new() };
        Self { from: BufReader::with_capacity(AT_ONCE, hashed), at: 0, end }
    }

    /// Reads whatever is left, and tells whether all of it has the digest that stands at the end.
    pub(in crate::facts) fn finish(mut self) -> io::Result<bool> {
        loop {
            let read = self.from.fill_buf()?.len();
            if read == 0 {
                break;
            }
            self.from.consume(read);
        }
        let Hashed { from, hash } = self.from.into_inner();
        let mut digest = [0; DIGEST];
        from.into_inner().read_exact(&mut digest)?;
        Ok(hash.finalize().as_slice() == digest)
    }

    fn left(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }

    pub(in crate::facts) fn varint<N: VarInt>(&mut self) -> Option<N> {
        self.read_varint().ok()
    }

    pub(in crate::facts) fn number(&mut self) -> Option<i64> {
        self.varint()
    }

    pub(in crate::facts) fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to(&mut bytes, length)?;
        Some(bytes)
    }

    /// Reads bytes in the place of others. Beyond what is left there are none.
    fn read_to(&mut self, bytes: &mut Vec<u8>, length: usize) -> Option<()> {
        if u64::try_from(length).ok()? > self.left() {
            return None;
        }
        bytes.resize(length, 0);
        self.read_exact(bytes).ok()
    }

    pub(in crate::facts) fn text(&mut self) -> Option<String> {
        let length = self.varint()?;
        String::from_utf8(self.exactly(length)?).ok()
    }

    pub(in crate::facts) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length: usize = self.varint()?;
        // Every item takes at least a byte, so a length beyond what is left is no length.
        (u64::try_from(length).ok()? <= self.left()).then(|| (0..length).map(|_| item(self)).collect())?
    }
}

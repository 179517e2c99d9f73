//! The facts in force as a file, so that a restart need not read the whole ledger again.
//!
//! A snapshot is a cache of a cache. It says which entry of which chain it stands at, and is used only when the ledger has that very entry;
//! whatever else is wrong with it, the ledger is read instead. [`Facts`] read back are equal to those written.
//!
//! ```text
//! "piramide facts 1\n", domain, columns, last batch (sequence, moment, chain hash), batches, structures, subjects, SHA-256 of all that
//! ```
//!
//! Numbers are variable-length integers, texts and lists begin with their length.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use integer_encoding::{VarInt, VarIntWriter};
use piramide_ledger::Schema;
use piramide_measure::Provenance;
use sha2::{Digest, Sha256};

use super::{Batch, Facts, LastBatch, Run, series::Series};

const MAGIC: &[u8] = b"piramide facts 1\n";
const DIGEST: usize = 32;

/// Where the snapshots of a service are kept, and for which ledger.
#[derive(Debug, Clone)]
pub struct Snapshots {
    pub(super) path: PathBuf,
    pub(super) schema: Schema,
}

/// Why a snapshot is not used. The ledger is read instead, so nothing is lost but time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// There is no file, or it cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is not what was written.
    #[error("it is damaged, or of another version")]
    Damaged,
    /// It belongs to another domain, or facts had other quantities.
    #[error("it is of another ledger")]
    OtherLedger,
}

/// A snapshot that is what was written. Whether the ledger has its last batch is still to be asked.
pub(crate) struct Snapshot {
    pub(crate) facts: Facts,
    /// The hash of the last batch, whose sequence is that of the facts.
    pub(crate) chain_hash: [u8; 32],
}

impl Snapshots {
    /// Kept beside an embedded ledger; `None` for a ledger that is elsewhere.
    pub fn beside(store: &str, schema: Schema) -> Option<Self> {
        let path = store.strip_prefix("sqlite:")?;
        Some(Self { path: format!("{path}.snapshot").into(), schema })
    }

    /// A file named after this one.
    pub(super) fn beside_it(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }

    /// Reads the last one.
    pub(crate) fn read(&self) -> Result<Snapshot, Unusable> {
        let bytes = fs::read(&self.path).map_err(Unusable::Unreadable)?;
        let (body, digest) = bytes.split_last_chunk::<DIGEST>().ok_or(Unusable::Damaged)?;
        if Sha256::digest(body).as_slice() != digest {
            return Err(Unusable::Damaged);
        }
        let mut body = Reader(body.strip_prefix(MAGIC).ok_or(Unusable::Damaged)?);
        let domain = body.text().ok_or(Unusable::Damaged)?;
        let columns = body.list(Reader::text).ok_or(Unusable::Damaged)?;
        if domain != self.schema.domain || columns != self.schema.columns {
            return Err(Unusable::OtherLedger);
        }
        snapshot(&mut body).filter(|_| body.0.is_empty()).ok_or(Unusable::Damaged)
    }

    /// Writes one beside the last, which is not kept yet: that takes the disk, and the facts are not needed for it. Facts that come from no
    /// ledger, or are half way, give none.
    pub(crate) fn write(&self, facts: &Facts) -> io::Result<Option<Fresh>> {
        let Some(last) = facts.last_batch.filter(|last| last.sequence <= facts.sequence) else { return Ok(None) };
        let fresh = self.beside_it("new");
        let mut out = Hashing { out: BufWriter::with_capacity(1 << 20, File::create(&fresh)?), hash: Sha256::new() };
        out.write_all(MAGIC)?;
        put_text(&mut out, self.schema.domain)?;
        put_list(&mut out, self.schema.columns.iter(), |out, column| put_text(out, column))?;
        put_facts(&mut out, facts, last)?;
        let Hashing { mut out, hash } = out;
        out.write_all(&hash.finalize())?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Some(Fresh { file, written: fresh, path: self.path.clone() }))
    }
}

/// A snapshot that is written and not kept yet.
pub(crate) struct Fresh {
    file: File,
    written: PathBuf,
    path: PathBuf,
}

impl Fresh {
    /// Puts it in the place of the last, whole or not at all.
    pub(crate) fn keep(self) -> io::Result<()> {
        let Self { file, written, path } = self;
        file.sync_all()?;
        fs::rename(&written, &path)?;
        // The new name is durable with its folder; were it not, the last snapshot would be found again.
        path.parent().filter(|folder| *folder != Path::new("")).map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

fn put_facts(out: &mut impl Write, facts: &Facts, last: LastBatch) -> io::Result<()> {
    out.write_varint(last.sequence)?;
    out.write_varint(last.recorded_at)?;
    out.write_all(&last.chain_hash)?;
    put_list(out, facts.batches.iter(), |out, (sequence, run)| {
        out.write_varint(*sequence)?;
        put_text(out, &run.batch.id)?;
        put_text(out, run.batch.provenance.code())?;
        out.write_varint(i64::from(run.of_events)).map(drop)
    })?;
    put_list(out, facts.structures.in_order_of_number(), |out, (structure, months)| {
        put_text(out, structure)?;
        put_list(out, months.iter(), |out, month| out.write_varint(i64::from(*month)).map(drop))
    })?;
    put_list(out, facts.subjects.in_order_of_number(), |out, (subject, said)| {
        put_text(out, subject)?;
        put_list(out, said.iter(), |out, series| put_bytes(out, series.packed()))
    })
}

fn snapshot(body: &mut Reader<'_>) -> Option<Snapshot> {
    let (sequence, recorded_at) = (body.number()?, body.number()?);
    let (chain_hash, rest) = body.0.split_first_chunk::<DIGEST>()?;
    body.0 = rest;
    let last = LastBatch { sequence, recorded_at, chain_hash: *chain_hash };
    let batches = body.list(|body| {
        let sequence = body.number()?;
        let batch = Batch { id: body.text()?.to_owned(), provenance: body.text()?.parse::<Provenance>().ok()? };
        Some((sequence, Run { batch, of_events: body.number()? == 1 }))
    })?;
    let structures = body.list(|body| Some((body.text()?, body.list(|body| i32::try_from(body.number()?).ok())?)))?;
    let subjects = body.list(|body| Some((body.text()?, body.list(|body| Some(Series::from_packed(body.bytes()?)))?)))?;
    let facts = Facts {
        sequence,
        last_batch: Some(last),
        batches: batches.into_iter().collect(),
        structures: structures.into_iter().map(|(structure, months)| (structure, months.into_iter().collect())).collect(),
        subjects: subjects.into_iter().collect(),
    };
    Some(Snapshot { facts, chain_hash: last.chain_hash })
}

fn put_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_varint(bytes.len())?;
    out.write_all(bytes)
}

fn put_text(out: &mut impl Write, text: &str) -> io::Result<()> {
    put_bytes(out, text.as_bytes())
}

fn put_list<W: Write, T>(
    out: &mut W,
    items: impl ExactSizeIterator<Item = T>,
    put: impl Fn(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    out.write_varint(items.len())?;
    items.into_iter().try_for_each(|item| put(out, item))
}

/// Writes and takes the hash of what is written.
struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What is left to read. Everything gives `None` where that is not what was written.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint<N: VarInt>(&mut self) -> Option<N> {
        let (number, length) = N::decode_var(self.0)?;
        self.0 = self.0.get(length..)?;
        Some(number)
    }

    fn number(&mut self) -> Option<i64> {
        self.varint()
    }

    fn length(&mut self) -> Option<usize> {
        self.varint()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.length()?;
        // Every item takes at least a byte, so a length beyond what is left is no length.
        (length <= self.0.len()).then(|| (0..length).map(|_| item(self)).collect())?
    }
}

#[cfg(test)]
mod tests {
    use piramide_ledger::{Fact, Receipt};
    use proptest::prelude::*;

    use super::*;

    const SCHEMA: Schema = Schema { domain: "trial", columns: &["a", "b"] };
    const HASH: [u8; 32] = [7; 32];

    fn kept(folder: &tempfile::TempDir) -> Snapshots {
        Snapshots::beside(&format!("sqlite:{}", folder.path().join("trial.db").display()), SCHEMA).unwrap()
    }

    /// Facts as they come from a ledger, one to a batch.
    fn facts(history: &[(usize, usize, i32, Option<i64>)]) -> Facts {
        let mut facts = Facts::default();
        for ((structure, subject, month, amount), sequence) in history.iter().zip(1..) {
            let fact = Fact {
                line: 1,
                structure: format!("S{structure}"),
                subject: format!("P{subject}"),
                first_month: *month,
                last_month: month + i32::try_from(*subject).unwrap(),
                values: vec![*amount, Some(1)],
            };
            let receipt = Receipt {
                sequence,
                batch_id: format!("b{sequence}"),
                origin: "test".into(),
                provenance: [piramide_ledger::Provenance::Submitted, piramide_ledger::Provenance::Synthetic][structure % 2],
                reason: None,
                note: None,
                recorded_at: sequence * 10,
                content_hash: [0; 32],
                chain_hash: HASH,
                facts: 1,
                superseded: 0,
                events: u64::from(*subject == 2),
            };
            facts.take_recorded(&receipt, &[fact], &mut |_, _| {});
        }
        facts
    }

    fn keep(snapshots: &Snapshots, facts: &Facts) {
        snapshots.write(facts).unwrap().into_iter().for_each(|fresh| fresh.keep().unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn what_is_read_back_equals_what_was_written(
            history in prop::collection::vec((0usize..4, 0usize..3, 0i32..40, prop::option::of(any::<i64>())), 1..40)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let written = facts(&history);
            keep(&kept(&folder), &written);
            let read = kept(&folder).read().map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(read.facts, written);
            prop_assert_eq!(read.chain_hash, HASH);
        }
    }

    #[test]
    fn whatever_is_not_what_was_written_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = kept(&folder);
        assert!(matches!(snapshots.read(), Err(Unusable::Unreadable(_))), "there is none yet");
        keep(&snapshots, &Facts::default());
        assert!(matches!(snapshots.read(), Err(Unusable::Unreadable(_))), "facts of no ledger are not kept");
        keep(&snapshots, &facts(&[(1, 1, 1, Some(5)), (2, 2, 2, None)]));
        let whole = fs::read(&snapshots.path).unwrap();
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&snapshots.path, altered).unwrap();
            assert!(matches!(snapshots.read(), Err(Unusable::Damaged)), "byte {at}");
            fs::write(&snapshots.path, &whole[..at]).unwrap();
            assert!(matches!(snapshots.read(), Err(Unusable::Damaged)), "cut at {at}");
        }
        fs::write(&snapshots.path, &whole).unwrap();
        assert!(snapshots.read().is_ok());
        for schema in [Schema { domain: "other", ..SCHEMA }, Schema { columns: &["a"], ..SCHEMA }] {
            assert!(matches!(Snapshots { schema, ..snapshots.clone() }.read(), Err(Unusable::OtherLedger)));
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_memory_is_reserved() {
        let mut bytes = Vec::new();
        bytes.write_varint(usize::MAX).unwrap();
        assert_eq!(Reader(&bytes).list(Reader::number), None);
        assert_eq!(Reader(&bytes).bytes(), None);
    }

    #[test]
    fn only_an_embedded_ledger_has_a_place_for_it() {
        assert!(Snapshots::beside("postgres://localhost/x", SCHEMA).is_none());
    }
}

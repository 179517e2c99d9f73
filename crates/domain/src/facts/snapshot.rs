//! The facts in force as a file: a restart need not read the whole ledger again, and what lies in it need not be in memory.
//!
//! A snapshot is a cache of a cache. It says which entry of which chain it stands at, and is used only when the ledger has that very entry;
//! whatever else is wrong with it, the ledger is read instead. [`Facts`] read back are equal to those written.
//!
//! ```text
//! "piramide facts 1\n", domain, columns, last batch (sequence, moment, chain hash), batches, structures, subjects, SHA-256 of all that
//! ```
//!
//! Numbers are variable-length integers, texts and lists begin with their length. The series of a subject stand one after the other, each
//! packed as in memory; once the file is kept, facts that are in it leave memory and are read from it, series by series.

mod reading;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use integer_encoding::VarIntWriter;
use piramide_ledger::{Ledger, LedgerError, Schema};
use piramide_service::soundness::Soundness;
use sha2::{Digest, Sha256};

pub(super) use self::reading::Reader;
use super::{
    Facts, LastBatch,
    rest::{At, Rest},
    said::{Laid, Said},
};

const MAGIC: &[u8] = b"piramide facts 1\n";
/// How many bytes a digest has.
pub(super) const DIGEST: usize = 32;
/// Facts in memory, in bytes, from which on they are laid down in a file: the more, the more seldom all of them are written.
const HEAVY: usize = 48 << 20;
/// What part of the facts at rest those in memory must come to besides: so all are written in few rounds, however many they are.
const PART_OF_REST: usize = 4;

/// Where the snapshots of a service are kept, and for which ledger.
#[derive(Debug, Clone)]
pub struct Snapshots {
    pub(super) path: PathBuf,
    pub(super) schema: Schema,
    /// Told when facts that lie in one cannot be read.
    pub(super) soundness: Soundness,
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
        Some(Self { path: format!("{path}.snapshot").into(), schema, soundness: Soundness::default() })
    }

    /// Whether facts that lie in snapshots could be read so far.
    pub fn soundness(&self) -> &Soundness {
        &self.soundness
    }

    /// A file named after this one.
    pub(super) fn beside_it(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }

    /// Writes one beside the last, which is not kept yet: that takes the disk, and the facts are not needed for it. Facts that come from no
    /// ledger, or are half way, give none.
    pub(crate) fn write(&self, facts: &Facts) -> io::Result<Option<Fresh>> {
        self.write_to(facts, &self.beside_it("new"))
    }

    fn write_to(&self, facts: &Facts, fresh: &Path) -> io::Result<Option<Fresh>> {
        let Some(last) = facts.last_batch.filter(|last| last.sequence <= facts.sequence) else { return Ok(None) };
        self.write_all(facts, last, fresh).map(Some).inspect_err(|_| give_up(fresh))
    }

    fn write_all(&self, facts: &Facts, last: LastBatch, fresh: &Path) -> io::Result<Fresh> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(fresh)?;
        let mut out = Hashing { out: BufWriter::with_capacity(1 << 20, file), hash: Sha256::new(), at: 0 };
        out.write_all(MAGIC)?;
        put_text(&mut out, self.schema.domain)?;
        put_list(&mut out, self.schema.columns.iter(), |out, column| put_text(out, column))?;
        let subjects = put_facts(&mut out, facts, last)?;
        let Hashing { mut out, hash, .. } = out;
        out.write_all(&hash.finalize())?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let places = Places { kin: facts.kin.clone(), sequence: facts.sequence, subjects };
        Ok(Fresh { file, written: fresh.to_owned(), path: self.path.clone(), places, soundness: self.soundness.clone() })
    }

    /// Where what loses its name once it is open is made.
    fn spill_path(&self) -> PathBuf {
        static SPILLED: AtomicU64 = AtomicU64::new(0);
        self.beside_it(&format!("{}{SPILL}", SPILLED.fetch_add(1, Ordering::Relaxed)))
    }

    /// A file without a name, which goes with the last who reads it.
    pub(super) fn nameless(&self) -> io::Result<File> {
        let path = self.spill_path();
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        fs::remove_file(&path)?;
        Ok(file)
    }

    /// Lays facts down in a file without a name where they have grown heavy. It goes with the last who reads it.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then they stay in memory.
    pub(crate) fn relieve(&self, facts: &mut Facts) -> io::Result<()> {
        if !facts.are_heavy() {
            return Ok(());
        }
        let path = self.spill_path();
        let written = self.write_to(facts, &path);
        let removed = if path.exists() { fs::remove_file(&path) } else { Ok(()) };
        if let Some(fresh) = written? {
            let laid = fresh.laid_out();
            facts.lay_down(&laid, 0..laid.subjects.len());
        }
        removed
    }

    /// Takes in what the ledger recorded, as [`Facts::catch_up`]; facts that grow heavy meanwhile are laid down.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn catch_up(&self, facts: &mut Facts, ledger: &dyn Ledger, through: i64) -> Result<(), LedgerError> {
        let mut room = true;
        loop {
            let ended = facts.catch_up_some(ledger, through).await?;
            if room && facts.are_heavy() {
                let (snapshots, mut heavy) = (self.clone(), std::mem::take(facts));
                let relieved = off_the_threads(move || (snapshots.relieve(&mut heavy), heavy)).await;
                *facts = relieved.1;
                if let Err(error) = relieved.0 {
                    // Not tried again before the end: what a full disk still takes is for the ledger.
                    room = false;
                    tracing::warn!(error = &error as &dyn std::error::Error, "facts cannot be laid down: they stay in memory");
                }
            }
            if ended {
                return Ok(());
            }
        }
    }
}

/// Work that takes a while, off the threads that answer others. A defect in it ends whoever waits for it too.
pub(crate) async fn off_the_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The process ends.
        Err(Err(_cancelled)) => std::future::pending().await,
    }
}

/// How the files are called that lose their name once they are written.
pub(super) const SPILL: &str = ".spill";

/// Where facts stand in a file that is written.
struct Places {
    kin: Arc<()>,
    sequence: i64,
    subjects: Vec<LaidSubject>,
}

/// A snapshot in which facts can lie.
pub(crate) struct LaidOut {
    pub(super) kin: Arc<()>,
    /// What is known in it.
    pub(super) sequence: i64,
    /// By the numbers of the subjects.
    pub(super) subjects: Vec<LaidSubject>,
    pub(super) rest: Arc<Rest>,
}

impl LaidOut {
    /// How many subjects it has.
    pub(crate) fn len(&self) -> usize {
        self.subjects.len()
    }
}

/// Where the series of a subject stand.
pub(super) struct LaidSubject {
    pub(super) start: u64,
    pub(super) length: u64,
    /// By the numbers of the structures.
    pub(super) places: Vec<Laid>,
}

/// A snapshot that is written and not kept yet.
pub(crate) struct Fresh {
    file: File,
    written: PathBuf,
    path: PathBuf,
    places: Places,
    soundness: Soundness,
}

impl Fresh {
    /// Puts it in the place of the last, whole or not at all. From then on facts can lie in it.
    pub(crate) fn keep(self) -> io::Result<LaidOut> {
        self.file.sync_all().and_then(|()| fs::rename(&self.written, &self.path)).inspect_err(|_| give_up(&self.written))?;
        durable(&self.path)?;
        Ok(self.laid_out())
    }

    fn laid_out(self) -> LaidOut {
        let Self { file, places: Places { kin, sequence, subjects }, soundness, .. } = self;
        LaidOut { kin, sequence, subjects, rest: Arc::new(Rest::new(file, soundness)) }
    }
}

/// A new name is durable with its folder; were it not, what had it before would be found again.
pub(super) fn durable(path: &Path) -> io::Result<()> {
    path.parent().filter(|folder| *folder != Path::new("")).map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Removes a file that could not be written to its end: the room it takes may be what the ledger needs.
pub(super) fn give_up(unfinished: &Path) {
    if let Err(error) = fs::remove_file(unfinished) {
        tracing::warn!(path = %unfinished.display(), error = &error as &dyn std::error::Error, "a snapshot that is half written stays");
    }
}

impl Facts {
    /// Whether those in memory take so much that they are better laid down.
    pub(crate) fn are_heavy(&self) -> bool {
        self.weight() >= HEAVY && self.weight() >= self.at_rest() / PART_OF_REST
    }
}

fn put_facts(out: &mut Hashing<impl Write>, facts: &Facts, last: LastBatch) -> io::Result<Vec<LaidSubject>> {
    out.write_varint(last.sequence)?;
    out.write_varint(last.recorded_at)?;
    out.write_all(&last.chain_hash)?;
    put_list(out, facts.body.batches.iter(), |out, (sequence, run)| {
        out.write_varint(sequence)?;
        put_text(out, &run.batch.id)?;
        put_text(out, run.batch.provenance.code())?;
        out.write_varint(i64::from(run.of_events)).map(drop)
    })?;
    put_list(out, facts.body.structures.in_order_of_number(), |out, (structure, months)| {
        put_text(out, structure)?;
        put_list(out, months.iter(), |out, month| out.write_varint(i64::from(*month)).map(drop))
    })?;
    let subjects = facts.body.subjects.in_order_of_number();
    out.write_varint(subjects.len())?;
    let put = |(subject, said): (&str, &Said)| {
        put_text(out, subject)?;
        put_said(out, said)
    };
    subjects.map(put).collect()
}

/// Writes the series of a subject, whether in memory or at rest, and gives where they stand.
fn put_said(out: &mut Hashing<impl Write>, said: &Said) -> io::Result<LaidSubject> {
    out.write_varint(said.len())?;
    let (reading, start) = (said.read(), out.at);
    let put = |structure: usize| {
        let packed = reading.found(structure)?;
        let packed = packed.as_ref();
        out.write_varint(packed.len())?;
        let at = At::of(out.at - start, packed)?;
        out.write_all(packed)?;
        Ok(Laid::new(at, packed))
    };
    let places = (0..said.len()).map(put).collect::<io::Result<_>>()?;
    Ok(LaidSubject { start, length: out.at - start, places })
}

pub(super) fn put_text(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_varint(text.len())?;
    out.write_all(text.as_bytes())
}

pub(super) fn put_list<W: Write, T>(
    out: &mut W,
    items: impl ExactSizeIterator<Item = T>,
    put: impl Fn(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    out.write_varint(items.len())?;
    items.into_iter().try_for_each(|item| put(out, item))
}

/// Writes, takes the hash of what is written and counts it.
struct Hashing<W> {
    out: W,
    hash: Sha256,
    at: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.at += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;

//! Facts at rest: packed in a file that never changes, and read from it when they are asked for.
//!
//! The file is a snapshot, held open: another that takes its name leaves it as it is. Each series is compared with what was remembered of
//! it when it was written or when the whole file was last compared with its digest, so a disk that gives other bytes, or none, is
//! found out; then [`Soundness`] is told, and no answer leaves until the facts are made again from the ledger.

use std::{
    fs::File,
    hash::{BuildHasher, Hasher},
    io,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::quality::FixedState;
use piramide_service::soundness::Soundness;

/// Series read last that are kept at hand: sums ask for the same ones month after month.
const RECENT: usize = 256;

/// A file of packed series.
#[derive(Debug)]
pub(super) struct Rest {
    file: File,
    soundness: Soundness,
    recent: Box<[Mutex<Option<Recent>>]>,
}

/// A series read lately, and where it stands.
type Recent = (u64, Arc<Vec<u8>>);

/// Where a series stands in its block, and what its bytes were. Without length it is nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) check: u32,
}

/// The series of one subject, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) rest: Arc<Rest>,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// Packed facts, wherever they are.
#[derive(Debug, Clone)]
pub(super) enum Bytes<'a> {
    /// In memory.
    Here(&'a [u8]),
    /// Read from a file, perhaps with others.
    Read(Arc<Vec<u8>>, Range<usize>),
    /// Read from a file, and changed by what is in memory.
    Merged(Vec<u8>),
}

impl AsRef<[u8]> for Bytes<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Here(bytes) => bytes,
            Self::Read(bytes, range) => bytes.get(range.clone()).unwrap_or_default(),
            Self::Merged(bytes) => bytes,
        }
    }
}

impl PartialEq for Bytes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

/// What is remembered of the bytes of a series.
fn check(bytes: &[u8]) -> u32 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write(bytes);
    let hash = hasher.finish();
    // Half of it is enough to find out a disk.
    u32::try_from(hash >> 32).unwrap_or_default()
}

impl Rest {
    pub(super) fn new(file: File, soundness: Soundness) -> Self {
        Self { file, soundness, recent: std::iter::repeat_with(Mutex::default).take(RECENT).collect() }
    }

    fn read(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }

    /// Writes where nothing stands yet.
    pub(super) fn write(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, start)
    }

    /// Notes that something could not be read.
    fn doubted(&self, error: io::Error) -> io::Error {
        tracing::error!(error = &error as &dyn std::error::Error, "facts at rest cannot be read: they are made again from the ledger");
        self.soundness.doubt();
        error
    }
}

impl At {
    /// Where bytes stand that begin there.
    ///
    /// # Errors
    ///
    /// Beyond four gigabytes.
    pub(super) fn of(start: u64, bytes: &[u8]) -> io::Result<Self> {
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let (start, length) = (u32::try_from(start).map_err(too_large)?, u32::try_from(bytes.len()).map_err(too_large)?);
        Ok(Self { start, length, check: check(bytes) })
    }

    /// Whether nothing stands there.
    pub(super) fn is_nowhere(self) -> bool {
        self.length == 0
    }

    fn range(self) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        Some(start..start.checked_add(usize::try_from(self.length).ok()?)?)
    }

    fn is_kept(self, bytes: &[u8]) -> bool {
        check(bytes) == self.check
    }
}

impl Block {
    /// The series that stands at a place.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has other bytes there, which [`Soundness`] is told.
    pub(super) fn series(&self, at: At) -> io::Result<Bytes<'static>> {
        let start = self.start + u64::from(at.start);
        let slot = usize::try_from(start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56).unwrap_or_default();
        let Some(recent) = self.rest.recent.get(slot % RECENT) else { return Err(altered()) };
        let known = recent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bytes = if let Some((_, bytes)) = known.filter(|(known, _)| *known == start) {
            bytes
        } else {
            let length = usize::try_from(at.length).map_err(|_| altered())?;
            let read = self.rest.read(start, length).and_then(|bytes| if at.is_kept(&bytes) { Ok(bytes) } else { Err(altered()) });
            let bytes = Arc::new(read.map_err(|error| self.rest.doubted(error))?);
            *recent.lock().unwrap_or_else(PoisonError::into_inner) = Some((start, bytes.clone()));
            bytes
        };
        let all = 0..bytes.len();
        Ok(Bytes::Read(bytes, all))
    }

    /// All series at once.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, which [`Soundness`] is told.
    pub(super) fn all(&self) -> io::Result<Arc<Vec<u8>>> {
        let length = usize::try_from(self.length).map_err(|_| altered())?;
        self.rest.read(self.start, length).map(Arc::new).map_err(|error| self.rest.doubted(error))
    }

    /// One of those that were read at once.
    ///
    /// # Errors
    ///
    /// As [`Block::series`].
    pub(super) fn of_all(&self, all: &Arc<Vec<u8>>, at: At) -> io::Result<Bytes<'static>> {
        let range = at.range().filter(|range| all.get(range.clone()).is_some_and(|bytes| at.is_kept(bytes)));
        range.map(|range| Bytes::Read(all.clone(), range)).ok_or_else(|| self.rest.doubted(altered()))
    }
}

fn altered() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a series is not what was written")
}

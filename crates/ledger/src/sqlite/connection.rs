//! Connections to the embedded database: the one that writes, those that read, and what their failures mean.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Transaction, TransactionBehavior, ffi};

use crate::record::damaged;
use crate::{LedgerError, PageLimit};

/// First version without the WAL-reset corruption (sqlite.org/wal.html#walresetbug).
const SAFE_VERSION: i32 = 3_051_003;
/// How long to wait for a lock. Only a backup or a shell can hold one, since one process owns the file.
const BUSY: Duration = Duration::from_secs(5);
/// How long an owner may take to leave: one that was told to stop, or a program that the owner was just starting, which holds its files
/// until it begins.
const LEAVING: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(10);
/// The write-ahead log is cut back to this after a checkpoint.
const JOURNAL_BYTES: i64 = 64 * 1024 * 1024;
/// Page cache of the writer in KiB: what it writes grows at the end of few tables, and what it looks up is small.
const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// Takes the file for this process, for as long as the returned file stays open.
pub(super) fn own(path: &Path) -> Result<File, LedgerError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let failed = |source: std::io::Error| LedgerError::Storage { doing: "locking the ledger file", source: source.into() };
    let lock = File::options().create(true).truncate(false).write(true).open(PathBuf::from(name)).map_err(failed)?;
    let asked = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if asked.elapsed() < LEAVING => std::thread::sleep(GLANCE),
            Err(TryLockError::WouldBlock) => return Err(LedgerError::AlreadyOpen { path: path.display().to_string() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
}

/// The connection that writes.
pub(super) struct Writing {
    pub(super) connection: Connection,
    /// The limit that it was told last.
    pages: Option<u32>,
}

impl Writing {
    /// Takes the connection; it has not been told of a limit.
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, pages: None }
    }

    /// Starts a transaction that holds the write lock from the beginning, so that it cannot fail half-way for want of it.
    pub(super) fn begin(&mut self, limit: &PageLimit) -> Result<Transaction<'_>, LedgerError> {
        let Self { connection, pages } = self;
        let doing = "starting to write";
        let asked = limit.pages();
        // Told only when it was moved: telling is a statement that is compiled, and a transaction of its own.
        if *pages != Some(asked) {
            connection.pragma_update_and_check(None, "max_page_count", asked, |_| Ok(())).map_err(|e| failed(doing, e))?;
            *pages = Some(asked);
        }
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| failed(doing, e))
    }
}

/// Opens the connection that writes.
pub(super) fn writer(path: &Path) -> Result<Connection, LedgerError> {
    if rusqlite::version_number() < SAFE_VERSION {
        return Err(LedgerError::UnsafeSqlite { found: rusqlite::version() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opening = "opening the ledger file";
    let connection = Connection::open_with_flags(path, flags).map_err(|e| failed(opening, e))?;
    let pragmas = format!(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = {JOURNAL_BYTES}; PRAGMA cache_size = -{WRITER_CACHE_KIB};"
    );
    connection.busy_timeout(BUSY).map_err(|e| failed(opening, e))?;
    write_ahead(&connection, path)?;
    connection.execute_batch(&pragmas).map_err(|e| failed(opening, e))?;
    Ok(connection)
}

/// Has the file written ahead in a log. Where that cannot be, as on some file systems of networks, SQLite says so and goes on without.
fn write_ahead(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    match mode.map_err(|e| failed("opening the ledger file", e))? {
        mode if mode == "wal" => Ok(()),
        found => Err(LedgerError::NoWriteAhead { path: path.display().to_string(), found }),
    }
}

/// A connection that reads. It cannot be told to create the file, nor to write.
pub(super) fn reader(path: &Path) -> Result<Connection, LedgerError> {
    let opening = "opening the ledger file to read";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| failed(opening, e))?;
    let pragmas = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";
    connection.busy_timeout(BUSY).and_then(|()| connection.execute_batch(pragmas)).map_err(|e| failed(opening, e))?;
    Ok(connection)
}

/// What a failure of the database means.
pub(super) fn failed(doing: &'static str, error: Error) -> LedgerError {
    if unreadable(&error) {
        return damaged(None, error.to_string());
    }
    if is_full(&error) {
        return LedgerError::StorageFull(error.into());
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => LedgerError::Disk { doing, source: error.into() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Unavailable { doing, source: error.into() },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(None, error.to_string()),
        _ => LedgerError::Storage { doing, source: error.into() },
    }
}

/// Whether there is no room: in the database and its log, or for the index of the log, of which SQLite says it in its own way
/// (sqlite.org/rescode.html#ioerr_shmsize).
fn is_full(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull) || error.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_SHMSIZE)
}

/// Whether a stored value is not of the kind that was stored.
fn unreadable(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) | Error::Utf8Error(..) | Error::InvalidColumnType(..)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_ahead_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        write_ahead(&Connection::open(&path).unwrap(), &path).unwrap();
        let error = write_ahead(&Connection::open_in_memory().unwrap(), &path).unwrap_err();
        assert!(matches!(&error, LedgerError::NoWriteAhead { found, .. } if found == "memory"), "{error}");
    }

    #[test]
    fn what_failed_says_what_to_do() {
        let kind = |code: i32| {
            let error = failed("testing", Error::SqliteFailure(ffi::Error::new(code), None));
            let kinds = [
                ("full", matches!(error, LedgerError::StorageFull(_))),
                ("unavailable", matches!(error, LedgerError::Unavailable { .. })),
                ("damaged", matches!(error, LedgerError::Damaged { .. })),
                ("disk", matches!(error, LedgerError::Disk { .. })),
                ("broken", matches!(error, LedgerError::Storage { .. })),
            ];
            kinds.into_iter().find(|(_, is)| *is).map(|(kind, _)| kind)
        };
        for (code, expected) in [
            (ffi::SQLITE_FULL, "full"),
            (ffi::SQLITE_IOERR_SHMSIZE, "full"),
            (ffi::SQLITE_IOERR_FSYNC, "disk"),
            (ffi::SQLITE_IOERR_WRITE, "disk"),
            (ffi::SQLITE_IOERR_READ, "disk"),
            (ffi::SQLITE_IOERR_SHMMAP, "disk"),
            (ffi::SQLITE_CONSTRAINT, "broken"),
            (ffi::SQLITE_BUSY, "unavailable"),
            (ffi::SQLITE_LOCKED, "unavailable"),
            (ffi::SQLITE_CORRUPT, "damaged"),
            (ffi::SQLITE_NOTADB, "damaged"),
        ] {
            assert_eq!(kind(code), Some(expected), "{code}");
        }
    }
}

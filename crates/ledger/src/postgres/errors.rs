//! What failures of PostgreSQL mean.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::LedgerError;
use crate::record::damaged;

/// What a failure means to the caller.
pub(super) fn failed(doing: &'static str, error: Error) -> LedgerError {
    if connection_lost(&error) {
        return LedgerError::Unavailable { doing, source: error.into() };
    }
    let Some(code) = error.code() else {
        return LedgerError::Storage { doing, source: error.into() };
    };
    let busy = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::READ_ONLY_SQL_TRANSACTION, // a standby that is about to become, or no longer is, the primary
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    if *code == SqlState::DISK_FULL {
        LedgerError::StorageFull(error.into())
    } else if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED {
        damaged(None, error.to_string())
    } else if busy.contains(code) {
        LedgerError::Unavailable { doing, source: error.into() }
    } else {
        LedgerError::Storage { doing, source: error.into() }
    }
}

/// Whether another transaction won, so that the whole of this one may be done again.
pub(super) fn lost_to_another(error: &Error) -> bool {
    error.code().is_some_and(|code| *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}

/// Whether somebody else created the tables at the same time.
pub(super) fn created_meanwhile(error: &Error) -> bool {
    let codes = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_SCHEMA,
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_OBJECT,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Whether the connection is gone, or could not be had: then nothing is known of what was being done.
pub(super) fn connection_lost(error: &Error) -> bool {
    match error.code() {
        // Class 08 is connection trouble; class 57P is a server that stops, crashes or is not ready yet; 53300 has no place left.
        Some(code) => code.code().starts_with("08") || code.code().starts_with("57P") || *code == SqlState::TOO_MANY_CONNECTIONS,
        None => error.is_closed() || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>),
    }
}

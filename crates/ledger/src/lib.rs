//! Which facts are known, since when, and who can prove it? The append-only, bitemporal, hash-chained store of facts
//! (*registro dei fatti*), on SQLite or PostgreSQL behind one trait.

mod batch;
mod chain;
mod checks;
mod clock;
mod closing;
mod error;
mod event;
mod fact;
mod feed;
mod keys;
mod ledger;
mod options;
mod pack;
mod postgres;
mod preparing;
mod record;
mod sqlite;
mod standing;
#[cfg(all(feature = "testing", unix))]
pub mod testing;
mod verify;
mod watching;

use std::path::Path;
use std::sync::Arc;

pub use batch::{NewBatch, Position, Provenance, Receipt, Submitted};
pub use clock::{Clock, SystemClock};
pub use closing::{Closing, NewClosing};
pub use error::{Cause, Kind, LedgerError, Reason, SchemaError, Violation};
pub use event::{Event, EventKey, RecordedEvent};
pub use fact::{Cursor, Fact, Key, MAX_COLUMNS, RecordedFact, Schema, Values};
pub use feed::Feed;
pub use ledger::{Ledger, Pages, Standing};
pub use options::{Options, PageLimit};
pub use preparing::{Prepared, Preparing};
pub use verify::Verification;

/// Opens, and if need be creates, the ledger of a domain: `sqlite:<path>` or `postgres://<user>@<host>/<database>`.
pub async fn open(url: &str, schema: Schema) -> Result<Arc<dyn Ledger>, LedgerError> {
    open_with(url, schema, Options::default()).await
}

/// Like [`open`], with other settings.
pub async fn open_with(url: &str, schema: Schema, options: Options) -> Result<Arc<dyn Ledger>, LedgerError> {
    schema.check().map_err(LedgerError::Schema)?;
    if let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.is_empty() && !path.starts_with(':')) {
        return Ok(Arc::new(sqlite::SqliteLedger::open(Path::new(path), schema, options).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(postgres::PostgresLedger::open(url, schema, options).await?));
    }
    Err(LedgerError::Address { url: error::without_password(url) })
}

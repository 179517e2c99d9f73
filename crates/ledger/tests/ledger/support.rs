//! Stores to test, and the facts to put into them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use piramide_ledger::testing::{
    PostgresServer,
    packs::{packed, unpacked},
};
use piramide_ledger::{
    Cursor, Event, Fact, Key, Ledger, LedgerError, NewBatch, NewClosing, Options, Pages, Provenance, Reason, Receipt, RecordedFact, Schema,
    Submitted, Values, Verification, open_with,
};
use sha2::{Digest, Sha256};

/// The version of the tables of both databases.
pub(crate) const VERSION: i64 = 4;
pub(crate) const SCHEMA: Schema = Schema { domain: "trial", columns: &["received", "completed", "closing_backlog"] };

/// A store of its own for one test.
pub(crate) enum Store {
    Sqlite { folder: tempfile::TempDir },
    Postgres { url: String },
}

impl Store {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite { folder: tempfile::tempdir().unwrap() }
    }

    /// A machine without PostgreSQL fails the tests, with what to install.
    pub(crate) fn postgres() -> Self {
        match PostgresServer::shared().map(|server| server.create_database().unwrap()) {
            Ok(url) => Self::Postgres { url },
            Err(error) => panic!("these tests need PostgreSQL: {error}"),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { folder } => format!("sqlite:{}", folder.path().join("ledger.db").display()),
            Self::Postgres { url } => url.clone(),
        }
    }

    /// Bytes, as its SQL writes them.
    pub(crate) fn bytes(&self, hexadecimal: &str) -> String {
        match self {
            Self::Sqlite { .. } => format!("x'{hexadecimal}'"),
            Self::Postgres { .. } => format!("decode('{hexadecimal}', 'hex')"),
        }
    }

    pub(crate) async fn open(&self) -> Arc<dyn Ledger> {
        self.open_with(Options::default()).await
    }

    pub(crate) async fn open_with(&self, options: Options) -> Arc<dyn Ledger> {
        open_with(&self.url(), SCHEMA, options.readers(2)).await.unwrap()
    }

    /// A copy, made with what the database brings for it: it may be written to meanwhile.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Sqlite { folder } => {
                let copy = tempfile::tempdir().unwrap();
                let connection = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
                let path = copy.path().join("ledger.db").display().to_string();
                connection.execute("VACUUM INTO ?1", [path]).unwrap();
                Self::Sqlite { folder: copy }
            }
            Self::Postgres { url } => Self::Postgres { url: PostgresServer::shared().unwrap().copy_database(url).unwrap() },
        }
    }

    /// A copy of some of the files, by their endings.
    pub(crate) fn copy_files(&self, endings: &[&str]) -> Self {
        let Self::Sqlite { folder } = self else { panic!("a database is no file") };
        let copy = tempfile::tempdir().unwrap();
        for file in endings.iter().map(|ending| format!("ledger.db{ending}")) {
            std::fs::copy(folder.path().join(&file), copy.path().join(&file)).unwrap();
        }
        Self::Sqlite { folder: copy }
    }

    /// Changes rows behind the ledger's back. Tables are written `@packs`.
    pub(crate) fn alter(&self, sql: &str) {
        match self {
            Self::Sqlite { folder } => {
                let connection = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                for table in ["batches", "closings", "packs", "events"] {
                    for change in ["UPDATE", "DELETE"] {
                        connection.execute_batch(&format!("DROP TRIGGER IF EXISTS {table}_never_{change}")).unwrap();
                    }
                }
                connection.execute_batch(&sql.replace('@', "")).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            Self::Postgres { url } => {
                let database = url.rsplit('/').next().unwrap();
                let server = PostgresServer::shared().unwrap();
                let sql = sql.replace("@head", "@chain_head").replace('@', "piramide_trial.");
                server.execute(database, &sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
    }
}

/// Facts as a store keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredPack {
    pub(crate) sequence: i64,
    pub(crate) last_line: i64,
    pub(crate) bytes: Vec<u8>,
}

impl StoredPack {
    pub(crate) fn facts(&self, columns: usize) -> Vec<Fact> {
        unpacked(self.sequence, self.last_line, &self.bytes, columns).unwrap()
    }
}

/// The packs of a store, read behind the ledger's back.
impl Store {
    pub(crate) fn packs(&self) -> Vec<StoredPack> {
        let rows: String = match self {
            Self::Sqlite { folder } => {
                let connection = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
                let sql = "SELECT sequence || ' ' || last_line || ' ' || hex(facts) FROM packs ORDER BY sequence, last_line";
                let mut statement = connection.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(|row| row.unwrap() + "\n").collect()
            }
            Self::Postgres { url } => {
                let sql = "SELECT sequence || ' ' || last_line || ' ' || encode(facts, 'hex') FROM piramide_trial.packs ORDER BY sequence, last_line";
                PostgresServer::shared().unwrap().execute(url.rsplit('/').next().unwrap(), sql).unwrap()
            }
        };
        let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
        let pack = |row: &str| {
            let [sequence, last_line, bytes] = row.split(' ').collect::<Vec<_>>().try_into().unwrap();
            StoredPack {
                sequence: sequence.parse().unwrap(),
                last_line: last_line.parse().unwrap(),
                bytes: bytes.as_bytes().chunks(2).map(byte).collect(),
            }
        };
        rows.lines().map(pack).collect()
    }

    /// The statement that puts other bytes into a pack.
    pub(crate) fn replacing(&self, pack: &StoredPack, bytes: &[u8]) -> String {
        let StoredPack { sequence, last_line, .. } = pack;
        format!("UPDATE @packs SET facts = {} WHERE sequence = {sequence} AND last_line = {last_line};", self.bytes(&hexadecimal(bytes)))
    }

    /// Changes the facts of a batch, or puts some where there is none: unpacked with so many values, changed, and packed again.
    pub(crate) fn alter_facts(&self, sequence: i64, columns: usize, change: impl FnOnce(&mut Vec<Fact>)) {
        let packs = self.packs();
        let mut facts: Vec<Fact> = packs.iter().filter(|pack| pack.sequence == sequence).flat_map(|pack| pack.facts(columns)).collect();
        change(&mut facts);
        let insert = |(last_line, bytes): (u32, Vec<u8>)| {
            let bytes = self.bytes(&hexadecimal(&bytes));
            format!("INSERT INTO @packs (sequence, last_line, facts) VALUES ({sequence}, {last_line}, {bytes});")
        };
        let inserts: String = packed(&facts).into_iter().map(insert).collect();
        self.alter(&format!("DELETE FROM @packs WHERE sequence = {sequence}; {inserts}"));
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A clock that the test moves.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }

    pub(crate) fn options(&self) -> Options {
        let moment = Arc::clone(&self.0);
        Options::default().clock(move || moment.load(Ordering::SeqCst))
    }
}

/// A monthly fact with one value present, one zero and one missing.
pub(crate) fn fact(line: u32, structure: &str, month: i32, received: i64) -> Fact {
    ranged(line, structure, month, month, received)
}

pub(crate) fn ranged(line: u32, structure: &str, first_month: i32, last_month: i32, received: i64) -> Fact {
    let values = [Some(received), Some(0), None].into();
    Fact { line, structure: structure.into(), subject: "pension".into(), first_month, last_month, values }
}

pub(crate) fn batch(id: &str, facts: Vec<Fact>) -> NewBatch {
    NewBatch {
        id: id.to_owned(),
        origin: "office".to_owned(),
        provenance: Provenance::Submitted,
        reason: None,
        content_hash: Sha256::digest(format!("{facts:?}")).into(),
        note: None,
        facts: facts.into(),
        events: Vec::new(),
    }
}

pub(crate) fn correction(id: &str, facts: Vec<Fact>) -> NewBatch {
    NewBatch { reason: Some("late files".to_owned()), ..batch(id, facts) }
}

/// A piece completed, as the origin's system numbers it.
pub(crate) fn event(number: i64, structure: &str, month: i32) -> Event {
    Event {
        origin: "desk".to_owned(),
        number,
        kind: "completed".to_owned(),
        structure: structure.to_owned(),
        counterpart: None,
        subject: "pension".to_owned(),
        month,
        moment: 1_600_000_000_000_000 + number,
        amount: 1,
    }
}

/// A batch of events with the facts that follow from them.
pub(crate) fn happened(id: &str, events: Vec<Event>, facts: Vec<Fact>) -> NewBatch {
    NewBatch { events, ..batch(id, facts) }
}

pub(crate) fn closing(name: &str, first_month: i32, last_month: i32) -> NewClosing {
    NewClosing { name: name.to_owned(), first_month, last_month, author: "director".to_owned(), note: Some("verified".to_owned()) }
}

/// Submits as a service does: when the head has moved, catch up and repeat.
pub(crate) async fn record(ledger: &dyn Ledger, batch: NewBatch) -> Submitted {
    loop {
        let head = ledger.head().await.unwrap().sequence;
        match ledger.submit(batch.clone(), head).await {
            Ok(submitted) => return submitted,
            Err(LedgerError::HeadMoved { expected, actual }) => assert!(actual > expected, "the head went from {expected} to {actual}"),
            Err(error) => panic!("{}: {error}", batch.id),
        }
    }
}

/// Submits a batch that must be new.
pub(crate) async fn record_new(ledger: &dyn Ledger, batch: NewBatch) -> Receipt {
    match record(ledger, batch).await {
        Submitted::New(receipt) => receipt,
        Submitted::Replayed(receipt) => panic!("{} is recorded already", receipt.batch_id),
    }
}

/// The reasons for which a batch is refused, by line.
pub(crate) async fn reasons(ledger: &dyn Ledger, batch: NewBatch) -> Vec<(u32, Reason)> {
    let head = ledger.head().await.unwrap().sequence;
    match ledger.submit(batch, head).await {
        Err(LedgerError::Rejected { total, violations }) => {
            assert_eq!(total, violations.len() as u64);
            violations.into_iter().map(|violation| (violation.line, violation.reason)).collect()
        }
        other => panic!("expected violations, got {other:?}"),
    }
}

/// Every fact up to a sequence.
pub(crate) async fn all_facts(ledger: &dyn Ledger, through: i64) -> Vec<RecordedFact> {
    let mut pages = Pages::new(ledger, Cursor::START, through);
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        all.extend(page);
    }
    all
}

/// What is in force as of a sequence.
pub(crate) async fn in_force(ledger: &dyn Ledger, through: i64) -> BTreeMap<Key, Values> {
    all_facts(ledger, through).await.into_iter().map(|recorded| (recorded.fact.key(), recorded.fact.values)).collect()
}

/// Asserts that the chain is intact up to the head.
pub(crate) async fn assert_intact(ledger: &dyn Ledger) {
    let verification = ledger.verify().await.unwrap();
    assert!(matches!(verification, Verification::Intact { .. }), "{verification:?}");
}

//! Connections to PostgreSQL: one that writes and a few that read, opened when first needed and replaced when they are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::errors::failed;
use super::memory::Memory;
use super::session::Session;
use crate::LedgerError;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// What every connection is told. A server set to answer commits before they are durable is overruled; a stricter one is left alone.
const SESSION: &str = "
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
";

/// How long a statement that reads may take: some hundredths of a second where nothing stalls, and whoever asks gives up long before.
const READING: Duration = Duration::from_mins(1);
/// How long one that writes may take: as long as the upload of a batch of a million facts. Bringing up the tables and verifying them take what they take.
const WRITING: Duration = Duration::from_mins(5);

/// How every query is to be planned: along an index. Without statistics, as just after a bulk load, the planner may prefer to read
/// and sort the whole table for each page of facts. A discouraged plan counts as very dear, which would have it compiled to machine
/// code at ten milliseconds a query. Databases that only speak the same protocol may not know these words, and do without.
const INDEXES: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off;";
/// What is prepared is planned once: along an index the plan is the same whatever is asked.
const PLANS: &str = "SET plan_cache_mode = force_generic_plan";

/// What goes over TLS, where the address asks for it.
type Protected = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The connections of one ledger.
pub(super) struct Connections {
    address: Address,
    writer: Mutex<Idle>,
    readers: Vec<Mutex<Option<Arc<Session>>>>,
    turn: AtomicUsize,
}

impl Connections {
    /// None is open yet.
    pub(super) fn new(address: Address, readers: usize) -> Self {
        let readers = (0..readers.max(1)).map(|_| Mutex::new(None)).collect();
        Self { address, writer: Mutex::default(), readers, turn: AtomicUsize::new(0) }
    }

    /// The connection that writes: writers of this process wait here for one another, not for locks of the database.
    pub(super) async fn writer(&self) -> Result<Writer<'_>, LedgerError> {
        let mut slot = self.writer.lock().await;
        let memory = slot.memory.take();
        let session = match slot.session.take().filter(|session| !session.client.is_closed()) {
            Some(session) => session,
            None => self.connect_for(WRITING).await?,
        };
        Ok(Writer { session, memory, slot })
    }

    /// A connection that reads. Several reads share one; PostgreSQL answers them in turn.
    pub(super) async fn reader(&self) -> Result<Arc<Session>, LedgerError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let Some(slot) = self.readers.get(turn) else {
            return Ok(Arc::new(self.connect_for(READING).await?));
        };
        let mut slot = slot.lock().await;
        if let Some(session) = slot.as_ref().filter(|session| !session.client.is_closed()) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(self.connect_for(READING).await?);
        *slot = Some(Arc::clone(&session));
        Ok(session)
    }

    /// A connection of its own that hears the notifications that are news; the channel ends with the connection.
    pub(super) async fn listener(
        &self,
        is_news: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<(Client, mpsc::Receiver<()>), LedgerError> {
        let (client, mut connection) = self.dial().await?;
        let (heard, notifications) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(told) = message
                    && is_news(told.payload())
                {
                    // A full channel already says that there is something new.
                    let _ = heard.try_send(());
                }
            }
        });
        Ok((client, notifications))
    }

    /// A connection whose statements are given up after so long: a server that stalls, and holds up whoever waits for their turn here, is then not
    /// available, as one that is away is not. PostgreSQL does not count the time in which a commit becomes durable.
    async fn connect_for(&self, patience: Duration) -> Result<Session, LedgerError> {
        let session = self.connect().await?;
        let sql = format!("SET statement_timeout = '{}s'", patience.as_secs());
        session.client.batch_execute(&sql).await.map_err(|e| failed("setting up a connection", e))?;
        Ok(session)
    }

    /// A connection of its own, which is closed when it is dropped. Its statements take what they take.
    pub(super) async fn connect(&self) -> Result<Session, LedgerError> {
        let (client, connection) = self.dial().await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        client.batch_execute(SESSION).await.map_err(|e| failed("setting up a connection", e))?;
        for planning in [INDEXES, PLANS] {
            if let Err(error) = client.batch_execute(planning).await {
                tracing::debug!(%error, planning, "the planner is left to itself");
            }
        }
        Ok(Session::new(client))
    }

    async fn dial(&self) -> Result<(Client, tokio_postgres::Connection<Socket, Protected>), LedgerError> {
        let doing = "connecting";
        let connected = timeout(CONNECT, self.address.config.connect(self.address.tls.clone())).await;
        connected.map_err(|late| LedgerError::Unavailable { doing, source: late.into() })?.map_err(|e| failed(doing, e))
    }
}

/// The writing connection while nobody writes.
#[derive(Default)]
struct Idle {
    session: Option<Session>,
    memory: Option<Memory>,
}

/// The writing connection on loan, with what it remembers. One that is not given back is closed, and with it whatever was under way.
pub(super) struct Writer<'a> {
    pub(super) session: Session,
    pub(super) memory: Option<Memory>,
    slot: MutexGuard<'a, Idle>,
}

impl Writer<'_> {
    /// Keeps the connection for the next writer.
    pub(super) fn give_back(mut self) {
        *self.slot = Idle { session: Some(self.session), memory: self.memory };
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::super::address;
    use super::*;
    use crate::testing::PostgresServer;

    #[tokio::test]
    async fn a_server_that_stalls_is_not_available() {
        let url = PostgresServer::shared().unwrap().create_database().unwrap();
        let connections = Connections::new(address::read(&url).unwrap(), 1);
        let patience = async |client: &Client| -> String { client.query_one("SHOW statement_timeout", &[]).await.unwrap().get(0) };
        let (writer, reader) = (connections.writer().await.unwrap(), connections.reader().await.unwrap());
        assert_eq!((patience(&writer.session.client).await.as_str(), patience(&reader.client).await.as_str()), ("5min", "1min"));
        assert_eq!(patience(&connections.connect().await.unwrap().client).await, "0", "a verification");

        reader.client.batch_execute("SET statement_timeout = '20ms'").await.unwrap();
        let error = failed("reading", reader.client.batch_execute("SELECT pg_sleep(600)").await.unwrap_err());
        assert!(matches!(error, LedgerError::Unavailable { doing: "reading", .. }), "{error}");
        assert_eq!(patience(&reader.client).await, "20ms", "the connection goes on");
    }
}

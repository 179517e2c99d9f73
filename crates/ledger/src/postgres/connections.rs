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
use crate::LedgerError;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// What every connection is told. A server set to answer commits before they are durable is overruled; a stricter one is left alone.
const SESSION: &str = "
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
";

/// How every query is to be planned: along an index. Without statistics, as just after a bulk load, the planner may prefer to read
/// and sort the whole table for each page of facts. A discouraged plan counts as very dear, which would have it compiled to machine
/// code at ten milliseconds a query. Databases that only speak the same protocol may not know these words, and do without.
const PLANNING: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off;";

/// What goes over TLS, where the address asks for it.
type Protected = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The connections of one ledger.
pub(super) struct Connections {
    address: Address,
    writer: Mutex<Option<Client>>,
    readers: Vec<Mutex<Option<Arc<Client>>>>,
    turn: AtomicUsize,
}

impl Connections {
    /// None is open yet.
    pub(super) fn new(address: Address, readers: usize) -> Self {
        let readers = (0..readers.max(1)).map(|_| Mutex::new(None)).collect();
        Self { address, writer: Mutex::new(None), readers, turn: AtomicUsize::new(0) }
    }

    /// The connection that writes: writers of this process wait here for one another, not for locks of the database.
    pub(super) async fn writer(&self) -> Result<Writer<'_>, LedgerError> {
        let mut slot = self.writer.lock().await;
        let client = match slot.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect().await?,
        };
        Ok(Writer { client, slot })
    }

    /// A connection that reads. Several reads share one; PostgreSQL answers them in turn.
    pub(super) async fn reader(&self) -> Result<Arc<Client>, LedgerError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        let Some(slot) = self.readers.get(turn) else {
            return Ok(Arc::new(self.connect().await?));
        };
        let mut slot = slot.lock().await;
        if let Some(client) = slot.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.connect().await?);
        *slot = Some(Arc::clone(&client));
        Ok(client)
    }

    /// A connection of its own that hears notifications; the channel ends with the connection.
    pub(super) async fn listener(&self) -> Result<(Client, mpsc::Receiver<()>), LedgerError> {
        let (client, mut connection) = self.dial().await?;
        let (heard, notifications) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if matches!(message, AsyncMessage::Notification(_)) {
                    // A full channel already says that there is something new.
                    let _ = heard.try_send(());
                }
            }
        });
        Ok((client, notifications))
    }

    /// A connection of its own, which is closed when it is dropped.
    pub(super) async fn connect(&self) -> Result<Client, LedgerError> {
        let (client, connection) = self.dial().await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL ended");
            }
        });
        client.batch_execute(SESSION).await.map_err(|e| failed("setting up a connection", e))?;
        if let Err(error) = client.batch_execute(PLANNING).await {
            tracing::debug!(%error, "the planner is left to itself");
        }
        Ok(client)
    }

    async fn dial(&self) -> Result<(Client, tokio_postgres::Connection<Socket, Protected>), LedgerError> {
        let doing = "connecting";
        let connected = timeout(CONNECT, self.address.config.connect(self.address.tls.clone())).await;
        connected.map_err(|late| LedgerError::Unavailable { doing, source: late.into() })?.map_err(|e| failed(doing, e))
    }
}

/// The writing connection on loan. One that is not given back is closed, and with it whatever was under way.
pub(super) struct Writer<'a> {
    pub(super) client: Client,
    slot: MutexGuard<'a, Option<Client>>,
}

impl Writer<'_> {
    /// Keeps the connection for the next writer.
    pub(super) fn give_back(mut self) {
        *self.slot = Some(self.client);
    }
}

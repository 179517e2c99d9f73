//! Following the head: what other processes append to the same database.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_postgres::Client;

use super::connections::Connections;
use super::errors::failed;
use super::rows::{self, Lock};
use super::tables::Tables;
use crate::LedgerError;
use crate::watching::grow;

/// How often the head is read when nobody tells of a new one: databases that speak the same protocol may know no notifications.
const POLL: Duration = Duration::from_secs(2);
/// The least time between two announcements: who appends one event after the other tells of many of them together.
const GATHER: Duration = Duration::from_millis(10);

/// Follows until the task is aborted.
pub(super) async fn follow(connections: Arc<Connections>, tables: Arc<Tables>, head: Arc<watch::Sender<i64>>) {
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener =
                listen(&connections, &tables, &head).await.inspect_err(|error| tracing::debug!(%error, "not listening, only polling")).ok();
        }
        // Read after listening has begun: what comes between is notified.
        match read_head(&connections, &tables).await {
            Ok(sequence) => {
                grow(&head, sequence);
            }
            Err(error) => tracing::warn!(%error, "the head cannot be read"),
        }
        let news = async {
            match &mut listener {
                Some((_, notifications)) => notifications.recv().await,
                None => std::future::pending().await,
            }
        };
        if let Ok(None) = tokio::time::timeout(POLL, news).await {
            listener = None;
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Tells the others of what is appended here, until the ledger is dropped. They find out by polling if this fails.
pub(super) async fn announce(connections: Arc<Connections>, tables: Arc<Tables>, mut appended: watch::Receiver<i64>) {
    while appended.changed().await.is_ok() {
        let sequence = *appended.borrow_and_update();
        let told = async {
            let session = connections.reader().await?;
            // One transaction, of which nobody waits for the disk: what is told is durable already.
            let sql = format!("SET LOCAL synchronous_commit = off; NOTIFY {}, '{sequence}'", tables.namespace);
            session.client.batch_execute(&sql).await.map_err(|e| failed("notifying", e))
        };
        if let Err(error) = told.await {
            tracing::debug!(%error, "not announced");
        }
        tokio::time::sleep(GATHER).await;
    }
}

async fn listen(
    connections: &Connections,
    tables: &Tables,
    head: &Arc<watch::Sender<i64>>,
) -> Result<(Client, mpsc::Receiver<()>), LedgerError> {
    let known = Arc::clone(head);
    // Who appends hears itself too. What says nothing is news, lest something be missed.
    let is_news = move |told: &str| told.parse().map_or(true, |sequence: i64| sequence > *known.borrow());
    let (client, notifications) = connections.listener(is_news).await?;
    let listening = client.batch_execute(&format!("LISTEN {}", tables.namespace)).await;
    listening.map_err(|e| failed("listening", e))?;
    Ok((client, notifications))
}

async fn read_head(connections: &Connections, tables: &Tables) -> Result<i64, LedgerError> {
    let session = connections.reader().await?;
    Ok(rows::head(&session, tables, Lock::Leave).await?.position.sequence)
}

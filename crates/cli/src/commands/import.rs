//! `piramide import`: facts from a file, or the published results that come with the program.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use piramide_contracts::{
    domains::Domain,
    ledger::{BatchHeader, Squaring, SubmitBatchRequest, SubmitBatchResponse, submit_batch_request::Part},
    types,
};
use piramide_service::client::retry;
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    Answer,
    actuals::{Batch, Source},
    arguments::Import,
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Time to record a batch: checks, one transaction, a durable write.
const WRITE: Duration = Duration::from_mins(2);

/// Records a file or the bundled results. Domains do not wait for one another; in each the batches are recorded in their order. Once one is not
/// accepted, none begins any more.
///
/// # Errors
///
/// When nothing could be recorded; later failures come with what was.
pub async fn run(upstream: &Upstream, import: Import) -> Result<Answer, Failure> {
    let source = match (&import.bundled, &import.list) {
        (Some(year), _) => Some(Source::bundled(year)?),
        (None, Some(list)) => Some(Source::list(list)?),
        (None, None) => None,
    };
    let lanes = match source {
        Some(source) => lanes(source, &import.except),
        None => vec![read_ahead(std::iter::once((0, from_file(import))))],
    };
    let recording = Recording { upstream, bars: MultiProgress::new(), done: Mutex::default(), over: AtomicBool::new(false) };
    join_all(lanes.into_iter().map(|batches| recording.lane(batches))).await;
    let mut table = Table::new(&[
        ("ambito", Align::Left),
        ("lotto", Align::Left),
        ("esito", Align::Left),
        ("fatti", Align::Right),
        ("sostituiti", Align::Right),
        ("sequenza", Align::Right),
        ("registrato", Align::Left),
    ]);
    let mut items = Vec::new();
    let mut failures = Vec::new();
    for recorded in recording.done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
        let shown = recorded.and_then(|(domain, answer)| {
            let receipt = answer.receipt.clone().unwrap_or_default();
            let mut item = view::receipt(domain.name, &receipt).map_err(|invalid| Failure::unreadable(domain, &invalid))?;
            if let Some(fields) = item.as_object_mut() {
                fields.insert("replayed".to_owned(), json!(answer.replayed));
            }
            table.row([
                domain.label.to_owned(),
                receipt.batch_id,
                if answer.replayed { "già presente" } else { "registrato" }.to_owned(),
                italian::count(receipt.facts),
                italian::count(receipt.superseded),
                italian::count(receipt.sequence),
                italian::moment(receipt.recorded_at.as_ref()),
            ]);
            items.push(item);
            Ok(())
        });
        failures.extend(shown.err());
    }
    if items.is_empty() && !failures.is_empty() {
        return Err(failures.swap_remove(0));
    }
    Ok(Answer { text: table.text(), json: json!({ "items": items }), failures })
}

/// What became of a batch.
type Recorded = Result<(Domain, SubmitBatchResponse), Failure>;

/// What an import has come to.
struct Recording<'u> {
    upstream: &'u Upstream,
    bars: MultiProgress,
    /// What became of the batches, by their places in the list.
    done: Mutex<BTreeMap<usize, Recorded>>,
    /// Whether a batch was not accepted.
    over: AtomicBool,
}

impl Recording<'_> {
    /// Records batches one after the other, since each may need those before it.
    async fn lane(&self, batches: Batches) {
        let (turn, turns) = watch::channel(0);
        // While one batch is recorded, the rows of the next are on their way already; its commit waits for its turn.
        let sent = ReceiverStream::new(batches).enumerate().map(|(number, (place, batch))| {
            let turn = (number, turns.clone());
            async move { (place, self.send(batch, turn).await) }
        });
        let mut sent = pin!(sent.buffered(2));
        while let Some((place, recorded)) = sent.next().await {
            if recorded.is_err() {
                self.over.store(true, Ordering::Relaxed);
            }
            self.done.lock().unwrap_or_else(PoisonError::into_inner).insert(place, recorded);
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            turn.send_modify(|number| *number += 1);
        }
    }

    /// Sends a batch that could be read.
    async fn send(&self, batch: Result<Batch, Failure>, turn: Turn) -> Recorded {
        let batch = batch?;
        Ok((batch.domain, submit(self.upstream, batch, turn, &self.bars).await?))
    }
}

/// Batches, each with its place in the list.
type Batches = mpsc::Receiver<(usize, Result<Batch, Failure>)>;

/// The batches of a list domain by domain, but for those of some.
fn lanes(source: Source, except: &[Domain]) -> Vec<Batches> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, entry) in source.entries.iter().enumerate() {
        if except.iter().all(|domain| domain.name != entry.domain) {
            places.entry(entry.domain.clone()).or_default().push(place);
        }
    }
    let source = Arc::new(source);
    let lane = |places: Vec<usize>| {
        let source = source.clone();
        read_ahead(places.into_iter().filter_map(move |place| Some((place, source.batch(source.entries.get(place)?)))))
    };
    places.into_values().map(lane).collect()
}

/// Reads batches one ahead of the one that is being recorded.
fn read_ahead(batches: impl Iterator<Item = (usize, Result<Batch, Failure>)> + Send + 'static) -> Batches {
    let (sender, receiver) = mpsc::channel(1);
    // Ends with the batches, or when nobody wants any more of them.
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The number of a batch among those of its domain, and whose turn it is to be recorded.
type Turn = (usize, watch::Receiver<usize>);

/// A batch read from a file, with what the command line says of it.
fn from_file(import: Import) -> Result<Batch, Failure> {
    let missing = |what: &str| Failure::Usage { what: format!("{what} is needed to import a file") };
    let path: PathBuf = import.file.ok_or_else(|| missing("a file"))?;
    let domain = import.domain.ok_or_else(|| missing("--domain"))?;
    let provenance = import.provenance.ok_or_else(|| missing("--provenance"))?;
    let bytes = fs::read(&path).map_err(|error| Failure::Usage { what: format!("{} cannot be read: {error}", path.display()) })?;
    let header = BatchHeader {
        batch_id: import.id.ok_or_else(|| missing("--id"))?,
        origin: import.origin.ok_or_else(|| missing("--origin"))?,
        provenance: types::Provenance::from(provenance).into(),
        reason: import.reason,
        note: import.note,
        control_totals: Vec::new(),
        control_rows: None,
        squaring: Squaring::from(import.squaring).into(),
    };
    Batch::read(domain, header, (path, &bytes), import.dialect.into())
}

/// Sends a batch, again if nobody answers: the same batch twice is recorded once.
async fn submit(upstream: &Upstream, batch: Batch, turn: Turn, bars: &MultiProgress) -> Result<SubmitBatchResponse, Failure> {
    let Batch { domain, id, rows, messages } = batch;
    let client = upstream.ledger(domain)?;
    let progress = bars.add(progress(&id, rows.unsigned_abs()));
    // Kept until it is recorded; what is sent is a copy, made message by message.
    let messages = Arc::new(messages);
    let sent = retry(async || {
        progress.set_position(0);
        let (progress, turn, messages) = (progress.clone(), turn.clone(), messages.clone());
        let messages = (0..messages.len()).map_while(move |place| messages.get(place).cloned());
        let stream = tokio_stream::iter(messages).then(move |message| {
            progress.inc(rows_in(&message));
            let (place, mut turns) = turn.clone();
            async move {
                if matches!(message.part, Some(Part::Commit(_))) {
                    // Whoever gives the turns waits for this answer, so there is always a turn to come.
                    let _ = turns.wait_for(|turn| *turn >= place).await;
                }
                message
            }
        });
        let mut request = tonic::Request::new(stream);
        request.set_timeout(WRITE);
        client.clone().submit_batch(request).await
    })
    .await;
    progress.finish_and_clear();
    Ok(sent.map_err(|status| Failure::answered(domain, upstream.address(domain), status))?.into_inner())
}

fn rows_in(message: &SubmitBatchRequest) -> u64 {
    match &message.part {
        Some(Part::Rows(rows)) => length(&rows.rows),
        Some(Part::Columns(columns)) => length(&columns.line_steps),
        Some(Part::Header(_) | Part::Commit(_)) | None => 0,
    }
}

fn length<R>(rows: &[R]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// A bar on standard error; nothing when that is not a terminal.
fn progress(name: &str, rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(rows).with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} righe {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

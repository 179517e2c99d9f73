//! `piramide import`: facts from a file, or the published results that come with the program.

use std::{fs, path::PathBuf, pin::pin, time::Duration};

use futures_util::StreamExt;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use piramide_contracts::{
    batch,
    domains::Domain,
    ledger::{BatchHeader, FactRow, Squaring, SubmitBatchRequest, SubmitBatchResponse, submit_batch_request::Part},
    table, types,
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

/// Records a file or the bundled results; stops at the first batch that is not accepted, since the next may need it.
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
    let batches = match source {
        Some(source) => read_ahead(source, import.except),
        None => read_ahead_of(std::iter::once(from_file(import))),
    };
    let (turn, turns) = watch::channel(0);
    let bars = MultiProgress::new();
    // While one batch is recorded, the rows of the next are on their way already; its commit waits for its turn.
    let sent = ReceiverStream::new(batches).enumerate().map(|(place, batch)| send(upstream, batch, (place, turns.clone()), &bars));
    let mut sent = pin!(sent.buffered(2));
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
    while let Some(recorded) = sent.next().await {
        let recorded = recorded.and_then(|(domain, answer)| {
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
        match recorded {
            Ok(()) => turn.send_modify(|place| *place += 1),
            Err(failure) if items.is_empty() => return Err(failure),
            Err(failure) => {
                failures.push(failure);
                break;
            }
        }
    }
    Ok(Answer { text: table.text(), json: json!({ "items": items }), failures })
}

/// A batch as it is sent.
struct Ready {
    domain: Domain,
    id: String,
    rows: u64,
    messages: Vec<SubmitBatchRequest>,
}

impl Ready {
    fn new(batch: Batch) -> Self {
        let Batch { domain, header, rows } = batch;
        Self { domain, id: header.batch_id.clone(), rows: length(&rows), messages: batch::messages(header, &rows) }
    }
}

type Batches = mpsc::Receiver<Result<Ready, Failure>>;

/// Reads the batches of a list one ahead of the one that is being recorded, but for those of some domains.
fn read_ahead(source: Source, except: Vec<Domain>) -> Batches {
    let positions = (0..source.entries.len()).filter_map(move |position| {
        let entry = source.entries.get(position)?;
        except.iter().all(|domain| domain.name != entry.domain).then(|| source.batch(entry))
    });
    read_ahead_of(positions)
}

fn read_ahead_of(batches: impl Iterator<Item = Result<Batch, Failure>> + Send + 'static) -> Batches {
    let (sender, receiver) = mpsc::channel(1);
    // Ends with the batches, or when nobody wants any more of them.
    tokio::task::spawn_blocking(move || {
        for batch in batches {
            if sender.blocking_send(batch.map(Ready::new)).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The place of a batch in its list, and whose turn it is to be recorded: all before must be, since it may need them.
type Turn = (usize, watch::Receiver<usize>);

/// Sends a batch that could be read.
async fn send(
    upstream: &Upstream,
    batch: Result<Ready, Failure>,
    turn: Turn,
    bars: &MultiProgress,
) -> Result<(Domain, SubmitBatchResponse), Failure> {
    let batch = batch?;
    Ok((batch.domain, submit(upstream, batch, turn, bars).await?))
}

/// A batch read from a file, with what the command line says of it.
fn from_file(import: Import) -> Result<Batch, Failure> {
    let missing = |what: &str| Failure::Usage { what: format!("{what} is needed to import a file") };
    let path: PathBuf = import.file.ok_or_else(|| missing("a file"))?;
    let domain = import.domain.ok_or_else(|| missing("--domain"))?;
    let provenance = import.provenance.ok_or_else(|| missing("--provenance"))?;
    let bytes = fs::read(&path).map_err(|error| Failure::Usage { what: format!("{} cannot be read: {error}", path.display()) })?;
    let subject = domain.subject.unwrap_or_default();
    let rows = table::read(&bytes, subject, import.dialect.into()).map_err(|errors| Failure::Table { path, errors })?;
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
    Ok(Batch { domain, header, rows })
}

/// Sends a batch, again if nobody answers: the same batch twice is recorded once.
async fn submit(upstream: &Upstream, batch: Ready, turn: Turn, bars: &MultiProgress) -> Result<SubmitBatchResponse, Failure> {
    let Ready { domain, id, rows, messages } = batch;
    let client = upstream.ledger(domain)?;
    let progress = bars.add(progress(&id, rows));
    let sent = retry(async || {
        progress.set_position(0);
        let (progress, turn) = (progress.clone(), turn.clone());
        let stream = tokio_stream::iter(messages.clone()).then(move |message| {
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
        Some(Part::Columns(columns)) => u64::try_from(columns.line_steps.len()).unwrap_or(u64::MAX),
        Some(Part::Header(_) | Part::Commit(_)) | None => 0,
    }
}

fn length(rows: &[FactRow]) -> u64 {
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

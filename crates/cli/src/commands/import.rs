//! `piramide import`: facts from a file, or the published results that come with the program.

use std::{fs, path::PathBuf, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use piramide_contracts::{
    batch,
    domains::Domain,
    ledger::{BatchHeader, FactRow, Squaring, SubmitBatchResponse},
    table, types,
};
use piramide_service::client::retry;
use serde_json::json;
use tokio_stream::StreamExt;

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
    let except = import.except.clone();
    let batches: Box<dyn Iterator<Item = Result<Batch, Failure>>> = match &source {
        Some(source) => {
            let wanted = source.entries.iter().filter(move |entry| except.iter().all(|domain| domain.name != entry.domain));
            Box::new(wanted.map(|entry| source.batch(entry)))
        }
        None => Box::new(std::iter::once(from_file(import))),
    };
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
    for batch in batches {
        let recorded = send(upstream, batch).await.and_then(|(domain, answer)| {
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
            Ok(()) => {}
            Err(failure) if items.is_empty() => return Err(failure),
            Err(failure) => {
                failures.push(failure);
                break;
            }
        }
    }
    Ok(Answer { text: table.text(), json: json!({ "items": items }), failures })
}

/// Sends a batch that could be read.
async fn send(upstream: &Upstream, batch: Result<Batch, Failure>) -> Result<(Domain, SubmitBatchResponse), Failure> {
    let batch = batch?;
    Ok((batch.domain, submit(upstream, batch).await?))
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
async fn submit(upstream: &Upstream, batch: Batch) -> Result<SubmitBatchResponse, Failure> {
    let Batch { domain, header, rows } = batch;
    let client = upstream.ledger(domain)?;
    let progress = progress(&header.batch_id, rows.len());
    let messages = batch::messages(header, rows);
    let sent = retry(async || {
        progress.set_position(0);
        let progress = progress.clone();
        let stream = tokio_stream::iter(messages.clone()).map(move |message| {
            progress.inc(rows_in(&message));
            message
        });
        let mut request = tonic::Request::new(stream);
        request.set_timeout(WRITE);
        client.clone().submit_batch(request).await
    })
    .await;
    progress.finish_and_clear();
    Ok(sent.map_err(|status| Failure::answered(domain, upstream.address(domain), status))?.into_inner())
}

fn rows_in(message: &piramide_contracts::ledger::SubmitBatchRequest) -> u64 {
    use piramide_contracts::ledger::submit_batch_request::Part;
    match &message.part {
        Some(Part::Rows(rows)) => length(&rows.rows),
        Some(Part::Header(_) | Part::Commit(_)) | None => 0,
    }
}

fn length(rows: &[FactRow]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

/// A bar on standard error; nothing when that is not a terminal.
fn progress(name: &str, rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX)).with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} righe {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

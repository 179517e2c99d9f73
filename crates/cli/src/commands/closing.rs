//! `piramide close` and `piramide closings`: named points of the ledgers (*chiusure*).

use piramide_contracts::{
    domains::Domain,
    ledger::{ClosePeriodRequest, Closing, ListClosingsRequest},
};
use serde_json::json;

use crate::{
    Answer,
    arguments::Close,
    commands::{fact_keeping, gathered},
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Closes a period in one domain or in all; a domain that refuses does not undo the others.
///
/// # Errors
///
/// When an address cannot be used.
pub async fn close(upstream: &Upstream, close: Close) -> Result<Answer, Failure> {
    let request = ClosePeriodRequest { name: close.name, period: Some(close.period.into()), author: close.author, note: close.note };
    let mut asked = Vec::new();
    for domain in fact_keeping(close.domain) {
        let closed = upstream.ledger(domain)?.close_period(request.clone()).await;
        let closed = closed.map_err(|status| Failure::answered(domain, upstream.address(domain), status));
        asked.push(closed.map(|response| (domain, response.into_inner().closing.unwrap_or_default())));
    }
    Ok(answer(asked))
}

/// Lists the closings of one domain or of all.
///
/// # Errors
///
/// When an address cannot be used.
pub async fn list(upstream: &Upstream, domain: Option<Domain>) -> Result<Answer, Failure> {
    let mut asked = Vec::new();
    for domain in fact_keeping(domain) {
        match upstream.ledger(domain)?.list_closings(ListClosingsRequest {}).await {
            Ok(response) => asked.extend(response.into_inner().closings.into_iter().map(|closing| Ok((domain, closing)))),
            Err(status) => asked.push(Err(Failure::answered(domain, upstream.address(domain), status))),
        }
    }
    Ok(answer(asked))
}

fn answer(asked: Vec<Result<(Domain, Closing), Failure>>) -> Answer {
    let (closings, failures) = gathered(asked);
    let mut table = Table::new(&[
        ("ambito", Align::Left),
        ("chiusura", Align::Left),
        ("periodo", Align::Left),
        ("sequenza", Align::Right),
        ("registrata", Align::Left),
        ("autore", Align::Left),
        ("nota", Align::Left),
    ]);
    for (domain, closing) in &closings {
        table.row([
            domain.label.to_owned(),
            closing.name.clone(),
            closing.period.clone().unwrap_or_default().value,
            italian::count(closing.sequence),
            italian::moment(closing.recorded_at.as_ref()),
            closing.author.clone(),
            closing.note.clone(),
        ]);
    }
    let items: Vec<_> = closings.iter().map(|(domain, closing)| view::closing(domain.name, closing)).collect();
    let text = match (table.is_empty(), failures.is_empty()) {
        (false, _) => table.text(),
        (true, true) => "nessuna chiusura\n".to_owned(),
        (true, false) => String::new(),
    };
    Answer { text, json: json!({ "items": items }), failures }
}

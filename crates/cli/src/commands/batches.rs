//! `piramide batches`: what was recorded (*lotti*).

use piramide_contracts::{
    domains::Domain,
    ledger::{ListBatchesRequest, Receipt},
};
use serde_json::json;

use crate::{
    Answer,
    commands::{fact_keeping, gathered, provenance},
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Receipts asked for at once.
const PAGE: i32 = 1_000;

/// Lists the batches of one domain or of all.
///
/// # Errors
///
/// When an address cannot be used or an answer cannot be read.
pub async fn list(upstream: &Upstream, domain: Option<Domain>) -> Result<Answer, Failure> {
    let mut asked = Vec::new();
    for domain in fact_keeping(domain) {
        asked.push(all(upstream, domain).await.map(|receipts| (domain, receipts)));
    }
    let (domains, failures) = gathered(asked);
    let mut table = Table::new(&[
        ("ambito", Align::Left),
        ("sequenza", Align::Right),
        ("lotto", Align::Left),
        ("provenienza", Align::Left),
        ("fatti", Align::Right),
        ("sostituiti", Align::Right),
        ("eventi", Align::Right),
        ("registrato", Align::Left),
        ("origine", Align::Left),
        ("motivo", Align::Left),
    ]);
    let mut items = Vec::new();
    for (domain, receipt) in domains.iter().flat_map(|(domain, receipts)| receipts.iter().map(move |receipt| (*domain, receipt))) {
        let unreadable = |invalid| Failure::unreadable(domain, &invalid);
        items.push(view::receipt(domain.name, receipt).map_err(unreadable)?);
        table.row([
            domain.label.to_owned(),
            italian::count(receipt.sequence),
            receipt.batch_id.clone(),
            provenance(receipt.provenance).map_err(unreadable)?.to_owned(),
            italian::count(receipt.facts),
            italian::count(receipt.superseded),
            italian::count(receipt.events),
            italian::moment(receipt.recorded_at.as_ref()),
            receipt.origin.clone(),
            receipt.reason.clone(),
        ]);
    }
    let text = if table.is_empty() { "nessun lotto\n".to_owned() } else { table.text() };
    Ok(Answer { text, json: json!({ "items": items }), failures })
}

/// Every page of a domain.
async fn all(upstream: &Upstream, domain: Domain) -> Result<Vec<Receipt>, Failure> {
    let mut client = upstream.ledger(domain)?;
    let mut receipts = Vec::new();
    let mut page_token = String::new();
    loop {
        let page = client.list_batches(ListBatchesRequest { page_size: PAGE, page_token }).await;
        let page = page.map_err(|status| Failure::answered(domain, upstream.address(domain), status))?.into_inner();
        receipts.extend(page.receipts);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(receipts);
        }
    }
}

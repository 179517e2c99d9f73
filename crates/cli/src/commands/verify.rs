//! `piramide verify`: the chain of hashes of the ledgers, recomputed (*verifica*).

use std::time::Duration;

use piramide_contracts::{domains::Domain, ledger::VerifyChainRequest};
use serde_json::json;

use crate::{
    Answer,
    commands::{fact_keeping, gathered},
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
};

/// Time to read a whole ledger.
const WHOLE_LEDGER: Duration = Duration::from_mins(10);

/// Verifies the ledger of one domain or of all. A chain that does not fit is a failure.
///
/// # Errors
///
/// When an address cannot be used.
pub async fn run(upstream: &Upstream, domain: Option<Domain>) -> Result<Answer, Failure> {
    let mut asked = Vec::new();
    for domain in fact_keeping(domain) {
        let mut request = tonic::Request::new(VerifyChainRequest {});
        request.set_timeout(WHOLE_LEDGER);
        let verified = upstream.ledger(domain)?.verify_chain(request).await;
        let verified = verified.map_err(|status| Failure::answered(domain, upstream.address(domain), status));
        asked.push(verified.map(|response| (domain, response.into_inner())));
    }
    let (verified, mut failures) = gathered(asked);
    let mut table = Table::new(&[
        ("ambito", Align::Left),
        ("esito", Align::Left),
        ("lotti", Align::Right),
        ("chiusure", Align::Right),
        ("sequenza", Align::Right),
        ("impronta", Align::Left),
    ]);
    let mut items = Vec::new();
    for (domain, found) in verified {
        table.row([
            domain.label.to_owned(),
            if found.intact { "integro" } else { "ALTERATO" }.to_owned(),
            italian::count(found.batches),
            italian::count(found.closings),
            italian::count(found.sequence),
            found.chain_hash.clone(),
        ]);
        items.push(json!({
            "domain": domain.name,
            "intact": found.intact,
            "batches": found.batches,
            "closings": found.closings,
            "sequence": found.sequence,
            "chain_hash": found.chain_hash,
            "batch_id": found.batch_id,
            "cause": found.cause,
        }));
        if !found.intact {
            failures.push(Failure::ChainBroken { domain: domain.name, sequence: found.sequence, cause: found.cause });
        }
    }
    Ok(Answer { text: table.text(), json: json!({ "items": items }), failures })
}

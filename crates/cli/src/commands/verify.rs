//! `piramide verify`: the chain of hashes of the ledgers, recomputed, and compared with what a witness holds (*verifica*).

use std::time::Duration;

use piramide_contracts::{domains::Domain, ledger::VerifyChainRequest};
use serde_json::json;

use crate::{
    Answer,
    commands::{fact_keeping, gathered},
    failure::Failure,
    italian,
    known::Known,
    table::{Align, Table},
    upstream::Upstream,
};

/// Time to read a whole ledger.
const WHOLE_LEDGER: Duration = Duration::from_mins(10);

/// Verifies the ledger of one domain or of all. A chain that does not fit is a failure, and so is one that is not the witness's: whoever can write
/// the whole store can write another chain that fits, and cut off its end.
///
/// # Errors
///
/// When an address cannot be used, or what is known is of a domain that is not asked.
pub async fn run(upstream: &Upstream, domain: Option<Domain>, known: &[Known]) -> Result<Answer, Failure> {
    if let Some(other) = known.iter().find(|known| domain.is_some_and(|domain| domain != known.domain)) {
        return Err(Failure::Usage { what: format!("{other} is of another domain than the one to verify") });
    }
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
    let (mut items, mut compared, mut witness) = (Vec::new(), Vec::new(), Vec::new());
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
            continue;
        }
        if found.sequence > 0 {
            witness.push(Known { domain, sequence: found.sequence, chain_hash: found.chain_hash });
        }
        for known in known.iter().filter(|known| known.domain == domain) {
            match known.recorded(upstream, found.sequence).await {
                Ok(recorded) => {
                    let held = recorded.as_ref() == Some(&known.chain_hash);
                    compared.push(
                        json!({ "domain": domain.name, "sequence": known.sequence, "chain_hash": known.chain_hash, "recorded": recorded }),
                    );
                    failures.extend((!held).then(|| contradicted(known, recorded)));
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    let mut text = table.text();
    if !witness.is_empty() {
        text.push_str("\nda affidare a un testimone esterno, e da confrontare poi con --known:\n");
        witness.iter().for_each(|known| text.extend(["  ", &known.to_string(), "\n"]));
    }
    Ok(Answer { text, json: json!({ "items": items, "known": compared }), failures })
}

fn contradicted(known: &Known, recorded: Option<String>) -> Failure {
    let found = recorded.map_or_else(|| "nothing is recorded".to_owned(), |hash| format!("the hash is {hash}"));
    Failure::WitnessContradicted { domain: known.domain.name, sequence: known.sequence, held: known.chain_hash.clone(), found }
}

//! A hash that somebody outside the house holds (*testimone*), and what the ledger has in its place.

use std::{fmt, str::FromStr};

use piramide_contracts::{
    domains::{self, Domain},
    ledger::{ListClosingsRequest, TailRequest},
};

use crate::{failure::Failure, upstream::Upstream};

/// The chain hash of a batch or closing as a witness holds it: `DOMAIN:SEQUENCE:HASH`, SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The domain.
    pub domain: Domain,
    /// The place in its ledger, from 1.
    pub sequence: i64,
    /// The hash of everything up to and including it.
    pub chain_hash: String,
}

impl FromStr for Known {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (name, entry) = text.split_once(':')?;
            let (sequence, chain_hash) = entry.split_once(':')?;
            let domain = domains::FACT_KEEPING.into_iter().find(|domain| domain.name == name)?;
            let sequence = sequence.parse().ok().filter(|sequence| *sequence > 0)?;
            let is_hash = chain_hash.len() == 64 && chain_hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hash.then(|| Self { domain, sequence, chain_hash: chain_hash.to_ascii_lowercase() })
        };
        read().ok_or_else(|| "write DOMAIN:SEQUENCE:HASH, as `piramide verify` printed it".to_owned())
    }
}

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.domain.name, self.sequence, self.chain_hash)
    }
}

impl Known {
    /// The hash that a ledger whose last entry is at `last` has in that place; `None` where it has no such entry.
    ///
    /// # Errors
    ///
    /// When the service does not answer.
    pub async fn recorded(&self, upstream: &Upstream, last: i64) -> Result<Option<String>, Failure> {
        if self.sequence > last {
            return Ok(None);
        }
        let failed = |status| Failure::answered(self.domain, upstream.address(self.domain), status);
        let mut client = upstream.ledger(self.domain)?;
        let closings = client.list_closings(ListClosingsRequest {}).await.map_err(failed)?.into_inner().closings;
        // A closing stands next after what it froze.
        if let Some(closing) = closings.into_iter().find(|closing| closing.sequence == self.sequence - 1) {
            return Ok(Some(closing.chain_hash));
        }
        // The first receipt from there on is there already, so the stream does not wait for it.
        let mut receipts = client.tail(TailRequest { after_sequence: self.sequence - 1 }).await.map_err(failed)?.into_inner();
        let receipt = receipts.message().await.map_err(failed)?.and_then(|answer| answer.receipt);
        Ok(receipt.filter(|receipt| receipt.sequence == self.sequence).map(|receipt| receipt.chain_hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_given_back_and_nothing_else() {
        let text = format!("finance:12:{}", "0a".repeat(32));
        let known: Known = text.parse().unwrap();
        assert_eq!((known.to_string(), known.sequence, known.domain), (text.clone(), 12, domains::FINANCE));
        assert_eq!(text.to_uppercase().replace("FINANCE", "finance").parse::<Known>().unwrap(), known);
        let hash = "0a".repeat(32);
        for refused in [
            "",
            "finance",
            "finance:12",
            &format!("public-value:1:{hash}"),
            &format!("finance:0:{hash}"),
            &format!("finance:-1:{hash}"),
            &format!("finance:x:{hash}"),
            &format!("finance:1:{hash}0a"),
            &format!("finance:1:{}", "0g".repeat(32)),
            &format!("finance:1:{hash}:"),
        ] {
            refused.parse::<Known>().unwrap_err();
        }
    }
}

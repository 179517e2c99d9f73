//! The domains: asking them all at once, watching them, reading ahead what they will be asked.

mod kept;
mod peer;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use piramide_contracts::{
    domains::{self, Domain},
    scorecard::scorecard_service_client::ScorecardServiceClient,
};
use piramide_service::{Refusal, Shutdown, client::Connection};
use tokio::sync::watch;
use tonic::{Code, Status};

use self::{kept::Part, peer::Peer};
use crate::{grpc::Question, pyramid::Answers};

/// What a domain answered from.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainState {
    /// The domain.
    pub domain: &'static str,
    /// Whether it answered.
    pub available: bool,
    /// The last ledger sequence that it used.
    pub sequence: i64,
    /// When that entry was recorded.
    pub recorded_at: Option<prost_types::Timestamp>,
}

/// The domains.
pub struct Upstream {
    peers: Vec<Arc<Peer>>,
    changed: watch::Sender<i64>,
}

impl Upstream {
    /// The domains behind these connections, which exchange messages of at most so many bytes.
    pub fn new(connections: impl IntoIterator<Item = (Domain, Connection)>, message_limit: usize) -> Self {
        let client = |connection| {
            ScorecardServiceClient::new(connection).max_decoding_message_size(message_limit).max_encoding_message_size(message_limit)
        };
        let peers = connections.into_iter().map(|(domain, connection)| Arc::new(Peer::new(domain, client(connection)))).collect();
        Self { peers, changed: watch::channel(0).0 }
    }

    /// Grows by one each time that a domain says that something changed, starts to answer or ceases to.
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.changed.subscribe()
    }

    /// Watches every domain until the end, and reads ahead.
    pub fn watch(self: &Arc<Self>, shutdown: &Shutdown) {
        for peer in &self.peers {
            let (upstream, peer, shutdown) = (self.clone(), peer.clone(), shutdown.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = peer.follow(|| upstream.changed.send_modify(|count| *count += 1)) => {}
                    () = peer.read_ahead() => {}
                    () = shutdown.begun() => {}
                }
            });
        }
    }

    /// Asks every domain at once for its part of some indicators.
    ///
    /// # Errors
    ///
    /// What the domains refuse alike, such as a closing that none of them has. A domain that alone does not answer, or refuses what others
    /// accept, leaves its indicators missing.
    pub(crate) async fn ask<'a>(
        &self,
        question: &Question<'_>,
        indicators: impl Iterator<Item = &'a str>,
    ) -> Result<(Answers, Vec<DomainState>), Status> {
        let mut wanted: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for indicator in indicators {
            if let Some(domain) = domains::of_indicator(indicator) {
                let codes = wanted.entry(domain.name).or_default();
                if !codes.iter().any(|code| code == indicator) {
                    codes.push(indicator.to_owned());
                }
            }
        }
        let asked: Vec<_> = self.peers.iter().filter_map(|peer| Some((peer, wanted.remove(peer.domain.name)?))).collect();
        let calls = asked.iter().map(|(peer, codes)| Arc::clone(peer).ask(question, codes.clone()));
        let answers = join_all(calls).await;
        if let Some(refusal) = refused_alike(&answers) {
            return Err(refusal);
        }
        let mut collected = Answers::new();
        let mut states = Vec::new();
        for ((peer, codes), answer) in asked.into_iter().zip(answers) {
            let part = answer.unwrap_or_else(|status| Arc::new(peer.without(&codes, &status)));
            states.push(part.state.clone());
            collected.extend(part.answers.iter().map(|(code, answer)| (code.clone(), answer.clone())));
        }
        Ok((collected, states))
    }
}

/// What every domain refuses is the question's fault, not theirs.
fn refused_alike(answers: &[Result<Arc<Part>, Status>]) -> Option<Status> {
    let refused = |answer: &Result<Arc<Part>, Status>| {
        answer
            .as_ref()
            .is_err_and(|status| matches!(status.code(), Code::NotFound | Code::InvalidArgument) && Refusal::read(status).is_some())
    };
    let first = answers.first().filter(|_| answers.iter().all(refused))?;
    first.as_ref().err().cloned()
}

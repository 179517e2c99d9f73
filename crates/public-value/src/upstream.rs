//! The domains: asking them all at once, watching them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use piramide_contracts::{
    domains::{self, Domain},
    scorecard::{GetScorecardRequest, GetScorecardResponse, WatchRequest, scorecard_service_client::ScorecardServiceClient},
};
use piramide_measure::{Missing, Outcome};
use piramide_service::{
    Refusal, Shutdown,
    client::{Connection, endless, retry},
};
use tokio::sync::watch;
use tonic::{Code, Status};

use crate::{
    grpc::Question,
    pyramid::{Answer, Answers},
};

/// How long to wait before watching a domain again that does not answer.
const PAUSE: Duration = Duration::from_secs(1);

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

/// One domain and the way to it.
struct Peer {
    domain: Domain,
    client: ScorecardServiceClient<Connection>,
}

/// The domains.
pub struct Upstream {
    peers: Vec<Peer>,
    changed: watch::Sender<i64>,
}

impl Upstream {
    /// The domains behind these connections, which exchange messages of at most so many bytes.
    pub fn new(connections: impl IntoIterator<Item = (Domain, Connection)>, message_limit: usize) -> Self {
        let client = |connection| {
            ScorecardServiceClient::new(connection).max_decoding_message_size(message_limit).max_encoding_message_size(message_limit)
        };
        let peers = connections.into_iter().map(|(domain, connection)| Peer { domain, client: client(connection) }).collect();
        Self { peers, changed: watch::channel(0).0 }
    }

    /// Grows by one each time that a domain says that something changed, starts to answer or ceases to.
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.changed.subscribe()
    }

    /// Watches every domain until the end, coming back to those that do not answer.
    pub fn watch(self: &Arc<Self>, shutdown: &Shutdown) {
        for peer in &self.peers {
            let (upstream, client, shutdown) = (self.clone(), peer.client.clone(), shutdown.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = upstream.follow(client) => {}
                    () = shutdown.begun() => {}
                }
            });
        }
    }

    async fn follow(&self, mut client: ScorecardServiceClient<Connection>) {
        loop {
            if let Ok(answer) = client.watch(endless(WatchRequest {})).await {
                let mut changes = answer.into_inner();
                while let Ok(Some(_)) = changes.message().await {
                    self.changed.send_modify(|count| *count += 1);
                }
                // What it measured has just become missing.
                self.changed.send_modify(|count| *count += 1);
            }
            tokio::time::sleep(PAUSE).await;
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
        let calls: Vec<_> = asked.iter().map(|(peer, codes)| peer.ask(question, codes)).collect();
        let answers = join_all(calls).await;
        if let Some(refusal) = refused_alike(&answers) {
            return Err(refusal);
        }
        let mut collected = Answers::new();
        let mut states = Vec::new();
        for ((peer, codes), answer) in asked.into_iter().zip(answers) {
            states.push(state(peer.domain, answer.as_ref().ok()));
            collect(&mut collected, peer.domain, codes, answer);
        }
        Ok((collected, states))
    }
}

impl Peer {
    /// Asks for some indicators. The future owns what it needs, so that all domains can be asked within one task.
    fn ask(
        &self,
        question: &Question<'_>,
        codes: &[String],
    ) -> impl Future<Output = Result<GetScorecardResponse, Status>> + Send + 'static {
        let (domain, client) = (self.domain, self.client.clone());
        let request = GetScorecardRequest {
            structure_code: question.structure.to_owned(),
            period: Some(question.period.into()),
            // By version: all parts of one pyramid must be judged by the same plan.
            plan: question.plan.version().to_owned(),
            as_of: question.as_of.clone(),
            indicator_codes: codes.to_vec(),
        };
        let call = move || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.get_scorecard(request).await }
        };
        async move {
            let answer = retry(call).await;
            answer.map(tonic::Response::into_inner).inspect_err(|status| {
                tracing::warn!(domain = domain.name, code = ?status.code(), message = status.message(), "no scorecard");
            })
        }
    }
}

/// What every domain refuses is the question's fault, not theirs.
fn refused_alike(answers: &[Result<GetScorecardResponse, Status>]) -> Option<Status> {
    let refused = |answer: &Result<GetScorecardResponse, Status>| {
        answer
            .as_ref()
            .is_err_and(|status| matches!(status.code(), Code::NotFound | Code::InvalidArgument) && Refusal::read(status).is_some())
    };
    let first = answers.first().filter(|_| answers.iter().all(refused))?;
    first.as_ref().err().cloned()
}

fn state(domain: Domain, answer: Option<&GetScorecardResponse>) -> DomainState {
    DomainState {
        domain: domain.name,
        available: answer.is_some(),
        sequence: answer.map_or(0, |answer| answer.sequence),
        recorded_at: answer.and_then(|answer| answer.recorded_at),
    }
}

fn collect(collected: &mut Answers, domain: Domain, codes: Vec<String>, answer: Result<GetScorecardResponse, Status>) {
    let response = match answer {
        Ok(response) => response,
        Err(status) => {
            let refused = matches!(status.code(), Code::NotFound | Code::InvalidArgument);
            let missing = if refused {
                Missing::Reported { reason: format!("{}: {}", domain.name, status.message()) }
            } else {
                Missing::Unavailable { service: domain.name.to_owned() }
            };
            collected.extend(codes.into_iter().map(|code| (code, Answer::Nothing(missing.clone()))));
            return;
        }
    };
    for result in &response.results {
        let code = result.indicator.as_ref().map(|indicator| indicator.code.clone()).unwrap_or_default();
        let answer = match Outcome::try_from(result) {
            Ok(outcome) => Answer::Outcome(Box::new(outcome)),
            Err(invalid) => {
                tracing::error!(domain = domain.name, code, error = %invalid, "a result that cannot be read");
                Answer::Nothing(Missing::Reported { reason: format!("{}: {invalid}", domain.name) })
            }
        };
        collected.insert(code, answer);
    }
}

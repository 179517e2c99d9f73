//! One domain and the way to it: asked, watched, read ahead.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use piramide_contracts::{
    domains::Domain,
    scorecard::{
        GetScorecardRequest, GetScorecardsRequest, IndicatorResult, WatchRequest, scorecard_service_client::ScorecardServiceClient,
    },
};
use piramide_measure::{Missing, Outcome};
use piramide_service::{
    client::{Connection, Freshness, Retries, endless},
    refusal::reason_of,
};
use tokio::sync::Notify;
use tonic::{Code, Status};

use super::{
    DomainState,
    kept::{Kept, Part, Sheet, Topic},
};
use crate::{
    grpc::Question,
    pyramid::{Answer, Answers},
};

/// How long to wait before watching a domain again that does not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How long reading ahead waits at least: the question that made it wanted is answered first.
const LULL: Duration = Duration::from_millis(20);
/// How many times as long as it read reading ahead waits before it reads again: a domain in which facts keep coming in has better to do.
const REST: u32 = 4;

/// How long reading ahead may take: all structures are more than one, and nobody waits for them.
const READING: Duration = Duration::from_mins(1);

/// One domain and the way to it.
pub(super) struct Peer {
    pub(super) domain: Domain,
    client: ScorecardServiceClient<Connection>,
    freshness: Freshness,
    kept: Kept,
    wanted: Notify,
    retries: Retries,
}

impl Peer {
    pub(super) fn new(domain: Domain, client: ScorecardServiceClient<Connection>) -> Self {
        Self { domain, client, freshness: Freshness::default(), kept: Kept::default(), wanted: Notify::new(), retries: Retries::default() }
    }

    /// Answers about some indicators: from memory where the caller allows it and nothing can have changed, by asking otherwise.
    ///
    /// # Errors
    ///
    /// As the domain.
    pub(super) fn ask(
        self: Arc<Self>,
        question: &Question<'_>,
        indicators: Vec<String>,
    ) -> impl Future<Output = Result<Arc<Part>, Status>> + Send + use<> {
        let topic = Topic { plan: question.plan.version().to_owned(), period: question.period, indicators };
        let least = question.heard_of(self.domain);
        let kept = least.and_then(|least| self.kept.part(&topic, question.structure, least, &self.freshness));
        if least.is_some() && kept.is_none() {
            self.wanted.notify_one();
        }
        let from = if kept.is_some() { "memory" } else { "domain" };
        metrics::counter!("public_value_parts_total", "domain" => self.domain.name, "from" => from).increment(1);
        let request = GetScorecardRequest {
            structure_code: question.structure.to_owned(),
            period: Some(topic.period.into()),
            // By version: all parts of one pyramid must be judged by the same plan.
            plan: topic.plan,
            as_of: question.as_of.clone(),
            indicator_codes: topic.indicators,
        };
        // The future owns what it needs, so that all domains can be asked within one task.
        async move {
            let Some(part) = kept else { return self.call(request).await };
            Ok(part)
        }
    }

    async fn call(&self, request: GetScorecardRequest) -> Result<Arc<Part>, Status> {
        let client = self.client.clone();
        let call = move || {
            let (mut client, request) = (client.clone(), request.clone());
            async move { client.get_scorecard(request).await }
        };
        let answer = self.retries.call(call).await.map(tonic::Response::into_inner).inspect_err(|status| {
            tracing::warn!(domain = self.domain.name, code = ?status.code(), message = status.message(), "no scorecard");
        })?;
        let state = self.state(answer.sequence, answer.recorded_at);
        Ok(Arc::new(Part { answers: self.read(&answer.results), state }))
    }

    /// What it means for some indicators that the domain answered with an error.
    pub(super) fn without(&self, indicators: &[String], status: &Status) -> Part {
        let missing = silence(self.domain, status);
        let answers = indicators.iter().map(|code| (code.clone(), Answer::Nothing(missing.clone()))).collect();
        Part { answers, state: DomainState { available: false, ..self.state(0, None) } }
    }

    /// Follows what the domain tells until the end, coming back when it does not answer. `changed` is called when something may have.
    pub(super) async fn follow(&self, changed: impl Fn()) {
        let mut client = self.client.clone();
        loop {
            if let Ok(answer) = client.watch(endless(WatchRequest {})).await {
                let mut changes = answer.into_inner();
                self.freshness.connected();
                while let Ok(Some(_)) = changes.message().await {
                    self.freshness.changed();
                    self.wanted.notify_one();
                    changed();
                }
                self.freshness.disconnected();
                // What it measured has just become missing.
                changed();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Reads what was asked lately about all structures at once, so that the next of them is answered without asking; again after each
    /// change, in its own time.
    pub(super) async fn read_ahead(&self) {
        loop {
            self.wanted.notified().await;
            tokio::time::sleep(LULL).await;
            let started = Instant::now();
            for topic in self.kept.wanting(&self.freshness) {
                if let Err(status) = self.read_sheet(&topic).await {
                    tracing::debug!(domain = self.domain.name, code = ?status.code(), message = status.message(), "not read ahead");
                }
            }
            tokio::time::sleep(started.elapsed() * REST).await;
        }
    }

    async fn read_sheet(&self, topic: &Topic) -> Result<(), Status> {
        let stamp = self.freshness.stamp();
        let request = GetScorecardsRequest {
            period: Some(topic.period.into()),
            plan: topic.plan.clone(),
            indicator_codes: topic.indicators.clone(),
            ..GetScorecardsRequest::default()
        };
        let mut request = tonic::Request::new(request);
        request.set_timeout(READING);
        let mut stream = self.client.clone().get_scorecards(request).await?.into_inner();
        let mut parts = HashMap::new();
        while let Some(answer) = stream.message().await? {
            if !self.freshness.holds(stamp) {
                return Ok(());
            }
            let state = self.state(answer.sequence, answer.recorded_at);
            parts.extend(answer.scorecards.into_iter().map(|scorecard| {
                let part = Part { answers: self.read(&scorecard.results), state: state.clone() };
                (scorecard.structure_code, Arc::new(part))
            }));
        }
        tracing::debug!(domain = self.domain.name, period = %topic.period, structures = parts.len(), "read ahead");
        self.kept.keep(topic, Sheet { stamp, parts });
        Ok(())
    }

    fn state(&self, sequence: i64, recorded_at: Option<prost_types::Timestamp>) -> DomainState {
        DomainState { domain: self.domain.name, available: true, sequence, recorded_at }
    }

    fn read(&self, results: &[IndicatorResult]) -> Answers {
        let answer = |result: &IndicatorResult| {
            let code = result.indicator.as_ref().map(|indicator| indicator.code.clone()).unwrap_or_default();
            let answer = match Outcome::try_from(result) {
                Ok(outcome) => Answer::Outcome(Arc::new(outcome)),
                Err(invalid) => {
                    tracing::error!(domain = self.domain.name, code, error = %invalid, "a result that cannot be read");
                    Answer::Nothing(Missing::Reported { reason: format!("{}: il risultato non è leggibile", self.domain.label) })
                }
            };
            (code, answer)
        };
        results.iter().map(answer).collect()
    }
}

/// Why a domain that answered with an error gives no measure, in Italian as every reason: its own words are English, and in the log.
fn silence(domain: Domain, status: &Status) -> Missing {
    if !matches!(status.code(), Code::NotFound | Code::InvalidArgument) {
        return Missing::Unavailable { service: domain.label.to_owned() };
    }
    let reason = reason_of(status).unwrap_or_default();
    let why = match reason.as_str() {
        "CLOSING_UNKNOWN" => "chiusura sconosciuta".to_owned(),
        "INDICATOR_UNKNOWN" => "indicatore sconosciuto".to_owned(),
        "PLAN_UNKNOWN" => "piano sconosciuto".to_owned(),
        "STRUCTURE_UNKNOWN" => "struttura sconosciuta".to_owned(),
        "" => "domanda rifiutata".to_owned(),
        other => format!("domanda rifiutata ({other})"),
    };
    Missing::Reported { reason: format!("{}: {why}", domain.label) }
}

#[cfg(test)]
mod tests {
    use piramide_contracts::domains::QUALITY;
    use piramide_service::Refusal;

    use super::*;

    #[test]
    fn why_a_domain_gives_no_measure_is_said_in_italian() {
        let said = |status: Status| silence(QUALITY, &status).to_string();
        assert_eq!(said(Refusal::not_found("CLOSING_UNKNOWN", "there is no closing \"2020-IV\"").into()), "Qualità: chiusura sconosciuta");
        assert_eq!(said(Refusal::invalid("PERIOD_MALFORMED", "not a period").into()), "Qualità: domanda rifiutata (PERIOD_MALFORMED)");
        assert_eq!(said(Status::not_found("nothing here")), "Qualità: domanda rifiutata");
        assert_eq!(said(Status::unavailable("connection refused")), "il servizio Qualità non risponde");
    }
}

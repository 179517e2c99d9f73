//! `piramide scorecard`: the indicators of one domain or of all (*cruscotto*).

use piramide_contracts::{
    domains::{self, Domain},
    scorecard::{GetScorecardRequest, GetScorecardResponse},
};
use serde_json::json;

use crate::{
    Answer,
    arguments::{Question, Scorecard},
    commands::{RESULT_COLUMNS, gathered, result_row},
    failure::Failure,
    table::Table,
    upstream::Upstream,
    view,
};

/// Shows indicators. A domain that does not answer leaves the others to be shown.
///
/// # Errors
///
/// When an address cannot be used or an answer cannot be read.
pub async fn run(upstream: &Upstream, scorecard: Scorecard) -> Result<Answer, Failure> {
    let asked_domains = scorecard.domain.map_or_else(|| domains::ALL.to_vec(), |domain| vec![domain]);
    let mut asked = Vec::new();
    for domain in asked_domains {
        asked.push(ask(upstream, domain, &scorecard.question).await.map(|response| (domain, response)));
    }
    let (answered, failures) = gathered(asked);
    let mut table = Table::new(&RESULT_COLUMNS);
    let mut items = Vec::new();
    for (domain, result) in answered.iter().flat_map(|(domain, response)| response.results.iter().map(move |result| (*domain, result))) {
        result_row(&mut table, domain, result)?;
        items.push(view::result(result).map_err(|invalid| Failure::unreadable(domain, &invalid))?);
    }
    let plan_version = answered.first().map(|(_, response)| response.plan_version.clone()).unwrap_or_default();
    let question = &scorecard.question;
    let heading = question.under(&plan_version) + "\n\n";
    let json =
        json!({"structure": question.structure, "period": question.period.to_string(), "plan_version": plan_version, "items": items});
    Ok(Answer { text: heading + &table.text(), json, failures })
}

async fn ask(upstream: &Upstream, domain: Domain, question: &Question) -> Result<GetScorecardResponse, Failure> {
    let client = upstream.scorecard(domain)?;
    let request = GetScorecardRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
        indicator_codes: Vec::new(),
    };
    upstream.read(domain, async || client.clone().get_scorecard(request.clone()).await).await
}

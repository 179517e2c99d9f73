//! `GetCostStatement`: the statement of a responsibility centre.

use piramide_contracts::{
    convert,
    finance::{CostLine, CostRatio, CostTotal, GetCostStatementRequest, GetCostStatementResponse, NatureCost, PassedCost, UndoneRule},
    types,
};
use piramide_domain::{Handle, at_length, refusal};
use piramide_plan::{Key, Plan};
use tonic::{Code, Status};

use super::{judged, known};
use crate::{
    Finance,
    asked::Asked,
    costs::{self, allocation, allocation::Passed},
    standard_costs::CLUSTERS,
};

/// Answers with the statement.
pub(super) async fn get(handle: &Handle<Finance>, request: GetCostStatementRequest) -> Result<GetCostStatementResponse, Status> {
    let GetCostStatementRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let (query, state) = (question.query(), question.state());
    let made = at_length(|| Asked::make_sums(&query, state, question.plan()));
    let query = Asked::with_sums(query, state, made.as_ref());
    let drawn = costs::statement(&query).ok_or_else(|| {
        let detail = format!("{structure_code} is no structure of {} at the end of {}", query.plan.version(), query.period);
        refusal::field(Code::NotFound, "structure_code", "STRUCTURE_NOT_VALID", detail)
    })?;
    let plan = question.plan();
    Ok(GetCostStatementResponse {
        whole: Some(total(&drawn.whole, plan)),
        lines: drawn.lines.iter().map(line).collect(),
        natures: drawn
            .natures
            .iter()
            .map(|(nature, amount)| NatureCost { nature: (*nature).to_owned(), amount: known(&amount.value).0 })
            .collect(),
        below: drawn.below.iter().map(|below| total(below, plan)).collect(),
        passed: drawn.passed.iter().map(passed).collect(),
        undone: drawn.undone.into_iter().map(|(label, reason)| UndoneRule { label: label.to_owned(), reason }).collect(),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn total(of: &costs::CostTotal<'_>, plan: &Plan) -> CostTotal {
    let (own, missing_reason) = known(&of.own.value);
    CostTotal {
        structure_code: of.structure.code.clone(),
        structure_name: of.structure.name.clone(),
        has_children: of.has_children,
        own,
        received: of.received.as_ref().map(types::Exact::from),
        given: of.given.as_ref().map(types::Exact::from),
        full: known(&of.full).0,
        ratios: of.ratios.iter().map(ratio).collect(),
        missing_reason,
        provenance: convert::provenance_number(of.own.explanation.provenance()),
        cluster: plan.clusters().cluster_of(CLUSTERS, &of.structure.code).unwrap_or_default().to_owned(),
    }
}

fn ratio(of: &costs::Ratio<'_>) -> CostRatio {
    CostRatio {
        indicator_code: of.indicator.code.clone(),
        label: of.indicator.label.clone(),
        unit: of.indicator.unit.code().to_owned(),
        judged: Some(judged(&of.judged)),
    }
}

fn line(of: &costs::CostLine<'_>) -> CostLine {
    CostLine {
        account_code: of.item.code.clone(),
        parent_code: of.item.parent.clone().unwrap_or_default(),
        label: of.item.label.clone(),
        nature: of.nature.to_owned(),
        amount: known(&of.amount.value).0,
    }
}

fn passed(of: &Passed<'_>) -> PassedCost {
    let euro = |cents: i64| Some(types::Exact::from(allocation::euro(i128::from(cents))));
    PassedCost {
        rule_code: of.rule.rule.clone(),
        label: of.rule.label.clone(),
        source_code: of.rule.source.clone(),
        receiver_code: of.receiver.structure.clone(),
        driver_code: match &of.receiver.key {
            Key::Driver(measure) => measure.clone(),
            Key::Weight(_) => String::new(),
        },
        weight: Some((&of.weight).into()),
        whole: euro(of.whole),
        amount: euro(of.cents),
        place: of.receiver.place.clone(),
    }
}

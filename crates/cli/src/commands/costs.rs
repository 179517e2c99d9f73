//! `piramide costs`: what a responsibility centre costs, and its ratios (*conto economico per centro di responsabilità*).

use piramide_contracts::{
    convert::Invalid,
    domains::FINANCE,
    finance::{CostTotal, GetCostStatementRequest, GetCostStatementResponse},
};
use serde_json::{Value, json};

use crate::{
    Answer,
    arguments::Question,
    commands::{judged, provenance},
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Shows the statement.
///
/// # Errors
///
/// When finance does not answer, refuses, or its answer cannot be read.
pub async fn run(upstream: &Upstream, question: Question) -> Result<Answer, Failure> {
    let client = upstream.finance()?;
    let request = GetCostStatementRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
    };
    let statement = upstream.read(FINANCE, async || client.clone().get_cost_statement(request.clone()).await).await?;
    answer(&question, &statement).map_err(|invalid| Failure::unreadable(FINANCE, &invalid))
}

fn answer(question: &Question, statement: &GetCostStatementResponse) -> Result<Answer, Invalid> {
    let whole = statement.whole.clone().unwrap_or_default();
    let mut text = question.under(&statement.plan_version) + "\n\n";
    let mut accounts = Table::new(&[("conto", Align::Left), ("natura", Align::Left), ("euro", Align::Right)]);
    let mut items = Vec::new();
    for line in &statement.lines {
        let name = format!("{} {}", line.account_code, line.label);
        accounts.row([name, line.nature.clone(), italian::hundredths("amount", line.amount.as_ref())?]);
        let amount = view::decimal("amount", line.amount.as_ref())?;
        items.push(json!({ "account": line.account_code, "parent": line.parent_code, "label": line.label, "nature": line.nature, "amount": amount }));
    }
    text.push_str(&accounts.text());
    let mut ratios = Table::new(&[&[("indice", Align::Left)], judged::COLUMNS.as_slice()].concat());
    for ratio in &whole.ratios {
        ratios.row([ratio.label.clone()].into_iter().chain(judged::cells(&ratio.judged.clone().unwrap_or_default(), &ratio.unit)?));
    }
    text.extend(["\n", &ratios.text()]);
    let mut centres = Table::new(&[
        ("struttura", Align::Left),
        ("costi propri", Align::Right),
        ("ricevuti", Align::Right),
        ("ribaltati", Align::Right),
        ("costo pieno", Align::Right),
        ("provenienza", Align::Left),
    ]);
    for centre in std::iter::once(&whole).chain(&statement.below) {
        centres.row(cells(centre)?);
    }
    text.extend(["\n", &centres.text()]);
    for rule in &statement.undone {
        text.extend(["\n", &rule.label, ": ", &rule.reason, "\n"]);
    }
    let json = json!({
        "structure": question.structure,
        "period": question.period.to_string(),
        "plan_version": statement.plan_version,
        "whole": as_json(&whole)?,
        "items": items,
        "below": statement.below.iter().map(as_json).collect::<Result<Vec<Value>, Invalid>>()?,
    });
    Ok(Answer { text, json, failures: Vec::new() })
}

fn cells(centre: &CostTotal) -> Result<[String; 6], Invalid> {
    Ok([
        format!("{} {}", centre.structure_code, centre.structure_name),
        italian::hundredths("own", centre.own.as_ref())?,
        italian::hundredths("received", centre.received.as_ref())?,
        italian::hundredths("given", centre.given.as_ref())?,
        italian::hundredths("full", centre.full.as_ref())?,
        provenance(centre.provenance)?.to_owned(),
    ])
}

fn as_json(centre: &CostTotal) -> Result<Value, Invalid> {
    let ratio = |ratio: &piramide_contracts::finance::CostRatio| {
        let judged = judged::as_json(&ratio.judged.clone().unwrap_or_default())?;
        Ok(json!({ "indicator": ratio.indicator_code, "label": ratio.label, "unit": ratio.unit, "amount": judged }))
    };
    Ok(json!({
        "structure": centre.structure_code,
        "name": centre.structure_name,
        "own": view::decimal("own", centre.own.as_ref())?,
        "received": view::decimal("received", centre.received.as_ref())?,
        "given": view::decimal("given", centre.given.as_ref())?,
        "full": view::decimal("full", centre.full.as_ref())?,
        "ratios": centre.ratios.iter().map(ratio).collect::<Result<Vec<Value>, Invalid>>()?,
        "provenance": view::provenance(centre.provenance)?,
        "missing_reason": centre.missing_reason,
    }))
}

//! `piramide accounts`: watched accounts, their balances against the year before and what was collected (*conti transitori*).

use piramide_contracts::{
    convert::Invalid,
    domains::FINANCE,
    finance::{AccountGroup, AccountGroupKind, AccountLine, GetAccountsRequest, GetAccountsResponse},
};
use piramide_measure::Unit;
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

/// Shows the accounts.
///
/// # Errors
///
/// When finance does not answer, refuses, or its answer cannot be read.
pub async fn run(upstream: &Upstream, question: Question) -> Result<Answer, Failure> {
    let client = upstream.finance()?;
    let request = GetAccountsRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
    };
    let accounts = upstream.read(FINANCE, async || client.clone().get_accounts(request.clone()).await).await?;
    answer(&question, &accounts).map_err(|invalid| Failure::unreadable(FINANCE, &invalid))
}

fn answer(question: &Question, accounts: &GetAccountsResponse) -> Result<Answer, Invalid> {
    let mut groups = Table::new(&[&[("gruppo", Align::Left)], judged::COLUMNS.as_slice()].concat());
    let mut table = Table::new(&[
        ("conto", Align::Left),
        ("saldo", Align::Right),
        ("un anno prima", Align::Right),
        ("saldo %", Align::Right),
        ("al massimo %", Align::Right),
        ("oltre la scadenza", Align::Right),
        ("non lavorabili", Align::Right),
        ("riscosso", Align::Right),
        ("provenienza", Align::Left),
    ]);
    for group in &accounts.groups {
        let unit = if group.kind() == AccountGroupKind::Collections { Unit::Euro } else { Unit::Index };
        groups.row([group.label.clone()].into_iter().chain(judged::cells(&group.result.clone().unwrap_or_default(), unit.code())?));
        for line in &group.accounts {
            table.row(cells(line)?);
        }
    }
    let text = format!("{}\n\n{}\n{}", question.under(&accounts.plan_version), groups.text(), table.text());
    let json = json!({
        "structure": question.structure,
        "period": question.period.to_string(),
        "plan_version": accounts.plan_version,
        "items": accounts.groups.iter().map(as_json).collect::<Result<Vec<Value>, Invalid>>()?,
    });
    Ok(Answer { text, json, failures: Vec::new() })
}

fn cells(line: &AccountLine) -> Result<[String; 9], Invalid> {
    let change = line.change.clone().unwrap_or_default();
    Ok([
        format!("{} {}", line.account_code, line.label),
        italian::hundredths("balance", line.balance.as_ref())?,
        italian::hundredths("previous", line.previous.as_ref())?,
        italian::hundredths("change", change.actual.as_ref())?,
        italian::hundredths("target", change.target.as_ref())?,
        italian::hundredths("overdue", line.overdue.as_ref())?,
        italian::hundredths("unworkable", line.unworkable.as_ref())?,
        italian::hundredths("collected", line.collected.as_ref())?,
        provenance(line.provenance)?.to_owned(),
    ])
}

fn as_json(group: &AccountGroup) -> Result<Value, Invalid> {
    let account = |line: &AccountLine| {
        let open = line.open.iter().map(|open| Ok(json!({ "age": open.label, "amount": view::decimal("open", open.amount.as_ref())? })));
        Ok(json!({
            "account": line.account_code,
            "label": line.label,
            "balance": view::decimal("balance", line.balance.as_ref())?,
            "previous": view::decimal("previous", line.previous.as_ref())?,
            "change": judged::as_json(&line.change.clone().unwrap_or_default())?,
            "collected": view::decimal("collected", line.collected.as_ref())?,
            "open": open.collect::<Result<Vec<Value>, Invalid>>()?,
            "overdue": view::decimal("overdue", line.overdue.as_ref())?,
            "unworkable": view::decimal("unworkable", line.unworkable.as_ref())?,
            "provenance": view::provenance(line.provenance)?,
        }))
    };
    Ok(json!({
        "group": group.group_code,
        "label": group.label,
        "result": judged::as_json(&group.result.clone().unwrap_or_default())?,
        "accounts": group.accounts.iter().map(account).collect::<Result<Vec<Value>, Invalid>>()?,
    }))
}

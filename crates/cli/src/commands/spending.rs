//! `piramide spending`: chapters against forecast and budget, and where the year ends (*controllo della spesa*).

use piramide_contracts::{
    convert::Invalid,
    domains::FINANCE,
    finance::{GetSpendingRequest, GetSpendingResponse, ProjectionBasis, SpendingLine, SpendingStanding, ToleranceVerdict},
};
use serde_json::{Value, json};

use crate::{
    Answer,
    arguments::Question,
    commands::provenance,
    failure::Failure,
    italian,
    table::{Align, Table},
    upstream::Upstream,
    view,
};

/// Shows the control. A passed limit is a failure, so that cron tells.
///
/// # Errors
///
/// When finance does not answer, refuses, or its answer cannot be read.
pub async fn run(upstream: &Upstream, question: Question) -> Result<Answer, Failure> {
    let client = upstream.finance()?;
    let request = GetSpendingRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
        chapter_code: String::new(),
    };
    let control = upstream.read(FINANCE, async || client.clone().get_spending(request.clone()).await).await?;
    answer(&question, &control).map_err(|invalid| Failure::unreadable(FINANCE, &invalid))
}

fn answer(question: &Question, control: &GetSpendingResponse) -> Result<Answer, Invalid> {
    let elapsed = control.elapsed.as_ref().map_or(italian::MISSING, |month| month.value.as_str());
    let mut text = format!("{}, utilizzato fino a {elapsed}\n\n", question.under(&control.plan_version));
    let mut table = Table::new(&[
        ("capitolo", Align::Left),
        ("budget", Align::Right),
        ("forecast", Align::Right),
        ("impegnato", Align::Right),
        ("utilizzato", Align::Right),
        ("dal forecast %", Align::Right),
        ("proiezione", Align::Right),
        ("base", Align::Left),
        ("esito", Align::Left),
        ("provenienza", Align::Left),
    ]);
    let mut items = Vec::new();
    for line in &control.lines {
        table.row(cells(line)?);
        items.push(as_json(line)?);
    }
    text.push_str(&table.text());
    for share in &control.transit {
        let verdict = share.verdict.clone().unwrap_or_default();
        let balance = italian::hundredths("balance", share.balance.as_ref())?;
        let percent = italian::hundredths("percent", verdict.percent.as_ref())?;
        let told = told(verdict.standing);
        text.extend(["\n", &share.label, ": saldo ", &balance, ", ", &percent, " % delle spese di funzionamento, ", told, "\n"]);
    }
    let transit = control.transit.iter().map(|share| {
        let verdict = share.verdict.clone().unwrap_or_default();
        Ok(json!({ "account": share.account_code, "balance": view::decimal("balance", share.balance.as_ref())?, "verdict": judged(&verdict)? }))
    });
    let json = json!({
        "structure": question.structure,
        "period": question.period.to_string(),
        "plan_version": control.plan_version,
        "elapsed": control.elapsed.as_ref().map(|month| month.value.clone()),
        "items": items,
        "transit": transit.collect::<Result<Vec<Value>, Invalid>>()?,
    });
    let is_passed = |standing: i32| standing == i32::from(SpendingStanding::Passed);
    let passed = control.lines.iter().filter(|line| is_passed(line.standing)).count()
        + control.transit.iter().filter(|share| share.verdict.as_ref().is_some_and(|verdict| is_passed(verdict.standing))).count();
    let failures = if passed == 0 { Vec::new() } else { vec![Failure::LimitsPassed { structure: question.structure.clone(), passed }] };
    Ok(Answer { text, json, failures })
}

fn cells(line: &SpendingLine) -> Result<[String; 10], Invalid> {
    let percent = line.tolerance.as_ref().and_then(|verdict| verdict.percent.as_ref());
    Ok([
        format!("{} {}", line.official_code, line.label),
        italian::hundredths("budget", line.budget.as_ref())?,
        italian::hundredths("forecast", line.forecast.as_ref())?,
        italian::hundredths("committed", line.committed.as_ref())?,
        italian::hundredths("actual", line.actual.as_ref())?,
        italian::hundredths("percent", percent)?,
        italian::hundredths("projection", line.projection.as_ref())?,
        basis(line.basis).map_or("", |(_, italian)| italian).to_owned(),
        told(line.standing).to_owned(),
        provenance(line.provenance)?.to_owned(),
    ])
}

/// What a projection rests on: for machines, for people.
fn basis(number: i32) -> Option<(&'static str, &'static str)> {
    match ProjectionBasis::try_from(number) {
        Ok(ProjectionBasis::Final) => Some(("final", "anno concluso")),
        Ok(ProjectionBasis::Forecast) => Some(("forecast", "ultimo forecast")),
        Ok(ProjectionBasis::ProRata) => Some(("pro_rata", "pro rata")),
        Ok(ProjectionBasis::Unspecified) | Err(_) => None,
    }
}

fn told(standing: i32) -> &'static str {
    match SpendingStanding::try_from(standing) {
        Ok(SpendingStanding::Within) => "entro",
        Ok(SpendingStanding::Warned) => "preavviso",
        Ok(SpendingStanding::Passed) => "superato",
        Ok(SpendingStanding::Unspecified) | Err(_) => "non valutabile",
    }
}

fn code(standing: i32) -> Option<&'static str> {
    match SpendingStanding::try_from(standing) {
        Ok(SpendingStanding::Within) => Some("within"),
        Ok(SpendingStanding::Warned) => Some("warned"),
        Ok(SpendingStanding::Passed) => Some("passed"),
        Ok(SpendingStanding::Unspecified) | Err(_) => None,
    }
}

fn judged(verdict: &ToleranceVerdict) -> Result<Value, Invalid> {
    Ok(json!({
        "standing": code(verdict.standing),
        "percent": view::decimal("percent", verdict.percent.as_ref())?,
        "least": view::decimal("least", verdict.least.as_ref())?,
        "most": view::decimal("most", verdict.most.as_ref())?,
    }))
}

fn as_json(line: &SpendingLine) -> Result<Value, Invalid> {
    let verdict = |verdict: &Option<ToleranceVerdict>| judged(&verdict.clone().unwrap_or_default());
    Ok(json!({
        "chapter": line.chapter_code,
        "official": line.official_code,
        "label": line.label,
        "budget": view::decimal("budget", line.budget.as_ref())?,
        "assigned": view::decimal("assigned", line.assigned.as_ref())?,
        "forecast": view::decimal("forecast", line.forecast.as_ref())?,
        "forecast_round": line.forecast_round,
        "committed": view::decimal("committed", line.committed.as_ref())?,
        "actual": view::decimal("actual", line.actual.as_ref())?,
        "paid": view::decimal("paid", line.paid.as_ref())?,
        "tolerance": verdict(&line.tolerance)?,
        "commitment": verdict(&line.commitment)?,
        "projection": view::decimal("projection", line.projection.as_ref())?,
        "basis": basis(line.basis).map(|(code, _)| code),
        "outcome": verdict(&line.outcome)?,
        "standing": code(line.standing),
        "provenance": view::provenance(line.provenance)?,
        "missing_reason": line.missing_reason,
    }))
}

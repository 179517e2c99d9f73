//! `piramide statement`: the IEEP item by item, with the euro sum and the weighted realisation (*prospetto dell'IEEP*).

use piramide_contracts::{
    convert::Invalid,
    domains::FINANCE,
    finance::{GetStatementRequest, GetStatementResponse, StatementLine},
};
use piramide_measure::{Unit, explanation::counted};
use serde_json::{Value, json};

use crate::{
    Answer,
    arguments::{Question, Statement},
    commands::judged,
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
pub async fn run(upstream: &Upstream, statement: Statement) -> Result<Answer, Failure> {
    let Statement { question, assignee } = statement;
    let client = upstream.finance()?;
    let request = GetStatementRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
        assignee_code: assignee.clone(),
    };
    let statement = upstream.read(FINANCE, async || client.clone().get_statement(request.clone()).await).await?;
    answer(&question, &assignee, &statement).map_err(|invalid| Failure::unreadable(FINANCE, &invalid))
}

fn answer(question: &Question, assignee: &str, statement: &GetStatementResponse) -> Result<Answer, Invalid> {
    let mut columns = vec![("voce", Align::Left), ("segno", Align::Right)];
    columns.extend(judged::COLUMNS);
    columns.push(("nota", Align::Left));
    let mut table = Table::new(&columns);
    let mut items = Vec::new();
    for line in &statement.lines {
        let judged = line.judged.clone().unwrap_or_default();
        let sign = if line.sign < 0 { "-" } else { "+" };
        let name = format!("{} {}", line.item_code, line.label);
        let note = if line.unsquared_count > 0 {
            format!("non quadra in {}", counted(italian::count(line.unsquared_count.into()), "caso", "casi"))
        } else {
            judged.missing_reason.clone()
        };
        table.row([name, sign.to_owned()].into_iter().chain(judged::cells(&judged, Unit::Euro.code())?).chain([note]));
        items.push(as_json(line)?);
    }
    let total = statement.total.clone().unwrap_or_default();
    let weighted = italian::hundredths("weighted_realisation", statement.weighted_realisation.as_ref())?;
    let sum = italian::hundredths("actual", total.actual.as_ref())?;
    let (of_whom, others) = match assignee {
        "" => (String::new(), assignees(statement)),
        _ => (format!(", voci di {}", statement.assignee_label), String::new()),
    };
    let text = format!(
        "{}{of_whom}\n\n{}\nSomma in euro: {sum}\nRealizzazione ponderata %: {weighted} {}{others}",
        question.under(&statement.plan_version),
        table.text(),
        statement.weighted_missing_reason,
    );
    let json = json!({
        "structure": question.structure,
        "period": question.period.to_string(),
        "plan_version": statement.plan_version,
        "assignee": (!assignee.is_empty()).then_some(assignee),
        "assignee_label": (!assignee.is_empty()).then_some(&statement.assignee_label),
        "assignees": statement.assignees.iter().map(|known| json!({"code": known.code, "label": known.label})).collect::<Vec<_>>(),
        "total": judged::as_json(&total)?,
        "weighted_realisation": view::decimal("weighted_realisation", statement.weighted_realisation.as_ref())?,
        "weighted_missing_reason": statement.weighted_missing_reason,
        "items": items,
    });
    Ok(Answer { text: format!("{}\n", text.trim_end()), json, failures: Vec::new() })
}

/// Who may be asked for, where the plan assigns items to anyone.
fn assignees(statement: &GetStatementResponse) -> String {
    let lines: Vec<String> = statement.assignees.iter().map(|known| format!("\n  {} {}", known.code, known.label)).collect();
    if lines.is_empty() { String::new() } else { format!("\n\nStrutture centrali con voci proprie (--assignee):{}", lines.concat()) }
}

fn as_json(line: &StatementLine) -> Result<Value, Invalid> {
    Ok(json!({
        "item": line.item_code,
        "parent": line.parent_code,
        "label": line.label,
        "sign": line.sign,
        "amount": judged::as_json(&line.judged.clone().unwrap_or_default())?,
        "unsquared": view::decimal("unsquared", line.unsquared.as_ref())?,
        "unsquared_count": line.unsquared_count,
    }))
}

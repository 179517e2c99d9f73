//! `piramide explain`: one indicator, derived down to its facts and plan values (*perché?*).

use std::fmt::Write;

use piramide_contracts::{
    convert::Invalid,
    domains,
    scorecard::ExplainIndicatorRequest,
    types::{ExplanationNode, source::Kind},
};
use serde_json::json;

use crate::{
    Answer,
    arguments::Explain,
    commands::{RESULT_COLUMNS, provenance, result_row},
    failure::Failure,
    italian,
    table::Table,
    upstream::Upstream,
    view,
};

/// Explains an indicator.
///
/// # Errors
///
/// When its domain refuses, does not answer, or answers what cannot be read.
pub async fn run(upstream: &Upstream, explain: Explain) -> Result<Answer, Failure> {
    let Explain { code, question } = explain;
    let domain = domains::of_indicator(&code).ok_or_else(|| {
        let names = domains::ALL.map(|domain| domain.name).join(", ");
        Failure::Usage { what: format!("\"{code}\" is not the code of an indicator: it starts with its domain ({names}) and a point") }
    })?;
    let client = upstream.scorecard(domain)?;
    let request = ExplainIndicatorRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
        indicator_code: code,
    };
    let explained = upstream.read(domain, async || client.clone().explain_indicator(request.clone()).await).await?;
    let unreadable = |invalid: Invalid| Failure::unreadable(domain, &invalid);
    let result = explained.result.unwrap_or_default();
    let mut table = Table::new(&RESULT_COLUMNS);
    result_row(&mut table, domain, &result)?;
    let text = format!("{}\n\n{}\n{}", question.under(&result.plan_version), table.text(), tree(&explained.nodes).map_err(unreadable)?);
    let nodes = explained.nodes.iter().map(view::explanation_node).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    Ok(Answer::new(text, json!({"indicator": view::result(&result).map_err(unreadable)?, "nodes": nodes})))
}

/// A derivation as an indented tree. Parents come before children, so one pass knows every depth.
fn tree(nodes: &[ExplanationNode]) -> Result<String, Invalid> {
    let mut depths: Vec<usize> = Vec::with_capacity(nodes.len());
    let mut text = String::new();
    for node in nodes {
        let parent = node.parent.and_then(|parent| usize::try_from(parent).ok()).and_then(|parent| depths.get(parent));
        let depth = parent.map_or(0, |depth| depth + 1);
        depths.push(depth);
        let indent = "  ".repeat(depth);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{indent}{} = {}{}", node.label, italian::measure("value", node.value.as_ref(), &node.unit)?, source(node)?);
        if !node.formula.is_empty() {
            let _ = writeln!(text, "{indent}  formula: {}", node.formula);
        }
        for note in &node.notes {
            let _ = writeln!(text, "{indent}  nota: {}", italian::note(note));
        }
    }
    Ok(text)
}

/// Where a number that is not computed comes from.
fn source(node: &ExplanationNode) -> Result<String, Invalid> {
    Ok(match node.source.as_ref().and_then(|source| source.kind.as_ref()) {
        None => String::new(),
        Some(Kind::Plan(plan)) => format!("  [piano {}, {}]", plan.plan_version, plan.place),
        Some(Kind::Indicator(indicator)) => format!("  [indicatore {}]", indicator.code),
        Some(Kind::Total(total)) => {
            format!("  [totale {} {}, {}]", total.structure_code, total.subject_code, provenance(total.provenance)?)
        }
        Some(Kind::Fact(fact)) => {
            let period = fact.period.as_ref().map_or("", |period| &period.value);
            let place = format!("{} {} {period} {}", fact.structure_code, fact.subject_code, fact.quantity);
            format!("  [lotto {}, {place}, {}]", fact.batch_id, provenance(fact.provenance)?)
        }
    })
}

//! `piramide pyramid`: the index of public value and everything under it (*piramide del valore pubblico*).

use std::collections::BTreeMap;

use piramide_contracts::{
    convert::Invalid,
    domains::{self, PUBLIC_VALUE},
    publicvalue::{GetPyramidRequest, PyramidNode},
};
use serde_json::json;

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

/// Shows the pyramid.
///
/// # Errors
///
/// When public value refuses, does not answer, or answers what cannot be read. A domain that is away is a failure beside the
/// answer, whose coverage is then below 100.
pub async fn run(upstream: &Upstream, question: Question) -> Result<Answer, Failure> {
    let client = upstream.public_value()?;
    let request = GetPyramidRequest {
        structure_code: question.structure.clone(),
        period: Some(question.period.into()),
        plan: question.plan.clone(),
        as_of: question.as_of.clone(),
        heard_of: Vec::new(),
    };
    let pyramid = upstream.read(PUBLIC_VALUE, async || client.clone().get_pyramid(request.clone()).await).await?;
    let unreadable = |invalid: Invalid| Failure::unreadable(PUBLIC_VALUE, &invalid);
    let table = table(&pyramid.nodes).map_err(unreadable)?;
    let notes: Vec<String> = pyramid.notes.iter().map(|note| format!("nota: {}\n", italian::note(note))).collect();
    let notes = notes.concat();
    let text = format!("{}\n\n{}\n{notes}", question.under(&pyramid.plan_version), table.text());
    let away = pyramid.domains.iter().filter(|state| !state.available).map(|state| Failure::Unavailable {
        domain: domains::named(&state.domain).map_or("a domain", |domain| domain.name),
        address: domains::named(&state.domain).map_or_else(String::new, |domain| upstream.address(domain).to_owned()),
        cause: "public value could not ask it, so its part of the pyramid is missing".to_owned(),
    });
    let failures = away.collect();
    let states: Vec<_> = pyramid
        .domains
        .iter()
        .map(|state| json!({"domain": state.domain, "available": state.available, "sequence": state.sequence, "recorded_at": view::moment(state.recorded_at.as_ref())}))
        .collect();
    let items = pyramid.nodes.iter().map(view::pyramid_node).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let json = json!({
        "structure": question.structure,
        "period": question.period.to_string(),
        "plan_version": pyramid.plan_version,
        "domains": states,
        "notes": pyramid.notes,
        "items": items,
    });
    Ok(Answer { text, json, failures })
}

/// The nodes as they come, parents before children, each indented below its parent.
fn table(nodes: &[PyramidNode]) -> Result<Table, Invalid> {
    let mut table = Table::new(&[
        ("voce", Align::Left),
        ("peso", Align::Right),
        ("consuntivo", Align::Right),
        ("obiettivo", Align::Right),
        ("scostamento", Align::Right),
        ("punteggio", Align::Right),
        ("copertura", Align::Right),
        ("provenienza", Align::Left),
        ("nota", Align::Left),
    ]);
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for node in nodes {
        let depth = depths.get(node.parent_code.as_str()).map_or(0, |depth| depth + 1);
        depths.insert(&node.code, depth);
        table.row([
            format!("{}{}", "  ".repeat(depth), node.label),
            italian::hundredths("weight", node.weight.as_ref())?,
            italian::measure("actual", node.actual.as_ref(), &node.unit)?,
            italian::measure("target", node.target.as_ref(), &node.unit)?,
            italian::deviation("deviation", node.deviation.as_ref(), &node.deviation_unit)?,
            italian::hundredths("score", node.score.as_ref())?,
            italian::hundredths("coverage", node.coverage.as_ref())?,
            provenance(node.provenance)?.to_owned(),
            node.missing_reason.clone(),
        ]);
    }
    Ok(table)
}

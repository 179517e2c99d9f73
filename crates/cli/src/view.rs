//! Contract messages as JSON for machines: snake_case, decimals as strings, absent as null.

use piramide_contracts::{
    convert::{self, Invalid},
    ledger::{Closing, Feed, Receipt},
    publicvalue::PyramidNode,
    scorecard::IndicatorResult,
    types::{self, ExplanationNode, source::Kind},
};
use serde_json::{Value, json};

/// Digits after the point of a quotient that no shorter decimal equals, rounded half away from zero: the exact fraction is what services say.
const MOST_DIGITS: u32 = 12;

/// A number as decimal text, or null.
///
/// # Errors
///
/// When it is not a number.
pub fn decimal(field: &str, value: Option<&types::Exact>) -> Result<Value, Invalid> {
    Ok(convert::optional_exact(field, value)?.map_or(Value::Null, |value| Value::String(value.decimal_text(MOST_DIGITS))))
}

/// A provenance by its code, or null.
///
/// # Errors
///
/// When the number stands for none.
pub fn provenance(number: i32) -> Result<Option<&'static str>, Invalid> {
    Ok(convert::provenance("provenance", number)?.map(piramide_measure::Provenance::code))
}

/// The receipt of a batch.
///
/// # Errors
///
/// When its provenance is unknown.
pub fn receipt(domain: &str, receipt: &Receipt) -> Result<Value, Invalid> {
    Ok(json!({
        "domain": domain,
        "batch_id": receipt.batch_id,
        "sequence": receipt.sequence,
        "origin": receipt.origin,
        "provenance": provenance(receipt.provenance)?,
        "reason": receipt.reason,
        "note": receipt.note,
        "recorded_at": moment(receipt.recorded_at.as_ref()),
        "content_hash": receipt.content_hash,
        "chain_hash": receipt.chain_hash,
        "facts": receipt.facts,
        "superseded": receipt.superseded,
        "events": receipt.events,
    }))
}

/// A closing.
pub fn closing(domain: &str, closing: &Closing) -> Value {
    json!({
        "domain": domain,
        "name": closing.name,
        "sequence": closing.sequence,
        "period": closing.period.as_ref().map(|period| &period.value),
        "author": closing.author,
        "note": closing.note,
        "recorded_at": moment(closing.recorded_at.as_ref()),
        "chain_hash": closing.chain_hash,
    })
}

/// What a system has sent event by event.
pub fn feed(domain: &str, feed: &Feed) -> Value {
    json!({
        "domain": domain,
        "origin": feed.origin,
        "events": feed.events,
        "first_number": feed.first_number,
        "last_number": feed.last_number,
        "missing": feed.missing,
        "gaps": feed.gaps.iter().map(|gap| json!({ "first": gap.first, "last": gap.last })).collect::<Vec<_>>(),
        "last_sequence": feed.last_sequence,
        "last_recorded_at": moment(feed.last_recorded_at.as_ref()),
    })
}

/// The result of an indicator.
///
/// # Errors
///
/// When a field cannot be read.
pub fn result(result: &IndicatorResult) -> Result<Value, Invalid> {
    let indicator = result.indicator.clone().unwrap_or_default();
    Ok(json!({
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        "direction": convert::direction("direction", indicator.direction)?.code(),
        "actual": decimal("actual", result.actual.as_ref())?,
        "missing_reason": result.missing_reason,
        "target": decimal("target", result.target.as_ref())?,
        "deviation": decimal("deviation", result.deviation.as_ref())?,
        "deviation_unit": said(&result.deviation_unit),
        "score": decimal("score", result.score.as_ref())?,
        "coverage": decimal("coverage", result.coverage.as_ref())?,
        "provenance": provenance(result.provenance)?,
        "plan_version": result.plan_version,
    }))
}

/// A node of the pyramid.
///
/// # Errors
///
/// When a field cannot be read.
pub fn pyramid_node(node: &PyramidNode) -> Result<Value, Invalid> {
    Ok(json!({
        "code": node.code,
        "parent_code": node.parent_code,
        "label": node.label,
        "kind": node.kind,
        "weight": decimal("weight", node.weight.as_ref())?,
        "indicator_code": node.indicator_code,
        "unit": node.unit,
        "actual": decimal("actual", node.actual.as_ref())?,
        "target": decimal("target", node.target.as_ref())?,
        "deviation": decimal("deviation", node.deviation.as_ref())?,
        "deviation_unit": said(&node.deviation_unit),
        "score": decimal("score", node.score.as_ref())?,
        "coverage": decimal("coverage", node.coverage.as_ref())?,
        "provenance": provenance(node.provenance)?,
        "missing_reason": node.missing_reason,
        "note": node.note,
    }))
}

/// A number of a derivation, with the position of the number it enters.
///
/// # Errors
///
/// When a field cannot be read.
pub fn explanation_node(node: &ExplanationNode) -> Result<Value, Invalid> {
    let source = match node.source.as_ref().and_then(|source| source.kind.as_ref()) {
        None => Value::Null,
        Some(Kind::Plan(plan)) => json!({"plan": {"plan_version": plan.plan_version, "place": plan.place}}),
        Some(Kind::Indicator(indicator)) => json!({"indicator": {"code": indicator.code}}),
        Some(Kind::Total(total)) => json!({"total": {
            "provenance": provenance(total.provenance)?,
            "structure": total.structure_code,
            "subject": total.subject_code,
        }}),
        Some(Kind::Fact(fact)) => json!({"fact": {
            "batch_id": fact.batch_id,
            "provenance": provenance(fact.provenance)?,
            "structure": fact.structure_code,
            "subject": fact.subject_code,
            "period": fact.period.as_ref().map(|period| &period.value),
            "quantity": fact.quantity,
        }}),
    };
    Ok(json!({
        "parent": node.parent,
        "label": node.label,
        "value": decimal("value", node.value.as_ref())?,
        "unit": node.unit,
        "formula": node.formula,
        "source": source,
        "notes": node.notes,
    }))
}

/// A text, or null in the place of an empty one.
pub fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A moment in RFC 3339, or null.
pub fn moment(moment: Option<&prost_types::Timestamp>) -> Option<String> {
    moment.map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_whole_and_a_quotient_without_one_has_twelve_digits() {
        let shown = |numerator: &str, denominator: &str| {
            decimal("f", Some(&types::Exact { numerator: numerator.to_owned(), denominator: denominator.to_owned() })).unwrap()
        };
        assert_eq!(shown("1", "3"), "0.333333333333");
        assert_eq!(shown("-2", "3"), "-0.666666666667", "half away from zero");
        assert_eq!(shown("1", "4096"), "0.000244140625", "twelve digits are all it has");
    }
}

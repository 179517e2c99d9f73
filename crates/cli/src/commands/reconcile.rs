//! `piramide reconcile`: whether a table adds up, and if not, why not. Asks no service.

use std::fs;

use piramide_contracts::table::sums;
use piramide_measure::reconciliation::{CellId, Miss, Report, Rounding};
use serde_json::{Value, json};

use crate::{
    Answer,
    arguments::Reconcile,
    failure::Failure,
    italian,
    table::{Align, Table},
};

/// Digits after the point of numbers for machines, at most.
const MOST_DIGITS: u32 = 12;

/// Checks the table.
///
/// # Errors
///
/// When the file is not a table.
pub fn run(asked: &Reconcile) -> Result<Answer, Failure> {
    let path = &asked.file;
    let bytes = fs::read(path).map_err(|error| Failure::Usage { what: format!("{} cannot be read: {error}", path.display()) })?;
    let rounding = if asked.exact { Rounding::None } else { Rounding::UnitPerPart };
    let table = sums::read(&bytes, asked.dialect.into(), rounding, asked.total.as_deref())
        .map_err(|errors| Failure::Table { path: path.clone(), errors })?;
    let report = table.reconcile();
    let failures = if report.broken.is_empty() {
        Vec::new()
    } else {
        vec![Failure::DoesNotAddUp { path: path.clone(), broken: report.broken.len(), checked: report.checked() }]
    };
    Ok(Answer { text: text(&report), json: as_json(&report), failures })
}

fn text(report: &Report) -> String {
    let mut text = format!(
        "{} somme verificate: {} quadrano, {} entro l'arrotondamento, {} non quadrano; {} non verificabili\n",
        report.checked(),
        report.holding,
        report.rounded.len(),
        report.broken.len(),
        report.incomplete
    );
    let mut table = Table::new(&[
        ("somma", Align::Left),
        ("scritto", Align::Right),
        ("dalle parti", Align::Right),
        ("differenza", Align::Right),
        ("tolleranza", Align::Right),
        ("esito", Align::Left),
    ]);
    let number = |value: &piramide_measure::Exact| italian::number(&value.decimal_text(MOST_DIGITS));
    for miss in report.broken.iter().chain(&report.rounded) {
        let cause = miss.cause.and_then(|position| report.causes.get(position));
        let outcome = match cause {
            None => "entro l'arrotondamento".to_owned(),
            Some(cause) if cause.cell == miss.rule.whole => cause.sentence(),
            Some(cause) => format!("tra le parti, {}", cause.sentence()),
        };
        let numbers = [&miss.written, &miss.summed, &miss.difference, &miss.tolerance].map(number);
        table.row(std::iter::once(miss.rule.whole.to_string()).chain(numbers).chain([outcome]));
    }
    if !table.is_empty() {
        text.push('\n');
        text.push_str(&table.text());
    }
    text
}

fn as_json(report: &Report) -> Value {
    let exact = |value: &piramide_measure::Exact| value.decimal_text(MOST_DIGITS);
    let cell = |id: &CellId| json!({ "row": id.row, "column": id.column });
    let miss = |miss: &Miss| {
        json!({
            "sum": cell(&miss.rule.whole),
            "written": exact(&miss.written),
            "summed": exact(&miss.summed),
            "difference": exact(&miss.difference),
            "tolerance": exact(&miss.tolerance),
            "parts": miss.rule.parts.len(),
            "cause": miss.cause,
        })
    };
    let causes: Vec<Value> = report
        .causes
        .iter()
        .map(|cause| {
            json!({
                "cell": cell(&cause.cell),
                "written": exact(&cause.written),
                "corrected": exact(&cause.corrected),
                "settles": cause.settles,
                "sentence": cause.sentence(),
            })
        })
        .collect();
    json!({
        "checked": report.checked(),
        "holding": report.holding,
        "incomplete": report.incomplete,
        "rounded": report.rounded.iter().map(miss).collect::<Vec<_>>(),
        "broken": report.broken.iter().map(miss).collect::<Vec<_>>(),
        "causes": causes,
    })
}

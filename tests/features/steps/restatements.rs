//! What was restated in production after a closing.

use std::collections::BTreeMap;

use gherkin::Step;
use serde_json::Value;

use super::{Outcome, Stage, counts, same, system};
use crate::words;

impl Stage {
    /// The quantities that changed since a closing: those of the table in their order, and together the difference of the flows.
    pub(super) fn restatements(&mut self, holes: &[String], step: &Step) -> Outcome {
        let found = self.found(&holes[0], &holes[1], &holes[2])?;
        let items = found["items"].as_array().ok_or("no changes")?;
        let (head, rows) = step.table.as_ref().and_then(|table| table.rows.split_first()).ok_or("a table of changes must follow")?;
        if items.len() != rows.len() {
            return Err(format!("{} changes are expected: {found}", rows.len()));
        }
        for (row, item) in rows.iter().zip(items) {
            for (name, expected) in head.iter().zip(row) {
                let (field, expected) = match name.as_str() {
                    "sede" => ("structure", self.structure(&format!("sede {expected}"))?),
                    "prodotto" => ("product", expected.clone()),
                    "mese" => ("period", expected.clone()),
                    "quantità" => ("quantity", words::column(expected)?.to_owned()),
                    "come" => ("kind", words::kind_of_change(expected)?.to_owned()),
                    "prima" => ("before", expected.clone()),
                    "dopo" => ("after", expected.clone()),
                    "effetto" => ("effect", expected.clone()),
                    "motivo" => ("reason", expected.clone()),
                    other => {
                        return Err(format!("\"{other}\" is none of: sede, prodotto, mese, quantità, come, prima, dopo, effetto, motivo"));
                    }
                };
                match field {
                    _ if expected.is_empty() && item[field].is_null() => {}
                    "effect" if counts(&item[field], &expected) => {}
                    "before" | "after" => same(&item[field], &expected, item)?,
                    _ if item[field] == expected => {}
                    _ => return Err(format!("{field} is not \"{expected}\": {item}")),
                }
            }
        }
        squares(&found)
    }

    /// A quantity of a flow, as it was known at a closing and as it is.
    pub(super) fn restated_flow(&mut self, holes: &[String], _: &Step) -> Outcome {
        let found = self.found(&holes[0], &holes[1], &holes[2])?;
        let column = words::column(&holes[3])?;
        let flow = found["flows"].as_array().into_iter().flatten().find(|flow| flow["after"]["node"] == holes[4].as_str());
        let flow = flow.ok_or_else(|| format!("the flow of {} is what it was: {found}", holes[4]))?;
        let is = counts(&flow["before"][column], &holes[5]) && counts(&flow["after"][column], &holes[6]);
        if is { Ok(()) } else { Err(format!("it is otherwise: {flow}")) }
    }

    fn found(&self, structure: &str, period: &str, closing: &str) -> Result<Value, String> {
        let structure = self.structure(structure)?;
        Ok(system().json(&format!("/api/v1/production/changes?structure={structure}&period={period}&before={closing}&page_size=1000")))
    }
}

/// Whether the effects sum to the difference of every total.
fn squares(found: &Value) -> Outcome {
    let mut effects: BTreeMap<&str, i64> = BTreeMap::new();
    for item in found["items"].as_array().into_iter().flatten() {
        *effects.entry(item["flow_quantity"].as_str().unwrap_or_default()).or_default() += item["effect"].as_i64().unwrap_or_default();
    }
    for flow in found["flows"].as_array().into_iter().flatten().filter(|flow| flow["after"]["parent"].is_null()) {
        for (quantity, effect) in &effects {
            let of = |side: &str| flow[side][quantity].as_i64().unwrap_or_default();
            if of("before") + effect != of("after") {
                return Err(format!("the effects on {quantity} do not add up to the difference: {found}"));
            }
        }
    }
    Ok(())
}

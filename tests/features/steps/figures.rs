//! Figures of indicators and of the pyramid: as programs get them, as a page shows them, and how they are explained.

use gherkin::Step;
use piramide_measure::Exact;
use serde_json::Value;

use super::{Outcome, Stage, same, system};
use crate::words;

impl Stage {
    pub(super) fn figures(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let answer = system().get(&format!("/api/v1/indicators/{}?structure={structure}&period={}", holes[2], holes[1]));
        if answer.status == 200 { Ok(answer.json()) } else { Err(answer.text) }
    }

    pub(super) fn indicator(&mut self, holes: &[String], _: &Step) -> Outcome {
        let field = match holes[3].as_str() {
            "consuntivo" => "actual",
            "obiettivo" => "target",
            "scostamento" => "deviation",
            "punteggio" => "score",
            "copertura" => "coverage",
            other => return Err(format!("\"{other}\" is none of: consuntivo, obiettivo, scostamento, punteggio, copertura")),
        };
        let figures = self.figures(holes)?;
        same(&figures[field], &holes[4], &figures)
    }

    pub(super) fn without_measure(&mut self, holes: &[String], _: &Step) -> Outcome {
        let figures = self.figures(holes)?;
        let silent = figures["actual"].is_null() && figures["missing_reason"].is_string();
        if silent { Ok(()) } else { Err(format!("it has one: {figures}")) }
    }

    pub(super) fn kept(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[1])?;
        let asked = format!("structure={structure}&period={}&as_of={}", holes[2], holes[0]);
        let figures = system().json(&format!("/api/v1/indicators/{}?{asked}", holes[3]));
        same(&figures["actual"], &holes[4], &figures)
    }

    /// The facts that changed since a closing: those of the table, and together the difference.
    pub(super) fn changes(&mut self, holes: &[String], step: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/finance/changes?structure={structure}&period={}&before={}", holes[1], holes[2]));
        let facts = found["items"].as_array().ok_or("no facts")?;
        let (head, rows) = step.table.as_ref().and_then(|table| table.rows.split_first()).ok_or("a table of facts must follow")?;
        if facts.len() != rows.len() {
            return Err(format!("{} facts are expected: {found}", rows.len()));
        }
        for row in rows {
            let fact = facts.iter().find(|fact| fact["subject"] == row[0].as_str()).ok_or_else(|| format!("no {} in {found}", row[0]))?;
            for (name, expected) in head.iter().zip(row).skip(1) {
                let field = match name.as_str() {
                    "prima" => "before",
                    "dopo" => "after",
                    "effetto" => "effect",
                    "motivo" => "reason",
                    other => return Err(format!("\"{other}\" is none of: prima, dopo, effetto, motivo")),
                };
                match (field, expected.as_str()) {
                    ("reason", reason) if fact[field] == reason => {}
                    (_, "") if fact[field].is_null() => {}
                    ("reason", _) | (_, "") => return Err(format!("{field} is not \"{expected}\": {fact}")),
                    _ => same(&fact[field], expected, fact)?,
                }
            }
        }
        let number = |value: &Value| value.as_str().and_then(|text| Exact::parse(text).ok()).unwrap_or_else(Exact::zero);
        let effects: Exact = facts.iter().map(|fact| number(&fact["effect"])).sum();
        let whole = effects + number(&found["covered"]);
        if whole == number(&found["difference"]) { Ok(()) } else { Err(format!("they do not add up to the difference: {found}")) }
    }

    pub(super) fn public_value(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let pyramid = system().json(&format!("/api/v1/public-value?structure={structure}&period={}", holes[1]));
        same(&pyramid["score"], &holes[2], &pyramid)?;
        same(&pyramid["coverage"], &holes[3], &pyramid)
    }

    pub(super) fn impact(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/public-value/impact?structure={structure}&period={}", holes[1]));
        let items = found["items"].as_array().ok_or("no products")?;
        let product =
            items.iter().find(|item| item["product"] == holes[2].as_str()).ok_or_else(|| format!("no {} in {found}", holes[2]))?;
        same(&product["previous_year"]["index"], &holes[3], product)?;
        same(&product["previous_year"]["coverage"], &holes[4], product)
    }

    /// What the page of a domain shows of an indicator, digit by digit.
    pub(super) fn shown(&mut self, holes: &[String], _: &Step) -> Outcome {
        let (domain, structure) = (words::domain(&holes[0])?, self.structure(&holes[1])?);
        let page = system().get(&format!("/dominio/{domain}?structure={structure}&period={}", holes[2])).text;
        let begins = format!("id=\"indicatore-{}\"", holes[3]);
        let row = page.split(&begins).nth(1).and_then(|rest| rest.split("</tr>").next());
        let row = row.ok_or_else(|| format!("the page has no {}", holes[3]))?;
        let column = match holes[4].as_str() {
            "scostamento" => "Scostamento",
            "consuntivo" => "Consuntivo",
            "obiettivo" => "Obiettivo",
            "punteggio" => "Punteggio",
            "copertura" => "Copertura",
            other => return Err(format!("\"{other}\" is none of: consuntivo, obiettivo, scostamento, punteggio, copertura")),
        };
        let cell = row.split(&format!("data-voce=\"{column}\">")).nth(1).and_then(|rest| rest.split("</td>").next()).unwrap_or_default();
        let text = cell.replace("<strong>", "").replace("</strong>", "").replace('\u{a0}', " ");
        if text.trim() == holes[5] { Ok(()) } else { Err(format!("the page shows \"{}\"", text.trim())) }
    }

    fn explanation(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let answer = system().get(&format!("/api/v1/indicators/{}/explanation?structure={structure}&period={}", holes[2], holes[1]));
        if answer.status == 200 { Ok(answer.json()["explanation"].clone()) } else { Err(answer.text) }
    }

    /// Each row of the table is a step of the derivation: what it is, its value, and where it comes from.
    pub(super) fn explained(&mut self, holes: &[String], step: &Step) -> Outcome {
        let explanation = self.explanation(holes)?;
        let mut steps = vec![&explanation];
        let mut place = 0;
        while let Some(step) = steps.get(place) {
            steps.extend(step["inputs"].as_array().into_iter().flatten());
            place += 1;
        }
        let rows = &step.table.as_ref().ok_or("a table of steps must follow")?.rows;
        for row in rows.iter().skip(1) {
            let [label, value, origin] = row.as_slice() else { return Err("a step has che cosa, valore, da dove".to_owned()) };
            let kind = match origin.as_str() {
                "un fatto" => Some("fact"),
                "il piano" => Some("plan"),
                "un calcolo" => None,
                other => return Err(format!("\"{other}\" is none of: un fatto, il piano, un calcolo")),
            };
            let is_it = |step: &&&Value| {
                let traced = match kind {
                    Some("fact") => step["source"]["batch_id"].is_string(),
                    Some(_) => step["source"]["plan_version"].is_string() && step["source"]["place"].is_string(),
                    None => step["formula"].as_str().is_some_and(|formula| !formula.is_empty()),
                };
                step["label"] == label.as_str() && traced && same(&step["value"], value, step).is_ok()
            };
            if !steps.iter().any(|step| is_it(&step)) {
                return Err(format!("no step {label} {value} from {origin} in {explanation}"));
            }
        }
        Ok(())
    }

    /// What the derivation says of caps, weights and decisions.
    pub(super) fn noted(&mut self, holes: &[String], _: &Step) -> Outcome {
        let explanation = self.explanation(holes)?;
        if explanation.to_string().contains(&holes[3]) { Ok(()) } else { Err(format!("it does not say so: {explanation}")) }
    }
}

//! The dashboard of quality: indices, what moved them, incentives, and the same facts by another year's method.

use gherkin::Step;
use piramide_measure::Exact;
use serde_json::Value;

use super::{Outcome, Stage, same, system};
use crate::words;

impl Stage {
    pub(super) fn incentive(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/quality/incentives?structure={structure}&period={}", holes[1]));
        let items = found["items"].as_array().ok_or("no incentives")?;
        items.iter().find(|item| item["code"] == holes[2].as_str()).cloned().ok_or_else(|| format!("no {} in {found}", holes[2]))
    }

    pub(super) fn outcome(&mut self, holes: &[String], _: &Step) -> Outcome {
        let expected = match holes[3].as_str() {
            "raggiunto" => "reached",
            "non raggiunto" => "missed",
            "non deciso" => "undecided",
            other => return Err(format!("\"{other}\" is none of: raggiunto, non raggiunto, non deciso")),
        };
        let incentive = self.incentive(holes)?;
        // Who does not decide says why.
        let as_told = incentive["outcome"] == expected && (expected != "undecided" || incentive["missing_reason"].is_string());
        if as_told { Ok(()) } else { Err(format!("not so: {incentive}")) }
    }

    pub(super) fn needed(&mut self, holes: &[String], _: &Step) -> Outcome {
        let incentive = self.incentive(holes)?;
        same(&incentive["needed"], &holes[3], &incentive)
    }

    pub(super) fn incentive_provenance(&mut self, holes: &[String], _: &Step) -> Outcome {
        let incentive = self.incentive(holes)?;
        let as_told = incentive["provenance"] == words::provenance(&holes[3])?;
        if as_told { Ok(()) } else { Err(format!("not so: {incentive}")) }
    }

    fn judgement(&self, structure: &str, period: &str, node: &str, reference: &str) -> Result<Value, String> {
        self.judgement_by("", (structure, period, node, reference))
    }

    /// The same by the method of a plan; without one, of the plan in force.
    fn judgement_by(&self, plan: &str, (structure, period, node, reference): (&str, &str, &str, &str)) -> Result<Value, String> {
        let structure = self.structure(structure)?;
        let by = if plan.is_empty() { String::new() } else { format!("&plan={plan}") };
        let answer = system().get(&format!("/api/v1/quality/indices?structure={structure}&period={period}&node={node}{by}"));
        if answer.status == 200 { Ok(answer.json()["items"][0][reference].clone()) } else { Err(answer.text) }
    }

    pub(super) fn index(&self, holes: &[String], reference: &str, field: &str) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], reference)?;
        same(&judgement[field], &holes[3], &judgement)
    }

    pub(super) fn missing_index(&mut self, holes: &[String], _: &Step) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], reference(&holes[3])?)?;
        let silent = judgement["index"].is_null() && judgement["missing_reason"].is_string();
        let as_told = holes.get(4).is_none_or(|reason| judgement["missing_reason"] == reason.as_str());
        if silent && as_told { Ok(()) } else { Err(format!("not so: {judgement}")) }
    }

    /// The contributions of the structures: those of the table, and together the distance from 100.
    pub(super) fn contributions(&mut self, holes: &[String], step: &Step) -> Outcome {
        let (structure, reference) = (self.structure(&holes[0])?, reference(&holes[3])?);
        let asked = format!("structure={structure}&period={}&node={}&reference={reference}", holes[1], holes[2]);
        let found = system().json(&format!("/api/v1/quality/contributions?{asked}"));
        let table = step.table.as_ref().ok_or("a table of contributions must follow")?;
        let (head, rows) = table.rows.split_first().ok_or("the table is empty")?;
        let parts = found["structures"].as_array().ok_or("no contributions")?;
        for row in rows {
            let code = self.structure(&row[0])?;
            let part = parts.iter().find(|part| part["code"] == code.as_str()).ok_or_else(|| format!("no {code} in {found}"))?;
            for (name, expected) in head.iter().zip(row).skip(1) {
                let field = match name.as_str() {
                    "contributo" => "total",
                    "proprio" => "own",
                    "composizione" => "mix",
                    other => return Err(format!("\"{other}\" is none of: contributo, proprio, composizione")),
                };
                same(&part[field], expected, part)?;
            }
        }
        let total = |value: &Value| value.as_str().and_then(|text| Exact::parse(text).ok()).unwrap_or_else(Exact::zero);
        let sum: Exact = parts.iter().map(|part| total(&part["total"])).sum();
        let distance = total(&found["index"][reference]["index"]) - Exact::hundred();
        // Decimals are cut at twelve digits on the way.
        let near = (sum - distance).abs() < Exact::parse("0.00000001").unwrap();
        if near { Ok(()) } else { Err(format!("they do not add up to the distance from 100: {found}")) }
    }

    /// How far an index lies from 100.
    pub(super) fn distance(&mut self, holes: &[String], _: &Step) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], reference(&holes[3])?)?;
        same(&judgement["deviation"], &holes[4], &judgement)
    }

    /// An index that is the worst the plan allows, since nothing was measured.
    pub(super) fn worst(&mut self, holes: &[String], _: &Step) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], "budget")?;
        same(&judgement["index"], &holes[3], &judgement)?;
        let said = judgement["worst"] == true && judgement["missing_reason"].is_null();
        if said { Ok(()) } else { Err(format!("it does not say that it is the worst: {judgement}")) }
    }

    /// An index by the method of a plan that is named.
    pub(super) fn by_method(&mut self, holes: &[String], _: &Step) -> Outcome {
        let judgement = self.judgement_by(&holes[2], (&holes[0], &holes[1], &holes[3], "budget"))?;
        same(&judgement["index"], &holes[4], &judgement)?;
        same(&judgement["coverage"], &holes[5], &judgement)
    }

    /// Whose year a method is, as programs and the page are told.
    pub(super) fn method(&mut self, holes: &[String], _: &Step) -> Outcome {
        let another = match holes[3].as_str() {
            "di un altro anno" => true,
            "in vigore" => false,
            other => return Err(format!("\"{other}\" is neither \"di un altro anno\" nor \"in vigore\"")),
        };
        let asked = format!("structure={}&period={}", self.structure(&holes[0])?, holes[1]);
        let found = system().json(&format!("/api/v1/quality/methods?{asked}"));
        let mut items = found["items"].as_array().into_iter().flatten();
        let method = items.find(|item| item["plan"]["name"] == holes[2].as_str()).ok_or_else(|| format!("no {} in {found}", holes[2]))?;
        if method["another_year"] != another {
            return Err(format!("programs are told otherwise: {}", method["another_year"]));
        }
        let page = system().get(&format!("/cruscotto-qualita?{asked}&plan={}", holes[2])).text;
        let marked = page.contains("Metodo di un altro anno");
        if marked == another { Ok(()) } else { Err("the page says otherwise".to_owned()) }
    }
}

/// What an index is compared with, by what follows "sul".
fn reference(text: &str) -> Result<&'static str, String> {
    match text {
        " budget" => Ok("budget"),
        "l'anno precedente" => Ok("previous_year"),
        other => Err(format!("\"sul{other}\" is neither \"sul budget\" nor \"sull'anno precedente\"")),
    }
}

//! Surveys: means with their intervals, and single answers as they are given.

use gherkin::Step;
use serde_json::{Value, json};

use super::{Outcome, Stage, counts, same, system};

impl Stage {
    /// The mean of a whole sample, named SURVEY:SAMPLE:FACTOR.
    pub(super) fn survey(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let parts: Vec<&str> = holes[2].split(':').collect();
        let [survey, sample, factor] = parts.as_slice() else { return Err(format!("\"{}\" is not INDAGINE:CAMPIONE:FATTORE", holes[2])) };
        let asked = format!("structure={structure}&period={}&survey={survey}&sample={sample}&factor={factor}", holes[1]);
        let answer = system().get(&format!("/api/v1/quality/surveys/explanation?{asked}"));
        if answer.status == 200 { Ok(answer.json()["mean"].clone()) } else { Err(answer.text) }
    }

    pub(super) fn mean(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        same(&mean["mean"], &holes[3], &mean)?;
        same(&mean["low"], &holes[4], &mean)?;
        same(&mean["high"], &holes[5], &mean)
    }

    pub(super) fn survey_coverage(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        same(&mean["coverage"], &holes[3], &mean)
    }

    pub(super) fn without_mean(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        let silent = mean["mean"].is_null() && mean["missing_reason"] == holes[3].as_str();
        if silent { Ok(()) } else { Err(format!("not so: {mean}")) }
    }

    pub(super) fn answers(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        if counts(&mean["answers"], &holes[3]) { Ok(()) } else { Err(format!("not so many: {mean}")) }
    }

    /// Where only a mean is published there is no interval.
    pub(super) fn published_mean(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        same(&mean["mean"], &holes[3], &mean)?;
        let alone = mean["published_mean"] == true && mean["low"].is_null() && mean["high"].is_null();
        if alone { Ok(()) } else { Err(format!("it has an interval: {mean}")) }
    }

    /// The surveys of a period: those of the table, in its order.
    pub(super) fn surveys(&mut self, holes: &[String], step: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/quality/surveys?structure={structure}&period={}", holes[1]));
        let items = found["items"].as_array().ok_or("no surveys")?;
        let rows = &step.table.as_ref().ok_or("a table of surveys must follow")?.rows;
        let told = |item: &Value| {
            let kind = if item["kind"] == "instant" { "risposta per risposta" } else { "rilevazione" };
            let audience = if item["audience"] == "staff" { "personale" } else { "utenti" };
            vec![item["code"].as_str().unwrap_or_default().to_owned(), kind.to_owned(), audience.to_owned()]
        };
        let all: Vec<Vec<String>> = items.iter().map(told).collect();
        if rows.get(1..) == Some(all.as_slice()) { Ok(()) } else { Err(format!("they are {all:?}")) }
    }

    pub(super) fn answer(&mut self, _: &[String], step: &Step) -> Outcome {
        self.send_answers(None, step)
    }

    pub(super) fn take_back(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.send_answers(Some(&holes[0]), step)
    }

    /// Single answers, known by their number in this scenario.
    fn send_answers(&mut self, reason: Option<&str>, step: &Step) -> Outcome {
        let rows = &step.table.as_ref().ok_or("a table of answers must follow")?.rows;
        let mut answers = Vec::new();
        for row in rows.iter().skip(1) {
            let [number, office, topic, month, mark, count] = row.as_slice() else {
                return Err("an answer has numero, sede, argomento, mese, voto, quante".to_owned());
            };
            let parts: Vec<&str> = topic.split(':').collect();
            let [survey, sample, stratum, channel, factor] = parts.as_slice() else {
                return Err(format!("\"{topic}\" is not INDAGINE:CAMPIONE:STRATO:CANALE:FATTORE"));
            };
            let whole = |text: &String| text.parse::<i64>().map_err(|_| format!("\"{text}\" is not a whole number"));
            answers.push(json!({
                "number": whole(number)?, "structure": self.structure(&format!("sede {office}"))?, "survey": survey, "sample": sample,
                "stratum": stratum, "channel": channel, "factor": factor, "month": month, "mark": whole(mark)?, "answers": whole(count)?,
            }));
        }
        let sent = json!({ "origin": self.region, "provenance": "submitted", "reason": reason, "answers": answers });
        self.answer = Some(system().post_text("/api/v1/quality/answers", "application/json", &sent.to_string()));
        Ok(())
    }

    pub(super) fn recorded(&mut self, holes: &[String], _: &Step) -> Outcome {
        let answer = self.answered()?;
        let found = answer.json();
        let as_told = counts(&found["accepted"], &holes[0]) && counts(&found["duplicates"], &holes[1]);
        if as_told { Ok(()) } else { Err(format!("not so: {}", answer.text)) }
    }

    /// An answer refused by itself, or with all the others of its sending.
    pub(super) fn answer_refused(&mut self, holes: &[String], _: &Step) -> Outcome {
        let answer = self.answered()?;
        let found = answer.json();
        let alone = found["refused"].as_array().into_iter().flatten();
        let mut alone = alone.filter(|one| counts(&one["number"], &holes[0]));
        let alone = alone.any(|one| one["reason"] == holes[1].as_str() && one["field"] == holes[2].as_str());
        let mut errors = found["errors"].as_array().into_iter().flatten();
        let all = found["reason"] == holes[1].as_str() && errors.any(|error| error["column"] == holes[2].as_str());
        if alone || all { Ok(()) } else { Err(format!("not so: {}", answer.text)) }
    }
}

//! The sentences that scenarios are made of, and what each does. `README.md` lists them for who writes scenarios.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use gherkin::Step;
use piramide_measure::Exact;
use piramide_tests::{Answer, System};
use serde_json::Value;

use crate::{
    plan,
    words::{self, holes, number},
};

/// What a step comes to: nothing, or why it failed.
type Outcome = Result<(), String>;
/// A sentence and what it does with what stands in its holes.
type Sentence = (&'static str, fn(&mut Stage, &[String], &Step) -> Outcome);

/// Every sentence. The longer stand before those that they contain.
const SENTENCES: [Sentence; 25] = [
    ("i fatti di {} con provenienza {}:", Stage::given_from),
    ("i fatti di {}:", Stage::given),
    ("si trasmettono i fatti di {} per \"{}\":", Stage::correct),
    ("si trasmettono i fatti di {}:", Stage::submit),
    ("la {} chiude il {} con il nome \"{}\"", |_, holes, _| close(holes)),
    ("alla chiusura \"{}\" per la {} nel {} l'indicatore {} ha consuntivo {}", Stage::kept),
    ("per la {} nel {} le rettifiche dalla chiusura \"{}\" sono:", Stage::changes),
    ("il lotto è accettato", Stage::accepted),
    ("il lotto è rifiutato per \"{}\" alla riga {}", Stage::refused),
    ("per la {} nel {} l'indicatore {} non ha misura", Stage::without_measure),
    ("per la {} nel {} l'indicatore {} ha {} {}", Stage::indicator),
    ("per la {} nel {} l'indagine {} ha voto {} tra {} e {}", Stage::mean),
    ("per la {} nel {} l'indagine {} ha copertura {}", Stage::survey_coverage),
    ("per la {} nel {} l'indagine {} non ha voto perché \"{}\"", Stage::without_mean),
    ("per la {} nel {} l'impatto di {} sull'anno precedente è {} con copertura {}", Stage::impact),
    ("per la {} nel {} il valore pubblico è {} con copertura {}", Stage::public_value),
    ("per la {} nel {} l'incentivo {} è {}", Stage::outcome),
    ("per la {} nel {} l'incentivo {} chiede {}", Stage::needed),
    ("per la {} nel {} l'incentivo {} ha provenienza {}", Stage::incentive_provenance),
    ("per la {} nel {} i contributi all'indice {} sul{} sono:", Stage::contributions),
    ("per la {} nel {} l'indice {} sul{} manca perché \"{}\"", Stage::missing_index),
    ("per la {} nel {} l'indice {} sul budget ha copertura {}", |stage, holes, _| stage.index(holes, "budget", "coverage")),
    ("per la {} nel {} l'indice {} sul budget è {}", |stage, holes, _| stage.index(holes, "budget", "index")),
    ("per la {} nel {} l'indice {} sull'anno precedente è {}", |stage, holes, _| stage.index(holes, "previous_year", "index")),
    ("per la {} nel {} l'indice {} sul{} non ha valore", Stage::missing_index),
];

/// Where a scenario plays: a region of its own, and the last answer.
pub(crate) struct Stage {
    region: String,
    answer: Option<Answer>,
}

fn system() -> &'static System {
    static SYSTEM: OnceLock<(System, tempfile::TempDir)> = OnceLock::new();
    let (system, _) = SYSTEM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        plan::write(folder.path());
        (System::with_plans(folder.path().to_owned()), folder)
    });
    system
}

/// Numbers that tell regions and batches apart.
fn next(counter: &AtomicUsize) -> usize {
    counter.fetch_add(1, Ordering::Relaxed)
}

impl Stage {
    pub(crate) fn new() -> Self {
        static REGIONS: AtomicUsize = AtomicUsize::new(0);
        let number = next(&REGIONS);
        assert!(number < plan::REGIONS, "more scenarios than regions: raise plan::REGIONS");
        Self { region: plan::region(number), answer: None }
    }

    /// Plays a step.
    pub(crate) fn play(&mut self, step: &Step) -> Outcome {
        for (sentence, act) in SENTENCES {
            if let Some(found) = holes(sentence, &step.value) {
                return act(self, &found, step);
            }
        }
        Err(format!("nobody knows this sentence; these are known:\n    {}", SENTENCES.map(|(sentence, _)| sentence).join("\n    ")))
    }

    fn structure(&self, name: &str) -> Result<String, String> {
        match name {
            "regione" => Ok(self.region.clone()),
            "nazione" => Ok("NAZ".to_owned()),
            other => {
                let office = other.strip_prefix("sede ").unwrap_or(other);
                let known = matches!(office, "A" | "B" | "C");
                if known { Ok(format!("{}_{office}", self.region)) } else { Err(format!("\"{name}\" is neither sede A, B, C nor regione")) }
            }
        }
    }

    fn given(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.submit(holes, step)?;
        self.accepted(holes, step)
    }

    fn given_from(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.send(&holes[0], words::provenance(&holes[1])?, "", step)?;
        self.accepted(holes, step)
    }

    fn submit(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.send(&holes[0], "submitted", "", step)
    }

    fn correct(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.send(&holes[0], "submitted", &holes[1], step)
    }

    fn send(&mut self, domain: &str, provenance: &str, reason: &str, step: &Step) -> Outcome {
        static BATCHES: AtomicUsize = AtomicUsize::new(0);
        let domain = words::domain(domain)?;
        let table = step.table.as_ref().ok_or("a table of facts must follow")?;
        let (head, rows) = table.rows.split_first().ok_or("the table is empty")?;
        let columns = head.iter().map(|name| words::column(name)).collect::<Result<Vec<_>, _>>()?;
        let mut csv = columns.join(",") + "\n";
        for row in rows {
            let cells = columns.iter().zip(row).map(|(column, cell)| match *column {
                "structure" => self.structure(&format!("sede {cell}")),
                _ => Ok(words::plain(cell)),
            });
            csv += &(cells.collect::<Result<Vec<_>, _>>()?.join(",") + "\n");
        }
        let id = format!("scenario-{}", next(&BATCHES));
        let reason = if reason.is_empty() { String::new() } else { format!("&reason={}", reason.replace(' ', "%20")) };
        self.answer = Some(system().submit(domain, &id, &format!("provenance={provenance}&origin=scenari{reason}"), csv.as_bytes()));
        Ok(())
    }

    fn answered(&self) -> Result<&Answer, String> {
        self.answer.as_ref().ok_or_else(|| "nothing was sent before".to_owned())
    }

    fn accepted(&mut self, _: &[String], _: &Step) -> Outcome {
        let answer = self.answered()?;
        if answer.status == 201 { Ok(()) } else { Err(format!("the batch was refused: {}", answer.text)) }
    }

    fn refused(&mut self, holes: &[String], _: &Step) -> Outcome {
        let answer = self.answered()?;
        if answer.status < 400 {
            return Err(format!("the batch was accepted: {}", answer.text));
        }
        let problem = answer.json();
        let line: u64 = holes[1].parse().map_err(|_| format!("\"{}\" is not a line", holes[1]))?;
        let at_line = problem["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["line"].as_u64() == Some(line)));
        if problem["reason"] == holes[0].as_str() && at_line { Ok(()) } else { Err(format!("it was refused otherwise: {problem}")) }
    }

    fn figures(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let answer = system().get(&format!("/api/v1/indicators/{}?structure={structure}&period={}", holes[2], holes[1]));
        if answer.status == 200 { Ok(answer.json()) } else { Err(answer.text) }
    }

    fn indicator(&mut self, holes: &[String], _: &Step) -> Outcome {
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

    fn without_measure(&mut self, holes: &[String], _: &Step) -> Outcome {
        let figures = self.figures(holes)?;
        let silent = figures["actual"].is_null() && figures["missing_reason"].is_string();
        if silent { Ok(()) } else { Err(format!("it has one: {figures}")) }
    }

    fn kept(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[1])?;
        let asked = format!("structure={structure}&period={}&as_of={}", holes[2], holes[0]);
        let figures = system().json(&format!("/api/v1/indicators/{}?{asked}", holes[3]));
        same(&figures["actual"], &holes[4], &figures)
    }

    /// The facts that changed since a closing: those of the table, and together the difference.
    fn changes(&mut self, holes: &[String], step: &Step) -> Outcome {
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

    fn public_value(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let pyramid = system().json(&format!("/api/v1/public-value?structure={structure}&period={}", holes[1]));
        same(&pyramid["score"], &holes[2], &pyramid)?;
        same(&pyramid["coverage"], &holes[3], &pyramid)
    }

    fn impact(&mut self, holes: &[String], _: &Step) -> Outcome {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/public-value/impact?structure={structure}&period={}", holes[1]));
        let items = found["items"].as_array().ok_or("no products")?;
        let product =
            items.iter().find(|item| item["product"] == holes[2].as_str()).ok_or_else(|| format!("no {} in {found}", holes[2]))?;
        same(&product["previous_year"]["index"], &holes[3], product)?;
        same(&product["previous_year"]["coverage"], &holes[4], product)
    }

    /// The mean of a whole sample, named SURVEY:SAMPLE:FACTOR.
    fn survey(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let parts: Vec<&str> = holes[2].split(':').collect();
        let [survey, sample, factor] = parts.as_slice() else { return Err(format!("\"{}\" is not INDAGINE:CAMPIONE:FATTORE", holes[2])) };
        let asked = format!("structure={structure}&period={}&survey={survey}&sample={sample}&factor={factor}", holes[1]);
        let answer = system().get(&format!("/api/v1/quality/surveys/explanation?{asked}"));
        if answer.status == 200 { Ok(answer.json()["mean"].clone()) } else { Err(answer.text) }
    }

    fn mean(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        same(&mean["mean"], &holes[3], &mean)?;
        same(&mean["low"], &holes[4], &mean)?;
        same(&mean["high"], &holes[5], &mean)
    }

    fn survey_coverage(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        same(&mean["coverage"], &holes[3], &mean)
    }

    fn without_mean(&mut self, holes: &[String], _: &Step) -> Outcome {
        let mean = self.survey(holes)?;
        let silent = mean["mean"].is_null() && mean["missing_reason"] == holes[3].as_str();
        if silent { Ok(()) } else { Err(format!("not so: {mean}")) }
    }

    fn incentive(&self, holes: &[String]) -> Result<Value, String> {
        let structure = self.structure(&holes[0])?;
        let found = system().json(&format!("/api/v1/quality/incentives?structure={structure}&period={}", holes[1]));
        let items = found["items"].as_array().ok_or("no incentives")?;
        items.iter().find(|item| item["code"] == holes[2].as_str()).cloned().ok_or_else(|| format!("no {} in {found}", holes[2]))
    }

    fn outcome(&mut self, holes: &[String], _: &Step) -> Outcome {
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

    fn needed(&mut self, holes: &[String], _: &Step) -> Outcome {
        let incentive = self.incentive(holes)?;
        same(&incentive["needed"], &holes[3], &incentive)
    }

    fn incentive_provenance(&mut self, holes: &[String], _: &Step) -> Outcome {
        let incentive = self.incentive(holes)?;
        let as_told = incentive["provenance"] == words::provenance(&holes[3])?;
        if as_told { Ok(()) } else { Err(format!("not so: {incentive}")) }
    }

    fn judgement(&self, structure: &str, period: &str, node: &str, reference: &str) -> Result<Value, String> {
        let structure = self.structure(structure)?;
        let answer = system().get(&format!("/api/v1/quality/indices?structure={structure}&period={period}&node={node}"));
        if answer.status == 200 { Ok(answer.json()["items"][0][reference].clone()) } else { Err(answer.text) }
    }

    fn index(&self, holes: &[String], reference: &str, field: &str) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], reference)?;
        same(&judgement[field], &holes[3], &judgement)
    }

    fn missing_index(&mut self, holes: &[String], _: &Step) -> Outcome {
        let judgement = self.judgement(&holes[0], &holes[1], &holes[2], reference(&holes[3])?)?;
        let silent = judgement["index"].is_null() && judgement["missing_reason"].is_string();
        let as_told = holes.get(4).is_none_or(|reason| judgement["missing_reason"] == reason.as_str());
        if silent && as_told { Ok(()) } else { Err(format!("not so: {judgement}")) }
    }

    /// The contributions of the structures: those of the table, and together the distance from 100.
    fn contributions(&mut self, holes: &[String], step: &Step) -> Outcome {
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
}

/// Closes a period of a domain: for every scenario, so each closes a year that no other writes into.
fn close(holes: &[String]) -> Outcome {
    let domain = words::domain(&holes[0])?;
    let closing = serde_json::json!({ "name": holes[2], "period": holes[1], "author": "scenari" });
    let answer = system().post(&format!("/api/v1/{domain}/closings"), &holes[2], &closing);
    if answer.status < 300 { Ok(()) } else { Err(answer.text) }
}

/// What an index is compared with, by what follows "sul".
fn reference(text: &str) -> Result<&'static str, String> {
    match text {
        " budget" => Ok("budget"),
        "l'anno precedente" => Ok("previous_year"),
        other => Err(format!("\"sul{other}\" is neither \"sul budget\" nor \"sull'anno precedente\"")),
    }
}

/// Whether a figure is the number written, with as many digits as it is written with.
fn same(value: &Value, expected: &str, context: &Value) -> Outcome {
    let (wanted, digits) = number(expected)?;
    let found = value.as_str().and_then(|text| Exact::parse(text).ok());
    let Some(found) = found else { return Err(format!("there is no number where {expected} is expected: {context}")) };
    let shown = found.rounded(digits);
    if shown == wanted.rounded(digits) {
        Ok(())
    } else {
        Err(format!("{} is expected, {shown} was found: {context}", wanted.rounded(digits)))
    }
}

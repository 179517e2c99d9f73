//! The sentences that scenarios are made of, and what each does. `README.md` lists them for who writes scenarios.
//!
//! | room | what is said there |
//! | --- | --- |
//! | [`figures`] | what an indicator and the pyramid come to, on a page too, and how |
//! | [`dashboard`] | indices of quality, contributions, incentives, methods of other years |
//! | [`restatements`] | what changed in production after a closing |
//! | [`surveys`] | means of surveys and single answers |
//! | [`plans`] | what a plan is refused for |

mod dashboard;
mod figures;
mod plans;
mod restatements;
mod surveys;

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
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
const SENTENCES: &[Sentence] = &[
    ("i fatti di {} con provenienza {}:", Stage::given_from),
    ("i fatti di {}:", Stage::given),
    ("si trasmettono i fatti di {} per \"{}\":", Stage::correct),
    ("si trasmettono i fatti di {}:", Stage::submit),
    ("la {} chiude il {} con il nome \"{}\"", |_, holes, _| close(holes)),
    ("il lotto è accettato", Stage::accepted),
    ("il lotto è rifiutato per \"{}\" alla riga {} nella colonna {}", Stage::refused_at),
    ("il lotto è rifiutato per \"{}\" alla riga {}", Stage::refused),
    ("alla chiusura \"{}\" per la {} nel {} l'indicatore {} ha consuntivo {}", Stage::kept),
    ("per la {} nel {} le rettifiche dalla chiusura \"{}\" sono:", Stage::changes),
    ("per la {} nel {} le rettifiche di produzione dalla chiusura \"{}\" sono:", Stage::restatements),
    ("per la {} nel {} dalla chiusura \"{}\" il {} di {} passa da {} a {}", Stage::restated_flow),
    ("nella pagina della {} per la {} nel {} l'indicatore {} mostra {} \"{}\"", Stage::shown),
    ("per la {} nel {} l'indicatore {} si spiega con:", Stage::explained),
    ("per la {} nel {} la spiegazione dell'indicatore {} dice \"{}\"", Stage::noted),
    ("per la {} nel {} l'indicatore {} non ha misura", Stage::without_measure),
    ("per la {} nel {} l'indicatore {} ha {} {}", Stage::indicator),
    ("arrivano le risposte:", Stage::answer),
    ("arrivano le risposte per \"{}\":", Stage::take_back),
    ("sono registrate {} risposte, e {} erano già note", Stage::recorded),
    ("la risposta {} è rifiutata per \"{}\" nel campo {}", Stage::answer_refused),
    ("per la {} nel {} le indagini sono:", Stage::surveys),
    ("per la {} nel {} l'indagine {} ha voto {} tra {} e {}", Stage::mean),
    ("per la {} nel {} l'indagine {} ha voto pubblicato {} senza intervallo", Stage::published_mean),
    ("per la {} nel {} l'indagine {} conta {} risposte", Stage::answers),
    ("per la {} nel {} l'indagine {} ha copertura {}", Stage::survey_coverage),
    ("per la {} nel {} l'indagine {} non ha voto perché \"{}\"", Stage::without_mean),
    ("per la {} nel {} l'impatto di {} sull'anno precedente è {} con copertura {}", Stage::impact),
    ("per la {} nel {} il valore pubblico è {} con copertura {}", Stage::public_value),
    ("per la {} nel {} l'incentivo {} è {}", Stage::outcome),
    ("per la {} nel {} l'incentivo {} chiede {}", Stage::needed),
    ("per la {} nel {} l'incentivo {} ha provenienza {}", Stage::incentive_provenance),
    ("per la {} nel {} con il metodo di {} l'indice {} sul budget è {} con copertura {}", Stage::by_method),
    ("per la {} nel {} il metodo di {} è {}", Stage::method),
    ("per la {} nel {} i contributi all'indice {} sul{} sono:", Stage::contributions),
    ("per la {} nel {} l'indice {} sul{} manca perché \"{}\"", Stage::missing_index),
    ("per la {} nel {} l'indice {} sul{} ha scostamento {}", Stage::distance),
    ("per la {} nel {} l'indice {} sul budget ha copertura {}", |stage, holes, _| stage.index(holes, "budget", "coverage")),
    ("per la {} nel {} l'indice {} sul budget vale il peggio, {}", Stage::worst),
    ("per la {} nel {} l'indice {} sul budget è {}", |stage, holes, _| stage.index(holes, "budget", "index")),
    ("per la {} nel {} l'indice {} sull'anno precedente è {}", |stage, holes, _| stage.index(holes, "previous_year", "index")),
    ("per la {} nel {} l'indice {} sul{} non ha valore", Stage::missing_index),
    ("il piano che nel file {} ha al posto di \"{}\" la riga \"{}\"", Stage::change_plan),
    ("il piano è rifiutato nel file {} alla riga {} per la colonna {}", Stage::plan_refused),
    ("il piano è rifiutato nel file {} per la colonna {}", Stage::plan_refused_whole),
];

/// Where a scenario plays: a region of its own, the last answer, and the files of a plan that it changes.
pub(crate) struct Stage {
    region: String,
    answer: Option<Answer>,
    files: Option<BTreeMap<String, Vec<u8>>>,
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
        Self { region: plan::region(number), answer: None, files: None }
    }

    /// Plays a step.
    pub(crate) fn play(&mut self, step: &Step) -> Outcome {
        for (sentence, act) in SENTENCES {
            if let Some(found) = holes(sentence, &step.value) {
                return act(self, &found, step);
            }
        }
        let known: Vec<&str> = SENTENCES.iter().map(|(sentence, _)| *sentence).collect();
        Err(format!("nobody knows this sentence; these are known:\n    {}", known.join("\n    ")))
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

    /// The same, with the column that is at fault.
    fn refused_at(&mut self, holes: &[String], step: &Step) -> Outcome {
        self.refused(holes, step)?;
        let (problem, column) = (self.answered()?.json(), words::column(&holes[2])?);
        let mut errors = problem["errors"].as_array().into_iter().flatten();
        let there = errors.any(|error| counts(&error["line"], &holes[1]) && error["column"] == column);
        if there { Ok(()) } else { Err(format!("it was refused in another column: {problem}")) }
    }
}

/// Closes a period of a domain: for every scenario, so each closes a year that no other writes into.
fn close(holes: &[String]) -> Outcome {
    let domain = words::domain(&holes[0])?;
    let closing = serde_json::json!({ "name": holes[2], "period": holes[1], "author": "scenari" });
    let answer = system().post(&format!("/api/v1/{domain}/closings"), &holes[2], &closing);
    if answer.status < 300 { Ok(()) } else { Err(answer.text) }
}

/// Whether a count is the whole number written.
fn counts(value: &Value, expected: &str) -> bool {
    value.as_i64().is_some_and(|count| expected.parse() == Ok(count))
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

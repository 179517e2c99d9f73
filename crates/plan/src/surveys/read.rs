//! The five tables of surveys.

use std::collections::BTreeMap;

use piramide_measure::{Exact, Unit};

use super::{Audience, Sample, Secondary, Stratum, Survey, SurveyItem, SurveyItemKind, SurveyKind, Surveys};
use crate::{
    error::Problem,
    measures::Measures,
    reading::{Findings, Row, Table},
};

const SURVEY_COLUMNS: &[&str] = &["code", "label", "kind", "audience", "first_month", "last_month", "fewest", "secondary", "z", "note"];
const ITEM_COLUMNS: &[&str] = &["survey", "kind", "code", "label"];
const SAMPLE_COLUMNS: &[&str] = &["survey", "code", "label", "note"];
const STRATUM_COLUMNS: &[&str] = &["survey", "sample", "code", "label", "weight", "population", "note"];
const MEAN_COLUMNS: &[&str] = &["survey", "sample", "item", "measure"];

/// With one answer there is no variance.
const FEWEST: u32 = 2;

/// The tables that surveys are read from.
pub(crate) struct Tables {
    surveys: Table,
    items: Table,
    samples: Table,
    strata: Table,
    means: Table,
}

impl Tables {
    /// Has each table read by its name and columns.
    pub(crate) fn of(mut table: impl FnMut(&'static str, &'static [&'static str]) -> Table) -> Self {
        Self {
            surveys: table("surveys.csv", SURVEY_COLUMNS),
            items: table("survey_items.csv", ITEM_COLUMNS),
            samples: table("survey_samples.csv", SAMPLE_COLUMNS),
            strata: table("survey_strata.csv", STRATUM_COLUMNS),
            means: table("survey_means.csv", MEAN_COLUMNS),
        }
    }
}

impl Surveys {
    pub(crate) fn read(tables: &Tables, measures: &Measures, findings: &mut Findings) -> Self {
        let mut surveys = Self::default();
        let mut lines = BTreeMap::new();
        for row in tables.surveys.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            surveys.0.extend(read_survey(&row, code, findings));
        }
        let mut codes = Codes::default();
        for row in tables.items.rows() {
            let Some(survey) = surveys.of(&row, findings) else { continue };
            let Some(code) = codes.new_code(&row, &survey.code, findings) else { continue };
            let kind = row.choice("kind", SurveyItemKind::Factor, findings);
            let is_second = kind == SurveyItemKind::Overall && survey.items.iter().any(|item| item.kind == SurveyItemKind::Overall);
            if is_second {
                let advice = "a survey has one overall mark";
                row.refuse("kind", Problem::Surplus { text: kind.to_string(), advice }, findings);
            }
            survey.items.push(SurveyItem { kind, code, label: row.required("label", findings) });
        }
        for row in tables.samples.rows() {
            let Some(survey) = surveys.of(&row, findings) else { continue };
            let Some(code) = codes.new_code(&row, &format!("the samples of {}", survey.code), findings) else { continue };
            let label = row.required("label", findings);
            let note = row.text("note").to_owned();
            survey.samples.push(Sample { code, label, strata: Vec::new(), means: BTreeMap::new(), note });
        }
        for row in tables.strata.rows() {
            let Some(sample) = surveys.of(&row, findings).and_then(|survey| sample_of(survey, &row, findings)) else { continue };
            let of = format!("{}:{}", row.text("survey"), sample.code);
            let Some(code) = codes.new_code(&row, &of, findings) else { continue };
            sample.strata.push(read_stratum(&row, code, findings));
        }
        for row in tables.means.rows() {
            let Some(survey) = surveys.of(&row, findings) else { continue };
            let item = row.required("item", findings);
            if survey.factors().all(|factor| factor.code != item) {
                row.refuse("item", Problem::Unknown { what: "factor", code: item.clone(), file: "survey_items.csv" }, findings);
            }
            let Some(sample) = sample_of(survey, &row, findings) else { continue };
            read_mean(&row, item, sample, measures, findings);
        }
        surveys.check_weights(&tables.strata, findings);
        surveys
    }

    /// The survey that a row speaks of; noted when there is none.
    fn of(&mut self, row: &Row<'_>, findings: &mut Findings) -> Option<&mut Survey> {
        let code = row.required("survey", findings);
        let found = self.0.iter_mut().find(|survey| survey.code == code);
        if found.is_none() && !code.is_empty() {
            row.refuse("survey", Problem::Unknown { what: "survey", code, file: "surveys.csv" }, findings);
        }
        found
    }

    fn check_weights(&self, strata: &Table, findings: &mut Findings) {
        for survey in &self.0 {
            for sample in &survey.samples {
                let sum: Exact = sample.strata.iter().map(|stratum| &stratum.weight).sum();
                if let Some(first) = sample.strata.first().filter(|_| sum != Exact::hundred()) {
                    let parent = format!("{}:{}", survey.code, sample.code);
                    findings.add(strata.file(), first.line, "weight", Problem::WeightsSum { parent, sum: sum.decimal_text(4) });
                }
            }
        }
    }
}

/// Codes that must be new among those of the same parent.
#[derive(Default)]
struct Codes(BTreeMap<String, BTreeMap<String, u64>>);

impl Codes {
    fn new_code(&mut self, row: &Row<'_>, parent: &str, findings: &mut Findings) -> Option<String> {
        row.new_code("code", self.0.entry(parent.to_owned()).or_default(), findings)
    }
}

fn read_survey(row: &Row<'_>, code: String, findings: &mut Findings) -> Option<Survey> {
    let month = |column, findings: &mut Findings| {
        let month = row.month(column, findings);
        if row.text(column).is_empty() {
            row.refuse(column, Problem::Empty { advice: "say in which months answers are taken" }, findings);
        }
        month
    };
    let (first_month, last_month) = (month("first_month", findings), month("last_month", findings));
    let fewest = row.whole("fewest", findings);
    if let Some(fewest) = fewest.filter(|fewest| *fewest < FEWEST) {
        row.refuse("fewest", Problem::Gap { text: fewest.to_string(), expected: format!("{FEWEST} or more") }, findings);
    }
    if let (Some(first), Some(last)) = (first_month, last_month)
        && last < first
    {
        row.refuse("last_month", Problem::ValidityReversed { first: first.to_string(), last: last.to_string() }, findings);
    }
    let z = row.required_number("z", findings).and_then(|_| row.positive("z", findings));
    let label = row.required("label", findings);
    let kind = row.choice("kind", SurveyKind::Round, findings);
    let audience = row.choice("audience", Audience::Users, findings);
    let secondary = row.choice("secondary", Secondary::Smallest, findings);
    Some(Survey {
        code,
        label,
        kind,
        audience,
        first_month: first_month?,
        last_month: last_month?,
        fewest: fewest?,
        secondary,
        z: z?,
        samples: Vec::new(),
        items: Vec::new(),
        note: row.text("note").to_owned(),
        line: row.line(),
    })
}

/// The sample that a row speaks of; noted when there is none.
fn sample_of<'a>(survey: &'a mut Survey, row: &Row<'_>, findings: &mut Findings) -> Option<&'a mut Sample> {
    let code = row.required("sample", findings);
    let found = survey.samples.iter_mut().find(|sample| sample.code == code);
    if found.is_none() && !code.is_empty() {
        row.refuse("sample", Problem::Unknown { what: "sample", code, file: "survey_samples.csv" }, findings);
    }
    found
}

fn read_stratum(row: &Row<'_>, code: String, findings: &mut Findings) -> Stratum {
    let weight = row.required_number("weight", findings).and_then(|_| row.positive("weight", findings));
    if !row.text("population").is_empty() {
        row.whole("population", findings);
    }
    Stratum {
        code,
        label: row.required("label", findings),
        weight: weight.unwrap_or_else(Exact::zero),
        population: row.positive("population", findings),
        note: row.text("note").to_owned(),
        line: row.line(),
    }
}

fn read_mean(row: &Row<'_>, item: String, sample: &mut Sample, measures: &Measures, findings: &mut Findings) {
    let measure = row.required("measure", findings);
    let is_mark = |known: &crate::measures::Measure| known.domain == "quality" && known.unit == Unit::Mark;
    if !measures.get(&measure).is_some_and(is_mark) {
        let problem = Problem::Unknown { what: "measure of quality in marks", code: measure.clone(), file: "measures.csv" };
        row.refuse("measure", problem, findings);
    }
    if sample.means.insert(item.clone(), measure).is_some() {
        let advice = "the mean of a factor in a sample is published once";
        row.refuse("item", Problem::Surplus { text: item, advice }, findings);
    }
}

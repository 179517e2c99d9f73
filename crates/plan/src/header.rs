//! `plan.toml`: what the plan is called, when it holds, who approved it and why.

use piramide_measure::{Exact, Month, Policy};
use serde::Deserialize;

use crate::{
    error::Problem,
    reading::{Findings, table},
};

const FILE: &str = "plan.toml";

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: String,
    first_month: String,
    last_month: String,
    cap: Option<String>,
    missing: String,
    approved_by: String,
    approved_on: toml::value::Datetime,
    reason: String,
    #[serde(default)]
    notes: Vec<String>,
}

/// The head of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) first_month: Month,
    pub(crate) last_month: Month,
    pub(crate) cap: Option<Exact>,
    pub(crate) missing: Policy,
    pub(crate) approved_by: String,
    pub(crate) approved_on: String,
    pub(crate) reason: String,
    pub(crate) notes: Vec<String>,
}

impl Header {
    /// Reads `plan.toml`; `None`, noted, when it is not TOML with these keys (`shape`) or its months are not months.
    pub(crate) fn read(text: &str, shape: &mut Findings, findings: &mut Findings) -> Option<Self> {
        let written: Written = match toml::from_str(text) {
            Ok(written) => written,
            Err(error) => {
                let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() as u64 + 1);
                shape.add(FILE, line, None, Problem::Toml { why: error.message().replace('\n', ", ") });
                return None;
            }
        };
        if !table::is_code(&written.name) {
            findings.add(FILE, None, "name", Problem::Code { text: written.name.clone() });
        }
        for (field, text) in [("title", &written.title), ("approved_by", &written.approved_by), ("reason", &written.reason)] {
            if text.trim().is_empty() {
                findings.add(FILE, None, field, Problem::Empty { advice: "a plan says what it is, who approved it and why" });
            }
        }
        let (first_month, last_month) = read_validity(&written, findings);
        let cap = written.cap.as_deref().map(|text| read_cap(text, findings));
        let missing = policy(&written.missing, cap.as_ref()).unwrap_or_else(|problem| {
            findings.add(FILE, None, "missing", problem);
            Policy::Reweight
        });
        if written.approved_on.date.is_none() || written.approved_on.time.is_some() {
            let text = written.approved_on.to_string();
            findings.add(FILE, None, "approved_on", Problem::Choice { text, choices: "a date, as 2021-03-24".to_owned() });
        }
        Some(Self {
            name: written.name,
            title: written.title,
            first_month: first_month?,
            last_month: last_month?,
            cap,
            missing,
            approved_by: written.approved_by,
            approved_on: written.approved_on.to_string(),
            reason: written.reason,
            notes: written.notes,
        })
    }
}

fn read_validity(written: &Written, findings: &mut Findings) -> (Option<Month>, Option<Month>) {
    let mut month = |field, text: &str| {
        let month = table::month(text);
        if month.is_none() {
            findings.add(FILE, None, field, Problem::Month { text: text.to_owned() });
        }
        month
    };
    let (first, last) = (month("first_month", &written.first_month), month("last_month", &written.last_month));
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        let problem = Problem::ValidityReversed { first: written.first_month.clone(), last: written.last_month.clone() };
        findings.add(FILE, None, "last_month", problem);
    }
    (first, last)
}

fn read_cap(text: &str, findings: &mut Findings) -> Exact {
    let cap = Exact::parse(text).unwrap_or_else(|error| {
        findings.add(FILE, None, "cap", Problem::Number(error));
        // Any cap: without one, "worst" would be refused for a reason that is not the author's.
        Exact::hundred()
    });
    if cap.is_zero() || cap.is_negative() {
        findings.add(FILE, None, "cap", Problem::NotPositive { text: text.to_owned() });
    }
    cap
}

/// What a word says is done with a missing measure.
pub(crate) fn policy(word: &str, cap: Option<&Exact>) -> Result<Policy, Problem> {
    match (word, cap) {
        ("reweight", _) => Ok(Policy::Reweight),
        ("worst", Some(cap)) => Ok(Policy::Worst { cap: cap.clone() }),
        ("worst", None) => Err(Problem::WorstWithoutCap),
        _ => Err(Problem::Choice { text: word.to_owned(), choices: "reweight, worst".to_owned() }),
    }
}

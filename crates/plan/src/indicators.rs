//! What is measured, and by which method (*indicatori*).

use std::collections::BTreeMap;

use piramide_measure::{Direction, Exact, Period, Unit};

use crate::{
    accounts::Accounts,
    ages::Ages,
    catalogue::Catalogue,
    dashboard::Dashboard,
    error::Problem,
    items::Items,
    measures::{self, Measures},
    reading::{Findings, Row, Table},
    surveys::{Survey, Surveys},
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "unit", "direction", "method", "subject", "parameter", "cap", "note"];

/// The domains that keep facts. Public value is not among them: its indicators are the nodes of `objectives.csv`.
pub const DOMAINS: [&str; 4] = ["production", "quality", "finance", "workforce"];

/// An indicator, as the plan defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorDefinition {
    /// Dotted code, domain first.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// Unit of actual and target.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// How its domain computes it.
    pub method: String,
    /// What it is computed from: a row of the catalogue, a measure, an item, or two of them as `DIVIDEND/DIVISOR`.
    pub subject: String,
    /// What the method needs besides: a factor, a base year; empty when nothing.
    pub parameter: String,
    /// Its own cap; `None` for the plan's.
    pub cap: Option<Exact>,
    /// What the plan notes about it.
    pub note: String,
}

impl IndicatorDefinition {
    /// The domain that computes it.
    pub fn domain(&self) -> &str {
        self.code.split('.').next().unwrap_or_default()
    }
}

/// The indicators of a plan.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    rows: Vec<IndicatorDefinition>,
    positions: BTreeMap<String, usize>,
}

impl Indicators {
    /// An indicator.
    pub fn get(&self, code: &str) -> Option<&IndicatorDefinition> {
        self.rows.get(*self.positions.get(code)?)
    }

    /// The indicators of a domain, in the order of the plan.
    pub fn of_domain<'a>(&'a self, domain: &'a str) -> impl Iterator<Item = &'a IndicatorDefinition> {
        self.rows.iter().filter(move |indicator| indicator.domain() == domain)
    }

    /// The indicator of a domain that measures a subject by a method: the first, in the order of the plan.
    pub fn measuring(&self, domain: &str, method: &str, subject: &str) -> Option<&IndicatorDefinition> {
        self.rows.iter().find(|one| one.method == method && one.subject == subject && one.domain() == domain)
    }

    /// Every indicator, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &IndicatorDefinition> {
        self.rows.iter()
    }

    pub(crate) fn read(table: &Table, subjects: &Subjects<'_>, findings: &mut Findings) -> Self {
        let mut indicators = Self::default();
        let mut lines = BTreeMap::new();
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let indicator = read_indicator(&row, code, subjects, findings);
            indicators.positions.insert(indicator.code.clone(), indicators.rows.len());
            indicators.rows.push(indicator);
        }
        indicators
    }
}

/// What the subject of a method names.
#[derive(Debug, Clone, Copy)]
enum Names {
    /// Nothing: the method knows what it looks at.
    Nothing,
    /// A row of the catalogue.
    Node,
    /// An item.
    Item,
    /// A measure of the indicator's domain.
    Measure,
    /// Two measures of the indicator's domain; in finance, items too.
    Pair,
    /// A section or an area of the dashboard of quality.
    Area,
    /// An account.
    Account,
    /// A group of accounts.
    AccountGroup,
    /// A factor in a sample of a survey, SURVEY:SAMPLE:FACTOR.
    Mean,
}

/// What the parameter of a method says.
#[derive(Debug, Clone, Copy)]
enum Parameter {
    /// Nothing.
    None,
    /// What the quotient is multiplied by, or another number above zero that the method needs; 1 when empty.
    Factor,
    /// A class of age, from which on it counts.
    Age,
    /// The year whose measure is 100.
    BaseYear,
}

/// The methods that the domains compute. A word that no domain knows would otherwise fail only when somebody asks.
const METHODS: [(&str, &str, Names, Parameter); 37] = [
    ("production", "homogenised_points", Names::Node, Parameter::None),
    ("production", "plan_realisation", Names::Node, Parameter::None),
    ("production", "productivity", Names::Node, Parameter::None),
    ("production", "backlog_days", Names::Node, Parameter::None),
    ("production", "clearance_ratio", Names::Node, Parameter::None),
    ("production", "clearance_ratio_points", Names::Node, Parameter::None),
    ("production", "disposition_time", Names::Node, Parameter::None),
    ("production", "automation_share", Names::Node, Parameter::None),
    ("production", "subsidiarity", Names::Nothing, Parameter::None),
    ("production", "pieces", Names::Measure, Parameter::None),
    ("production", "improvement_projects", Names::Nothing, Parameter::Factor),
    ("production", "process_control", Names::Nothing, Parameter::None),
    ("production", "weighted_backlog", Names::Node, Parameter::None),
    ("production", "old_backlog_share", Names::Node, Parameter::Age),
    ("production", "easy_share", Names::Node, Parameter::Factor),
    ("production", "refusal_rate", Names::Node, Parameter::None),
    ("production", "reopening_rate", Names::Node, Parameter::None),
    ("production", "closing_peak", Names::Node, Parameter::None),
    ("production", "measured_time", Names::Node, Parameter::None),
    ("quality", "ratio", Names::Measure, Parameter::Factor),
    ("quality", "base_year", Names::Measure, Parameter::BaseYear),
    ("quality", "index_vs_budget", Names::Area, Parameter::None),
    ("quality", "index_vs_previous_year", Names::Area, Parameter::None),
    ("quality", "survey_mean", Names::Mean, Parameter::None),
    ("finance", "item", Names::Item, Parameter::None),
    ("finance", "realisation", Names::Item, Parameter::None),
    ("finance", "amount", Names::Measure, Parameter::None),
    ("finance", "cost_ratio", Names::Pair, Parameter::Factor),
    ("finance", "standard_cost_index", Names::Nothing, Parameter::None),
    ("finance", "disposal", Names::Pair, Parameter::Factor),
    ("finance", "balance_over_previous", Names::Account, Parameter::None),
    ("finance", "balances", Names::AccountGroup, Parameter::None),
    ("finance", "collected", Names::AccountGroup, Parameter::None),
    ("finance", "collected_over_previous", Names::AccountGroup, Parameter::None),
    ("workforce", "ratio", Names::Pair, Parameter::Factor),
    ("workforce", "stock", Names::Measure, Parameter::None),
    ("workforce", "sum", Names::Measure, Parameter::None),
];

/// The methods that a plan may ask of a domain.
pub fn methods(domain: &str) -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(move |(of, ..)| *of == domain).map(|(_, method, ..)| *method)
}

/// What subjects can name.
pub(crate) struct Subjects<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) items: &'a Items,
    pub(crate) measures: &'a Measures,
    pub(crate) dashboard: &'a Dashboard,
    pub(crate) surveys: &'a Surveys,
    pub(crate) ages: &'a Ages,
    pub(crate) accounts: &'a Accounts,
}

impl Subjects<'_> {
    fn is_measure(&self, code: &str, domain: &str) -> bool {
        self.measures.get(code).is_some_and(|measure| measure.domain == domain)
    }

    fn is_mean(&self, code: &str) -> bool {
        let parts: Vec<&str> = code.split(':').collect();
        let [survey, sample, factor] = parts.as_slice() else { return false };
        let known = |survey: &Survey| survey.sample(sample).is_some() && survey.factors().any(|item| item.code == *factor);
        self.surveys.get(survey).is_some_and(known)
    }

    /// What is wrong with a subject, if anything.
    fn problem(&self, subject: &str, domain: &str, names: Names) -> Option<Problem> {
        let unknown = |what, code: &str, file| Some(Problem::Unknown { what, code: code.to_owned(), file });
        match names {
            Names::Node if self.catalogue.node(subject).is_none() => unknown("product or group", subject, "products.csv"),
            Names::Item if self.items.get(subject).is_none() => unknown("item", subject, "items.csv"),
            Names::Measure if !self.is_measure(subject, domain) => unknown("measure of this domain", subject, "measures.csv"),
            Names::Pair => {
                let known = |code: &str| self.is_measure(code, domain) || (domain == "finance" && self.items.get(code).is_some());
                match subject.split_once('/') {
                    None => unknown("pair DIVIDEND/DIVISOR", subject, "measures.csv"),
                    Some((dividend, divisor)) => {
                        let lost = [dividend, divisor].into_iter().find(|code| !known(code))?;
                        unknown("measure of this domain", lost, "measures.csv")
                    }
                }
            }
            Names::Area if self.dashboard.area(subject).is_none() => unknown("section or area", subject, "quality_areas.csv"),
            Names::Mean if !self.is_mean(subject) => unknown("factor in a sample, SURVEY:SAMPLE:FACTOR,", subject, "survey_items.csv"),
            Names::Account if self.accounts.get(subject).is_none() => unknown("account", subject, "accounts.csv"),
            Names::AccountGroup if self.accounts.group(subject).is_none() => unknown("group of accounts", subject, "account_groups.csv"),
            Names::Nothing if !subject.is_empty() => {
                Some(Problem::Surplus { text: subject.to_owned(), advice: "this method knows what it looks at" })
            }
            Names::Nothing
            | Names::Node
            | Names::Item
            | Names::Measure
            | Names::Area
            | Names::Mean
            | Names::Account
            | Names::AccountGroup => None,
        }
    }
}

fn read_indicator(row: &Row<'_>, code: String, subjects: &Subjects<'_>, findings: &mut Findings) -> IndicatorDefinition {
    let indicator = IndicatorDefinition {
        label: row.required("label", findings),
        unit: measures::read_unit(row, findings),
        direction: read_direction(row, findings),
        method: row.text("method").to_owned(),
        subject: row.text("subject").to_owned(),
        parameter: row.text("parameter").to_owned(),
        cap: row.positive("cap", findings),
        note: row.text("note").to_owned(),
        code,
    };
    let domain = indicator.domain().to_owned();
    if !DOMAINS.contains(&domain.as_str()) || !indicator.code.contains('.') {
        row.refuse("code", Problem::Domain { code: indicator.code.clone(), domains: DOMAINS.join(", ") }, findings);
        return indicator;
    }
    let ours = METHODS.iter().filter(|(of, ..)| *of == domain);
    match ours.clone().find(|(_, method, ..)| *method == indicator.method) {
        None => {
            let choices = ours.map(|(_, method, ..)| *method).collect::<Vec<_>>().join(", ");
            row.refuse("method", Problem::Choice { text: indicator.method.clone(), choices }, findings);
        }
        Some((_, _, names, parameter)) => {
            if let Some(problem) = subjects.problem(&indicator.subject, &domain, *names) {
                row.refuse("subject", problem, findings);
            }
            check_parameter(row, *parameter, subjects.ages, findings);
        }
    }
    indicator
}

/// Which way is better, as a row says.
pub(crate) fn read_direction(row: &Row<'_>, findings: &mut Findings) -> Direction {
    let text = row.text("direction");
    text.parse().unwrap_or_else(|_| {
        let choices = "higher_is_better, lower_is_better".to_owned();
        row.refuse("direction", Problem::Choice { text: text.to_owned(), choices }, findings);
        Direction::HigherIsBetter
    })
}

fn check_parameter(row: &Row<'_>, parameter: Parameter, ages: &Ages, findings: &mut Findings) {
    let text = row.text("parameter");
    match parameter {
        Parameter::None => row.must_be_empty("parameter", "this method needs none", findings),
        Parameter::Factor => {
            row.positive("parameter", findings);
        }
        Parameter::Age => {
            if ages.get(text).is_none() {
                row.refuse("parameter", Problem::Unknown { what: "class of age", code: text.to_owned(), file: "ages.csv" }, findings);
            }
        }
        Parameter::BaseYear => {
            if !matches!(text.parse(), Ok(Period::Year(_))) {
                row.refuse("parameter", Problem::Year { text: text.to_owned() }, findings);
            }
        }
    }
}

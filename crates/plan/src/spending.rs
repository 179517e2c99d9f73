//! Spending control (*controllo della spesa*): the chapters that are watched, what may be spent, how far from the forecast one may go.

use std::collections::BTreeMap;

use piramide_measure::{Exact, Month};

use crate::{
    error::Problem,
    measures::Measures,
    reading::{Findings, Row, Table, choices},
    structures::Structures,
};

pub(crate) const CHAPTER_COLUMNS: &[&str] = &["code", "official", "group", "label", "running", "note"];
pub(crate) const BUDGET_COLUMNS: &[&str] = &["chapter", "structure", "amount", "note"];
pub(crate) const RULE_COLUMNS: &[&str] = &["rule", "applies_to", "measure", "round", "min", "alert_min", "alert_max", "max", "note"];
/// The bounds of a rule, in ascending order.
const BOUNDS: [&str; 4] = ["min", "alert_min", "alert_max", "max"];

choices! {
    /// A round of forecasts (*forecast*): one at the end of each quarter.
    Round {
        /// At the end of March.
        First = "I",
        /// At the end of June.
        Second = "II",
        /// At the end of September.
        Third = "III",
        /// At the end of December.
        Fourth = "IV",
    }
}

impl Round {
    /// Every round, in the order of the year.
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Third, Self::Fourth];

    /// The round at the end of the quarter that a month lies in; month 13 belongs to the last.
    pub fn of(month: Month) -> Self {
        match month.number() {
            ..=3 => Self::First,
            4..=6 => Self::Second,
            7..=9 => Self::Third,
            10.. => Self::Fourth,
        }
    }

    /// Its place in the year, 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
        }
    }

    /// What facts of its forecasts speak of.
    pub fn figure(self) -> SpendFigure {
        match self {
            Self::First => SpendFigure::FirstForecast,
            Self::Second => SpendFigure::SecondForecast,
            Self::Third => SpendFigure::ThirdForecast,
            Self::Fourth => SpendFigure::FourthForecast,
        }
    }
}

choices! {
    /// What a fact says about a chapter: the end of its subject, as in `5U1104012.actual`.
    SpendFigure {
        /// What a structure may spend, with its later variations (*assegnato*).
        Assigned = "assigned",
        /// What the first round expects (*I forecast*).
        FirstForecast = "forecast_1",
        /// What the second round expects (*II forecast*).
        SecondForecast = "forecast_2",
        /// What the third round expects (*III forecast*).
        ThirdForecast = "forecast_3",
        /// What the fourth round expects (*IV forecast*).
        FourthForecast = "forecast_4",
        /// What is bound to be spent (*impegnato*).
        Committed = "committed",
        /// What has been used: the actual costs (*utilizzato*, costi effettivi).
        Actual = "actual",
        /// What has been paid (*pagato*).
        Paid = "paid",
    }
}

impl SpendFigure {
    /// Every figure.
    pub const ALL: [Self; 8] = [
        Self::Assigned,
        Self::FirstForecast,
        Self::SecondForecast,
        Self::ThirdForecast,
        Self::FourthForecast,
        Self::Committed,
        Self::Actual,
        Self::Paid,
    ];

    /// Its name, in Italian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Assigned => "assegnato",
            Self::FirstForecast => "I forecast",
            Self::SecondForecast => "II forecast",
            Self::ThirdForecast => "III forecast",
            Self::FourthForecast => "IV forecast",
            Self::Committed => "impegnato",
            Self::Actual => "utilizzato",
            Self::Paid => "pagato",
        }
    }
}

choices! {
    /// What a rule compares.
    Applies {
        /// What has been used with what the round expected, chapter by chapter.
        Forecast = "forecast",
        /// What is bound or used with the budget of the year, chapter by chapter.
        Budget = "budget",
        /// The balance of a transit account with the running costs.
        Transit = "transit",
    }
}

/// A chapter (*capitolo di spesa*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Its code, in facts and links.
    pub code: String,
    /// Its code as it is printed, where that has other characters.
    pub official: String,
    /// What it is grouped with: the *gruppo VDC*, or the section of the note.
    pub group: String,
    /// Its name, in Italian.
    pub label: String,
    /// Whether it counts among the running costs (*spese di funzionamento*).
    pub running: bool,
    /// What the source notes about it.
    pub note: String,
}

/// A rule of tolerance: per cent of what is compared with, from the least to the most that is tolerated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendRule {
    /// Its letter.
    pub rule: String,
    /// What it compares.
    pub applies: Applies,
    /// The account whose balance it looks at; only for transit accounts.
    pub measure: Option<String>,
    /// The round it holds for; `None` for the whole year.
    pub round: Option<Round>,
    /// The least that is tolerated; `None` for no such limit.
    pub min: Option<Exact>,
    /// From where on downwards it warns.
    pub alert_min: Option<Exact>,
    /// From where on upwards it warns.
    pub alert_max: Option<Exact>,
    /// The most that is tolerated.
    pub max: Option<Exact>,
    /// Where it stands, as file and line.
    pub place: String,
    /// What the plan notes about it.
    pub note: String,
}

/// The budget of a chapter in a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendBudget {
    /// What may be spent in the year, euro.
    pub amount: Exact,
    /// Where it stands, as file and line.
    pub place: String,
}

/// The spending control of a plan. Its tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default)]
pub struct Spending {
    chapters: Vec<Chapter>,
    subjects: BTreeMap<String, String>,
    budgets: BTreeMap<(String, String), SpendBudget>,
    rules: Vec<SpendRule>,
}

impl Spending {
    /// The chapters, in the order of the plan.
    pub fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    /// A chapter.
    pub fn chapter(&self, code: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.code == code)
    }

    /// What facts about a figure of a chapter speak of.
    pub fn subject(chapter: &str, figure: SpendFigure) -> String {
        format!("{chapter}.{figure}")
    }

    /// The name of what facts about a chapter speak of.
    pub fn subject_label(&self, subject: &str) -> Option<&str> {
        self.subjects.get(subject).map(String::as_str)
    }

    /// Whether facts about a subject are what a round expects of a chapter.
    pub fn is_forecast(&self, subject: &str) -> bool {
        let figure = subject.rsplit_once('.').map(|(_, figure)| figure);
        self.subjects.contains_key(subject) && Round::ALL.iter().any(|round| figure == Some(round.figure().code()))
    }

    /// The budget of a chapter in a structure, as the plan prints it.
    pub fn budget(&self, chapter: &str, structure: &str) -> Option<&SpendBudget> {
        self.budgets.get(&(chapter.to_owned(), structure.to_owned()))
    }

    /// The rules, in the order of the plan.
    pub fn rules(&self) -> &[SpendRule] {
        &self.rules
    }

    /// The rule that holds in a round.
    pub fn rule(&self, applies: Applies, round: Round) -> Option<&SpendRule> {
        self.rules.iter().find(|rule| rule.applies == applies && rule.round.is_none_or(|other| other == round))
    }

    pub(crate) fn read(
        (chapters, budgets, rules): (&Table, &Table, &Table),
        structures: &Structures,
        measures: &Measures,
        findings: &mut Findings,
    ) -> Self {
        let mut read = Self::default();
        let mut lines = BTreeMap::new();
        for row in chapters.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let label = row.required("label", findings);
            for figure in SpendFigure::ALL {
                read.subjects.insert(Self::subject(&code, figure), format!("{label}: {}", figure.label()));
            }
            read.chapters.push(Chapter {
                official: row.optional("official").unwrap_or_else(|| code.clone()),
                code,
                group: row.required("group", findings),
                label,
                running: row.flag("running", findings),
                note: row.text("note").to_owned(),
            });
        }
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in budgets.rows() {
            let (chapter, structure) = (row.required("chapter", findings), row.required("structure", findings));
            if read.chapter(&chapter).is_none() {
                let problem = Problem::Unknown { what: "chapter", code: chapter.clone(), file: "spend_chapters.csv" };
                row.refuse("chapter", problem, findings);
            }
            if !structures.contains(&structure) {
                let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                row.refuse("structure", problem, findings);
            }
            let amount = row.required_number("amount", findings).and_then(|_| row.positive("amount", findings));
            let key = (chapter, structure);
            if let Some(first_line) = lines.insert(key.clone(), row.line()) {
                let code = format!("the budget of {} for {}", key.0, key.1);
                row.refuse("structure", Problem::Duplicate { code, first_line }, findings);
            }
            let Some(amount) = amount else { continue };
            read.budgets.insert(key, SpendBudget { amount, place: format!("{}:{}", budgets.file(), row.line()) });
        }
        for row in rules.rows() {
            let rule = read_rule(rules, &row, measures, findings);
            let same = |other: &&SpendRule| {
                let rounds = other.round.is_none() || rule.round.is_none() || other.round == rule.round;
                (other.applies, &other.measure) == (rule.applies, &rule.measure) && rounds
            };
            if let Some(other) = read.rules.iter().find(same) {
                let advice = "two rules would hold at once: one for each round, or one for all";
                row.refuse("round", Problem::Surplus { text: format!("{} beside {}", row.text("round"), other.place), advice }, findings);
            }
            read.rules.push(rule);
        }
        read
    }
}

fn read_rule(table: &Table, row: &Row<'_>, measures: &Measures, findings: &mut Findings) -> SpendRule {
    let applies = row.choice("applies_to", Applies::Forecast, findings);
    let measure = row.optional("measure");
    match (applies, &measure) {
        (Applies::Transit, None) => row.refuse("measure", Problem::Empty { advice: "name the transit account" }, findings),
        (Applies::Transit, Some(code)) => {
            if measures.get(code).is_none_or(|measure| measure.domain != "finance") {
                let problem = Problem::Unknown { what: "measure of finance", code: code.clone(), file: "measures.csv" };
                row.refuse("measure", problem, findings);
            }
        }
        (Applies::Forecast | Applies::Budget, _) => row.must_be_empty("measure", "only a transit account is one", findings),
    }
    let round = (!row.text("round").is_empty()).then(|| row.choice("round", Round::First, findings));
    let [min, alert_min, alert_max, max] = BOUNDS.map(|column| row.number(column, findings));
    if min.is_none() && max.is_none() {
        row.refuse("max", Problem::Empty { advice: "a rule has a least or a most that it tolerates" }, findings);
    }
    for (limit, alert) in [(&min, "alert_min"), (&max, "alert_max")] {
        if limit.is_none() {
            row.must_be_empty(alert, "without a limit there is nothing to warn of", findings);
        }
    }
    let mut least: Option<&Exact> = None;
    for (column, bound) in BOUNDS.iter().zip([&min, &alert_min, &alert_max, &max]) {
        let Some(bound) = bound else { continue };
        if let Some(before) = least.filter(|before| *before > bound) {
            let expected = format!("{} or more", before.decimal_text(4));
            row.refuse(column, Problem::Gap { text: row.text(column).to_owned(), expected }, findings);
        }
        least = Some(bound);
    }
    SpendRule {
        rule: row.required("rule", findings),
        applies,
        measure,
        round,
        min,
        alert_min,
        alert_max,
        max,
        place: format!("{}:{}", table.file(), row.line()),
        note: row.text("note").to_owned(),
    }
}

//! Spending control (*controllo della spesa*): for every chapter of a structure what it may spend, what it expects, what it has bound, used
//! and paid, how far that is from the tolerance, and where the year ends.
//!
//! A question about any period is about the year up to its end: forecasts and tolerances look at what has been used since January.

pub mod outlook;
pub mod standing;

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Month, Period, Unit};
use piramide_plan::{Applies, Chapter, Round, SpendFigure, SpendRule, Spending, Structure};

pub use self::{
    outlook::{Basis, Projection},
    standing::{Standing, Verdict},
};
use crate::asked::Asked;

/// One chapter.
pub struct Line<'a> {
    /// The chapter.
    pub chapter: &'a Chapter,
    /// What may be spent in the year (*budget*): as the plan prints it for this structure, else what is assigned.
    pub budget: Measured,
    /// What its offices were assigned (*assegnato*), with later variations.
    pub assigned: Measured,
    /// What was expected to be used by now (*forecast*).
    pub forecast: Measured,
    /// The round that expected it.
    pub round: Option<Round>,
    /// What is bound to be spent (*impegnato*).
    pub committed: Measured,
    /// What has been used (*utilizzato*).
    pub actual: Measured,
    /// What has been paid (*pagato*).
    pub paid: Measured,
    /// Used against expected, under the plan's tolerance.
    pub tolerance: Verdict<'a>,
    /// Bound against the budget of the year; used, where nothing bound is recorded.
    pub commitment: Verdict<'a>,
    /// Where the year ends.
    pub projection: Projection,
    /// The end of the year against its budget. A year that ends near its budget is as planned: only beyond it there is something to say.
    pub outcome: Verdict<'a>,
}

impl Line<'_> {
    /// The worst that is to be said of the chapter. What the year is projected to pass has not been passed: it is a warning.
    pub fn standing(&self) -> Standing {
        let projected = match self.outcome.standing {
            Standing::Passed if self.projection.basis != Basis::Final => Standing::Warned,
            standing @ (Standing::Unknown | Standing::Within | Standing::Warned | Standing::Passed) => standing,
        };
        self.tolerance.standing.max(self.commitment.standing).max(projected)
    }
}

/// A transit account against the running costs.
pub struct Transit<'a> {
    /// The rule.
    pub rule: &'a SpendRule,
    /// What the account is called.
    pub label: &'a str,
    /// Its balance at the end of the last month that is recorded.
    pub balance: Measured,
    /// The running costs (*spese di funzionamento*) so far.
    pub running: Measured,
    /// The balance, whatever its sign, in per cent of them.
    pub verdict: Verdict<'a>,
}

/// What the chapters of a structure sum to.
pub struct Total {
    /// What may be spent in the year, over the chapters that have a budget.
    pub budget: Measured,
    /// What was expected by now.
    pub forecast: Measured,
    /// What is bound.
    pub committed: Measured,
    /// What has been used.
    pub actual: Measured,
    /// Where the year ends, over the chapters that can be projected.
    pub projection: Measured,
    /// How many chapters have passed a limit.
    pub passed: usize,
    /// How many are near one, or are projected to pass it.
    pub warned: usize,
}

/// A structure beside its siblings.
pub struct Beside<'a> {
    /// The structure.
    pub structure: &'a Structure,
    /// Whether it has structures under it.
    pub has_children: bool,
    /// Its chapters together.
    pub total: Total,
}

/// Spending control of a structure.
pub struct Control<'a> {
    /// The last month of which something used is recorded; `None` when nothing is.
    pub elapsed: Option<Month>,
    /// Its chapters, in the order of the plan.
    pub lines: Vec<Line<'a>>,
    /// All of them together.
    pub total: Total,
    /// The transit accounts that the rules of the round speak of.
    pub transit: Vec<Transit<'a>>,
    /// The structures right under it.
    pub below: Vec<Beside<'a>>,
}

/// Draws up the control of a structure.
pub fn control<'a>(query: &Asked<'a>) -> Control<'a> {
    let query = year_to_date(query);
    let (lines, elapsed) = lines(&query);
    let (structures, month) = (query.plan.structures(), query.period.last_calendar_month());
    let beside = |structure: &'a Structure| {
        let query = query.of_structure(&structure.code);
        Beside {
            structure,
            has_children: !structures.children(&structure.code, month).is_empty(),
            total: total(&query, &self::lines(&query).0),
        }
    };
    Control {
        elapsed,
        total: total(&query, &lines),
        transit: transit(&query, &lines, elapsed),
        below: structures.children(query.structure, month).into_iter().map(beside).collect(),
        lines,
    }
}

/// The year up to the end of the period; all of it where the period ends with its last month.
fn year_to_date<'a>(query: &Asked<'a>) -> Asked<'a> {
    let last = query.period.last_month();
    let period = if last.number() >= 12 { Period::Year(last.year()) } else { Period::YearToDate(last) };
    query.in_period(period)
}

fn lines<'a>(query: &Asked<'a>) -> (Vec<Line<'a>>, Option<Month>) {
    let chapters = query.plan.spending().chapters();
    let used = |chapter: &Chapter| query.last_month_with(&Spending::subject(&chapter.code, SpendFigure::Actual));
    let elapsed = chapters.iter().filter_map(used).max();
    (chapters.iter().map(|chapter| line(query, chapter, elapsed)).collect(), elapsed)
}

/// The control of one chapter.
fn line<'a>(query: &Asked<'a>, chapter: &'a Chapter, elapsed: Option<Month>) -> Line<'a> {
    let rules = query.plan.spending();
    // What may be spent, and what is bound, is of the whole year whatever the period that was asked for ends with.
    let year = query.in_period(Period::Year(query.period.year()));
    let of_year = |figure| recorded(&year, chapter, figure);
    let so_far = |figure| recorded(query, chapter, figure);
    let assigned = of_year(SpendFigure::Assigned);
    let budget = budget(query, chapter, &assigned);
    let (forecast, round) = outlook::expected(query, chapter, elapsed);
    let (committed, actual) = (so_far(SpendFigure::Committed), so_far(SpendFigure::Actual));
    let projection = outlook::projection(query, chapter, elapsed, &actual);
    let rule = |applies| elapsed.and_then(|month| rules.rule(applies, Round::of(month)));
    let bound = if committed.value.is_ok() { &committed } else { &actual };
    let whole_year = rules.rule(Applies::Budget, Round::Fourth);
    let commitment = Verdict::new("Scostamento dal budget", whole_year, bound.clone(), budget.clone());
    Line {
        tolerance: Verdict::new("Scostamento dal forecast", rule(Applies::Forecast), actual.clone(), forecast.clone()),
        // Once the entries of month 13 are there nothing more is bound, and there is nothing left to be warned of. December may be of one
        // office alone.
        commitment: if elapsed.is_some_and(|month| month.number() == 13) { commitment.without_alert() } else { commitment },
        outcome: Verdict::new("Proiezione sul budget", whole_year, projection.measured.clone(), budget.clone()).without_alert(),
        paid: so_far(SpendFigure::Paid),
        chapter,
        budget,
        assigned,
        forecast,
        round,
        committed,
        actual,
        projection,
    }
}

/// What is recorded of a figure of a chapter in the period.
fn recorded(query: &Asked<'_>, chapter: &Chapter, figure: SpendFigure) -> Measured {
    query.total(&Spending::subject(&chapter.code, figure), &format!("{}: {}", chapter.label, figure.label()))
}

/// What may be spent in the year: the plan's budget for the structure itself, else what is assigned to it and to those under it.
fn budget(query: &Asked<'_>, chapter: &Chapter, assigned: &Measured) -> Measured {
    let Some(budget) = query.plan.spending().budget(&chapter.code, query.structure) else {
        return assigned.clone().labelled(&format!("{}: budget, come assegnato", chapter.label));
    };
    let source = piramide_measure::Source::Plan { version: query.plan.version().to_owned(), place: budget.place.clone() };
    let label = format!("{}: budget del piano", chapter.label);
    Measured::given(budget.amount.clone(), piramide_measure::Explanation::given(label, budget.amount.clone(), Unit::Euro, source))
}

fn total<'a>(query: &Asked<'a>, lines: &[Line<'a>]) -> Total {
    let sum = |label: &str, of: for<'b> fn(&'b Line<'a>) -> &'b Measured| {
        if lines.is_empty() {
            return Measured::missing(label, Unit::Euro, no_chapters(query));
        }
        Measured::sum_of_known(label, Unit::Euro, "somma dei capitoli", lines.iter().map(|line| of(line).clone()).collect())
    };
    let count = |standing| lines.iter().filter(|line| line.standing() == standing).count();
    Total {
        budget: sum("Budget dei capitoli", |line| &line.budget),
        forecast: sum("Forecast dei capitoli", |line| &line.forecast),
        committed: sum("Impegnato dei capitoli", |line| &line.committed),
        actual: sum("Utilizzato dei capitoli", |line| &line.actual),
        projection: sum("Proiezione dei capitoli a fine anno", |line| &line.projection.measured),
        passed: count(Standing::Passed),
        warned: count(Standing::Warned),
    }
}

fn no_chapters(query: &Asked<'_>) -> Missing {
    Missing::NoInput { input: format!("l'elenco dei capitoli di spesa in {}", query.plan.version()) }
}

/// The transit accounts of the round's rules.
fn transit<'a>(query: &Asked<'a>, lines: &[Line<'a>], elapsed: Option<Month>) -> Vec<Transit<'a>> {
    let round = Round::of(elapsed.unwrap_or_else(|| query.period.last_calendar_month()));
    let holds = |rule: &&SpendRule| rule.applies == Applies::Transit && rule.round.is_none_or(|other| other == round);
    let of = |rule: &'a SpendRule| {
        let measure = query.plan.measures().get(rule.measure.as_deref()?)?;
        let last = query.last_month_with(&measure.code);
        let balance = query.at_month(&measure.code, &measure.label, last);
        let running: Vec<Measured> = lines.iter().filter(|line| line.chapter.running).map(|line| line.actual.clone()).collect();
        let running = Measured::sum_of_known("Spese di funzionamento", Unit::Euro, "somma dei capitoli di funzionamento", running);
        // A balance is one to be settled whichever side it stands on.
        let lying = Measured::computed("Valore giacente", Unit::Euro, "saldo senza segno", vec![balance.clone()], |numbers| {
            Ok(numbers.iter().map(Exact::abs).sum())
        });
        let verdict = Verdict::share("Valore giacente sulle spese di funzionamento", rule, lying, running.clone());
        Some(Transit { rule, label: &measure.label, balance, running, verdict })
    };
    query.plan.spending().rules().iter().filter(holds).filter_map(of).collect()
}

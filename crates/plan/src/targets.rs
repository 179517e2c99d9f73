//! What must be reached, by whom, by when (*obiettivi*).

use std::collections::BTreeMap;

use piramide_measure::{Exact, Period, Scale};

use crate::{
    error::Problem,
    indicators::Indicators,
    reading::{Findings, Row, Table, choices},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] = &["indicator", "structure", "period", "kind", "value", "baseline", "scale", "note"];

choices! {
    /// By when: the year, or the end of a quarter, counted from January.
    TargetPeriod {
        /// By the end of the year.
        Year = "year",
        /// By March.
        Q1 = "Q1",
        /// By June.
        Q2 = "Q2",
        /// By September.
        Q3 = "Q3",
        /// By December, where it differs from the year.
        Q4 = "Q4",
    }
}

choices! {
    /// How the target is written.
    TargetKind {
        /// The value itself.
        Absolute = "absolute",
        /// `baseline * (100 + value) / 100`.
        PercentOverBaseline = "percent_over_baseline",
        /// `baseline + value`.
        DifferenceFromBaseline = "difference_from_baseline",
    }
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What must be reached, exactly.
    pub value: Exact,
    /// How it is written.
    pub kind: TargetKind,
    /// The number as written: the value itself, per cent, or a difference.
    pub written: Exact,
    /// What it is counted from.
    pub baseline: Option<Exact>,
    /// How the distance from it is measured.
    pub scale: Scale,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `targets.csv`.
    pub line: u64,
}

/// The targets of a plan.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    by_indicator: BTreeMap<String, BTreeMap<String, BTreeMap<TargetPeriod, Target>>>,
}

impl Targets {
    /// The target as it stands in the plan.
    pub fn get(&self, indicator: &str, structure: &str, period: TargetPeriod) -> Option<&Target> {
        self.by_indicator.get(indicator)?.get(structure)?.get(&period)
    }

    /// The targets of an indicator, by structure and period.
    pub fn of_indicator(&self, indicator: &str) -> impl Iterator<Item = (&str, TargetPeriod, &Target)> {
        let structures = self.by_indicator.get(indicator).into_iter().flatten();
        structures.flat_map(|(structure, periods)| periods.iter().map(move |(period, target)| (structure.as_str(), *period, target)))
    }

    pub(crate) fn read(table: &Table, indicators: &Indicators, structures: &Structures, findings: &mut Findings) -> Self {
        let mut targets = Self::default();
        for row in table.rows() {
            let (indicator, structure) = (row.required("indicator", findings), row.required("structure", findings));
            if indicators.get(&indicator).is_none() {
                let problem = Problem::Unknown { what: "indicator", code: indicator.clone(), file: "indicators.csv" };
                row.refuse("indicator", problem, findings);
            }
            if !structures.contains(&structure) {
                let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                row.refuse("structure", problem, findings);
            }
            let period = row.choice("period", TargetPeriod::Year, findings);
            let Some(target) = read_target(&row, findings) else { continue };
            if let Some(first) = targets.get(&indicator, &structure, period) {
                let code = format!("the target of {indicator} for {structure} by {period}");
                let first_line = first.line;
                row.refuse("period", Problem::Duplicate { code, first_line }, findings);
                continue;
            }
            targets.by_indicator.entry(indicator).or_default().entry(structure).or_default().insert(period, target);
        }
        targets
    }
}

fn read_target(row: &Row<'_>, findings: &mut Findings) -> Option<Target> {
    let kind = row.choice("kind", TargetKind::Absolute, findings);
    let baseline = row.number("baseline", findings);
    let written = row.required_number("value", findings);
    let scale = read_scale(row, findings);
    match kind {
        TargetKind::Absolute => row.must_be_empty("baseline", "an absolute target has none", findings),
        TargetKind::PercentOverBaseline | TargetKind::DifferenceFromBaseline if row.text("baseline").is_empty() => {
            row.refuse("baseline", Problem::Empty { advice: "write what the target is counted from" }, findings);
        }
        TargetKind::PercentOverBaseline | TargetKind::DifferenceFromBaseline => {}
    }
    let written = written?;
    let value = match kind {
        TargetKind::Absolute => written.clone(),
        TargetKind::PercentOverBaseline => Exact::quotient(&(baseline.clone()? * (Exact::hundred() + written.clone())), &Exact::hundred())?,
        TargetKind::DifferenceFromBaseline => baseline.clone()? + written.clone(),
    };
    if value.is_zero() && scale == Scale::Relative {
        row.refuse("value", Problem::ZeroTarget, findings);
    }
    Some(Target { value, kind, written, baseline, scale, note: row.text("note").to_owned(), line: row.line() })
}

/// How a row measures distances; relative where it does not say.
pub(crate) fn read_scale(row: &Row<'_>, findings: &mut Findings) -> Scale {
    match row.text("scale") {
        "" => Scale::Relative,
        text => text.parse().unwrap_or_else(|_| {
            row.refuse("scale", Problem::Choice { text: text.to_owned(), choices: "relative, absolute".to_owned() }, findings);
            Scale::Absolute
        }),
    }
}

/// What of a plan a period is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// By a row as it stands.
    By(TargetPeriod),
    /// By the difference of two rows, where quantities add up over the months: the row, and the one before.
    ByDifference(TargetPeriod, TargetPeriod),
    /// By no row: a month alone has no target, nor a stretch that ends within a quarter.
    ByNone,
}

/// Which row judges a period.
///
/// **Decision**: the quarters of a plan count from January. A year to date is judged by its row as it stands; a quarter alone by its row
/// less the one before when the quantity adds up (euro, points, pieces), and by its row when it does not (days, shares, indices).
pub(crate) fn judged(period: Period, adds_up: bool) -> Judged {
    let by_quarter =
        |quarter: u8| [TargetPeriod::Q1, TargetPeriod::Q2, TargetPeriod::Q3, TargetPeriod::Q4].get(usize::from(quarter) - 1).copied();
    match period {
        Period::Year(_) => Judged::By(TargetPeriod::Year),
        Period::YearToDate(month) if month.number() >= 12 => Judged::By(TargetPeriod::Year),
        Period::YearToDate(month) if month.number() % 3 == 0 => by_quarter(month.number() / 3).map_or(Judged::ByNone, Judged::By),
        Period::Quarter { quarter, .. } => {
            match (by_quarter(quarter), quarter.checked_sub(1).filter(|before| *before > 0).and_then(by_quarter)) {
                (Some(row), Some(before)) if adds_up => Judged::ByDifference(row, before),
                (Some(row), _) => Judged::By(row),
                (None, _) => Judged::ByNone,
            }
        }
        Period::YearToDate(_) | Period::Month(_) => Judged::ByNone,
    }
}

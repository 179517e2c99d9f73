//! Elementary indicators (*indicatori elementari*).

use std::collections::BTreeMap;

use piramide_measure::{Direction, Exact, Policy, Scale};

use super::{Around, Dashboard, Position};
use crate::{
    error::Problem,
    header, indicators,
    reading::{Findings, Row, Table, choices},
    targets,
};

pub(super) const FILE: &str = "quality_indicators.csv";
pub(crate) const COLUMNS: &[&str] = &[
    "code",
    "area",
    "label",
    "weight",
    "measure",
    "direction",
    "scale",
    "cap",
    "missing",
    "over_months",
    "fewest",
    "when_few",
    "need",
    "note",
];

choices! {
    /// What the months of a period come to.
    OverMonths {
        /// Numerators and denominators of all months, summed: what was done in the period.
        Sum = "sum",
        /// Those of the last month with facts: what waits, and how old it is.
        Last = "last",
    }
}

choices! {
    /// What is done with a measure over fewer cases than mean anything.
    WhenFew {
        /// It counts, and is marked.
        Mark = "mark",
        /// It is left out as if it were missing, and says so.
        LeaveOut = "leave_out",
    }
}

/// An elementary indicator of quality (*indicatore elementare*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityIndicator {
    /// Its code.
    pub code: String,
    /// The area it stands in.
    pub area: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its weight among its siblings, per cent; `None` where they all weigh alike.
    pub weight: Option<Exact>,
    /// The measure that it is computed from; `None` for one that the institute has still to define: it weighs, and has no result.
    pub measure: Option<String>,
    /// Which way is better.
    pub direction: Direction,
    /// How the distance from a reference is measured.
    pub scale: Scale,
    /// Its own cap; `None` for the plan's.
    pub cap: Option<Exact>,
    /// What becomes of its weight when it is missing; `None` for what the plan says.
    pub missing: Option<Policy>,
    /// What the months of a period come to.
    pub over_months: OverMonths,
    /// The least denominator that means something; `None` for any.
    pub fewest: Option<Exact>,
    /// What is done below it.
    pub when_few: WhenFew,
    /// The social need behind it (*bisogno sociale*), in Italian.
    pub need: String,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `quality_indicators.csv`.
    pub line: u64,
}

pub(super) fn read(table: &Table, around: &Around<'_>, dashboard: &mut Dashboard, findings: &mut Findings) {
    let mut lines = BTreeMap::new();
    for row in table.rows() {
        let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
        if let Some(area) = dashboard.areas.iter().find(|area| area.code == code) {
            row.refuse("code", Problem::Duplicate { code: format!("the area {code}"), first_line: area.line }, findings);
            continue;
        }
        let indicator = read_indicator(&row, code, around, findings);
        if dashboard.areas.iter().all(|area| area.code != indicator.area) {
            let problem = Problem::Unknown { what: "area", code: indicator.area.clone(), file: "quality_areas.csv" };
            row.refuse("area", problem, findings);
        }
        dashboard.positions.insert(indicator.code.clone(), Position::Indicator(dashboard.indicators.len()));
        dashboard.indicators.push(indicator);
    }
}

fn read_indicator(row: &Row<'_>, code: String, around: &Around<'_>, findings: &mut Findings) -> QualityIndicator {
    let measure = row.optional("measure");
    let cap = row.positive("cap", findings);
    match &measure {
        Some(measure) if around.measures.get(measure).is_none_or(|known| known.domain != "quality") => {
            let problem = Problem::Unknown { what: "measure of quality", code: measure.clone(), file: "measures.csv" };
            row.refuse("measure", problem, findings);
        }
        Some(_) => {}
        None => {
            for column in ["direction", "scale", "cap", "missing", "over_months", "fewest", "when_few"] {
                row.must_be_empty(column, "an indicator without a measure is still to be defined", findings);
            }
        }
    }
    let direction = if measure.is_some() { indicators::read_direction(row, findings) } else { Direction::HigherIsBetter };
    let policy = |word: String| header::policy(&word, cap.as_ref().or(around.cap));
    let missing = row.optional("missing").and_then(|word| policy(word).map_err(|problem| row.refuse("missing", problem, findings)).ok());
    QualityIndicator {
        code,
        area: row.required("area", findings),
        label: row.required("label", findings),
        weight: row.positive("weight", findings),
        measure,
        direction,
        scale: targets::read_scale(row, findings),
        cap,
        missing,
        over_months: row.optional("over_months").map_or(OverMonths::Sum, |_| row.choice("over_months", OverMonths::Sum, findings)),
        fewest: row.positive("fewest", findings),
        when_few: row.optional("when_few").map_or(WhenFew::Mark, |_| row.choice("when_few", WhenFew::Mark, findings)),
        need: row.text("need").to_owned(),
        note: row.text("note").to_owned(),
        line: row.line(),
    }
}

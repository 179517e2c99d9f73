//! The national figures of 2020 that the reconstructed year must give again.

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use piramide_measure::decimal;

/// Printed: points by area.
const POINTS: &str = include_str!("../../cli/actuals/2020/production-published.csv");
/// Solved from printed ratios: pieces by line, and staff.
const FLOWS: &str = include_str!("../../cli/actuals/2020/production-reconstructed.csv");

/// The total of points: in the reconstructed year that of flows too.
pub const TOTAL: &str = "TOTAL";
/// The total of flows of the bundled plans, which print flows by areas of their own.
pub const FLOW_TOTAL: &str = "FLOW_TOTAL";
/// The area of points that each area of flows is part of, so that one product counts in both.
///
/// **Decision**: benefits, the individual account and flows stand where the annex of 2021 counts them among its areas. What is printed as
/// "other areas" (controls, appeals, archives, assessment of civil disability) stands under the compliance of the office and customer care.
const PART_OF: [(&str, &str); 4] = [
    ("FLOW_BENEFITS", "BENEFITS"),
    ("FLOW_INDIVIDUAL_ACCOUNT", "BENEFITS"),
    ("FLOW_FLOWS", "FLOWS"),
    ("FLOW_OTHER_AREAS", "SITE_CONFORMITY"),
];

/// What is said of a line of points that has what the lines that flow leave of its area.
const REST: &str = ": lavorazioni senza flussi";

/// The area of points that an area of flows is part of.
pub fn area_of(flow_area: &str) -> Option<&'static str> {
    PART_OF.iter().find(|(part, _)| *part == flow_area).map(|(_, area)| *area)
}

/// What a line of products must sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Completed points, exact, with those of the area's products that flow.
    Points(i64),
    /// Pieces: received and completed exact; waiting at the end, in points when the mean coefficient is one.
    Flow {
        /// Received.
        received: i64,
        /// Completed.
        completed: i64,
        /// Waiting at the end.
        closing: i64,
    },
}

/// One line of the published catalogue: what the bundled plan has as one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its code.
    pub code: String,
    /// Its name.
    pub label: String,
    /// The group above it.
    pub parent: String,
    /// The area in whose points it counts.
    pub area: String,
    /// Whether it is field inspection.
    pub inspection: bool,
    /// Whether it belongs to the production areas.
    pub production_area: bool,
    /// What it sums to.
    pub whole: Whole,
}

/// Every line, and the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The lines: first those that flow, since the others have the points that these leave.
    pub lines: Vec<Line>,
    /// The code under which staff is recorded.
    pub staff: String,
    /// Mean staff in hundredths of a full-time equivalent.
    pub staff_hundredths: i64,
}

impl Published {
    /// The figures, by the lines of a bundled plan's catalogue.
    ///
    /// # Errors
    ///
    /// When the figures and the catalogue do not speak of the same lines.
    pub fn new(products: &[StringRecord]) -> Result<Self> {
        let (mut lines, mut staff) = (Vec::<Line>::new(), None);
        for (row, whole) in rows(FLOWS)?.into_iter().chain(rows(POINTS)?) {
            let product =
                products.iter().find(|product| product.get(0) == Some(&row)).with_context(|| format!("{row} is not in the catalogue"))?;
            let field = |place| product.get(place).unwrap_or_default().to_owned();
            match whole {
                None => staff = Some(row),
                Some(whole) => {
                    let (parent, flows) = (field(2), matches!(whole, Whole::Flow { .. }));
                    let area = if flows { area_of(&parent).with_context(|| format!("{parent} is part of no area"))? } else { &parent };
                    let inspection = field(6) == "true";
                    let has_rest = !flows && !inspection && lines.iter().any(|line| line.area == area);
                    lines.push(Line {
                        code: row,
                        label: if has_rest { field(1) + REST } else { field(1) },
                        area: area.to_owned(),
                        parent,
                        inspection,
                        production_area: flows || field(5) == "true",
                        whole,
                    });
                }
            }
        }
        let staff = staff.context("no staff is published")?;
        let staff_hundredths = FLOWS.lines().find(|row| row.contains(&staff)).and_then(|row| row.rsplit(',').next()).context("no staff")?;
        Ok(Self { lines, staff, staff_hundredths: decimal::parse_minor_units(staff_hundredths, 2)? })
    }
}

/// The rows of a table: a code and what it sums to, nothing for the staff.
fn rows(table: &str) -> Result<Vec<(String, Option<Whole>)>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let columns = reader.headers()?.clone();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row?;
        let number = |name: &str| -> Result<i64> {
            let place = columns.iter().position(|column| column == name).with_context(|| format!("no column {name}"))?;
            Ok(row.get(place).unwrap_or_default().parse()?)
        };
        let code = row.get(1).unwrap_or_default().to_owned();
        ensure!(!code.is_empty(), "a row without product");
        let whole = if columns.iter().all(|column| column != "received") {
            Some(Whole::Points(number("completed")?))
        } else if number("received").is_ok() {
            Some(Whole::Flow { received: number("received")?, completed: number("completed")?, closing: number("closing_backlog")? })
        } else {
            None
        };
        rows.push((code, whole));
    }
    Ok(rows)
}

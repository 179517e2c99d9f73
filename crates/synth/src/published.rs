//! The national figures of 2020 that the reconstructed year must give again.

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use piramide_measure::decimal;

/// Printed: points by area.
const POINTS: &str = include_str!("../../cli/actuals/2020/production-published.csv");
/// Solved from printed ratios: pieces by line, and staff.
const FLOWS: &str = include_str!("../../cli/actuals/2020/production-reconstructed.csv");

/// What a line of products must sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Completed points, exact.
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
    /// The area.
    pub parent: String,
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
    /// The lines.
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
        let (mut lines, mut staff) = (Vec::new(), None);
        for (row, whole) in rows(POINTS)?.into_iter().chain(rows(FLOWS)?) {
            let product =
                products.iter().find(|product| product.get(0) == Some(&row)).with_context(|| format!("{row} is not in the catalogue"))?;
            let field = |place| product.get(place).unwrap_or_default().to_owned();
            match whole {
                None => staff = Some(row),
                Some(whole) => lines.push(Line {
                    code: row,
                    label: field(1),
                    parent: field(2),
                    inspection: field(6) == "true",
                    production_area: field(5) == "true",
                    whole,
                }),
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

//! Every way a plan can be refused: the file, the line, the field, the reason and what to do.

use std::fmt;

use piramide_measure::decimal::DecimalError;

/// Where in a package something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as `targets.csv`; a folder when the package itself is meant.
    pub file: String,
    /// The line, counted from 1 with the header; `None` when the whole file is meant.
    pub line: Option<u64>,
    /// The column or key; `None` when the whole line is meant.
    pub field: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        match &self.field {
            Some(field) => write!(formatter, " ({field})"),
            None => Ok(()),
        }
    }
}

/// One reason why a package is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct PlanError {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub problem: Problem,
}

/// Every reason why a package is refused; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanErrors(pub Vec<PlanError>);

impl PlanErrors {
    /// A single reason about a whole file or folder.
    pub(crate) fn about(file: impl Into<String>, problem: Problem) -> Self {
        Self(vec![PlanError { place: Place { file: file.into(), line: None, field: None }, problem }])
    }

    /// The same reasons, with the folder of the package before each file.
    #[must_use]
    pub(crate) fn within(mut self, folder: &str) -> Self {
        for error in &mut self.0 {
            error.place.file = format!("{folder}/{}", error.place.file);
        }
        self
    }
}

impl fmt::Display for PlanErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the plan is refused, reasons: {}", self.0.len())?;
        self.0.iter().try_for_each(|error| write!(formatter, "\n  {error}"))
    }
}

impl std::error::Error for PlanErrors {}

/// What is wrong at a place of a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file or folder cannot be read.
    #[error("cannot be read: {why}")]
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// A file that every package has is not there.
    #[error("is missing: a package has all of {expected}")]
    MissingFile {
        /// The files of a package.
        expected: String,
    },
    /// A file that no package has.
    #[error("is not a file of a package, which has {expected}: take it away")]
    UnknownFile {
        /// The files of a package.
        expected: String,
    },
    /// Bytes that are not text.
    #[error("is not UTF-8 from byte {byte} on: save it as UTF-8")]
    NotUtf8 {
        /// How many bytes are text.
        byte: usize,
    },
    /// A byte order mark, which would stick to the first column's name.
    #[error("begins with a byte order mark: save it as UTF-8 without it")]
    ByteOrderMark,
    /// The TOML does not parse or has other keys.
    #[error("{why}")]
    Toml {
        /// What the parser says.
        why: String,
    },
    /// A column is not there.
    #[error("has no column {column}, it must have {expected}")]
    MissingColumn {
        /// The column.
        column: &'static str,
        /// All columns.
        expected: String,
    },
    /// A column that the table does not have.
    #[error("\"{column}\" is not a column of this table, which has {expected}")]
    UnknownColumn {
        /// The column.
        column: String,
        /// All columns.
        expected: String,
    },
    /// A column stands twice.
    #[error("column {column} stands twice")]
    RepeatedColumn {
        /// The column.
        column: String,
    },
    /// A row with more or fewer cells than the header.
    #[error("has {cells} cells, the header has {columns}: quote cells that contain commas")]
    Ragged {
        /// Cells of the row.
        cells: usize,
        /// Cells of the header.
        columns: usize,
    },
    /// A cell that must be filled is empty.
    #[error("is empty: {advice}")]
    Empty {
        /// What to write.
        advice: &'static str,
    },
    /// A cell that must be empty is filled.
    #[error("\"{text}\" must not stand here: {advice}")]
    Surplus {
        /// What stands there.
        text: String,
        /// Why not.
        advice: &'static str,
    },
    /// A code with other characters than codes have.
    #[error("\"{text}\" is not a code: write ASCII letters, digits, underscores, hyphens and points only")]
    Code {
        /// What stands there.
        text: String,
    },
    /// A number that does not follow the grammar.
    #[error("{0}")]
    Number(DecimalError),
    /// A number that must be above zero is not.
    #[error("{text} must be above zero")]
    NotPositive {
        /// What stands there.
        text: String,
    },
    /// A number that does not go on where the row before it ends.
    #[error("{text} stands where {expected} is expected")]
    Gap {
        /// What stands there.
        text: String,
        /// What should.
        expected: String,
    },
    /// A text that is not a whole number.
    #[error("\"{text}\" is not a whole number from 0: write digits alone")]
    Whole {
        /// What stands there.
        text: String,
    },
    /// A word that is not among the choices.
    #[error("\"{text}\" is not one of: {choices}")]
    Choice {
        /// What stands there.
        text: String,
        /// What may stand there.
        choices: String,
    },
    /// A text that is not a month.
    #[error("\"{text}\" is not a month: write 2021-01, or 2021-13 for the closing month of accounting")]
    Month {
        /// What stands there.
        text: String,
    },
    /// A text that is not a year.
    #[error("\"{text}\" is not a year: write the base year as 2020")]
    Year {
        /// What stands there.
        text: String,
    },
    /// The same key stands twice.
    #[error("{code} stands already in line {first_line}: keep one")]
    Duplicate {
        /// The key.
        code: String,
        /// Where it stands first.
        first_line: u64,
    },
    /// A code that nothing has.
    #[error("there is no {what} {code} in {file}: correct the code or add it there")]
    Unknown {
        /// What it should name.
        what: &'static str,
        /// The code.
        code: String,
        /// Where it should stand.
        file: &'static str,
    },
    /// A code that means two things to the same facts.
    #[error("{code} is already an item in items.csv: facts of finance name both, so give it another code")]
    Clash {
        /// The code.
        code: String,
    },
    /// Parents that lead back to where they started.
    #[error("is its own ancestor: {path}")]
    Cycle {
        /// The codes on the way.
        path: String,
    },
    /// Not exactly one row without a parent.
    #[error("has {} rows without a parent ({}), it must have exactly one", found.len(), found.join(", "))]
    Roots {
        /// The rows without a parent.
        found: Vec<String>,
    },
    /// Validity that ends before it begins.
    #[error("validity ends in {last}, before it begins in {first}")]
    ValidityReversed {
        /// First month.
        first: String,
        /// Last month.
        last: String,
    },
    /// Two rows of one structure that are valid at once.
    #[error("{code} is already valid in these months by line {first_line}: end that row before this one begins")]
    ValidityOverlaps {
        /// The structure.
        code: String,
        /// The other row.
        first_line: u64,
    },
    /// A structure whose parent does not exist all the time it does.
    #[error("{parent} is not valid in {month}, when {code} is under it: give {code} a row for each parent")]
    ParentNotValid {
        /// The structure.
        code: String,
        /// Its parent.
        parent: String,
        /// A month of the child and not of the parent.
        month: String,
    },
    /// A structure in two clusters of one purpose.
    #[error("{structure} is already in a cluster of {purpose} by line {first_line}: a structure is compared with one cluster per purpose")]
    TwoClusters {
        /// The structure.
        structure: String,
        /// The purpose.
        purpose: String,
        /// The other row.
        first_line: u64,
    },
    /// Something stands under what has nothing under it.
    #[error("{parent} cannot have {code} under it: {advice}")]
    ParentIsLeaf {
        /// The child.
        code: String,
        /// Its parent.
        parent: String,
        /// Which rows may have others under them.
        advice: &'static str,
    },
    /// A root that is not a total, or a total that is not a root.
    #[error("{code} is of kind {kind}: the rows without a parent are the totals, and only they")]
    CatalogueRoot {
        /// The row.
        code: String,
        /// Its kind.
        kind: String,
    },
    /// A coefficient for a row that is not a product.
    #[error("{code} is not a product: only products have coefficients")]
    CoefficientOfNonProduct {
        /// The row of the catalogue.
        code: String,
    },
    /// A product without any coefficient.
    #[error("product {code} has no coefficient: add one to coefficients.csv with its first month")]
    ProductWithoutCoefficient {
        /// The product.
        code: String,
    },
    /// More than one row for staff.
    #[error("{code} is a second row for staff, after line {first_line}: the catalogue has one")]
    SecondStaff {
        /// The row.
        code: String,
        /// The first such row.
        first_line: u64,
    },
    /// Weights of siblings that are not the whole.
    #[error("the weights under {parent} sum to {sum}, they must sum to 100")]
    WeightsSum {
        /// The parent.
        parent: String,
        /// Their sum.
        sum: String,
    },
    /// The source says another number of indicators than there are.
    #[error(
        "{code} is said to have {stated} indicators, {found} stand under it: write those that are still to be defined without a measure"
    )]
    IndicatorsCount {
        /// The area.
        code: String,
        /// How many the source says.
        stated: usize,
        /// How many there are.
        found: usize,
    },
    /// A text that does not count anything.
    #[error("\"{text}\" is not a whole number")]
    Count {
        /// What stands there.
        text: String,
    },
    /// A node that should have others under it has none.
    #[error("{code} has nothing under it: give it children, or make it an indicator or a project")]
    WithoutChildren {
        /// The node.
        code: String,
    },
    /// A relative distance from zero.
    #[error("the target is zero, and a distance in per cent of zero is undefined: write absolute as scale, or another target")]
    ZeroTarget,
    /// The code does not say whose indicator it is.
    #[error(
        "{code} does not begin with a domain: begin it with one of {domains} and a point (public_value is computed from objectives.csv)"
    )]
    Domain {
        /// The indicator.
        code: String,
        /// The domains.
        domains: String,
    },
    /// The worst score is 100 less the cap, and there is no cap.
    #[error("worst needs a cap: write the cap of the plan in plan.toml")]
    WorstWithoutCap,
}

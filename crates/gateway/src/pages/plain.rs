//! Plain tables of figures: what stands in each row, then its cells.

/// What stands where there is no number.
pub(super) const NONE: &str = "—";

/// A table of figures; not shown without rows.
pub(super) struct Table {
    pub(super) caption: &'static str,
    /// What its rows are.
    pub(super) what: &'static str,
    pub(super) heads: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
}

/// A row: what it is, where that leads, how certain it is, its figures.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) href: Option<String>,
    pub(super) badge: Option<&'static str>,
    /// What else there is to say of it.
    pub(super) notes: Vec<String>,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// A row that leads nowhere and needs no word more.
    pub(super) fn new(label: String, cells: Vec<String>) -> Self {
        Self { label, href: None, badge: None, notes: Vec::new(), cells }
    }
}

/// The parameters of a link to the same page about another structure.
pub(super) fn about<'a>(parameters: &[(&'static str, &'a str)], structure: &'a str) -> Vec<(&'static str, &'a str)> {
    parameters.iter().map(|(name, value)| (*name, if *name == "structure" { structure } else { *value })).collect()
}

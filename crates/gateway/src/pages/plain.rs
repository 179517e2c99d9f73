//! Plain tables of figures: what stands in each row, then its cells.

use piramide_measure::{Exact, Provenance};

use crate::{reading::statement::Judged, view::italian};

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

/// A number with so many digits, or a dash.
pub(super) fn shown(value: Option<&Exact>, digits: u32) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| italian::number(value, digits))
}

/// A difference with its sign, or a dash.
pub(super) fn signed(value: Option<&Exact>) -> String {
    value.map_or_else(|| NONE.to_owned(), italian::signed)
}

/// A deviation under a head that says per cent, or a dash: one that is no percentage, as from a target of zero, brings the unit of what is
/// judged.
pub(super) fn deviation(judged: &Judged, unit: &str) -> String {
    let unit = if judged.realisation.is_some() { "" } else { unit };
    judged.deviation.as_ref().map_or_else(|| NONE.to_owned(), |deviation| italian::deviation(deviation, unit))
}

/// A number with the digits and the symbol of its unit, or a dash.
pub(super) fn measured(value: Option<&Exact>, unit: &str) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| italian::measured(value, unit))
}

/// A number with no more digits than it needs, or a dash.
pub(super) fn short(value: Option<&Exact>) -> String {
    value.map_or_else(|| NONE.to_owned(), italian::short)
}

/// A provenance that a reader must be told.
pub(super) fn badge(provenance: Option<Provenance>) -> Option<&'static str> {
    provenance.filter(|provenance| *provenance >= Provenance::Reconstructed).map(italian::provenance)
}

/// The same in a sentence.
pub(super) fn caution(provenance: Option<Provenance>) -> Option<String> {
    badge(provenance).map(|provenance| format!("Provenienza meno certa dei dati: {provenance}."))
}

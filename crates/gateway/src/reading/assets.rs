//! The assets.

use piramide_contracts::{convert, convert::Invalid, finance, types};
use piramide_measure::Exact;

use super::statement::{Judged, judged};

/// The assets of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assets {
    /// The structure itself; `None` for one that is not of the period.
    pub(crate) own: Option<Property>,
    pub(crate) below: Vec<Property>,
    pub(crate) holdings: Vec<Holding>,
    pub(crate) closing: Option<Exact>,
    /// The indicator of disposal; empty where the plan has none.
    pub(crate) indicator: String,
}

/// What a structure has disposed of and mended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) units: Judged,
    pub(crate) value: Judged,
    pub(crate) index: Judged,
    pub(crate) errors: Judged,
}

/// A class of securities.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Holding {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) opening: Option<Exact>,
    pub(crate) increases: Judged,
    pub(crate) decreases: Judged,
    pub(crate) closing: Judged,
    pub(crate) purchase: Option<Exact>,
    pub(crate) nominal: Option<Exact>,
}

/// Reads the assets.
pub(crate) fn assets(message: finance::GetAssetsResponse) -> Result<Assets, Invalid> {
    Ok(Assets {
        own: message.own.map(property).transpose()?,
        below: message.structures.into_iter().map(property).collect::<Result<_, _>>()?,
        holdings: message.holdings.into_iter().map(holding).collect::<Result<_, _>>()?,
        closing: exact("closing", message.closing.as_ref())?,
        indicator: message.disposal_indicator_code,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn property(message: finance::PropertyLine) -> Result<Property, Invalid> {
    Ok(Property {
        units: judged("units", message.units)?,
        value: judged("value", message.value)?,
        index: judged("index", message.index)?,
        errors: judged("errors", message.errors)?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
    })
}

fn holding(message: finance::Holding) -> Result<Holding, Invalid> {
    Ok(Holding {
        opening: exact("opening", message.opening.as_ref())?,
        increases: judged("increases", message.increases)?,
        decreases: judged("decreases", message.decreases)?,
        closing: judged("closing", message.closing)?,
        purchase: exact("purchase", message.purchase.as_ref())?,
        nominal: exact("nominal", message.nominal.as_ref())?,
        code: message.security_code,
        label: message.label,
    })
}

//! The assets, as REST answers them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{said, statement::JudgedAmount, text};
use crate::reading::assets as reading;

/// The assets of a structure (patrimonio). Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assets {
    /// The structure asked for; null for one that is not of the period.
    own: Option<Property>,
    /// Those right under it that have a target or a measure.
    structures: Vec<Property>,
    /// Securities and funds of the institute, in the order of the plan; empty where it lists none.
    items: Vec<Holding>,
    /// What is held of all of them, in euro.
    closing: Option<String>,
    /// The indicator of disposal, which explains itself; null where the plan has none.
    indicator: Option<String>,
    /// The plan that gave targets, the rule of disposal and securities.
    plan_version: String,
}

/// What a structure has disposed of and mended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Property {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Units disposed of.
    units: JudgedAmount,
    /// Their cadastral value, in euro.
    value: JudgedAmount,
    /// The index of both: 100 is as asked for.
    index: JudgedAmount,
    /// Errors of the property database that were fixed.
    errors: JudgedAmount,
}

/// A class of securities or funds, in euro; deviations are in euro too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holding {
    /// Its code.
    security: String,
    /// Its name, in Italian.
    label: String,
    /// What is held when the year begins: recorded, else as planned.
    opening: Option<String>,
    /// What came in, against what is planned.
    increases: JudgedAmount,
    /// What went out, likewise.
    decreases: JudgedAmount,
    /// Opening + increases - decreases, likewise: at inventory value.
    closing: JudgedAmount,
    /// What is planned to be held in the end at purchase price.
    purchase: Option<String>,
    /// The same at nominal value.
    nominal: Option<String>,
}

impl Assets {
    pub(crate) fn new(assets: reading::Assets, plan_version: String) -> Self {
        Self {
            own: assets.own.map(Property::from),
            structures: assets.below.into_iter().map(Property::from).collect(),
            items: assets.holdings.into_iter().map(Holding::from).collect(),
            closing: text(assets.closing.as_ref()),
            indicator: said(assets.indicator),
            plan_version,
        }
    }
}

impl From<reading::Property> for Property {
    fn from(property: reading::Property) -> Self {
        Self {
            structure: property.code,
            name: property.name,
            units: property.units.into(),
            value: property.value.into(),
            index: property.index.into(),
            errors: property.errors.into(),
        }
    }
}

impl From<reading::Holding> for Holding {
    fn from(holding: reading::Holding) -> Self {
        Self {
            opening: text(holding.opening.as_ref()),
            increases: holding.increases.into(),
            decreases: holding.decreases.into(),
            closing: holding.closing.into(),
            purchase: text(holding.purchase.as_ref()),
            nominal: text(holding.nominal.as_ref()),
            security: holding.code,
            label: holding.label,
        }
    }
}

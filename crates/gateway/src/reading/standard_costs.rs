//! Standard costs.

use piramide_contracts::{convert, convert::Invalid, finance, types};
use piramide_measure::{Exact, Provenance};

use super::Step;

/// The standard costs of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StandardCosts {
    pub(crate) own: Index,
    pub(crate) peers: Vec<Index>,
    pub(crate) lines: Vec<Elementary>,
    pub(crate) derivation: Step,
}

/// The synthetic index of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) value: Option<Exact>,
    pub(crate) coverage: Option<Exact>,
    pub(crate) target: Option<Exact>,
    pub(crate) missing: String,
    pub(crate) provenance: Option<Provenance>,
}

/// An elementary indicator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Elementary {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) value: Option<Exact>,
    pub(crate) mean: Option<Exact>,
    pub(crate) relative: Option<Exact>,
    pub(crate) weight: Option<Exact>,
    pub(crate) contribution: Option<Exact>,
    pub(crate) best: Option<Exact>,
    pub(crate) best_structure: String,
    pub(crate) note: String,
    pub(crate) missing: String,
}

impl Elementary {
    /// How far the value is above the best of the cluster, per cent of it.
    pub(crate) fn above_best(&self) -> Option<Exact> {
        let (value, best) = (self.value.as_ref()?, self.best.as_ref()?);
        Exact::quotient(&((value - best) * Exact::hundred()), best)
    }
}

/// Reads standard costs.
pub(crate) fn standard_costs(message: finance::GetStandardCostsResponse) -> Result<StandardCosts, Invalid> {
    Ok(StandardCosts {
        own: index(message.index.ok_or_else(|| Invalid::new("index", "is required"))?)?,
        peers: message.peers.into_iter().map(index).collect::<Result<_, _>>()?,
        lines: message.lines.into_iter().map(line).collect::<Result<_, _>>()?,
        derivation: super::explanation(message.nodes)?,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn index(message: finance::StandardCostIndex) -> Result<Index, Invalid> {
    Ok(Index {
        value: exact("index", message.index.as_ref())?,
        coverage: exact("coverage", message.coverage.as_ref())?,
        target: exact("target", message.target.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        code: message.structure_code,
        name: message.structure_name,
        cluster: message.cluster,
        missing: message.missing_reason,
    })
}

fn line(message: finance::ElementaryCost) -> Result<Elementary, Invalid> {
    Ok(Elementary {
        value: exact("value", message.value.as_ref())?,
        mean: exact("mean", message.mean.as_ref())?,
        relative: exact("relative", message.relative.as_ref())?,
        weight: exact("weight", message.weight.as_ref())?,
        contribution: exact("contribution", message.contribution.as_ref())?,
        best: exact("best", message.best.as_ref())?,
        best_structure: message.best_structure_code,
        code: message.code,
        label: message.label,
        unit: message.unit,
        note: message.note,
        missing: message.missing_reason,
    })
}

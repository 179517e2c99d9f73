//! Who helps whom.

use piramide_contracts::{
    convert,
    convert::Invalid,
    production::{self, HelpRelation},
};
use piramide_measure::{Exact, Provenance};

use super::Step;

/// The help of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Subsidiarity {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) given: Option<Exact>,
    pub(crate) unnamed: Option<Exact>,
    pub(crate) derivation: Step,
}

/// How a pair stands to the structure asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Given,
    Received,
    Inside,
}

/// Help between two structures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) relation: Relation,
    pub(crate) helper: String,
    pub(crate) helper_name: String,
    pub(crate) helped: String,
    pub(crate) helped_name: String,
    pub(crate) planned: Option<Exact>,
    pub(crate) due: Option<Exact>,
    pub(crate) actual: Option<Exact>,
    pub(crate) deviation: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
}

/// Reads the help of a structure.
pub(crate) fn subsidiarity(message: production::GetSubsidiarityResponse) -> Result<Subsidiarity, Invalid> {
    let read = |(position, message)| pair(message).map_err(|invalid| invalid.within(&format!("pairs.{position}")));
    Ok(Subsidiarity {
        pairs: message.pairs.into_iter().enumerate().map(read).collect::<Result<_, _>>()?,
        given: convert::optional_exact("given", message.given.as_ref())?,
        unnamed: convert::optional_exact("unnamed", message.unnamed.as_ref())?,
        derivation: super::explanation(message.nodes)?,
    })
}

fn pair(message: production::HelpPair) -> Result<Pair, Invalid> {
    let relation = match message.relation() {
        HelpRelation::Given => Relation::Given,
        HelpRelation::Received => Relation::Received,
        HelpRelation::Inside => Relation::Inside,
        HelpRelation::Unspecified => return Err(Invalid::new("relation", format!("{} is not a relation", message.relation))),
    };
    Ok(Pair {
        relation,
        planned: convert::optional_exact("planned", message.planned.as_ref())?,
        due: convert::optional_exact("due", message.due.as_ref())?,
        actual: convert::optional_exact("actual", message.actual.as_ref())?,
        deviation: convert::optional_exact("deviation", message.deviation.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        helper: message.helper_code,
        helper_name: message.helper_name,
        helped: message.helped_code,
        helped_name: message.helped_name,
    })
}

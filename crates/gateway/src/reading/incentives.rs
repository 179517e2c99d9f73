//! The incentives that rest on the dashboard of quality.

use piramide_contracts::{
    convert::{self, Invalid, optional_exact as exact},
    quality::{self, IncentiveOutcome, Reference},
};
use piramide_measure::{Exact, Provenance};

use super::quality::{Judgement, present};

/// What an index is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    Budget,
    PreviousYear,
}

impl Against {
    /// Its name in answers and parameters.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::PreviousYear => "previous_year",
        }
    }
}

/// Whether what is asked is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Reached,
    Missed,
    Undecided,
}

/// An incentive with what a structure reached of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incentive {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) node: String,
    pub(crate) node_label: String,
    pub(crate) against: Against,
    pub(crate) judgement: Judgement,
    pub(crate) last_year_index: Option<Exact>,
    pub(crate) last_year_missing_reason: String,
    pub(crate) cluster: String,
    pub(crate) cluster_deviation: Option<Exact>,
    pub(crate) cluster_missing_reason: String,
    pub(crate) bands: Vec<Band>,
    pub(crate) outcome: Outcome,
    pub(crate) needed: Option<Exact>,
    pub(crate) must_exceed: bool,
    pub(crate) margin: Option<Exact>,
    pub(crate) missing_reason: String,
    pub(crate) note: String,
    pub(crate) provenance: Option<Provenance>,
}

/// What is asked of who had an index in a range last year.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Band {
    pub(crate) from: Option<Exact>,
    pub(crate) below: Option<Exact>,
    pub(crate) positive: bool,
    pub(crate) above_cluster: Option<Exact>,
    pub(crate) possible: bool,
    pub(crate) note: String,
}

/// Reads the incentives of an answer.
pub(crate) fn incentives(messages: Vec<quality::Incentive>) -> Result<Vec<Incentive>, Invalid> {
    let read = |(position, message)| incentive(message).map_err(|invalid: Invalid| invalid.within(&format!("incentives.{position}")));
    messages.into_iter().enumerate().map(read).collect()
}

/// Reads an incentive that must be there.
pub(crate) fn required(message: Option<quality::Incentive>) -> Result<Incentive, Invalid> {
    incentive(message.ok_or_else(|| Invalid::new("incentive", "is required"))?)
}

fn incentive(message: quality::Incentive) -> Result<Incentive, Invalid> {
    let against = match message.reference() {
        Reference::Budget => Against::Budget,
        Reference::PreviousYear => Against::PreviousYear,
        Reference::Unspecified => return Err(Invalid::new("reference", "is not known")),
    };
    let outcome = match message.outcome() {
        IncentiveOutcome::Reached => Outcome::Reached,
        IncentiveOutcome::Missed => Outcome::Missed,
        IncentiveOutcome::Undecided => Outcome::Undecided,
        IncentiveOutcome::Unspecified => return Err(Invalid::new("outcome", "is not known")),
    };
    Ok(Incentive {
        against,
        outcome,
        judgement: present("judgement", message.judgement)?,
        last_year_index: exact("last_year_index", message.last_year_index.as_ref())?,
        cluster_deviation: exact("cluster_deviation", message.cluster_deviation.as_ref())?,
        bands: message.bands.into_iter().map(band).collect::<Result<_, _>>()?,
        needed: exact("needed", message.needed.as_ref())?,
        margin: exact("margin", message.margin.as_ref())?,
        code: message.incentive_code,
        label: message.label,
        node: message.node_code,
        node_label: message.node_label,
        last_year_missing_reason: message.last_year_missing_reason,
        cluster: message.cluster_label,
        cluster_missing_reason: message.cluster_missing_reason,
        must_exceed: message.must_exceed,
        missing_reason: message.missing_reason,
        note: message.note,
        provenance: convert::provenance("provenance", message.provenance)?,
    })
}

fn band(message: quality::IncentiveBand) -> Result<Band, Invalid> {
    Ok(Band {
        from: exact("bands.from", message.from.as_ref())?,
        below: exact("bands.below", message.below.as_ref())?,
        above_cluster: exact("bands.above_cluster", message.above_cluster.as_ref())?,
        positive: message.positive,
        possible: message.possible,
        note: message.note,
    })
}

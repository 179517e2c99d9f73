//! The incentives that rest on the dashboard of quality, as REST answers them.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, quality::QualityJudgement, said, text};
use crate::reading::{Step, incentives as reading};

/// What is asked of who had an index in a range last year (fascia). Each way that is named is enough by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveBand {
    /// The least index of last year, itself in the band; null for the lowest.
    from: Option<String>,
    /// Where the next band begins; null for the highest.
    below: Option<String>,
    /// Whether any deviation above zero is enough.
    positive: bool,
    /// By how many per cent of it the deviation of the cluster must be passed, 0 to equal it; null where that is no way.
    above_cluster: Option<String>,
    /// Whether it can hold: it is the band of last year's index, or that is missing.
    possible: bool,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
}

/// An incentive (incentivo ordinario, incentivo speciale) with what a structure reached of it. Numbers are decimals as strings; null means
/// missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Incentive {
    /// Its code in the plan.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// The section or area of the dashboard whose index counts.
    node: String,
    /// Its name, in Italian.
    node_label: String,
    /// What the index is compared with: budget or previous_year.
    reference: &'static str,
    /// The index; its deviation is what must be reached.
    judgement: QualityJudgement,
    /// The same index of last year, which says the band that holds.
    last_year_index: Option<String>,
    /// Why it is missing, in Italian; null when it is not, or not needed.
    last_year_missing_reason: Option<String>,
    /// Whose results together are the cluster's, in Italian.
    cluster: Option<String>,
    /// How far the index of all of them together is from 100.
    cluster_deviation: Option<String>,
    /// Why it is missing, in Italian; null when it is not, or not needed.
    cluster_missing_reason: Option<String>,
    /// The bands of the plan, from the lowest.
    bands: Vec<IncentiveBand>,
    /// Whether it is reached: reached, missed, or undecided.
    outcome: &'static str,
    /// The deviation that is asked.
    needed: Option<String>,
    /// Whether that must be passed, and not only reached.
    must_exceed: bool,
    /// The deviation less what is asked.
    margin: Option<String>,
    /// Why the outcome is undecided, in Italian; null when it is not.
    missing_reason: Option<String>,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
    /// The least certain provenance of all that the outcome rests on: the index, that of last year and the cluster's.
    provenance: Option<&'static str>,
}

/// The incentives that rest on the dashboard.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Incentives {
    /// The incentives, in the order of the plan; none where it has no bands.
    pub(crate) items: Vec<Incentive>,
    /// Always empty: all come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

/// An incentive with why it is reached or not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IncentiveExplained {
    /// The incentive.
    pub(crate) incentive: Incentive,
    /// How its margin was reached.
    pub(crate) explanation: Explanation,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

impl IncentiveExplained {
    pub(crate) fn new(incentive: reading::Incentive, derivation: Step, plan_version: String) -> Self {
        Self { incentive: incentive.into(), explanation: derivation.into(), plan_version }
    }
}

impl From<reading::Incentive> for Incentive {
    fn from(incentive: reading::Incentive) -> Self {
        Self {
            reference: incentive.against.code(),
            outcome: match incentive.outcome {
                reading::Outcome::Reached => "reached",
                reading::Outcome::Missed => "missed",
                reading::Outcome::Undecided => "undecided",
            },
            judgement: incentive.judgement.into(),
            last_year_index: text(incentive.last_year_index.as_ref()),
            last_year_missing_reason: said(incentive.last_year_missing_reason),
            cluster: said(incentive.cluster),
            cluster_deviation: text(incentive.cluster_deviation.as_ref()),
            cluster_missing_reason: said(incentive.cluster_missing_reason),
            bands: incentive.bands.into_iter().map(IncentiveBand::from).collect(),
            needed: text(incentive.needed.as_ref()),
            must_exceed: incentive.must_exceed,
            margin: text(incentive.margin.as_ref()),
            missing_reason: said(incentive.missing_reason),
            note: said(incentive.note),
            provenance: incentive.provenance.map(Provenance::code),
            code: incentive.code,
            label: incentive.label,
            node: incentive.node,
            node_label: incentive.node_label,
        }
    }
}

impl From<reading::Band> for IncentiveBand {
    fn from(band: reading::Band) -> Self {
        Self {
            from: text(band.from.as_ref()),
            below: text(band.below.as_ref()),
            positive: band.positive,
            above_cluster: text(band.above_cluster.as_ref()),
            possible: band.possible,
            note: said(band.note),
        }
    }
}

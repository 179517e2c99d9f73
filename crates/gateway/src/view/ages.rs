//! How old what waits is, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, text};
use crate::reading::ages as reading;

/// What waits at a node of the catalogue, by class of age (anzianità della giacenza). Numbers are decimals as strings; null means missing,
/// which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BacklogAges {
    /// The classes of the plan, from the youngest.
    items: Vec<BacklogAge>,
    /// Always empty: the classes are one page.
    next_page_token: String,
    /// Pieces of which no age is recorded; below zero where events moved the backlog after its ages were counted.
    without_age: Option<String>,
    /// The last month of which any office says how old what waits is: each counts as it said last.
    month: String,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
    /// How the pieces with a known age were reached.
    explanation: Explanation,
    /// The plan that gave classes and coefficients.
    plan_version: String,
}

/// What waits in one class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BacklogAge {
    /// The class.
    class: String,
    /// Its name, in Italian.
    label: String,
    /// The fewest days that it waits.
    first_day: i32,
    /// The most days; null for the oldest class.
    last_day: Option<i32>,
    /// Pieces waiting.
    pieces: Option<String>,
    /// The same in points.
    points: Option<String>,
    /// Share of the pieces with a known age, in per cent.
    share: Option<String>,
}

impl BacklogAges {
    pub(crate) fn new(ages: reading::Ages, plan_version: String) -> Self {
        let class = |age: reading::Age| BacklogAge {
            pieces: text(age.pieces.as_ref()),
            points: text(age.points.as_ref()),
            share: text(age.share.as_ref()),
            class: age.code,
            label: age.label,
            first_day: age.first_day,
            last_day: age.last_day,
        };
        Self {
            items: ages.classes.into_iter().map(class).collect(),
            next_page_token: String::new(),
            without_age: text(ages.without.as_ref()),
            month: ages.month.to_string(),
            provenance: ages.provenance.map(piramide_measure::Provenance::code),
            explanation: ages.derivation.into(),
            plan_version,
        }
    }
}

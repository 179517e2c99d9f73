//! How old what waits is.

use piramide_contracts::{convert, convert::Invalid, production};
use piramide_measure::{Exact, Period, Provenance};

use super::Step;

/// The classes of age at a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ages {
    pub(crate) classes: Vec<Age>,
    pub(crate) without: Option<Exact>,
    pub(crate) month: Period,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) derivation: Step,
}

/// What waits in one class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Age {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) first_day: i32,
    pub(crate) last_day: Option<i32>,
    pub(crate) pieces: Option<Exact>,
    pub(crate) points: Option<Exact>,
    pub(crate) share: Option<Exact>,
}

/// Reads the classes.
pub(crate) fn ages(message: production::GetBacklogAgesResponse) -> Result<Ages, Invalid> {
    let class = |(position, age): (usize, production::BacklogAge)| {
        let read =
            |field: &str, value| convert::optional_exact(field, value).map_err(|invalid| invalid.within(&format!("ages.{position}")));
        Ok(Age {
            pieces: read("pieces", age.pieces.as_ref())?,
            points: read("points", age.points.as_ref())?,
            share: read("share", age.share.as_ref())?,
            code: age.class_code,
            label: age.label,
            first_day: age.first_day,
            last_day: age.last_day,
        })
    };
    Ok(Ages {
        classes: message.ages.into_iter().enumerate().map(class).collect::<Result<_, _>>()?,
        without: convert::optional_exact("without_age", message.without_age.as_ref())?,
        month: convert::period("month", message.month.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        derivation: super::explanation(message.nodes)?,
    })
}

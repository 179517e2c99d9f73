//! One file per command: ask the services, make an [`Answer`](crate::Answer).

pub mod accounts;
pub mod answers;
pub mod batches;
pub mod closing;
pub mod costs;
pub mod events;
pub mod explain;
pub mod feeds;
pub mod import;
mod journey;
mod judged;
pub mod pyramid;
pub mod reconcile;
pub mod scorecard;
pub mod spending;
pub mod statement;
pub mod status;
pub mod verify;

use piramide_contracts::{
    domains::{self, Domain},
    scorecard::IndicatorResult,
};

use crate::{
    failure::Failure,
    italian,
    table::{Align, Table},
    view,
};

/// The domain asked for, or every domain that keeps facts.
fn fact_keeping(domain: Option<Domain>) -> Vec<Domain> {
    domain.map_or_else(|| domains::FACT_KEEPING.to_vec(), |domain| vec![domain])
}

/// Keeps what succeeded and sets aside what failed, so that one domain that is away does not hide the others.
fn gathered<T>(asked: Vec<Result<T, Failure>>) -> (Vec<T>, Vec<Failure>) {
    let mut failures = Vec::new();
    let succeeded = asked.into_iter().filter_map(|outcome| outcome.map_err(|failure| failures.push(failure)).ok()).collect();
    (succeeded, failures)
}

/// The columns of every table of results.
const RESULT_COLUMNS: [(&str, Align); 9] = [
    ("codice", Align::Left),
    ("indicatore", Align::Left),
    ("consuntivo", Align::Right),
    ("obiettivo", Align::Right),
    ("scostamento", Align::Right),
    ("punteggio", Align::Right),
    ("copertura", Align::Right),
    ("provenienza", Align::Left),
    ("nota", Align::Left),
];

/// Adds a result to a table of [`RESULT_COLUMNS`].
fn result_row(table: &mut Table, domain: Domain, result: &IndicatorResult) -> Result<(), Failure> {
    let indicator = result.indicator.clone().unwrap_or_default();
    let cells = || {
        Ok([
            indicator.code.clone(),
            indicator.label.clone(),
            italian::measure("actual", result.actual.as_ref(), &indicator.unit)?,
            italian::measure("target", result.target.as_ref(), &indicator.unit)?,
            italian::deviation("deviation", result.deviation.as_ref(), &result.deviation_unit)?,
            italian::hundredths("score", result.score.as_ref())?,
            italian::hundredths("coverage", result.coverage.as_ref())?,
            provenance(result.provenance)?.to_owned(),
            result.missing_reason.clone(),
        ])
    };
    table.row(cells().map_err(|invalid| Failure::unreadable(domain, &invalid))?);
    Ok(())
}

/// A provenance as people read it.
fn provenance(number: i32) -> Result<&'static str, piramide_contracts::convert::Invalid> {
    Ok(match view::provenance(number)? {
        None => "",
        Some("submitted") => "trasmesso",
        Some("published") => "pubblicato",
        Some("reconstructed") => "ricostruito",
        Some(_) => "sintetico",
    })
}

//! Facts and plans for tests.

use std::sync::OnceLock;

use piramide_domain::{Batch, Detail, Facts, Query};
use piramide_finance::{asked::Asked, facts::QUANTITIES};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Period, Provenance};
use piramide_plan::{Plan, Plans};

/// An amount of the nation that is not territorially attributed, in cents.
pub(crate) fn amount(line: u32, item: &str, period: &str, cents: i64) -> Fact {
    amount_of("NAZ_NA", line, item, period, cents)
}

/// An amount of a structure, in cents.
pub(crate) fn amount_of(structure: &str, line: u32, item: &str, period: &str, cents: i64) -> Fact {
    let period: Period = period.parse().unwrap();
    let (first_month, last_month) = (period.first_month().index(), period.last_month().index());
    Fact { line, structure: structure.into(), subject: item.into(), first_month, last_month, values: [Some(cents)].into() }
}

pub(crate) fn in_force(recorded: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Published }, recorded);
    facts
}

pub(crate) fn plans() -> &'static Plans {
    static PLANS: OnceLock<Plans> = OnceLock::new();
    PLANS.get_or_init(|| Plans::bundled().unwrap())
}

pub(crate) fn plan(name: &str) -> &'static Plan {
    plans().get(name).unwrap()
}

pub(crate) fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'a str, period: &str) -> Asked<'a> {
    let period = period.parse().unwrap();
    Asked::of_facts(Query { plan, facts, structure, period, quantities: &QUANTITIES, detail: Detail::Derivation })
}

pub(crate) fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

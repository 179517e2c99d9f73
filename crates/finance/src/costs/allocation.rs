//! Shared costs passed on to those that they work for (*ribaltamento dei costi comuni*).
//!
//! The rules stand in the plan, and with them its version; they are applied in their order, each as a step downwards: a structure passes
//! on what is recorded in it and under it, and what earlier steps have passed on to it. What is passed on is divided to the cent by
//! largest remainder, so that the parts always sum to it.

use std::collections::BTreeMap;

use piramide_measure::{Exact, apportion::largest_remainder};
use piramide_plan::{Allocation, Key, Receiver};

use crate::asked::Asked;

/// One part of what a rule passes on.
pub struct Passed<'a> {
    /// The rule.
    pub rule: &'a Allocation,
    /// Who receives it.
    pub receiver: &'a Receiver,
    /// Its weight in the proportion: that of the plan, or what is recorded of the driver.
    pub weight: Exact,
    /// All that the rule passes on, in cents.
    pub whole: i64,
    /// This part of it, in cents.
    pub cents: i64,
}

/// What the rules of the plan do in a period.
#[derive(Default)]
pub struct Allocated<'a> {
    /// What is passed on, rule by rule.
    pub passed: Vec<Passed<'a>>,
    /// Rules that pass nothing on, and why: their costs stay where they are.
    pub undone: Vec<(&'a str, String)>,
}

/// Applies the rules of the plan to the costs of the period, all over the organisation.
pub fn allocate<'a>(query: &Asked<'a>) -> Allocated<'a> {
    let mut allocated = Allocated::default();
    let mut received: BTreeMap<&str, i128> = BTreeMap::new();
    for rule in query.plan.costs().allocations() {
        let source = query.of_structure(&rule.source);
        let recorded = super::own_costs(&source).value.ok().and_then(|euro| cents(&euro)).unwrap_or_default();
        let whole = recorded + received.get(rule.source.as_str()).copied().unwrap_or_default();
        if whole == 0 {
            allocated.undone.push((&rule.label, format!("nessun costo di {} da ripartire", rule.source)));
            continue;
        }
        let weights: Vec<Exact> = rule.receivers.iter().map(|receiver| weight(query, receiver)).collect();
        let parts = i64::try_from(whole).ok().and_then(|whole| Some((whole, largest_remainder(whole, &weights)?)));
        let Some((whole, parts)) = parts else {
            allocated.undone.push((&rule.label, "nessun peso: il criterio di ripartizione non è registrato, o è negativo".to_owned()));
            continue;
        };
        for ((receiver, weight), cents) in rule.receivers.iter().zip(weights).zip(parts) {
            *received.entry(&receiver.structure).or_default() += i128::from(cents);
            allocated.passed.push(Passed { rule, receiver, weight, whole, cents });
        }
    }
    allocated
}

impl Allocated<'_> {
    /// What a structure, with those under it, receives from others and passes on to others, in euro. What moves within it is neither.
    pub fn of(&self, query: &Asked<'_>) -> (Exact, Exact) {
        let month = query.period.last_calendar_month();
        let within = |structure: &str| query.plan.structures().lies_under(structure, query.structure, month);
        let (mut received, mut given) = (0i128, 0i128);
        for passed in &self.passed {
            match (within(&passed.rule.source), within(&passed.receiver.structure)) {
                (false, true) => received += i128::from(passed.cents),
                (true, false) => given += i128::from(passed.cents),
                (true, true) | (false, false) => {}
            }
        }
        (euro(received), euro(given))
    }
}

/// The weight of a receiver; a driver that is not recorded weighs nothing.
fn weight(query: &Asked<'_>, receiver: &Receiver) -> Exact {
    match &receiver.key {
        Key::Weight(weight) => weight.clone(),
        Key::Driver(measure) => {
            let receiver = query.of_structure(&receiver.structure);
            receiver.total(measure, measure).value.unwrap_or_else(|_| Exact::zero())
        }
    }
}

/// Euro as cents: amounts are recorded in whole cents.
fn cents(euro: &Exact) -> Option<i128> {
    (euro * &Exact::hundred()).rounded(0).parse().ok()
}

/// Cents as euro.
pub fn euro(cents: i128) -> Exact {
    let cents = Exact::from(cents);
    Exact::quotient(&cents, &Exact::hundred()).unwrap_or(cents)
}

//! The numbers of a row, each in its place and in minor units.

use piramide_contracts::columns::Number;
use piramide_ledger::Values;
use piramide_measure::decimal;

use crate::{Domain, Quantity, refusal::Grade};

/// The quantities of a row as they are read.
pub(super) struct Quantities<D> {
    pub(super) given: Values,
    /// Rows mostly name the quantities in the domain's own order: the search goes on from the last one found.
    expected: usize,
    domain: std::marker::PhantomData<D>,
}

impl<D: Domain> Quantities<D> {
    pub(super) fn new() -> Self {
        Self { given: Values::missing(D::QUANTITIES.len()), expected: 0, domain: std::marker::PhantomData }
    }

    /// Reads a quantity.
    pub(super) fn put(&mut self, name: &str, text: &str, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
        let found = position::<D>(name, self.expected);
        self.expected = found.map_or(self.expected, |position| position + 1);
        let Some((quantity, position)) = found.and_then(|position| Some((D::QUANTITIES.get(position)?, position))) else {
            // With what they count in: whoever sends a currency or a unit learns that it is given.
            let known = D::QUANTITIES.iter().map(|known| format!("{} ({})", known.name, known.unit.code())).collect::<Vec<_>>().join(", ");
            let detail = format!("\"{name}\" is not a quantity of {}, which has {known}", D::IDENTITY.name);
            return refuse(Grade::Malformed, name, "QUANTITY_UNKNOWN", detail);
        };
        match decimal::parse_minor_units(text, quantity.scale) {
            Ok(value) if value < 0 && !quantity.signed => {
                refuse(Grade::Malformed, name, "NUMBER_NEGATIVE", format!("{text} is below zero, {name} cannot be"));
            }
            Ok(value) => {
                if self.given.get(position).is_some() {
                    refuse(Grade::Malformed, name, "QUANTITY_REPEATED", format!("{name} stands twice in the row"));
                }
                self.given.set(position, Some(value));
            }
            Err(error) => refuse(Grade::Malformed, name, "NUMBER_MALFORMED", format!("{error}; it counts in {}", quantity.unit.code())),
        }
    }

    /// Takes a quantity that came as a number; one that is not plainly right is read as text, so that it is refused alike.
    pub(super) fn put_number(
        &mut self,
        number: &Number<'_>,
        position: Option<usize>,
        refuse: &mut impl FnMut(Grade, &str, &'static str, String),
    ) {
        let free = position.filter(|position| self.given.get(*position).is_none());
        let plain = free.and_then(|position| Some((position, plain_units(number, D::QUANTITIES.get(position)?)?)));
        match plain {
            Some((position, units)) => self.given.set(position, Some(units)),
            None => self.put(number.name, &number.text(), refuse),
        }
    }
}

/// A number in minor units, where it is plainly right.
fn plain_units(number: &Number<'_>, quantity: &Quantity) -> Option<i64> {
    let zeros = quantity.scale.checked_sub(number.digits)?;
    let units = number.value.checked_mul(10_i64.checked_pow(zeros)?)?;
    (units >= 0 || quantity.signed).then_some(units)
}

/// A row says something.
pub(super) fn check_said<D: Domain>(nothing: bool, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
    if nothing {
        refuse(Grade::Malformed, "", "ROW_EMPTY", format!("no quantity is given: name at least one of {}", D::COLUMNS.join(", ")));
    }
}

/// Where a quantity stands among those of the domain, sought from a place on.
pub(super) fn position<D: Domain>(name: &str, from: usize) -> Option<usize> {
    let mut positions = (from..D::QUANTITIES.len()).chain(0..from);
    positions.find(|position| D::QUANTITIES.get(*position).is_some_and(|quantity| quantity.name == name))
}

#[cfg(test)]
mod tests {
    use piramide_measure::Unit;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A number says what its text would, and is told apart exactly where that would be refused.
        #[test]
        fn a_number_is_what_its_text_is(
            value in prop_oneof![-1_000i64..1_000_000, any::<i64>(), Just(i64::MAX / 100), Just(i64::MAX / 100 + 1)],
            digits in 0u32..6,
            scale in 0u32..5,
            signed in any::<bool>(),
        ) {
            let number = Number { column: 0, name: "amount", digits, value };
            let quantity = Quantity { name: "amount", scale, unit: Unit::Pieces, signed, label: "" };
            let read = decimal::parse_minor_units(&number.text(), scale).ok().filter(|units| *units >= 0 || signed);
            match plain_units(&number, &quantity) {
                Some(units) => prop_assert_eq!(read, Some(units)),
                // Zeros beyond the scale are for the text to judge.
                None => prop_assert!(read.is_none() || digits > scale),
            }
        }
    }
}

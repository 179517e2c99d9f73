//! What a quotient is multiplied by: 100 for percentages, 1 where the plan says nothing.

use piramide_measure::Exact;
use piramide_plan::IndicatorDefinition;

/// The factor that an indicator's parameter says; `None` when it is not a number, which a plan's validation excludes.
pub fn of(indicator: &IndicatorDefinition) -> Option<Exact> {
    if indicator.parameter.is_empty() { Some(Exact::from(1)) } else { Exact::parse(&indicator.parameter).ok() }
}

/// A quotient in words, with its factor where there is one to see.
pub fn formula(quotient: &str, factor: &Exact) -> String {
    if *factor == Exact::from(1) { quotient.to_owned() } else { format!("{quotient} x {}", factor.in_full()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_told_with_all_its_digits_and_a_comma() {
        let told = |factor: &str| formula("a / b", &Exact::parse(factor).unwrap());
        assert_eq!((told("1"), told("100")), ("a / b".to_owned(), "a / b x 100".to_owned()));
        assert_eq!((told("12.5"), told("0.00001")), ("a / b x 12,5".to_owned(), "a / b x 0,00001".to_owned()));
    }
}

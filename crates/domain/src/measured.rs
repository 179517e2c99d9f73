//! A number or the reason why it is missing, with its derivation: what indicator formulas are made of.

use piramide_measure::{Exact, Explanation, Missing, Unit};

/// A number or the reason why it is missing, with its derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The number.
    pub value: Result<Exact, Missing>,
    /// How it was reached.
    pub explanation: Explanation,
    /// Per cent of what should have been measured that was, where a measure may be partial; `None` for all or nothing.
    pub coverage: Option<Exact>,
}

impl Measured {
    /// A number that is not there.
    pub fn missing(label: &str, unit: Unit, missing: Missing) -> Self {
        Self { explanation: Explanation::missing(label, unit, missing.to_string()), value: Err(missing), coverage: None }
    }

    /// A number that comes from somewhere, already explained.
    pub fn given(value: Exact, explanation: Explanation) -> Self {
        Self::new(Ok(value), explanation)
    }

    /// A number or the reason why it is missing, already explained.
    pub fn new(value: Result<Exact, Missing>, explanation: Explanation) -> Self {
        Self { value, explanation, coverage: None }
    }

    /// The same number, which stands for so many per cent of what should have been measured.
    #[must_use]
    pub fn covering(self, coverage: Exact) -> Self {
        Self { coverage: Some(coverage), ..self }
    }

    /// A number computed from others: missing as soon as one of them is, and says which.
    pub fn computed(
        label: &str,
        unit: Unit,
        formula: &str,
        inputs: Vec<Self>,
        compute: impl FnOnce(&[Exact]) -> Result<Exact, Missing>,
    ) -> Self {
        let numbers: Result<Vec<Exact>, Missing> = inputs.iter().map(|input| input.value.clone()).collect();
        let value = numbers.and_then(|numbers| compute(&numbers));
        let explanations = inputs.into_iter().map(|input| input.explanation).collect();
        let explanation = Explanation::computed(label, value.as_ref().ok().cloned(), unit, formula, explanations);
        let explanation = match &value {
            Ok(_) => explanation,
            Err(missing) => explanation.noted(missing.to_string()),
        };
        Self::new(value, explanation)
    }

    /// `dividend / divisor * factor`, undefined when the divisor is zero.
    pub fn quotient(label: &str, unit: Unit, formula: &str, dividend: Self, divisor: Self, factor: &Exact) -> Self {
        let name = divisor.explanation.label.clone();
        Self::computed(label, unit, formula, vec![dividend, divisor], |numbers| {
            let [dividend, divisor] = numbers else { return Err(Missing::NoInput { input: name }) };
            Exact::quotient(&(dividend * factor), divisor).ok_or(Missing::ZeroDivisor { divisor: name })
        })
    }

    /// The sum of what is there; missing only when nothing is, since parts without facts are parts without work.
    pub fn sum_of_known(label: &str, unit: Unit, formula: &str, parts: Vec<Self>) -> Self {
        let known: Vec<Self> = parts.iter().filter(|part| part.value.is_ok()).cloned().collect();
        match parts.into_iter().next() {
            Some(first) if known.is_empty() => match first.value {
                Err(missing) => Self::missing(label, unit, missing),
                Ok(_) => first,
            },
            None => Self::missing(label, unit, Missing::NoInput { input: label.to_owned() }),
            Some(_) => Self::computed(label, unit, formula, known, |numbers| Ok(numbers.iter().sum())),
        }
    }

    /// The same number in a larger context, with one more note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.explanation = self.explanation.noted(note);
        self
    }

    /// The same number under another name.
    #[must_use]
    pub fn labelled(mut self, label: &str) -> Self {
        label.clone_into(&mut self.explanation.label);
        self
    }
}

#[cfg(test)]
mod tests {
    use piramide_measure::Source;

    use super::*;

    fn number(value: i64) -> Measured {
        let source = Source::Plan { version: "p@1".into(), place: "x".into() };
        Measured::given(Exact::from(value), Explanation::given("n", Exact::from(value), Unit::Pieces, source))
    }

    fn nothing() -> Measured {
        Measured::missing("m", Unit::Pieces, Missing::NoData { structure: "NAZ".into(), period: "2020".into() })
    }

    #[test]
    fn a_quotient_keeps_both_numbers_and_does_not_round() {
        let got = Measured::quotient("q", Unit::Ratio, "a / b", number(1), number(3), &Exact::from(1));
        assert_eq!(got.value.unwrap() * Exact::from(3), Exact::from(1));
        assert_eq!(got.explanation.inputs.len(), 2);
    }

    #[test]
    fn a_zero_divisor_is_undefined_and_named() {
        let got = Measured::quotient("q", Unit::Ratio, "a / b", number(1), number(0), &Exact::from(1));
        assert_eq!(got.value, Err(Missing::ZeroDivisor { divisor: "n".into() }));
        assert_eq!(got.explanation.value, None);
    }

    #[test]
    fn what_is_computed_from_something_missing_is_missing() {
        assert_eq!(Measured::quotient("q", Unit::Ratio, "a / b", nothing(), number(2), &Exact::from(1)).value, nothing().value);
    }

    #[test]
    fn a_sum_takes_what_is_there_and_is_missing_only_when_nothing_is() {
        let sum = |parts| Measured::sum_of_known("s", Unit::Pieces, "a + b", parts).value;
        assert_eq!(sum(vec![nothing(), number(2), number(3)]), Ok(Exact::from(5)));
        assert_eq!(sum(vec![nothing(), nothing()]), nothing().value);
        assert!(sum(Vec::new()).is_err());
    }
}

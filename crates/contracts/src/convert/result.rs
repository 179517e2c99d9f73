//! Results: an outcome in `measure`, an indicator's result on the wire.

use piramide_measure::{Exact, Explanation, Missing, Outcome, Source, Unit};

use super::{Invalid, direction, exact, optional_exact, provenance, provenance_number};
use crate::{
    scorecard::{Indicator, IndicatorResult},
    types,
};

impl From<&Outcome> for IndicatorResult {
    fn from(outcome: &Outcome) -> Self {
        let fraction = |value: &Option<Exact>| value.as_ref().map(types::Exact::from);
        Self {
            indicator: Some(Indicator {
                code: outcome.code.clone(),
                label: outcome.label.clone(),
                unit: outcome.unit.code().to_owned(),
                direction: types::Direction::from(outcome.direction).into(),
            }),
            actual: outcome.actual.as_ref().ok().map(types::Exact::from),
            missing_reason: outcome.actual.as_ref().err().map(Missing::to_string).unwrap_or_default(),
            target: fraction(&outcome.target),
            deviation: fraction(&outcome.deviation),
            score: fraction(&outcome.score),
            coverage: Some((&outcome.coverage).into()),
            provenance: provenance_number(outcome.provenance),
            plan_version: outcome.plan_version.clone(),
            deviation_unit: outcome.deviation_unit.map(|unit| unit.code().to_owned()).unwrap_or_default(),
        }
    }
}

impl TryFrom<&IndicatorResult> for Outcome {
    type Error = Invalid;

    /// Reads a result of another service; its explanation points to the indicator, which can be asked for the derivation.
    fn try_from(message: &IndicatorResult) -> Result<Self, Invalid> {
        let indicator = message.indicator.as_ref().ok_or_else(|| Invalid::new("indicator", "is required"))?;
        let within = |invalid: Invalid| invalid.within("indicator");
        let unit = unit("unit", &indicator.unit).map_err(within)?;
        let deviation_unit = Some(message.deviation_unit.as_str()).filter(|unit| !unit.is_empty());
        let actual = optional_exact("actual", message.actual.as_ref())?;
        let explanation = Explanation {
            source: Some(Source::Indicator { code: indicator.code.clone() }),
            ..Explanation::computed(indicator.label.clone(), actual.clone(), unit, "", Vec::new())
        };
        let coverage = message.coverage.as_ref().ok_or_else(|| Invalid::new("coverage", "is required"))?;
        Ok(Self {
            code: indicator.code.clone(),
            label: indicator.label.clone(),
            unit,
            direction: direction("direction", indicator.direction).map_err(within)?,
            actual: actual.ok_or_else(|| Missing::Reported { reason: message.missing_reason.clone() }),
            target: optional_exact("target", message.target.as_ref())?,
            deviation: optional_exact("deviation", message.deviation.as_ref())?,
            deviation_unit: deviation_unit.map(|code| self::unit("deviation_unit", code)).transpose()?,
            score: optional_exact("score", message.score.as_ref())?,
            coverage: exact("coverage", coverage)?,
            provenance: provenance("provenance", message.provenance)?,
            plan_version: message.plan_version.clone(),
            explanation,
        })
    }
}

fn unit(field: &str, code: &str) -> Result<Unit, Invalid> {
    code.parse().map_err(|error| Invalid::new(field, error))
}

#[cfg(test)]
mod tests {
    use piramide_measure::{Direction, Provenance};
    use proptest::prelude::*;

    use super::*;

    fn outcome(actual: Result<Exact, Missing>, number: i64) -> Outcome {
        let label = "Deflusso".to_owned();
        let code = "production.clearance_ratio".to_owned();
        Outcome {
            explanation: Explanation {
                source: Some(Source::Indicator { code: code.clone() }),
                ..Explanation::computed(label.clone(), actual.as_ref().ok().cloned(), Unit::Ratio, "", Vec::new())
            },
            code,
            label,
            unit: Unit::Ratio,
            direction: Direction::HigherIsBetter,
            actual,
            target: Some(Exact::from(number)),
            deviation: Exact::quotient(&Exact::from(number), &Exact::from(7)),
            deviation_unit: Some(Unit::Percent),
            score: None,
            coverage: Exact::hundred(),
            provenance: Some(Provenance::Reconstructed),
            plan_version: "inps-2020@1".into(),
        }
    }

    proptest! {
        #[test]
        fn to_the_wire_and_back_is_the_identity(actual in any::<i64>(), number in any::<i64>()) {
            let outcome = outcome(Ok(Exact::from(actual)), number);
            prop_assert_eq!(Outcome::try_from(&IndicatorResult::from(&outcome)), Ok(outcome));
        }
    }

    #[test]
    fn a_missing_measure_stays_missing_with_its_reason() {
        let missing = Missing::Reported { reason: "no data for NAZ in 2019".into() };
        let outcome = outcome(Err(missing), 1);
        assert_eq!(Outcome::try_from(&IndicatorResult::from(&outcome)), Ok(outcome));
    }

    #[test]
    fn every_field_is_checked() {
        let good = IndicatorResult::from(&outcome(Ok(Exact::from(1)), 1));
        let check = |change: fn(&mut IndicatorResult), field: &str| {
            let mut message = good.clone();
            change(&mut message);
            assert_eq!(Outcome::try_from(&message).unwrap_err().field, field);
        };
        check(|message| message.indicator = None, "indicator");
        check(|message| message.coverage = None, "coverage");
        check(|message| message.provenance = 99, "provenance");
        check(|message| message.actual.as_mut().unwrap().denominator = "0".into(), "actual");
        check(|message| message.indicator.as_mut().unwrap().unit = "furlongs".into(), "indicator.unit");
        check(|message| message.indicator.as_mut().unwrap().direction = 0, "indicator.direction");
        check(|message| message.deviation_unit = "furlongs".into(), "deviation_unit");
    }

    #[test]
    fn a_service_that_does_not_say_what_the_deviation_counts_is_read() {
        let earlier = IndicatorResult { deviation_unit: String::new(), ..IndicatorResult::from(&outcome(Ok(Exact::from(1)), 1)) };
        let read = Outcome::try_from(&earlier).unwrap();
        assert!(read.deviation.is_some() && read.deviation_unit.is_none());
    }
}

//! An indicator's result: actual, target, deviation, score, coverage (*risultato*).

use crate::{
    deviation::{self, Direction, Scale},
    exact::Exact,
    explanation::{Explanation, Source},
    provenance::Provenance,
    unit::Unit,
};

/// Why a measure is missing: a result, not a failure, and never a zero. Told in Italian, since it is read where the figure would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No fact speaks of it.
    #[error("nessun dato per {structure} nel periodo {period}")]
    NoData {
        /// The structure asked for.
        structure: String,
        /// The period asked for.
        period: String,
    },
    /// The divisor of a ratio is zero.
    #[error("{divisor} è zero: il rapporto non è definito")]
    ZeroDivisor {
        /// What was divided by.
        divisor: String,
    },
    /// Something it is computed from is missing.
    #[error("manca {input}")]
    NoInput {
        /// What is missing.
        input: String,
    },
    /// Another service said so, in its own words.
    #[error("{reason}")]
    Reported {
        /// What it said.
        reason: String,
    },
    /// A service that would know does not answer.
    #[error("il servizio {service} non risponde")]
    Unavailable {
        /// The service.
        service: String,
    },
}

/// What an actual is judged against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The target.
    pub target: Exact,
    /// How the distance is measured.
    pub scale: Scale,
    /// The most that counts, either way.
    pub cap: Option<Exact>,
    /// Where the target stands in the plan.
    pub explanation: Explanation,
}

/// An indicator's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Dotted code, domain first: `production.clearance_ratio`.
    pub code: String,
    /// What a reader sees, in Italian.
    pub label: String,
    /// Unit of actual and target.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The measure, or why there is none.
    pub actual: Result<Exact, Missing>,
    /// The plan's target; `None` when the plan sets none.
    pub target: Option<Exact>,
    /// Deviation of the actual from the target, before any cap.
    pub deviation: Option<Exact>,
    /// What the deviation counts: hundredths of the target, or [`Outcome::unit`] where the plan measures the distance in it. `None` without
    /// a deviation, and where a service of an earlier version does not say.
    pub deviation_unit: Option<Unit>,
    /// 100 plus the capped deviation.
    pub score: Option<Exact>,
    /// Per cent of what should have been measured that was: 0 when the measure is missing.
    pub coverage: Exact,
    /// The least certain provenance of the facts that entered; `None` when none did.
    pub provenance: Option<Provenance>,
    /// The plan that gave method and target.
    pub plan_version: String,
    /// How it was reached.
    pub explanation: Explanation,
}

/// What an indicator is, before it is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Dotted code, domain first.
    pub code: String,
    /// What a reader sees, in Italian.
    pub label: String,
    /// Unit of actual and target.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
}

impl Outcome {
    /// Judges a measure against its reference.
    ///
    /// `derivation` explains the actual; the outcome's own explanation has target, deviation and score around it.
    pub fn assess(
        subject: Subject,
        actual: Result<Exact, Missing>,
        derivation: Explanation,
        reference: Option<Reference>,
        plan_version: &str,
    ) -> Self {
        let Subject { code, label, unit, direction } = subject;
        let provenance = derivation.provenance();
        let coverage = if actual.is_ok() { Exact::hundred() } else { Exact::zero() };
        let judged = actual.as_ref().ok().zip(reference.as_ref());
        let distance = judged.and_then(|(actual, reference)| reference.deviation(actual, direction, unit));
        let (deviation, deviation_unit) = distance.unzip();
        let cap = reference.as_ref().and_then(|reference| reference.cap.as_ref());
        let score = deviation.as_ref().map(|deviation| deviation::score(deviation, cap));
        let explanation = match (&reference, &deviation) {
            (Some(reference), Some(deviation)) => judgement(derivation, reference, direction, deviation),
            (Some(reference), None) => Explanation { inputs: vec![reference.explanation.clone()], ..derivation_of_missing(derivation) },
            (None, _) => derivation.noted("il piano non fissa un obiettivo per questa struttura e periodo"),
        };
        let target = reference.map(|reference| reference.target);
        Self {
            code,
            label,
            unit,
            direction,
            actual,
            target,
            deviation,
            deviation_unit,
            score,
            coverage,
            provenance,
            plan_version: plan_version.to_owned(),
            explanation,
        }
    }
}

/// A missing measure keeps what is known of its inputs, under one roof with its target.
fn derivation_of_missing(derivation: Explanation) -> Explanation {
    let label = derivation.label.clone();
    let notes = derivation.notes.clone();
    let unit = derivation.unit;
    Explanation { label, value: None, unit, formula: derivation.formula.clone(), source: None, notes, inputs: vec![derivation] }
}

fn judgement(derivation: Explanation, reference: &Reference, direction: Direction, deviation: &Exact) -> Explanation {
    // Named as it is listed right below: an objective, a budget, last year.
    let target = reference.explanation.label.to_lowercase();
    let gain = match direction {
        Direction::HigherIsBetter => format!("consuntivo - {target}"),
        Direction::LowerIsBetter => format!("{target} - consuntivo"),
    };
    let formula = match reference.scale {
        Scale::Relative => format!("({gain}) / |{target}| x 100"),
        Scale::Absolute => gain,
    };
    let unit = reference.scale.unit(derivation.unit);
    let label = derivation.label.clone();
    let inputs = vec![derivation, reference.explanation.clone()];
    let distance = Explanation::computed("Scostamento", Some(deviation.clone()), unit, formula, inputs);
    let cap = reference.cap.as_ref();
    let capped = deviation::capped(deviation, cap);
    let mut score = Explanation::computed(
        format!("{label}: punteggio"),
        Some(deviation::score(deviation, cap)),
        Unit::Index,
        "100 + scostamento, limitato al tetto del piano",
        vec![distance],
    );
    if let Some(cap) = cap {
        let shown = cap.in_full();
        score = score.noted(if capped == *deviation {
            format!("entro il tetto di +/-{shown}")
        } else {
            format!("scostamento {} limitato a {} dal tetto di +/-{shown}", deviation.shown(2), capped.shown(2))
        });
    }
    score
}

impl Reference {
    /// A target with its place in the plan.
    pub fn new(target: Exact, unit: Unit, scale: Scale, cap: Option<Exact>, version: &str, place: &str) -> Self {
        let source = Source::Plan { version: version.to_owned(), place: place.to_owned() };
        Self { explanation: Explanation::given("Obiettivo", target.clone(), unit, source), target, scale, cap }
    }

    /// How far an actual is from the target, before any cap, and what that counts: hundredths of the target, or the unit of both where the plan
    /// measures the distance in it. `None` in hundredths of a target of zero.
    pub fn deviation(&self, actual: &Exact, direction: Direction, unit: Unit) -> Option<(Exact, Unit)> {
        Some((deviation::deviation(actual, &self.target, direction, self.scale)?, self.scale.unit(unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            code: "quality.customer_care".into(),
            label: "Customer care".into(),
            unit: Unit::Index,
            direction: Direction::HigherIsBetter,
        }
    }

    fn fact(value: &str) -> Explanation {
        let source = Source::Fact {
            batch_id: "b".into(),
            provenance: Provenance::Published,
            structure: "NAZ".into(),
            subject: "CC".into(),
            period: "2020".into(),
            quantity: "value".into(),
        };
        Explanation::given("Customer care", Exact::parse(value).unwrap(), Unit::Index, source)
    }

    fn reference(target: &str) -> Reference {
        Reference::new(Exact::parse(target).unwrap(), Unit::Index, Scale::Relative, Some(Exact::from(50)), "inps-2020@1", "targets.csv")
    }

    #[test]
    fn a_measure_is_judged_and_explained() {
        let actual = Exact::parse("117.03").unwrap();
        let got = Outcome::assess(subject(), Ok(actual), fact("117.03"), Some(reference("102")), "inps-2020@1");
        assert_eq!(got.deviation.unwrap().rounded(2), "14.74");
        assert_eq!(got.score.unwrap().rounded(2), "114.74");
        assert_eq!(got.coverage, Exact::hundred());
        assert_eq!(got.provenance, Some(Provenance::Published));
        assert_eq!(got.explanation.inputs[0].inputs.len(), 2, "deviation has actual and target under it");
    }

    #[test]
    fn the_cap_shows_in_score_and_notes_but_not_in_the_deviation() {
        let got = Outcome::assess(subject(), Ok(Exact::from(300)), fact("300"), Some(reference("100")), "v");
        assert_eq!((got.deviation.unwrap(), got.score.unwrap()), (Exact::from(200), Exact::from(150)));
        assert!(got.explanation.notes[0].contains("limitato a 50,00"), "{:?}", got.explanation.notes);
    }

    #[test]
    fn a_cap_is_told_with_all_its_digits() {
        let noted = |actual: i64| {
            let reference = Reference { cap: Some(Exact::parse("12.5").unwrap()), ..reference("100") };
            Outcome::assess(subject(), Ok(Exact::from(actual)), fact("110"), Some(reference), "v").explanation.notes.remove(0)
        };
        assert_eq!(noted(110), "entro il tetto di +/-12,5");
        assert_eq!(noted(113), "scostamento 13,00 limitato a 12,50 dal tetto di +/-12,5");
    }

    #[test]
    fn a_deviation_says_what_it_counts() {
        let interest = || Subject { unit: Unit::Euro, direction: Direction::LowerIsBetter, ..subject() };
        let judged = |target: &str, scale| {
            let reference = Reference::new(Exact::parse(target).unwrap(), Unit::Euro, scale, None, "inps-2021@1", "targets.csv");
            let paid = Explanation { unit: Unit::Euro, ..fact("3000") };
            let got = Outcome::assess(interest(), Ok(Exact::from(3000)), paid, Some(reference), "inps-2021@1");
            assert_eq!(got.explanation.inputs[0].unit, got.deviation_unit.unwrap(), "the derivation says the same");
            (got.deviation.unwrap(), got.deviation_unit.unwrap())
        };
        assert_eq!(judged("0", Scale::Absolute), (Exact::from(-3000), Unit::Euro));
        assert_eq!(judged("4000", Scale::Relative), (Exact::from(25), Unit::Percent));
        let unjudged = Outcome::assess(interest(), Ok(Exact::from(3000)), fact("3000"), None, "inps-2021@1");
        assert_eq!((unjudged.deviation, unjudged.deviation_unit), (None, None));
    }

    #[test]
    fn missing_is_missing_and_never_zero() {
        let missing = Missing::NoData { structure: "NAZ".into(), period: "2019".into() };
        let why = missing.to_string();
        let got =
            Outcome::assess(subject(), Err(missing), Explanation::missing("Customer care", Unit::Index, why), Some(reference("102")), "v");
        assert_eq!((got.deviation, got.score, got.provenance), (None, None, None));
        assert_eq!(got.coverage, Exact::zero());
        assert!(got.target.is_some());
    }

    #[test]
    fn the_least_certain_provenance_wins() {
        let mut uncertain = fact("1");
        if let Some(Source::Fact { provenance, .. }) = &mut uncertain.source {
            *provenance = Provenance::Synthetic;
        }
        let both = Explanation::computed("x", None, Unit::Index, "a + b", vec![uncertain, fact("2")]);
        assert_eq!(both.provenance(), Some(Provenance::Synthetic));
    }
}

//! The weighted realisation of the IEEP.

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Unit};

use super::ieep;
use crate::asked::Asked;

/// Realisation of the IEEP (*realizzazione dell'IEEP*).
///
/// ```text
/// sum over the sections of weight * (actual / target) / sum of weights * 100
/// ```
///
/// - Unit: per cent; 100 means as planned. Not the ratio of the euro sums, which is another result with its own name.
/// - Sections and weights are the plan's: in 2021 contribution revenue 70, benefits 30.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, slide 14.
///
/// Missing if a section has no actual, no target or no weight.
pub fn realisation(query: &Asked<'_>, root: &str, label: &str) -> Measured {
    let sections = query.plan.items().children(root);
    let weights: Option<Vec<Exact>> = sections.iter().map(|section| section.weight.clone()).collect();
    let Some(weights) = weights.filter(|weights| !weights.is_empty()) else {
        return Measured::missing(
            label,
            Unit::Percent,
            Missing::NoInput { input: format!("il peso delle sezioni di {root} in {}", query.plan.version()) },
        );
    };
    let parts = sections.iter().map(|section| {
        let code = ieep::indicator_code(query.plan, &section.code);
        let target = match query.plan.target(&code, query.structure, query.period) {
            Some(reference) => Measured::given(reference.target, reference.explanation),
            None => Measured::missing("Obiettivo", Unit::Euro, Missing::NoInput { input: format!("l'obiettivo di {code} nel piano") }),
        };
        let actual = ieep::item(query, &section.code, &section.label);
        let shown = section.weight.as_ref().map(Exact::in_full).unwrap_or_default();
        let label = format!("{}: realizzazione (peso {shown})", section.label);
        Measured::quotient(&label, Unit::Percent, "consuntivo / obiettivo x 100", actual, target, &Exact::hundred())
    });
    Measured::computed(label, Unit::Percent, "media delle sezioni con i pesi del piano", parts.collect(), |numbers| {
        let sum: Exact = numbers.iter().zip(&weights).map(|(number, weight)| number * weight).sum();
        Exact::quotient(&sum, &weights.iter().sum()).ok_or(Missing::ZeroDivisor { divisor: "la somma dei pesi".into() })
    })
}

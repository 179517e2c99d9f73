//! Impact (*impatto*): the same product as outcome, measured by indicators of any domain and put together here.
//!
//! Production counts work; what a user feels is how demand is answered, how one is informed and advised, how much is digital and how much
//! completes itself. The domains answer with their indicators through the scorecard contract; nothing is read from their ledgers.

use piramide_measure::{
    Exact, Missing, Outcome, Policy, Provenance, Scale, deviation,
    weighted::{self, Child, Weighted},
};
use piramide_plan::{ImpactMeasure, Plan, Product};

use crate::pyramid::{Answer, Answers};

/// A measure of the impact of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured<'a> {
    /// What the plan says of it.
    pub measure: &'a ImpactMeasure,
    /// Its weight in the product, per cent.
    pub weight: Exact,
    /// What its indicator says of the period.
    pub now: Result<Outcome, Missing>,
    /// What it said of the same period a year before, under the same plan.
    pub before: Result<Exact, Missing>,
    /// How far the period is from the year before, per cent, positive when better and before any cap; `None` without both.
    pub change: Option<Exact>,
}

/// The impact of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductImpact<'a> {
    /// The product.
    pub product: &'a Product,
    /// Its measures, in the order of the plan.
    pub measures: Vec<Measured<'a>>,
    /// Against the targets of the plan.
    pub targets: Index,
    /// Against the year before.
    pub previous_year: Index,
}

/// A weighted mean of scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The mean; `None` when nothing has a score.
    pub value: Option<Exact>,
    /// The share of the weight that has one, per cent.
    pub coverage: Exact,
}

/// The impact of every product of the plan.
///
/// ```text
/// score of a measure   against the targets: that of its indicator    against the year before: 100 + change, within the plan's cap
/// index of a product   sum(weight x score) / sum(weight), over its measures with a score
/// coverage             share of the weight that has a score
/// ```
///
/// - Unit: index; 100 is the target, or last year. **Decision**: the sources name response to demand, information and advice, and
///   digitalisation, and neither indicators nor weights; without weights in the plan measures weigh alike.
/// - What is missing, and what the institute has still to define, leaves its weight to the others and lowers the coverage.
/// - Rounding: none here.
/// - Source: Nota preliminare 2026, 4.1 b and 7.3.
pub fn impact<'a>(plan: &'a Plan, now: &Answers, before: &Answers) -> Vec<ProductImpact<'a>> {
    let products = plan.impact().products().into_iter().filter_map(|product| plan.catalogue().node(product));
    products.map(|product| of_product(plan, product, now, before)).collect()
}

fn of_product<'a>(plan: &'a Plan, product: &'a Product, now: &Answers, before: &Answers) -> ProductImpact<'a> {
    let measures: Vec<Measured<'a>> =
        plan.impact().of(&product.code).into_iter().map(|(measure, weight)| measured(plan, measure, weight, now, before)).collect();
    let index = |score: &dyn Fn(&Measured<'a>) -> Option<Exact>| {
        let child = |measured: &Measured<'a>| {
            let result = score(measured).map(|score| Weighted { score, coverage: Exact::hundred() });
            Child { weight: measured.weight.clone(), result }
        };
        let mean = weighted::mean(&measures.iter().map(child).collect::<Vec<_>>(), &Policy::Reweight);
        mean.map_or(Index { value: None, coverage: Exact::zero() }, |mean| Index { value: Some(mean.score), coverage: mean.coverage })
    };
    let targets = index(&|measured| measured.now.as_ref().ok()?.score.clone());
    let previous_year = index(&|measured| Some(deviation::score(measured.change.as_ref()?, plan.cap())));
    ProductImpact { product, measures, targets, previous_year }
}

fn measured<'a>(plan: &'a Plan, measure: &'a ImpactMeasure, weight: Exact, now: &Answers, before: &Answers) -> Measured<'a> {
    let now = outcome(plan, measure, now);
    let now = now.and_then(|outcome| match &outcome.actual {
        Ok(_) => Ok(outcome),
        Err(missing) => Err(missing.clone()),
    });
    let before = outcome(plan, measure, before).and_then(|outcome| outcome.actual);
    let change = now.as_ref().ok().zip(before.as_ref().ok()).and_then(|(now, before)| {
        let actual = now.actual.as_ref().ok()?;
        deviation::deviation(actual, before, now.direction, Scale::Relative)
    });
    Measured { measure, weight, now, before, change }
}

/// What a domain answered about the indicator of a measure, under this plan.
fn outcome(plan: &Plan, measure: &ImpactMeasure, answers: &Answers) -> Result<Outcome, Missing> {
    let Some(indicator) = &measure.indicator else {
        return Err(Missing::Reported { reason: "indicatore da definire dall'istituto".into() });
    };
    match answers.get(indicator) {
        Some(Answer::Outcome(outcome)) if outcome.plan_version == plan.version() => Ok(outcome.as_ref().clone()),
        Some(Answer::Outcome(outcome)) => {
            let reason = format!("{indicator} was answered under {}: services run different plans", outcome.plan_version);
            Err(Missing::Reported { reason })
        }
        Some(Answer::Nothing(missing)) => Err(missing.clone()),
        None => Err(Missing::NoInput { input: indicator.clone() }),
    }
}

impl Measured<'_> {
    /// The least certain provenance of what was measured in the period.
    pub fn provenance(&self) -> Option<Provenance> {
        self.now.as_ref().ok().and_then(|outcome| outcome.provenance)
    }
}

//! Standard costs (*indicatori dei costi standard*): elementary cost indicators of a structure against the mean of its cluster, and the
//! synthetic index of them all.

use std::collections::BTreeMap;

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Source, Unit};
use piramide_plan::StandardCost;

use crate::asked::Asked;

/// The purpose of the clusters in which the plan compares costs.
pub const CLUSTERS: &str = "finance";

/// Which values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// What is recorded.
    Actuals,
    /// The budget of the plan.
    Budget,
}

/// An elementary indicator of one structure in its cluster.
pub struct Elementary<'a> {
    /// The indicator.
    pub cost: &'a StandardCost,
    /// Its value.
    pub value: Measured,
    /// The simple mean of the values in the cluster, where there is any.
    pub mean: Option<Exact>,
    /// `100 * value / mean`; 100 is the mean of the cluster, less is better.
    pub relative: Option<Exact>,
    /// Its weight among the indicators that are measured, per cent.
    pub weight: Option<Exact>,
    /// What it adds to the index: weight * relative / 100.
    pub contribution: Option<Exact>,
    /// The lowest value of the cluster, and whose it is.
    pub best: Option<(String, Exact)>,
}

/// The standard costs of a structure.
pub struct Standard<'a> {
    /// The cluster; empty for a structure that is in none.
    pub cluster: String,
    /// The elementary indicators, in the order of the plan.
    pub elementary: Vec<Elementary<'a>>,
    /// The synthetic index, or why there is none.
    pub index: Measured,
    /// The share of the weights that is measured, per cent.
    pub coverage: Exact,
}

/// Standard costs of a structure.
///
/// ```text
/// index = sum over the measured indicators of weight * (100 * value / mean of the cluster) / sum of their weights
/// ```
///
/// - Unit: index, 100 is the mean of the cluster, where the index has the mean 100 exactly if every indicator is measured everywhere. Lower
///   is better. Rounding: none, shown with 2 digits.
/// - The value of an elementary indicator is a ratio of sums over the offices, times its factor; the mean of the cluster is the simple
///   mean of its structures' values.
/// - Weights are the plan's; equal where it sets none (**Decision**: they are not published). What is not measured leaves its weight to
///   the others and lowers the coverage.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "L'Indicatore dei costi standard" and Tabella C; `domain.md`, 4.
pub fn standard<'a>(query: &Asked<'a>, values: Values) -> Standard<'a> {
    let plan = query.plan;
    let cluster = plan.clusters().cluster_of(CLUSTERS, query.structure).unwrap_or_default().to_owned();
    let members = plan.clusters().members(CLUSTERS, &cluster);
    let equal = Exact::from(1);
    let mut measured = Vec::new();
    for cost in plan.standard_costs().iter() {
        let of = |structure: &str| value(&query.of_structure(structure), cost, values);
        let peers: BTreeMap<&str, Exact> = members.iter().filter_map(|member| Some((*member, of(member).value.ok()?))).collect();
        let count = Exact::from(i64::try_from(peers.len()).unwrap_or(i64::MAX));
        let mean = Exact::quotient(&peers.values().sum(), &count);
        let value = of(query.structure);
        let relative = value.value.as_ref().ok().zip(mean.as_ref());
        let relative = relative.and_then(|(value, mean)| Exact::quotient(&(value * &Exact::hundred()), mean));
        let best = peers.iter().min_by(|left, right| left.1.cmp(right.1)).map(|(member, value)| ((*member).to_owned(), value.clone()));
        measured.push((cost, value, mean, relative, best, cost.weight.clone().unwrap_or_else(|| equal.clone())));
    }
    let all: Exact = measured.iter().map(|(.., weight)| weight).sum();
    let known: Exact = measured.iter().filter(|(_, _, _, relative, ..)| relative.is_some()).map(|(.., weight)| weight).sum();
    let percent = |part: &Exact, whole: &Exact| Exact::quotient(&(part * &Exact::hundred()), whole);
    let elementary: Vec<Elementary<'a>> = measured
        .into_iter()
        .map(|(cost, value, mean, relative, best, weight)| {
            let weight = relative.as_ref().and_then(|_| percent(&weight, &known));
            let contribution = weight
                .as_ref()
                .zip(relative.as_ref())
                .and_then(|(weight, relative)| Exact::quotient(&(weight * relative), &Exact::hundred()));
            Elementary { cost, value, mean, relative, weight, contribution, best }
        })
        .collect();
    Standard {
        index: index(query, &cluster, &elementary),
        coverage: percent(&known, &all).unwrap_or_else(Exact::zero),
        elementary,
        cluster,
    }
}

/// The synthetic index, explained by what each indicator adds to it.
fn index(query: &Asked<'_>, cluster: &str, elementary: &[Elementary<'_>]) -> Measured {
    const LABEL: &str = "Indice sintetico dei costi standard";
    let missing = |input: String| Measured::missing(LABEL, Unit::Index, Missing::NoInput { input });
    if cluster.is_empty() {
        return missing(format!("il cluster di {}: l'indice confronta le strutture di uno stesso cluster", query.structure));
    }
    let part = |of: &Elementary<'_>| {
        let (weight, relative, contribution) = (of.weight.as_ref()?, of.relative.as_ref()?, of.contribution.clone()?);
        let mean = of.mean.as_ref().map(|mean| mean.shown(2)).unwrap_or_default();
        let formula = format!("peso {} x 100 x valore / media del cluster {cluster}, {mean}", weight.shown(2));
        let inputs = vec![of.value.explanation.clone()];
        let explanation = Explanation::computed(&of.cost.label, Some(contribution.clone()), Unit::Index, formula, inputs)
            .noted(format!("100 x valore / media = {}", relative.shown(2)));
        Some(Measured::given(contribution, explanation))
    };
    let parts: Vec<Measured> = elementary.iter().filter_map(part).collect();
    if parts.is_empty() {
        return missing("ogni indicatore elementare nel cluster".to_owned());
    }
    let unmeasured = elementary.len() - parts.len();
    let index = Measured::computed(LABEL, Unit::Index, "somma dei contributi", parts, |numbers| Ok(numbers.iter().sum()));
    match unmeasured {
        0 => index,
        1 => index.noted("un indicatore non misurato: il suo peso passa agli altri"),
        several => index.noted(format!("{several} indicatori non misurati: il loro peso passa agli altri")),
    }
}

/// The value of an elementary indicator: recorded, or budgeted.
fn value(query: &Asked<'_>, cost: &StandardCost, values: Values) -> Measured {
    match values {
        Values::Actuals => {
            let amount = |code: &str| query.total(code, query.plan.standard_costs().amount_label(code).unwrap_or(code));
            let (dividend, divisor) = (amount(&cost.numerator), amount(&cost.denominator));
            Measured::quotient(&cost.label, Unit::Euro, "costo / base x fattore", dividend, divisor, &cost.factor)
        }
        Values::Budget => {
            let Some((value, line)) = query.plan.standard_costs().budget(&cost.code, query.structure) else {
                let input = format!("il budget di {} per {}", cost.label, query.structure);
                return Measured::missing(&cost.label, Unit::Euro, Missing::NoInput { input });
            };
            let source = Source::Plan { version: query.plan.version().to_owned(), place: format!("standard_cost_budgets.csv:{line}") };
            Measured::given(value.clone(), Explanation::given(&cost.label, value.clone(), Unit::Euro, source))
        }
    }
}

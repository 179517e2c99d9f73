//! How an index was reached, down to facts and plan (*spiegazione*).

use std::collections::BTreeMap;

use piramide_domain::{Known, Measured, Query};
use piramide_measure::{Exact, Explanation, Outcome, Reference, Source, Unit, explanation::counted, outcome::Subject};
use piramide_plan::{Budget, DashboardNode, QualityIndicator};

use super::{Against, Index};
use crate::{
    asked::{Asked, Elementary, budget, recorded},
    facts::{DENOMINATOR, NUMERATOR, QUANTITIES},
};

/// The derivation of an index: an area from those under it, an elementary index from its measure and its reference.
pub fn derivation(asked: &Asked<'_>, index: &Index<'_>, against: Against) -> Explanation {
    let explanation = match index.node {
        DashboardNode::Area(area) => {
            let child = |child: &Index<'_>| derivation(asked, child, against).noted(format!("peso {}", child.weight.shown(2)));
            let inputs = index.children.iter().map(child).collect();
            let value = index.judged.index.as_ref().ok().cloned();
            Explanation::computed(&area.label, value, Unit::Index, "media ponderata degli indici", inputs)
        }
        DashboardNode::Indicator(indicator) => elementary(asked, index, indicator, against),
    };
    let mut notes: Vec<String> = [index.node.note()].into_iter().filter(|note| !note.is_empty()).map(str::to_owned).collect();
    match &index.judged.index {
        Err(missing) => notes.push(format!("{missing}: il peso passa agli altri")),
        Ok(_) if index.judged.worst => notes.push("nessuna misura: vale il punteggio peggiore, come dice il piano".to_owned()),
        Ok(_) if index.judged.coverage < Exact::hundred() => notes.push(format!("copertura {} %", index.judged.coverage.shown(2))),
        Ok(_) => {}
    }
    notes.into_iter().fold(explanation, Explanation::noted)
}

/// An index that nobody asks how it was reached, with the provenance of all that entered it.
pub fn figure<'a>(asked: &Asked<'a>, index: &Index<'a>, against: Against) -> Explanation {
    let label = index.node.label();
    match (&index.judged.index, index.provenance(asked, against)) {
        (Ok(value), Some(provenance)) => {
            let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: index.node.code().to_owned() };
            Explanation::given(label, value.clone(), Unit::Index, source)
        }
        (Ok(value), None) => Explanation::computed(label, Some(value.clone()), Unit::Index, "", Vec::new()),
        (Err(missing), _) => Explanation::missing(label, Unit::Index, missing.to_string()),
    }
}

fn elementary(asked: &Asked<'_>, index: &Index<'_>, indicator: &QualityIndicator, against: Against) -> Explanation {
    let judged = &index.judged;
    let found = asked.elementary(&indicator.code);
    let (Some(elementary), Some(actual), Some(base)) = (found, &judged.actual, &judged.reference) else {
        return Explanation::computed(&indicator.label, judged.index.as_ref().ok().cloned(), Unit::Index, "", Vec::new());
    };
    let query = asked.query;
    let subject =
        Subject { code: indicator.code.clone(), label: indicator.label.clone(), unit: elementary.unit, direction: indicator.direction };
    let with_reference = |fact: &Known<'_>| against == Against::PreviousYear || budget(&query, indicator, fact).is_some();
    let measure = quotient("Consuntivo", query, elementary, with_reference);
    let mut reference = Reference::new(
        base.clone(),
        elementary.unit,
        indicator.scale,
        indicator.cap.as_ref().or(query.plan.cap()).cloned(),
        query.plan.version(),
        &format!("quality_indicators.csv:{}", indicator.line),
    );
    reference.explanation = match (against, query.period.previous_year()) {
        (Against::PreviousYear, Some(earlier)) => quotient(against.label(), query.in_period(earlier), elementary, |_| true).explanation,
        _ => budgets(query, elementary, base),
    };
    let outcome = Outcome::assess(subject, Ok(actual.clone()), measure.explanation, Some(reference), query.plan.version());
    let few = elementary.few().map(|(cases, fewest)| format!("pochi casi: {}, meno di {}", cases.shown(0), fewest.shown(0)));
    let explanation = Explanation { label: indicator.label.clone(), ..outcome.explanation };
    few.into_iter().fold(explanation, Explanation::noted)
}

/// The measure of a period, taken apart into its facts.
fn quotient(label: &str, query: Query<'_>, elementary: &Elementary<'_>, counts: impl Fn(&Known<'_>) -> bool) -> Measured {
    let facts: Vec<Known<'_>> = recorded(&query, elementary.indicator).into_iter().filter(counts).collect();
    let numerator = query.total_of(facts.clone(), NUMERATOR, "Numeratore");
    let denominator = query.total_of(facts, DENOMINATOR, "Denominatore");
    let formula = piramide_domain::factor::formula("numeratore / denominatore", &elementary.factor());
    Measured::quotient(label, elementary.unit, &formula, numerator, denominator, &elementary.factor())
}

/// The budget of all offices, from that of each cluster.
fn budgets(query: Query<'_>, elementary: &Elementary<'_>, base: &Exact) -> Explanation {
    let plan = query.plan;
    let mut by_line: BTreeMap<u64, (&Budget, i64)> = BTreeMap::new();
    for fact in recorded(&query, elementary.indicator) {
        let Some(budget) = budget(&query, elementary.indicator, &fact) else { continue };
        let (_, cases) = by_line.entry(budget.line).or_insert_with(|| (budget, 0));
        *cases = cases.saturating_add(fact.value(DENOMINATOR).unwrap_or_default());
    }
    let inputs = by_line.into_values().filter(|(_, cases)| *cases != 0).map(|(budget, cases)| {
        let cases = Exact::from_minor_units(cases, QUANTITIES[DENOMINATOR].scale);
        let source = Source::Plan { version: plan.version().to_owned(), place: format!("quality_budgets.csv:{}", budget.line) };
        let given = Explanation::given("Obiettivo", budget.value.clone(), elementary.unit, source);
        let given = given.noted(format!("su {}", counted(cases.shown(0), "caso", "casi")));
        if budget.note.is_empty() { given } else { given.noted(&budget.note) }
    });
    let formula = "somma degli obiettivi per i casi / somma dei casi";
    Explanation::computed(Against::Budget.label(), Some(base.clone()), elementary.unit, formula, inputs.collect())
}

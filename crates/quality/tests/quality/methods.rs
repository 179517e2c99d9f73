//! The methods of quality, as plans name them.

use piramide_domain::{Detail, Domain, Facts, Query, State as _};
use piramide_measure::Missing;
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_quality::{Quality, facts::QUANTITIES, state::State};

/// An indicator by that method, and a plan that its subject is of.
fn by_method<'a>(plans: &'a Plans, method: &str) -> (&'a Plan, IndicatorDefinition) {
    let known = || plans.iter().flat_map(|plan| plan.indicators().of_domain("quality").map(move |indicator| (plan, indicator)));
    let (plan, indicator) = known().find(|(_, indicator)| indicator.method == method).or_else(|| known().next()).unwrap();
    (plan, IndicatorDefinition { method: method.to_owned(), ..indicator.clone() })
}

/// What a plan may ask for is what the domain says it knows, and what it measures: a method that one of the three forgets is found here.
#[test]
fn every_method_that_a_plan_may_ask_for_is_measured() {
    let (plans, facts) = (Plans::bundled().unwrap(), Facts::default());
    let state = State::of(&plans, &facts);
    let mut methods = 0;
    for method in piramide_plan::methods("quality") {
        let (plan, indicator) = by_method(&plans, method);
        let period = "2020".parse().unwrap();
        let query = Query { plan, facts: &facts, structure: "NAZ", period, quantities: &QUANTITIES, detail: Detail::Figure };
        let value = Quality.measure(&query, &state, &indicator).value;
        assert!(Quality.knows_method(method), "{method}");
        assert_ne!(value, Err(Missing::NoInput { input: format!("il metodo {method}") }));
        methods += 1;
    }
    assert!(methods > 4, "{methods} methods");
    assert!(!Quality.knows_method("guess"));
}

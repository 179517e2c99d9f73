//! A domain that does not answer makes its part unavailable and the coverage smaller, never a wrong number, and heals.

use piramide_measure::Exact;
use piramide_tests::System;
use serde_json::Value;

const PYRAMID: &str = "/api/v1/public-value?structure=NAZ&period=2020&plan=inps-2021";

fn number(node: &Value, field: &str) -> Exact {
    Exact::parse(node[field].as_str().unwrap_or_else(|| panic!("no {field} in {node}"))).unwrap()
}

fn find<'a>(node: &'a Value, indicator: &str) -> Option<&'a Value> {
    if node["indicator_code"] == indicator {
        return Some(node);
    }
    node["children"].as_array()?.iter().find_map(|child| find(child, indicator))
}

#[test]
fn a_killed_domain_leaves_its_part_missing_and_heals() {
    let mut system = System::with_2020();
    let before = system.json(PYRAMID);
    for (domain, label, indicator) in
        [("finance", "Finanza", "finance.ieep.revenue"), ("production", "Produzione", "production.backlog_days")]
    {
        missing_while_down(&mut system, (domain, label), indicator, &before);
    }
}

fn missing_while_down(system: &mut System, (domain, label): (&'static str, &str), indicator: &str, before: &Value) {
    assert!(find(before, indicator).unwrap()["score"].is_string(), "{indicator} counts while {domain} answers");
    system.kill(domain);
    let without = system.eventually(PYRAMID, |pyramid| number(pyramid, "coverage") < number(before, "coverage"));
    let leaf = find(&without, indicator).unwrap();
    assert!(leaf["actual"].is_null() && leaf["score"].is_null(), "missing, not zero: {leaf}");
    assert!(leaf["missing_reason"].as_str().unwrap().contains(label), "{leaf}");
    for state in without["domains"].as_array().unwrap() {
        assert_eq!(state["available"], state["domain"] != domain, "{state}");
    }
    // What the others measure is as it was.
    let care = |pyramid: &Value| find(pyramid, "quality.customer_care").unwrap()["score"].clone();
    assert_eq!(care(before), care(&without));

    let alone = system.get(&format!("/api/v1/indicators?domain={domain}&structure=NAZ&period=2020"));
    assert_eq!(alone.status, 503, "{}", alone.text);
    let seconds = alone.retry_after.as_deref().and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "when to come back: {:?}", alone.retry_after);

    system.start(domain);
    let healed = system.eventually(PYRAMID, |pyramid| pyramid["coverage"] == before["coverage"]);
    assert_eq!(healed["score"], before["score"], "the same figure as before");
}

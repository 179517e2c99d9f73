//! The pyramid, the results, their derivations, the organisation.

use serde_json::json;

use crate::house::{House, wait_until};

#[test]
fn the_pyramid_is_a_tree_of_exact_decimals() {
    let house = House::new();
    let answer = house.get("/api/v1/public-value?structure=NAZ&period=2020");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let pyramid = answer.json();
    for (field, expected) in [
        ("code", json!("public_value.index")),
        ("actual", json!("1234.5")),
        ("score", json!("102.335")),
        ("coverage", json!("87.5")),
        ("weight", json!(null)),
        ("direction", json!(null)),
        ("structure", json!("NAZ")),
        ("period", json!("2020")),
        ("plan_version", json!("inps-2021@0123456789ab")),
        ("notes", json!(["pesi del piano 2021"])),
    ] {
        assert_eq!(pyramid[field], expected, "{field}");
    }
    let expected = json!({
        "code": "public_value.management.interest", "label": "Interessi legali", "kind": "indicator", "weight": "100", "unit": "euro",
        "direction": "lower_is_better", "actual": "4091820", "target": "13614449", "deviation": "69.945", "deviation_unit": "percent", "score": "150", "coverage": "100",
        "provenance": "synthetic", "missing_reason": null, "indicator_code": "finance.measured", "note": "**nota** del piano", "children": []
    });
    assert_eq!(pyramid["children"][0]["children"][0], expected);
    assert_eq!(pyramid["children"][1]["missing_reason"], "avanzamento non pubblicato");
    let finance = json!({"domain": "finance", "available": true, "sequence": 4, "recorded_at": "2020-12-31T23:59:59Z"});
    assert_eq!(pyramid["domains"][2], finance);
}

#[test]
fn plan_and_point_of_knowledge_are_passed_on() {
    let house = House::new();
    let asked = |query: &str| {
        assert_eq!(house.get(&format!("/api/v1/public-value?structure=NAZ&period=2020{query}")).status, 200, "{query}");
        house.public_value.state.last_asked.lock().unwrap().clone()
    };
    assert_eq!(asked(""), " None");
    assert_eq!(asked("&plan=inps-2021&as_of=2020-IV"), "inps-2021 Some(Closing(\"2020-IV\"))");
    assert_eq!(asked("&as_of=1970-01-01T00:00:05Z"), " Some(Moment(Timestamp { seconds: 5, nanos: 0 }))");
    assert!(house.public_value.state.last_timeout.lock().unwrap().is_some(), "the service was not told how long its answer is wanted");
}

#[test]
fn results_come_from_one_domain_or_from_all() {
    let house = House::new();
    let one = house.get("/api/v1/indicators?domain=finance&structure=NAZ&period=2020").json();
    assert_eq!(one["items"].as_array().unwrap().len(), 2);
    assert_eq!((one["next_page_token"].as_str(), &one["unavailable"]), (Some(""), &json!([])));
    let expected = json!({
        "code": "finance.measured", "label": "Indicatore di Finanza", "unit": "euro", "direction": "lower_is_better", "actual": "1234.5",
        "target": "2000", "deviation": "6.666666666667", "deviation_unit": "percent", "score": "106.666666666667", "coverage": "100", "provenance": "reconstructed",
        "missing_reason": null, "plan_version": "inps-2021@0123456789ab"
    });
    assert_eq!(one["items"][0], expected);
    let missing = &one["items"][1];
    assert_eq!((&missing["actual"], missing["missing_reason"].as_str()), (&json!(null), Some("nessun dato per NAZ nel 2020")));
    let all = house.get("/api/v1/indicators?structure=NAZ&period=2020").json();
    let codes: Vec<_> = all["items"].as_array().unwrap().iter().step_by(2).map(|item| item["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["production.measured", "quality.measured", "finance.measured", "workforce.measured", "public_value.measured"]);
    assert_eq!(house.get("/api/v1/indicators/finance.measured?structure=NAZ&period=2020").json(), expected);
}

#[test]
fn a_domain_that_is_gone_is_named_and_refused_where_it_alone_was_asked() {
    let mut house = House::new();
    house.quality.stop();
    wait_until("quality is known to be gone", || house.silent() == ["quality"]);
    let all = house.get("/api/v1/indicators?structure=NAZ&period=2020");
    assert_eq!((all.status, &all.json()["unavailable"]), (200, &json!(["quality"])));
    assert_eq!(all.json()["items"].as_array().unwrap().len(), 8);
    let alone = house.get("/api/v1/indicators?domain=quality&structure=NAZ&period=2020");
    assert_eq!((alone.status, alone.header("retry-after"), &alone.json()["reason"]), (503, "5", &json!("UNAVAILABLE")));
    assert!(!alone.text.contains("127.0.0.1") && !alone.text.contains("onnect"), "{}", alone.text);
}

#[test]
fn a_derivation_is_nested_down_to_facts_and_plan_values() {
    let house = House::new();
    let explained = house.get("/api/v1/indicators/finance.measured/explanation?structure=NAZ&period=2020").json();
    assert_eq!(
        (explained["code"].as_str(), explained["structure"].as_str(), explained["period"].as_str()),
        (Some("finance.measured"), Some("NAZ"), Some("2020"))
    );
    let root = &explained["explanation"];
    assert_eq!(
        (root["value"].as_str(), root["formula"].as_str(), &root["notes"]),
        (Some("1234500"), Some("dato diviso valore"), &json!(["limitato a 50"]))
    );
    let sources: Vec<_> = root["inputs"].as_array().unwrap().iter().map(|input| input["source"].clone()).collect();
    let expected = [
        json!({"kind": "fact", "batch_id": "lotto-7", "provenance": "published", "structure": "NAZ", "subject": "P1", "period": "2020-12", "quantity": "received"}),
        json!({"kind": "plan", "plan_version": "inps-2021@0123456789ab", "place": "targets.csv:12"}),
        json!({"kind": "indicator", "code": "quality.measured"}),
    ];
    assert_eq!(sources, expected);
    assert_eq!(root["inputs"][1]["value"], json!(null));
}

#[test]
fn the_organisation_and_the_plans_are_lists() {
    let house = House::new();
    let first = house.get("/api/v1/structures").json();
    let nation = json!({"code": "NAZ", "name": "Italia", "kind": "nation", "parent_code": null, "istat_code": null, "nuts_code": "IT"});
    assert_eq!(first, json!({"items": [nation], "next_page_token": "more"}));
    let second = house.get("/api/v1/structures?page_token=more&page_size=10&plan=inps-2021").json();
    assert_eq!((second["items"][0]["code"].as_str(), second["next_page_token"].as_str()), (Some("REG_LAZIO"), Some("")));
    assert_eq!(house.get("/api/v1/structures/NAZ").json(), nation);
    let plans = house.get("/api/v1/plans").json();
    assert_eq!((plans["items"][1]["name"].as_str(), plans["items"][1]["first_month"].as_str()), (Some("inps-2021"), Some("2021-01")));
}

//! The OpenAPI document: every route, and nothing that leads nowhere.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::house::House;

/// Every route of the REST door, as the house promises them.
const ROUTES: &[(&str, &str)] = &[
    ("get", "/api/v1/events"),
    ("get", "/api/v1/finance/accounts"),
    ("get", "/api/v1/finance/assets"),
    ("get", "/api/v1/finance/changes"),
    ("get", "/api/v1/finance/costs"),
    ("get", "/api/v1/finance/reconciliation"),
    ("get", "/api/v1/finance/spending"),
    ("get", "/api/v1/finance/standard-costs"),
    ("get", "/api/v1/finance/statement"),
    ("get", "/api/v1/indicators"),
    ("get", "/api/v1/indicators/{code}"),
    ("get", "/api/v1/indicators/{code}/explanation"),
    ("get", "/api/v1/plans"),
    ("get", "/api/v1/production/comparison"),
    ("get", "/api/v1/production/flows"),
    ("get", "/api/v1/production/backlog-ages"),
    ("get", "/api/v1/production/changes"),
    ("get", "/api/v1/production/plan"),
    ("get", "/api/v1/production/plan-simulation"),
    ("get", "/api/v1/production/subsidiarity"),
    ("get", "/api/v1/production/simulation"),
    ("get", "/api/v1/public-value"),
    ("get", "/api/v1/public-value/impact"),
    ("get", "/api/v1/quality/comparison"),
    ("get", "/api/v1/quality/contributions"),
    ("get", "/api/v1/quality/explanation"),
    ("get", "/api/v1/quality/incentives"),
    ("get", "/api/v1/quality/incentives/explanation"),
    ("get", "/api/v1/quality/indices"),
    ("get", "/api/v1/quality/methods"),
    ("get", "/api/v1/quality/surveys"),
    ("get", "/api/v1/quality/surveys/explanation"),
    ("get", "/api/v1/quality/trend"),
    ("get", "/api/v1/structures"),
    ("get", "/api/v1/structures/{code}"),
    ("get", "/api/v1/{domain}/batches/{id}"),
    ("get", "/api/v1/{domain}/closings"),
    ("get", "/api/v1/{domain}/feeds"),
    ("get", "/api/v1/{domain}/ledger/verification"),
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
    ("get", "/status"),
    ("post", "/api/v1/quality/answers"),
    ("post", "/api/v1/reconciliation"),
    ("post", "/api/v1/{domain}/batches"),
    ("post", "/api/v1/{domain}/closings"),
    ("get", "/api/v1/{domain}/closings"),
];

#[test]
fn lists_every_route_and_every_route_is_there() {
    let house = House::new();
    let document = house.get("/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    let paths = document["paths"].as_object().unwrap();
    let operations = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect();
        methods
    };
    let listed: BTreeSet<_> = paths.iter().flat_map(operations).collect();
    assert_eq!(listed, ROUTES.iter().copied().map(|(method, path)| (method.to_owned(), path.to_owned())).collect());
    for (method, path) in ROUTES.iter().copied().filter(|(_, path)| *path != "/api/v1/events") {
        let path = path.replace("{domain}", "finance").replace("{code}", "finance.measured").replace("{id}", "x");
        let answer = if method == "get" { house.get(&path) } else { house.post(&path, &[], "") };
        assert!(answer.status != 405 && !answer.text.contains("ROUTE_UNKNOWN"), "{method} {path}: {answer:?}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_is_described() {
    let house = House::new();
    let document = house.get("/openapi.json").json();
    let mut pending = vec![&document];
    let mut references = 0;
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                    references += 1;
                }
                pending.extend(fields.values());
            }
            Value::Array(elements) => pending.extend(elements),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(references > 20, "{references}");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{method} {path} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            let refuses = responses.values().any(|response| response["content"]["application/problem+json"].is_object());
            assert!(refuses || !path.starts_with("/api/"), "{method} {path} does not say how it refuses");
        }
    }
    let children = &document.pointer("/components/schemas/Node").unwrap().to_string();
    assert!(children.contains("#/components/schemas/Node"), "the pyramid is a tree: {children}");
}

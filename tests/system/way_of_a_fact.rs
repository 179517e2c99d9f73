//! The whole way of a fact: submitted, durable, visible in the pyramid; sent again, harmless; corrected, both known.

use piramide_measure::Exact;
use piramide_tests::System;

const MONTH: &str = "structure,product,period,received,completed,opening_backlog,closing_backlog\n";

fn clearance(system: &System, query: &str) -> Option<String> {
    let result = system.json(&format!("/api/v1/indicators/production.clearance_ratio?structure=NAZ&period=2021-Q1&plan=inps-2021{query}"));
    result["actual"].as_str().map(|text| Exact::parse(text).unwrap().rounded(2))
}

/// Any product whose flow is recorded, and any office.
const PRODUCT: &str = "INCOME_SUPPORT";
const OFFICE: &str = "PRV_TORINO";

#[test]
fn a_fact_is_in_the_pyramid_once_it_is_acknowledged() {
    let mut system = System::empty();
    assert_eq!(clearance(&system, ""), None);
    let march = format!("{MONTH}{OFFICE},{PRODUCT},2021-03,100,90,40,50\n");
    let first = system.submit("production", "march", "provenance=submitted&origin=test", march.as_bytes());
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(clearance(&system, "").as_deref(), Some("0.90"));
    let pyramid = system.json("/api/v1/public-value?structure=NAZ&period=2021-Q1&plan=inps-2021");
    assert!(pyramid["score"].is_string(), "the pyramid sees it: {pyramid}");

    let again = system.submit("production", "march", "provenance=submitted&origin=test", march.as_bytes());
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.json()["sequence"], first.json()["sequence"], "the first answer again");
    assert_eq!(clearance(&system, "").as_deref(), Some("0.90"), "and nothing counted twice");

    let closed = system.post(
        "/api/v1/production/closings",
        "close",
        &serde_json::json!({"name": "2021-I", "period": "2021-Q1", "author": "controller"}),
    );
    assert_eq!(closed.status, 201, "{}", closed.text);
    let corrected = format!("{MONTH}{OFFICE},{PRODUCT},2021-03,100,95,40,45\n");
    let late = system.submit("production", "march-late", "provenance=submitted&origin=test", corrected.as_bytes());
    assert_eq!(late.status, 409, "a closed month needs a reason: {}", late.text);
    let reasoned = system.submit("production", "march-corrected", "provenance=submitted&origin=test&reason=recount", corrected.as_bytes());
    assert_eq!(reasoned.status, 201, "{}", reasoned.text);
    assert_eq!(clearance(&system, "").as_deref(), Some("0.95"));
    assert_eq!(clearance(&system, "&as_of=2021-I").as_deref(), Some("0.90"), "the closing answers as it did");

    for service in ["production", "gateway", "public-value"] {
        system.stop(service);
    }
    for service in ["production", "public-value", "gateway"] {
        system.start(service);
    }
    assert_eq!(clearance(&system, "").as_deref(), Some("0.95"), "a restart keeps everything");
    assert_eq!(clearance(&system, "&as_of=2021-I").as_deref(), Some("0.90"));
}

#[test]
fn a_killed_service_keeps_what_it_acknowledged() {
    let mut system = System::empty();
    let march = format!("{MONTH}{OFFICE},{PRODUCT},2021-03,100,90,40,50\n");
    assert_eq!(system.submit("production", "march", "provenance=submitted&origin=test", march.as_bytes()).status, 201);
    system.kill("production");
    system.start("production");
    assert_eq!(system.submit("production", "march", "provenance=submitted&origin=test", march.as_bytes()).status, 200, "still known");
    let verified = system.json("/api/v1/production/ledger/verification");
    assert_eq!(verified["intact"], true, "{verified}");
}

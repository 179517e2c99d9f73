//! Impact: facts of production and of quality, each in its own service, as one view of a product.

use piramide_measure::Exact;
use piramide_tests::System;
use serde_json::Value;

fn shown(value: &Value, digits: u32) -> String {
    Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap().rounded(digits)
}

fn product<'a>(answer: &'a Value, code: &str) -> &'a Value {
    answer["items"].as_array().unwrap().iter().find(|item| item["product"] == code).unwrap_or_else(|| panic!("no {code} in {answer}"))
}

fn measure<'a>(product: &'a Value, indicator: &str) -> &'a Value {
    product["measures"].as_array().unwrap().iter().find(|item| item["indicator"] == indicator).unwrap_or_else(|| panic!("{product}"))
}

const COLUMNS: &str = "structure,product,period,received,completed,completed_automatically,opening_backlog,closing_backlog\n";

#[test]
fn production_and_quality_make_one_view_of_a_product() {
    let system = System::empty();
    let recorded = |domain: &str, id: &str, csv: &str| {
        let answer = system.submit(domain, id, "provenance=submitted&origin=test", csv.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text);
    };
    recorded("production", "2026", &format!("{COLUMNS}PRV_ASTI,INCOME_SUPPORT,2026-03,100,110,55,50,40\n"));
    recorded(
        "quality",
        "2026",
        "structure,measure,period,numerator,denominator\nPRV_ASTI,DIGITAL_REQUESTS_BENEFITS,2026-03,90,100\nPRV_ASTI,TIME_NASPI,2026-03,440,20\n",
    );
    let asked = "/api/v1/public-value/impact?structure=PRV_ASTI&period=2026-03&plan=inps-2026";
    let found = system.json(asked);
    assert!(found["domains"].as_array().unwrap().iter().all(|domain| domain["available"] == true), "{found}");
    let benefits = product(&found, "FLOW_BENEFITS");
    let clearance = measure(benefits, "production.clearance_ratio.BENEFITS");
    assert_eq!((shown(&clearance["actual"], 2), clearance["dimension"].as_str()), ("1.10".to_owned(), Some("response")));
    assert_eq!(shown(&measure(benefits, "production.automation_share.BENEFITS")["actual"], 2), "50.00");
    assert_eq!(shown(&measure(benefits, "quality.digital_requests.BENEFITS")["actual"], 2), "90.00");
    let advice = measure(benefits, "quality.advice_first_contact.BENEFITS");
    assert!(advice["actual"].is_null() && advice["missing_reason"].is_string(), "{advice}");
    assert_eq!(shown(&measure(product(&found, "INCOME_SUPPORT"), "quality.time_naspi")["actual"], 2), "22.00");

    // A year before, by the method of 2026: what the plan of 2021 recorded is compared all the same.
    recorded("production", "2020", &format!("{COLUMNS}PRV_ASTI,INCOME_SUPPORT,2020-03,100,100,10,50,50\n"));
    recorded("production", "2021", &format!("{COLUMNS}PRV_ASTI,INCOME_SUPPORT,2021-03,100,110,11,50,40\n"));
    let other = system.json("/api/v1/public-value/impact?structure=PRV_ASTI&period=2021-03&plan=inps-2026");
    let income = product(&other, "INCOME_SUPPORT");
    let backlog = measure(income, "production.backlog_days.INCOME_SUPPORT");
    assert_eq!((shown(&backlog["change"], 2), shown(&backlog["previous_year"], 2)), ("20.00".to_owned(), "15.00".to_owned()), "{backlog}");
    assert_eq!(shown(&measure(income, "production.automation_share.INCOME_SUPPORT")["change"], 2), "0.00");
    // Backlog 120, automation 100: two of five measures, that weigh alike.
    assert_eq!(
        (shown(&income["previous_year"]["index"], 2), shown(&income["previous_year"]["coverage"], 2)),
        ("110.00".to_owned(), "40.00".to_owned())
    );
    assert!(income["targets"]["index"].is_null(), "nothing has a target");

    let page = system.get("/impatto?structure=PRV_ASTI&period=2021-03&plan=inps-2026").text;
    assert!(
        page.contains("Metodo di un altro anno") && page.contains("110,00 (copertura 40\u{a0}%)") && page.contains("Quota automatizzata"),
        "{page}"
    );
    let without = system.get("/impatto?structure=PRV_ASTI&period=2021-03&plan=inps-2021").text;
    assert!(without.contains("Il piano non misura l&#39;impatto") || without.contains("Il piano non misura l'impatto"), "{without}");
}

/// Over the reconstructed year the plan of 2026 finds every outcome measured: production's own facts and those of quality.
#[test]
fn the_reconstructed_year_has_its_impact() {
    let system = crate::reconstructed::year();
    let found = system.json("/api/v1/public-value/impact?structure=NAZ&period=2020&plan=synth-2026");
    for (code, indicator, expected) in [
        ("TOTAL", "production.clearance_ratio", "1.01"),
        ("FLOW_BENEFITS", "quality.advice_first_contact.BENEFITS", "66.00"),
        ("FLOW_FLOWS", "quality.digital_requests.FLOWS", "94.00"),
        ("TOTAL", "quality.digital_requests", "89.20"),
        ("INCOME_SUPPORT", "quality.time_naspi", "22.00"),
    ] {
        let measured = measure(product(&found, code), indicator);
        assert_eq!(shown(&measured["actual"], 2), expected, "{code} {indicator}");
        assert_eq!(measured["provenance"], "synthetic", "{measured}");
    }
}

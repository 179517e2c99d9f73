//! Transit accounts, collections and assets through REST, their derivation and their pages.

use piramide_tests::System;
use serde_json::Value;

const ROWS: &str = "structure,item,period,amount
PRV_TORINO,GPA00037.balance,2021-12,950.00
PRV_TORINO,GPA52002.balance,2021-12,405.00
PRV_TORINO,GPA52002.open.UP_TO_30,2021-12,5
PRV_TORINO,GPA52002.open.UP_TO_90,2021-12,0
PRV_TORINO,GPA52002.open.UP_TO_180,2021-12,100
PRV_TORINO,GPA52002.open.UP_TO_365,2021-12,200
PRV_TORINO,GPA52002.open.OVER_365,2021-12,100
PRV_TORINO,GPA52002.unworkable,2021-12,40.5
PRV_TORINO,GPA52021.collected,2021-05,700000
PRV_TORINO,GPA24024.collected,2021-13,85240.50
";
const BEFORE: &str = "structure,item,period,amount\nPRV_TORINO,GPA00037.balance,2020-12,1000\nPRV_TORINO,GPA52002.balance,2020-12,500\n";

fn group<'a>(answer: &'a Value, code: &str) -> &'a Value {
    answer["items"].as_array().unwrap().iter().find(|group| group["group"] == code).unwrap()
}

#[test]
fn accounts_stand_against_last_year_and_the_published_targets() {
    let system = System::empty();
    let submit = |id: &str, rows: &str| system.submit("finance", id, "provenance=submitted&origin=test", rows.as_bytes());
    for (id, rows) in [("before", BEFORE), ("now", ROWS)] {
        let answer = submit(id, rows);
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let broken = ROWS.replace("UP_TO_30,2021-12,5", "UP_TO_30,2021-12,50");
    let refused = system.submit("finance", "broken", "provenance=submitted&origin=test&reason=prova", broken.as_bytes());
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("AGES_MISS_BALANCE") && refused.text.contains("difference -45"), "{}", refused.text);

    let answer = system.json("/api/v1/finance/accounts?structure=REG_PIEMONTE&period=2021");
    let visits = group(&answer, "MEDICAL_VISITS");
    assert_eq!((visits["result"]["actual"].as_str(), visits["result"]["target"].as_str()), (Some("105"), Some("100")), "{visits}");
    let transit = &visits["accounts"][1];
    assert_eq!((transit["change"]["actual"].as_str(), transit["unworkable"].as_str()), (Some("81"), Some("40.5")), "{transit}");
    assert!(transit["overdue"].is_null(), "the institute has set no deadline: {transit}");
    assert_eq!(transit["open"][4]["amount"], "100");
    let fees = group(&answer, "LEGAL_FEES");
    // Annex, slide 64: Piemonte 770.228.
    assert_eq!(
        (fees["result"]["actual"].as_str(), fees["result"]["target"].as_str()),
        (Some("785240.5"), Some("770228")),
        "with month 13: {fees}"
    );
    let figure = system.json("/api/v1/indicators/finance.medical_visits?structure=REG_PIEMONTE&period=2021");
    assert_eq!(
        (figure["actual"].as_str(), figure["score"].as_str(), figure["coverage"].as_str()),
        (Some("105"), Some("105"), Some("100")),
        "{figure}"
    );
    let explanation = system.get("/api/v1/indicators/finance.medical_visits/explanation?structure=REG_PIEMONTE&period=2021").text;
    for expected in ["GPA52002.balance", "a fine 2020", "peso 50,00", "accounts.csv:3"] {
        assert!(explanation.contains(expected), "{expected:?} is not in {explanation}");
    }
    let page = system.get("/conti-transitori?structure=REG_PIEMONTE&period=2021&plan=inps-2021").text;
    for expected in
        ["Incassi per visite mediche di controllo", "105,00", "oltre 365 giorni: 100,00", "40,50", "785.240,50", "770.228,00", "Torino"]
    {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn assets_follow_the_rule_of_disposal_and_the_securities_of_the_note() {
    let system = System::empty();
    let rows = "structure,item,period,amount
PRV_COSENZA,DISPOSAL_UNITS,2021-05,10
PRV_COSENZA,DISPOSAL_VALUE,2021-05,175000
DR_CALABRIA,PROPERTY_ERRORS_FIXED,2021-11,18
NAZ_NA,PROPERTY_FUNDS.increases,2026-03,400110000.00
NAZ_NA,PROPERTY_FUNDS.decreases,2026-09,20000000.01
";
    let answer = system.submit("finance", "assets", "provenance=submitted&origin=test", rows.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text);
    let assets = system.json("/api/v1/finance/assets?structure=REG_CALABRIA&period=2021");
    let own = &assets["own"];
    assert_eq!((own["index"]["actual"].as_str(), own["index"]["target"].as_str()), (Some("155"), Some("100")), "{own}");
    assert_eq!((own["units"]["realisation"].as_str(), own["errors"]["realisation"].as_str()), (Some("200"), Some("100")));
    let explanation = system.get("/api/v1/indicators/finance.disposal/explanation?structure=REG_CALABRIA&period=2021").text;
    for expected in ["pesano di più le unità", "il più alto tra 70,00 % unità + 30,00 % valore", "targets.csv:"] {
        assert!(explanation.contains(expected), "{expected:?} is not in {explanation}");
    }
    let note = system.json("/api/v1/finance/assets?structure=NAZ&period=2026");
    let funds = note["items"].as_array().unwrap().iter().find(|item| item["security"] == "PROPERTY_FUNDS").unwrap();
    assert_eq!(
        (funds["closing"]["actual"].as_str(), funds["closing"]["deviation"].as_str()),
        (Some("2767841483.76"), Some("-0.01")),
        "{funds}"
    );
    let page = system.get("/patrimonio?structure=NAZ&period=2026&plan=inps-2026").text;
    for expected in ["Fondi Immobiliari", "2.767.841.483,76", "consistenza finale 2.767.841.483,77", "Titoli Azionari"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
    let page = system.get("/patrimonio?structure=NAZ&period=2021&plan=inps-2021").text;
    for expected in ["Indice di dismissione", "Calabria", "60.000.000,00", "457"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

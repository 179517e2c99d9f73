//! Corrections of production after a closing, as programs and readers are told of them.

use piramide_tests::System;
use serde_json::{Value, json};

const HEADER: &str = "structure,product,period,received,completed,opening_backlog,closing_backlog\n";

/// A system in which Piemonte has February, the first quarter is closed, and Torino has corrected February since.
fn corrected() -> System {
    let system = System::empty();
    let send = |id: &str, query: &str, rows: &str| {
        let query = format!("provenance=submitted&origin=test{query}");
        system.submit("production", id, &query, format!("{HEADER}{rows}").as_bytes())
    };
    let first = "PRV_TORINO,INCOME_SUPPORT,2021-02,100,90,40,50\nPRV_ASTI,INCOME_SUPPORT,2021-02,10,10,5,5\n";
    assert_eq!(send("first", "", first).status, 201);
    let closed =
        system.post("/api/v1/production/closings", "closing", &json!({ "name": "2021-I", "period": "2021-Q1", "author": "Direzione" }));
    assert!(closed.status < 300, "{}", closed.text);
    let late = "PRV_TORINO,INCOME_SUPPORT,2021-02,107,91,40,56\n";
    assert_eq!(send("late", "", late).json()["reason"], "PERIOD_CLOSED", "a closed month asks for a reason");
    assert_eq!(send("late", "&reason=faldone%20ritrovato", late).status, 201);
    assert_eq!(send("april", "", "PRV_ASTI,INCOME_SUPPORT,2021-04,1200,1000,5,205\n").status, 201);
    system
}

/// A change in a few words: quantity, before, after, effect, reason.
type Told<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<i64>, Option<&'a str>);

/// The items of some kind.
fn told<'a>(changes: &'a Value, kind: &str) -> Vec<Told<'a>> {
    let items = changes["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind);
    let of = |item: &'a Value| {
        let text = |field: &str| item[field].as_str();
        (text("quantity").unwrap(), text("before"), text("after"), item["effect"].as_i64(), text("reason"))
    };
    items.map(of).collect()
}

#[test]
fn a_correction_after_a_closing_is_told_quantity_by_quantity_to_programs_and_readers() {
    let system = corrected();
    let kept = system.get("/api/v1/production/flows?structure=REG_PIEMONTE&period=2021&as_of=2021-I").text;
    let changes = "/api/v1/production/changes?structure=REG_PIEMONTE&period=2021&before=2021-I";
    let found = system.json(changes);
    let why = Some("faldone ritrovato");
    let expected = [
        ("received", Some("100"), Some("107"), Some(7), why),
        ("completed", Some("90"), Some("91"), Some(1), why),
        ("closing_backlog", Some("50"), Some("56"), Some(6), why),
    ];
    assert_eq!(told(&found, "restated"), expected);
    assert_eq!(told(&found, "late").len(), 4);
    assert_eq!(told(&found, "displaced"), [("closing_backlog", Some("5"), Some("5"), Some(-5), None)], "April has the word in Asti");
    assert_eq!([&found["restated_count"], &found["late_count"], &found["displaced_count"]], [3, 4, 1]);
    let total = found["flows"].as_array().unwrap().iter().find(|flow| flow["after"]["node"] == "FLOW_TOTAL").unwrap();
    assert_eq!([&total["before"]["received"], &total["after"]["received"]], [110, 1317]);
    assert_eq!([&total["before"]["closing_backlog"], &total["after"]["closing_backlog"]], [55, 261]);

    let page = |more: &str| system.json(&format!("{changes}&page_size=5{more}"));
    let first = page("");
    let second = page(&format!("&page_token={}", first["next_page_token"].as_str().unwrap()));
    let items = |page: &Value| page["items"].as_array().unwrap().clone();
    assert_eq!([items(&first), items(&second)].concat(), items(&found));
    assert_eq!((&second["next_page_token"], &second["restated_count"], &second["flows"]), (&json!(""), &Value::Null, &json!([])));
    let restated = system.json(&format!("{changes}&kind=restated"));
    assert_eq!((items(&restated).len(), &restated["late_count"]), (3, &json!(4)));

    // The later knowledge has two names.
    let second = json!({ "name": "2021-II", "period": "2021-Q2", "author": "Direzione" });
    assert!(system.post("/api/v1/production/closings", "closing-2", &second).status < 300);
    let sent = system.submit(
        "production",
        "later",
        "provenance=submitted&origin=test&reason=ancora",
        format!("{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-02,108,91,40,57\n").as_bytes(),
    );
    assert_eq!(sent.status, 201, "{}", sent.text);
    for up_to in ["&after=2021-II", "&as_of=2021-II", "&after=2021-II&as_of=2021-I"] {
        assert_eq!(system.json(&format!("{changes}{up_to}"))["items"], found["items"], "{up_to}");
    }
    let known_at = found["known_at"].as_str().unwrap();
    assert_eq!(system.json(&format!("{changes}&after={known_at}"))["items"], found["items"], "by the moment that the answer names");
    assert_ne!(system.json(changes)["items"], found["items"]);
    assert_eq!(system.get("/api/v1/production/flows?structure=REG_PIEMONTE&period=2021&as_of=2021-I").text, kept, "for ever");
}

#[test]
fn the_page_of_corrections_works_without_scripts_and_figures_lead_to_it() {
    let system = corrected();
    let page = system.get("/rettifiche-produzione?structure=REG_PIEMONTE&period=2021&plan=inps-2021&before=2021-I").text;
    for expected in [
        "<h1>Rettifiche della produzione</h1>",
        "produzione, Piemonte, periodo 2021",
        "Flussi cambiati: ogni valore, con quello precedente dove è diverso",
        "la somma degli effetti di tutte le variazioni è la differenza dei flussi",
        "<dt>Rettifiche di mesi chiusi</dt><dd>3</dd>",
        "Ammortizzatori sociali, Torino, 2021-02: pervenuto",
        "rettifica di un mese chiuso, perché: faldone ritrovato; lotto late da test",
        "1.317 (era 110)",
        "<option value=\"restated\" selected>",
        "name=\"after\" value=\"\"",
    ] {
        assert!(page.contains(expected), "{expected:?} is not on the page: {page}");
    }
    assert!(!page.contains("registrato dopo, in un mese aperto"), "the page opens with corrections alone");
    let late = system.get("/rettifiche-produzione?structure=REG_PIEMONTE&period=2021&plan=inps-2021&before=2021-I&kind=late").text;
    assert!(late.contains("registrato dopo, in un mese aperto") && late.contains("+1.200"), "{late}");
    let all = system.get("/rettifiche-produzione?structure=REG_PIEMONTE&period=2021&plan=inps-2021&before=2021-I&kind=all").text;
    assert!(all.contains("la somma degli effetti è la differenza dei flussi") && !all.contains("seguenti"), "{all}");
    let down = "/rettifiche-produzione?structure=REG_PIEMONTE&amp;period=2021&amp;plan=inps-2021&amp;before=2021-I&amp;kind=restated&amp;node=FLOW_TOTAL";
    assert!(page.replace("&#38;", "&amp;").contains(down), "a total leads to its parts: {page}");
    let node = system.get(&down.replace("&amp;", "&")).text;
    assert!(node.contains("Area prestazioni e servizi individuali") && node.contains("Totali del catalogo"), "{node}");

    for (path, shown) in [
        ("/flussi?structure=REG_PIEMONTE&period=2021-02&plan=inps-2021", true),
        ("/flussi?structure=REG_PIEMONTE&period=2021-02&plan=inps-2021&node=FLOW_TOTAL", true),
        ("/dominio/production?structure=REG_PIEMONTE&period=2021&plan=inps-2021", true),
        ("/dominio/production?structure=REG_PIEMONTE&period=2021-05&plan=inps-2021", false),
        ("/dominio/production?structure=REG_PIEMONTE&period=2021&plan=inps-2021&as_of=2021-I", false),
        ("/dominio/quality?structure=REG_PIEMONTE&period=2021&plan=inps-2021", false),
    ] {
        let page = system.get(path).text;
        assert_eq!(page.contains("confronta con la chiusura 2021-I"), shown, "{path}");
    }
    let closing = json!({ "name": "2021-II", "period": "2021-Q2", "author": "Direzione" });
    assert!(system.post("/api/v1/production/closings", "closing-2", &closing).status < 300);
    let untouched = system.get("/flussi?structure=REG_PIEMONTE&period=2021&plan=inps-2021").text;
    assert!(untouched.contains("Nulla è stato registrato dopo la chiusura <strong>2021-II</strong>"), "{untouched}");
    let closing = json!({ "name": "2021-III", "period": "2021-Q3", "author": "Direzione" });
    assert!(system.post("/api/v1/production/closings", "closing-3", &closing).status < 300);
    let untouched = system.get("/flussi?structure=REG_PIEMONTE&period=2021-Q2&plan=inps-2021").text;
    assert!(untouched.contains("Nulla è stato registrato dopo la chiusura <strong>2021-II</strong>"), "a closing is no data: {untouched}");
}

#[test]
fn the_pages_of_one_list_are_of_one_knowledge() {
    let system = corrected();
    let rows = ["PRV_CUNEO", "PRV_NOVARA", "PRV_BIELLA"]
        .into_iter()
        .flat_map(|office| (4..=12).map(move |month| format!("{office},INCOME_SUPPORT,2021-{month:02},10,10,5,5\n")));
    let sent =
        system.submit("production", "many", "provenance=submitted&origin=test", format!("{HEADER}{}", rows.collect::<String>()).as_bytes());
    assert_eq!(sent.status, 201, "{}", sent.text);
    let page = system.get("/rettifiche-produzione?structure=REG_PIEMONTE&period=2021&plan=inps-2021&before=2021-I&kind=late").text;
    let next = page.split("<a href=\"").find(|link| link.contains("rel=\"next\"")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let found = system.json("/api/v1/production/changes?structure=REG_PIEMONTE&period=2021&before=2021-I&kind=late&totals_only=true");
    let known_at = found["known_at"].as_str().unwrap().replace(':', "%3A");
    assert!(
        next.contains(&format!("after={known_at}")) || next.contains(&format!("after={}", found["known_at"].as_str().unwrap())),
        "{next}"
    );
    let first = system.get(&next);
    assert!(first.status == 200 && first.text.contains("Ammortizzatori sociali, Novara"), "{}", first.text);
    let late = system.submit(
        "production",
        "later",
        "provenance=submitted&origin=test",
        b"structure,product,period,received\nPRV_NOVARA,CREDIT_WELFARE,2021-05,7\n",
    );
    assert_eq!(late.status, 201, "{}", late.text);
    assert_eq!(system.get(&next).text, first.text, "whatever came since");

    assert!(found["flows"].as_array().unwrap().iter().all(|flow| flow["after"]["parent"].is_null()), "the totals alone: {found}");
    let all = system.json("/api/v1/production/changes?structure=REG_PIEMONTE&period=2021&before=2021-I&kind=late");
    assert!(all["flows"].as_array().unwrap().len() > found["flows"].as_array().unwrap().len());
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let system = corrected();
    let check = |query: &str, status: u16, reason: &str| {
        let answer = system.get(&format!("/api/v1/production/changes?structure=REG_PIEMONTE&period=2021{query}"));
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (status, Some(reason)), "{query}: {}", answer.text);
        assert_eq!(answer.content_type, "application/problem+json");
    };
    check("&before=never", 404, "CLOSING_UNKNOWN");
    check("", 400, "QUERY_MALFORMED");
    check("&before=2021-I&node=NOTHING", 404, "NODE_UNKNOWN");
    check("&before=2021-I&kind=other", 400, "PARAMETER_MALFORMED");
    check("&before=2021-I&page_size=0", 400, "PARAMETER_MALFORMED");
    check("&before=2021-I&page_token=x", 400, "PAGE_TOKEN");
    check("&before=2999-01-01T00:00:00Z&after=2021-I", 422, "CLOSINGS_REVERSED");
    let page = system.get("/rettifiche-produzione?period=2021&before=never");
    assert!(page.status == 404 && page.text.contains("Chiusura inesistente"), "{}", page.text);
}

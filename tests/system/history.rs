//! Offices move and merge, months close, late work comes: what was true then stays true, and what was closed has the same bytes for ever. How
//! long work has waited is part of that history.

use std::collections::BTreeMap;

use piramide_ledger::testing::PostgresServer;
use piramide_tests::{Answer, Edit, System, plans};

/// Asti moves to Liguria in April, and Biella becomes part of Vercelli in July.
const MOVES: [Edit; 2] = [
    (
        "structures.csv",
        "PRV_ASTI,Asti,province,REG_PIEMONTE,,,,,",
        "PRV_ASTI,Asti,province,REG_PIEMONTE,,2021-03,,,\nPRV_ASTI,Asti,province,REG_LIGURIA,2021-04,,,,",
    ),
    ("structures.csv", "PRV_BIELLA,Biella,province,REG_PIEMONTE,,,,,", "PRV_BIELLA,Biella,province,REG_PIEMONTE,,2021-06,,,"),
];

fn submit(system: &System, id: &str, query: &str, rows: &str) -> Answer {
    let head = "structure,product,period,received,completed,transferred_in,transferred_out,opening_backlog,closing_backlog\n";
    system.submit("production", id, &format!("provenance=submitted&origin=test{query}"), format!("{head}{rows}").as_bytes())
}

/// Pieces completed and waiting of income support.
fn flow(system: &System, structure: &str, period: &str) -> (Option<i64>, Option<i64>) {
    let path = format!("/api/v1/production/flows?structure={structure}&period={period}&node=INCOME_SUPPORT");
    let item = system.json(&path)["items"][0].clone();
    (item["completed"].as_i64(), item["closing_backlog"].as_i64())
}

#[test]
fn offices_that_move_and_merge_leave_their_past_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let system = System::with_plans(plans(folder.path(), &MOVES));
    let row = |structure: &str, month: u8, received: i64, completed: i64, opening: i64| {
        format!("{structure},INCOME_SUPPORT,2021-{month:02},{received},{completed},,,{opening},{}\n", opening + received - completed)
    };
    let before = [("PRV_ASTI", 10), ("PRV_BIELLA", 20), ("PRV_VERCELLI", 40)];
    let rows: String = (3..=6).flat_map(|month| before.map(|(office, completed)| row(office, month, completed, completed, 5))).collect();
    assert_eq!(submit(&system, "before", "", &rows).status, 201);
    // Until March Asti is Piemonte's, from April Liguria's; the year to date of each has its own months.
    assert_eq!(flow(&system, "REG_PIEMONTE", "2021-03").0, Some(70));
    assert_eq!(flow(&system, "REG_PIEMONTE", "2021-04").0, Some(60));
    assert_eq!(flow(&system, "REG_PIEMONTE", "2021-04-ytd").0, Some(130));
    assert_eq!(flow(&system, "REG_LIGURIA", "2021-04-ytd").0, Some(10));
    assert_eq!(flow(&system, "NAZ", "2021-04-ytd").0, Some(140));
    // Biella ends in June: what waits goes over to Vercelli in its last month, and afterwards nothing can be recorded there.
    let late = submit(&system, "too-late", "", &row("PRV_BIELLA", 7, 1, 1, 5));
    assert_eq!((late.status, late.json()["reason"].as_str()), (422, Some("STRUCTURE_NOT_VALID")), "{}", late.text);
    let merger = "PRV_BIELLA,INCOME_SUPPORT,2021-06,20,20,,5,5,0\nPRV_VERCELLI,INCOME_SUPPORT,2021-06,40,40,5,,5,10\n";
    assert_eq!(submit(&system, "merger", "&reason=accorpamento", merger).status, 201);
    assert_eq!(submit(&system, "after", "", &row("PRV_VERCELLI", 7, 60, 60, 10)).status, 201);
    assert_eq!(flow(&system, "PRV_BIELLA", "2021-06"), (Some(20), Some(0)));
    assert_eq!(flow(&system, "PRV_BIELLA", "2021-05"), (Some(20), Some(5)), "its past is its own");
    assert_eq!(flow(&system, "PRV_VERCELLI", "2021-07"), (Some(60), Some(10)));
    assert_eq!(flow(&system, "REG_PIEMONTE", "2021-07-ytd").0, Some(70 + 60 + 60 + 60 + 60));
    // Asti has said nothing of July: what waited there in June waits still.
    assert_eq!(flow(&system, "NAZ", "2021-07"), (Some(60), Some(10 + 5)));
    assert_eq!(flow(&system, "REG_LIGURIA", "2021-07"), (None, None));
}

/// What a closing is asked for again and again.
const QUESTIONS: [&str; 5] = [
    "/api/v1/production/flows?structure=NAZ&period=2021-Q1",
    "/api/v1/production/comparison?structure=REG_PIEMONTE&period=2021-03&node=INCOME_SUPPORT&scope=children",
    "/api/v1/production/subsidiarity?structure=NAZ&period=2021-03-ytd",
    "/api/v1/production/plan?structure=REG_PIEMONTE&period=2021",
    "/api/v1/indicators/production.clearance_ratio/explanation?structure=REG_PIEMONTE&period=2021-03-ytd",
];

fn closed(system: &System) -> Vec<String> {
    let bytes = |path: &&str| {
        let answer = system.get(&format!("{path}&plan=inps-2021&as_of=2021-I"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    };
    QUESTIONS.iter().map(bytes).collect()
}

#[test]
fn a_closing_answers_with_the_same_bytes_for_ever() {
    closing_answers_with_the_same_bytes(System::empty());
}

#[test]
fn a_closing_on_postgresql_answers_with_the_same_bytes_for_ever() {
    let database = PostgresServer::shared().unwrap().create_database().unwrap();
    closing_answers_with_the_same_bytes(System::with_stores(BTreeMap::from([("production", database)])));
}

fn closing_answers_with_the_same_bytes(mut system: System) {
    let march = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,80,,7,40,53\nPRV_ASTI,INCOME_SUPPORT,2021-03,10,12,,,30,28\n\
                 FM_MILANO,INCOME_SUPPORT,2021-03,9,9,7,,0,7\nPRV_TORINO,INCOME_SUPPORT:to:FM_MILANO,2021-03,,,,7,,\n";
    assert_eq!(submit(&system, "march", "", march).status, 201);
    let closing = system.piramide(&["close", "2021-I", "--period", "2021-Q1", "--author", "test", "--domain", "production"]);
    assert!(closing.status.success(), "{}", String::from_utf8_lossy(&closing.stderr));
    let then = closed(&system);
    assert!(then[2].contains("\"helper\":\"DCM_MILANO\""), "{}", then[2]);
    // A correction with its reason, a late event with its own, a month that goes on.
    let corrected = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,70,,7,40,63\n";
    assert_eq!(submit(&system, "unexplained", "", corrected).status, 409, "a closed month needs a reason");
    assert_eq!(submit(&system, "corrected", "&reason=riconteggio", corrected).status, 201);
    let events = tempfile::NamedTempFile::new().unwrap();
    let event =
        "number,kind,structure,to_structure,product,moment,pieces\n1,completed,PRV_ASTI,,INCOME_SUPPORT,2021-03-30T10:00:00+02:00,3\n";
    std::fs::write(events.path(), event).unwrap();
    let file = events.path().display().to_string();
    let late = system.piramide(&["events", &file, "--origin", "SIMP", "--provenance", "submitted", "--reason", "pratiche ritrovate"]);
    assert!(late.status.success(), "{}", String::from_utf8_lossy(&late.stderr));
    assert_eq!(submit(&system, "april", "", "PRV_TORINO,INCOME_SUPPORT,2021-04,1,1,,,63,63\n").status, 201);
    let now = system.get(&format!("{}&plan=inps-2021", QUESTIONS[0])).text;
    assert_ne!(now, then[0], "what is in force has changed");
    assert_eq!(closed(&system), then, "the closing has not");
    // A process that starts anew reads it from what it left or from the ledger; without what it left, from the ledger.
    system.kill("production");
    system.start("production");
    assert_eq!(closed(&system), then, "after a restart");
    system.stop("production");
    for file in std::fs::read_dir(system.data()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap().to_str().unwrap().starts_with("production.db.snapshot") {
            std::fs::remove_file(file).unwrap();
        }
    }
    system.start("production");
    assert_eq!(closed(&system), then, "after a restart without snapshots");
}

/// A closing fixes what was known, not how it is measured: that is the plan's, and a plan is pinned by its version.
#[test]
fn a_closing_asked_by_version_of_the_plan_answers_the_same_after_another_version_came() {
    const OTHER: Edit = ("coefficients.csv", "INCOME_SUPPORT,2000-01,1.0000", "INCOME_SUPPORT,2000-01,2.0000");
    /// The same plan approved later: the newest of its name.
    const LATER: Edit = ("plan.toml", "approved_on = 2021-03-24", "approved_on = 2021-06-30");
    let folder = tempfile::tempdir().unwrap();
    let packages = plans(folder.path(), &[]);
    let mut system = System::with_plans(packages.clone());
    let march = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,80,,,40,60\n";
    assert_eq!(submit(&system, "march", "", march).status, 201);
    let closing = system.piramide(&["close", "2021-I", "--period", "2021-Q1", "--author", "test", "--domain", "production"]);
    assert!(closing.status.success(), "{}", String::from_utf8_lossy(&closing.stderr));
    let ask = |system: &System, plan: &str| {
        let path = "/api/v1/production/flows?structure=NAZ&period=2021-Q1&node=INCOME_SUPPORT&as_of=2021-I";
        let answer = system.get(&format!("{path}&plan={plan}"));
        assert_eq!(answer.status, 200, "{plan}: {}", answer.text);
        answer.text
    };
    let first = system.json("/api/v1/plans")["items"][0]["version"].as_str().unwrap().to_owned();
    let then = ask(&system, &first);
    assert_eq!(ask(&system, "inps-2021"), then, "there is one version");

    std::fs::rename(plans(&folder.path().join("later"), &[OTHER, LATER]).join("inps-2021"), packages.join("inps-2021-later")).unwrap();
    for service in ["production", "public-value"] {
        system.stop(service);
        system.start(service);
    }
    assert_eq!(system.json("/api/v1/plans")["items"].as_array().map(Vec::len), Some(2), "both are there");
    assert_eq!(ask(&system, &first), then, "asked by version, the same bytes");
    let by_name = ask(&system, "inps-2021");
    assert!(!by_name.contains(&first), "asked by name, the newest answers: {by_name}");
    let waiting = |answer: &str| serde_json::from_str::<serde_json::Value>(answer).unwrap()["items"][0]["backlog_points"].clone();
    assert_eq!((waiting(&then), waiting(&by_name)), ("60".into(), "120".into()));
}

/// A good clearance ratio hides old cases; their age does not, and the oldest are moved by events before anyone counts them again.
#[test]
fn what_waits_is_shown_by_how_long_it_has_waited() {
    let system = System::empty();
    let part = |part: &str, quantity: usize, pieces: i64| {
        let cells: Vec<String> = (0..6).map(|place| if place == quantity { pieces.to_string() } else { String::new() }).collect();
        format!("PRV_ASTI,INCOME_SUPPORT:{part},2021-03,{}\n", cells.join(","))
    };
    let march = "PRV_ASTI,INCOME_SUPPORT,2021-03,100,120,,,60,40\n".to_owned();
    let uneven = march.clone() + &part("age:UP_TO_30", 5, 30) + &part("age:OVER_365", 5, 9);
    let refused = submit(&system, "uneven", "", &uneven);
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (409, Some("PARTS_MISSED")), "{}", refused.text);
    assert!(refused.text.contains("parts of closing_backlog sum to 39, the whole is 40, difference -1"), "{}", refused.text);
    let even = march + &part("age:UP_TO_30", 5, 30) + &part("age:OVER_365", 5, 10) + &part("refused", 1, 30) + &part("reopened", 0, 5);
    assert_eq!(submit(&system, "even", "", &even).status, 201);
    let ages = |structure: &str| {
        let answer = system.json(&format!("/api/v1/production/backlog-ages?structure={structure}&period=2021-03&node=FLOW_BENEFITS"));
        let pieces: Vec<Option<String>> =
            answer["items"].as_array().unwrap().iter().map(|age| age["pieces"].as_str().map(str::to_owned)).collect();
        (pieces, answer["items"][4]["share"].clone(), answer["without_age"].clone(), answer["month"].clone())
    };
    let some = |pieces: &str| Some(pieces.to_owned());
    let expected = (vec![some("30"), None, None, None, some("10")], "25".into(), "0".into(), "2021-03".into());
    assert_eq!(ages("PRV_ASTI"), expected);
    assert_eq!(ages("NAZ"), expected);
    let indicator =
        |code: &str| system.json(&format!("/api/v1/indicators/production.{code}?structure=REG_PIEMONTE&period=2021-03"))["actual"].clone();
    assert_eq!(indicator("clearance_ratio"), "1.2", "more is done than comes in");
    assert_eq!(indicator("old_backlog_share"), "25", "and a quarter of what waits is old");
    assert_eq!((indicator("refusal_rate"), indicator("reopening_rate")), ("25".into(), "5".into()));
    let page = system.get("/flussi?structure=PRV_ASTI&period=2021-03&plan=inps-2021&node=INCOME_SUPPORT").text;
    assert!(page.contains("Da quanto attende la giacenza") && page.contains("oltre 365 giorni"), "{page}");
    // What events move afterwards has no age until it is counted again, and is shown as such.
    let events = tempfile::NamedTempFile::new().unwrap();
    let event =
        "number,kind,structure,to_structure,product,moment,pieces\n1,completed,PRV_ASTI,,INCOME_SUPPORT,2021-03-31T10:00:00+02:00,3\n";
    std::fs::write(events.path(), event).unwrap();
    let file = events.path().display().to_string();
    let sent = system.piramide(&["events", &file, "--origin", "SIMP", "--provenance", "submitted"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(ages("PRV_ASTI").2, "-3");
}

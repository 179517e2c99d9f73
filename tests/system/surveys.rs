//! The voice of users and staff: the published round beside its print, and single answers from a file to the page.

use piramide_measure::Exact;
use piramide_tests::System;
use serde_json::Value;

use crate::published;

fn shown(value: &Value, digits: u32) -> String {
    Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap().rounded(digits)
}

/// Of the round of 2020 the means of two samples are printed, and no answers: so there is no interval, and nothing by channel or office.
#[test]
fn customer_experience_2020() {
    let path = format!("{}/fixtures/2020/customer_experience.csv", env!("CARGO_MANIFEST_DIR"));
    let printed: Vec<csv::StringRecord> = csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect();
    let mut text = String::from("Piano della performance 2021-2023, Il Cruscotto Qualità, \"Customer experience\"\n");
    text += "Voti medi da 1 a 5, indagine 2020\n\n";
    text += &format!("{:<66}{:>10}{:>10}{:>12}\n", "", "published", "computed", "difference");
    for plan in ["inps-2020", "inps-2021"] {
        let found = published().json(&format!("/api/v1/quality/surveys?structure=NAZ&period=2020&plan={plan}"));
        let [survey] = found["items"].as_array().unwrap().as_slice() else { panic!("{found}") };
        for (sample, (name, column)) in survey["samples"].as_array().unwrap().iter().zip([("utenti generici", 2), ("utenti COVID", 3)]) {
            let means = sample["means"].as_array().unwrap();
            assert_eq!(means.len(), printed.len());
            for (mean, line) in means.iter().zip(&printed) {
                let computed = shown(&mean["mean"], 2);
                assert_eq!((mean["factor"].as_str().unwrap(), computed.as_str()), (&line[0], &line[column]), "{plan}: {mean}");
                assert_eq!((mean["published_mean"].as_bool(), mean["provenance"].as_str()), (Some(true), Some("published")));
                assert!(mean["low"].is_null() && mean["variance"].is_null() && mean["answers"].is_null(), "{mean}");
                if plan == "inps-2020" {
                    let label = format!("{}, {name}", &line[1]);
                    text += &format!("{label:<66}{:>10}{computed:>10}{:>12}\n", &line[column], "0.00");
                }
            }
        }
    }
    snapshot!(text);
    // Nobody knows how much of a national mean is a region's.
    let region = published().json("/api/v1/quality/surveys?structure=REG_LAZIO&period=2020&plan=inps-2020");
    let mean = &region["items"][0]["samples"][0]["means"][0];
    assert!(mean["mean"].is_null() && mean["missing_reason"].is_string(), "{mean}");
    let page = published().get("/customer-experience?structure=NAZ&period=2020&plan=inps-2021").text;
    assert!(page.contains("Campione 1 - Utenti generici") && page.contains(">3,29<") && page.contains("media pubblicata"), "{page}");
    let why =
        published().get("/customer-experience/perche?structure=NAZ&period=2020&plan=inps-2021&survey=CX_2020&sample=COVID&factor=OVERALL");
    for expected in [">3,42<", "Torna alle indagini", "Nazionale, "] {
        assert!(why.text.contains(expected), "{expected:?} is not on the page: {}", why.text);
    }
    let lost = published().get("/api/v1/quality/surveys?structure=NAZ&period=2020&plan=inps-2020&survey=CX_1999");
    assert_eq!((lost.status, lost.json()["reason"].as_str()), (404, Some("SURVEY_UNKNOWN")));
}

const PORTAL: &str = "INSTANT_2026,USERS,ALL,PORTAL,OVERALL";
const OFFICE: &str = "INSTANT_2026,USERS,ALL,OFFICE,OVERALL";

/// Answers as a totem or a form collects them: some cannot be, all others count at once, and once.
#[test]
fn answers_from_a_file_are_in_the_figures_at_once() {
    let system = System::empty();
    let answers = |rows: &str, more: &[&str]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("number,survey,sample,stratum,channel,factor,structure,month,mark,answers\n{rows}")).unwrap();
        let path = file.path().display().to_string();
        let output = system.piramide(&[&["answers", &path, "--origin", "totem", "--provenance", "submitted", "--json"], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default(), output.status.code(), said)
    };
    let row = |number: u32, topic: &str, structure: &str, month: &str, mark: i32, answers: i32| {
        format!("{number},{topic},{structure},{month},{mark},{answers}\n")
    };
    let rows = [
        row(1, PORTAL, "PRV_ASTI", "2026-03", 4, 30),
        row(2, PORTAL, "PRV_ASTI", "2026-03", 2, 30),
        row(3, OFFICE, "PRV_CUNEO", "2026-04", 5, 1),
        row(4, OFFICE, "PRV_CUNEO", "2026-04", 6, 1),
        row(5, "INSTANT_2026,USERS,YOUNG,PORTAL,OVERALL", "PRV_ASTI", "2026-03", 4, 1),
        row(6, "INSTANT_2026,USERS,ALL,FAX,OVERALL", "PRV_ASTI", "2026-03", 4, 1),
        row(7, PORTAL, "NAZ", "2026-03", 4, 1),
        row(8, PORTAL, "PRV_ASTI", "2021-03", 4, 1),
        row(9, PORTAL, "PRV_ASTI", "2026-03", 4, 0),
    ]
    .concat();
    let (answer, code, said) = answers(&rows, &[]);
    assert_eq!((answer["accepted"].as_i64(), answer["duplicates"].as_i64(), code), (Some(3), Some(0), Some(1)), "{answer} {said}");
    let refused: Vec<_> = answer["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["number"].as_i64().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    let expected = [
        (4, "MARK_OUT_OF_RANGE"),
        (5, "STRATUM_UNKNOWN"),
        (6, "CHANNEL_UNKNOWN"),
        (7, "STRUCTURE_NOT_A_LEAF"),
        (8, "SURVEY_UNKNOWN"),
        (9, "ANSWERS_MALFORMED"),
    ];
    assert_eq!(refused, expected, "{said}");
    assert!(said.contains("quality refused 6 of the events"), "{said}");

    let surveys = |structure: &str| system.json(&format!("/api/v1/quality/surveys?structure={structure}&period=2026&survey=INSTANT_2026"));
    let nation = surveys("NAZ");
    let means = nation["items"][0]["samples"][0]["means"].as_array().unwrap();
    let whole = &means[0];
    assert_eq!((whole["answers"].as_i64(), shown(&whole["mean"], 4)), (Some(61), "3.0328".to_owned()), "{whole}");
    assert_eq!(whole["answers_by_mark"], serde_json::json!([0, 30, 0, 30, 1]));
    // One answer at an office cannot be shown, nor what would leave it as the rest.
    let hidden: Vec<_> = means[1..].iter().map(|mean| (mean["channel"].as_str().unwrap(), mean["mean"].is_null())).collect();
    assert_eq!(hidden, [("OFFICE", true), ("PORTAL", true)]);
    let few = &surveys("PRV_CUNEO")["items"][0]["samples"][0]["means"][0];
    assert_eq!(few["missing_reason"], "meno di 30 risposte, qui o accanto: il piano non le mostra", "{few}");

    // The same file again, as after any doubt; a number used again; an answer taken back.
    let (again, ..) = answers(&rows, &[]);
    assert_eq!((again["accepted"].as_i64(), again["duplicates"].as_i64()), (Some(0), Some(3)), "{again}");
    let (reused, ..) = answers(&row(1, PORTAL, "PRV_ASTI", "2026-03", 5, 1), &[]);
    assert_eq!(reused["refused"][0]["reason"], "EVENT_REUSED");
    let back = row(10, PORTAL, "PRV_ASTI", "2026-03", 4, -1);
    assert_eq!(answers(&back, &[]).0["refused"][0]["reason"], "REASON_MISSING");
    assert_eq!(answers(&back, &["--reason", "voto inserito per errore"]).0["accepted"], 1);
    // Beside an office with one answer the other is not told either: the region less its answers would be that one.
    assert_eq!(surveys("PRV_ASTI")["items"][0]["samples"][0]["means"][0]["missing_reason"], few["missing_reason"]);
    assert_eq!(answers(&row(11, OFFICE, "PRV_CUNEO", "2026-04", 5, 40), &[]).0["accepted"], 1);
    assert_eq!(surveys("PRV_CUNEO")["items"][0]["samples"][0]["means"][0]["answers"], 41);
    assert_eq!(surveys("PRV_ASTI")["items"][0]["samples"][0]["means"][0]["answers"], 59);

    let then = system.get("/api/v1/quality/surveys?structure=NAZ&period=2026&as_of=2190-01-01T00:00:00Z");
    assert_eq!((then.status, then.json()["reason"].as_str()), (422, Some("SURVEY_AT_A_MOMENT")), "{}", then.text);
    let page = system.get("/customer-experience?structure=PRV_ASTI&period=2026&plan=inps-2026").text;
    assert!(page.contains("Feedback istantaneo 2026") && page.contains(">2,98<") && page.contains("0, 30, 0, 29, 0"), "{page}");
    let why = "/customer-experience/perche?structure=PRV_ASTI&period=2026&plan=inps-2026&survey=INSTANT_2026&sample=USERS&factor=OVERALL";
    let why = system.get(why).text;
    assert!(
        why.contains("survey_strata.csv:4") && why.contains("radice arrotondata per eccesso") && why.contains("Varianza dei voti"),
        "{why}"
    );
    // Of a single answer the ledger has its mark and month, and no moment.
    let verified = system.piramide(&["verify", "--domain", "quality"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// Piano della performance 2021-2023, Risultati 2020, "Customer experience": every printed mean of both samples comes out of the answers of
/// offices, strata and channels, with an interval, and is the plan's indicator too.
#[test]
fn the_printed_round_comes_out_of_answers() {
    let system = crate::reconstructed::year();
    let found = system.json("/api/v1/quality/surveys?structure=NAZ&period=2020&survey=CX_2020");
    let fixture = format!("{}/fixtures/2020/customer_experience.csv", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::from("Piano della performance 2021-2023, Risultati 2020, \"Customer experience\"\n");
    text += "Medie dell'indagine 2020 dall'anno ricostruito, risposta per risposta\n\n";
    text += &format!("{:<46}{:>10}{:>10}{:>12}\n", "", "published", "computed", "difference");
    for row in std::fs::read_to_string(fixture).unwrap().lines().skip(1) {
        let cells: Vec<&str> = row.rsplitn(5, ',').collect();
        let factor = row.split(',').next().unwrap();
        for (sample, printed) in [("GENERIC", cells[3]), ("COVID", cells[2])] {
            let samples = found["items"][0]["samples"].as_array().unwrap();
            let means = samples.iter().find(|one| one["code"] == sample).unwrap()["means"].as_array().unwrap();
            let of = |stratum: bool| {
                means
                    .iter()
                    .filter(|mean| mean["factor"] == factor && mean["channel"].is_null() && mean["stratum"].is_null() != stratum)
                    .collect::<Vec<_>>()
            };
            let whole = of(false)[0];
            let mean = Exact::parse(whole["mean"].as_str().unwrap_or_else(|| panic!("{whole}"))).unwrap();
            // Exactly the printed figure, not only once it is rounded.
            assert_eq!(mean, Exact::parse(printed).unwrap(), "{factor} {sample}");
            assert_eq!((whole["published_mean"].as_bool(), whole["provenance"].as_str()), (Some(false), Some("synthetic")), "{whole}");
            let end = |name: &str| Exact::parse(whole[name].as_str().unwrap()).unwrap();
            assert!(end("low") < mean && mean < end("high"), "{whole}");
            assert_eq!(of(true).len(), 4, "four strata");
            let code = format!("quality.customer_experience.{}.{}", factor.to_lowercase(), sample.to_lowercase());
            let indicator = system.json(&format!("/api/v1/indicators/{code}?structure=NAZ&period=2020"));
            assert_eq!(Exact::parse(indicator["actual"].as_str().unwrap()).unwrap(), mean, "{code}");
            let then = system.json(&format!("/api/v1/indicators/{code}?structure=NAZ&period=2020&as_of=2190-01-01T00:00:00Z"));
            let reason = then["missing_reason"].as_str().unwrap_or_default();
            assert!(then["actual"].is_null() && reason.contains("a un momento scelto"), "two moments may differ by one answer: {then}");
            text += &format!("{:<46}{printed:>10}{:>10}{:>12}\n", format!("{factor}, {sample}"), mean.rounded(2), "0.00");
        }
    }
    snapshot!(text);
    let page = system.get("/customer-experience?structure=NAZ&period=2020&plan=synth-2020").text;
    for expected in ["3,29", "3,42", "18-34 anni", "Contact Center (sintetico)"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

/// A form on the web sends single answers over REST: each by itself, once, and refused with the place, the field and the reason.
#[test]
fn single_answers_come_over_rest() {
    let system = System::empty();
    let one = |number: i64, structure: &str, month: &str, mark: i32| {
        serde_json::json!({"number": number, "survey": "INSTANT_2026", "sample": "USERS", "stratum": "ALL", "channel": "OFFICE",
            "factor": "OVERALL", "structure": structure, "month": month, "mark": mark})
    };
    let send = |body: &Value| {
        let answer = system.post_text("/api/v1/quality/answers", "application/json", &body.to_string());
        (answer.status, answer.json())
    };
    let said = |answers: Vec<Value>| serde_json::json!({"origin": "web", "provenance": "submitted", "answers": answers});
    let good: Vec<Value> = (1..=40).map(|number| one(number, "PRV_ASTI", "2026-03", 4)).collect();
    let (status, answer) = send(&said([good.clone(), vec![one(41, "PRV_ASTI", "2026-03", 6)]].concat()));
    assert_eq!((status, answer["accepted"].as_i64(), answer["refused"][0]["number"].as_i64()), (201, Some(40), Some(41)), "{answer}");
    assert_eq!(
        (answer["refused"][0]["field"].as_str(), answer["refused"][0]["reason"].as_str()),
        (Some("mark"), Some("MARK_OUT_OF_RANGE"))
    );
    // Read at once, and sent again it counts once.
    let surveys = || system.json("/api/v1/quality/surveys?structure=PRV_ASTI&period=2026&survey=INSTANT_2026");
    assert_eq!(surveys()["items"][0]["samples"][0]["means"][0]["answers"], 40);
    let (status, again) = send(&said(good));
    assert_eq!((status, again["accepted"].as_i64(), again["duplicates"].as_i64()), (200, Some(0), Some(40)), "{again}");
    assert_eq!(surveys()["items"][0]["samples"][0]["means"][0]["answers"], 40);
    // Where none can be recorded the request is refused, answer by answer.
    let check = |answers: Vec<Value>, reason: &str, column: &str| {
        let (found, problem) = send(&said(answers));
        assert_eq!((found, problem["reason"].as_str()), (422, Some(reason)), "{problem}");
        let error = &problem["errors"][0];
        assert_eq!((error["line"].as_i64(), error["column"].as_str()), (Some(1), Some(column)), "{problem}");
    };
    check(vec![one(50, "PRV_ASTI", "2026-03", 0)], "MARK_OUT_OF_RANGE", "mark");
    check(vec![one(50, "NAZ", "2026-03", 3)], "STRUCTURE_NOT_A_LEAF", "structure");
    check(vec![one(50, "PRV_ASTI", "2021-03", 3)], "SURVEY_UNKNOWN", "survey");
    check(vec![one(50, "PRV_ASTI", "marzo", 3)], "PERIOD_MALFORMED", "month");
    check(vec![one(0, "PRV_ASTI", "2026-03", 3), one(-1, "PRV_ASTI", "2026-03", 3)], "NUMBER", "number");
    let refused = |body: Value, reason: &str| {
        let (status, problem) = send(&body);
        assert_eq!((status, problem["reason"].as_str()), (400, Some(reason)), "{problem}");
    };
    refused(serde_json::json!({"origin": "web", "provenance": "certain", "answers": []}), "PARAMETER_MALFORMED");
    refused(serde_json::json!({"origin": "web", "provenance": "submitted", "answers": [{"number": 1}]}), "BODY_MALFORMED");
    let mut named = one(60, "PRV_ASTI", "2026-03", 3);
    named["name"] = "Mario Rossi".into();
    refused(said(vec![named]), "BODY_MALFORMED");
    let document = system.json("/openapi.json");
    assert!(document["paths"]["/api/v1/quality/answers"]["post"].is_object(), "it is described");
    assert!(document["components"]["schemas"]["NewAnswers"].is_object(), "and what it takes");
}

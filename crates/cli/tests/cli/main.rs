//! The commands against services that speak the real contracts over loopback, and the program itself for its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unnecessary_wraps,
    reason = "a test that cannot go on has failed; fakes answer like services"
)]

mod fakes;

use std::{
    fmt::Write,
    process::{Command as Process, Output},
};

use clap::Parser;
use piramide_cli::{Answer, actuals, arguments::Arguments, failure::Failure};
use piramide_contracts::{columns, ledger::submit_batch_request::Part};
use piramide_measure::decimal;

use crate::fakes::Fakes;

async fn answer(fakes: &Fakes, line: &str) -> Result<Answer, Failure> {
    let words = line.split(' ').map(str::to_owned).chain(fakes.addresses());
    piramide_cli::run(Arguments::try_parse_from(["piramide".to_owned()].into_iter().chain(words)).unwrap()).await
}

fn messages(answer: &Answer) -> String {
    answer.failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn bundled_results_are_sent_in_order_and_replays_change_nothing() {
    let fakes = Fakes::start().await;
    let first = answer(&fakes, "import --bundled 2020").await.unwrap();
    // The order counts among those of a domain, and they are told in that of the list.
    let batches = actuals::of_year("2020").unwrap();
    let mut expected: Vec<_> = batches.iter().map(|batch| (batch.domain.name, batch.id.clone())).collect();
    let told: Vec<_> = first.json["items"].as_array().unwrap().iter().map(|item| item["batch_id"].as_str().unwrap()).collect();
    assert_eq!(told, expected.iter().map(|(_, id)| id).collect::<Vec<_>>());
    expected.sort_by_key(|(domain, _)| *domain);
    let domain_of = |id: &String| batches.iter().find(|batch| batch.id == *id).unwrap().domain.name;
    let recorded = || {
        let mut recorded: Vec<_> = fakes.recorded().into_iter().map(|id| (domain_of(&id), id)).collect();
        recorded.sort_by_key(|(domain, _)| *domain);
        recorded
    };
    assert_eq!(recorded(), expected);
    let replayed = |answer: &Answer| answer.json["items"].as_array().unwrap().iter().filter(|item| item["replayed"] == true).count();
    assert_eq!((replayed(&first), first.failures.len()), (0, 0));
    let second = answer(&fakes, "import --bundled 2020").await.unwrap();
    assert_eq!(replayed(&second), expected.len());
    assert!(second.text.contains("già presente"), "{}", second.text);
    assert_eq!(recorded(), expected, "nothing was recorded twice");
}

/// The rows of a batch are on their way while the one before is recorded; it must not be committed when that is refused.
#[tokio::test]
async fn nothing_after_a_refused_batch_is_recorded() {
    let fakes = Fakes::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::new();
    // The refused one is long, so that the short one after it has all the time to overtake it.
    let finance = [("first", "FLOWS", 1), ("second", "REFUSED", 20_000), ("third", "FLOWS", 1), ("fourth", "FLOWS", 1)];
    let quality = [("beside-1", "Q_OTHER", 1), ("beside-2", "Q_OTHER", 1), ("beside-3", "Q_OTHER", 1)];
    for (domain, subject, batches) in [("finance", "item", finance.as_slice()), ("quality", "measure", &quality)] {
        for (id, code, rows) in batches {
            let table = format!("structure,{subject},period,amount\n{}", format!("NAZ_NA,{code},2020,1\n").repeat(*rows));
            std::fs::write(folder.path().join(format!("{id}.csv")), table).unwrap();
            write!(
                list,
                "[[batch]]\nfile = \"{id}.csv\"\ndomain = \"{domain}\"\nid = \"{id}\"\nprovenance = \"submitted\"\nnote = \"\"\nrows = {rows}\n"
            )
            .unwrap();
        }
    }
    let path = folder.path().join("batches.toml");
    std::fs::write(&path, list).unwrap();
    let answer = answer(&fakes, &format!("import --list {}", path.display())).await.unwrap();
    let mut recorded = fakes.recorded();
    assert!(recorded.iter().any(|id| id == "first") && !recorded.iter().any(|id| id == "third" || id == "fourth"), "{recorded:?}");
    // However far the other domain had come: what is recorded is told.
    let mut told: Vec<_> = answer.json["items"].as_array().unwrap().iter().map(|item| item["batch_id"].as_str().unwrap()).collect();
    told.sort_unstable();
    recorded.sort_unstable();
    assert_eq!(told, recorded);
    assert!(messages(&answer).contains("\"REFUSED\" is not an item"), "{}", messages(&answer));
}

#[tokio::test]
async fn a_file_goes_with_what_the_command_line_says_of_it() {
    let fakes = Fakes::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "structure;item;period;amount\nNAZ_NA;FLOWS;2020;1.234,5\n").unwrap();
    let line = format!(
        "import {} --domain finance --provenance submitted --id a1 --origin SIMP --reason errata --dialect italian",
        file.display()
    );
    let answer = answer(&fakes, &line).await.unwrap();
    assert_eq!(answer.json["items"][0]["provenance"], "submitted");
    let (header, rows) = fakes.submitted("a1");
    assert_eq!((header.origin.as_str(), header.reason.as_str()), ("SIMP", "errata"));
    assert_eq!(rows[0].quantities[0].value.as_ref().unwrap().value, "1234.5");
}

#[tokio::test]
async fn a_refused_file_lists_row_field_and_cause() {
    let fakes = Fakes::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "structure,item,period,amount\nNAZ_NA,REFUSED,2020,1\n").unwrap();
    let line = format!("import {} --domain finance --provenance submitted --id a1 --origin me", file.display());
    let failure = answer(&fakes, &line).await.unwrap_err();
    assert_eq!(failure.exit_code(), 1);
    assert!(failure.to_string().contains("row 2, item: \"REFUSED\" is not an item"), "{failure}");
    std::fs::write(&file, "structure;item;period;amount\n").unwrap();
    let failure = answer(&fakes, &line).await.unwrap_err();
    assert!(matches!(&failure, Failure::Table { errors, .. } if errors.len() == 3), "{failure}");
}

#[tokio::test]
async fn figures_are_italian_for_people_and_exact_for_machines() {
    let fakes = Fakes::start().await;
    let card = answer(&fakes, "scorecard --period 2020 --domain production").await.unwrap();
    assert!(card.text.contains("24.876.384,67 €"), "{}", card.text);
    assert!(card.text.contains("-3.333,33 €"), "a deviation says what it counts: {}", card.text);
    assert_eq!(card.json["items"][0]["deviation_unit"], "euro");
    assert!(card.json["items"][1]["deviation_unit"].is_null());
    assert!(card.text.contains("no data for NAZ in 2020"), "a missing measure says why: {}", card.text);
    assert_eq!(card.json["items"][0]["actual"], "24876384.666666666667");
    assert_eq!(card.json["items"][1]["actual"], serde_json::Value::Null);
    let explained = answer(&fakes, "explain production.clearance_ratio --period 2020").await.unwrap();
    assert!(
        explained.text.contains(
            "Deflusso = 1,01\n  formula: definito / pervenuto\n  Definito = 101 pezzi  [lotto b1, NAZ_NA P 2020 completed, ricostruito]"
        ),
        "{}",
        explained.text
    );
    assert_eq!(explained.json["nodes"][1]["parent"], 0);
}

#[tokio::test]
async fn the_pyramid_is_indented_and_says_who_was_away() {
    let fakes = Fakes::start().await;
    let pyramid = answer(&fakes, "pyramid --period 2020").await.unwrap();
    assert!(pyramid.text.contains("\nIndice "), "{}", pyramid.text);
    assert!(pyramid.text.contains("\n  Strategica "), "{}", pyramid.text);
    assert!(pyramid.text.contains("\n    Ricorsi "), "{}", pyramid.text);
    assert_eq!(pyramid.failures.len(), 1);
    assert!(messages(&pyramid).contains("quality does not answer"), "{}", messages(&pyramid));
}

#[tokio::test]
async fn one_domain_away_does_not_hide_the_others() {
    let mut fakes = Fakes::start().await;
    fakes.without("finance");
    let card = answer(&fakes, "scorecard --period 2020").await.unwrap();
    assert!(card.json["items"].as_array().unwrap().len() >= 4);
    assert_eq!(card.failures.len(), 1);
    assert_eq!(card.failures[0].exit_code(), 3);
    assert!(messages(&card).contains("finance does not answer at http://127.0.0.1:"), "{}", messages(&card));
    let status = answer(&fakes, "status --samples 3").await.unwrap();
    let ready = |name: &str| status.json["items"].as_array().unwrap().iter().find(|item| item["domain"] == name).unwrap()["ready"].clone();
    assert_eq!((ready("quality"), ready("finance")), (true.into(), false.into()));
}

#[tokio::test]
async fn an_altered_chain_is_a_failure() {
    let fakes = Fakes::start().await;
    let intact = answer(&fakes, "verify --domain production").await.unwrap();
    assert!(intact.failures.is_empty() && intact.text.contains("integro"), "{}", intact.text);
    let altered = answer(&fakes, "verify --domain workforce").await.unwrap();
    assert!(altered.text.contains("ALTERATO"), "{}", altered.text);
    assert_eq!(messages(&altered), "workforce: the chain does not fit from sequence 7: the hash of batch b7 is another");
    assert_eq!(altered.failures[0].exit_code(), 1);
}

#[tokio::test]
async fn a_ledger_that_is_not_the_witnesss_is_a_failure() {
    let fakes = Fakes::start().await;
    let hash = fakes::hash;
    let held = async |known: &[(&str, i64, String)]| {
        let known: Vec<String> = known.iter().map(|(domain, sequence, hash)| format!(" --known {domain}:{sequence}:{hash}")).collect();
        answer(&fakes, &format!("verify --domain production{}", known.concat())).await
    };
    let intact = held(&[("production", 2, hash(2)), ("production", 4, hash(4)), ("production", 7, hash(7).to_uppercase())]).await.unwrap();
    assert!(intact.failures.is_empty(), "{}", messages(&intact));
    assert!(intact.text.ends_with(&format!("--known:\n  production:7:{}\n", hash(7))), "{}", intact.text);
    assert_eq!(intact.json["known"][1]["recorded"], hash(4));
    for (sequence, expected) in [(2, format!("the hash is {} at sequence 2", hash(2))), (8, "nothing is recorded at sequence 8".to_owned())]
    {
        let other = held(&[("production", sequence, hash(9)), ("production", 4, hash(4))]).await.unwrap();
        assert_eq!((other.failures.len(), other.failures[0].exit_code()), (1, 1), "{}", messages(&other));
        assert!(messages(&other).contains(&expected), "{}", messages(&other));
    }
    let elsewhere = held(&[("finance", 2, hash(2))]).await.unwrap_err();
    assert_eq!(elsewhere.exit_code(), 2, "{elsewhere}");
}

#[tokio::test]
async fn closings_are_made_in_every_domain_and_listed() {
    let fakes = Fakes::start().await;
    let closed = answer(&fakes, "close 2020-IV --period 2020-Q4 --author me").await.unwrap();
    assert_eq!(closed.json["items"].as_array().unwrap().len(), 4);
    assert_eq!(closed.json["items"][0]["period"], "2020-Q4");
    let listed = answer(&fakes, "closings --domain quality").await.unwrap();
    assert!(listed.text.contains("2020-IV") && listed.text.contains("31/12/2020 23:59 UTC"), "{}", listed.text);
    let batches = answer(&fakes, "batches --domain quality").await.unwrap();
    assert_eq!(batches.json["items"].as_array().unwrap().len(), 3, "every page is asked for");
}

#[tokio::test]
async fn feeds_say_which_numbers_are_missing() {
    let fakes = Fakes::start().await;
    let feeds = answer(&fakes, "feeds --domain production").await.unwrap();
    assert_eq!(feeds.json["items"].as_array().unwrap().len(), 2, "every page is asked for");
    assert_eq!(feeds.json["items"][0]["gaps"], serde_json::json!([{ "first": 3, "last": 4 }]));
    assert!(feeds.text.lines().any(|line| line.contains("archivio") && line.trim_end().ends_with("3-4")), "{}", feeds.text);
}

#[test]
fn bundled_files_say_what_their_list_says() {
    assert_eq!(actuals::years(), ["2020"]);
    for batch in actuals::of_year("2020").unwrap() {
        let name = &batch.id;
        let (mut header, mut rows) = (None, Vec::new());
        for message in batch.messages {
            match message.part.unwrap() {
                Part::Header(of_batch) => header = Some(of_batch),
                Part::Rows(more) => rows.extend(more.rows),
                Part::Columns(more) => rows.extend(columns::rows(&more).unwrap()),
                Part::Commit(commit) => assert_eq!(commit.rows, batch.rows, "{name}"),
            }
        }
        let header = header.unwrap();
        assert_eq!(header.control_rows, Some(rows.len().try_into().unwrap()), "{name}");
        assert!(!header.control_totals.is_empty() && !header.note.is_empty(), "{name}");
        for total in &header.control_totals {
            let values = rows.iter().flat_map(|row| &row.quantities).filter(|quantity| quantity.name == total.name);
            let sum: piramide_measure::Decimal =
                values.map(|quantity| decimal::parse(&quantity.value.as_ref().unwrap().value).unwrap()).sum();
            let declared = decimal::parse(&total.value.as_ref().unwrap().value).unwrap();
            assert_eq!(sum, declared, "{name}: {}", total.name);
        }
    }
    assert!(actuals::of_year("1999").unwrap_err().to_string().contains("only of 2020"));
}

/// The program itself, with nobody to answer.
fn program(arguments: &[&str]) -> Output {
    Process::new(env!("CARGO_BIN_EXE_piramide")).args(arguments).arg("--production-url=http://127.0.0.1:9").output().unwrap()
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = String::from_utf8(program(&["--help"]).stdout).unwrap();
    assert!(help.contains("3  a service does not answer"), "{help}");
    for (arguments, code) in [
        (&["batches", "--domain", "production"][..], 3),
        (&["explain", "nothing.known", "--period", "2020"], 2),
        (&["scorecard"], 2),
        (&["import", "/nowhere.csv", "--domain", "finance", "--provenance", "submitted", "--id", "a", "--origin", "b"], 2),
        (&["--version"], 0),
    ] {
        let output = program(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

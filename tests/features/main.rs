//! The scenarios in Italian (`*.feature`), played against the real services: what an expert of the domain can read and extend.
//!
//! Every file is one test, so that they are counted with all others. A scenario has a region of its own (offices A, B and C) in one system
//! with the plan of the folder `piano`, so that no scenario sees another's facts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod plan;
mod steps;
mod words;

use std::path::Path;

use gherkin::{Feature, GherkinEnv, Scenario, Step};

use crate::steps::Stage;

/// Plays a file: every scenario, and every row of its examples; says all that failed.
fn play(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("features").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let feature = Feature::parse(text, GherkinEnv::new("it").unwrap()).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (mut played, mut failures) = (0, Vec::new());
    for scenario in &feature.scenarios {
        for (name, steps) in instances(&feature, scenario) {
            played += 1;
            let mut stage = Stage::new();
            for step in steps {
                if let Err(why) = stage.play(&step) {
                    failures.push(format!("{file}:{}: {name}\n    {}{}\n    {why}", step.position.line, step.keyword, step.value));
                    break;
                }
            }
        }
    }
    assert!(played > 0, "{file} has no scenarios");
    assert!(failures.is_empty(), "{} of {played} scenarios failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// A scenario with its background; an outline once for every row of its examples.
fn instances(feature: &Feature, scenario: &Scenario) -> Vec<(String, Vec<Step>)> {
    let background = feature.background.iter().flat_map(|background| background.steps.clone());
    let steps: Vec<Step> = background.chain(scenario.steps.clone()).collect();
    let tables: Vec<_> = scenario.examples.iter().filter_map(|examples| examples.table.as_ref()).collect();
    if tables.is_empty() {
        return vec![(scenario.name.clone(), steps)];
    }
    let mut found = Vec::new();
    for table in tables {
        let (head, rows) = table.rows.split_first().expect("examples have a head");
        for row in rows {
            let filled =
                |text: &str| head.iter().zip(row).fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value));
            let instance = steps.iter().cloned().map(|mut step| {
                step.value = filled(&step.value);
                if let Some(table) = &mut step.table {
                    table.rows.iter_mut().flatten().for_each(|cell| *cell = filled(cell));
                }
                step
            });
            found.push((format!("{} ({})", scenario.name, row.join(", ")), instance.collect()));
        }
    }
    found
}

#[test]
fn convenzioni() {
    play("convenzioni.feature");
}

#[test]
fn numeri_e_periodi() {
    play("numeri_e_periodi.feature");
}

#[test]
fn piani() {
    play("piani.feature");
}

#[test]
fn qualita() {
    play("qualita.feature");
}

#[test]
fn incentivi() {
    play("incentivi.feature");
}

#[test]
fn produzione() {
    play("produzione.feature");
}

#[test]
fn finanza_e_personale() {
    play("finanza_e_personale.feature");
}

#[test]
fn voce_degli_utenti() {
    play("voce_degli_utenti.feature");
}

#[test]
fn feedback_istantaneo() {
    play("feedback_istantaneo.feature");
}

#[test]
fn impatto() {
    play("impatto.feature");
}

/// A file that no test plays would rot unseen.
#[test]
fn every_file_is_played() {
    let source = include_str!("main.rs");
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("features")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".feature") {
            assert!(source.contains(&format!("play(\"{name}\")")), "{name} is played by no test of features/main.rs");
        }
    }
}

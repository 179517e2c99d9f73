//! What is part of what: how it is read, and how it is refused.

use piramide_plan::Plan;

use crate::support::{bundled, plan, put, small};

const HEAD: &str = "measure,whole,note\n";

/// The small plan has EMPLOYEES and AGILE, which are persons, and no share.
#[track_caller]
fn refused(rows: &str, expected: &str) {
    let files = put(small(), [("wholes.csv", &format!("{HEAD}{rows}\n"))]);
    let errors = Plan::from_files(&files).expect_err("it is refused").to_string();
    assert!(errors.contains(expected), "{errors}");
}

#[test]
fn a_part_is_one_of_a_measure_counted_alike_or_a_share() {
    let files = put(small(), [("wholes.csv", &format!("{HEAD}AGILE,EMPLOYEES,\n"))]);
    let plan = plan(&files);
    let pairs = |measure: &str| plan.wholes().with(measure).map(|(part, whole)| format!("{part} in {whole}")).collect::<Vec<_>>();
    assert_eq!(pairs("AGILE"), ["AGILE in EMPLOYEES"]);
    assert_eq!(pairs("EMPLOYEES"), ["AGILE in EMPLOYEES"], "what changes the whole is looked at too");
    assert_eq!(pairs("CARE"), Vec::<String>::new());
    assert!(!plan.wholes().is_share("AGILE"));

    refused("NOBODY,EMPLOYEES,", "wholes.csv:2 (measure): ");
    refused("AGILE,NOBODY,", "wholes.csv:2 (whole): ");
    refused("AGILE,AGILE,", "wholes.csv:2 (whole): ");
    refused("AGILE,CARE,", "wholes.csv:2 (whole): ");
    refused("AGILE,,", "wholes.csv:2 (measure): ");
    refused("AGILE,EMPLOYEES,\nAGILE,EMPLOYEES,again", "wholes.csv:3 (measure): ");
}

#[test]
fn the_bundled_plans_say_what_is_part_of_what() {
    for name in ["inps-2020", "inps-2021", "inps-2026"] {
        let plan = bundled(name);
        assert_eq!(plan.wholes().iter().count(), 5, "{name}");
        assert!(plan.wholes().is_share("SMART_WORKERS_SHARE"), "{name}");
        assert!(!plan.wholes().is_share("WORKS_REALISATION"), "more than planned may be done");
    }
}

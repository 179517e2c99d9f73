//! Services that must not start: what they are told to work with is wrong, and they say what and where.

use piramide_tests::{Edit, System, plans};

/// A service must not start with the plan so changed, and say these lines.
#[track_caller]
fn refused(service: &str, edits: &[Edit], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let plans = plans(folder.path(), edits).display().to_string();
    let store = format!("sqlite:{}", folder.path().join("facts.db").display());
    let mut arguments = vec!["--listen", "127.0.0.1:0", "--http-listen", "off", "--plans", &plans];
    if service != "public-value" {
        arguments.extend(["--store", &store]);
    }
    let (status, said) = System::ended(service, &arguments);
    assert_eq!(status.code(), Some(1), "{said}");
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(lines.len(), expected.len(), "{said}");
    for (line, expected) in lines.into_iter().zip(expected) {
        assert!(line.starts_with(expected), "{expected:?} is not what it says: {said}");
    }
}

#[test]
fn a_plan_with_several_faults_is_refused_with_each_of_them() {
    let edits = [
        ("objectives.csv", ",Indice di giacenza,indicator,,30,", ",Indice di giacenza,indicator,,31,"),
        ("objectives.csv", ",,30,production.clearance_ratio,", ",,30,production.luck,"),
        (
            "structures.csv",
            "PRV_ASTI,Asti,province,REG_PIEMONTE,,,,,",
            "PRV_ASTI,Asti,province,REG_PIEMONTE,,2021-06,,,\nPRV_ASTI,Asti,province,REG_LIGURIA,2021-06,,,,",
        ),
        ("structures.csv", "PRV_BIELLA,Biella,province,REG_PIEMONTE,", "PRV_BIELLA,Biella,province,PRV_NOVARA,"),
        ("structures.csv", "PRV_NOVARA,Novara,province,REG_PIEMONTE,", "PRV_NOVARA,Novara,province,PRV_BIELLA,"),
    ];
    for service in ["production", "public-value"] {
        let complaint = format!("piramide-{service}: the plans cannot be used: the plan is refused, reasons: 4");
        let expected = [
            complaint.as_str(),
            "inps-2021/structures.csv:28 (valid_from): PRV_ASTI is already valid in these months by line 27: end that row before this one begins",
            "inps-2021/structures.csv:30 (parent): is its own ancestor: PRV_NOVARA > PRV_BIELLA > PRV_NOVARA",
            "inps-2021/objectives.csv:30 (indicator): there is no indicator production.luck in indicators.csv: correct the code or add it there",
            "inps-2021/objectives.csv:28 (weighting): the weights under public_value.strategic.d sum to 101, they must sum to 100",
        ];
        refused(service, &edits, &expected);
    }
}

#[test]
fn a_plan_that_asks_for_a_method_that_nobody_has_is_refused() {
    let edit = ("indicators.csv", "lower_is_better,backlog_days,FLOW_TOTAL,", "lower_is_better,astrology,FLOW_TOTAL,");
    let expected = [
        "piramide-production: the plans cannot be used: the plan is refused, reasons: 1",
        "inps-2021/indicators.csv:20 (method): \"astrology\" is not one of: homogenised_points, plan_realisation, ",
    ];
    refused("production", &[edit], &expected);
}

//! Folders, versions, and which plan answers.

use std::{collections::BTreeMap, fs, path::Path};

use piramide_plan::{Plan, Plans, UnknownPlan};

use crate::support::{Files, edited, plan, small};

fn write(folder: &Path, files: &Files, names: &mut dyn Iterator<Item = &String>) {
    fs::create_dir_all(folder).unwrap();
    for name in names {
        fs::write(folder.join(name), &files[name]).unwrap();
    }
}

#[test]
fn the_version_is_the_same_wherever_the_files_come_from() {
    let files = small();
    let folder = tempfile::tempdir().unwrap();
    let (forward, backward) = (folder.path().join("forward"), folder.path().join("backward"));
    write(&forward, &files, &mut files.keys());
    write(&backward, &files, &mut files.keys().rev());
    fs::write(backward.join(".swap"), "an editor's").unwrap();
    let versions = [Plan::load(&forward).unwrap(), Plan::load(&backward).unwrap(), plan(&files)].map(|plan| plan.version().to_owned());
    assert!(versions.iter().all(|version| *version == versions[0]), "{versions:?}");
    let (name, hash) = versions[0].split_once('@').unwrap();
    assert_eq!((name, hash.len()), ("small", 12));
    assert!(hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
}

#[test]
fn any_change_is_another_version() {
    let version = |files: &Files| plan(files).version().to_owned();
    let changes = [
        ("plan.toml", "una nota", "una nota."),
        ("structures.csv", "Regione A", "Regione a"),
        ("coefficients.csv", "1.5000", "1.50"),
        ("targets.csv", "un quarto", "un Quarto"),
        ("objectives.csv", "Giacenza", "Giacenze"),
    ];
    let mut versions: Vec<String> = changes.iter().map(|(file, from, to)| version(&edited(file, from, to))).collect();
    versions.push(version(&small()));
    let mut distinct = versions.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), versions.len(), "{versions:?}");
}

#[test]
fn the_head_of_a_plan_is_kept() {
    let plan = plan(&small());
    assert_eq!((plan.name(), plan.title(), plan.reason()), ("small", "Piano di prova", "prova"));
    assert_eq!((plan.approved_by(), plan.approved_on()), ("Consiglio di amministrazione", "2021-03-24"));
    assert_eq!(plan.notes(), ["una nota"]);
    for (period, expected) in
        [("2021", true), ("2021-13", true), ("2021-01", true), ("2020-12", false), ("2022-Q1", false), ("2021-12-ytd", true)]
    {
        assert_eq!(plan.in_force(period.parse().unwrap()), expected, "{period}");
    }
}

/// The small plan under another name, validity or day of approval.
fn plan_of(name: &str, first: &str, last: &str, approved: &str) -> Plan {
    let mut files = edited("plan.toml", "\"small\"", &format!("\"{name}\""));
    let text = String::from_utf8(files["plan.toml"].clone()).unwrap();
    let text = text.replace("2021-01\"", &format!("{first}\"")).replace("2021-13", last).replace("2021-03-24", approved);
    files.insert("plan.toml".to_owned(), text.into_bytes());
    plan(&files)
}

#[test]
fn a_later_plan_is_a_change_of_the_earlier() {
    let (whole, second) = (plan_of("p", "2021-01", "2021-13", "2021-03-24"), plan_of("p", "2021-07", "2021-13", "2021-06-30"));
    let corrected = plan_of("p", "2021-01", "2021-13", "2021-04-01");
    let version = whole.version().to_owned();
    let plans = Plans::default().with([second.clone(), whole, corrected.clone(), second.clone()]);
    assert_eq!(plans.iter().count(), 3, "one version is kept once");
    let in_force = |period: &str| plans.in_force(period.parse().unwrap()).map(|plan| plan.version());
    assert_eq!(in_force("2021-06"), Some(corrected.version()), "of two that begin together, the one approved later");
    assert_eq!(in_force("2021-07"), Some(second.version()));
    assert_eq!(in_force("2021"), Some(second.version()), "a year is judged by the plan at its end");
    assert_eq!(in_force("2020"), None);
    assert_eq!(plans.get("p").map(|plan| plan.version()), Some(second.version()), "a name alone means the newest");
    assert_eq!(plans.get(&version).map(|plan| plan.version()), Some(version.as_str()));
}

#[test]
fn a_question_finds_its_plan_or_learns_which_there_are() {
    let plans = Plans::default()
        .with([plan_of("p-2020", "2020-01", "2020-13", "2020-03-24"), plan_of("p-2021", "2021-01", "2021-13", "2021-03-24")]);
    let chosen =
        |name: &str, period: Option<&str>| plans.choose(name, period.map(|period| period.parse().unwrap())).map(|plan| plan.name());
    assert_eq!(chosen("", Some("2020-Q3")), Ok("p-2020"));
    assert_eq!(chosen("p-2021", Some("2020")), Ok("p-2021"));
    assert_eq!(chosen("", None), Ok("p-2021"));
    let known = || "p-2020, p-2021".to_owned();
    assert_eq!(chosen("", Some("2019")), Err(UnknownPlan::NotInForce { period: "2019".parse().unwrap(), known: known() }));
    assert_eq!(chosen("p-2022", None), Err(UnknownPlan::Name { name: "p-2022".into(), known: known() }));
    assert_eq!(Plans::default().choose("", None).map(|plan| plan.name().to_owned()), Err(UnknownPlan::NonePresent));
}

#[test]
fn a_folder_of_packages_is_read_whole_or_refused_with_every_fault_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let empty = Plans::load_folder(folder.path()).unwrap_err();
    assert!(empty.to_string().contains("holds no package"), "{empty}");

    let packages: BTreeMap<&str, Files> = BTreeMap::from([
        ("one", small()),
        ("two", edited("plan.toml", "\"small\"", "\"other\"")),
        ("ten", edited("plan.toml", "\"small\"", "\"ten\"")),
    ]);
    for (name, files) in &packages {
        write(&folder.path().join(name), files, &mut files.keys());
    }
    let plans = Plans::load_folder(folder.path()).unwrap();
    assert_eq!(plans.iter().count(), 3);

    let broken = edited("items.csv", "IEEP,1,30", "IEEP,1,31");
    for name in ["one", "two"] {
        write(&folder.path().join(name), &broken, &mut broken.keys());
    }
    let errors = Plans::load_folder(folder.path()).unwrap_err();
    let places: Vec<&str> = errors.0.iter().map(|error| error.place.file.as_str()).collect();
    assert_eq!(places, ["one/items.csv", "two/items.csv"], "{errors}");
}

#[test]
fn of_plans_that_begin_together_the_last_approved_is_in_force() {
    let days = ["2021-04-03", "2021-04-07", "2021-04-01", "2021-04-06", "2021-04-04", "2021-04-02", "2021-04-05"];
    let plans = Plans::default().with(days.map(|day| plan_of("p", "2021-01", "2021-13", day)));
    assert_eq!(plans.in_force("2021".parse().unwrap()).map(|plan| plan.approved_on()), Some("2021-04-07"));
    assert!(plans.iter().map(|plan| plan.approved_on()).is_sorted());
}

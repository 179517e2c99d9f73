//! Targets that are printed structure by structure, against the print: each of its rows, and nothing beside them.

use std::{collections::BTreeMap, path::Path};

use piramide_measure::{Exact, Month, Period};
use piramide_plan::{Plan, StructureKind, TargetPeriod};

use crate::support::bundled;

/// The columns of Tabella A, in its order, and the rows of the catalogue that they judge.
const AREAS: [&str; 4] = ["BENEFITS", "INDIVIDUAL_ACCOUNT_AREA", "FLOWS", "OTHER_AREAS"];

/// Targets as they are printed, by structure.
type Printed = BTreeMap<String, Exact>;

/// A column of a table as it is printed, by the structure in the first.
fn printed(table: &str, column: usize) -> Printed {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/2021").join(table);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect();
    let printed: Printed = rows.iter().map(|row| (row[0].to_owned(), Exact::parse(&row[column]).unwrap())).collect();
    assert_eq!(printed.len(), rows.len(), "a structure stands twice");
    printed
}

/// What the plan sets for an indicator, by structure: all of it for the year.
fn set(plan: &Plan, indicator: &str) -> Printed {
    let targets = plan.targets().of_indicator(indicator).map(|(structure, period, target)| {
        assert_eq!(period, TargetPeriod::Year, "{indicator} of {structure}");
        (structure.to_owned(), target.value.clone())
    });
    targets.collect()
}

/// Allegato tecnico, Tabella A: the backlog index of every province, metropolitan branch, region and coordination, and of the nation.
#[test]
fn tabella_a_is_as_printed_in_every_structure() {
    let plan = bundled("inps-2021");
    for (column, area) in (1..).zip(AREAS) {
        let table = printed("backlog_targets.csv", column);
        assert_eq!(table.len(), 140, "104 provinces, 12 branches, 20 regions, 3 coordinations, the nation");
        assert_eq!(set(&plan, &format!("production.backlog_days.{area}")), table, "{area}");
    }
}

/// The print holds together: what a region has to reach lies within what its offices have to.
#[test]
fn in_tabella_a_each_region_lies_within_its_offices() {
    let (plan, december) = (bundled("inps-2021"), Month::new(2021, 12).unwrap());
    for (column, area) in (1..).zip(AREAS) {
        let days = printed("backlog_targets.csv", column);
        let mut offices_seen = 0;
        for region in days.keys().filter(|code| code.starts_with("REG_") || code.starts_with("DCM_")) {
            let children = plan.structures().children(region, december).into_iter();
            let offices: Vec<&Exact> =
                children.filter(|office| office.kind != StructureKind::RegionalOffice).map(|office| &days[&office.code]).collect();
            offices_seen += offices.len();
            let (least, most) = (offices.iter().min().unwrap(), offices.iter().max().unwrap());
            assert!(*least <= &days[region] && &days[region] <= *most, "{area} of {region}");
        }
        assert_eq!(offices_seen, 116, "104 provinces and 12 branches");
    }
}

/// Allegato tecnico, slide 13 and Prospettiva Processi: appeals, weighted backlog. Valle d'Aosta is not printed, nor is the nation.
#[test]
fn the_backlog_of_appeals_is_as_printed_in_every_structure() {
    let table = printed("appeals_targets.csv", 2);
    assert_eq!(table.len(), 25, "19 regions, 3 coordinations, 3 directorates");
    assert_eq!(set(&bundled("inps-2021"), "production.appeals_weighted_backlog"), table);
}

/// Allegato tecnico, slide 9: "l'obiettivo, misurato a livello regionale o di coordinamento metropolitano, è fissato, per tutte le strutture
/// produttive, a 20 punti". It is set for all and measured there, so an office has no target of its own.
#[test]
fn process_control_has_its_target_where_it_is_measured() {
    let plan = bundled("inps-2021");
    let measured = plan.structures().iter().filter(|structure| structure.code.starts_with("REG_") || structure.code.starts_with("DCM_"));
    let expected: Printed = measured.map(|structure| (structure.code.clone(), Exact::from(20))).collect();
    assert_eq!(expected.len(), 23, "20 regions and 3 coordinations");
    assert_eq!(set(&plan, "production.process_control"), expected);
    assert!(plan.target("production.process_control", "PRV_TORINO", Period::Year(2021)).is_none());
}

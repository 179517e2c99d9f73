//! Structures through time.

use piramide_measure::Month;
use piramide_plan::Structures;

use crate::support::{edited, plan, replaced, small, text};

fn month(year: u16, number: u8) -> Month {
    Month::new(year, number).unwrap()
}

fn codes(found: &[&piramide_plan::Structure]) -> Vec<String> {
    found.iter().map(|structure| structure.code.clone()).collect()
}

fn above(structures: &Structures, code: &str, at: Month) -> Vec<String> {
    codes(&structures.ancestors(code, at).collect::<Vec<_>>())
}

#[test]
fn an_office_that_moves_keeps_its_past() {
    let plan = plan(&small());
    let structures = plan.structures();
    assert_eq!(above(structures, "PRV_X", month(2021, 6)), ["REG_A", "NAZ"]);
    assert_eq!(above(structures, "PRV_X", month(2021, 7)), ["REG_B", "NAZ"]);
    assert_eq!(codes(&structures.children("REG_A", month(2021, 6))), ["PRV_X"]);
    assert!(structures.children("REG_A", month(2021, 7)).is_empty());
    assert_eq!(codes(&structures.descendants("NAZ", month(2021, 7))), ["NAZ", "REG_A", "REG_B", "PRV_X"]);
    assert_eq!(structures.get("PRV_X").unwrap().parent.as_deref(), Some("REG_B"), "without a month, as last known");
    assert!(structures.descendants("NOWHERE", month(2021, 7)).is_empty());
    assert_eq!(structures.codes().filter(|code| *code == "PRV_X").count(), 1, "named once, whatever its rows");
    assert_eq!(structures.codes().next(), Some("NAZ"), "in the order of the plan");
}

/// Month 13 closes the books of December: whoever was there in December is there.
#[test]
fn month_13_has_the_offices_of_december() {
    let until_december = edited(
        "structures.csv",
        "REG_A,,2021-06,,,\nPRV_X,Provincia X,province,REG_B,2021-07,",
        "REG_A,,2021-12,,,\nPRV_X,Provincia X,province,REG_B,2022-01,",
    );
    let plan = plan(&until_december);
    for (at, expected) in [(month(2021, 12), "REG_A"), (month(2021, 13), "REG_A"), (month(2022, 1), "REG_B")] {
        assert_eq!(above(plan.structures(), "PRV_X", at), [expected, "NAZ"], "{at}");
    }
}

/// A directorate that is renamed with the new year never ceases to be, so who is under it is not left alone in month 13.
#[test]
fn a_row_that_ends_in_december_hands_over_to_one_that_begins_in_january() {
    let renamed = text("structures.csv")
        .replace("REG_A,Regione A,region,NAZ,,,,,", "REG_A,Regione A,region,NAZ,,2020-12,,,\nREG_A,Regione Alta,region,NAZ,2021-01,,,,");
    let plan = plan(&replaced("structures.csv", renamed));
    let name = |at| plan.structures().at("REG_A", at).map(|structure| structure.name.as_str());
    assert_eq!((name(month(2020, 13)), name(month(2021, 1))), (Some("Regione A"), Some("Regione Alta")));
}

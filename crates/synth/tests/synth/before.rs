//! The year before: it has the days of backlog that are printed of it, leads into the reconstructed year, and leaves that one as it is.

use std::{collections::BTreeMap, path::Path};

use piramide_measure::{Exact, Month};
use piramide_plan::Plans;
use piramide_synth::{Settings, before::DAYS};

use crate::{Facts, MIDDLE, SMALL, calibration::head_months, check_rows, facts, facts_of, files, made};

const TWO_YEARS: [Settings; 2] = [Settings { year_before: true, ..SMALL }, Settings { year_before: true, ..MIDDLE }];

#[test]
fn every_row_balances_and_december_leads_into_january() {
    for settings in TWO_YEARS {
        let (folder, made) = made(settings);
        let (before, year) = (facts_of(folder.path(), "2019"), facts(folder.path()));
        check_rows(&before, made);
        // What there is no row of has nothing waiting.
        let at = |facts: &Facts, month: u8, place: usize| -> BTreeMap<(String, String), i64> {
            let of_month = facts.iter().filter(|((_, _, of), numbers)| *of == month && numbers[place] != 0);
            of_month.map(|((office, product, _), numbers)| ((office.clone(), product.clone()), numbers[place])).collect()
        };
        let (closing, opening) = (at(&before, 12, 7), at(&year, 1, 6));
        assert!(closing.len() > 100 && closing == opening, "every office and product closes as it opens");
    }
}

/// Printed: Piano della performance 2021-2023, Risultati 2020, "Indici di giacenza e deflusso", column of 2019.
fn printed() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/2020/backlog_days.csv");
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    rows.map(|row| (row[0].to_owned(), row[3].to_owned())).collect()
}

#[test]
fn the_days_that_are_aimed_at_are_those_that_are_printed() {
    let printed = printed();
    for (line, days) in DAYS {
        assert!(printed.contains(&(line.to_owned(), days.to_string())), "{line}");
    }
}

#[test]
fn the_printed_days_of_2019_come_out_line_by_line_whatever_the_seed() {
    // Archives are printed with no days, and 2020 opens with some pieces of them. What waits in each line being given, the days of an area are
    // those of its lines together, which benefits and other areas are not printed with. All within a day, by the seed.
    const OTHERS: [(&str, i64, i64); 3] = [("ARCHIVES_SITE", 0, 16), ("BENEFITS", 62, 55), ("OTHER_AREAS", 126, 131)];
    for settings in TWO_YEARS {
        let (folder, _) = made(settings);
        let plans = Plans::load_folder(&folder.path().join("plans")).unwrap();
        let catalogue = plans.get("synth-2019").unwrap().catalogue();
        let mut products: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for ((_, product, month), [received, _, _, _, taken, handed, _, closing]) in facts_of(folder.path(), "2019") {
            let coefficient = catalogue.coefficient_ten_thousandths(&product, Month::new(2019, month).unwrap()).unwrap();
            let (workload, waiting) = products.entry(product).or_default();
            *workload += (received + taken - handed) * coefficient;
            *waiting += if month == 12 { closing * coefficient } else { 0 };
        }
        for (row, printed) in printed().into_iter().filter(|(row, _)| row != "INDIVIDUAL_ACCOUNT_AREA") {
            let node = if ["BENEFITS", "FLOWS", "OTHER_AREAS"].contains(&row.as_str()) { format!("FLOW_{row}") } else { row.clone() };
            let sums = catalogue.products_under(&node).filter_map(|product| products.get(&product.code));
            let (workload, waiting) = sums.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            let days = (Exact::quotient(&waiting.into(), &workload.into()).unwrap() * Exact::from(360)).rounded(0);
            match OTHERS.iter().find(|(other, _, _)| *other == row) {
                Some((_, other, ours)) => {
                    let (printed, days): (i64, i64) = (printed.parse().unwrap(), days.parse().unwrap());
                    assert!(printed == *other && (days - ours).abs() <= 1, "{row} of seed {}: {days}", settings.seed);
                }
                None => assert_eq!(days, printed, "{row} of seed {}", settings.seed),
            }
        }
    }
}

/// Printed: Piano della performance 2021-2023, "Lo stato di salute delle risorse umane": 28,459 people at the end of 2019, 26,310 of 2020.
#[test]
fn there_are_as_many_more_people_as_printed() {
    let (folder, _) = made(TWO_YEARS[0]);
    let plans = Plans::load_folder(&folder.path().join("plans")).unwrap();
    let staff = &plans.get("synth-2019").unwrap().catalogue().staff_product().unwrap().code;
    let [before, year] = ["2019", "2020"].map(|year| head_months(folder.path(), staff, year).rounded(2));
    assert_eq!((before.as_str(), year.as_str()), ("194101.44", "179444.40"));
}

#[test]
fn the_year_itself_is_the_same_bytes() {
    let ((alone, one), (folder, two)) = (made(SMALL), made(TWO_YEARS[0]));
    let (alone, mut both) = (files(alone.path()), files(folder.path()));
    let text = |files: &BTreeMap<String, Vec<u8>>| String::from_utf8(files["facts/batches.toml"].clone()).unwrap();
    let batches = |list: &str| list.split_once("\n\n").unwrap().1.to_owned();
    let (list, list_of_both) = (text(&alone), text(&both));
    let earlier = batches(&list_of_both).strip_suffix(&batches(&list)).expect("2019 goes before all that there is without").to_owned();
    assert_eq!((earlier.matches("[[batch]]").count(), earlier.matches("provenance = \"synthetic\"").count()), (12, 12));
    both.retain(|name, _| alone.contains_key(name));
    both.insert("facts/batches.toml".to_owned(), list.into_bytes());
    assert!(alone == both, "plans and facts are what they are without");
    assert!(two.facts > one.facts && (one.offices, one.products) == (two.offices, two.products));
}

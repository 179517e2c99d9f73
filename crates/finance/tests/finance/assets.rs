//! Assets: the 70/30 rule, securities, and the published targets beside the print.

use std::fmt::Write as _;

use piramide_domain::{Domain, Facts, Incoming};
use piramide_finance::{Finance, assets::assets, facts::QUANTITIES};
use piramide_measure::{Exact, Missing, Period};
use proptest::prelude::*;

use crate::support::{amount_of, exact, in_force, plan, plans, query};

/// Units, and cents of value, that Calabria has disposed of: its targets are 5 units and 350,000 euro.
fn disposed(units: i64, cents: i64) -> Facts {
    in_force(vec![
        amount_of("PRV_COSENZA", 1, "DISPOSAL_UNITS", "2021-05", units * 100),
        amount_of("PRV_COSENZA", 2, "DISPOSAL_VALUE", "2021-05", cents),
    ])
}

fn index(facts: &Facts) -> Result<Exact, Missing> {
    assets(&query(plan("inps-2021"), facts, "REG_CALABRIA", "2021")).own.unwrap().index.actual
}

#[test]
fn the_rule_that_suits_better_counts() {
    assert_eq!(index(&disposed(5, 35_000_000)), Ok(Exact::hundred()), "as asked for");
    assert_eq!(index(&disposed(10, 17_500_000)), Ok(exact("155")), "70 % of 200 and 30 % of 50");
    assert_eq!(index(&disposed(2, 70_000_000)), Ok(exact("152")), "30 % of 40 and 70 % of 200: the other way round");
    assert_eq!(index(&disposed(0, 0)), Ok(Exact::zero()), "nothing disposed of, and it is recorded");
}

#[test]
fn without_one_of_the_two_there_is_no_index() {
    let units_alone = in_force(vec![amount_of("PRV_COSENZA", 1, "DISPOSAL_UNITS", "2021-05", 500)]);
    assert!(matches!(index(&units_alone), Err(Missing::NoData { .. })), "missing is not zero");
    let elsewhere = in_force(vec![
        amount_of("PRV_CAMPOBASSO", 1, "DISPOSAL_UNITS", "2021-05", 500),
        amount_of("PRV_CAMPOBASSO", 2, "DISPOSAL_VALUE", "2021-05", 500),
    ]);
    let molise = assets(&query(plan("inps-2021"), &elsewhere, "REG_MOLISE", "2021")).own.unwrap();
    assert_eq!(molise.units.actual, Ok(exact("5")));
    let Err(Missing::NoInput { input }) = molise.index.actual else { panic!("Molise has no target") };
    assert_eq!(input, "l'obiettivo di Dismissione diretta del patrimonio immobiliare, unità per REG_MOLISE");
}

#[test]
fn errors_fixed_stand_against_their_target_and_who_has_neither_is_left_out() {
    let facts = in_force(vec![amount_of("DR_PUGLIA", 1, "PROPERTY_ERRORS_FIXED", "2021-10", 4_500)]);
    let nation = assets(&query(plan("inps-2021"), &facts, "NAZ", "2021"));
    let puglia = nation.below.iter().find(|below| below.structure.code == "REG_PUGLIA").unwrap();
    assert_eq!((puglia.errors.actual.clone(), puglia.errors.realisation.clone()), (Ok(exact("45")), Some(exact("75"))));
    assert!(nation.below.iter().all(|below| below.structure.code != "CU_CGL"), "no target, no measure");
    assert_eq!(nation.own.unwrap().errors.target, Some(exact("457")));
}

#[test]
fn securities_close_with_what_came_in_and_went_out() {
    let of = |subject: &str, period: &str, cents| amount_of("NAZ_NA", 1, subject, period, cents);
    let facts = in_force(vec![
        of("PROPERTY_FUNDS.increases", "2026-03", 40_000_000_000),
        of("PROPERTY_FUNDS.increases", "2026-09", 11_000_000),
        of("PROPERTY_FUNDS.decreases", "2026-10", 2_000_000_000),
    ]);
    let drawn = assets(&query(plan("inps-2026"), &facts, "NAZ", "2026"));
    let funds = drawn.holdings.iter().find(|holding| holding.security.code == "PROPERTY_FUNDS").unwrap();
    assert_eq!(funds.closing.value, Ok(funds.security.inventory.clone()), "as planned, to the cent");
    assert_eq!(funds.opening.explanation.label, "Fondi Immobiliari: consistenza iniziale, dal piano");
    let shares = drawn.holdings.iter().find(|holding| holding.security.code == "SHARES").unwrap();
    assert!(shares.closing.value.is_err(), "nothing is recorded of the shares: missing, not as planned");
    let reversal = [of("SHARES.increases", "2026-05", -1)];
    let found = Finance.check(&Incoming { facts: &reversal, plans: plans(), quantities: &QUANTITIES }, &Facts::default());
    assert_eq!(found.iter().map(|violation| violation.reason).collect::<Vec<_>>(), ["REVERSAL_WITHOUT_ORIGINAL"]);
}

/// Rows of a printed table, typed from its source: structure or class, and its numbers.
fn printed(text: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        let code = cells.next().unwrap();
        (code, cells.skip(1).collect())
    };
    text.lines().skip(1).map(row).collect()
}

/// A table of printed numbers beside those of the plan.
fn beside(heading: &str, text: &'static str, of: impl Fn(&str, usize) -> Option<Exact>) -> String {
    let mut table = format!("{heading}\n\n{:<46}{:>18}{:>18}{:>12}\n", "", "published", "in the plan", "difference");
    let columns: Vec<&str> = text.lines().next().unwrap().split(',').skip(2).collect();
    for (code, cells) in printed(text) {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let (print, plan) = (exact(cell), of(code, column));
            let difference = plan.as_ref().map_or_else(|| "missing".to_owned(), |plan| (plan - &print).decimal_text(2));
            let plan = plan.map_or_else(|| "-".to_owned(), |plan| plan.decimal_text(2));
            let row = format!("{code} {}", columns[column]);
            writeln!(table, "{row:<46}{cell:>18}{plan:>18}{difference:>12}").unwrap();
        }
    }
    table
}

#[test]
fn the_published_targets_beside_the_print() {
    const FEES: &str = include_str!("../../../../tests/fixtures/squares/legal_fees_2021.csv");
    const DISPOSAL: &str = include_str!("../../../../tests/fixtures/squares/property_disposal_2021.csv");
    const ERRORS: &str = include_str!("../../../../tests/fixtures/squares/gempi_errors_2021.csv");
    let target = |indicator: &str, structure: &str| {
        plan("inps-2021").target(indicator, structure, Period::Year(2021)).map(|reference| reference.target)
    };
    let annex = "Piano della performance 2021-2023, Allegato Tecnico";
    let tables = [
        beside(&format!("{annex}, slide 64: incassi per spese legali, euro"), FEES, |code, _| target("finance.legal_fees", code)),
        beside(&format!("{annex}, slide 29: dismissioni, unità e valore catastale"), DISPOSAL, |code, column| {
            target(["finance.disposal_units", "finance.disposal_value"][column], code)
        }),
        beside(&format!("{annex}: errori della banca dati Ge.M.P.I."), ERRORS, |code, _| target("finance.property_database_errors", code)),
    ];
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(tables.join("\n")) });
}

#[test]
fn the_securities_of_the_note_beside_the_print() {
    const SECURITIES: &str = include_str!("../../../../tests/fixtures/squares/securities_2026.csv");
    let figures = |security: &piramide_plan::Security| {
        let some = |value: &Exact| Some(value.clone());
        [
            some(&security.opening),
            some(&security.increases),
            some(&security.decreases),
            security.purchase.clone(),
            some(&security.inventory),
            security.nominal.clone(),
        ]
    };
    let securities = plan("inps-2026").securities();
    let of = |code: &str, column: usize| {
        if code == "TOTAL" {
            return Some(securities.iter().filter_map(|security| figures(security)[column].clone()).sum());
        }
        securities.iter().find(|security| security.code == code).and_then(|security| figures(security)[column].clone())
    };
    let table =
        beside("Nota preliminare 2026, 3.7: consistenza patrimoniale mobiliare, euro; il totale è la somma delle classi", SECURITIES, of);
    assert!(!table.contains("missing"), "{table}");
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(table) });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is disposed of, the index is that of the rule that suits better, and more of either never lowers it.
    #[test]
    fn the_better_rule_never_loses(units in 0i64..1_000, cents in 0i64..1_000_000_000, more in 1i64..100) {
        let realised = [Exact::from(units * 20), Exact::quotient(&Exact::from(cents), &Exact::from(350_000)).unwrap()];
        let mixed = |first: &Exact, second: &Exact| first * &exact("0.7") + second * &exact("0.3");
        let (by_units, by_value) = (mixed(&realised[0], &realised[1]), mixed(&realised[1], &realised[0]));
        let found = index(&disposed(units, cents)).unwrap();
        prop_assert_eq!(&found, &by_units.clone().max(by_value.clone()));
        let mean = Exact::quotient(&(&realised[0] + &realised[1]), &Exact::from(2)).unwrap();
        prop_assert!(found >= mean, "never worse than equal weights");
        prop_assert!(index(&disposed(units + more, cents)).unwrap() > found);
        prop_assert!(index(&disposed(units, cents + more)).unwrap() > found);
    }
}

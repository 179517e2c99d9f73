//! The statement of the IEEP.

use piramide_finance::statement::{Line, Statement, statement};
use piramide_measure::{Direction, Exact};
use piramide_plan::Plan;
use proptest::prelude::*;

use crate::support::{amount, amount_of, exact, in_force, plan, query};

fn line<'a, 'b>(statement: &'b Statement<'a>, item: &str) -> &'b Line<'a> {
    statement.lines.iter().find(|line| line.item.code == item).unwrap()
}

fn target(plan: &Plan, code: &str, structure: &str) -> Exact {
    plan.target(code, structure, "2021".parse().unwrap()).unwrap().target
}

#[test]
fn realisation_is_better_when_higher_whichever_way_an_item_counts() {
    let plan = plan("inps-2020");
    let facts = in_force(vec![amount(1, "INTEREST", "2020", 409_182_000), amount(2, "FLOWS", "2020", 766_063_569_800)]);
    let drawn = statement(&query(plan, &facts, "NAZ", "2020"), None);
    let interest = &line(&drawn, "INTEREST").judged;
    // Piano della performance 2021-2023, "I risultati finanziari": interest 69,95 better, flows 49,30 better.
    assert_eq!(interest.deviation.as_ref().unwrap().rounded(2), "69.95");
    assert_eq!((interest.realisation.as_ref().unwrap().rounded(2), interest.direction), ("169.95".into(), Direction::LowerIsBetter));
    let flows = &line(&drawn, "FLOWS").judged;
    assert_eq!((flows.realisation.as_ref().unwrap().rounded(2), flows.direction), ("149.30".into(), Direction::HigherIsBetter));
    assert!(line(&drawn, "ECA").judged.actual.is_err(), "missing is not zero");
}

#[test]
fn a_dash_in_the_annex_is_a_zero_target_with_a_distance_in_euro() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![amount_of("PRV_AOSTA", 1, "UNDUE_CARE", "2021-02", 1_250)]);
    let drawn = statement(&query(plan, &facts, "REG_VALLE_D_AOSTA", "2021"), None);
    let care = &line(&drawn, "UNDUE_CARE").judged;
    assert_eq!((care.target.clone(), care.deviation.clone(), care.realisation.clone()), (Some(Exact::zero()), Some(exact("12.5")), None));
}

#[test]
fn a_directorate_answers_for_its_items_with_their_signs() {
    let plan = plan("inps-2021");
    let pensions = plan.assignments().of("CU_DC_PENSIONI").unwrap();
    let facts = in_force(vec![
        amount(1, "REDEMPTION", "2021", 10_000),
        amount(2, "INTEREST_PENSION", "2021", 2_500),
        amount(3, "FLOWS", "2021", 999_900),
    ]);
    let drawn = statement(&query(plan, &facts, "NAZ", "2021"), Some(pensions));
    assert_eq!(drawn.total.actual, Ok(Exact::from(75)), "interest is taken away, other items are not there");
    let items: Vec<&str> = drawn.lines.iter().map(|line| line.item.code.as_str()).collect();
    assert_eq!(items, ["INTEREST_PENSION", "UNDUE_PENSION", "UNDUE_PENSION_PDAP", "SUBROGATION_PENSION", "REDEMPTION", "RETIREMENT"]);
    let of = |item: &str| target(plan, &format!("finance.ieep.{item}"), "NAZ");
    let expected = of("redemption") + of("retirement") + of("undue_pension") + of("undue_pension_pdap") + of("subrogation_pension")
        - of("interest_pension");
    assert_eq!(drawn.total.target, Some(expected));
    assert!(drawn.weighted.value.is_err(), "sections weigh in the whole only");
    let legal = statement(&query(plan, &facts, "NAZ", "2021"), plan.assignments().of("CU_CGL"));
    assert_eq!(legal.lines.len(), 4, "an item brings those under it");
}

#[test]
fn what_does_not_square_is_shown_where_it_is() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "LESS_BENEFITS", "2021-02", 1_000),
        amount_of("PRV_TORINO", 2, "LESS_BENEFITS_INSPECTION", "2021-02", 400),
        amount_of("PRV_TORINO", 3, "LESS_BENEFITS_DOCUMENT", "2021-02", 500),
        amount_of("PRV_ASTI", 4, "LESS_BENEFITS", "2021-02", 300),
    ]);
    let drawn = statement(&query(plan, &facts, "REG_PIEMONTE", "2021"), None);
    let gaps = &line(&drawn, "LESS_BENEFITS").gaps;
    assert_eq!(gaps.len(), 1, "where the parts are not known there is nothing to square: {gaps:?}");
    assert_eq!(
        (gaps[0].structure.as_str(), gaps[0].recorded.clone(), gaps[0].parts.clone()),
        ("PRV_TORINO", Exact::from(10), Exact::from(9))
    );
    assert!(drawn.lines.iter().filter(|line| !line.gaps.is_empty()).count() == 1);
}

#[test]
fn structures_side_by_side_sum_to_the_whole() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "FLOWS", "2021-02", 1_000),
        amount_of("PRV_ASTI", 2, "FLOWS", "2021-13", 250),
        amount_of("PRV_LECCE", 3, "INTEREST_CARE", "2021-03", 75),
    ]);
    for structure in ["NAZ", "REG_PIEMONTE"] {
        let drawn = statement(&query(plan, &facts, structure, "2021"), None);
        let parts: Exact = drawn.below.iter().filter_map(|beside| beside.total.actual.clone().ok()).sum();
        assert_eq!(drawn.total.actual, Ok(parts), "{structure}");
    }
    let nation = statement(&query(plan, &facts, "NAZ", "2021"), None);
    let targets: Exact = nation.below.iter().filter_map(|beside| beside.total.target.clone()).sum();
    let gap = nation.total.target.clone().unwrap() - targets;
    assert!(gap.abs() <= Exact::from(1), "Tabella B: regions sum to the nation but for a euro of rounding, here {}", gap.rounded(0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is recorded of the leaves, every item is the sum of those under it with their signs, and the total of two directorates
    /// that share no item is the sum of their totals.
    #[test]
    fn sections_are_the_sum_of_their_items(amounts in prop::collection::vec(-1_000_000_000_000i64..1_000_000_000_000, 19)) {
        let plan = plan("inps-2021");
        let leaves = plan.items().iter().filter(|item| plan.items().children(&item.code).is_empty());
        let facts = in_force(leaves.zip(&amounts).zip(1..).map(|((item, cents), line)| amount(line, &item.code, "2021-07", *cents)).collect());
        let drawn = statement(&query(plan, &facts, "NAZ", "2021"), None);
        for parent in drawn.lines.iter().filter(|line| !plan.items().children(&line.item.code).is_empty()) {
            let children = plan.items().children(&parent.item.code);
            let sum: Exact = children.iter().map(|child| line(&drawn, &child.code).judged.actual.clone().unwrap() * Exact::from(i64::from(child.sign))).sum();
            prop_assert_eq!(parent.judged.actual.clone(), Ok(sum), "{}", &parent.item.code);
            prop_assert!(parent.gaps.is_empty());
        }
        let total = |code| statement(&query(plan, &facts, "NAZ", "2021"), plan.assignments().of(code)).total.actual.unwrap();
        let assigned = ["CU_DC_ENTRATE", "CU_DC_PENSIONI", "CU_DC_AMMORTIZZATORI_SOCIALI", "CU_DC_INCLUSIONE_SOCIALE"].map(total);
        prop_assert_eq!(drawn.total.actual, Ok(assigned.iter().sum::<Exact>()), "the four directorates share the whole between them");
    }

    /// More of what adds never realises less, and more of what is taken away never realises more.
    #[test]
    fn better_never_realises_less(before in 0i64..10_000_000_000_000, more in 1i64..1_000_000_000_000) {
        let plan = plan("inps-2021");
        let of = |item: &str, cents| {
            let facts = in_force(vec![amount(1, item, "2021", cents)]);
            let drawn = statement(&query(plan, &facts, "NAZ", "2021"), None);
            line(&drawn, item).judged.realisation.clone().unwrap()
        };
        prop_assert!(of("ECA", before + more) > of("ECA", before));
        prop_assert!(of("INTEREST_CARE", before + more) < of("INTEREST_CARE", before));
    }
}

/// Nota preliminare 2026, 7.4: two macro-areas, assessments, and receipts and payments. The whole is the same whichever way it is grouped.
#[test]
fn the_form_of_2026_groups_the_same_items_in_two_areas() {
    let items = [("FLOWS", 100), ("ECA", 20), ("UNDUE", 7), ("RETIREMENT", 3), ("REDEMPTION", 50), ("SUBROGATION", 6), ("INTEREST", 4)];
    let of = |year: &str| in_force(items.iter().map(|(item, cents)| amount(1, item, year, *cents)).collect());
    let (before, now) = (of("2021"), of("2026"));
    let drawn = statement(&query(plan("inps-2026"), &now, "NAZ", "2026"), None);
    let area = |item: &str| line(&drawn, item).judged.actual.clone();
    assert_eq!((area("ASSESSMENTS"), area("RECEIPTS_PAYMENTS")), (Ok(exact("1.30")), Ok(exact("0.52"))), "interest is taken away");
    assert_eq!(drawn.total.actual, statement(&query(plan("inps-2021"), &before, "NAZ", "2021"), None).total.actual);
    let Err(missing) = drawn.weighted.value else { panic!("the note prints no weights") };
    assert!(missing.to_string().contains("peso delle sezioni"), "{missing}");
    let sections = plan("inps-2026").items().children("IEEP");
    assert_eq!(sections.iter().map(|section| section.code.as_str()).collect::<Vec<_>>(), ["ASSESSMENTS", "RECEIPTS_PAYMENTS"]);
}

//! The indices of the dashboard: reckoned by hand, and by the rules that hold for any facts.

use piramide_measure::{Exact, Missing, Provenance};
use piramide_plan::Plan;
use piramide_quality::{
    asked::Asked,
    indices::{self, Against},
};
use proptest::prelude::*;

use crate::support::{OFFICES, covered, edited, exact, fact, files, index, over, plan, query, recorded};

#[test]
fn an_office_is_held_to_the_budget_of_its_cluster() {
    let (plan, facts) =
        (plan(), recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10)), fact("PRV_PERUGIA", "Q_DAYS", "2021-01", (500, 10))]));
    // 18 days of 20, and 50 of 40 by the cluster of the region above.
    assert_eq!(index(&plan, &facts, "PRV_TORINO", "DAYS", Against::Budget), Ok(exact("110")));
    assert_eq!(index(&plan, &facts, "PRV_PERUGIA", "DAYS", Against::Budget), Ok(exact("75")));
    assert_eq!(index(&plan, &facts, "REG_UMBRIA", "DAYS", Against::Budget), Ok(exact("75")), "alone in its region, the region is it");
    // Together 680 days for 20 cases, where the budgets of both would have been 600.
    assert_eq!(index(&plan, &facts, "NAZ", "DAYS", Against::Budget), Ok(Exact::hundred() - over(80 * 100, 600)));
}

#[test]
fn last_year_is_the_same_months_of_last_year() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_SHARE", "2020-03", (80, 100)),
        fact("PRV_TORINO", "Q_SHARE", "2021-03", (84, 100)),
        fact("PRV_TORINO", "Q_SHARE", "2020-12", (10, 100)),
    ]);
    let of = |period: &str| {
        let asked = Asked::new(query(&plan, &facts, "NAZ", period), "SHARE");
        indices::index(&asked, "SHARE", Against::PreviousYear).unwrap().judged
    };
    assert_eq!(of("2021-03").index, Ok(exact("105")));
    assert_eq!(of("2021-Q1").reference, Some(exact("80")));
    let year = of("2021");
    assert_eq!((year.deviation, year.index), (Some(over(8400, 45) - Exact::hundred()), Ok(exact("110"))), "its own cap is 10");
    assert_eq!(of("2021-02").index, Err(Missing::NoData { structure: "NAZ".into(), period: "2021-02".into() }));
}

#[test]
fn what_is_missing_leaves_its_weight_and_lowers_the_coverage() {
    let plan = plan();
    let facts = recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10)), fact("PRV_TORINO", "Q_WAITING", "2021-01", (11, 1))]);
    // 50 weighs 110 and 20 weighs 90; the 30 of the share is missing.
    let pensions = over(50 * 110 + 20 * 90, 70);
    assert_eq!(covered(&plan, &facts, "NAZ", "PENSIONS", Against::Budget), (pensions.clone(), exact("70")));
    // Nothing is known of customer care but that missing calls count as the worst, which is not a result.
    assert_eq!(covered(&plan, &facts, "NAZ", "PRODUCTION", Against::Budget), (pensions, exact("42")));
    assert!(index(&plan, &facts, "NAZ", "CARE", Against::Budget).is_err());
}

#[test]
fn an_indicator_still_to_be_defined_weighs_and_has_no_result() {
    let plan = plan();
    let facts = recorded(vec![fact("PRV_TORINO", "Q_CALLS", "2021-01", (55, 100))]);
    assert_eq!(covered(&plan, &facts, "NAZ", "CARE", Against::Budget), (exact("110"), exact("50")));
    let Err(Missing::Reported { reason }) = index(&plan, &facts, "NAZ", "LATER", Against::Budget) else { panic!("it has a result") };
    assert_eq!(reason, "indicatore da definire dall'istituto");
}

#[test]
fn what_counts_as_the_worst_when_missing_says_so() {
    let plan = edited(&[
        ("CARE,Chiamate,,Q_CALLS,higher_is_better,,,worst", "PENSIONS,Chiamate,25,Q_CALLS,higher_is_better,,,worst"),
        ("Giorni,50", "Giorni,25"),
    ]);
    let facts = recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10))]);
    // 25 weighs 110, 25 weighs 100 less the plan's cap of 50; the other 50 are missing.
    assert_eq!(covered(&plan, &facts, "NAZ", "PENSIONS", Against::Budget), (over(110 + 50, 2), exact("25")));
}

/// No deviation of the share counts for more than its own cap of 10, so when it is missing nothing below 90 would be fair.
#[test]
fn what_counts_as_the_worst_has_its_own_cap() {
    let plan = edited(&[("Entro 30 giorni,30,Q_SHARE,higher_is_better,,10,,", "Entro 30 giorni,30,Q_SHARE,higher_is_better,,10,worst,")]);
    let mut files = files();
    let header = String::from_utf8(files["plan.toml"].clone()).unwrap().replace("\"reweight\"", "\"worst\"");
    files.insert("plan.toml".to_owned(), header.into_bytes());
    let all = Plan::from_files(&files).unwrap();
    let facts = recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10))]);
    // 50 weighs 110, 30 weighs 90; what waits leaves its weight in the one, and counts 50 in the other.
    assert_eq!(covered(&plan, &facts, "NAZ", "PENSIONS", Against::Budget).0, over(50 * 110 + 30 * 90, 80));
    assert_eq!(covered(&all, &facts, "NAZ", "PENSIONS", Against::Budget).0, over(50 * 110 + 30 * 90 + 20 * 50, 100));
}

#[test]
fn few_cases_are_left_out_or_marked_as_the_plan_says() {
    let plan = plan();
    let facts = recorded(vec![fact("PRV_TORINO", "Q_SHARE", "2021-01", (29, 29)), fact("PRV_TORINO", "Q_CALLS", "2021-01", (29, 29))]);
    let Err(Missing::Reported { reason }) = index(&plan, &facts, "NAZ", "SHARE", Against::Budget) else { panic!("it counts") };
    assert_eq!(reason, "solo 29 casi, meno di 30: il piano lo esclude");
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), "CALLS");
    assert_eq!(asked.elementary("CALLS").unwrap().few(), Some((exact("29"), exact("30"))));
    assert_eq!(index(&plan, &facts, "NAZ", "CALLS", Against::Budget), Ok(exact("150")), "it counts, within the plan's cap");
    let derivation = indices::derivation(&asked, &indices::index(&asked, "CALLS", Against::Budget).unwrap(), Against::Budget);
    assert!(derivation.notes.iter().any(|note| note == "pochi casi: 29, meno di 30"), "{:?}", derivation.notes);
}

#[test]
fn what_waits_is_read_in_the_last_month() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_WAITING", "2021-01", (90, 1)),
        fact("PRV_TORINO", "Q_WAITING", "2021-02", (8, 1)),
        fact("PRV_TORINO", "Q_WAITING", "2020-12", (40, 1)),
    ]);
    assert_eq!(index(&plan, &facts, "NAZ", "WAITING", Against::Budget), Ok(exact("120")));
    assert_eq!(index(&plan, &facts, "NAZ", "WAITING", Against::PreviousYear), Ok(exact("150")));
}

#[test]
fn an_office_without_a_budget_counts_in_the_measure_and_not_against_the_budget() {
    let plan = plan();
    let facts = recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10)), fact("PRV_CUNEO", "Q_DAYS", "2021-01", (900, 30))]);
    assert_eq!(covered(&plan, &facts, "NAZ", "DAYS", Against::Budget), (exact("110"), exact("25")));
    let alone = index(&plan, &facts, "PRV_CUNEO", "DAYS", Against::Budget);
    assert_eq!(alone, Err(Missing::NoInput { input: "l'obiettivo di budget".into() }));
}

#[test]
fn a_budget_of_ones_own_goes_before_that_of_the_cluster() {
    let mut files = files();
    files.get_mut("quality_budgets.csv").unwrap().extend_from_slice(b"DAYS,,PRV_TORINO,36,\nDAYS,,REG_PIEMONTE,90,\n");
    let plan = Plan::from_files(&files).unwrap();
    let facts = recorded(["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO"].map(|office| fact(office, "Q_DAYS", "2021-01", (360, 10))).to_vec());
    assert_eq!(index(&plan, &facts, "PRV_TORINO", "DAYS", Against::Budget), Ok(exact("100")));
    assert_eq!(index(&plan, &facts, "PRV_ASTI", "DAYS", Against::Budget), Ok(exact("110")), "its cluster's 40");
    assert_eq!(index(&plan, &facts, "PRV_CUNEO", "DAYS", Against::Budget), Ok(exact("150")), "the region's 90, within the cap of 50");
}

#[test]
fn a_derivation_ends_in_facts_and_budgets() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10)),
        fact("PRV_ASTI", "Q_DAYS", "2021-01", (300, 10)),
        fact("PRV_TORINO", "Q_DAYS", "2020-01", (200, 10)),
    ]);
    for against in Against::ALL {
        let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), "PRODUCTION");
        let index = indices::index(&asked, "PRODUCTION", against).unwrap();
        let derivation = indices::derivation(&asked, &index, against);
        assert_eq!(derivation.value, index.judged.index.clone().ok());
        assert_eq!(derivation.provenance(), Some(Provenance::Submitted));
        assert_eq!(indices::figure(&asked, &index, against).provenance(), derivation.provenance());
        let days = &derivation.inputs[0].inputs[0];
        let [measure, reference] = days.inputs[0].inputs.as_slice() else { panic!("{days:?}") };
        assert_eq!((measure.value.clone(), reference.inputs.len()), (Some(exact("24")), 2), "{reference:?}");
        assert_eq!(reference.value, Some(if against == Against::Budget { exact("30") } else { exact("20") }));
    }
}

/// Facts of four offices in two months of each year: numerators and denominators, zero denominators being no fact.
fn parts() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0i64..400, 0i64..50), OFFICES.len() * 4)
}

fn facts_of(measure: &str, parts: &[(i64, i64)]) -> Vec<piramide_ledger::Fact> {
    let months = ["2020-02", "2020-07", "2021-02", "2021-07"];
    let places = OFFICES.into_iter().flat_map(|office| months.map(|month| (office, month)));
    let known = places.zip(parts).filter(|(_, (_, denominator))| *denominator > 0);
    known.map(|((office, month), parts)| fact(office, measure, month, *parts)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// The same actuals as last year are exactly 100, whatever they are.
    #[test]
    fn an_unchanged_year_is_one_hundred(parts in prop::collection::vec((1i64..400, 1i64..50), OFFICES.len())) {
        let facts = OFFICES.into_iter().zip(&parts).flat_map(|(office, parts)| ["2020-04", "2021-04"].map(|month| fact(office, "Q_DAYS", month, *parts)));
        prop_assert_eq!(index(&plan(), &recorded(facts.collect()), "NAZ", "DAYS", Against::PreviousYear), Ok(Exact::hundred()));
    }

    /// Recomputed from its parts: where the work was done changes nothing, as long as the budget is one.
    #[test]
    fn the_whole_does_not_depend_on_how_it_is_parted(parts in prop::collection::vec((1i64..400, 1i64..50), 3)) {
        let plan = plan();
        let spread = ["PRV_PERUGIA", "PRV_TERNI", "PRV_ASTI"].into_iter().zip(&parts).map(|(office, parts)| fact(office, "Q_DAYS", "2021-04", *parts));
        let together = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let one = recorded(vec![fact("PRV_ASTI", "Q_DAYS", "2021-04", together)]);
        let spread = recorded(spread.collect());
        prop_assert_eq!(index(&plan, &spread, "NAZ", "PRODUCTION", Against::Budget), index(&plan, &one, "NAZ", "PRODUCTION", Against::Budget));
    }

    /// Better where it was worse: the other direction gives the opposite deviation.
    #[test]
    fn the_direction_is_symmetric(parts in parts()) {
        let facts = recorded(facts_of("Q_DAYS", &parts));
        let (lower, higher) = (plan(), edited(&[("Q_DAYS,lower_is_better", "Q_DAYS,higher_is_better")]));
        for against in Against::ALL {
            let distance = |plan: &Plan| {
                let asked = Asked::new(query(plan, &facts, "NAZ", "2021"), plan.dashboard().node("DAYS").unwrap().code());
                indices::index(&asked, "DAYS", against).unwrap().judged.deviation
            };
            prop_assert_eq!(distance(&lower), distance(&higher).map(|distance| -distance));
        }
    }

    /// Better actuals never give a lower index, and the cap holds.
    #[test]
    fn faster_is_never_worse(parts in parts(), gain in 1i64..100) {
        let faster: Vec<(i64, i64)> = parts.iter().enumerate().map(|(place, (days, cases))| (if place % 4 < 2 { *days } else { (days - gain).max(0) }, *cases)).collect();
        let of = |parts: &[(i64, i64)]| index(&plan(), &recorded(facts_of("Q_DAYS", parts)), "NAZ", "PRODUCTION", Against::Budget).ok();
        let (before, after) = (of(&parts), of(&faster));
        prop_assert!(after >= before);
        prop_assert!(after.is_none_or(|after| after <= exact("150")));
    }
}

//! The production plan: what comes in, how many people it takes, what covers it, and that a region is its offices.

use piramide_domain::{Detail, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Period};
use piramide_plan::Plan;
use piramide_production::{
    asked::Asked,
    facts::{self, CLOSING_BACKLOG, OPENING_BACKLOG, RECEIVED, STAFF_FTE},
    planning::{Assumed, ProductionPlan, total},
    state::State,
};
use proptest::prelude::*;

use super::{OFFICE, PRODUCT, bundled, bundled_files, fact, in_force, plan, plan_with};

/// The plan of a structure for 2021.
fn planned(plan: &Plan, facts: &Facts, structure: &str) -> (ProductionPlan, Vec<ProductionPlan>) {
    assuming(plan, facts, structure, Assumed::default())
}

fn assuming(plan: &Plan, facts: &Facts, structure: &str, assumed: Assumed) -> (ProductionPlan, Vec<ProductionPlan>) {
    let state = State::of(&bundled().with([plan.clone()]), facts);
    let period = Period::Year(2021);
    let query = Query { plan, facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
    total::plans(&Asked::new(query, &state), assumed)
}

fn number(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

/// A month of work: received and what waits at its end; what waits at its start when it is the first.
fn month(line: u32, office: &str, month: &str, received: i64, waiting: i64) -> Fact {
    fact(line, office, PRODUCT, month, &[(RECEIVED, received), (CLOSING_BACKLOG, waiting)])
}

fn staff(line: u32, office: &str, month: &str, hundredths: i64) -> Fact {
    fact(line, office, "PRODUCTION_STAFF", month, &[(STAFF_FTE, hundredths)])
}

/// All of 2020, as many pieces each month, and what waits at the end; two people in December.
fn year_2020(office: &str, received: i64, waiting: i64, line: u32) -> Vec<Fact> {
    let months = (1..=12).map(|number| {
        let waits = if number == 12 { waiting } else { 1 };
        month(line + number, office, &format!("2020-{number:02}"), received, waits)
    });
    months.chain([staff(line + 13, office, "2020-12", 200)]).collect()
}

/// Product with coefficient 1; Torino may end 2021 with 30 days of what comes in: Tabella A, benefits.
#[test]
fn a_year_begins_with_what_last_year_says() {
    let facts = in_force(year_2020(OFFICE, 300, 1_000, 0));
    let (plan, below) = planned(&plan(), &facts, OFFICE);
    assert!(below.is_empty());
    let [area] = plan.areas.as_slice() else { panic!("{:?}", plan.areas) };
    assert_eq!(area.node, "FLOW_BENEFITS");
    assert_eq!(area.received.value, Ok(number("3600")));
    assert_eq!(area.opening.value, Ok(number("1000")));
    assert_eq!(area.target.value, Ok(number("300")), "30 days of 3600 a year");
    assert_eq!(plan.workload.value, Ok(number("4300")));
    // 124 points per head per month for a year: one head makes 1488 points.
    assert_eq!(plan.staff_needed.value, Ok(Exact::quotient(&number("4300"), &number("1488")).unwrap()));
    assert_eq!(plan.staff_available.value, Ok(number("2")));
    assert_eq!(plan.capacity.value, Ok(number("2976")));
    assert_eq!(plan.gap.value, Ok(number("1324")));
    assert_eq!(plan.uncovered.value, Ok(number("1324")), "no lever covers it, and it says by how much");
    assert!(plan.forecasts.is_empty(), "no quarter is over");
    assert_eq!((plan.offices, plan.offices_without), (1, 0));
    assert_eq!(plan.outcome.backlog.value, Ok(number("1624")), "the 300 that may wait, and the 1324 that nobody does");
    assert_eq!(plan.outcome.days.value, Ok(number("162.4")), "1624 / 3600 x 360");
    assert_eq!(plan.outcome.clearance.value, Ok(Exact::quotient(&number("2976"), &number("3600")).unwrap()));
}

/// Two heads more than two: there is room, and no work is done beyond the load.
#[test]
fn an_office_with_room_ends_at_its_target() {
    let facts = in_force(year_2020(OFFICE, 300, 1_000, 0));
    let now = planned(&plan(), &facts, OFFICE).0.staff_available.value.unwrap();
    let assumed = Assumed::default().with_staff(&now, &number("2")).unwrap();
    let (plan, _) = assuming(&plan(), &facts, OFFICE, assumed);
    assert_eq!(plan.staff_available.value, Ok(number("4")));
    assert_eq!(plan.uncovered.value, Ok(number("-1652")), "4300 - 4 x 1488");
    assert_eq!(plan.outcome.backlog.value, Ok(number("300")));
    assert_eq!(plan.outcome.days.value, Ok(number("30")));
}

#[test]
fn more_comes_in_where_it_is_assumed() {
    let facts = in_force(year_2020(OFFICE, 300, 1_000, 0));
    let tenth_more = |area: Option<&str>| Assumed::default().receiving(area.map(str::to_owned), number("10"));
    for area in [None, Some("FLOW_BENEFITS")] {
        let (plan, _) = assuming(&plan(), &facts, OFFICE, tenth_more(area));
        assert_eq!(plan.areas[0].received.value, Ok(number("3960")));
        assert_eq!(plan.workload.value, Ok(number("4630")), "3960 + 1000 - 330");
    }
    let (elsewhere, _) = assuming(&plan(), &facts, OFFICE, tenth_more(Some("FLOW_FLOWS")));
    assert_eq!(elsewhere.workload.value, Ok(number("4300")));
}

#[test]
fn staff_cannot_go_below_none_nor_be_shared_out_by_none() {
    let with = |there_are: &str, more: &str| Assumed::default().with_staff(&number(there_are), &number(more));
    assert!(with("2", "-2").is_some() && with("2", "-2.01").is_none());
    assert!(with("0", "1").is_none());
}

/// Where points and flows have one total, days are set for groups further down; what has none is planned right under the total.
#[test]
fn an_area_of_the_plan_is_where_its_days_are_set() {
    let benefits = "FLOW_BENEFITS,Area prestazioni e servizi individuali,";
    let added = [
        (
            "products.csv",
            "NEW_AREA,Nuova area,TOTAL,area,,,,,,,\nNEW_LINE,Nuova linea,NEW_AREA,line,,,,,,,\nNEW,Nuovo,NEW_LINE,product,both,true,,,,,\n",
        ),
        ("coefficients.csv", "NEW,2000-01,1.0000\n"),
    ];
    let plan = plan_with(&added, &[("products.csv", &format!("{benefits}FLOW_TOTAL"), &format!("{benefits}BENEFITS"))]);
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.push(fact(100, OFFICE, "NEW", "2020-12", &[(RECEIVED, 50), (CLOSING_BACKLOG, 20)]));
    let (plan, _) = planned(&plan, &in_force(recorded), OFFICE);
    let areas: Vec<_> = plan.areas.iter().map(|area| (area.node.as_str(), area.target.value.clone())).collect();
    assert_eq!(areas, [("FLOW_BENEFITS", Ok(number("300"))), ("NEW_AREA", Ok(number("20")))]);
    assert_eq!(plan.workload.value, Ok(number("4350")), "4300 and 50");
}

#[test]
fn a_backlog_below_the_target_stays_as_it_is() {
    let facts = in_force(year_2020(OFFICE, 300, 40, 0));
    let (plan, _) = planned(&plan(), &facts, OFFICE);
    assert_eq!(plan.areas[0].target.value, Ok(number("40")), "clearance is 1 at least: the backlog does not grow");
    assert_eq!(plan.workload.value, Ok(number("3600")));
}

#[test]
fn quarters_carry_the_trend_of_the_year() {
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend((1..=3).map(|number| month(20 + number, OFFICE, &format!("2021-{number:02}"), 330, 900)));
    let facts = in_force(recorded);
    let (plan, _) = planned(&plan(), &facts, OFFICE);
    let [first] = plan.forecasts.as_slice() else { panic!("only the first quarter is over") };
    // 990 so far, ten per cent above last year; nine months of 300 to come, ten per cent more.
    assert_eq!(first.received.value, Ok(number("3960")));
    assert_eq!(first.workload.value, Ok(number("4630")), "3960 + 1000 - 330");
    assert_eq!(first.deviation.value, Ok(Exact::quotient(&number("33000"), &number("4300")).unwrap()));
    assert_eq!(plan.workload.value, Ok(number("4300")), "the plan stays what it was");
}

#[test]
fn a_year_that_is_over_is_what_came_in() {
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend((1..=12).map(|number| month(20 + number, OFFICE, &format!("2021-{number:02}"), 10 * i64::from(number), 900)));
    let (plan, _) = planned(&plan(), &in_force(recorded), OFFICE);
    assert_eq!(plan.forecasts.len(), 4);
    assert_eq!(plan.forecasts[3].received.value, Ok(number("780")));
}

/// An office that begins this year: what came in goes on, and what waits is what its first month opened with.
#[test]
fn an_office_without_history_has_forecasts_and_no_plan() {
    let first = fact(1, OFFICE, PRODUCT, "2021-01", &[(RECEIVED, 100), (OPENING_BACKLOG, 50), (CLOSING_BACKLOG, 50)]);
    let facts = in_force(vec![first, month(2, OFFICE, "2021-02", 100, 50), month(3, OFFICE, "2021-03", 100, 50)]);
    let (plan, _) = planned(&plan(), &facts, OFFICE);
    assert!(plan.workload.value.is_err());
    assert_eq!((plan.offices, plan.offices_without), (0, 1));
    assert_eq!(plan.forecasts[0].received.value, Ok(number("1200")));
    assert_eq!(plan.forecasts[0].workload.value, Ok(number("1200")), "50 wait, and 50 may go on waiting");
}

/// The plan of 2021 with these levers and this help, and no other.
fn with_levers(levers: &str, help: &str) -> Plan {
    let mut files = bundled_files();
    files.insert("levers.csv".to_owned(), format!("structure,kind,label,points,euro,note\n{levers}").into_bytes());
    files.insert("subsidiarity.csv".to_owned(), format!("helper,helped,points,note\n{help}").into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn levers_cover_the_gap_and_help_costs_who_helps() {
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend(year_2020("PRV_ASTI", 300, 1_000, 100));
    let facts = in_force(recorded);
    let help = "PRV_ASTI,PRV_TORINO,24,\n";
    let levers = "PRV_TORINO,training,Corsi,300,2500,\nPRV_TORINO,overtime,Straordinario,1000,41000.50,\nREG_PIEMONTE,local_project,Task force,500,0,\n";
    let plan = with_levers(levers, help);
    let (torino, _) = planned(&plan, &facts, OFFICE);
    assert_eq!((torino.lever_points.clone(), torino.lever_euro.clone()), (number("1324"), number("43500.5")));
    assert_eq!(torino.uncovered.value, Ok(Exact::zero()), "covered to the last point");
    let (asti, _) = planned(&plan, &facts, "PRV_ASTI");
    assert_eq!(asti.uncovered.value, Ok(number("1348")), "help given is more to cover");
    let (region, below) = planned(&plan, &facts, "REG_PIEMONTE");
    assert_eq!(region.uncovered.value, Ok(number("848")), "0 + 1348 - 500 of the region's own");
    assert_eq!(region.levers.len(), 5);
    assert_eq!(asti.outcome.backlog.value, Ok(number("1648")), "300 and 1348");
    assert_eq!(region.outcome.backlog.value, Ok(number("1448")), "300 of Torino, 1648 of Asti, less the region's own 500");
    let generous = with_levers(&levers.replace(",500,0,", ",5000,0,"), help);
    let (region, _) = planned(&generous, &facts, "REG_PIEMONTE");
    assert_eq!(region.outcome.backlog.value, Ok(number("600")), "levers beyond what is not covered make room and no more work");
    assert_eq!(region.outcome.room.value, Ok(number("3652")), "5000 - 1348");
    assert_eq!(below.len(), 2, "offices without work have no plan");
}

/// Whoever has work and no staff enters no sum that needs both: the gap of the region is that of its offices.
#[test]
fn an_office_of_which_a_datum_is_missing_widens_no_gap() {
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend(year_2020("PRV_ASTI", 300, 1_000, 100).into_iter().filter(|fact| &*fact.subject == PRODUCT));
    let levers =
        "PRV_TORINO,training,Corsi,300,2500,\nPRV_ASTI,overtime,Straordinario,1000,0,\nREG_PIEMONTE,local_project,Task force,500,0,\n";
    let plan = with_levers(levers, "");
    let (region, below) = planned(&plan, &in_force(recorded), "REG_PIEMONTE");
    let [asti, torino] = below.as_slice() else { panic!("{}", below.len()) };
    assert!(asti.gap.value.is_err() && asti.workload.value.is_ok());
    assert_eq!(region.gap.value, torino.gap.value);
    assert_eq!(region.uncovered.value, Ok(torino.uncovered.value.clone().unwrap() - number("500")), "its own lever, and none of Asti");
    assert_eq!(region.lever_points, number("1800"), "which are shown all the same");
    assert_eq!((region.offices, region.offices_without), (1, 1));
}

/// A region has a forecast of the offices whose quarter is over, against what the plan says of these.
#[test]
fn an_office_that_is_late_keeps_no_other_from_a_forecast() {
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend(year_2020("PRV_ASTI", 100, 0, 100));
    recorded.extend((1..=3).map(|number| month(200 + number, OFFICE, &format!("2021-{number:02}"), 330, 900)));
    recorded.push(month(300, "PRV_ASTI", "2021-01", 100, 0));
    let facts = in_force(recorded);
    let (torino, _) = planned(&plan(), &facts, OFFICE);
    for structure in ["REG_PIEMONTE", "NAZ"] {
        let (whole, _) = planned(&plan(), &facts, structure);
        let [first] = whole.forecasts.as_slice() else { panic!("{structure} has {} forecasts", whole.forecasts.len()) };
        assert_eq!(first.offices, 1);
        assert_eq!(first.workload.value, torino.forecasts[0].workload.value);
        assert_eq!(first.deviation.value, torino.forecasts[0].deviation.value, "not against what Asti has to do");
    }
}

/// Asti ends in June, and its work goes on elsewhere.
#[test]
fn an_office_that_ends_within_the_year_stays_in_its_region() {
    let row = include_str!("../../../plan/plans/inps-2021/structures.csv").lines().find(|row| row.starts_with("PRV_ASTI,")).unwrap();
    let tail = row.split(',').skip(6).collect::<Vec<_>>().join(",");
    let plan = plan_with(&[], &[("structures.csv", row, &format!("PRV_ASTI,Asti,province,REG_PIEMONTE,,2021-06,{tail}"))]);
    let mut recorded = year_2020(OFFICE, 300, 1_000, 0);
    recorded.extend(year_2020("PRV_ASTI", 100, 0, 100));
    recorded.extend((1..=6).map(|number| month(200 + number, "PRV_ASTI", &format!("2021-{number:02}"), 100, 0)));
    let facts = in_force(recorded);
    let (region, below) = planned(&plan, &facts, "REG_PIEMONTE");
    assert_eq!(below.iter().map(|plan| plan.structure.as_str()).collect::<Vec<_>>(), [OFFICE, "PRV_ASTI"]);
    let (torino, asti) = (&below[0], &below[1]);
    let workload = torino.workload.value.clone().unwrap() + asti.workload.value.clone().unwrap();
    assert_eq!(region.workload.value, Ok(workload));
    assert_eq!(asti.capacity.value, Ok(number("1488")), "two heads, 124 points, six months");
    let received: Vec<_> = asti.forecasts.iter().map(|forecast| forecast.received.value.clone().unwrap()).collect();
    assert_eq!(received, [number("1200"), number("600")], "a year in March; what came in when it has ended");
}

/// Structures that have levers: with work, without, and above offices.
const WHO: &[&str] = &["PRV_TORINO", "PRV_ASTI", "REG_PIEMONTE", "REG_LIGURIA", "CU_DST"];

/// Received each month, waiting at the end, staff in hundredths, of some offices of two regions.
fn offices() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    prop::collection::vec((1i64..10_000, 0i64..10_000, 1i64..10_000), 1..5)
}

fn recorded(offices: &[(i64, i64, i64)]) -> Facts {
    const CODES: [&str; 4] = ["PRV_TORINO", "PRV_ASTI", "PRV_GENOVA", "PRV_IMPERIA"];
    let facts = offices.iter().zip(CODES).zip(0u32..).flat_map(|(((received, waiting, fte), office), place)| {
        let mut facts = year_2020(office, *received, *waiting, place * 100);
        facts.push(staff(place * 100 + 50, office, "2021-01", *fte));
        facts
    });
    in_force(facts.collect())
}

/// The numbers of a plan that add up.
fn sums(plan: &ProductionPlan) -> [Exact; 6] {
    [&plan.workload, &plan.staff_needed, &plan.staff_available, &plan.capacity, &plan.gap, &plan.uncovered]
        .map(|measured| measured.value.clone().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// At every level the plan is the sum of the plans right under it, to the last digit.
    #[test]
    fn a_structure_is_its_offices(offices in offices()) {
        let facts = recorded(&offices);
        let plan = with_levers("", "");
        for structure in ["NAZ", "REG_PIEMONTE"] {
            let (whole, below) = planned(&plan, &facts, structure);
            for (place, expected) in sums(&whole).into_iter().enumerate() {
                let total: Exact = below.iter().map(|plan| sums(plan)[place].clone()).sum();
                prop_assert_eq!(&total, &expected, "number {} of {}", place, structure);
            }
            prop_assert_eq!(whole.offices, below.iter().map(|plan| plan.offices).sum::<usize>());
        }
    }

    /// What is assumed gives what the facts would give if they were so: twice the work of last year, half as many people more.
    #[test]
    fn an_assumption_is_what_would_be_recorded(offices in offices(), structure in prop::sample::select(vec!["NAZ", "REG_PIEMONTE", OFFICE])) {
        let doubled: Vec<_> = offices.iter().map(|(received, waiting, fte)| (received * 2, *waiting, fte * 3)).collect();
        let even: Vec<_> = offices.iter().map(|(received, waiting, fte)| (*received, *waiting, fte * 2)).collect();
        let plan = with_levers("", "");
        let facts = recorded(&even);
        let there_are = planned(&plan, &facts, structure).0.staff_available.value.unwrap();
        let half = Exact::quotient(&there_are, &number("2")).unwrap();
        let assumed = Assumed::default().receiving(None, number("100")).with_staff(&there_are, &half).unwrap();
        let (would_be, below) = assuming(&plan, &facts, structure, assumed);
        let (is, _) = planned(&plan, &recorded(&doubled), structure);
        prop_assert_eq!(sums(&would_be), sums(&is));
        prop_assert_eq!(would_be.outcome.days.value, is.outcome.days.value);
        prop_assert_eq!(would_be.outcome.clearance.value, is.outcome.clearance.value);
        if !below.is_empty() {
            let ends: Exact = below.iter().map(|plan| plan.outcome.backlog.value.clone().unwrap()).sum();
            prop_assert_eq!(would_be.outcome.backlog.value, Ok(ends), "each office ends where it ends");
        }
    }

    /// Shortage less room is what is not covered, whoever helps whom and whatever levers there are, with work recorded or without.
    #[test]
    fn what_is_short_and_what_is_room_are_what_is_not_covered(
        offices in offices(),
        levers in prop::collection::btree_map(prop::sample::select(WHO), 1i64..100_000, 0..4),
        helpers in prop::collection::btree_map(prop::sample::select(WHO), 1i64..100_000, 0..4),
    ) {
        let levers: Vec<_> = levers.into_iter().map(|(of, points)| format!("{of},overtime,Straordinario,{points},0,\n")).collect();
        let help: Vec<_> = helpers.into_iter().map(|(of, points)| format!("{of},PRV_GENOVA,{points},\n")).collect();
        let plan = with_levers(&levers.concat(), &help.concat());
        let facts = recorded(&offices);
        for structure in ["NAZ", "REG_PIEMONTE", OFFICE] {
            let (whole, _) = planned(&plan, &facts, structure);
            let (shortage, room) = (whole.outcome.shortage.value.clone().unwrap(), whole.outcome.room.value.clone().unwrap());
            prop_assert!(!shortage.is_negative() && !room.is_negative());
            prop_assert_eq!(&shortage - &room, whole.uncovered.value.clone().unwrap(), "{}", structure);
        }
    }

    /// A lever more never leaves more to cover, and leaves exactly its points less.
    #[test]
    fn levers_never_widen_the_gap(offices in offices(), points in 1i64..1_000_000) {
        let facts = recorded(&offices);
        let bare = sums(&planned(&with_levers("", ""), &facts, OFFICE).0)[5].clone();
        let with = sums(&planned(&with_levers(&format!("{OFFICE},overtime,Straordinario,{points},0,\n"), ""), &facts, OFFICE).0)[5].clone();
        prop_assert_eq!(&bare - &with, Exact::from(points));
    }
}

/// Annex 2021, slide 12: who helps is under the nation as who is helped, so nationally help adds nothing.
#[test]
fn help_cancels_out_where_both_ends_are() {
    let facts = in_force(year_2020(OFFICE, 300, 1_000, 0));
    let (nation, _) = planned(&plan(), &facts, "NAZ");
    assert_eq!(nation.lever_points, Exact::zero());
    assert_eq!(nation.uncovered.value, nation.gap.value);
    assert_eq!((nation.offices, nation.offices_without), (1, 0), "structures with levers alone are no offices of the plan");
    let (piemonte, _) = planned(&plan(), &facts, "REG_PIEMONTE");
    assert_eq!(piemonte.lever_points, number("4197"), "3126 + 175 + 720 + 600 - 181 - 243");
    assert_eq!(piemonte.outcome.backlog.value, Ok(number("300")), "4197 cover the 1324 of Torino");
    assert_eq!(
        nation.outcome.backlog.value,
        Ok(number("1624")),
        "and who gives them has that much more to do, with work recorded or without"
    );
}

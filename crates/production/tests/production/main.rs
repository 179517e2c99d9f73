//! Production's formulas and checks over the bundled plan, and over a plan with a revised coefficient.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use piramide_domain::{Batch, Detail, Domain, Facts, Incoming, Measured, Query, State as _};
use piramide_ledger::{Fact, Values};
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_production::{Production, facts, state::State};
use proptest::prelude::*;

mod changes;
mod continuity;
mod events;
mod histories;
mod naive;
mod outcomes;
mod parts;
mod planning;
mod projects;
mod service;
mod simulation;
mod subsidiarity;
mod targets;
mod waiting;

const OFFICE: &str = "PRV_TORINO";
const PRODUCT: &str = "INCOME_SUPPORT";

/// One fact: quantities by position.
fn fact(line: u32, structure: &str, product: &str, period: &str, quantities: &[(usize, i64)]) -> Fact {
    let period: Period = period.parse().unwrap();
    let mut values = Values::missing(facts::QUANTITIES.len());
    for (quantity, value) in quantities {
        values.set(*quantity, Some(*value));
    }
    let (first_month, last_month) = (period.first_month().index(), period.last_calendar_month().index());
    Fact { line, structure: structure.into(), subject: product.into(), first_month, last_month, values }
}

fn flow(line: u32, structure: &str, month: &str, received: i64, completed: i64, opening: i64) -> Fact {
    let closing = opening + received - completed;
    let quantities =
        [(facts::RECEIVED, received), (facts::COMPLETED, completed), (facts::OPENING_BACKLOG, opening), (facts::CLOSING_BACKLOG, closing)];
    fact(line, structure, PRODUCT, month, &quantities)
}

fn in_force(recorded: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, recorded);
    facts
}

/// The bundled plans, read once.
fn bundled() -> Plans {
    static BUNDLED: OnceLock<Plans> = OnceLock::new();
    BUNDLED.get_or_init(|| Plans::bundled().unwrap()).clone()
}

fn plan() -> Plan {
    Plan::clone(bundled().get("inps-2021").unwrap())
}

/// Measures twice: from the sums kept and from the facts one by one, which must agree in value and provenance.
#[track_caller]
fn measured(plan: &Plan, facts: &Facts, code: &str, structure: &str, period: &str) -> Result<Exact, Missing> {
    derived(plan, facts, code, structure, period).value
}

/// The same with its derivation.
fn derived(plan: &Plan, facts: &Facts, code: &str, structure: &str, period: &str) -> Measured {
    let state = State::of(&bundled().with([plan.clone()]), facts);
    let query =
        Query { plan, facts, structure, period: period.parse().unwrap(), quantities: &facts::QUANTITIES, detail: Detail::Derivation };
    let indicator = plan.indicators().get(code).unwrap();
    let derived = Production.measure(&query, &state, indicator);
    let figure = Production.measure(&Query { detail: Detail::Figure, ..query }, &state, indicator);
    assert_eq!(figure.value, derived.value, "{code} of {structure} in {period}");
    assert_eq!(figure.explanation.provenance(), derived.explanation.provenance(), "{code} of {structure} in {period}");
    derived
}

fn ratio(numerator: i64, denominator: i64) -> Exact {
    Exact::quotient(&Exact::from(numerator), &Exact::from(denominator)).unwrap()
}

#[test]
fn clearance_is_the_ratio_of_sums_at_every_level() {
    let facts = in_force(vec![flow(1, OFFICE, "2021-01", 100, 90, 40), flow(2, "PRV_ASTI", "2021-01", 10, 20, 30)]);
    let clearance = |structure| measured(&plan(), &facts, "production.clearance_ratio", structure, "2021-01");
    assert_eq!(clearance(OFFICE), Ok(ratio(90, 100)));
    assert_eq!(clearance("REG_PIEMONTE"), Ok(ratio(110, 110)));
    assert_eq!(clearance("NAZ"), Ok(ratio(110, 110)));
    assert!(matches!(clearance("PRV_CUNEO"), Err(Missing::NoData { .. })), "no fact is no figure");
}

#[test]
fn an_office_that_helps_is_not_punished() {
    let helped = fact(1, OFFICE, PRODUCT, "2021-01", &[(facts::RECEIVED, 100), (facts::COMPLETED, 60), (facts::TRANSFERRED_OUT, 40)]);
    let helper = fact(2, "PRV_ASTI", PRODUCT, "2021-01", &[(facts::RECEIVED, 10), (facts::COMPLETED, 50), (facts::TRANSFERRED_IN, 40)]);
    let facts = in_force(vec![helped, helper]);
    for structure in [OFFICE, "PRV_ASTI", "NAZ"] {
        assert_eq!(measured(&plan(), &facts, "production.clearance_ratio", structure, "2021-01"), Ok(Exact::from(1)), "{structure}");
    }
}

#[test]
fn nothing_received_is_undefined() {
    let facts = in_force(vec![flow(1, OFFICE, "2021-01", 0, 5, 40)]);
    assert!(matches!(measured(&plan(), &facts, "production.clearance_ratio", OFFICE, "2021-01"), Err(Missing::ZeroDivisor { .. })));
    assert!(matches!(measured(&plan(), &facts, "production.backlog_days", OFFICE, "2021-01"), Err(Missing::ZeroDivisor { .. })));
}

#[test]
fn backlog_days_annualise_the_months_that_have_passed() {
    let facts = in_force(vec![flow(1, OFFICE, "2021-01", 100, 90, 40), flow(2, OFFICE, "2021-02", 100, 120, 50)]);
    let days = |period| measured(&plan(), &facts, "production.backlog_days", OFFICE, period).unwrap();
    // 30 pieces wait; 200 came in two months, 1,200 in a year.
    assert_eq!(days("2021-02-ytd"), ratio(30 * 360, 1_200));
    // 50 wait at the end of January; 100 came in one month.
    assert_eq!(days("2021-01"), ratio(50 * 360, 1_200));
}

#[test]
fn a_year_does_not_speak_of_a_month() {
    let facts = in_force(vec![flow(1, OFFICE, "2021", 100, 90, 40)]);
    assert!(measured(&plan(), &facts, "production.clearance_ratio", OFFICE, "2021").is_ok());
    assert!(
        measured(&plan(), &facts, "production.clearance_ratio", OFFICE, "2021-12-ytd").is_ok(),
        "outside accounting a year has twelve months"
    );
    assert!(measured(&plan(), &facts, "production.clearance_ratio", OFFICE, "2021-06").is_err());
}

#[test]
fn productivity_divides_by_heads_and_months() {
    let points = |month: &str, line, completed| fact(line, OFFICE, "BENEFITS_POINTS", month, &[(facts::COMPLETED, completed)]);
    let staff = |month: &str, line, hundredths| fact(line, OFFICE, "PRODUCTION_STAFF", month, &[(facts::STAFF_FTE, hundredths)]);
    let facts =
        in_force(vec![points("2021-01", 1, 1_000), points("2021-02", 2, 1_400), staff("2021-01", 3, 1_000), staff("2021-02", 4, 1_400)]);
    // 2,400 points, 12 heads on average, 2 months.
    assert_eq!(measured(&plan(), &facts, "production.productivity", OFFICE, "2021-02-ytd"), Ok(Exact::from(100)));
}

/// The staff of a month is recorded when the month is over: until then the mean of those before stands for it.
#[test]
fn productivity_counts_the_months_of_the_points() {
    let points = |month: &str, line, completed| fact(line, OFFICE, "BENEFITS_POINTS", month, &[(facts::COMPLETED, completed)]);
    let staff = |month: &str, line, hundredths| fact(line, OFFICE, "PRODUCTION_STAFF", month, &[(facts::STAFF_FTE, hundredths)]);
    let three = vec![points("2021-01", 1, 1_000), points("2021-02", 2, 1_400), points("2021-03", 3, 1_200)];
    let late = [staff("2021-01", 4, 1_000), staff("2021-02", 5, 1_400)];
    let facts = in_force(three.into_iter().chain(late).collect());
    assert_eq!(measured(&plan(), &facts, "production.productivity", OFFICE, "2021-03-ytd"), Ok(Exact::from(100)), "3,600 / 12 / 3");
    let early = in_force(vec![points("2021-01", 1, 1_000), staff("2021-01", 2, 1_000), staff("2021-02", 3, 1_000)]);
    assert_eq!(measured(&plan(), &early, "production.productivity", OFFICE, "2021-02-ytd"), Ok(Exact::from(100)), "1,000 / 10 / 1");
}

#[test]
fn the_total_is_that_of_the_production_areas() {
    let support = "STAFF_WORK,Supporto,BENEFITS,product,points,,,,,,\n";
    let plan = plan_with(&[("products.csv", support), ("coefficients.csv", "STAFF_WORK,2020-01,1.0000\n")], &[]);
    let points = |line, product: &str, completed| fact(line, OFFICE, product, "2021-01", &[(facts::COMPLETED, completed)]);
    let staff = fact(3, OFFICE, "PRODUCTION_STAFF", "2021-01", &[(facts::STAFF_FTE, 100)]);
    let facts = in_force(vec![points(1, "BENEFITS_POINTS", 100), points(2, "STAFF_WORK", 7), staff]);
    assert_eq!(measured(&plan, &facts, "production.homogenised_points.BENEFITS", OFFICE, "2021-01"), Ok(Exact::from(107)));
    assert_eq!(measured(&plan, &facts, "production.homogenised_points", OFFICE, "2021-01"), Ok(Exact::from(100)));
    assert_eq!(measured(&plan, &facts, "production.productivity", OFFICE, "2021-01"), Ok(Exact::from(100)));
}

#[test]
fn inspection_counts_in_its_area_and_not_in_the_total() {
    let points = |line, product: &str, completed| fact(line, "NAZ_NA", product, "2020", &[(facts::COMPLETED, completed)]);
    let facts = in_force(vec![points(1, "FLOWS_POINTS", 100), points(2, "FIELD_INSPECTION", 7)]);
    assert_eq!(measured(&plan(), &facts, "production.homogenised_points.FLOWS", "NAZ", "2020"), Ok(Exact::from(107)));
    assert_eq!(measured(&plan(), &facts, "production.homogenised_points", "NAZ", "2020"), Ok(Exact::from(100)));
}

/// The bundled plan with rows added to its tables, and rows of its tables replaced.
fn plan_with(added: &[(&str, &str)], replaced: &[(&str, &str, &str)]) -> Plan {
    let mut files = bundled_files();
    for (file, from, to) in replaced {
        let text = String::from_utf8(files[*file].clone()).unwrap();
        assert!(text.contains(from), "{file} has {from}");
        files.insert((*file).to_owned(), text.replace(from, to).into_bytes());
    }
    for (file, rows) in added {
        files.get_mut(*file).unwrap().extend(rows.as_bytes());
    }
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The files of the bundled plan of 2021.
fn bundled_files() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plan/plans/inps-2021");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())).collect()
}

/// The bundled plan with other coefficients.
fn plan_with_coefficients(rows: &str) -> Plan {
    plan_with(&[("coefficients.csv", rows)], &[])
}

#[test]
fn a_revised_coefficient_never_changes_the_months_before_it() {
    let points = |line, month: &str| fact(line, OFFICE, "BENEFITS_POINTS", month, &[(facts::COMPLETED, 10)]);
    let facts = in_force(vec![points(1, "2021-05"), points(2, "2021-06")]);
    let revised = plan_with_coefficients("BENEFITS_POINTS,2021-06,1.5000\n");
    let of = |plan: &Plan, period| measured(plan, &facts, "production.homogenised_points", OFFICE, period).unwrap();
    assert_eq!(of(&revised, "2021-05"), of(&plan(), "2021-05"));
    assert_eq!(of(&revised, "2021-06"), Exact::from(15));
    assert_eq!(of(&revised, "2021-06-ytd"), Exact::from(25));
}

/// The reasons why a batch is refused, given what is in force.
fn refused(batch: &[Fact], in_force: &Facts) -> Vec<(&'static str, String)> {
    let plans = bundled();
    let incoming = Incoming { facts: batch, plans: &plans, quantities: &facts::QUANTITIES };
    Production.check(&incoming, in_force).into_iter().map(|violation| (violation.reason, violation.detail)).collect()
}

#[track_caller]
fn check(batch: &[Fact], in_force: &Facts, reason: &str, numbers: &str) {
    let reasons = refused(batch, in_force);
    assert!(reasons.iter().any(|(given, detail)| *given == reason && detail.contains(numbers)), "{reasons:?}");
}

#[test]
fn what_does_not_hold_together_is_refused_with_the_numbers() {
    let none = Facts::default();
    let quantities = [(facts::RECEIVED, 100), (facts::COMPLETED, 90), (facts::OPENING_BACKLOG, 40), (facts::CLOSING_BACKLOG, 49)];
    check(&[fact(1, OFFICE, PRODUCT, "2021-03", &quantities)], &none, "BALANCE_MISSED", "gives 50 pieces, closing says 49, difference -1");
    let automatic = [(facts::COMPLETED, 5), (facts::COMPLETED_AUTOMATICALLY, 6)];
    check(
        &[fact(1, OFFICE, PRODUCT, "2021-03", &automatic)],
        &none,
        "PART_EXCEEDS_WHOLE",
        "6 pieces completed automatically are more than the 5",
    );
    check(&[fact(1, OFFICE, PRODUCT, "2021-03", &[(facts::STAFF_FTE, 100)])], &none, "QUANTITY_MISPLACED", "has no staff_fte");
    check(&[fact(1, OFFICE, "PRODUCTION_STAFF", "2021-03", &[(facts::RECEIVED, 1)])], &none, "QUANTITY_MISPLACED", "has no received");
    let january = in_force(vec![flow(1, OFFICE, "2021-01", 100, 90, 40)]);
    check(
        &[flow(1, OFFICE, "2021-02", 10, 10, 51)],
        &january,
        "CONTINUITY_MISSED",
        "opens with 51 pieces, 2021-01 closed with 50, difference 1",
    );
    assert_eq!(refused(&[flow(1, OFFICE, "2021-02", 10, 10, 50)], &january), []);
}

#[test]
fn a_transfer_has_two_ends() {
    let month = |line, structure, taken, handed| {
        let quantities = [(facts::RECEIVED, 10), (facts::TRANSFERRED_IN, taken), (facts::TRANSFERRED_OUT, handed)];
        fact(line, structure, PRODUCT, "2021-03", &quantities)
    };
    let none = Facts::default();
    check(
        &[month(1, OFFICE, 0, 40), month(2, "PRV_ASTI", 39, 0)],
        &none,
        "TRANSFERS_MISSED",
        "takes over 39 pieces and hands over 40, difference -1",
    );
    let both = [month(1, OFFICE, 0, 40), month(2, "PRV_ASTI", 40, 0)];
    assert_eq!(refused(&both, &none), []);
    // A correction counts by what it changes: one end alone no longer matches the other.
    let recorded = in_force(both.to_vec());
    check(&[month(1, OFFICE, 0, 41)], &recorded, "TRANSFERS_MISSED", "takes over 0 pieces and hands over 1, difference -1");
    assert_eq!(refused(&[month(1, OFFICE, 0, 41), month(2, "PRV_ASTI", 41, 0)], &recorded), []);
}

#[test]
fn a_product_without_a_coefficient_has_no_points() {
    let early = fact(1, OFFICE, PRODUCT, "1999-12", &[(facts::RECEIVED, 1)]);
    // No bundled plan was in force then: the coefficient is asked only of the plan of the month.
    assert_eq!(refused(std::slice::from_ref(&early), &Facts::default()), []);
    let plan = plan_with(&[], &[("coefficients.csv", "INCOME_SUPPORT,2000-01", "INCOME_SUPPORT,2021-06")]);
    let plans = Plans::default().with([plan.clone()]);
    let may = fact(1, OFFICE, PRODUCT, "2021-05", &[(facts::RECEIVED, 1)]);
    let incoming = Incoming { facts: std::slice::from_ref(&may), plans: &plans, quantities: &facts::QUANTITIES };
    assert_eq!(incoming.plan_of(&may).unwrap().version(), plan.version(), "the only plan is in force");
    let reasons: Vec<_> = Production.check(&incoming, &Facts::default()).into_iter().map(|violation| violation.reason).collect();
    assert_eq!(reasons, ["COEFFICIENT_MISSING"]);
}

#[test]
fn a_corrected_month_leads_into_the_next() {
    let both = in_force(vec![flow(1, OFFICE, "2021-01", 100, 90, 40), flow(2, OFFICE, "2021-02", 10, 10, 50)]);
    let january = flow(1, OFFICE, "2021-01", 100, 95, 40);
    check(std::slice::from_ref(&january), &both, "CONTINUITY_MISSED", "correct 2021-02 in the same batch");
    assert_eq!(refused(&[january, flow(2, OFFICE, "2021-02", 10, 10, 45)], &both), []);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Parts sum to the whole, in whatever order the facts came.
    #[test]
    fn offices_sum_to_the_nation(flows in prop::collection::vec((0i64..5_000, 0i64..5_000, 0i64..5_000), 4)) {
        let offices = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO", "PRV_NOVARA"];
        let recorded: Vec<Fact> =
            offices.iter().zip(&flows).zip(1..).map(|((office, (received, completed, opening)), line)| flow(line, office, "2021-01", *received, *completed, *opening)).collect();
        let plan = plan();
        let received: i64 = flows.iter().map(|flow| flow.0).sum();
        let completed: i64 = flows.iter().map(|flow| flow.1).sum();
        let expected = Exact::quotient(&Exact::from(completed), &Exact::from(received));
        let forwards = measured(&plan, &in_force(recorded.clone()), "production.clearance_ratio", "NAZ", "2021-01").ok();
        let backwards = measured(&plan, &in_force(recorded.into_iter().rev().collect()), "production.clearance_ratio", "NAZ", "2021-01").ok();
        prop_assert_eq!(&forwards, &expected);
        prop_assert_eq!(forwards, backwards);
    }
}

/// A batch that every processor checks a share of: what is wrong in any of them is told, once and in the order of the rows, and a transfer
/// has both its ends wherever the rows are cut.
#[test]
fn a_large_batch_is_checked_as_a_small_one() {
    const PRODUCTS: [&str; 5] = ["INCOME_SUPPORT", "CREDIT_WELFARE", "REGISTRY_FLOWS", "FLOWS_POINTS", "BENEFITS_POINTS"];
    const OFFICES: usize = 100;
    let plan = plan();
    let offices: Vec<&str> = plan.structures().codes().filter(|code| code.starts_with("PRV_")).take(OFFICES).collect();
    // In each product and month the first office hands three pieces over, and the last takes them.
    let row = |line: usize, month: i64, product: &str, office: usize| {
        let step = [(0, -3), (OFFICES - 1, 3)].into_iter().find(|(of, _)| *of == office).map_or(0, |(_, step)| step);
        let opening = 400 + month * step;
        let quantities = [
            (facts::RECEIVED, 7),
            (facts::COMPLETED, 7),
            (facts::TRANSFERRED_OUT, -step.min(0)),
            (facts::TRANSFERRED_IN, step.max(0)),
            (facts::OPENING_BACKLOG, opening),
            (facts::CLOSING_BACKLOG, opening + step),
        ];
        let period = format!("{}-{:02}", 2020 + month / 12, month % 12 + 1);
        fact(u32::try_from(line).unwrap(), offices[office], product, &period, &quantities)
    };
    let all =
        (0..24).flat_map(|month| PRODUCTS.into_iter().flat_map(move |product| (0..OFFICES).map(move |office| (month, product, office))));
    // Without half of the first offices, so that the rows of one product lie across the middle, and across any other even cut.
    let some = all.filter(|(month, product, office)| *month > 0 || *product != PRODUCTS[0] || *office == 0 || *office >= OFFICES / 2 + 3);
    let mut batch: Vec<Fact> = some.zip(1..).map(|((month, product, office), line)| row(line, month, product, office)).collect();
    for shares in 2..=8 {
        let cut = batch.len().div_ceil(shares);
        let (before, after) = (&batch[cut - 1], &batch[cut]);
        assert_eq!((&before.subject, before.first_month), (&after.subject, after.first_month), "cut in {shares}");
    }
    assert_eq!(refused(&batch, &Facts::default()), []);
    let last = batch.len() - 1;
    batch[0].values.set(facts::CLOSING_BACKLOG, Some(398));
    batch[last].values.set(facts::TRANSFERRED_IN, Some(4));
    let incoming = Incoming { facts: &batch, plans: &bundled(), quantities: &facts::QUANTITIES };
    let found: Vec<_> = Production.check(&incoming, &Facts::default()).into_iter().map(|found| (found.line, found.reason)).collect();
    // February opens with what January did not close with; of what does not match, the first row that speaks of it is told.
    let february = batch.iter().find(|fact| fact.first_month == batch[0].first_month + 1).unwrap().line;
    let handing = batch[last + 1 - OFFICES].line;
    let expected =
        [(1, "BALANCE_MISSED"), (february, "CONTINUITY_MISSED"), (batch[last].line, "BALANCE_MISSED"), (handing, "TRANSFERS_MISSED")];
    assert_eq!(found, expected);
}

//! Watched accounts: balances against last year's, the index of a group, ages and deadlines, what is collected.

use std::sync::OnceLock;

use piramide_domain::{Domain, Facts, Incoming};
use piramide_finance::{
    Finance,
    accounts::{Line, Watched, collected_over_previous, watched},
    facts::QUANTITIES,
};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing};
use piramide_plan::{Plan, packages};
use proptest::prelude::*;

use crate::support::{amount_of, exact, in_force, plan, plans, query};

fn line<'a, 'b>(watched: &'b Watched<'a>, account: &str) -> &'b Line<'a> {
    watched.groups.iter().flat_map(|group| &group.lines).find(|line| line.account.code == account).unwrap()
}

/// Balances of the two accounts of medical visits at the end of 2020 and of a month of 2021, in cents.
fn visits(before: [i64; 2], now: [i64; 2]) -> Facts {
    let of = |account: &str, period: &str, cents| amount_of("PRV_TORINO", 1, &format!("{account}.balance"), period, cents);
    in_force(vec![
        of("GPA00037", "2020-12", before[0]),
        of("GPA52002", "2020-12", before[1]),
        of("GPA00037", "2021-10", 1),
        of("GPA00037", "2021-11", now[0]),
        of("GPA52002", "2021-11", now[1]),
    ])
}

#[test]
fn the_index_of_medical_visits_weighs_both_accounts_against_last_year() {
    let facts = visits([100_000, 50_000], [95_000, 40_500]);
    let drawn = watched(&query(plan("inps-2021"), &facts, "REG_PIEMONTE", "2021"));
    let invoices = line(&drawn, "GPA00037");
    assert_eq!((invoices.balance.value.clone(), invoices.previous.value.clone()), (Ok(exact("950")), Ok(exact("1000"))), "the last month");
    assert_eq!((invoices.change.actual.clone(), invoices.change.deviation.clone()), (Ok(exact("95")), Some(Exact::zero())));
    // 81 % of last year's against 90: a tenth better.
    assert_eq!(line(&drawn, "GPA52002").change.deviation, Some(exact("10")));
    let group = &drawn.groups[0];
    assert_eq!((group.group.code.as_str(), group.indicator.as_str()), ("MEDICAL_VISITS", "finance.medical_visits"));
    assert_eq!(
        (group.result.actual.clone(), group.result.deviation.clone()),
        (Ok(exact("105")), Some(exact("5"))),
        "half of 100 and half of 110"
    );
    let capped =
        watched(&query(plan("inps-2021"), &visits([100_000, 50_000], [95_000, 0]), "REG_PIEMONTE", "2021")).groups[0].result.actual.clone();
    assert_eq!(capped, Ok(exact("125")), "a deviation counts 50 at most");
}

#[test]
fn a_balance_of_the_other_side_is_to_be_cleared_as_well() {
    let facts = visits([-100_000, 50_000], [95_000, -45_000]);
    let drawn = watched(&query(plan("inps-2021"), &facts, "REG_PIEMONTE", "2021"));
    assert_eq!(drawn.groups[0].result.actual, Ok(Exact::hundred()));
}

#[test]
fn what_is_not_measured_leaves_its_weight_and_is_never_zero() {
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "GPA52002.balance", "2020-12", 50_000),
        amount_of("PRV_TORINO", 1, "GPA52002.balance", "2021-11", 45_000),
        amount_of("PRV_TORINO", 1, "GPA00037.balance", "2021-11", 45_000),
    ]);
    let query = query(plan("inps-2021"), &facts, "REG_PIEMONTE", "2021");
    let drawn = watched(&query);
    assert_eq!(drawn.groups[0].result.actual, Ok(Exact::hundred()));
    let index = piramide_finance::accounts::balances(&query, "MEDICAL_VISITS", "x");
    assert_eq!(index.coverage, Some(exact("50")));
    assert!(matches!(line(&drawn, "GPA00037").change.actual, Err(Missing::NoData { .. })), "last year is not known");
    assert!(line(&drawn, "GPA52021").collected.value.is_err());
    let nothing = in_force(Vec::new());
    let empty = watched(&crate::support::query(plan("inps-2021"), &nothing, "NAZ", "2021"));
    assert!(empty.groups.iter().all(|group| group.result.actual.is_err()));
}

/// The plan of 2021 with a deadline for one transit account.
fn with_deadline(days: u32) -> Plan {
    let (_, mut files) = packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap();
    let text = String::from_utf8(files["accounts.csv"].clone()).unwrap();
    let changed = text.replace("MEDICAL_VISITS,50,90,,", &format!("MEDICAL_VISITS,50,90,{days},"));
    assert!(changed.len() > text.len(), "the account is there");
    files.insert("accounts.csv".into(), changed.into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

const AGES: [(&str, i64); 5] = [("UP_TO_30", 100), ("UP_TO_90", 200), ("UP_TO_180", 300), ("UP_TO_365", 400), ("OVER_365", 500)];

fn aged(balance: i64, unworkable: i64) -> Vec<Fact> {
    let of = |line, figure: &str, cents| amount_of("PRV_TORINO", line, &format!("GPA52002.{figure}"), "2021-06", cents);
    let ages = AGES.iter().zip(1..).map(|((age, cents), line)| of(line, &format!("open.{age}"), *cents));
    ages.chain([of(6, "balance", balance), of(7, "unworkable", unworkable)]).collect()
}

#[test]
fn what_is_open_beyond_the_deadline_is_overdue() {
    let (plan, facts) = (with_deadline(90), in_force(aged(1_500, 120)));
    let drawn = watched(&query(&plan, &facts, "PRV_TORINO", "2021"));
    let transit = line(&drawn, "GPA52002");
    assert_eq!(transit.overdue.value, Ok(exact("12")), "from 91 days on");
    assert_eq!(transit.unworkable.value, Ok(exact("1.2")));
    let open: Exact = transit.open.iter().map(|(_, amount)| amount.value.clone().unwrap()).sum();
    assert_eq!(Ok(open), transit.balance.value.clone());
    let without = watched(&query(crate::support::plan("inps-2021"), &facts, "PRV_TORINO", "2021"));
    assert!(line(&without, "GPA52002").overdue.value.is_err(), "without a deadline nothing is overdue, and it says so");
}

fn reasons(batch: &[Fact]) -> Vec<(u32, &'static str)> {
    let incoming = Incoming { facts: batch, plans: plans(), quantities: &QUANTITIES };
    Finance.check(&incoming, &Facts::default()).into_iter().map(|violation| (violation.line, violation.reason)).collect()
}

#[test]
fn ages_that_miss_the_balance_are_refused_once_with_the_difference() {
    assert_eq!(reasons(&aged(1_500, 1_500)), []);
    assert_eq!(reasons(&aged(1_501, 120)), [(1, "AGES_MISS_BALANCE")]);
    assert_eq!(reasons(&aged(1_500, 1_501)), [(1, "UNWORKABLE_BEYOND_BALANCE")]);
    let batch = aged(1_501, 0);
    let found = Finance.check(&Incoming { facts: &batch, plans: plans(), quantities: &QUANTITIES }, &Facts::default());
    assert!(found[0].flaggable && found[0].detail.contains("sums to 15, its balance is 15.01, difference 0.01"), "{found:?}");
    let refund = [amount_of("PRV_TORINO", 1, "GPA52021.collected", "2021-06", -1)];
    assert_eq!(reasons(&refund), [(1, "REVERSAL_WITHOUT_ORIGINAL")]);
    let credit = [amount_of("PRV_TORINO", 1, "GPA52002.balance", "2021-06", -1)];
    assert_eq!(reasons(&credit), [], "a balance may stand on the other side");
}

#[test]
fn collections_count_every_account_and_compare_with_the_year_before_to_month_13() {
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "GPA52092.collected", "2020-06", 8_000),
        amount_of("PRV_TORINO", 1, "PTY24133.collected", "2020-13", 2_000),
        amount_of("PRV_TORINO", 1, "GPA52092.collected", "2021-03", 10_000),
        amount_of("PRV_LECCE", 1, "GPA54021.collected", "2021-12", 1_500),
        amount_of("PRV_LECCE", 1, "GPA52021.collected", "2021-12", 41_465_500),
    ]);
    let nation = query(plan("inps-2021"), &facts, "NAZ", "2021");
    assert_eq!(collected_over_previous(&nation, "CREDIT_RECOVERY", "x").value, Ok(exact("115")), "fees are another group");
    let drawn = watched(&nation);
    let fees = drawn.groups.iter().find(|group| group.group.code == "LEGAL_FEES").unwrap();
    assert_eq!((fees.result.actual.clone(), fees.result.target.clone()), (Ok(exact("414655")), Some(exact("12000042"))));
    let puglia = drawn.below.iter().find(|below| below.structure.code == "REG_PUGLIA").unwrap();
    assert_eq!(puglia.results[1].target, Some(exact("1194042")));
}

/// The plan with each deadline that there can be.
static PLANS: OnceLock<Vec<Plan>> = OnceLock::new();

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is open, the classes beyond a deadline and those within it are all of it, and a later deadline leaves less overdue.
    #[test]
    fn overdue_is_a_part_that_shrinks_with_the_deadline(cents in prop::collection::vec(0i64..1_000_000_000, 5)) {
        let of = |(age, cents): (&(&str, i64), &i64)| amount_of("PRV_TORINO", 1, &format!("GPA52002.open.{}", age.0), "2021-06", *cents);
        let facts = in_force(AGES.iter().zip(&cents).map(of).collect());
        let plans = PLANS.get_or_init(|| [30, 90, 180, 365].map(with_deadline).into());
        let mut before: Option<Exact> = None;
        for (plan, within) in plans.iter().zip(1..) {
            let drawn = watched(&query(plan, &facts, "PRV_TORINO", "2021"));
            let overdue = line(&drawn, "GPA52002").overdue.value.clone().unwrap();
            prop_assert_eq!(&overdue, &Exact::from_minor_units(cents[within..].iter().sum::<i64>(), 2));
            prop_assert!(before.is_none_or(|before| overdue <= before));
            before = Some(overdue);
        }
    }
}

//! Spending control: tolerances at their edges, what was expected by now, where the year ends.

use piramide_domain::{Domain, Facts, Incoming};
use piramide_finance::{
    Finance,
    asked::Asked,
    facts::QUANTITIES,
    spending::{
        Basis, Control, Line,
        Standing::{self, Passed, Warned, Within},
        control,
    },
};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing};
use piramide_plan::Round;
use proptest::prelude::*;

use crate::support::{amount_of, exact, in_force, plan, plans, query};

/// Lighting: running costs.
const CHAPTER: &str = "5U1104012";

/// An amount of a figure of the chapter in Torino for each month of a range of 2021, in cents.
fn monthly(figure: &str, months: std::ops::RangeInclusive<u8>, cents: i64) -> Vec<Fact> {
    monthly_of("PRV_TORINO", figure, months, cents)
}

fn monthly_of(structure: &str, figure: &str, months: std::ops::RangeInclusive<u8>, cents: i64) -> Vec<Fact> {
    months.map(|month| amount_of(structure, 1, &format!("{CHAPTER}.{figure}"), &format!("2021-{month:02}"), cents)).collect()
}

fn line<'a, 'b>(control: &'b Control<'a>) -> &'b Line<'a> {
    control.lines.iter().find(|line| line.chapter.code == CHAPTER).unwrap()
}

fn asked<'a>(facts: &'a Facts, period: &str) -> Asked<'a> {
    query(plan("inps-2021"), facts, "REG_PIEMONTE", period)
}

/// Whatever is used against a forecast of 1,000 euro by the end of a month stands so.
#[track_caller]
fn check(month: &str, round: &str, used: i64, expected: Standing) {
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.{round}"), month, 100_000),
        amount_of("PRV_TORINO", 2, &format!("{CHAPTER}.actual"), month, used),
    ]);
    // Facts of January alone are all the year so far.
    let control = control(&asked(&facts, month));
    assert_eq!(line(&control).tolerance.standing, expected, "{used} cents");
}

#[test]
fn a_limit_is_passed_beyond_it_and_warned_of_before() {
    for (used, expected) in [(0, Within), (103_999, Within), (104_000, Warned), (105_000, Warned), (105_001, Passed)] {
        check("2021-01", "forecast_1", used, expected);
    }
}

#[test]
fn at_the_fourth_forecast_too_little_is_beyond_the_limit_too() {
    let of = |used: i64| {
        let facts = in_force([monthly("forecast_4", 1..=12, 10_000), monthly("actual", 1..=12, used)].concat());
        let control = control(&asked(&facts, "2021"));
        let line = line(&control);
        assert_eq!((line.round, line.projection.basis), (Some(Round::Fourth), Basis::Final));
        line.tolerance.standing
    };
    let found = [9_499, 9_500, 9_600, 9_601, 10_399, 10_400, 10_500, 10_501].map(of);
    assert_eq!(found, [Passed, Warned, Warned, Within, Within, Warned, Warned, Passed]);
}

#[test]
fn what_is_expected_comes_from_the_last_round_that_covers_every_month() {
    let first = monthly("forecast_1", 1..=12, 10_000);
    let actual = monthly("actual", 1..=5, 9_000);
    let all = in_force([first.clone(), actual.clone(), monthly("forecast_2", 1..=12, 8_000)].concat());
    let second = control(&asked(&all, "2021-06-ytd"));
    assert_eq!((line(&second).round, line(&second).forecast.value.clone()), (Some(Round::Second), Ok(exact("400"))), "five months");
    // A round that restates only the months left does not say what was expected so far.
    let left = in_force([first, actual.clone(), monthly("forecast_2", 6..=12, 8_000)].concat());
    let earlier = control(&asked(&left, "2021-06-ytd"));
    assert_eq!((line(&earlier).round, line(&earlier).forecast.value.clone()), (Some(Round::First), Ok(exact("500"))));
    assert_eq!(line(&earlier).projection.measured.value, Ok(exact("1010")), "450 used and seven months of 80: the last round knows best");
    assert_eq!(line(&earlier).projection.basis, Basis::Forecast(Round::Second));
    let none = in_force(actual);
    let without = control(&asked(&none, "2021-06-ytd"));
    assert!(matches!(line(&without).forecast.value, Err(Missing::NoInput { .. })), "no forecast is not a forecast of zero");
    assert_eq!(line(&without).tolerance.standing, Standing::Unknown);
}

#[test]
fn without_a_forecast_of_every_month_left_the_year_is_projected_pro_rata() {
    let facts = in_force([monthly("actual", 1..=5, 9_000), monthly("forecast_1", 6..=11, 1)].concat());
    let control = control(&asked(&facts, "2021"));
    let line = line(&control);
    assert_eq!(line.projection.basis, Basis::ProRata);
    assert_eq!(line.projection.measured.value, Ok(exact("1080")), "450 x 12 / 5");
    assert!(line.projection.measured.explanation.formula.contains("x 12 / 5 mesi"), "{:?}", line.projection.measured.explanation);
    let empty = Facts::default();
    let nothing = piramide_finance::spending::control(&asked(&empty, "2021"));
    assert_eq!((nothing.elapsed, self::line(&nothing).projection.basis), (None, Basis::None));
    assert!(nothing.total.actual.value.is_err(), "missing, not zero");
}

#[test]
fn the_budget_warns_before_it_is_passed_and_of_what_the_year_would_pass() {
    let of = |committed: i64, used: i64| {
        let mut facts = monthly("actual", 1..=3, used);
        facts.push(amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.assigned"), "2021-01", 100_000));
        facts.push(amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.committed"), "2021-03", committed));
        let facts = in_force(facts);
        let control = control(&asked(&facts, "2021-03-ytd"));
        let line = line(&control);
        (line.commitment.standing, line.outcome.standing, line.standing())
    };
    assert_eq!(of(89_999, 100), (Within, Within, Within));
    assert_eq!(of(90_000, 100), (Warned, Within, Warned), "nine tenths of the budget are bound");
    assert_eq!(of(100_001, 100), (Passed, Within, Passed));
    assert_eq!(of(50_000, 9_000), (Within, Passed, Warned), "108,000 a year: not passed yet");
}

#[test]
fn once_the_year_is_over_a_budget_that_was_used_is_as_planned() {
    let of = |last: u8, committed: i64| {
        let mut facts = monthly("actual", 1..=last, 7_000);
        facts.push(amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.assigned"), "2021-01", 100_000));
        facts.push(amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.committed"), "2021-03", committed));
        let facts = in_force(facts);
        let control = control(&asked(&facts, "2021"));
        line(&control).commitment.standing
    };
    assert_eq!((of(12, 95_000), of(13, 95_000)), (Warned, Within), "December may be of one office alone");
    assert_eq!((of(12, 100_001), of(13, 100_001)), (Passed, Passed), "what is passed stays so");
}

#[test]
fn against_a_forecast_of_zero_any_amount_is_beyond_the_limit() {
    let facts = in_force([monthly("forecast_1", 1..=1, 0), monthly("actual", 1..=1, 1)].concat());
    let control = control(&asked(&facts, "2021-01"));
    assert_eq!(line(&control).tolerance.standing, Passed);
    assert_eq!(
        line(&control).tolerance.percent.value,
        Err(Missing::ZeroDivisor { divisor: "il riferimento".to_owned() }),
        "a deviation from zero is not defined"
    );
}

#[test]
fn the_transit_account_is_a_share_of_the_running_costs() {
    let of = |balance: i64, month: u8| {
        let mut facts = monthly("actual", 1..=month, 10_000);
        facts.push(amount_of("PRV_TORINO", 1, "5U2112010.actual", "2021-01", 9_000_000));
        facts.push(amount_of("DR_PIEMONTE", 1, "TRANSIT_1005", &format!("2021-{month:02}"), balance));
        let facts = in_force(facts);
        let control = control(&asked(&facts, "2021"));
        let [transit] = control.transit.as_slice() else { panic!("one account") };
        (transit.verdict.percent.value.clone().unwrap().rounded(2), transit.verdict.standing)
    };
    assert_eq!(of(600, 3), ("2.00".to_owned(), Within), "capital spending is no running cost");
    assert_eq!(of(720, 3), ("2.40".to_owned(), Warned));
    assert_eq!(of(-901, 3), ("3.00".to_owned(), Passed), "whichever side it lies on, and as cross products say");
    assert_eq!(of(0, 12), ("0.00".to_owned(), Within));
    assert_eq!(of(1, 12).1, Passed, "at the fourth forecast nothing may lie there");
}

#[test]
fn nobody_forecasts_month_13() {
    let reasons = |subject: &str, period: &str| -> Vec<&'static str> {
        let batch = [amount_of("PRV_TORINO", 1, &format!("{CHAPTER}.{subject}"), period, 100)];
        let incoming = Incoming { facts: &batch, plans: plans(), quantities: &QUANTITIES };
        Finance.check(&incoming, &Facts::default()).into_iter().map(|violation| violation.reason).collect()
    };
    assert_eq!(reasons("forecast_4", "2021-13"), ["FORECAST_IN_MONTH_13"]);
    assert_eq!(reasons("actual", "2021-13"), Vec::<&str>::new(), "what has been used is closed there");
    assert_eq!(reasons("forecast_4", "2021"), Vec::<&str>::new(), "a forecast of the whole year");
}

#[test]
fn every_figure_explains_itself() {
    let facts = in_force([monthly("forecast_1", 1..=12, 10_000), monthly("actual", 1..=3, 9_000)].concat());
    let control = control(&asked(&facts, "2021-03-ytd"));
    let percent = &line(&control).tolerance.percent.explanation;
    assert!(
        percent.notes.iter().any(|note| note == "regola a al I forecast: tollerato da qualunque a 5,00 % (spend_rules.csv:2)"),
        "{percent:?}"
    );
    assert_eq!(percent.inputs.len(), 2);
    assert_eq!(percent.inputs[0].inputs.len(), 3, "down to the facts of three months");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pro rata is exact, and what the structures are projected to spend is what the whole is projected to spend.
    #[test]
    fn projections_add_up(months in 1u8..=11, amounts in prop::collection::vec(1i64..1_000_000_000, 2), forecast in any::<bool>()) {
        let offices = ["PRV_TORINO", "PRV_GENOVA"];
        let mut facts: Vec<Fact> =
            offices.iter().zip(&amounts).flat_map(|(office, cents)| monthly_of(office, "actual", 1..=months, *cents)).collect();
        if forecast {
            facts.extend(offices.iter().flat_map(|office| monthly_of(office, "forecast_3", months + 1..=12, 700)));
        }
        let facts = in_force(facts);
        let whole = control(&query(plan("inps-2021"), &facts, "NAZ", "2021"));
        let own = line(&whole).projection.measured.value.clone().unwrap();
        let used: i64 = amounts.iter().sum::<i64>() * i64::from(months);
        let expected = if forecast { used + 1_400 * i64::from(12 - months) } else { amounts.iter().sum::<i64>() * 12 };
        prop_assert_eq!(&own, &Exact::from_minor_units(expected, 2));
        let below: Exact = whole.below.iter().filter_map(|below| below.total.projection.value.clone().ok()).sum();
        prop_assert_eq!(&below, &own);
    }

    /// A limit stands to the amount as the deviation stands to the tolerance.
    #[test]
    fn limits_and_deviations_agree(expected in 1i64..1_000_000_000, used in 0i64..2_000_000_000) {
        let facts = in_force([monthly("forecast_1", 1..=1, expected), monthly("actual", 1..=1, used)].concat());
        let drawn = control(&asked(&facts, "2021-01"));
        let verdict = &line(&drawn).tolerance;
        let percent = verdict.percent.value.clone().unwrap();
        prop_assert_eq!(verdict.standing == Passed, percent > exact("5"));
        prop_assert_eq!(verdict.standing == Within, percent < exact("4"));
        prop_assert_eq!(verdict.most.clone().unwrap(), Exact::from_minor_units(expected, 2) * exact("1.05"));
    }
}

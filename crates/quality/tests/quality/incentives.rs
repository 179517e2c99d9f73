//! The bands of an incentive: their edges, and what a missing number may and may not decide.

use std::sync::LazyLock;

use piramide_domain::Facts;
use piramide_measure::{Exact, Missing};
use piramide_plan::{Band, Plan, Plans};
use piramide_quality::{
    incentives::{self, Needed, Outcome, Verdict, verdict},
    state::State,
};
use proptest::prelude::*;

use crate::support::{exact, fact, files, query, recorded};

/// The bands of the bundled plan of 2021.
fn bands() -> &'static [Band] {
    static PLANS: LazyLock<Plans> = LazyLock::new(|| Plans::bundled().unwrap());
    &PLANS.get("inps-2021").unwrap().incentives().get("SPECIAL").unwrap().bands
}

fn missing() -> Missing {
    Missing::NoInput { input: "qualcosa".into() }
}

fn number(text: &str) -> Result<Exact, Missing> {
    if text.is_empty() { Err(missing()) } else { Ok(exact(text)) }
}

/// What a deviation reaches, beside last year's index and the cluster's deviation; an empty text is missing.
fn judged(deviation: &str, last_year: &str, cluster: &str) -> Verdict {
    let last_year = number(last_year);
    let possible: Vec<&Band> = bands().iter().filter(|band| last_year.as_ref().map_or(true, |index| band.holds(index))).collect();
    verdict(&possible, &number(deviation), &last_year, &number(cluster))
}

#[track_caller]
fn check(deviation: &str, last_year: &str, cluster: &str, expected: &str) {
    let found = judged(deviation, last_year, cluster);
    let outcome = match &found.outcome {
        Outcome::Reached => "reached",
        Outcome::Missed => "missed",
        Outcome::Undecided(_) => "undecided",
    };
    let needed = found.needed.map_or_else(
        || "?".to_owned(),
        |Needed { deviation, exceed }| format!("{}{}", if exceed { "> " } else { ">= " }, deviation.decimal_text(8)),
    );
    assert_eq!(format!("{outcome} {needed}"), expected, "{deviation} after {last_year}, the cluster {cluster}");
}

/// Rule: one year's contract for the special incentive; last year's index from 100 needs any positive deviation or the cluster's, from 90
/// at least the cluster's, below 90 ten per cent more than it.
#[test]
fn the_edges_of_the_bands_are_exact() {
    // From 100: any positive deviation...
    check("0.00001", "100", "3", "reached > 0");
    check("0", "100", "3", "missed > 0");
    check("-0.00001", "250", "3", "missed > 0");
    // ...or the cluster's, where that is not above zero.
    check("-2", "100", "-2", "reached >= -2");
    check("-2.00001", "100", "-2", "missed >= -2");
    check("0", "100", "0", "reached >= 0");
    // From 90 and below 100: at least the cluster's.
    check("3", "99.99999", "3", "reached >= 3");
    check("2.99999", "99.99999", "3", "missed >= 3");
    check("3", "90", "3", "reached >= 3");
    check("-2", "90", "-2", "reached >= -2");
    check("1", "95", "3", "missed >= 3");
    // Below 90: ten per cent above the cluster's; above a negative one is nearer to zero.
    check("3", "89.99999", "3", "missed >= 3.3");
    check("3.3", "89.99999", "3", "reached >= 3.3");
    check("3.29999", "0", "3", "missed >= 3.3");
    check("-1.8", "89", "-2", "reached >= -1.8");
    check("-1.80001", "89", "-2", "missed >= -1.8");
    check("0", "89", "0", "reached >= 0");
    // A third has no last digit: the edge is where it is, not where it would be rounded.
    let third = Exact::quotient(&exact("10"), &exact("3")).unwrap();
    let last = [&bands()[1]];
    let of = |deviation: Exact| verdict(&last, &Ok(deviation), &Ok(exact("95")), &Ok(third.clone())).outcome;
    assert_eq!((of(third.clone()), of(exact("3.3333333333333333333333333"))), (Outcome::Reached, Outcome::Missed));
}

#[test]
fn what_is_missing_decides_nothing() {
    // Without last year's index: what all bands grant, and what none does.
    check("3.3", "", "3", "reached >= 3.3");
    check("3", "", "3", "undecided ?");
    check("0.5", "", "3", "undecided ?");
    check("0", "", "3", "missed > 0");
    check("-3", "", "-2", "missed >= -2");
    // Without the cluster: from 100 a positive deviation is enough, anything else might still equal the cluster's.
    check("1", "100", "", "reached > 0");
    check("-1", "100", "", "undecided ?");
    check("5", "95", "", "undecided ?");
    check("5", "80", "", "undecided ?");
    // Without the index itself what is asked is still known.
    check("", "95", "3", "undecided >= 3");
    assert_eq!(judged("5", "95", "").outcome, Outcome::Undecided(missing()));
    assert_eq!(
        verdict(&[], &Ok(exact("5")), &Ok(exact("95")), &Ok(exact("1"))).outcome,
        Outcome::Undecided(Missing::NoInput { input: "una fascia del piano".into() })
    );
}

#[test]
fn the_ordinary_incentive_needs_a_positive_deviation() {
    let plans = Plans::bundled().unwrap();
    for name in ["inps-2020", "inps-2021"] {
        let bands = &plans.get(name).unwrap().incentives().get("ORDINARY").unwrap().bands;
        let of =
            |deviation: &str| verdict(&bands.iter().collect::<Vec<_>>(), &Ok(exact(deviation)), &Err(missing()), &Err(missing())).outcome;
        assert_eq!((of("0.01"), of("0"), of("-3")), (Outcome::Reached, Outcome::Missed, Outcome::Missed), "{name}");
    }
    assert_eq!(plans.get("inps-2026").unwrap().incentives().iter().count(), 0, "no bands are printed for 2026");
}

/// The plan of the other tests, with an incentive on its production areas and two provinces in one cluster.
fn plan() -> Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let mut files = files();
        files.get_mut("clusters.csv").unwrap().extend_from_slice(b"quality,1,PRV_CUNEO\n");
        Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
    });
    PLAN.clone()
}

fn special<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'a str) -> incentives::Judged<'a> {
    incentives::judge(query(plan, facts, structure, "2021"), None, plan.incentives().get("SPECIAL").unwrap()).unwrap()
}

#[test]
fn a_structure_is_held_to_its_cluster_recomputed_from_parts() {
    let plan = plan();
    let days = |structure, year: &str, parts| fact(structure, "Q_DAYS", &format!("{year}-03"), parts);
    let facts = recorded(vec![
        // Torino: 10 days, then 11 (down to 90), then 10.5.
        days("PRV_TORINO", "2019", (100, 10)),
        days("PRV_TORINO", "2020", (110, 10)),
        days("PRV_TORINO", "2021", (210, 20)),
        // Cuneo: 20 days, then 20, then 18, over many more cases.
        days("PRV_CUNEO", "2019", (2_000, 100)),
        days("PRV_CUNEO", "2020", (2_000, 100)),
        days("PRV_CUNEO", "2021", (1_800, 100)),
    ]);
    let judged = special(&plan, &facts, "PRV_TORINO");
    let (_, before) = judged.last_year.as_ref().unwrap();
    assert_eq!(before.judged.index, Ok(exact("90")), "itself in the middle band");
    let cluster = judged.cluster.as_ref().unwrap();
    assert_eq!(cluster.label, "le strutture del cluster 1");
    assert_eq!(cluster.members.iter().map(|(member, _)| *member).collect::<Vec<_>>(), ["PRV_CUNEO", "PRV_TORINO"]);
    // Together (210 + 1800) / 120 days after (110 + 2000) / 110: not the mean of 4.55 and 10.
    let together = Exact::quotient(&exact("201000"), &exact("120")).unwrap();
    let together = Exact::hundred() - Exact::quotient(&(together * exact("110")), &exact("2110")).unwrap() + Exact::hundred();
    assert_eq!(cluster.index, Ok(together.clone()));
    let asked = together - Exact::hundred();
    let needed = Some(Needed { deviation: asked, exceed: false });
    assert_eq!(judged.verdict, Verdict { needed, outcome: Outcome::Missed }, "half a day of eleven is less than that");
    // The derivation says all of it, and its margin is the deviation less what is asked.
    let derivation = incentives::derivation(&judged);
    let own = judged.index.deviation().unwrap();
    assert_eq!(derivation.value, Some(own - judged.verdict.needed.unwrap().deviation));
    let text = format!("{derivation:?}");
    for expected in ["non raggiunto", "incentive_bands.csv:4", "Indice dell'anno prima (2020)", "cluster 1", "incentives.csv:3"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn who_is_alone_or_without_a_cluster_is_not_decided_by_itself() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_DAYS", "2019-03", (100, 10)),
        fact("PRV_TORINO", "Q_DAYS", "2020-03", (105, 10)),
        fact("PRV_TORINO", "Q_DAYS", "2021-03", (80, 10)),
    ]);
    let alone = special(&plan, &facts, "PRV_TORINO");
    assert!(alone.cluster.as_ref().unwrap().index.is_err());
    assert!(matches!(alone.verdict.outcome, Outcome::Undecided(Missing::Reported { .. })), "{:?}", alone.verdict);
    // A region has the other regions beside it, and here nobody else has facts; the nation has nobody.
    let region = special(&plan, &facts, "REG_PIEMONTE");
    assert_eq!(region.cluster.as_ref().map(|cluster| cluster.label.as_str()), Some("le strutture regionali"));
    assert!(matches!(region.verdict.outcome, Outcome::Undecided(_)));
    assert!(special(&plan, &facts, "NAZ").cluster.is_none());
}

#[test]
fn an_office_stands_in_the_cluster_of_the_structure_above_it() {
    let plan = plan();
    let facts = recorded(vec![fact("PRV_PERUGIA", "Q_DAYS", "2021-03", (80, 10)), fact("PRV_PERUGIA", "Q_DAYS", "2020-03", (100, 10))]);
    let judged = special(&plan, &facts, "PRV_PERUGIA");
    assert_eq!(judged.cluster.unwrap().label, "le strutture del cluster 2");
}

#[test]
fn the_sums_kept_beside_the_facts_judge_alike() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_DAYS", "2020-03", (110, 10)),
        fact("PRV_TORINO", "Q_DAYS", "2021-03", (100, 10)),
        fact("PRV_CUNEO", "Q_DAYS", "2020-03", (100, 10)),
        fact("PRV_CUNEO", "Q_DAYS", "2021-03", (101, 10)),
        fact("PRV_CUNEO", "Q_WAITING", "2021-04", (101, 10)),
    ]);
    let plans = Plans::default().with([plan.clone()]);
    let state = <State as piramide_domain::State>::of(&plans, &facts);
    for incentive in plan.incentives().iter() {
        let judge = |books| {
            let judged = incentives::judge(query(&plan, &facts, "PRV_TORINO", "2021"), books, incentive).unwrap();
            (judged.verdict, judged.cluster)
        };
        assert!(state.under(&plan).is_some());
        assert_eq!(judge(state.under(&plan)), judge(None));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Doing better never loses what was reached, in any band and whatever is missing.
    #[test]
    fn better_never_loses(deviation in -500i64..500, more in 0i64..500, last_year in 800i64..1_200, cluster in -500i64..500, known in 0u8..4) {
        let tenths = |number: i64| Exact::from_minor_units(number, 1);
        let some = |number: i64, bit: u8| if known >> bit & 1 == 1 { Ok(tenths(number)) } else { Err(missing()) };
        let (last_year, cluster) = (some(last_year, 0), some(cluster, 1));
        let possible: Vec<&Band> = bands().iter().filter(|band| last_year.as_ref().map_or(true, |index| band.holds(index))).collect();
        let of = |deviation: i64| verdict(&possible, &Ok(tenths(deviation)), &last_year, &cluster);
        let (less, better) = (of(deviation), of(deviation + more));
        prop_assert!(less.outcome != Outcome::Reached || better.outcome == Outcome::Reached);
        prop_assert!(better.outcome != Outcome::Missed || less.outcome == Outcome::Missed);
        if let (Some(needed), false) = (&less.needed, matches!(less.outcome, Outcome::Undecided(_))) {
            prop_assert_eq!(needed.reached(&tenths(deviation)), less.outcome == Outcome::Reached);
        }
    }

    /// Every index of last year lies in exactly one band.
    #[test]
    fn bands_leave_no_gap(hundredths in 0i64..20_000) {
        let index = Exact::from_minor_units(hundredths, 2);
        prop_assert_eq!(bands().iter().filter(|band| band.holds(&index)).count(), 1);
    }
}

//! What is too few to be shown: strata, channels, and structures beside each other.

use piramide_domain::{Domain as _, Facts, State as _};
use piramide_measure::{Missing, Month, Period};
use piramide_plan::{Plan, Plans};
use piramide_quality::{
    Quality,
    state::State,
    surveys::{
        estimate::Silent,
        results::{Asked, Part},
        tally::{Tallies, Tally},
        threshold,
    },
};
use proptest::prelude::*;

use super::{TABLES, estimated, month, plan, reckoned, said};
use crate::support::{exact, files, over, query, recorded};

#[test]
fn what_is_too_few_is_left_out_and_said() {
    let few = vec![reckoned().remove(0), said("PRV_ASTI", "SOUTH", "WEB", "2021-02", [0, 0, 0, 0, 9])];
    let (mean, _, _, coverage, suppressed) = estimated(few.clone(), "NAZ", Part::Whole).unwrap();
    assert_eq!((mean, coverage, suppressed), (exact("3"), exact("60"), 1), "the weight passes to the north, as if nobody had answered");
    assert_eq!(estimated(few.clone(), "NAZ", Part::Stratum("SOUTH")), Err(Silent::TooFew));
    assert_eq!(estimated(few.clone(), "PRV_ASTI", Part::Whole), Err(Silent::TooFew));
    let (plan, facts) = (plan(), recorded(few));
    let survey = plan.surveys().get("CX").unwrap();
    let asked = Asked::new(query(&plan, &facts, "PRV_ASTI", "2021"), survey, survey.sample("USERS").unwrap());
    let reason = Missing::Reported { reason: "meno di 10 risposte, qui o accanto: il piano non le mostra".into() };
    assert_eq!(asked.missing(Silent::TooFew), reason);
}

/// Three answers at the desk are hidden; were the twelve of the app shown, the three would be the rest.
#[test]
fn a_channel_cannot_be_had_by_subtraction() {
    let all = vec![
        said("PRV_TORINO", "NORTH", "WEB", "2021-01", [0, 0, 0, 40, 0]),
        said("PRV_TORINO", "NORTH", "APP", "2021-01", [0, 0, 12, 0, 0]),
        said("PRV_TORINO", "NORTH", "DESK", "2021-01", [3, 0, 0, 0, 0]),
    ];
    let channel = |code| estimated(all.clone(), "NAZ", Part::Channel(code)).map(|found| found.0);
    assert_eq!((channel("WEB"), channel("APP"), channel("DESK")), (Ok(exact("4")), Err(Silent::TooFew), Err(Silent::TooFew)));
    assert_eq!(estimated(all.clone(), "NAZ", Part::Whole).map(|found| found.0), Ok(over(199, 55)));
}

/// What is told of a structure in the year: the answers of a stratum, whole and by channel, where there are any.
fn told(plan: &Plan, facts: &Facts, books: Option<&State>, structure: &str) -> [[Option<i128>; 4]; 2] {
    told_in(plan, facts, books, structure, "2021").map(|told| told.map(|told| told.filter(|answers| *answers > 0)))
}

/// The same in a period; 0 where it is told that nobody answered.
fn told_in(plan: &Plan, facts: &Facts, books: Option<&State>, structure: &str, period: &str) -> [[Option<i128>; 4]; 2] {
    let survey = plan.surveys().get("CX").unwrap();
    let sample = survey.sample("USERS").unwrap();
    let asked = Asked::over(query(plan, facts, structure, period), books.and_then(|books| books.under(plan)), survey, sample);
    ["NORTH", "SOUTH"].map(|stratum| {
        ["", "WEB", "DESK", "APP"].map(|channel| {
            let part = if channel.is_empty() { Part::Stratum(stratum) } else { Part::Channel(channel) };
            match asked.estimate("ALL", part) {
                Ok(estimate) => estimate.parts.iter().find(|part| part.stratum.code == stratum).map(|part| part.tally.answers()),
                Err(Silent::NoAnswers) => Some(0),
                Err(Silent::TooFew) => None,
            }
        })
    })
}

const BESIDE: [&str; 8] = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO", "PRV_NOVARA", "PRV_PERUGIA", "PRV_TERNI", "PRV_GENOVA", "PRV_SAVONA"];

#[test]
fn an_office_with_few_answers_takes_the_smallest_beside_it_along() {
    let (plan, of) = (plan(), |office, count| said(office, "NORTH", "WEB", "2021-01", [0, 0, count, 0, 0]));
    let facts = recorded(vec![of("PRV_TORINO", 90), of("PRV_ASTI", 4), of("PRV_CUNEO", 30), of("PRV_PERUGIA", 50)]);
    let whole = |structure| told(&plan, &facts, None, structure)[0][0];
    assert_eq!(whole("REG_PIEMONTE"), Some(124));
    assert_eq!((whole("PRV_TORINO"), whole("PRV_ASTI"), whole("PRV_CUNEO")), (Some(90), None, None), "34 are left, and not 4");
    assert_eq!(whole("PRV_PERUGIA"), Some(50), "alone in its region, which has as many");
    // A region with few takes the smallest region along, and all under it: its offices are it.
    let facts = recorded(vec![of("PRV_TORINO", 90), of("PRV_ASTI", 60), of("PRV_PERUGIA", 5), of("PRV_GENOVA", 40)]);
    let whole = |structure| told(&plan, &facts, None, structure)[0][0];
    assert_eq!((whole("NAZ"), whole("REG_PIEMONTE"), whole("REG_UMBRIA"), whole("REG_LIGURIA")), (Some(195), Some(150), None, None));
    assert_eq!((whole("PRV_TORINO"), whole("PRV_PERUGIA"), whole("PRV_GENOVA")), (Some(90), None, None));
    // Where the plan says so, nothing but the few themselves.
    let mut files = files();
    files.extend(TABLES.map(|(file, rows)| (file.to_owned(), rows.replace(",smallest,", ",nothing,").into_bytes())));
    let open = Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let whole = |structure| told(&open, &facts, None, structure)[0][0];
    assert_eq!((whole("REG_UMBRIA"), whole("REG_LIGURIA"), whole("PRV_GENOVA")), (None, Some(40), Some(40)));
}

/// Asti has three answers in March: told for the first quarter as for any range that ends where they are not the difference of two.
#[test]
fn a_month_cannot_be_had_by_subtraction() {
    let of = |office, at, count| said(office, "NORTH", "WEB", at, [0, 0, count, 0, 0]);
    let facts = recorded(vec![
        of("PRV_ASTI", "2021-01", 20),
        of("PRV_ASTI", "2021-02", 20),
        of("PRV_ASTI", "2021-03", 3),
        of("PRV_ASTI", "2021-04", 20),
        of("PRV_TORINO", "2021-02", 50),
        of("PRV_TORINO", "2021-03", 60),
    ]);
    let plan = plan();
    let told = |structure, period: &str| told_in(&plan, &facts, None, structure, period)[0][0];
    let asti = |period| told("PRV_ASTI", period);
    assert_eq!((asti("2021-01"), asti("2021-02"), asti("2021-02-ytd")), (Some(20), Some(20), Some(40)));
    assert_eq!((asti("2021-03"), asti("2021-03-ytd"), asti("2021-04"), asti("2021-Q1")), (None, None, None, None));
    assert_eq!((asti("2021-04-ytd"), asti("2021")), (Some(63), Some(63)));
    // Torino is told in the same periods, or Asti were the rest of the region, which is told month by month.
    assert_eq!((told("PRV_TORINO", "2021-02"), told("PRV_TORINO", "2021-03"), told("PRV_TORINO", "2021")), (Some(50), None, Some(110)));
    assert_eq!((told("REG_PIEMONTE", "2021-03"), told("NAZ", "2021-03-ytd")), (Some(63), Some(153)));
}

/// Between two moments there may be one answer: what was known then is told by no indicator of answers, and what is printed is.
#[test]
fn what_was_known_at_a_moment_is_not_told() {
    let plan = plan();
    let untold = |code: &str| Quality.untold_at_a_moment(&plan, plan.indicators().get(code).unwrap());
    let Some(Missing::Reported { reason }) = untold("quality.voice") else { panic!("it is told") };
    assert!(reason.contains("a una chiusura"), "{reason}");
    assert_eq!(untold("quality.printed"), None);
    let mut others = plan.indicators().of_domain("quality").filter(|indicator| indicator.method != "survey_mean");
    assert!(others.all(|indicator| Quality.untold_at_a_moment(&plan, indicator).is_none()));
}

/// What is told, as equations of what is not: each a sum of answers by office, month and channel.
#[derive(Default)]
struct Told(Vec<Vec<i128>>);

/// A prime: that a sum follows from others over it and not over whole numbers is as good as impossible.
const PRIME: i128 = (1 << 61) - 1;

impl Told {
    /// What is left of a sum once everything that is told has been taken from it.
    fn rest(&self, mut sum: Vec<i128>) -> Vec<i128> {
        for row in &self.0 {
            let place = row.iter().position(|factor| *factor != 0).unwrap();
            let times = sum[place];
            sum.iter_mut().zip(row).for_each(|(left, factor)| *left = (*left - times * factor).rem_euclid(PRIME));
        }
        sum
    }

    fn take(&mut self, sum: Vec<i128>) {
        let rest = self.rest(sum);
        let Some(first) = rest.iter().find(|factor| **factor != 0) else { return };
        let inverse = (0..61).filter(|bit| (PRIME - 2) >> bit & 1 == 1).fold(1, |product, bit| {
            let power = (0..bit).fold(*first, |power, _| power * power % PRIME);
            product * power % PRIME
        });
        self.0.push(rest.into_iter().map(|factor| factor * inverse % PRIME).collect());
        // The row with the earliest place first, so that one pass takes all of them away.
        self.0.sort_by_key(|row| row.iter().position(|factor| *factor != 0));
    }

    fn gives(&self, sum: Vec<i128>) -> bool {
        self.rest(sum).iter().all(|factor| *factor == 0)
    }
}

const MONTHS: [&str; 4] = ["2021-01", "2021-02", "2021-03", "2021-04"];
const PERIODS: [&str; 10] =
    ["2021-01", "2021-02", "2021-03", "2021-04", "2021-02-ytd", "2021-03-ytd", "2021-04-ytd", "2021-Q1", "2021-Q2", "2021"];
const CHANNELS: [&str; 3] = ["WEB", "DESK", "APP"];

/// The places of a sum over offices, months and channels.
fn sum_over(structure: &str, period: &str, channel: usize) -> Vec<i128> {
    let period: Period = period.parse().unwrap();
    let lies = |office: &str| match structure {
        "NAZ" => true,
        "REG_PIEMONTE" => office != "PRV_PERUGIA" && office != "PRV_TERNI",
        "REG_UMBRIA" => office == "PRV_PERUGIA" || office == "PRV_TERNI",
        single => office == single,
    };
    let places = OFFICES.iter().flat_map(|office| MONTHS.iter().flat_map(move |month| (1..4).map(move |of| (*office, *month, of))));
    places
        .map(|(office, at, of)| {
            let at = Month::from_index(month(at)).unwrap();
            i128::from(lies(office) && period.first_month() <= at && at <= period.last_month() && (channel == 0 || channel == of))
        })
        .collect()
}

const OFFICES: [&str; 5] = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO", "PRV_PERUGIA", "PRV_TERNI"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Whatever is asked, of any structure, channel and period of a year, and however the answers are added to and taken from each other:
    /// no count comes out that is too small to be shown.
    #[test]
    fn nothing_small_comes_out_of_the_periods_of_a_year(
        counts in prop::collection::vec(prop_oneof![4 => Just(0i64), 1 => 1i64..10, 4 => 10i64..40], 5 * 4 * 3),
    ) {
        const FEWEST: i128 = 10;
        let plan = plan();
        let mut all = Vec::new();
        let mut left = counts.iter();
        for (office, at) in OFFICES.iter().flat_map(|office| MONTHS.map(|month| (office, month))) {
            for channel in CHANNELS {
                let count = *left.next().unwrap();
                if count > 0 {
                    all.push(said(office, "NORTH", channel, at, [0, 0, count, 0, 0]));
                }
            }
        }
        let facts = recorded(all);
        let state = State::of(&Plans::default().with([plan.clone()]), &facts);
        let structures = || ["NAZ", "REG_PIEMONTE", "REG_UMBRIA"].into_iter().chain(OFFICES);
        let count = |sum: &[i128]| sum.iter().zip(&counts).map(|(factor, count)| factor * i128::from(*count)).sum::<i128>();
        let mut known = Told::default();
        let mut answers = 0;
        for (structure, period) in structures().flat_map(|structure| PERIODS.map(|period| (structure, period))) {
            let kept = told_in(&plan, &facts, Some(&state), structure, period);
            for (channel, told) in kept[0].into_iter().enumerate() {
                let sum = sum_over(structure, period, channel);
                if let Some(told) = told {
                    prop_assert_eq!(told, count(&sum), "{} {} {}", structure, period, channel);
                    answers += 1;
                    // Where there are none, there are none in any part of it.
                    if told == 0 {
                        let parts = (0..sum.len()).filter(|place| sum[*place] != 0);
                        parts.for_each(|place| known.take((0..sum.len()).map(|other| i128::from(other == place)).collect()));
                    }
                    known.take(sum);
                }
            }
        }
        prop_assert!(answers > 0, "the year of the nation is told");
        for (structure, period) in structures().flat_map(|structure| PERIODS.map(|period| (structure, period))) {
            for channel in 0..4 {
                let sum = sum_over(structure, period, channel);
                if (1..FEWEST).contains(&count(&sum)) {
                    prop_assert!(!known.gives(sum), "{} {} {} comes out", structure, period, channel);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    /// No count below the threshold is shown, and what is hidden is nothing or no smaller than it, where there is enough to hide behind.
    #[test]
    fn no_small_count_comes_out(counts in prop::collection::vec(0i128..60, 0..8), fewest in 2i128..30) {
        let hidden = threshold::hidden(&counts, fewest);
        let sum = |wanted: bool| counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden == wanted).map(|(count, _)| *count).sum::<i128>();
        let shown_few = counts.iter().zip(&hidden).any(|(count, hidden)| !hidden && (1..fewest).contains(count));
        prop_assert!(!shown_few);
        prop_assert!(sum(true) == 0 || sum(true) >= fewest || sum(false) == 0);
    }

    /// Whatever is told of a structure and of those under it: what the told leave of the whole is nothing or no smaller than the threshold, it
    /// is never one structure or channel alone, and the sums kept beside the facts tell the same.
    #[test]
    fn nothing_small_comes_out_of_the_structures_beside(counts in prop::collection::vec(prop_oneof![Just(0i64), 1i64..10, 10i64..60], 8 * 2 * 3)) {
        const FEWEST: i128 = 10;
        let plan = plan();
        let mut counts = counts.into_iter();
        let mut all = Vec::new();
        for office in BESIDE {
            for stratum in ["NORTH", "SOUTH"] {
                for channel in ["WEB", "DESK", "APP"] {
                    let count = counts.next().unwrap();
                    if count > 0 {
                        all.push(said(office, stratum, channel, "2021-01", [0, 0, count, 0, 0]));
                    }
                }
            }
        }
        let facts = recorded(all);
        let plans = Plans::default().with([plan.clone()]);
        let state = State::of(&plans, &facts);
        let regions = ["REG_PIEMONTE", "REG_UMBRIA", "REG_LIGURIA"];
        let groups = [("NAZ", &regions[..]), ("REG_PIEMONTE", &BESIDE[..4]), ("REG_UMBRIA", &BESIDE[4..6]), ("REG_LIGURIA", &BESIDE[6..])];
        let true_count = |structure: &str, stratum: usize, channel: usize| -> i128 {
            let code = ["NORTH", "SOUTH"][stratum];
            let tallies = Tallies::gather(&query(&plan, &facts, structure, "2021"), "CX", "USERS");
            if channel == 0 { tallies.of_stratum("ALL", code).answers() } else {
                tallies.by_channel("ALL", code).get(["WEB", "DESK", "APP"][channel - 1]).map_or(0, Tally::answers)
            }
        };
        for (above, below) in groups {
            let whole = told(&plan, &facts, Some(&state), above);
            prop_assert_eq!(whole, told(&plan, &facts, None, above), "{}", above);
            let parts: Vec<_> = below.iter().map(|structure| told(&plan, &facts, Some(&state), structure)).collect();
            for stratum in 0..2 {
                for channel in 0..4 {
                    for (part, structure) in parts.iter().zip(below) {
                        let count = true_count(structure, stratum, channel);
                        prop_assert!(part[stratum][channel].is_none_or(|told| told == count && told >= FEWEST), "{} {}", structure, count);
                        // What is hidden above is hidden below, which it is the sum of.
                        prop_assert!(whole[stratum][channel].is_some() || part[stratum][channel].is_none(), "{} {} {}", structure, stratum, channel);
                    }
                    let Some(all) = whole[stratum][channel] else { continue };
                    let rest = all - parts.iter().filter_map(|part| part[stratum][channel]).sum::<i128>();
                    prop_assert!(!(1..FEWEST).contains(&rest), "{} {} {}: {} are left", above, stratum, channel, rest);
                    let hidden: Vec<i128> = parts.iter().zip(below).filter(|(part, _)| part[stratum][channel].is_none()).map(|(_, structure)| true_count(structure, stratum, channel)).collect();
                    if channel == 0 && hidden.iter().any(|count| (1..FEWEST).contains(count)) {
                        prop_assert!(hidden.iter().filter(|count| **count > 0).count() > 1, "{} {}: one alone is hidden", above, stratum);
                    }
                }
                // Channels are told at all structures under one, or at none: no table with margins on both sides is ever left with holes.
                let telling = parts.iter().zip(below).filter(|(_, structure)| true_count(structure, stratum, 0) >= FEWEST).map(|(part, _)| part[stratum][1..].iter().any(Option::is_some)).collect::<Vec<_>>();
                let small = below.iter().any(|structure| (1..4).any(|channel| (1..FEWEST).contains(&true_count(structure, stratum, channel))));
                prop_assert!(!small || telling.iter().all(|tells| !tells), "{} {}", above, stratum);
            }
        }
    }
}

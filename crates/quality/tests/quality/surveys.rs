//! Surveys: means and intervals reckoned by hand, what is too few to be shown, the rules of sampling, and every refusal at the door.

use std::sync::LazyLock;

use piramide_domain::{Batch, Domain, Draft, Facts, Incoming, State as _, Streamed, events::Refused};
use piramide_ledger::{Event, Fact};
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_quality::{
    Quality, facts,
    state::State,
    surveys::{
        answers, derivation,
        estimate::{Estimate, Silent},
        results::{Asked, Part},
        threshold,
    },
};
use proptest::prelude::*;

use crate::support::{exact, files, over, query, recorded};

const TABLES: [(&str, &str); 5] = [
    (
        "surveys.csv",
        "code,label,kind,audience,first_month,last_month,fewest,secondary,z,note\n\
         CX,Indagine,round,users,2021-01,2021-06,10,smallest,1.96,\nNOW,Feedback,instant,users,2021-01,2021-12,10,smallest,2,\n",
    ),
    (
        "survey_items.csv",
        "survey,kind,code,label\nCX,factor,ACCESS,Accessibilità\nCX,overall,ALL,Giudizio\nCX,channel,WEB,Portale\nCX,channel,DESK,Sede\n\
         CX,channel,APP,App\nNOW,overall,ALL,Giudizio\nNOW,channel,WEB,Portale\n",
    ),
    ("survey_samples.csv", "survey,code,label,note\nCX,USERS,Utenti,\nCX,PRINTED,Stampato,\nNOW,USERS,Utenti,\n"),
    (
        "survey_strata.csv",
        "survey,sample,code,label,weight,population,note\n\
         CX,USERS,NORTH,Nord,60,,\nCX,USERS,SOUTH,Sud,40,100,\nNOW,USERS,ALL,Tutti,100,,\n",
    ),
    ("survey_means.csv", "survey,sample,item,measure\nCX,PRINTED,ALL,CX_OVERALL_GENERIC\n"),
];

/// The plan, read once, since it has the whole territory.
pub(crate) fn plan() -> Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| {
        let mut files = files();
        files.extend(TABLES.map(|(file, rows)| (file.to_owned(), rows.as_bytes().to_vec())));
        let mean = "quality.voice,Giudizio,mark_1_to_5,higher_is_better,survey_mean,CX:USERS:ALL,,,\n";
        files.get_mut("indicators.csv").unwrap().extend_from_slice(mean.as_bytes());
        Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
    });
    PLAN.clone()
}

fn month(text: &str) -> i32 {
    text.parse::<Period>().unwrap().first_month().index()
}

/// Answers by mark about a stratum and a channel of the users.
fn said(structure: &str, stratum: &str, channel: &str, at: &str, counts: [i64; 5]) -> Fact {
    let values = [None, None].into_iter().chain(counts.map(Some)).collect();
    let subject = format!("CX:USERS:{stratum}:{channel}:ALL");
    Fact { line: 1, structure: structure.into(), subject: subject.into(), first_month: month(at), last_month: month(at), values }
}

fn estimated(all: Vec<Fact>, structure: &str, part: Part<'_>) -> Result<(Exact, Exact, Exact, Exact, usize), Silent> {
    let (plan, facts) = (plan(), recorded(all));
    let survey = plan.surveys().get("CX").unwrap();
    let asked = Asked::new(query(&plan, &facts, structure, "2021"), survey, survey.sample("USERS").unwrap());
    asked
        .estimate("ALL", part)
        .map(|Estimate { mean, variance, margin, coverage, suppressed, .. }| (mean, variance, margin, coverage, suppressed))
}

/// North: five marks of 4 and five of 2, so mean 3, variance 10/9. South: ten of 5, no variance.
fn reckoned() -> Vec<Fact> {
    vec![said("PRV_TORINO", "NORTH", "WEB", "2021-01", [0, 5, 0, 5, 0]), said("PRV_ASTI", "SOUTH", "WEB", "2021-02", [0, 0, 0, 0, 10])]
}

#[test]
fn a_mean_is_weighted_by_strata_and_its_interval_is_exact_but_for_the_root() {
    // 0.6 x 3 + 0.4 x 5; 0.36 x 10/9 / 10, whose root is 0.2.
    let found = estimated(reckoned(), "NAZ", Part::Whole).unwrap();
    assert_eq!(found, (exact("3.8"), exact("0.04"), exact("0.392"), exact("100"), 0));
    // A region has the answers about its own offices.
    assert_eq!(estimated(reckoned(), "REG_UMBRIA", Part::Whole), Err(Silent::NoAnswers));
}

/// South has a hundred persons: twenty of them answered, which leaves four fifths of the doubt.
#[test]
fn a_large_part_of_a_small_population_makes_certain() {
    let south = said("PRV_ASTI", "SOUTH", "WEB", "2021-02", [0, 10, 0, 10, 0]);
    let (mean, variance, ..) = estimated(vec![south], "NAZ", Part::Stratum("SOUTH")).unwrap();
    assert_eq!((mean, variance), (exact("3"), over(20, 19) * over(1, 20) * over(4, 5)));
}

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

#[test]
fn where_only_a_mean_is_published_there_is_no_interval() {
    let published = Fact {
        line: 1,
        structure: "NAZ_NA".into(),
        subject: "CX_OVERALL_GENERIC".into(),
        first_month: month("2021-01"),
        last_month: month("2021-12"),
        values: vec![Some(33_900), Some(10_000), None, None, None, None, None],
    };
    let (plan, mut facts) = (plan(), Facts::default());
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Published }, vec![published]);
    let survey = plan.surveys().get("CX").unwrap();
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), survey, survey.sample("PRINTED").unwrap());
    let overall = survey.factors().find(|factor| factor.code == "ALL").unwrap();
    assert_eq!(asked.estimate("ALL", Part::Whole), Err(Silent::NoAnswers));
    let mean = asked.published(overall).unwrap();
    assert_eq!((mean.value, mean.explanation.provenance()), (Ok(exact("3.39")), Some(Provenance::Published)));
    assert_eq!(derivation::margin(&asked, overall), None);
    assert_eq!(derivation::mean(&asked, overall).value, Some(exact("3.39")));
}

#[test]
fn an_indicator_of_the_plan_may_stand_on_a_survey() {
    let (plan, facts) = (plan(), recorded(reckoned()));
    let indicator = plan.indicators().get("quality.voice").unwrap();
    let state = State::of(&Plans::bundled().unwrap().with([plan.clone()]), &facts);
    let measured = Quality.measure(&query(&plan, &facts, "NAZ", "2021"), &state, indicator);
    assert_eq!((measured.value, measured.coverage), (Ok(exact("3.8")), Some(exact("100"))));
    let explanation = measured.explanation;
    assert_eq!((explanation.label.as_str(), explanation.inputs.len()), ("Giudizio", 2));
    assert_eq!(explanation.provenance(), Some(Provenance::Submitted));
    // The weight, then the answers by mark, and no office or month of theirs.
    assert!(explanation.inputs.iter().flat_map(|input| &input.inputs).all(|input| input.inputs.is_empty()), "{explanation:?}");
    assert_eq!(
        explanation.inputs[0].inputs.iter().filter_map(|input| input.value.clone()).collect::<Vec<_>>()[..3],
        [60, 0, 5].map(Exact::from)
    );
}

/// The reasons for which facts are refused, under these surveys alone.
#[track_caller]
fn check_refused(fact: &Fact, expected: &[(&str, &str)]) {
    let plans = Plans::default().with([plan()]);
    let batch = [fact.clone()];
    let incoming = Incoming { facts: &batch, plans: &plans, quantities: &facts::QUANTITIES };
    let found = Quality.check(&incoming, &Facts::default());
    let found: Vec<_> = found.iter().map(|violation| (violation.column.as_str(), violation.reason)).collect();
    assert_eq!(found, expected);
}

#[test]
fn bad_answers_are_refused_with_their_reason() {
    let good = || said("PRV_TORINO", "NORTH", "WEB", "2021-01", [0, 5, 0, 5, 0]);
    check_refused(&good(), &[]);
    check_refused(&said("PRV_TORINO", "NORTH", "WEB", "2021-01", [0; 5]), &[("", "ANSWERS_NONE")]);
    check_refused(&said("PRV_TORINO", "SOUTH", "WEB", "2021-01", [0, 0, 0, 51, 50]), &[("", "ANSWERS_EXCEED_POPULATION")]);
    check_refused(&said("PRV_TORINO", "NORTH", "WEB", "2021-07", [0, 5, 0, 5, 0]), &[("period", "SURVEY_NOT_OPEN")]);
    let mut half = good();
    half.values[6] = None;
    check_refused(&half, &[("", "QUANTITY_MISSING")]);
    let mut both = good();
    both.values[0] = Some(1);
    check_refused(&both, &[("numerator", "QUANTITY_MISPLACED")]);
    let measure = Fact { subject: "Q_DAYS".into(), values: vec![Some(1), Some(1), Some(1), None, None, None, None], ..good() };
    check_refused(&measure, &[("mark_1", "QUANTITY_MISPLACED")]);
}

#[test]
fn a_topic_that_the_plan_does_not_know_is_refused_by_its_part() {
    let plan = plan();
    let check = |subject: &str, expected: Option<&str>| {
        let fault = Quality.subject_fault(&plan, subject);
        assert_eq!(fault.as_ref().map(|(reason, _)| *reason), expected, "{fault:?}");
        assert_eq!(Quality.subject_label(&plan, subject).is_none(), expected.is_some(), "{subject}");
    };
    check("CX:USERS:NORTH:WEB:ALL", None);
    check("Q_DAYS", None);
    check("Q_NOTHING", Some("SUBJECT_UNKNOWN"));
    check("XC:USERS:NORTH:WEB:ALL", Some("SURVEY_UNKNOWN"));
    check("CX:OTHERS:NORTH:WEB:ALL", Some("SAMPLE_UNKNOWN"));
    check("CX:USERS:WEST:WEB:ALL", Some("STRATUM_UNKNOWN"));
    check("CX:PRINTED:NORTH:WEB:ALL", Some("STRATUM_UNKNOWN"));
    check("CX:USERS:NORTH:FAX:ALL", Some("CHANNEL_UNKNOWN"));
    check("CX:USERS:NORTH:WEB:NOTHING", Some("FACTOR_UNKNOWN"));
    check("CX:USERS:NORTH:WEB:WEB", Some("FACTOR_UNKNOWN"));
    check("CX:USERS:NORTH:WEB:ALL:MORE", Some("FACTOR_UNKNOWN"));
    check("CX:USERS", Some("STRATUM_UNKNOWN"));
}

fn answer(mark: i32, answers: i64) -> Event {
    Event {
        origin: "totem".into(),
        number: 1,
        kind: answers::kind(mark).unwrap_or("none").into(),
        structure: "PRV_TORINO".into(),
        counterpart: None,
        subject: "NOW:USERS:ALL:WEB:ALL".into(),
        month: month("2021-03"),
        moment: 0,
        amount: answers,
    }
}

/// The facts after some answers, and what they say.
fn after(events: &[Event], corrects: bool) -> Result<Vec<Option<i64>>, Refused> {
    let facts = Facts::default();
    let mut draft = Draft::new(&facts);
    for event in events {
        let touched = Quality.fold(&draft, event, corrects)?;
        draft.take(&touched);
    }
    Ok(draft.into_facts(facts::COLUMNS.len()).remove(0).values)
}

#[test]
fn single_answers_become_counts_and_nothing_else_is_kept() {
    let counts = after(&[answer(5, 1), answer(5, 1), answer(1, 1), answer(3, 4)], false).unwrap();
    assert_eq!(counts, [None, None, Some(1), Some(0), Some(4), Some(0), Some(2)]);
    assert_eq!(after(&[answer(5, 2), answer(5, -1)], true).unwrap()[6], Some(1));
    let reason = |events: &[Event], corrects| after(events, corrects).unwrap_err().reason;
    assert_eq!(reason(&[answer(5, 2), answer(5, -1)], false), "REASON_MISSING");
    assert_eq!(reason(&[answer(5, -1)], true), "QUANTITY_MISSED");
    assert_eq!(reason(&[answer(6, 1)], false), "MARK_OUT_OF_RANGE");
    assert_eq!(reason(&[answer(0, 1)], false), "MARK_OUT_OF_RANGE");
    assert_eq!(reason(&[Event { month: month("2021-12") + 1, ..answer(1, 1) }], false), "PERIOD_MALFORMED");
}

fn counts() -> impl Strategy<Value = [i64; 5]> {
    prop::array::uniform5(0i64..40).prop_filter("enough to be shown", |counts| counts.iter().sum::<i64>() >= 10)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    /// Strata that say the same give what they say, whatever they weigh.
    #[test]
    fn weights_do_not_matter_where_all_say_the_same(counts in counts()) {
        let all = vec![said("PRV_TORINO", "NORTH", "WEB", "2021-01", counts), said("PRV_TORINO", "SOUTH", "WEB", "2021-01", counts)];
        let sum: i64 = counts.iter().sum();
        let marks: i64 = counts.iter().zip(1..).map(|(count, mark)| count * mark).sum();
        prop_assert_eq!(estimated(all, "NAZ", Part::Whole).unwrap().0, over(marks, sum));
    }

    /// Neither the order of the facts, nor how they lie over offices, channels and months, changes the whole.
    #[test]
    fn only_the_sum_of_the_counts_matters(one in counts(), other in counts(), south in counts()) {
        let apart = |reversed: bool| {
            let mut all = vec![
                said("PRV_TORINO", "NORTH", "WEB", "2021-01", one),
                said("PRV_ASTI", "NORTH", "DESK", "2021-04", other),
                said("PRV_PERUGIA", "SOUTH", "APP", "2021-02", south),
            ];
            if reversed {
                all.reverse();
            }
            estimated(all, "NAZ", Part::Whole)
        };
        let mut sum = one;
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        let together = vec![said("PRV_CUNEO", "NORTH", "APP", "2021-03", sum), said("PRV_CUNEO", "SOUTH", "WEB", "2021-03", south)];
        prop_assert_eq!(apart(false), estimated(together, "NAZ", Part::Whole));
        prop_assert_eq!(apart(false), apart(true));
    }

    /// The same answers given more often leave the mean and shrink the interval.
    #[test]
    fn more_answers_are_more_certain(counts in counts(), times in 2i64..20) {
        let of = |times| estimated(vec![said("PRV_TORINO", "NORTH", "WEB", "2021-01", counts.map(|count| count * times))], "NAZ", Part::Whole).unwrap();
        let ((mean, variance, margin, ..), (more_mean, more_variance, more_margin, ..)) = (of(1), of(times));
        prop_assert_eq!(&mean, &more_mean);
        prop_assert!(more_variance < variance || variance.is_zero());
        prop_assert!(more_margin <= margin);
        prop_assert!(mean >= Exact::from(1) && mean <= Exact::from(5));
    }

    /// No count below the threshold is shown, and what is hidden is nothing or no smaller than it, where there is enough to hide behind.
    #[test]
    fn no_small_count_comes_out(counts in prop::collection::vec(0i128..60, 0..8), fewest in 2i128..30) {
        let hidden = threshold::hidden(&counts, fewest);
        let sum = |wanted: bool| counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden == wanted).map(|(count, _)| *count).sum::<i128>();
        let shown_few = counts.iter().zip(&hidden).any(|(count, hidden)| !hidden && (1..fewest).contains(count));
        prop_assert!(!shown_few);
        prop_assert!(sum(true) == 0 || sum(true) >= fewest || sum(false) == 0);
    }
}

/// What is told of a structure: the answers of a stratum, whole and by channel.
fn told(plan: &Plan, facts: &Facts, books: Option<&State>, structure: &str) -> [[Option<i128>; 4]; 2] {
    let survey = plan.surveys().get("CX").unwrap();
    let sample = survey.sample("USERS").unwrap();
    let asked = Asked::over(query(plan, facts, structure, "2021"), books.and_then(|books| books.under(plan)), survey, sample);
    ["NORTH", "SOUTH"].map(|stratum| {
        ["", "WEB", "DESK", "APP"].map(|channel| {
            if channel.is_empty() {
                return asked.estimate("ALL", Part::Stratum(stratum)).ok().map(|estimate| estimate.tally().answers());
            }
            let estimate = asked.estimate("ALL", Part::Channel(channel)).ok()?;
            estimate.parts.iter().find(|part| part.stratum.code == stratum).map(|part| part.tally.answers())
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

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
            let tallies = piramide_quality::surveys::tally::Tallies::gather(&query(&plan, &facts, structure, "2021"), "CX", "USERS");
            if channel == 0 { tallies.of_stratum("ALL", code).answers() } else {
                tallies.by_channel("ALL", code).get(["WEB", "DESK", "APP"][channel - 1]).map_or(0, piramide_quality::surveys::tally::Tally::answers)
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

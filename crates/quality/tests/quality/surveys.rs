//! Surveys: means and intervals reckoned by hand, and the rules of sampling.

mod door;
mod hiding;

use std::sync::LazyLock;

use piramide_domain::{Batch, Domain, Facts, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_quality::{
    Quality,
    state::State,
    surveys::{
        derivation,
        estimate::{Estimate, Silent},
        results::{Asked, Part},
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
        let mean = "quality.voice,Giudizio,mark_1_to_5,higher_is_better,survey_mean,CX:USERS:ALL,,,\n\
                    quality.printed,Giudizio,mark_1_to_5,higher_is_better,survey_mean,CX:PRINTED:ALL,,,\n";
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
fn where_only_a_mean_is_published_there_is_no_interval() {
    let published = Fact {
        line: 1,
        structure: "NAZ_NA".into(),
        subject: "CX_OVERALL_GENERIC".into(),
        first_month: month("2021-01"),
        last_month: month("2021-12"),
        values: [Some(33_900), Some(10_000), None, None, None, None, None].into(),
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
}

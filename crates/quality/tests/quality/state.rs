//! The sums kept beside the facts give what the facts give, each of them looked at: whatever came, was corrected, and moved.

use std::sync::{Arc, LazyLock};

use piramide_domain::{Batch, Books as _, Facts};
use piramide_ledger::Fact;
use piramide_measure::Provenance;
use piramide_plan::Plan;
use piramide_quality::{
    asked::Asked,
    contributions::contributions,
    indices::{self, Against},
    state::Books,
    surveys::results::{self, Part},
};
use proptest::prelude::*;

use crate::support::{files, query};

/// The offices, and the provinces and the region of which some change hands in 2021.
const PLACES: [&str; 6] = ["PRV_TORINO", "PRV_ASTI", "PRV_PERUGIA", "PRV_CUNEO", "REG_UMBRIA", "NAZ"];
const ASKED: [&str; 5] = ["NAZ", "REG_PIEMONTE", "REG_UMBRIA", "PRV_ASTI", "PRV_TORINO"];
const SUBJECTS: [&str; 6] = ["Q_DAYS", "Q_SHARE", "Q_WAITING", "Q_CALLS", "VOICE:USERS:ALL:DESK:OVERALL", "VOICE:USERS:ALL:PHONE:OVERALL"];
const MONTHS: [(&str, &str); 7] = [
    ("2020-02", "2020-02"),
    ("2020-09", "2020-09"),
    ("2020-01", "2020-12"),
    ("2021-02", "2021-02"),
    ("2021-06", "2021-06"),
    ("2021-09", "2021-09"),
    ("2021-01", "2021-03"),
];
const PERIODS: [&str; 5] = ["2021", "2021-Q1", "2021-09", "2021-06-ytd", "2020"];

/// The plan of the dashboard with a survey, in which Asti passes from Piedmont to Umbria in July 2021: to another cluster too, since it has
/// none of its own.
fn plan() -> Arc<Plan> {
    static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
        let mut files = files();
        let text = |file: &str| String::from_utf8(files[file].clone()).unwrap();
        let structures = text("structures.csv");
        let asti = structures.lines().find(|line| line.starts_with("PRV_ASTI,")).unwrap();
        let columns: Vec<&str> = asti.split(',').collect();
        let row = |parent: &str, from: &str, to: &str| {
            let mut columns = columns.clone();
            (columns[3], columns[4], columns[5]) = (parent, from, to);
            columns.join(",")
        };
        let moved = [row("REG_PIEMONTE", columns[4], "2021-06"), row("REG_UMBRIA", "2021-07", columns[5])].join("\n");
        let structures = structures.replace(asti, &moved);
        let clusters = text("clusters.csv").replace("quality,2,PRV_ASTI\n", "quality,1,REG_PIEMONTE\n");
        // As many digits as the reconstructed year has.
        let budgets = text("quality_budgets.csv").replace("DAYS,2,,40,", "DAYS,2,,39.80208442,");
        for (file, text) in [
            ("structures.csv", structures.as_str()),
            ("clusters.csv", clusters.as_str()),
            ("quality_budgets.csv", budgets.as_str()),
            (
                "surveys.csv",
                "code,label,kind,audience,first_month,last_month,fewest,secondary,z,note\nVOICE,Voce,round,users,2020-01,2021-12,5,smallest,1.96,\n",
            ),
            (
                "survey_items.csv",
                "survey,kind,code,label\nVOICE,factor,OVERALL,Complessivo\nVOICE,channel,DESK,Sportello\nVOICE,channel,PHONE,Telefono\n",
            ),
            ("survey_samples.csv", "survey,code,label,note\nVOICE,USERS,Utenti,\n"),
            ("survey_strata.csv", "survey,sample,code,label,weight,population,note\nVOICE,USERS,ALL,Tutti,100,,\n"),
        ] {
            files.insert(file.to_owned(), text.as_bytes().to_vec());
        }
        files.remove("survey_means.csv");
        Arc::new(Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}")))
    });
    PLAN.clone()
}

/// Facts at any place, the last of the same key being a correction; how certain each is.
fn history() -> impl Strategy<Value = Vec<(Fact, Provenance)>> {
    let drawn = (
        prop::sample::select(SUBJECTS.to_vec()),
        prop::sample::select(PLACES.to_vec()),
        prop::sample::select(MONTHS.to_vec()),
        (0i64..400, 1i64..60),
        prop::sample::select(Provenance::ALL.to_vec()),
    );
    let made = drawn.prop_map(|(subject, structure, (first, last), (numerator, denominator), provenance)| {
        let month = |text: &str| text.parse::<piramide_measure::Period>().unwrap().first_month().index();
        let values = if subject.contains(':') {
            [None, None, Some(numerator % 7), Some(0), Some(denominator % 9), Some(1), Some(numerator % 3)]
        } else {
            [Some(numerator * 10_000), Some(denominator * 10_000), None, None, None, None, None]
        };
        let (structure, subject) = (structure.to_owned(), subject.to_owned());
        (
            Fact {
                line: 1,
                structure: structure.into(),
                subject: subject.into(),
                first_month: month(first),
                last_month: month(last),
                values: values.into(),
            },
            provenance,
        )
    });
    prop::collection::vec(made, 0..60)
}

fn followed(history: &[(Fact, Provenance)]) -> (Facts, Books) {
    let (mut facts, mut books) = (Facts::default(), Books::new(plan()));
    for (sequence, (fact, provenance)) in (1..).zip(history) {
        let batch = Batch { id: sequence.to_string(), provenance: *provenance };
        facts.take_followed(sequence, batch, [fact.clone()], 1, &mut |facts, changes| books.follow_all(facts, changes));
    }
    (facts, books)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn sums_give_what_facts_give(history in history(), structure in prop::sample::select(ASKED.to_vec()), period in prop::sample::select(PERIODS.to_vec())) {
        let plan = plan();
        let (facts, books) = followed(&history);
        let query = query(&plan, &facts, structure, period);
        let (made, kept) = (Asked::new(query, "PRODUCTION"), Asked::over(query, Some(&books), "PRODUCTION"));
        prop_assert!(kept.is_kept() && !made.is_kept());
        for (made_of, kept_of) in made.all().zip(kept.all()) {
            prop_assert_eq!(made_of, kept_of);
            let code = made_of.indicator.code.as_str();
            prop_assert_eq!(made.parts(code), kept.parts(code), "{}", code);
        }
        for against in Against::ALL {
            let both = [&made, &kept].map(|asked| {
                let index = indices::index(asked, "PRODUCTION", against).unwrap();
                (index.provenance(asked, against), contributions(asked, &index, against), index)
            });
            prop_assert_eq!(&both[0], &both[1]);
            // What is explained is what is shown.
            let derivation = indices::derivation(&kept, &both[1].2, against);
            prop_assert_eq!(derivation.value, both[1].2.judged.index.clone().ok());
        }
        let survey = plan.surveys().get("VOICE").unwrap();
        let made = results::Asked::new(query, survey, &survey.samples[0]);
        let kept = results::Asked::over(query, Some(&books), survey, &survey.samples[0]);
        for part in [Part::Whole, Part::Channel("DESK"), Part::Channel("PHONE"), Part::Stratum("ALL")] {
            prop_assert_eq!(made.estimate("OVERALL", part), kept.estimate("OVERALL", part));
        }
    }
}

/// Nothing is lost where 64 bits do not hold the sums: the facts answer.
#[test]
fn what_does_not_fit_is_taken_from_the_facts() {
    let plan = plan();
    let fact = |structure: &str, month: i32| Fact {
        line: 1,
        structure: structure.into(),
        subject: "Q_DAYS".into(),
        first_month: month,
        last_month: month,
        values: [Some(i64::MAX), Some(i64::MAX / 2), None, None, None, None, None].into(),
    };
    let history =
        [("PRV_TORINO", 2021 * 13), ("PRV_ASTI", 2021 * 13 + 1)].map(|(place, month)| (fact(place, month), Provenance::Submitted));
    let (facts, books) = followed(&history);
    let query = query(&plan, &facts, "NAZ", "2021");
    let kept = Asked::over(query, Some(&books), "DAYS");
    assert!(!kept.is_kept());
    assert_eq!(kept.elementary("DAYS"), Asked::new(query, "DAYS").elementary("DAYS"));
    assert_eq!(kept.elementary("DAYS").unwrap().whole.now.numerator, i128::from(i64::MAX) * 2);
}

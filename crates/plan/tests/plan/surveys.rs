//! Surveys: what their tables say, and every way they are refused.

use piramide_measure::Exact;
use piramide_plan::{Audience, Secondary, SurveyKind};

use crate::{
    refusals::Case,
    support::{Files, bundled, plan, replaced, text},
};

const TABLES: [(&str, &str); 5] = [
    (
        "surveys.csv",
        "code,label,kind,audience,first_month,last_month,fewest,secondary,z,note\nCX,Indagine,round,users,2021-01,2021-12,10,smallest,1.96,\n",
    ),
    ("survey_items.csv", "survey,kind,code,label\nCX,factor,ACCESS,Accessibilità\nCX,overall,ALL,Giudizio\nCX,channel,WEB,Portale\n"),
    ("survey_samples.csv", "survey,code,label,note\nCX,USERS,Utenti,\nCX,PRINTED,Stampato,\n"),
    ("survey_strata.csv", "survey,sample,code,label,weight,population,note\nCX,USERS,NORTH,Nord,60,1000,\nCX,USERS,SOUTH,Sud,40,,\n"),
    ("survey_means.csv", "survey,sample,item,measure\nCX,PRINTED,ALL,MARK\n"),
];

/// The small plan with these tables, one of them edited.
#[track_caller]
fn with(table: &str, from: &str, to: &str) -> Files {
    let mut files = replaced("measures.csv", text("measures.csv") + "MARK,quality,Voto,mark_1_to_5,\n");
    for (file, rows) in TABLES {
        let rows = if file == table {
            assert_eq!(rows.matches(from).count(), 1, "{from:?}");
            rows.replacen(from, to, 1)
        } else {
            rows.to_owned()
        };
        files.insert(file.to_owned(), rows.into_bytes());
    }
    files
}

/// Every way surveys are refused.
pub(crate) fn cases() -> Vec<Case> {
    let survey = |from, to, expected| Case { files: with("surveys.csv", from, to), expected };
    let item = |from, to, expected| Case { files: with("survey_items.csv", from, to), expected };
    let sample = |from, to, expected| Case { files: with("survey_samples.csv", from, to), expected };
    let stratum = |from, to, expected| Case { files: with("survey_strata.csv", from, to), expected };
    let mean = |from, to, expected| Case { files: with("survey_means.csv", from, to), expected };
    vec![
        survey(
            "1.96,\n",
            "1.96,\nCX,Di nuovo,round,users,2021-01,2021-12,10,smallest,1.96,\n",
            "surveys.csv:3 (code): CX stands already in line 2: keep one",
        ),
        survey("round", "yearly", "surveys.csv:2 (kind): \"yearly\" is not one of: round, instant"),
        survey("users", "all", "surveys.csv:2 (audience): \"all\" is not one of: users, staff"),
        survey("2021-12,10", "2020-12,10", "surveys.csv:2 (last_month): validity ends in 2020-12, before it begins in 2021-01"),
        survey("10,smallest", "1,smallest", "surveys.csv:2 (fewest): 1 stands where 2 or more is expected"),
        survey("smallest,1.96", "smallest,0", "surveys.csv:2 (z): 0 must be above zero"),
        survey("smallest", "all", "surveys.csv:2 (secondary): \"all\" is not one of: smallest, nothing"),
        item("CX,channel", "XC,channel", "survey_items.csv:4 (survey): there is no survey XC in surveys.csv"),
        item("channel,WEB", "channel,ALL", "survey_items.csv:4 (code): ALL stands already in line 3"),
        item("channel,WEB", "overall,WEB", "survey_items.csv:4 (kind): \"overall\" must not stand here: a survey has one overall mark"),
        sample("CX,PRINTED,Stampato,\n", "CX,PRINTED,Stampato,\nCX,USERS,Altri,\n", "survey_samples.csv:4 (code): USERS stands already"),
        stratum("USERS,SOUTH,Sud,40", "OTHERS,SOUTH,Sud,40", "survey_strata.csv:3 (sample): there is no sample OTHERS"),
        stratum("Sud,40", "Sud,30", "survey_strata.csv:2 (weight): the weights under CX:USERS sum to 90, they must sum to 100"),
        stratum("60,1000", "60,mille", "survey_strata.csv:2 (population): \"mille\" is not a whole number"),
        mean("ALL,MARK", "WEB,MARK", "survey_means.csv:2 (item): there is no factor WEB in survey_items.csv"),
        mean("ALL,MARK", "ALL,CARE", "survey_means.csv:2 (measure): there is no measure of quality in marks CARE in measures.csv"),
        mean("ALL,MARK\n", "ALL,MARK\nCX,PRINTED,ALL,MARK\n", "survey_means.csv:3 (item): \"ALL\" must not stand here"),
    ]
}

/// Beside that it weighs nothing, the weights of the sample then miss 100: both are said.
#[test]
fn a_stratum_without_weight_is_refused() {
    let errors = piramide_plan::Plan::from_files(&with("survey_strata.csv", "Sud,40", "Sud,")).unwrap_err();
    let first = errors.0.first().unwrap().to_string();
    assert_eq!(first, "survey_strata.csv:3 (weight): is empty: every row has a number", "{errors}");
}

#[test]
fn a_survey_is_read_with_all_that_belongs_to_it() {
    let plan = plan(&with("", "", ""));
    let survey = plan.surveys().get("CX").unwrap();
    assert_eq!((survey.kind, survey.audience, survey.fewest), (SurveyKind::Round, Audience::Users, 10));
    assert_eq!(survey.secondary, Secondary::Smallest);
    assert_eq!(survey.factors().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["ACCESS", "ALL"]);
    assert_eq!(survey.channels().map(|item| item.code.as_str()).collect::<Vec<_>>(), ["WEB"]);
    let north = survey.sample("USERS").unwrap().stratum("NORTH").unwrap();
    assert_eq!((north.weight.clone(), north.population.clone()), (Exact::from(60), Some(Exact::from(1000))));
    assert_eq!(survey.sample("PRINTED").unwrap().means["ALL"], "MARK");
}

/// Of the round of 2020 two samples and five means are printed, and neither strata nor channels.
#[test]
fn the_published_round_is_what_was_published() {
    for name in ["inps-2020", "inps-2021"] {
        let plan = bundled(name);
        let survey = plan.surveys().get("CX_2020").unwrap();
        assert_eq!((survey.samples.len(), survey.factors().count(), survey.channels().count()), (2, 5, 0));
        assert!(survey.samples.iter().all(|sample| sample.strata.is_empty() && sample.means.len() == 5));
    }
}

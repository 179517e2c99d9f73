//! What comes in at the door: counted answers with every refusal, and single answers.

use piramide_domain::{Domain, Draft, Facts, Incoming, Streamed, events::Refused};
use piramide_ledger::{Event, Fact, Values};
use piramide_plan::Plans;
use piramide_quality::{Quality, facts, surveys::answers};

use super::{month, plan, said};

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
    half.values.set(6, None);
    check_refused(&half, &[("", "QUANTITY_MISSING")]);
    let mut both = good();
    both.values.set(0, Some(1));
    check_refused(&both, &[("numerator", "QUANTITY_MISPLACED")]);
    let measure = Fact { subject: "Q_DAYS".into(), values: [Some(1), Some(1), Some(1), None, None, None, None].into(), ..good() };
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
fn after(events: &[Event], corrects: bool) -> Result<Values, Refused> {
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
    assert_eq!(counts, [None, None, Some(1), Some(0), Some(4), Some(0), Some(2)].into());
    assert_eq!(after(&[answer(5, 2), answer(5, -1)], true).unwrap().get(6), Some(1));
    let reason = |events: &[Event], corrects| after(events, corrects).unwrap_err().reason;
    assert_eq!(reason(&[answer(5, 2), answer(5, -1)], false), "REASON_MISSING");
    assert_eq!(reason(&[answer(5, -1)], true), "QUANTITY_MISSED");
    assert_eq!(reason(&[answer(6, 1)], false), "MARK_OUT_OF_RANGE");
    assert_eq!(reason(&[answer(0, 1)], false), "MARK_OUT_OF_RANGE");
    assert_eq!(reason(&[Event { month: month("2021-12") + 1, ..answer(1, 1) }], false), "PERIOD_MALFORMED");
}

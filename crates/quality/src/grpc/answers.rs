//! `RecordAnswers`: chunks of answers, each answered when it is durable.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, tz::Offset};
use piramide_contracts::{
    convert,
    quality::{RecordAnswersRequest, RecordAnswersResponse, RefusedAnswer, SurveyAnswer},
    types,
};
use piramide_domain::{
    Handle,
    events::{
        Chunk, Refused, Settled,
        stream::{self, Contract, Read},
    },
};
use piramide_ledger::Event;
use piramide_measure::{Month, Period};
use tonic::Status;

use crate::{
    Quality,
    surveys::{Topic, answers::kind},
};

const MOST_ANSWERS: i64 = 1_000_000;
/// How far ahead the clock of a sender may be.
const AHEAD: Duration = Duration::from_hours(24);

/// The contract that takes answers.
pub(super) struct Answers(pub(super) Handle<Quality>);

impl Contract for Answers {
    type Request = RecordAnswersRequest;
    type Response = RecordAnswersResponse;

    fn read(&self, request: RecordAnswersRequest) -> Result<Read, Status> {
        let RecordAnswersRequest { chunk, origin, provenance, reason, answers } = request;
        let (provenance, reason) = stream::header(&origin, provenance, &reason, answers.len())?;
        let latest = month_of(SystemTime::now() + AHEAD);
        let (mut read, mut refused) = (Vec::with_capacity(answers.len()), Vec::new());
        for answer in answers {
            let number = answer.number;
            match self.event(&origin, answer, latest) {
                Ok(event) => read.push(event),
                Err(reason) => refused.push((number, reason)),
            }
        }
        Ok(Read { number: chunk, chunk: Chunk { provenance, reason, events: read }, refused })
    }

    fn response(chunk: i64, refused: Vec<(i64, Refused)>, settled: Settled) -> RecordAnswersResponse {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let wire = |(number, Refused { field, reason, detail })| RefusedAnswer {
            number,
            field: field.to_owned(),
            reason: reason.to_owned(),
            detail,
        };
        RecordAnswersResponse {
            chunk,
            accepted: count(settled.accepted),
            duplicates: count(settled.duplicates),
            refused: refused.into_iter().map(wire).collect(),
            sequence: settled.sequence,
        }
    }
}

impl Answers {
    fn event(&self, origin: &str, answer: SurveyAnswer, latest: Option<Month>) -> Result<Event, Refused> {
        if answer.number < 1 {
            return Err(Refused::new("number", "NUMBER", format!("{} is not a number from 1", answer.number)));
        }
        let mark = kind(answer.mark).ok_or_else(|| {
            let detail = format!("{} is no mark: marks go from 1 to 5", answer.mark);
            Refused::new("mark", "MARK_OUT_OF_RANGE", detail)
        })?;
        if answer.answers == 0 || answer.answers.unsigned_abs() > MOST_ANSWERS.unsigned_abs() {
            let detail = format!("{} answers: give 1 to {MOST_ANSWERS}, or as many below zero to take back", answer.answers);
            return Err(Refused::new("answers", "ANSWERS_MALFORMED", detail));
        }
        let month = given_in(answer.month.as_ref(), latest)?;
        let topic = Topic {
            survey: &answer.survey_code,
            sample: &answer.sample_code,
            stratum: &answer.stratum_code,
            channel: &answer.channel_code,
            factor: &answer.factor_code,
        };
        let subject = topic.subject();
        self.place(&answer.structure_code, topic, month)?;
        Ok(Event {
            origin: origin.to_owned(),
            number: answer.number,
            kind: mark.to_owned(),
            structure: answer.structure_code,
            counterpart: None,
            subject,
            month: month.index(),
            // The day and hour would help to recognise who answered.
            moment: 0,
            amount: answer.answers,
        })
    }

    /// Whether answers to a topic are taken in a structure and month.
    fn place(&self, structure: &str, topic: Topic<'_>, month: Month) -> Result<(), Refused> {
        if let Some((field, reason, detail)) = self.0.place_fault(structure, &topic.subject(), month) {
            let field = match reason {
                "SAMPLE_UNKNOWN" => "sample_code",
                "STRATUM_UNKNOWN" => "stratum_code",
                "CHANNEL_UNKNOWN" => "channel_code",
                "FACTOR_UNKNOWN" => "factor_code",
                "SURVEY_UNKNOWN" => "survey_code",
                _ if field == "moment" => "month",
                _ => field,
            };
            return Err(Refused::new(field, reason, detail));
        }
        let plan = self.0.plans().in_force(Period::Month(month));
        let closed = plan.and_then(|plan| topic.known(plan).ok()?.closed(month, month));
        closed.map_or(Ok(()), |(reason, detail)| Err(Refused::new("month", reason, detail)))
    }
}

/// The month in which an answer was given, which is over or current.
fn given_in(month: Option<&types::Period>, latest: Option<Month>) -> Result<Month, Refused> {
    let malformed = |cause: String| Refused::new("month", "PERIOD_MALFORMED", cause);
    let period = convert::period("month", month).map_err(|invalid| malformed(invalid.cause))?;
    let Period::Month(month) = period else { return Err(malformed(format!("{period} is not a month"))) };
    if month.number() > 12 {
        return Err(malformed(format!("{month} is a month of accounting only")));
    }
    if latest.is_some_and(|latest| latest < month) {
        return Err(Refused::new("month", "MONTH_AHEAD", format!("{month} lies ahead: send answers once they are given")));
    }
    Ok(month)
}

/// The month of a moment, in UTC.
fn month_of(moment: SystemTime) -> Option<Month> {
    let civil = Offset::UTC.to_datetime(Timestamp::try_from(moment).ok()?);
    Month::new(u16::try_from(civil.year()).ok()?, u8::try_from(civil.month()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_of_a_month_that_is_not_ahead() {
        let latest = month_of(SystemTime::UNIX_EPOCH + Duration::from_mins(29_750_000));
        assert_eq!(latest, Month::new(2026, 7));
        let check = |text: &str, expected: Option<&str>| {
            let found = given_in(Some(&types::Period { value: text.to_owned() }), latest);
            assert_eq!(found.as_ref().err().map(|refused| refused.reason), expected, "{text}: {found:?}");
        };
        check("2026-07", None);
        check("2026-08", Some("MONTH_AHEAD"));
        check("2026-Q2", Some("PERIOD_MALFORMED"));
        check("2025-13", Some("PERIOD_MALFORMED"));
        check("luglio", Some("PERIOD_MALFORMED"));
        assert_eq!(given_in(None, latest).unwrap_err().reason, "PERIOD_MALFORMED");
    }
}

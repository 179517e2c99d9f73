//! What can be asked of figures: a structure, a period, a plan, a point of knowledge.

use piramide_contracts::{convert, types};
use piramide_measure::Period;

use crate::problem::Problem;

/// A question that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    /// The code of the structure.
    pub(crate) structure: String,
    /// The period.
    pub(crate) period: Period,
    /// The plan, by name or version; empty for the one in force.
    pub(crate) plan: String,
    /// The knowledge to use.
    pub(crate) as_of: Option<types::AsOf>,
}

impl Question {
    /// Reads the four parameters. An empty plan or point of knowledge is none, as forms send them.
    ///
    /// # Errors
    ///
    /// When the period or the moment is malformed.
    pub(crate) fn read(structure: String, period: &str, plan: Option<String>, as_of: Option<&str>) -> Result<Self, Problem> {
        let period =
            period.parse().map_err(|error: piramide_measure::period::PeriodError| Problem::parameter("period", error.to_string()))?;
        let as_of = as_of.filter(|text| !text.is_empty()).map(|text| point("as_of", text)).transpose()?;
        Ok(Self { structure, period, plan: plan.unwrap_or_default(), as_of })
    }

    /// Whether it asks for the latest knowledge.
    pub(crate) fn is_current(&self) -> bool {
        self.as_of.is_none()
    }
}

/// What is assumed of a production plan, as it was given: the service reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Assumption {
    /// How much more comes in, in per cent.
    pub(crate) received_percent: Option<String>,
    /// The area in which it does; empty for all.
    pub(crate) area: String,
    /// How many full-time equivalents more there are.
    pub(crate) staff_fte: Option<String>,
}

/// The later of two points of knowledge, which has two names: `after` where two are compared, `as_of` where one is asked for, as links bring it.
/// What `after` says is meant, unless it is left empty.
pub(crate) fn later(after: Option<String>, as_of: Option<String>) -> Option<String> {
    after.filter(|after| !after.trim().is_empty()).or(as_of)
}

/// A point of knowledge, as a parameter of that name.
///
/// # Errors
///
/// When it begins like a moment and is none.
pub(crate) fn point(name: &str, text: &str) -> Result<types::AsOf, Problem> {
    // In an address an unescaped plus sign is a blank.
    convert::as_of(name, text).map_err(|invalid| Problem::parameter(&invalid.field, format!("{}; a plus sign as %2B", invalid.cause)))
}

#[cfg(test)]
mod tests {
    use piramide_contracts::types::as_of::At;
    use prost_types::Timestamp;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&At>) {
        let read = Question::read("NAZ".into(), "2020", None, Some(text));
        assert_eq!(read.ok().map(|question| question.as_of.unwrap().at.unwrap()).as_ref(), expected, "{text}");
    }

    #[test]
    fn a_point_of_knowledge_is_a_moment_or_a_closing() {
        let moment = |seconds, nanos| At::Moment(Timestamp { seconds, nanos });
        check("2020-12-31T23:59:59Z", Some(&moment(1_609_459_199, 0)));
        check("2021-01-01T00:59:59.5+01:00", Some(&moment(1_609_459_199, 500_000_000)));
        check("2020-IV", Some(&At::Closing("2020-IV".into())));
        check("2020-12-31", Some(&At::Closing("2020-12-31".into())));
        for refused in ["2020-12-31T23:59:59", "2020-12-31T23:59:59 01:00", "2020-13-31T23:59:59Z", "2020-12-31Tnoon"] {
            check(refused, None);
        }
    }

    #[test]
    fn the_later_knowledge_has_two_names() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(later(text("2021-I"), text("2021-II")), text("2021-I"), "after is meant");
        assert_eq!(later(text(" "), text("2021-II")), text("2021-II"), "what a form leaves empty is not said");
        assert_eq!((later(None, text("2021-II")), later(None, None)), (text("2021-II"), None));
    }

    #[test]
    fn what_a_form_leaves_empty_is_not_asked() {
        let question = Question::read("NAZ".into(), "2020-Q3", Some(String::new()), Some("")).unwrap();
        assert!(question.is_current() && question.plan.is_empty());
        assert!(Question::read("NAZ".into(), "2020-3", None, None).is_err());
    }
}

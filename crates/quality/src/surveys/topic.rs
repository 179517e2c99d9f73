//! What a fact counts answers to, and the checks of such facts.

use piramide_domain::{Grade, Incoming, Violation};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Month};
use piramide_plan::{Plan, Sample, Stratum, Survey, SurveyItem};

use crate::facts::{COLUMNS, DENOMINATOR, MARKS, NUMERATOR};

const SEPARATOR: char = ':';

/// A topic, as the subject of a fact names it: `CX_2026:USERS:ALL:PORTAL:OVERALL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic<'a> {
    /// The survey.
    pub survey: &'a str,
    /// Its sample.
    pub sample: &'a str,
    /// The stratum of who answers.
    pub stratum: &'a str,
    /// Where they met the institute.
    pub channel: &'a str,
    /// What the mark is given for.
    pub factor: &'a str,
}

/// A topic with what the plan says of it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// The sample.
    pub sample: &'a Sample,
    /// The stratum.
    pub stratum: &'a Stratum,
    /// The channel.
    pub channel: &'a SurveyItem,
    /// The factor.
    pub factor: &'a SurveyItem,
}

/// The stable reason why there is no such topic, and what is wrong.
pub type Fault = (&'static str, String);

impl<'a> Topic<'a> {
    /// The topic that a subject names; `None` for a measure, whose code has no colon.
    pub fn of(subject: &'a str) -> Option<Self> {
        let mut parts = subject.split(SEPARATOR);
        let (survey, sample) = (parts.next()?, parts.next()?);
        let mut more = || parts.next().unwrap_or_default();
        let (stratum, channel) = (more(), more());
        // What is too much stays with the factor, which the plan then does not know.
        let before = [survey, sample, stratum, channel].map(|part| part.len() + SEPARATOR.len_utf8()).iter().sum::<usize>();
        Some(Self { survey, sample, stratum, channel, factor: subject.get(before..).unwrap_or_default() })
    }

    /// The subject of a fact that counts answers to it.
    pub fn subject(&self) -> String {
        let Self { survey, sample, stratum, channel, factor } = self;
        [*survey, sample, stratum, channel, factor].join(&SEPARATOR.to_string())
    }

    /// What the subjects of a sample's topics begin with.
    pub fn beginning(survey: &str, sample: &str) -> String {
        format!("{survey}{SEPARATOR}{sample}{SEPARATOR}")
    }

    /// What the plan says of it.
    ///
    /// # Errors
    ///
    /// The first of its parts that the plan does not know.
    pub fn known<'p>(&self, plan: &'p Plan) -> Result<Known<'p>, Fault> {
        let Self { survey, sample, stratum, channel, factor } = self;
        let version = plan.version();
        let lost = |reason, part: &str, what: &str, of: &str| (reason, format!("\"{part}\" is not a {what} of {of} in {version}"));
        let known = plan.surveys().get(survey).ok_or_else(|| ("SURVEY_UNKNOWN", format!("\"{survey}\" is not a survey of {version}")))?;
        let of = known.sample(sample).ok_or_else(|| lost("SAMPLE_UNKNOWN", sample, "sample", survey))?;
        if of.strata.is_empty() {
            let detail = format!("the strata of {survey}:{sample} and their weights are not in {version}: no answer can be weighed");
            return Err(("STRATUM_UNKNOWN", detail));
        }
        Ok(Known {
            survey: known,
            sample: of,
            stratum: of.stratum(stratum).ok_or_else(|| lost("STRATUM_UNKNOWN", stratum, "stratum with a weight", sample))?,
            channel: known
                .channels()
                .find(|item| item.code == *channel)
                .ok_or_else(|| lost("CHANNEL_UNKNOWN", channel, "channel", survey))?,
            factor: known.factors().find(|item| item.code == *factor).ok_or_else(|| lost("FACTOR_UNKNOWN", factor, "factor", survey))?,
        })
    }
}

impl Known<'_> {
    /// Why the survey takes no answers in some months.
    pub fn closed(&self, first: Month, last: Month) -> Option<Fault> {
        let Survey { code, first_month, last_month, .. } = self.survey;
        let inside = *first_month <= first && last <= *last_month;
        let months = if first == last { first.to_string() } else { format!("{first} to {last}") };
        (!inside).then(|| ("SURVEY_NOT_OPEN", format!("{code} takes answers from {first_month} to {last_month}, not in {months}")))
    }
}

/// Checks a fact that counts answers: all five marks are counted, there is an answer, the survey is open, and no stratum answers more than
/// it has.
pub fn check(batch: &Incoming<'_>, fact: &Fact, topic: Topic<'_>, violations: &mut Vec<Violation>) {
    let mut refuse =
        |column: &str, reason, detail: String| violations.push(Violation::new(Grade::Unmet, fact.line, column, reason, detail));
    for quantity in [NUMERATOR, DENOMINATOR].into_iter().filter(|quantity| batch.value(fact, *quantity).is_some()) {
        let name = COLUMNS.get(quantity).copied().unwrap_or_default();
        refuse(name, "QUANTITY_MISPLACED", format!("{} is a topic of a survey: count its answers from mark_1 to mark_5", fact.subject));
    }
    let counts = MARKS.map(|mark| batch.value(fact, mark));
    if counts.iter().any(Option::is_none) {
        refuse("", "QUANTITY_MISSING", "answers are counted for all five marks, mark_1 to mark_5: write 0 where nobody gave one".into());
        return;
    }
    let answers: i128 = counts.iter().flatten().map(|count| i128::from(*count)).sum();
    if answers == 0 {
        refuse("", "ANSWERS_NONE", "nobody answered: leave the row out".into());
    }
    let Some(Ok(known)) = batch.plan_of(fact).map(|plan| topic.known(plan)) else { return };
    if let Some(population) = known.stratum.population.as_ref().filter(|population| Exact::from(answers) > **population) {
        let detail = format!("{answers} answers, and the stratum {} has {}", known.stratum.code, population.decimal_text(0));
        refuse("", "ANSWERS_EXCEED_POPULATION", detail);
    }
    if let (Some(first), Some(last)) = (Month::from_index(fact.first_month), Month::from_index(fact.last_month))
        && let Some((reason, detail)) = known.closed(first, last)
    {
        refuse("period", reason, detail);
    }
}

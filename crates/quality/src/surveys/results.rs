//! What a sample says: each factor together, by channel and by stratum.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing, Unit};
use piramide_plan::{Sample, Stratum, Survey, SurveyItem};

use super::{
    estimate::{Estimate, Silent, estimate},
    tally::{Tallies, Tally},
    threshold,
};
use crate::{
    facts::{DENOMINATOR, NUMERATOR},
    state::Books,
};

/// A sample, as it is asked about.
#[derive(Clone)]
pub struct Asked<'a> {
    /// The question.
    pub query: Query<'a>,
    /// The survey.
    pub survey: &'a Survey,
    /// The sample.
    pub sample: &'a Sample,
    tallies: Tallies<'a>,
}

/// What part of a sample is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// All of it.
    Whole,
    /// Who answered about a channel.
    Channel(&'a str),
    /// Who is of a stratum.
    Stratum(&'a str),
}

impl<'a> Asked<'a> {
    /// Gathers the answers from the facts.
    pub fn new(query: Query<'a>, survey: &'a Survey, sample: &'a Sample) -> Self {
        Self { tallies: Tallies::gather(&query, &survey.code, &sample.code), query, survey, sample }
    }

    /// The same from the sums kept beside them, where there are such.
    pub fn over(query: Query<'a>, books: Option<&'a Books>, survey: &'a Survey, sample: &'a Sample) -> Self {
        let kept = books.and_then(|books| Tallies::kept(&query, books, &survey.code, &sample.code));
        kept.map_or_else(|| Self::new(query, survey, sample), |tallies| Self { query, survey, sample, tallies })
    }

    /// The estimate of a factor.
    ///
    /// # Errors
    ///
    /// [`Silent`] when nobody answered, or too few.
    pub fn estimate(&self, factor: &str, part: Part<'_>) -> Result<Estimate<'a>, Silent> {
        let answers = |stratum: &'a Stratum| self.answers(factor, stratum, part);
        estimate(self.survey, &self.sample.strata.iter().map(answers).collect::<Vec<_>>())
    }

    /// The answers of a stratum about a factor, and whether they are hidden.
    fn answers(&self, factor: &str, stratum: &'a Stratum, part: Part<'_>) -> (&'a Stratum, Tally, bool) {
        match part {
            Part::Whole => (stratum, self.tallies.of_stratum(factor, &stratum.code), false),
            Part::Stratum(code) if code == stratum.code => (stratum, self.tallies.of_stratum(factor, code), false),
            Part::Stratum(_) => (stratum, Tally::default(), false),
            Part::Channel(channel) => {
                let channels = self.tallies.by_channel(factor, &stratum.code);
                let counts: Vec<i128> = channels.values().map(Tally::answers).collect();
                let hidden = threshold::hidden(&counts, self.survey.fewest.into());
                let ours = channels.iter().zip(hidden).find(|((code, _), _)| **code == channel);
                ours.map_or((stratum, Tally::default(), false), |((_, tally), hidden)| (stratum, *tally, hidden))
            }
        }
    }

    /// The published mean of a factor, with where it comes from; `None` where the plan names none.
    pub fn published(&self, factor: &SurveyItem) -> Option<Measured> {
        let measure = self.sample.means.get(&factor.code)?;
        let numerator = self.query.total(measure, NUMERATOR, "Numeratore");
        let denominator = self.query.total(measure, DENOMINATOR, "Denominatore");
        let mean = Measured::quotient(&factor.label, Unit::Mark, "numeratore / denominatore", numerator, denominator, &Exact::from(1));
        Some(mean.noted("Media pubblicata: le risposte non sono pubblicate, quindi non c'è intervallo"))
    }

    /// Why there is no mean.
    pub fn missing(&self, silent: Silent) -> Missing {
        match silent {
            Silent::NoAnswers => self.query.no_data(),
            Silent::TooFew => Missing::Reported { reason: format!("meno di {} risposte: il piano non le mostra", self.survey.fewest) },
        }
    }

    /// The channels that have answers.
    pub fn channels(&self) -> impl Iterator<Item = &'a SurveyItem> {
        let tallies = &self.tallies;
        let survey = self.survey;
        let has = move |channel: &str| {
            survey.factors().any(|factor| {
                self.sample.strata.iter().any(|stratum| tallies.by_channel(&factor.code, &stratum.code).contains_key(channel))
            })
        };
        survey.channels().filter(move |channel| has(&channel.code))
    }
}

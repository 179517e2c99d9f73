//! What a sample says: each factor together, by channel and by stratum.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing, Unit, explanation::counted};
use piramide_plan::{Sample, Stratum, Survey, SurveyItem};

use super::{
    estimate::{Estimate, Silent, estimate},
    neighbours::Neighbours,
    tally::{Tallies, Tally},
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
    neighbours: Neighbours<'a>,
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
        let tallies = Tallies::gather(&query, &survey.code, &sample.code);
        Self { tallies, neighbours: Neighbours::of(query, None, survey, sample), query, survey, sample }
    }

    /// The same from the sums kept beside them, where there are such.
    pub fn over(query: Query<'a>, books: Option<&'a Books>, survey: &'a Survey, sample: &'a Sample) -> Self {
        let kept = books.and_then(|books| Tallies::kept(&query, books, &survey.code, &sample.code));
        let Some(tallies) = kept else { return Self::new(query, survey, sample) };
        Self { tallies, neighbours: Neighbours::of(query, books, survey, sample), query, survey, sample }
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
        let hidden = self.neighbours.hide(&stratum.code, factor);
        match part {
            Part::Whole => (stratum, self.tallies.of_stratum(factor, &stratum.code), hidden),
            Part::Stratum(code) if code == stratum.code => (stratum, self.tallies.of_stratum(factor, code), hidden),
            Part::Stratum(_) => (stratum, Tally::default(), false),
            Part::Channel(channel) => {
                let tally = self.tallies.by_channel(factor, &stratum.code).get(channel).copied().unwrap_or_default();
                (stratum, tally, self.neighbours.hide_channel(&stratum.code, factor, channel))
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
            // Which of the two it is would tell where the few are.
            Silent::TooFew => Missing::Reported {
                reason: format!("meno di {}, qui o accanto: il piano non le mostra", counted(self.survey.fewest, "risposta", "risposte")),
            },
        }
    }

    /// The channels that have answers, and those that are hidden whether they have any or not.
    pub fn channels(&self) -> impl Iterator<Item = &'a SurveyItem> {
        let survey = self.survey;
        let has = move |channel: &str| {
            survey.factors().any(|factor| {
                self.sample.strata.iter().any(|stratum| {
                    let hidden = self.neighbours.hide_channel(&stratum.code, &factor.code, channel);
                    hidden || self.tallies.by_channel(&factor.code, &stratum.code).contains_key(channel)
                })
            })
        };
        survey.channels().filter(move |channel| has(&channel.code))
    }
}

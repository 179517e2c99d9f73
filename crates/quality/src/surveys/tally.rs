//! Answers by mark (*distribuzione dei voti*).

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::Query;
use piramide_measure::{Exact, Month, Provenance};

use super::{
    Topic,
    months::{self, ByMonth, MONTHS},
};
use crate::{
    facts::MARKS,
    state::{self, Books},
};

/// How many answers give each mark, from 1 to 5.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The answers by mark.
    pub counts: [i128; 5],
    /// The least certain provenance of the facts; `None` without any.
    pub provenance: Option<Provenance>,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let mut counts = self.counts;
        for (sum, more) in counts.iter_mut().zip(other.counts) {
            *sum += more;
        }
        Self { counts, provenance: self.provenance.max(other.provenance) }
    }

    /// How many answers there are.
    pub fn answers(&self) -> i128 {
        self.counts.iter().sum()
    }

    /// The sum of the marks, each to a power.
    fn sum_of_powers(&self, power: u32) -> Exact {
        (1_i128..).zip(self.counts).map(|(mark, count)| Exact::from(mark.pow(power) * count)).sum()
    }

    /// The mean mark; `None` without answers.
    pub fn mean(&self) -> Option<Exact> {
        Exact::quotient(&self.sum_of_powers(1), &Exact::from(self.answers()))
    }

    /// Sample variance of the marks (*varianza campionaria*).
    ///
    /// ```text
    /// (sum of squares - answers x mean²) / (answers - 1)
    /// ```
    ///
    /// `None` with fewer than two answers.
    pub fn variance(&self) -> Option<Exact> {
        let (answers, mean) = (Exact::from(self.answers()), self.mean()?);
        let squares = self.sum_of_powers(2) - &answers * &(&mean * &mean);
        Exact::quotient(&squares, &(answers - Exact::from(1)))
    }
}

/// The answers of a sample under the structure and in the period asked for, by stratum, channel and factor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies<'a>(BTreeMap<Topic<'a>, Tally>);

impl<'a> Tallies<'a> {
    /// Reads the sums; `None` where they might not fit.
    pub(crate) fn kept(query: &Query<'a>, books: &'a Books, survey: &str, sample: &str) -> Option<Self> {
        let slots: Vec<usize> = books.slots_in(query.period).map(|(slot, _)| slot).collect();
        let structure = books.structure(query.structure)?;
        let beginning = Topic::beginning(survey, sample);
        let mut tallies = BTreeMap::new();
        for (number, subject) in books.topics_beginning(&beginning) {
            let sums = books.tally(query.facts, &slots, structure, number)?;
            let tally = Tally { counts: sums.sums.map(i128::from), provenance: state::provenance(&sums, 0) };
            if let (Some(topic), 1..) = (Topic::of(subject), tally.answers()) {
                tallies.insert(topic, tally);
            }
        }
        Some(Self(tallies))
    }

    /// Sums the facts about topics that the plan knows.
    pub fn gather(query: &Query<'a>, survey: &str, sample: &str) -> Self {
        let topics = topics(query, survey, sample);
        let tally = |subject: &str| {
            query.recorded(subject).fold(Tally::default(), |sum, fact| {
                let counts = MARKS.map(|mark| fact.value(mark).map_or(0, i128::from));
                sum.plus(Tally { counts, provenance: Some(fact.batch.provenance) })
            })
        };
        Self(topics.map(|(topic, subject)| (topic, tally(subject))).filter(|(_, tally)| tally.answers() > 0).collect())
    }

    /// The answers about a factor in a stratum, channel by channel.
    pub fn by_channel(&self, factor: &str, stratum: &str) -> BTreeMap<&'a str, Tally> {
        let ours = self.0.iter().filter(|(topic, _)| topic.factor == factor && topic.stratum == stratum);
        ours.map(|(topic, tally)| (topic.channel, *tally)).collect()
    }

    /// The answers about a factor in a stratum, whatever the channel.
    pub fn of_stratum(&self, factor: &str, stratum: &str) -> Tally {
        self.by_channel(factor, stratum).into_values().fold(Tally::default(), Tally::plus)
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The topics of a sample that have facts and that the plan knows, with their subjects.
fn topics<'a>(query: &Query<'a>, survey: &str, sample: &str) -> impl Iterator<Item = (Topic<'a>, &'a str)> + use<'a> {
    let (subjects, plan) = (query.facts.subjects_beginning(&Topic::beginning(survey, sample)), query.plan);
    subjects.filter_map(|subject| Some((Topic::of(subject)?, subject))).filter(|(topic, _)| topic.known(plan).is_ok())
}

/// How many answers a sample has in each month of the year asked for, by stratum and factor, then by channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Monthly<'a> {
    counts: BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, ByMonth>>,
    inside: BTreeSet<usize>,
}

impl<'a> Monthly<'a> {
    /// Reads the sums; `None` where they might not fit.
    pub(crate) fn kept(query: &Query<'a>, books: &'a Books, survey: &str, sample: &str) -> Option<Self> {
        let structure = books.structure(query.structure)?;
        let mut found = Self::default();
        for (number, subject) in books.topics_beginning(&Topic::beginning(survey, sample)) {
            let Some(topic) = Topic::of(subject) else { continue };
            for (slot, months) in books.slots_in(query.period) {
                let sums = books.tally(query.facts, &[slot], structure, number)?.sums;
                found.add(topic, months, sums.into_iter().map(i128::from).sum());
            }
        }
        Some(found)
    }

    /// Sums the facts about topics that the plan knows.
    pub fn gather(query: &Query<'a>, survey: &str, sample: &str) -> Self {
        let mut found = Self::default();
        for (topic, subject) in topics(query, survey, sample) {
            for fact in query.recorded(subject) {
                found.add(topic, (fact.first, fact.last), MARKS.iter().map(|mark| fact.value(*mark).map_or(0, i128::from)).sum());
            }
        }
        found
    }

    /// Takes in answers of some months of the year, which count in the last of them.
    fn add(&mut self, topic: Topic<'a>, (first, last): (Month, Month), answers: i128) {
        let place = usize::from(last.number()) - 1;
        if answers > 0 {
            let channels = self.counts.entry((topic.stratum, topic.factor)).or_default();
            channels.entry(topic.channel).or_insert([0; MONTHS]).iter_mut().skip(place).take(1).for_each(|count| *count += answers);
            self.inside.extend(usize::from(first.number())..=place);
        }
    }

    /// Without the answers of other months; month 13 goes with December.
    #[must_use]
    pub fn within(mut self, months: &BTreeSet<Month>) -> Self {
        let is_in = |place: usize| months.iter().any(|month| usize::from(month.number()) == place.saturating_add(1).min(12));
        for counts in self.counts.values_mut().flat_map(BTreeMap::values_mut) {
            counts.iter_mut().enumerate().filter(|(place, _)| !is_in(*place)).for_each(|(_, count)| *count = 0);
        }
        self
    }

    /// After how many months of the year a fact about several goes on.
    pub fn inside(&self) -> &BTreeSet<usize> {
        &self.inside
    }

    /// The answers about a factor in a stratum, channel by channel.
    pub fn by_channel(&self, factor: &str, stratum: &str) -> impl Iterator<Item = (&'a str, ByMonth)> + use<'a, '_> {
        let ours = self.counts.iter().find(|(cell, _)| **cell == (stratum, factor));
        ours.into_iter().flat_map(|(_, channels)| channels).map(|(channel, counts)| (*channel, *counts))
    }

    /// The answers about a factor in a stratum, whatever the channel.
    pub fn of_stratum(&self, factor: &str, stratum: &str) -> ByMonth {
        self.by_channel(factor, stratum).map(|(_, counts)| counts).fold([0; MONTHS], months::plus)
    }
}

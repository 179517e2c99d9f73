//! What a domain answered about every structure, kept for as long as nothing can have changed.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use piramide_measure::Period;
use piramide_service::client::Freshness;

use super::DomainState;
use crate::pyramid::Answers;

/// Questions about all structures that are kept, the latest asked first: each weighs as much as the results of all structures.
const MOST: usize = 4;
/// How long after it was last asked a question is still read ahead.
const RECENT: Duration = Duration::from_mins(10);

/// What is asked about any structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    /// The version of the plan.
    pub(super) plan: String,
    /// The period.
    pub(super) period: Period,
    /// The domain's indicators.
    pub(super) indicators: Vec<String>,
}

/// What a domain answered about a structure.
#[derive(Debug)]
pub(super) struct Part {
    /// Its indicators.
    pub(super) answers: Answers,
    /// What it answered from.
    pub(super) state: DomainState,
}

/// What a domain answered about every structure, after a stamp was taken.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) stamp: u64,
    pub(super) parts: HashMap<String, Arc<Part>>,
}

/// The latest topics, with what is kept of them.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Topics>);

#[derive(Debug, Default)]
struct Topics {
    /// The latest asked first, with the moment.
    latest: VecDeque<(Topic, Instant, Option<Sheet>)>,
    /// What is kept no more: giving back the memory of all structures takes longer than an answer, so whoever reads ahead does it.
    forgotten: Vec<Sheet>,
}

impl Kept {
    /// What is kept about a structure, if it holds and is of that sequence or a later one. Either way the topic has been asked.
    pub(super) fn part(&self, topic: &Topic, structure: &str, least: i64, freshness: &Freshness) -> Option<Arc<Part>> {
        let mut topics = self.lock();
        let Topics { latest, forgotten } = &mut *topics;
        let position = latest.iter().position(|(known, _, _)| known == topic);
        let (known, _, sheet) =
            position.and_then(|position| latest.remove(position)).unwrap_or_else(|| (topic.clone(), Instant::now(), None));
        let held = sheet.as_ref().filter(|sheet| freshness.holds(sheet.stamp));
        let part = held.and_then(|sheet| sheet.parts.get(structure)).filter(|part| part.state.sequence >= least).cloned();
        latest.push_front((known, Instant::now(), sheet));
        forgotten.extend(latest.drain(MOST.min(latest.len())..).filter_map(|(_, _, sheet)| sheet));
        part
    }

    /// The topics that were asked lately and of which nothing that holds is kept. For whoever reads ahead, who has time: what was forgotten is
    /// given back.
    pub(super) fn wanting(&self, freshness: &Freshness) -> Vec<Topic> {
        let mut topics = self.lock();
        let forgotten = std::mem::take(&mut topics.forgotten);
        let wanting = topics
            .latest
            .iter()
            .filter(|(_, asked, sheet)| asked.elapsed() < RECENT && !sheet.as_ref().is_some_and(|sheet| freshness.holds(sheet.stamp)));
        let wanting = wanting.map(|(topic, _, _)| topic.clone()).collect();
        // Nobody waits for the lock meanwhile.
        drop(topics);
        drop(forgotten);
        wanting
    }

    /// Keeps what was read of a topic, unless it was forgotten meanwhile.
    pub(super) fn keep(&self, topic: &Topic, sheet: Sheet) {
        let mut topics = self.lock();
        let place = topics.latest.iter_mut().find(|(known, _, _)| known == topic);
        let replaced = match place {
            Some((_, _, kept)) => kept.replace(sheet),
            None => Some(sheet),
        };
        drop(topics);
        drop(replaced);
    }

    fn lock(&self) -> MutexGuard<'_, Topics> {
        // Nothing panics while it is held; were it to, every sheet still has its stamp.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(year: i16) -> Topic {
        Topic { plan: "p@1".into(), period: format!("{year}").parse().unwrap(), indicators: Vec::new() }
    }

    fn sheet(freshness: &Freshness, sequence: i64) -> Sheet {
        let state = DomainState { domain: "finance", available: true, sequence, recorded_at: None };
        let part = Arc::new(Part { answers: Answers::new(), state });
        Sheet { stamp: freshness.stamp(), parts: HashMap::from([("NAZ".to_owned(), part)]) }
    }

    #[test]
    fn what_is_kept_answers_until_something_changes_and_for_who_knows_no_more() {
        let (kept, freshness) = (Kept::default(), Freshness::default());
        freshness.connected();
        assert!(kept.part(&topic(2020), "NAZ", 0, &freshness).is_none());
        assert_eq!(kept.wanting(&freshness), [topic(2020)]);
        kept.keep(&topic(2020), sheet(&freshness, 7));
        assert!(kept.wanting(&freshness).is_empty());
        assert!(kept.part(&topic(2020), "NAZ", 7, &freshness).is_some());
        assert!(kept.part(&topic(2020), "NAZ", 8, &freshness).is_none(), "the caller has heard of more");
        assert!(kept.part(&topic(2020), "LIG", 0, &freshness).is_none(), "a structure that was not answered for");
        freshness.changed();
        assert!(kept.part(&topic(2020), "NAZ", 0, &freshness).is_none());
        assert_eq!(kept.wanting(&freshness), [topic(2020)]);
    }

    #[test]
    fn the_topics_asked_last_are_kept() {
        let (kept, freshness) = (Kept::default(), Freshness::default());
        freshness.connected();
        let most = i16::try_from(MOST).unwrap();
        for year in 2000..2000 + most {
            kept.part(&topic(year), "NAZ", 0, &freshness);
        }
        kept.part(&topic(2000), "NAZ", 0, &freshness);
        kept.part(&topic(2020), "NAZ", 0, &freshness);
        let wanting = kept.wanting(&freshness);
        assert_eq!(wanting.len(), MOST);
        assert!(wanting.contains(&topic(2000)) && wanting.contains(&topic(2020)) && !wanting.contains(&topic(2001)));
        kept.keep(&topic(2001), sheet(&freshness, 1));
        assert!(kept.part(&topic(2001), "NAZ", 0, &freshness).is_none(), "what was forgotten is not kept");
        // A sheet that is forgotten stays until somebody has time for it, and no longer.
        kept.keep(&topic(2001), sheet(&freshness, 1));
        for year in 2030..2030 + most {
            kept.part(&topic(year), "NAZ", 0, &freshness);
        }
        assert_eq!(kept.lock().forgotten.len(), 1);
        kept.wanting(&freshness);
        assert_eq!(kept.lock().forgotten.len(), 0);
    }
}

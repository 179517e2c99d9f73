//! What the gateway knows about the freshness of each domain.
//!
//! An answer may be kept only while nothing can have changed unseen. It carries the stamps of all domains from before it was asked for, and
//! holds as long as those of the domains it came from do: see [`Freshness`].

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::SystemTime,
};

use piramide_contracts::{
    domains::{self, Domain},
    publicvalue::HeardOf,
};
use piramide_service::client::Freshness;
use prost_types::Timestamp;
use tokio::sync::Notify;

/// How many services stand behind the gateway.
pub(crate) const COUNT: usize = domains::ALL.len();

/// The freshness of every domain.
pub(crate) struct Pulses {
    /// In the order of [`domains::ALL`].
    each: [Pulse; COUNT],
    /// Told of every change, for whoever waits for the next.
    news: Notify,
}

struct Pulse {
    freshness: Freshness,
    /// How many times the stream has come to stand or ended; counted before it is seen to have.
    turns: AtomicU64,
    sequence: AtomicI64,
    since: Mutex<Timestamp>,
}

/// The stamps of all domains at one moment.
pub(crate) type Stamps = [u64; COUNT];

/// A set of domains, as one bit each in the order of [`domains::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sources(u8);

impl Sources {
    /// No domain: what never changes while the gateway runs.
    pub(crate) const NONE: Self = Self(0);
    /// Every domain.
    pub(crate) const ALL: Self = Self(u8::MAX);

    /// The domains from which a domain's answers come: its own, and every one for the pyramid.
    pub(crate) fn of(domain: Domain) -> Self {
        if domain == domains::PUBLIC_VALUE {
            return Self::ALL;
        }
        position(domain.name).map_or(Self::ALL, |position| Self(1 << position))
    }

    fn has(self, position: usize) -> bool {
        self.0 & (1 << position) != 0
    }
}

/// The sequence of a domain that has told none.
const UNTOLD: i64 = -1;

/// What is known of a domain now.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The domain.
    pub(crate) domain: Domain,
    /// Whether its Watch stream stands, so whether it answers.
    pub(crate) live: bool,
    /// The last ledger sequence it told; 0 when it has told none.
    pub(crate) sequence: i64,
    /// Since when it has been as it is.
    pub(crate) since: Timestamp,
}

impl Pulses {
    /// No domain is heard yet.
    pub(crate) fn new() -> Self {
        let silent = || Pulse {
            freshness: Freshness::default(),
            turns: AtomicU64::new(0),
            sequence: AtomicI64::new(UNTOLD),
            since: Mutex::new(now()),
        };
        Self { each: std::array::from_fn(|_| silent()), news: Notify::new() }
    }

    /// Waits for the next change in any domain, or for one since it was last waited for: there is one who waits.
    pub(crate) async fn next(&self) {
        self.news.notified().await;
    }

    /// Which standing of a domain's stream this is: another each time that it comes to stand, however much changes meanwhile; none while it
    /// does not stand.
    pub(crate) fn standing(&self, domain: Domain) -> Option<u64> {
        let pulse = self.pulse(domain.name)?;
        let turns = pulse.turns.load(Ordering::Acquire);
        pulse.freshness.stands().then_some(turns)
    }

    /// The stamps of now.
    pub(crate) fn stamps(&self) -> Stamps {
        let mut stamps = [0; COUNT];
        for (stamp, pulse) in stamps.iter_mut().zip(&self.each) {
            *stamp = pulse.freshness.stamp();
        }
        stamps
    }

    /// Whether nothing can have changed in `sources` since `stamps` were taken.
    pub(crate) fn hold(&self, stamps: &Stamps, sources: Sources) -> bool {
        let mut pulses = self.each.iter().zip(stamps).enumerate().filter(|(position, _)| sources.has(*position));
        pulses.all(|(_, (pulse, then))| pulse.freshness.holds(*then))
    }

    /// Whether both public value and a domain under it have told something since the stamps were taken.
    pub(crate) fn rippled(&self, since: &Stamps) -> bool {
        let now = self.stamps();
        let told = |of_the_pyramid: bool| {
            let mut stamps = domains::ALL.into_iter().zip(now.iter().zip(since));
            stamps.any(|(domain, (now, then))| (domain == domains::PUBLIC_VALUE) == of_the_pyramid && now != then)
        };
        told(true) && told(false)
    }

    /// Takes note that the Watch stream of a domain stands: whatever was kept from before is void, and so is what it told, since its
    /// ledger may have been replaced. Answers whether it had stood before.
    pub(crate) fn connected(&self, domain: Domain) -> bool {
        self.pulse(domain.name).is_some_and(|pulse| {
            pulse.sequence.store(UNTOLD, Ordering::Release);
            pulse.turns.fetch_add(1, Ordering::AcqRel);
            let before = pulse.freshness.connected();
            pulse.turned(before);
            self.news.notify_one();
            before > 0
        })
    }

    /// Takes note that the Watch stream of a domain has ended: from now on nothing is known.
    pub(crate) fn disconnected(&self, domain: Domain) {
        if let Some(pulse) = self.pulse(domain.name) {
            pulse.turns.fetch_add(1, Ordering::AcqRel);
            pulse.turned(pulse.freshness.disconnected());
            self.news.notify_one();
        }
    }

    /// Takes note of a change, at a sequence when it is known.
    pub(crate) fn changed(&self, domain: Domain, sequence: i64) {
        if let Some(pulse) = self.pulse(domain.name) {
            pulse.sequence.fetch_max(sequence, Ordering::AcqRel);
            pulse.freshness.changed();
            self.news.notify_one();
        }
    }

    /// Whether the stream of every domain stands and has told where the domain is.
    pub(crate) fn all_have_told(&self) -> bool {
        self.each.iter().all(|pulse| pulse.freshness.stands() && pulse.told().is_some())
    }

    /// Whether an answer that used `sequence` of a domain is as new as what the domain has told. The pyramid keeps no ledger, so
    /// sequences say nothing of it.
    pub(crate) fn reached(&self, domain: &str, sequence: i64) -> bool {
        let keeps_facts = domains::named(domain).is_some_and(|domain| domain.subject.is_some());
        !keeps_facts || self.pulse(domain).is_none_or(|pulse| pulse.sequence.load(Ordering::Acquire) <= sequence)
    }

    /// The last ledger sequence that a domain told; 0 when it has told none.
    pub(crate) fn sequence(&self, domain: Domain) -> i64 {
        self.pulse(domain.name).and_then(Pulse::told).unwrap_or(0)
    }

    /// What each domain that keeps facts has told since its stream stands: what an answer from memory must be as new as. One that has told
    /// nothing yet is not named, and so it is asked.
    pub(crate) fn heard_of(&self) -> Vec<HeardOf> {
        let heard = domains::ALL.into_iter().zip(&self.each).filter(|(domain, pulse)| domain.subject.is_some() && pulse.freshness.stands());
        let told = heard.filter_map(|(domain, pulse)| Some((domain, pulse.told()?)));
        told.map(|(domain, sequence)| HeardOf { domain: domain.name.to_owned(), sequence }).collect()
    }

    /// What is known of every domain.
    pub(crate) fn states(&self) -> Vec<State> {
        let state = |(domain, pulse): (Domain, &Pulse)| State {
            domain,
            live: pulse.freshness.stands(),
            sequence: pulse.told().unwrap_or(0),
            since: *pulse.since.lock().unwrap_or_else(PoisonError::into_inner),
        };
        domains::ALL.into_iter().zip(&self.each).map(state).collect()
    }

    /// What is known of one domain.
    pub(crate) fn state(&self, domain: &str) -> Option<State> {
        self.states().into_iter().find(|state| state.domain.name == domain)
    }

    fn pulse(&self, name: &str) -> Option<&Pulse> {
        self.each.get(position(name)?)
    }
}

impl Pulse {
    /// The last sequence that the domain has told.
    fn told(&self) -> Option<i64> {
        Some(self.sequence.load(Ordering::Acquire)).filter(|sequence| *sequence != UNTOLD)
    }

    /// Notes since when it has been as it is, if the stream did not stand as it does now.
    fn turned(&self, before: u64) {
        if (before % 2 == 1) != self.freshness.stands() {
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = now();
        }
    }
}

fn position(name: &str) -> Option<usize> {
    domains::ALL.iter().position(|domain| domain.name == name)
}

/// The wall clock: the only place of the gateway that reads it, for "since when" alone.
fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use piramide_contracts::domains::{FINANCE, PRODUCTION, PUBLIC_VALUE};

    use super::*;

    #[test]
    fn an_answer_holds_while_its_streams_stand_and_nothing_changes() {
        let pulses = Pulses::new();
        let finance = Sources::of(FINANCE);
        assert!(!pulses.hold(&pulses.stamps(), finance), "nobody has been heard");
        assert!(pulses.hold(&pulses.stamps(), Sources::NONE));
        assert!(!pulses.connected(FINANCE), "the first connection is not a reconnection");
        let stamps = pulses.stamps();
        assert!(pulses.hold(&stamps, finance));
        assert!(!pulses.hold(&stamps, Sources::of(PUBLIC_VALUE)), "the pyramid needs every domain");
        pulses.changed(PRODUCTION, 4);
        assert!(pulses.hold(&stamps, finance), "another domain's change does not matter");
        pulses.changed(FINANCE, 3);
        assert!(!pulses.hold(&stamps, finance));
        assert!(!pulses.reached("finance", 2) && pulses.reached("finance", 3));
        let heard: Vec<_> = pulses.heard_of().into_iter().map(|heard| (heard.domain, heard.sequence)).collect();
        assert_eq!(heard, [("finance".to_owned(), 3)], "production's stream does not stand");
        pulses.connected(FINANCE);
        assert!(pulses.heard_of().is_empty(), "nothing was told since");
        pulses.changed(FINANCE, 0);
        assert_eq!(pulses.heard_of()[0].sequence, 0, "an empty ledger is something told");
    }

    #[test]
    fn what_may_have_changed_while_the_stream_was_down_does_not_hold() {
        let pulses = Pulses::new();
        let sources = Sources::of(PRODUCTION);
        pulses.connected(PRODUCTION);
        let before = pulses.stamps();
        pulses.disconnected(PRODUCTION);
        let during = pulses.stamps();
        assert!(!pulses.hold(&before, sources) && !pulses.hold(&during, sources));
        pulses.changed(PRODUCTION, 1);
        assert!(!pulses.hold(&pulses.stamps(), sources), "a change that came some other way does not make it live");
        assert!(pulses.connected(PRODUCTION), "it is a reconnection");
        assert!(!pulses.hold(&before, sources) && !pulses.hold(&during, sources));
        assert!(pulses.hold(&pulses.stamps(), sources));
        assert!(pulses.reached("production", 0), "a ledger that was replaced starts anew");
    }

    #[test]
    fn a_standing_lasts_through_changes_and_ends_with_the_stream() {
        let pulses = Pulses::new();
        assert_eq!(pulses.standing(PRODUCTION), None);
        pulses.connected(PRODUCTION);
        let first = pulses.standing(PRODUCTION);
        assert!(first.is_some());
        pulses.changed(PRODUCTION, 1);
        assert_eq!(pulses.standing(PRODUCTION), first, "a change ends no standing");
        pulses.disconnected(PRODUCTION);
        assert_eq!(pulses.standing(PRODUCTION), None);
        pulses.connected(PRODUCTION);
        assert!(pulses.standing(PRODUCTION).is_some_and(|second| Some(second) != first), "another stream, another standing");
    }

    #[test]
    fn a_change_has_rippled_when_public_value_tells_it_too() {
        let pulses = Pulses::new();
        let before = pulses.stamps();
        assert!(!pulses.rippled(&before));
        pulses.changed(FINANCE, 1);
        pulses.changed(PRODUCTION, 1);
        assert!(!pulses.rippled(&before), "domains alone");
        pulses.changed(PUBLIC_VALUE, 1);
        assert!(pulses.rippled(&before));
        let before = pulses.stamps();
        pulses.changed(PUBLIC_VALUE, 2);
        assert!(!pulses.rippled(&before), "public value alone");
    }

    #[test]
    fn connecting_twice_still_voids_what_was_kept() {
        let pulses = Pulses::new();
        pulses.connected(PRODUCTION);
        let before = pulses.stamps();
        pulses.connected(PRODUCTION);
        assert!(!pulses.hold(&before, Sources::of(PRODUCTION)));
        assert!(pulses.state("production").unwrap().live);
    }
}

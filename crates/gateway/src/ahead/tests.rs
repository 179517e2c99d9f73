//! What is put ahead, and when: by a clock that goes on only when there is nothing else to do.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake},
};

use piramide_contracts::domains;

use super::*;

#[test]
fn the_address_around_the_structure_is_the_topic() {
    let read = |address: &str| Topic::read(address).map(|topic| (topic.before, topic.after, topic.plan));
    let parts = |before: &str, after: &str, plan: &str| Some((before.to_owned(), after.to_owned(), plan.to_owned()));
    assert_eq!(read("/?structure=NAZ"), parts("/?structure=", "", ""));
    assert_eq!(
        read("/api/v1/public-value?period=2020&structure=NAZ&plan=p%401"),
        parts("/api/v1/public-value?period=2020&structure=", "&plan=p%401", "p@1")
    );
    for other in ["/", "/?period=2020", "/?substructure=NAZ", "/flussi?structure=NAZ", "/?structure=NAZ&as_of=2020-IV"] {
        assert_eq!(read(other), None, "{other}");
    }
}

#[test]
fn the_latest_questions_are_put_ahead_and_none_where_it_is_off() {
    let ahead = Ahead::new(10);
    for year in 2010..2020 {
        ahead.asked(&format!("/?structure=NAZ&period={year}"));
    }
    ahead.asked("/?structure=LIG&period=2018");
    let after: Vec<String> = ahead.recent().into_iter().map(|topic| topic.after).collect();
    assert_eq!(after, ["&period=2018", "&period=2019", "&period=2017", "&period=2016"]);
    ahead.put(&ahead.recent()[1], [7; crate::pulse::COUNT]);
    ahead.asked("/?structure=NAZ&period=2019");
    assert_eq!(ahead.recent()[0].known, Some([7; crate::pulse::COUNT]), "asking again does not put it again");
    let off = Ahead::new(0);
    off.asked("/?structure=NAZ");
    assert!(off.recent().is_empty());
}

/// The time since the beginning, in which nothing takes any.
#[derive(Default)]
struct Clock {
    now: Cell<Duration>,
    /// The moments that are waited for.
    awaited: RefCell<BTreeSet<Duration>>,
}

impl Clock {
    async fn until(&self, moment: Duration) {
        poll_fn(|_| {
            if self.now.get() >= moment {
                return Poll::Ready(());
            }
            self.awaited.borrow_mut().insert(moment);
            Poll::Pending
        })
        .await;
    }

    /// Works until it is done; whenever all of it waits, the next moment comes that is waited for.
    fn run(&self, work: impl Future<Output = ()>) {
        let mut work = pin!(work);
        let woken = Arc::new(Woken::default());
        let waker = Arc::clone(&woken).into();
        while work.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            if !woken.0.swap(false, Ordering::SeqCst) {
                self.now.set(self.awaited.borrow_mut().pop_first().unwrap());
            }
        }
    }
}

/// Whether there is something to do at once.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

const OPENING: &str = "what pages open with";
const CHOICES: &str = "what can be chosen";
const TOPICS: &str = "what was asked for lately";

/// Makes nothing, and notes what it should have made, and when.
struct Notes<'a> {
    clock: &'a Clock,
    pulses: &'a Pulses,
    made: Vec<(Duration, &'static str)>,
}

impl Make for Notes<'_> {
    async fn opening(&mut self, stamps: &Stamps) -> bool {
        self.made.push((self.clock.now.get(), OPENING));
        self.pulses.hold(stamps, Sources::ALL)
    }

    async fn choices(&mut self, stamps: &Stamps) -> bool {
        self.made.push((self.clock.now.get(), CHOICES));
        self.pulses.hold(stamps, Sources::ALL)
    }

    /// In each lull it is looked whether there is any, which is noted once.
    async fn recent(&mut self, _: &Stamps) {
        if self.made.last().is_none_or(|(_, what)| *what != TOPICS) {
            self.made.push((self.clock.now.get(), TOPICS));
        }
    }

    fn pause(&self, time: Duration) -> impl Future<Output = ()> {
        self.clock.until(self.clock.now.get() + time)
    }
}

/// What is made while production, and so public value, tell of changes at these moments, and for an hour after.
fn made_by(changes: &[Duration]) -> Vec<(Duration, &'static str)> {
    let (clock, pulses) = (Clock::default(), Pulses::new());
    for domain in domains::ALL {
        pulses.connected(domain);
    }
    let mut notes = Notes { clock: &clock, pulses: &pulses, made: Vec::new() };
    let tell = async {
        for (sequence, moment) in (1..).zip(changes) {
            clock.until(*moment).await;
            pulses.changed(domains::PRODUCTION, sequence);
            pulses.changed(domains::PUBLIC_VALUE, sequence);
        }
        clock.until(clock.now.get() + Duration::from_hours(1)).await;
    };
    clock.run(within(tell, follow(&pulses, &mut notes, None)));
    notes.made
}

fn all_at(moment: Duration) -> [(Duration, &'static str); 3] {
    [OPENING, CHOICES, TOPICS].map(|what| (moment, what))
}

#[test]
fn all_is_made_in_a_lull_and_not_again_until_something_changes() {
    assert_eq!(made_by(&[]), all_at(LULL));
}

#[test]
fn the_first_change_after_a_lull_is_followed_at_once() {
    let change = Duration::from_millis(1_100);
    let made = made_by(&[change]);
    assert_eq!(made[..3], all_at(LULL));
    assert_eq!(made[3], (change, OPENING));
    // The rest follows in the lull that begins when it is clear that the change is not told once more; what pages open with is there.
    let rest = change + ECHO + LULL;
    assert_eq!(made[4..], [(rest, CHOICES), (rest, TOPICS)]);
}

/// What is made while changes keep coming would be void before it is read.
#[test]
fn changes_that_keep_coming_are_followed_in_the_next_lull() {
    let changes: Vec<_> = (0..40).map(|turn| Duration::from_millis(1_100 + 20 * turn)).collect();
    let made = made_by(&changes);
    assert_eq!(made[..3], all_at(LULL));
    assert_eq!(made[3..5], [(changes[0], OPENING), (changes[1], OPENING)], "once more for what might be the same change");
    let (lull, last) = (made[5].0, changes[39]);
    assert_eq!(made[5..], all_at(lull));
    assert!((last + LULL..last + 2 * LULL).contains(&lull), "{made:?}");
}

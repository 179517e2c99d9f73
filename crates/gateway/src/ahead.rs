//! Pyramids that are made before anyone opens them.
//!
//! The pyramid that pages open with is made when the gateway starts, and again as soon as something changes after a while in which nothing did:
//! whoever opens it does not wait for what was recorded a moment ago. Who opens the pyramid of one structure goes on to others: once one was
//! asked of the services, the same question is put for every other structure. All this goes through the gateway's own routes, one question
//! after the other, when nothing has changed for a moment; and again after each change. What comes back is kept, and ceases to hold, as any
//! other answer.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http::StatusCode;
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::{
    app::{App, Shared},
    pages,
    pulse::{Sources, Stamps},
};

/// Where pyramids are.
const PATHS: [&str; 2] = ["/", "/api/v1/public-value"];
/// How long nothing must have changed: where facts keep coming in, what is made ahead would be void before it is read.
const LULL: Duration = Duration::from_millis(250);
/// How long a change takes to be told by public value as well, which hears of it from the domain.
const RIPPLE: Duration = Duration::from_millis(5);
/// How long after it was last asked of the services a question is still put ahead.
const RECENT: Duration = Duration::from_mins(10);
/// How many times as long as it worked it rests: the services have better to do, and public value reads ahead for itself meanwhile.
const REST: u32 = 4;
/// Questions put ahead, the latest first.
const MOST: usize = 4;

/// Marks a request that nobody sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unasked;

/// The questions to put ahead.
pub(crate) struct Ahead {
    /// For how many structures at most; none for 0.
    structures: usize,
    topics: Mutex<VecDeque<Topic>>,
}

/// A question about any structure: the address around the structure's code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Topic {
    before: String,
    after: String,
    plan: String,
    asked: Instant,
    /// What was known when it was put for all structures.
    known: Option<Stamps>,
}

impl Ahead {
    pub(crate) fn new(structures: usize) -> Self {
        Self { structures, topics: Mutex::default() }
    }

    /// Takes note that a question was asked of the services.
    pub(crate) fn asked(&self, address: &str) {
        let Some(topic) = Topic::read(address).filter(|_| self.structures > 0) else { return };
        let mut topics = self.lock();
        let same = |known: &Topic| (&known.before, &known.after) == (&topic.before, &topic.after);
        let known = topics.iter().position(same).and_then(|position| topics.remove(position));
        let known = known.and_then(|known| known.known);
        topics.push_front(Topic { known, ..topic });
        topics.truncate(MOST);
    }

    /// The questions that were asked lately, and are thus worth keeping ahead of.
    fn recent(&self) -> Vec<Topic> {
        let mut topics = self.lock();
        topics.retain(|topic| topic.asked.elapsed() < RECENT);
        topics.iter().cloned().collect()
    }

    /// Takes note that a question was put for all structures.
    fn put(&self, topic: &Topic, stamps: Stamps) {
        let mut topics = self.lock();
        let same = |known: &&mut Topic| (&known.before, &known.after) == (&topic.before, &topic.after);
        if let Some(known) = topics.iter_mut().find(same) {
            known.known = Some(stamps);
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Topic>> {
        // Nothing panics while it is held, and a topic is at worst put once more.
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topic {
    /// The question of an address, if it is one about a structure that can be put for others. What was known in the past is asked for once
    /// and not again, so it is not put ahead.
    fn read(address: &str) -> Option<Self> {
        let (path, query) = address.split_once('?')?;
        let pairs = || query.split('&').filter_map(|pair| pair.split_once('='));
        if !PATHS.contains(&path) || pairs().any(|(name, value)| name == "as_of" && !value.is_empty()) {
            return None;
        }
        let start = path.len() + 1 + query.match_indices("structure=").find(|(at, _)| *at == 0 || query.get(at - 1..*at) == Some("&"))?.0;
        let (before, rest) = address.split_at_checked(start + "structure=".len())?;
        let after = rest.find('&').and_then(|end| rest.get(end..)).unwrap_or_default();
        let plan = pairs().find(|(name, _)| *name == "plan").map(|(_, value)| value.replace("%40", "@")).unwrap_or_default();
        Some(Self { before: before.to_owned(), after: after.to_owned(), plan, asked: Instant::now(), known: None })
    }
}

/// Puts what was asked lately for all structures, until the gateway stops.
pub(crate) async fn run(app: Shared, routes: Router) {
    if app.ahead.structures == 0 {
        return;
    }
    tokio::select! {
        () = keep_ahead(&app, routes) => {}
        () = app.shutdown.begun() => {}
    }
}

async fn keep_ahead(app: &Shared, mut routes: Router) {
    let (mut opening, mut quiet) = (None, false);
    loop {
        let known = app.pulses.stamps();
        if quiet {
            let _ = timeout(LULL, app.pulses.next()).await;
        } else {
            sleep(LULL).await;
        }
        if app.pulses.hold(&known, Sources::ALL) {
            quiet = true;
            let started = Instant::now();
            if opening != Some(known) && open(app, &mut routes).await {
                opening = Some(known);
            }
            for topic in app.ahead.recent().iter().filter(|topic| topic.known != Some(known)) {
                put(app, &mut routes, topic, &known).await;
                app.ahead.put(topic, known);
            }
            let _ = timeout(started.elapsed() * REST, app.pulses.next()).await;
        }
        // The first change after a lull is followed at once. What comes right after it waits for the next lull.
        if quiet && !app.pulses.hold(&known, Sources::ALL) {
            quiet = false;
            sleep(RIPPLE).await;
            let now = app.pulses.stamps();
            opening = open(app, &mut routes).await.then_some(now);
        }
    }
}

/// Puts the questions that nobody has to choose, and says whether all were answered: with a refusal too, which asking again does not change.
async fn open(app: &Shared, routes: &mut Router) -> bool {
    let addresses = match pages::opening(app).await {
        Ok(addresses) => addresses,
        Err(problem) => return !problem.status().is_server_error(),
    };
    let mut answered = true;
    for address in addresses {
        answered &= !call(routes, &address).await.is_server_error();
    }
    answered
}

/// Puts a question for every structure, until something changes or no more can be kept. What cannot be answered is left to who asks for it.
async fn put(app: &App, routes: &mut Router, topic: &Topic, stamps: &Stamps) {
    let Ok(structures) = app.upstream.all_structures(&topic.plan).await else { return };
    let started = Instant::now();
    for structure in structures.iter().take(app.ahead.structures) {
        if !app.pulses.hold(stamps, Sources::ALL) || !app.cache.has_room(&app.pulses) {
            return;
        }
        call(routes, &format!("{}{}{}", topic.before, structure.code, topic.after)).await;
    }
    tracing::debug!(structures = structures.len(), ms = started.elapsed().as_millis(), "pyramids made ahead");
}

async fn call(routes: &mut Router, address: &str) -> StatusCode {
    let Ok(mut request) = Request::get(address).body(Body::empty()) else { return StatusCode::BAD_REQUEST };
    request.extensions_mut().insert(Unasked);
    let Ok::<Response, Infallible>(response) = routes.call(request).await;
    response.status()
}

#[cfg(test)]
mod tests {
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
}

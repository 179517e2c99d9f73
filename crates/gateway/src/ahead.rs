//! Pyramids that are made before anyone opens them.
//!
//! The pyramid that pages open with is made when the gateway starts, and again as soon as something changes after a while in which nothing did:
//! whoever opens it does not wait for what was recorded a moment ago. Who has it open chooses among the periods and plans of its form, so
//! those come next; who opens the pyramid of one structure goes on to others, so once one was asked of the services, the same question is put
//! for every other structure. All this goes through the gateway's own routes, one question after the other, when nothing has changed for a
//! moment and nobody waits for the services; and again after each change. What comes back is kept, and ceases to hold, as any other answer.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http::StatusCode;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tower::Service;

use crate::{
    app::Shared,
    observe,
    pages::likely,
    pulse::{Pulses, Sources, Stamps},
    pyramids,
    rest::pyramid,
};

/// Where pyramids are.
const PATHS: [&str; 2] = ["/", pyramid::PATH];
/// How long nothing must have changed: where facts keep coming in, what is made ahead would be void before it is read.
const LULL: Duration = Duration::from_millis(250);
/// How long to wait at most until a change is told by public value as well, which hears of it from the domain: what is made before is void.
const RIPPLE: Duration = Duration::from_millis(20);
/// How long after it was told by both a change may be told once more: a gateway that recorded it knows it before the domain says so.
const ECHO: Duration = Duration::from_millis(50);
/// How long the services have at the start to be heard, until the gateway counts as ready without what pages open with.
const PATIENCE: Duration = Duration::from_secs(1);
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
    /// How many wait for the services.
    waiting: watch::Sender<usize>,
    /// Whether what pages open with was made since the start, or could not be.
    begun: AtomicBool,
}

/// One who waits for the services.
pub(crate) struct Waiting<'a>(&'a Ahead);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|count| *count = count.saturating_sub(1));
    }
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
        Self { structures, topics: Mutex::default(), waiting: watch::Sender::new(0), begun: AtomicBool::new(structures == 0) }
    }

    /// Whether what pages open with was made since the start, as far as it could be: before, the first who opens them would wait for it.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Takes note that somebody waits for the services, as long as what comes back is there.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.send_modify(|count| *count += 1);
        Waiting(self)
    }

    /// Returns when nobody waits for the services.
    async fn nobody_waits(&self) {
        // The sender is ours, so it does not end before we do.
        let _ = self.waiting.subscribe().wait_for(|count| *count == 0).await;
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
    PATHS.into_iter().for_each(observe::expect);
    let mut making = Making { app: &app, routes };
    tokio::select! {
        () = keep_ahead(&app, &mut making) => {}
        () = app.shutdown.begun() => {}
    }
}

async fn keep_ahead(app: &Shared, making: &mut Making<'_>) {
    let opening = begin(&app.pulses, making).await;
    app.ahead.begun.store(true, Ordering::Release);
    follow(&app.pulses, making, opening).await;
}

/// What can be made ahead as of some stamps, until something changes. When it is made is another matter: that of [`follow`].
trait Make {
    /// Makes what pages open with, and says whether it is there.
    async fn opening(&mut self, stamps: &Stamps) -> bool;

    /// Makes what who has the first page open can choose, and says whether it came to the end.
    async fn choices(&mut self, stamps: &Stamps) -> bool;

    /// Makes what was asked for lately, for all structures.
    async fn recent(&mut self, stamps: &Stamps);

    /// Returns after a while.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> {
        sleep(time)
    }
}

/// Makes what pages open with as soon as every service is heard, and says as of when.
async fn begin(pulses: &Pulses, make: &mut impl Make) -> Option<Stamps> {
    let made = async {
        loop {
            while !pulses.all_have_told() {
                pulses.next().await;
            }
            let now = pulses.stamps();
            if make.opening(&now).await {
                return now;
            }
            // Something was told meanwhile, or not answered.
            let _ = timeout(RIPPLE, pulses.next()).await;
        }
    };
    timeout(PATIENCE, made).await.ok()
}

/// Makes everything in each lull, and what pages open with at the first change after it; `opening` says as of when that was made last.
async fn follow(pulses: &Pulses, make: &mut impl Make, mut opening: Option<Stamps>) {
    let (mut choices, mut quiet) = (None, false);
    loop {
        let known = pulses.stamps();
        if quiet {
            within(make.pause(LULL), pulses.next()).await;
        } else {
            make.pause(LULL).await;
        }
        if pulses.hold(&known, Sources::ALL) {
            quiet = true;
            let started = Instant::now();
            if opening != Some(known) && make.opening(&known).await {
                opening = Some(known);
            }
            if choices != Some(known) && make.choices(&known).await {
                choices = Some(known);
            }
            make.recent(&known).await;
            let _ = unless_changed(pulses, &known, make.pause(started.elapsed() * REST)).await;
        }
        // The first change after a lull is followed at once. What comes after it waits for the next lull.
        if quiet && !pulses.hold(&known, Sources::ALL) {
            quiet = false;
            opening = follow_one(pulses, make, &known).await;
        }
    }
}

/// Makes what pages open with once a change is told everywhere, once more if it is told again right after, and says as of when.
async fn follow_one(pulses: &Pulses, make: &mut impl Make, before: &Stamps) -> Option<Stamps> {
    within(make.pause(RIPPLE), ripple(pulses, before)).await;
    let first = pulses.stamps();
    let made = make.opening(&first).await;
    if unless_changed(pulses, &first, make.pause(ECHO)).await.is_some() {
        return made.then_some(first);
    }
    let second = pulses.stamps();
    make.opening(&second).await.then_some(second)
}

/// Waits until a change that a domain or public value has told is told by the other as well.
async fn ripple(pulses: &Pulses, before: &Stamps) {
    while !pulses.rippled(before) {
        pulses.next().await;
    }
}

/// Waits for some work, but no longer than for the end of a pause.
async fn within(pause: impl Future<Output = ()>, work: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = work => {}
        () = pause => {}
    }
}

/// What comes of some work, unless something changes before it is done: then it is left, and whoever waits for the same goes on with it.
async fn unless_changed<T>(pulses: &Pulses, stamps: &Stamps, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    while pulses.hold(stamps, Sources::ALL) {
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = pulses.next() => {}
        }
    }
    None
}

/// What is made by putting questions to the gateway itself.
struct Making<'a> {
    app: &'a Shared,
    routes: Router,
}

impl Make for Making<'_> {
    /// Puts the questions that nobody has to choose, and says whether all were answered: with a refusal too, which asking again does not change.
    async fn opening(&mut self, stamps: &Stamps) -> bool {
        let opening = match likely::opening(self.app).await {
            Ok(opening) => opening,
            Err(problem) => return !problem.status().is_server_error(),
        };
        let mut answered = true;
        for address in opening.addresses {
            answered &= !call(&mut self.routes, &address).await.is_server_error();
            if !self.app.pulses.hold(stamps, Sources::ALL) {
                return false;
            }
        }
        answered
    }

    /// Puts the questions that can be chosen, as far as their answers can be kept. What cannot be answered is left to who asks for it.
    async fn choices(&mut self, stamps: &Stamps) -> bool {
        let Self { app, routes } = self;
        let Ok(choices) = likely::choices(app).await else { return false };
        let started = Instant::now();
        for choice in &choices {
            if !app.cache.has_room(&app.pulses) {
                break;
            }
            let make = async {
                app.ahead.nobody_waits().await;
                // Read here, as one who has heard of nothing: no other structure will be asked about, so there is nothing to read ahead for them.
                // By a task of its own: a call that is given up half way is an error to the service.
                let (app, question) = (Shared::clone(app), choice.question.clone());
                let read = tokio::spawn(async move { pyramids::read(&app, &question, Vec::new()).await.is_ok() });
                if read.await.unwrap_or(false) {
                    for address in &choice.addresses {
                        call(routes, address).await;
                    }
                }
            };
            if unless_changed(&app.pulses, stamps, make).await.is_none() {
                return false;
            }
        }
        tracing::debug!(choices = choices.len(), ms = started.elapsed().as_millis(), "choices made ahead");
        true
    }

    async fn recent(&mut self, stamps: &Stamps) {
        for topic in self.app.ahead.recent().iter().filter(|topic| topic.known != Some(*stamps)) {
            self.put(topic, stamps).await;
            self.app.ahead.put(topic, *stamps);
        }
    }
}

impl Making<'_> {
    /// Puts a question for every structure, until something changes or no more can be kept. What cannot be answered is left to who asks for it.
    async fn put(&mut self, topic: &Topic, stamps: &Stamps) {
        let Self { app, routes } = self;
        let Ok(structures) = app.upstream.all_structures(&topic.plan).await else { return };
        let started = Instant::now();
        for structure in structures.iter().take(app.ahead.structures) {
            if !app.cache.has_room(&app.pulses) {
                return;
            }
            let make = async {
                app.ahead.nobody_waits().await;
                call(routes, &format!("{}{}{}", topic.before, structure.code, topic.after)).await;
            };
            if unless_changed(&app.pulses, stamps, make).await.is_none() {
                return;
            }
        }
        tracing::debug!(structures = structures.len(), ms = started.elapsed().as_millis(), "pyramids made ahead");
    }
}

async fn call(routes: &mut Router, address: &str) -> StatusCode {
    let Ok(mut request) = Request::get(address).body(Body::empty()) else { return StatusCode::BAD_REQUEST };
    request.extensions_mut().insert(Unasked);
    let Ok::<Response, Infallible>(response) = routes.call(request).await;
    response.status()
}

#[cfg(test)]
mod tests;

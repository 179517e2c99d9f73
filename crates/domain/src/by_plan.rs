//! What a domain keeps beside the facts, plan by plan.

use std::{collections::BTreeMap, sync::Arc};

use piramide_plan::{Plan, Plans};

use crate::{Change, Changes, Facts, State};

/// What is kept under one plan.
pub trait Books: Send + Sync + 'static {
    /// Whether everything is answered from the facts alone too, and sooner than books of all of them are made.
    const FACTS_ANSWER: bool;
    /// As [`State::SHEETS`]: what takes in facts whose sheets tell all leaves those asleep.
    const SHEETS: bool = false;
    /// As [`State::AT_ONCE`].
    const AT_ONCE: usize = 1;

    /// The books of a plan in which no fact is in force.
    fn new(plan: Arc<Plan>) -> Self;

    /// Whether these books are those of another plan too, since it says the same of all that they rest on.
    fn serve(&self, plan: &Plan) -> bool;

    /// Takes in a change; `facts` already has it.
    fn follow(&mut self, facts: &Facts, change: &Change<'_>);

    /// As [`State::follow_all`].
    fn follow_all(&mut self, facts: &Facts, changes: &Changes<'_>) {
        changes.iter().for_each(|change| self.follow(facts, &change));
    }

    /// Takes in facts that are all in force, where nothing was taken in before: the same as following each of them.
    fn take_all(&mut self, facts: &Facts) {
        facts.iter().for_each(|now| self.follow(facts, &Change { now, before: None }));
    }
}

/// Changes from which on each plan's books take them in by a thread of their own: it is begun in a small part of the time that they take.
const MANY: usize = 512;

/// The books of every plan; those that serve several are kept once.
#[derive(Debug)]
pub struct ByPlan<B> {
    books: Vec<B>,
    /// Which books are those of a plan, by its version.
    of_plan: BTreeMap<String, usize>,
}

impl<B> ByPlan<B> {
    /// The books of a plan, by its version; `None` where the facts alone are to answer.
    pub fn under(&self, plan: &Plan) -> Option<&B> {
        self.books.get(*self.of_plan.get(plan.version())?)
    }
}

impl<B: Books> State for ByPlan<B> {
    const SHEETS: bool = B::SHEETS;
    const AT_ONCE: usize = B::AT_ONCE;

    fn new(plans: &Plans) -> Self {
        let mut state = Self { books: Vec::<B>::new(), of_plan: BTreeMap::new() };
        for plan in plans.iter() {
            let known = state.books.iter().position(|books| books.serve(plan)).unwrap_or_else(|| {
                state.books.push(B::new(plan.clone()));
                state.books.len() - 1
            });
            state.of_plan.insert(plan.version().to_owned(), known);
        }
        state
    }

    fn follow(&mut self, facts: &Facts, change: &Change<'_>) {
        self.books.iter_mut().for_each(|books| books.follow(facts, change));
    }

    fn follow_all(&mut self, facts: &Facts, changes: &Changes<'_>) {
        if changes.len() < MANY || self.books.len() < 2 {
            return self.books.iter_mut().for_each(|books| books.follow_all(facts, changes));
        }
        // Plans do not know of each other.
        std::thread::scope(|scope| {
            for books in &mut self.books {
                scope.spawn(|| books.follow_all(facts, changes));
            }
        });
    }

    fn of(plans: &Plans, facts: &Facts) -> Self {
        let mut state = Self::new(plans);
        // Plans do not know of each other: each is read by a thread of its own.
        std::thread::scope(|scope| {
            for books in &mut state.books {
                scope.spawn(|| books.take_all(facts));
            }
        });
        state
    }

    fn untold() -> Option<Self> {
        B::FACTS_ANSWER.then(|| Self { books: Vec::new(), of_plan: BTreeMap::new() })
    }
}

//! What quality keeps in memory beside the facts: for each plan, the sums of every elementary indicator, at each structure that has others
//! under it and each range of months, and of the answers to every survey near the root. Of a leaf, the facts are what there is to know.
//!
//! A fact is added once at every structure above it, so an index costs the months and the structures asked for, however many offices have
//! facts. Sums are whole numbers; whoever asks how a figure was reached is led to the facts themselves.

mod index;

use std::sync::Arc;

use piramide_domain::{ByPlan, Change, Changes, Facts, Known, Met, Taken};
use piramide_measure::{Month, Period, Provenance};
use piramide_plan::Plan;
use piramide_rollup::{Cell, Kept, Landing, Rollup, Tree};

use self::index::{Index, Subject, leaves};

/// How many sums an indicator has.
pub(crate) const MEASURES: usize = 6;
/// How many sums a topic of a survey has: its marks.
pub(crate) const MARKS: usize = crate::facts::MARKS.len();
/// What is counted, in ten-thousandths.
pub(crate) const NUMERATOR: usize = 0;
/// What it is counted over, in ten-thousandths.
pub(crate) const DENOMINATOR: usize = 1;
/// The same of the facts that are held to a budget.
pub(crate) const HELD_NUMERATOR: usize = 2;
/// What they are counted over.
pub(crate) const HELD_DENOMINATOR: usize = 3;
/// What they would have counted, had each met its budget: denominator times budget, in the smallest units of both. A budget has so many digits
/// that one number would soon not fit: this is how many times [`DUE_UNIT`] goes into it.
pub(crate) const DUE_HIGH: usize = 4;
/// What remains of it, less than [`DUE_UNIT`] in each fact.
pub(crate) const DUE_LOW: usize = 5;
/// What [`DUE_HIGH`] counts.
pub(crate) const DUE_UNIT: i128 = 1 << 32;

/// The sums under every plan. Plans with the same organisation, dashboard and surveys have the same sums, kept once.
pub type State = ByPlan<Books>;

/// The sums at one structure.
pub(crate) type Sums = Cell<MEASURES>;

/// The sums under one plan.
#[derive(Debug)]
pub struct Books {
    index: Index,
    indicators: Rollup<MEASURES>,
    answers: Rollup<MARKS>,
    /// Which structures have recorded measures themselves: most that have others under them have not.
    recording: Vec<bool>,
}

/// Changes from which on they are taken in together.
const MANY: usize = 32;

/// Where a fact stands: slot, structure and subject.
type Place = (usize, usize, usize);

/// Changes on their way into the sums.
#[derive(Default)]
struct Landed<'a> {
    indicators: Landing<MEASURES>,
    answers: Landing<MARKS>,
    seen: Seen<'a>,
}

/// What was looked up, when many changes are taken in.
#[derive(Default)]
struct Seen<'a> {
    structures: Met<'a>,
    subjects: Met<'a>,
    slot: Option<((Month, Month), usize)>,
}

impl piramide_domain::Books for Books {
    // Indices over all offices take longer from the facts than the books of all of them.
    const FACTS_ANSWER: bool = false;
    // Sums are moved by what a change says; only marks that are lost are looked for in the facts, and found as they are in the end.
    const AT_ONCE: usize = 16_384;

    fn new(plan: Arc<Plan>) -> Self {
        let index = Index::new(plan);
        // No indicator stands under another, and no topic.
        let apart = |count: usize| Tree::new(vec![None; count]).unwrap_or_default();
        let indicators = Rollup::new(apart(index.indicators()), 0).keeping(Kept::AboveLeaves);
        let answers = Rollup::new(apart(index.topics.codes().len()), 0).keeping(Kept::NearTheRoot);
        let recording = index.structures.codes().map(|_| false).collect();
        Self { index, indicators, answers, recording }
    }

    fn serve(&self, plan: &Plan) -> bool {
        let own = self.index.plan.as_ref();
        let territory = own.structures() == plan.structures() && own.clusters() == plan.clusters();
        territory && own.dashboard() == plan.dashboard() && own.surveys() == plan.surveys()
    }

    fn follow(&mut self, facts: &Facts, change: &Change<'_>) {
        let change = change.into();
        let Some(place @ (slot, structure, _)) = self.place(&change, &mut Seen::default()) else { return };
        let Self { index, indicators, answers, .. } = self;
        match index.subject(place) {
            Subject::Topic(topic) => {
                let (before, after) = leaves(&change, Index::tally);
                let facts = |slot, structure, topic| index.tally_at(facts, slot, structure, topic);
                answers.take((slot, structure, topic), before.as_ref(), &after, &facts);
            }
            Subject::Measure(numbers) => {
                for number in numbers {
                    let (before, after) = leaves(&change, |amounts, provenance| index.cases(slot, structure, *number, amounts, provenance));
                    let facts = |slot, structure, number| index.cases_at(facts, slot, structure, number);
                    indicators.take((slot, structure, *number), before.as_ref(), &after, &facts);
                }
            }
        }
    }

    fn follow_all(&mut self, facts: &Facts, changes: &Changes<'_>) {
        if changes.len() < MANY {
            return changes.iter().for_each(|change| self.follow(facts, &change));
        }
        let mut landed = Landed::default();
        changes.taken().for_each(|change| self.land(&mut landed, &change));
        self.take_landed(facts, landed);
    }

    fn take_all(&mut self, facts: &Facts) {
        let mut landed = Landed::default();
        facts.iter().for_each(|now| self.land(&mut landed, &(&Change { now, before: None }).into()));
        self.take_landed(facts, landed);
    }
}

impl Books {
    /// Where a fact stands. None where no sums are kept of what it says.
    fn place<'a>(&mut self, change: &Taken<'a, '_>, seen: &mut Seen<'a>) -> Option<Place> {
        let structure = seen.structures.number(&self.index.structures, change.structure)?;
        let subject = seen.subjects.number(&self.index.subjects, change.subject)?;
        let slot = match seen.slot.filter(|(known, _)| *known == change.months) {
            Some((_, slot)) => slot,
            None => seen.slot.insert((change.months, self.slot(change.months))).1,
        };
        let place = (slot, structure, subject);
        if let (Subject::Measure(_), Some(recording)) = (self.index.subject(place), self.recording.get_mut(structure)) {
            *recording = true;
        }
        Some(place)
    }

    /// Takes in a change of many, of which the facts already have all: sums that several of them move are moved once.
    fn land<'a>(&mut self, landed: &mut Landed<'a>, change: &Taken<'a, '_>) {
        let Some(place @ (slot, structure, _)) = self.place(change, &mut landed.seen) else { return };
        let Self { index, indicators, answers, .. } = self;
        match index.subject(place) {
            Subject::Topic(topic) => {
                let (before, after) = leaves(change, Index::tally);
                answers.land(&mut landed.answers, (slot, structure, topic), before.as_ref(), &after);
            }
            Subject::Measure(numbers) => {
                for number in numbers {
                    let (before, after) = leaves(change, |amounts, provenance| index.cases(slot, structure, *number, amounts, provenance));
                    indicators.land(&mut landed.indicators, (slot, structure, *number), before.as_ref(), &after);
                }
            }
        }
    }

    /// Moves the sums that the changes move.
    fn take_landed(&mut self, facts: &Facts, landed: Landed<'_>) {
        let Self { index, indicators, answers, .. } = self;
        indicators.take_landed(landed.indicators, &|slot, structure, number| index.cases_at(facts, slot, structure, number));
        answers.take_landed(landed.answers, &|slot, structure, topic| index.tally_at(facts, slot, structure, topic));
    }

    /// The slot of a range of months, opened on first sight.
    fn slot(&mut self, months: (Month, Month)) -> usize {
        if let Some(slot) = self.index.slot(months) {
            return slot;
        }
        let structures = self.index.open_slot(months);
        self.answers.open_slot(structures.clone());
        self.indicators.open_slot(structures)
    }

    /// The slots, with their months.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (usize, (Month, Month))> {
        self.index.slots()
    }

    /// The slots that lie in a period, with their months. A fact that reaches beyond it (a year's, asked for a month) does not count: nobody
    /// knows how much of it falls inside.
    pub(crate) fn slots_in(&self, period: Period) -> impl Iterator<Item = (usize, (Month, Month))> {
        let (first, last) = (period.first_month(), period.last_month());
        self.index.slots().filter(move |(_, (from, to))| first <= *from && *to <= last)
    }

    /// The number of a structure.
    pub(crate) fn structure(&self, code: &str) -> Option<usize> {
        self.index.structures.number(code)
    }

    /// The code of a structure.
    pub(crate) fn code(&self, structure: usize) -> Option<&str> {
        self.index.structures.code(structure)
    }

    /// The structures right under one in a slot.
    pub(crate) fn children(&self, slot: usize, structure: usize) -> &[usize] {
        self.indicators.structures(slot).map_or(&[], |tree| tree.children(structure))
    }

    /// The number of an indicator; `None` when its sums are not kept, because a budget has too many digits.
    pub(crate) fn indicator(&self, code: &str) -> Option<usize> {
        self.index.indicator(code)
    }

    /// Digits after the point of what is due, beside those of a denominator.
    pub(crate) fn digits_due(&self, indicator: usize) -> u32 {
        self.index.digits_due(indicator)
    }

    /// Whether all sums of indicators fit in 64 bits.
    pub(crate) fn fit(&self) -> bool {
        self.indicators.fits()
    }

    /// The sums of an indicator at a structure in a slot; `None` when they might not fit in 64 bits, and must be taken from the facts.
    pub(crate) fn cases(&self, facts: &Facts, slot: usize, structure: usize, indicator: usize) -> Option<Sums> {
        let look_up = |slot, structure, number| self.index.cases_at(facts, slot, structure, number);
        self.indicators.read(&[slot], structure, indicator, &look_up)
    }

    /// The sums of every indicator at a structure in a slot, by number; `None` where they are not all kept there.
    pub(crate) fn row(&self, slot: usize, structure: usize) -> Option<&[Sums]> {
        self.indicators.row(slot, structure)
    }

    /// The facts that a structure has recorded itself about the measure of an indicator, apart from those under it and those before a month.
    pub(crate) fn own_facts<'a>(
        &self,
        facts: &'a Facts,
        structure: usize,
        indicator: usize,
        since: Month,
    ) -> impl Iterator<Item = Known<'a>> {
        let place = || Some((self.index.measure(indicator)?, self.code(structure)?));
        let recording = self.recording.get(structure).is_some_and(|recording| *recording);
        place().filter(|_| recording).into_iter().flat_map(move |(measure, code)| facts.about_in_since(measure, code, since))
    }

    /// The sums of one fact, as it stands in a slot.
    pub(crate) fn cases_of(&self, fact: &Known<'_>, slot: usize, structure: usize, indicator: usize) -> Sums {
        *self.index.cases(slot, structure, indicator, fact.values.amounts(), fact.batch.provenance).cell()
    }

    /// The answers to a topic at a structure in some slots; `None` as for [`Books::cases`].
    pub(crate) fn tally(&self, facts: &Facts, slots: &[usize], structure: usize, topic: usize) -> Option<Cell<MARKS>> {
        let look_up = |slot, structure, topic| self.index.tally_at(facts, slot, structure, topic);
        self.answers.read(slots, structure, topic, &look_up)
    }

    /// The topics of a sample that begin with a text, with their numbers.
    pub(crate) fn topics_beginning<'a>(&'a self, beginning: &str) -> impl Iterator<Item = (usize, &'a str)> {
        let wanted = beginning.to_owned();
        self.index.topics.codes().enumerate().filter(move |(_, topic)| topic.starts_with(&wanted))
    }
}

/// The least certain provenance of a sum; `None` when nothing is known.
pub(crate) fn provenance<const W: usize>(sums: &Cell<W>, measure: usize) -> Option<Provenance> {
    let marks = sums.mark(measure);
    Provenance::ALL.into_iter().enumerate().filter(|(rank, _)| marks >> rank & 1 == 1).map(|(_, provenance)| provenance).max()
}

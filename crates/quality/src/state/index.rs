//! The plan, by numbers: indicators, topics, structures, ranges of months, and what each office is held to.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{Amounts, Facts, Names, Taken};
use piramide_measure::{Exact, Month, Provenance};
use piramide_plan::{Dashboard, Plan, QualityIndicator};
use piramide_rollup::{Leaf, Tree};

use super::{DENOMINATOR, DUE_HIGH, DUE_LOW, DUE_UNIT, HELD_DENOMINATOR, HELD_NUMERATOR, MARKS, MEASURES, NUMERATOR, Place};
use crate::{facts, surveys::Topic};

/// The most digits after the point of a budget for which sums are kept: with more a budget of days would not fit 64 bits itself.
const MOST_DIGITS: u32 = 12;

/// Ranges of months in which structures stand alike, with what their facts are held to.
#[derive(Debug)]
struct Territory {
    tree: Arc<Tree>,
    /// By structure and indicator: the budget in its smallest unit.
    budgets: Vec<Option<i64>>,
}

/// An elementary indicator whose sums are kept.
#[derive(Debug)]
struct Rolled {
    measure: String,
    /// Digits after the point of its budgets.
    digits: u32,
}

/// What sums are kept of a subject.
pub(super) enum Subject<'i> {
    /// The answers to a topic, by its number.
    Topic(usize),
    /// The indicators that rest on a measure, by their numbers.
    Measure(&'i [usize]),
}

/// What a change says: what was in force before, and what is now.
pub(super) fn leaves<const W: usize>(
    change: &Taken<'_, '_>,
    leaf: impl Fn(Amounts<'_>, Provenance) -> Leaf<W>,
) -> (Option<Leaf<W>>, Leaf<W>) {
    (change.before.map(|(amounts, provenance)| leaf(amounts, provenance)), leaf(change.now.0, change.now.1))
}

#[derive(Debug)]
pub(super) struct Index {
    pub(super) plan: Arc<Plan>,
    pub(super) structures: Names,
    /// The subjects of the facts that count answers.
    pub(super) topics: Names,
    codes: Names,
    rolled: Vec<Rolled>,
    /// The subjects of all facts of which sums are kept: the topics, and then the measures.
    pub(super) subjects: Names,
    /// The indicators that rest on each of the measures.
    of_measures: Vec<Vec<usize>>,
    slots: Vec<((Month, Month), usize)>,
    by_months: HashMap<(Month, Month), usize>,
    territories: Vec<Territory>,
}

impl Index {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let dashboard = plan.dashboard();
        let rolled: Vec<(&str, Rolled)> = dashboard.indicators().filter_map(|indicator| rolled(dashboard, indicator)).collect();
        let topics = Names::of(topics(&plan).iter().map(String::as_str));
        let (mut subjects, mut of_measures) = (topics.clone(), Vec::<Vec<usize>>::new());
        for (number, (_, rolled)) in rolled.iter().enumerate() {
            // No measure is called as a topic is.
            let Some(measure) = subjects.open(&rolled.measure).checked_sub(topics.codes().len()) else { continue };
            if of_measures.len() <= measure {
                of_measures.resize_with(measure + 1, Vec::new);
            }
            of_measures.get_mut(measure).into_iter().for_each(|numbers| numbers.push(number));
        }
        Self {
            structures: Names::of(plan.structures().codes()),
            topics,
            codes: Names::of(rolled.iter().map(|(code, _)| *code)),
            rolled: rolled.into_iter().map(|(_, rolled)| rolled).collect(),
            subjects,
            of_measures,
            slots: Vec::new(),
            by_months: HashMap::new(),
            territories: Vec::new(),
            plan,
        }
    }

    pub(super) fn indicators(&self) -> usize {
        self.rolled.len()
    }

    pub(super) fn indicator(&self, code: &str) -> Option<usize> {
        self.codes.number(code)
    }

    pub(super) fn digits_due(&self, indicator: usize) -> u32 {
        self.rolled.get(indicator).map_or(0, |rolled| rolled.digits)
    }

    /// The measure that an indicator rests on.
    pub(super) fn measure(&self, indicator: usize) -> Option<&str> {
        self.rolled.get(indicator).map(|rolled| rolled.measure.as_str())
    }

    /// What sums are kept of the subject of a place.
    pub(super) fn subject(&self, (_, _, subject): Place) -> Subject<'_> {
        match subject.checked_sub(self.topics.codes().len()) {
            None => Subject::Topic(subject),
            Some(measure) => Subject::Measure(self.of_measures.get(measure).map_or(&[], Vec::as_slice)),
        }
    }

    pub(super) fn slot(&self, months: (Month, Month)) -> Option<usize> {
        self.by_months.get(&months).copied()
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = (usize, (Month, Month))> {
        self.slots.iter().enumerate().map(|(slot, (months, _))| (slot, *months))
    }

    pub(super) fn months(&self, slot: usize) -> Option<(Month, Month)> {
        self.slots.get(slot).map(|(months, _)| *months)
    }

    /// Opens a slot, and gives the structures as they stand at its end.
    pub(super) fn open_slot(&mut self, months: (Month, Month)) -> Arc<Tree> {
        let last = months.1;
        let parents = self.structures.codes().map(|code| {
            let parent = self.plan.structures().at(code, last)?.parent.as_ref()?;
            self.structures.number(parent)
        });
        let tree = Tree::new(parents.collect()).unwrap_or_default();
        // Structures seldom move: slots share the territory.
        let known = self.territories.iter().position(|territory| *territory.tree == tree);
        let territory = known.unwrap_or_else(|| {
            let budgets = self.structures.codes().flat_map(|structure| self.budgets(structure, last)).collect();
            self.territories.push(Territory { tree: Arc::new(tree), budgets });
            self.territories.len() - 1
        });
        self.by_months.insert(months, self.slots.len());
        self.slots.push((months, territory));
        self.territories.get(territory).map(|territory| territory.tree.clone()).unwrap_or_default()
    }

    /// What an office is held to, indicator by indicator.
    fn budgets(&self, office: &str, at: Month) -> Vec<Option<i64>> {
        let plan = self.plan.as_ref();
        let dashboard = plan.dashboard();
        let mut of_section = HashMap::new();
        let budget = |(code, rolled): (&str, &Rolled)| {
            let section = dashboard.section_of(code)?.code.as_str();
            let find = || dashboard.holders(code, office, at, (plan.structures(), plan.clusters()));
            let budget = dashboard.budget(code, of_section.entry(section).or_insert_with(find))?;
            in_units(&budget.value, rolled.digits)
        };
        self.codes.codes().zip(&self.rolled).map(budget).collect()
    }

    /// The sums of a fact about the measure of an indicator.
    pub(super) fn cases(
        &self,
        slot: usize,
        structure: usize,
        number: usize,
        values: Amounts<'_>,
        provenance: Provenance,
    ) -> Leaf<MEASURES> {
        let territory = self.slots.get(slot).and_then(|(_, territory)| self.territories.get(*territory));
        let budget = territory.and_then(|territory| *territory.budgets.get(structure * self.rolled.len() + number)?);
        let part = |quantity| i128::from(values.get(quantity).unwrap_or_default());
        let (numerator, denominator) = (part(facts::NUMERATOR), part(facts::DENOMINATOR));
        let mark = mark(provenance);
        let mut measures = [0; MEASURES];
        let mut marks = 0;
        let mut put = |measure: usize, amount: i128| {
            if let Some(place) = measures.get_mut(measure) {
                *place = amount;
                marks |= mark << (4 * measure);
            }
        };
        put(NUMERATOR, numerator);
        put(DENOMINATOR, denominator);
        if let Some(budget) = budget {
            put(HELD_NUMERATOR, numerator);
            put(HELD_DENOMINATOR, denominator);
            let due = denominator * i128::from(budget);
            put(DUE_HIGH, due.div_euclid(DUE_UNIT));
            put(DUE_LOW, due.rem_euclid(DUE_UNIT));
        }
        Leaf::new(&measures, marks)
    }

    pub(super) fn cases_at(&self, facts: &Facts, slot: usize, structure: usize, number: usize) -> Option<Leaf<MEASURES>> {
        let known = self.known(facts, &self.rolled.get(number)?.measure, slot, structure)?;
        Some(self.cases(slot, structure, number, known.values.amounts(), known.batch.provenance))
    }

    /// The answers of a fact, by mark.
    pub(super) fn tally(values: Amounts<'_>, provenance: Provenance) -> Leaf<MARKS> {
        let marks = (0..MARKS).fold(0, |marks, measure| marks | mark(provenance) << (4 * measure));
        Leaf::new(&facts::MARKS.map(|mark| i128::from(values.get(mark).unwrap_or_default())), marks)
    }

    pub(super) fn tally_at(&self, facts: &Facts, slot: usize, structure: usize, topic: usize) -> Option<Leaf<MARKS>> {
        let known = self.known(facts, self.topics.code(topic)?, slot, structure)?;
        Some(Self::tally(known.values.amounts(), known.batch.provenance))
    }

    fn known<'a>(&self, facts: &'a Facts, subject: &str, slot: usize, structure: usize) -> Option<piramide_domain::Known<'a>> {
        let (first, last) = self.months(slot)?;
        facts.get(subject, self.structures.code(structure)?, (first.index(), last.index()))
    }
}

fn mark(provenance: Provenance) -> u64 {
    1 << Provenance::ALL.iter().position(|known| *known == provenance).unwrap_or_default()
}

/// An indicator whose sums can be kept: it has a measure, and all its budgets are whole in some decimal unit.
fn rolled<'a>(dashboard: &Dashboard, indicator: &'a QualityIndicator) -> Option<(&'a str, Rolled)> {
    let measure = indicator.measure.clone()?;
    let fits = |digits: &u32| dashboard.budgets_of(&indicator.code).all(|budget| in_units(budget, *digits).is_some());
    let digits = (0..=MOST_DIGITS).find(fits)?;
    Some((&indicator.code, Rolled { measure, digits }))
}

/// A budget in units of so many digits after the point, when it is a whole number of them.
fn in_units(budget: &Exact, digits: u32) -> Option<i64> {
    let units = budget * &Exact::power_of_ten(digits);
    let whole = units.denominator_text() == "1";
    units.numerator_text().parse().ok().filter(|_| whole)
}

/// The subjects of all facts that can count answers.
fn topics(plan: &Plan) -> Vec<String> {
    let mut topics = Vec::new();
    for survey in plan.surveys().iter() {
        for (sample, stratum) in survey.samples.iter().flat_map(|sample| sample.strata.iter().map(move |stratum| (sample, stratum))) {
            for (channel, factor) in survey.channels().flat_map(|channel| survey.factors().map(move |factor| (channel, factor))) {
                let topic = Topic {
                    survey: &survey.code,
                    sample: &sample.code,
                    stratum: &stratum.code,
                    channel: &channel.code,
                    factor: &factor.code,
                };
                topics.push(topic.subject());
            }
        }
    }
    topics
}

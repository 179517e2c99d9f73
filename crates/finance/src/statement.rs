//! The statement of the IEEP (*prospetto dell'IEEP*): every item of a structure with target, actual, deviation and realisation, and the
//! structures right under it beside each other.

use piramide_domain::{Known, Measured};
use piramide_measure::{Direction, Exact, Missing, Month, Period, Provenance, Scale, Unit, deviation};
use piramide_plan::{Assignment, Item, Structure};

use crate::{
    asked::Asked,
    costs::allocation::euro,
    facts::{AMOUNT, children_sum},
    indicators::{ieep, realisation::realisation, tree},
};

/// An amount against its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The amount, or why there is none.
    pub actual: Result<Exact, Missing>,
    /// What it should be; `None` where the plan sets no target.
    pub target: Option<Exact>,
    /// How far it is, positive when better, before any cap: per cent, or euro where the plan says `absolute`.
    pub deviation: Option<Exact>,
    /// Realisation (*realizzazione*), per cent: 100 is as planned, more is better whichever way the item counts.
    pub realisation: Option<Exact>,
    /// Which way is better.
    pub direction: Direction,
    /// The least certain provenance that entered.
    pub provenance: Option<Provenance>,
}

impl Judged {
    /// Judges an amount. Realisation is `100 + deviation`, which for revenue is `actual / target * 100`; for legal interest, where less is
    /// better, `200 - actual / target * 100` (**Decision**: the source prints the improvement only). Undefined against a zero target.
    pub(crate) fn new(measured: &Measured, target: Option<(Exact, Scale)>, direction: Direction) -> Self {
        let judged = measured.value.as_ref().ok().zip(target.as_ref());
        let distance = judged.and_then(|(actual, (target, scale))| deviation::deviation(actual, target, direction, *scale));
        let relative = distance.as_ref().filter(|_| matches!(target, Some((_, Scale::Relative))));
        Self {
            actual: measured.value.clone(),
            realisation: relative.map(|distance| deviation::score(distance, None)),
            deviation: distance,
            target: target.map(|(target, _)| target),
            direction,
            provenance: measured.explanation.provenance(),
        }
    }
}

/// One line: an item.
pub struct Line<'a> {
    /// The item.
    pub item: &'a Item,
    /// The indicator that explains it; empty where the plan has none.
    pub indicator: String,
    /// Its amount against its target.
    pub judged: Judged,
    /// Where its own amount and those of the items under it are all recorded and disagree.
    pub gaps: Vec<Gap>,
}

/// What does not square in one structure and period: an item that the items under it miss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The structure.
    pub structure: String,
    /// The period.
    pub period: Period,
    /// What is recorded of the item.
    pub recorded: Exact,
    /// What the items under it sum to, with their signs.
    pub parts: Exact,
}

/// A structure beside its siblings.
pub struct Beside<'a> {
    /// The structure.
    pub structure: &'a Structure,
    /// Whether it has structures under it.
    pub has_children: bool,
    /// The euro sum of the lines asked for.
    pub total: Judged,
    /// The weighted realisation of the sections; missing for a part of the items.
    pub weighted: Result<Exact, Missing>,
}

/// The statement of one structure.
pub struct Statement<'a> {
    /// Its lines, in the order of the plan.
    pub lines: Vec<Line<'a>>,
    /// The euro sum (*somma in euro*): of the whole IEEP, or of the items of one directorate, each with its sign in the whole.
    pub total: Judged,
    /// The weighted realisation of the sections, which is another result than that of the euro sum.
    pub weighted: Measured,
    /// The structures right under it.
    pub below: Vec<Beside<'a>>,
}

/// Draws up the statement; for an assignee, of its items and those under them only.
pub fn statement<'a>(query: &Asked<'a>, assignment: Option<&Assignment>) -> Statement<'a> {
    let items = query.plan.items();
    let asked = |item: &&Item| {
        let within = |top: &String| item.code == *top || items.lies_under(&item.code, top);
        assignment.is_none_or(|assignment| assignment.items.iter().any(within))
    };
    let month = query.period.last_calendar_month();
    let structures = query.plan.structures();
    let beside = |structure: &'a Structure| {
        let query = query.of_structure(&structure.code);
        Beside {
            structure,
            has_children: !structures.children(&structure.code, month).is_empty(),
            total: total(&query, assignment),
            weighted: weighted(&query, assignment).value,
        }
    };
    Statement {
        lines: items.iter().filter(asked).map(|item| line(query, item)).collect(),
        total: total(query, assignment),
        weighted: weighted(query, assignment),
        below: structures.children(query.structure, month).into_iter().map(beside).collect(),
    }
}

fn line<'a>(query: &Asked<'a>, item: &'a Item) -> Line<'a> {
    let code = ieep::indicator_code(query.plan, &item.code);
    let known = query.plan.indicators().get(&code).is_some();
    Line {
        judged: judged(query, item, &ieep::item(query, &item.code, &item.label)),
        indicator: if known { code } else { String::new() },
        gaps: gaps(query, item),
        item,
    }
}

/// An item against the plan's target for it.
fn judged(query: &Asked<'_>, item: &Item, measured: &Measured) -> Judged {
    let target = query.plan.target(&ieep::indicator_code(query.plan, &item.code), query.structure, query.period);
    Judged::new(measured, target.map(|reference| (reference.target, reference.scale)), direction(query, item))
}

/// Less is better of what is taken from the whole.
fn direction(query: &Asked<'_>, item: &Item) -> Direction {
    if query.plan.items().sign_in_whole(&item.code) < 0 { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
}

/// The euro sum of the whole, or of the items of an assignee: actual against target, both with the signs of the whole. The target of a
/// part is there only where each of its items has one.
fn total(query: &Asked<'_>, assignment: Option<&Assignment>) -> Judged {
    let items = query.plan.items();
    let Some(assignment) = assignment else {
        return match items.root() {
            Some(root) => judged(query, root, &ieep::item(query, &root.code, &root.label)),
            None => Judged::new(&Measured::missing("IEEP", Unit::Euro, query.no_data()), None, Direction::HigherIsBetter),
        };
    };
    let own: Vec<&Item> = assignment.items.iter().filter_map(|code| items.get(code)).collect();
    let amount = |item: &&Item| tree::with_sign(ieep::item(query, &item.code, &item.label), items.sign_in_whole(&item.code));
    let target = |item: &&Item| {
        let reference = query.plan.target(&ieep::indicator_code(query.plan, &item.code), query.structure, query.period)?;
        Some(reference.target * Exact::from(i64::from(items.sign_in_whole(&item.code))))
    };
    let actual = Measured::sum_of_known(
        &assignment.label,
        Unit::Euro,
        "somma delle voci, ciascuna con il proprio segno",
        own.iter().map(amount).collect(),
    );
    let target: Option<Exact> = own.iter().map(target).collect::<Option<Vec<Exact>>>().map(|targets| targets.iter().sum());
    let scale = if target.as_ref().is_some_and(Exact::is_zero) { Scale::Absolute } else { Scale::Relative };
    Judged::new(&actual, target.map(|target| (target, scale)), Direction::HigherIsBetter)
}

/// The weighted realisation, which only the whole has.
fn weighted(query: &Asked<'_>, assignment: Option<&Assignment>) -> Measured {
    const LABEL: &str = "Realizzazione ponderata dell'IEEP";
    if let (None, Some(root)) = (assignment, query.plan.items().root()) {
        return realisation(query, &root.code, LABEL);
    }
    let input = "il peso delle voci di una struttura centrale: le sezioni pesano solo nel totale".to_owned();
    Measured::missing(LABEL, Unit::Percent, Missing::NoInput { input })
}

/// Where what is recorded of an item and of the items right under it disagrees: batches that declared so were recorded as they were.
pub fn gaps(query: &Asked<'_>, item: &Item) -> Vec<Gap> {
    if query.plan.items().children(&item.code).is_empty() {
        return Vec::new();
    }
    match query.kept_unsquared(&item.code) {
        Some(places) => {
            let known = |(structure, (first, last)): (&str, (Month, Month))| {
                gap(query, item, &query.facts.get(&item.code, structure, (first.index(), last.index()))?)
            };
            places.into_iter().filter_map(known).collect()
        }
        None => query.recorded(&item.code).filter_map(|known| gap(query, item, &known)).collect(),
    }
}

/// What an item that is recorded misses of the items right under it, where they are all recorded for the same structure and months.
fn gap(query: &Asked<'_>, item: &Item, known: &Known<'_>) -> Option<Gap> {
    let months = (known.first.index(), known.last.index());
    let amount = |code: &str| query.facts.get(code, known.structure, months).and_then(|part| part.value(AMOUNT));
    let recorded = i128::from(known.value(AMOUNT)?);
    let parts = children_sum(query.plan.items(), &item.code, amount).filter(|parts| *parts != recorded)?;
    Some(Gap { structure: known.structure.to_owned(), period: known.period()?, recorded: euro(recorded), parts: euro(parts) })
}

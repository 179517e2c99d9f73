//! The statement of a responsibility centre (*conto economico per centro di responsabilità*): what a structure costs by destination and by
//! nature, what shared costs are passed on to it, and its ratios, beside the structures under it.

pub mod allocation;

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Scale, Unit};
use piramide_plan::{IndicatorDefinition, Item, Structure};

use self::allocation::{Allocated, Passed};
use crate::{
    asked::Asked,
    indicators::{amounts, tree},
    statement::Judged,
};

/// One account, or what groups accounts.
pub struct CostLine<'a> {
    /// The account.
    pub item: &'a Item,
    /// Its nature; empty for what groups accounts.
    pub nature: &'a str,
    /// What is recorded.
    pub amount: Measured,
}

/// A ratio of the statement: profitability, shares, cost per point.
pub struct Ratio<'a> {
    /// The indicator.
    pub indicator: &'a IndicatorDefinition,
    /// Its value against its target.
    pub judged: Judged,
}

/// What a structure costs, in all.
pub struct CostTotal<'a> {
    /// The structure.
    pub structure: &'a Structure,
    /// Whether it has structures under it.
    pub has_children: bool,
    /// What is recorded in it and under it (*costi propri*).
    pub own: Measured,
    /// What others pass on to it (*costi ricevuti*); `None` where nothing is recorded and nothing moves.
    pub received: Option<Exact>,
    /// What it passes on to others (*costi ribaltati*); `None` likewise.
    pub given: Option<Exact>,
    /// Own costs, with what it receives and without what it passes on (*costo pieno*); missing where nothing is recorded or received.
    pub full: Result<Exact, Missing>,
    /// Its ratios, on own costs: those that the targets of the plan speak of.
    pub ratios: Vec<Ratio<'a>>,
}

/// The statement.
pub struct CostStatement<'a> {
    /// The structure asked for.
    pub whole: CostTotal<'a>,
    /// Its costs by destination, in the order of the plan.
    pub lines: Vec<CostLine<'a>>,
    /// Its costs by nature.
    pub natures: Vec<(&'a str, Measured)>,
    /// The structures right under it.
    pub below: Vec<CostTotal<'a>>,
    /// What is passed on to, from and within it.
    pub passed: Vec<Passed<'a>>,
    /// Rules that pass nothing on, and why.
    pub undone: Vec<(&'a str, String)>,
}

/// Draws up the statement; `None` for a structure that is not one of the period.
pub fn statement<'a>(query: &Asked<'a>) -> Option<CostStatement<'a>> {
    let (plan, month) = (query.plan, query.period.last_calendar_month());
    let (costs, structures) = (plan.costs(), plan.structures());
    let allocated = allocation::allocate(query);
    let own = structures.at(query.structure, month)?;
    let line = |item: &'a Item| CostLine {
        nature: costs.nature(&item.code).unwrap_or_default(),
        amount: tree::amount(query, costs.tree(), &item.code, &item.label),
        item,
    };
    let lies_under = |structure: &str| structures.lies_under(structure, query.structure, month);
    let touches = |passed: &Passed<'a>| lies_under(&passed.rule.source) || lies_under(&passed.receiver.structure);
    Some(CostStatement {
        whole: total(query, own, &allocated),
        lines: costs.tree().iter().map(line).collect(),
        natures: costs.natures().into_iter().map(|nature| (nature, of_nature(query, nature))).collect(),
        below: structures.children(query.structure, month).into_iter().map(|child| total(query, child, &allocated)).collect(),
        passed: allocated.passed.into_iter().filter(touches).collect(),
        undone: allocated.undone,
    })
}

/// The costs of one nature: what is recorded account by account. Totals that are recorded without their accounts have no nature.
fn of_nature(query: &Asked<'_>, nature: &str) -> Measured {
    let costs = query.plan.costs();
    let accounts = costs.tree().iter().filter(|item| costs.nature(&item.code) == Some(nature));
    let amounts = accounts.map(|item| tree::amount(query, costs.tree(), &item.code, &item.label)).collect();
    Measured::sum_of_known(nature, Unit::Euro, "somma dei conti della natura", amounts)
}

fn total<'a>(query: &Asked<'a>, structure: &'a Structure, allocated: &Allocated<'a>) -> CostTotal<'a> {
    let query = query.of_structure(&structure.code);
    let month = query.period.last_calendar_month();
    let own = own_costs(&query);
    let (received, given) = allocated.of(&query);
    let moved = !received.is_zero() || !given.is_zero();
    let full = match &own.value {
        Ok(own) => Ok(&(own + &received) - &given),
        Err(_) if moved => Ok(&received - &given),
        Err(missing) => Err(missing.clone()),
    };
    // Without costs to speak of, that nothing moves is not known to be zero: it is missing as they are.
    let known = |moved: Exact| full.is_ok().then_some(moved);
    CostTotal {
        structure,
        has_children: !query.plan.structures().children(&structure.code, month).is_empty(),
        ratios: ratios(&query),
        own,
        received: known(received),
        given: known(given),
        full,
    }
}

/// All that is recorded of the costs of a structure and of those under it.
fn own_costs(query: &Asked<'_>) -> Measured {
    let tree = query.plan.costs().tree();
    if let Some(root) = tree.root() {
        return tree::amount(query, tree, &root.code, &root.label);
    }
    let input = format!("l'elenco dei costi in {}", query.plan.version());
    Measured::missing("Costi totali", Unit::Euro, Missing::NoInput { input })
}

/// The plan's ratios of one amount over another, in its order.
fn ratios<'a>(query: &Asked<'a>) -> Vec<Ratio<'a>> {
    let ratios = query.plan.indicators().of_domain("finance").filter(|indicator| indicator.method == "cost_ratio");
    let judged = |indicator: &'a IndicatorDefinition| {
        let target = query.plan.target(&indicator.code, query.structure, query.period);
        let target: Option<(Exact, Scale)> = target.map(|reference| (reference.target, reference.scale));
        Ratio { judged: Judged::new(&amounts::cost_ratio(query, indicator), target, indicator.direction), indicator }
    };
    ratios.map(judged).collect()
}

//! What comes in: amounts in euro per structure, item, account or figure of a chapter, and month, month 13 included, and the checks that only finance can make.

use std::{cell::OnceCell, collections::BTreeMap};

use foldhash::{HashMap, HashSet, HashSetExt};
use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_ledger::Fact;
use piramide_measure::{Month, Unit, decimal};
use piramide_plan::{Account, AccountFigure, Accounts, Items, Plan};

/// The amount (*importo*).
pub const AMOUNT: usize = 0;

/// What a fact of finance says.
pub const QUANTITIES: [Quantity; 1] = [Quantity { name: "amount", scale: 2, unit: Unit::Euro, signed: true, label: "Importo" }];

/// The names of the quantities.
pub const COLUMNS: [&str; 1] = ["amount"];

/// Where an amount stands: structure, item, months.
type Place<'a> = (&'a str, &'a str, (i32, i32));

/// Checks a batch of amounts of the IEEP and of costs, within itself and with what is in force. A batch may declare that what does not square is
/// recorded and flagged.
pub fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let batch = Given::new(batch, facts);
    let mut violations = Vec::new();
    // A family is looked at once, at the first of its rows.
    let mut families: HashSet<Place<'_>> = HashSet::new();
    for fact in batch.incoming.facts {
        let Some(plan) = batch.incoming.plan_of(fact) else { continue };
        if plan.spending().subject_label(&fact.subject).or_else(|| plan.securities().subject_label(&fact.subject)).is_some() {
            violations.extend(batch.reversal_without_original(fact));
            violations.extend(forecast_in_closing_month(plan, fact));
            continue;
        }
        if let Some(account) = plan.accounts().account_of(&fact.subject) {
            let months = (fact.first_month, fact.last_month);
            if families.insert((&fact.structure, &account.code, months)) {
                violations.extend(batch.unsquared_account(plan, fact, account));
            }
            if *fact.subject == *Accounts::subject(&account.code, AccountFigure::Collected) {
                violations.extend(batch.reversal_without_original(fact));
            }
            continue;
        }
        let (ieep, costs) = (plan.items(), plan.costs().tree());
        let items = if ieep.get(&fact.subject).is_some() { ieep } else { costs };
        let Some(item) = items.get(&fact.subject) else { continue };
        let months = (fact.first_month, fact.last_month);
        // The families that the fact belongs to: itself as a parent, and its own parent.
        for parent in [Some(item.code.as_str()), item.parent.as_deref()].into_iter().flatten() {
            // Most items have none under them that could miss them.
            if !items.children(parent).is_empty() && families.insert((&fact.structure, parent, months)) {
                violations.extend(batch.missed_parent(items, fact, parent));
            }
        }
        violations.extend(batch.reversal_without_original(fact));
    }
    violations
}

/// Nobody forecasts month 13 (*mese 13*): it is where accounting closes what the other months have used.
fn forecast_in_closing_month(plan: &Plan, fact: &Fact) -> Option<Violation> {
    let month = Month::from_index(fact.first_month).filter(|month| month.number() == 13)?;
    plan.spending().is_forecast(&fact.subject).then(|| {
        let detail = format!("{} is expected month by month from January to December; {month} closes the accounts", fact.subject);
        Violation::new(Grade::Malformed, fact.line, "period", "FORECAST_IN_MONTH_13", detail)
    })
}

/// What the items right under one sum to, each with its sign; `None` unless every one of them is known, since then nobody can tell.
pub fn children_sum(items: &Items, parent: &str, amount: impl Fn(&str) -> Option<i64>) -> Option<i128> {
    let children = items.children(parent);
    if children.is_empty() {
        return None;
    }
    children.iter().map(|child| amount(&child.code).map(|cents| i128::from(cents) * i128::from(child.sign))).sum()
}

/// A batch as it would be in force.
struct Given<'a> {
    incoming: &'a Incoming<'a>,
    amounts: HashMap<Place<'a>, i64>,
    /// The same in order, for who asks for all months of a place: few do.
    in_order: OnceCell<BTreeMap<Place<'a>, i64>>,
    facts: &'a Facts,
}

impl<'a> Given<'a> {
    fn new(incoming: &'a Incoming<'a>, facts: &'a Facts) -> Self {
        let amount = |fact: &'a Fact| {
            let place = (&*fact.structure, &*fact.subject, (fact.first_month, fact.last_month));
            Some((place, incoming.value(fact, AMOUNT)?))
        };
        Self { amounts: incoming.facts.iter().filter_map(amount).collect(), in_order: OnceCell::new(), incoming, facts }
    }

    /// What is known of a subject in the structure and months of a fact: by the batch, else by what is in force.
    fn amount(&self, fact: &Fact, subject: &str) -> Option<i64> {
        let months = (fact.first_month, fact.last_month);
        let recorded = || self.facts.get(subject, &fact.structure, months).and_then(|known| known.value(AMOUNT));
        self.amounts.get(&(&*fact.structure, subject, months)).copied().or_else(recorded)
    }

    /// Where the balance of an account is known, what is open of every age sums to it, and what nobody can work on is a part of it.
    fn unsquared_account(&self, plan: &Plan, fact: &Fact, account: &Account) -> Vec<Violation> {
        let known = |figure| self.amount(fact, &Accounts::subject(&account.code, figure));
        let Some(balance) = known(AccountFigure::Balance) else { return Vec::new() };
        let balance = i128::from(balance);
        let ages: Option<Vec<i64>> =
            plan.accounts().ages().iter().map(|age| self.amount(fact, &Accounts::open_subject(&account.code, &age.code))).collect();
        let open = ages.filter(|ages| !ages.is_empty()).map(|ages| ages.into_iter().map(i128::from).sum::<i128>());
        let code = &account.code;
        let missed = open.filter(|open| *open != balance).map(|open| {
            let difference = euro(balance - open);
            let detail =
                format!("what is open of {code} sums to {}, its balance is {}, difference {difference}", euro(open), euro(balance));
            Violation::new(Grade::Unmet, fact.line, "amount", "AGES_MISS_BALANCE", detail).flaggable()
        });
        let unworkable = known(AccountFigure::Unworkable).map(i128::from);
        let beyond = unworkable.filter(|part| part.abs() > balance.abs()).map(|part| {
            let detail = format!("{} of {code} cannot be worked on, its balance is {}: a part is no larger", euro(part), euro(balance));
            Violation::new(Grade::Unmet, fact.line, "amount", "UNWORKABLE_BEYOND_BALANCE", detail).flaggable()
        });
        missed.into_iter().chain(beyond).collect()
    }

    /// Where a parent and its children (*voci "di cui"*) are all known for one structure and its months, they must agree.
    fn missed_parent(&self, items: &Items, fact: &Fact, parent: &str) -> Option<Violation> {
        let amount = |item: &str| self.amount(fact, item);
        let whole = i128::from(amount(parent)?);
        let sum = children_sum(items, parent, amount)?;
        (whole != sum).then(|| {
            let detail =
                format!("the items of {parent} sum to {}, {parent} says {}, difference {}", euro(sum), euro(whole), euro(whole - sum));
            Violation::new(Grade::Unmet, fact.line, "amount", "CHILDREN_MISS_PARENT", detail).flaggable()
        })
    }

    /// A reversal (*storno*) takes back what was posted before: an amount below zero that leaves the year of its item below zero too
    /// has no original.
    fn reversal_without_original(&self, fact: &Fact) -> Option<Violation> {
        let amount = self.incoming.value(fact, AMOUNT).filter(|amount| *amount < 0)?;
        let year = Month::from_index(fact.last_month)?.year();
        let (structure, item) = (&*fact.structure, &*fact.subject);
        let of_year = |months: (i32, i32)| Month::from_index(months.1).is_some_and(|last| last.year() == year);
        let in_order = self.in_order.get_or_init(|| self.amounts.iter().map(|(place, cents)| (*place, *cents)).collect());
        let places = in_order.range((structure, item, (i32::MIN, i32::MIN))..=(structure, item, (i32::MAX, i32::MAX)));
        let given = places.filter(|((_, _, months), _)| of_year(*months)).map(|(_, cents)| i128::from(*cents));
        let standing = self.facts.about_in(item, structure).filter(|known| {
            let months = (known.first.index(), known.last.index());
            of_year(months) && !self.amounts.contains_key(&(structure, item, months))
        });
        let total: i128 = given.chain(standing.filter_map(|known| known.value(AMOUNT)).map(i128::from)).sum();
        (total < 0).then(|| {
            let detail = format!(
                "{} reverses more than there is: the amounts of {item} in {structure} would sum to {} in {year}; post the original first",
                euro(i128::from(amount)),
                euro(total)
            );
            Violation::new(Grade::Unmet, fact.line, "amount", "REVERSAL_WITHOUT_ORIGINAL", detail).flaggable()
        })
    }
}

fn euro(cents: i128) -> String {
    i64::try_from(cents).map_or_else(|_| format!("{cents} cents"), |cents| decimal::canonical(decimal::from_minor_units(cents, 2)))
}

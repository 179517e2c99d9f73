//! Accounts that are watched (*conti GPA*): balances against last year's, how old what is open is, what nobody can work on, and what has
//! been collected.

use piramide_domain::Measured;
use piramide_measure::{
    Direction, Exact, Missing, Month, Period, Scale, Unit, deviation,
    explanation::counted,
    weighted::{self, Child, Policy, Weighted},
};
use piramide_plan::{Account, AccountFigure, AccountGroup, Accounts, Age, GroupKind, Structure};

use crate::{asked::Asked, statement::Judged};

/// An account of a structure.
pub struct Line<'a> {
    /// The account.
    pub account: &'a Account,
    /// What stands on it at the end of the last month recorded (*saldo*).
    pub balance: Measured,
    /// What stood on it at the end of the year before.
    pub previous: Measured,
    /// The balance in per cent of that, against what the plan asks for.
    pub change: Judged,
    /// What was collected on it in the period (*riscosso*).
    pub collected: Measured,
    /// What is open, by class of age, from the youngest.
    pub open: Vec<(&'a Age, Measured)>,
    /// Of that, what is older than the deadline of the plan (*oltre la scadenza*).
    pub overdue: Measured,
    /// Of the balance, what nobody can work on (*partite non lavorabili*).
    pub unworkable: Measured,
}

/// A group of accounts of a structure.
pub struct Group<'a> {
    /// The group.
    pub group: &'a AccountGroup,
    /// Its accounts, in the order of the plan.
    pub lines: Vec<Line<'a>>,
    /// The index of its balances, or what was collected on all of them, against its target.
    pub result: Judged,
    /// The indicator that explains it; empty where the plan has none.
    pub indicator: String,
}

/// A structure beside its siblings.
pub struct Beside<'a> {
    /// The structure.
    pub structure: &'a Structure,
    /// Whether it has structures under it.
    pub has_children: bool,
    /// The results of the groups, in the order of the plan.
    pub results: Vec<Judged>,
}

/// The watched accounts of a structure.
pub struct Watched<'a> {
    /// The groups, in the order of the plan.
    pub groups: Vec<Group<'a>>,
    /// The structures right under it.
    pub below: Vec<Beside<'a>>,
}

/// Draws up the accounts of a structure.
pub fn watched<'a>(query: &Asked<'a>) -> Watched<'a> {
    let (structures, month) = (query.plan.structures(), query.period.last_calendar_month());
    let groups = query.plan.accounts().groups();
    let beside = |structure: &'a Structure| {
        let query = query.of_structure(&structure.code);
        Beside {
            structure,
            has_children: !structures.children(&structure.code, month).is_empty(),
            results: groups.iter().map(|group| result(&query, group).0).collect(),
        }
    };
    let group = |group: &'a AccountGroup| {
        let (result, indicator) = result(query, group);
        Group { lines: query.plan.accounts().of_group(&group.code).map(|account| line(query, account)).collect(), group, result, indicator }
    };
    Watched {
        groups: groups.iter().map(group).collect(),
        below: structures.children(query.structure, month).into_iter().map(beside).collect(),
    }
}

/// The result of a group against the target of the indicator that the plan has for it.
fn result(query: &Asked<'_>, group: &AccountGroup) -> (Judged, String) {
    let (method, measured) = match group.kind {
        GroupKind::Balances => ("balances", balances(query, &group.code, &group.label)),
        GroupKind::Collections => ("collected", collected(query, &group.code, &group.label)),
    };
    let mut indicators = query.plan.indicators().of_domain("finance");
    let indicator = indicators.find(|indicator| indicator.method == method && indicator.subject == group.code);
    let target = indicator.and_then(|indicator| query.plan.target(&indicator.code, query.structure, query.period));
    let target = target.map(|reference| (reference.target, reference.scale));
    let judged = Judged::new(&measured, target, Direction::HigherIsBetter);
    (judged, indicator.map(|indicator| indicator.code.clone()).unwrap_or_default())
}

fn line<'a>(query: &Asked<'a>, account: &'a Account) -> Line<'a> {
    let subject = |figure| Accounts::subject(&account.code, figure);
    let month = query.last_month_with(&subject(AccountFigure::Balance));
    let target = account.most_of_previous.clone().map(|most| (most, Scale::Relative));
    let open: Vec<(&Age, Measured)> = query.plan.accounts().ages().iter().map(|age| (age, open(query, account, age, month))).collect();
    Line {
        balance: balance(query, account),
        previous: previous(query, account),
        change: Judged::new(&over_previous(query, account, &account.label), target, Direction::LowerIsBetter),
        collected: query.total(&subject(AccountFigure::Collected), &named(account, AccountFigure::Collected)),
        overdue: overdue(account, &open),
        unworkable: query.at_month(&subject(AccountFigure::Unworkable), &named(account, AccountFigure::Unworkable), month),
        open,
        account,
    }
}

fn named(account: &Account, figure: AccountFigure) -> String {
    format!("{}, {}: {}", account.code, account.label, figure.label())
}

/// What stands on an account at the end of the last month of the period that is recorded.
fn balance(query: &Asked<'_>, account: &Account) -> Measured {
    let subject = Accounts::subject(&account.code, AccountFigure::Balance);
    query.at_month(&subject, &named(account, AccountFigure::Balance), query.last_month_with(&subject))
}

/// What stood on it at the end of the year before.
fn previous(query: &Asked<'_>, account: &Account) -> Measured {
    let year = query.period.year().saturating_sub(1);
    balance(&query.in_period(Period::Year(year)), account).noted(format!("a fine {year}"))
}

/// What is open of a class of age, in the month of the balance; without a balance, in the last month that is recorded.
fn open(query: &Asked<'_>, account: &Account, age: &Age, month: Option<Month>) -> Measured {
    let subject = Accounts::open_subject(&account.code, &age.code);
    let month = month.or_else(|| query.last_month_with(&subject));
    query.at_month(&subject, &format!("{}, aperto {}", account.code, age.label), month)
}

/// What is open beyond the deadline: the classes that begin after it, which the plan lets end with a class.
fn overdue(account: &Account, open: &[(&Age, Measured)]) -> Measured {
    let label = format!("{}, oltre la scadenza", account.code);
    let Some(days) = account.settle_days else {
        let input = format!("la scadenza di {}, da definire dall'istituto", account.code);
        return Measured::missing(&label, Unit::Euro, Missing::NoInput { input });
    };
    let late = open.iter().filter(|(age, _)| age.first_day > days).map(|(_, measured)| measured.clone()).collect();
    Measured::sum_of_known(&label, Unit::Euro, &format!("somma delle classi oltre {}", counted(days, "giorno", "giorni")), late)
}

/// A balance over last year's (*saldo sull'anno precedente*).
///
/// ```text
/// |balance at the end of the period| / |balance at the end of the year before| * 100
/// ```
///
/// - Unit: per cent, lower is better: what stands there is to be cleared, whichever side it stands on (**Decision**). The target "-5 %" is 95.
/// - Rounding: none. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Incassi per Visite Mediche di Controllo".
///
/// Missing if either balance is, undefined against a balance of zero.
pub fn over_previous(query: &Asked<'_>, account: &Account, label: &str) -> Measured {
    let unsigned = |measured: Measured| {
        let label = format!("{}, senza segno", measured.explanation.label);
        Measured::computed(&label, Unit::Euro, "|saldo|", vec![measured], |numbers| Ok(numbers.iter().map(Exact::abs).sum()))
    };
    let (now, before) = (unsigned(balance(query, account)), unsigned(previous(query, account)));
    Measured::quotient(label, Unit::Percent, "saldo / saldo di fine anno precedente x 100", now, before, &Exact::hundred())
}

/// The index of the balances of a group (*indicatore dei saldi*).
///
/// ```text
/// sum over the accounts of weight * score / sum of weights, score = 100 + capped deviation of the balance over last year's
/// ```
///
/// - Unit: index, 100 is as asked for, higher is better. Weights are the plan's, equal where it has none. Rounding: none.
/// - What is not measured leaves its weight to the others and lowers the coverage.
/// - Source: as [`over_previous`]; score and cap as `domain.md`, 0.
///
/// Missing if no account of the group has both a measure and a target.
pub fn balances(query: &Asked<'_>, group: &str, label: &str) -> Measured {
    let one = Exact::from(1);
    let (mut children, mut scores) = (Vec::new(), Vec::new());
    for account in query.plan.accounts().of_group(group) {
        let score = score(query, account);
        let weighted = score.value.clone().ok().map(|score| Weighted { score, coverage: Exact::hundred() });
        children.push(Child { weight: account.weight.clone().unwrap_or_else(|| one.clone()), result: weighted });
        scores.push(score);
    }
    let Some(mean) = weighted::mean(&children, &Policy::Reweight) else {
        let input = format!("ogni conto del gruppo {group} con un saldo, quello dell'anno precedente e un obiettivo");
        return Measured::missing(label, Unit::Index, Missing::NoInput { input });
    };
    let known = scores.into_iter().filter(|score| score.value.is_ok()).collect();
    let coverage = mean.coverage;
    Measured::computed(label, Unit::Index, "media dei punteggi con i pesi del piano", known, |_| Ok(mean.score)).covering(coverage)
}

/// The score of an account: 100 plus how far its balance is below what the plan asks for, capped as the plan says.
fn score(query: &Asked<'_>, account: &Account) -> Measured {
    let label = format!("Punteggio di {}", account.code);
    let Some(target) = &account.most_of_previous else {
        return Measured::missing(&label, Unit::Index, Missing::NoInput { input: format!("l'obiettivo di {}", account.code) });
    };
    let change = over_previous(query, account, &format!("{} sull'anno precedente", account.code));
    let cap = query.plan.cap();
    let weight = account.weight.as_ref().map_or_else(|| "pari peso".to_owned(), |weight| format!("peso {}", weight.shown(2)));
    let formula = format!("100 + scostamento da {} %, meglio se più basso", target.shown(2));
    Measured::computed(&label, Unit::Index, &formula, vec![change], |numbers| {
        let actual: Exact = numbers.iter().sum();
        let distance = deviation::deviation(&actual, target, Direction::LowerIsBetter, Scale::Relative);
        let distance = distance.ok_or_else(|| Missing::ZeroDivisor { divisor: "l'obiettivo".to_owned() })?;
        Ok(deviation::score(&distance, cap))
    })
    .noted(format!("{weight} ({}, {})", query.plan.version(), account.place))
}

/// What has been collected on the accounts of a group (*incassi*).
///
/// ```text
/// sum over the accounts of what was collected in the period
/// ```
///
/// - Unit: euro, higher is better. Rounding: none, exact to the cent.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Incassi per spese legali", "Incassi da recupero crediti".
///
/// Missing if nothing is recorded.
pub fn collected(query: &Asked<'_>, group: &str, label: &str) -> Measured {
    let of = |account: &Account| {
        query.total(&Accounts::subject(&account.code, AccountFigure::Collected), &named(account, AccountFigure::Collected))
    };
    let parts = query.plan.accounts().of_group(group).map(of).collect();
    Measured::sum_of_known(label, Unit::Euro, "somma dei conti", parts)
}

/// What has been collected over the same months of the year before.
///
/// ```text
/// collected / collected in the year before * 100
/// ```
///
/// - Unit: per cent, higher is better; "+ 15 %" is 115. Rounding: none. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Incassi da recupero crediti"; the year before counts with month 13.
///
/// Missing if either is, undefined if nothing was collected then.
pub fn collected_over_previous(query: &Asked<'_>, group: &str, label: &str) -> Measured {
    let now = collected(query, group, "Riscosso nel periodo");
    let before = match query.period.previous_year() {
        Some(period) => collected(&query.in_period(period), group, "Riscosso nello stesso periodo dell'anno precedente"),
        None => Measured::missing(label, Unit::Euro, query.no_data()),
    };
    Measured::quotient(label, Unit::Percent, "riscosso / riscosso dell'anno precedente x 100", now, before, &Exact::hundred())
}

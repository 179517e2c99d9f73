//! The watched accounts, as REST answers them.

use piramide_contracts::finance::AccountGroupKind;
use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{said, statement::JudgedAmount, text};
use crate::reading::accounts as reading;

/// The watched accounts of a structure (conti GPA), in euro. Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accounts {
    /// The groups, in the order of the plan.
    items: Vec<AccountGroup>,
    /// The structures right under it.
    structures: Vec<StructureAccounts>,
    /// The plan that gave accounts, targets, deadlines and classes of age.
    plan_version: String,
}

/// A group of accounts with one objective.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountGroup {
    /// Its code.
    group: String,
    /// Its name, in Italian.
    label: String,
    /// What is looked at: balances, collections.
    kind: Option<&'static str>,
    /// The index of its balances, 100 being as asked for, or what was collected on all of them.
    result: JudgedAmount,
    /// The indicator that explains the result; null where the plan has none.
    indicator: Option<String>,
    /// Its accounts, in the order of the plan.
    accounts: Vec<AccountLine>,
    /// What the plan notes about it.
    note: Option<String>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountLine {
    /// Its code.
    account: String,
    /// Its name, in Italian.
    label: String,
    /// What stands on it at the end of the last month recorded (saldo).
    balance: Option<String>,
    /// What stood on it at the end of the year before.
    previous: Option<String>,
    /// The balance in per cent of that, against what the plan asks for.
    change: JudgedAmount,
    /// Its weight among the accounts of the group, per cent.
    weight: Option<String>,
    /// What was collected on it in the period.
    collected: Option<String>,
    /// What is open, by class of age, from the youngest.
    open: Vec<OpenItems>,
    /// Within how many days what is open must be settled; null where no deadline is set.
    settle_days: Option<i32>,
    /// What is open beyond that.
    overdue: Option<String>,
    /// What nobody can work on (partite non lavorabili).
    unworkable: Option<String>,
    /// What the plan notes about it.
    note: Option<String>,
    /// The least certain provenance of the balance or of what was collected.
    provenance: Option<&'static str>,
}

/// What is open of a class of age.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenItems {
    /// The class, in Italian.
    age: String,
    /// The amount.
    amount: Option<String>,
}

/// A structure beside its siblings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StructureAccounts {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// The results of the groups, in the order of the plan.
    results: Vec<JudgedAmount>,
}

impl Accounts {
    pub(crate) fn new(accounts: reading::Accounts, plan_version: String) -> Self {
        Self {
            items: accounts.groups.into_iter().map(AccountGroup::from).collect(),
            structures: accounts.below.into_iter().map(StructureAccounts::from).collect(),
            plan_version,
        }
    }
}

impl From<reading::Group> for AccountGroup {
    fn from(group: reading::Group) -> Self {
        Self {
            group: group.code,
            label: group.label,
            kind: match group.kind {
                AccountGroupKind::Unspecified => None,
                AccountGroupKind::Balances => Some("balances"),
                AccountGroupKind::Collections => Some("collections"),
            },
            result: group.result.into(),
            indicator: said(group.indicator),
            accounts: group.accounts.into_iter().map(AccountLine::from).collect(),
            note: said(group.note),
        }
    }
}

impl From<reading::Account> for AccountLine {
    fn from(account: reading::Account) -> Self {
        Self {
            balance: text(account.balance.as_ref()),
            previous: text(account.previous.as_ref()),
            change: account.change.into(),
            weight: text(account.weight.as_ref()),
            collected: text(account.collected.as_ref()),
            open: account.open.into_iter().map(|(age, amount)| OpenItems { age, amount: text(amount.as_ref()) }).collect(),
            overdue: text(account.overdue.as_ref()),
            unworkable: text(account.unworkable.as_ref()),
            provenance: account.provenance.map(Provenance::code),
            settle_days: account.settle_days,
            account: account.code,
            label: account.label,
            note: said(account.note),
        }
    }
}

impl From<reading::Beside> for StructureAccounts {
    fn from(beside: reading::Beside) -> Self {
        Self { structure: beside.code, name: beside.name, results: beside.results.into_iter().map(JudgedAmount::from).collect() }
    }
}

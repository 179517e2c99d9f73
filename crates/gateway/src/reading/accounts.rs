//! The watched accounts.

use piramide_contracts::{
    convert,
    convert::Invalid,
    finance::{self, AccountGroupKind},
    types,
};
use piramide_measure::{Exact, Provenance};

use super::statement::{Judged, judged};

/// The watched accounts of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Accounts {
    pub(crate) groups: Vec<Group>,
    pub(crate) below: Vec<Beside>,
}

/// A group of accounts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) kind: AccountGroupKind,
    pub(crate) result: Judged,
    pub(crate) indicator: String,
    pub(crate) accounts: Vec<Account>,
    pub(crate) note: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) balance: Option<Exact>,
    pub(crate) previous: Option<Exact>,
    pub(crate) change: Judged,
    pub(crate) weight: Option<Exact>,
    pub(crate) collected: Option<Exact>,
    /// What is open, by class of age.
    pub(crate) open: Vec<(String, Option<Exact>)>,
    pub(crate) settle_days: Option<i32>,
    pub(crate) overdue: Option<Exact>,
    pub(crate) unworkable: Option<Exact>,
    pub(crate) note: String,
    pub(crate) provenance: Option<Provenance>,
}

/// A structure beside its siblings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beside {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) results: Vec<Judged>,
}

/// Reads the accounts.
pub(crate) fn accounts(message: finance::GetAccountsResponse) -> Result<Accounts, Invalid> {
    Ok(Accounts {
        groups: message.groups.into_iter().map(group).collect::<Result<_, _>>()?,
        below: message.structures.into_iter().map(beside).collect::<Result<_, _>>()?,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn group(message: finance::AccountGroup) -> Result<Group, Invalid> {
    Ok(Group {
        kind: AccountGroupKind::try_from(message.kind).unwrap_or(AccountGroupKind::Unspecified),
        result: judged("result", message.result)?,
        accounts: message.accounts.into_iter().map(account).collect::<Result<_, _>>()?,
        code: message.group_code,
        label: message.label,
        indicator: message.indicator_code,
        note: message.note,
    })
}

fn account(message: finance::AccountLine) -> Result<Account, Invalid> {
    let open = |open: finance::OpenItems| Ok((open.label, exact("open", open.amount.as_ref())?));
    Ok(Account {
        balance: exact("balance", message.balance.as_ref())?,
        previous: exact("previous", message.previous.as_ref())?,
        change: judged("change", message.change)?,
        weight: exact("weight", message.weight.as_ref())?,
        collected: exact("collected", message.collected.as_ref())?,
        open: message.open.into_iter().map(open).collect::<Result<_, Invalid>>()?,
        overdue: exact("overdue", message.overdue.as_ref())?,
        unworkable: exact("unworkable", message.unworkable.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        settle_days: message.settle_days,
        code: message.account_code,
        label: message.label,
        note: message.note,
    })
}

fn beside(message: finance::StructureAccounts) -> Result<Beside, Invalid> {
    Ok(Beside {
        results: message.results.into_iter().map(|result| judged("results", Some(result))).collect::<Result<_, _>>()?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
    })
}

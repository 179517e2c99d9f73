//! `GetAccounts`: transit accounts, and accounts on which money is collected.

use piramide_contracts::{
    convert,
    finance::{AccountGroup, AccountGroupKind, AccountLine, GetAccountsRequest, GetAccountsResponse, OpenItems, StructureAccounts},
    types,
};
use piramide_domain::{Handle, Measured};
use piramide_plan::GroupKind;
use tonic::Status;

use super::judged;
use crate::{
    Finance,
    accounts::{self, Beside, Group, Line},
    asked::Asked,
};

/// Answers with the accounts.
pub(super) async fn get(handle: &Handle<Finance>, request: GetAccountsRequest) -> Result<GetAccountsResponse, Status> {
    let GetAccountsRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let watched = accounts::watched(&Asked::new(question.query(), question.state()));
    Ok(GetAccountsResponse {
        groups: watched.groups.iter().map(group).collect(),
        structures: watched.below.iter().map(structure).collect(),
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn value(of: &Measured) -> Option<types::Exact> {
    of.value.as_ref().ok().map(types::Exact::from)
}

fn group(of: &Group<'_>) -> AccountGroup {
    let kind = match of.group.kind {
        GroupKind::Balances => AccountGroupKind::Balances,
        GroupKind::Collections => AccountGroupKind::Collections,
    };
    AccountGroup {
        group_code: of.group.code.clone(),
        label: of.group.label.clone(),
        kind: kind.into(),
        result: Some(judged(&of.result)),
        indicator_code: of.indicator.clone(),
        accounts: of.lines.iter().map(line).collect(),
        note: of.group.note.clone(),
    }
}

fn line(of: &Line<'_>) -> AccountLine {
    let provenance = [&of.balance, &of.collected].into_iter().filter_map(|measured| measured.explanation.provenance()).max();
    let open = |(age, measured): &(&piramide_plan::Age, Measured)| OpenItems {
        label: age.label.clone(),
        first_day: i32::try_from(age.first_day).unwrap_or(i32::MAX),
        amount: value(measured),
    };
    AccountLine {
        account_code: of.account.code.clone(),
        label: of.account.label.clone(),
        balance: value(&of.balance),
        previous: value(&of.previous),
        change: Some(judged(&of.change)),
        weight: of.account.weight.as_ref().map(types::Exact::from),
        collected: value(&of.collected),
        open: of.open.iter().map(open).collect(),
        settle_days: of.account.settle_days.and_then(|days| i32::try_from(days).ok()),
        overdue: value(&of.overdue),
        unworkable: value(&of.unworkable),
        note: of.account.note.clone(),
        provenance: convert::provenance_number(provenance),
    }
}

fn structure(of: &Beside<'_>) -> StructureAccounts {
    StructureAccounts {
        structure_code: of.structure.code.clone(),
        structure_name: of.structure.name.clone(),
        has_children: of.has_children,
        results: of.results.iter().map(judged).collect(),
    }
}

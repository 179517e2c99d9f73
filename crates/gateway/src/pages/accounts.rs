//! Transit accounts and accounts on which money is collected (*conti GPA*).

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{domains::FINANCE, finance::AccountGroupKind};
use piramide_measure::{Exact, Unit};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
    plain::{NONE, Row, Table, about, badge, deviation, shown, signed},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::accounts::{self, Account, Accounts, Beside, Group},
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/conti-transitori";

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    groups: Table,
    balances: Table,
    ages: Table,
    collections: Table,
    below: Table,
}

/// `GET /conti-transitori`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let (answer, structures) = tokio::try_join!(app.upstream.get_accounts(question), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(FINANCE, question.is_current(), answer.sequence);
    let plan_version = answer.plan_version.clone();
    let watched = accounts::accounts(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let parameters = choice.parameters();
    let template = AccountsPage {
        layout: Layout::new("Conti transitori".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        groups: groups(&watched.groups, &parameters),
        balances: balances(&watched),
        ages: ages(&watched),
        collections: collections(&watched),
        below: below(&watched, &parameters),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

fn number(value: Option<&Exact>) -> String {
    shown(value, italian::DIGITS)
}

fn groups(groups: &[Group], parameters: &[(&'static str, &str)]) -> Table {
    let row = |group: &Group| {
        let mut leads = vec![("code", group.indicator.as_str())];
        leads.extend(parameters.iter().copied());
        let missing = (!group.result.missing.is_empty()).then(|| format!("Nessuna misura: {}", group.result.missing));
        let note = (!group.note.is_empty()).then(|| italian::note(&group.note));
        let (measure, unit) = if group.kind == AccountGroupKind::Collections { ("euro", Unit::Euro) } else { ("indice", Unit::Index) };
        Row {
            href: (!group.indicator.is_empty()).then(|| href("/spiegazione", &leads)),
            badge: badge(group.result.provenance),
            notes: note.into_iter().chain(missing).collect(),
            ..Row::new(
                group.label.clone(),
                vec![
                    measure.to_owned(),
                    number(group.result.target.as_ref()),
                    number(group.result.actual.as_ref()),
                    deviation(&group.result, unit.code()),
                    number(group.result.realisation.as_ref()),
                ],
            )
        }
    };
    Table {
        caption: "Gli obiettivi sui conti",
        what: "Gruppo di conti",
        heads: vec!["Misura", "Obiettivo", "Consuntivo", "Scostamento %", "Realizzazione %"],
        rows: groups.iter().map(row).collect(),
    }
}

/// The accounts of the groups of a kind.
fn of_kind(watched: &Accounts, kind: AccountGroupKind) -> impl Iterator<Item = &Account> {
    watched.groups.iter().filter(move |group| group.kind == kind).flat_map(|group| group.accounts.iter())
}

/// A row about an account: its code, its name, what the plan notes.
fn row(account: &Account, notes: Vec<String>, cells: Vec<String>) -> Row {
    let note = (!account.note.is_empty()).then(|| italian::note(&account.note));
    Row {
        badge: badge(account.provenance),
        notes: std::iter::once(account.label.clone()).chain(notes).chain(note).collect(),
        ..Row::new(account.code.clone(), cells)
    }
}

fn balances(watched: &Accounts) -> Table {
    let of = |account: &Account| {
        let missing = (!account.change.missing.is_empty()).then(|| format!("Nessun confronto: {}", account.change.missing));
        row(
            account,
            missing.into_iter().collect(),
            vec![
                number(account.balance.as_ref()),
                number(account.previous.as_ref()),
                number(account.change.actual.as_ref()),
                number(account.change.target.as_ref()),
                signed(account.change.deviation.as_ref()),
                number(account.weight.as_ref()),
            ],
        )
    };
    Table {
        caption: "I saldi, in euro, e quanto sono di quelli di fine anno precedente: meglio se meno",
        what: "Conto",
        heads: vec!["Saldo", "Un anno prima", "Saldo %", "Al massimo %", "Scostamento %", "Peso %"],
        rows: of_kind(watched, AccountGroupKind::Balances).map(of).collect(),
    }
}

fn ages(watched: &Accounts) -> Table {
    let of = |account: &Account| {
        let open = account.open.iter().map(|(age, amount)| format!("{age}: {}", number(amount.as_ref())));
        let deadline = account.settle_days.map_or_else(|| NONE.to_owned(), |days| italian::counted(days, "giorno", "giorni"));
        row(account, open.collect(), vec![deadline, number(account.overdue.as_ref()), number(account.unworkable.as_ref())])
    };
    Table {
        caption: "L'anzianità delle partite aperte, in euro",
        what: "Conto",
        heads: vec!["Scadenza", "Oltre la scadenza", "Non lavorabili"],
        rows: of_kind(watched, AccountGroupKind::Balances).map(of).collect(),
    }
}

fn collections(watched: &Accounts) -> Table {
    let of = |account: &Account| row(account, Vec::new(), vec![number(account.collected.as_ref())]);
    Table {
        caption: "I conti di incasso, in euro",
        what: "Conto",
        heads: vec!["Riscosso nel periodo"],
        rows: of_kind(watched, AccountGroupKind::Collections).map(of).collect(),
    }
}

fn below(watched: &Accounts, parameters: &[(&'static str, &str)]) -> Table {
    let row = |beside: &Beside| Row {
        href: beside.has_children.then(|| href(PATH, &about(parameters, &beside.code))),
        badge: badge(beside.results.iter().filter_map(|result| result.provenance).max()),
        // A column for each group would be wider than a screen: its figures stand under the name.
        notes: watched
            .groups
            .iter()
            .zip(&beside.results)
            .filter(|(_, result)| result.actual.is_some() || result.target.is_some())
            .map(|(group, result)| {
                let (actual, target) = (number(result.actual.as_ref()), number(result.target.as_ref()));
                format!("{}: {actual} su {target}, realizzazione {}", group.label, italian::percent(&number(result.realisation.as_ref())))
            })
            .collect(),
        ..Row::new(beside.name.clone(), Vec::new())
    };
    Table {
        caption: "Le strutture sottostanti, consuntivo su obiettivo",
        what: "Struttura",
        heads: Vec::new(),
        rows: watched.below.iter().map(row).collect(),
    }
}

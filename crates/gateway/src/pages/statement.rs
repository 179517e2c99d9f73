//! The statement of the IEEP (*prospetto dell'IEEP*): the items of a structure, and the structures under it to go down to.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;
use piramide_measure::{Direction, Exact, Unit};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Choice, Chosen, Form, PageParameters},
    page,
    plain::{self, Row, Table, about, badge, deviation},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::statement::{self, Judged, Line, Statement},
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/ieep";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    /// A central directorate; empty for all items.
    assignee: Option<String>,
}

#[derive(Template)]
#[template(path = "statement.html")]
struct StatementPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    /// Who answers for the items; empty for all of them.
    assignee: String,
    /// Who else does, with the way to their items.
    assignees: Vec<Choice>,
    total: Cells,
    weighted: String,
    weighted_missing: String,
    items: Vec<ItemRow>,
    structures: Table,
}

/// An item as it is read.
struct ItemRow {
    label: String,
    /// How deep it stands, for the indentation: 0 is the whole.
    level: usize,
    weight: Option<String>,
    cells: Cells,
    why: Option<String>,
    /// What does not square, in a sentence each.
    unsquared: Vec<String>,
}

/// The figures of a row.
struct Cells {
    target: String,
    actual: String,
    deviation: String,
    realisation: String,
    badge: Option<&'static str>,
    missing: String,
    lower_is_better: bool,
}

/// `GET /ieep`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<StatementParameters>) -> Result<Response, Problem> {
    let assignee = asked.assignee.filter(|code| !code.is_empty()).unwrap_or_default();
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_statement(question, assignee.clone()), app.upstream.all_structures(&question.plan))?;
    let (sequence, plan_version) = (answer.sequence, answer.plan_version.clone());
    let statement = statement::statement(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let basis = rest::basis(FINANCE, question.is_current(), sequence);
    let mut parameters = choice.parameters();
    let items = rows(&statement.lines, &parameters);
    if !assignee.is_empty() {
        parameters.push(("assignee", &assignee));
    }
    let template = StatementPage {
        layout: Layout::new("IEEP".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        assignees: assignees(&statement, &assignee, &choice.parameters()),
        total: cells(&statement.total),
        weighted: shown(statement.weighted.as_ref()),
        weighted_missing: statement.weighted_missing.clone(),
        items,
        structures: below(&statement, &parameters),
        assignee: statement.assignee,
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

/// The links to the items of each directorate, and back to all of them.
fn assignees(statement: &Statement, chosen: &str, parameters: &[(&'static str, &str)]) -> Vec<Choice> {
    let all = ("", "Tutte le voci");
    let named = statement.assignees.iter().map(|assignee| (assignee.code.as_str(), assignee.label.as_str()));
    let link = |(code, label): (&str, &str)| {
        let mut leads = parameters.to_vec();
        if !code.is_empty() {
            leads.push(("assignee", code));
        }
        Choice { value: href(PATH, &leads), label: label.to_owned(), selected: code == chosen }
    };
    if statement.assignees.is_empty() { Vec::new() } else { std::iter::once(all).chain(named).map(link).collect() }
}

fn rows(lines: &[Line], parameters: &[(&'static str, &str)]) -> Vec<ItemRow> {
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let level = levels.get(line.parent.as_str()).map_or(0, |above| above + 1);
        levels.insert(&line.item, level);
        let mut leads = vec![("code", line.indicator.as_str())];
        leads.extend(parameters.iter().copied());
        rows.push(ItemRow {
            label: line.label.clone(),
            level,
            weight: line.weight.as_ref().map(italian::short),
            cells: cells(&line.judged),
            why: (!line.indicator.is_empty()).then(|| href("/spiegazione", &leads)),
            unsquared: unsquared(line),
        });
    }
    rows
}

/// What does not square on a line: where, by how much, and how many more places there are.
fn unsquared(line: &Line) -> Vec<String> {
    let place = |place: &statement::Place| {
        format!(
            "Non quadra: {} nel periodo {}, la voce dice {} e le voci sotto sommano a {}.",
            place.structure,
            place.period,
            shown(place.recorded.as_ref()),
            shown(place.parts.as_ref())
        )
    };
    let listed: Vec<String> = line.unsquared_places.iter().map(place).collect();
    let more = i64::from(line.unsquared_count).saturating_sub(i64::try_from(listed.len()).unwrap_or(i64::MAX));
    let others = if more == 1 { "un altro caso".to_owned() } else { format!("altri {} casi", italian::count(more)) };
    let rest = (more > 0).then(|| format!("E {others}; in tutto mancano {}.", shown(line.unsquared.as_ref())));
    listed.into_iter().chain(rest).collect()
}

fn below(statement: &Statement, parameters: &[(&'static str, &str)]) -> Table {
    let row = |beside: &statement::Beside| {
        let cells = cells(&beside.total);
        Row {
            label: beside.name.clone(),
            href: beside.has_children.then(|| href(PATH, &about(parameters, &beside.code))),
            badge: cells.badge,
            notes: Vec::new(),
            cells: vec![cells.target, cells.actual, cells.deviation, cells.realisation, shown(beside.weighted.as_ref())],
        }
    };
    Table {
        caption: "Le strutture sottostanti, in euro",
        what: "Struttura",
        heads: vec!["Obiettivo", "Consuntivo", "Scostamento %", "Realizzazione %", "Realizzazione ponderata %"],
        rows: statement.structures.iter().map(row).collect(),
    }
}

fn shown(value: Option<&Exact>) -> String {
    plain::shown(value, italian::DIGITS)
}

fn cells(judged: &Judged) -> Cells {
    Cells {
        target: shown(judged.target.as_ref()),
        actual: shown(judged.actual.as_ref()),
        deviation: deviation(judged, Unit::Euro.code()),
        realisation: shown(judged.realisation.as_ref()),
        badge: badge(judged.provenance),
        missing: judged.missing.clone(),
        lower_is_better: judged.direction == Direction::LowerIsBetter,
    }
}

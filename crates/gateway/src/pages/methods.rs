//! The same facts by the method of each plan (*metodi a confronto*): areas, indicators, weights, caps, budgets and indices side by side.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_measure::{Direction, Exact, explanation::counted};

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    page,
};
use crate::{
    app::Shared,
    problem::Problem,
    reading::{
        methods::{self, Method},
        quality::{Elementary, Index, Judgement},
    },
    rest::{Asked, methods::basis_of},
    view::{italian, link::href},
};

pub(super) const PATH: &str = "/cruscotto-qualita/metodi";

#[derive(Template)]
#[template(path = "methods.html")]
struct MethodsPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    back: String,
}

/// A plan.
struct Column {
    title: String,
    version: String,
    another_year: bool,
    refused: String,
}

/// A node of any of the dashboards.
struct Row {
    label: String,
    /// Section, area or indicator.
    kind: &'static str,
    /// What each plan says of it; nothing where the plan does not have it.
    cells: Vec<Vec<String>>,
}

/// `GET /cruscotto-qualita/metodi`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, asked).await?;
    let question = &choice.question;
    let structures = app.upstream.all_structures(&question.plan).await?;
    let found = methods::ask(&app, question).await?;
    let basis = basis_of(&found, question.is_current());
    let column = |method: &Method| Column {
        title: method.plan.title.clone(),
        version: method.plan.version.clone(),
        another_year: method.another_year,
        refused: method.indices.as_ref().err().cloned().unwrap_or_default(),
    };
    let template = MethodsPage {
        layout: Layout::new("Metodi a confronto".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        columns: found.iter().map(column).collect(),
        rows: rows(&found),
        back: href(super::quality::PATH, &choice.parameters()),
    };
    page(&template, Some(basis))
}

/// The nodes of all plans, each once: in the order of the first plan that has it, under the same parent.
fn rows(methods: &[Method]) -> Vec<Row> {
    let indices: Vec<&[Index]> = methods.iter().map(|method| method.indices.as_deref().unwrap_or_default()).collect();
    let mut nodes: Vec<&Index> = Vec::new();
    for index in indices.iter().copied().flatten() {
        if nodes.iter().any(|known| known.node == index.node) {
            continue;
        }
        // After the last that stands under the same parent, or at the end.
        let last = nodes.iter().rposition(|known| !index.parent.is_empty() && lies_under(&nodes, known, &index.parent));
        nodes.insert(last.map_or(nodes.len(), |last| last + 1), index);
    }
    let cell =
        |node: &Index, all: &[Index]| all.iter().find(|index| index.node == node.node).map(|index| said(index, all)).unwrap_or_default();
    let row = |node: &&Index| Row {
        label: node.label.clone(),
        kind: match node.kind.as_str() {
            "section" => "sezione",
            "area" => "area",
            _ => "indicatore",
        },
        cells: indices.iter().map(|all| cell(node, all)).collect(),
    };
    nodes.iter().map(row).collect()
}

/// Whether a node is another or stands under it.
fn lies_under(nodes: &[&Index], node: &Index, above: &str) -> bool {
    let mut at = Some(node);
    // No tree is deeper than it has nodes.
    for _ in 0..=nodes.len() {
        match at {
            Some(index) if index.node == above => return true,
            Some(index) => at = nodes.iter().find(|known| known.node == index.parent).copied(),
            None => return false,
        }
    }
    false
}

/// What a plan says of a node, line by line.
fn said(index: &Index, all: &[Index]) -> Vec<String> {
    let nodes: Vec<&Index> = all.iter().collect();
    let weight = index
        .weight
        .as_ref()
        .filter(|_| !index.parent.is_empty())
        .map(|weight| format!("peso {}", italian::percent(&italian::number(weight, 2))));
    let under = all.iter().filter(|other| other.kind == "indicator" && lies_under(&nodes, other, &index.node));
    let (mut count, mut undefined) = (0, 0);
    for elementary in under.filter_map(|other| other.elementary.as_ref()) {
        count += 1;
        undefined += i32::from(elementary.measure.is_empty());
    }
    let of_group = index.elementary.is_none().then(|| {
        let open = if undefined > 0 { format!(", {undefined} da definire") } else { String::new() };
        format!("{}{open}", italian::counted(count, "indicatore", "indicatori"))
    });
    let of_indicator = index.elementary.as_ref().map(measured).unwrap_or_default();
    let judged = [judged("sul budget", &index.budget), judged("sull'anno precedente", &index.previous_year)];
    weight.into_iter().chain(of_group).chain(of_indicator).chain(judged).collect()
}

fn measured(elementary: &Elementary) -> Vec<String> {
    if elementary.measure.is_empty() {
        return vec!["da definire dall'istituto".to_owned()];
    }
    let direction = match elementary.direction {
        Direction::HigherIsBetter => "meglio se più alto",
        Direction::LowerIsBetter => "meglio se più basso",
    };
    let in_unit = |value: &Exact| italian::measured(value, &elementary.unit);
    let cap = elementary.cap.as_ref().map_or_else(|| "senza tetto".to_owned(), |cap| format!("tetto {}", italian::short(cap)));
    let budget = match elementary.budgets.as_ref() {
        None => "senza budget".to_owned(),
        Some((lowest, highest)) if in_unit(lowest) == in_unit(highest) => format!("budget {}", in_unit(lowest)),
        Some((lowest, highest)) => format!("budget da {} a {}", in_unit(lowest), in_unit(highest)),
    };
    let fewest = elementary.fewest.as_ref().map(|fewest| format!("almeno {}", counted(italian::short(fewest), "caso", "casi")));
    let value = elementary.value.as_ref().map(|value| format!("misura {}", in_unit(value)));
    [direction.to_owned(), cap, budget].into_iter().chain(fewest).chain(value).collect()
}

fn judged(against: &str, judgement: &Judgement) -> String {
    let coverage = judgement.coverage.as_ref().filter(|coverage| **coverage < Exact::hundred());
    let coverage = coverage.map(|coverage| format!(", copertura {}", italian::percent(&italian::short(coverage)))).unwrap_or_default();
    match &judgement.index {
        Some(index) => format!("indice {against} {}{coverage}", italian::number(index, 2)),
        None => format!("nessun indice {against}"),
    }
}

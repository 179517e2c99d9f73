//! The pyramid as a tree that opens and closes.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    figures::Cells,
    page,
};
use crate::{
    app::Shared,
    problem::Problem,
    pyramids,
    reading::{Node, Pyramid},
    rest::{Asked, pyramid::basis},
    view::{italian, link::href},
};

/// Levels that are open before anyone touches them: the index and its groups.
const OPEN_LEVELS: usize = 2;

#[derive(Template)]
#[template(path = "pyramid.html")]
struct PyramidPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    root: Row,
    domains: Vec<DomainRow>,
    notes: Vec<String>,
}

/// A node with those under it; it writes itself, and they themselves inside.
#[derive(Template)]
#[template(path = "row.html")]
struct Row {
    id: String,
    label: String,
    kind: &'static str,
    weight: Option<String>,
    note: String,
    cells: Cells,
    why: String,
    open: bool,
    children: Vec<Row>,
}

/// What a domain answered from.
struct DomainRow {
    label: String,
    href: String,
    available: bool,
    state: String,
}

/// What the rows of one page share.
struct Context<'a> {
    pyramid: &'a Pyramid,
    app: &'a Shared,
    parameters: Vec<(&'static str, &'a str)>,
}

/// `GET /`
pub(super) async fn show(State(app): State<Shared>, Asked(parameters): Asked<PageParameters>) -> Result<Response, Problem> {
    let choice = Chosen::read(&app, parameters).await?;
    let (pyramid, structures) = tokio::try_join!(
        pyramids::read(&app, &choice.question, app.pulses.heard_of()),
        app.upstream.all_structures(&choice.question.plan)
    )?;
    let basis = basis(&pyramid, choice.question.is_current());
    // A page of past knowledge stays right whatever is recorded since.
    let shown = pyramid.domains.iter().filter(|_| choice.question.is_current());
    let sequences: Vec<_> = shown.map(|domain| (domain.domain.clone(), domain.sequence)).collect();
    let context = Context { pyramid: &pyramid, app: &app, parameters: choice.parameters() };
    let template = PyramidPage {
        layout: Layout::new("Piramide del valore pubblico".to_owned(), "/", &choice, &sequences),
        form: choice.form("/", &structures),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&pyramid.plan_version),
        plan_version: pyramid.plan_version.clone(),
        root: context.row(&pyramid.root, 1),
        domains: context.domains(),
        notes: pyramid.notes.iter().map(|note| italian::note(note)).collect(),
    };
    page(&template, basis)
}

impl Context<'_> {
    fn row(&self, node: &Node, level: usize) -> Row {
        // A measured node is explained by its indicator, down to the facts; a group by the pyramid.
        let code = if node.indicator_code.is_empty() { &node.code } else { &node.indicator_code };
        let mut parameters = vec![("code", code.as_str())];
        parameters.extend(self.parameters.iter().copied());
        Row {
            id: format!("nodo-{}", node.code),
            label: node.label.clone(),
            kind: kind(&node.kind),
            weight: node.weight.as_ref().map(italian::short),
            note: italian::note(&node.note),
            cells: Cells::new(&node.figures, self.silent(&node.indicator_code).as_deref()),
            why: href("/spiegazione", &parameters),
            open: level <= OPEN_LEVELS,
            children: node.children.iter().map(|child| self.row(child, level + 1)).collect(),
        }
    }

    /// Since when the domain of an indicator does not answer, in words; none when it answers.
    fn silent(&self, indicator: &str) -> Option<String> {
        let domain = domains::of_indicator(indicator)?;
        let state = self.pyramid.domains.iter().find(|state| state.domain == domain.name)?;
        (!state.available).then(|| self.since(domain))
    }

    fn since(&self, domain: domains::Domain) -> String {
        match self.app.pulses.state(domain.name).filter(|state| !state.live) {
            Some(state) => format!("{} non disponibile dal {}", domain.label, italian::moment(&state.since)),
            None => format!("{} non disponibile in questo momento", domain.label),
        }
    }

    fn domains(&self) -> Vec<DomainRow> {
        let row = |state: &piramide_contracts::publicvalue::DomainState| {
            let domain = domains::named(&state.domain);
            let told = match (state.available, &state.recorded_at, domain) {
                (true, Some(moment), _) => format!("aggiornato al {}, registrazione {}", italian::moment(moment), state.sequence),
                (true, None, _) => "nessun dato registrato".to_owned(),
                (false, _, Some(domain)) => self.since(domain),
                (false, _, None) => "non disponibile".to_owned(),
            };
            DomainRow {
                label: domain.map_or_else(|| state.domain.clone(), |domain| domain.label.to_owned()),
                href: href(&format!("/dominio/{}", state.domain), &self.parameters),
                available: state.available,
                state: told,
            }
        };
        self.pyramid.domains.iter().map(row).collect()
    }
}

/// A kind of node, in Italian; nothing for one that this version does not know.
fn kind(code: &str) -> &'static str {
    match code {
        "index" => "indice",
        "group" => "gruppo",
        "objective" => "obiettivo",
        "indicator" => "indicatore",
        "project" => "progetto",
        _ => "",
    }
}

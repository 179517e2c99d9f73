//! The dashboard of quality (*cruscotto qualità*): a node with its indices against the budget and against last year, and what moved them,
//! down the areas and down the structures.

mod beside;
pub(super) mod incentives;
mod rows;
pub(super) mod why;

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{
    domains::QUALITY,
    quality::{GetContributionsResponse, Reference},
};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    figures::{State as Standing, Verdict},
    page,
    plain::{Table, about, short},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::{
        self,
        quality::{self, Contributions, Index, Judgement},
    },
    rest::{self, Asked},
    view::{italian, link::href},
};

pub(super) const PATH: &str = "/cruscotto-qualita";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DashboardParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    /// A section, area or indicator; without it, the first section.
    node: Option<String>,
}

#[derive(Template)]
#[template(path = "quality.html")]
struct DashboardPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    /// Whether another year's method is applied.
    another_year: bool,
    /// Where all methods stand side by side.
    methods: String,
    /// Whether the plan has no dashboard.
    empty: bool,
    trail: Vec<Crumb>,
    label: String,
    verdicts: Vec<Judged>,
    remarks: Vec<String>,
    incentives: Vec<incentives::Shown>,
    /// What is printed of the node, year by year.
    published: Table,
    indices: Table,
    nodes: Table,
    structures: Table,
    trend: Table,
    peers: Table,
    /// How the cluster is distributed, in a sentence for each reference.
    spread: Vec<String>,
}

/// A way to another part of the dashboard.
struct Crumb {
    label: String,
    href: String,
    current: bool,
}

/// How an index stands against a reference.
struct Judged {
    verdict: Verdict,
    /// Where its derivation is.
    why: String,
}

/// `GET /cruscotto-qualita`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<DashboardParameters>) -> Result<Response, Problem> {
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_indices(question, String::new()), app.upstream.all_structures(&question.plan))?;
    let (sequence, plan_version) = (answer.sequence, answer.plan_version.clone());
    let all = quality::indices(answer.indices).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let node = asked.node.filter(|node| !node.is_empty()).or_else(|| all.first().map(|index| index.node.clone())).unwrap_or_default();
    let links = Links { choice: &choice, node: &node };
    let incentives = app.upstream.get_incentives(question).await?.incentives;
    let incentives = reading::incentives::incentives(incentives).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let (moved, beside) = if all.is_empty() {
        (None, None)
    } else {
        // One after the other: each is work for one core, and all at once would share the time that each may take.
        let budget = app.upstream.get_contributions(question, node.clone(), Reference::Budget).await?;
        let previous = app.upstream.get_contributions(question, node.clone(), Reference::PreviousYear).await?;
        let beside = beside::ask(&app, question, &node).await?;
        (Some(rows::Moved { budget: contributions(budget)?, previous: contributions(previous)? }), Some(beside))
    };
    let shown = all.iter().find(|index| index.node == node);
    let template = DashboardPage {
        layout: Layout::new(
            "Cruscotto qualità".to_owned(),
            PATH,
            &choice,
            &if question.is_current() { vec![(QUALITY.name.to_owned(), sequence)] } else { Vec::new() },
        ),
        form: Form { node: node.clone(), ..choice.form(PATH, &structures) },
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        another_year: choice.is_of_another_year(&plan_version),
        methods: href(super::methods::PATH, &choice.parameters()),
        plan_version,
        empty: all.is_empty(),
        trail: links.trail(&all),
        label: shown.map(|index| index.label.clone()).unwrap_or_default(),
        verdicts: shown.map(|index| links.verdicts(index)).unwrap_or_default(),
        remarks: shown.map(rows::remarks).unwrap_or_default(),
        incentives: incentives::shown(&links, incentives),
        published: shown.map_or_else(rows::nothing, rows::published),
        indices: rows::indices(&links, &all),
        nodes: moved.as_ref().map_or_else(rows::nothing, |moved| rows::nodes(&links, moved, &all)),
        structures: moved.as_ref().map_or_else(rows::nothing, |moved| rows::structures(&links, moved)),
        trend: beside.as_ref().map_or_else(rows::nothing, |beside| beside.trend(&links, shown)),
        peers: beside.as_ref().map_or_else(rows::nothing, |beside| beside.peers(&links, shown)),
        spread: beside.as_ref().map(beside::Side::spread).unwrap_or_default(),
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(QUALITY, question.is_current(), sequence) }))
}

fn contributions(answer: GetContributionsResponse) -> Result<Contributions, Problem> {
    quality::contributions(answer).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))
}

/// Where rows lead.
struct Links<'a> {
    choice: &'a Chosen,
    node: &'a str,
}

impl Links<'_> {
    /// The page at another structure or node.
    fn to(&self, structure: Option<&str>, node: &str) -> String {
        let mut parameters = self.choice.parameters();
        if let Some(structure) = structure {
            parameters = about(&parameters, structure);
        }
        parameters.push(("node", node));
        href(PATH, &parameters)
    }

    fn why(&self, node: &str, reference: &str) -> String {
        let mut parameters = self.choice.parameters();
        parameters.extend([("node", node), ("reference", reference)]);
        href("/cruscotto-qualita/perche", &parameters)
    }

    /// The sections, and the way from the section shown down to the node.
    fn trail(&self, all: &[Index]) -> Vec<Crumb> {
        let mut path = Vec::new();
        let mut at = all.iter().find(|index| index.node == self.node);
        while let Some(index) = at {
            path.push(index.node.as_str());
            at = all.iter().find(|above| above.node == index.parent);
        }
        let on_the_way = |index: &&Index| index.kind == "section" || path.contains(&index.node.as_str());
        let crumb =
            |index: &Index| Crumb { label: index.label.clone(), href: self.to(None, &index.node), current: index.node == self.node };
        all.iter().filter(on_the_way).map(crumb).collect()
    }

    fn verdicts(&self, index: &Index) -> Vec<Judged> {
        let both = [("sul budget", "budget", &index.budget), ("sull'anno precedente", "previous_year", &index.previous_year)];
        both.into_iter()
            .map(|(against, reference, judgement)| Judged { verdict: verdict(against, judgement), why: self.why(&index.node, reference) })
            .collect()
    }
}

/// How an index stands, in words and with a mark: never colour alone.
fn verdict(against: &str, judgement: &Judgement) -> Verdict {
    let state = |class, symbol, text| Standing { class, symbol, text };
    let (state, text) = match &judgement.index {
        None => (state("neutro", "○", "senza indice"), format!("Nessun indice {against}: {}", judgement.missing_reason)),
        Some(index) => {
            let distance = index - &piramide_measure::Exact::hundred();
            let state = if distance.is_negative() {
                state("lontano", "✖", "peggiore")
            } else {
                state("raggiunto", "✔", if distance.is_zero() { "uguale" } else { "migliore" })
            };
            let (distance, coverage) = (italian::signed(&distance), short(judgement.coverage.as_ref()));
            let (distance, coverage) = (italian::percent(&distance), italian::percent(&coverage));
            (state, format!("{distance} {against} ({}), copertura {coverage}", state.text))
        }
    };
    Verdict { state, text }
}

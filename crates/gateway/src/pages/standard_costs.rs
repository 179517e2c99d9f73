//! Standard costs (*costi standard*): a structure against the mean and the best of its cluster.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{domains::FINANCE, finance::Figures};
use piramide_measure::Exact;

use super::{
    Layout,
    choice::{Choice, Chosen, Form, PageParameters},
    explanation::{self, StepRow},
    page,
    plain::{self, Row, Table, about, badge, signed},
    reconciliation::ReconciliationParameters,
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::standard_costs::{self, Elementary, Index},
    rest::{self, Asked, reconciliation::named},
    view::{italian, link::href},
};

const PATH: &str = "/costi-standard";

#[derive(Template)]
#[template(path = "standard_costs.html")]
struct StandardCostsPage {
    layout: Layout,
    form: Form,
    structure: String,
    cluster: String,
    period: String,
    plan_title: String,
    plan_version: String,
    choices: Vec<Choice>,
    figures: Vec<(&'static str, String)>,
    missing: String,
    peers: Table,
    lines: Table,
    derivation: StepRow,
}

/// `GET /costi-standard`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<ReconciliationParameters>) -> Result<Response, Problem> {
    let figures = named(asked.figures.as_deref())?;
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.get_standard_costs(question, figures), app.upstream.all_structures(&question.plan))?;
    let basis = rest::basis(FINANCE, question.is_current(), answer.sequence);
    let plan_version = answer.plan_version.clone();
    let costs = standard_costs::standard_costs(answer).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    let mut parameters = choice.parameters();
    let link = |name: &'static str, label: &str, of: Figures| {
        let mut leads = choice.parameters();
        leads.push(("figures", name));
        Choice { value: href(PATH, &leads), label: label.to_owned(), selected: figures == of }
    };
    let choices = vec![link("actuals", "Consuntivi", Figures::Actuals), link("targets", "Budget del piano", Figures::Targets)];
    let derivation = explanation::row(costs.derivation, &parameters, 1);
    parameters.push(("figures", if figures == Figures::Targets { "targets" } else { "actuals" }));
    let template = StandardCostsPage {
        layout: Layout::new("Costi standard".to_owned(), PATH, &choice, &basis.sequences),
        form: choice.form(PATH, &structures),
        structure: costs.own.name.clone(),
        cluster: costs.own.cluster.clone(),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        choices,
        figures: vec![
            ("Indice sintetico", shown(costs.own.value.as_ref())),
            ("Indice stampato nel piano", shown(costs.own.target.as_ref())),
            ("Copertura %", shown(costs.own.coverage.as_ref())),
        ],
        missing: costs.own.missing.clone(),
        peers: peers(&costs.peers, &parameters),
        lines: lines(&costs.lines, &costs.peers),
        derivation,
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..basis }))
}

fn shown(value: Option<&Exact>) -> String {
    plain::shown(value, italian::DIGITS)
}

fn peers(peers: &[Index], parameters: &[(&'static str, &str)]) -> Table {
    let row = |peer: &Index| Row {
        href: Some(href(PATH, &about(parameters, &peer.code))),
        badge: badge(peer.provenance),
        notes: Some(peer.missing.clone()).filter(|missing| !missing.is_empty()).into_iter().collect(),
        ..Row::new(
            peer.name.clone(),
            vec![peer.cluster.clone(), shown(peer.value.as_ref()), shown(peer.target.as_ref()), shown(peer.coverage.as_ref())],
        )
    };
    Table {
        caption: "Le strutture a confronto: 100 è la media del cluster, meglio se più basso",
        what: "Struttura",
        heads: vec!["Cluster", "Indice", "Indice stampato", "Copertura %"],
        rows: peers.iter().map(row).collect(),
    }
}

fn lines(lines: &[Elementary], peers: &[Index]) -> Table {
    let name = |code: &str| peers.iter().find(|peer| peer.code == code).map_or_else(|| code.to_owned(), |peer| peer.name.clone());
    let row = |line: &Elementary| {
        // A column of names would make the table wider than a screen.
        let best = (!line.best_structure.is_empty()).then(|| format!("Il migliore: {}", name(&line.best_structure)));
        Row {
            notes: std::iter::once(line.unit.clone())
                .chain([line.note.clone(), line.missing.clone()])
                .chain(best)
                .filter(|note| !note.is_empty())
                .collect(),
            ..Row::new(
                line.label.clone(),
                vec![
                    shown(line.value.as_ref()),
                    shown(line.mean.as_ref()),
                    shown(line.relative.as_ref()),
                    shown(line.weight.as_ref()),
                    shown(line.contribution.as_ref()),
                    shown(line.best.as_ref()),
                    signed(line.above_best().as_ref()),
                ],
            )
        }
    };
    Table {
        caption: "Gli indicatori elementari",
        what: "Indicatore",
        heads: vec!["Valore", "Media del cluster", "Indice", "Peso %", "Contributo", "Il migliore", "Dal migliore %"],
        rows: lines.iter().map(row).collect(),
    }
}

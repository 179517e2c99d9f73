//! The production plan (*piano di produzione*): what a structure has to do in a year, with whom, and what closes the gap.

mod trial;

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::PRODUCTION;
use piramide_measure::{Exact, Period, explanation::counted};

use super::{
    Layout,
    choice::{self, Chosen, Form},
    explanation::{self, StepRow},
    figures::{FAR, REACHED, State as Standing, Verdict},
    page,
    plain::{Row, Table, about, badge, caution, shown, signed},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    reading::production_plan::{self, Forecast, Lever, ProductionPlan, StructurePlan},
    rest::{self, Asked},
    view::{italian, link::href},
};

pub(in crate::pages) use self::trial::PlanParameters;
use self::trial::Trial;

const PATH: &str = "/piano-di-produzione";

#[derive(Template)]
#[template(path = "production_plan.html")]
struct PlanPage {
    layout: Layout,
    form: Form,
    structure: String,
    year: String,
    plan_title: String,
    plan_version: String,
    /// What it comes to, in a sentence.
    verdict: Verdict,
    figures: Vec<Figure>,
    remarks: Vec<String>,
    areas: Table,
    levers: Table,
    forecasts: Table,
    children: Table,
    trial: Trial,
    derivation: StepRow,
    /// How the expected backlog in days was reached.
    expected: Option<StepRow>,
}

/// A datum is missing, without which there is no plan.
const UNKNOWN: Standing = Standing { class: "neutro", symbol: "○", text: "non si può fare" };

/// A figure with its name.
struct Figure {
    name: &'static str,
    value: String,
}

/// `GET /piano-di-produzione`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<PlanParameters>) -> Result<Response, Problem> {
    let (asked, assumed) = asked.split()?;
    let mut choice = Chosen::read(&app, asked).await?;
    // A plan is made for a year: whatever part of it is asked for.
    let year = Period::Year(choice.question.period.last_calendar_month().year());
    choice.ask_for(year);
    let question = choice.question.clone();
    let (answer, structures, simulated) = tokio::try_join!(
        app.upstream.get_production_plan(&question),
        app.upstream.all_structures(&question.plan),
        trial::ask(&app, &choice, &assumed)
    )?;
    let sequence = answer.sequence;
    let plan_version = answer.plan_version.clone();
    let plan = production_plan::production_plan(answer).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    let parameters = choice.parameters();
    let sequences = if question.is_current() { vec![(PRODUCTION.name.to_owned(), sequence)] } else { Vec::new() };
    let name = |code: &str| choice::name(&structures, code).to_owned();
    let template = PlanPage {
        layout: Layout::new("Piano di produzione".to_owned(), PATH, &choice, &sequences),
        form: choice.form(PATH, &structures),
        structure: plan.whole.name.clone(),
        year: year.to_string(),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        verdict: verdict(&plan.whole),
        figures: figures(&plan.whole),
        remarks: remarks(&plan.whole),
        areas: areas(&plan),
        levers: levers(&plan.levers, &plan.whole.code, name),
        forecasts: forecasts(&plan.forecasts),
        children: children(&plan.children, &parameters),
        trial: Trial::new(&choice, assumed, &plan.areas, simulated.as_ref()),
        expected: plan.expected.map(|expected| explanation::row(expected, &parameters, 1)),
        derivation: explanation::row(plan.derivation, &parameters, 1),
    };
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(PRODUCTION, question.is_current(), sequence) }))
}

fn verdict(plan: &StructurePlan) -> Verdict {
    let points = |number: &Exact| counted(italian::number(number, 0), "punto", "punti");
    let (state, text) = match &plan.uncovered {
        None => (UNKNOWN, format!("Il piano non si può fare: {}", plan.missing)),
        Some(uncovered) if uncovered.is_zero() || uncovered.is_negative() => {
            (REACHED, format!("Il piano copre il carico, con un margine di {}", points(&uncovered.abs())))
        }
        Some(uncovered) => (FAR, format!("Il piano non copre il carico, e restano scoperti {}", points(uncovered))),
    };
    Verdict { state, text }
}

fn figures(plan: &StructurePlan) -> Vec<Figure> {
    let figure = |name, value: &Option<Exact>, digits| Figure { name, value: shown(value.as_ref(), digits) };
    vec![
        figure("Carico di lavoro, punti", &plan.workload, 0),
        figure("FTE necessari", &plan.staff_needed, 2),
        figure("FTE disponibili", &plan.staff_available, 2),
        figure("Capacità, punti", &plan.capacity, 0),
        figure("Divario, punti", &plan.gap, 0),
        figure("Leve, punti", &plan.lever_points, 0),
        figure("Leve, euro", &plan.lever_euro, 2),
        figure("Non coperto, punti", &plan.uncovered, 0),
        figure("Giacenza finale attesa, punti", &plan.expected_backlog, 0),
        figure("Indice di giacenza atteso, giorni", &plan.expected_backlog_days, 0),
        figure("Indice di deflusso atteso", &plan.expected_clearance_ratio, 2),
    ]
}

fn remarks(plan: &StructurePlan) -> Vec<String> {
    let mut remarks = Vec::new();
    if plan.offices + plan.offices_without > 1 {
        remarks.push(format!("Somma di {} con un piano.", italian::counted(plan.offices, "sede", "sedi")));
    }
    if plan.offices_without > 0 && plan.offices + plan.offices_without > 1 {
        let (have, are) = if plan.offices_without == 1 { ("ha", "è") } else { ("hanno", "sono") };
        remarks.push(format!(
            "{} {have} lavorazioni ma non un piano, perché manca un dato: non {are} in nessuna somma che ne avrebbe bisogno.",
            italian::counted(plan.offices_without, "sede", "sedi")
        ));
    }
    remarks.extend(caution(plan.provenance));
    remarks
}

fn areas(plan: &ProductionPlan) -> Table {
    let rows = plan.areas.iter().map(|area| Row {
        label: area.label.clone(),
        href: None,
        badge: None,
        notes: Vec::new(),
        cells: [&area.received, &area.opening, &area.target, &area.workload].map(|value| shown(value.as_ref(), 0)).to_vec(),
    });
    Table {
        caption: "Il carico per area, in punti",
        what: "Area",
        heads: vec!["Pervenuto stimato", "Giacenza iniziale", "Giacenza finale obiettivo", "Carico"],
        rows: rows.collect(),
    }
}

fn levers(levers: &[Lever], asked: &str, name: impl Fn(&str) -> String) -> Table {
    let label = |lever: &Lever| match lever.kind.as_str() {
        "training" => format!("Formazione: {}", lever.label),
        "overtime" => format!("Straordinario: {}", lever.label),
        "local_project" => format!("Progetto locale: {}", lever.label),
        "help_received" => format!("Sussidiarietà ricevuta da {}", name(&lever.label)),
        "help_given" => format!("Sussidiarietà prestata a {}", name(&lever.label)),
        _ => lever.label.clone(),
    };
    let whose = |lever: &Lever| if lever.structure == asked { String::new() } else { format!(" ({})", name(&lever.structure)) };
    let row = |lever: &Lever| Row {
        label: label(lever) + &whose(lever),
        href: None,
        badge: None,
        notes: Vec::new(),
        cells: vec![shown(lever.points.as_ref(), 0), shown(lever.euro.as_ref(), 2)],
    };
    Table { caption: "Le leve del piano", what: "Leva", heads: vec!["Punti", "Euro"], rows: levers.iter().map(row).collect() }
}

fn forecasts(forecasts: &[Forecast]) -> Table {
    let row = |forecast: &Forecast| Row {
        label: match forecast.quarter {
            1 => "I trimestre".to_owned(),
            2 => "II trimestre".to_owned(),
            3 => "III trimestre".to_owned(),
            4 => "IV trimestre".to_owned(),
            other => other.to_string(),
        },
        href: None,
        badge: None,
        notes: Vec::new(),
        cells: [&forecast.received, &forecast.workload, &forecast.completed, &forecast.remaining]
            .into_iter()
            .map(|value| shown(value.as_ref(), 0))
            .chain([signed(forecast.deviation.as_ref()), forecast.offices.to_string()])
            .collect(),
    };
    Table {
        caption: "Le previsioni dei trimestri conclusi, in punti",
        what: "Previsione",
        heads: vec!["Pervenuto dell'anno", "Carico", "Definito", "Resta", "Scostamento dal piano %", "Sedi"],
        rows: forecasts.iter().map(row).collect(),
    }
}

fn children(children: &[StructurePlan], parameters: &[(&'static str, &str)]) -> Table {
    let row = |plan: &StructurePlan| Row {
        label: plan.name.clone(),
        href: Some(href(PATH, &about(parameters, &plan.code))),
        badge: badge(plan.provenance),
        notes: Vec::new(),
        cells: vec![
            shown(plan.workload.as_ref(), 0),
            shown(plan.staff_needed.as_ref(), 2),
            shown(plan.staff_available.as_ref(), 2),
            shown(plan.gap.as_ref(), 0),
            shown(plan.lever_points.as_ref(), 0),
            shown(plan.uncovered.as_ref(), 0),
        ],
    };
    Table {
        caption: "Le strutture sottostanti, che sommate danno il piano",
        what: "Struttura",
        heads: vec!["Carico", "FTE necessari", "FTE disponibili", "Divario", "Leve", "Non coperto"],
        rows: children.iter().map(row).collect(),
    }
}

//! What if other work came in, or others did it (*ipotesi sul piano di produzione*): the form, and what would change.

use piramide_contracts::domains::PRODUCTION;
use piramide_measure::Exact;
use serde::Deserialize;

use super::PATH;
use crate::{
    app::Shared,
    pages::{
        choice::{Choice, Chosen, PageParameters},
        entry,
        plain::{NONE, Row, Table, about, shown},
    },
    problem::Problem,
    question::Assumption,
    reading::production_plan::{self, AreaLoad, Effect, Simulation, StructurePlan},
    view::{italian, link::href},
};

/// The parameters of the page: those of every page, and what is assumed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct PlanParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    /// Per cent more that comes in, with a decimal comma or point.
    received_percent: Option<String>,
    /// The area in which it does.
    area: Option<String>,
    /// Full-time equivalents more, likewise.
    staff_fte: Option<String>,
}

impl PlanParameters {
    pub(super) fn split(self) -> Result<(PageParameters, Assumption), Problem> {
        let Self { structure, period, plan, as_of, received_percent, area, staff_fte } = self;
        let assumed = Assumption {
            received_percent: entry::number("received_percent", received_percent.as_deref())?,
            area: area.unwrap_or_default(),
            staff_fte: entry::number("staff_fte", staff_fte.as_deref())?,
        };
        Ok((PageParameters { structure, period, plan, as_of }, assumed))
    }
}

/// What can be assumed, what is, and what that would change.
pub(super) struct Trial {
    /// What the form keeps of the question.
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) received_percent: String,
    pub(super) areas: Vec<Choice>,
    pub(super) staff_fte: String,
    pub(super) figures: Table,
    pub(super) loads: Table,
    pub(super) children: Table,
}

/// Asks what would change, where something is assumed.
pub(super) async fn ask(app: &Shared, choice: &Chosen, assumed: &Assumption) -> Result<Option<Simulation>, Problem> {
    if assumed.received_percent.is_none() && assumed.staff_fte.is_none() {
        return Ok(None);
    }
    // A form sends its area also where it does not say how much more comes in.
    let area = if assumed.received_percent.is_some() { assumed.area.clone() } else { String::new() };
    let answer = app.upstream.simulate_production_plan(&choice.question, Assumption { area, ..assumed.clone() }).await?;
    production_plan::simulation(answer).map(Some).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))
}

impl Trial {
    pub(super) fn new(choice: &Chosen, assumed: Assumption, areas: &[AreaLoad], found: Option<&Simulation>) -> Self {
        let parameters = choice.parameters();
        let with_comma = |text: Option<String>| text.unwrap_or_default().replace('.', ",");
        let everywhere = Choice { value: String::new(), label: "tutte le aree".to_owned(), selected: assumed.area.is_empty() };
        let area = |load: &AreaLoad| Choice { value: load.node.clone(), label: load.label.clone(), selected: load.node == assumed.area };
        Self {
            areas: std::iter::once(everywhere).chain(areas.iter().map(area)).collect(),
            figures: table("Il piano nell'ipotesi", "Grandezza", found.map(|found| figures(&found.whole)).unwrap_or_default()),
            loads: table("Il carico nell'ipotesi, per area, in punti", "Area", found.map(|found| loads(&found.areas)).unwrap_or_default()),
            children: table(
                "Il carico non coperto nell'ipotesi, per struttura, in punti",
                "Struttura",
                found.map(|found| children(&found.children, &parameters)).unwrap_or_default(),
            ),
            hidden: parameters.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
            received_percent: with_comma(assumed.received_percent),
            staff_fte: with_comma(assumed.staff_fte),
        }
    }
}

fn table(caption: &'static str, what: &'static str, rows: Vec<Row>) -> Table {
    Table { caption, what, heads: vec!["Com'è", "Come sarebbe", "Differenza"], rows }
}

/// As it is, as it would be, and by how much it differs: that is taken before anything is rounded.
fn cells(before: Option<&Exact>, after: Option<&Exact>, digits: u32) -> Vec<String> {
    let difference = before.zip(after).map(|(before, after)| italian::signed_with(&(after - before), digits));
    vec![shown(before, digits), shown(after, digits), difference.unwrap_or_else(|| NONE.to_owned())]
}

fn figures(plan: &Effect<StructurePlan>) -> Vec<Row> {
    let row = |label: &str, read: fn(&StructurePlan) -> Option<&Exact>, digits| {
        Row::new(label.to_owned(), cells(read(&plan.before), read(&plan.after), digits))
    };
    vec![
        row("Carico di lavoro, punti", |plan| plan.workload.as_ref(), 0),
        row("FTE necessari", |plan| plan.staff_needed.as_ref(), 2),
        row("FTE disponibili", |plan| plan.staff_available.as_ref(), 2),
        row("Capacità, punti", |plan| plan.capacity.as_ref(), 0),
        row("Divario, punti", |plan| plan.gap.as_ref(), 0),
        row("Non coperto, punti", |plan| plan.uncovered.as_ref(), 0),
        row("Giacenza finale attesa, punti", |plan| plan.expected_backlog.as_ref(), 0),
        row("Indice di giacenza atteso, giorni", |plan| plan.expected_backlog_days.as_ref(), 0),
        row("Indice di deflusso atteso, in punti", |plan| plan.expected_clearance_ratio.as_ref(), 2),
    ]
}

fn loads(areas: &[Effect<AreaLoad>]) -> Vec<Row> {
    let row = |area: &Effect<AreaLoad>| {
        Row::new(area.before.label.clone(), cells(area.before.workload.as_ref(), area.after.workload.as_ref(), 0))
    };
    areas.iter().map(row).collect()
}

fn children(children: &[Effect<StructurePlan>], parameters: &[(&'static str, &str)]) -> Vec<Row> {
    let row = |plan: &Effect<StructurePlan>| Row {
        href: Some(href(PATH, &about(parameters, &plan.before.code))),
        ..Row::new(plan.before.name.clone(), cells(plan.before.uncovered.as_ref(), plan.after.uncovered.as_ref(), 0))
    };
    children.iter().map(row).collect()
}

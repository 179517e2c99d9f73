//! The flow of work (*flussi e giacenze*): a node of the catalogue with those under it, and the same node in the structures under the one
//! chosen and in those of its cluster, each beside last year.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{
    convert::Invalid,
    domains::{self, PRODUCTION},
    production::{CompareFlowsResponse, FlowEffect, GetBacklogAgesResponse, ProposedCoefficient, Scope},
    types,
};
use piramide_measure::{Exact, explanation::counted};
use serde::Deserialize;

use super::{
    Layout,
    choice::{Chosen, Form, PageParameters},
    entry,
    figures::{self, State as Standing},
    page,
    plain::{self, badge, shown},
    since::{self, Since},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::Problem,
    pulse::Sources,
    question::Question,
    reading::{
        ages,
        flow::{self, Flow, Presence, StructureFlow, Target},
    },
    rest::{self, Asked},
    view::{italian, link::href},
};

const PATH: &str = "/flussi";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlowsParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    /// The node of the catalogue; without it, the totals.
    node: Option<String>,
    /// For a product: the first month of a coefficient that is thought about.
    first_month: Option<String>,
    /// Its hours, as an Italian writes them: 1,25.
    coefficient: Option<String>,
}

#[derive(Template)]
#[template(path = "flows.html")]
struct FlowsPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    before: String,
    /// Whether the plan asks anything of a figure on the page.
    has_goals: bool,
    plan_title: String,
    plan_version: String,
    /// What was known when the period was closed.
    since: Option<Since>,
    trail: Vec<Crumb>,
    nodes: Table,
    /// What the user receives; only beside the totals.
    outcomes: Table,
    children: Table,
    peers: Table,
    /// How old what waits at the node is; without rows where nothing is known of it.
    ages: plain::Table,
    ages_month: String,
    /// For a product: what if its coefficient changed.
    trial: Option<Trial>,
}

/// What if a product's coefficient changed.
struct Trial {
    /// What the form keeps of the question.
    hidden: Vec<(&'static str, String)>,
    first_month: String,
    coefficient: String,
    /// The product and the nodes above it, as they would be, each beside how it is; empty before anything is proposed.
    effects: Table,
}

/// The way back to the totals.
struct Crumb {
    label: String,
    href: String,
}

/// A table of flows.
struct Table {
    caption: String,
    /// What its rows are.
    what: &'static str,
    /// What stands in small beside each figure, for who hears it.
    before_is: &'static str,
    rows: Vec<Row>,
}

/// A flow as it is read.
struct Row {
    label: String,
    /// Where its parts are shown, when it has any.
    href: Option<String>,
    badge: Option<&'static str>,
    /// Why it does not sum to the structure above, where it does not.
    note: Option<&'static str>,
    cells: Vec<Cell>,
}

/// A figure with the one it is compared with.
struct Cell {
    head: &'static str,
    now: String,
    /// Empty when nothing is known of it.
    before: String,
    /// What the plan asks of it: `obiettivo 70`. Empty where it asks nothing.
    goal: String,
    /// How far the figure is from that: the deviation, and how the figure stands.
    distance: Option<(String, Standing)>,
}

/// What stands beside a figure: the same in the period a year before.
const LAST_YEAR: &str = "l'anno prima";
/// Or as it is with the coefficients of the plan.
const AS_IT_IS: &str = "oggi";

/// `GET /flussi`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<FlowsParameters>) -> Result<Response, Problem> {
    let node = asked.node.filter(|node| !node.is_empty()).unwrap_or_default();
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let last_year = question.period.previous_year().map(|period| Question { period, ..question.clone() });
    let all = app.upstream.get_flows(question, node.clone());
    let (now, before, structures, closing) = tokio::try_join!(
        all,
        async { earlier(app.upstream.get_flows(last_year.as_ref().unwrap_or(question), node.clone()).await) },
        app.upstream.all_structures(&question.plan),
        since::closing(&app, PRODUCTION, question)
    )?;
    let unreadable = |cause: Invalid| Problem::unreadable(PRODUCTION.name, &cause);
    let sequence = now.sequence;
    let plan_version = now.plan_version.clone();
    let mut shown = flow::flows(now.flows).map_err(unreadable)?;
    if node.is_empty() {
        shown.retain(|flow| flow.parent.is_empty());
    }
    let before = flow::flows(before.map(|answer| answer.flows).unwrap_or_default()).map_err(unreadable)?;
    let before: BTreeMap<String, Flow> = before.into_iter().map(|flow| (flow.node.clone(), flow)).collect();
    let links = Links { choice: &choice, node: &node };
    let (outcomes, in_tree): (Vec<&Flow>, Vec<&Flow>) = shown.iter().partition(|flow| flow.is_outcome && node.is_empty());
    let rows_of = |flows: Vec<&Flow>| flows.into_iter().map(|flow| links.node_row(flow, before.get(&flow.node))).collect();
    let rows = rows_of(in_tree);
    let outcomes = Table {
        caption: "I prodotti outcome: ciò che l'utente riceve".to_owned(),
        what: "Prodotto outcome",
        before_is: LAST_YEAR,
        rows: rows_of(outcomes),
    };
    let (children, peers) = if node.is_empty() {
        (Table::empty(), Table::empty())
    } else {
        tokio::try_join!(
            compared(&app, &links, last_year.as_ref(), Scope::Children),
            compared(&app, &links, last_year.as_ref(), Scope::Peers)
        )?
    };
    let ages = if node.is_empty() { aged(None) } else { aged(Some(app.upstream.get_backlog_ages(question, node.clone()).await?)) };
    let (ages, ages_month) = ages.map_err(unreadable)?;
    let own = shown.first().filter(|_| !node.is_empty());
    let trial = match own.filter(|flow| !flow.has_children) {
        Some(product) => Some(tried(&app, &links, product, asked.first_month, asked.coefficient).await?),
        None => None,
    };
    let own_table = Table {
        caption: own.map_or_else(|| "I totali del catalogo".to_owned(), |flow| flow.label.clone()),
        what: "Voce del catalogo",
        before_is: LAST_YEAR,
        rows,
    };
    let has_goals = [&own_table, &outcomes, &children, &peers].into_iter().any(Table::has_goals);
    let template = FlowsPage {
        has_goals,
        layout: Layout::new(
            "Flussi e giacenze".to_owned(),
            PATH,
            &choice,
            &if question.is_current() { vec![(PRODUCTION.name.to_owned(), sequence)] } else { Vec::new() },
        ),
        form: Form { node: node.clone(), ..choice.form(PATH, &structures) },
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        before: last_year.map_or_else(String::new, |question| question.period.to_string()),
        plan_title: choice.plan_title(&plan_version),
        plan_version,
        since: closing.and_then(|closing| Since::of(&closing, PRODUCTION, sequence, &links.parameters())),
        trail: own.map(|flow| links.trail(flow)).unwrap_or_default(),
        nodes: own_table,
        outcomes,
        children,
        peers,
        ages,
        ages_month,
        trial,
    };
    // The menus come from the plans, which the pyramid's service keeps.
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(PRODUCTION, question.is_current(), sequence) }))
}

/// How old what waits at a node is, and the month at whose end it is read.
fn aged(answer: Option<GetBacklogAgesResponse>) -> Result<(plain::Table, String), Invalid> {
    let ages = answer.map(ages::ages).transpose()?.filter(|ages| ages.classes.iter().any(|class| class.pieces.is_some()));
    let rows = ages.iter().flat_map(|ages| &ages.classes).map(|class| plain::Row {
        badge: badge(ages.as_ref().and_then(|ages| ages.provenance)),
        ..plain::Row::new(
            class.label.clone(),
            vec![shown(class.pieces.as_ref(), 0), shown(class.points.as_ref(), 0), shown(class.share.as_ref(), 2)],
        )
    });
    let unknown = ages.as_ref().and_then(|ages| ages.without.as_ref()).filter(|pieces| !pieces.is_zero());
    let unknown = unknown
        .map(|pieces| plain::Row::new("anzianità non nota".to_owned(), vec![shown(Some(pieces), 0), shown(None, 0), shown(None, 2)]));
    let heads = vec!["Pezzi", "Punti", "Quota dei pezzi %"];
    let table = plain::Table { caption: "Da quanto attende la giacenza", what: "Anzianità", heads, rows: rows.chain(unknown).collect() };
    Ok((table, ages.map(|ages| ages.month.to_string()).unwrap_or_default()))
}

/// Last year may have no plan in force, or not know the node: then there is nothing to compare with.
fn earlier<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if problem.is_unavailable() => Err(problem),
        Err(_) => Ok(None),
    }
}

/// The flows of a node in several structures.
async fn compared(app: &Shared, links: &Links<'_>, last_year: Option<&Question>, scope: Scope) -> Result<Table, Problem> {
    let node = links.node.to_owned();
    let now = app.upstream.compare_flows(&links.choice.question, node.clone(), scope).await?;
    let before = match last_year {
        Some(question) => earlier(app.upstream.compare_flows(question, node, scope).await)?,
        None => None,
    };
    let cluster = now.cluster.clone();
    let read = |answer: CompareFlowsResponse| {
        let flows: Result<Vec<_>, Invalid> = answer.flows.into_iter().map(flow::of_structure).collect();
        flows.map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))
    };
    let now = read(now)?;
    let before = before.map(read).transpose()?.unwrap_or_default();
    let before: BTreeMap<String, Flow> = before.into_iter().map(|of| (of.structure, of.flow)).collect();
    if now.len() < 2 {
        return Ok(Table::empty());
    }
    let row = |of: &StructureFlow| links.structure_row(of, before.get(&of.structure));
    let caption = if scope == Scope::Peers {
        format!("Le strutture dello stesso cluster ({})", clustered(&cluster))
    } else {
        "Le strutture sottostanti".to_owned()
    };
    Ok(Table { caption, what: "Struttura", before_is: LAST_YEAR, rows: now.iter().map(row).collect() })
}

/// A cluster, as purpose and name, as an Italian reader is told: `Produzione, 1`. A purpose that is not one of the house is in the words of
/// the plan.
fn clustered(cluster: &str) -> String {
    let Some((purpose, name)) = cluster.split_once(' ') else { return cluster.to_owned() };
    let purpose = match purpose {
        "regional" => "regionale",
        other => domains::named(other).map_or(other, |domain| domain.label),
    };
    format!("{purpose}, {name}")
}

/// The form in which to propose a coefficient, with its effects once both fields are filled.
async fn tried(
    app: &Shared,
    links: &Links<'_>,
    product: &Flow,
    first_month: Option<String>,
    coefficient: Option<String>,
) -> Result<Trial, Problem> {
    let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
    let (first_month, coefficient) = (filled(first_month), filled(coefficient));
    let mut hidden: Vec<_> = links.choice.parameters().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    hidden.push(("node", links.node.to_owned()));
    let Some(number) = entry::number("coefficient", Some(&coefficient))?.filter(|_| !first_month.is_empty()) else {
        return Ok(Trial { hidden, first_month, coefficient, effects: Table::empty() });
    };
    let proposal = ProposedCoefficient {
        product_code: product.node.clone(),
        first_month: Some(types::Period { value: first_month.clone() }),
        coefficient: Some(types::Decimal { value: number }),
    };
    let answer = app.upstream.simulate_coefficients(&links.choice.question, vec![proposal]).await?;
    let read = |effect: FlowEffect| Ok((flow::required(effect.before)?, flow::required(effect.after)?));
    let effects: Result<Vec<_>, Invalid> = answer.effects.into_iter().map(read).collect();
    let effects = effects.map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    let rows = effects.iter().map(|(before, after)| row(after.label.clone(), None, after, Some(before))).collect();
    let caption = format!("Con un coefficiente di {} dal {first_month}; in piccolo, com'è oggi", counted(&coefficient, "ora", "ore"));
    Ok(Trial { hidden, first_month, coefficient, effects: Table { caption, what: "Voce del catalogo", before_is: AS_IT_IS, rows } })
}

impl Table {
    fn empty() -> Self {
        Self { caption: String::new(), what: "", before_is: "", rows: Vec::new() }
    }

    fn has_goals(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.cells).any(|cell| !cell.goal.is_empty())
    }
}

/// Where rows lead.
struct Links<'a> {
    choice: &'a Chosen,
    node: &'a str,
}

impl Links<'_> {
    /// The page as it is, as parameters of a link.
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut parameters = self.choice.parameters();
        if !self.node.is_empty() {
            parameters.push(("node", self.node));
        }
        parameters
    }

    fn to(&self, structure: Option<&str>, node: &str) -> String {
        let mut parameters = self.choice.parameters();
        if let Some(structure) = structure {
            parameters.iter_mut().filter(|(name, _)| *name == "structure").for_each(|(_, value)| *value = structure);
        }
        if !node.is_empty() {
            parameters.push(("node", node));
        }
        href(PATH, &parameters)
    }

    fn node_row(&self, flow: &Flow, before: Option<&Flow>) -> Row {
        let leads = flow.node != self.node;
        row(flow.label.clone(), leads.then(|| self.to(None, &flow.node)), flow, before)
    }

    fn structure_row(&self, of: &StructureFlow, before: Option<&Flow>) -> Row {
        let leads = of.structure != self.choice.question.structure;
        let note = match of.presence {
            Some(Presence::Moved) => {
                Some("In alcuni mesi stava sotto un'altra struttura: questi valori, di tutto il periodo, non si sommano per intero.")
            }
            Some(Presence::Ended) => Some("Ha cessato nel periodo: la sua giacenza non si somma."),
            Some(Presence::Whole) | None => None,
        };
        Row { note, ..row(of.name.clone(), leads.then(|| self.to(Some(&of.structure), self.node)), &of.flow, before) }
    }

    fn trail(&self, flow: &Flow) -> Vec<Crumb> {
        let totals = Crumb { label: "Totali del catalogo".to_owned(), href: self.to(None, "") };
        // A service of an earlier version does not tell the name.
        let name = if flow.parent_label.is_empty() { "Voce superiore" } else { &flow.parent_label };
        let above = (!flow.parent.is_empty()).then(|| Crumb { label: name.to_owned(), href: self.to(None, &flow.parent) });
        std::iter::once(totals).chain(above).collect()
    }
}

fn row(label: String, href: Option<String>, flow: &Flow, before: Option<&Flow>) -> Row {
    let pieces = |head, read: fn(&Flow) -> Option<i64>| {
        cell(head, read(flow).map(Exact::from).as_ref(), before.and_then(read).map(Exact::from).as_ref(), 0)
    };
    let exact = |head, read: fn(&Flow) -> Option<&Exact>, digits| cell(head, read(flow), before.and_then(read), digits);
    let planned = flow.planned_points.as_ref().map(|points| format!("programmati {}", italian::number(points, 0)));
    Row {
        label,
        href,
        badge: badge(flow.provenance),
        note: None,
        cells: vec![
            pieces("Pervenuto", |flow| flow.received),
            pieces("Definito", |flow| flow.completed),
            pieces("Giacenza", |flow| flow.closing_backlog),
            exact("Giacenza, punti", |flow| flow.backlog_points.as_ref(), 0),
            Cell { goal: planned.unwrap_or_default(), ..exact("Punti", |flow| flow.homogenised_points.as_ref(), 0) },
            exact("Realizzazione %", |flow| flow.plan_realisation.as_ref(), 2),
            exact("Produttività", |flow| flow.productivity.as_ref(), 2).against(flow.productivity_target.as_ref(), 2),
            exact("Deflusso", |flow| flow.clearance_ratio.as_ref(), 2).against(flow.clearance_target.as_ref(), 2),
            exact("Giacenza, giorni", |flow| flow.backlog_days.as_ref(), 0).against(flow.backlog_days_target.as_ref(), 0),
            exact("Automatico %", |flow| flow.automation_share.as_ref(), 2),
        ],
    }
}

fn cell(head: &'static str, now: Option<&Exact>, before: Option<&Exact>, digits: u32) -> Cell {
    Cell {
        head,
        now: shown(now, digits),
        before: before.map(|value| italian::number(value, digits)).unwrap_or_default(),
        goal: String::new(),
        distance: None,
    }
}

impl Cell {
    /// The same figure against what the plan asks of it.
    fn against(self, target: Option<&Target>, digits: u32) -> Self {
        let Some(Target { value, deviation, deviation_unit }) = target else { return self };
        let distance = deviation.as_ref().map(|deviation| (italian::deviation(deviation, deviation_unit), figures::standing(deviation)));
        Self { goal: format!("obiettivo {}", italian::number(value, digits)), distance, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(path = "flow_table.html")]
    struct Alone {
        table: Table,
    }

    #[track_caller]
    fn hears(before_is: &'static str, before: &str, expected: &str) {
        let cell = Cell { before: before.to_owned(), ..cell("Definito", Some(&Exact::from(12)), None, 0) };
        let row = Row { label: "Voce".to_owned(), href: None, badge: None, note: None, cells: vec![cell] };
        let table = Table { caption: "Prova".to_owned(), what: "Voce", before_is, rows: vec![row] };
        let text = Alone { table }.render().unwrap();
        assert!(text.contains(&format!("data-voce=\"Definito\">12{expected}</td>")), "{text}");
    }

    #[test]
    fn who_hears_a_table_is_told_what_stands_beside_each_figure() {
        let said = |what: &str| format!(" <span class=\"nota\"><span class=\"nascosto\">{what} </span>10</span>");
        hears(LAST_YEAR, "10", &said("l&#39;anno prima"));
        hears(AS_IT_IS, "10", &said("oggi"));
        hears(LAST_YEAR, "", "");
    }

    #[track_caller]
    fn stands(figure: Option<i64>, target: Option<(&str, Option<&str>)>, expected: &str) {
        let exact = |text: &str| Exact::parse(text).unwrap();
        let target = target.map(|(target, deviation)| Target {
            value: exact(target),
            deviation: deviation.map(exact),
            deviation_unit: deviation.map_or("", |_| "percent").to_owned(),
        });
        let cell = cell("Giorni", figure.map(Exact::from).as_ref(), None, 0).against(target.as_ref(), 0);
        let row = Row { label: "Voce".to_owned(), href: None, badge: None, note: Some("Ha cessato."), cells: vec![cell] };
        let table = Table { caption: "Prova".to_owned(), what: "Voce", before_is: LAST_YEAR, rows: vec![row] };
        assert_eq!(table.has_goals(), target.is_some());
        let text = Alone { table }.render().unwrap();
        assert!(text.contains(&format!("data-voce=\"Giorni\">{expected}</td>")), "{text}");
        assert!(text.contains("Voce <span class=\"nota\">Ha cessato.</span></th>"), "{text}");
    }

    #[test]
    fn a_figure_stands_beside_its_target_with_a_symbol_a_colour_and_words() {
        let state = |class: &str, symbol: &str, deviation: &str, words: &str| {
            format!(
                "<span class=\"stato {class}\"><span aria-hidden=\"true\">{symbol}</span> {deviation}\u{a0}%<span class=\"nascosto\"> {words}</span></span>"
            )
        };
        let goal = "<span class=\"nota\">obiettivo 30</span>";
        let reached = state("raggiunto", "✔", "+66,67", "raggiunto");
        stands(Some(10), Some(("30", Some("66.666"))), &format!("10 {goal} {reached}"));
        let near = state("vicino", "▼", "-10,00", "sotto l&#39;obiettivo");
        stands(Some(33), Some(("30", Some("-10"))), &format!("33 {goal} {near}"));
        let far = state("lontano", "✖", "-50,00", "lontano dall&#39;obiettivo");
        stands(Some(45), Some(("30", Some("-50"))), &format!("45 {goal} {far}"));
        stands(None, Some(("30", None)), &format!("— {goal}"));
        stands(Some(45), None, "45");
    }

    #[test]
    fn a_cluster_is_named_in_italian() {
        for (told, expected) in
            [("production 1", "Produzione, 1"), ("regional 3", "regionale, 3"), ("sedi grandi città", "sedi, grandi città"), ("", "")]
        {
            assert_eq!(clustered(told), expected);
        }
    }
}

//! What changed in production between two closings (*rettifiche*): from which, to which, the flows that differ, and page by page every
//! quantity that makes them differ, with the reason.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::{domains::PRODUCTION, plan::Structure, production::ChangeKind};
use piramide_measure::Exact;
use serde::Deserialize;

use super::{
    Layout, changes,
    choice::{Choice, Chosen, Form, PageParameters, name},
    page,
    plain::{NONE, Row, Table, badge, short},
};
use crate::{
    app::Shared,
    problem::Problem,
    question::{later, point},
    reading::{
        flow::Flow,
        restatements::{self, Changed, Counts, Kind, Restatements},
    },
    rest::Asked,
    upstream::restatements::Wanted,
    view::{italian, link::href},
};

/// Where it is.
pub(super) const PATH: &str = "/rettifiche-produzione";

/// The parameters of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestatementParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    /// The later closing or moment; without it, what is known now.
    after: Option<String>,
    /// The same, as links of every page bring it.
    as_of: Option<String>,
    /// The earlier closing or moment; empty before one is chosen.
    before: Option<String>,
    /// The node of the catalogue; without it, the totals.
    node: Option<String>,
    /// What is listed; without it, what restates closed months.
    kind: Option<String>,
    /// Where the last page ended.
    page_token: Option<String>,
}

#[derive(Template)]
#[template(path = "restatements.html")]
struct RestatementsPage {
    layout: Layout,
    form: Form,
    structure: String,
    period: String,
    /// What the form of closings keeps of the question.
    hidden: Vec<(&'static str, String)>,
    closings: Vec<String>,
    before: String,
    after: String,
    kinds: Vec<Choice>,
    /// Where the same is told of finance.
    other: String,
    /// Back to the totals, at a node.
    totals: Option<String>,
    /// Whether something was compared.
    is_compared: bool,
    figures: Vec<(&'static str, String)>,
    flows: Table,
    changes: Table,
    /// The next page of changes; empty on the last.
    next: String,
}

/// What may be listed, as the form has it. The first is what a page opens with.
const KINDS: [(Option<Kind>, &str, &str); 4] = [
    (Some(Kind::Restated), "restated", "le rettifiche di mesi chiusi"),
    (Some(Kind::Late), "late", "quanto è stato registrato dopo, di mesi aperti"),
    (Some(Kind::Displaced), "displaced", "le giacenze sostituite da un altro mese"),
    (None, "all", "tutto"),
];

/// `GET /rettifiche-produzione`
pub(super) async fn show(State(app): State<Shared>, Asked(asked): Asked<RestatementParameters>) -> Result<Response, Problem> {
    let filled = |text: Option<String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
    let (before, node, page_token) = (filled(asked.before), filled(asked.node), filled(asked.page_token));
    let after = later(asked.after, asked.as_of);
    let (kind, kind_code) = kind(&filled(asked.kind))?;
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: after.clone() };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (closings, structures) = tokio::try_join!(app.upstream.list_closings(PRODUCTION), app.upstream.all_structures(&question.plan))?;
    let found = if before.is_empty() {
        None
    } else {
        let kind = kind.map(ChangeKind::from).unwrap_or_default();
        // Without a node the totals alone are shown.
        let wanted = Wanted { node: node.clone(), totals_only: node.is_empty(), kind, page_size: 0, page_token: page_token.clone() };
        let answer = app.upstream.restatements(question, point("before", &before)?, wanted).await?;
        Some(restatements::restatements(answer).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?)
    };
    let links = Links { choice: &choice, before: &before, kind: kind_code };
    let all = kind.is_none() && page_token.is_empty() && found.as_ref().is_some_and(|found| found.next_page_token.is_empty());
    let kept = choice.parameters().into_iter().filter(|(name, _)| *name != "as_of").chain([("node", node.as_str())]);
    let kinds =
        KINDS.iter().map(|(_, code, label)| Choice { value: (*code).to_owned(), label: (*label).to_owned(), selected: *code == kind_code });
    let template = RestatementsPage {
        layout: Layout::new("Rettifiche della produzione".to_owned(), PATH, &choice, &[]),
        form: Form { node: node.clone(), ..choice.form(PATH, &structures) },
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        hidden: kept.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.to_owned())).collect(),
        closings: closings.into_iter().map(|closing| closing.name).collect(),
        kinds: kinds.collect(),
        other: href(changes::PATH, &choice.parameters()),
        totals: (!node.is_empty()).then(|| links.to("")),
        is_compared: found.is_some(),
        figures: found.as_ref().and_then(|found| found.counts).map(figures).unwrap_or_default(),
        flows: flows(found.as_ref().map_or(&[], |found| found.flows.as_slice()), &node, &links),
        changes: table(found.as_ref().map_or(&[], |found| found.changes.as_slice()), &structures, caption(all)),
        next: found.as_ref().map(|found| next(found, &node, &links)).unwrap_or_default(),
        before: before.clone(),
        after: after.unwrap_or_default(),
    };
    // Closings come at any moment, and the page lists them: it is never kept.
    page(&template, None)
}

/// What is listed, and how the form calls it.
fn kind(code: &str) -> Result<(Option<Kind>, &'static str), Problem> {
    let found = KINDS.iter().find(|(_, known, _)| code.is_empty() || *known == code);
    found
        .map(|(kind, known, _)| (*kind, *known))
        .ok_or_else(|| Problem::parameter("kind", format!("\"{code}\" is none of {}", KINDS.map(|(_, known, _)| known).join(", "))))
}

fn figures(counts: Counts) -> Vec<(&'static str, String)> {
    vec![
        ("Rettifiche di mesi chiusi", italian::count(counts.restated)),
        ("Registrate dopo, di mesi aperti", italian::count(counts.late)),
        ("Giacenze sostituite da un altro mese", italian::count(counts.displaced)),
    ]
}

/// Where rows and pages lead.
struct Links<'a> {
    choice: &'a Chosen,
    before: &'a str,
    kind: &'a str,
}

impl Links<'_> {
    fn to(&self, node: &str) -> String {
        self.with(node, &[])
    }

    fn with(&self, node: &str, more: &[(&str, &str)]) -> String {
        let own = [("before", self.before), ("kind", self.kind), ("node", node)];
        let own = own.iter().chain(more).copied().filter(|(_, value)| !value.is_empty());
        href(PATH, &self.choice.parameters().into_iter().chain(own).collect::<Vec<_>>())
    }
}

/// The next page, of the knowledge of this one: what is known now may be more by then.
fn next(found: &Restatements, node: &str, links: &Links<'_>) -> String {
    if found.next_page_token.is_empty() {
        return String::new();
    }
    let now = found.known_at.filter(|_| links.choice.question.is_current()).map(|moment| moment.to_string()).unwrap_or_default();
    links.with(node, &[("after", &now), ("page_token", &found.next_page_token)])
}

/// The flows that differ: the totals, or a node and those right under it.
fn flows(flows: &[(Flow, Flow)], node: &str, links: &Links<'_>) -> Table {
    let shown = flows.iter().filter(|(_, after)| !node.is_empty() || after.parent.is_empty());
    let row = |(before, after): &(Flow, Flow)| {
        let pieces =
            |read: fn(&Flow) -> Option<i64>| moved(read(before).map(Exact::from).as_ref(), read(after).map(Exact::from).as_ref(), 0);
        let exact = |read: fn(&Flow) -> Option<&Exact>, digits| moved(read(before), read(after), digits);
        Row {
            href: (after.node != node).then(|| links.to(&after.node)),
            badge: badge(after.provenance),
            ..Row::new(
                after.label.clone(),
                vec![
                    pieces(|flow| flow.received),
                    pieces(|flow| flow.completed),
                    pieces(|flow| flow.closing_backlog),
                    exact(|flow| flow.homogenised_points.as_ref(), 0),
                    exact(|flow| flow.productivity.as_ref(), 2),
                    exact(|flow| flow.clearance_ratio.as_ref(), 2),
                    exact(|flow| flow.backlog_days.as_ref(), 0),
                ],
            )
        }
    };
    Table {
        caption: "Flussi cambiati: ogni valore, con quello precedente dove è diverso",
        what: "Voce del catalogo",
        heads: vec!["Pervenuto", "Definito", "Giacenza", "Punti", "Produttività", "Deflusso", "Giacenza, giorni"],
        rows: shown.map(row).collect(),
    }
}

/// A figure, and what it was where that reads as something else.
fn moved(before: Option<&Exact>, after: Option<&Exact>, digits: u32) -> String {
    let text = |value: Option<&Exact>| value.map_or_else(|| NONE.to_owned(), |value| italian::number(value, digits));
    let (before, after) = (text(before), text(after));
    if before == after { after } else { format!("{after} (era {before})") }
}

/// What the effects of a table add up to, where it lists all that changed and where it does not.
fn caption(all: bool) -> &'static str {
    if all {
        "Che cosa è cambiato, quantità per quantità: la somma degli effetti è la differenza dei flussi"
    } else {
        "Che cosa è cambiato, quantità per quantità: la somma degli effetti di tutte le variazioni è la differenza dei flussi"
    }
}

fn table(changes: &[Changed], structures: &[Structure], caption: &'static str) -> Table {
    let row = |changed: &Changed| Row {
        notes: notes(changed),
        ..Row::new(
            format!(
                "{}, {}, {}: {}",
                changed.label,
                name(structures, &changed.structure),
                changed.period,
                italian::quantity(&changed.quantity)
            ),
            vec![
                short(changed.before.as_ref()),
                short(changed.after.as_ref()),
                with_sign(changed.difference.as_ref()),
                with_sign(Some(&Exact::from(changed.effect))),
                with_sign(changed.points_effect.as_ref()),
            ],
        )
    };
    Table {
        caption,
        what: "Dato",
        heads: vec!["Prima", "Dopo", "Differenza", "Effetto sui pezzi", "Effetto sui punti"],
        rows: changes.iter().map(row).collect(),
    }
}

/// A difference with no more digits than it needs.
fn with_sign(value: Option<&Exact>) -> String {
    let text = short(value);
    if value.is_some_and(|value| !value.is_zero() && !value.is_negative()) { format!("+{text}") } else { text }
}

/// Why, from where and when.
fn notes(changed: &Changed) -> Vec<String> {
    let moment = changed.recorded_at.as_ref().map(italian::moment).unwrap_or_default();
    let why = match changed.kind {
        Kind::Restated => "rettifica di un mese chiuso",
        Kind::Late => "registrato dopo, in un mese aperto",
        Kind::Displaced => "invariato: per la giacenza ora fa fede un altro mese",
    };
    let reason = if changed.reason.is_empty() { String::new() } else { format!(", perché: {}", changed.reason) };
    let origin = if changed.origin.is_empty() { String::new() } else { format!(" da {}", changed.origin) };
    let told = format!("{why}{reason}; lotto {}{origin}, {moment}", changed.batch_id);
    let carried = (changed.flow_quantity != changed.quantity)
        .then(|| format!("conta nella {} del periodo", italian::quantity(&changed.flow_quantity)));
    let note = Some(changed.note.clone()).filter(|note| !note.is_empty());
    std::iter::once(told).chain(carried).chain(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_what_it_was_where_that_is_something_else() {
        let exact = |number: i64| Some(Exact::from(number));
        let check = |before: Option<i64>, after: Option<i64>, expected| {
            assert_eq!(moved(before.and_then(exact).as_ref(), after.and_then(exact).as_ref(), 0), expected);
        };
        check(Some(1_200), Some(1_207), "1.207 (era 1.200)");
        check(Some(7), Some(7), "7");
        check(None, Some(7), "7 (era —)");
        check(None, None, "—");
    }

    #[test]
    fn differences_have_a_sign_and_no_idle_digits() {
        let check = |number: &str, expected| assert_eq!(with_sign(Exact::parse(number).ok().as_ref()), expected);
        check("1234", "+1.234");
        check("-7.5", "-7,5");
        check("0", "0");
    }

    #[test]
    fn the_page_opens_with_what_restates_closed_months() {
        assert_eq!(kind("").ok(), Some((Some(Kind::Restated), "restated")));
        assert_eq!(kind("all").ok(), Some((None, "all")));
        assert!(kind("other").is_err());
    }
}

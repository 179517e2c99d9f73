//! The incentives that rest on an index, and why each is reached or not.

use askama::Template;
use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;
use piramide_measure::Exact;
use serde::Deserialize;

use super::{Links, PATH, Standing};
use crate::{
    app::Shared,
    cache::Basis,
    pages::{
        Layout,
        choice::{Chosen, PageParameters},
        explanation::{self, StepRow},
        figures::Verdict,
        page,
        plain::{NONE, Row, Table},
    },
    problem::Problem,
    pulse::Sources,
    reading::{
        self,
        incentives::{self, Against, Band, Incentive, Outcome},
    },
    rest::{self, Asked},
    view::{italian, link::href},
};

pub(in crate::pages) const WHY: &str = "/cruscotto-qualita/incentivi";

/// An incentive as the dashboard shows it.
pub(super) struct Shown {
    pub(super) label: String,
    pub(super) verdict: Verdict,
    /// Where its derivation is.
    pub(super) why: String,
    /// What was asked, of whom, and what was reached, in sentences.
    pub(super) remarks: Vec<String>,
    pub(super) bands: Table,
}

/// The incentives that rest on a node, as the dashboard shows them.
pub(super) fn shown(links: &Links<'_>, all: Vec<Incentive>) -> Vec<Shown> {
    all.into_iter().filter(|incentive| incentive.node == links.node).map(|incentive| one(links, &incentive)).collect()
}

fn one(links: &Links<'_>, incentive: &Incentive) -> Shown {
    let mut parameters = links.choice.parameters();
    parameters.push(("incentive", incentive.code.as_str()));
    let why = href(WHY, &parameters);
    Shown { label: incentive.label.clone(), verdict: verdict(incentive), why, remarks: remarks(incentive), bands: bands(incentive) }
}

/// Whether it is reached, in words and with a mark, and by how much.
fn verdict(incentive: &Incentive) -> Verdict {
    let state = |class, symbol, text| Standing { class, symbol, text };
    let by = incentive.margin.as_ref().map(|margin| format!(", margine {} punti", italian::signed(margin))).unwrap_or_default();
    let (state, text) = match incentive.outcome {
        Outcome::Reached => (state("raggiunto", "✔", "raggiunto"), format!("{}: raggiunto{by}", incentive.label)),
        Outcome::Missed => (state("lontano", "✖", "non raggiunto"), format!("{}: non raggiunto{by}", incentive.label)),
        Outcome::Undecided => {
            (state("neutro", "○", "non si può dire"), format!("{}: non si può dire, {}", incentive.label, incentive.missing_reason))
        }
    };
    Verdict { state, text }
}

fn remarks(incentive: &Incentive) -> Vec<String> {
    let against = match incentive.against {
        Against::Budget => "sul budget",
        Against::PreviousYear => "sull'anno precedente",
    };
    let percent = |value: &Exact| italian::percent(&italian::signed(value));
    let own = incentive.judgement.deviation.as_ref().map_or_else(|| NONE.to_owned(), percent);
    let asked = incentive.needed.as_ref().map_or_else(
        || "quanto occorre non è noto".to_owned(),
        |needed| {
            let how = if incentive.must_exceed { "più di" } else { "almeno" };
            format!("occorre {how} {}", percent(needed))
        },
    );
    let mut remarks = vec![format!("Scostamento {against} di {}: {own}; {asked}.", incentive.node_label)];
    match (&incentive.last_year_index, incentive.last_year_missing_reason.is_empty()) {
        (Some(index), _) => remarks.push(format!("Indice dell'anno prima: {}.", italian::number(index, italian::DIGITS))),
        (None, false) => {
            remarks.push(format!("Indice dell'anno prima mancante ({}): valgono tutte le fasce.", incentive.last_year_missing_reason));
        }
        (None, true) => {}
    }
    match (&incentive.cluster_deviation, incentive.cluster_missing_reason.is_empty()) {
        (Some(deviation), _) => remarks.push(format!("Scostamento del cluster ({} insieme): {}.", incentive.cluster, percent(deviation))),
        (None, false) => remarks.push(format!("Scostamento del cluster mancante: {}.", incentive.cluster_missing_reason)),
        (None, true) => {}
    }
    if let Some(coverage) = &incentive.judgement.coverage {
        remarks.push(format!("Copertura: {} del peso.", italian::percent(&italian::short(coverage))));
    }
    if let Some(provenance) = incentive.provenance {
        remarks.push(format!("Provenienza meno certa dei dati: {}.", italian::provenance(provenance)));
    }
    if !incentive.note.is_empty() {
        remarks.push(italian::note(&incentive.note));
    }
    remarks
}

/// The bands of the plan, when there are several.
fn bands(incentive: &Incentive) -> Table {
    if incentive.bands.len() < 2 {
        return super::rows::nothing();
    }
    let row = |band: &Band| {
        let index = |value: &Exact| italian::number(value, italian::DIGITS);
        let label = match (&band.from, &band.below) {
            (None, None) => "Qualunque".to_owned(),
            (Some(from), None) => format!("Da {}", index(from)),
            (None, Some(below)) => format!("Sotto {}", index(below)),
            (Some(from), Some(below)) => format!("Da {} a meno di {}", index(from), index(below)),
        };
        let beside = band.above_cluster.as_ref().map(|percent| {
            if percent.is_zero() {
                "almeno lo scostamento del cluster".to_owned()
            } else {
                format!("almeno il {} sopra il cluster", italian::percent(&italian::short(percent)))
            }
        });
        let ways: Vec<String> = band.positive.then(|| "qualunque scostamento positivo".to_owned()).into_iter().chain(beside).collect();
        let holds = if band.possible { "sì" } else { "no" };
        let notes = if band.note.is_empty() { Vec::new() } else { vec![italian::note(&band.note)] };
        Row { notes, ..Row::new(label, vec![ways.join(" oppure "), holds.to_owned()]) }
    };
    Table {
        caption: "Le fasce, per indice dell'anno prima",
        what: "Indice dell'anno prima",
        heads: vec!["Occorre", "Vale qui"],
        rows: incentive.bands.iter().map(row).collect(),
    }
}

/// The parameters of the page of an incentive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct WhyParameters {
    structure: Option<String>,
    period: Option<String>,
    plan: Option<String>,
    as_of: Option<String>,
    incentive: String,
}

#[derive(Template)]
#[template(path = "quality_incentive.html")]
struct WhyPage {
    layout: Layout,
    structure: String,
    period: String,
    plan_title: String,
    plan_version: String,
    shown: Shown,
    derivation: StepRow,
    back: String,
}

/// `GET /cruscotto-qualita/incentivi`
pub(in crate::pages) async fn show(State(app): State<Shared>, Asked(asked): Asked<WhyParameters>) -> Result<Response, Problem> {
    let parameters = PageParameters { structure: asked.structure, period: asked.period, plan: asked.plan, as_of: asked.as_of };
    let choice = Chosen::read(&app, parameters).await?;
    let question = &choice.question;
    let (answer, structures) =
        tokio::try_join!(app.upstream.explain_incentive(question, asked.incentive), app.upstream.all_structures(&question.plan))?;
    let unreadable = |cause| Problem::unreadable(QUALITY.name, &cause);
    let incentive = incentives::required(answer.incentive).map_err(unreadable)?;
    let derivation = reading::explanation(answer.nodes).map_err(unreadable)?;
    let parameters = choice.parameters();
    let links = Links { choice: &choice, node: &incentive.node };
    let template = WhyPage {
        layout: Layout::new(format!("Perché? {}", incentive.label), PATH, &choice, &[]),
        structure: choice.structure(&structures),
        period: choice.period().to_owned(),
        plan_title: choice.plan_title(&answer.plan_version),
        plan_version: answer.plan_version.clone(),
        shown: one(&links, &incentive),
        derivation: explanation::row(derivation, &parameters, 1),
        back: links.to(None, &incentive.node),
    };
    page(&template, Some(Basis { sources: Sources::ALL, ..rest::basis(QUALITY, question.is_current(), answer.sequence) }))
}

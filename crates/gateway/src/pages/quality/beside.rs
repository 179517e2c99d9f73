//! The dashboard side by side: the structures of the cluster, and the months of the period.

use piramide_contracts::{
    domains::QUALITY,
    quality::{Beside, Reference},
};
use piramide_measure::Exact;

use super::{Links, rows};
use crate::{
    app::Shared,
    pages::plain::{NONE, Row, Table, measured, shown},
    problem::Problem,
    question::Question,
    reading::quality::{self, Comparison, Index, Standing, TrendPoint},
    view::{italian, link::href},
};

/// The indices of a month, against each reference.
const MONTHS: [&str; 4] = ["Indice budget", "Budget da gennaio", "Indice anno prec.", "Anno prec. da gennaio"];
/// How a structure stands among its peers, against each reference.
const PLACES: [&str; 6] = ["Indice budget", "Posto budget", "Quarto budget", "Indice anno prec.", "Posto anno prec.", "Quarto anno prec."];

/// What stands beside a node, against both references.
pub(super) struct Side {
    budget: Comparison,
    previous: Comparison,
    trend: Vec<TrendPoint>,
}

/// Asks for it.
pub(super) async fn ask(app: &Shared, question: &Question, node: &str) -> Result<Side, Problem> {
    let compare = |reference| app.upstream.compare_indices(question, node.to_owned(), reference, Beside::Peers);
    let budget = compare(Reference::Budget).await?;
    let previous = compare(Reference::PreviousYear).await?;
    let trend = app.upstream.get_trend(question, node.to_owned()).await?;
    let unreadable = |cause| Problem::unreadable(QUALITY.name, &cause);
    Ok(Side {
        budget: quality::comparison(budget).map_err(unreadable)?,
        previous: quality::comparison(previous).map_err(unreadable)?,
        trend: quality::trend(trend.points).map_err(unreadable)?,
    })
}

impl Side {
    /// The months, when there are several.
    pub(super) fn trend(&self, links: &Links<'_>, index: Option<&Index>) -> Table {
        if self.trend.len() < 2 {
            return rows::nothing();
        }
        let unit = unit(index);
        let row = |point: &TrendPoint| {
            let mut parameters = links.choice.parameters();
            parameters.iter_mut().filter(|(name, _)| *name == "period").for_each(|(_, value)| *value = &point.month);
            parameters.push(("node", links.node));
            let mut cells: Vec<String> = unit.map(|unit| measured(point.value.as_ref(), unit)).into_iter().collect();
            let indices = [&point.budget, &point.budget_to_date, &point.previous_year, &point.previous_year_to_date];
            cells.extend(indices.map(|judgement| plain(judgement.index.as_ref())));
            let notes = if point.few_cases { vec!["Pochi casi.".to_owned()] } else { Vec::new() };
            Row { href: Some(href(super::PATH, &parameters)), notes, ..Row::new(point.month.clone(), cells) }
        };
        let mut heads: Vec<&'static str> = unit.map(|_| "Consuntivo").into_iter().collect();
        heads.extend(MONTHS);
        let rows = self.trend.iter().map(row).collect();
        Table { caption: "L'andamento nei mesi", what: "Mese", heads, rows }
    }

    /// The structures of the cluster, when there are several.
    pub(super) fn peers(&self, links: &Links<'_>, index: Option<&Index>) -> Table {
        if self.budget.standings.len() < 2 {
            return rows::nothing();
        }
        let unit = unit(index);
        let row = |budget: &Standing| {
            let previous = self.previous.standings.iter().find(|other| other.structure == budget.structure);
            let mut cells: Vec<String> = unit.map(|unit| measured(budget.value.as_ref(), unit)).into_iter().collect();
            for standing in [Some(budget), previous] {
                cells.push(plain(standing.and_then(|standing| standing.judgement.index.as_ref())));
                cells.push(place(standing.and_then(|standing| standing.rank)));
                cells.push(place(standing.and_then(|standing| standing.quarter)));
            }
            let own = budget.structure == links.choice.question.structure;
            let mut notes = flags(budget, previous);
            notes.extend(own.then(|| "La struttura scelta.".to_owned()));
            let leads = (!own).then(|| links.to(Some(&budget.structure), links.node));
            Row { href: leads, notes, ..Row::new(budget.name.clone(), cells) }
        };
        let mut heads: Vec<&'static str> = unit.map(|_| "Consuntivo").into_iter().collect();
        heads.extend(PLACES);
        let rows = self.budget.standings.iter().map(row).collect();
        Table { caption: "Le strutture dello stesso cluster, dalla migliore sul budget", what: "Struttura", heads, rows }
    }

    /// How the cluster is distributed.
    pub(super) fn spread(&self) -> Vec<String> {
        let both = [("sul budget", &self.budget), ("sull'anno precedente", &self.previous)];
        let several = both.into_iter().filter(|(_, comparison)| comparison.standings.len() > 1);
        let sentence = |(against, comparison): (&str, &Comparison)| {
            let found = comparison.distribution.as_ref()?;
            Some(format!(
                "Cluster {}, {against}: {}, dalla peggiore {} alla migliore {}; metà sta tra {} e {}, mediana {}.",
                comparison.cluster,
                italian::counted(found.count, "struttura", "strutture"),
                plain(found.lowest.as_ref()),
                plain(found.highest.as_ref()),
                plain(found.first_quartile.as_ref()),
                plain(found.third_quartile.as_ref()),
                plain(found.median.as_ref()),
            ))
        };
        several.filter_map(sentence).collect()
    }
}

fn unit(index: Option<&Index>) -> Option<&str> {
    index.and_then(|index| index.elementary.as_ref()).map(|elementary| elementary.unit.as_str())
}

/// What in the data of a structure asks to be looked at.
fn flags(budget: &Standing, previous: Option<&Standing>) -> Vec<String> {
    let months = if budget.months == 1 { "un solo mese".to_owned() } else { format!("soli {} mesi", budget.months) };
    let outside = budget.outlier || previous.is_some_and(|previous| previous.outlier);
    let found = [
        (outside, "Valore anomalo: lontano dalla metà centrale del cluster.".to_owned()),
        (budget.few_cases, "Pochi casi.".to_owned()),
        (budget.missing_months, format!("Dati di {months}.")),
    ];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text).collect()
}

fn plain(value: Option<&Exact>) -> String {
    shown(value, italian::DIGITS)
}

fn place(number: Option<i32>) -> String {
    number.map_or_else(|| NONE.to_owned(), italian::count)
}

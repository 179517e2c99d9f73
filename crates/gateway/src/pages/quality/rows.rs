//! The tables of the dashboard.

use piramide_contracts::quality::PublishedKind;
use piramide_measure::Exact;

use super::Links;
use crate::{
    pages::plain::{NONE, Row, Table, badge, caution, measured, short, shown, signed},
    reading::quality::{Contribution, Contributions, Elementary, Index, Judgement, Published},
    view::italian,
};

/// The most indicators that are shown among those that moved an index: the rest is one click further down.
const MOST_MOVERS: usize = 12;

/// What moved an index, against both references.
pub(super) struct Moved {
    pub(super) budget: Contributions,
    pub(super) previous: Contributions,
}

/// A table that is not shown.
pub(super) fn nothing() -> Table {
    Table { caption: "", what: "", heads: Vec::new(), rows: Vec::new() }
}

/// What a reader must know of a node beside its figures.
pub(super) fn remarks(index: &Index) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(elementary) = &index.elementary {
        remarks.extend(few(elementary));
        if !elementary.need.is_empty() {
            remarks.push(format!("Bisogno sociale: {}.", elementary.need));
        }
    }
    if !index.note.is_empty() {
        remarks.push(italian::note(&index.note));
    }
    let provenance = index.budget.provenance.max(index.previous_year.provenance);
    remarks.extend(caution(provenance));
    remarks
}

fn few(elementary: &Elementary) -> Option<String> {
    let (cases, fewest) = (short(elementary.denominator.as_ref()), short(elementary.fewest.as_ref()));
    let outcome = if elementary.left_out { "escluso" } else { "segnalato" };
    elementary.few_cases.then(|| format!("Pochi casi: {cases}, meno di {fewest} ({outcome})."))
}

/// The node's children with their indices; for an indicator, itself.
pub(super) fn indices(links: &Links<'_>, all: &[Index]) -> Table {
    let below: Vec<&Index> = all.iter().filter(|index| index.parent == links.node).collect();
    let shown = if below.is_empty() { all.iter().filter(|index| index.node == links.node).collect() } else { below };
    let what = if shown.iter().any(|index| index.kind == "indicator") { "Indicatore" } else { "Area" };
    Table {
        caption: "Gli indici, rispetto al budget e all'anno precedente",
        what,
        heads: vec![
            "Peso %",
            "Consuntivo",
            "Budget",
            "Scost. % budget",
            "Indice budget",
            "Anno prec.",
            "Scost. % anno",
            "Indice anno",
            "Copertura %",
        ],
        rows: shown.into_iter().map(|index| index_row(links, index)).collect(),
    }
}

fn index_row(links: &Links<'_>, index: &Index) -> Row {
    let unit = index.elementary.as_ref().map_or("index", |elementary| elementary.unit.as_str());
    let measured = |value| measured(value, unit);
    let plain = |value| shown(value, italian::DIGITS);
    let mut notes: Vec<String> = index.elementary.as_ref().and_then(few).into_iter().collect();
    let missing = [("sul budget", &index.budget), ("sull'anno precedente", &index.previous_year)];
    let reason = |judgement: &Judgement| judgement.missing_reason.clone();
    if missing.iter().all(|(_, judgement)| judgement.index.is_none()) && reason(&index.budget) == reason(&index.previous_year) {
        notes.push(format!("Nessun indice: {}", index.budget.missing_reason));
    } else {
        let lost = missing.iter().filter(|(_, judgement)| judgement.index.is_none());
        notes.extend(lost.map(|(against, judgement)| format!("Nessun indice {against}: {}", judgement.missing_reason)));
    }
    if index.budget.worst {
        notes.push("Nessuna misura: vale il punteggio peggiore, come dice il piano.".to_owned());
    }
    let coverages = [&index.budget, &index.previous_year].map(|judgement| plain(judgement.coverage.as_ref()));
    let [on_budget, on_last_year] = &coverages;
    let coverage = if on_budget == on_last_year { on_budget.clone() } else { format!("{on_budget} / {on_last_year}") };
    let provenance = index.budget.provenance.max(index.previous_year.provenance);
    Row {
        label: index.label.clone(),
        href: (index.node != links.node).then(|| links.to(None, &index.node)),
        badge: badge(provenance),
        notes,
        cells: vec![
            short(index.weight.as_ref()),
            measured(index.elementary.as_ref().and_then(|elementary| elementary.value.as_ref())),
            measured(index.budget.reference.as_ref()),
            signed(index.budget.deviation.as_ref()),
            plain(index.budget.index.as_ref()),
            measured(index.previous_year.reference.as_ref()),
            signed(index.previous_year.deviation.as_ref()),
            plain(index.previous_year.index.as_ref()),
            coverage,
        ],
    }
}

/// The nodes that moved the index most: those right under it, then the indicators further down.
pub(super) fn nodes(links: &Links<'_>, moved: &Moved, all: &[Index]) -> Table {
    let kind = |code: &str| all.iter().find(|index| index.node == code).map_or("", |index| index.kind.as_str());
    let total = |list: &[Contribution], code: &str| list.iter().find(|part| part.node == code).and_then(|part| part.total.clone());
    let mut codes: Vec<(&str, &str)> = Vec::new();
    for part in moved.budget.nodes.iter().chain(&moved.previous.nodes).filter(|part| kind(&part.node) == "indicator") {
        if !codes.iter().any(|(code, _)| *code == part.node) {
            codes.push((&part.node, &part.label));
        }
    }
    let mut movers: Vec<(&str, &str, Option<Exact>, Option<Exact>)> = codes
        .into_iter()
        .map(|(code, label)| (code, label, total(&moved.budget.nodes, code), total(&moved.previous.nodes, code)))
        .filter(|(_, _, budget, previous)| [budget, previous].into_iter().flatten().any(|total| !total.is_zero()))
        .collect();
    let size = |value: &Option<Exact>| value.as_ref().map_or_else(Exact::zero, Exact::abs);
    movers.sort_by_key(|(_, _, budget, previous)| std::cmp::Reverse(size(budget).max(size(previous))));
    movers.truncate(MOST_MOVERS);
    let row = |(code, label, budget, previous): (&str, &str, Option<Exact>, Option<Exact>)| Row {
        href: Some(links.to(None, code)),
        ..Row::new(label.to_owned(), [budget, previous].iter().map(|value| signed(value.as_ref())).collect())
    };
    Table {
        caption: "Gli indicatori che hanno mosso di più l'indice, in punti",
        what: "Indicatore",
        heads: vec!["Sul budget", "Sull'anno precedente"],
        rows: movers.into_iter().map(row).collect(),
    }
}

/// The structures right under the one asked for, and what each contributes.
pub(super) fn structures(links: &Links<'_>, moved: &Moved) -> Table {
    let unit = moved.budget.index.elementary.as_ref().map(|elementary| elementary.unit.as_str());
    let mut codes: Vec<(&str, &str)> = Vec::new();
    for part in moved.budget.structures.iter().chain(&moved.previous.structures) {
        if !codes.iter().any(|(code, _)| *code == part.structure) {
            codes.push((&part.structure, &part.label));
        }
    }
    codes.sort_unstable();
    let find = |list: &[Contribution], code: &str| list.iter().find(|part| part.structure == code).cloned();
    let row = |(code, label): (&str, &str)| {
        let (budget, previous) = (find(&moved.budget.structures, code), find(&moved.previous.structures, code));
        let of = |part: &Option<Contribution>, read: fn(&Contribution) -> Option<&Exact>| signed(part.as_ref().and_then(read));
        let mut cells = Vec::new();
        if let Some(unit) = unit {
            let measured =
                |part: &Option<Contribution>, read: fn(&Contribution) -> Option<&Exact>| measured(part.as_ref().and_then(read), unit);
            cells.push(measured(&previous, |part| part.value.as_ref()));
            cells.push(measured(&budget, |part| part.reference.as_ref()));
            cells.push(measured(&previous, |part| part.reference.as_ref()));
        }
        cells.extend([
            of(&budget, |part| part.total.as_ref()),
            of(&previous, |part| part.total.as_ref()),
            of(&previous, |part| part.own.as_ref()),
            of(&previous, |part| part.mix.as_ref()),
        ]);
        Row { href: Some(links.to(Some(code), links.node)), ..Row::new(label.to_owned(), cells) }
    };
    let mut heads = if unit.is_some() { vec!["Consuntivo", "Budget", "Anno precedente"] } else { Vec::new() };
    heads.extend(["Sul budget", "Sull'anno precedente", "di cui proprio", "di cui composizione"]);
    let mut rows: Vec<Row> = codes.into_iter().map(row).collect();
    if let Some(left) = moved.budget.unattributed.as_ref().filter(|left| !left.is_zero()) {
        let mut cells = vec![NONE.to_owned(); heads.len()];
        let place = heads.len() - 4;
        if let Some(cell) = cells.get_mut(place) {
            *cell = signed(Some(left));
        }
        rows.push(Row::new("Non attribuito: indicatori senza misura".to_owned(), cells));
    }
    Table { caption: "Il contributo delle strutture sottostanti, in punti", what: "Struttura", heads, rows }
}

/// What is printed of a node, year by year, beside what the facts give.
pub(super) fn published(index: &Index) -> Table {
    let unit = index.elementary.as_ref().map_or("index", |elementary| elementary.unit.as_str());
    let row = |printed: &Published| {
        let (what, is_measure) = match printed.kind {
            PublishedKind::OnBudget => ("scostamento sul budget", false),
            PublishedKind::OnPreviousYear => ("scostamento sull'anno precedente", false),
            PublishedKind::Measure | PublishedKind::Unspecified => ("consuntivo", true),
        };
        let shown = |value: &Exact| if is_measure { italian::measured(value, unit) } else { italian::percent(&italian::signed(value)) };
        let recomputed = printed.recomputed.as_ref().map_or_else(|| "non ricalcolabile".to_owned(), shown);
        let notes = [&printed.source, &printed.note].into_iter().filter(|note| !note.is_empty()).map(|note| italian::note(note)).collect();
        Row { notes, ..Row::new(format!("{}, {what}", printed.year), vec![shown(&printed.value), recomputed]) }
    };
    Table {
        caption: "I valori pubblicati, anno per anno",
        what: "Anno",
        heads: vec!["Pubblicato", "Ricalcolato dai fatti"],
        rows: index.published.iter().map(row).collect(),
    }
}

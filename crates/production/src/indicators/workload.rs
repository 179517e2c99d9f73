//! The work that a structure had to do: what several ratios divide by.

use piramide_domain::Measured;
use piramide_measure::Unit;
use piramide_plan::Product;

use super::points;
use crate::{
    asked::{Asked, Sum},
    facts::{CLOSING_BACKLOG, COMPLETED, RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT},
    state::{COMPLETED_POINTS, RECEIVED_POINTS, TRANSFERRED_IN_POINTS, TRANSFERRED_OUT_POINTS},
};

/// What came in, with what was taken over and without what was handed over.
///
/// **Decision** (domain rules, 2): an office that helps another is not punished, and national figures do not change.
const INCOMING: [(usize, i8); 3] = [(RECEIVED, 1), (TRANSFERRED_IN, 1), (TRANSFERRED_OUT, -1)];

/// Workload (*carico di lavoro*) in points: `(received + transferred in - transferred out) * coefficient`, over the flow products of a node.
pub(super) fn in_points(asked: &Asked<'_>, node: &str) -> Measured {
    let sum = Sum {
        label: "Carico di lavoro in punti",
        formula: "somma sui prodotti di (pervenuto + ricevuto - ceduto) x coefficiente",
        unit: Unit::Points,
        scale: 4,
        terms: &[(RECEIVED_POINTS, 1), (TRANSFERRED_IN_POINTS, 1), (TRANSFERRED_OUT_POINTS, -1)],
        counts: Product::counts_flow,
        waits: false,
    };
    asked.sum(node, &sum, |product| points::in_points(&asked.query, product, &INCOMING))
}

/// Workload (*carico di lavoro*) in pieces: `received + transferred in - transferred out`, over the flow products of a node.
pub(super) fn in_pieces(asked: &Asked<'_>, node: &str) -> Measured {
    let query = &asked.query;
    let signed = |product: &Product| {
        let received = query.total(&product.code, RECEIVED, &product.label);
        let taken = query.total(&product.code, TRANSFERRED_IN, "Ricevuto in sussidiarietà");
        let handed = query.total(&product.code, TRANSFERRED_OUT, "Ceduto in sussidiarietà");
        if taken.value.is_err() && handed.value.is_err() {
            return received;
        }
        let known = |part: Measured| part.value.is_ok().then_some(part);
        let parts = [known(received), known(taken), known(handed).map(negated)].into_iter().flatten().collect();
        Measured::sum_of_known(&product.label, Unit::Pieces, "pervenuto + ricevuto - ceduto", parts)
    };
    let sum = Sum {
        label: "Carico di lavoro",
        formula: "somma sui prodotti di pervenuto + ricevuto - ceduto",
        unit: Unit::Pieces,
        scale: 0,
        terms: &INCOMING,
        counts: Product::counts_flow,
        waits: false,
    };
    asked.sum(node, &sum, signed)
}

/// Pieces of one quantity over the flow products of a node.
pub(super) fn pieces(asked: &Asked<'_>, node: &str, quantity: usize, label: &str) -> Measured {
    let terms = [(quantity, 1)];
    let sum = in_all(label, &terms, false);
    asked.sum(node, &sum, |product| asked.query.total(&product.code, quantity, &product.label))
}

/// Pieces that wait over the flow products of a node (*giacenza*), of each office as it said last.
pub(super) fn waiting(asked: &Asked<'_>, node: &str) -> Measured {
    let sum = in_all("Giacenza", &[(CLOSING_BACKLOG, 1)], true);
    asked.sum(node, &sum, |product| asked.query.total_of(asked.said_last(&product.code), CLOSING_BACKLOG, &product.label))
}

/// A sum of pieces over the flow products.
fn in_all<'s>(label: &'s str, terms: &'s [(usize, i8)], waits: bool) -> Sum<'s> {
    Sum { label, formula: "somma sui prodotti", unit: Unit::Pieces, scale: 0, terms, counts: Product::counts_flow, waits }
}

/// Completed work of the flow products of a node, in points.
pub(super) fn completed_points(asked: &Asked<'_>, node: &str) -> Measured {
    let sum = Sum {
        label: "Definito in punti",
        formula: "somma sui prodotti di definito x coefficiente",
        unit: Unit::Points,
        scale: 4,
        terms: &[(COMPLETED_POINTS, 1)],
        counts: Product::counts_flow,
        waits: false,
    };
    asked.sum(node, &sum, |product| points::in_points(&asked.query, product, &[(COMPLETED, 1)]))
}

fn negated(part: Measured) -> Measured {
    let label = part.explanation.label.clone();
    Measured::computed(&label, Unit::Pieces, "con segno meno", vec![part], |numbers| Ok(-numbers.iter().sum::<piramide_measure::Exact>()))
}

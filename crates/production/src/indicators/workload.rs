//! The work that a structure had to do: what several ratios divide by.

use piramide_domain::{Measured, Query};
use piramide_measure::Unit;

use super::points;
use crate::facts::{RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT};

/// What came in, with what was taken over and without what was handed over.
///
/// **Decision** (domain rules, 2): an office that helps another is not punished, and national figures do not change.
const INCOMING: [(usize, i8); 3] = [(RECEIVED, 1), (TRANSFERRED_IN, 1), (TRANSFERRED_OUT, -1)];

/// Workload (*carico di lavoro*) in points: `(received + transferred in - transferred out) * coefficient`, over the flow products of a node.
pub(super) fn in_points(query: &Query<'_>, node: &str) -> Measured {
    let parts = flow_products(query, node).map(|product| points::in_points(query, product, &INCOMING, None)).collect();
    Measured::sum_of_known(
        "Carico di lavoro in punti",
        Unit::Points,
        "somma sui prodotti di (pervenuto + ricevuto - ceduto) x coefficiente",
        parts,
    )
}

/// Workload (*carico di lavoro*) in pieces: `received + transferred in - transferred out`, over the flow products of a node.
pub(super) fn in_pieces(query: &Query<'_>, node: &str) -> Measured {
    let signed = |product: &piramide_plan::Product| {
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
    let parts = flow_products(query, node).map(signed).collect();
    Measured::sum_of_known("Carico di lavoro", Unit::Pieces, "somma sui prodotti di pervenuto + ricevuto - ceduto", parts)
}

fn negated(part: Measured) -> Measured {
    let label = part.explanation.label.clone();
    Measured::computed(&label, Unit::Pieces, "con segno meno", vec![part], |numbers| Ok(-numbers.iter().sum::<piramide_measure::Exact>()))
}

/// The products of a node whose flow (received, completed, backlog) is recorded.
pub(super) fn flow_products<'a>(query: &Query<'a>, node: &str) -> impl Iterator<Item = &'a piramide_plan::Product> {
    query.plan.catalogue().products_under(node).into_iter().filter(|product| product.counts_flow())
}

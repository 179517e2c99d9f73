//! The clearance ratio.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Unit};

use super::workload;
use crate::facts::COMPLETED;

/// Clearance ratio (*indice di deflusso*): how much of the incoming work gets done.
///
/// ```text
/// completed / (received + transferred in - transferred out)
/// ```
///
/// - Unit: pieces per piece, 0 or more; 1 means as many done as came in. Higher is better; above 1 the backlog shrinks. A group is the
///   ratio of sums, not the mean of ratios.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Indici di giacenza e deflusso - 2"; workload as decided in the domain rules, 2.
///
/// Missing if nothing is recorded, undefined if nothing came in.
pub fn clearance_ratio(query: &Query<'_>, node: &str, label: &str) -> Measured {
    let parts = workload::flow_products(query, node).map(|product| query.total(&product.code, COMPLETED, &product.label)).collect();
    let completed = Measured::sum_of_known("Definito", Unit::Pieces, "somma sui prodotti", parts);
    Measured::quotient(
        label,
        Unit::Ratio,
        "definito / carico di lavoro, in pezzi",
        completed,
        workload::in_pieces(query, node),
        &Exact::from(1),
    )
}

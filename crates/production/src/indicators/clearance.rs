//! The clearance ratio.

use piramide_domain::Measured;
use piramide_measure::{Exact, Unit};

use super::workload;
use crate::{asked::Asked, facts::COMPLETED};

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
pub fn clearance_ratio(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let completed = workload::pieces(asked, node, COMPLETED, "Definito");
    Measured::quotient(
        label,
        Unit::Ratio,
        "definito / carico di lavoro, in pezzi",
        completed,
        workload::in_pieces(asked, node),
        &Exact::from(1),
    )
}

/// Clearance ratio in points: as [`clearance_ratio`], with each piece weighing its coefficient, so that hard work counts as such.
///
/// ```text
/// completed points / workload in points
/// ```
///
/// - Unit: points per point, 0 or more; 1 means as much done as came in. Higher is better.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: domain rules, 2: the published table is in pieces, points on request.
///
/// Missing if nothing is recorded, undefined if nothing came in.
pub fn clearance_ratio_points(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let completed = workload::completed_points(asked, node);
    let formula = "definito / carico di lavoro, in punti";
    Measured::quotient(label, Unit::Ratio, formula, completed, workload::in_points(asked, node), &Exact::from(1))
}

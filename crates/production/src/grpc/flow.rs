//! The flow of work of a node of the catalogue, as it crosses the wire.

use piramide_contracts::{
    production::{Flow, FlowTarget},
    types,
};
use piramide_domain::{Measured, refusal};
use piramide_plan::Product;
use tonic::{Code, Status};

use crate::{
    asked::Asked,
    facts::{CANCELLED, CLOSING_BACKLOG, COMPLETED, COMPLETED_AUTOMATICALLY, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT},
    indicators::{
        automation, backlog, clearance, points, productivity,
        targets::{self, Judged},
    },
    state::{self, MEASURES, STAFF_MONTHS, Sums},
};

/// The flow of a node, with what the plan asks of it.
pub(super) fn flow(asked: &Asked<'_>, node: &Product) -> Result<Flow, Status> {
    let fits = |sums: Option<Sums>| sums.ok_or_else(|| too_large(&node.code));
    let (whole, end) = (fits(asked.sums(&node.code))?, fits(asked.sums_waiting(&node.code))?);
    let start = fits(asked.sums_at_start(&node.code))?;
    let value = |measured: &Measured| measured.value.as_ref().ok().map(types::Exact::from);
    let catalogue = asked.query.plan.catalogue();
    let is_total = catalogue.is_root(&node.code);
    let above = node.parent.as_deref().and_then(|parent| catalogue.node(parent));
    // What waits may have been said in months before.
    let flowed = state::provenance(&whole, (0..MEASURES).filter(|measure| *measure != STAFF_MONTHS));
    let waited = [(&start, OPENING_BACKLOG), (&end, CLOSING_BACKLOG)].map(|(sums, measure)| state::provenance(sums, [measure].into_iter()));
    let provenance = waited.into_iter().chain([flowed]).flatten().max();
    let productivity = is_total.then(|| productivity::productivity(asked, &node.code, &node.label));
    let clearance_ratio = clearance::clearance_ratio(asked, &node.code, &node.label);
    let backlog_days = backlog::backlog_days(asked, &node.code, &node.label);
    let asks = |method: &str, figure: &Measured| targets::judged(&asked.query, method, &node.code, figure).map(target);
    Ok(Flow {
        node_code: node.code.clone(),
        parent_code: node.parent.clone().unwrap_or_default(),
        parent_label: above.map(|above| above.label.clone()).unwrap_or_default(),
        label: node.label.clone(),
        received: whole.sum(RECEIVED),
        completed: whole.sum(COMPLETED),
        completed_automatically: whole.sum(COMPLETED_AUTOMATICALLY),
        cancelled: whole.sum(CANCELLED),
        transferred_in: whole.sum(TRANSFERRED_IN),
        transferred_out: whole.sum(TRANSFERRED_OUT),
        opening_backlog: start.sum(OPENING_BACKLOG),
        closing_backlog: end.sum(CLOSING_BACKLOG),
        homogenised_points: value(&points::homogenised_points(asked, &node.code, &node.label)),
        clearance_ratio: value(&clearance_ratio),
        clearance_target: asks("clearance_ratio", &clearance_ratio),
        clearance_ratio_points: value(&clearance::clearance_ratio_points(asked, &node.code, &node.label)),
        backlog_points: value(&backlog::backlog_points(asked, &node.code)),
        backlog_days: value(&backlog_days),
        backlog_days_target: asks("backlog_days", &backlog_days),
        disposition_days: value(&backlog::disposition_time(asked, &node.code, &node.label)),
        automation_share: value(&automation::automation_share(asked, &node.code, &node.label)),
        provenance: provenance.map_or(types::Provenance::Unspecified, Into::into).into(),
        productivity: productivity.as_ref().and_then(value),
        productivity_target: productivity.as_ref().and_then(|figure| asks("productivity", figure)),
        planned_points: targets::of(&asked.query, "homogenised_points", &node.code).map(|(_, planned)| (&planned.target).into()),
        plan_realisation: value(&points::plan_realisation(asked, &node.code, &node.label)),
        has_children: !catalogue.children(&node.code).is_empty(),
        is_outcome: catalogue.products_of_outcome(&node.code).is_some(),
    })
}

fn target(Judged { target, deviation }: Judged) -> FlowTarget {
    let (deviation, unit) = deviation.unzip();
    FlowTarget {
        target: Some((&target).into()),
        deviation: deviation.as_ref().map(Into::into),
        deviation_unit: unit.map(|unit| unit.code().to_owned()).unwrap_or_default(),
    }
}

/// Pieces cross the wire in 64 bits.
pub(super) fn too_large(node: &str) -> Status {
    refusal::field(Code::OutOfRange, "node_code", "SUM_TOO_LARGE", format!("the pieces of {node} may not fit in 64 bits"))
}

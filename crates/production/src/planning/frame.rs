//! What all offices of a production plan share: looked up once, however many they are.

use piramide_plan::{IndicatorDefinition, Plan, Product};

use super::Assumed;

/// The year of a plan, and its areas.
pub struct Frame<'a> {
    /// The year.
    pub year: u16,
    /// The areas, in the order of the catalogue.
    pub areas: Vec<Area<'a>>,
    /// The indicator of productivity, whose target says what a head can do.
    pub productivity: Option<&'a IndicatorDefinition>,
    /// What is assumed that nobody has recorded.
    pub assumed: Assumed,
}

/// A group of the catalogue whose backlog is planned as one: the uppermost of which the plan sets days of backlog, and where it sets none on
/// the way down, the one right under a total.
pub struct Area<'a> {
    /// The group; a product where it stands beside such groups.
    pub node: &'a Product,
    /// Its products that have a flow.
    pub products: Vec<&'a Product>,
    /// The indicator of its backlog in days, whose target says what may wait.
    pub backlog_days: Option<&'a IndicatorDefinition>,
}

impl<'a> Frame<'a> {
    /// The frame of a year under a plan, with what is assumed.
    pub fn new(plan: &'a Plan, year: u16, assumed: Assumed) -> Self {
        let catalogue = plan.catalogue();
        let below = catalogue.roots().into_iter().flat_map(|root| catalogue.children(&root.code));
        let productivity =
            catalogue.roots().into_iter().find_map(|root| plan.indicators().measuring("production", "productivity", &root.code));
        Self { year, areas: below.flat_map(|node| areas(plan, node)).collect(), productivity, assumed }
    }
}

/// The areas into which a node falls: each of its products that flow is in one.
fn areas<'a>(plan: &'a Plan, node: &'a Product) -> Vec<Area<'a>> {
    let catalogue = plan.catalogue();
    let products: Vec<_> = catalogue.products_under(&node.code).filter(|product| product.counts_flow()).collect();
    if products.is_empty() {
        return Vec::new();
    }
    let backlog_days = plan.indicators().measuring("production", "backlog_days", &node.code);
    if backlog_days.is_none() {
        let below: Vec<Area<'a>> = catalogue.children(&node.code).into_iter().flat_map(|node| areas(plan, node)).collect();
        if below.iter().any(|area| area.backlog_days.is_some()) {
            return below;
        }
    }
    vec![Area { node, products, backlog_days }]
}

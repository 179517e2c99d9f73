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

/// A group of the catalogue right under a total.
pub struct Area<'a> {
    /// The group.
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
        let indicator =
            |method: &str, node: &str| plan.indicators().of_domain("production").find(|one| one.method == method && one.subject == node);
        let below = catalogue.roots().into_iter().flat_map(|root| catalogue.children(&root.code)).filter(|node| !node.is_staff());
        let area = |node: &'a Product| {
            let products: Vec<_> = catalogue.products_under(&node.code).filter(|product| product.counts_flow()).collect();
            (!products.is_empty()).then(|| Area { node, products, backlog_days: indicator("backlog_days", &node.code) })
        };
        let productivity = catalogue.roots().into_iter().find_map(|root| indicator("productivity", &root.code));
        Self { year, areas: below.filter_map(area).collect(), productivity, assumed }
    }
}

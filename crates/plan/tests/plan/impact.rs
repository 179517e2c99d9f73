//! Outcome products and their impact: what their tables say, and every way they are refused.

use piramide_measure::Exact;
use piramide_plan::Dimension;

use crate::{
    refusals::{Case, optional},
    support::{plan, replaced},
};

const HEADER: &str = "product,dimension,label,weight,indicator,note";

/// Every way the impact is refused.
pub(crate) fn cases() -> Vec<Case> {
    let measure = |rows, expected| optional("impact.csv", HEADER, rows, expected);
    vec![
        measure("PENSION,response,Tempi,,,", "impact.csv:2 (product): there is no product or group PENSION in products.csv"),
        measure("STAFF,response,Tempi,,,", "impact.csv:2 (product): there is no product or group STAFF in products.csv"),
        measure(
            "PENSIONS,speed,Tempi,,,",
            "impact.csv:2 (dimension): \"speed\" is not one of: response, information, digitalisation, automation",
        ),
        measure("PENSIONS,response,,,,", "impact.csv:2 (label): is empty"),
        measure("PENSIONS,response,Tempi,,quality.cure,", "impact.csv:2 (indicator): there is no indicator quality.cure in indicators.csv"),
        measure("PENSIONS,response,Tempi,0,,\nPENSIONS,automation,Quota,100,,", "impact.csv:2 (weight): 0 must be above zero"),
        measure(
            "PENSIONS,response,Tempi,60,,\nPENSIONS,automation,Quota,30,,",
            "impact.csv:2 (weight): the weights under PENSIONS sum to 90",
        ),
        measure(
            "PENSIONS,response,Tempi,100,,\nPENSIONS,automation,Quota,,,",
            "impact.csv:3 (weight): is empty: the others of its product have one",
        ),
        measure(
            "PENSIONS,response,Tempi,,quality.care,\nPENSIONS,automation,Quota,,quality.care,",
            "impact.csv:3 (indicator): quality.care of PENSIONS stands already in line 2",
        ),
    ]
}

/// Every way outcome products are refused.
pub(crate) fn outcomes() -> Vec<Case> {
    let outcome = |rows, expected| optional("outcomes.csv", "code,label,product,note", rows, expected);
    vec![
        outcome("O,Pensione,NOTHING,", "outcomes.csv:2 (product): there is no product NOTHING in products.csv"),
        outcome("O,Pensione,AREA,", "outcomes.csv:2 (product): there is no product AREA in products.csv"),
        outcome("AREA,Pensione,P1,", "outcomes.csv:2 (code): \"AREA\" must not stand here: it is a code of products.csv"),
        outcome("O,,P1,", "outcomes.csv:2 (label): is empty"),
        outcome("O,Pensione,P1,\nQ,Invalidità,P1,", "outcomes.csv:3 (product): the outcome product of P1 stands already in line 2"),
        outcome(
            "O,Pensione,P1,\nO,Invalidità,P2,",
            "outcomes.csv:3 (label): \"Invalidità\" must not stand here: each outcome product has one",
        ),
    ]
}

#[test]
fn measures_without_weights_weigh_alike() {
    let rows = "PENSIONS,response,Tempi,,production.backlog_days,\nPENSIONS,automation,Quota,,,\nAREA,response,Altro,100,quality.care,\n";
    let plan = plan(&replaced("impact.csv", format!("{HEADER}\n{rows}")));
    assert_eq!(plan.impact().products(), ["PENSIONS", "AREA"]);
    let of = |product| plan.impact().of(product).into_iter().map(|(measure, weight)| (measure.dimension, weight)).collect::<Vec<_>>();
    assert_eq!(of("PENSIONS"), [(Dimension::Response, Exact::from(50)), (Dimension::Automation, Exact::from(50))]);
    assert_eq!(of("AREA"), [(Dimension::Response, Exact::hundred())]);
}

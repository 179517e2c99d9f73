//! The contracts that are a domain's own, over gRPC, against the figures that the scorecards show.

use piramide_contracts::{
    convert,
    finance::{GetStatementRequest, finance_service_client::FinanceServiceClient},
    production::{GetFlowsRequest, production_service_client::ProductionServiceClient},
    quality::{GetMeasuresRequest, quality_service_client::QualityServiceClient},
    types,
    workforce::{GetSeriesRequest, workforce_service_client::WorkforceServiceClient},
};
use piramide_measure::Exact;
use tonic::transport::{Channel, Endpoint};

use crate::published;

pub(crate) async fn channel(service: &'static str) -> Channel {
    let address = tokio::task::spawn_blocking(move || format!("http://127.0.0.1:{}", published().port(service))).await.unwrap();
    Endpoint::new(address).unwrap().connect().await.unwrap()
}

fn year() -> types::Period {
    types::Period { value: "2020".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn flows_balance_at_every_node() {
    let request = GetFlowsRequest { structure_code: "NAZ".into(), period: Some(year()), ..GetFlowsRequest::default() };
    let flows = ProductionServiceClient::new(channel("production").await).get_flows(request).await.unwrap().into_inner().flows;
    let total = flows.iter().find(|flow| flow.node_code == "FLOW_TOTAL").unwrap();
    for flow in flows.iter().filter(|flow| flow.received.is_some()) {
        let balance = flow.opening_backlog.unwrap() + flow.received.unwrap() - flow.completed.unwrap();
        assert_eq!(balance, flow.closing_backlog.unwrap(), "{}", flow.node_code);
    }
    let areas = flows.iter().filter(|flow| flow.parent_code == "FLOW_TOTAL");
    assert_eq!(areas.filter_map(|flow| flow.received).sum::<i64>(), total.received.unwrap(), "areas sum to the total");
    let inspection = flows.iter().find(|flow| flow.node_code == "FIELD_INSPECTION").unwrap();
    let points = convert::exact("homogenised_points", inspection.homogenised_points.as_ref().unwrap()).unwrap();
    assert_eq!(
        (points, inspection.completed, inspection.received),
        (Exact::from(52_896), None, None),
        "it counts in points and has no flow"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_adds_up() {
    let request = GetStatementRequest { structure_code: "NAZ".into(), period: Some(year()), ..GetStatementRequest::default() };
    let lines = FinanceServiceClient::new(channel("finance").await).get_statement(request).await.unwrap().into_inner().lines;
    let amount = |line: &piramide_contracts::finance::StatementLine| convert::exact("amount", line.amount.as_ref().unwrap()).unwrap();
    for parent in lines.iter().filter(|line| lines.iter().any(|child| child.parent_code == line.item_code)) {
        let children = lines.iter().filter(|line| line.parent_code == parent.item_code);
        let sum: Exact = children.map(|child| amount(child) * Exact::from(child.sign)).sum();
        assert_eq!(sum, amount(parent), "{}", parent.item_code);
    }
    assert_eq!(amount(&lines[0]), Exact::from(10_820_285_247i64));
}

#[tokio::test(flavor = "multi_thread")]
async fn measures_show_their_parts() {
    let request = GetMeasuresRequest { structure_code: "NAZ".into(), period: Some(year()), ..GetMeasuresRequest::default() };
    let measures = QualityServiceClient::new(channel("quality").await).get_measures(request).await.unwrap().into_inner().measures;
    let share = measures.iter().find(|measure| measure.measure_code == "RDC_COMPLETED").unwrap();
    let part = |value: &Option<types::Exact>| convert::exact("part", value.as_ref().unwrap()).unwrap().decimal_text(4);
    assert_eq!((part(&share.numerator), part(&share.denominator)), ("94.26".to_owned(), "100".to_owned()));
    let next_year = Some(types::Period { value: "2021".into() });
    let request = GetMeasuresRequest { structure_code: "NAZ".into(), period: next_year, ..GetMeasuresRequest::default() };
    let measures = QualityServiceClient::new(channel("quality").await).get_measures(request).await.unwrap().into_inner().measures;
    assert!(measures.iter().all(|measure| measure.numerator.is_none()), "what is not published is absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn series_have_the_printed_months() {
    let request = GetSeriesRequest { structure_code: "NAZ".into(), period: Some(year()), ..GetSeriesRequest::default() };
    let points = WorkforceServiceClient::new(channel("workforce").await).get_series(request).await.unwrap().into_inner().points;
    let months: Vec<&str> = points
        .iter()
        .filter(|point| point.measure_code == "AGILE_WORKERS")
        .filter_map(|point| point.period.as_ref())
        .map(|period| period.value.as_str())
        .collect();
    assert_eq!(months, ["2020-03", "2020-04", "2020-06", "2020-08", "2020-10", "2020-12"]);
}

#[test]
fn flows_over_rest_are_the_figures_of_the_indicators() {
    let system = published();
    let flows = system.json("/api/v1/production/flows?structure=NAZ&period=2020&node=FLOW_TOTAL");
    let total = &flows["items"][0];
    let fields = [
        ("clearance_ratio", "clearance_target", "production.clearance_ratio"),
        ("backlog_days", "backlog_days_target", "production.backlog_days"),
    ];
    for (field, target, indicator) in fields {
        let figure = system.json(&format!("/api/v1/indicators/{indicator}?structure=NAZ&period=2020"));
        assert_eq!(total[field], figure["actual"], "{field}");
        for part in ["target", "deviation", "deviation_unit"] {
            assert_eq!(total[target][part], figure[part], "{part} of {field}");
        }
    }
    let beside = system.json("/api/v1/production/comparison?structure=REG_PIEMONTE&period=2020&node=FLOW_TOTAL&scope=peers");
    let peers: Vec<&str> = beside["items"].as_array().unwrap().iter().map(|item| item["structure"].as_str().unwrap()).collect();
    assert_eq!(peers.first(), Some(&"REG_PIEMONTE"), "the structure itself comes first");
    assert!(peers.len() > 1 && beside["cluster"].is_string(), "{beside}");
    assert!(beside["items"][0]["flow"]["received"].is_null(), "what is published for the nation only is missing in a region");
    let refused = system.get("/api/v1/production/flows?structure=NAZ&period=2020&node=NOWHERE");
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (404, Some("NODE_UNKNOWN")));
}

/// What came of 2020 at every node of which the plan of 2020 asks anything.
#[test]
fn flows_against_their_targets_2020() {
    let flows = published().json("/api/v1/production/flows?structure=NAZ&period=2020&plan=inps-2020");
    let mut table = "Risultati 2020 e piano inps-2020: valore, obiettivo, scostamento % (dei punti la realizzazione %)\n".to_owned();
    for flow in flows["items"].as_array().unwrap() {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let mut line = |name: &str, value: &str, target: String, deviation: String| {
            table += &format!("{:30} {name:12} {:>12} {target:>12} {deviation:>20}\n", text(&flow["node"]), text(&flow[value]));
        };
        if flow["planned_points"].is_string() {
            line("punti", "homogenised_points", text(&flow["planned_points"]), text(&flow["plan_realisation"]));
        }
        for (name, value, target) in [
            ("produttività", "productivity", "productivity_target"),
            ("deflusso", "clearance_ratio", "clearance_target"),
            ("giorni", "backlog_days", "backlog_days_target"),
        ] {
            let asked = &flow[target];
            if asked.is_object() {
                line(name, value, text(&asked["target"]), text(&asked["deviation"]));
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_coefficient_is_tried_before_it_is_approved() {
    let system = published();
    let tried = "/api/v1/production/simulation?structure=NAZ&period=2020&product=INCOME_SUPPORT&first_month=2020-01&coefficient=2";
    let effects = system.json(tried);
    let of = |node: &str| effects["items"].as_array().unwrap().iter().find(|item| item["before"]["node"] == node).unwrap().clone();
    let product = of("INCOME_SUPPORT");
    assert_eq!(
        (product["before"]["backlog_points"].as_str(), product["after"]["backlog_points"].as_str()),
        (Some("443395"), Some("886790"))
    );
    assert_eq!(product["before"]["backlog_days"], product["after"]["backlog_days"], "a product alone weighs on both sides");
    let total = of("FLOW_TOTAL");
    assert_ne!(total["before"]["backlog_days"], total["after"]["backlog_days"], "in a total it weighs more than before");
    let again = system.json("/api/v1/production/flows?structure=NAZ&period=2020&node=FLOW_TOTAL");
    assert_eq!(again["items"][0]["backlog_points"], total["before"]["backlog_points"], "nothing was recorded");
    let refused = system.get(&tried.replace("coefficient=2", "coefficient=0"));
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (422, Some("PROPOSAL_REFUSED")));
}

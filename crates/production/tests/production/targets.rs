//! What the plan asks of a flow: the scorecard's own targets, for each structure its own, and how far the figures are from them.

use piramide_contracts::{
    batch, convert,
    ledger::{BatchHeader, FactRow, Quantity, ledger_service_client::LedgerServiceClient},
    production::{
        CompareFlowsRequest, Flow, FlowTarget, GetFlowsRequest, Presence, Scope, StructureFlow,
        production_service_client::ProductionServiceClient,
    },
    scorecard::{GetScorecardRequest, IndicatorResult, scorecard_service_client::ScorecardServiceClient},
    types,
};
use piramide_measure::Exact;
use piramide_plan::{IndicatorDefinition, Plan};
use tempfile::TempDir;
use tonic::transport::Channel;

use super::{
    bundled, bundled_files,
    service::{SCHEMA, serve_with},
};

/// Structure, product, month, and quantities with their names.
type Row = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Asti and Torino: some work of months of 2021, and staff.
const ROWS: [Row; 7] = [
    (
        "PRV_ASTI",
        "INCOME_SUPPORT",
        "2021-01",
        &[("received", "300"), ("completed", "330"), ("opening_backlog", "130"), ("closing_backlog", "100")],
    ),
    ("PRV_TORINO", "INCOME_SUPPORT", "2021-02", &[("received", "100"), ("completed", "90"), ("closing_backlog", "55")]),
    ("PRV_TORINO", "REGISTRY_FLOWS", "2021-03", &[("received", "200"), ("completed", "220"), ("closing_backlog", "5")]),
    ("PRV_ASTI", "BENEFITS_POINTS", "2021-01", &[("completed", "2400")]),
    ("PRV_TORINO", "FLOWS_POINTS", "2021-06", &[("completed", "700")]),
    ("PRV_ASTI", "PRODUCTION_STAFF", "2021-01", &[("staff_fte", "25")]),
    ("PRV_TORINO", "PRODUCTION_STAFF", "2021-06", &[("staff_fte", "5.5")]),
];

/// The service with these facts, under the plans of a folder or the bundled ones.
pub(super) async fn recorded(flags: &[&str]) -> (Channel, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), flags).await;
    let quantity = |(name, value): &(&str, &str)| Quantity { name: (*name).into(), value: Some(types::Decimal { value: (*value).into() }) };
    let rows: Vec<FactRow> = ROWS
        .iter()
        .zip(1..)
        .map(|((structure, product, month, quantities), line)| FactRow {
            line,
            structure_code: (*structure).into(),
            subject_code: (*product).into(),
            period: Some(types::Period { value: (*month).into() }),
            quantities: quantities.iter().map(quantity).collect(),
        })
        .collect();
    let provenance = types::Provenance::Submitted.into();
    let header = BatchHeader { batch_id: "b".into(), origin: "desk".into(), provenance, ..BatchHeader::default() };
    LedgerServiceClient::new(channel.clone()).submit_batch(tokio_stream::iter(batch::messages(header, &rows))).await.unwrap();
    (channel, folder)
}

async fn flows(channel: &Channel, plan: &str, structure: &str, period: &str) -> Vec<Flow> {
    let request = GetFlowsRequest {
        structure_code: structure.into(),
        period: Some(types::Period { value: period.into() }),
        plan: plan.into(),
        ..GetFlowsRequest::default()
    };
    ProductionServiceClient::new(channel.clone()).get_flows(request).await.unwrap().into_inner().flows
}

async fn scorecard(channel: &Channel, plan: &str, structure: &str, period: &str) -> Vec<IndicatorResult> {
    let request = GetScorecardRequest {
        structure_code: structure.into(),
        period: Some(types::Period { value: period.into() }),
        plan: plan.into(),
        ..GetScorecardRequest::default()
    };
    ScorecardServiceClient::new(channel.clone()).get_scorecard(request).await.unwrap().into_inner().results
}

/// What a flow says that is asked of the figure of a method.
fn asked(flow: &Flow, method: &str) -> Option<FlowTarget> {
    match method {
        "clearance_ratio" => flow.clearance_target.clone(),
        "backlog_days" => flow.backlog_days_target.clone(),
        "productivity" => flow.productivity_target.clone(),
        _ => None,
    }
}

/// Whatever the plan, the structure and the period, the targets and deviations of flows are those of the scorecard, and there are no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_target_of_a_flow_is_that_of_the_scorecard() {
    let (channel, _folder) = recorded(&[]).await;
    let mut judged = 0;
    for plan in ["inps-2020", "inps-2021", "inps-2026"] {
        let definition = bundled().get(plan).unwrap().clone();
        for structure in ["NAZ", "REG_PIEMONTE", "PRV_ASTI", "PRV_TORINO", "PRV_LODI"] {
            for period in ["2021", "2021-Q1", "2021-Q2", "2021-06-ytd", "2021-09-ytd", "2021-12-ytd", "2021-05-ytd", "2021-03"] {
                let flows = flows(&channel, plan, structure, period).await;
                let scorecard = scorecard(&channel, plan, structure, period).await;
                judged += agree(&definition, &flows, &scorecard, &format!("{plan} {structure} {period}"));
            }
        }
    }
    assert!(judged > 40, "{judged} deviations");
}

/// Compares flows with a scorecard; gives how many deviations they agree on.
#[track_caller]
fn agree(plan: &Plan, flows: &[Flow], scorecard: &[IndicatorResult], place: &str) -> usize {
    let result = |indicator: &IndicatorDefinition| {
        scorecard.iter().find(|result| result.indicator.as_ref().unwrap().code == indicator.code).unwrap()
    };
    let mut judged = 0;
    for flow in flows {
        let node = flow.node_code.as_str();
        for method in ["clearance_ratio", "backlog_days", "productivity"] {
            let indicator = plan.indicators().measuring("production", method, node);
            let expected = indicator.map(result).filter(|result| result.target.is_some()).map(|result| FlowTarget {
                target: result.target.clone(),
                deviation: result.deviation.clone(),
                deviation_unit: result.deviation_unit.clone(),
            });
            let found = asked(flow, method);
            assert_eq!(found, expected, "{place}: {method} of {node}");
            judged += usize::from(found.is_some_and(|target| target.deviation.is_some()));
        }
        let points = plan.indicators().measuring("production", "homogenised_points", node);
        assert_eq!(flow.planned_points, points.and_then(|points| result(points).target.clone()), "{place}: points of {node}");
        let realisation = plan.indicators().measuring("production", "plan_realisation", node).map(result);
        if let Some(realisation) = realisation {
            assert_eq!(flow.plan_realisation, realisation.actual.clone(), "{place}: realisation of {node}");
        }
    }
    judged
}

fn exact(value: Option<&types::Exact>) -> Option<Exact> {
    value.map(|value| convert::exact("value", value).unwrap())
}

fn number(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

/// By hand. Tabella A: benefits of Asti may end the year with 30 days of what comes in; every area clears what comes in. The nation's 124 points
/// a head grow from 100 by quarters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_are_those_of_the_tables() {
    let (channel, _folder) = recorded(&[]).await;
    let of = |flows: Vec<Flow>, node: &str| flows.into_iter().find(|flow| flow.node_code == node).unwrap();
    let asti = of(flows(&channel, "", "PRV_ASTI", "2021").await, "FLOW_BENEFITS");
    // 100 wait, 300 came in in a month: 10 days of a year's 3600. Twenty fewer than 30 are two thirds better: fewer is better.
    assert_eq!(exact(asti.backlog_days.as_ref()), Some(number("10")));
    let days = asti.backlog_days_target.unwrap();
    assert_eq!(exact(days.target.as_ref()), Some(number("30")));
    assert_eq!(exact(days.deviation.as_ref()), Exact::quotient(&Exact::from(200), &Exact::from(3)));
    assert_eq!(days.deviation_unit, "percent");
    let clearance = asti.clearance_target.unwrap();
    assert_eq!(
        (exact(clearance.target.as_ref()), exact(clearance.deviation.as_ref())),
        (Some(number("1")), Some(number("10"))),
        "330 of 300"
    );
    let area = of(flows(&channel, "", "PRV_ASTI", "2021").await, "FLOW_FLOWS");
    let days = area.backlog_days_target.unwrap();
    assert_eq!(
        (exact(days.target.as_ref()), days.deviation, days.deviation_unit.as_str()),
        (Some(number("72")), None, ""),
        "without a figure"
    );
    let quarters = [("2021-03-ytd", "100"), ("2021-06-ytd", "108"), ("2021-Q3", "116"), ("2021", "124")];
    for (period, target) in quarters {
        let nation = of(flows(&channel, "", "NAZ", period).await, "TOTAL");
        assert_eq!(exact(nation.productivity_target.unwrap().target.as_ref()), Some(number(target)), "{period}");
    }
    let first = of(flows(&channel, "", "NAZ", "2021-03-ytd").await, "TOTAL");
    // 2400 points of 25 heads in a month are 96: four below 100.
    assert_eq!(exact(first.productivity_target.unwrap().deviation.as_ref()), Some(number("-4")));
    assert_eq!(exact(first.planned_points.as_ref()), Some(number("5822765")));
    let second = of(flows(&channel, "", "NAZ", "2021-Q2").await, "TOTAL");
    assert_eq!(exact(second.planned_points.as_ref()), Some(number("5822765")), "what the second quarter adds");
    // No target of one month alone, of an office's productivity, or of a product.
    let march = of(flows(&channel, "", "NAZ", "2021-03").await, "TOTAL");
    assert_eq!((march.productivity_target, march.planned_points), (None, None));
    assert_eq!(of(flows(&channel, "", "PRV_ASTI", "2021").await, "TOTAL").productivity_target, None);
    assert_eq!(of(flows(&channel, "", "NAZ", "2021").await, "INCOME_SUPPORT").clearance_target, None);
    // The total of flows is no total of points.
    let flows_total = of(flows(&channel, "", "NAZ", "2021").await, "FLOW_TOTAL");
    assert_eq!((flows_total.planned_points, flows_total.plan_realisation), (None, None));
}

async fn compared(channel: &Channel, structure: &str, period: &str, scope: Scope) -> Vec<StructureFlow> {
    let request = CompareFlowsRequest {
        structure_code: structure.into(),
        period: Some(types::Period { value: period.into() }),
        node_code: "FLOW_INDIVIDUAL_ACCOUNT".into(),
        scope: scope.into(),
        ..CompareFlowsRequest::default()
    };
    ProductionServiceClient::new(channel.clone()).compare_flows(request).await.unwrap().into_inner().flows
}

/// Tabella A has 90 days of the individual account for Asti, 125 for Piemonte: nobody is held against somebody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_structure_beside_another_has_its_own_target() {
    let (channel, _folder) = recorded(&[]).await;
    let target = |found: &[StructureFlow], code: &str| {
        let flow = found.iter().find(|of| of.structure_code == code).and_then(|of| of.flow.clone()).unwrap();
        exact(flow.backlog_days_target.and_then(|target| target.target).as_ref())
    };
    let children = compared(&channel, "REG_PIEMONTE", "2021", Scope::Children).await;
    assert_eq!(target(&children, "REG_PIEMONTE"), Some(number("125")));
    assert_eq!(target(&children, "PRV_ASTI"), Some(number("90")));
    let presences = children.iter().map(StructureFlow::presence);
    assert_eq!(presences.skip(1).collect::<Vec<_>>(), vec![Presence::Whole; children.len() - 1]);
    let peers = compared(&channel, "REG_PIEMONTE", "2021", Scope::Peers).await;
    assert_eq!((target(&peers, "REG_PIEMONTE"), target(&peers, "REG_LOMBARDIA")), (Some(number("125")), Some(number("109"))));
    assert!(peers.len() > 1 && peers.iter().all(|of| of.presence() == Presence::Unspecified));
}

/// A year in which Asti moves from Piemonte to Liguria in February, and Torino ends in June: both lists have all that enters their sum, and say
/// of what it is not a part alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moved_or_ended_is_listed_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = bundled_files();
    let text = String::from_utf8(files["structures.csv"].clone()).unwrap();
    let rows = text.lines().flat_map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        let with = |parent: &str, from: &str, to: &str| [&[cells[0], cells[1], cells[2], parent, from, to], &cells[6..]].concat().join(",");
        match cells[0] {
            "PRV_ASTI" => vec![with("REG_PIEMONTE", "", "2021-01"), with("REG_LIGURIA", "2021-02", "")],
            "PRV_TORINO" => vec![with("REG_PIEMONTE", "", "2021-06")],
            _ => vec![row.to_owned()],
        }
    });
    let rows: String = rows.map(|row| row + "\n").collect();
    files.insert("structures.csv".to_owned(), rows.into_bytes());
    std::fs::create_dir(folder.path().join("inps-2021")).unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join("inps-2021").join(name), content).unwrap();
    }
    let (channel, _store) = recorded(&[&format!("--plans={}", folder.path().display())]).await;
    let listed = |found: &[StructureFlow], code: &str| found.iter().find(|of| of.structure_code == code).map(StructureFlow::presence);
    let piemonte = compared(&channel, "REG_PIEMONTE", "2021", Scope::Children).await;
    assert_eq!(listed(&piemonte, "PRV_ASTI"), Some(Presence::Moved));
    assert_eq!(listed(&piemonte, "PRV_TORINO"), Some(Presence::Ended));
    assert_eq!(listed(&piemonte, "PRV_CUNEO"), Some(Presence::Whole));
    let liguria = compared(&channel, "REG_LIGURIA", "2021", Scope::Children).await;
    assert_eq!(listed(&liguria, "PRV_ASTI"), Some(Presence::Moved));
    // In the months in which nothing moved or ended they are as they stand.
    let january = compared(&channel, "REG_PIEMONTE", "2021-01", Scope::Children).await;
    assert_eq!((listed(&january, "PRV_ASTI"), listed(&january, "PRV_TORINO")), (Some(Presence::Whole), Some(Presence::Whole)));
    let autumn = compared(&channel, "REG_PIEMONTE", "2021-Q4", Scope::Children).await;
    assert_eq!((listed(&autumn, "PRV_ASTI"), listed(&autumn, "PRV_TORINO")), (None, None));
}

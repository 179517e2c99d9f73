//! What public value reads ahead is what the domains answer, and never older than what the caller has heard of.

use std::time::{Duration, Instant};

use piramide_contracts::{
    domains::FACT_KEEPING,
    publicvalue::{GetPyramidRequest, HeardOf, public_value_service_client::PublicValueServiceClient},
    scorecard::{GetScorecardRequest, GetScorecardsRequest, GetScorecardsResponse, scorecard_service_client::ScorecardServiceClient},
    types,
};
use piramide_measure::Exact;
use piramide_tests::System;
use tonic::transport::{Channel, Endpoint};

use crate::published;

const PARTS: &str = "public_value_parts_total";

async fn channel(system: &System, service: &str) -> Channel {
    Endpoint::new(format!("http://127.0.0.1:{}", system.port(service))).unwrap().connect().await.unwrap()
}

fn year() -> types::Period {
    types::Period { value: "2020".into() }
}

fn from_memory(system: &System) -> u64 {
    system.counted("public-value", PARTS, "from=\"memory\"")
}

fn from_domains(system: &System) -> u64 {
    system.counted("public-value", PARTS, "from=\"domain\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_ahead_is_what_the_domains_answer() {
    let mut system = tokio::task::spawn_blocking(System::with_2020).await.unwrap();
    let structures = tokio::task::block_in_place(|| system.json("/api/v1/structures?page_size=1000"));
    let structures: Vec<String> =
        structures["items"].as_array().unwrap().iter().map(|structure| structure["code"].as_str().unwrap().to_owned()).collect();
    assert!(structures.len() > 20);
    // The gateway asks ahead too: what is counted is what is asked here alone.
    tokio::task::block_in_place(|| system.stop("gateway"));
    let mut client = PublicValueServiceClient::new(channel(&system, "public-value").await);
    let heard = |sequence| FACT_KEEPING.into_iter().map(|domain| HeardOf { domain: domain.name.into(), sequence }).collect::<Vec<_>>();
    let ask = |structure: &str, heard_of| GetPyramidRequest {
        structure_code: structure.into(),
        period: Some(year()),
        plan: "inps-2021".into(),
        as_of: None,
        heard_of,
    };
    let started = Instant::now();
    let parts = u64::try_from(FACT_KEEPING.len()).unwrap();
    loop {
        let before = from_domains(&system);
        client.get_pyramid(ask("NAZ", heard(0))).await.unwrap();
        if from_domains(&system) == before {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nothing is read ahead");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = from_domains(&system);
    for structure in &structures {
        let asked = client.get_pyramid(ask(structure, Vec::new())).await.unwrap().into_inner();
        let ahead = client.get_pyramid(ask(structure, heard(0))).await.unwrap().into_inner();
        assert_eq!(asked, ahead, "{structure}");
    }
    let asked = parts * u64::try_from(structures.len()).unwrap();
    assert_eq!(from_domains(&system), before + asked, "those without heard_of alone");
    client.get_pyramid(ask("NAZ", heard(1_000_000))).await.unwrap();
    assert_eq!(from_domains(&system), before + asked + parts, "for who has heard of more, they are asked");
}

#[test]
fn an_acknowledged_fact_is_never_hidden_by_what_was_read_ahead() {
    let system = System::empty();
    let path = "/api/v1/public-value?structure=NAZ&period=2021-Q1&plan=inps-2021";
    let started = Instant::now();
    while from_memory(&system) == 0 {
        // Each asks for another structure, so that the gateway has no answer of its own.
        for region in ["NAZ", "REG_LIGURIA", "REG_PIEMONTE", "REG_TOSCANA"] {
            system.get(&path.replace("NAZ", region));
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nothing is read ahead");
    }
    for completed in 60..90 {
        let facts = format!(
            "structure,product,period,received,completed,opening_backlog,closing_backlog\nPRV_TORINO,INCOME_SUPPORT,2021-03,100,{completed},40,{}\n",
            140 - completed
        );
        let sent =
            system.submit("production", &format!("march-{completed}"), "provenance=submitted&origin=test&reason=count", facts.as_bytes());
        assert_eq!(sent.status, 201, "{}", sent.text);
        let pyramid = system.json(path);
        let clearance = find(&pyramid, "production.clearance_ratio").unwrap()["actual"].as_str().unwrap().to_owned();
        assert_eq!(Exact::parse(&clearance).unwrap(), Exact::from_minor_units(completed, 2));
    }
}

fn find<'a>(node: &'a serde_json::Value, indicator: &str) -> Option<&'a serde_json::Value> {
    if node["indicator_code"] == indicator {
        return Some(node);
    }
    node["children"].as_array()?.iter().find_map(|child| find(child, indicator))
}

async fn all_scorecards(client: &mut ScorecardServiceClient<Channel>, request: GetScorecardsRequest) -> Vec<GetScorecardsResponse> {
    let mut stream = client.get_scorecards(request).await.unwrap().into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        answers.push(answer);
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn many_scorecards_are_those_of_each_structure() {
    let system = tokio::task::spawn_blocking(published).await.unwrap();
    for service in ["production", "quality", "finance", "workforce", "public-value"] {
        let mut client = ScorecardServiceClient::new(channel(system, service).await);
        let asked = || GetScorecardsRequest { period: Some(year()), plan: "inps-2021".into(), ..GetScorecardsRequest::default() };
        let answers = all_scorecards(&mut client, asked()).await;
        let scorecards: Vec<_> = answers.iter().flat_map(|answer| &answer.scorecards).collect();
        assert!(scorecards.len() > 100, "{service}: every structure of the plan");
        for scorecard in scorecards.iter().step_by(17) {
            let one = GetScorecardRequest {
                structure_code: scorecard.structure_code.clone(),
                period: Some(year()),
                plan: "inps-2021".into(),
                ..GetScorecardRequest::default()
            };
            let one = client.get_scorecard(one).await.unwrap().into_inner();
            assert_eq!(scorecard.results, one.results, "{service}: {}", scorecard.structure_code);
        }
        let two = GetScorecardsRequest { structure_codes: vec!["REG_LIGURIA".into(), "NAZ".into()], ..asked() };
        let two = all_scorecards(&mut client, two).await;
        let codes: Vec<_> = two.iter().flat_map(|answer| &answer.scorecards).map(|scorecard| scorecard.structure_code.as_str()).collect();
        assert_eq!(codes, ["REG_LIGURIA", "NAZ"], "{service}");

        let refused = |request| async {
            let mut client = client.clone();
            client.get_scorecards(request).await.unwrap_err()
        };
        let unknown = refused(GetScorecardsRequest { structure_codes: vec!["NOWHERE".into()], ..asked() }).await;
        assert!(unknown.code() == tonic::Code::NotFound && unknown.message().contains("NOWHERE"), "{unknown}");
        let many = refused(GetScorecardsRequest { structure_codes: vec!["NAZ".into(); 1_001], ..asked() }).await;
        assert!(many.code() == tonic::Code::InvalidArgument && many.message().contains("1001"), "{many}");
        let indicator = refused(GetScorecardsRequest { indicator_codes: vec!["no.such".into()], ..asked() }).await;
        assert_eq!(indicator.code(), tonic::Code::NotFound, "{indicator}");
        let period = refused(GetScorecardsRequest { period: None, ..asked() }).await;
        assert_eq!(period.code(), tonic::Code::InvalidArgument, "{period}");
    }
}

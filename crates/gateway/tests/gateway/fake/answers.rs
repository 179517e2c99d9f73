//! What the fakes answer to readings.

use std::{collections::HashMap, sync::atomic::Ordering};

use piramide_contracts::{
    domains::FACT_KEEPING,
    plan::{
        GetStructureRequest, GetStructureResponse, ListPlansRequest, ListPlansResponse, ListStructuresRequest, ListStructuresResponse,
        Plan, Structure, plan_service_server::PlanService,
    },
    publicvalue::{
        DomainState, GetImpactRequest, GetImpactResponse, GetPyramidRequest, GetPyramidResponse, PyramidNode,
        public_value_service_server::PublicValueService,
    },
    scorecard::{
        ExplainIndicatorRequest, ExplainIndicatorResponse, GetScorecardRequest, GetScorecardResponse, GetScorecardsRequest,
        GetScorecardsResponse, Indicator, IndicatorResult, ListIndicatorsRequest, ListIndicatorsResponse, WatchRequest, WatchResponse,
        scorecard_service_server::ScorecardService,
    },
    types::{self, ExplanationNode, FactSource, IndicatorSource, PlanSource, Source, source::Kind},
};
use piramide_measure::Exact;
use prost_types::Timestamp;
use tokio_stream::{StreamExt, wrappers::WatchStream};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Face, State, Streamed};

/// When everything was recorded: 31/12/2020 23:59:59 UTC.
const RECORDED: Timestamp = Timestamp { seconds: 1_609_459_199, nanos: 0 };
const PLAN_VERSION: &str = "inps-2021@0123456789ab";

fn exact(text: &str) -> Option<types::Exact> {
    Exact::parse(text).ok().map(Into::into)
}

fn third(of: i64) -> Option<types::Exact> {
    Exact::quotient(&Exact::from(of), &Exact::from(3)).map(Into::into)
}

fn unknown(reason: &str, message: &str) -> Status {
    Status::with_error_details(Code::NotFound, message, ErrorDetails::with_error_info(reason, "piramide", HashMap::new()))
}

async fn admit<T>(state: &State, request: &Request<T>) -> Result<(), Status> {
    if state.refuse_or_wait(request)? {
        std::future::pending::<()>().await;
    }
    state.pass().await;
    Ok(())
}

/// The indicator of a domain that is measured, and the one that is not.
fn results(state: &State) -> Vec<IndicatorResult> {
    let indicator = |name: &str, unit: &str| {
        Some(Indicator {
            code: format!("{}.{name}", state.domain.name),
            label: format!("Indicatore di {}", state.domain.label),
            unit: unit.into(),
            direction: types::Direction::LowerIsBetter.into(),
        })
    };
    let measured = IndicatorResult {
        indicator: indicator("measured", "euro"),
        actual: exact(&state.actual.lock().unwrap()),
        target: exact("2000"),
        deviation: third(20),
        deviation_unit: "percent".into(),
        score: third(320),
        coverage: exact("100"),
        provenance: types::Provenance::Reconstructed.into(),
        plan_version: PLAN_VERSION.into(),
        ..IndicatorResult::default()
    };
    let missing = IndicatorResult {
        indicator: indicator("missing", "days"),
        missing_reason: "nessun dato per NAZ nel 2020".into(),
        coverage: exact("0"),
        plan_version: PLAN_VERSION.into(),
        ..IndicatorResult::default()
    };
    vec![measured, missing]
}

#[tonic::async_trait]
impl ScorecardService for Face {
    async fn list_indicators(&self, _: Request<ListIndicatorsRequest>) -> Result<Response<ListIndicatorsResponse>, Status> {
        Ok(Response::new(ListIndicatorsResponse::default()))
    }

    async fn get_scorecard(&self, request: Request<GetScorecardRequest>) -> Result<Response<GetScorecardResponse>, Status> {
        admit(&self.0, &request).await?;
        let asked = request.into_inner();
        *self.0.last_asked.lock().unwrap() = format!("{} {:?}", asked.plan, asked.as_of.and_then(|as_of| as_of.at));
        let mut results = results(&self.0);
        if let Some(code) = asked.indicator_codes.first() {
            results.retain(|result| result.indicator.as_ref().unwrap().code == *code);
            if results.is_empty() {
                return Err(unknown("INDICATOR_UNKNOWN", "no such indicator"));
            }
        }
        let sequence = self.0.sequence.load(Ordering::SeqCst);
        Ok(Response::new(GetScorecardResponse { results, plan_version: PLAN_VERSION.into(), sequence, recorded_at: Some(RECORDED) }))
    }

    async fn explain_indicator(&self, request: Request<ExplainIndicatorRequest>) -> Result<Response<ExplainIndicatorResponse>, Status> {
        admit(&self.0, &request).await?;
        let number = |parent, label: &str, value, kind| ExplanationNode {
            parent,
            label: label.into(),
            value,
            unit: "euro".into(),
            source: Some(Source { kind }),
            ..ExplanationNode::default()
        };
        let fact = Kind::Fact(FactSource {
            batch_id: "lotto-7".into(),
            provenance: types::Provenance::Published.into(),
            structure_code: "NAZ".into(),
            subject_code: "P1".into(),
            period: Some(types::Period { value: "2020-12".into() }),
            quantity: "received".into(),
        });
        let root = ExplanationNode {
            formula: "dato diviso valore".into(),
            notes: vec!["limitato a 50".into()],
            ..number(None, "Risultato", third(3_703_500), None)
        };
        let nodes = vec![
            root,
            number(Some(0), "Dato", exact("1234.5"), Some(fact)),
            number(
                Some(0),
                "Valore",
                None,
                Some(Kind::Plan(PlanSource { plan_version: PLAN_VERSION.into(), place: "targets.csv:12".into() })),
            ),
            number(Some(0), "Altro", exact("1"), Some(Kind::Indicator(IndicatorSource { code: "quality.measured".into() }))),
        ];
        Ok(Response::new(ExplainIndicatorResponse { result: results(&self.0).into_iter().next(), nodes }))
    }

    type GetScorecardsStream = Streamed<GetScorecardsResponse>;

    async fn get_scorecards(&self, _: Request<GetScorecardsRequest>) -> Result<Response<Self::GetScorecardsStream>, Status> {
        Err(Status::unimplemented("the gateway asks for one structure at a time"))
    }

    type WatchStream = Streamed<WatchResponse>;

    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(Box::pin(WatchStream::from_changes(self.0.changes()).map(Ok))))
    }
}

#[tonic::async_trait]
impl PublicValueService for Face {
    async fn get_impact(&self, request: Request<GetImpactRequest>) -> Result<Response<GetImpactResponse>, Status> {
        admit(&self.0, &request).await?;
        Ok(Response::new(GetImpactResponse { plan_version: PLAN_VERSION.into(), ..GetImpactResponse::default() }))
    }

    async fn get_pyramid(&self, request: Request<GetPyramidRequest>) -> Result<Response<GetPyramidResponse>, Status> {
        let asked = request.get_ref();
        let period = asked.period.as_ref().map(|period| period.value.as_str()).unwrap_or_default();
        let text = format!("{} {period} {} {}", asked.structure_code, asked.plan, asked.heard_of.len());
        self.0.pyramids.lock().unwrap().push(text);
        admit(&self.0, &request).await?;
        let asked = request.into_inner();
        *self.0.last_asked.lock().unwrap() = format!("{} {:?}", asked.plan, asked.as_of.and_then(|as_of| as_of.at));
        if asked.structure_code == "ATLANTIDE" {
            return Err(unknown("STRUCTURE_UNKNOWN", "\"ATLANTIDE\" is not a structure of inps-2021"));
        }
        let unreached = *self.0.unreached.lock().unwrap();
        let index = PyramidNode {
            code: "public_value.index".into(),
            label: self.0.label.lock().unwrap().clone(),
            kind: "index".into(),
            unit: "index".into(),
            actual: exact(&self.0.actual.lock().unwrap()),
            score: exact("102.335"),
            coverage: exact("87.5"),
            ..node()
        };
        let group = PyramidNode {
            code: "public_value.management".into(),
            parent_code: "public_value.index".into(),
            label: "Performance gestionale".into(),
            kind: "group".into(),
            weight: exact("62.5"),
            unit: "index".into(),
            actual: exact("97"),
            score: exact("97"),
            coverage: exact("75"),
            ..node()
        };
        let leaf = PyramidNode {
            code: "public_value.management.interest".into(),
            parent_code: "public_value.management".into(),
            label: "Interessi legali".into(),
            kind: "indicator".into(),
            weight: exact("100"),
            indicator_code: "finance.measured".into(),
            unit: "euro".into(),
            direction: types::Direction::LowerIsBetter.into(),
            actual: exact("4091820").filter(|_| unreached != Some("finance")),
            target: exact("13614449"),
            deviation: exact("69.945").filter(|_| unreached != Some("finance")),
            score: exact("150").filter(|_| unreached != Some("finance")),
            coverage: exact(if unreached == Some("finance") { "0" } else { "100" }),
            provenance: types::Provenance::Synthetic.into(),
            missing_reason: if unreached == Some("finance") { "finance does not answer".into() } else { String::new() },
            note: "**nota** del piano".into(),
            deviation_unit: if unreached == Some("finance") { String::new() } else { "percent".into() },
        };
        let project = PyramidNode {
            code: "public_value.strategic".into(),
            parent_code: "public_value.index".into(),
            label: "Progetto".into(),
            kind: "project".into(),
            weight: exact("37.5"),
            unit: "index".into(),
            coverage: exact("0"),
            missing_reason: "avanzamento non pubblicato".into(),
            ..node()
        };
        let sequence = self.0.sequence.load(Ordering::SeqCst);
        let domain = |domain: piramide_contracts::domains::Domain| {
            let available = unreached != Some(domain.name);
            DomainState {
                domain: domain.name.into(),
                available,
                sequence: if available { sequence } else { 0 },
                recorded_at: available.then_some(RECORDED),
            }
        };
        Ok(Response::new(GetPyramidResponse {
            nodes: vec![index, group, leaf, project],
            plan_version: PLAN_VERSION.into(),
            domains: FACT_KEEPING.into_iter().map(domain).collect(),
            notes: vec!["pesi del piano 2021".into()],
        }))
    }
}

fn node() -> PyramidNode {
    PyramidNode { target: exact("100"), ..PyramidNode::default() }
}

fn structure(code: &str, name: &str, kind: &str, parent: &str) -> Structure {
    Structure {
        code: code.into(),
        name: name.into(),
        kind: kind.into(),
        parent_code: parent.into(),
        istat_code: String::new(),
        nuts_code: "IT".into(),
    }
}

#[tonic::async_trait]
impl PlanService for Face {
    async fn list_plans(&self, _: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let plan = |year: u16| Plan {
            name: format!("inps-{year}"),
            version: format!("inps-{year}@0123456789ab"),
            title: format!("Piano della performance {year}"),
            first_month: Some(types::Period { value: format!("{year}-01") }),
            last_month: Some(types::Period { value: format!("{year}-12") }),
            notes: Vec::new(),
        };
        Ok(Response::new(ListPlansResponse { plans: vec![plan(2020), plan(2021)] }))
    }

    async fn list_structures(&self, request: Request<ListStructuresRequest>) -> Result<Response<ListStructuresResponse>, Status> {
        let (structures, next) = match request.into_inner().page_token.as_str() {
            "" => (vec![structure("NAZ", "Italia", "nation", "")], "more"),
            _ => (vec![structure("REG_LAZIO", "Lazio & Roma", "region", "NAZ")], ""),
        };
        Ok(Response::new(ListStructuresResponse { structures, next_page_token: next.into() }))
    }

    async fn get_structure(&self, request: Request<GetStructureRequest>) -> Result<Response<GetStructureResponse>, Status> {
        match request.into_inner().structure_code.as_str() {
            "NAZ" => Ok(Response::new(GetStructureResponse { structure: Some(structure("NAZ", "Italia", "nation", "")) })),
            code => Err(unknown("STRUCTURE_UNKNOWN", &format!("\"{code}\" is not a structure"))),
        }
    }
}

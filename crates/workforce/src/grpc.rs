//! `piramide.workforce.v1.WorkforceService`.

use std::collections::BTreeMap;

use piramide_contracts::workforce::{
    GetSeriesRequest, GetSeriesResponse, SeriesPoint,
    workforce_service_server::{WorkforceService, WorkforceServiceServer},
};
use piramide_domain::{Handle, Query};
use piramide_measure::Exact;
use piramide_service::Server;
use tonic::{Request, Response, Status};

use crate::{
    Workforce,
    facts::{QUANTITIES, VALUE},
};

/// Adds the contract to a server.
pub(crate) fn serve(server: Server, handle: Handle<Workforce>) -> Server {
    let service = WorkforceServiceServer::new(Adapter(handle));
    let limit = server.message_limit();
    server.service(service.max_decoding_message_size(limit).max_encoding_message_size(limit))
}

struct Adapter(Handle<Workforce>);

#[tonic::async_trait]
impl WorkforceService for Adapter {
    async fn get_series(&self, request: Request<GetSeriesRequest>) -> Result<Response<GetSeriesResponse>, Status> {
        let request = request.into_inner();
        let question = self.0.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let query = question.query();
        let measures = question.plan().measures().of_domain("workforce");
        Ok(Response::new(GetSeriesResponse {
            points: measures.flat_map(|measure| series(&query, &measure.code)).collect(),
            plan_version: question.plan().version().to_owned(),
            sequence: question.facts().sequence(),
        }))
    }
}

/// A measure by period, summed over structures.
fn series(query: &Query<'_>, measure: &str) -> Vec<SeriesPoint> {
    let scale = QUANTITIES.get(VALUE).map_or(0, |quantity| quantity.scale);
    let mut sums = BTreeMap::new();
    for fact in query.recorded(measure) {
        if let (Some(period), Some(value)) = (fact.period(), fact.value(VALUE)) {
            let sum: &mut Exact = sums.entry(period).or_insert_with(Exact::zero);
            *sum = &*sum + &Exact::from_minor_units(value, scale);
        }
    }
    let point = |(period, value): (piramide_measure::Period, Exact)| SeriesPoint {
        measure_code: measure.to_owned(),
        period: Some(period.into()),
        value: Some(value.into()),
    };
    sums.into_iter().map(point).collect()
}

//! `GetImpact`: the impact of products, from what the domains answer about the period and the year before.

use piramide_contracts::{
    convert,
    publicvalue::{GetImpactRequest, GetImpactResponse, ImpactIndex, ImpactMeasure, ProductImpact},
    types,
};
use piramide_measure::{Exact, Missing};
use tonic::Status;

use super::{Adapter, Question, pyramid::domain};
use crate::{
    impact::{self, Index, Measured},
    pyramid::Answers,
};

/// Answers with the impact of every product of the plan.
pub(super) async fn get(adapter: &Adapter, request: GetImpactRequest) -> Result<GetImpactResponse, Status> {
    let question = adapter.question(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.clone())?;
    let question = question.having_heard(request.heard_of);
    let plan = question.plan;
    let indicators = || plan.impact().iter().filter_map(|measure| measure.indicator.as_deref());
    let (now, domains) = adapter.upstream.ask(&question, indicators()).await?;
    let before = match question.period.previous_year() {
        Some(period) => {
            adapter
                .upstream
                .ask(&Question { period, as_of: question.as_of.clone(), heard_of: question.heard_of.clone(), ..question }, indicators())
                .await?
                .0
        }
        None => Answers::new(),
    };
    Ok(GetImpactResponse {
        products: impact::impact(plan, &now, &before).iter().map(product).collect(),
        plan_version: plan.version().to_owned(),
        domains: domains.iter().map(domain).collect(),
    })
}

fn product(from: &impact::ProductImpact<'_>) -> ProductImpact {
    ProductImpact {
        product_code: from.product.code.clone(),
        label: from.product.label.clone(),
        targets: Some(index(&from.targets)),
        previous_year: Some(index(&from.previous_year)),
        measures: from.measures.iter().map(measure).collect(),
    }
}

fn index(from: &Index) -> ImpactIndex {
    ImpactIndex { value: fraction(from.value.as_ref()), coverage: Some((&from.coverage).into()) }
}

fn measure(from: &Measured<'_>) -> ImpactMeasure {
    let plan = from.measure;
    let common = ImpactMeasure {
        dimension: plan.dimension.code().to_owned(),
        dimension_label: plan.dimension.label().to_owned(),
        label: plan.label.clone(),
        indicator_code: plan.indicator.clone().unwrap_or_default(),
        weight: Some((&from.weight).into()),
        previous_year: fraction(from.before.as_ref().ok()),
        change: fraction(from.change.as_ref()),
        provenance: convert::provenance_number(from.provenance()),
        note: plan.note.clone(),
        ..ImpactMeasure::default()
    };
    match &from.now {
        Ok(outcome) => ImpactMeasure {
            unit: outcome.unit.code().to_owned(),
            direction: types::Direction::from(outcome.direction).into(),
            actual: fraction(outcome.actual.as_ref().ok()),
            target: fraction(outcome.target.as_ref()),
            score: fraction(outcome.score.as_ref()),
            ..common
        },
        Err(missing) => ImpactMeasure { missing_reason: Missing::to_string(missing), ..common },
    }
}

fn fraction(value: Option<&Exact>) -> Option<types::Exact> {
    value.map(types::Exact::from)
}

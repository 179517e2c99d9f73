//! `GetAssets`: property, its database, securities.

use piramide_contracts::{
    finance::{GetAssetsRequest, GetAssetsResponse, Holding, PropertyLine},
    types,
};
use piramide_domain::Handle;
use tonic::Status;

use super::{judged, known};
use crate::{
    Finance,
    asked::Asked,
    assets::{self, Property, against_plan},
};

/// Answers with the assets.
pub(super) async fn get(handle: &Handle<Finance>, request: GetAssetsRequest) -> Result<GetAssetsResponse, Status> {
    let GetAssetsRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let drawn = assets::assets(&Asked::new(question.query(), question.state()));
    let mut indicators = question.plan().indicators().of_domain("finance");
    Ok(GetAssetsResponse {
        own: drawn.own.as_ref().map(property),
        structures: drawn.below.iter().map(property).collect(),
        holdings: drawn.holdings.iter().map(holding).collect(),
        closing: known(&drawn.closing.value).0,
        disposal_indicator_code: indicators.find(|one| one.method == "disposal").map(|one| one.code.clone()).unwrap_or_default(),
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn property(of: &Property<'_>) -> PropertyLine {
    PropertyLine {
        structure_code: of.structure.code.clone(),
        structure_name: of.structure.name.clone(),
        has_children: of.has_children,
        units: Some(judged(&of.units)),
        value: Some(judged(&of.value)),
        index: Some(judged(&of.index)),
        errors: Some(judged(&of.errors)),
    }
}

fn holding(of: &assets::Holding<'_>) -> Holding {
    let security = of.security;
    Holding {
        security_code: security.code.clone(),
        label: security.label.clone(),
        opening: known(&of.opening.value).0,
        increases: Some(judged(&against_plan(&of.increases, &security.increases))),
        decreases: Some(judged(&against_plan(&of.decreases, &security.decreases))),
        closing: Some(judged(&against_plan(&of.closing, &security.inventory))),
        purchase: security.purchase.as_ref().map(types::Exact::from),
        nominal: security.nominal.as_ref().map(types::Exact::from),
    }
}

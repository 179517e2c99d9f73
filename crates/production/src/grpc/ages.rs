//! `GetBacklogAges`: how old what waits is.

use piramide_contracts::{
    convert,
    production::{BacklogAge, GetBacklogAgesRequest, GetBacklogAgesResponse},
    types,
};
use piramide_domain::{Detail, Handle, Measured, Query};
use piramide_measure::{Exact, Period, Unit};
use tonic::Status;

use super::node;
use crate::{
    Production,
    asked::Asked,
    indicators::ages::{self, InClass},
};

/// Answers with the classes of age of a node.
pub(super) async fn get(handle: &Handle<Production>, request: GetBacklogAgesRequest) -> Result<GetBacklogAgesResponse, Status> {
    let GetBacklogAgesRequest { structure_code, period, plan, as_of, node_code } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    // The derivation is part of the answer.
    let asked = Asked::new(Query { detail: Detail::Derivation, ..question.query() }, question.state());
    let node = node(&asked, &node_code)?;
    let classes = ages::by_class(&asked, &node.code);
    let parts = classes.iter().map(|class| class.pieces.clone()).collect();
    let aged = Measured::sum_of_known("Giacenza con anzianità nota", Unit::Pieces, "somma delle classi", parts);
    let known = aged.value.as_ref().ok();
    let without = ages::all(&asked, &node.code).value.ok().map(|all| known.map_or_else(|| all.clone(), |aged| &all - aged));
    Ok(GetBacklogAgesResponse {
        ages: classes.iter().map(|class| age(class, known)).collect(),
        without_age: without.map(types::Exact::from),
        month: Some(Period::Month(ages::month(&asked, &classes)).into()),
        provenance: convert::provenance_number(aged.explanation.provenance()),
        nodes: convert::explanation_nodes(&aged.explanation),
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn age(class: &InClass<'_>, known: Option<&Exact>) -> BacklogAge {
    let pieces = class.pieces.value.as_ref().ok();
    let share = pieces.zip(known).and_then(|(pieces, known)| Exact::quotient(&(pieces * &Exact::hundred()), known));
    let days = |day: u32| i32::try_from(day).unwrap_or(i32::MAX);
    BacklogAge {
        class_code: class.age.code.clone(),
        label: class.age.label.clone(),
        first_day: days(class.age.first_day),
        last_day: class.age.last_day.map(days),
        pieces: pieces.map(Into::into),
        points: class.points.value.as_ref().ok().map(Into::into),
        share: share.map(types::Exact::from),
    }
}

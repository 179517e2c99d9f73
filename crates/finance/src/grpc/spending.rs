//! `GetSpending`: chapters against forecast and budget.

use piramide_contracts::{
    convert,
    finance::{
        GetSpendingRequest, GetSpendingResponse, ProjectionBasis, SpendingDerivation, SpendingLine, SpendingStanding, SpendingTotal,
        ToleranceVerdict, TransitShare,
    },
    types,
};
use piramide_domain::{Detail, Handle, Measured, Query, refusal};
use piramide_measure::{Exact, Period};
use piramide_plan::{Plan, Structure};
use tonic::{Code, Status};

use super::known;
use crate::{
    Finance,
    asked::Asked,
    spending::{self, Basis, Line, Standing, Total, Transit, Verdict},
};

/// Answers with the control.
pub(super) async fn get(handle: &Handle<Finance>, request: GetSpendingRequest) -> Result<GetSpendingResponse, Status> {
    let GetSpendingRequest { structure_code, period, plan, as_of, chapter_code } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let (query, plan) = (question.query(), question.plan());
    if !chapter_code.is_empty() && plan.spending().chapter(&chapter_code).is_none() {
        return Err(unknown_chapter(plan, &chapter_code));
    }
    // Whoever asks about a chapter reads how its figures were reached.
    let detail = if chapter_code.is_empty() { query.detail } else { Detail::Derivation };
    let control = spending::control(&Asked::new(Query { detail, ..query }, question.state()));
    let own = plan.structures().get(query.structure);
    let derived = control.lines.iter().filter(|line| line.chapter.code == chapter_code);
    Ok(GetSpendingResponse {
        lines: control.lines.iter().map(line).collect(),
        total: Some(total(own, false, &control.total)),
        transit: control.transit.iter().map(transit).collect(),
        structures: control.below.iter().map(|below| total(Some(below.structure), below.has_children, &below.total)).collect(),
        elapsed: control.elapsed.map(|month| Period::Month(month).into()),
        derivations: derived
            .flat_map(|line| [&line.tolerance.percent, &line.commitment.percent, &line.projection.measured])
            .map(|measured| SpendingDerivation { nodes: convert::explanation_nodes(&measured.explanation) })
            .collect(),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn unknown_chapter(plan: &Plan, code: &str) -> Status {
    let known: Vec<&str> = plan.spending().chapters().iter().map(|chapter| chapter.code.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    refusal::field(
        Code::NotFound,
        "chapter_code",
        "CHAPTER_UNKNOWN",
        format!("{} has the chapters {known}; not \"{code}\"", plan.version()),
    )
}

fn value(of: &Measured) -> Option<types::Exact> {
    of.value.as_ref().ok().map(types::Exact::from)
}

fn line(of: &Line<'_>) -> SpendingLine {
    let (actual, missing_reason) = known(&of.actual.value);
    SpendingLine {
        chapter_code: of.chapter.code.clone(),
        official_code: of.chapter.official.clone(),
        group: of.chapter.group.clone(),
        label: of.chapter.label.clone(),
        note: of.chapter.note.clone(),
        budget: value(&of.budget),
        assigned: value(&of.assigned),
        forecast: value(&of.forecast),
        forecast_round: of.round.map(|round| i32::from(round.number())),
        committed: value(&of.committed),
        actual,
        paid: value(&of.paid),
        tolerance: Some(verdict(&of.tolerance)),
        commitment: Some(verdict(&of.commitment)),
        projection: value(&of.projection.measured),
        basis: basis(of.projection.basis).into(),
        outcome: Some(verdict(&of.outcome)),
        standing: standing(of.standing()).into(),
        provenance: convert::provenance_number(of.actual.explanation.provenance()),
        missing_reason,
    }
}

fn verdict(of: &Verdict<'_>) -> ToleranceVerdict {
    let optional = |value: &Option<Exact>| value.as_ref().map(types::Exact::from);
    ToleranceVerdict {
        standing: standing(of.standing).into(),
        percent: value(&of.percent),
        least: optional(&of.least),
        most: optional(&of.most),
        place: of.rule.map(|rule| rule.place.clone()).unwrap_or_default(),
    }
}

fn standing(of: Standing) -> SpendingStanding {
    match of {
        Standing::Unknown => SpendingStanding::Unspecified,
        Standing::Within => SpendingStanding::Within,
        Standing::Warned => SpendingStanding::Warned,
        Standing::Passed => SpendingStanding::Passed,
    }
}

fn basis(of: Basis) -> ProjectionBasis {
    match of {
        Basis::None => ProjectionBasis::Unspecified,
        Basis::Final => ProjectionBasis::Final,
        Basis::Forecast(_) => ProjectionBasis::Forecast,
        Basis::ProRata => ProjectionBasis::ProRata,
    }
}

fn transit(of: &Transit<'_>) -> TransitShare {
    TransitShare {
        account_code: of.rule.measure.clone().unwrap_or_default(),
        label: of.label.to_owned(),
        balance: value(&of.balance),
        running: value(&of.running),
        verdict: Some(verdict(&of.verdict)),
    }
}

fn total(structure: Option<&Structure>, has_children: bool, of: &Total) -> SpendingTotal {
    SpendingTotal {
        structure_code: structure.map(|structure| structure.code.clone()).unwrap_or_default(),
        structure_name: structure.map(|structure| structure.name.clone()).unwrap_or_default(),
        has_children,
        budget: value(&of.budget),
        forecast: value(&of.forecast),
        committed: value(&of.committed),
        actual: value(&of.actual),
        projection: value(&of.projection),
        passed: i32::try_from(of.passed).unwrap_or(i32::MAX),
        warned: i32::try_from(of.warned).unwrap_or(i32::MAX),
        provenance: convert::provenance_number(of.actual.explanation.provenance()),
    }
}

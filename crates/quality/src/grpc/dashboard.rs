//! The dashboard: indices, their derivations, what moved them.

mod published;

use piramide_contracts::{
    convert,
    quality::{
        Contribution, Elementary, ExplainIndexRequest, ExplainIndexResponse, GetContributionsRequest, GetContributionsResponse,
        GetIndicesRequest, GetIndicesResponse, Index, Judgement, Reference,
    },
    types,
};
use piramide_domain::{Detail, Handle, Query, Question, refusal};
use piramide_measure::{Deferred, Exact, Provenance};
use piramide_plan::{DashboardNode, Plan, WhenFew};
use tonic::{Code, Status};

use crate::{
    Quality,
    asked::Asked,
    contributions::{self, Effect},
    indices::{self, Against, Judged},
};

/// Answers with the indices of a node and of all below it, or of every section.
pub(super) async fn indices(handle: &Handle<Quality>, request: GetIndicesRequest) -> Result<GetIndicesResponse, Status> {
    let GetIndicesRequest { structure_code, period, plan, as_of, node_code } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let plan = question.plan();
    let roots: Vec<&str> = if node_code.is_empty() {
        plan.dashboard().sections().map(|section| section.code.as_str()).collect()
    } else {
        vec![known(plan, &node_code)?.code()]
    };
    let indices = roots.into_iter().flat_map(|root| Both::new(ask(&question, Detail::Figure, root), root).messages()).collect();
    Ok(GetIndicesResponse { indices, plan_version: plan.version().to_owned(), sequence: question.facts().sequence() })
}

/// Answers with how an index was reached.
pub(super) async fn explain(handle: &Handle<Quality>, request: ExplainIndexRequest) -> Result<ExplainIndexResponse, Status> {
    let ExplainIndexRequest { structure_code, period, plan, as_of, node_code, reference } = request;
    let against = against(reference)?;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let node = known(question.plan(), &node_code)?.code();
    let asked = ask(&question, Detail::Derivation, node);
    let derivation = indices::index(&asked, node, against).map(|index| indices::derivation(&asked, &index, against));
    let nodes = derivation.map(|derivation| convert::explanation_nodes(&derivation)).unwrap_or_default();
    Ok(ExplainIndexResponse {
        index: Both::new(asked, node).root(),
        nodes,
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

/// Answers with what moved an index.
pub(super) async fn contributions(handle: &Handle<Quality>, request: GetContributionsRequest) -> Result<GetContributionsResponse, Status> {
    let GetContributionsRequest { structure_code, period, plan, as_of, node_code, reference } = request;
    let against = against(reference)?;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let plan = question.plan();
    let node = known(plan, &node_code)?;
    let asked = ask(&question, Detail::Figure, node.code());
    let index = indices::index(&asked, node.code(), against);
    let found = index.and_then(|index| contributions::contributions(&asked, &index, against));
    let (nodes, structures, unattributed) = found.map_or_else(
        || (Vec::new(), Vec::new(), Exact::zero()),
        |found| {
            let below = found.nodes.into_iter().skip(1);
            let nodes = below.map(|(node, effect)| Contribution { node_code: node.code().to_owned(), ..named(node.label(), &effect) });
            let structures = found.structures.into_iter().map(|(code, effect)| of_structure(&asked, node, code, &effect, against));
            (nodes.collect(), structures.collect(), found.unattributed)
        },
    );
    Ok(GetContributionsResponse {
        index: Both::new(asked, node.code()).root(),
        nodes,
        structures,
        unattributed: Some((&unattributed).into()),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

/// The question about a node, answered from the sums.
fn ask<'a>(question: &'a Question<'_, Quality>, detail: Detail, node: &'a str) -> Asked<'a> {
    Asked::over(Query { detail, ..question.query() }, question.state().under(question.plan()), node)
}

/// An effect as it travels: its fraction, or, where that rests on so many quotients that it has thousands of digits, its first ones.
fn carried_out(effect: &Deferred) -> types::Exact {
    const MOST_TERMS: usize = 64;
    const DIGITS: u32 = 12;
    if effect.terms() <= MOST_TERMS {
        return effect.exact().into();
    }
    Exact::parse(&effect.rounded(DIGITS)).unwrap_or_else(|_| effect.exact()).into()
}

fn named(label: &str, effect: &Effect) -> Contribution {
    Contribution {
        label: label.to_owned(),
        own: Some(carried_out(&effect.own)),
        mix: Some(carried_out(&effect.mix)),
        total: Some(carried_out(&effect.total())),
        ..Contribution::default()
    }
}

fn of_structure(asked: &Asked<'_>, node: DashboardNode<'_>, code: &str, effect: &Effect, against: Against) -> Contribution {
    let label = asked.query.plan.structures().get(code).map_or(code, |structure| &structure.name);
    let elementary = if let DashboardNode::Indicator(indicator) = node { asked.elementary(&indicator.code) } else { None };
    let beside = elementary.and_then(|elementary| {
        let part = indices::compared(asked, elementary, against).into_iter().find(|part| part.structure == code)?;
        let shown = |side: &indices::Side| side.ratio().map(|ratio| types::Exact::from(&(ratio * elementary.factor())));
        Some((shown(&part.actual), shown(&part.reference)))
    });
    let (value, reference) = beside.unwrap_or_default();
    Contribution { structure_code: code.to_owned(), value, reference, ..named(label, effect) }
}

/// A question with both its indices, node by node.
struct Both<'a> {
    asked: Asked<'a>,
    root: &'a str,
}

impl<'a> Both<'a> {
    fn new(asked: Asked<'a>, root: &'a str) -> Self {
        Self { asked, root }
    }

    /// The node itself.
    fn root(&self) -> Option<Index> {
        let [budget, previous] = Against::ALL.map(|against| indices::index(&self.asked, self.root, against));
        Some(self.message(&budget?, &previous?))
    }

    /// Every node, parents before children.
    fn messages(&self) -> Vec<Index> {
        let [budget, previous] = Against::ALL.map(|against| indices::index(&self.asked, self.root, against));
        let (Some(budget), Some(previous)) = (budget, previous) else { return Vec::new() };
        budget.flat().into_iter().zip(previous.flat()).map(|(budget, previous)| self.message(budget, previous)).collect()
    }

    fn message(&self, budget: &indices::Index<'a>, previous: &indices::Index<'a>) -> Index {
        Index {
            budget: Some(self.judgement(budget, Against::Budget)),
            previous_year: Some(self.judgement(previous, Against::PreviousYear)),
            published: published::figures(&self.asked, budget.node),
            weight: Some((&budget.weight).into()),
            ..self.node(budget.node)
        }
    }

    fn node(&self, node: DashboardNode<'_>) -> Index {
        let (kind, elementary) = match node {
            DashboardNode::Area(area) if area.parent.is_none() => ("section", None),
            DashboardNode::Area(_) => ("area", None),
            DashboardNode::Indicator(indicator) => {
                ("indicator", self.asked.elementary(&indicator.code).map(|found| elementary(self.asked.query.plan, found)))
            }
        };
        Index {
            node_code: node.code().to_owned(),
            parent_code: node.parent().unwrap_or_default().to_owned(),
            label: node.label().to_owned(),
            kind: kind.to_owned(),
            elementary,
            note: node.note().to_owned(),
            ..Index::default()
        }
    }

    fn judgement(&self, index: &indices::Index<'a>, against: Against) -> Judgement {
        Judgement { share: Some((&index.share).into()), ..judgement(&index.judged, index.provenance(&self.asked, against)) }
    }
}

/// A judgement by itself: it carries no share of anything.
pub(super) fn judgement(judged: &Judged, provenance: Option<Provenance>) -> Judgement {
    let exact = |value: &Option<Exact>| value.as_ref().map(types::Exact::from);
    Judgement {
        reference: exact(&judged.reference),
        compared: exact(&judged.actual),
        deviation: exact(&judged.deviation),
        index: judged.index.as_ref().ok().map(types::Exact::from),
        coverage: Some((&judged.coverage).into()),
        share: None,
        missing_reason: judged.index.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        worst: judged.worst,
        provenance: convert::provenance_number(provenance),
    }
}

fn elementary(plan: &Plan, found: &crate::asked::Elementary<'_>) -> Elementary {
    let budgets = plan.dashboard().budgets(&found.indicator.code);
    let now = found.whole.now;
    let parts = (now.denominator != 0).then(|| now.exact());
    let few = found.few().is_some();
    Elementary {
        measure_code: found.indicator.measure.clone().unwrap_or_default(),
        unit: found.unit.code().to_owned(),
        direction: types::Direction::from(found.indicator.direction).into(),
        numerator: parts.as_ref().map(|(numerator, _)| numerator.into()),
        denominator: parts.as_ref().map(|(_, denominator)| denominator.into()),
        value: found.value(now).as_ref().map(types::Exact::from),
        fewest: found.indicator.fewest.as_ref().map(types::Exact::from),
        few_cases: few,
        left_out: few && found.indicator.when_few == WhenFew::LeaveOut,
        need: found.indicator.need.clone(),
        cap: found.indicator.cap.as_ref().or(plan.cap()).map(types::Exact::from),
        lowest_budget: budgets.map(|(lowest, _)| lowest.into()),
        highest_budget: budgets.map(|(_, highest)| highest.into()),
    }
}

pub(super) fn known<'a>(plan: &'a Plan, node: &str) -> Result<DashboardNode<'a>, Status> {
    let unknown = || {
        let detail = format!("\"{node}\" is not a section, area or indicator of the dashboard of {}", plan.version());
        refusal::field(Code::NotFound, "node_code", "NODE_UNKNOWN", detail)
    };
    plan.dashboard().node(node).ok_or_else(unknown)
}

pub(super) fn against(number: i32) -> Result<Against, Status> {
    match Reference::try_from(number) {
        Ok(Reference::Budget) => Ok(Against::Budget),
        Ok(Reference::PreviousYear) => Ok(Against::PreviousYear),
        Ok(Reference::Unspecified) | Err(_) => {
            let detail = "say what to compare with: the budget or the previous year";
            Err(refusal::field(Code::InvalidArgument, "reference", "REFERENCE_MISSING", detail))
        }
    }
}

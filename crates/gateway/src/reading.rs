//! What the services answer, read into exact numbers and trees.
//!
//! Names that a newer service may add (units, kinds of nodes) pass through as they are; numbers, provenances and directions that
//! cannot be read are refused, since a default would be a wrong figure.

pub(crate) mod accounts;
pub(crate) mod ages;
pub(crate) mod assets;
pub(crate) mod changes;
pub(crate) mod costs;
mod explanation;
pub(crate) mod flow;
pub(crate) mod impact;
pub(crate) mod incentives;
pub(crate) mod methods;
pub(crate) mod production_plan;
pub(crate) mod quality;
pub(crate) mod reconciliation;
pub(crate) mod restatements;
pub(crate) mod spending;
pub(crate) mod standard_costs;
pub(crate) mod statement;
pub(crate) mod subsidiarity;
pub(crate) mod surveys;
mod tree;

use piramide_contracts::{
    convert::{self, Invalid},
    publicvalue::{DomainState, GetPyramidResponse, PyramidNode},
    scorecard::IndicatorResult,
};
use piramide_measure::{Direction, Exact, Provenance};

pub(crate) use explanation::{Origin, Step, explanation};

/// The most numbers in one pyramid or derivation: above it the answer is not one that a page or a program could use.
const MOST_NODES: usize = 100_000;
/// The deepest tree: what writes it out calls itself once a level.
const MOST_LEVELS: usize = 100;

/// The figures that a result and a node of the pyramid share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    pub(crate) unit: String,
    pub(crate) direction: Option<Direction>,
    pub(crate) actual: Option<Exact>,
    pub(crate) target: Option<Exact>,
    pub(crate) deviation: Option<Exact>,
    /// Empty where a service of an earlier version does not say.
    pub(crate) deviation_unit: String,
    pub(crate) score: Option<Exact>,
    pub(crate) coverage: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) missing_reason: String,
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Indicator {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) plan_version: String,
    pub(crate) figures: Figures,
}

/// A node of the pyramid with those under it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) weight: Option<Exact>,
    pub(crate) indicator_code: String,
    pub(crate) note: String,
    pub(crate) figures: Figures,
    pub(crate) children: Vec<Node>,
}

/// The pyramid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pyramid {
    pub(crate) root: Node,
    pub(crate) plan_version: String,
    pub(crate) domains: Vec<DomainState>,
    pub(crate) notes: Vec<String>,
}

/// Reads a result.
pub(crate) fn indicator(result: IndicatorResult) -> Result<Indicator, Invalid> {
    let indicator = result.indicator.ok_or_else(|| Invalid::new("indicator", "is required"))?;
    let figures = Figures {
        unit: indicator.unit,
        direction: direction(indicator.direction)?,
        actual: convert::optional_exact("actual", result.actual.as_ref())?,
        target: convert::optional_exact("target", result.target.as_ref())?,
        deviation: convert::optional_exact("deviation", result.deviation.as_ref())?,
        deviation_unit: result.deviation_unit,
        score: convert::optional_exact("score", result.score.as_ref())?,
        coverage: convert::optional_exact("coverage", result.coverage.as_ref())?,
        provenance: convert::provenance("provenance", result.provenance)?,
        missing_reason: result.missing_reason,
    };
    Ok(Indicator { code: indicator.code, label: indicator.label, plan_version: result.plan_version, figures })
}

/// Reads the pyramid.
pub(crate) fn pyramid(answer: GetPyramidResponse) -> Result<Pyramid, Invalid> {
    let mut positions = std::collections::HashMap::new();
    let mut nodes = Vec::with_capacity(answer.nodes.len());
    for (position, message) in answer.nodes.into_iter().enumerate() {
        let at = |invalid: Invalid| invalid.within(&format!("nodes.{position}"));
        let parent = match message.parent_code.as_str() {
            "" => None,
            code => {
                Some(*positions.get(code).ok_or_else(|| at(Invalid::new("parent_code", format!("\"{code}\" is not an earlier node"))))?)
            }
        };
        if positions.insert(message.code.clone(), position).is_some() {
            return Err(at(Invalid::new("code", format!("\"{}\" stands twice", message.code))));
        }
        nodes.push((parent, node(message).map_err(at)?));
    }
    let root = tree::nest(nodes, |node| &mut node.children)?;
    Ok(Pyramid { root, plan_version: answer.plan_version, domains: answer.domains, notes: answer.notes })
}

fn node(message: PyramidNode) -> Result<Node, Invalid> {
    let figures = Figures {
        unit: message.unit,
        direction: direction(message.direction)?,
        actual: convert::optional_exact("actual", message.actual.as_ref())?,
        target: convert::optional_exact("target", message.target.as_ref())?,
        deviation: convert::optional_exact("deviation", message.deviation.as_ref())?,
        deviation_unit: message.deviation_unit,
        score: convert::optional_exact("score", message.score.as_ref())?,
        coverage: convert::optional_exact("coverage", message.coverage.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        missing_reason: message.missing_reason,
    };
    Ok(Node {
        code: message.code,
        label: message.label,
        kind: message.kind,
        weight: convert::optional_exact("weight", message.weight.as_ref())?,
        indicator_code: message.indicator_code,
        note: message.note,
        figures,
        children: Vec::new(),
    })
}

/// The direction; none where the service says none, as for nodes that only group others.
fn direction(number: i32) -> Result<Option<Direction>, Invalid> {
    if number == 0 { Ok(None) } else { convert::direction("direction", number).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(code: &str, parent: &str) -> PyramidNode {
        PyramidNode { code: code.into(), parent_code: parent.into(), ..PyramidNode::default() }
    }

    fn read(nodes: Vec<PyramidNode>) -> Result<Pyramid, Invalid> {
        pyramid(GetPyramidResponse { nodes, ..GetPyramidResponse::default() })
    }

    #[test]
    fn nodes_nest_in_their_own_order() {
        let read = read(vec![message("a", ""), message("b", "a"), message("c", "b"), message("d", "a"), message("e", "a")]).unwrap();
        let codes = |nodes: &[Node]| nodes.iter().map(|node| node.code.clone()).collect::<Vec<_>>();
        assert_eq!(codes(&read.root.children), ["b", "d", "e"]);
        assert_eq!(codes(&read.root.children[0].children), ["c"]);
    }

    #[test]
    fn what_is_not_one_tree_is_refused() {
        let check = |nodes, field: &str| assert_eq!(read(nodes).unwrap_err().field, field);
        check(vec![], "nodes");
        check(vec![message("a", ""), message("b", "")], "nodes.1.parent");
        check(vec![message("a", ""), message("c", "b"), message("b", "a")], "nodes.1.parent_code");
        check(vec![message("a", ""), message("b", "a"), message("b", "a")], "nodes.2.code");
        check(vec![PyramidNode { provenance: 99, ..message("a", "") }], "nodes.0.provenance");
        let chain = |levels: usize| {
            let deeper = (1..levels).map(|level| message(&format!("n{level}"), &format!("n{}", level - 1)));
            std::iter::once(message("n0", "")).chain(deeper).collect::<Vec<_>>()
        };
        assert!(read(chain(MOST_LEVELS)).is_ok());
        check(chain(MOST_LEVELS + 1), "nodes.100.parent");
    }
}

//! What amounts are recorded of, by numbers: the items of the IEEP, the costs, and whatever else a fact speaks of.

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{Facts, Known};
use piramide_plan::{Items, Plan};

use super::planes::Part;
use crate::facts::AMOUNT;

/// One subject.
struct Node {
    code: String,
    parent: Option<usize>,
    /// How it enters its parent.
    sign: i8,
    children: Vec<usize>,
    /// Whether anything was ever recorded of it: most sums are not, and need not be looked for.
    recorded: bool,
}

/// The subjects: two trees of the plan, and beside them single nodes as facts bring them.
pub(super) struct Forest {
    nodes: Vec<Node>,
    numbers: HashMap<String, usize>,
}

/// Where facts stand that may hold one another: a structure and months, by code and by their indices.
pub(super) type Place<'a> = (&'a str, (i32, i32));

impl Forest {
    /// The trees of a plan, whose items come first, in the order of the plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let mut forest = Self { nodes: Vec::new(), numbers: HashMap::new() };
        [plan.items(), plan.costs().tree()].into_iter().for_each(|tree| forest.plant(tree));
        forest
    }

    fn plant(&mut self, tree: &Items) {
        for item in tree.iter() {
            let node = self.open(&item.code);
            if let Some(node) = self.nodes.get_mut(node) {
                node.sign = item.sign;
            }
        }
        for item in tree.iter() {
            let parent = item.parent.as_deref().and_then(|parent| self.number(parent));
            let Some((node, parent)) = self.number(&item.code).zip(parent) else { continue };
            if let Some(node) = self.nodes.get_mut(node) {
                node.parent = Some(parent);
            }
            if let Some(parent) = self.nodes.get_mut(parent) {
                parent.children.push(node);
            }
        }
    }

    /// How many subjects there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The subjects, by number.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.code.as_str())
    }

    /// The number of a subject.
    pub(super) fn number(&self, code: &str) -> Option<usize> {
        self.numbers.get(code).copied()
    }

    /// The number of a subject, which is taken in on first sight.
    pub(super) fn open(&mut self, code: &str) -> usize {
        if let Some(number) = self.number(code) {
            return number;
        }
        self.numbers.insert(code.to_owned(), self.nodes.len());
        self.nodes.push(Node { code: code.to_owned(), parent: None, sign: 1, children: Vec::new(), recorded: false });
        self.nodes.len() - 1
    }

    /// What stands above a node, and how the node enters it.
    pub(super) fn above(&self, node: usize) -> Option<(usize, i8)> {
        let node = self.nodes.get(node)?;
        Some((node.parent?, node.sign))
    }

    /// Whether other nodes stand under it.
    pub(super) fn is_sum(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| !node.children.is_empty())
    }

    /// Whether it stands in a tree, where one fact may hold another.
    pub(super) fn is_in_tree(&self, node: usize) -> bool {
        self.is_sum(node) || self.above(node).is_some()
    }

    /// Notes that something is recorded of a node.
    pub(super) fn record(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.recorded = true;
        }
    }

    /// Notes of which nodes some facts speak.
    pub(super) fn record_all(&mut self, facts: &Facts) {
        for node in &mut self.nodes {
            node.recorded = node.recorded || facts.speaks_of(&node.code);
        }
    }

    /// The fact about a node at a place.
    pub(super) fn fact<'f>(&self, facts: &'f Facts, node: usize, (structure, months): Place<'_>) -> Option<Known<'f>> {
        let node = self.nodes.get(node).filter(|node| node.recorded)?;
        facts.get(&node.code, structure, months)
    }

    /// What the nodes right under one sum to at a place: each what is recorded of it, else what those under it sum to.
    pub(super) fn parts(&self, facts: &Facts, node: usize, place: Place<'_>) -> Part {
        let mut sum = Part::default();
        for child in self.nodes.get(node).into_iter().flat_map(|node| &node.children) {
            let part = match self.fact(facts, *child, place) {
                Some(known) => Part::of(known.value(AMOUNT), known.batch.provenance),
                None => self.parts(facts, *child, place),
            };
            sum.add(&part.signed(self.above(*child).map_or(1, |(_, sign)| sign)));
        }
        sum
    }

    /// Whether a node and all those right under it are recorded at a place, and disagree.
    pub(super) fn is_unsquared(&self, facts: &Facts, node: usize, place: Place<'_>) -> bool {
        self.misses_its_parts(node, |node| self.fact(facts, node, place)?.value(AMOUNT))
    }

    /// The same, of amounts however they are found.
    pub(super) fn misses_its_parts(&self, node: usize, amount: impl Fn(usize) -> Option<i64>) -> bool {
        let amount = |node: usize| amount(node).map(i128::from);
        // The children first: most nodes have none, and what is recorded of them need not be looked for.
        let children = self.nodes.get(node).map(|node| node.children.as_slice()).filter(|children| !children.is_empty());
        let Some((children, whole)) = children.and_then(|children| Some((children, amount(node)?))) else { return false };
        let signed = |child: &usize| Some(amount(*child)? * self.above(*child).map_or(1, |(_, sign)| i128::from(sign)));
        children.iter().map(signed).sum::<Option<i128>>().is_some_and(|sum| sum != whole)
    }

    /// Each node that stands under another, that one, and the sign: whoever adds them in this order has the parts of a node before it is a
    /// part itself.
    pub(super) fn steps(&self) -> Vec<(usize, usize, i8)> {
        let depth = |node: usize| std::iter::successors(Some(node), |node| self.above(*node).map(|(above, _)| above)).count();
        let mut steps: Vec<_> =
            (0..self.nodes.len()).filter_map(|node| self.above(node).map(|(above, sign)| (node, above, sign))).collect();
        steps.sort_by_cached_key(|(node, _, _)| std::cmp::Reverse(depth(*node)));
        steps
    }
}

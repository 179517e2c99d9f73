//! The items of economic and financial effectiveness and how each plan groups them (*voci dell'IEEP*).

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    error::Problem,
    reading::{Findings, Link, Row, Table, Tree},
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "parent", "sign", "weight"];

/// An item, or a section of items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its code, the same in every plan.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// The item above; `None` for the whole.
    pub parent: Option<String>,
    /// How it enters its parent: 1 adds, -1 subtracts.
    pub sign: i8,
    /// The weight of a section in the weighted realisation, per cent; `None` where the plan sets none.
    pub weight: Option<Exact>,
}

/// The items of a plan: one tree.
#[derive(Debug, Clone, Default)]
pub struct Items {
    rows: Vec<Item>,
    positions: BTreeMap<String, usize>,
    tree: Tree,
}

impl Items {
    /// The whole.
    pub fn root(&self) -> Option<&Item> {
        self.get(self.tree.roots().first()?)
    }

    /// An item.
    pub fn get(&self, code: &str) -> Option<&Item> {
        self.rows.get(*self.positions.get(code)?)
    }

    /// Every item, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.rows.iter()
    }

    /// The items directly under one, in the order of the plan.
    pub fn children(&self, code: &str) -> Vec<&Item> {
        self.tree.children(code).iter().filter_map(|child| self.get(child)).collect()
    }

    /// The items above one, from its parent to the whole.
    pub fn above<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Item> {
        let parent = |item: &&'a Item| item.parent.as_deref().and_then(|parent| self.get(parent));
        // No longer than the tree, even where a plan that is being read has a cycle.
        std::iter::successors(self.get(code).as_ref().and_then(parent), parent).take(self.rows.len())
    }

    /// Whether an item lies somewhere under another.
    pub fn lies_under(&self, code: &str, above: &str) -> bool {
        self.above(code).any(|item| item.code == above)
    }

    /// How an item enters the whole: 1 adds, -1 subtracts, and then less of it is better. Unknown items add.
    pub fn sign_in_whole(&self, code: &str) -> i8 {
        self.get(code).into_iter().chain(self.above(code)).map(|item| item.sign).product()
    }

    pub(crate) fn read(table: &Table, findings: &mut Findings) -> Self {
        let mut lines = BTreeMap::new();
        let mut rows = Vec::new();
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            rows.push((read_item(&row, code, findings), row.line()));
        }
        let items = Self::grow(table.file(), rows, findings);
        items.refuse_weights(table, &|code| lines.get(code).copied().unwrap_or_default(), findings);
        items
    }

    /// One tree from its rows, each with its line.
    pub(crate) fn grow(file: &'static str, rows: Vec<(Item, u64)>, findings: &mut Findings) -> Self {
        let links: Vec<Link<'_>> =
            rows.iter().map(|(item, line)| Link { code: &item.code, parent: item.parent.as_deref(), line: *line }).collect();
        let tree = Tree::grow(file, "item", &links, findings);
        if tree.roots().len() != 1 {
            findings.add(file, None, "parent", Problem::Roots { found: tree.roots().to_vec() });
        }
        let positions = rows.iter().enumerate().map(|(position, (item, _))| (item.code.clone(), position)).collect();
        Self { rows: rows.into_iter().map(|(item, _)| item).collect(), positions, tree }
    }

    /// Either no section has a weight, or all have and the whole is 100; below the sections nothing has.
    fn refuse_weights(&self, table: &Table, line: &dyn Fn(&str) -> u64, findings: &mut Findings) {
        let root = self.root().map(|root| root.code.as_str());
        let (sections, others): (Vec<&Item>, Vec<&Item>) =
            self.rows.iter().partition(|item| item.parent.is_some() && item.parent.as_deref() == root);
        for item in others {
            if let Some(weight) = &item.weight {
                let problem =
                    Problem::Surplus { text: weight.decimal_text(4), advice: "only sections, right under the whole, have a weight" };
                findings.add(table.file(), line(&item.code), "weight", problem);
            }
        }
        let weights: Vec<&Exact> = sections.iter().filter_map(|section| section.weight.as_ref()).collect();
        if weights.is_empty() {
            return;
        }
        for section in sections.iter().filter(|section| section.weight.is_none()) {
            findings.add(
                table.file(),
                line(&section.code),
                "weight",
                Problem::Empty { advice: "another section has a weight, so each must" },
            );
        }
        let sum: Exact = weights.into_iter().sum();
        if sum != Exact::hundred() {
            let problem = Problem::WeightsSum { parent: root.unwrap_or_default().to_owned(), sum: sum.decimal_text(4) };
            findings.add(table.file(), None, "weight", problem);
        }
    }
}

fn read_item(row: &Row<'_>, code: String, findings: &mut Findings) -> Item {
    let sign = match row.text("sign") {
        "1" => 1,
        "-1" => -1,
        text => {
            row.refuse("sign", Problem::Choice { text: text.to_owned(), choices: "1, -1".to_owned() }, findings);
            1
        }
    };
    Item { code, label: row.required("label", findings), parent: row.optional("parent"), sign, weight: row.positive("weight", findings) }
}

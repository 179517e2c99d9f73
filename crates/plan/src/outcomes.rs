//! What the user receives: outcome products, each a group of products (*prodotti outcome*).
//!
//! They cut across lines and areas, so they stand beside the tree of the catalogue and not in it: every piece counts once in its line, and
//! once in its outcome where it has one.

use std::collections::BTreeMap;

use crate::{
    catalogue::{NodeKind, Product},
    error::Problem,
    reading::{Findings, Table},
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "product", "note"];

/// The outcome products of a catalogue, in the order of the plan. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    rows: Vec<Product>,
    products: BTreeMap<String, Vec<String>>,
}

impl Outcomes {
    /// Every outcome product, as a row of the catalogue that stands under nothing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Product> {
        self.rows.iter()
    }

    /// The codes of the products of an outcome; `None` for what is none.
    pub(crate) fn products(&self, code: &str) -> Option<&[String]> {
        self.products.get(code).map(Vec::as_slice)
    }

    /// Reads the table; `kind_of` says what a code of the catalogue is.
    pub(crate) fn read(table: &Table, kind_of: impl Fn(&str) -> Option<NodeKind>, findings: &mut Findings) -> Self {
        let mut outcomes = Self::default();
        let mut taken: BTreeMap<String, u64> = BTreeMap::new();
        for row in table.rows() {
            // A code stands in a row for each of its products.
            let Some(code) = row.new_code("code", &mut BTreeMap::new(), findings) else { continue };
            if kind_of(&code).is_some() {
                let advice = "it is a code of products.csv: an outcome product has its own";
                row.refuse("code", Problem::Surplus { text: code.clone(), advice }, findings);
            }
            let (label, product) = (row.required("label", findings), row.required("product", findings));
            if kind_of(&product) != Some(NodeKind::Product) {
                row.refuse("product", Problem::Unknown { what: "product", code: product.clone(), file: "products.csv" }, findings);
            }
            if let Some(first_line) = taken.insert(product.clone(), row.line()) {
                let code = format!("the outcome product of {product}");
                row.refuse("product", Problem::Duplicate { code, first_line }, findings);
            }
            match outcomes.rows.iter().find(|known| known.code == code) {
                Some(known) if known.label != label => {
                    let advice = "each outcome product has one name";
                    row.refuse("label", Problem::Surplus { text: label, advice }, findings);
                }
                Some(_) => {}
                None => outcomes.rows.push(Product::group(code.clone(), label, row.text("note").to_owned())),
            }
            outcomes.products.entry(code).or_default().push(product);
        }
        outcomes
    }
}

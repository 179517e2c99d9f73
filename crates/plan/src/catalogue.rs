//! Products, their groups and their dated coefficients (*catalogo dei prodotti*).

use std::collections::BTreeMap;

use piramide_measure::{Decimal, Month, decimal};

use crate::{
    error::Problem,
    outcomes::Outcomes,
    reading::{Findings, Link, Row, Table, Tree, choices},
};

pub(crate) const PRODUCT_COLUMNS: &[&str] =
    &["code", "label", "parent", "kind", "counts", "production_area", "inspection", "automated", "metaprocess", "remote_workable", "note"];
pub(crate) const COEFFICIENT_COLUMNS: &[&str] = &["product", "first_month", "coefficient"];

/// Digits after the point of a homogenisation coefficient: ten-thousandths of an hour.
pub const COEFFICIENT_SCALE: u32 = 4;

choices! {
    /// What a row of the catalogue is.
    NodeKind {
        /// A whole: the catalogue may have several, since points and flows are published by different areas.
        Total = "total",
        /// Area (*area di produzione*).
        Area = "area",
        /// Product line (*linea di prodotto*).
        Line = "line",
        /// Product (*codice modello*): what facts are recorded for.
        Product = "product",
        /// The staff of the production areas, recorded like a product.
        Staff = "staff",
    }
}

choices! {
    /// What a product counts in.
    Counts {
        /// In homogenised points only.
        Points = "points",
        /// In backlog and clearance only.
        Flow = "flow",
        /// In both.
        Both = "both",
    }
}

/// A row of the catalogue: a product, or a group of products.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of products.csv, true of a product on its own")]
pub struct Product {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// The row above; `None` for a total.
    pub parent: Option<String>,
    /// What it is.
    pub kind: NodeKind,
    /// What it counts in; `None` for groups and staff.
    pub counts: Option<Counts>,
    /// Whether it belongs to the production areas (*aree di produzione*).
    pub production_area: bool,
    /// Whether it is field inspection (*vigilanza ispettiva*), which totals leave out.
    pub inspection: bool,
    /// Whether it can be completed without an operator. It describes the product: what was, the facts say.
    pub automated: bool,
    /// Whether the metaprocess may assign it to another office. It describes the product, and enters no formula.
    pub metaprocess: bool,
    /// Whether it can be worked remotely (*lavoro agile*). It describes the product, and enters no formula.
    pub remote_workable: bool,
    /// What the plan notes about it.
    pub note: String,
}

impl Product {
    /// Whether its completed pieces make homogenised points.
    pub fn counts_points(&self) -> bool {
        matches!(self.counts, Some(Counts::Points | Counts::Both))
    }

    /// Whether its completed pieces make homogenised points of the production areas (*aree di produzione*), net of field inspection.
    pub fn counts_net_points(&self) -> bool {
        self.counts_points() && self.production_area && !self.inspection
    }

    /// Whether its pieces make backlog and clearance.
    pub fn counts_flow(&self) -> bool {
        matches!(self.counts, Some(Counts::Flow | Counts::Both))
    }

    /// Whether it carries staff rather than pieces.
    pub fn is_staff(&self) -> bool {
        self.kind == NodeKind::Staff
    }

    /// A group without a row above it and without flags of its own.
    pub(crate) fn group(code: String, label: String, note: String) -> Self {
        Self {
            code,
            label,
            parent: None,
            kind: NodeKind::Line,
            counts: None,
            production_area: false,
            inspection: false,
            automated: false,
            metaprocess: false,
            remote_workable: false,
            note,
        }
    }

    fn takes_facts(&self) -> bool {
        matches!(self.kind, NodeKind::Product | NodeKind::Staff)
    }
}

/// The catalogue of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    rows: Vec<Product>,
    positions: BTreeMap<String, usize>,
    tree: Tree,
    coefficients: BTreeMap<String, BTreeMap<Month, i64>>,
    outcomes: Outcomes,
}

impl Catalogue {
    /// A row of the catalogue, product or group, or an outcome product.
    pub fn node(&self, code: &str) -> Option<&Product> {
        let row = self.positions.get(code).and_then(|position| self.rows.get(*position));
        row.or_else(|| self.outcomes.iter().find(|outcome| outcome.code == code))
    }

    /// The outcome products (*prodotti outcome*): groups of products that stand beside the tree, under no row.
    pub fn outcomes(&self) -> impl Iterator<Item = &Product> {
        self.outcomes.iter()
    }

    /// The codes of the products that an outcome product groups; `None` for any other row.
    pub fn products_of_outcome(&self, code: &str) -> Option<&[String]> {
        self.outcomes.products(code)
    }

    /// What facts can be recorded for: a product, or the staff.
    pub fn product(&self, code: &str) -> Option<&Product> {
        self.node(code).filter(|product| product.takes_facts())
    }

    /// Every row, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.rows.iter()
    }

    /// The totals.
    pub fn roots(&self) -> Vec<&Product> {
        self.tree.roots().iter().filter_map(|code| self.node(code)).collect()
    }

    /// Whether a row is a total, which leaves field inspection out.
    pub fn is_root(&self, code: &str) -> bool {
        self.tree.roots().iter().any(|root| root == code)
    }

    /// The rows directly under one, in the order of the plan.
    pub fn children(&self, code: &str) -> Vec<&Product> {
        let children = self.outcomes.products(code).unwrap_or_else(|| self.tree.children(code));
        children.iter().filter_map(|child| self.node(child)).collect()
    }

    /// The products under a row, or the product itself; inspection included, staff not.
    pub fn products_under(&self, code: &str) -> impl Iterator<Item = &Product> + use<'_> {
        let code = self.node(code).map(|node| node.code.as_str());
        let grouped = code.and_then(|code| self.outcomes.products(code));
        let below = code.filter(|_| grouped.is_none()).map(|code| self.tree.descendants(code));
        let codes = grouped.into_iter().flatten().map(String::as_str).chain(below.into_iter().flatten());
        codes.filter_map(|code| self.node(code)).filter(|product| product.kind == NodeKind::Product)
    }

    /// The row that carries the staff of the production areas.
    pub fn staff_product(&self) -> Option<&Product> {
        self.rows.iter().find(|product| product.is_staff())
    }

    /// Homogenisation coefficient (*coefficiente di omogeneizzazione*) of a product in a month: the last that began by then.
    ///
    /// - Unit: points per piece, which are hours of work; 4 digits.
    /// - `None` before the first, and for what is not a product.
    pub fn coefficient(&self, product: &str, month: Month) -> Option<Decimal> {
        self.coefficient_ten_thousandths(product, month).map(|units| decimal::from_minor_units(units, COEFFICIENT_SCALE))
    }

    /// Every coefficient of a product in ten-thousandths, by the month from which it holds.
    pub fn coefficients(&self, product: &str) -> impl Iterator<Item = (Month, i64)> {
        self.coefficients.get(product).into_iter().flatten().map(|(month, units)| (*month, *units))
    }

    /// The same in ten-thousandths, for sums in whole numbers.
    pub fn coefficient_ten_thousandths(&self, product: &str, month: Month) -> Option<i64> {
        self.coefficients.get(product)?.range(..=month).next_back().map(|(_, units)| *units)
    }

    pub(crate) fn read(products: &Table, coefficients: &Table, outcomes: &Table, findings: &mut Findings) -> Self {
        let mut catalogue = Self::default();
        let mut lines = BTreeMap::new();
        for row in products.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let product = read_product(&row, code, findings);
            catalogue.positions.insert(product.code.clone(), catalogue.rows.len());
            catalogue.rows.push(product);
        }
        let links: Vec<Link<'_>> = catalogue
            .rows
            .iter()
            .map(|product| Link { code: &product.code, parent: product.parent.as_deref(), line: line_of(&lines, &product.code) })
            .collect();
        catalogue.tree = Tree::grow(products.file(), "row", &links, findings);
        catalogue.refuse_misplaced(products, &lines, findings);
        catalogue.read_coefficients(coefficients, findings);
        catalogue.outcomes = Outcomes::read(outcomes, |code| catalogue.node(code).map(|node| node.kind), findings);
        for product in catalogue.rows.iter().filter(|product| product.kind == NodeKind::Product) {
            if !catalogue.coefficients.contains_key(&product.code) {
                let problem = Problem::ProductWithoutCoefficient { code: product.code.clone() };
                findings.add(products.file(), line_of(&lines, &product.code), "code", problem);
            }
        }
        catalogue
    }

    fn refuse_misplaced(&self, table: &Table, lines: &BTreeMap<String, u64>, findings: &mut Findings) {
        let mut staff: Option<u64> = None;
        for product in &self.rows {
            let line = line_of(lines, &product.code);
            if product.parent.is_none() != (product.kind == NodeKind::Total) {
                let problem = Problem::CatalogueRoot { code: product.code.clone(), kind: product.kind.to_string() };
                findings.add(table.file(), line, "kind", problem);
            }
            if let Some(parent) = product.parent.as_deref().and_then(|parent| self.node(parent)).filter(|parent| parent.takes_facts()) {
                let advice = "only totals, areas and lines have others under them";
                let problem = Problem::ParentIsLeaf { code: product.code.clone(), parent: parent.code.clone(), advice };
                findings.add(table.file(), line, "parent", problem);
            }
            if product.is_staff() {
                match staff {
                    Some(first_line) => {
                        findings.add(table.file(), line, "kind", Problem::SecondStaff { code: product.code.clone(), first_line });
                    }
                    None => staff = Some(line),
                }
            }
        }
    }

    fn read_coefficients(&mut self, table: &Table, findings: &mut Findings) {
        let mut lines: BTreeMap<(String, Month), u64> = BTreeMap::new();
        for row in table.rows() {
            let product = row.required("product", findings);
            match self.node(&product) {
                None => {
                    let problem = Problem::Unknown { what: "product", code: product.clone(), file: "products.csv" };
                    row.refuse("product", problem, findings);
                }
                Some(node) if node.kind != NodeKind::Product => {
                    row.refuse("product", Problem::CoefficientOfNonProduct { code: product.clone() }, findings);
                }
                Some(_) => {}
            }
            let month = row.month("first_month", findings);
            if row.text("first_month").is_empty() {
                row.refuse("first_month", Problem::Empty { advice: "write the first month in which it holds" }, findings);
            }
            let units = read_coefficient(&row, findings);
            // A coefficient that cannot be read is still there: its product is not refused for having none.
            let dated = self.coefficients.entry(product.clone()).or_default();
            let Some(month) = month else { continue };
            let key = (product, month);
            if let Some(first_line) = lines.get(&key) {
                let problem = Problem::Duplicate { code: format!("{} from {month}", key.0), first_line: *first_line };
                row.refuse("first_month", problem, findings);
                continue;
            }
            lines.insert(key, row.line());
            dated.insert(month, units);
        }
    }
}

fn read_coefficient(row: &Row<'_>, findings: &mut Findings) -> i64 {
    let text = row.text("coefficient");
    match decimal::parse_minor_units(text, COEFFICIENT_SCALE) {
        Ok(units) => {
            if units <= 0 {
                row.refuse("coefficient", Problem::NotPositive { text: text.to_owned() }, findings);
            }
            units
        }
        Err(error) => {
            row.refuse("coefficient", Problem::Number(error), findings);
            0
        }
    }
}

fn read_product(row: &Row<'_>, code: String, findings: &mut Findings) -> Product {
    let kind = row.choice("kind", NodeKind::Line, findings);
    let counts = match kind {
        NodeKind::Product => Some(row.choice("counts", Counts::Both, findings)),
        NodeKind::Total | NodeKind::Area | NodeKind::Line | NodeKind::Staff => {
            row.must_be_empty("counts", "only products count", findings);
            None
        }
    };
    Product {
        code,
        label: row.required("label", findings),
        parent: row.optional("parent"),
        kind,
        counts,
        production_area: row.flag("production_area", findings),
        inspection: row.flag("inspection", findings),
        automated: row.flag("automated", findings),
        metaprocess: row.flag("metaprocess", findings),
        remote_workable: row.flag("remote_workable", findings),
        note: row.text("note").to_owned(),
    }
}

fn line_of(lines: &BTreeMap<String, u64>, code: &str) -> u64 {
    lines.get(code).copied().unwrap_or_default()
}

//! What the work on a product gives to who receives it (*impatto*): beside its production, how demand is answered, how users are informed and
//! advised, how digital and how automatic it is, each measured by an indicator of any domain.

use std::collections::{BTreeMap, BTreeSet};

use piramide_measure::Exact;

use crate::{
    catalogue::Catalogue,
    error::Problem,
    indicators::Indicators,
    reading::{Findings, Row, Table, choices},
};

pub(crate) const COLUMNS: &[&str] = &["product", "dimension", "label", "weight", "indicator", "note"];

choices! {
    /// In which respect the work on a product is felt.
    Dimension {
        /// Response to the demand for a service (*risposta alla domanda di servizio*).
        Response = "response",
        /// Information and advice (*informazione e consulenza*).
        Information = "information",
        /// Digitalisation (*digitalizzazione*).
        Digitalisation = "digitalisation",
        /// What completes itself (*quota automatizzata*).
        Automation = "automation",
    }
}

impl Dimension {
    /// Every dimension, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Response, Self::Information, Self::Digitalisation, Self::Automation];

    /// What a reader sees, in Italian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Response => "Risposta alla domanda",
            Self::Information => "Informazione e consulenza",
            Self::Digitalisation => "Digitalizzazione",
            Self::Automation => "Quota automatizzata",
        }
    }
}

/// One measure of the impact of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpactMeasure {
    /// The product: a row of the catalogue, or an outcome product.
    pub product: String,
    /// In which respect.
    pub dimension: Dimension,
    /// Its name, in Italian.
    pub label: String,
    /// Its weight in the product, per cent; `None` where all weigh alike.
    pub weight: Option<Exact>,
    /// The indicator that measures it; `None` while the institute has still to define one.
    pub indicator: Option<String>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `impact.csv`.
    pub line: u64,
}

/// The impact of products, in the order of the plan. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impact(Vec<ImpactMeasure>);

impl Impact {
    /// Every measure.
    pub fn iter(&self) -> impl Iterator<Item = &ImpactMeasure> {
        self.0.iter()
    }

    /// The products that have any, each once.
    pub fn products(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.0.iter().map(|measure| measure.product.as_str()).filter(|product| seen.insert(*product)).collect()
    }

    /// The measures of a product, with the weight of each, per cent.
    pub fn of(&self, product: &str) -> Vec<(&ImpactMeasure, Exact)> {
        let ours: Vec<_> = self.0.iter().filter(|measure| measure.product == product).collect();
        let count = i64::try_from(ours.len()).unwrap_or(i64::MAX);
        let alike = Exact::quotient(&Exact::hundred(), &Exact::from(count)).unwrap_or_else(Exact::zero);
        ours.into_iter().map(|measure| (measure, measure.weight.clone().unwrap_or_else(|| alike.clone()))).collect()
    }

    pub(crate) fn read(table: &Table, catalogue: &Catalogue, indicators: &Indicators, findings: &mut Findings) -> Self {
        let mut impact = Self::default();
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in table.rows() {
            let measure = read_measure(&row, catalogue, indicators, findings);
            let what = measure.indicator.clone().unwrap_or_else(|| measure.label.clone());
            if let Some(first_line) = lines.insert((measure.product.clone(), what.clone()), measure.line) {
                let code = format!("{what} of {}", measure.product);
                row.refuse("indicator", Problem::Duplicate { code, first_line }, findings);
            }
            impact.0.push(measure);
        }
        for product in impact.products() {
            let ours = || impact.0.iter().filter(|measure| measure.product == product);
            let sum: Exact = ours().filter_map(|measure| measure.weight.as_ref()).sum();
            if let Some(first) = ours().next().filter(|_| ours().any(|one| one.weight.is_some()) && sum != Exact::hundred()) {
                let problem = Problem::WeightsSum { parent: product.to_owned(), sum: sum.decimal_text(4) };
                findings.add(table.file(), first.line, "weight", problem);
            }
            if ours().any(|one| one.weight.is_some()) {
                for bare in ours().filter(|one| one.weight.is_none()) {
                    findings.add(table.file(), bare.line, "weight", Problem::Empty { advice: "the others of its product have one" });
                }
            }
        }
        impact
    }
}

fn read_measure(row: &Row<'_>, catalogue: &Catalogue, indicators: &Indicators, findings: &mut Findings) -> ImpactMeasure {
    let product = row.required("product", findings);
    if !product.is_empty() && catalogue.node(&product).is_none_or(crate::catalogue::Product::is_staff) {
        row.refuse("product", Problem::Unknown { what: "product or group", code: product.clone(), file: "products.csv" }, findings);
    }
    let indicator = row.optional("indicator");
    if let Some(code) = indicator.as_ref().filter(|code| indicators.get(code).is_none()) {
        row.refuse("indicator", Problem::Unknown { what: "indicator", code: code.clone(), file: "indicators.csv" }, findings);
    }
    ImpactMeasure {
        product,
        dimension: row.choice("dimension", Dimension::Response, findings),
        label: row.required("label", findings),
        weight: row.positive("weight", findings),
        indicator,
        note: row.text("note").to_owned(),
        line: row.line(),
    }
}

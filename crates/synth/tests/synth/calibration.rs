//! The printed figures of production come out of the rows alone: folded here, by the formulas as they are printed, whatever the seed.

use std::{collections::BTreeMap, fs, path::Path};

use piramide_measure::{Exact, Month};
use piramide_plan::{Plan, Plans, Product};

use crate::{MIDDLE, facts, made};

/// What a product's rows come to in the nation and the year: pieces, and ten-thousandths of points, each month with its coefficient.
#[derive(Debug, Clone, Copy, Default)]
struct Folded {
    completed: i64,
    workload: i64,
    completed_points: i64,
    workload_points: i64,
    waiting_points: i64,
}

/// A year folded, and the plan that it is folded by.
struct Year {
    plan: Plan,
    products: BTreeMap<String, Folded>,
    /// Full-time equivalents, summed over offices and months.
    head_months: Exact,
}

impl Year {
    fn fold(folder: &Path) -> Self {
        let plans = Plans::load_folder(&folder.join("plans")).unwrap();
        let plan = plans.get("synth-2020").unwrap().as_ref().clone();
        let mut products: BTreeMap<String, Folded> = BTreeMap::new();
        for ((_, product, month), [received, completed, _, _, taken, handed, _, closing]) in facts(folder) {
            let coefficient = plan.catalogue().coefficient_ten_thousandths(&product, Month::new(2020, month).unwrap()).unwrap();
            let workload = received + taken - handed;
            let sum = products.entry(product).or_default();
            (sum.completed, sum.workload) = (sum.completed + completed, sum.workload + workload);
            sum.completed_points += completed * coefficient;
            sum.workload_points += workload * coefficient;
            sum.waiting_points += if month == 12 { closing * coefficient } else { 0 };
        }
        let head_months = head_months(folder, &plan.catalogue().staff_product().unwrap().code, "2020");
        Self { plan, products, head_months }
    }

    /// A figure of all products that an indicator speaks of and that count in it.
    fn of(&self, indicator: &str, counts: fn(&Product) -> bool, figure: fn(&Folded) -> i64) -> i64 {
        let catalogue = self.plan.catalogue();
        let node = self.plan.indicators().get(indicator).unwrap_or_else(|| panic!("no {indicator}")).subject.as_str();
        let net = catalogue.is_root(node);
        let products = catalogue.products_under(node).filter(|product| counts(product) && !(net && product.inspection));
        products.filter_map(|product| self.products.get(&product.code)).map(figure).sum()
    }

    fn points(&self, indicator: &str) -> Exact {
        Exact::from_minor_units(self.of(indicator, Product::counts_points, |sum| sum.completed_points), 4)
    }

    fn of_flow(&self, indicator: &str, dividend: fn(&Folded) -> i64, divisor: fn(&Folded) -> i64) -> Exact {
        let [dividend, divisor] = [dividend, divisor].map(|figure| Exact::from(self.of(indicator, Product::counts_flow, figure)));
        Exact::quotient(&dividend, &divisor).unwrap()
    }
}

/// Full-time equivalents of a year, summed over offices and months.
pub(crate) fn head_months(folder: &Path, staff: &str, year: &str) -> Exact {
    let files = fs::read_dir(folder.join("facts")).unwrap().map(|entry| entry.unwrap().path());
    let tables = files.filter(|path| path.extension().is_some_and(|extension| extension == "csv"));
    let rows = tables.flat_map(|path| csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap));
    // Finance writes of staff under the same code, in a table without that column.
    rows.filter(|row| &row[1] == staff && row[2].starts_with(year))
        .filter_map(|row| row.get(11).map(|fte| Exact::parse(fte).unwrap()))
        .sum()
}

/// A column of a table of the results of 2020 as it is printed, beside the code of each row.
fn printed(table: &str, column: usize) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/2020").join(table);
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    rows.map(|row| (row[0].to_owned(), row[column].to_owned())).collect()
}

/// The indicator of a row of a table: that of the whole for its totals.
fn indicator(of: &str, row: &str) -> String {
    if row.starts_with("TOTAL") { of.to_owned() } else { format!("{of}.{row}") }
}

/// Printed: Piano della performance 2021-2023, Risultati 2020, "Produzione", "Produttività" and "Indici di giacenza e deflusso".
#[track_caller]
fn check(seed: u64) {
    let (folder, _) = made(piramide_synth::Settings { seed, ..MIDDLE });
    let year = Year::fold(folder.path());
    let figures = [
        ("homogenised_points", printed("production_plan.csv", 3), 0),
        ("backlog_days", printed("backlog_days.csv", 5), 0),
        ("clearance_ratio", printed("clearance.csv", 2), 2),
    ];
    for (of, rows, digits) in figures {
        assert!(rows.len() > 4, "{of} has rows");
        for (row, printed) in rows {
            let code = indicator(&format!("production.{of}"), &row);
            let figure = match of {
                "homogenised_points" => year.points(&code),
                "backlog_days" => year.of_flow(&code, |sum| sum.waiting_points, |sum| sum.workload_points) * Exact::from(360),
                _ => year.of_flow(&code, |sum| sum.completed, |sum| sum.workload),
            };
            assert_eq!(figure.rounded(digits), printed, "{code} of seed {seed}");
            assert!(of != "homogenised_points" || figure == Exact::parse(&printed).unwrap(), "{code} of seed {seed} is exact");
        }
    }
    let productivity = Exact::quotient(&year.points("production.productivity"), &year.head_months).unwrap();
    assert_eq!(productivity.rounded(2), "138.63", "seed {seed}");
}

/// What a controller opens a product for: it came in, was done, waits and weighs; and what flows is not all that an area makes.
#[test]
fn what_flows_makes_points_too_and_areas_are_their_products() {
    let (folder, _) = made(MIDDLE);
    let year = Year::fold(folder.path());
    let catalogue = year.plan.catalogue();
    assert!(catalogue.roots().iter().map(|root| root.code.as_str()).eq(["TOTAL"]), "one total of points and flows");
    for product in catalogue.products_under("TOTAL").filter(|product| product.counts_flow()) {
        assert!(product.counts_net_points(), "{} counts in both", product.code);
        let Folded { completed, workload, completed_points, workload_points, waiting_points } = year.products[&product.code];
        let known = [completed, workload, completed_points, workload_points].iter().all(|sum| *sum > 0) && waiting_points >= 0;
        assert!(known, "{}: {:?}", product.code, year.products[&product.code]);
    }
    let points = |products: &mut dyn Iterator<Item = &Product>| -> i64 {
        products.filter_map(|product| year.products.get(&product.code)).map(|sum| sum.completed_points).sum()
    };
    let areas = printed("production_plan.csv", 3).into_iter().filter(|(row, _)| !row.starts_with("TOTAL") && row != "FIELD_INSPECTION");
    for (area, printed) in areas {
        let whole = Exact::from_minor_units(points(&mut catalogue.products_under(&area)), 4);
        assert_eq!(whole, Exact::parse(&printed).unwrap(), "{area} is its products");
        let flowing = points(&mut catalogue.products_under(&area).filter(|product| product.counts_flow()));
        let flows = ["BENEFITS", "FLOWS", "SITE_CONFORMITY"].contains(&area.as_str());
        assert_eq!(flowing > 0, flows, "{area}");
        let rest = points(&mut catalogue.products_under(&area).filter(|product| !product.counts_flow()));
        assert!(rest > 0, "{area} has points without a flow");
    }
}

#[test]
fn the_printed_figures_of_production_come_out_whatever_the_seed() {
    check(MIDDLE.seed);
    check(2020);
}

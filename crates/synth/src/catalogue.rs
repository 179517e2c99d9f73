//! Products under each line, with coefficients and what their year sums to.
//!
//! The Piano publishes points by area and flows by line, in two groupings of its own. Here what flows makes points too: each area of flows is
//! part of an area of points.
//!
//! - **Flow lines.** Products count in flows and in points. Coefficients are scaled so that the mean piece received weighs one hour: then
//!   the indices in points (days of backlog) come out as published, whatever mixture of lines an area has.
//! - **Points lines.** Products count in points alone and sum to what those that flow leave of the area's points. Coefficients are whole
//!   quarters of an hour but for the second product of a line, which takes what is no whole quarter, and the first product takes what all
//!   others leave, in quarters: then the points come out to the last digit.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::{
    Settings,
    chance::Chance,
    organisation::Organisation,
    published::{Line, Published, Whole},
    split::split,
    year::{self, Totals, Traits},
};

/// A quarter of an hour in ten-thousandths.
const QUARTER: i64 = 2_500;
/// Ten-thousandths in a point.
const POINT: i64 = 10_000;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its line.
    pub line: usize,
    /// How it is worked.
    pub traits: Traits,
    /// Coefficient in ten-thousandths from January.
    pub coefficient: i64,
    /// A revision: its month, from 2, and the coefficient from then on.
    pub revised: Option<(usize, i64)>,
    /// What its year sums to.
    pub totals: Totals,
}

impl Product {
    /// The coefficient in a month, from 0.
    pub fn coefficient_in(&self, month: usize) -> i64 {
        self.revised.filter(|(from, _)| month + 1 >= *from).map_or(self.coefficient, |(_, coefficient)| coefficient)
    }
}

/// Every product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// The lines, as published.
    pub lines: Vec<Line>,
    /// The products, line by line.
    pub products: Vec<Product>,
}

impl Catalogue {
    /// Products under every line, as many as the scale says.
    ///
    /// # Errors
    ///
    /// When a line cannot be split.
    pub fn new(published: &Published, organisation: &Organisation, settings: Settings) -> Result<Self> {
        let count = match settings.thousandths {
            1_000.. => 52,
            100.. => 20,
            _ => 5,
        };
        let mut catalogue = Self { lines: published.lines.clone(), products: Vec::new() };
        // What the products that flow are worth, by area, until the line of points that has the rest of it comes.
        let mut flowing: BTreeMap<&str, i128> = BTreeMap::new();
        for (number, line) in published.lines.iter().enumerate() {
            let first = catalogue.products.len();
            let drafts: Vec<Product> = (0..count).map(|place| draft(line, number, first, place, settings)).collect();
            let made = match line.whole {
                Whole::Flow { received, completed, closing } => {
                    flow_line(drafts, first, (received, completed, closing), organisation, settings).inspect(|products| {
                        let worth = (first..).zip(products).map(|(number, product)| worth(product, number, organisation, settings));
                        *flowing.entry(line.area.as_str()).or_default() += worth.sum::<i128>();
                    })
                }
                Whole::Points(points) => {
                    // Field inspection stands in an area and apart from what is printed of it.
                    let flowing = if line.inspection { None } else { flowing.remove(line.area.as_str()) };
                    let rest = i128::from(points) * i128::from(POINT) - flowing.unwrap_or_default();
                    points_line(drafts, first, rest, organisation, settings)
                }
            };
            catalogue.products.extend(made.with_context(|| format!("splitting {}", line.code))?);
        }
        ensure!(flowing.is_empty(), "no points are published of {:?}", flowing.keys());
        Ok(catalogue)
    }
}

/// A product with its traits and a coefficient nobody has calibrated yet.
fn draft(line: &Line, number: usize, first: usize, place: usize, settings: Settings) -> Product {
    let mut chance = Chance::of(settings.seed, b'c', first + place);
    // Skewed: most pieces take minutes, some take days.
    let hours = [chance.between(1, 8), chance.between(1, 8), chance.between(1, 8)];
    let coefficient = hours.into_iter().product::<i64>().max(1) * QUARTER / 8;
    let automatic = chance.happens(25).then(|| chance.between(10, 90));
    let metaprocess = chance.happens(30);
    let revised = chance.happens(10).then(|| {
        let month = usize::try_from(chance.between(2, 12)).unwrap_or(2);
        (month, coefficient * chance.between(80, 120) / 100)
    });
    Product {
        code: format!("{}_{:03}", line.code, place + 1),
        label: format!("{}, prodotto {} (sintetico)", line.label, place + 1),
        line: number,
        traits: Traits { automatic, metaprocess },
        coefficient,
        revised,
        totals: Totals { received: 0, completed: 0, closing: 0 },
    }
}

/// How much of a line each product is: the first has most.
fn skew(count: usize) -> Vec<i64> {
    (1i64..).take(count).map(|rank| 100_000 / (rank + 2)).collect()
}

/// Received by month over all offices.
fn received_by_month(settings: Settings, number: usize, received: i64, organisation: &Organisation) -> [i64; 12] {
    let shares = year::shares(settings.seed, number, &organisation.offices);
    let mut months = [0; 12];
    for office in year::received(settings.seed, number, received, &shares) {
        months.iter_mut().zip(office).for_each(|(month, pieces)| *month += pieces);
    }
    months
}

fn in_points(product: &Product, months: &[i64; 12]) -> i128 {
    months.iter().enumerate().map(|(month, pieces)| i128::from(*pieces) * i128::from(product.coefficient_in(month))).sum()
}

fn flow_line(
    mut products: Vec<Product>,
    first: usize,
    (received, completed, closing): (i64, i64, i64),
    organisation: &Organisation,
    settings: Settings,
) -> Result<Vec<Product>> {
    let weights = skew(products.len());
    let parts = split(received, &weights).into_iter().zip(split(completed, &weights));
    let mut months = Vec::with_capacity(products.len());
    for ((number, product), (received, completed)) in (first..).zip(products.iter_mut()).zip(parts) {
        product.totals = Totals { received, completed, closing: 0 };
        months.push(received_by_month(settings, number, received, organisation));
    }
    // Scaled so that what came in weighs one point a piece.
    let weighed: i128 = products.iter().zip(&months).map(|(product, months)| in_points(product, months)).sum();
    ensure!(weighed > 0, "nothing came in");
    let wanted = i128::from(received) * i128::from(POINT);
    let scaled = |coefficient: i64| i64::try_from((2 * i128::from(coefficient) * wanted + weighed) / (2 * weighed)).unwrap_or(POINT).max(1);
    for product in &mut products {
        product.coefficient = scaled(product.coefficient);
        product.revised = product.revised.map(|(month, coefficient)| (month, scaled(coefficient)));
    }
    // What waits is in proportion to what came in, and weighs together what the published days ask for.
    let came_in: i128 = products.iter().zip(&months).map(|(product, months)| in_points(product, months)).sum();
    let december: i128 = products.iter().map(|product| i128::from(product.totals.received) * i128::from(product.coefficient_in(11))).sum();
    let target = i128::from(closing) * came_in / i128::from(received);
    let (mut owed, mut given) = (0i128, 0i128);
    for product in &mut products {
        let weight = i128::from(product.coefficient_in(11));
        owed += i128::from(product.totals.received) * weight * target / december.max(1);
        let pieces = i64::try_from((owed - given + weight / 2).div_euclid(weight)).unwrap_or_default().max(0);
        given += i128::from(pieces) * weight;
        product.totals.closing = pieces;
        ensure!(product.totals.opening() >= 0, "{} would start with {} pieces waiting", product.code, product.totals.opening());
    }
    Ok(products)
}

fn points_line(
    mut products: Vec<Product>,
    first: usize,
    ten_thousandths: i128,
    organisation: &Organisation,
    settings: Settings,
) -> Result<Vec<Product>> {
    ensure!(ten_thousandths >= 0, "what flows is worth {} ten-thousandths more than the points of its area", -ten_thousandths);
    let quarters = |coefficient: i64| ((coefficient + QUARTER / 2) / QUARTER).max(1) * QUARTER;
    let weights = skew(products.len());
    let total: i64 = weights.iter().sum();
    let odd = i64::try_from(ten_thousandths % i128::from(QUARTER))?;
    let mut given = 0;
    // The first product is the one that takes what is left, so the others go before it.
    for ((place, product), weight) in products.iter_mut().enumerate().zip(weights).skip(1) {
        product.coefficient = quarters(product.coefficient);
        product.revised = product.revised.map(|(month, coefficient)| (month, quarters(coefficient)));
        let takes_odd = place == 1 && odd > 0;
        if takes_odd {
            (product.coefficient, product.revised) = (product.coefficient + odd, None);
        }
        let heaviest = product.revised.map_or(product.coefficient, |(_, coefficient)| coefficient.max(product.coefficient));
        let mut completed = i64::try_from(ten_thousandths * i128::from(weight) / i128::from(total) / i128::from(heaviest))?;
        if takes_odd {
            // One piece more than a multiple of a quarter's ten-thousandths: of these the odd part of the coefficient makes whole quarters.
            completed = completed.max(1);
            completed -= (completed - 1) % QUARTER;
        }
        product.totals = Totals { received: completed, completed, closing: completed / 12 };
        given += worth(product, first + place, organisation, settings);
    }
    let product = products.first_mut().context("a line without products")?;
    (product.coefficient, product.revised) = (QUARTER, None);
    let left = ten_thousandths - given;
    ensure!(left >= 0 && left % i128::from(QUARTER) == 0, "{left} ten-thousandths are left over");
    let completed = i64::try_from(left / i128::from(QUARTER))?;
    product.totals = Totals { received: completed, completed, closing: completed / 12 };
    Ok(products)
}

/// What a product's year is worth in ten-thousandths of a point.
fn worth(product: &Product, number: usize, organisation: &Organisation, settings: Settings) -> i128 {
    let shares = year::shares(settings.seed, number, &organisation.offices);
    let offices = year::year(settings.seed, number, &product.totals, product.traits, &shares);
    let months = offices.iter().flat_map(|months| months.iter().enumerate());
    months.map(|(month, pieces)| i128::from(pieces.completed) * i128::from(product.coefficient_in(month))).sum()
}

//! The year before, backwards from where the reconstructed year begins: what waits at the end of 2019 is what 2020 opens with, and what came
//! in is such that the days of backlog printed for 2019 come out line by line.
//!
//! Points follow from the coefficients, and nothing else is printed of it: the opening stands near the closing, what was completed balances.
//! The printed days of whole areas are not aimed at, since what waits in each line is given already.

use crate::{
    Settings,
    catalogue::{Catalogue, Product},
    chance::Chance,
    published::Published,
    split::split,
    year::{self, Pieces, Totals, Traits},
};

/// Days of backlog at the end of 2019, by line. Source: Piano della performance 2021-2023, Risultati 2020, "Indici di giacenza e deflusso".
pub const DAYS: [(&str, i64); 16] = [
    ("INSURED_PENSIONER_PRIVATE", 55),
    ("INSURED_PENSIONER_PUBLIC", 229),
    ("INTERNATIONAL_CONVENTIONS", 124),
    ("SPECIALISED_PRODUCTS", 50),
    ("END_OF_SERVICE", 222),
    ("INCOME_SUPPORT", 36),
    ("HEALTH_REQUIREMENT_SERVICES", 34),
    ("CREDIT_WELFARE", 269),
    ("INDIVIDUAL_ACCOUNT", 210),
    ("REGISTRY_FLOWS", 117),
    ("CREDIT_ASSESSMENT", 156),
    ("DOCUMENT_INSPECTION", 115),
    ("BENEFIT_CONTROL", 114),
    ("APPEALS_ORGANISATION", 128),
    ("ARCHIVES_SITE", 0),
    ("CIVIL_DISABILITY_ASSESSMENT", 214),
];
/// Days of a year in the index of backlog.
const DAYS_OF_YEAR: i128 = 360;
/// People at the end of 2019 and of 2020. Source: Piano della performance 2021-2023, "Lo stato di salute delle risorse umane".
const PEOPLE: (i64, i64) = (28_459, 26_310);

/// What came in to a line of which no days are printed, in thousandths of the year after.
const CAME_IN: (i64, i64) = (950, 1_050);
/// What came in to a product or an office beside the others, in per cent of what it had of the year after.
const BESIDE: (i64, i64) = (90, 110);
/// What waits at the start, in per cent of what waits at the end: of a product, and of each office that has it.
const OPENING: (i64, i64) = (88, 112);
const OPENING_HERE: (i64, i64) = (95, 105);
/// What completes itself, in per cent of the year after: a little less.
const AUTOMATIC: (i64, i64) = (80, 100);

/// The year before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Pieces received of each product.
    received: Vec<i64>,
    /// Mean staff in hundredths of a full-time equivalent.
    pub staff_hundredths: i64,
    seed: u64,
}

impl Before {
    /// What came in to each product, and the staff: in proportion to the people of both years.
    pub fn new(published: &Published, catalogue: &Catalogue, settings: Settings) -> Self {
        let mut received = Vec::with_capacity(catalogue.products.len());
        for (number, line) in catalogue.lines.iter().enumerate() {
            let products: Vec<&Product> = catalogue.products.iter().filter(|product| product.line == number).collect();
            let days = DAYS.iter().find(|(code, _)| *code == line.code).map(|(_, days)| *days);
            came_in(&products, days, &mut Chance::of(settings.seed, b'F', number), &mut received);
        }
        let (then, now) = PEOPLE;
        Self { received, staff_hundredths: (2 * published.staff_hundredths * then + now) / (2 * now), seed: settings.seed }
    }

    /// A product's year in every office that has it. Every month balances and opens as the one before closed, nothing is below zero, transfers
    /// sum to nothing in every month, and December closes in every office as January of the reconstructed year opens.
    pub fn year(&self, number: usize, product: &Product, shares: &[i64]) -> Vec<[Pieces; 12]> {
        let received = self.received.get(number).copied().unwrap_or_default();
        let mut chance = Chance::of(self.seed, b'E', number);
        let weights: Vec<i64> = shares.iter().map(|share| share * drawn(BESIDE, &mut chance)).collect();
        let cancelled = Totals { received, completed: 0, closing: 0 }.cancelled();
        let wanted = split(received, &weights).into_iter().zip(split(cancelled, &weights));
        let grown = drawn(OPENING, &mut chance);
        let mut offices = Vec::with_capacity(shares.len());
        for ((received, cancelled), closing) in wanted.zip(product.totals.openings(shares)) {
            let months = year::months(received, &mut chance);
            let about = closing * grown * drawn(OPENING_HERE, &mut chance) / 10_000;
            // What waits at the end was there at the start or came in.
            let opening = about.max(closing - received);
            let cancelled = cancelled.min(opening + received - closing);
            offices.push(year::office(&months, opening, closing, cancelled, &mut chance));
        }
        let automatic = product.traits.automatic.map(|share| share * drawn(AUTOMATIC, &mut chance) / 100);
        year::work(&mut offices, number, Traits { automatic, ..product.traits }, &mut chance);
        offices
    }
}

/// Pieces that came in to the products of a line: so many that what waits at the end is as many days of them as printed.
///
/// **Decision**: a line that is printed with no days at all has what the year after opens with all the same (archives: 289 pieces, which the printed
/// clearance of its area asks for). No plausible amount of work makes that nothing, so it has what lines have of which nothing is printed.
fn came_in(products: &[&Product], days: Option<i64>, chance: &mut Chance, received: &mut Vec<i64>) {
    let in_points = |pieces: fn(&Totals) -> i64| -> i128 {
        products.iter().map(|product| i128::from(pieces(&product.totals)) * i128::from(product.coefficient)).sum()
    };
    let after = i128::from(drawn(CAME_IN, chance)) * in_points(|totals| totals.received) / 1_000;
    let whole = match days {
        Some(days) if days > 0 => in_points(Totals::opening) * DAYS_OF_YEAR / i128::from(days),
        _ => after,
    };
    let weights: Vec<i64> =
        products.iter().map(|product| product.totals.received * product.coefficient / 100 * drawn(BESIDE, chance)).collect();
    let parts = split(i64::try_from(whole).unwrap_or(i64::MAX), &weights);
    // Whole pieces: what one product cannot have the next ones do.
    let mut owed = 0;
    for (product, part) in products.iter().zip(parts) {
        owed += part;
        let pieces = (owed + product.coefficient / 2).div_euclid(product.coefficient).max(0);
        owed -= pieces * product.coefficient;
        received.push(pieces);
    }
}

fn drawn((least, most): (i64, i64), chance: &mut Chance) -> i64 {
    chance.between(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where next to nothing came in, what waits at the end was there at the start: nothing goes below zero.
    #[test]
    fn what_waits_and_did_not_come_in_was_there() {
        let totals = Totals { received: 5, completed: 1_000, closing: 5 };
        let product = Product {
            code: "P".to_owned(),
            label: String::new(),
            line: 0,
            traits: Traits { automatic: Some(50), metaprocess: true },
            coefficient: 10_000,
            revised: None,
            totals,
        };
        let before = Before { received: vec![3], staff_hundredths: 0, seed: 1 };
        let shares = [70, 0, 30, 1];
        let offices = before.year(0, &product, &shares);
        let ends: Vec<i64> = offices.iter().map(|months| months.last().map_or(0, |december| december.closing)).collect();
        assert_eq!((ends.iter().sum::<i64>(), ends), (1_000, totals.openings(&shares)));
        for month in offices.iter().flatten() {
            let Pieces { received, completed, automatic, cancelled, taken, handed, opening, closing } = *month;
            let pieces = [received, completed, automatic, cancelled, taken, handed, opening, closing];
            assert!(pieces.iter().all(|pieces| *pieces >= 0), "{month:?}");
            assert_eq!(opening + received + taken - handed - completed - cancelled, closing, "{month:?}");
        }
    }
}

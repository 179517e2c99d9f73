//! A pair taken apart, product by product and down to the facts.

use std::collections::BTreeMap;

use piramide_domain::{Known, Measured};
use piramide_measure::{Month, Unit};
use piramide_plan::Product;

use crate::{
    asked::Asked,
    facts::TRANSFERRED_OUT,
    indicators::points,
    parts::{self, Part},
    state::{Helped, Relation, seen},
};

/// The most facts that are taken apart; a nation's help stays in totals, which a region's derivation goes on from.
const MOST_FACTS: usize = 2_000;

/// A fact about what was handed over, and its product.
type Piece<'a> = (&'a Product, Known<'a>);

/// What was handed over with the name of a helper, fact by fact, under the pair in which the structure asked for sees it.
pub(super) struct Handed<'a>(BTreeMap<(Relation, &'a str, &'a str), Vec<Piece<'a>>>);

impl<'a> Handed<'a> {
    /// The facts of the period; `None` when they are too many.
    pub(super) fn of(asked: &Asked<'a>) -> Option<Self> {
        let query = asked.query;
        let (first, last) = (query.period.first_month(), query.period.last_month());
        let way = |code: &'a str, at: Month| -> Vec<&'a str> {
            std::iter::once(code).chain(query.plan.structures().ancestors(code, at).map(|above| above.code.as_str())).collect()
        };
        let mut found: BTreeMap<_, Vec<Piece<'a>>> = BTreeMap::new();
        let mut count = 0;
        for product in query.plan.catalogue().iter().filter(|product| product.counts_flow()) {
            for (subject, part) in parts::in_force(query.facts, &product.code) {
                let Part::HandedTo(helper) = part else { continue };
                for fact in query.facts.about(subject).filter(|fact| first <= fact.first && fact.last <= last) {
                    let [own, helper, helped] = [query.structure, helper, fact.structure].map(|code| way(code, fact.last));
                    if let Some(pair) = seen(&own, &helper, &helped) {
                        count += 1;
                        found.entry(pair).or_default().push((product, fact));
                    }
                    if count > MOST_FACTS {
                        return None;
                    }
                }
            }
        }
        Some(Self(found))
    }

    /// The points of a pair: pieces of each product with each coefficient.
    pub(super) fn points(&self, asked: &Asked<'a>, pair: &Helped<'_>, label: &str) -> Measured {
        let mut groups: BTreeMap<(&str, Option<i64>), Vec<&Piece<'a>>> = BTreeMap::new();
        for piece in self.0.get(&(pair.relation, pair.helper, pair.helped)).into_iter().flatten() {
            let (product, fact) = piece;
            let coefficient = asked.query.plan.catalogue().coefficient_ten_thousandths(&product.code, fact.last);
            groups.entry((&product.code, coefficient)).or_default().push(piece);
        }
        let parts = groups.into_values().filter_map(|pieces| {
            let (product, month) = pieces.first().map(|(product, fact)| (product, fact.last))?;
            let pieces = asked.query.total_of(pieces.into_iter().map(|(_, fact)| *fact).collect(), TRANSFERRED_OUT, "Ceduto");
            let coefficient = points::coefficient(&asked.query, product, month);
            Some(Measured::computed(&product.label, Unit::Points, "pezzi x coefficiente", vec![pieces, coefficient], |numbers| {
                let [pieces, coefficient] = numbers else { return Err(asked.query.no_data()) };
                Ok(pieces * coefficient)
            }))
        });
        Measured::sum_of_known(label, Unit::Points, "somma sui prodotti di pezzi ceduti x coefficiente", parts.collect())
    }
}

//! Guards beside the points, without weight: what is measured gets gamed, so what gaming would look like is shown (**Decision**, domain
//! rules, 2).

use piramide_domain::{Measured, factor};
use piramide_measure::{Exact, Explanation, Missing, Month, Source, Unit, explanation::counted};
use piramide_plan::{IndicatorDefinition, Product};

use super::{points, workload};
use crate::{
    asked::Asked,
    facts::{COMPLETED, WORKED_HOURS},
    parts::{self, Part},
    state,
};

/// Share of easy products in what is completed (*prodotti facili su definito*).
///
/// ```text
/// pieces completed of products whose coefficient is at most the parameter, in hours / pieces completed * 100
/// ```
///
/// - Unit: per cent, 0 to 100. A share that grows faster than what comes in says that the easy is done first. Rounding: none here.
/// - The coefficient is that of the last month of the period.
///
/// Missing if nothing is recorded or the catalogue has no such product, undefined if nothing was completed.
pub fn easy_share(asked: &Asked<'_>, indicator: &IndicatorDefinition) -> Measured {
    let (label, node) = (&indicator.label, indicator.subject.as_str());
    let hours = factor::of(indicator).unwrap_or_else(Exact::zero);
    let (catalogue, at) = (asked.query.plan.catalogue(), asked.query.period.last_calendar_month());
    let is_easy = |product: &&Product| {
        product.counts_flow() && catalogue.coefficient(&product.code, at).is_some_and(|coefficient| Exact::from(coefficient) <= hours)
    };
    let products: Vec<&Product> = catalogue.products_under(node).filter(is_easy).collect();
    if products.is_empty() {
        let input = format!("un prodotto che valga al più {} nel catalogo", counted(hours.in_full(), "ora", "ore"));
        return Measured::missing(label, Unit::Percent, Missing::NoInput { input });
    }
    let easy = products.into_iter().map(|product| workload::pieces(asked, &product.code, COMPLETED, &product.label)).collect();
    let easy = Measured::sum_of_known("Definito dei prodotti facili", Unit::Pieces, "somma sui prodotti facili", easy);
    let all = workload::pieces(asked, node, COMPLETED, "Definito");
    Measured::quotient(label, Unit::Percent, "definito dei prodotti facili / definito x 100", easy, all, &Exact::hundred())
}

/// Refusal rate (*respinti su definito*).
///
/// ```text
/// pieces completed with a refusal / pieces completed, of the products of which refusals are recorded * 100
/// ```
///
/// - Unit: per cent, 0 to 100. Refusing is fast: a rate that rises with the points says why they rise. Rounding: none here.
///
/// Missing if no refusal is recorded, undefined if nothing was completed.
pub fn refusal_rate(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    part_of(asked, node, Part::Refused, ("Respinto", "Definito", "respinto / definito x 100"), label)
}

/// Reopening rate (*riaperti su pervenuto*).
///
/// ```text
/// pieces come back after they were completed / pieces received, of the products of which reopenings are recorded * 100
/// ```
///
/// - Unit: per cent, 0 to 100. What comes back was not done. Rounding: none here.
///
/// Missing if no reopening is recorded, undefined if nothing came in.
pub fn reopening_rate(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    part_of(asked, node, Part::Reopened, ("Riaperto", "Pervenuto", "riaperto / pervenuto x 100"), label)
}

/// A part on its whole, over the products that have it.
fn part_of(asked: &Asked<'_>, node: &str, part: Part<'_>, (part_name, whole_name, formula): (&str, &str, &str), label: &str) -> Measured {
    let (query, quantity) = (&asked.query, part.quantity());
    let has = |product: &&Product| product.counts_flow() && parts::in_force(query.facts, &product.code).any(|(_, known)| known == part);
    let products: Vec<&Product> = query.plan.catalogue().products_under(node).filter(has).collect();
    let sums = products.into_iter().map(|product| {
        let part = query.total(&part.subject(&product.code), quantity, &product.label);
        (part, workload::pieces(asked, &product.code, quantity, &product.label))
    });
    let (parts, wholes): (Vec<Measured>, Vec<Measured>) = sums.filter(|(part, _)| part.value.is_ok()).unzip();
    if parts.is_empty() {
        return Measured::missing(label, Unit::Percent, query.no_data());
    }
    let part = Measured::sum_of_known(part_name, Unit::Pieces, "somma sui prodotti", parts);
    let whole = Measured::sum_of_known(whole_name, Unit::Pieces, "somma sui prodotti", wholes);
    Measured::quotient(label, Unit::Percent, formula, part, whole, &Exact::hundred())
}

/// Measured time on that of the catalogue (*tempo rilevato su coefficiente*).
///
/// ```text
/// hours measured / sum(pieces under measurement * coefficient of the month) * 100
/// ```
///
/// - Unit: index; 100 means that pieces take as long as the catalogue says. Far below, points come easier than work; far above, the
///   coefficient asks to be looked at. Rounding: none here.
///
/// Missing if no time was measured.
pub fn measured_time(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let query = &asked.query;
    let sums = query.plan.catalogue().products_under(node).filter(|product| product.counts_flow()).map(|product| {
        let subject = Part::Timed.subject(&product.code);
        let timed: Vec<_> = query.recorded(&subject).collect();
        let expected = points::facts_in_points(query, product, &timed, &[(COMPLETED, 1)]);
        (query.total(&subject, WORKED_HOURS, &product.label), expected)
    });
    let (hours, expected): (Vec<Measured>, Vec<Measured>) = sums.filter(|(hours, _)| hours.value.is_ok()).unzip();
    if hours.is_empty() {
        return Measured::missing(label, Unit::Index, query.no_data());
    }
    let hours = Measured::sum_of_known("Tempo rilevato", Unit::Hours, "somma sui prodotti", hours);
    let expected =
        Measured::sum_of_known("Tempo del catalogo", Unit::Hours, "somma sui prodotti di pezzi rilevati x coefficiente", expected);
    Measured::quotient(label, Unit::Index, "tempo rilevato / tempo del catalogo x 100", hours, expected, &Exact::hundred())
}

/// Closing peak (*picco di chiusura*): how much more is completed in the months that close a quarter than in the others.
///
/// ```text
/// mean pieces completed in March, June, September and December / mean in the other months * 100
/// ```
///
/// - Unit: index; 100 means as in the other months. Quarters are verified: a peak at their end is work that waited for it, or was taken
///   from the month after. Rounding: none here. Only months that are recorded one by one count.
///
/// Missing if no month of either kind is recorded, undefined if nothing was completed in the others.
pub fn closing_peak(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let (closing, others): (Vec<Month>, Vec<Month>) = asked.months_of_work().into_iter().partition(|month| month.number() % 3 == 0);
    let mean = |months: Vec<Month>, name: &str| {
        let parts: Vec<Measured> = months.into_iter().filter_map(|month| completed_in(asked, node, month)).collect();
        let count = i64::try_from(parts.len()).unwrap_or(i64::MAX);
        if parts.is_empty() {
            return Measured::missing(name, Unit::Pieces, asked.query.no_data());
        }
        Measured::computed(name, Unit::Pieces, "media dei mesi", parts, |numbers| {
            Exact::quotient(&numbers.iter().sum(), &Exact::from(count)).ok_or_else(|| asked.query.no_data())
        })
    };
    let (closing, others) = (mean(closing, "Definito nei mesi di chiusura"), mean(others, "Definito negli altri mesi"));
    Measured::quotient(label, Unit::Index, "media dei mesi di chiusura / media degli altri x 100", closing, others, &Exact::hundred())
}

fn completed_in(asked: &Asked<'_>, node: &str, month: Month) -> Option<Measured> {
    let sums = asked.sums_between(node, month, month)?;
    let value = Exact::from(sums.sum(COMPLETED)?);
    let provenance = state::provenance(&sums, std::iter::once(COMPLETED))?;
    let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: node.to_owned() };
    Some(Measured::given(value.clone(), Explanation::given(month.to_string(), value, Unit::Pieces, source)))
}

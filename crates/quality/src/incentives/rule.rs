//! What a band asks, and whether a deviation reaches it: numbers alone.

use piramide_measure::{Exact, Missing};
use piramide_plan::Band;

/// The deviation that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// How much.
    pub deviation: Exact,
    /// Whether it must be passed, and not only reached.
    pub exceed: bool,
}

impl Needed {
    /// Whether a deviation reaches it.
    pub fn reached(&self, deviation: &Exact) -> bool {
        if self.exceed { *deviation > self.deviation } else { *deviation >= self.deviation }
    }

    /// By how hard it is: of equal deviations the one that must be passed asks more.
    fn hardness(&self) -> (&Exact, bool) {
        (&self.deviation, self.exceed)
    }
}

/// Whether what is asked is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is.
    Reached,
    /// It is not.
    Missed,
    /// Something that it depends on is missing.
    Undecided(Missing),
}

/// What is asked of a structure, and whether it reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The deviation that is asked; `None` where that is not known.
    pub needed: Option<Needed>,
    /// Whether it is reached.
    pub outcome: Outcome,
}

/// What a band asks: the easier of its ways, and whether one of them is not known.
fn asked(band: &Band, cluster: Option<&Exact>) -> (Option<Needed>, bool) {
    let positive = band.positive.then(|| Needed { deviation: Exact::zero(), exceed: true });
    let beside = band.above_cluster.as_ref().zip(cluster).map(|(percent, cluster)| {
        let more = Exact::quotient(&(&cluster.abs() * percent), &Exact::hundred()).unwrap_or_else(Exact::zero);
        Needed { deviation: cluster + &more, exceed: false }
    });
    let unknown = band.above_cluster.is_some() && cluster.is_none();
    let easier = positive.into_iter().chain(beside).min_by(|one, other| one.hardness().cmp(&other.hardness()));
    (easier, unknown)
}

/// Whether a deviation reaches what is asked by the bands that can hold.
///
/// ```text
/// any positive deviation   deviation > 0
/// above the cluster        deviation >= cluster + |cluster| * per cent / 100
/// ```
///
/// - Unit: per cent of the reference, as the deviation of an index from 100. Of the ways of one band the easier is asked.
/// - Where last year's index is missing every band can hold: what all of them grant is reached, what none grants is missed, and anything
///   else is undecided. So is what a missing result of the cluster could still grant. Nothing is ever decided by a missing number.
/// - "Ten per cent above" a negative deviation of the cluster is nearer to zero by a tenth of it. **Decision**.
/// - Rounding: none; 99.99999 lies below 100.
pub fn verdict(
    bands: &[&Band],
    deviation: &Result<Exact, Missing>,
    last_year: &Result<Exact, Missing>,
    cluster: &Result<Exact, Missing>,
) -> Verdict {
    let asked: Vec<(Option<Needed>, bool)> = bands.iter().map(|band| asked(band, cluster.as_ref().ok())).collect();
    let one = match asked.as_slice() {
        [(needed, false)] => needed.clone(),
        _ => None,
    };
    let deviation = match deviation {
        Ok(deviation) => deviation,
        Err(missing) => return Verdict { needed: one, outcome: Outcome::Undecided(missing.clone()) },
    };
    let granted = |(needed, _): &(Option<Needed>, bool)| needed.as_ref().is_some_and(|needed| needed.reached(deviation));
    let refused = |band: &(Option<Needed>, bool)| !granted(band) && !band.1;
    let all = || asked.iter().filter_map(|(needed, _)| needed.clone());
    let by_hardness = |one: &Needed, other: &Needed| one.hardness().cmp(&other.hardness());
    if !asked.is_empty() && asked.iter().all(granted) {
        return Verdict { needed: all().max_by(by_hardness), outcome: Outcome::Reached };
    }
    if !asked.is_empty() && asked.iter().all(refused) {
        return Verdict { needed: all().min_by(by_hardness), outcome: Outcome::Missed };
    }
    // Several bands that do not agree: the index of last year would say. One band: the cluster would.
    let missing = if bands.len() == 1 { cluster.as_ref().err() } else { last_year.as_ref().err() };
    let missing = missing.or(last_year.as_ref().err()).or(cluster.as_ref().err()).cloned();
    let nothing = || Missing::NoInput { input: "una fascia del piano".to_owned() };
    Verdict { needed: one, outcome: Outcome::Undecided(missing.unwrap_or_else(nothing)) }
}

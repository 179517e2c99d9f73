//! Who handed how much work over to whom (*sussidiarietà*): points kept for each pair of offices and range of months, and read for any
//! structure.

use std::collections::BTreeMap;

use piramide_measure::Provenance;
use piramide_rollup::Tree;

/// The points of a pair in a slot.
#[derive(Debug, Clone, Copy, Default)]
struct Points {
    ten_thousandths: i128,
    /// How many facts of each provenance enter, in the order of [`Provenance::ALL`].
    facts: [u32; Provenance::ALL.len()],
}

impl Points {
    fn shift(&mut self, ten_thousandths: i128, provenance: Provenance, comes: bool) {
        let sign = if comes { 1 } else { -1 };
        self.ten_thousandths += ten_thousandths * sign;
        let place = Provenance::ALL.iter().position(|known| *known == provenance).unwrap_or_default();
        if let Some(count) = self.facts.get_mut(place) {
            *count = count.saturating_add_signed(if comes { 1 } else { -1 });
        }
    }

    fn provenance(&self) -> Option<Provenance> {
        Provenance::ALL.into_iter().zip(self.facts).filter(|(_, count)| *count > 0).map(|(provenance, _)| provenance).max()
    }
}

/// How a pair stands to the structure that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The structure helps another (*prestata*).
    Given,
    /// The structure is helped by another (*ricevuta*).
    Received,
    /// Both are right under the structure.
    Inside,
}

/// Help between two structures, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) relation: Relation,
    pub(super) helper: usize,
    pub(super) helped: usize,
    pub(super) ten_thousandths: i128,
    pub(super) provenance: Provenance,
}

/// Slot, who is helped, who helps.
pub(super) type Place = (usize, usize, usize);

/// Help between offices.
#[derive(Default)]
pub(super) struct Help(BTreeMap<Place, Points>);

impl Help {
    /// Takes in what a fact says now and said before, each in ten-thousandths of a point.
    pub(super) fn take(&mut self, place: Place, before: Option<(i128, Provenance)>, after: Option<(i128, Provenance)>) {
        let points = self.0.entry(place).or_default();
        for (change, comes) in [(before, false), (after, true)] {
            if let Some((ten_thousandths, provenance)) = change {
                points.shift(ten_thousandths, provenance, comes);
            }
        }
    }

    /// The pairs of a structure in some slots, each with the tree that holds in it; and what its offices have handed over to a named
    /// helper, wherever that is.
    ///
    /// How ends are shown: [`seen`].
    pub(super) fn of<'t>(&self, structure: usize, slots: impl Iterator<Item = (usize, &'t Tree)>) -> (Vec<Pair>, i128) {
        let mut pairs: BTreeMap<(Relation, usize, usize), Points> = BTreeMap::new();
        let mut attributed = 0;
        for (slot, tree) in slots {
            let above: Vec<usize> = tree.path(structure).collect();
            for ((_, helped, helper), points) in self.0.range((slot, 0, 0)..(slot + 1, 0, 0)) {
                let (helped, helper): (Vec<usize>, Vec<usize>) = (tree.path(*helped).collect(), tree.path(*helper).collect());
                if helped.contains(&structure) {
                    attributed += points.ten_thousandths;
                }
                let Some((relation, helper, helped)) = seen(&above, &helper, &helped) else { continue };
                let sum = pairs.entry((relation, helper, helped)).or_default();
                sum.ten_thousandths += points.ten_thousandths;
                sum.facts.iter_mut().zip(points.facts).for_each(|(sum, count)| *sum = sum.saturating_add(count));
            }
        }
        let known = |((relation, helper, helped), points): (&(Relation, usize, usize), &Points)| {
            let (relation, helper, helped) = (*relation, *helper, *helped);
            Some(Pair { relation, helper, helped, ten_thousandths: points.ten_thousandths, provenance: points.provenance()? })
        };
        (pairs.iter().filter_map(known).collect(), attributed)
    }
}

/// How a structure sees that one office helped another: its relation, who helps, who is helped. Each is given by the way from it up to the
/// root. `None` for help that is none of its affair.
///
/// An end inside the structure is shown as what stands right under it, or as the structure itself where the other end is outside; an end
/// outside as what stands under the nearest structure above both. Help within one of these is its own affair and not shown.
pub(crate) fn seen<T: Copy + PartialEq>(structure: &[T], helper: &[T], helped: &[T]) -> Option<(Relation, T, T)> {
    let own = *structure.first()?;
    let beyond = |path: &[T]| structure.iter().skip(1).find_map(|common| below(path, *common));
    let (relation, helper, helped) = match (helper.contains(&own), helped.contains(&own)) {
        (true, true) => (Relation::Inside, below(helper, own)?, below(helped, own)?),
        (false, true) => (Relation::Received, beyond(helper)?, own),
        (true, false) => (Relation::Given, own, beyond(helped)?),
        (false, false) => return None,
    };
    (helper != helped).then_some((relation, helper, helped))
}

/// What stands right under a structure on the way up from an office; the structure itself when that is the office.
fn below<T: Copy + PartialEq>(path: &[T], structure: T) -> Option<T> {
    let place = path.iter().position(|node| *node == structure)?;
    path.get(place.checked_sub(1).unwrap_or(place)).copied()
}

//! Things under codes: found at once, listed in the order of their codes, and known by short numbers as they came.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use crate::names::ByAddress;

/// Things under codes, numbered from 0 as they came. Two are equal when they list the same, whatever the numbers.
#[derive(Debug, Clone)]
pub(super) struct Coded<T> {
    numbers: HashMap<Arc<str>, usize>,
    things: Vec<(Arc<str>, T)>,
    /// The numbers in the order of the codes.
    order: Vec<usize>,
}

impl<T> Default for Coded<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), things: Vec::new(), order: Vec::new() }
    }
}

/// The numbers of codes that come again and again: the same text in the same place is looked up once.
#[derive(Default)]
pub(super) struct Opened<'c>(ByAddress<'c, usize>);

impl<'c> Opened<'c> {
    /// As [`Coded::open`], always of the same things.
    pub(super) fn open<T: Default>(&mut self, things: &mut Coded<T>, code: &'c str) -> usize {
        self.0.of(code, || things.open(code))
    }
}

impl<T> Coded<T> {
    /// The number of a code.
    pub(super) fn number(&self, code: &str) -> Option<usize> {
        self.numbers.get(code).copied()
    }

    /// The number of a code, which is taken in on first sight.
    pub(super) fn open(&mut self, code: &str) -> usize
    where
        T: Default,
    {
        if let Some(number) = self.number(code) {
            return number;
        }
        let (number, code) = (self.things.len(), Arc::<str>::from(code));
        let place = self.order.partition_point(|known| self.things.get(*known).is_some_and(|(known, _)| *known < code));
        self.order.insert(place, number);
        self.numbers.insert(code.clone(), number);
        self.things.push((code, T::default()));
        number
    }

    /// What has a number, under its code.
    pub(super) fn at(&self, number: usize) -> Option<(&str, &T)> {
        self.things.get(number).map(|(code, thing)| (code.as_ref(), thing))
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, number: usize) -> Option<&mut T> {
        self.things.get_mut(number).map(|(_, thing)| thing)
    }

    /// What is under a code.
    pub(super) fn get(&self, code: &str) -> Option<(&str, &T)> {
        self.at(self.number(code)?)
    }

    /// The numbers, in the order of the codes.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Everything in the order of the numbers, from which it can be collected again.
    pub(super) fn in_order_of_number(&self) -> impl ExactSizeIterator<Item = (&str, &T)> {
        self.things.iter().map(|(code, thing)| (code.as_ref(), thing))
    }

    /// Everything in the order of the numbers, given away.
    pub(super) fn into_things(self) -> Vec<(Arc<str>, T)> {
        self.things
    }

    /// Everything in the order of the codes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.order.iter().filter_map(|number| self.at(*number))
    }

    /// Everything from a code on, in the order of the codes.
    pub(super) fn from<'a>(&'a self, first: &str) -> impl Iterator<Item = (&'a str, &'a T)> + use<'a, T> {
        let place = self.order.partition_point(|known| self.at(*known).is_some_and(|(known, _)| known < first));
        self.order.get(place..).unwrap_or_default().iter().filter_map(|number| self.at(*number))
    }
}

impl<C: AsRef<str>, T: Default> FromIterator<(C, T)> for Coded<T> {
    fn from_iter<I: IntoIterator<Item = (C, T)>>(things: I) -> Self {
        let mut coded = Self::default();
        for (code, thing) in things {
            let number = coded.open(code.as_ref());
            if let Some(place) = coded.at_mut(number) {
                *place = thing;
            }
        }
        coded
    }
}

impl<T: PartialEq> PartialEq for Coded<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Coded<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_in_their_order_and_numbered_as_they_came() {
        let mut coded = Coded::<i32>::default();
        for (code, thing) in [("b", 2), ("c", 3), ("a", 1)] {
            let number = coded.open(code);
            *coded.at_mut(number).unwrap() = thing;
        }
        assert_eq!(coded.open("c"), 1, "known already");
        assert_eq!(coded.iter().collect::<Vec<_>>(), [("a", &1), ("b", &2), ("c", &3)]);
        assert_eq!(coded.from("aa").map(|(code, _)| code).collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((coded.get("b"), coded.get("d"), coded.number("a")), (Some(("b", &2)), None, Some(2)));
        let again: Coded<i32> = coded.in_order_of_number().map(|(code, thing)| (code, *thing)).collect();
        assert_eq!((again.number("a"), &again), (Some(2), &coded));
        let mut other: Coded<i32> = [("a", 1), ("b", 2), ("c", 3)].into_iter().collect();
        assert_eq!(coded, other, "whatever came first");
        *other.at_mut(0).unwrap() = 7;
        assert_ne!(coded, other);
    }
}

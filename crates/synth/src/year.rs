//! One product's year in every office that has it.

use crate::{chance::Chance, organisation::Office, split::split};

/// How the months of a year differ: an August without people, a January that catches up.
pub const SEASON: [i64; 12] = [118, 106, 108, 98, 100, 97, 92, 58, 104, 110, 105, 84];

/// What a product's year sums to over all offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Pieces received.
    pub received: i64,
    /// Pieces completed.
    pub completed: i64,
    /// Pieces waiting at the end of the year.
    pub closing: i64,
}

impl Totals {
    /// Pieces cancelled: one received in two hundred.
    pub fn cancelled(&self) -> i64 {
        self.received / 200
    }

    /// Pieces waiting at the start: what the balance asks for.
    pub fn opening(&self) -> i64 {
        self.closing + self.completed + self.cancelled() - self.received
    }

    /// The same, office by office.
    pub fn openings(&self, shares: &[i64]) -> Vec<i64> {
        split(self.opening(), shares)
    }
}

/// How a product is worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Per cent that completes itself; `None` for a product that cannot.
    pub automatic: Option<i64>,
    /// Whether offices take it over from each other.
    pub metaprocess: bool,
}

/// A month of a product in an office, in pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pieces {
    /// Received.
    pub received: i64,
    /// Completed.
    pub completed: i64,
    /// Of these, automatically.
    pub automatic: i64,
    /// Cancelled.
    pub cancelled: i64,
    /// Taken over.
    pub taken: i64,
    /// Handed over.
    pub handed: i64,
    /// Waiting at the start.
    pub opening: i64,
    /// Waiting at the end.
    pub closing: i64,
}

/// The offices that have a product, and how much of it: the widest have nearly all products, small points few.
pub fn shares(seed: u64, product: usize, offices: &[Office]) -> Vec<i64> {
    let mut chance = Chance::of(seed, b'p', product);
    let mut shares: Vec<i64> =
        offices.iter().map(|office| if chance.happens(office.breadth) { office.size * chance.between(60, 140) } else { 0 }).collect();
    if shares.iter().all(|share| *share == 0)
        && let Some(first) = shares.first_mut()
    {
        *first = 1;
    }
    shares
}

/// What comes in, office by office and month by month.
pub fn received(seed: u64, product: usize, whole: i64, shares: &[i64]) -> Vec<[i64; 12]> {
    let mut chance = Chance::of(seed, b'r', product);
    split(whole, shares).into_iter().map(|whole| months(whole, &mut chance)).collect()
}

/// What comes in to an office, month by month.
pub(crate) fn months(whole: i64, chance: &mut Chance) -> [i64; 12] {
    let weights: Vec<i64> = SEASON.iter().map(|season| season * chance.between(80, 120)).collect();
    let mut months = [0; 12];
    months.iter_mut().zip(split(whole, &weights)).for_each(|(month, part)| *month = part);
    months
}

/// A product's year in every office. Every month balances and opens as the one before closed, nothing is below zero, transfers sum to
/// nothing in every month, and the totals come out exactly.
pub fn year(seed: u64, product: usize, totals: &Totals, traits: Traits, shares: &[i64]) -> Vec<[Pieces; 12]> {
    let received = received(seed, product, totals.received, shares);
    let opening = totals.openings(shares);
    let mut chance = Chance::of(seed, b'y', product);
    // What an office cannot keep waiting or cancel, because it never had it, the next ones do.
    let (mut owed_closing, mut owed_cancelled) = (0, 0);
    let wanted = split(totals.closing, shares).into_iter().zip(split(totals.cancelled(), shares));
    let mut offices = Vec::with_capacity(shares.len());
    for ((received, opening), (closing, cancelled)) in received.iter().zip(opening).zip(wanted) {
        let had = opening + received.iter().sum::<i64>();
        let closing_here = (closing + owed_closing).min(had);
        owed_closing += closing - closing_here;
        let cancelled_here = (cancelled + owed_cancelled).min(had - closing_here);
        owed_cancelled += cancelled - cancelled_here;
        offices.push(office(received, opening, closing_here, cancelled_here, &mut chance));
    }
    settle(&mut offices, owed_closing, owed_cancelled);
    work(&mut offices, product, traits, &mut chance);
    offices
}

/// How the offices work what they complete: who helps whom, and what completes itself.
pub(crate) fn work(offices: &mut [[Pieces; 12]], product: usize, traits: Traits, chance: &mut Chance) {
    if traits.metaprocess {
        transfer(offices, product, chance);
    }
    if let Some(share) = traits.automatic {
        offices.iter_mut().flatten().for_each(|month| month.automatic = month.completed * share / 100);
    }
}

/// An office's months: the backlog goes from what waited at the start to what must wait at the end, and what leaves follows.
pub(crate) fn office(received: &[i64; 12], opening: i64, closing: i64, cancelled: i64, chance: &mut Chance) -> [Pieces; 12] {
    let mut months = [Pieces::default(); 12];
    let mut waiting = opening;
    let mut to_come: i64 = received.iter().sum();
    let mut leaving = [0; 12];
    for (((month, received), leaves), number) in months.iter_mut().zip(received).zip(leaving.iter_mut()).zip(1i64..) {
        to_come -= received;
        let straight = opening + (closing - opening) * number / 12;
        let wobbly = straight * chance.between(85, 115) / 100;
        // Never more than there is, and enough left to end where the year ends.
        let least = (closing - to_come).max(0);
        let after = if number == 12 { closing } else { wobbly.max(least).min(waiting + received) };
        *leaves = waiting + received - after;
        *month = Pieces { received: *received, opening: waiting, closing: after, ..Pieces::default() };
        waiting = after;
    }
    for ((month, leaves), cancelled) in months.iter_mut().zip(leaving).zip(split(cancelled, &leaving)) {
        month.cancelled = cancelled.min(leaves);
        month.completed = leaves - month.cancelled;
    }
    months
}

/// The last pieces owed: kept waiting, or cancelled, where something was completed.
fn settle(offices: &mut [[Pieces; 12]], mut closing: i64, mut cancelled: i64) {
    for months in offices.iter_mut() {
        if let Some(december) = months.last_mut() {
            let kept = closing.clamp(0, december.completed);
            december.completed -= kept;
            december.closing += kept;
            closing -= kept;
            let dropped = cancelled.clamp(0, december.completed);
            december.completed -= dropped;
            december.cancelled += dropped;
            cancelled -= dropped;
        }
    }
}

/// The office that takes over what another hands over of a product, by their places in the list: the one half a list away, so that help
/// goes from region to region; for half of the products the first half of the offices helps the second. `None` for those that help.
pub fn helper_of(product: usize, office: usize, offices: usize) -> Option<usize> {
    let half = offices / 2;
    if product.is_multiple_of(2) {
        (office < half).then_some(office + half)
    } else {
        office.checked_sub(half).filter(|helper| *helper < half)
    }
}

/// In a month one office hands over up to a fifth of what it would have completed, its helper does it.
fn transfer(offices: &mut [[Pieces; 12]], product: usize, chance: &mut Chance) {
    let count = offices.len();
    for place in 0..count {
        let Some(helper) = helper_of(product, place, count) else { continue };
        let Ok([helped, helper]) = offices.get_disjoint_mut([place, helper]) else { continue };
        for (helped, helper) in helped.iter_mut().zip(helper.iter_mut()) {
            if chance.happens(20) && helper.completed > 0 {
                let pieces = chance.between(0, helped.completed / 5);
                helped.completed -= pieces;
                helped.handed += pieces;
                helper.completed += pieces;
                helper.taken += pieces;
            }
        }
    }
}

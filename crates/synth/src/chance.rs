//! Seeded choice: each subject draws from a stream of its own, so that one more draw in one place changes nothing elsewhere.

use rand_pcg::{
    Pcg64Mcg,
    rand_core::{Rng, SeedableRng},
};

/// A stream of numbers.
pub struct Chance(Pcg64Mcg);

impl Chance {
    /// The stream of a subject, given by its kind and number.
    pub fn of(seed: u64, kind: u8, number: usize) -> Self {
        let mut bytes = [0; 16];
        // The generator sets the two lowest bits of its seed, so nothing that tells subjects apart may stand there.
        let number = u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
        let parts = [u8::MAX, kind].into_iter().chain(number).chain(seed.to_le_bytes());
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        let mut stream = Pcg64Mcg::from_seed(bytes);
        // Neighbouring seeds start alike; a few steps part them.
        (0..8).for_each(|_| {
            stream.next_u64();
        });
        Self(stream)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or_default().saturating_add(1);
        // The high half of a product instead of a remainder: no low bits, and no bias that anyone could see in a span this small.
        let drawn = (u128::from(self.0.next_u64()) * u128::from(span)) >> 64;
        least + i64::try_from(drawn).unwrap_or_default()
    }

    /// Whether something of that many per cent happens.
    pub fn happens(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_draw_differently() {
        let drawn = |seed, kind, number| {
            let mut chance = Chance::of(seed, kind, number);
            [(); 4].map(|()| chance.between(0, 1_000_000))
        };
        assert_eq!(drawn(1, b'a', 1), drawn(1, b'a', 1));
        let all = [drawn(1, b'a', 1), drawn(2, b'a', 1), drawn(1, b'b', 1), drawn(1, b'c', 1), drawn(1, b'a', 2), drawn(1, b'a', 3)];
        assert!(all.iter().enumerate().all(|(place, one)| all.iter().skip(place + 1).all(|other| one != other)), "{all:?}");
    }

    #[test]
    fn draws_stay_in_their_range_and_reach_its_ends() {
        let mut chance = Chance::of(1, b'a', 1);
        let drawn: Vec<i64> = (0..1_000).map(|_| chance.between(-2, 3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-2), Some(&3)));
    }
}

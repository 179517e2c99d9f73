//! What is known at one place: sums, and marks that say where each comes from.

/// Bits of mark that each measure has.
pub const BITS_OF_A_MARK: u32 = 4;

/// The sums of up to sixteen measures, and a mark of four bits for each.
///
/// The bits mean what the caller says, such as the provenances that entered the sum. A sum carries the bits of all its parts, and a
/// measure without bits is not known, whatever its sum says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<const W: usize> {
    /// The sums, by measure.
    pub sums: [i64; W],
    /// The marks, the first measure's in the lowest bits.
    pub marks: u64,
}

impl<const W: usize> Cell<W> {
    /// Nothing is known.
    pub const EMPTY: Self = {
        assert!(W <= 16, "a cell has at most sixteen measures, four bits of mark each");
        Self { sums: [0; W], marks: 0 }
    };

    /// The bits of a measure; `0` when it is not known.
    pub fn mark(&self, measure: usize) -> u8 {
        let shift = u32::try_from(measure).unwrap_or(u32::MAX).saturating_mul(BITS_OF_A_MARK);
        u8::try_from(self.marks.checked_shr(shift).unwrap_or_default() & 0xF).unwrap_or_default()
    }

    /// The sum of a measure; `None` when nothing is known of it.
    pub fn sum(&self, measure: usize) -> Option<i64> {
        self.sums.get(measure).filter(|_| self.mark(measure) != 0).copied()
    }

    /// One measure alone, in the place of another.
    #[must_use]
    pub fn only(&self, measure: usize, place: usize) -> Self {
        let mut only = Self::EMPTY;
        let shift = |measure: usize| BITS_OF_A_MARK * u32::try_from(measure).unwrap_or_default();
        if let Some((from, to)) = self.sums.get(measure).zip(only.sums.get_mut(place)) {
            *to = *from;
            only.marks = u64::from(self.mark(measure)) << shift(place);
        }
        only
    }

    /// Adds a cell. Sums go round at the ends of their range: a total that fits is right whatever its parts passed through.
    pub fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, other)| *sum = sum.wrapping_add(*other));
        self.marks |= other.marks;
    }

    /// The sum of two cells; `None` when one of its sums does not fit.
    #[must_use]
    pub fn checked_sum(mut self, other: &Self) -> Option<Self> {
        let fits = self.sums.iter().zip(&other.sums).all(|(one, other)| one.checked_add(*other).is_some());
        fits.then(|| {
            self.add(other);
            self
        })
    }

    /// What has to be added where another cell was; marks are only ever gained.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut step = *self;
        step.sums.iter_mut().zip(&before.sums).for_each(|(sum, before)| *sum = sum.wrapping_sub(*before));
        step
    }
}

/// What one fact brings, and how far it can move any sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<const W: usize> {
    pub(crate) cell: Cell<W>,
    pub(crate) weight: u128,
}

impl<const W: usize> Leaf<W> {
    /// A fact's measures, which may be larger than a sum can be, and their marks.
    #[expect(clippy::cast_possible_truncation, reason = "sums go round, and the weight tells whether they did")]
    pub fn new(measures: &[i128; W], marks: u64) -> Self {
        let weight = measures.iter().map(|measure| measure.unsigned_abs()).max().unwrap_or_default();
        Self { cell: Cell { sums: measures.map(|measure| measure as i64), marks }, weight }
    }

    /// The same of measures that a sum can be.
    pub fn narrow(measures: &[i64; W], marks: u64) -> Self {
        let weight = measures.iter().map(|measure| measure.unsigned_abs()).max().unwrap_or_default();
        Self { cell: Cell { sums: *measures, marks }, weight: weight.into() }
    }

    /// The cell of the fact alone.
    pub fn cell(&self) -> &Cell<W> {
        &self.cell
    }
}

//! The quantities of a fact.

/// The most quantities that a fact has, as in the ledger.
pub const MOST_QUANTITIES: usize = piramide_ledger::MAX_COLUMNS;

/// The quantities of a fact in minor units: each is a number, or missing, which is not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values {
    pub(super) amounts: [i64; MOST_QUANTITIES],
    pub(super) known: u16,
}

/// The quantities of a fact where they stand.
#[derive(Debug, Clone, Copy)]
pub struct Amounts<'v> {
    amounts: &'v [i64; MOST_QUANTITIES],
    known: u16,
}

impl<'v> Amounts<'v> {
    /// Those of a ledger's fact.
    pub(super) fn of(values: &'v piramide_ledger::Values) -> Self {
        let (amounts, known) = values.amounts();
        Self { amounts, known }
    }

    /// A quantity; `None` when it is missing.
    #[inline]
    pub fn get(self, quantity: usize) -> Option<i64> {
        self.amounts.get(quantity).filter(|_| self.known >> quantity & 1 == 1).copied()
    }
}

impl Values {
    /// From the columns of a ledger's fact; columns beyond the sixteenth, which no ledger has, are left out.
    pub fn new(columns: &[Option<i64>]) -> Self {
        let mut values = Self::default();
        for (quantity, (amount, column)) in values.amounts.iter_mut().zip(columns).enumerate() {
            if let Some(column) = column {
                *amount = *column;
                values.known |= 1 << quantity;
            }
        }
        values
    }

    /// A quantity; `None` when it is missing.
    pub fn get(&self, quantity: usize) -> Option<i64> {
        self.amounts.get(quantity).filter(|_| self.knows(quantity)).copied()
    }

    /// The same, not copied.
    pub fn amounts(&self) -> Amounts<'_> {
        Amounts { amounts: &self.amounts, known: self.known }
    }

    /// The same with another quantity; `None` makes it missing.
    #[must_use]
    pub fn with(mut self, quantity: usize, amount: Option<i64>) -> Self {
        if let Some(place) = self.amounts.get_mut(quantity) {
            *place = amount.unwrap_or_default();
            self.known = if amount.is_some() { self.known | 1 << quantity } else { self.known & !(1 << quantity) };
        }
        self
    }

    /// As the values of a ledger's fact.
    pub fn columns(&self, columns: usize) -> piramide_ledger::Values {
        (0..columns).map(|quantity| self.get(quantity)).collect()
    }

    pub(super) fn knows(&self, quantity: usize) -> bool {
        self.known >> quantity & 1 == 1
    }
}

impl From<&piramide_ledger::Values> for Values {
    fn from(values: &piramide_ledger::Values) -> Self {
        let (amounts, known) = values.amounts();
        Self { amounts: *amounts, known }
    }
}

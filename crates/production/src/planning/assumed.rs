//! What if more comes in, or others do the work? What a plan assumes that nobody has recorded (*ipotesi*).

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Unit};

use super::estimate;

/// What is assumed: nothing unless said otherwise.
#[derive(Debug, Clone, Default)]
pub struct Assumed {
    received: Option<Received>,
    /// The staff there would be on the staff there is.
    staff: Option<Exact>,
}

/// How much more comes in.
#[derive(Debug, Clone)]
struct Received {
    /// The area in which it does; everywhere without one.
    area: Option<String>,
    /// Per cent of what is estimated, below zero for less.
    percent: Exact,
}

impl Assumed {
    /// So many per cent more than is estimated come in, or less below zero: in one area, or in all.
    #[must_use]
    pub fn receiving(self, area: Option<String>, percent: Exact) -> Self {
        Self { received: Some(Received { area, percent }), ..self }
    }

    /// So many full-time equivalents more than there are, or fewer below zero, in proportion to those of each office. `None` when there are none
    /// to share them out by, or fewer than none would be left.
    pub fn with_staff(self, there_are: &Exact, more: &Exact) -> Option<Self> {
        let would_be = there_are + more;
        let factor = Exact::quotient(&would_be, there_are).filter(|_| !would_be.is_negative())?;
        Some(Self { staff: Some(factor), ..self })
    }

    /// What comes in at an area, from what is estimated.
    pub(super) fn received(&self, area: &str, estimated: Measured) -> Measured {
        let there = self.received.as_ref().filter(|received| received.area.as_deref().is_none_or(|only| only == area));
        let Some(Received { percent, .. }) = there else { return estimated };
        let factor = &Exact::hundred() + percent;
        let formula = format!("pervenuto stimato x {} / 100", factor.in_full());
        estimate::rounded("Pervenuto ipotizzato", &formula, vec![estimated], |numbers| {
            Exact::quotient(&(numbers.first()? * &factor), &Exact::hundred())
        })
    }

    /// The staff that there is, from what is recorded.
    pub(super) fn staff(&self, recorded: Measured) -> Measured {
        let Some(factor) = &self.staff else { return recorded };
        let formula = format!("FTE disponibili x {}", factor.in_full());
        Measured::computed("FTE ipotizzati", Unit::FullTimeEquivalents, &formula, vec![recorded], |numbers| {
            let [recorded] = numbers else { return Err(Missing::NoInput { input: "gli FTE".into() }) };
            Ok(recorded * factor)
        })
    }
}

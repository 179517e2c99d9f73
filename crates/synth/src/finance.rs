//! The money of the reconstructed year, office by office and month by month, month 13 included, to the cent.
//!
//! Printed for 2020 are the items of the IEEP, three reference values and the staff of the territory: they come out exactly. Of costs,
//! chapters and accounts no actual of 2020 is printed. What is drawn of them stays near what the plan of 2021 prints for the same region
//! (profitability, shares, Tabella C, legal fees), holds together (what a chapter has used is what the elementary costs count, points are
//! those that production counts), and is synthetic.

mod accounts;
mod assets;
mod centres;
mod costs;
mod items;
mod postings;
mod printed;
mod spending;
mod tables;

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;

pub(crate) use self::tables::NOTE;
pub use self::tables::Tables;
use self::{centres::Centres, postings::Postings, printed::Printed};
use crate::{Settings, organisation::Organisation};

/// Months of accounting.
const MONTHS: usize = 13;
/// The year that is reconstructed.
const YEAR: u16 = 2020;

/// What was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finance(Postings);

impl Finance {
    /// Posts the year. `later` is the bundled plan of the year after; `points` what every office completed in each month, in hundredths of
    /// a point.
    ///
    /// # Errors
    ///
    /// When a table cannot be read, or printed figures contradict one another.
    pub fn new(organisation: &Organisation, points: &[[i64; 12]], later: &BTreeMap<String, Vec<u8>>, settings: Settings) -> Result<Self> {
        let printed = Printed::new(later)?;
        let mut postings = Postings::new(organisation.offices.iter().map(|office| office.code.clone()).collect());
        let centres = Centres::new(organisation, &printed, points, settings)?;
        items::post(&mut postings, organisation, &centres, settings)?;
        costs::post(&mut postings, organisation, &centres, points, settings)?;
        costs::post_elementary(&mut postings, &centres, later)?;
        spending::post(&mut postings, &centres, later, settings)?;
        accounts::post(&mut postings, &centres, &printed, later, settings)?;
        assets::post(&mut postings, &centres, &printed, settings);
        Ok(Self(postings))
    }

    /// Writes every batch, one for each month; gives back the list of them, and how many facts there are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write_facts(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        self.0.write(folder, settings)
    }
}

/// A part of an amount: `amount * share / whole`, half up.
fn part(amount: i64, share: i64, whole: i64) -> i64 {
    let (amount, share, whole) = (i128::from(amount), i128::from(share), i128::from(whole.max(1)));
    i64::try_from((2 * amount * share + whole).div_euclid(2 * whole)).unwrap_or_default()
}

/// An amount, a little more or less: by as many thousandths as drawn.
fn about(amount: i64, (least, most): (i64, i64), chance: &mut crate::chance::Chance) -> i64 {
    part(amount, chance.between(least, most), 1_000)
}

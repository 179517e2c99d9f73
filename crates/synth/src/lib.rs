//! What might the year have looked like office by office, if it sums to what the institute published? A reconstructed year
//! (*anno ricostruito*): synthetic, seeded, labelled so, with no personal data, to be shared with anyone as a test environment.
//!
//! Everything is whole numbers and everything is top-down: a published or reconstructed national figure is split among products,
//! offices and months so that the parts sum to it exactly. Size, season and skew come from weights; the same seed gives the same bytes.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`published`] | the national figures of 2020 that must come out |
//! | [`organisation`] | the offices under each province |
//! | [`catalogue`] | products under each line, with their coefficients |
//! | [`year`](mod@year) | one product's months in every office |
//! | [`before`] | the year before of every product, such that this one goes on from it |
//! | [`quality`] | what was measured of quality in three years, and the budgets of the clusters |
//! | [`surveys`] | what users said in 2020 |
//! | [`finance`] | what the offices brought to and saved for the public purse, what they cost and spent, and the accounts they keep |
//! | [`package`] | the plan packages |
//! | [`facts`] | the batches of facts |
//! | [`split`], [`chance`] | splitting without remainder, and seeded choice |
//!
//! Starts at [`write`](fn@write). Talks to `plan`, for the bundled packages. Does not know how facts are kept or measured.

pub mod before;
pub mod catalogue;
pub mod chance;
pub mod facts;
pub mod finance;
pub mod organisation;
pub mod package;
pub mod published;
pub mod quality;
pub mod split;
pub mod surveys;
pub mod year;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::{
    before::Before,
    catalogue::Catalogue,
    facts::{Drawn, Year},
    finance::Finance,
    organisation::Organisation,
    published::Published,
    quality::{Quality, impact::Impact},
    surveys::Surveys,
};

/// The plan packages that are written, and what each is made from. That of 2019 sets nothing: it is there for the facts of the
/// two years before.
pub const PACKAGES: [(&str, &str); 4] =
    [("synth-2019", "inps-2020"), ("synth-2020", "inps-2020"), ("synth-2021", "inps-2021"), ("synth-2026", "inps-2026")];

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What the year is made from: the same seed gives the same bytes.
    pub seed: u64,
    /// Size in thousandths of the institute: 1,000 has its 450 offices.
    pub thousandths: u32,
    /// Whether production has facts of the year before too. Those of the year itself stay what they are.
    pub year_before: bool,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Offices with facts.
    pub offices: usize,
    /// Products.
    pub products: usize,
    /// Facts.
    pub facts: u64,
}

/// Writes a reconstructed year: plan packages under `plans/`, batches of facts with their list under `facts/`. `progress` is told how
/// many products are done, of how many; in two years they are twice as many.
///
/// # Errors
///
/// When the folder cannot be written, or the figures cannot be split as published.
pub fn write(folder: &Path, settings: Settings, mut progress: impl FnMut(usize, usize)) -> Result<Made> {
    ensure!((1..=20_000).contains(&settings.thousandths), "the scale goes from 0.001 to 20, the institute being 1");
    let bundled = piramide_plan::packages();
    let files = |name: &str| {
        bundled.iter().find(|(known, _)| *known == name).map(|(_, files)| files).with_context(|| format!("no bundled plan {name}"))
    };
    let (base, later) = (files("inps-2020")?, files("inps-2021")?);
    let organisation = Organisation::new(package::table(base, "structures.csv")?, settings)?;
    let published = Published::new(&package::table(base, "products.csv")?)?;
    let catalogue = Catalogue::new(&published, &organisation, settings)?;
    let quality = Quality::new(base, &organisation, settings)?;
    let tables = finance::Tables::new(later);
    for (name, origin) in PACKAGES {
        let made = package::Made { organisation: &organisation, catalogue: &catalogue, quality: &quality, finance: &tables, settings };
        package::write(&folder.join("plans").join(name), name, files(origin)?, &made)?;
    }
    let facts = folder.join("facts");
    let before = settings.year_before.then(|| Before::new(&published, &catalogue, settings));
    let years = [before.as_ref().map(Year::Before), Some(Year::Reconstructed)];
    let all = catalogue.products.len() * years.iter().flatten().count();
    let mut done = 0;
    let mut one_more = || {
        done += 1;
        progress(done, all);
    };
    let drawn = Drawn { published: &published, organisation: &organisation, catalogue: &catalogue, settings };
    let (mut production, mut produced, mut points) = (String::new(), 0, Vec::new());
    for year in years.into_iter().flatten() {
        let written = facts::write(&facts, year, drawn, &mut one_more)?;
        production += &written.list;
        produced += written.facts;
        // Those of the last year are those that finance counts.
        points = written.points;
    }
    let (quality, measured) = quality.write_facts(&facts, settings)?;
    let (voices, said) = Surveys::new(&organisation, settings)?.write_facts(&facts, settings)?;
    let (impact, reached) = Impact::new(&organisation, settings).write_facts(&facts, settings)?;
    let (finance, brought) = Finance::new(&organisation, &points, later, settings)?.write_facts(&facts, settings)?;
    let and_before = if settings.year_before { " and of production in the year before" } else { "" };
    let list = format!(
        "# Synthetic facts of a reconstructed 2020{and_before}, in the order in which they are sent.\n\n{production}{quality}{voices}{impact}{finance}"
    );
    let path = facts.join("batches.toml");
    fs::write(&path, list).with_context(|| format!("writing {}", path.display()))?;
    Ok(Made {
        offices: organisation.offices.len(),
        products: catalogue.products.len(),
        facts: produced + measured + said + reached + brought,
    })
}

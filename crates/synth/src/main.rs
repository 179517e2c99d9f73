//! `piramide-synth`: writes a reconstructed year.
#![allow(clippy::print_stdout, reason = "a command speaks to its terminal")]

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use piramide_measure::decimal;
use piramide_synth::Settings;

/// Writes a reconstructed 2020, office by office: synthetic facts that sum to the published figures, and the plans that go with them.
///
/// The folder gets `plans/` (start services with --plans on it) and `facts/` (send them with `piramide import --list
/// facts/batches.toml`). The same seed and scale give the same bytes. No personal data.
#[derive(Debug, Parser)]
#[command(name = "piramide-synth", version)]
struct Arguments {
    /// The folder to write into.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How large: 1 is the institute (450 offices, 1,200 products), 0.01 is for tests, 10 for the future.
    #[arg(long, default_value = "1", value_parser = scale)]
    scale: u32,
    /// What the year is made from.
    #[arg(long, default_value_t = 2020)]
    seed: u64,
    /// Also writes what was produced in 2019, so that last year stands beside every flow: it ends where 2020 begins and has the days of backlog
    /// that are printed for it. The facts of 2020 are the same without.
    #[arg(long)]
    year_before: bool,
}

/// A scale in thousandths.
fn scale(text: &str) -> Result<u32, String> {
    let units = decimal::parse_minor_units(text, 3).map_err(|error| error.to_string())?;
    u32::try_from(units).ok().filter(|units| (1..=20_000).contains(units)).ok_or_else(|| "goes from 0.001 to 20".to_owned())
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let bar = ProgressBar::new(0).with_message("prodotti");
    bar.set_style(ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {elapsed}").context("drawing progress")?);
    let settings = Settings { seed: arguments.seed, thousandths: arguments.scale, year_before: arguments.year_before };
    let made = piramide_synth::write(&arguments.out, settings, |done, all| {
        bar.set_length(u64::try_from(all).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
    })?;
    bar.finish_and_clear();
    println!("{} fatti di {} sedi e {} prodotti in {}", made.facts, made.offices, made.products, arguments.out.display());
    Ok(())
}

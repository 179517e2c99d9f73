//! `cargo xtask synth`: a reconstructed year, written by the program that makes it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{step, workspace};

/// Where to write, how much, and from what.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder to write into: `plans/` and `facts/`.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How large: 1 is the institute (450 offices, 1,200 products, 3 million facts), 0.01 is for tests.
    #[arg(long, default_value = "1")]
    scale: String,
    /// What the year is made from: the same seed and scale give the same bytes.
    #[arg(long, default_value_t = 2020)]
    seed: u64,
    /// Also writes what was produced in 2019, so that last year stands beside every flow; 2020 is the same without.
    #[arg(long)]
    year_before: bool,
}

/// The flag for the year before, as the program has it too.
pub(crate) const YEAR_BEFORE: &str = "--year-before";

/// Writes a reconstructed year.
///
/// # Errors
///
/// When the program cannot be built or run, or refuses what it is asked.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Millions of rows: worth a build with optimisations.
    step::command("build", &mut workspace::cargo(&["build", "--release", "--package", "piramide-synth"]))?;
    let flag: &[&str] = if arguments.year_before { &[YEAR_BEFORE] } else { &[] };
    write(&workspace::target().join("release"), &arguments.out, &arguments.scale, arguments.seed, flag)
}

/// Writes a reconstructed year with the programs of a folder, with the flags that are given.
pub(crate) fn write(binaries: &Path, out: &Path, scale: &str, seed: u64, flags: &[&str]) -> Result<()> {
    let mut command = Command::new(binaries.join("piramide-synth"));
    command.arg("--out").arg(out).args(["--scale", scale, "--seed", &seed.to_string()]).args(flags);
    step::command("synth", &mut command)
}

/// Whether a list of batches has production of the year before.
pub(crate) fn has_year_before(list: &str) -> bool {
    list.split("[[batch]]").any(|batch| batch.contains("domain = \"production\"") && batch.contains("-2019-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_before_is_known_by_its_batches_of_production() {
        let batch = |domain, id| format!("[[batch]]\nfile = \"{id}.csv\"\ndomain = \"{domain}\"\nid = \"{id}\"\n\n");
        let year = batch("production", "synth-2020-10-2020-01-001") + &batch("finance", "synth-finance-2020-10-2019-01");
        assert!(!has_year_before(&year));
        assert!(has_year_before(&(batch("production", "synth-2020-10-2019-01-001") + &year)));
    }
}

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
}

/// Writes a reconstructed year.
///
/// # Errors
///
/// When the program cannot be built or run, or refuses what it is asked.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Millions of rows: worth a build with optimisations.
    step::command("build", &mut workspace::cargo(&["build", "--release", "--package", "piramide-synth"]))?;
    write(&workspace::target().join("release"), &arguments.out, &arguments.scale, arguments.seed)
}

/// Writes a reconstructed year with the programs of a folder.
pub(crate) fn write(binaries: &Path, out: &Path, scale: &str, seed: u64) -> Result<()> {
    let mut command = Command::new(binaries.join("piramide-synth"));
    command.arg("--out").arg(out).args(["--scale", scale, "--seed", &seed.to_string()]);
    step::command("synth", &mut command)
}

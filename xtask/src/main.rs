//! The runner: `cargo xtask up | test | contracts | synth | bench`.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`up`] | the whole system on this machine, until told to stop |
//! | [`mod@test`] | every check that a change must pass |
//! | [`contracts`] | style of `proto/`, and breaks against the main branch |
//! | [`arrows`], [`tidy`] | who may know whom, how files look, which licence and version |
//! | [`synth`] | a reconstructed year |
//! | [`mod@bench`] | figures of one run on this machine |
//! | [`workspace`], [`step`] | cargo, and progress |
// A runner speaks to its terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arrows;
mod bench;
mod contracts;
mod step;
mod synth;
mod test;
mod tidy;
mod up;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs, checks and measures Piramide.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds and starts every service and the gateway on this machine, with the published results of 2020, until Ctrl-C.
    Up(up::Arguments),
    /// Runs every check: formatting, lints, contracts, arrows between crates, tests, documentation.
    Test,
    /// Checks the style of the contracts, and that they only grew since the last commit on main.
    Contracts,
    /// Writes who knows whom to xtask/arrows.txt, to be looked at in review.
    Arrows,
    /// Writes a reconstructed 2020: synthetic facts, office by office, that sum to the published figures.
    Synth(synth::Arguments),
    /// Measures the running system: requests, latency, start, memory.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Up(arguments) => up::run(&arguments),
        Task::Test => test::run(),
        Task::Contracts => step::run("contracts", || contracts::check(&workspace::root())),
        Task::Arrows => step::run("arrows", || arrows::write(&workspace::root())),
        Task::Synth(arguments) => synth::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_of_every_task_fit_together() {
        Arguments::command().debug_assert();
    }
}

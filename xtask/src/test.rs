//! `cargo xtask test`: every check that a change must pass, one profile and one set of features. Installs nothing.

use std::{
    env,
    io::{BufRead, BufReader},
    process::Stdio,
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{arrows, contracts, step, tidy, workspace};

/// Names the script with which the pages are audited; without it that test, the only one, is left out.
const AUDIT: &str = "PIRAMIDE_AXE";

/// Runs the checks, the quick ones first, and stops at the first that fails. The last line is the count of tests, once they ran.
///
/// # Errors
///
/// What failed, and how to repeat it alone.
pub(crate) fn run() -> Result<()> {
    let started = Instant::now();
    let root = workspace::root();
    step::command("format", &mut workspace::cargo(&["fmt", "--all", "--check"]))?;
    step::run("contracts", || contracts::check(&root))?;
    step::run("arrows", || arrows::check(&root))?;
    step::run("tidy", || tidy::check(&root))?;
    let lints = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    step::command("lints", &mut workspace::cargo(&lints))?;
    // The tests of the whole system start these programs.
    step::command("build", &mut workspace::cargo(&["build", "--workspace", "--quiet"]))?;
    let counted = tests()?;
    let mut documentation = workspace::cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
    let documented = if counted.good() { step::command("docs", documentation.env("RUSTDOCFLAGS", "-D warnings")) } else { Ok(()) };
    eprintln!("  total {}", step::seconds(started.elapsed()));
    println!("{} passed, {} failed", counted.passed, counted.failed);
    documented?;
    ensure!(counted.failed == 0, "{} tests failed: their output is above", counted.failed);
    ensure!(counted.complete, "the tests did not all run: the reason is above");
    Ok(())
}

/// What the runner of the tests said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counted {
    passed: u64,
    failed: u64,
    /// Whether every test program was built, ran and was content.
    complete: bool,
}

impl Counted {
    fn good(self) -> bool {
        self.complete && self.failed == 0
    }

    /// Takes in a line of output.
    fn read(&mut self, line: &str) -> Result<()> {
        let Some(result) = line.strip_prefix("test result: ") else {
            return Ok(());
        };
        let figure = |word: &str| {
            let part = result.split([';', '.']).find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|part| part.trim().parse::<u64>().ok()).with_context(|| format!("no count of {word} in \"{line}\""))
        };
        self.passed += figure(" passed")?;
        self.failed += figure(" failed")?;
        Ok(())
    }
}

/// Runs the tests of the workspace, those too that need what is not ours where that is at hand. Their output is shown but for the tests that
/// pass.
fn tests() -> Result<Counted> {
    let started = Instant::now();
    let mut arguments = vec!["test", "--workspace", "--no-fail-fast"];
    if env::var_os(AUDIT).is_some_and(|script| !script.is_empty()) {
        arguments.extend(["--", "--include-ignored"]);
    }
    eprintln!("  … tests: cargo {}", arguments.join(" "));
    let mut command = workspace::cargo(&arguments);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run cargo test")?;
    let Some(output) = child.stdout.take() else {
        bail!("the output of cargo test cannot be read");
    };
    let mut counted = Counted::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("reading the output of cargo test")?;
        counted.read(&line)?;
        if worth_showing(&line) {
            println!("{line}");
        }
    }
    counted.complete = child.wait()?.success();
    if counted.good() {
        step::done("tests", "", started.elapsed());
    }
    Ok(counted)
}

fn worth_showing(line: &str) -> bool {
    let passed = line.starts_with("test ") && (line.ends_with(" ... ok") || line.contains(" - should panic ... ok"));
    let announced = line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test"));
    !(passed || announced || line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut counted = Counted::default();
        let lines = [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 39 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ];
        for line in lines {
            counted.read(line).unwrap();
        }
        assert_eq!(counted, Counted { passed: 42, failed: 2, complete: false });
        assert!(counted.read("test result: something else").is_err(), "a result that cannot be read must not count as none");
    }

    #[test]
    fn only_what_passes_is_left_out() {
        assert!(!worth_showing("test a::b ... ok"));
        assert!(worth_showing("test a::b ... FAILED"));
        assert!(worth_showing("test result: ok. 3 passed; 0 failed; 0 ignored"));
        assert!(worth_showing("thread 'a::b' panicked at src/a.rs:1:1:"));
    }
}

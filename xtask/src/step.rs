//! Progress: a line for each step, with what it found and how long it took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};

/// Runs a quiet step; what it returns stands on its line.
///
/// # Errors
///
/// As the step, with its name.
pub(crate) fn run(name: &str, step: impl FnOnce() -> Result<String>) -> Result<()> {
    run_shown(name, |_| step())
}

/// Runs a quiet step that may say meanwhile how far it has come, in the place of its name.
///
/// # Errors
///
/// As the step, with its name.
pub(crate) fn run_shown(name: &str, step: impl FnOnce(&ProgressBar) -> Result<String>) -> Result<()> {
    let spinner = spinner(name);
    let started = Instant::now();
    let outcome = step(&spinner);
    spinner.finish_and_clear();
    let said = outcome.with_context(|| format!("{name} failed"))?;
    done(name, &said, started.elapsed());
    Ok(())
}

/// Runs a program that shows its own progress.
///
/// # Errors
///
/// When the program cannot be run or fails.
pub(crate) fn command(name: &str, command: &mut std::process::Command) -> Result<()> {
    let started = Instant::now();
    let line = shown(command);
    eprintln!("  … {name}: {line}");
    let status = command.status().with_context(|| format!("{name}: cannot run {line}"))?;
    ensure!(status.success(), "{name} failed ({status}): its reasons are above; to repeat it alone: {line}");
    done(name, "", started.elapsed());
    Ok(())
}

/// A moving sign while something is going on; nothing when the output is not a terminal.
pub(crate) fn spinner(name: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// Says that a step is done.
pub(crate) fn done(name: &str, said: &str, took: Duration) {
    eprintln!("  ✓ {name:<12} {:>7}  {said}", seconds(took));
}

/// A duration as people read it: `0.8 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{}.{} s", duration.as_secs(), duration.subsec_millis() / 100)
}

/// A command as it would be typed.
fn shown(command: &std::process::Command) -> String {
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    std::iter::once(program.into()).chain(arguments).collect::<Vec<_>>().join(" ")
}

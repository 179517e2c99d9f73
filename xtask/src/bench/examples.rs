//! Examples of the crates that measure: each prints one JSON object of whole numbers.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{step, workspace};

/// Runs an example of one of the crates, which prints one JSON object.
pub(super) fn example(name: &str, arguments: &[&str]) -> Result<Value> {
    let started = Instant::now();
    let spinner = step::spinner(name);
    let output = Command::new(workspace::target().join("release/examples").join(name)).args(arguments).output()?;
    spinner.finish_and_clear();
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    step::done(name, "", started.elapsed());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// An example at work, and what it said first. It ends when this is dropped.
pub(super) struct Staying {
    pub(super) said: Value,
    program: Child,
}

impl Drop for Staying {
    fn drop(&mut self) {
        // The end of its standard input is what it waits for.
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}

/// Starts an example that prints one JSON object and stays.
pub(super) fn example_that_stays(name: &str, arguments: &[&str]) -> Result<Staying> {
    let started = Instant::now();
    let spinner = step::spinner(name);
    let mut command = Command::new(workspace::target().join("release/examples").join(name));
    let mut program = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let output = program.stdout.take().context("its output cannot be read")?;
    BufReader::new(output).read_line(&mut line)?;
    spinner.finish_and_clear();
    let said = serde_json::from_str(&line).with_context(|| format!("{name} failed: the reason is above"));
    let mut staying = Staying { said: Value::Null, program };
    staying.said = said?;
    step::done(name, "", started.elapsed());
    Ok(staying)
}

pub(super) fn number(answer: &Value, key: &str) -> Result<u128> {
    answer.get(key).and_then(Value::as_u64).map(u128::from).with_context(|| format!("no {key} in {answer}"))
}

//! Examples of the crates that measure: each prints one JSON object of whole numbers.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
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

/// An example at work, which answers each line with one JSON object. It ends when this is dropped.
pub(super) struct Staying {
    name: &'static str,
    program: Child,
    output: BufReader<ChildStdout>,
}

impl Staying {
    /// Starts it.
    pub(super) fn start(name: &'static str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(workspace::target().join("release/examples").join(name));
        let mut program = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = BufReader::new(program.stdout.take().context("its output cannot be read")?);
        Ok(Self { name, program, output })
    }

    /// What it answers.
    pub(super) fn ask(&mut self, asked: &str) -> Result<Value> {
        let input = self.program.stdin.as_mut().context("its input cannot be written")?;
        writeln!(input, "{asked}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("{} failed at {asked}: the reason is above", self.name))
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        // The end of its standard input is what it waits for.
        drop(self.program.stdin.take());
        let _ = self.program.wait();
    }
}

pub(super) fn number(answer: &Value, key: &str) -> Result<u128> {
    answer.get(key).and_then(Value::as_u64).map(u128::from).with_context(|| format!("no {key} in {answer}"))
}

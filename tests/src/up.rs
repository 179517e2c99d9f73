//! `cargo xtask up`, started as a person would start it, on programs that are built already.

use std::{
    fs,
    path::Path,
    process::{Command, ExitStatus},
};

use rustix::process::Signal;
use tempfile::NamedTempFile;

use crate::{binary, build, ports, process::Process};

/// The ports that it is told to use.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// That of the gateway.
    pub gateway: u16,
    /// The first of the five of the services.
    pub services: u16,
}

impl Ports {
    /// Ports that nobody else has.
    pub fn free() -> Self {
        Self { gateway: ports::free_port(), services: ports::five_free_ports() }
    }
}

/// A runner with all that it has started.
pub struct Up {
    process: Process,
    output: NamedTempFile,
}

impl Up {
    /// Starts it on a folder of ledgers.
    pub fn start(data: &Path, ports: Ports) -> Self {
        build();
        let runner = binary("xtask");
        let profile = runner.parent().expect("the folder of a profile");
        let mut command = Command::new(&runner);
        command.env("CARGO_TARGET_DIR", profile.parent().expect("the folder of builds"));
        command.args(["up", "--no-build", "--data"]).arg(data);
        command.args(["--port", &ports.gateway.to_string(), "--service-ports", &ports.services.to_string()]);
        command.args(profile.ends_with("release").then_some("--release"));
        let output = NamedTempFile::new().expect("a file");
        Self { process: Process::start(command, output.path()), output }
    }

    /// The address that it prints once everything answers.
    pub fn address(&mut self) -> String {
        let Self { process, output } = self;
        process.wait_until("answering", || {
            let said = fs::read_to_string(output.path()).ok()?;
            let (_, rest) = said.split_once("Piramide is at ")?;
            rest.split_once(' ').map(|(address, _)| address.to_owned())
        })
    }

    /// What it has written so far.
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// The numbers of the processes that it has started and that are there.
    pub fn children(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").expect("the table of processes").flatten();
        let numbers = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        numbers.filter(|number| stat(*number).is_some_and(|(_, parent)| parent == self.process.number())).collect()
    }

    /// Presses Ctrl-C, and waits for its end.
    pub fn interrupt(mut self) -> (ExitStatus, String) {
        (self.process.end_at(Signal::INT), self.process.said())
    }

    /// Waits until it ends by itself.
    pub fn ended(mut self) -> (ExitStatus, String) {
        (self.process.ended(), self.process.said())
    }

    /// Kills it on the spot, so that it can stop nothing.
    pub fn kill(self) {
        self.process.kill();
    }
}

/// Whether a process is there and has not ended.
pub fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process and the number of its parent, which follow its name in brackets (proc(5)).
fn stat(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

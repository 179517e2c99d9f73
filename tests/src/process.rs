//! One process, started, awaited and ended by its own identifier.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// The most a service may take to be ready, or to end when asked: generous, since a machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often to look.
const PAUSE: Duration = Duration::from_millis(20);

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Ends the process when this one ends, however it ends: a system shared by all tests is never dropped.
    watchdog: Child,
    log: PathBuf,
}

/// Where a service's side door stands, given its port.
pub(crate) fn side_door(port: u16) -> u16 {
    port + 1
}

impl Process {
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a log file");
        let output = file.try_clone().expect("a log file");
        let child = command.stdin(Stdio::null()).stdout(output).stderr(file).spawn();
        let child = child.unwrap_or_else(|error| panic!("{} does not start: {error}", command.get_program().display()));
        // Its input is a pipe from here, which closes with us.
        let watch = ["-c", "cat >/dev/null; kill -9 \"$0\"", &child.id().to_string()];
        let watchdog = Command::new("sh").args(watch).stdin(Stdio::piped()).spawn().expect("a shell starts");
        Self { child, watchdog, log: log.to_owned() }
    }

    /// Waits until it has come to something, while it must live.
    pub(crate) fn wait_until<T>(&mut self, what: &str, reached: impl Fn() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(reached) = reached() {
                return reached;
            }
            let ended = self.child.try_wait().expect("the process can be awaited");
            assert!(ended.is_none(), "ended before it was {what}: {}", self.said());
            assert!(start.elapsed() < PATIENCE, "not {what} after {PATIENCE:?}: {}", self.said());
            thread::sleep(PAUSE);
        }
    }

    /// Its number.
    pub(crate) fn number(&self) -> u32 {
        self.child.id()
    }

    /// The memory that it holds, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident size");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB")
    }

    /// What it has written.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Calls the watchdog off, before the number of the process can mean another.
    fn unwatch(&mut self) {
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
    }

    pub(crate) fn kill(mut self) {
        self.unwatch();
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    pub(crate) fn stop(mut self) {
        let status = self.end_at(Signal::TERM);
        assert!(status.success(), "ended with {status}: {}", self.said());
    }

    /// Sends it a signal, and waits until it has ended.
    pub(crate) fn end_at(&mut self, signal: Signal) -> ExitStatus {
        let told = kill_process(Pid::from_child(&self.child), signal);
        assert!(told.is_ok(), "the process is gone already: {}", self.said());
        self.ended()
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be awaited") {
                self.unwatch();
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "still running after {PATIENCE:?}: {}", self.said());
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.unwatch();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

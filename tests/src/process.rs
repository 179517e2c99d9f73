//! One process, started, awaited and ended by its own identifier.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The most a service may take to be ready, or to end when asked: generous, since a machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often to look.
const PAUSE: Duration = Duration::from_millis(20);

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

/// Where a service's side door stands, given its port.
pub(crate) fn side_door(port: u16) -> u16 {
    if port > 60_000 { port - 1_000 } else { port + 1_000 }
}

impl Process {
    pub(crate) fn start(binary: &Path, arguments: &[String], log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a log file");
        let output = file.try_clone().expect("a log file");
        let child = Command::new(binary).args(arguments).stdin(Stdio::null()).stdout(output).stderr(file).spawn();
        let child = child.unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        Self { child, log: log.to_owned() }
    }

    /// Waits until the service says that it is ready.
    pub(crate) fn wait_until_ready(&self, port: u16) {
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let start = Instant::now();
        while !ureq::get(&url).call().is_ok_and(|answer| answer.status() == 200) {
            assert!(start.elapsed() < PATIENCE, "not ready after {PATIENCE:?}: {}", self.said());
            thread::sleep(PAUSE);
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill starts");
        assert!(asked.success(), "the process is gone already: {}", self.said());
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be awaited") {
                assert!(status.success(), "ended with {status}: {}", self.said());
                return;
            }
            assert!(start.elapsed() < PATIENCE, "still running {PATIENCE:?} after it was asked to stop");
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
    /// Ends the process when this one ends, however it ends: a system shared by all tests is never dropped.
    watchdog: Child,
    log: PathBuf,
}

/// Where a service's side door stands, given its port.
pub(crate) fn side_door(port: u16) -> u16 {
    port + 1
}

impl Process {
    pub(crate) fn start(binary: &Path, arguments: &[String], log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a log file");
        let output = file.try_clone().expect("a log file");
        let child = Command::new(binary).args(arguments).stdin(Stdio::null()).stdout(output).stderr(file).spawn();
        let child = child.unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        // Its input is a pipe from here, which closes with us.
        let watch = ["-c", "cat >/dev/null; kill -9 \"$0\"", &child.id().to_string()];
        let watchdog = Command::new("sh").args(watch).stdin(Stdio::piped()).spawn().expect("a shell starts");
        Self { child, watchdog, log: log.to_owned() }
    }

    /// Waits until the service says that it is ready.
    pub(crate) fn wait_until_ready(&mut self, port: u16) {
        let url = format!("http://127.0.0.1:{port}/health/ready");
        let start = Instant::now();
        while !ureq::get(&url).call().is_ok_and(|answer| answer.status() == 200) {
            let ended = self.child.try_wait().expect("the process can be awaited");
            assert!(ended.is_none(), "ended before it was ready: {}", self.said());
            assert!(start.elapsed() < PATIENCE, "not ready after {PATIENCE:?}: {}", self.said());
            thread::sleep(PAUSE);
        }
    }

    /// The memory that it holds, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident size");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB")
    }

    fn said(&self) -> String {
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
        self.unwatch();
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
        self.unwatch();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

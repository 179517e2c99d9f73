//! Programs started, watched and stopped together. Whatever way the runner ends, nothing of it is left running.

use std::{
    fmt,
    io::Read,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use indicatif::{HumanCount, ProgressBar};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::up::logs::{Log, News};

/// How long processes may take to finish what they do; a little more than what they give themselves.
const STOP_WITHIN: Duration = Duration::from_secs(30);
/// What each still gets when that time has been used up by another.
const AT_LEAST: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(20);
/// Lines of its log shown when a process dies.
const LAST_LINES: usize = 20;

/// Programs that live together.
pub(crate) struct Processes {
    running: Vec<Running>,
    logs: PathBuf,
    signals: Signals,
    stop_within: Duration,
    /// Where is shown how far those have come that read their ledgers, while somebody waits for them.
    progress: Option<ProgressBar>,
}

struct Running {
    name: &'static str,
    child: Child,
    log: Log,
}

/// Something that ends the life together.
#[derive(Debug)]
pub(crate) enum Event {
    /// A signal asked the runner to stop.
    Told,
    /// A process ended by itself.
    Died(Death),
}

/// How a process ended by itself.
#[derive(Debug)]
pub(crate) struct Death {
    name: &'static str,
    status: ExitStatus,
    log: PathBuf,
    last_lines: Vec<String>,
}

/// The runner was told to stop while it was busy: a way to end, not a failure.
#[derive(Debug, thiserror::Error)]
#[error("told to stop")]
pub(crate) struct Told;

impl fmt::Display for Death {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, status, log, last_lines } = self;
        write!(formatter, "{name} ended ({status}) and so did everything else; the end of {}:", log.display())?;
        last_lines.iter().try_for_each(|line| write!(formatter, "\n  {line}"))
    }
}

impl Processes {
    /// No process yet; signals to stop are noticed from now on.
    pub(crate) fn new(logs: PathBuf) -> Result<Self> {
        let signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("watching for signals")?;
        Ok(Self { running: Vec::new(), logs, signals, stop_within: STOP_WITHIN, progress: None })
    }

    /// Starts a program. It is in a group of its own, so that Ctrl-C reaches the runner alone, which stops all in order.
    pub(crate) fn start(&mut self, name: &'static str, mut command: Command) -> Result<()> {
        let (log, file) = Log::open(&self.logs, name)?;
        let errors = file.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
        self.running.push(Running { name, child, log });
        Ok(())
    }

    /// Shows from now on how far those have come that read their ledgers, beside what is shown there; nowhere when none is given.
    pub(crate) fn show_progress(&mut self, progress: Option<ProgressBar>) {
        self.progress = progress;
    }

    /// The process number of each program.
    pub(crate) fn numbers(&self) -> Vec<(&'static str, u32)> {
        self.running.iter().map(|running| (running.name, running.child.id())).collect()
    }

    /// What happened since the last look; failures in the logs are shown in passing, and how far long starts have come.
    pub(crate) fn event(&mut self) -> Result<Option<Event>> {
        for running in &mut self.running {
            let News { failures, read } = running.log.news()?;
            for line in failures {
                eprintln!("  {}: {line}", running.name);
            }
            if let Some(((read, of), progress)) = read.zip(self.progress.as_ref()) {
                progress.set_message(format!("{} has read {} of {} facts", running.name, HumanCount(read), HumanCount(of)));
            }
        }
        if self.signals.pending().next().is_some() {
            return Ok(Some(Event::Told));
        }
        for running in &mut self.running {
            if let Some(status) = running.child.try_wait()? {
                let last_lines = running.log.tail(LAST_LINES);
                return Ok(Some(Event::Died(Death { name: running.name, status, log: running.log.path().to_owned(), last_lines })));
            }
        }
        Ok(None)
    }

    /// Looks, for a caller that waits for something else.
    ///
    /// # Errors
    ///
    /// [`Told`] when a signal came; how it ended when a process did.
    pub(crate) fn look(&mut self) -> Result<()> {
        match self.event()? {
            None => Ok(()),
            Some(Event::Told) => Err(Told.into()),
            Some(Event::Died(death)) => bail!("{death}"),
        }
    }

    /// Runs a short program while all others must live, and answers how it ended and what it wrote. Its progress and complaints are
    /// seen on the terminal.
    pub(crate) fn beside(&mut self, name: &str, mut command: Command) -> Result<(ExitStatus, String)> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().with_context(|| format!("starting {name}"))?;
        let mut output = child.stdout.take().context("its output cannot be read")?;
        let reader = thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).map(|_| text)
        });
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if let Err(error) = self.look() {
                // Already gone is as good.
                let _ = child.kill();
                child.wait()?;
                return Err(error);
            }
            thread::sleep(GLANCE);
        };
        let Ok(text) = reader.join() else { bail!("the output of {name} cannot be read") };
        Ok((status, text.with_context(|| format!("reading the output of {name}"))?))
    }

    /// Stops everything, those who ask before those who are asked. A second signal stops waiting.
    pub(crate) fn stop(&mut self) {
        let mut until = Instant::now() + self.stop_within;
        while let Some(mut running) = self.running.pop() {
            if !matches!(running.child.try_wait(), Ok(None)) {
                continue;
            }
            // A process that ended in between cannot be told anything, which is fine.
            let _ = kill_process(Pid::from_child(&running.child), Signal::TERM);
            let patience = until.max(Instant::now() + AT_LEAST.min(self.stop_within));
            while matches!(running.child.try_wait(), Ok(None)) {
                let again = self.signals.pending().next().is_some();
                if again {
                    until = Instant::now();
                }
                if again || Instant::now() > patience {
                    let why = if again { "at the second signal".to_owned() } else { format!("within {} s", self.stop_within.as_secs()) };
                    eprintln!("  {} did not end {why}: killed", running.name);
                    let _ = running.child.kill();
                    let _ = running.child.wait();
                    break;
                }
                thread::sleep(GLANCE);
            }
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests;

//! The whole of a `main`: the only place, with it, that knows the arguments, the environment, signals and exit codes.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | stopped because it was told to; or `--help`, `--version`, `--print-config` |
//! | 1 | could not start, or could not go on |
//! | 2 | the configuration is not usable |
//! | 3 | could not start: what it keeps belongs to another process, or cannot be kept from one |

use std::error::Error;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::about::About;
use crate::config::{Config, ConfigError, Sources};
use crate::server::Drained;
use crate::shutdown::Shutdown;
use crate::telemetry;

/// Any error of a service, for [`run`].
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why a service does not start where another process has what it keeps, or could take it: exit code 3, since starting again does not help.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Taken(pub BoxError);

/// Time that work on other threads has to end after the server has.
const RUNTIME_END: Duration = Duration::from_secs(1);

/// A server at work, as far as [`run`] has to know it: most are [`Running`](crate::Running), a door of another kind is one of its own.
pub trait AtWork {
    /// Why it ended without being told to, or not as it should.
    type Error: Into<BoxError>;

    /// Where gRPC is answered, if it is.
    fn grpc(&self) -> Option<SocketAddr>;

    /// Where HTTP is answered, if it is.
    fn http(&self) -> Option<SocketAddr>;

    /// The switch that starts the drain.
    fn shutdown(&self) -> Shutdown;

    /// Waits for the end of the drain, or for an end that nobody asked for.
    fn join(self) -> impl Future<Output = Result<Drained, Self::Error>>;
}

/// Runs a service: configuration, telemetry, `start`, then until SIGTERM or SIGINT, then the drain. A second signal ends
/// it at once.
///
/// When the service is ready it prints one line of JSON on standard output, and nothing else is ever printed there:
///
/// ```json
/// {"ready":{"service":"piramide-production","grpc":"127.0.0.1:50051","http":"127.0.0.1:50151"}}
/// ```
pub fn run<E, S, F, R, X>(about: &About, start: S) -> ExitCode
where
    E: clap::Args,
    S: FnOnce(Config<E>) -> F,
    F: Future<Output = Result<R, X>>,
    R: AtWork,
    X: Into<BoxError>,
{
    run_from(about, &Sources::of_process(), start)
}

/// The same with arguments and environment given, for a process that has others: a test, or a program of several parts.
pub fn run_from<E, S, F, R, X>(about: &About, sources: &Sources, start: S) -> ExitCode
where
    E: clap::Args,
    S: FnOnce(Config<E>) -> F,
    F: Future<Output = Result<R, X>>,
    R: AtWork,
    X: Into<BoxError>,
{
    let config = match Config::<E>::load(about, sources) {
        Ok(config) => config,
        Err(ConfigError::Usage(usage)) => {
            // Prints --help on standard output and complaints on standard error; a closed pipe is no reason to complain.
            let _ = usage.print();
            return if usage.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
        Err(error) => return complain(about, &error, 2),
    };
    if config.wants_print() {
        say(&config.to_toml());
        return ExitCode::SUCCESS;
    }
    let runtime = match Builder::new_multi_thread().worker_threads(config.options.threads).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(about, &error, 1),
    };
    let code = match serve(&runtime, about, config, start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(about, error.as_ref(), if error.is::<Taken>() { 3 } else { 1 }),
    };
    runtime.shutdown_timeout(RUNTIME_END);
    code
}

fn serve<E, S, F, R, X>(runtime: &Runtime, about: &About, config: Config<E>, start: S) -> Result<(), BoxError>
where
    S: FnOnce(Config<E>) -> F,
    F: Future<Output = Result<R, X>>,
    R: AtWork,
    X: Into<BoxError>,
{
    let _inside = runtime.enter();
    let telemetry = telemetry::init(about, &config.options)?;
    if !config.unread().is_empty() {
        tracing::warn!(
            variables = config.unread().join(" "),
            "set, and read by no setting of this service: misspelt, or another program's"
        );
    }
    let ended = runtime.block_on(async {
        // Listened to before the start: a signal during a long start ends it.
        let mut signals = Signals::listen()?;
        let running = tokio::select! {
            started = start(config) => started.map_err(Into::into)?,
            name = signals.next() => {
                tracing::info!(signal = name, "told to stop before being ready");
                return Ok(());
            }
        };
        announce(about, &running);
        let shutdown = running.shutdown();
        let mut end = std::pin::pin!(running.join());
        tokio::select! {
            ended = &mut end => return ended.map(report).map_err(Into::into),
            name = signals.next() => tracing::info!(signal = name, "told to stop"),
        }
        shutdown.begin();
        tokio::select! {
            ended = &mut end => ended.map(report).map_err(Into::into),
            name = signals.next() => Err(format!("{name} while stopping: ended at once").into()),
        }
    });
    telemetry.flush();
    ended
}

fn report(drained: Drained) {
    tracing::info!(?drained, "stopped");
}

fn announce(about: &About, running: &impl AtWork) {
    let json = |address: Option<SocketAddr>| address.map_or_else(|| "null".to_owned(), |address| format!("\"{address}\""));
    let (grpc, http) = (json(running.grpc()), json(running.http()));
    say(&format!("{{\"ready\":{{\"service\":\"{}\",\"grpc\":{grpc},\"http\":{http}}}}}\n", about.name));
}

/// Writes on standard output; that nobody reads it any more is no failure.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes an error with its causes on standard error.
fn complain(about: &About, error: &(dyn Error + 'static), code: u8) -> ExitCode {
    let causes = std::iter::successors(Some(error), |&cause| cause.source()).map(ToString::to_string);
    let text = causes.collect::<Vec<_>>().join(": ");
    let _ = writeln!(std::io::stderr(), "{}: {text}", about.name);
    ExitCode::from(code)
}

/// The signals that end a process.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

//! The gateway as a process: configuration, telemetry, signals, exit codes as every service has them.

use std::{error::Error, io::Write, process::ExitCode, time::Duration};

use piramide_gateway::{ABOUT, GatewayOptions, Running, start};
use piramide_service::{
    BoxError, Config,
    config::{ConfigError, Sources},
    telemetry,
};
use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};

/// What begins the name of every environment variable of ours.
const PREFIX: &str = "PIRAMIDE_";
/// Time that work on other threads has to end after the server has.
const RUNTIME_END: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let sources = Sources::new(std::env::args_os().skip(1), ours.filter(|(name, _)| name.starts_with(PREFIX)));
    let config = match Config::<GatewayOptions>::load(&ABOUT, &sources) {
        Ok(config) => config,
        Err(ConfigError::Usage(usage)) => {
            // Prints --help on standard output and complaints on standard error; a closed pipe is no reason to complain.
            let _ = usage.print();
            return if usage.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
        Err(error) => return complain(&error, 2),
    };
    if config.wants_print() {
        say(&config.to_toml());
        return ExitCode::SUCCESS;
    }
    let runtime = match Builder::new_multi_thread().worker_threads(config.options.threads).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error, 1),
    };
    let ended = serve(&runtime, config);
    runtime.shutdown_timeout(RUNTIME_END);
    ended.map_or_else(|error| complain(error.as_ref(), 1), |()| ExitCode::SUCCESS)
}

fn serve(runtime: &Runtime, config: Config<GatewayOptions>) -> Result<(), BoxError> {
    let _inside = runtime.enter();
    let telemetry = telemetry::init(&ABOUT, &config.options)?;
    let ended = runtime.block_on(async {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let running = start(config).await?;
        say(&ready(&running));
        let shutdown = running.shutdown();
        told(&mut terminate, &mut interrupt).await;
        shutdown.begin();
        tokio::select! {
            drained = running.join() => {
                tracing::info!(drained = ?drained?, "stopped");
                Ok(())
            }
            () = told(&mut terminate, &mut interrupt) => Err("told to stop while stopping: ended at once".into()),
        }
    });
    telemetry.flush();
    ended
}

/// Waits until the process is told to stop.
async fn told(terminate: &mut Signal, interrupt: &mut Signal) {
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "told to stop");
}

/// The one line that says the gateway is ready, in the shape of every service's.
fn ready(running: &Running) -> String {
    format!("{{\"ready\":{{\"service\":\"{}\",\"grpc\":null,\"http\":\"{}\"}}}}\n", ABOUT.name, running.address)
}

/// Writes on standard output; that nobody reads it any more is no failure.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes an error with its causes on standard error.
fn complain(error: &(dyn Error + 'static), code: u8) -> ExitCode {
    let causes = std::iter::successors(Some(error), |&cause| cause.source()).map(ToString::to_string);
    let text = causes.collect::<Vec<_>>().join(": ");
    let _ = writeln!(std::io::stderr(), "{}: {text}", ABOUT.name);
    ExitCode::from(code)
}

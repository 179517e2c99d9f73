//! `cargo xtask up`: the whole system on this machine, until told to stop.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`house`] | which programs there are, on which ports, with which flags |
//! | [`ports`] | whether they are free, and who has them |
//! | [`processes`] | programs started, watched and stopped together |
//! | [`logs`] | what they write, kept in files; failures shown |
//! | [`http`] | as much of HTTP as asking one question takes |

pub(crate) mod house;
pub(crate) mod http;
mod logs;
pub(crate) mod ports;
pub(crate) mod processes;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    step,
    up::{
        house::House,
        processes::{Event, Processes},
    },
    workspace,
};

/// How long services may take to be ready: the state in memory is rebuilt from the ledger.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// How often processes and logs are looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// What to start.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Arguments {
    /// The folder of ledgers and logs; `data` in the workspace unless said otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port of the gateway.
    #[arg(long, default_value_t = house::GATEWAY_PORT)]
    port: u16,
    /// The first of the five consecutive ports of the services; their side doors (health, metrics) have those 100 above.
    #[arg(long, value_name = "PORT", default_value_t = house::FIRST_SERVICE_PORT)]
    service_ports: u16,
    /// Build with optimisations.
    #[arg(long)]
    release: bool,
    /// Start the programs as they were built last, with the same profile: nothing is compiled.
    #[arg(long)]
    no_build: bool,
    /// Leave the ledgers as they are: do not import the published results of 2020.
    #[arg(long)]
    no_import: bool,
    /// Load a reconstructed 2020 in the place of the published production: synthetic offices, products and months, with production of 2019 beside it.
    #[arg(long, conflicts_with = "no_import")]
    demo: bool,
    /// How large the reconstructed year is; 1 is the institute, and wants --release.
    #[arg(long, default_value = "0.1", requires = "demo")]
    scale: String,
}

/// Starts everything and stays until a signal comes or a process dies.
///
/// # Errors
///
/// What could not be built, started or imported, or which process died. Nothing is left running.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let data = arguments.data.clone().unwrap_or_else(|| workspace::root().join("data"));
    let mut house = House::new(data, arguments.port, arguments.service_ports, arguments.release)?;
    // Before the build, which may take minutes: a taken port is not worth waiting for.
    step::run("ports", || ports::all_free(&house.ports()))?;
    if !arguments.no_build {
        build(arguments.release)?;
    }
    if arguments.demo {
        house.demo(&arguments.scale)?;
    } else if let Some(scale) = house.reconstructed() {
        eprintln!("  ! the folder holds a reconstructed year, which is seen under its own plans: start it with --demo --scale {scale}");
    }
    let mut processes = match start(&house) {
        Err(error) if error.is::<processes::Told>() => return said_stopped(),
        other => other?,
    };
    if !arguments.no_import {
        match import(&house, &mut processes) {
            Err(error) if error.is::<processes::Told>() => return said_stopped(),
            other => other?,
        }
    }
    println!("Piramide is at http://127.0.0.1:{} (Ctrl-C stops it)", arguments.port);
    hold(processes)
}

/// Builds every program of the workspace; one set of features for all, or the next build would start over.
pub(crate) fn build(release: bool) -> Result<()> {
    let mut arguments = vec!["build", "--workspace"];
    arguments.extend(release.then_some("--release"));
    step::command("build", &mut workspace::cargo(&arguments))
}

/// Starts every program and waits until all of them answer.
pub(crate) fn start(house: &House) -> Result<Processes> {
    let mut processes = Processes::new(house.logs())?;
    step::run("start", || {
        for program in house.programs() {
            processes.start(program.name, house.command(&program)?)?;
        }
        Ok(format!("{} processes, logs in {}", house.programs().len(), house.logs().display()))
    })?;
    step::run_shown("ready", |spinner| {
        processes.show_progress(Some(spinner.clone()));
        let mut status = house.piramide();
        status.args(["status", "--wait", &READY_WITHIN.as_secs().to_string()]);
        let (ended, _) = processes.beside("piramide status", status)?;
        ensure!(ended.success(), "not every service is ready after {} s: the reasons are above", READY_WITHIN.as_secs());
        gateway_ready(house, &mut processes)?;
        processes.show_progress(None);
        Ok("every service answers".to_owned())
    })?;
    Ok(processes)
}

fn gateway_ready(house: &House, processes: &mut Processes) -> Result<()> {
    let started = Instant::now();
    let address = house.gateway_address();
    loop {
        let status = http::Connection::open(address).and_then(|mut connection| Ok(connection.get("/health/ready")?.status));
        let said = match status {
            Ok(200) => return Ok(()),
            Ok(status) => format!("it answers {status} to /health/ready"),
            Err(error) => format!("{error:#}"),
        };
        ensure!(started.elapsed() < READY_WITHIN, "the gateway is not ready after {} s: {said}", READY_WITHIN.as_secs());
        processes.look()?;
        thread::sleep(GLANCE);
    }
}

/// What `piramide` answers when the data are refused.
const REFUSED: i32 = 1;

/// Imports the published results of 2020; what is there already is answered as before and changes nothing. A ledger that holds
/// another version of them refuses these: that is said, and what is there stays in force.
pub(crate) fn import(house: &House, processes: &mut Processes) -> Result<()> {
    let started = Instant::now();
    let mut command = house.piramide();
    command.args(["--json", "import", "--bundled", "2020"]);
    if let Some(list) = house.demo_list() {
        // What is published of production stands in products that the reconstructed catalogue takes apart, and what is published of finance
        // in offices: it would count twice.
        command.args(["--except", "production", "--except", "finance"]);
        let mut synthetic = house.piramide();
        synthetic.args(["--json", "import", "--list"]).arg(list);
        let (ended, _) = processes.beside("piramide import --list", synthetic)?;
        ensure!(
            ended.success(),
            "the reconstructed year cannot be imported ({ended}): the reasons are above; another --data starts afresh"
        );
    }
    let (ended, output) = processes.beside("piramide import", command)?;
    if ended.code() == Some(REFUSED) {
        step::done(
            "import",
            "refused: this folder keeps what it had; another --data starts afresh, --no-import does not ask",
            started.elapsed(),
        );
        return Ok(());
    }
    ensure!(ended.success(), "the published results cannot be imported ({ended}): the reasons are above");
    let receipts: serde_json::Value = serde_json::from_str(&output).context("reading what piramide import says")?;
    let items = receipts.get("items").and_then(serde_json::Value::as_array).map_or(&[][..], Vec::as_slice);
    let replayed = items.iter().filter(|item| item.get("replayed") == Some(&true.into())).count();
    step::done("import", &format!("{} batches of 2020, {replayed} already there", items.len()), started.elapsed());
    Ok(())
}

/// Stays until a signal comes or a process dies, showing failures meanwhile.
fn hold(mut processes: Processes) -> Result<()> {
    loop {
        match processes.event()? {
            None => thread::sleep(GLANCE),
            Some(Event::Told) => break,
            Some(Event::Died(death)) => {
                processes.stop();
                bail!("{death}");
            }
        }
    }
    processes.stop();
    said_stopped()
}

// The same shape as the failures it stands beside.
#[allow(clippy::unnecessary_wraps)]
fn said_stopped() -> Result<()> {
    eprintln!("  stopped; nothing is left running");
    Ok(())
}

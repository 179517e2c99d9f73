//! Launches the whole system as real processes, for the system tests.
//!
//! Each [`System`] has its own data folder and its own free ports, and leaves no process behind.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a launcher that cannot launch has nothing better to do than to say so and stop"
)]

mod authority;
mod browser;
mod https;
mod listener;
mod plans;
mod ports;
mod process;
mod rest;
mod up;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::OnceLock,
};

pub use crate::{
    authority::Authority,
    browser::Browser,
    listener::Listener,
    plans::{Edit, plans},
    rest::{Answer, fetch},
    up::{Ports, Up, is_running},
};
use crate::{ports::free_port, process::Process};

/// The services in the order in which they start; the gateway comes last.
const SERVICES: [&str; 6] = ["production", "quality", "finance", "workforce", "public-value", "gateway"];

/// What a system has that is not the rule.
#[derive(Default)]
pub struct Setting {
    /// Where a domain keeps its facts, when not in a file of its own.
    pub stores: BTreeMap<&'static str, String>,
    /// The folder of plans, when not those that come with the program.
    pub plans: Option<PathBuf>,
    /// Where spans go, when anywhere.
    pub collector: Option<String>,
    /// Who signs what every process shows and asks for; without one, all of them speak plain text.
    pub authority: Option<Authority>,
}

/// Six processes on loopback, with embedded storage in a folder of their own.
pub struct System {
    data: tempfile::TempDir,
    setting: Setting,
    ports: BTreeMap<&'static str, u16>,
    processes: BTreeMap<&'static str, Process>,
}

impl System {
    /// Starts everything with empty ledgers, and waits until it answers.
    pub fn empty() -> Self {
        Self::with(Setting::default())
    }

    /// Starts everything with empty ledgers, some of them at these addresses, and waits until it answers.
    pub fn with_stores(stores: BTreeMap<&'static str, String>) -> Self {
        Self::with(Setting { stores, ..Setting::default() })
    }

    /// Starts everything with empty ledgers and the plans of a folder, and waits until it answers.
    pub fn with_plans(plans: PathBuf) -> Self {
        Self::with(Setting { plans: Some(plans), ..Setting::default() })
    }

    /// Starts everything with empty ledgers in a setting, and waits until it answers.
    pub fn with(setting: Setting) -> Self {
        build();
        let data = tempfile::tempdir().expect("a temporary folder");
        let ports = SERVICES.into_iter().map(|service| (service, free_port())).collect();
        let mut system = Self { data, setting, ports, processes: BTreeMap::new() };
        for service in SERVICES {
            system.start(service);
        }
        system
    }

    /// The folder in which the services keep their facts.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Starts everything and imports the published actuals of 2020.
    pub fn with_2020() -> Self {
        let system = Self::empty();
        let output = system.piramide(&["import", "--bundled", "2020"]);
        assert!(output.status.success(), "import failed: {}", String::from_utf8_lossy(&output.stderr));
        system
    }

    /// Starts a service that is not running, and waits until it is ready.
    pub fn start(&mut self, service: &'static str) {
        let arguments = self.arguments(service);
        let log = self.data.path().join(format!("{service}.log"));
        let mut process = Process::start(command(&format!("piramide-{service}"), &arguments), &log);
        process.wait_until("ready", || self.is_ready(service).then_some(()));
        self.processes.insert(service, process);
    }

    fn arguments(&self, service: &str) -> Vec<String> {
        let listen = |port: u16| format!("127.0.0.1:{port}");
        let mut arguments = Vec::new();
        let mut set = |name: &str, value: String| arguments.extend([format!("--{name}"), value]);
        set("listen", listen(self.port(service)));
        // Programs built for debugging, several systems at once: what is slow here is not what is tested.
        set("call-deadline", "30s".to_owned());
        if service == "gateway" || service == "public-value" {
            for domain in &SERVICES[..if service == "gateway" { 5 } else { 4 }] {
                set(&format!("{domain}-url"), self.url(domain));
            }
        } else {
            let file = || format!("sqlite:{}", self.data.path().join(format!("{service}.db")).display());
            set("store", self.setting.stores.get(service).cloned().unwrap_or_else(file));
        }
        if let Some(collector) = &self.setting.collector {
            set("otlp", collector.clone());
        }
        if let Some(authority) = &self.setting.authority {
            set("tls", authority.sign(service).display().to_string());
        }
        if let (Some(plans), true) = (&self.setting.plans, service != "gateway") {
            set("plans", plans.display().to_string());
        }
        if service != "gateway" {
            set("http-listen", listen(self.http_port(service)));
        }
        arguments
    }

    /// Kills a service on the spot, as a power cut would.
    pub fn kill(&mut self, service: &str) {
        self.processes.remove(service).unwrap_or_else(|| panic!("{service} is not running")).kill();
    }

    /// The memory that a service holds, in KiB.
    pub fn resident(&self, service: &str) -> u64 {
        self.processes.get(service).unwrap_or_else(|| panic!("{service} is not running")).resident()
    }

    /// Asks a service to stop, and returns how long it took when it ended well.
    pub fn stop(&mut self, service: &str) {
        self.processes.remove(service).unwrap_or_else(|| panic!("{service} is not running")).stop();
    }

    /// Starts a second process of a service on the same store, and returns the port it listens on. It lives as long as the system.
    pub fn start_replica(&mut self, service: &'static str, name: &'static str) -> u16 {
        let port = free_port();
        let mut arguments = self.arguments(service);
        arguments[1] = format!("127.0.0.1:{port}");
        let door = process::side_door(port);
        let last = arguments.len() - 1;
        arguments[last] = format!("127.0.0.1:{door}");
        let log = self.data.path().join(format!("{name}.log"));
        let mut process = Process::start(command(&format!("piramide-{service}"), &arguments), &log);
        process.wait_until("ready", || rest::is_ready(door).then_some(()));
        self.processes.insert(name, process);
        port
    }

    /// The port of a service: gRPC, or HTTP for the gateway.
    pub fn port(&self, service: &str) -> u16 {
        self.ports[service]
    }

    pub(crate) fn http_port(&self, service: &str) -> u16 {
        // The side door of a domain service; the gateway's only door.
        if service == "gateway" { self.port(service) } else { process::side_door(self.port(service)) }
    }

    /// The address of a service, of the gateway among others.
    pub fn url(&self, service: &str) -> String {
        let scheme = if self.setting.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port(service))
    }

    /// The address of the gateway.
    pub fn address(&self) -> String {
        self.url("gateway")
    }

    /// Runs a program of the workspace that is not a service.
    pub fn program(name: &str, arguments: &[&str]) -> std::process::Output {
        build();
        told_nothing(name).args(arguments).output().expect("the program starts")
    }

    /// Starts a service that must end by itself; answers how it ended and what it wrote.
    pub fn ended(service: &str, arguments: &[&str]) -> (ExitStatus, String) {
        build();
        let log = tempfile::NamedTempFile::new().expect("a file");
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut process = Process::start(command(&format!("piramide-{service}"), &arguments), log.path());
        (process.ended(), process.said())
    }

    /// Runs the command line against this system.
    pub fn piramide(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = self.piramide_without_certificate(arguments);
        if let Some(authority) = &self.setting.authority {
            command.arg("--tls").arg(authority.sign("piramide"));
        }
        command.output().expect("the command line starts")
    }

    /// The command line against this system, without anything to show to it.
    pub fn piramide_without_certificate(&self, arguments: &[&str]) -> Command {
        let mut command = told_nothing("piramide");
        command.args(arguments);
        for domain in &SERVICES[..5] {
            command.arg(format!("--{domain}-url")).arg(self.url(domain));
        }
        if let Some(authority) = &self.setting.authority {
            command.arg("--tls-server-ca").arg(authority.file());
        }
        command
    }
}

/// The binary of that name, built beside the tests.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.parent().and_then(Path::parent).expect("the folder of the build");
    folder.join(name)
}

/// How a program is started.
fn command(name: &str, arguments: &[String]) -> Command {
    let mut command = told_nothing(name);
    command.args(arguments);
    command
}

/// A program that reads no setting from the variables of whoever runs the tests.
fn told_nothing(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    let ours = |name: &str| name.starts_with("PIRAMIDE_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(ours)) {
        command.env_remove(name);
    }
    command
}

/// Builds the binaries once: `cargo test` alone does not make those of other packages.
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--workspace", "--quiet"]);
        // What cargo tells a test about its package must not reach build scripts: ring's would build anew each time it changes.
        let about_us = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(about_us)) {
            cargo.env_remove(name);
        }
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "the workspace does not build");
    });
}

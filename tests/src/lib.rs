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

mod browser;
mod process;
mod rest;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU16, Ordering},
    },
};

use crate::process::Process;
pub use crate::{browser::Browser, rest::Answer};

/// The services in the order in which they start; the gateway comes last.
const SERVICES: [&str; 6] = ["production", "quality", "finance", "workforce", "public-value", "gateway"];

/// Six processes on loopback, with embedded storage in a folder of their own.
pub struct System {
    data: tempfile::TempDir,
    /// Where a domain keeps its facts, when not in a file of its own.
    stores: BTreeMap<&'static str, String>,
    /// The folder of plans, when not those that come with the program.
    plans: Option<PathBuf>,
    ports: BTreeMap<&'static str, u16>,
    processes: BTreeMap<&'static str, Process>,
}

impl System {
    /// Starts everything with empty ledgers, and waits until it answers.
    pub fn empty() -> Self {
        Self::with_stores(BTreeMap::new())
    }

    /// Starts everything with empty ledgers, some of them at these addresses, and waits until it answers.
    pub fn with_stores(stores: BTreeMap<&'static str, String>) -> Self {
        Self::launch(stores, None)
    }

    /// Starts everything with empty ledgers and the plans of a folder, and waits until it answers.
    pub fn with_plans(plans: PathBuf) -> Self {
        Self::launch(BTreeMap::new(), Some(plans))
    }

    fn launch(stores: BTreeMap<&'static str, String>, plans: Option<PathBuf>) -> Self {
        build();
        let data = tempfile::tempdir().expect("a temporary folder");
        let ports = SERVICES.into_iter().map(|service| (service, free_port())).collect();
        let mut system = Self { data, stores, plans, ports, processes: BTreeMap::new() };
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
        let mut process = Process::start(&binary(&format!("piramide-{service}")), &arguments, &log);
        process.wait_until_ready(self.http_port(service));
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
                set(&format!("{domain}-url"), format!("http://127.0.0.1:{}", self.port(domain)));
            }
        } else {
            let file = || format!("sqlite:{}", self.data.path().join(format!("{service}.db")).display());
            set("store", self.stores.get(service).cloned().unwrap_or_else(file));
        }
        if let (Some(plans), true) = (&self.plans, service != "gateway") {
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
        let mut process =
            Process::start(&binary(&format!("piramide-{service}")), &arguments, &self.data.path().join(format!("{name}.log")));
        process.wait_until_ready(door);
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

    /// The address of the gateway.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port("gateway"))
    }

    /// Runs a program of the workspace that is not a service.
    pub fn program(name: &str, arguments: &[&str]) -> std::process::Output {
        build();
        Command::new(binary(name)).args(arguments).output().expect("the program starts")
    }

    /// Runs the command line against this system.
    pub fn piramide(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(binary("piramide"));
        command.args(arguments);
        for domain in &SERVICES[..5] {
            command.arg(format!("--{domain}-url")).arg(format!("http://127.0.0.1:{}", self.port(domain)));
        }
        command.output().expect("the command line starts")
    }
}

/// The binary of that name, built beside the tests.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.parent().and_then(Path::parent).expect("the folder of the build");
    folder.join(name)
}

/// Builds the binaries once: `cargo test` alone does not make those of other packages.
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let status = Command::new(env!("CARGO")).args(["build", "--workspace", "--quiet"]).status().expect("cargo starts");
        assert!(status.success(), "the workspace does not build");
    });
}

/// A free port with a free side door. Ports are handed out once and lie below those that the system gives to outgoing connections, so
/// that nothing takes one between this look and the start of the service.
fn free_port() -> u16 {
    const FIRST: u16 = 12_000;
    const PAIRS: u16 = 9_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test binaries that run at once start at different places.
    let offset = u16::try_from(std::process::id() % u32::from(PAIRS)).unwrap_or_default();
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..PAIRS)
        .map(|_| FIRST + 2 * ((offset + NEXT.fetch_add(1, Ordering::Relaxed)) % PAIRS))
        .find(|port| free(*port) && free(process::side_door(*port)))
        .expect("a free port")
}

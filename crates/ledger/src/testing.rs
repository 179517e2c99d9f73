//! A throw-away PostgreSQL for tests and benches, on a free port of this machine. Only with the feature `testing`.
//!
//! ```no_run
//! use piramide_ledger::testing::PostgresServer;
//!
//! let server = PostgresServer::shared().unwrap(); // one for the whole test binary
//! let url = server.create_database().unwrap(); // one for each test
//! ```

pub mod packs;
mod programs;

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use thiserror::Error;

use programs::Programs;

/// Attempts to start, since another process may take the port that was free.
const ATTEMPTS: u32 = 5;

/// Who may connect to a server with a certificate.
const TLS_ALONE: &str = "hostssl all all 127.0.0.1/32 trust\n";

/// Stops the server and removes its folder when its standard input ends, which happens however the tests end: well, by a panic,
/// interrupted or killed. The server's folder and the folder of the programs are its arguments.
const WATCHDOG: &str = r#"cat >/dev/null; "$2/pg_ctl" -D "$1/data" -m immediate -w stop; rm -rf "$1""#;

/// Why there is no server.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The programs are not on this machine.
    #[error(
        "initdb, pg_ctl and psql of PostgreSQL are not found in PGBIN, PATH or /usr/lib/postgresql/*/bin: install PostgreSQL 13 or later \
         (Debian and Ubuntu: apt-get install postgresql) or set PGBIN to the folder of its programs"
    )]
    NotInstalled,
    /// PostgreSQL refuses to run as root, and there is no one else to run it as.
    #[error("PostgreSQL does not run as root: create the user postgres (its package does) or run the tests as another user")]
    Root,
    /// A program could not be started.
    #[error("cannot run {program}")]
    Run {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which.
        program: String,
        /// What it said.
        output: String,
    },
}

/// What makes tests fast: a server that lives no longer than they do has nothing to keep.
const CARELESS: &str = "-c shared_buffers=64MB -c fsync=off -c full_page_writes=off";
/// What a server in operation has: every commit on disk before it is answered. Room for the index of a year.
const DURABLE: &str = "-c shared_buffers=512MB -c max_wal_size=4GB -c synchronous_commit=on";

/// A running server.
pub struct PostgresServer {
    programs: Programs,
    settings: String,
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    watchdog: Mutex<Child>,
}

impl PostgresServer {
    /// The server that all tests of this binary share, started by the first that asks.
    pub fn shared() -> Result<&'static Self, &'static ServerError> {
        static SERVER: OnceLock<Result<PostgresServer, ServerError>> = OnceLock::new();
        SERVER.get_or_init(Self::start).as_ref()
    }

    /// Starts a server of its own, with durability switched off.
    pub fn start() -> Result<Self, ServerError> {
        Self::start_with(CARELESS, None)
    }

    /// Starts a server that takes connections over TLS alone, with that certificate and its key in PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Result<Self, ServerError> {
        Self::start_with(CARELESS, Some((certificate, key)))
    }

    /// Starts a server that writes as one in operation does, for whoever measures.
    pub fn start_durable() -> Result<Self, ServerError> {
        Self::start_with(DURABLE, None)
    }

    fn start_with(settings: &str, tls: Option<(&str, &str)>) -> Result<Self, ServerError> {
        let programs = Programs::find()?;
        let folder = programs.make_folder()?;
        let data = folder.join("data");
        let mut initdb = programs.command("initdb");
        initdb.args(["--auth=trust", "--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"]).arg(&data);
        programs::run(&mut initdb)?;
        let mut settings = settings.to_owned();
        if let Some((certificate, key)) = tls {
            let files = [("server.crt", certificate), ("server.key", key), ("pg_hba.conf", TLS_ALONE)];
            files.into_iter().try_for_each(|(name, text)| programs.write(&data.join(name), text))?;
            settings.push_str(" -c ssl=on");
        }
        let mut attempt = 1;
        let port = loop {
            let port = free_port()?;
            match start_on(&programs, &settings, &folder, port) {
                Ok(()) => break port,
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        };
        let mut watchdog = programs.shell(WATCHDOG);
        watchdog.arg(&folder).arg(programs.folder()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Out of the terminal's group, so that an interrupt ends the tests and not their cleaner.
        watchdog.process_group(0);
        let watchdog = watchdog.spawn().map_err(|source| ServerError::Run { program: "sh".to_owned(), source })?;
        Ok(Self { programs, settings, folder, port, databases: AtomicU32::new(0), watchdog: Mutex::new(watchdog) })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates an empty database and gives its address.
    pub fn create_database(&self) -> Result<String, ServerError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    /// Copies a database with `pg_dump` into a new one, and gives its address.
    pub fn copy_database(&self, url: &str) -> Result<String, ServerError> {
        let copy = self.create_database()?;
        let name = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
        let dump = self.folder.join(format!("{}.sql", name(&copy)));
        let asked = ["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string()].map(str::to_owned);
        programs::run(self.programs.command("pg_dump").args(&asked).args(["-d", &name(url), "-f"]).arg(&dump))?;
        let mut psql = self.programs.command("psql");
        psql.args(&asked).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &name(&copy), "-f"]);
        programs::run(psql.arg(&dump))?;
        Ok(copy)
    }

    /// Executes statements in a database as its superuser, such as to damage it on purpose, and gives what they print.
    pub fn execute(&self, database: &str, sql: &str) -> Result<String, ServerError> {
        let mut psql = self.programs.command("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", sql]);
        programs::run(&mut psql)
    }

    /// Stops the server as a power cut would stop it, and starts it again on the same port.
    pub fn crash_and_restart(&self) -> Result<(), ServerError> {
        let mut stop = self.programs.command("pg_ctl");
        stop.args(["-m", "immediate", "-w", "stop", "-D"]).arg(self.folder.join("data"));
        programs::run(&mut stop)?;
        start_on(&self.programs, &self.settings, &self.folder, self.port)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let watchdog = self.watchdog.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(watchdog.stdin.take());
        // It has been told; if it cannot be waited for, it still does its work.
        let _ = watchdog.wait();
    }
}

fn start_on(programs: &Programs, settings: &str, folder: &Path, port: u16) -> Result<(), ServerError> {
    let settings = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 {settings}");
    let mut start = programs.command("pg_ctl");
    start.args(["-w", "-s", "-o", &settings, "start", "-D"]).arg(folder.join("data")).arg("-l").arg(folder.join("log"));
    programs::run(&mut start).map(|_| ())
}

fn free_port() -> Result<u16, ServerError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    bound.map(|address| address.port()).map_err(|source| ServerError::Run { program: "a server on a free port".to_owned(), source })
}

/// A command as it reads in a message.
fn described(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

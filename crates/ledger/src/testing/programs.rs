//! Finding PostgreSQL's programs, and running them as a user they accept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{ServerError, described};

/// Where the programs are, and as whom they run.
pub(super) struct Programs {
    folder: PathBuf,
    as_postgres: bool,
}

impl Programs {
    /// Looks in `PGBIN`, in `PATH`, then where distributions install them, the newest version first.
    pub(super) fn find() -> Result<Self, ServerError> {
        let complete = |folder: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).is_file());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let named = std::env::var_os("PGBIN").map(PathBuf::from);
        let folders = named.into_iter().chain(std::env::split_paths(&path)).chain(installed());
        let folder = folders.into_iter().find(complete).ok_or(ServerError::NotInstalled)?;
        let as_postgres = user_id(None)? == "0";
        if as_postgres && user_id(Some("postgres")).is_err() {
            return Err(ServerError::Root);
        }
        Ok(Self { folder, as_postgres })
    }

    /// The folder of the programs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of the programs.
    pub(super) fn command(&self, program: &str) -> Command {
        self.as_user(self.folder.join(program).as_os_str())
    }

    /// A script of the shell; arguments that follow are `$1`, `$2` and so on.
    pub(super) fn shell(&self, script: &str) -> Command {
        let mut command = self.as_user("sh".as_ref());
        command.args(["-c", script, "sh"]);
        command
    }

    /// Makes a folder that belongs to whoever runs the server, where that user can reach it.
    pub(super) fn make_folder(&self) -> Result<PathBuf, ServerError> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("piramide-postgres-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        // The folder for temporary files may be private to root.
        let parent = if self.as_postgres { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        let folder = parent.join(name);
        // A killed process with the same number may have left one.
        run(self.shell(r#"rm -rf "$1" && mkdir -m 700 "$1""#).arg(&folder))?;
        Ok(folder)
    }

    /// Writes a file that only the user of the server can read.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<(), ServerError> {
        let failed = |source| ServerError::Run { program: "sh".to_owned(), source };
        let mut command = self.shell(r#"umask 077 && cat >"$1""#);
        let mut writing = command.arg(path).stdin(Stdio::piped()).spawn().map_err(failed)?;
        if let Some(mut input) = writing.stdin.take() {
            input.write_all(text.as_bytes()).map_err(failed)?;
        }
        let status = writing.wait().map_err(failed)?;
        if status.success() { Ok(()) } else { Err(ServerError::Failed { program: "sh".to_owned(), output: status.to_string() }) }
    }

    fn as_user(&self, program: &std::ffi::OsStr) -> Command {
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The working folder may be closed to that user, and a variable such as PGDATABASE may mislead.
        command.current_dir("/").stdin(Stdio::null());
        for variable in ["PGDATA", "PGDATABASE", "PGHOST", "PGOPTIONS", "PGPASSWORD", "PGPORT", "PGSERVICE", "PGUSER"] {
            command.env_remove(variable);
        }
        command
    }
}

/// Runs a command to its end and gives what it printed.
pub(super) fn run(command: &mut Command) -> Result<String, ServerError> {
    let program = described(command);
    let output = command.output().map_err(|source| ServerError::Run { program: program.clone(), source })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(ServerError::Failed { program, output: format!("{} {}", text(&output.stderr), text(&output.stdout)) })
    }
}

fn installed() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> =
        versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))).collect();
    versions.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

fn user_id(name: Option<&str>) -> Result<String, ServerError> {
    run(Command::new("id").arg("-u").args(name).stdin(Stdio::null()))
}

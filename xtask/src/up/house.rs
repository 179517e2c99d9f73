//! Which programs there are, on which ports, with which flags.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{synth, workspace};

/// The port of the gateway unless told otherwise.
pub(crate) const GATEWAY_PORT: u16 = 8080;
/// The port of the first service unless told otherwise; the others follow.
pub(crate) const FIRST_SERVICE_PORT: u16 = 7101;

/// How far the port of a service's metrics and probes stands from its own.
const SIDE_DOOR_OFFSET: u16 = 100;

/// What the folder of a reconstructed year is called, before its scale.
const RECONSTRUCTED: &str = "synth-";

/// A service: its name in codes, its program, and whether it keeps facts. A test compares them with the contracts.
const SERVICES: [(&str, &str, bool); 5] = [
    ("production", "piramide-production", true),
    ("quality", "piramide-quality", true),
    ("finance", "piramide-finance", true),
    ("workforce", "piramide-workforce", true),
    ("public_value", "piramide-public-value", false),
];

/// A program of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its name in logs and messages.
    pub(crate) name: &'static str,
    file: &'static str,
    port: u16,
    kind: Kind,
}

/// What a program needs to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A service with a ledger of its own.
    FactKeeping,
    /// A service that asks others.
    Asking,
    /// The door for people.
    Gateway,
}

/// Everything that is started together.
#[derive(Debug)]
pub(crate) struct House {
    data: PathBuf,
    programs: Vec<Program>,
    binaries: PathBuf,
    /// The folder of a reconstructed year, when there is one.
    demo: Option<PathBuf>,
    /// Where production keeps its facts, when not in the data folder.
    production_store: Option<String>,
}

impl House {
    /// The services on consecutive ports from `first`, and the gateway before them.
    ///
    /// # Errors
    ///
    /// When the ports go beyond the last one or meet, or the folder cannot be made.
    pub(crate) fn new(data: PathBuf, gateway: u16, first: u16, release: bool) -> Result<Self> {
        let mut programs = Vec::new();
        for ((name, file, keeps_facts), offset) in SERVICES.into_iter().zip(0..) {
            let port = first.checked_add(offset).context("--service-ports is too high: five ports must follow from it")?;
            ensure!(port != gateway, "port {port} is asked for both the gateway and {name}: change --port or --service-ports");
            let kind = if keeps_facts { Kind::FactKeeping } else { Kind::Asking };
            programs.push(Program { name, file, port, kind });
        }
        let doors = first.checked_add(SIDE_DOOR_OFFSET).and_then(|door| Some(door..=door.checked_add(4)?));
        let doors =
            doors.with_context(|| format!("--service-ports is too high: five ports must follow from {SIDE_DOOR_OFFSET} above it, too"))?;
        ensure!(
            !doors.contains(&gateway),
            "port {gateway} is asked for both the gateway and the side door of a service, {SIDE_DOOR_OFFSET} above its port: change --port or --service-ports"
        );
        programs.push(Program { name: "gateway", file: "piramide-gateway", port: gateway, kind: Kind::Gateway });
        let data = std::path::absolute(data)?;
        std::fs::create_dir_all(data.join("logs")).with_context(|| format!("making the folder {}", data.display()))?;
        let binaries = workspace::target().join(if release { "release" } else { "debug" });
        Ok(Self { data, programs, binaries, demo: None, production_store: None })
    }

    /// Works on a reconstructed year of that scale and what was produced in the year before, written once into the folder of ledgers. One that is
    /// there is used as it is, also without the year before: the ledgers beside it hold its very batches.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn demo(&mut self, scale: &str) -> Result<()> {
        const SEED: u64 = 2020;
        let folder = self.data.join(format!("{RECONSTRUCTED}{scale}"));
        let list = folder.join("facts/batches.toml");
        if !list.is_file() {
            synth::write(&self.binaries, &folder, scale, SEED, &[synth::YEAR_BEFORE])?;
        }
        let batches = std::fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
        if !synth::has_year_before(&batches) {
            eprintln!("  {} was made without 2019 and is used as it is: another --data has last year beside every flow", folder.display());
        }
        self.demo = Some(folder);
        Ok(())
    }

    /// The scale of a reconstructed year that was written into the folder of ledgers, if there is one.
    pub(crate) fn reconstructed(&self) -> Option<String> {
        let files = std::fs::read_dir(&self.data).ok()?;
        files.flatten().find_map(|file| file.file_name().to_str()?.strip_prefix(RECONSTRUCTED).map(str::to_owned))
    }

    /// Works on a reconstructed year that is there already.
    pub(crate) fn demo_at(&mut self, folder: &Path) {
        self.demo = Some(folder.to_owned());
    }

    /// Production keeps its facts at that address.
    pub(crate) fn production_at(&mut self, store: &str) {
        self.production_store = Some(store.to_owned());
    }

    /// The list of its batches.
    pub(crate) fn demo_list(&self) -> Option<PathBuf> {
        self.demo.as_ref().map(|folder| folder.join("facts/batches.toml"))
    }

    /// Every program, those that others ask first.
    pub(crate) fn programs(&self) -> Vec<Program> {
        self.programs.clone()
    }

    /// Every port, with who wants it.
    pub(crate) fn ports(&self) -> Vec<(&'static str, u16)> {
        let side_door = |program: &Program| (program.kind != Kind::Gateway).then(|| program.port.saturating_add(SIDE_DOOR_OFFSET));
        self.programs
            .iter()
            .flat_map(|program| [Some(program.port), side_door(program)].into_iter().flatten().map(|port| (program.name, port)))
            .collect()
    }

    /// Where logs are kept.
    pub(crate) fn logs(&self) -> PathBuf {
        self.data.join("logs")
    }

    /// Where the gateway answers.
    pub(crate) fn gateway_address(&self) -> SocketAddr {
        let port = self.programs.iter().find(|program| program.kind == Kind::Gateway).map_or(GATEWAY_PORT, |gateway| gateway.port);
        (Ipv4Addr::LOCALHOST, port).into()
    }

    /// How a program is started.
    ///
    /// # Errors
    ///
    /// When it has not been built.
    pub(crate) fn command(&self, program: &Program) -> Result<Command> {
        let path = self.binaries.join(program.file);
        ensure!(
            path.is_file(),
            "{} is not there: build the workspace with the same profile, as up does without --no-build",
            path.display()
        );
        let mut command = tethered(&path);
        // With a heap for each of many threads, as glibc has it, what one has freed stays with it, and memory grows under load.
        command.env(HEAPS, std::env::var_os(HEAPS).unwrap_or_else(|| "2".into()));
        command.arg("--listen").arg(format!("{}:{}", Ipv4Addr::LOCALHOST, program.port));
        if let (Some(folder), Kind::FactKeeping | Kind::Asking) = (&self.demo, program.kind) {
            command.arg("--plans").arg(folder.join("plans"));
        }
        match program.kind {
            Kind::FactKeeping => {
                let elsewhere = self.production_store.clone().filter(|_| program.name == "production");
                let in_the_folder = || format!("sqlite:{}", self.data.join(format!("{}.db", program.name)).display());
                command.arg("--store").arg(elsewhere.unwrap_or_else(in_the_folder));
            }
            Kind::Asking | Kind::Gateway => {
                command.envs(self.addresses());
            }
        }
        Ok(command)
    }

    /// The command line, told where the services are.
    pub(crate) fn piramide(&self) -> Command {
        let mut command = Command::new(self.binaries.join("piramide"));
        command.envs(self.addresses());
        command
    }

    /// Where each service answers, as the variables that every client of them reads.
    fn addresses(&self) -> impl Iterator<Item = (String, String)> {
        let services = self.programs.iter().filter(|program| program.kind != Kind::Gateway);
        services.map(|program| {
            (format!("PIRAMIDE_{}_URL", program.name.to_uppercase()), format!("http://{}:{}", Ipv4Addr::LOCALHOST, program.port))
        })
    }
}

/// How many heaps glibc may have in a process (mallopt(3)).
const HEAPS: &str = "MALLOC_ARENA_MAX";

/// A command that ends with its parent, whatever ends the parent. The kernel sees to it: `setpriv` of util-linux, on every Debian,
/// asks for it and then becomes the program. Without it a runner killed by SIGKILL leaves its services behind.
fn tethered(program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if !setpriv.is_file() {
        return Command::new(program);
    }
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use piramide_contracts::domains;

    use super::*;

    fn house(gateway: u16, first: u16) -> Result<House> {
        House::new(tempfile::tempdir().unwrap().path().to_owned(), gateway, first, false)
    }

    #[test]
    fn services_are_those_of_the_contracts() {
        let house = house(GATEWAY_PORT, FIRST_SERVICE_PORT).unwrap();
        let ours: Vec<_> = house.programs.iter().map(|program| (program.name, program.port, program.kind == Kind::FactKeeping)).collect();
        let theirs = domains::ALL.into_iter().map(|domain| (domain.name, domain.port, domain.subject.is_some()));
        assert_eq!(ours, theirs.chain([("gateway", GATEWAY_PORT, false)]).collect::<Vec<_>>());
        for (name, file, _) in SERVICES {
            assert_eq!(file, format!("piramide-{}", name.replace('_', "-")));
        }
    }

    #[test]
    fn a_reconstructed_year_is_made_once_with_the_year_before() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let mut house = House::new(folder.path().join("data"), GATEWAY_PORT, FIRST_SERVICE_PORT, false).unwrap();
        // Says what it was asked in the place of the list of batches.
        let program = folder.path().join("piramide-synth");
        std::fs::write(&program, "#!/bin/sh\nmkdir -p \"$2/facts\" && echo \"$@\" > \"$2/facts/batches.toml\"\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        house.binaries = folder.path().to_owned();
        assert_eq!(house.reconstructed(), None);
        house.demo("0.1").unwrap();
        assert_eq!(house.reconstructed().as_deref(), Some("0.1"), "who starts it again without --demo is told");
        let list = house.demo_list().unwrap();
        assert!(std::fs::read_to_string(&list).unwrap().contains("--scale 0.1 --seed 2020 --year-before"));
        std::fs::write(&list, "made before").unwrap();
        house.demo("0.1").unwrap();
        assert_eq!(std::fs::read_to_string(&list).unwrap(), "made before", "what is there is used as it is");
    }

    #[test]
    fn ports_that_meet_or_run_out_are_refused() {
        assert!(house(7103, 7101).unwrap_err().to_string().contains("port 7103 is asked for both the gateway and finance"));
        for gateway in [7201, 7205] {
            assert!(house(gateway, 7101).unwrap_err().to_string().contains("the side door of a service"));
        }
        assert!(house(7206, 7101).is_ok() && house(7200, 7101).is_ok());
        assert!(house(8080, 65_533).unwrap_err().to_string().contains("too high"));
        assert!(house(8080, 65_500).unwrap_err().to_string().contains("too high"));
    }
}

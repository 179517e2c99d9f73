//! How an office means to cover its load (*leve del piano di produzione*): training, overtime, local projects, and help between
//! structures.

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    error::Problem,
    reading::{Findings, Row, Table, choices},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] = &["structure", "kind", "label", "points", "euro", "note"];
pub(crate) const SUBSIDIARITY_COLUMNS: &[&str] = &["helper", "helped", "points", "note"];

choices! {
    /// What a lever is.
    LeverKind {
        /// Training (*formazione*).
        Training = "training",
        /// Overtime (*straordinario*).
        Overtime = "overtime",
        /// A local project (*progetto locale*).
        LocalProject = "local_project",
        /// Help that another structure gives (*sussidiarietà ricevuta*); written in the table of subsidiarity.
        HelpReceived = "help_received",
        /// Help given to another structure (*sussidiarietà prestata*), which costs the helper as many points.
        HelpGiven = "help_given",
    }
}

/// A lever of a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lever {
    /// What it is.
    pub kind: LeverKind,
    /// What it is called, in Italian; for help, the code of the other structure.
    pub label: String,
    /// The homogenised points that it brings; below zero for help given.
    pub points: Exact,
    /// What it costs, in euro.
    pub euro: Exact,
    /// Where it stands, as file and line.
    pub place: String,
}

/// Help planned between two structures (*sussidiarietà*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// Who helps.
    pub helper: String,
    /// Who is helped.
    pub helped: String,
    /// The homogenised points of the year.
    pub points: Exact,
    /// What the source notes about it.
    pub note: String,
}

/// The levers of a plan. Both tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default)]
pub struct Levers {
    own: BTreeMap<String, Vec<Lever>>,
    help: Vec<(Help, u64)>,
}

impl Levers {
    /// The levers of a structure itself, help given and received included; those of the structures under it are theirs.
    pub fn of(&self, structure: &str) -> Vec<Lever> {
        let own = self.own.get(structure).into_iter().flatten().cloned();
        let received = self.help.iter().filter(|(help, _)| help.helped == structure);
        let received = received.map(|(help, line)| lever(LeverKind::HelpReceived, &help.helper, help.points.clone(), *line));
        let given = self.help.iter().filter(|(help, _)| help.helper == structure);
        let given = given.map(|(help, line)| lever(LeverKind::HelpGiven, &help.helped, -help.points.clone(), *line));
        own.chain(received).chain(given).collect()
    }

    /// The help planned, pair by pair.
    pub fn subsidiarity(&self) -> impl Iterator<Item = &Help> {
        self.help.iter().map(|(help, _)| help)
    }

    pub(crate) fn read(levers: &Table, subsidiarity: &Table, structures: &Structures, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        for row in levers.rows() {
            let structure = structure(&row, "structure", structures, findings);
            let kind = row.choice("kind", LeverKind::Training, findings);
            if matches!(kind, LeverKind::HelpReceived | LeverKind::HelpGiven) {
                let advice = "help has two ends: write it in subsidiarity.csv";
                row.refuse("kind", Problem::Surplus { text: kind.to_string(), advice }, findings);
            }
            let label = row.required("label", findings);
            let points = row.required_number("points", findings).and_then(|_| row.positive("points", findings));
            let euro = row.number("euro", findings).unwrap_or_else(Exact::zero);
            if euro.is_negative() {
                row.refuse("euro", Problem::NotPositive { text: row.text("euro").to_owned() }, findings);
            }
            let place = format!("{}:{}", levers.file(), row.line());
            let points = points.unwrap_or_else(Exact::zero);
            read.own.entry(structure).or_default().push(Lever { kind, label, points, euro, place });
        }
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in subsidiarity.rows() {
            let (helper, helped) = (structure(&row, "helper", structures, findings), structure(&row, "helped", structures, findings));
            if helper == helped {
                let advice = "a structure does not help itself";
                row.refuse("helped", Problem::Surplus { text: helped.clone(), advice }, findings);
            }
            if let Some(first_line) = lines.insert((helper.clone(), helped.clone()), row.line()) {
                row.refuse("helped", Problem::Duplicate { code: format!("help of {helper} to {helped}"), first_line }, findings);
            }
            let points = row.required_number("points", findings).and_then(|_| row.positive("points", findings));
            let help = Help { helper, helped, points: points.unwrap_or_else(Exact::zero), note: row.text("note").to_owned() };
            read.help.push((help, row.line()));
        }
        read
    }
}

fn lever(kind: LeverKind, other: &str, points: Exact, line: u64) -> Lever {
    Lever { kind, label: other.to_owned(), points, euro: Exact::zero(), place: format!("subsidiarity.csv:{line}") }
}

fn structure(row: &Row<'_>, column: &'static str, structures: &Structures, findings: &mut Findings) -> String {
    let code = row.required(column, findings);
    if !structures.contains(&code) {
        row.refuse(column, Problem::Unknown { what: "structure", code: code.clone(), file: "structures.csv" }, findings);
    }
    code
}

//! Securities and funds that the institute holds, and what is planned of them (*consistenza patrimoniale mobiliare*).

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    error::Problem,
    reading::{Findings, Table, choices},
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "opening", "increases", "decreases", "inventory", "purchase", "nominal", "note"];

choices! {
    /// What a fact says about a class of securities: the end of its subject, as in `SHARES.increases`.
    SecurityFigure {
        /// What is held when the year begins (*consistenza al 1° gennaio*).
        Opening = "opening",
        /// What comes in (*aumenti*).
        Increases = "increases",
        /// What goes out (*diminuzioni*).
        Decreases = "decreases",
    }
}

impl SecurityFigure {
    /// Every figure.
    pub const ALL: [Self; 3] = [Self::Opening, Self::Increases, Self::Decreases];

    /// Its name, in Italian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Opening => "consistenza iniziale",
            Self::Increases => "aumenti",
            Self::Decreases => "diminuzioni",
        }
    }
}

/// A class of securities, in euro, as planned for the year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// What is held when the year begins.
    pub opening: Exact,
    /// What comes in.
    pub increases: Exact,
    /// What goes out.
    pub decreases: Exact,
    /// What is held when the year ends, at inventory value: opening + increases - decreases.
    pub inventory: Exact,
    /// The same at purchase price; `None` where it is not printed.
    pub purchase: Option<Exact>,
    /// The same at nominal value; `None` where it is not printed.
    pub nominal: Option<Exact>,
    /// Where it stands, as file and line.
    pub place: String,
    /// What the source notes about it.
    pub note: String,
}

/// The securities of a plan. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default)]
pub struct Securities {
    rows: Vec<Security>,
    subjects: BTreeMap<String, String>,
}

impl Securities {
    /// The classes, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Security> {
        self.rows.iter()
    }

    /// What facts about a figure of a class speak of.
    pub fn subject(security: &str, figure: SecurityFigure) -> String {
        format!("{security}.{figure}")
    }

    /// The name of what facts about a class speak of.
    pub fn subject_label(&self, subject: &str) -> Option<&str> {
        self.subjects.get(subject).map(String::as_str)
    }

    pub(crate) fn read(table: &Table, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        let mut lines = BTreeMap::new();
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let label = row.required("label", findings);
            let [opening, increases, decreases, inventory] =
                ["opening", "increases", "decreases", "inventory"].map(|column| row.required_number(column, findings));
            let (purchase, nominal) = (row.number("purchase", findings), row.number("nominal", findings));
            let (Some(opening), Some(increases), Some(decreases), Some(inventory)) = (opening, increases, decreases, inventory) else {
                continue;
            };
            let held = &(&opening + &increases) - &decreases;
            if held != inventory {
                let problem = Problem::Gap {
                    text: inventory.decimal_text(2),
                    expected: format!("opening + increases - decreases, {}", held.decimal_text(2)),
                };
                row.refuse("inventory", problem, findings);
            }
            for figure in SecurityFigure::ALL {
                read.subjects.insert(Self::subject(&code, figure), format!("{label}: {}", figure.label()));
            }
            let place = format!("{}:{}", table.file(), row.line());
            let note = row.text("note").to_owned();
            read.rows.push(Security { code, label, opening, increases, decreases, inventory, purchase, nominal, place, note });
        }
        read
    }
}

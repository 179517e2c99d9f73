//! The organisation as a dated tree (*assetto organizzativo*).

use std::collections::{BTreeMap, BTreeSet};

use piramide_measure::Month;

use crate::{
    error::Problem,
    reading::{Findings, Link, Row, Table, choices, tree},
};

pub(crate) const COLUMNS: &[&str] = &["code", "name", "kind", "parent", "valid_from", "valid_to", "istat", "nuts", "note"];

choices! {
    /// What a structure is (*tipo di struttura*).
    StructureKind {
        /// The whole institute.
        Nation = "nation",
        /// Regional directorate (*direzione regionale*).
        Region = "region",
        /// Metropolitan coordination directorate (*direzione di coordinamento metropolitano*).
        MetropolitanCoordination = "metropolitan_coordination",
        /// The office of a regional or metropolitan directorate (*struttura regionale o di coordinamento metropolitano*): its own staff and work.
        RegionalOffice = "regional_office",
        /// Provincial directorate (*direzione provinciale*).
        Province = "province",
        /// Metropolitan branch (*filiale metropolitana*).
        MetropolitanBranch = "metropolitan_branch",
        /// Provincial branch (*filiale provinciale*).
        ProvincialBranch = "provincial_branch",
        /// Complex agency (*agenzia complessa*).
        ComplexAgency = "complex_agency",
        /// Agency (*agenzia territoriale*).
        Agency = "agency",
        /// INPS point (*punto INPS*).
        Point = "point",
        /// Unit of the general directorate (*unità centrale*).
        CentralUnit = "central_unit",
        /// Central directorate (*direzione centrale*).
        CentralDirectorate = "central_directorate",
        /// Structures with one published value in common (*raggruppamento*).
        Group = "group",
        /// Where facts stand that are published for the nation only (*non attribuito al territorio*).
        NotAttributed = "not_attributed",
    }
}

/// A structure, as it is in the months of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub name: String,
    /// What it is.
    pub kind: StructureKind,
    /// The structure above; `None` for the nation.
    pub parent: Option<String>,
    /// The first month; `None` when it always was.
    pub valid_from: Option<Month>,
    /// The last month, inclusive; `None` when it is not known to end.
    pub valid_to: Option<Month>,
    /// ISTAT code of the territory.
    pub istat: String,
    /// NUTS code of the territory.
    pub nuts: String,
    /// What the source notes about it.
    pub note: String,
}

impl Structure {
    /// Whether the row speaks of a month. Month 13 belongs to December.
    pub fn valid_in(&self, month: Month) -> bool {
        self.holds_at(calendar_index(month))
    }

    fn holds_between(&self, first: Month, last: Month) -> bool {
        self.first() <= calendar_index(last) && calendar_index(first) <= self.last()
    }

    fn holds_at(&self, index: i32) -> bool {
        self.first() <= index && index <= self.last()
    }

    fn first(&self) -> i32 {
        self.valid_from.map_or(i32::MIN, calendar_index)
    }

    fn last(&self) -> i32 {
        self.valid_to.map_or(i32::MAX, calendar_index)
    }
}

/// Calendar months in their order without gaps, month 13 being December again: closing the books moves no office.
fn calendar_index(month: Month) -> i32 {
    i32::from(month.year()) * 12 + i32::from(month.number().min(12)) - 1
}

/// The calendar month with that index.
fn calendar_month(index: i32) -> Option<Month> {
    Month::new(u16::try_from(index.div_euclid(12)).ok()?, u8::try_from(index.rem_euclid(12) + 1).ok()?)
}

/// The structures of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structures {
    rows: Vec<Structure>,
    by_code: BTreeMap<String, Vec<usize>>,
    by_parent: BTreeMap<String, Vec<usize>>,
}

impl Structures {
    /// A structure as it is last known.
    pub fn get(&self, code: &str) -> Option<&Structure> {
        self.rows_of(&self.by_code, code).max_by_key(|structure| structure.last())
    }

    /// A structure as it is in a month.
    pub fn at(&self, code: &str, month: Month) -> Option<&Structure> {
        self.rows_of(&self.by_code, code).find(|structure| structure.valid_in(month))
    }

    /// Whether there ever is such a structure.
    pub fn contains(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// Every row, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Structure> {
        self.rows.iter()
    }

    /// The code of every structure, in the order of the plan; one that moved has several rows and is named once.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let first = |position: &usize, code: &str| self.by_code.get(code).and_then(|rows| rows.first()) == Some(position);
        self.rows.iter().enumerate().filter(move |(position, row)| first(position, &row.code)).map(|(_, row)| row.code.as_str())
    }

    /// The structure above all others in a month.
    pub fn root(&self, at: Month) -> Option<&Structure> {
        self.rows.iter().find(|structure| structure.parent.is_none() && structure.valid_in(at))
    }

    /// The structures directly under one in a month, in the order of the plan.
    pub fn children(&self, code: &str, at: Month) -> Vec<&Structure> {
        self.rows_of(&self.by_parent, code).filter(|structure| structure.valid_in(at)).collect()
    }

    /// The structures directly under one in any month from one to another, inclusive: in the order of the plan, each once.
    pub fn ever_children(&self, code: &str, (first, last): (Month, Month)) -> Vec<&str> {
        let rows = self.rows_of(&self.by_parent, code).filter(|row| row.holds_between(first, last));
        let mut seen = BTreeSet::new();
        rows.map(|row| row.code.as_str()).filter(|child| seen.insert(*child)).collect()
    }

    /// Whether a structure stands under another parent, or under none, in any month from one to another, inclusive, in which it exists.
    pub fn ever_leaves(&self, code: &str, parent: &str, (first, last): (Month, Month)) -> bool {
        self.rows_of(&self.by_code, code).any(|row| row.parent.as_deref() != Some(parent) && row.holds_between(first, last))
    }

    /// The structures above one in a month, from its parent to the root.
    pub fn ancestors(&self, code: &str, at: Month) -> impl Iterator<Item = &Structure> {
        let parent = move |structure: &Structure| structure.parent.as_deref().and_then(|parent| self.at(parent, at));
        std::iter::successors(self.at(code, at).and_then(parent), move |structure| parent(structure))
    }

    /// Whether a structure is another, or lies under it in a month: history stays with what was true then.
    pub fn lies_under(&self, code: &str, above: &str, at: Month) -> bool {
        code == above || self.ancestors(code, at).any(|structure| structure.code == above)
    }

    /// Whether [`Self::lies_under`] holds in any month from one to another, inclusive: asked once and not for each of them.
    pub fn ever_lies_under(&self, code: &str, above: &str, (first, last): (Month, Month)) -> bool {
        code == above || self.ever_reaches(code, above, (calendar_index(first), calendar_index(last)))
    }

    /// Whether a structure lies under another, as both are in any of some calendar months.
    fn ever_reaches(&self, code: &str, above: &str, (first, last): (i32, i32)) -> bool {
        let mut rows = self.rows_of(&self.by_code, code).filter_map(|row| {
            let months = (first.max(row.first()), last.min(row.last()));
            Some((row.parent.as_deref()?, months)).filter(|_| months.0 <= months.1)
        });
        rows.any(|(parent, months)| {
            let is_it = || self.rows_of(&self.by_code, parent).any(|row| row.first() <= months.1 && months.0 <= row.last());
            if parent == above { is_it() } else { self.ever_reaches(parent, above, months) }
        })
    }

    /// A structure with all below it in a month, parents before children.
    pub fn descendants(&self, code: &str, at: Month) -> Vec<&Structure> {
        let mut found: Vec<&Structure> = self.at(code, at).into_iter().collect();
        if !found.is_empty() {
            found.extend(self.children(code, at).into_iter().flat_map(|child| self.descendants(&child.code, at)));
        }
        found
    }

    fn rows_of<'a>(&'a self, index: &'a BTreeMap<String, Vec<usize>>, code: &str) -> impl Iterator<Item = &'a Structure> + use<'a> {
        index.get(code).map_or(&[][..], Vec::as_slice).iter().filter_map(|position| self.rows.get(*position))
    }

    pub(crate) fn read(table: &Table, findings: &mut Findings) -> Self {
        let mut structures = Self::default();
        let mut lines = Vec::new();
        for row in table.rows() {
            let structure = read_row(&row, findings);
            if structure.code.is_empty() {
                continue;
            }
            let position = structures.rows.len();
            structures.by_code.entry(structure.code.clone()).or_default().push(position);
            if let Some(parent) = &structure.parent {
                structures.by_parent.entry(parent.clone()).or_default().push(position);
            }
            structures.rows.push(structure);
            lines.push(row.line());
        }
        let rows: Vec<(&Structure, u64)> = structures.rows.iter().zip(lines).collect();
        refuse_overlaps(table, &rows, findings);
        refuse_unknown_parents(table, &rows, &structures, findings);
        refuse_broken_trees(table, &rows, findings);
        structures
    }
}

fn read_row(row: &Row<'_>, findings: &mut Findings) -> Structure {
    // A code may stand in several rows, one for each stretch of months, so each row looks at its own list only.
    let code = row.new_code("code", &mut BTreeMap::new(), findings).unwrap_or_default();
    let (valid_from, valid_to) = (row.month("valid_from", findings), row.month("valid_to", findings));
    if let (Some(first), Some(last)) = (valid_from, valid_to)
        && last < first
    {
        row.refuse("valid_to", Problem::ValidityReversed { first: first.to_string(), last: last.to_string() }, findings);
    }
    Structure {
        code,
        name: row.required("name", findings),
        kind: row.choice("kind", StructureKind::Nation, findings),
        parent: row.optional("parent"),
        valid_from,
        valid_to,
        istat: row.text("istat").to_owned(),
        nuts: row.text("nuts").to_owned(),
        note: row.text("note").to_owned(),
    }
}

fn refuse_overlaps(table: &Table, rows: &[(&Structure, u64)], findings: &mut Findings) {
    let mut earlier: BTreeMap<&str, Vec<(&Structure, u64)>> = BTreeMap::new();
    for (structure, line) in rows {
        let known = earlier.entry(&structure.code).or_default();
        let overlap = known.iter().find(|(other, _)| structure.first() <= other.last() && other.first() <= structure.last());
        if let Some((_, first_line)) = overlap {
            let problem = Problem::ValidityOverlaps { code: structure.code.clone(), first_line: *first_line };
            findings.add(table.file(), *line, "valid_from", problem);
        }
        known.push((structure, *line));
    }
}

fn refuse_unknown_parents(table: &Table, rows: &[(&Structure, u64)], structures: &Structures, findings: &mut Findings) {
    for (structure, line) in rows {
        if let Some(parent) = structure.parent.as_ref().filter(|parent| !structures.contains(parent)) {
            let problem = Problem::Unknown { what: "structure", code: parent.clone(), file: table.file() };
            findings.add(table.file(), *line, "parent", problem);
        }
    }
}

/// The tree must be one at every moment; it only changes where a row begins or ends, so those are the moments to look at.
fn refuse_broken_trees(table: &Table, rows: &[(&Structure, u64)], findings: &mut Findings) {
    let begins = rows.iter().map(|(structure, _)| structure.first());
    let ends = rows.iter().filter(|(structure, _)| structure.last() < i32::MAX).map(|(structure, _)| structure.last() + 1);
    let moments: BTreeSet<i32> = begins.chain(ends).collect();
    for moment in moments {
        let valid: Vec<&(&Structure, u64)> = rows.iter().filter(|(structure, _)| structure.holds_at(moment)).collect();
        let present: BTreeSet<&str> = valid.iter().map(|(structure, _)| structure.code.as_str()).collect();
        let known: BTreeSet<&str> = rows.iter().map(|(structure, _)| structure.code.as_str()).collect();
        for (structure, line) in &valid {
            let parent = structure.parent.as_deref().filter(|parent| known.contains(parent) && !present.contains(parent));
            if let Some(parent) = parent {
                let month = calendar_month(moment).map_or_else(|| "the beginning".to_owned(), |month| month.to_string());
                let problem = Problem::ParentNotValid { code: structure.code.clone(), parent: parent.to_owned(), month };
                findings.add(table.file(), *line, "parent", problem);
            }
        }
        let links: Vec<Link<'_>> = valid
            .iter()
            .map(|(structure, line)| Link { code: &structure.code, parent: structure.parent.as_deref(), line: *line })
            .collect();
        tree::refuse_cycles(table.file(), &links, findings);
        let roots: Vec<String> = links.iter().filter(|link| link.parent.is_none()).map(|link| link.code.to_owned()).collect();
        if roots.len() != 1 && !valid.is_empty() {
            findings.add(table.file(), None, "parent", Problem::Roots { found: roots });
        }
    }
    if rows.is_empty() {
        findings.add(table.file(), None, "parent", Problem::Roots { found: Vec::new() });
    }
}

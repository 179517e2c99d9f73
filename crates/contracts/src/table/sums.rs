//! Tables that should add up, as CSV files.
//!
//! The columns `row` and `parent` say which row each row enters, `sign` (1 or -1; left out, 1) how; `label` is not looked at. Every other
//! column is one of numbers. One of these may be named as the total of the others.

use std::collections::{BTreeMap, BTreeSet};

use piramide_measure::{
    Decimal, decimal,
    reconciliation::{CellId, Rounding, Table},
};

use super::{Dialect, MOST_CELL_BYTES, MOST_REASONS, TableError, open, text};

/// The most cells of one table: whoever sends more has a ledger, not a table.
const MOST_CELLS: usize = 200_000;

/// A row: its line, its name, what it enters and how.
struct Link {
    line: u64,
    row: String,
    parent: String,
    sign: i8,
}

/// Reads a table with the rules that its rows, and with a total its columns, imply.
///
/// # Errors
///
/// Every reason, at most a hundred, by line and column: columns that are missing or stand twice, a row that stands twice, a parent that is
/// not a row or lies under itself, a sign that is neither 1 nor -1, a cell that is not a number.
pub fn read(bytes: &[u8], dialect: Dialect, rounding: Rounding, total: Option<&str>) -> Result<Table, Vec<TableError>> {
    let (mut reader, header) = open(text(bytes, dialect)?, dialect)?;
    let columns = Columns::find(&header, total)?;
    let mut table = Table::new(rounding);
    let (mut links, mut errors, mut cells) = (Vec::new(), Vec::new(), 0);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                errors.push(wrong(error.position().map_or(0, csv::Position::line), "", error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            errors.push(wrong(line, "", format!("has {} cells, the header has {}", record.len(), header.len())));
            continue;
        }
        let link = columns.link(line, &record, &mut errors);
        for (position, name) in &columns.numbers {
            match record.get(*position).unwrap_or_default() {
                "" => {}
                text => match number(text, dialect) {
                    Ok((value, digits)) => {
                        cells += 1;
                        table.write(CellId::new(&link.row, name), value.into(), digits);
                    }
                    Err(cause) => errors.push(wrong(line, name, cause)),
                },
            }
        }
        links.push(link);
        if cells > MOST_CELLS {
            errors.push(wrong(line, "", format!("more than {MOST_CELLS} numbers: send a part at a time")));
        }
        if errors.len() >= MOST_REASONS || cells > MOST_CELLS {
            break;
        }
    }
    refuse_links(&links, &mut errors);
    errors.truncate(MOST_REASONS);
    if !errors.is_empty() {
        return Err(errors);
    }
    columns.rules(&links, total, &mut table);
    Ok(table)
}

fn wrong(line: u64, column: &str, cause: impl Into<String>) -> TableError {
    TableError { line, column: column.to_owned(), cause: cause.into() }
}

/// A number, and how many digits it is written with after the point.
fn number(text: &str, dialect: Dialect) -> Result<(Decimal, u32), String> {
    if text.len() > MOST_CELL_BYTES {
        return Err(format!("the cell has {} bytes, at most {MOST_CELL_BYTES} are read", text.len()));
    }
    let (read, point) = match dialect {
        Dialect::Plain => (decimal::parse(text), '.'),
        Dialect::Italian => (decimal::parse_italian(text), ','),
    };
    let value = read.map_err(|error| error.to_string())?;
    let digits = text.split_once(point).map_or(0, |(_, fraction)| fraction.len());
    Ok((value, u32::try_from(digits).unwrap_or_default()))
}

/// Where the columns stand.
struct Columns {
    row: usize,
    parent: usize,
    sign: Option<usize>,
    numbers: Vec<(usize, String)>,
}

impl Columns {
    fn find(header: &csv::StringRecord, total: Option<&str>) -> Result<Self, Vec<TableError>> {
        let at = |name: &str| header.iter().position(|column| column == name);
        let mut errors: Vec<TableError> = header
            .iter()
            .enumerate()
            .filter(|(position, column)| at(column) != Some(*position))
            .map(|(_, column)| wrong(1, column, "the column stands twice"))
            .collect();
        errors.extend(["row", "parent"].into_iter().filter(|name| at(name).is_none()).map(|name| wrong(1, name, "the column is missing")));
        let numbers: Vec<(usize, String)> = header
            .iter()
            .enumerate()
            .filter(|(_, column)| !matches!(*column, "row" | "parent" | "sign" | "label"))
            .map(|(position, column)| (position, column.to_owned()))
            .collect();
        if numbers.is_empty() {
            errors.push(wrong(1, "", "there is no column of numbers beside row, parent, sign and label"));
        }
        if let Some(total) = total
            && !numbers.iter().any(|(_, column)| column == total)
        {
            errors.push(wrong(1, total, "the column of the total is missing"));
        }
        if let (Some(row), Some(parent), true) = (at("row"), at("parent"), errors.is_empty()) {
            return Ok(Self { row, parent, sign: at("sign"), numbers });
        }
        Err(errors)
    }

    fn link(&self, line: u64, record: &csv::StringRecord, errors: &mut Vec<TableError>) -> Link {
        let cell = |position: usize| record.get(position).unwrap_or_default();
        let (row, parent) = (cell(self.row), cell(self.parent));
        if row.is_empty() {
            errors.push(wrong(line, "row", "is empty: every row has a name"));
        }
        let sign = match self.sign.map_or("", cell) {
            "" | "1" => 1,
            "-1" => -1,
            text => {
                errors.push(wrong(line, "sign", format!("\"{text}\" is neither 1 nor -1")));
                1
            }
        };
        Link { line, row: row.to_owned(), parent: parent.to_owned(), sign }
    }

    /// Every row is the sum of those that enter it, in each column; in each row the total is the sum of the other columns.
    fn rules(&self, links: &[Link], total: Option<&str>, table: &mut Table) {
        let mut children: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
        links.iter().filter(|link| !link.parent.is_empty()).for_each(|link| children.entry(&link.parent).or_default().push(link));
        for (_, column) in &self.numbers {
            for link in links {
                let parts = children.get(link.row.as_str()).into_iter().flatten();
                table.rule(CellId::new(&link.row, column), parts.map(|part| (CellId::new(&part.row, column), part.sign)).collect());
            }
        }
        let Some(total) = total else { return };
        for link in links {
            let parts = self.numbers.iter().filter(|(_, column)| column != total);
            table.rule(CellId::new(&link.row, total), parts.map(|(_, column)| (CellId::new(&link.row, column), 1)).collect());
        }
    }
}

/// Refuses rows that stand twice, and parents that are no row or lie under themselves.
fn refuse_links(links: &[Link], errors: &mut Vec<TableError>) {
    let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
    for link in links {
        if parents.insert(&link.row, &link.parent).is_some() {
            errors.push(wrong(link.line, "row", format!("{} stands twice", link.row)));
        }
    }
    for link in links.iter().filter(|link| !link.parent.is_empty()) {
        let mut passed = BTreeSet::new();
        let mut at = link.parent.as_str();
        while !at.is_empty() && passed.insert(at) {
            let Some(above) = parents.get(at) else {
                if at == link.parent {
                    errors.push(wrong(link.line, "parent", format!("there is no row {at}")));
                }
                break;
            };
            at = above;
        }
        if passed.contains(link.row.as_str()) {
            errors.push(wrong(link.line, "parent", format!("{} lies under itself", link.row)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str, total: Option<&str>) -> Result<Table, Vec<TableError>> {
        read(text.as_bytes(), Dialect::Plain, Rounding::UnitPerPart, total)
    }

    #[track_caller]
    fn refused(text: &str, total: Option<&str>, expected: &str) {
        let errors = table(text, total).map(|_| ()).unwrap_err();
        let all = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        assert!(all.contains(expected), "{all}");
    }

    #[test]
    fn rows_and_columns_make_the_rules() {
        let text = "row,parent,sign,label,north,south,italy\nALL,,,Totale,10,20,30\nA,ALL,,x,13,20,33\nB,ALL,-1,y,3,,3\n";
        let report = table(text, Some("italy")).unwrap().reconcile();
        assert_eq!((report.checked(), report.holding, report.incomplete), (4, 4, 2), "{report:?}");
        let italian = "row;parent;euro\nALL;;1.234,50\nA;ALL;1.234,49\n";
        let read = read(italian.as_bytes(), Dialect::Italian, Rounding::UnitPerPart, None).unwrap().reconcile();
        assert_eq!((read.rounded.len(), read.broken.len()), (1, 0), "a cent is the rounding of one part");
    }

    #[test]
    fn every_way_not_to_be_a_table_is_named() {
        refused("row,x\nA,1\n", None, "line 1, column parent: the column is missing");
        refused("row,parent,x,x\nA,,1,1\n", None, "column x: the column stands twice");
        refused("row,parent,label\nA,,\n", None, "no column of numbers");
        refused("row,parent,x\nA,,1\n", Some("y"), "column y: the column of the total is missing");
        refused("row,parent,x\n,,1\n", None, "line 2, column row: is empty");
        refused("row,parent,x\nA,,1\nA,,2\n", None, "line 3, column row: A stands twice");
        refused("row,parent,x\nA,B,1\n", None, "line 2, column parent: there is no row B");
        refused("row,parent,x\nA,B,1\nB,A,2\n", None, "A lies under itself");
        refused("row,parent,sign,x\nA,,2,1\n", None, "\"2\" is neither 1 nor -1");
        refused("row,parent,x\nA,,\"1,5\"\n", None, "write 1.5");
        refused("row,parent,x\nA,,1,2\n", None, "line 2, column : has 4 cells, the header has 3");
    }
}

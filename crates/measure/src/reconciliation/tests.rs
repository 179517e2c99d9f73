//! What adds up, what does not, and why.

use proptest::prelude::*;

use super::*;

fn id(row: &str) -> CellId {
    CellId::new(row, "")
}

/// A table of one column: rows with their parent and their number.
fn table(rows: &[(&str, &str, &str)]) -> Table {
    let mut table = Table::new(Rounding::UnitPerPart);
    for (row, _, text) in rows {
        let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        table.write(id(row), Exact::parse(text).unwrap(), u32::try_from(digits).unwrap());
    }
    for (whole, _, _) in rows {
        let parts = rows.iter().filter(|(_, parent, _)| parent == whole);
        table.rule(id(whole), parts.map(|(row, _, _)| (id(row), 1)).collect());
    }
    table
}

/// The one cause of a table, which settles so many sums.
#[track_caller]
fn cause(rows: &[(&str, &str, &str)], cell: &str, corrected: &str, slip: &Slip, settles: usize) {
    let report = table(rows).reconcile();
    let [cause] = report.causes.as_slice() else { panic!("one cause expected: {report:#?}") };
    assert_eq!((cause.cell.to_string(), cause.corrected.decimal_text(2)), (cell.to_owned(), corrected.to_owned()), "{}", cause.sentence());
    assert_eq!((&cause.slip, cause.settles), (slip, settles), "{}", cause.sentence());
    assert!(report.broken.iter().all(|miss| miss.cause == Some(0)));
}

#[test]
fn digits_that_changed_places_are_recognised_with_the_sums_above() {
    // The shape of the IEEP of 2020: the total of revenue is wrong, the national total confirms the sum of the items.
    let rows = [("IEEP", "", "1600"), ("REV", "IEEP", "1432"), ("EXP", "IEEP", "177"), ("FLOWS", "REV", "1023"), ("ECA", "REV", "400")];
    cause(&rows, "REV", "1423", &Slip::DigitsSwapped, 2);
}

#[test]
fn each_slip_has_its_name() {
    let of = |whole, a, b, c| [("T", "", whole), ("A", "T", a), ("B", "T", b), ("C", "T", c)];
    cause(&of("-1234", "1000", "200", "34"), "T", "1234", &Slip::OppositeSign, 1);
    cause(&of("1034", "1000", "200", "34"), "T", "1234", &Slip::LeftOut { part: id("B") }, 1);
    cause(&of("1434", "1000", "200", "34"), "T", "1234", &Slip::CountedTwice { part: id("B") }, 1);
    cause(&of("1834", "1000", "200", "34"), "T", "1234", &Slip::OneDigit, 1);
    cause(&of("1777", "1000", "-200", "434"), "T", "1234", &Slip::Unexplained, 1);
    cause(&of("1491", "1000", "200", "34"), "T", "1234", &Slip::PartMissing, 1);
    cause(&of("1191", "1000", "200", "34"), "T", "1234", &Slip::Unexplained, 1);
}

#[test]
fn a_miss_within_rounding_is_shown_and_is_no_error() {
    let report = table(&[("T", "", "10.3"), ("A", "T", "3.4"), ("B", "T", "3.4"), ("C", "T", "3.4")]).reconcile();
    assert_eq!((report.rounded.len(), report.broken.len(), report.causes.len()), (1, 0, 0));
    assert_eq!((report.rounded[0].difference.decimal_text(2), report.rounded[0].tolerance.decimal_text(2)), ("0.1".into(), "0.3".into()));
    let mut exact = table(&[("T", "", "10.3"), ("A", "T", "10.2")]);
    exact.rounding = Rounding::None;
    assert_eq!(exact.reconcile().broken.len(), 1, "amounts that are not rounded hold or do not");
}

#[test]
fn a_missing_cell_leaves_a_sum_unjudged() {
    let mut table = table(&[("T", "", "10"), ("A", "T", "7")]);
    table.rule(id("T"), vec![(id("A"), 1), (id("NOWHERE"), 1)]);
    let report = table.reconcile();
    assert_eq!((report.incomplete, report.broken.len()), (1, 1));
}

/// A tree of sums over random leaves: T of three wholes of three leaves each.
fn tree(leaves: &[i64]) -> Vec<(String, String, i64)> {
    let mut rows = Vec::new();
    for (position, parts) in leaves.chunks(3).enumerate() {
        let whole = format!("W{position}");
        rows.extend(parts.iter().enumerate().map(|(leaf, value)| (format!("L{position}{leaf}"), whole.clone(), *value)));
        rows.push((whole, "T".into(), parts.iter().sum()));
    }
    rows.push(("T".into(), String::new(), leaves.iter().sum()));
    rows
}

fn written(rows: &[(String, String, i64)], wrong: Option<(&str, i64)>) -> Table {
    let text = |row: &str, value: i64| wrong.filter(|(cell, _)| *cell == row).map_or(value, |(_, other)| other).to_string();
    let texts: Vec<(String, String, String)> =
        rows.iter().map(|(row, parent, value)| (row.clone(), parent.clone(), text(row, *value))).collect();
    let borrowed: Vec<(&str, &str, &str)> =
        texts.iter().map(|(row, parent, text)| (row.as_str(), parent.as_str(), text.as_str())).collect();
    table(&borrowed)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A table that adds up has no finding.
    #[test]
    fn nothing_is_found_where_everything_adds_up(leaves in prop::collection::vec(-1_000_000i64..1_000_000, 9)) {
        let report = written(&tree(&leaves), None).reconcile();
        prop_assert_eq!((report.holding, report.rounded.len(), report.broken.len()), (4, 0, 0));
    }

    /// One wrong cell that is part of one sum and the sum of others is found, and what it should say.
    #[test]
    fn a_wrong_cell_between_two_sums_is_found(leaves in prop::collection::vec(1i64..1_000_000, 9), whole in 0usize..3, by in 10i64..1_000_000) {
        let rows = tree(&leaves);
        let name = format!("W{whole}");
        let right = rows.iter().find(|(row, _, _)| *row == name).unwrap().2;
        let report = written(&rows, Some((&name, right + by))).reconcile();
        prop_assert_eq!(report.causes.len(), 1);
        prop_assert_eq!((report.causes[0].cell.row.as_str(), report.causes[0].settles), (name.as_str(), 2));
        prop_assert_eq!(&report.causes[0].corrected, &Exact::from(right));
    }

    /// Whatever is wrong, every broken sum has its difference and a cause, and the corrections make the table add up.
    #[test]
    fn corrections_make_the_table_add_up(leaves in prop::collection::vec(-1_000_000i64..1_000_000, 9), cell in 0usize..13, by in -1_000_000i64..1_000_000) {
        let rows = tree(&leaves);
        let (name, right) = (rows[cell].0.clone(), rows[cell].2);
        let mut table = written(&rows, Some((&name, right + by)));
        let report = table.reconcile();
        prop_assert!(report.broken.iter().all(|miss| miss.cause.is_some() && miss.difference == &miss.written - &miss.summed));
        for cause in &report.causes {
            table.write(cause.cell.clone(), cause.corrected.clone(), cause.digits);
        }
        prop_assert_eq!(table.reconcile().broken, vec![]);
    }
}

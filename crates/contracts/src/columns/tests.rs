//! Rows come back as they went in, with the same hash; columns that are no rows are refused.

use proptest::prelude::*;

use super::*;
use crate::{
    batch::{ContentHash, with_texts},
    ledger::QuantityColumn,
};

fn row(line: i32, numbers: &[(&str, &str)]) -> FactRow {
    let quantity =
        |(name, value): &(&str, &str)| Quantity { name: (*name).to_owned(), value: Some(types::Decimal { value: (*value).to_owned() }) };
    FactRow {
        line,
        structure_code: format!("S{}", line % 3),
        subject_code: format!("P{}", line % 2),
        period: Some(types::Period { value: "2020-12".to_owned() }),
        quantities: numbers.iter().map(quantity).collect(),
    }
}

/// Columns of the first rows, as many as one message takes; `None` when the first row does not fit columns.
fn of(rows: &[FactRow]) -> Option<(FactColumns, usize)> {
    let mut builder = Builder::default();
    let mut hash = ContentHash::default();
    let taken = rows.iter().take_while(|row| with_texts(row, |row| builder.take(row, hash.update_texts(row))).is_some()).count();
    Some((builder.finish()?, taken))
}

/// Columns, and rows again, must be the rows they were, with the same hash either way.
fn check(mut rows: Vec<FactRow>) {
    let (columns, taken) = of(&rows).unwrap();
    assert_eq!(taken, rows.len());
    let (mut of_rows, mut of_columns) = (ContentHash::default(), ContentHash::default());
    rows.iter().for_each(|row| of_rows.update(row));
    let mut walk = Walk::new(&columns).unwrap();
    while let Some(row) = walk.next_row() {
        of_columns.update_columns(&row);
    }
    assert_eq!(of_columns.finish(), of_rows.finish());
    rows.iter_mut().for_each(|row| row.quantities.sort_by(|one, other| one.name.cmp(&other.name)));
    assert_eq!(super::rows(&columns).unwrap(), rows);
}

proptest! {
    #[test]
    fn rows_come_back_as_they_went_in(
        said in prop::collection::vec((1i32..2_000_000, prop::collection::btree_map("[a-d]", (any::<i64>(), 0u32..19), 0..4)), 1..40)
    ) {
        let rows = said.into_iter().map(|(line, numbers)| {
            let number = |(value, digits)| Number { column: 0, name: "", digits, value }.text();
            let texts: Vec<(String, String)> = numbers.into_iter().map(|(name, number_of)| (name, number(number_of))).collect();
            row(line, &texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
        });
        check(rows.filter(|row| row.quantities.iter().all(|quantity| number::read(&quantity.value.as_ref().unwrap().value).is_some())).chain([row(1, &[])]).collect());
    }
}

#[test]
fn a_number_is_printed_as_it_was() {
    for text in ["0", "7", "-7", "0.00", "1.50", "-0.05", "12.345", "9223372036854775807", "0.000000000000000001"] {
        check(vec![row(1, &[("a", text)]), row(9, &[("b", "1"), ("a", text)]), row(10, &[]), row(4, &[("b", "2")])]);
    }
}

#[test]
fn what_columns_cannot_say_stays_in_rows() {
    for text in ["", "-", "-0", "-0.0", "007", "1,5", "1.", ".5", "+1", "1e3", " 1", "9223372036854775808", "0.0000000000000000001", "١"] {
        assert!(of(&[row(1, &[("a", text)])]).is_none(), "{text}");
    }
    assert!(of(&[row(1, &[("a", "1"), ("a", "1")])]).is_none(), "a quantity that stands twice is refused by who receives it");
    assert!(of(&[row(1, &[("a".repeat(257).as_str(), "1")])]).is_none());
    assert!(of(&[FactRow { structure_code: "S".repeat(257), ..row(1, &[("a", "1")]) }]).is_none());
    assert_eq!(of(&[row(1, &[("a", "1")]), row(2, &[("a", "?")])]).unwrap().1, 1);
}

#[test]
fn columns_that_are_no_rows_are_refused() {
    let (right, _) = of(&[row(1, &[("a", "1")]), row(2, &[("b", "1.5")])]).unwrap();
    assert!(Walk::new(&right).is_ok());
    let b = || right.quantities[1].clone();
    for (wrong, expected) in [
        (FactColumns { structure: vec![0], ..right.clone() }, "2 lines and 1 places of structure"),
        (FactColumns { subject: vec![0, 2], ..right.clone() }, "place 2 of subject among 2"),
        (FactColumns { period: vec![0, 0, 0], ..right.clone() }, "2 lines and 3 places of period"),
        (FactColumns { line_steps: vec![i32::MAX, 1], ..right.clone() }, "lines beyond 32 bits"),
        (FactColumns { quantities: vec![QuantityColumn { skipped: vec![0, 0], ..b() }], ..right.clone() }, "1 numbers of b and 2 steps"),
        (FactColumns { quantities: vec![QuantityColumn { skipped: vec![2], ..b() }], ..right.clone() }, "numbers of b outside of 2 rows"),
        (FactColumns { quantities: vec![QuantityColumn { skipped: vec![-1], ..b() }], ..right.clone() }, "numbers of b outside of 2 rows"),
        (FactColumns { subject: vec![0, -1], ..right.clone() }, "place -1 of subject among 2"),
        (
            FactColumns { structures: vec!["S".repeat(257), "S".into()], ..right.clone() },
            "a text of structure of 257 bytes, at most 256 are read",
        ),
        (FactColumns { periods: vec![String::new(); 3], ..right.clone() }, "3 texts of period for 2 rows"),
        (
            FactColumns { quantities: vec![QuantityColumn { name: "b".repeat(300), ..b() }], ..right.clone() },
            "a text of quantities of 300 bytes, at most 256 are read",
        ),
        (FactColumns { quantities: vec![QuantityColumn::default(); 257], ..right.clone() }, "257 quantities, at most 256 are read"),
        (FactColumns { quantities: vec![QuantityColumn { digits: 19, ..b() }], ..right.clone() }, "19 digits of b: 0 to 18 can be"),
    ] {
        let error = Walk::new(&wrong).err().unwrap();
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

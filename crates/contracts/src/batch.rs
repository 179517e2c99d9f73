//! A batch as a stream of messages, and the hash of its content.

use sha2::{Digest, Sha256};

use crate::{
    columns::{self, Row},
    convert::hexadecimal,
    ledger::{BatchHeader, Commit, FactRow, FactRows, SubmitBatchRequest, submit_batch_request::Part},
};

/// Rows in one message that is not columns: well under the message limit whatever the codes and quantities.
const ROWS_A_MESSAGE: usize = 500;

const END_OF_FIELD: u8 = 0x1f;
const END_OF_ROW: u8 = 0x1e;

/// The hash of a batch's rows, fed row by row.
///
/// Both sides compute it from what they see, so that a stream cut short or changed on its way commits nothing. Its definition is
/// in the comment of `Commit.content_hash`.
#[derive(Debug, Clone, Default)]
pub struct ContentHash {
    hash: Sha256,
    /// The names of the row before, as they stood there: mostly those of the next.
    names: Vec<String>,
    /// The places of the names in their alphabetical order.
    order: Vec<usize>,
    /// The text of a row, hashed in one piece.
    text: Vec<u8>,
}

impl ContentHash {
    /// Takes in the next row.
    pub fn update(&mut self, row: &FactRow) {
        self.begin([row.structure_code.as_str(), &row.subject_code, row.period.as_ref().map_or("", |period| &period.value)]);
        if !self.names.iter().eq(row.quantities.iter().map(|quantity| &quantity.name)) {
            self.learn_names(row);
        }
        let Self { order, text, .. } = self;
        for quantity in order.iter().filter_map(|place| row.quantities.get(*place)) {
            text.extend(quantity.name.as_bytes());
            text.push(b'=');
            text.extend(quantity.value.as_ref().map_or("", |value| &value.value).as_bytes());
            text.push(END_OF_FIELD);
        }
        self.end();
    }

    /// Takes in the next row of columns: what the same row alone would give.
    pub fn update_columns(&mut self, row: &Row<'_>) {
        self.begin([row.structure.1, row.subject.1, row.period.1]);
        for number in row.numbers {
            self.text.extend(number.name.as_bytes());
            self.text.push(b'=');
            number.print(&mut self.text);
            self.text.push(END_OF_FIELD);
        }
        self.end();
    }

    fn begin(&mut self, keys: [&str; 3]) {
        self.text.clear();
        for key in keys {
            self.text.extend(key.as_bytes());
            self.text.push(END_OF_FIELD);
        }
    }

    fn end(&mut self) {
        self.text.push(END_OF_ROW);
        self.hash.update(&self.text);
    }

    fn learn_names(&mut self, row: &FactRow) {
        self.names = row.quantities.iter().map(|quantity| quantity.name.clone()).collect();
        self.order = (0..self.names.len()).collect();
        // Stable: of a name that stands twice, the first stays first.
        self.order.sort_by_key(|place| self.names.get(*place));
    }

    /// The hash of the rows so far.
    pub fn finish(self) -> [u8; 32] {
        self.hash.finalize().into()
    }
}

/// The messages that submit a batch: header, rows, commit. Rows go column by column where they can.
pub fn messages(header: BatchHeader, rows: &[FactRow]) -> Vec<SubmitBatchRequest> {
    let mut hash = ContentHash::default();
    for row in rows {
        hash.update(row);
    }
    let commit = Commit { rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), content_hash: hexadecimal(&hash.finish()) };
    let mut parts = vec![Part::Header(header)];
    let mut left = rows;
    while let Some(next) = left.get(..ROWS_A_MESSAGE.min(left.len())).filter(|next| !next.is_empty()) {
        let taken = if let Some((columns, taken)) = columns::of(left) {
            parts.push(Part::Columns(columns));
            taken
        } else {
            // The message ends before the next row that fits columns.
            let plain = next.iter().take_while(|row| columns::of(std::slice::from_ref(row)).is_none()).count();
            parts.push(Part::Rows(FactRows { rows: next.iter().take(plain).cloned().collect() }));
            plain
        };
        left = left.get(taken..).unwrap_or_default();
    }
    parts.push(Part::Commit(commit));
    parts.into_iter().map(|part| SubmitBatchRequest { part: Some(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::Quantity, types};

    fn row(structure: &str, quantities: &[(&str, &str)]) -> FactRow {
        let quantity =
            |(name, value): &(&str, &str)| Quantity { name: (*name).into(), value: Some(types::Decimal { value: (*value).into() }) };
        FactRow {
            line: 1,
            structure_code: structure.into(),
            subject_code: "P".into(),
            period: Some(types::Period { value: "2020-12".into() }),
            quantities: quantities.iter().map(quantity).collect(),
        }
    }

    fn hash(rows: &[FactRow]) -> [u8; 32] {
        let mut hash = ContentHash::default();
        for row in rows {
            hash.update(row);
        }
        hash.finish()
    }

    #[test]
    fn the_hash_is_of_the_content_and_nothing_else() {
        let base = hash(&[row("NAZ", &[("a", "1"), ("b", "2")])]);
        assert_eq!(base, hash(&[row("NAZ", &[("b", "2"), ("a", "1")])]), "the order of quantities does not matter");
        assert_eq!(base, hash(&[FactRow { line: 9, ..row("NAZ", &[("a", "1"), ("b", "2")]) }]), "nor does the line");
        for other in [row("NA", &[("a", "1"), ("b", "2")]), row("NAZ", &[("a", "12"), ("b", "")]), row("NAZ", &[("a", "1")])] {
            assert_ne!(base, hash(&[other]));
        }
        let one = row("NAZ", &[("a", "1")]);
        assert_ne!(hash(&[one.clone(), one.clone()]), hash(&[one]));
    }

    #[test]
    fn a_batch_is_header_rows_commit() {
        // Rows that columns can say, with one among them that they cannot.
        let mut rows = vec![row("NAZ", &[("a", "1")]); 5_003];
        rows[5_001] = row("NAZ", &[("a", "1,5")]);
        let parts = messages(BatchHeader::default(), &rows);
        let kinds: Vec<_> = parts
            .iter()
            .map(|message| match &message.part {
                Some(Part::Header(_)) => ("header", 0),
                Some(Part::Rows(rows)) => ("rows", rows.rows.len()),
                Some(Part::Columns(columns)) => ("columns", columns.line_steps.len()),
                Some(Part::Commit(commit)) => ("commit", usize::try_from(commit.rows).unwrap()),
                None => panic!("empty part"),
            })
            .collect();
        assert_eq!(kinds, [("header", 0), ("columns", 5_000), ("columns", 1), ("rows", 1), ("columns", 1), ("commit", 5_003)]);
        let plain = messages(BatchHeader::default(), &vec![row("NAZ", &[("a", "")]); ROWS_A_MESSAGE + 1]);
        assert_eq!(plain.len(), 4, "header, two messages of rows, commit");
    }
}

//! A batch as a stream of messages, and the hash of its content.

use sha2::{Digest, Sha256};

use crate::{
    convert::hexadecimal,
    ledger::{BatchHeader, Commit, FactRow, FactRows, SubmitBatchRequest, submit_batch_request::Part},
};

/// Rows in one message: well under the message limit whatever the codes and quantities.
const ROWS_A_MESSAGE: usize = 500;

const END_OF_FIELD: [u8; 1] = [0x1f];
const END_OF_ROW: [u8; 1] = [0x1e];

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
}

impl ContentHash {
    /// Takes in the next row.
    pub fn update(&mut self, row: &FactRow) {
        for key in [row.structure_code.as_str(), &row.subject_code, row.period.as_ref().map_or("", |period| &period.value)] {
            self.hash.update(key);
            self.hash.update(END_OF_FIELD);
        }
        if !self.names.iter().eq(row.quantities.iter().map(|quantity| &quantity.name)) {
            self.learn_names(row);
        }
        for quantity in self.order.iter().filter_map(|place| row.quantities.get(*place)) {
            self.hash.update(&quantity.name);
            self.hash.update("=");
            self.hash.update(quantity.value.as_ref().map_or("", |value| &value.value));
            self.hash.update(END_OF_FIELD);
        }
        self.hash.update(END_OF_ROW);
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

/// The messages that submit a batch: header, rows, commit.
pub fn messages(header: BatchHeader, rows: Vec<FactRow>) -> Vec<SubmitBatchRequest> {
    let mut hash = ContentHash::default();
    for row in &rows {
        hash.update(row);
    }
    let commit = Commit { rows: i64::try_from(rows.len()).unwrap_or(i64::MAX), content_hash: hexadecimal(&hash.finish()) };
    let mut parts = vec![Part::Header(header)];
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        parts.push(Part::Rows(FactRows { rows: rows.by_ref().take(ROWS_A_MESSAGE).collect() }));
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
        let parts: Vec<_> = messages(BatchHeader::default(), vec![row("NAZ", &[]); ROWS_A_MESSAGE + 1]);
        let kinds: Vec<_> = parts
            .iter()
            .map(|message| match &message.part {
                Some(Part::Header(_)) => 0,
                Some(Part::Rows(rows)) => rows.rows.len(),
                Some(Part::Commit(commit)) => usize::try_from(commit.rows).unwrap(),
                None => panic!("empty part"),
            })
            .collect();
        assert_eq!(kinds, [0, ROWS_A_MESSAGE, 1, ROWS_A_MESSAGE + 1]);
    }
}

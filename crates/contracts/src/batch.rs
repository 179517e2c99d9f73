//! A batch as a stream of messages, and the hash of its content.

mod hash;

use std::borrow::Cow;

pub use self::hash::ContentHash;
use crate::{
    columns::Builder,
    convert::hexadecimal,
    ledger::{BatchHeader, Commit, FactRow, FactRows, Quantity, SubmitBatchRequest, submit_batch_request::Part},
    types,
};

/// Rows in one message that is not columns: well under the message limit whatever the codes and quantities.
const ROWS_A_MESSAGE: usize = 500;

/// A row as texts that stand elsewhere: what a file says of a fact.
#[derive(Debug, Clone, Copy)]
pub struct RowTexts<'r> {
    /// Its line in the source.
    pub line: i32,
    /// The structure's code.
    pub structure: &'r str,
    /// The subject's code.
    pub subject: &'r str,
    /// The period.
    pub period: &'r str,
    /// The quantities that are known, by name.
    pub quantities: &'r [(&'r str, Cow<'r, str>)],
}

impl RowTexts<'_> {
    /// The row with texts of its own.
    pub fn to_row(&self) -> FactRow {
        let quantity = |(name, value): &(&str, Cow<'_, str>)| Quantity {
            name: (*name).to_owned(),
            value: Some(types::Decimal { value: value.clone().into_owned() }),
        };
        FactRow {
            line: self.line,
            structure_code: self.structure.to_owned(),
            subject_code: self.subject.to_owned(),
            period: Some(types::Period { value: self.period.to_owned() }),
            quantities: self.quantities.iter().map(quantity).collect(),
        }
    }
}

/// Works with the texts of a row.
pub(crate) fn with_texts<T>(row: &FactRow, work: impl FnOnce(&RowTexts<'_>) -> T) -> T {
    fn text(Quantity { name, value }: &Quantity) -> (&str, Cow<'_, str>) {
        (name, value.as_ref().map_or("", |value| &value.value).into())
    }
    let quantities: Vec<_> = row.quantities.iter().map(text).collect();
    work(&RowTexts {
        line: row.line,
        structure: &row.structure_code,
        subject: &row.subject_code,
        period: row.period.as_ref().map_or("", |period| &period.value),
        quantities: &quantities,
    })
}

/// Puts a batch into messages, row by row: header, rows, commit. Rows go column by column where they can.
#[derive(Debug)]
pub struct Messages {
    parts: Vec<Part>,
    columns: Builder,
    /// Rows that do not fit columns, after those that did.
    plain: Vec<FactRow>,
    rows: i64,
    hash: ContentHash,
}

impl Messages {
    /// A batch without rows so far.
    pub fn new(header: BatchHeader) -> Self {
        Self { parts: vec![Part::Header(header)], columns: Builder::default(), plain: Vec::new(), rows: 0, hash: ContentHash::default() }
    }

    /// Takes in the next row.
    pub fn row(&mut self, row: &RowTexts<'_>) {
        self.put(row, true, || row.to_row());
    }

    /// Takes in the next row.
    pub fn fact_row(&mut self, row: &FactRow) {
        // A period that is not there is none that columns could name.
        with_texts(row, |texts| self.put(texts, row.period.is_some(), || row.clone()));
    }

    fn put(&mut self, row: &RowTexts<'_>, may_fit: bool, own: impl FnOnce() -> FactRow) {
        let same_names = self.hash.update_texts(row);
        self.rows = self.rows.saturating_add(1);
        let fits = |columns: &mut Builder| may_fit && columns.take(row, same_names).is_some();
        if self.plain.is_empty() && fits(&mut self.columns) {
            return;
        }
        // It fits no columns, or none of this message any more.
        self.end_columns();
        if fits(&mut self.columns) {
            return self.end_plain();
        }
        self.plain.push(own());
        if self.plain.len() >= ROWS_A_MESSAGE {
            self.end_plain();
        }
    }

    /// How many rows were taken in.
    pub fn rows(&self) -> i64 {
        self.rows
    }

    /// The messages.
    pub fn finish(mut self) -> Vec<SubmitBatchRequest> {
        self.end_columns();
        self.end_plain();
        let Self { mut parts, rows, hash, .. } = self;
        parts.push(Part::Commit(Commit { rows, content_hash: hexadecimal(&hash.finish()) }));
        parts.into_iter().map(|part| SubmitBatchRequest { part: Some(part) }).collect()
    }

    fn end_columns(&mut self) {
        self.parts.extend(std::mem::take(&mut self.columns).finish().map(Part::Columns));
    }

    /// Plain rows come before the columns that follow them.
    fn end_plain(&mut self) {
        if !self.plain.is_empty() {
            self.parts.push(Part::Rows(FactRows { rows: std::mem::take(&mut self.plain) }));
        }
    }
}

/// The messages of some rows.
pub fn messages(header: BatchHeader, rows: &[FactRow]) -> Vec<SubmitBatchRequest> {
    let mut messages = Messages::new(header);
    rows.iter().for_each(|row| messages.fact_row(row));
    messages.finish()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::columns::Walk;

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
        let undated = [FactRow { period: None, ..row("NAZ", &[("a", "1")]) }];
        let undated_parts = messages(BatchHeader::default(), &undated);
        assert_eq!(undated_parts[1].part, Some(Part::Rows(FactRows { rows: undated.to_vec() })), "what is not there stays away");
    }

    /// More than is hashed in one piece, against the text that the comment of `Commit.content_hash` describes.
    #[test]
    fn the_hash_of_many_rows_is_that_of_the_documented_text() {
        let rows: Vec<FactRow> =
            (0..1_000).map(|number| row(&format!("S{number}"), &[("b", &number.to_string()), ("a", "-1.50")])).collect();
        let said = |number| format!("S{number}\x1fP\x1f2020-12\x1fa=-1.50\x1fb={number}\x1f\x1e");
        let text = (0..1_000).map(said).collect::<Vec<String>>().concat();
        assert!(text.len() > 3 * 8_192, "{}", text.len());
        let expected: [u8; 32] = Sha256::digest(&text).into();
        assert_eq!(hash(&rows), expected);
        let parts = messages(BatchHeader::default(), &rows);
        let [_, SubmitBatchRequest { part: Some(Part::Columns(columns)) }, SubmitBatchRequest { part: Some(Part::Commit(commit)) }] =
            &parts[..]
        else {
            panic!("{} messages", parts.len())
        };
        assert_eq!(commit.content_hash, hexadecimal(&expected));
        let (mut of_columns, mut walk) = (ContentHash::default(), Walk::new(columns).unwrap());
        while let Some(row) = walk.next_row() {
            of_columns.update_columns(&row);
        }
        assert_eq!(of_columns.finish(), expected);
    }
}

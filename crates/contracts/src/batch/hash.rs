//! The hash of a batch's content.

use sha2::{Digest, Sha256};

use super::{RowTexts, with_texts};
use crate::{columns::Row, ledger::FactRow};

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
    /// The places of the names in their alphabetical order, each with what stands before its number.
    order: Vec<(usize, String)>,
    /// The text that is not hashed yet: many rows in one piece take less time.
    text: Vec<u8>,
}

/// Text that is hashed in one piece.
const AT_ONCE: usize = 8_192;

impl ContentHash {
    /// Takes in the next row.
    pub fn update(&mut self, row: &FactRow) {
        with_texts(row, |row| _ = self.update_texts(row));
    }

    /// Takes in the next row. Gives whether it names the quantities of the row before, in their order.
    pub fn update_texts(&mut self, row: &RowTexts<'_>) -> bool {
        self.begin([row.structure, row.subject, row.period]);
        let same_names = self.names.iter().eq(row.quantities.iter().map(|(name, _)| name));
        if !same_names {
            self.learn_names(row);
        }
        let Self { order, text, .. } = self;
        for (label, (_, value)) in order.iter().filter_map(|(place, label)| Some((label, row.quantities.get(*place)?))) {
            text.extend_from_slice(label.as_bytes());
            text.extend_from_slice(value.as_bytes());
            text.push(END_OF_FIELD);
        }
        self.end();
        same_names
    }

    /// Takes in the next row of columns: what the same row alone would give.
    pub fn update_columns(&mut self, row: &Row<'_>) {
        self.begin([row.structure.1, row.subject.1, row.period.1]);
        for number in row.numbers {
            self.text.extend_from_slice(row.labels.get(number.column).map(String::as_bytes).unwrap_or_default());
            number.print(&mut self.text);
            self.text.push(END_OF_FIELD);
        }
        self.end();
    }

    fn begin(&mut self, keys: [&str; 3]) {
        for key in keys {
            self.text.extend_from_slice(key.as_bytes());
            self.text.push(END_OF_FIELD);
        }
    }

    fn end(&mut self) {
        self.text.push(END_OF_ROW);
        if self.text.len() >= AT_ONCE {
            self.hash.update(&self.text);
            self.text.clear();
        }
    }

    fn learn_names(&mut self, row: &RowTexts<'_>) {
        self.names = row.quantities.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.order = self.names.iter().map(|name| format!("{name}=")).enumerate().collect();
        // Stable: of a name that stands twice, the first stays first.
        self.order.sort_by_key(|(place, _)| self.names.get(*place));
    }

    /// The hash of the rows so far.
    pub fn finish(mut self) -> [u8; 32] {
        self.hash.update(&self.text);
        self.hash.finalize().into()
    }
}

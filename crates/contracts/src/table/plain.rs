//! Files in which no cell is quoted: most are written by programs. Their cells stand where commas and ends of lines are, and are found eight
//! bytes at a time; the rows are those that the whole grammar of CSV gives.

/// Bytes that are looked at together.
const WORD: usize = 8;
/// A one, and the highest bit and all others, in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES << 7;
const LOW: u64 = !HIGH;

/// The lines of a text, cell by cell.
pub(super) struct Lines<'t> {
    text: &'t str,
    delimiter: u8,
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// The lines of a text, if it is plainly written: without quotes, and with lines that end as they do here.
    pub(super) fn of(text: &'t str, delimiter: u8) -> Option<Self> {
        // By pieces, each without asking in between.
        let is_special = |piece: &[u8]| piece.iter().fold(false, |found, byte| found | matches!(byte, b'"' | b'\r'));
        let is_plain = !text.starts_with('\u{feff}') && !text.as_bytes().chunks(4_096).any(is_special);
        is_plain.then_some(Self { text, delimiter, at: 0, line: 1 })
    }

    /// Reads the next line that has something in it. Gives where it stands: after the one before.
    pub(super) fn next(&mut self, cells: &mut Vec<&'t str>) -> Option<u64> {
        cells.clear();
        let (bytes, line) = (self.text.as_bytes(), self.line);
        while bytes.get(self.at) == Some(&b'\n') {
            self.at += 1;
            self.line += 1;
        }
        let (mut start, mut place) = (self.at, self.at);
        let mut rest = bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        loop {
            let (word, after) = rest.split_at_checked(WORD).unwrap_or((rest, &[]));
            let word = word.first_chunk().map_or_else(|| last_word(word), |word| u64::from_le_bytes(*word));
            let newlines = places(word, b'\n');
            let mut ends = newlines | places(word, self.delimiter);
            while ends != 0 {
                let bit = ends.trailing_zeros();
                let end = place + (bit / u8::BITS) as usize;
                cells.push(self.text.get(start..end)?);
                start = end + 1;
                if newlines >> bit & 1 == 1 {
                    self.at = start;
                    self.line += 1;
                    return Some(line);
                }
                ends &= ends - 1;
            }
            place += WORD;
            rest = after;
        }
    }
}

/// The last bytes of a text, after which its last line ends.
fn last_word(bytes: &[u8]) -> u64 {
    let mut word = [b'\n'; WORD];
    word.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    u64::from_le_bytes(word)
}

/// The highest bit of each byte that is `byte`.
fn places(word: u64, byte: u8) -> u64 {
    let different = word ^ (ONES * u64::from(byte));
    !(((different & LOW) + LOW) | different | LOW)
}

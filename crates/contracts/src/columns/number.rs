//! A number without its text, and the text that it had.

use super::MOST_DIGITS;

/// A number of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// The place of its column among the quantities.
    pub column: usize,
    /// What it counts.
    pub name: &'a str,
    /// Digits after its point.
    pub digits: u32,
    /// The number times ten to the power of the digits.
    pub value: i64,
}

impl Number<'_> {
    /// Writes the number as it was printed.
    pub fn print(&self, out: &mut Vec<u8>) {
        // Most numbers are small and whole, which need no detour.
        match u8::try_from(self.value) {
            Ok(digit @ ..10) if self.digits == 0 => return out.push(b'0' + digit),
            Ok(both @ ..100) if self.digits == 0 => return out.extend_from_slice(&[b'0' + both / 10, b'0' + both % 10]),
            _ => {}
        }
        let mut digits = [b'0'; 20];
        let (mut rest, mut length) = (self.value.unsigned_abs(), 0);
        let least = self.digits as usize + 1;
        for digit in digits.iter_mut().rev() {
            if rest == 0 && length >= least {
                break;
            }
            // A remainder of ten fits a byte.
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            length += 1;
        }
        if self.value < 0 {
            out.push(b'-');
        }
        let printed = digits.get(digits.len() - length..).unwrap_or_default();
        let (whole, fraction) = printed.split_at_checked(length - self.digits as usize).unwrap_or((printed, &[]));
        out.extend_from_slice(whole);
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
    }

    /// The number as text.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        self.print(&mut text);
        text.iter().map(|byte| char::from(*byte)).collect()
    }
}

/// The digits after the point of a number, and itself without the point; `None` when its text would not come back.
pub(super) fn read(text: &str) -> Option<(i32, i64)> {
    // Most numbers are whole and short.
    if let Some(value) = short(text) {
        return Some((0, value));
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mut value, mut whole) = (0i64, None);
    for (place, byte) in unsigned.bytes().enumerate() {
        if byte == b'.' && whole.is_none() {
            whole = Some(place);
        } else {
            let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
            value = value.checked_mul(10)?.checked_add(digit)?;
        }
    }
    let fraction = whole.map(|whole| unsigned.len() - whole - 1);
    let digits = i32::try_from(fraction.unwrap_or_default()).ok().filter(|digits| *digits <= MOST_DIGITS)?;
    let whole = whole.unwrap_or(unsigned.len());
    let negative = unsigned.len() < text.len();
    let unprinted = whole == 0 || (whole > 1 && unsigned.starts_with('0')) || fraction == Some(0) || (negative && value == 0);
    (!unprinted).then_some((digits, if negative { -value } else { value }))
}

/// A whole number of so few digits that it fits a word, as it is printed; `None` for any other text.
fn short(text: &str) -> Option<i64> {
    const MOST: usize = 18;
    if !(1..=MOST).contains(&text.len()) || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.bytes().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

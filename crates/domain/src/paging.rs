//! Answers that come in pages: how large they are, and tokens that cannot be read.

use tonic::{Code, Status};

use crate::refusal;

/// Elements of a page, where the caller does not say how many.
const DEFAULT: i32 = 100;
/// The most elements of a page.
const LARGEST: i32 = 1_000;

/// The most elements of a page as a caller asks for it; 0 leaves the choice.
///
/// # Errors
///
/// `INVALID_ARGUMENT` below 0 and above 1,000.
pub fn limit(page_size: i32) -> Result<u32, Status> {
    match page_size {
        0 => Ok(DEFAULT.unsigned_abs()),
        1..=LARGEST => Ok(page_size.unsigned_abs()),
        _ => Err(refusal::field(Code::InvalidArgument, "page_size", "PAGE_SIZE", format!("{page_size} is not between 1 and {LARGEST}"))),
    }
}

/// Refuses a token that no answer has given.
pub fn unreadable() -> Status {
    refusal::field(Code::InvalidArgument, "page_token", "PAGE_TOKEN", "is not a token of an earlier answer")
}

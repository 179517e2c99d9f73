//! Telling subscribers of a higher head.

use tokio::sync::watch;

/// Moves the known head up, never down, and says whether it moved.
pub(crate) fn grow(head: &watch::Sender<i64>, sequence: i64) -> bool {
    head.send_if_modified(|known| {
        let higher = sequence > *known;
        *known = sequence.max(*known);
        higher
    })
}

#[cfg(test)]
mod tests {
    use super::grow;

    #[test]
    fn the_head_never_goes_back() {
        let head = tokio::sync::watch::Sender::new(3);
        assert!(grow(&head, 5));
        assert!(!grow(&head, 4) && !grow(&head, 5));
        assert_eq!(*head.borrow(), 5);
    }
}

//! What is too few to be shown (*soglia di riservatezza*): with few answers somebody could be recognised, and a mean says nothing.

/// Which counts are hidden: those below the threshold, and, where these together are below it too, the smallest of the others until they
/// are not. What is shown leaves a rest that is nothing or no smaller than the threshold, so none of it comes out by
/// subtraction in one answer; what two periods leave is the business of [`months`](super::months).
///
/// Counts of zero hide nothing and nobody. The order of the answer is that of the counts.
pub fn hidden(counts: &[i128], fewest: i128) -> Vec<bool> {
    let mut hidden = few(counts, fewest);
    let mut sum: i128 = counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(count, _)| count).sum();
    while (1..fewest).contains(&sum) {
        let shown = counts.iter().zip(&mut hidden).filter(|(count, hidden)| **count > 0 && !**hidden);
        // Of equal counts the first, so that the same answers always hide the same.
        let Some((count, smallest)) = shown.min_by_key(|(count, _)| **count) else { break };
        *smallest = true;
        sum += count;
    }
    hidden
}

/// Which counts are below the threshold themselves; zeros are not.
fn few(counts: &[i128], fewest: i128) -> Vec<bool> {
    counts.iter().map(|count| (1..fewest).contains(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn what_is_hidden_cannot_be_subtracted() {
        let check = |counts: &[i128], expected: &[bool]| assert_eq!(hidden(counts, 10), expected, "{counts:?}");
        check(&[], &[]);
        check(&[10, 20, 30], &[false, false, false]);
        check(&[0, 20, 30], &[false, false, false]);
        check(&[4, 20, 30], &[true, true, false]);
        check(&[4, 6, 30], &[true, true, false]);
        check(&[4, 5, 30], &[true, true, true]);
        check(&[9], &[true]);
        check(&[3, 30, 30], &[true, true, false]);
    }
}

//! Trees from lists in which each element names its parent.

use piramide_contracts::convert::Invalid;

use super::{MOST_LEVELS, MOST_NODES};

/// The tree of a list: the first element is the root, every other names an earlier one. Siblings keep their order.
///
/// # Errors
///
/// When the list is not one tree, or is larger or deeper than anyone could use.
pub(super) fn nest<T>(list: Vec<(Option<usize>, T)>, children: impl Fn(&mut T) -> &mut Vec<T>) -> Result<T, Invalid> {
    if list.len() > MOST_NODES {
        return Err(Invalid::new("nodes", format!("has {} elements, at most {MOST_NODES} are read", list.len())));
    }
    let mut levels: Vec<usize> = Vec::with_capacity(list.len());
    for (position, (parent, _)) in list.iter().enumerate() {
        let level = match parent {
            None if position == 0 => Some(1),
            Some(parent) if *parent < position => levels.get(*parent).map(|level| level + 1),
            _ => None,
        };
        let level = level.filter(|level| *level <= MOST_LEVELS).ok_or_else(|| {
            let cause = format!("must be an earlier element, on at most {MOST_LEVELS} levels, and only the first has none");
            Invalid::new(format!("nodes.{position}.parent"), cause)
        })?;
        levels.push(level);
    }
    let mut list = list;
    // From the last to the first, every element already has its own children when it joins its parent.
    while let Some((parent, mut element)) = list.pop() {
        children(&mut element).reverse();
        let Some(parent) = parent else {
            return Ok(element);
        };
        if let Some((_, above)) = list.get_mut(parent) {
            children(above).push(element);
        }
    }
    Err(Invalid::new("nodes", "is empty"))
}

//! A tree of numbered nodes.

/// Why parents make no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A parent that is not a node.
    #[error("node {node} stands under {parent}, which is not one of the nodes")]
    UnknownParent {
        /// The node.
        node: usize,
        /// The parent it names.
        parent: usize,
    },
    /// A node above itself.
    #[error("node {node} stands above itself")]
    Cycle {
        /// One of the nodes of the cycle, or under it.
        node: usize,
    },
}

/// Nodes numbered from 0, each under at most one other. There may be several roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl Tree {
    /// The tree in which each node stands under the one named in its place.
    ///
    /// # Errors
    ///
    /// [`TreeError`].
    pub fn new(parents: Vec<Option<usize>>) -> Result<Self, TreeError> {
        let mut children = vec![Vec::new(); parents.len()];
        for (node, parent) in parents.iter().enumerate() {
            let Some(parent) = *parent else { continue };
            children.get_mut(parent).ok_or(TreeError::UnknownParent { node, parent })?.push(node);
        }
        let tree = Self { parents, children };
        // A path longer than the nodes there are goes round.
        match (0..tree.len()).find(|node| tree.path(*node).take(tree.len() + 1).count() > tree.len()) {
            Some(node) => Err(TreeError::Cycle { node }),
            None => Ok(tree),
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.parents.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The nodes under no other.
    pub fn roots(&self) -> impl Iterator<Item = usize> {
        self.parents.iter().enumerate().filter(|(_, parent)| parent.is_none()).map(|(node, _)| node)
    }

    /// A node and those above it, up to its root. Empty for what is not a node.
    pub fn path(&self, node: usize) -> impl Iterator<Item = usize> {
        let start = (node < self.len()).then_some(node);
        std::iter::successors(start, |node| self.parents.get(*node).copied().flatten())
    }

    /// The nodes directly under one.
    pub fn children(&self, node: usize) -> &[usize] {
        self.children.get(node).map_or(&[], Vec::as_slice)
    }

    /// A node and all below it, parents before children.
    pub fn under(&self, node: usize) -> Vec<usize> {
        let mut found = vec![node];
        let mut next = 0;
        while let Some(node) = found.get(next) {
            found.extend_from_slice(self.children(*node));
            next += 1;
        }
        found
    }

    /// How many nodes stand above one.
    pub fn depth(&self, node: usize) -> usize {
        self.path(node).skip(1).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_tree_is_refused() {
        assert_eq!(Tree::new(vec![None, Some(7)]), Err(TreeError::UnknownParent { node: 1, parent: 7 }));
        assert_eq!(Tree::new(vec![None, Some(2), Some(1)]), Err(TreeError::Cycle { node: 1 }));
        assert_eq!(Tree::new(vec![Some(0)]), Err(TreeError::Cycle { node: 0 }));
    }

    #[test]
    fn paths_go_up_and_descendants_down() {
        let tree = Tree::new(vec![None, Some(0), Some(1), Some(0), None]).unwrap();
        assert_eq!(tree.path(2).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(tree.path(9).count(), 0);
        assert_eq!(tree.under(0), [0, 1, 3, 2]);
        assert_eq!((tree.depth(0), tree.depth(2)), (0, 2));
    }
}

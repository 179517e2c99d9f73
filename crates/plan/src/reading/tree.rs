//! Trees written as rows that name their parent.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::error::Problem;

/// A row of a tree: its code, its parent if it has one, its line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) code: &'a str,
    pub(crate) parent: Option<&'a str>,
    pub(crate) line: u64,
}

/// Who stands under whom, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    roots: Vec<String>,
    children: BTreeMap<String, Vec<String>>,
}

impl Tree {
    /// Grows a tree; unknown parents and cycles are noted.
    pub(crate) fn grow(file: &'static str, what: &'static str, links: &[Link<'_>], findings: &mut Findings) -> Self {
        let known: BTreeSet<&str> = links.iter().map(|link| link.code).collect();
        let mut tree = Self::default();
        for link in links {
            match link.parent {
                None => tree.roots.push(link.code.to_owned()),
                Some(parent) => {
                    if !known.contains(parent) {
                        findings.add(file, link.line, "parent", Problem::Unknown { what, code: parent.to_owned(), file });
                    }
                    tree.children.entry(parent.to_owned()).or_default().push(link.code.to_owned());
                }
            }
        }
        refuse_cycles(file, links, findings);
        tree
    }

    /// The rows without a parent.
    pub(crate) fn roots(&self) -> &[String] {
        &self.roots
    }

    /// The rows directly under one.
    pub(crate) fn children(&self, code: &str) -> &[String] {
        self.children.get(code).map_or(&[], Vec::as_slice)
    }

    /// The codes that have others under them.
    pub(crate) fn parents(&self) -> impl Iterator<Item = (&String, &[String])> {
        self.children.iter().map(|(parent, children)| (parent, children.as_slice()))
    }

    /// A row with all below it, parents before children, each found when it is asked for.
    pub(crate) fn descendants<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a str> {
        let mut waiting = vec![code];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(self.children(next).iter().rev().map(String::as_str));
            Some(next)
        })
    }
}

/// Notes each cycle once, at its first row of the file.
pub(crate) fn refuse_cycles(file: &'static str, links: &[Link<'_>], findings: &mut Findings) {
    let rows: BTreeMap<&str, &Link<'_>> = links.iter().map(|link| (link.code, link)).collect();
    for link in links {
        let mut path = vec![link.code];
        let mut at = link.parent;
        while let Some(code) = at
            && path.len() <= links.len()
        {
            path.push(code);
            at = rows.get(code).and_then(|row| row.parent).filter(|_| code != link.code);
        }
        let returned = path.len() > 1 && path.last() == Some(&link.code);
        let first = path.iter().filter_map(|code| rows.get(code)).map(|row| row.line).min() == Some(link.line);
        if returned && first {
            findings.add(file, link.line, "parent", Problem::Cycle { path: path.join(" > ") });
        }
    }
}

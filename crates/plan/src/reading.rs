//! How the files of a package are read: tables, trees, words, and the findings on the way.
//!
//! A reader never stops at what is wrong. It notes it, goes on with any value in its place, and what was read is thrown away at the
//! end if there is a single finding.

pub(crate) mod choice;
pub(crate) mod findings;
pub(crate) mod table;
pub(crate) mod tree;

pub(crate) use self::{
    choice::{Choice, choices},
    findings::Findings,
    table::{Row, Table},
    tree::{Link, Tree},
};

//! What do parts sum to, at every node of two trees and in every month, without summing them again?
//!
//! Facts stand at leaves: one structure, one product, one range of months. A [`Rollup`] keeps their sums at the nodes above, so
//! that a fact costs the product of its two depths and a sum costs the months it spans. Everything is whole numbers: counts, or
//! minor units, and the sums are exact or not given at all.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`tree`] | parents, children, paths |
//! | [`cell`] | the sums at one place, and where they come from |
//! | [`rollup`](mod@rollup) | the sums kept at every node |
//! | [`sheet`] | all sums of all nodes, once |
//!
//! Starts at [`Rollup`], which follows changes, and [`Sheet`], which gives everything once. Talks to nobody. Does not know what it sums: measures are positions.

pub mod cell;
pub mod rollup;
pub mod sheet;
pub mod tree;

pub use crate::{
    cell::{Cell, Leaf},
    rollup::{Facts, Kept, Landing, Rollup},
    sheet::Sheet,
    tree::{Tree, TreeError},
};

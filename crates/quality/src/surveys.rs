//! What users and staff say (*indagine di customer experience*, *indagine interna*, *feedback istantaneo*).
//!
//! A fact counts the answers that give each mark, for one topic: a stratum of a sample of a survey, a channel and a factor. So nothing is
//! kept of who answered, and means and variances are exact, for they need no more than the counts.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`topic`] | what a fact counts answers to, and its checks |
//! | [`tally`] | answers by mark, summed over structures and months |
//! | [`estimate`] | weighted mean, variance and interval |
//! | [`threshold`] | what is too few to be shown |
//! | [`months`] | which periods of a year are told, lest a small one comes out of two |
//! | [`neighbours`] | what is not told of a structure, lest a small one comes out of those beside it |
//! | [`results`] | a sample's factors: together, by channel, by stratum |
//! | [`derivation`] | how a mean and its interval were reached |
//! | [`answers`] | what a single answer does to the facts |

pub mod answers;
pub mod derivation;
pub mod estimate;
pub mod months;
pub mod neighbours;
pub mod results;
pub mod tally;
pub mod threshold;
pub mod topic;

pub use self::topic::{Topic, check};

//! The ways in which the table of securities is refused.

use crate::refusals::{Case, optional};

/// One broken package for each way.
pub(crate) fn cases() -> Vec<Case> {
    let of = |rows, expected| {
        optional("securities.csv", "code,label,opening,increases,decreases,inventory,purchase,nominal,note", rows, expected)
    };
    vec![
        of("S,Titoli,10,5,1,14.01,,,", "securities.csv:2 (inventory): 14.01 stands where opening + increases - decreases, 14 is expected"),
        of("S,Titoli,,5,1,14,,,", "securities.csv:2 (opening): is empty"),
        of("S,,10,5,1,14,,,", "securities.csv:2 (label): is empty"),
        of("S,Titoli,10,5,1,14,x,,", "securities.csv:2 (purchase): \"x\" is not a number"),
        of("S,Titoli,10,5,1,14,,,\nS,Altri,1,0,0,1,,,", "securities.csv:3 (code): S stands already in line 2"),
    ]
}

//! The ways in which the tables of costs are refused.

use crate::refusals::{Case, optional};

/// One broken package for each way.
pub(crate) fn cases() -> Vec<Case> {
    let cost = |rows, expected| optional("costs.csv", "code,label,parent,nature,note", rows, expected);
    let rule = |rows, expected| optional("allocations.csv", "rule,label,source,receiver,weight,driver,note", rows, expected);
    vec![
        cost("TOTAL,Totale,,,\nSTAFF_A,Personale,TOTAL,,", "costs.csv:3 (nature): is empty: every account has one"),
        cost(
            "TOTAL,Totale,,Personale,\nSTAFF_A,Personale,TOTAL,Personale,",
            "costs.csv:2 (nature): \"Personale\" must not stand here: only accounts",
        ),
        cost("FLOWS,Totale,,Personale,", "costs.csv:2 (code): FLOWS is already an item"),
        cost("A,A,,X,\nB,B,,X,", "costs.csv (parent): has 2 rows without a parent (A, B)"),
        cost("A,A,NONE,X,", "costs.csv:2 (parent): there is no item NONE"),
        rule("R,Regola,REG_A,REG_Z,1,,", "allocations.csv:2 (receiver): there is no structure REG_Z"),
        rule("R,Regola,REG_A,REG_B,,,", "allocations.csv:2 (weight): is empty: write a weight, or the measure"),
        rule("R,Regola,REG_A,REG_B,0,,", "allocations.csv:2 (weight): 0 must be above zero"),
        rule(
            "R,Regola,REG_A,REG_B,1,COSTS,",
            "allocations.csv:2 (driver): \"COSTS\" must not stand here: a receiver has a weight or a driver",
        ),
        rule("R,Regola,REG_A,REG_B,,CARE,", "allocations.csv:2 (driver): there is no measure of finance CARE"),
        rule(
            "R,Regola,REG_A,REG_A,1,,",
            "allocations.csv:2 (receiver): \"REG_A\" must not stand here: a structure passes nothing on to itself",
        ),
        rule(
            "R,Regola,REG_B,PRV_X,1,,",
            "allocations.csv:2 (receiver): \"PRV_X\" must not stand here: a structure passes nothing on to itself, nor",
        ),
        rule(
            "R,Regola,REG_A,REG_B,1,,\nS,Altra,REG_B,REG_A,1,,",
            "allocations.csv:3 (receiver): \"REG_A\" must not stand here: it has passed",
        ),
        rule(
            "R,Regola,REG_A,REG_B,1,,\nR,Altra,REG_A,PRV_X,1,,",
            "allocations.csv:3 (label): \"Altra\" must not stand here: every row of a rule",
        ),
        rule(
            "R,Regola,REG_A,REG_B,1,,\nR,Regola,REG_A,REG_B,1,,",
            "allocations.csv:3 (receiver): REG_B among the receivers of R stands already",
        ),
    ]
}

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
    .into_iter()
    .chain(standard_costs())
    .collect()
}

fn standard_costs() -> Vec<Case> {
    let header = "code,label,unit,numerator,numerator_label,denominator,denominator_label,factor,weight,note";
    let cost = |rows, expected| optional("standard_costs.csv", header, rows, expected);
    let budget = |rows: &str, expected| {
        let mut case = optional("standard_cost_budgets.csv", "indicator,structure,value", rows, expected);
        let table = format!("{header}\nS,Luce,euro,L,Costo,M,Metri,,,\n");
        case.files.insert("standard_costs.csv".into(), table.into_bytes());
        case
    };
    vec![
        cost("S,Luce,euro,L,Costo,M,,,,", "standard_costs.csv:2 (denominator_label): is empty"),
        cost("S,Luce,euro,,Costo,M,Metri,,,", "standard_costs.csv:2 (numerator): is empty"),
        cost("S,Luce,euro,L,Costo,M,Metri,0,,", "standard_costs.csv:2 (factor): 0 must be above zero"),
        cost(
            "S,Luce,euro,L,Costo,M,Metri,,,\nT,Calore,euro,C,Costo,M,Metri netti,,,",
            "standard_costs.csv:3 (denominator_label): \"Metri netti for M, called Metri above\" must not stand here: an amount has one name",
        ),
        cost("S,Luce,euro,L,Costo,M,Metri,,40,", "standard_costs.csv (weight): the weights under the synthetic index sum to 40"),
        cost(
            "S,Luce,euro,L,Costo,M,Metri,,100,\nT,Calore,euro,C,Altro,M,Metri,,,",
            "standard_costs.csv (weight): is empty: another indicator has a weight",
        ),
        budget("T,REG_A,1", "standard_cost_budgets.csv:2 (indicator): there is no standard cost T in standard_costs.csv"),
        budget("S,REG_Z,1", "standard_cost_budgets.csv:2 (structure): there is no structure REG_Z"),
        budget("S,REG_A,", "standard_cost_budgets.csv:2 (value): is empty"),
        budget("S,REG_A,1\nS,REG_A,2", "standard_cost_budgets.csv:3 (structure): the budget of S for REG_A stands already in line 2"),
    ]
}

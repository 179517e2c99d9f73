//! The ways in which the tables of watched accounts are refused.

use crate::refusals::{Case, optional};

/// One broken package for each way.
pub(crate) fn cases() -> Vec<Case> {
    const AGES: &str = "code,label,first_day,last_day,weight,note\nUP_TO_30,fino a 30,0,30,,\nOVER,oltre,31,,,\n";
    let group = |rows, expected| optional("account_groups.csv", "code,label,kind,note", rows, expected);
    let account = |rows: &str, expected| {
        let mut case = optional("accounts.csv", "code,label,group,weight,most_of_previous,settle_days,note", rows, expected);
        case.files.insert("account_groups.csv".into(), b"code,label,kind,note\nG,Gruppo,balances,\n".to_vec());
        case.files.insert("account_ages.csv".into(), AGES.into());
        case
    };
    vec![
        group("G,Gruppo,hopes,", "account_groups.csv:2 (kind): \"hopes\" is not one of: balances, collections"),
        group("G,,balances,", "account_groups.csv:2 (label): is empty"),
        group("G,Gruppo,balances,\nG,Altro,balances,", "account_groups.csv:3 (code): G stands already in line 2"),
        account("A,Conto,H,,,,", "accounts.csv:2 (group): there is no group H in account_groups.csv"),
        account("A,Conto,G,,0,,", "accounts.csv:2 (most_of_previous): 0 must be above zero"),
        account("A,Conto,G,,,45,", "accounts.csv:2 (settle_days): 45 stands where the last day of a class of age (30) is expected"),
        account("A,Conto,G,,,soon,", "accounts.csv:2 (settle_days): \"soon\" is not a whole number"),
        account("A,Conto,G,60,,,\nB,Altro,G,30,,,", "accounts.csv (weight): the weights under G sum to 90"),
        account("A,Conto,G,100,,,\nB,Altro,G,,,,", "accounts.csv (weight): is empty: another account of the group has a weight"),
        account("A,Conto,G,,,,\nA,Altro,G,,,,", "accounts.csv:3 (code): A stands already in line 2"),
        optional(
            "account_ages.csv",
            "code,label,first_day,last_day,weight,note",
            "A,a,0,30,,\nB,b,40,,,",
            "account_ages.csv:3 (first_day): 40 stands where 31",
        ),
    ]
}

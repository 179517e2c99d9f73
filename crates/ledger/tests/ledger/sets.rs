//! The sets in which it is looked up what facts are recorded about are part of no record: they are compared with the facts.

use piramide_ledger::Verification;

use crate::support::{Store, assert_intact, batch, fact, record_new};

pub(crate) async fn sets_that_are_not_those_of_the_facts_are_found(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5), fact(2, "BARI", 2, 5)])).await;
    let keep = |table: &str| format!("CREATE TABLE kept_{table} AS SELECT * FROM @{table};");
    store.alter(&["codes", "spans", "recorded"].map(keep).concat());
    let restore = |table: &str| format!("DELETE FROM @{table}; INSERT INTO @{table} SELECT * FROM kept_{table};");
    let subjects = |bytes: &str| format!("UPDATE @recorded SET subjects = {} WHERE first_month = 1", store.bytes(bytes));
    let of_no_fact =
        format!("INSERT INTO @recorded (first_month, last_month, structure, block, subjects) VALUES (7, 7, 1, 0, {})", store.bytes("01"));
    for alteration in [
        "DELETE FROM @recorded WHERE first_month = 2",
        &subjects("ff"),
        &subjects(""),
        &subjects(&"00".repeat(1_000)),
        "UPDATE @recorded SET structure = 77 WHERE first_month = 1",
        &of_no_fact,
        "DELETE FROM @spans WHERE first_month = 1",
        "DELETE FROM @codes WHERE code = 'BARI'",
        "UPDATE @codes SET code = 'BARO' WHERE code = 'BARI'",
    ] {
        store.alter(alteration);
        match ledger.verify().await.unwrap() {
            Verification::Broken { sequence, cause, .. } => {
                assert_eq!((sequence, cause.contains("the sets")), (0, true), "{alteration}: {cause}");
            }
            intact @ Verification::Intact { .. } => panic!("not found: {alteration}: {intact:?}"),
        }
        store.alter(&["codes", "spans", "recorded"].map(restore).concat());
        assert_intact(&*ledger).await;
    }
}

/// Someone with a shell takes a fact out of the sets, and what should have been a correction with a reason passes as new, which makes the
/// sets right again: the batch has said, in what the chain covers, that it supersedes nothing.
pub(crate) async fn a_correction_that_passed_as_new_is_found_afterwards(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    store.alter(&format!("UPDATE @recorded SET subjects = {} WHERE first_month = 1", store.bytes("")));
    record_new(&*ledger, batch("b", vec![fact(1, "ROMA", 1, 6)])).await;
    let verified = ledger.verify().await.unwrap();
    let Verification::Broken { sequence, cause, .. } = verified else { panic!("not found: {verified:?}") };
    assert_eq!((sequence, cause.as_str()), (2, "1 of its facts supersede others, 0 were recorded as such"));
}

//! Statements as known at a closing, before the corrections that came after it: what it takes to recall that state, and then each statement,
//! beside the same in SQL.

use std::{path::Path, time::Instant};

use piramide_domain::{Facts, Snapshots};
use piramide_measure::Period;

use super::{
    agree,
    data::{FIRST_YEAR, SCHEMA, Scale, open},
    least,
    ours::House,
    sql::Sql,
};

/// Recalls the closing from the ledger and from its snapshot, and asks for statements of a year that was corrected since.
pub(crate) async fn measure(store: &Path, scale: Scale, sql: &Sql, repeat: usize, put: &mut impl FnMut(&str, u128)) {
    let ledger = open(store).await;
    let closing = ledger.closings().await.expect("closings").first().expect("a closing").sequence;
    let snapshots = Snapshots::beside(&format!("sqlite:{}", store.display()), SCHEMA).expect("a file");
    let started = Instant::now();
    let replayed = Facts::replay(ledger.as_ref(), closing).await.expect("a replay");
    put("past_replay_ms", started.elapsed().as_millis());
    let started = Instant::now();
    assert!(snapshots.keep_past(&replayed, closing).expect("a snapshot"), "it is kept");
    put("past_keep_ms", started.elapsed().as_millis());
    let started = Instant::now();
    let facts = snapshots.facts_at(ledger.as_ref(), closing).await.expect("a snapshot");
    put("past_recall_ms", started.elapsed().as_millis());
    assert!(facts == replayed, "void: the snapshot is not the replay");
    drop(replayed);
    let then = House::new(scale, facts);
    put("past_sums_build_ms", then.built.as_millis());
    let period = Period::Year(FIRST_YEAR);
    for (level, structure) in [("office", "OFF_005"), ("region", "REG_05"), ("nation", "NAZ")] {
        let offices = then.offices_under(structure);
        let few = if level == "office" { repeat } else { repeat.min(3) };
        let (ours, amounts) = least(repeat * 5, || then.amounts(structure, period));
        let (theirs, summed) = least(few, || sql.sums(&offices, period, Some(closing)));
        agree(&then.leaves(&amounts), &summed);
        put(&format!("past_{level}_ours_ns"), ours.as_nanos());
        put(&format!("past_{level}_sql_us"), theirs.as_micros());
    }
}

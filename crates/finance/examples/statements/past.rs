//! Statements as known at a closing, before the corrections that came after it: what it takes to keep that state and to open it again, and then each
//! statement from its sheets, beside the same in SQL.

use std::{path::Path, time::Instant};

use piramide_domain::Facts;
use piramide_measure::Period;

use super::{
    agree,
    data::{FIRST_YEAR, Scale, open, snapshots},
    least,
    ours::House,
    sql::Sql,
};

/// Recalls the closing from the ledger and from its snapshot, and asks for statements of a year that was corrected since.
pub(crate) async fn measure(store: &Path, scale: Scale, sql: &Sql, repeat: usize, put: &mut impl FnMut(&str, u128)) {
    let ledger = open(store).await;
    let closing = ledger.closings().await.expect("closings").first().expect("a closing").sequence;
    let snapshots = snapshots(store);
    let started = Instant::now();
    let replayed = Facts::replay(ledger.as_ref(), closing).await.expect("a replay");
    put("past_replay_ms", started.elapsed().as_millis());
    let started = Instant::now();
    assert!(snapshots.keep_past(&replayed, closing).expect("a snapshot"), "it is kept");
    snapshots.keep_sheets_at(&replayed, closing).expect("sheets");
    put("past_keep_ms", started.elapsed().as_millis());
    drop(replayed);
    let started = Instant::now();
    let facts = snapshots.asleep_at(ledger.as_ref(), closing).await.expect("a ledger").expect("sheets of the closing");
    put("past_open_us", started.elapsed().as_micros());
    let then = House::new(scale, facts, None);
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

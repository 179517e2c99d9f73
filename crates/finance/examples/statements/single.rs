//! One posting: until it is durable and seen in the IEEP of its region and of the nation, beside what the ledger writes for it made durable without it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use piramide_domain::{Batch, State as _};
use piramide_finance::indicators::ieep::item;
use piramide_ledger::{Fact, Ledger, testing::packs::packed};
use piramide_measure::{Exact, Month, Period, Provenance};
use rusqlite::{Connection, params};

use super::{
    data::{batch, office, open},
    ours::House,
};

const POSTINGS: usize = 200;

/// Medians.
pub(crate) struct Single {
    /// Sent, recorded, and read in two sums.
    pub(crate) visible: Duration,
    /// The same rows in a file of the same layout, plain statements in one transaction.
    pub(crate) raw: Duration,
    /// Of that, what comes after it is durable.
    pub(crate) in_memory: Duration,
}

/// Records corrections one by one, by turns with the bare rows of one.
pub(crate) async fn measure(folder: &Path, store: &Path, house: &mut House) -> Single {
    let bare_file = folder.join("bare.db");
    drop(open(&bare_file).await);
    let bare = bare(&bare_file);
    let ledger = open(store).await;
    let (mut visible, mut raw, mut in_memory) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..POSTINGS {
        let fact = posting(house, number);
        let started = Instant::now();
        write(&bare, number, &fact);
        raw.push(started.elapsed());
        let (all, after) = ours(ledger.as_ref(), house, number, fact).await;
        visible.push(all);
        in_memory.push(after);
    }
    Single { visible: median(visible), raw: median(raw), in_memory: median(in_memory) }
}

fn posting(house: &House, number: usize) -> Fact {
    let month = Month::new(house.scale.last_year(), 1 + u8::try_from(number % 12).unwrap()).unwrap().index();
    let number = u16::try_from(number).unwrap();
    let (structure, subject) = (office(number % house.scale.offices), format!("I{:04}", number % house.scale.items));
    Fact {
        line: 1,
        structure: structure.into(),
        subject: subject.into(),
        first_month: month,
        last_month: month,
        values: [Some(1_000_000 + i64::from(number))].into(),
    }
}

async fn ours(ledger: &dyn Ledger, house: &mut House, number: usize, fact: Fact) -> (Duration, Duration) {
    let (period, region) = (Period::Year(house.scale.last_year()), format!("REG_{:02}", number % usize::from(house.scale.offices) % 20));
    let before = seen(house, &region, period);
    let facts = vec![fact];
    let started = Instant::now();
    let submitted = ledger.submit(batch(&format!("posting-{number}"), facts.clone(), Some("rettifica")), house.facts.sequence()).await;
    let durable = started.elapsed();
    let sequence = submitted.expect("a posting that is taken").receipt().sequence;
    let batch = Batch { id: format!("posting-{number}"), provenance: Provenance::Synthetic };
    let state = &mut house.state;
    house.facts.take_followed(sequence, batch, facts, 1, &mut |facts, changes| state.follow_all(facts, changes));
    let after = seen(house, &region, period);
    let all = started.elapsed();
    assert_ne!(before, after, "the region and the nation see it");
    (all, all.saturating_sub(durable))
}

/// The IEEP of a region and of the nation.
fn seen(house: &House, region: &str, period: Period) -> [Option<Exact>; 2] {
    [region, "NAZ"].map(|structure| item(&house.asked(structure, period), "IEEP", "IEEP").value.ok())
}

fn bare(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("full synchronous");
    connection
}

/// What the ledger writes for a batch of one fact.
fn write(connection: &Connection, number: usize, fact: &Fact) {
    let sequence = i64::try_from(number + 1).unwrap();
    let [(_, pack)] = packed(std::slice::from_ref(fact)).try_into().unwrap();
    let transaction = connection.unchecked_transaction().expect("a transaction");
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).expect("a row");
    };
    run("INSERT INTO packs VALUES (?, ?, ?)", params![sequence, fact.line, pack]);
    run(
        "INSERT INTO batches VALUES (?, ?, 'bench', 'synthetic', 'rettifica', NULL, ?, ?, ?, 1, 1, 0)",
        params![sequence, format!("posting-{number}"), sequence, [0_u8; 32], [0_u8; 32]],
    );
    run("UPDATE head SET sequence = ?, chain_hash = ?, recorded_at = ?", params![sequence, [0_u8; 32], sequence]);
    transaction.commit().expect("a durable commit");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

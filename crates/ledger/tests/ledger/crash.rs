//! Killing a writer. The test binary starts itself again as a child that submits, closes and prints what is acknowledged; the parent
//! kills it with a signal that cannot be caught, at random places, and looks at what is left.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Store, all_facts, assert_intact, batch, closing, fact, record_new};

/// Tells the child which store to write to.
const STORE: &str = "PIRAMIDE_LEDGER_CRASH_STORE";
/// Repeats a run: the seed that a failed one has printed.
const SEED: &str = "PIRAMIDE_LEDGER_CRASH_SEED";
/// Enough facts that a kill often comes in the middle of a batch.
const FACTS: u32 = 400;
const KILLS: u64 = 8;

pub(crate) async fn a_killed_writer_loses_nothing_acknowledged(store: Store) {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("repeat with {SEED}={seed}");
    let mut random = seed;
    let mut acknowledged: Vec<String> = Vec::new();
    for kill in 1..=KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_writes_until_killed", "--nocapture", "--test-threads=1"])
            .env(STORE, store.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let enough = 2 + (random >> 33) % 12;
        let moment = Duration::from_micros((random >> 20) % 8_000);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let before = acknowledged.len();
        // The test harness writes before the first of them on the same line.
        for line in lines {
            let Some((_, id)) = line.split_once("acknowledged ") else { continue };
            acknowledged.push(id.to_owned());
            if (acknowledged.len() - before) as u64 == enough {
                // Not to wait for anything: to land anywhere in the next transactions.
                std::thread::sleep(moment);
                child.kill().unwrap();
            }
        }
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "kill {kill} did not fire: the child ended with {status}");
        assert!((acknowledged.len() - before) as u64 >= enough, "the child acknowledged too little");

        let ledger = store.open().await;
        assert_intact(&*ledger).await;
        let receipts = ledger.receipts(0, 100_000).await.unwrap();
        let closings = ledger.closings().await.unwrap();
        let recorded: Vec<&str> =
            receipts.iter().map(|receipt| receipt.batch_id.as_str()).chain(closings.iter().map(|closing| closing.name.as_str())).collect();
        for id in &acknowledged {
            assert!(recorded.contains(&id.as_str()), "{id} was acknowledged and is lost");
        }
        assert!(receipts.iter().all(|receipt| receipt.facts == u64::from(FACTS)));
        assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), receipts.len() * FACTS as usize, "a batch is there in part");
        // At each kill one record may have become durable without its acknowledgement being read.
        let most = acknowledged.len() as u64 + kill;
        assert!(recorded.len() as u64 <= most, "{} recorded, {} acknowledged", recorded.len(), acknowledged.len());
        // Whoever was not answered closes again: what is closed stays as it was.
        for closed in &closings {
            let again = ledger.close(closing(&closed.name, closed.first_month, closed.last_month), 0).await.unwrap();
            assert_eq!(&again, closed);
        }
        assert_eq!(ledger.head().await.unwrap().sequence, i64::try_from(recorded.len()).unwrap());
    }
}

/// Not a test of its own: does nothing unless started by the one above.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_writes_until_killed() {
    let Ok(url) = std::env::var(STORE) else { return };
    let ledger = piramide_ledger::open(&url, crate::support::SCHEMA).await.unwrap();
    let start = ledger.head().await.unwrap().sequence;
    for month in i32::try_from(start).unwrap() + 1.. {
        let id = if month % 3 == 0 {
            ledger.close(closing(&format!("closing-{month}"), month, month), i64::from(month) - 1).await.unwrap().name
        } else {
            let facts = (0..FACTS).map(|line| fact(line, &format!("OFFICE-{line}"), month, i64::from(line))).collect();
            record_new(&*ledger, batch(&format!("month-{month}"), facts)).await.batch_id
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {id}").unwrap();
        out.flush().unwrap();
    }
}

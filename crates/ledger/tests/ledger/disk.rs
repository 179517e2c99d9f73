//! A disk that is really full, at every page: a small one in memory, mounted for a process of its own, where the machine lets us.

use std::{env, fs, path::Path, process::Command};

use piramide_ledger::{LedgerError, open};
use rusqlite::Connection;

use crate::support::{SCHEMA, assert_intact, batch, fact, record_new};

/// Where the small disk is, for the process that has one.
const SMALL_DISK: &str = "PIRAMIDE_SMALL_DISK";
const PAGE: u64 = 4096;
/// Pages of the log that the first part of its index has room for (sqlite.org/walformat.html).
const PAGES_OF_THE_INDEX: u64 = 4062;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_as_such_wherever_the_room_ends() {
    if let Some(disk) = env::var_os(SMALL_DISK) {
        return on_a_small_disk(Path::new(&disk)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = "mount -t tmpfs -o size=32m none \"$1\" && exec \"$2\" disk:: --nocapture";
    let mut apart = Command::new("unshare");
    apart.args(["--map-root-user", "--mount", "sh", "-c", mounted, "sh"]).arg(folder.path()).arg(env::current_exe().unwrap());
    match apart.env(SMALL_DISK, folder.path()).output() {
        Ok(ended) if ended.status.success() => assert!(String::from_utf8_lossy(&ended.stdout).contains("1 passed"), "{ended:?}"),
        Ok(ended) if !String::from_utf8_lossy(&ended.stdout).contains("running 1 test") => {
            println!("no disk can be mounted here: {}", String::from_utf8_lossy(&ended.stderr));
        }
        Ok(ended) => panic!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr)),
        Err(error) => println!("no disk can be mounted here: {error}"),
    }
}

async fn on_a_small_disk(disk: &Path) {
    let (store, ballast) = (disk.join("ledger.db"), disk.join("ballast"));
    let ledger = open(&format!("sqlite:{}", store.display()), SCHEMA).await.unwrap();
    let offered =
        |number: i32| batch(&format!("b-{number}"), (0..50).map(|line| fact(line, &format!("OFFICE-{line}"), number, 1)).collect());
    record_new(&*ledger, offered(1)).await;
    // Who reads on holds the log, which then grows until its index has to.
    let reader = Connection::open(&store).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM batches;").unwrap();
    let pages = || fs::metadata(disk.join("ledger.db-wal")).unwrap().len() / PAGE;
    let mut recorded = 1;
    while pages() < PAGES_OF_THE_INDEX - 40 {
        ledger.submit(offered(recorded + 1), recorded.into()).await.unwrap();
        recorded += 1;
    }
    // From no room at all, page by page, to enough.
    fs::write(&ballast, vec![1; 32 << 20]).unwrap_err();
    let room = fs::File::options().write(true).open(&ballast).unwrap();
    let (mut reasons, mut left) = (Vec::new(), room.metadata().unwrap().len());
    while pages() < PAGES_OF_THE_INDEX + 40 {
        match ledger.submit(offered(recorded + 1), recorded.into()).await {
            Ok(_) => recorded += 1,
            Err(LedgerError::StorageFull(reason)) => {
                reasons.push(reason.to_string());
                assert_eq!(ledger.head().await.unwrap().sequence, i64::from(recorded), "nothing of it is there, and reads go on");
                left = left.checked_sub(PAGE).unwrap();
                room.set_len(left).unwrap();
            }
            Err(other) => panic!("a full disk is told as {other:?}"),
        }
    }
    reasons.sort();
    reasons.dedup();
    assert!(reasons.len() > 1, "the room ended in the log and in its index: {reasons:?}");
    drop(reader);
    assert_intact(&*ledger).await;
}

//! Sheets of one domain at work: closings whose facts are asleep, and sheets that are given up.

use piramide_measure::Month;

use super::*;

impl Opened<true> {
    /// One with a closing of its second batch that is kept, sheets and all, and a batch after it.
    async fn closed() -> Self {
        let opened = Self::empty().await;
        opened.record().await;
        opened.record().await;
        assert_eq!(opened.close("closing").await, 2);
        opened.host.clone().keep_closing(2).await;
        opened.record().await;
        opened
    }

    /// What the fact said at a closing, from its sheet; `None` where the facts have no sheets of everything.
    async fn sheet_said_at(&self, name: &str) -> Option<i64> {
        let view = self.view_of(name).await;
        let sheets = view.facts().sheets().filter(|sheets| sheets.tell_all())?;
        let month = Month::from_index(26260).unwrap();
        let sheet = sheets.sheet((month, month), sheets.structures().number("S")?)?;
        let mut said = None;
        sheet.runs().for_each(|run| run.each(0, |number| said = Some(number)));
        said
    }

    fn sheets(&self, sequence: i64) -> std::path::PathBuf {
        self.folder.path().join(format!("ledger.db.snapshot.{sequence}.sheets"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_tell_of_a_closing_while_its_facts_are_asleep() {
    let opened = Opened::closed().await;
    alter(&opened.kept(2));
    assert_eq!(opened.sheet_said_at("closing").await, Some(2), "the snapshot is not read");
    assert!(opened.host.soundness().begin().is_ok());
    assert_eq!(opened.said_at("closing").await, None, "the fault has fired");
    assert!(opened.host.soundness().begin().is_err(), "no answer is given");
    opened.healed().await;
    assert_eq!((opened.said_at("closing").await, opened.sheet_said_at("closing").await), (Some(2), Some(2)), "made again");
    alter(&opened.sheets(2));
    assert!(opened.host.is_faithful().await.is_ok_and(|faithful| !faithful), "verification compares sheets too");
    assert_eq!((opened.said_at("closing").await, opened.sheet_said_at("closing").await), (Some(2), Some(2)), "made again");
    assert!(opened.host.is_faithful().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_that_were_not_kept_are_made_by_the_first_who_asks() {
    let opened = Opened::closed().await;
    // As an older program leaves it.
    std::fs::remove_file(opened.sheets(2)).unwrap();
    assert_eq!(opened.sheet_said_at("closing").await, Some(2));
    assert!(opened.sheets(2).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_that_were_given_up_are_made_again_with_the_next_snapshot() {
    let opened = Opened::<true>::empty().await;
    let month = |year| Month::new(year, 1).unwrap().index();
    let record = async |first_month: i32, subjects: u32| {
        let head = opened.host.ledger.head().await.unwrap().sequence;
        let fact = |line: u32| Fact {
            line,
            subject: format!("P{line}").into(),
            first_month,
            last_month: first_month,
            ..batch_of(1).facts[0].clone()
        };
        let facts: Vec<Fact> = (1..=subjects).map(fact).collect();
        opened.record_after(head, NewBatch { facts: facts.into(), ..batch_of(head + 1) }).await;
    };
    let tells = async || opened.host.knowledge().await.facts.sheets().unwrap().tell(2017);
    for year in 2017..=2020 {
        record(month(year), 1).await;
    }
    assert!(tells().await);
    record(month(2017), 5_000).await;
    assert!(!tells().await, "so many came in late that they are given up");
    assert!(opened.host.clone().keep_snapshot().await);
    assert!(tells().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_finds_sheets_that_say_what_the_ledger_does_not() {
    let opened = Opened::closed().await;
    // Forged with all its digests: of the same batch of the same chain.
    let mut forged = Facts::replay(opened.host.ledger.as_ref(), 2).await.unwrap();
    let batch = crate::facts::Batch { id: "forged".into(), provenance: piramide_measure::Provenance::Submitted };
    forged.take(2, batch, batch_of(9).facts.iter().cloned());
    opened.host.snapshots.as_ref().unwrap().keep_sheets_at(&forged, 2).unwrap();
    assert_eq!(opened.sheet_said_at("closing").await, Some(9), "the fault has fired");
    assert!(!opened.host.is_faithful().await.unwrap());
    assert_eq!(opened.sheet_said_at("closing").await, Some(2));
    assert!(opened.host.is_faithful().await.unwrap());
}

//! Snapshots: what is read back, where facts lie, and what becomes of a disk that fails.

use piramide_ledger::{Fact, Receipt};
use piramide_measure::Provenance;
use proptest::prelude::*;

use super::{reading::Reader, *};

const SCHEMA: Schema = Schema { domain: "trial", columns: &["a", "b"] };
const HASH: [u8; 32] = [7; 32];

fn kept(folder: &tempfile::TempDir) -> Snapshots {
    Snapshots::beside(&format!("sqlite:{}", folder.path().join("trial.db").display()), SCHEMA).unwrap()
}

/// January 2020.
const FIRST: i32 = 2020 * 13;

/// Structure, subject (the number of months it speaks of, less one) and month of a fact, and an amount.
type Row = (usize, usize, i32, Option<i64>);

/// Takes in a fact as it comes from a ledger, in a batch of its own.
fn take(facts: &mut Facts, sequence: i64, (structure, subject, month, amount): Row) -> Option<(Option<i64>, Provenance)> {
    let fact = Fact {
        line: 1,
        structure: format!("S{structure}").into(),
        subject: format!("P{subject}").into(),
        first_month: FIRST + month,
        last_month: FIRST + month + i32::try_from(subject).unwrap(),
        values: [amount, Some(1)].into(),
    };
    let receipt = Receipt {
        sequence,
        batch_id: format!("b{sequence}"),
        origin: "test".into(),
        provenance: [piramide_ledger::Provenance::Submitted, piramide_ledger::Provenance::Synthetic][structure % 2],
        reason: None,
        note: None,
        recorded_at: sequence * 10,
        content_hash: [0; 32],
        chain_hash: HASH,
        facts: 1,
        superseded: 0,
        events: u64::from(subject == 2),
    };
    let mut before = None;
    facts.take_recorded(&receipt, &[fact], 1, &mut |_, changes| {
        let change = changes.iter().next().unwrap();
        before = change.before.map(|(values, provenance)| (values.get(0), provenance));
    });
    before
}

/// Facts as they come from a ledger, one to a batch.
fn facts(history: &[Row]) -> Facts {
    let mut facts = Facts::default();
    for (row, sequence) in history.iter().zip(1..) {
        take(&mut facts, sequence, *row);
    }
    facts
}

/// What a question finds, whatever the question.
fn found(facts: &Facts) -> String {
    let mut said = Vec::new();
    for subject in 0..3 {
        let subject = format!("P{subject}");
        said.push(format!("{} {:?}", facts.speaks_of(&subject), facts.about(&subject).collect::<Vec<_>>()));
        let of: Vec<_> = facts
            .said_of(&subject, |months, values| (months, *values))
            .map(|(structure, said)| {
                let said: Vec<_> = said.collect();
                let folded = facts.said_of(&subject, |months, values| (months, *values)).filter(|(other, _)| *other == structure);
                assert_eq!(
                    folded.flat_map(|(_, said)| said.fold(Vec::new(), |all, one| [all, vec![one]].concat())).collect::<Vec<_>>(),
                    said
                );
                (structure, said)
            })
            .collect();
        said.push(format!("{of:?}"));
        for structure in 0..4 {
            let structure = format!("S{structure}");
            said.push(format!("{:?}", facts.about_in(&subject, &structure).collect::<Vec<_>>()));
            said.push(format!("{:?}", facts.spanning_in(&subject, &structure).collect::<Vec<_>>()));
            let month = piramide_measure::Month::from_index(FIRST + 12).unwrap();
            let since = format!("{:?}", facts.about_in_since(&subject, &structure, month).collect::<Vec<_>>());
            let filtered: Vec<_> = facts.about_in(&subject, &structure).filter(|known| known.last >= month).collect();
            assert_eq!(since, format!("{filtered:?}"));
            let from = piramide_measure::Month::from_index(FIRST + 6).unwrap();
            let between: Vec<_> = facts.about_under(&subject, (from, month), |code| code == structure).collect();
            let filtered: Vec<_> =
                facts.about_in(&subject, &structure).filter(|known| from <= known.first && known.last <= month).collect();
            assert_eq!(format!("{between:?}"), format!("{filtered:?}"));
            let span = i32::from(subject[1..].parse::<u8>().unwrap());
            let (about, mut places) = (facts.of_subject(&subject).in_many(structure.len()), facts.places());
            let within = places.within(&about, &structure);
            said.extend((0..40).map(|month| {
                let months = (FIRST + month, FIRST + month + span);
                let known = facts.get(&subject, &structure, months);
                assert_eq!((within.has(months), within.values(months)), (known.is_some(), known.map(|known| known.values)));
                (0..3).for_each(|quantity| assert_eq!(within.value(months, quantity), known.and_then(|known| known.value(quantity))));
                format!("{known:?}")
            }));
        }
    }
    for month in [0, 13, 26, 39] {
        let month = piramide_measure::Month::from_index(FIRST + month).unwrap();
        (0..4).for_each(|structure| said.push(format!("{:?}", facts.last_before(&format!("S{structure}"), month).collect::<Vec<_>>())));
    }
    said.join("\n")
}

fn keep(snapshots: &Snapshots, facts: &Facts) {
    snapshots.write(facts).unwrap().into_iter().for_each(|fresh| drop(fresh.keep().unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Facts that lie in a file, in one before it or in memory are found alike, and changed alike, whenever they were laid down.
    #[test]
    fn where_facts_lie_makes_no_difference(
        history in prop::collection::vec(
            ((0usize..4, 0usize..3, 0i32..40, prop::option::of(any::<i64>())), prop::option::of((0usize..4, 0usize..4))),
            1..40,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = kept(&folder);
        let (mut facts, mut in_memory) = (Facts::default(), Facts::default());
        // A snapshot that is written, and after how many more facts they lie in it: some subjects at first, then the others.
        let mut written: Option<(usize, usize, LaidOut)> = None;
        for ((row, lay), sequence) in history.into_iter().zip(1..) {
            prop_assert_eq!(take(&mut facts, sequence, row), take(&mut in_memory, sequence, row));
            if let (None, Some((wait, first))) = (&written, lay) {
                written = snapshots.write(&facts).unwrap().map(|fresh| (wait, first, fresh.keep().unwrap()));
            }
            written = match written {
                Some((0, first, laid)) => {
                    facts.lay_down(&laid, 0..first);
                    prop_assert_eq!(&facts, &in_memory);
                    prop_assert_eq!(found(&facts), found(&in_memory));
                    facts.lay_down(&laid, first..laid.len().max(first));
                    None
                }
                waiting => waiting.map(|(wait, first, laid)| (wait - 1, first, laid)),
            };
            prop_assert!(facts.weight() <= in_memory.weight());
        }
        prop_assert_eq!(&facts, &in_memory);
        prop_assert!(snapshots.soundness().begin().is_ok());
        keep(&snapshots, &facts);
        let read = kept(&folder).read().map_err(|error| TestCaseError::fail(error.to_string()))?.facts;
        prop_assert_eq!((read.weight(), found(&read)), (0, found(&in_memory)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_is_read_back_equals_what_was_written(
        history in prop::collection::vec((0usize..4, 0usize..3, 0i32..40, prop::option::of(any::<i64>())), 1..40)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let written = facts(&history);
        keep(&kept(&folder), &written);
        let read = kept(&folder).read().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(read.facts, written);
        prop_assert_eq!(read.chain_hash, HASH);
    }
}

#[test]
fn whatever_is_not_what_was_written_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = kept(&folder);
    assert!(matches!(snapshots.read(), Err(Unusable::Unreadable(_))), "there is none yet");
    keep(&snapshots, &Facts::default());
    assert!(matches!(snapshots.read(), Err(Unusable::Unreadable(_))), "facts of no ledger are not kept");
    keep(&snapshots, &facts(&[(1, 1, 1, Some(5)), (2, 2, 2, None)]));
    let whole = fs::read(&snapshots.path).unwrap();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&snapshots.path, altered).unwrap();
        assert!(matches!(snapshots.read(), Err(Unusable::Damaged)), "byte {at}");
        fs::write(&snapshots.path, &whole[..at]).unwrap();
        assert!(matches!(snapshots.read(), Err(Unusable::Damaged)), "cut at {at}");
    }
    fs::write(&snapshots.path, &whole).unwrap();
    assert!(snapshots.read().is_ok());
    for schema in [Schema { domain: "other", ..SCHEMA }, Schema { columns: &["a"], ..SCHEMA }] {
        assert!(matches!(Snapshots { schema, ..snapshots.clone() }.read(), Err(Unusable::OtherLedger)));
    }
}

#[test]
fn a_length_that_cannot_be_is_refused_before_memory_is_reserved() {
    let mut bytes = Vec::new();
    bytes.write_varint(usize::MAX).unwrap();
    let reader = || Reader::new(bytes.as_slice(), bytes.len() as u64);
    assert_eq!(reader().list(Reader::number), None);
    assert_eq!(reader().text(), None);
}

#[test]
fn only_an_embedded_ledger_has_a_place_for_it() {
    assert!(Snapshots::beside("postgres://localhost/x", SCHEMA).is_none());
}

/// Facts, all of which lie in a snapshot.
fn laid_down(snapshots: &Snapshots) -> Facts {
    let mut facts = facts(&[(1, 1, 1, Some(5)), (2, 2, 2, None), (1, 1, 7, Some(9)), (3, 0, 4, Some(1))]);
    let laid = snapshots.write(&facts).unwrap().unwrap().keep().unwrap();
    facts.lay_down(&laid, 0..laid.len());
    assert_eq!(facts.weight(), 0);
    facts
}

/// Alters a file where it lies, as a disk would.
fn alter(snapshots: &Snapshots, with: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(&snapshots.path).unwrap();
    with(&mut bytes);
    fs::write(&snapshots.path, bytes).unwrap();
}

#[test]
fn what_cannot_be_read_is_never_passed_over_in_silence() {
    type Use = fn(&mut Facts) -> usize;
    type Fault = fn(&mut Vec<u8>);
    let uses: [(&str, Use); 7] = [
        ("get", |facts| usize::from(facts.get("P1", "S1", (FIRST + 1, FIRST + 2)).is_some())),
        ("iter", |facts| facts.iter().count()),
        ("about", |facts| facts.about("P1").count()),
        ("about_in", |facts| facts.about_in("P1", "S1").count()),
        ("said_of", |facts| facts.said_of("P1", |_, _| ()).count()),
        ("spanning_in", |facts| facts.spanning_in("P1", "S1").count()),
        ("take", |facts| usize::from(take(facts, 9, (1, 1, 1, Some(6))).is_some())),
    ];
    let faults: [(&str, Fault); 2] =
        [("other bytes", |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 1)), ("cut", |bytes| bytes.truncate(40))];
    for (name, fault) in faults {
        for (asked, ask) in uses {
            let folder = tempfile::tempdir().unwrap();
            let snapshots = kept(&folder);
            let mut facts = laid_down(&snapshots);
            let begun = snapshots.soundness().begin().unwrap();
            assert!(ask(&mut facts) > 0, "{asked} finds something");
            assert!(begun.holds(), "{asked}: nothing has happened yet");
            let mut facts = laid_down(&snapshots);
            alter(&snapshots, fault);
            ask(&mut facts);
            assert!(!begun.holds() && snapshots.soundness().begin().is_err(), "{name}: {asked}");
        }
        let folder = tempfile::tempdir().unwrap();
        let snapshots = kept(&folder);
        let facts = laid_down(&snapshots);
        alter(&snapshots, fault);
        assert!(snapshots.write(&facts).is_err(), "{name}: no snapshot is made of it");
    }
}

#[test]
fn a_snapshot_that_takes_the_name_leaves_the_last_to_its_readers() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = kept(&folder);
    let facts = laid_down(&snapshots);
    let before = found(&facts);
    keep(&snapshots, &self::facts(&[(0, 0, 0, Some(1))]));
    assert_eq!(found(&facts), before);
    assert!(snapshots.soundness().begin().is_ok());
}

#[test]
fn facts_of_another_history_do_not_lie_in_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let laid = kept(&folder).write(&facts(&[(1, 1, 1, Some(5))])).unwrap().unwrap().keep().unwrap();
    let mut other = facts(&[(2, 1, 1, Some(7))]);
    let before = found(&other);
    other.lay_down(&laid, 0..laid.len());
    assert_eq!(found(&other), before);
}

/// A full disk must not stay full of a snapshot that could not be written: the ledger on it needs the room.
#[test]
fn a_snapshot_that_could_not_be_written_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = kept(&folder);
    let unfinished = snapshots.beside_it("new");
    std::os::unix::fs::symlink("/dev/full", &unfinished).unwrap();
    let error = snapshots.write(&facts(&[(1, 1, 1, Some(5))])).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull, "the fault fired: {error}");
    assert!(fs::symlink_metadata(&unfinished).is_err(), "nothing is left of it");
    for left in ["new", "7.new", "3.spill"] {
        fs::write(snapshots.beside_it(left), "half").unwrap();
    }
    keep(&Snapshots { path: snapshots.beside_it("7"), ..snapshots.clone() }, &facts(&[(1, 1, 1, Some(5))]));
    snapshots.remove_unfinished();
    let names: Vec<String> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["trial.db.snapshot.7"], "what a crash left half written goes, what is kept stays");
}

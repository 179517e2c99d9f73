//! Sheets: they say what the facts say, whatever came in since; a file of them is what was written, and one that is not is found out.

use piramide_ledger::{Fact, Receipt, Schema};
use proptest::prelude::*;

use super::{super::Batch, *};

const SCHEMA: Schema = Schema { domain: "trial", columns: &["a", "b"] };
const PROVENANCES: [piramide_ledger::Provenance; 2] = [piramide_ledger::Provenance::Submitted, piramide_ledger::Provenance::Synthetic];

fn beside(folder: &tempfile::TempDir) -> Snapshots {
    Snapshots::beside(&format!("sqlite:{}", folder.path().join("trial.db").display()), SCHEMA).unwrap()
}

/// Structure, subject, year, first month and months more, and an amount.
type Row = (usize, usize, u16, (u8, u8), Option<i64>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let months = prop_oneof![12 => (1u8..=13, Just(0)), 1 => (1u8..=10, 1u8..=3)];
    let amount = prop::option::weighted(0.9, prop_oneof![-1_000i64..10_000_000, Just(i64::MIN)]);
    prop::collection::vec((0usize..24, 0usize..6, 2017u16..=2021, months, amount), 1..80)
}

fn fact((structure, subject, year, (first, more), amount): Row) -> Fact {
    let first = Month::new(year, first).unwrap().index();
    Fact {
        line: 1,
        structure: format!("S{structure}").into(),
        subject: format!("P{subject}").into(),
        first_month: first,
        last_month: first + i32::from(more),
        values: [amount, Some(1)].into(),
    }
}

/// Takes in a fact as it comes from a ledger, in a batch of its own.
fn take(facts: &mut Facts, sequence: i64, row: Row) {
    let receipt = Receipt {
        sequence,
        batch_id: format!("b{sequence}"),
        origin: "test".into(),
        provenance: PROVENANCES[usize::from(sequence % 2 == 0)],
        reason: None,
        note: None,
        recorded_at: sequence * 10,
        content_hash: [0; 32],
        chain_hash: [7; 32],
        facts: 1,
        superseded: 0,
        events: 0,
    };
    facts.take_recorded(&receipt, &[fact(row)], 1, &mut |_, _| {});
}

/// Structure, months, subject and what is said, in the order of the first three.
type Said = Vec<(String, (Month, Month), String, Provenance, Values)>;

/// Everything that the sheets of a year say.
fn told(sheets: &Sheets, year: u16) -> Said {
    let mut said = Vec::new();
    for months in sheets.months(Month::new(year, 1).unwrap(), Month::new(year, 13).unwrap()) {
        for (sheet, structure) in (0..sheets.structures.codes().len()).filter_map(|number| Some((sheets.sheet(months, number)?, number))) {
            for run in sheet.runs() {
                for (values, subject) in run.values().into_iter().zip(run.first..) {
                    let code = |names: &Names, number| names.code(number).unwrap().to_owned();
                    said.push((code(&sheets.structures, structure), months, code(&sheets.subjects, subject), run.provenance, values));
                }
            }
        }
    }
    said.sort_by(|one, other| (&one.0, one.1, &one.2).cmp(&(&other.0, other.1, &other.2)));
    said
}

/// Everything that the facts of a year say.
fn recorded(facts: &Facts, year: u16) -> Said {
    let inside = |known: &Known<'_>| known.first.year() == year && known.last.year() == year;
    let of = |known: Known<'_>| {
        (known.structure.to_owned(), (known.first, known.last), known.subject.to_owned(), known.batch.provenance, known.values)
    };
    let mut said: Said = facts.iter().filter(inside).map(of).collect();
    said.sort_by(|one, other| (&one.0, one.1, &one.2).cmp(&(&other.0, other.1, &other.2)));
    said
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Sheets that lie in a file and follow what comes in, year after year and late, say what the facts say.
    #[test]
    fn sheets_say_what_the_facts_say(before in rows(), since in rows()) {
        let folder = tempfile::tempdir().unwrap();
        let mut facts = Facts::default();
        before.iter().zip(1..).for_each(|(row, sequence)| take(&mut facts, sequence, *row));
        let sheets = Sheets::of(&facts, Some(&beside(&folder)));
        facts.put_sheets(sheets);
        since.iter().zip(1_000..).for_each(|(row, sequence)| take(&mut facts, sequence, *row));
        let sheets = facts.sheets().unwrap();
        let years: BTreeSet<u16> = facts.iter().map(|known| known.first.year()).collect();
        prop_assert!(years.len() - sheets.years().count() <= OPEN_YEARS);
        prop_assert!(sheets.loose.len() <= MOST_LOOSE);
        for year in sheets.years() {
            prop_assert!(sheets.tell(year));
            prop_assert_eq!(told(sheets, year), recorded(&facts, year), "{}", year);
        }
        prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "their file has no name");
    }

    /// What was kept of a closing is read back, whatever came first; another history has another file.
    #[test]
    fn the_sheets_of_a_closing_are_those_that_were_kept(mut rows in rows()) {
        let folder = tempfile::tempdir().unwrap();
        let kept = beside(&folder);
        // Each key once, so that the order does not matter.
        rows.sort_by_key(|(structure, subject, year, months, _)| (*structure, *subject, *year, *months));
        rows.dedup_by_key(|(structure, subject, year, months, _)| (*structure, *subject, *year, *months));
        let of = |rows: &mut dyn Iterator<Item = &Row>| {
            let mut facts = Facts::default();
            rows.for_each(|row| take(&mut facts, 1, *row));
            facts
        };
        let facts = of(&mut rows.iter());
        std::fs::write(&kept.path, "the snapshot is not read").unwrap();
        kept.keep_sheets(&facts).unwrap();
        let (sheets, last, _) = kept.opened().unwrap();
        prop_assert_eq!(Some(last), facts.last_batch);
        prop_assert!(sheets.tell_all());
        prop_assert_eq!(sheets.years().collect::<BTreeSet<_>>(), facts.years());
        for year in sheets.years() {
            prop_assert_eq!(told(&sheets, year), recorded(&facts, year), "{}", year);
        }
        prop_assert!(kept.are_sheets_of(&of(&mut rows.iter().rev())).unwrap(), "the same, in another order");
        let (structure, subject, year, months, amount) = rows[0];
        let other = Row::from((structure, subject, year, months, Some(amount.unwrap_or_default().wrapping_add(1))));
        prop_assert!(!kept.are_sheets_of(&of(&mut rows.iter().chain([&other]))).unwrap(), "another amount");
    }
}

#[test]
fn sheets_are_given_up_where_years_come_in_late_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = Facts::default();
    for (year, sequence) in (2017..=2020).zip(1..) {
        take(&mut facts, sequence, (0, 0, year, (1, 0), Some(1)));
    }
    let sheets = Sheets::of(&facts, Some(&beside(&folder)));
    facts.put_sheets(sheets);
    let agree = |facts: &Facts| {
        let sheets = facts.sheets().unwrap();
        sheets.years().for_each(|year| assert_eq!(told(sheets, year), recorded(facts, year), "{year}"));
        sheets.years().collect::<Vec<_>>()
    };
    assert!(facts.begin_sheets_again().is_none(), "none was given up");
    let mut late = (0..=MOST_LATE).map(|number| (number % 20, number % 6, 2017, (1, 0), Some(i64::try_from(number).unwrap())));
    late.by_ref().take(MOST_LATE).zip(100..).for_each(|(row, sequence)| take(&mut facts, sequence, row));
    assert_eq!(agree(&facts), [2017, 2018]);
    late.zip(10_000..).for_each(|(row, sequence)| take(&mut facts, sequence, row));
    assert_eq!(agree(&facts), [2018], "one fact too many came in late");
    let then = facts.begin_sheets_again().unwrap();
    let again = Sheets::of(&then, Some(&beside(&folder)));
    // Meanwhile more come in, for a year that has sheets, for one that has none any more, and for a new one.
    take(&mut facts, 20_000, (3, 1, 2018, (2, 0), Some(5)));
    take(&mut facts, 20_001, (4, 2, 2017, (3, 0), Some(6)));
    take(&mut facts, 20_002, (4, 2, 2021, (3, 0), Some(7)));
    facts.put_sheets_again(again);
    assert_eq!(agree(&facts), [2017, 2018], "made again, with what came in meanwhile");
    take(&mut facts, 20_003, (4, 2, 2021, (4, 0), Some(8)));
    assert_eq!(agree(&facts), [2017, 2018, 2019], "a new year closes one");
}

#[test]
fn a_file_that_was_altered_is_not_used_or_found_out_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let kept = beside(&folder);
    let mut facts = Facts::default();
    take(&mut facts, 1, (0, 0, 2020, (1, 0), Some(7_000_000)));
    std::fs::write(&kept.path, "").unwrap();
    kept.keep_sheets(&facts).unwrap();
    let path = folder.path().join("trial.db.snapshot.sheets");
    let whole = std::fs::read(&path).unwrap();
    let month = Month::new(2020, 1).unwrap();
    for place in 0..whole.len() {
        let mut altered = whole.clone();
        altered[place] ^= 1;
        std::fs::write(&path, altered).unwrap();
        assert!(!kept.are_sheets_of(&facts).unwrap(), "byte {place}");
        let doubts = kept.soundness.raised();
        let read = kept.opened().ok().and_then(|(sheets, ..)| sheets.sheet((month, month), 0).map(|_| told(&sheets, 2020)));
        // What stands before the first sheet is compared by verification alone.
        let says_the_same = read == Some(recorded(&facts, 2020));
        assert!(read.is_none() || says_the_same && place < 18, "byte {place}: {read:?}");
        assert!(read.is_some() || kept.opened().is_err() || kept.soundness.raised() != doubts, "byte {place}: nobody was told");
    }
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(kept.opened().is_err(), "cut to {length} bytes");
    }
}

#[test]
fn sheets_stay_in_memory_where_none_can_be_laid_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = Facts::default();
    for (year, sequence) in (2017..=2020).zip(1..) {
        take(&mut facts, sequence, (0, 0, year, (1, 0), Some(1)));
    }
    let nowhere = Snapshots { path: folder.path().join("gone/trial.db.snapshot"), ..beside(&folder) };
    let mut sheets = Sheets::of(&facts, Some(&nowhere));
    assert!(sheets.file.is_none(), "there is no such folder");
    assert_eq!(told(&sheets, 2017), recorded(&facts, 2017));
    // A file that takes nothing, as on a full disk.
    let full = File::open("/dev/null").unwrap();
    sheets =
        Sheets { others: facts.years(), open_years: 1, file: Some(Growing::new(full, Soundness::default(), true)), ..Sheets::default() };
    sheets.close_years(&facts);
    assert!(sheets.file.as_ref().is_some_and(|file| file.end.is_none()), "it has been tried once");
    for year in 2017..=2019 {
        assert_eq!(told(&sheets, year), recorded(&facts, year), "{year}");
    }
}

#[test]
fn a_fact_about_two_years_leaves_nothing_to_be_told_by_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = Facts::default().with_sheets(0, None);
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, [fact((0, 0, 2020, (1, 0), Some(5)))]);
    assert!(facts.sheets().unwrap().tell(2020) && facts.sheets().unwrap().tell_all());
    take(&mut facts, 2, (0, 0, 2020, (13, 2), Some(5)));
    for sheets in [facts.sheets().unwrap(), facts.clone().with_sheets(0, None).sheets().unwrap()] {
        assert!(!sheets.tell(2020) && !sheets.tell_all());
    }
    let kept = beside(&folder);
    kept.keep_sheets(&facts).unwrap();
    assert!(!kept.has_sheets(), "they have none");
}

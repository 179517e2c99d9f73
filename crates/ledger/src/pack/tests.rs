//! Packs: facts come back from their bytes, and from no others.

use std::iter::repeat;

use proptest::{
    collection::{SizeRange, vec},
    prelude::*,
};

use super::*;
use crate::{LedgerError, MAX_COLUMNS, keys::Codes};

fn packs(facts: &[Fact]) -> Vec<Pack> {
    let Codes { texts: codes, of_facts, .. } = Codes::of(facts);
    pack(facts, &of_facts, &codes)
}

fn read(bytes: &[u8], last_line: i64, columns: usize) -> Result<Vec<Fact>, LedgerError> {
    let mut facts = Vec::new();
    StoredPack { sequence: 9, last_line, bytes }.each(columns, |packed| facts.push(packed.fact()))?;
    Ok(facts)
}

/// Any facts of so many columns, in the order of their lines.
fn facts(columns: usize, many: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Fact>> {
    let value = prop_oneof![3 => Just(None), 2 => (-70..70_i64).prop_map(Some), 1 => any::<i64>().prop_map(Some)];
    let month = || prop_oneof![3 => 24_000..24_020_i32, 1 => any::<i32>()];
    let step = prop_oneof![5 => Just(1_u32), 1 => 1..200_u32];
    let code = |letter: &'static str| prop_oneof![4 => (0..9_u8).prop_map(move |code| format!("{letter}{code}")), 1 => any::<String>()];
    let says = (step, code("S"), code("P"), month(), month(), vec(value, columns));
    (prop_oneof![Just(0_u32), Just(u32::MAX - 60_000), 0..9_u32], vec(says, many)).prop_map(|(first, says)| {
        let mut line = first;
        let fact = |(step, structure, subject, first_month, last_month, values): (u32, String, String, i32, i32, Vec<Option<i64>>)| {
            line += step;
            Fact {
                line: line - 1,
                structure: structure.into(),
                subject: subject.into(),
                first_month,
                last_month,
                values: values.into_iter().collect(),
            }
        };
        says.into_iter().map(fact).collect()
    })
}

fn of_any_width() -> impl Strategy<Value = (usize, Vec<Fact>)> {
    (0..=MAX_COLUMNS).prop_flat_map(|columns| (Just(columns), facts(columns, 1..20)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_facts_come_back_and_give_the_same_bytes((columns, facts) in of_any_width()) {
        let packs = packs(&facts);
        prop_assert_eq!(packs.len(), 1);
        prop_assert_eq!(packs[0].last_line, facts.last().unwrap().line);
        let back = read(&packs[0].bytes, packs[0].last_line.into(), columns).unwrap();
        prop_assert_eq!(&back, &facts);
        // These share no text with the first.
        prop_assert_eq!(self::packs(&back), packs);
    }

    /// Whoever asks for more columns, as a schema that has grown does, finds the others missing; and the bytes are those of the wider facts.
    #[test]
    fn columns_that_came_later_are_missing((columns, facts) in of_any_width()) {
        let packs = packs(&facts);
        let wider: Vec<Fact> = facts.into_iter().map(|mut fact| {
            fact.values = fact.values.iter().chain(repeat(None)).take(MAX_COLUMNS).collect();
            fact
        }).collect();
        prop_assert_eq!(read(&packs[0].bytes, packs[0].last_line.into(), MAX_COLUMNS).unwrap(), wider.clone(), "{}", columns);
        prop_assert_eq!(self::packs(&wider), packs);
    }

    /// Bytes that can be read are those that their facts give: no two packs say the same.
    #[test]
    fn an_altered_pack_is_none_or_of_other_facts(
        (columns, facts) in of_any_width(),
        alterations in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let pack = packs(&facts).remove(0);
        let mut bytes = pack.bytes.clone();
        for (place, byte) in alterations {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(others) = read(&bytes, pack.last_line.into(), columns) {
            prop_assert_eq!(bytes == pack.bytes, others == facts);
            prop_assert_eq!(packs(&others).remove(0).bytes, bytes);
        }
    }

    #[test]
    fn a_pack_that_is_cut_or_longer_is_none((columns, facts) in of_any_width(), more in any::<u8>()) {
        let Pack { last_line, mut bytes } = packs(&facts).remove(0);
        for length in 0..bytes.len() {
            prop_assert!(read(&bytes[..length], last_line.into(), columns).is_err());
        }
        bytes.push(more);
        prop_assert!(read(&bytes, last_line.into(), columns).is_err());
    }
}

/// Each byte of a small pack as every other byte.
#[test]
fn every_other_byte_is_found() {
    let fact = |line, structure: &str, month, values: [Option<i64>; 2]| Fact {
        line,
        structure: structure.into(),
        subject: "P".into(),
        first_month: month,
        last_month: month,
        values: values.into(),
    };
    let facts = [
        fact(1, "A", 24_000, [Some(i64::MIN), None]),
        fact(5, "B", 24_001, [Some(-1), Some(i64::MAX)]),
        fact(300, "A", 24_000, [None, Some(0)]),
    ];
    let Pack { last_line, bytes } = packs(&facts).remove(0);
    for place in 0..bytes.len() {
        for byte in (0..=u8::MAX).filter(|byte| *byte != bytes[place]) {
            let mut altered = bytes.clone();
            altered[place] = byte;
            let read = read(&altered, last_line.into(), 2);
            assert!(read.is_err() || read.unwrap() != facts, "byte {place} as {byte}");
        }
    }
}

#[test]
fn packs_have_any_number_of_facts_and_begin_anew() {
    for many in [0, 1, MOST_FACTS, MOST_FACTS + 1, 3 * MOST_FACTS - 1] {
        let fact = |line: usize| Fact {
            line: u32::try_from(line).unwrap(),
            structure: format!("S{}", line % 300).into(),
            subject: "P".into(),
            first_month: 24_000,
            last_month: 24_000,
            values: [Some(1)].into(),
        };
        let facts: Vec<Fact> = (0..many).map(fact).collect();
        let packs = packs(&facts);
        assert_eq!(packs.len(), many.div_ceil(MOST_FACTS));
        for (pack, facts) in packs.iter().zip(facts.chunks(MOST_FACTS)) {
            assert_eq!(read(&pack.bytes, pack.last_line.into(), 1).unwrap(), facts);
            assert_eq!(std::slice::from_ref(pack), self::packs(facts), "what comes before it does not enter a pack");
        }
    }
}

/// A fact of line 7 about A and B in month 1, which says 5. Written out by hand from README.md.
const GOOD: [u8; 16] = [1, 1, 1, 2, 1, b'A', 1, b'B', 7, 0, 1, 2, 0, 1, 0x8a, 1];

#[test]
fn the_encoding_of_version_1_does_not_move() {
    let fact =
        |amount| Fact { line: 7, structure: "A".into(), subject: "B".into(), first_month: 1, last_month: 1, values: [Some(amount)].into() };
    assert_eq!(read(&GOOD, 7, 1).unwrap(), [fact(69)]);
    assert_eq!(packs(&[fact(69)]), [Pack { last_line: 7, bytes: GOOD.to_vec() }]);
    let below_zero = [&GOOD[..14], &[9]].concat();
    assert_eq!(packs(&[fact(-5)]), [Pack { last_line: 7, bytes: below_zero }]);
}

#[test]
fn whatever_is_no_pack_is_said_to_be_none() {
    #[track_caller]
    fn check(replaced: std::ops::Range<usize>, by: &[u8], last_line: i64, fault: &str) {
        let bytes = [&GOOD[..replaced.start], by, &GOOD[replaced.end..]].concat();
        match read(&bytes, last_line, 1) {
            Err(LedgerError::Damaged { sequence: Some(9), cause }) => assert!(cause.ends_with(fault), "{cause}"),
            other => panic!("{fault}: {other:?}"),
        }
    }
    check(0..16, &[], 7, "is cut short");
    check(0..1, &[2], 7, "is of an unknown version");
    check(1..2, &[2], 7, "has more values than there are columns");
    check(2..3, &[0], 7, "has an impossible number of facts");
    check(2..3, &[0x81, 0x20], 7, "has an impossible number of facts");
    check(3..4, &[3], 7, "has more codes than its facts can name");
    check(5..6, &[0xff], 7, "has a code that is no text");
    check(7..8, b"A", 7, "has a code twice");
    check(9..10, &[1], 7, "names its codes out of order");
    check(10..11, &[2], 7, "names its codes out of order");
    check(3..8, &[1, 1, b'A'], 7, "names a code that it does not have");
    check(10..11, &[0], 7, "has codes that no fact names");
    check(13..16, &[0], 7, "has columns without a value");
    check(13..14, &[3], 7, "has values beyond its columns");
    check(16..16, &[0], 7, "has bytes left over");
    check(0..0, &[], 8, "ends at another line");
    check(8..9, &[8], 7, "ends at another line");
    check(8..9, &[0x80, 0x80, 0x80, 0x80, 0x10], 7, "has a line out of range");
    check(11..12, &[0xfe, 0xff, 0xff, 0xff, 0x1f], 7, "has a month out of range");
    check(15..16, &[], 7, "has a number without an end");
    check(8..9, &[0x87, 0], 7, "has a number in more bytes than it takes");
    check(14..16, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3], 7, "has a number without an end");
    check(14..16, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0], 7, "has a number in more bytes than it takes");
}

//! The digest that every contender must reach: weighted sums of every exact number, so that a value in the wrong cell shows.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest, Sha256};

use super::{
    data::{Data, MONTHS, PRODUCTION_AREAS},
    sheet::{Ratio, Scorecard},
};

/// The first sixteen digits of the hash of all sums, written as the definition of the benchmark writes them.
pub(crate) fn digest(data: &Data, scorecard: &Scorecard) -> String {
    let mut sums: BTreeMap<String, Vec<i128>> = BTreeMap::new();
    for row in scorecard.iter() {
        let group = format_group(data.structure_levels[row.structure as usize], data.node_levels[usize::from(row.node)]);
        let weight = weight(row.structure as usize, row.node.into(), row.month.into());
        let sums = sums.entry(group).or_insert_with(|| vec![0; 11]);
        sums[0] += 1;
        for (sum, number) in sums[1..].iter_mut().zip(row.sums.iter().chain(&row.running)) {
            *sum += weight * i128::from(*number);
        }
        assert_eq!(row.ratios[0] == Ratio::NONE, row.sums[0] == 0, "a ratio is absent over nothing and only then");
    }
    let total = data.nodes.len() - 1;
    let first_area = total - data.node_levels.iter().filter(|level| **level == 2).count();
    let productivity = sums.entry("productivity".to_owned()).or_insert_with(|| vec![0; 5]);
    for (structure, areas) in scorecard.productivity.iter().enumerate() {
        for (area, months) in areas.iter().enumerate() {
            let node = if area == PRODUCTION_AREAS { total } else { first_area + area };
            for (month, found) in months.iter().enumerate() {
                let weight = weight(structure, node, month + 1);
                productivity[0] += 1;
                let numbers = [found.points, found.staff, found.points_running, found.staff_running];
                productivity[1..].iter_mut().zip(numbers).for_each(|(sum, number)| *sum += weight * i128::from(number));
            }
        }
    }
    assert_eq!(scorecard.productivity_ratios.len(), scorecard.productivity.len() * (PRODUCTION_AREAS + 1) * MONTHS);
    assert!(scorecard.quality_national.is_some(), "the nation has a score");
    let all = |pick: fn(&(i64, i64)) -> i64| scorecard.quality.iter().map(pick).map(i128::from).sum();
    let offices_and_areas = i128::try_from(scorecard.quality.len()).expect("a count");
    sums.insert("quality".to_owned(), vec![offices_and_areas, all(|found| found.0), all(|found| found.1)]);
    hash(&format!("{{{}}}", joined(sums.iter().map(|(group, sums)| format!("\"{group}\": {}", list(sums))))))
}

/// The first sixteen hexadecimal digits of the hash of a text.
pub(crate) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("text");
        digits
    })
}

/// Numbers as JSON writes them.
pub(crate) fn list<N: ToString>(numbers: &[N]) -> String {
    format!("[{}]", joined(numbers.iter().map(N::to_string)))
}

/// Parts as JSON joins them.
pub(crate) fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn format_group(structure_level: usize, node_level: usize) -> String {
    format!("s{structure_level}p{node_level}")
}

fn weight(structure: usize, node: usize, month: usize) -> i128 {
    i128::try_from(1 + (structure * 31 + node * 17 + month * 7) % 97).expect("a small number")
}

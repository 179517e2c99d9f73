//! What must hold of any plan: weights, trees, dates, and that no bytes whatever break the reader.

use std::{collections::BTreeSet, fmt::Write as _};

use piramide_measure::{Exact, Month};
use piramide_plan::{Plan, Structures};
use proptest::prelude::*;

use crate::support::{plan, replaced, small, text};

/// Failures are printed and become cases of their own; nothing is kept beside the tests.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() }
}

/// The tree of the small plan with these weights, in hundredths of a per cent, under one node.
fn objectives(weights: &[i64]) -> String {
    let mut text = "code,parent,label,kind,weighting,weight,indicator,missing,note\nindex,,Indice,index,percent,,,,\n".to_owned();
    for (position, weight) in weights.iter().enumerate() {
        let shown = Exact::from_minor_units(*weight, 2).decimal_text(2);
        writeln!(text, "n{position},index,Nodo,project,,{shown},,,").unwrap();
    }
    text
}

/// Positive weights that sum to exactly 100.00.
fn weights() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::btree_set(1i64..10_000, 0..12).prop_map(|cuts| {
        let bounds: Vec<i64> = [0].into_iter().chain(cuts).chain([10_000]).collect();
        bounds.windows(2).map(|pair| pair[1] - pair[0]).collect()
    })
}

/// For each structure after the first: who is above it until June 2021, and from July on.
fn parents() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20)
        .prop_map(|picks| picks.iter().enumerate().map(|(at, (before, after))| (before.index(at + 1), after.index(at + 1))).collect())
}

/// The structures of the small plan, with others under them.
fn structures(parents: &[(usize, usize)]) -> Structures {
    let name = |position: usize| if position == 0 { "PRV_X".to_owned() } else { format!("S{position}") };
    let mut table = text("structures.csv");
    for (position, (before, after)) in parents.iter().enumerate() {
        let code = name(position + 1);
        writeln!(table, "{code},Sede,agency,{},,2021-06,,,", name(*before)).unwrap();
        writeln!(table, "{code},Sede,agency,{},2021-07,,,,", name(*after)).unwrap();
    }
    plan(&replaced("structures.csv", table)).structures().clone()
}

fn month() -> impl Strategy<Value = Month> {
    (2019u16..2024, 1u8..=13).prop_map(|(year, number)| Month::new(year, number).unwrap())
}

fn coefficients(revisions: &[(Month, i64)]) -> Plan {
    let mut table = "product,first_month,coefficient\nINSPECTION,2019-01,1\n".to_owned();
    for (month, units) in revisions {
        writeln!(table, "PENSIONS,{month},{}", Exact::from_minor_units(*units, 4).decimal_text(4)).unwrap();
    }
    plan(&replaced("coefficients.csv", table))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn weights_that_sum_to_100_are_taken_and_stay_100(weights in weights()) {
        let plan = plan(&replaced("objectives.csv", objectives(&weights)));
        let children = plan.objectives().children("index");
        let sum: Exact = children.iter().map(|node| plan.objectives().effective_weight(&node.code)).sum();
        prop_assert_eq!((children.len(), sum), (weights.len(), Exact::hundred()));
    }

    #[test]
    fn weights_that_miss_100_are_refused_with_their_sum(weights in weights(), by in prop_oneof![-500i64..0, 1i64..500], at in any::<prop::sample::Index>()) {
        let mut wrong = weights;
        let chosen = at.index(wrong.len());
        prop_assume!(wrong[chosen] + by > 0);
        wrong[chosen] += by;
        let errors = Plan::from_files(&replaced("objectives.csv", objectives(&wrong))).unwrap_err().to_string();
        let sum = Exact::from_minor_units(wrong.iter().sum::<i64>(), 2).decimal_text(2);
        let expected = format!("the weights under index sum to {sum}, they must sum to 100");
        prop_assert!(errors.contains(&expected), "{}", errors);
    }

    #[test]
    fn equal_weights_are_equal_and_sum_to_100(count in 1usize..40) {
        let mut table = "code,parent,label,kind,weighting,weight,indicator,missing,note\nindex,,Indice,index,equal,,,,\n".to_owned();
        for position in 0..count {
            writeln!(table, "n{position},index,Nodo,project,,,,,").unwrap();
        }
        let plan = plan(&replaced("objectives.csv", table));
        let weights: Vec<Exact> = plan.objectives().children("index").iter().map(|node| plan.objectives().effective_weight(&node.code)).collect();
        prop_assert!(weights.iter().all(|weight| *weight == weights[0]));
        prop_assert_eq!(weights.iter().sum::<Exact>(), Exact::hundred());
    }

    #[test]
    fn who_is_below_is_who_has_it_above(parents in parents(), at in month()) {
        let structures = structures(&parents);
        let all = structures.descendants("NAZ", at);
        prop_assert_eq!(all.len(), parents.len() + 4, "everyone is under the nation once, in every month");
        for above in &all {
            for below in &all {
                let under = structures.descendants(&above.code, at).iter().any(|found| found.code == below.code);
                let over = structures.ancestors(&below.code, at).any(|found| found.code == above.code);
                prop_assert_eq!(under, over || above.code == below.code, "{} and {} in {}", above.code, below.code, at);
                prop_assert_eq!(under, structures.lies_under(&below.code, &above.code, at), "{} and {} in {}", above.code, below.code, at);
            }
        }
    }

    #[test]
    fn who_ever_lies_below_does_in_some_month(parents in parents(), first in month(), last in month()) {
        let (structures, first, last) = (structures(&parents), first.min(last), first.max(last));
        let codes: BTreeSet<&str> = structures.codes().chain(["NOBODY"]).collect();
        for (below, above) in codes.iter().flat_map(|below| codes.iter().map(move |above| (*below, *above))) {
            let months = (first.index()..=last.index()).filter_map(Month::from_index);
            let in_some = below == above || months.clone().any(|at| structures.lies_under(below, above, at));
            prop_assert_eq!(structures.ever_lies_under(below, above, (first, last)), in_some, "{} and {}", above, below);
        }
    }

    #[test]
    fn who_ever_is_right_below_is_in_some_month_and_leaves_in_some_other(parents in parents(), first in month(), last in month()) {
        let (structures, months) = (structures(&parents), (first.min(last), first.max(last)));
        let each = || (months.0.index()..=months.1.index()).filter_map(Month::from_index);
        for above in structures.codes() {
            let found = structures.ever_children(above, months);
            let expected: BTreeSet<&str> = each().flat_map(|at| structures.children(above, at)).map(|child| child.code.as_str()).collect();
            prop_assert_eq!(found.len(), expected.len(), "each once, under {}", above);
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
            for child in structures.codes() {
                let elsewhere = |at| structures.at(child, at).is_some_and(|row| row.parent.as_deref() != Some(above));
                prop_assert_eq!(structures.ever_leaves(child, above, months), each().any(elsewhere), "{} from {}", child, above);
            }
        }
    }

    #[test]
    fn a_move_of_an_office_leaves_the_months_before_it_alone(parents in parents(), at in month()) {
        let stayed: Vec<(usize, usize)> = parents.iter().map(|(before, _)| (*before, *before)).collect();
        let (moved, stayed) = (structures(&parents), structures(&stayed));
        prop_assume!(at < Month::new(2021, 7).unwrap());
        for structure in moved.iter() {
            let codes = |structures: &Structures| structures.ancestors(&structure.code, at).map(|above| above.code.clone()).collect::<Vec<_>>();
            prop_assert_eq!(codes(&moved), codes(&stayed));
        }
    }

    #[test]
    fn a_revision_never_changes_the_months_before_it(
        earlier in prop::collection::btree_map(month(), 1i64..100_000, 1..6),
        from in month(),
        units in 1i64..100_000,
        asked in month(),
    ) {
        prop_assume!(!earlier.contains_key(&from));
        let before: Vec<(Month, i64)> = earlier.into_iter().collect();
        let mut after = before.clone();
        after.insert(0, (from, units));
        let (old, new) = (coefficients(&before), coefficients(&after));
        let coefficient = |plan: &Plan, month| plan.catalogue().coefficient_ten_thousandths("PENSIONS", month);
        if asked < from {
            prop_assert_eq!(coefficient(&new, asked), coefficient(&old, asked));
        }
        prop_assert_eq!(coefficient(&new, from), Some(units));
        let expected = after.iter().filter(|(month, _)| *month <= asked).max().map(|(_, units)| *units);
        prop_assert_eq!(coefficient(&new, asked), expected);
    }

    /// Whatever bytes stand in a package, the reader answers: a plan, or why not.
    #[test]
    fn no_bytes_break_the_reader(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), cut in 0usize..40, put in prop::collection::vec(any::<u8>(), 0..20)) {
        let mut files = small();
        let name = files.keys().nth(file.index(files.len())).unwrap().clone();
        let mut bytes = files[&name].clone();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, put);
        let changed = bytes != files[&name];
        files.insert(name, bytes);
        match Plan::from_files(&files) {
            Ok(read) => prop_assert_eq!(changed, read.version() != plan(&small()).version()),
            Err(errors) => prop_assert!(!errors.0.is_empty()),
        }
    }

    /// The same, with the characters that tables and numbers are made of.
    #[test]
    fn no_text_breaks_the_reader(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), put in "[,\n\"0-9.a-zA-Z_\\-]{0,30}") {
        let mut files = small();
        let name = files.keys().nth(file.index(files.len())).unwrap().clone();
        let mut text = String::from_utf8(files[&name].clone()).unwrap();
        text.insert_str(at.index(text.len()), &put);
        files.insert(name, text.into_bytes());
        if let Err(errors) = Plan::from_files(&files) {
            prop_assert!(errors.0.iter().all(|error| !error.to_string().is_empty()));
        }
    }
}

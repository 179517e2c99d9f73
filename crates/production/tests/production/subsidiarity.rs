//! Who helps whom: pair by pair, at every level, planned and done.

use piramide_domain::{Batch, Detail, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Provenance, Source};
use piramide_plan::Plan;
use piramide_production::{
    asked::Asked,
    facts,
    parts::Part,
    state::{Relation, State},
    subsidiarity::{self, Subsidiarity},
};
use proptest::prelude::*;

use super::{bundled, fact, in_force, measured, plan, plan_with, ratio};

const PRODUCTS: [&str; 2] = ["INCOME_SUPPORT", "CREDIT_WELFARE"];

fn handed(line: u32, helped: &str, helper: &str, product: &str, month: &str, pieces: i64) -> [Fact; 2] {
    [
        fact(line, helped, product, month, &[(facts::TRANSFERRED_OUT, pieces)]),
        fact(line + 1, helped, &Part::HandedTo(helper).subject(product), month, &[(facts::TRANSFERRED_OUT, pieces)]),
    ]
}

/// March 2021: Asti and Torino, both in Piemonte, hand over to Milano's branch, to each other, and to nobody that is named.
fn march() -> Facts {
    let mut recorded = Vec::new();
    recorded.extend(handed(1, "PRV_TORINO", "FM_MILANO", "INCOME_SUPPORT", "2021-03", 10));
    recorded.extend(handed(3, "PRV_ASTI", "PRV_TORINO", "INCOME_SUPPORT", "2021-03", 4));
    recorded.extend(handed(5, "PRV_ASTI", "CU_DST", "CREDIT_WELFARE", "2021-02", 7));
    recorded.push(fact(7, "PRV_CUNEO", "CREDIT_WELFARE", "2021-03", &[(facts::TRANSFERRED_OUT, 5)]));
    in_force(recorded)
}

fn seen(plan: &Plan, facts: &Facts, structure: &str, period: &str) -> Subsidiarity {
    let state = State::of(&bundled().with([plan.clone()]), facts);
    let query = Query { plan, facts, structure, period: period.parse().unwrap(), quantities: &facts::QUANTITIES, detail: Detail::Figure };
    subsidiarity::of(&Asked::new(query, &state), "Sussidiarietà")
}

/// What was done, pair by pair.
fn done(of: &Subsidiarity) -> Vec<(Relation, &str, &str, String)> {
    of.pairs
        .iter()
        .filter_map(|pair| Some((pair.relation, pair.helper.as_str(), pair.helped.as_str(), pair.actual.as_ref()?.decimal_text(4))))
        .collect()
}

#[test]
fn a_pair_is_seen_at_the_level_of_who_asks() {
    // Income support is worth two hours from March on.
    let plan = plan_with(&[("coefficients.csv", "INCOME_SUPPORT,2021-03,2.0000\n")], &[]);
    let facts = march();
    let of = |structure| seen(&plan, &facts, structure, "2021-03-ytd");
    let text = str::to_owned;
    assert_eq!(
        done(&of("NAZ")),
        [(Relation::Inside, "CU_DST", "REG_PIEMONTE", text("7")), (Relation::Inside, "DCM_MILANO", "REG_PIEMONTE", text("20"))]
    );
    assert_eq!(
        done(&of("REG_PIEMONTE")),
        [
            (Relation::Received, "CU_DST", "REG_PIEMONTE", text("7")),
            (Relation::Received, "DCM_MILANO", "REG_PIEMONTE", text("20")),
            (Relation::Inside, "PRV_TORINO", "PRV_ASTI", text("8"))
        ]
    );
    assert_eq!(
        done(&of("PRV_TORINO")),
        [(Relation::Given, "PRV_TORINO", "PRV_ASTI", text("8")), (Relation::Received, "DCM_MILANO", "PRV_TORINO", text("20"))]
    );
    assert_eq!(done(&of("DCM_MILANO")), [(Relation::Given, "DCM_MILANO", "REG_PIEMONTE", text("20"))]);
    assert_eq!(done(&of("REG_LIGURIA")), []);
    // What names no helper is shown as such, wherever its office is.
    let unnamed = |structure| of(structure).unnamed;
    assert_eq!(
        [unnamed("NAZ"), unnamed("PRV_CUNEO"), unnamed("PRV_ASTI"), unnamed("REG_LIGURIA")],
        [Some(Exact::from(5)), Some(Exact::from(5)), Some(Exact::zero()), None]
    );
}

#[test]
fn the_indicator_is_what_a_structure_does_for_others() {
    let facts = march();
    let given = |structure| measured(&plan(), &facts, "production.subsidiarity", structure, "2021-03-ytd");
    assert_eq!(given("NAZ"), Ok(Exact::from(17)), "between regions: the help within Piemonte is its own affair");
    assert_eq!(given("DCM_MILANO"), Ok(Exact::from(10)));
    assert_eq!(given("PRV_TORINO"), Ok(Exact::from(4)), "an office helps its neighbours too");
    assert!(given("REG_PIEMONTE").is_err(), "it only receives");
    assert!(measured(&plan(), &facts, "production.subsidiarity", "NAZ", "2021-04").is_err());
}

/// The derivation of what a region gives goes down to the pieces of each product, with the coefficient of their month.
#[test]
fn a_pair_is_taken_apart_down_to_its_facts() {
    let plan = plan_with(&[("coefficients.csv", "INCOME_SUPPORT,2021-03,2.0000\n")], &[]);
    let facts = march();
    let state = State::of(&bundled().with([plan.clone()]), &facts);
    let period = "2021-03-ytd".parse().unwrap();
    let query =
        Query { plan: &plan, facts: &facts, structure: "DCM_MILANO", period, quantities: &facts::QUANTITIES, detail: Detail::Derivation };
    let given = subsidiarity::given(&Asked::new(query, &state), "x");
    let pair = &given.explanation.inputs[0];
    assert_eq!((pair.label.as_str(), pair.value.clone()), ("DCM Milano per Piemonte", Some(Exact::from(20))));
    let product = &pair.inputs[0];
    assert_eq!((product.label.as_str(), product.value.clone()), ("Ammortizzatori sociali", Some(Exact::from(20))));
    assert_eq!(product.inputs[0].value, Some(Exact::from(10)), "ten pieces");
    assert_eq!(product.inputs[1].value, Some(Exact::from(2)), "of two hours from March on");
    assert!(
        matches!(&product.inputs[0].source, Some(Source::Fact { structure, subject, .. }) if structure == "PRV_TORINO" && subject == "INCOME_SUPPORT:to:FM_MILANO"),
        "{:?}",
        product.inputs[0]
    );
}

/// Annex 2021, slide 12 and quarterly objectives: 133,629 points, of which 20, 50 and 70 % by the first three quarters.
#[test]
fn what_is_due_follows_the_quarters_of_the_plan() {
    let facts = in_force(handed(1, "REG_TOSCANA_X", "REG_MOLISE_X", "INCOME_SUPPORT", "2021-03", 1).to_vec());
    let due = |period: &str| {
        let of = seen(&plan(), &facts, "NAZ", period);
        let pair =
            of.pairs.iter().find(|pair| (pair.helper.as_str(), pair.helped.as_str()) == ("REG_MOLISE", "REG_TOSCANA")).unwrap().clone();
        assert_eq!(pair.planned, Some(Exact::from(12_520)), "{period}");
        assert_eq!((pair.actual, pair.deviation), (None, None), "codes that no plan has are nobody");
        pair.due.map(|due| due.decimal_text(4))
    };
    for (period, expected) in [
        ("2021-03-ytd", Some("2504")),
        ("2021-06-ytd", Some("6260")),
        ("2021-09-ytd", Some("8764")),
        ("2021", Some("12520")),
        ("2021-12-ytd", Some("12520")),
        ("2021-Q3", Some("2504")),
        ("2021-05", None),
    ] {
        assert_eq!(due(period).as_deref(), expected, "{period}");
    }
    let planned = |structure: &str| {
        seen(&plan(), &facts, structure, "2021").pairs.into_iter().map(|pair| (pair.relation, pair.helper, pair.helped)).collect::<Vec<_>>()
    };
    assert_eq!(planned("NAZ").len(), 40, "slide 12 has 40 pairs");
    assert_eq!(
        planned("REG_UMBRIA"),
        [(Relation::Given, "REG_UMBRIA".into(), "DCM_ROMA".into()), (Relation::Received, "CU_PROGETTO_ECO".into(), "REG_UMBRIA".into())]
    );
}

#[test]
fn a_pair_is_judged_by_what_is_due() {
    let mut recorded = handed(1, "FM_ROMA_CENTRO_X", "PRV_PERUGIA", "INCOME_SUPPORT", "2021-03", 1).to_vec();
    let branch = plan()
        .structures()
        .iter()
        .find(|structure| structure.parent.as_deref() == Some("DCM_ROMA") && structure.code.starts_with("FM_"))
        .unwrap()
        .code
        .clone();
    recorded.extend(handed(3, &branch, "PRV_PERUGIA", "INCOME_SUPPORT", "2021-03", 344));
    let of = seen(&plan(), &in_force(recorded), "REG_UMBRIA", "2021-03-ytd");
    let pair = &of.pairs[0];
    // 1,376 planned, a fifth of it due by March: 275.2; 344 done.
    assert_eq!((pair.due.clone(), pair.actual.clone()), (Some(ratio(2_752, 10)), Some(Exact::from(344))));
    assert_eq!(pair.deviation, Some(Exact::from(25)));
    assert_eq!(pair.provenance, Some(Provenance::Submitted));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    /// Random batches that record, correct and withdraw help, with an office that moves and a coefficient that changes: what is kept step
    /// by step is what the facts say; and what one gives another receives.
    #[test]
    fn what_is_kept_is_what_the_facts_say(history in prop::collection::vec(prop::collection::vec((0usize..4, 0usize..4, 0usize..2, 1u8..6, 0i64..1_000), 1..10), 1..5)) {
        const OFFICES: [&str; 4] = ["PRV_TORINO", "PRV_ASTI", "PRV_IMPERIA", "FM_MILANO"];
        let row = include_str!("../../../plan/plans/inps-2021/structures.csv").lines().find(|row| row.starts_with("PRV_ASTI,")).unwrap();
        let moved = "PRV_ASTI,Asti,province,REG_PIEMONTE,,2021-03,,,\nPRV_ASTI,Asti,province,REG_LIGURIA,2021-04,,,,";
        let plan = plan_with(&[("coefficients.csv", "INCOME_SUPPORT,2021-03,0.7501\n")], &[("structures.csv", row, moved)]);
        let plans = bundled().with([plan.clone()]);
        let (mut facts, mut state) = (Facts::default(), State::new(&plans));
        for (batch, (sequence, provenance)) in history.iter().zip((1i64..).zip(Provenance::ALL.into_iter().cycle())) {
            let rows = batch.iter().filter(|(helped, helper, ..)| helped != helper).zip(1..).map(|((helped, helper, product, month, pieces), line)| {
                let pieces = (*pieces > 100).then_some(*pieces);
                let mut part = fact(line, OFFICES[*helped], &Part::HandedTo(OFFICES[*helper]).subject(PRODUCTS[*product]), &format!("2021-{month:02}"), &[]);
                part.values.set(facts::TRANSFERRED_OUT, pieces);
                part
            });
            let rows: Vec<Fact> = rows.collect();
            facts.take_followed(sequence, Batch { id: format!("b{sequence}"), provenance }, rows, 4_096, &mut |facts, changes| state.follow_all(facts, changes));
        }
        let again = State::of(&plans, &facts);
        for period in ["2021-03", "2021-04", "2021-05-ytd"] {
            let pairs = |state: &State, structure| {
                let query = Query { plan: &plan, facts: &facts, structure, period: period.parse().unwrap(), quantities: &facts::QUANTITIES, detail: Detail::Figure };
                subsidiarity::of(&Asked::new(query, state), "x").pairs.into_iter().filter(|pair| pair.actual.is_some()).collect::<Vec<_>>()
            };
            for structure in ["NAZ", "REG_PIEMONTE", "REG_LIGURIA", "PRV_ASTI"] {
                prop_assert_eq!(pairs(&state, structure), pairs(&again, structure), "{} {}", structure, period);
            }
            for structure in ["NAZ", "REG_PIEMONTE", "REG_LIGURIA", "PRV_ASTI"] {
                let given = |detail| {
                    let period = period.parse().unwrap();
                    let query = Query { plan: &plan, facts: &facts, structure, period, quantities: &facts::QUANTITIES, detail };
                    let given = subsidiarity::given(&Asked::new(query, &state), "x");
                    (given.value.ok(), given.explanation.provenance(), given.explanation.inputs)
                };
                let (figure, derived) = (given(Detail::Figure), given(Detail::Derivation));
                prop_assert_eq!((&figure.0, figure.1), (&derived.0, derived.1), "{} {}", structure, period);
                prop_assert!(derived.2.iter().all(|pair| !pair.inputs.is_empty()), "every pair is taken apart, {} {}", structure, period);
            }
            let sum = |pairs: &[subsidiarity::Pair], relation| pairs.iter().filter(|pair| pair.relation == relation).filter_map(|pair| pair.actual.as_ref()).sum::<Exact>();
            let regions = ["REG_PIEMONTE", "REG_LIGURIA", "DCM_MILANO"].map(|region| pairs(&state, region));
            let inside = sum(&pairs(&state, "NAZ"), Relation::Inside);
            prop_assert_eq!(regions.iter().map(|pairs| sum(pairs, Relation::Given)).sum::<Exact>(), inside.clone());
            prop_assert_eq!(regions.iter().map(|pairs| sum(pairs, Relation::Received)).sum::<Exact>(), inside);
        }
    }
}

//! The statement of a responsibility centre, and the allocation of shared costs.

use piramide_domain::Facts;
use piramide_finance::asked::Asked;
use piramide_finance::costs::{CostStatement, statement};
use piramide_measure::Exact;
use piramide_plan::{Plan, packages};
use proptest::prelude::*;

use crate::support::{amount_of, exact, in_force, plan, query};

const HEADER: &str = "rule,label,source,receiver,weight,driver,note\n";

/// The plan of 2021 with rules of allocation.
fn with_rules(rules: &str) -> Plan {
    let (_, mut files) = packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap();
    files.insert("allocations.csv".into(), format!("{HEADER}{rules}").into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

fn drawn<'a>(query: &Asked<'a>) -> CostStatement<'a> {
    statement(query).unwrap()
}

fn costs() -> Facts {
    in_force(vec![
        amount_of("PRV_TORINO", 1, "PRODUCTION_STAFF", "2021-03", 70_000),
        amount_of("PRV_TORINO", 2, "OTHER_PREMISES", "2021-04", 20_000),
        amount_of("PRV_LECCE", 3, "INDIRECT_SERVICES", "2021-04", 10_000),
        amount_of("CU_DG", 4, "INDIRECT_STAFF", "2021-05", 10_001),
        amount_of("PRV_TORINO", 5, "ECA", "2021-05", 420_000),
        amount_of("PRV_TORINO", 6, "COST_POINTS", "2021-05", 300),
        amount_of("PRV_LECCE", 7, "COST_POINTS", "2021-05", 600),
    ])
}

#[test]
fn costs_stand_by_destination_and_by_nature() {
    let (plan, facts) = (plan("inps-2021"), costs());
    let drawn = drawn(&query(plan, &facts, "REG_PIEMONTE", "2021"));
    let line = |code: &str| drawn.lines.iter().find(|line| line.item.code == code).unwrap().amount.value.clone().ok();
    assert_eq!(
        (line("TOTAL_COSTS"), line("DIRECT_COSTS"), line("PRODUCTION_COSTS")),
        (Some(exact("900")), Some(exact("900")), Some(exact("700")))
    );
    assert_eq!(line("INDIRECT_COSTS"), None, "missing is not zero");
    let nature = |name: &str| drawn.natures.iter().find(|(nature, _)| *nature == name).unwrap().1.value.clone().ok();
    assert_eq!((nature("Personale"), nature("Immobili"), nature("Spese legali")), (Some(exact("700")), Some(exact("200")), None));
    let ratio = |code: &str| drawn.whole.ratios.iter().find(|ratio| ratio.indicator.code == code).unwrap();
    assert_eq!(ratio("finance.profitability").judged.actual.clone().unwrap().rounded(2), "4.67");
    assert_eq!(ratio("finance.production_cost_share").judged.actual.clone().unwrap().rounded(2), "77.78");
    // Allegato Tecnico, "Il Conto Economico": Piemonte, cluster D, 4,03.
    assert_eq!(ratio("finance.profitability").judged.target.clone().unwrap().rounded(2), "4.03");
    assert_eq!(ratio("finance.cost_per_point").judged.actual.clone().unwrap(), exact("300"));
}

#[test]
fn a_total_that_is_recorded_alone_holds_its_accounts() {
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "TOTAL_COSTS", "2021", 100_000),
        amount_of("PRV_TORINO", 2, "PRODUCTION_STAFF", "2021", 70_000),
        amount_of("PRV_ASTI", 3, "PRODUCTION_STAFF", "2021", 1_000),
    ]);
    let drawn = drawn(&query(plan("inps-2021"), &facts, "REG_PIEMONTE", "2021"));
    assert_eq!(drawn.whole.own.value, Ok(exact("1010")));
}

#[test]
fn shared_costs_go_down_the_steps_to_the_cent() {
    let plan = with_rules(
        "DG,Direzione generale sui punti,CU_DG,REG_PIEMONTE,,COST_POINTS,\nDG,Direzione generale sui punti,CU_DG,REG_PUGLIA,,COST_POINTS,\n\
         PIE,Piemonte ai vicini,REG_PIEMONTE,REG_LIGURIA,1,,\nPIE,Piemonte ai vicini,REG_PIEMONTE,REG_VALLE_D_AOSTA,2,,\n",
    );
    let facts = costs();
    let nation = drawn(&query(&plan, &facts, "NAZ", "2021"));
    let passed: Vec<(&str, &str, i64, i64)> =
        nation.passed.iter().map(|part| (part.rule.rule.as_str(), part.receiver.structure.as_str(), part.whole, part.cents)).collect();
    assert_eq!(
        passed,
        [
            ("DG", "REG_PIEMONTE", 10_001, 3_334),
            ("DG", "REG_PUGLIA", 10_001, 6_667),
            // What was recorded in Piedmont and what it received.
            ("PIE", "REG_LIGURIA", 93_334, 31_111),
            ("PIE", "REG_VALLE_D_AOSTA", 93_334, 62_223),
        ]
    );
    let full = |code: &str| nation.below.iter().find(|below| below.structure.code == code).unwrap().full.clone().ok();
    assert_eq!((full("CU_DG"), full("REG_PIEMONTE")), (Some(Exact::zero()), Some(Exact::zero())), "all of it is passed on");
    assert_eq!((full("REG_PUGLIA"), full("REG_LIGURIA")), (Some(exact("166.67")), Some(exact("311.11"))));
    assert_eq!(nation.whole.full, nation.whole.own.value, "within the nation nothing comes or goes");
    let veneto = drawn(&query(&plan, &facts, "REG_VENETO", "2021"));
    assert!(veneto.passed.is_empty(), "a statement shows what touches it");
    assert_eq!((veneto.whole.received, veneto.whole.given), (None, None), "without costs, that nothing moves is missing, not zero");
    assert_eq!((nation.whole.received, nation.whole.given), (Some(Exact::zero()), Some(Exact::zero())));
}

#[test]
fn without_a_driver_nothing_is_passed_on_and_it_says_so() {
    let plan = with_rules("DG,Direzione generale sui punti,CU_DG,REG_PIEMONTE,,COST_POINTS,\nALT,Altro,CU_CGL,REG_PIEMONTE,1,,\n");
    let facts = in_force(vec![amount_of("CU_DG", 1, "INDIRECT_STAFF", "2021-05", 10_001)]);
    let nation = drawn(&query(&plan, &facts, "NAZ", "2021"));
    assert!(nation.passed.is_empty());
    let reasons: Vec<&str> = nation.undone.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, ["nessun peso: il criterio di ripartizione non è registrato, o è negativo", "nessun costo di CU_CGL da ripartire"]);
    assert_eq!(nation.whole.full, Ok(exact("100.01")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is recorded and passed on, every rule passes on all it has, and the structures of the nation cost together what was
    /// recorded: no cent is lost.
    #[test]
    fn allocation_conserves(
        amounts in prop::collection::vec(-100_000_000i64..100_000_000_000, 5),
        drivers in prop::collection::vec(1i64..1_000_000, 3),
        weights in prop::collection::vec(1u32..1_000_000, 2),
    ) {
        let plan = with_rules(&format!(
            "A,Sui punti,CU_DG,REG_PIEMONTE,,COST_POINTS,\nA,Sui punti,CU_DG,REG_PUGLIA,,COST_POINTS,\nA,Sui punti,CU_DG,REG_LAZIO,,COST_POINTS,\n\
             B,Ai vicini,REG_PIEMONTE,REG_LIGURIA,{}.5,,\nB,Ai vicini,REG_PIEMONTE,REG_PUGLIA,{},,\n",
            weights[0], weights[1]
        ));
        let offices = ["CU_DG", "PRV_TORINO", "PRV_LECCE", "PRV_GENOVA", "PRV_VITERBO"];
        let costs = offices.iter().zip(&amounts).zip(1..).map(|((office, cents), line)| amount_of(office, line, "INDIRECT_STAFF", "2021-06", *cents));
        let points = ["PRV_TORINO", "PRV_LECCE", "PRV_VITERBO"].iter().zip(&drivers).zip(10..);
        let points = points.map(|((office, points), line)| amount_of(office, line, "COST_POINTS", "2021-06", *points));
        let facts = in_force(costs.chain(points).collect());
        let nation = drawn(&query(&plan, &facts, "NAZ", "2021"));
        for rule in plan.costs().allocations() {
            let parts: Vec<_> = nation.passed.iter().filter(|part| part.rule.rule == rule.rule).collect();
            prop_assert_eq!(parts.iter().map(|part| part.cents).sum::<i64>(), parts.first().map_or(0, |part| part.whole));
        }
        let sum: Exact = nation.below.iter().filter_map(|below| below.full.clone().ok()).sum();
        prop_assert_eq!(Ok(sum), nation.whole.own.value.clone());
        prop_assert_eq!(nation.whole.full, nation.whole.own.value);
    }
}

//! Standard costs: the index of a cluster, its contributions, and what is printed.

use std::fmt::Write as _;

use piramide_finance::standard_costs::{Values, standard};
use piramide_measure::{Exact, Period};
use piramide_plan::{Plan, packages};
use proptest::prelude::*;

use crate::support::{amount_of, exact, in_force, plan, query};

const CLUSTERS: [&str; 4] = ["A", "B", "C", "D"];

#[test]
fn the_mean_of_the_index_in_a_cluster_is_exactly_100() {
    let (plan, facts) = (plan("inps-2021"), in_force(Vec::new()));
    for cluster in CLUSTERS {
        let members = plan.clusters().members("finance", cluster);
        let indices: Vec<Exact> = members
            .iter()
            .map(|member| {
                let own = standard(&query(plan, &facts, member, "2021"), Values::Budget);
                let contributions: Exact = own.elementary.iter().map(|line| line.contribution.clone().unwrap()).sum();
                assert_eq!(own.index.value.clone(), Ok(contributions), "contributions sum to the index");
                assert_eq!(own.coverage, Exact::hundred());
                own.index.value.unwrap()
            })
            .collect();
        let count = Exact::from(i64::try_from(members.len()).unwrap());
        assert_eq!(Exact::quotient(&indices.iter().sum(), &count), Some(Exact::hundred()), "{cluster}");
    }
}

/// The index that the Piano prints beside the one that Tabella C gives with equal weights. They differ, since the weights are not printed:
/// the table is there to be read, and to show when they are known.
#[test]
fn the_printed_index_beside_the_computed_one() {
    let (plan, facts) = (plan("inps-2021"), in_force(Vec::new()));
    let mut text = String::from(
        "Piano della performance 2021-2023, Allegato Tecnico, \"L'Indicatore dei costi standard\" e Tabella C\n\
         Indice sintetico dei costi standard, budget 2021, pesi uguali perché non stampati\n\n",
    );
    writeln!(text, "{:<4}{:<28}{:>10}{:>10}{:>12}", "", "", "published", "computed", "difference").unwrap();
    for cluster in CLUSTERS {
        for member in plan.clusters().members("finance", cluster) {
            let computed = standard(&query(plan, &facts, member, "2021"), Values::Budget).index.value.unwrap();
            let printed = plan.target("finance.standard_cost_index", member, Period::Year(2021)).unwrap().target;
            let difference = &computed - &printed;
            writeln!(text, "{cluster:<4}{member:<28}{:>10}{:>10}{:>12}", printed.rounded(2), computed.rounded(2), difference.rounded(2))
                .unwrap();
        }
    }
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}

#[test]
fn what_is_recorded_is_a_ratio_of_sums_and_what_is_missing_leaves_its_weight() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![
        amount_of("PRV_TORINO", 1, "STD_LIGHTING_PER_SQM_COST", "2021-02", 30_000),
        amount_of("PRV_TORINO", 2, "STD_NET_SQM", "2021-02", 1_000),
        amount_of("PRV_ASTI", 3, "STD_LIGHTING_PER_SQM_COST", "2021-02", 10_000),
        amount_of("PRV_ASTI", 4, "STD_NET_SQM", "2021-02", 3_000),
        amount_of("PRV_VERONA", 5, "STD_LIGHTING_PER_SQM_COST", "2021-02", 30_000),
        amount_of("PRV_VERONA", 6, "STD_NET_SQM", "2021-02", 1_000),
    ]);
    let own = standard(&query(plan, &facts, "REG_PIEMONTE", "2021"), Values::Actuals);
    let lighting = own.elementary.iter().find(|line| line.cost.code == "LIGHTING_PER_SQM").unwrap();
    assert_eq!(
        (lighting.value.value.clone().unwrap(), lighting.mean.clone()),
        (exact("10"), Some(exact("20"))),
        "400 euro over 40 square metres"
    );
    assert_eq!((own.index.value.clone().unwrap(), lighting.weight.clone()), (exact("50"), Some(Exact::hundred())));
    assert_eq!(lighting.best, Some(("REG_PIEMONTE".to_owned(), exact("10"))));
    assert_eq!(own.coverage.rounded(2), "4.76", "one of 21");
    let nation = standard(&query(plan, &facts, "NAZ", "2021"), Values::Actuals);
    assert!(nation.index.value.is_err() && nation.cluster.is_empty(), "the nation has no peers");
}

fn weighted(weights: &[i64]) -> Plan {
    let (_, mut files) = packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap();
    let text = String::from_utf8(files["standard_costs.csv"].clone()).unwrap();
    let mut reader = csv_rows(&text);
    let total: i64 = weights.iter().sum();
    assert_eq!(total, 100, "weights sum to 100");
    for (row, weight) in reader.iter_mut().skip(1).zip(weights) {
        row[8] = weight.to_string();
    }
    let joined: Vec<String> = reader.iter().map(|row| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",")).collect();
    files.insert("standard_costs.csv".into(), format!("{}\n", joined.join("\n")).into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The cells of a table whose quotes enclose whole cells.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| {
        let (mut cells, mut cell, mut within) = (Vec::new(), String::new(), false);
        for character in line.chars() {
            match character {
                '"' => within = !within,
                ',' if !within => cells.push(std::mem::take(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(cell);
        cells
    };
    text.lines().map(row).collect()
}

fn quoted(cell: &str) -> String {
    if cell.contains(',') { format!("\"{cell}\"") } else { cell.to_owned() }
}

#[test]
fn weights_of_the_plan_are_used() {
    // All the weight on the first two indicators, the least that a weight may be on the others.
    let mut weights = vec![1; 21];
    weights[0] = 80;
    let (plan, facts) = (weighted(&weights), in_force(Vec::new()));
    let own = standard(&query(&plan, &facts, "REG_UMBRIA", "2021"), Values::Budget);
    assert_eq!(own.elementary[0].weight, Some(exact("80")));
    let mean: Exact = plan
        .clusters()
        .members("finance", "A")
        .iter()
        .map(|member| standard(&query(&plan, &facts, member, "2021"), Values::Budget).index.value.unwrap())
        .sum();
    assert_eq!(mean, exact("500"), "whatever the weights, the mean of the cluster is 100");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is recorded everywhere in a cluster, the mean of its index is 100 exactly, and who costs less has the lower index.
    #[test]
    fn a_cluster_compares_with_itself(costs in prop::collection::vec(1i64..1_000_000_000, 5)) {
        let plan = plan("inps-2021");
        let offices = ["PRV_AOSTA", "PRV_TRENTO", "PRV_PERUGIA", "PRV_CAMPOBASSO", "PRV_POTENZA"];
        let regions = ["REG_VALLE_D_AOSTA", "REG_TRENTINO_ALTO_ADIGE", "REG_UMBRIA", "REG_MOLISE", "REG_BASILICATA"];
        let facts = offices.iter().zip(&costs).zip(1..).flat_map(|((office, cents), line)| {
            [amount_of(office, line, "STD_TOC_PER_CAPITA_COST", "2021-02", *cents), amount_of(office, line + 100, "STD_HEADS", "2021-02", 1_000)]
        });
        let facts = in_force(facts.collect());
        let base = query(plan, &facts, "NAZ", "2021");
        let indices: Vec<Exact> =
            regions.iter().map(|region| standard(&base.of_structure(region), Values::Actuals).index.value.unwrap()).collect();
        prop_assert_eq!(indices.iter().sum::<Exact>(), Exact::from(500));
        for (left, cost) in indices.iter().zip(&costs) {
            for (right, other) in indices.iter().zip(&costs) {
                prop_assert_eq!(left.cmp(right), cost.cmp(other));
            }
        }
    }
}

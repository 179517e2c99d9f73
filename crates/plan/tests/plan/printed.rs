//! Totals of the bundled plans against the totals that were printed: parts sum to their whole, and what misses is known.

use piramide_measure::{Exact, Period};
use piramide_plan::{Item, Plan};

use crate::support::bundled;

/// Regional directorates and metropolitan coordinations: the columns of Tabella B.
const COLUMNS: usize = 23;

fn target(plan: &Plan, indicator: &str, structure: &str) -> Option<Exact> {
    plan.target(indicator, structure, Period::Year(plan.first_month().year())).map(|reference| reference.target)
}

/// Cells of Tabella B printed as a dash, or left blank (Liguria): the sums confirm that they are zeros, and a zero is no target.
const DASHES: [(&str, &[&str]); 6] = [
    ("INTEREST", &["REG_BASILICATA"]),
    ("INTEREST_PENSION", &["REG_BASILICATA"]),
    ("INTEREST_INCOME_SUPPORT", &["REG_BASILICATA"]),
    ("INTEREST_CARE", &["REG_BASILICATA", "REG_TRENTINO_ALTO_ADIGE", "REG_VALLE_D_AOSTA"]),
    ("UNDUE_CARE", &["REG_TRENTINO_ALTO_ADIGE", "REG_VALLE_D_AOSTA"]),
    ("SUBROGATION_PENSION", &["REG_LAZIO", "REG_LIGURIA", "REG_MOLISE", "REG_VALLE_D_AOSTA"]),
];
/// The same for subrogation of care benefits, which nine structures do not have.
const WITHOUT_SUBROGATION_CARE: [&str; 9] = [
    "REG_BASILICATA",
    "REG_LAZIO",
    "REG_LIGURIA",
    "REG_MOLISE",
    "REG_SICILIA",
    "REG_TRENTINO_ALTO_ADIGE",
    "REG_VALLE_D_AOSTA",
    "DCM_ROMA",
    "DCM_NAPOLI",
];

fn is_dash(item: &str, structure: &str) -> bool {
    DASHES.iter().any(|(of, structures)| *of == item && structures.contains(&structure))
        || (item == "SUBROGATION_CARE" && WITHOUT_SUBROGATION_CARE.contains(&structure))
}

/// What the plan sets for an item; the dashes of the print are zeros, and nothing else may be missing.
fn of_item(plan: &Plan, item: &Item, structure: &str) -> Exact {
    let code = if item.parent.is_none() { "finance.ieep".to_owned() } else { format!("finance.ieep.{}", item.code.to_lowercase()) };
    match target(plan, &code, structure) {
        Some(target) => target,
        None if is_dash(&item.code, structure) => Exact::zero(),
        None => panic!("{code} has no target for {structure}"),
    }
}

fn territory(plan: &Plan) -> Vec<&str> {
    let columns: Vec<&str> = plan
        .structures()
        .iter()
        .filter(|structure| structure.code.starts_with("REG_") || structure.code.starts_with("DCM_"))
        .map(|structure| structure.code.as_str())
        .collect();
    assert_eq!(columns.len(), COLUMNS);
    columns
}

/// How far the items under one are from it, with their signs.
fn missing_from_parent(plan: &Plan, item: &Item, structure: &str) -> Exact {
    let children = plan.items().children(&item.code);
    let sum: Exact = children.iter().map(|child| of_item(plan, child, structure) * Exact::from(i64::from(child.sign))).sum();
    of_item(plan, item, structure) - sum
}

fn inner(plan: &Plan) -> Vec<&Item> {
    plan.items().iter().filter(|item| !plan.items().children(&item.code).is_empty()).collect()
}

/// Within the euro that printing each number rounded may cost.
#[test]
fn in_tabella_b_the_items_sum_to_their_parents_in_every_structure() {
    let plan = bundled("inps-2021");
    for structure in territory(&plan).into_iter().chain(["NAZ"]) {
        for item in inner(&plan) {
            let gap = missing_from_parent(&plan, item, structure);
            assert!(gap.abs() <= Exact::from(1), "{} of {structure} is {} away from its items", item.code, gap.decimal_text(2));
        }
    }
}

#[test]
fn in_tabella_b_the_structures_sum_to_the_nation_within_a_euro() {
    let plan = bundled("inps-2021");
    for item in plan.items().iter() {
        let sum: Exact = territory(&plan).into_iter().map(|structure| of_item(&plan, item, structure)).sum();
        let gap = of_item(&plan, item, "NAZ") - sum;
        assert!(gap.abs() <= Exact::from(1), "{} misses the nation by {}", item.code, gap.decimal_text(2));
    }
}

/// Piano della performance 2021-2023, allegato tecnico, slide 14 and Tabella B, national column, typed from the print.
#[test]
fn the_national_column_of_tabella_b_is_as_printed() {
    let plan = bundled("inps-2021");
    for (item, printed) in [
        ("IEEP", 10_957_463_637i64),
        ("REVENUE", 8_855_168_560),
        ("FLOWS", 7_771_469_473),
        ("ASSESS", 733_979_071),
        ("LESS_BENEFITS", 271_148_517),
        ("ECA", 78_571_500),
        ("BENEFITS", 2_102_295_076),
        ("INTEREST", 9_510_267),
        ("UNDUE", 1_713_809_883),
        ("SUBROGATION", 31_746_115),
        ("REDEMPTION", 357_773_597),
        ("RETIREMENT", 8_475_748),
    ] {
        assert_eq!(of_item(&plan, plan.items().get(item).unwrap(), "NAZ"), Exact::from(printed), "{item}");
    }
}

/// Piano della performance 2021-2023, "I risultati finanziari" (slide 27): in print the items miss their totals by a rounding of 1 euro;
/// the total of lower expenditure is printed with two digits swapped, and the plan keeps what the national total implies.
#[test]
fn the_items_of_2020_sum_to_their_parents_within_a_euro() {
    let plan = bundled("inps-2020");
    for item in inner(&plan) {
        let gap = missing_from_parent(&plan, item, "NAZ");
        assert!(gap.abs() <= Exact::from(1), "{} is {} away from its items", item.code, gap.decimal_text(2));
    }
    assert_eq!(target(&plan, "finance.ieep", "NAZ"), Some(Exact::from(8_264_355_659i64)));
    let printed = Exact::from(1_946_562_022i64);
    let gap = target(&plan, "finance.ieep.expenditure", "NAZ").unwrap() - printed;
    assert_eq!(gap, Exact::from(18_000_000), "the printed total has two digits swapped");
}

/// Produzione 2020 and Il Piano di Produzione 2021: the areas, less inspection, are the total; the areas hold inspection.
#[test]
fn the_areas_of_the_production_plan_sum_to_the_total_net_of_inspection() {
    for (name, inspection) in [("inps-2020", 80_185), ("inps-2021", 49_293)] {
        let plan = bundled(name);
        let areas = plan.catalogue().children("TOTAL").into_iter().filter(|node| node.kind == piramide_plan::NodeKind::Area);
        let sum: Exact = areas.filter_map(|area| target(&plan, &format!("production.homogenised_points.{}", area.code), "NAZ")).sum();
        let total = target(&plan, "production.homogenised_points", "NAZ").unwrap();
        let gap = sum - total - Exact::from(inspection);
        assert!(gap.abs() <= Exact::from(1), "{name} misses its total by {}", gap.decimal_text(2));
    }
}

/// The economic statement by responsibility centre: each ratio has the national target and one for each structure of Tabella B.
#[test]
fn the_cost_targets_cover_the_territory() {
    let plan = bundled("inps-2021");
    for (code, national) in [
        ("finance.profitability", "4.2"),
        ("finance.direct_cost_share", "93.35"),
        ("finance.production_cost_share", "87.53"),
        ("finance.cost_per_point", "129.27"),
    ] {
        assert_eq!(target(&plan, code, "NAZ").map(|days| days.decimal_text(2)).as_deref(), Some(national), "{code}");
        for structure in territory(&plan) {
            assert!(target(&plan, code, structure).is_some(), "{code} of {structure}");
        }
    }
}

/// Annex, "Obiettivi di Efficienza": staff in production, of which Campania is set apart from its cluster, and staff of regional offices.
#[test]
fn the_staff_shares_cover_the_territory() {
    let plan = bundled("inps-2021");
    let printed = |code: &str, exceptions: &[(&str, &str)], others: &str| {
        for structure in territory(&plan) {
            let expected = exceptions.iter().find(|(of, _)| *of == structure).map_or(others, |(_, share)| share);
            let found = target(&plan, code, structure).map(|share| share.decimal_text(2));
            assert_eq!(found.as_deref(), Some(expected), "{code} of {structure}");
        }
    };
    let production = [
        ("DCM_ROMA", "82"),
        ("DCM_NAPOLI", "82"),
        ("REG_CAMPANIA", "83"),
        ("REG_CALABRIA", "83"),
        ("REG_PUGLIA", "83"),
        ("REG_SICILIA", "83"),
        ("REG_BASILICATA", "84"),
        ("REG_LAZIO", "86"),
    ];
    printed("workforce.production_staff_share", &production, "87");
    assert_eq!(target(&plan, "workforce.production_staff_share", "NAZ"), Some(Exact::from(86)));
    let cluster_1 = ["REG_VALLE_D_AOSTA", "REG_UMBRIA", "REG_MOLISE", "REG_BASILICATA"].map(|code| (code, "9"));
    let cluster_2 = ["REG_LIGURIA", "REG_FRIULI_VENEZIA_GIULIA", "REG_MARCHE", "REG_ABRUZZO", "REG_SARDEGNA"].map(|code| (code, "7"));
    let alone = [("REG_LAZIO", "11"), ("REG_TRENTINO_ALTO_ADIGE", "10"), ("REG_CAMPANIA", "6"), ("DCM_NAPOLI", "5"), ("DCM_ROMA", "4.5")];
    let regional: Vec<(&str, &str)> = cluster_1.into_iter().chain(cluster_2).chain(alone).collect();
    printed("workforce.regional_office_staff_share", &regional, "5.5");
}

/// Annex, slide 12: who helps whom in 2021, with the totals of each helper and of the nation as they are printed.
#[test]
fn subsidiarity_adds_up_to_what_is_printed() {
    const HELPERS: [(&str, i32); 10] = [
        ("CU_DST", 79_359),
        // Printed 5,686: its fifteen parts are rounded, and miss it by one.
        ("CU_PROGETTO_ECO", 5_685),
        ("CU_PROGETTO_TFS_TFR", 8_710),
        ("REG_ABRUZZO", 4_682),
        ("REG_CAMPANIA", 15_839),
        ("REG_FRIULI_VENEZIA_GIULIA", 2_130),
        ("REG_LIGURIA", 1_103),
        ("REG_MOLISE", 14_320),
        ("REG_PIEMONTE", 424),
        ("REG_UMBRIA", 1_376),
    ];
    let plan = bundled("inps-2021");
    let total = |helper: Option<&str>| -> Exact {
        let help = plan.levers().subsidiarity().filter(|help| helper.is_none_or(|helper| help.helper == helper));
        help.map(|help| &help.points).sum()
    };
    for (helper, points) in HELPERS {
        assert_eq!(total(Some(helper)), Exact::from(points), "{helper}");
    }
    // Printed 133,629, by the same unit.
    assert_eq!(total(None), Exact::from(133_628));
    // What one gives another receives.
    let both = plan.structures().iter().flat_map(|structure| plan.levers().of(&structure.code));
    assert_eq!(both.map(|lever| lever.points).sum::<Exact>(), Exact::zero());
}

//! The bundled plans: they load, and their trees read like the source.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use piramide_measure::{Exact, Month, Unit};
use piramide_plan::{
    Objective, Plan, Plans, StructureKind, TargetPeriod,
    package::{FILES, OPTIONAL},
};

use crate::support::bundled;

const NAMES: [&str; 3] = ["inps-2020", "inps-2021", "inps-2026"];

#[test]
fn the_bundled_plans_load_and_answer_for_their_years() {
    let plans = Plans::bundled().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(plans.iter().map(|plan| plan.name()).collect::<Vec<_>>(), NAMES);
    for (period, expected) in [
        ("2020", Some("inps-2020")),
        ("2020-13", Some("inps-2020")),
        ("2021-Q1", Some("inps-2021")),
        ("2022", None),
        ("2026-03", Some("inps-2026")),
        ("2027", None),
    ] {
        assert_eq!(plans.in_force(period.parse().unwrap()).map(|plan| plan.name()), expected, "{period}");
    }
}

/// The binary holds what the repository shows, whole.
#[test]
fn the_embedded_packages_are_the_folders() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let plans = Plans::load_folder(&folder).unwrap_or_else(|errors| panic!("{errors}"));
    let versions = |plans: &Plans| plans.iter().map(|plan| plan.version().to_owned()).collect::<Vec<_>>();
    assert_eq!(versions(&plans), versions(&Plans::bundled().unwrap()));
    for name in NAMES {
        let files: BTreeSet<String> =
            std::fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let files: BTreeSet<String> = files.into_iter().filter(|file| !OPTIONAL.contains(&file.as_str())).collect();
        assert_eq!(files, FILES.iter().map(|file| (*file).to_owned()).collect());
    }
}

/// Piano della performance 2021-2023, allegato tecnico, Tabella A: 20 regions, 3 metropolitan coordinations, 104 rows of provinces, 12
/// metropolitan branches; and the office of each regional or metropolitan directorate, whose staff has its own target.
#[test]
fn the_territory_has_the_structures_of_tabella_a() {
    for name in NAMES {
        let plan = bundled(name);
        let december = Month::new(2021, 12).unwrap();
        let count = |kind| plan.structures().descendants("NAZ", december).iter().filter(|structure| structure.kind == kind).count();
        let counts = [
            StructureKind::Region,
            StructureKind::MetropolitanCoordination,
            StructureKind::Province,
            StructureKind::MetropolitanBranch,
            StructureKind::RegionalOffice,
        ]
        .map(count);
        assert_eq!(counts, [20, 3, 104, 12, 23], "{name}");
        assert_eq!(plan.structures().root(december).map(|root| root.code.as_str()), Some("NAZ"));
        assert!(plan.structures().children("NAZ_NA", december).is_empty(), "facts of the nation only stand on a leaf");
    }
}

/// Allegato tecnico, "Il Conto Economico" and "Obiettivi di Efficienza".
#[test]
fn the_clusters_are_those_of_the_economic_tables() {
    let plan = bundled("inps-2021");
    let check = |purpose: &str, cluster: &str, expected: &[&str]| {
        assert_eq!(plan.clusters().members(purpose, cluster), expected, "{purpose} {cluster}");
    };
    assert_eq!(plan.clusters().purposes().collect::<Vec<_>>(), ["finance", "regional"]);
    check("finance", "A", &["REG_BASILICATA", "REG_MOLISE", "REG_TRENTINO_ALTO_ADIGE", "REG_UMBRIA", "REG_VALLE_D_AOSTA"]);
    check("finance", "B", &["REG_ABRUZZO", "REG_FRIULI_VENEZIA_GIULIA", "REG_LIGURIA", "REG_MARCHE", "REG_SARDEGNA"]);
    check("finance", "C", &["DCM_NAPOLI", "DCM_ROMA", "REG_CALABRIA", "REG_CAMPANIA", "REG_LAZIO", "REG_PUGLIA", "REG_SICILIA"]);
    check("regional", "1", &["REG_BASILICATA", "REG_MOLISE", "REG_UMBRIA", "REG_VALLE_D_AOSTA"]);
    assert_eq!(plan.clusters().cluster_of("finance", "DCM_MILANO"), Some("D"));
    assert_eq!(plan.clusters().cluster_of("regional", "REG_LAZIO"), None, "Lazio has a target of its own and no printed cluster");
}

/// Facts recorded under one plan are read under the others, so what they speak of must mean the same in all.
#[test]
fn subjects_mean_the_same_in_every_later_plan() {
    let plans = NAMES.map(bundled);
    for (earlier, later) in plans.iter().zip(plans.iter().skip(1)) {
        for product in earlier.catalogue().iter().filter(|product| product.counts_points() || product.counts_flow() || product.is_staff()) {
            let same = later.catalogue().product(&product.code).map(|other| (other.counts, other.inspection, other.kind));
            assert_eq!(same, Some((product.counts, product.inspection, product.kind)), "{} in {}", product.code, later.name());
        }
        for measure in earlier.measures().iter() {
            let same = later.measures().get(&measure.code).map(|other| (&other.domain, other.unit));
            assert_eq!(same, Some((&measure.domain, measure.unit)), "{} in {}", measure.code, later.name());
        }
        let leaves = earlier.items().iter().filter(|item| earlier.items().children(&item.code).is_empty());
        let lost: Vec<&str> = leaves.filter(|item| later.items().get(&item.code).is_none()).map(|item| item.code.as_str()).collect();
        assert!(lost.is_empty(), "{lost:?} have no item in {}", later.name());
        for structure in earlier.structures().iter() {
            assert!(later.structures().contains(&structure.code), "{} in {}", structure.code, later.name());
        }
    }
}

/// Nota preliminare 2026, 7.1: three clearance ratios of at least 1 for every structure of production, and no other number.
#[test]
fn the_note_of_2026_sets_three_clearance_targets_and_nothing_else() {
    let plan = bundled("inps-2026");
    let codes = ["production.clearance_ratio", "production.clearance_ratio.BENEFITS", "production.clearance_ratio.FLOWS"];
    for indicator in plan.indicators().iter() {
        let targets: Vec<_> = plan.targets().of_indicator(&indicator.code).collect();
        // The nation, 20 regions, 3 metropolitan coordinations, 104 provinces, 12 metropolitan branches.
        assert_eq!(targets.len(), if codes.contains(&indicator.code.as_str()) { 140 } else { 0 }, "{}", indicator.code);
        assert!(targets.iter().all(|(_, _, target)| target.value == Exact::from(1)), "{}", indicator.code);
    }
}

/// Allegato tecnico, "Il Piano di Produzione 2021": clearance of 1 or more in every area, confirmed; objective D asks 1.02 of the whole.
#[test]
fn every_area_and_structure_of_2021_has_its_clearance() {
    let plan = bundled("inps-2021");
    for part in ["", ".BENEFITS", ".INDIVIDUAL_ACCOUNT", ".FLOWS", ".OTHER_AREAS"] {
        let code = format!("production.clearance_ratio{part}");
        let year = |structure| plan.targets().get(&code, structure, TargetPeriod::Year).map(|target| target.value.clone());
        for structure in plan
            .structures()
            .iter()
            .filter(|structure| plan.targets().get("production.backlog_days.BENEFITS", &structure.code, TargetPeriod::Year).is_some())
        {
            let expected = if structure.code == "NAZ" && part.is_empty() { Exact::parse("1.02").unwrap() } else { Exact::from(1) };
            assert_eq!(year(&structure.code), Some(expected), "{code} of {}", structure.code);
        }
        for quarter in [TargetPeriod::Q1, TargetPeriod::Q2, TargetPeriod::Q3] {
            assert_eq!(
                plan.targets().get(&code, "NAZ", quarter).map(|target| target.value.clone()),
                Some(Exact::from(1)),
                "{code} by {quarter}"
            );
        }
    }
}

#[test]
fn days_waited_are_better_when_fewer() {
    for name in NAMES {
        let plan = bundled(name);
        for indicator in plan.indicators().iter().filter(|indicator| indicator.unit == Unit::Days) {
            assert_eq!(indicator.direction.code(), "lower_is_better", "{} of {name}", indicator.code);
        }
    }
}

fn branch(plan: &Plan, node: &Objective, depth: usize, text: &mut String) {
    const MOST: usize = 90;
    let weight = plan.objectives().effective_weight(&node.code).rounded(2);
    let mut label: String = node.label.chars().take(MOST).collect();
    if node.label.chars().count() > MOST {
        label.push('…');
    }
    let measured = node.indicator.as_deref().map(|code| {
        let target = plan.target(code, "NAZ", piramide_measure::Period::Year(plan.first_month().year()));
        let shown = target.map_or_else(|| "nessun obiettivo nazionale".to_owned(), |target| target.target.decimal_text(2));
        format!("  <- {code}: {shown}")
    });
    let weighting = node.weighting.map(|weighting| format!("  [{weighting}]")).unwrap_or_default();
    let tail = measured.unwrap_or_else(|| if node.weighting.is_none() { format!("  ({})", node.kind) } else { weighting });
    writeln!(text, "{weight:>7}  {}{label}{tail}", "    ".repeat(depth)).unwrap();
    for child in plan.objectives().children(&node.code) {
        branch(plan, child, depth + 1, text);
    }
}

fn tree(name: &str, source: &str) -> String {
    let plan = bundled(name);
    let mut text = format!("{source}\n{:>7}  nodo  [come pesa i nodi sotto]  <- indicatore: obiettivo nazionale dell'anno\n", "peso");
    branch(&plan, plan.objectives().root().unwrap(), 0, &mut text);
    text
}

#[test]
fn the_tree_of_2021_reads_like_the_source() {
    let source = "Piano della performance 2021-2023: \"Indice sintetico del valore pubblico\" (slide 87), \"Performance strategica di Ente - dettaglio pesi\", \"Declinazione annuale degli obiettivi generali di ente triennali\"";
    insta::assert_snapshot!("tree_2021", tree("inps-2021", source));
}

#[test]
fn the_tree_of_2020_reads_like_the_source() {
    let source =
        "Piano della performance 2021-2023, Risultati 2020: \"Risultato degli obiettivi specifici di ente\"; i pesi non sono pubblicati";
    insta::assert_snapshot!("tree_2020", tree("inps-2020", source));
}

#[test]
fn the_tree_of_2026_reads_like_the_source() {
    let source = "Nota preliminare al bilancio di previsione 2026: \"Linee guida gestionali 2026\" (1), \"Piano di produzione delle strutture territoriali\" (7); i pesi non sono pubblicati";
    insta::assert_snapshot!("tree_2026", tree("inps-2026", source));
}

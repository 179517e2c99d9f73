//! Incentives and printed figures of the dashboard: what their tables say, and every way they are refused.

use std::fs;

use piramide_measure::Exact;
use piramide_plan::{Compared, PublishedKind, WithoutCluster};

use crate::{
    dashboard::{AREAS, BUDGETS, INDICATORS, with},
    refusals::Case,
    support::{Files, bundled, changed, plan, put},
};

const INCENTIVES: &str = "code,label,node,reference,without_cluster,note\nSPECIAL,Speciale,WHOLE,previous_year,nation,\n";
const BANDS: &str = "incentive,from,below,positive,above_cluster,note
SPECIAL,,90,,10,
SPECIAL,90,100,,0,
SPECIAL,100,,true,0,
";
const PUBLISHED: &str = "node,figure,year,value,source,note
WHOLE,on_budget,2019,-0.71,Piano,
DAYS,measure,2019,26,Piano,
";

fn tables(incentives: &str, bands: &str, published: &str) -> Files {
    let tables = [("incentives.csv", incentives), ("incentive_bands.csv", bands), ("quality_published.csv", published)];
    put(with(AREAS, INDICATORS, BUDGETS), tables)
}

/// Every way these tables are refused.
pub(crate) fn cases() -> Vec<Case> {
    let incentive = |from, to, expected| Case { files: tables(&changed(INCENTIVES, from, to), BANDS, PUBLISHED), expected };
    let band = |from, to, expected| Case { files: tables(INCENTIVES, &changed(BANDS, from, to), PUBLISHED), expected };
    let printed = |from, to, expected| Case { files: tables(INCENTIVES, BANDS, &changed(PUBLISHED, from, to)), expected };
    vec![
        incentive(",WHOLE,", ",DAYS,", "incentives.csv:2 (node): there is no section or area DAYS in quality_areas.csv"),
        incentive("Speciale", "", "incentives.csv:2 (label): is empty"),
        incentive("previous_year", "last_year", "incentives.csv:2 (reference): \"last_year\" is not one of: budget, previous_year"),
        incentive(",nation,", ",region,", "incentives.csv:2 (without_cluster): \"region\" is not one of: nobody, nation"),
        incentive(
            "nation,\n",
            "nation,\nOTHER,Altro,WHOLE,budget,nobody,\n",
            "incentives.csv:3 (code): OTHER stands where an incentive with a band",
        ),
        band("SPECIAL,,90", "OTHER,,90", "incentive_bands.csv:2 (incentive): there is no incentive OTHER in incentives.csv"),
        band("SPECIAL,,90", "SPECIAL,0,90", "incentive_bands.csv:2 (from): 0 stands where nothing: the lowest band has no beginning"),
        band("SPECIAL,90,100", "SPECIAL,91,100", "incentive_bands.csv:3 (from): 91 stands where 90, where the band before ends,"),
        band("SPECIAL,90,100", "SPECIAL,90,80", "incentive_bands.csv:3 (below): 80 stands where more than 90 is expected"),
        band("SPECIAL,100,,true", "SPECIAL,100,110,true", "incentive_bands.csv:4 (below): \"110\" must not stand here: the highest band"),
        band(
            "SPECIAL,100,,true,0,\n",
            "SPECIAL,100,,true,0,\nSPECIAL,110,,true,0,\n",
            "incentive_bands.csv:5 (from): 110 stands where no other band, where the band before ends, is expected",
        ),
        band("90,,10,", "90,,,", "incentive_bands.csv:2 (above_cluster): is empty: say what is enough"),
        band("90,,10,", "90,,-10,", "incentive_bands.csv:2 (above_cluster): -10 stands where 0 or more is expected"),
        band(",true,", ",yes,", "incentive_bands.csv:4 (positive): \"yes\" is not one of: true, false"),
        printed("WHOLE,", "NOWHERE,", "quality_published.csv:2 (node): there is no node NOWHERE in quality_areas.csv"),
        printed("on_budget", "measure", "quality_published.csv:2 (figure): \"measure\" must not stand here: only an elementary indicator"),
        printed("on_budget,2019", "on_budget,19", "quality_published.csv:2 (year): \"19\" is not a year"),
        printed("-0.71", "", "quality_published.csv:2 (value): is empty"),
        printed("26,Piano", "26,", "quality_published.csv:3 (source): is empty"),
        printed(
            "26,Piano,\n",
            "26,Piano,\nDAYS,measure,2019,27,Piano,\n",
            "quality_published.csv:4 (year): measure of DAYS in 2019 stands already in line 3",
        ),
    ]
}

#[test]
fn the_tables_say_what_is_asked_of_whom() {
    let plan = plan(&tables(INCENTIVES, BANDS, PUBLISHED));
    let special = plan.incentives().get("SPECIAL").unwrap();
    assert_eq!((special.reference, special.without_cluster), (Compared::PreviousYear, WithoutCluster::Nation));
    let lines = |index: Option<&str>| {
        let index = index.map(|text| Exact::parse(text).unwrap());
        special.possible(index.as_ref()).into_iter().map(|band| band.line).collect::<Vec<_>>()
    };
    assert_eq!(
        (lines(Some("89.99999")), lines(Some("90")), lines(Some("99.99999")), lines(Some("100"))),
        (vec![2], vec![3], vec![3], vec![4])
    );
    assert_eq!(lines(None), [2, 3, 4], "any of them can hold");
    let printed: Vec<_> = plan.published().of("WHOLE").map(|figure| (figure.figure, figure.year, figure.value.decimal_text(2))).collect();
    assert_eq!(printed, [(PublishedKind::OnBudget, 2019, "-0.71".to_owned())]);
}

/// Every printed variation of the synthetic index and every printed service time stands in the bundled plans, digit by digit.
#[test]
fn the_bundled_plans_have_every_printed_figure() {
    let fixture = |name: &str| fs::read_to_string(format!("{}/../../tests/fixtures/2020/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let times = [
        ("PRIVATE_PENSIONS", "Q_PRIVATE_PENSIONS_TIME"),
        ("PUBLIC_PENSIONS", "Q_PUBLIC_PENSIONS_TIME"),
        ("NASPI", "Q_NASPI_TIME"),
        ("DURC_COMPLETED", "Q_DURC"),
        ("COMPANY_REGISTRATION_3_DAYS", "Q_COMPANY_3_DAYS"),
    ];
    let (variation, services) = (fixture("quality_variation.csv"), fixture("service_times.csv"));
    for name in ["inps-2020", "inps-2021"] {
        let plan = bundled(name);
        let mut compared = 0;
        let mut check = |node: &str, kind: PublishedKind, year: u16, printed: &str| {
            let found = plan.published().of(node).find(|figure| (figure.figure, figure.year) == (kind, year));
            assert_eq!(found.map(|figure| figure.value.clone()), Some(Exact::parse(printed).unwrap()), "{name} {node} {kind} {year}");
            compared += 1;
        };
        for row in variation.lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            let kind = if cells[0] == "budget" { PublishedKind::OnBudget } else { PublishedKind::OnPreviousYear };
            (2018..).zip(&cells[2..]).for_each(|(year, printed)| check("PRODUCTION", kind, year, printed));
        }
        for row in services.lines().skip(1) {
            let (code, cells) = (row.split(',').next().unwrap(), row.rsplit(',').take(2).collect::<Vec<_>>());
            if let Some((_, node)) = times.iter().find(|(known, _)| *known == code) {
                check(node, PublishedKind::Measure, 2019, cells[1]);
                check(node, PublishedKind::Measure, 2020, cells[0]);
            }
        }
        assert_eq!(compared, 16, "six variations and five services of two years");
    }
}

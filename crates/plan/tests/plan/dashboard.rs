//! The dashboard of quality: what its tables say, and every way they are refused.

use piramide_measure::{Exact, Month};
use piramide_plan::{DashboardNode, Plan};

use crate::{
    refusals::Case,
    support::{Files, bundled, changed, plan, put, small},
};

pub(crate) const AREAS: &str = "code,parent,label,weight,clusters,indicators,note
WHOLE,,Aree di produzione,,offices,3,
FAST,WHOLE,Tempi,75,,,
SURE,WHOLE,Certezza,25,,1,
";
pub(crate) const INDICATORS: &str = "code,area,label,weight,measure,direction,scale,cap,missing,over_months,fewest,when_few,need,note
DAYS,FAST,Giorni,,CARE,lower_is_better,,20,worst,last,30,leave_out,reddito,
LATER,FAST,Da definire,,,,,,,,,,,
SHARE,SURE,Quota,100,CARE,higher_is_better,absolute,,,,,,,
";
pub(crate) const BUDGETS: &str = "indicator,cluster,structure,value,note
DAYS,1,,12.5,
DAYS,,PRV_X,9,
SHARE,,NAZ,0,
";

/// The small plan with these three tables.
pub(crate) fn with(areas: &str, indicators: &str, budgets: &str) -> Files {
    put(small(), [("quality_areas.csv", areas), ("quality_indicators.csv", indicators), ("quality_budgets.csv", budgets)])
}

/// Every way the dashboard is refused.
pub(crate) fn cases() -> Vec<Case> {
    let area = |from, to, expected| Case { files: with(&changed(AREAS, from, to), INDICATORS, BUDGETS), expected };
    let indicator = |from, to, expected| Case { files: with(AREAS, &changed(INDICATORS, from, to), BUDGETS), expected };
    let budget = |from, to, expected| Case { files: with(AREAS, INDICATORS, &changed(BUDGETS, from, to)), expected };
    vec![
        area("FAST,WHOLE,Tempi,75", "FAST,WHOLE,Tempi,70", "quality_areas.csv:2 (code): the weights under WHOLE sum to 95"),
        area("Aree di produzione,,offices", "Aree di produzione,100,offices", "quality_areas.csv:2 (weight): \"100\" must not stand here"),
        area("offices,3", "nowhere,3", "quality_areas.csv:2 (clusters): there is no purpose nowhere in clusters.csv"),
        area("Certezza,25,,1", "Certezza,25,offices,1", "quality_areas.csv:4 (clusters): \"offices\" must not stand here"),
        area("offices,3", "offices,4", "quality_areas.csv:2 (indicators): WHOLE is said to have 4 indicators, 3 stand under it"),
        area("offices,3", "offices,tre", "quality_areas.csv:2 (indicators): \"tre\" is not a whole number"),
        area(
            "SURE,WHOLE,Certezza,25,,1,\n",
            "SURE,WHOLE,Certezza,25,,1,\nVOID,FAST,Vuota,,,,\n",
            "quality_areas.csv:5 (code): VOID has nothing under it",
        ),
        indicator("DAYS,FAST", "SURE,FAST", "quality_indicators.csv:2 (code): the area SURE stands already in line 4"),
        indicator("LATER,FAST", "LATER,SLOW", "quality_indicators.csv:3 (area): there is no area SLOW in quality_areas.csv"),
        indicator("Giorni,,CARE", "Giorni,,COSTS", "quality_indicators.csv:2 (measure): there is no measure of quality COSTS"),
        indicator("Giorni,,CARE", "Giorni,60,CARE", "quality_indicators.csv:3 (weight): is empty: its siblings have weights"),
        indicator(
            "Da definire,,,,",
            "Da definire,,,lower_is_better,",
            "quality_indicators.csv:3 (direction): \"lower_is_better\" must not",
        ),
        indicator("lower_is_better", "down", "quality_indicators.csv:2 (direction): \"down\" is not one of"),
        indicator(",worst,", ",best,", "quality_indicators.csv:2 (missing): \"best\" is not one of: reweight, worst"),
        indicator("last,30", "first,30", "quality_indicators.csv:2 (over_months): \"first\" is not one of: sum, last"),
        indicator("last,30", "last,-30", "quality_indicators.csv:2 (fewest): -30 must be above zero"),
        indicator("leave_out", "hide", "quality_indicators.csv:2 (when_few): \"hide\" is not one of: mark, leave_out"),
        budget("DAYS,1,", "DAY,1,", "quality_budgets.csv:2 (indicator): there is no indicator DAY in quality_indicators.csv"),
        budget("DAYS,1,", "FAST,1,", "quality_budgets.csv:2 (indicator): there is no indicator FAST in quality_indicators.csv"),
        budget(
            "DAYS,,PRV_X",
            "LATER,,PRV_X",
            "quality_budgets.csv:3 (indicator): \"LATER\" must not stand here: an indicator without a measure",
        ),
        budget("DAYS,1,", "DAYS,9,", "quality_budgets.csv:2 (cluster): there is no cluster 9 in clusters.csv"),
        budget("DAYS,,PRV_X", "DAYS,,PRV_Z", "quality_budgets.csv:3 (structure): there is no structure PRV_Z in structures.csv"),
        budget("DAYS,,PRV_X", "DAYS,1,PRV_X", "quality_budgets.csv:3 (structure): \"PRV_X\" must not stand here: a budget is that of"),
        budget("DAYS,,PRV_X", "DAYS,,", "quality_budgets.csv:3 (cluster): is empty: say whose budget it is"),
        budget("DAYS,,PRV_X", "DAYS,1,", "quality_budgets.csv:3 (cluster): the budget of DAYS for 1 stands already in line 2"),
        budget("12.5", "", "quality_budgets.csv:2 (value): is empty"),
        budget("DAYS,,PRV_X,9", "DAYS,,PRV_X,0", "quality_budgets.csv:3 (value): the target is zero"),
    ]
}

#[test]
fn the_tables_say_what_is_weighed_and_what_must_be_reached() {
    let plan = plan(&with(AREAS, INDICATORS, BUDGETS));
    let dashboard = plan.dashboard();
    let codes = |nodes: Vec<DashboardNode<'_>>| nodes.into_iter().map(|node| node.code().to_owned()).collect::<Vec<_>>();
    assert_eq!(codes(dashboard.children("WHOLE")), ["FAST", "SURE"]);
    assert_eq!(codes(dashboard.children("FAST")), ["DAYS", "LATER"]);
    assert_eq!((dashboard.weight("FAST"), dashboard.weight("LATER"), dashboard.weight("WHOLE")), (75.into(), 50.into(), 100.into()));
    assert_eq!(dashboard.section_of("DAYS").map(|section| section.code.as_str()), Some("WHOLE"));
    assert_eq!(dashboard.indicators_under("WHOLE").len(), 3);
    let budget = |indicator, office, month| {
        let month = Month::new(2021, month).unwrap();
        let holders = dashboard.holders(indicator, office, month, (plan.structures(), plan.clusters()));
        dashboard.budget(indicator, &holders).map(|budget| budget.value.clone())
    };
    assert_eq!(budget("DAYS", "PRV_X", 1), Some(Exact::from(9)), "its own");
    assert_eq!(budget("DAYS", "REG_A", 1), Exact::parse("12.5").ok(), "its cluster's");
    assert_eq!(budget("DAYS", "REG_B", 1), None);
    assert_eq!(budget("SHARE", "PRV_X", 1), Some(Exact::zero()), "that of the nation above it");
}

/// Piano della performance 2021-2023, "Obiettivi generali di ente triennali", notes under the tables A, B, G, H, I.
#[test]
fn the_groups_have_as_many_indicators_as_the_source_says() {
    let count = |plan: &Plan, area: &str| plan.dashboard().indicators_under(area).len();
    let plan = bundled("inps-2021");
    let groups = [
        ("SHOCK_ABSORBERS", 8),
        ("APPEALS_AREA", 4),
        ("CIVIL_INVALIDITY_AREA", 4),
        ("MEDICO_LEGAL_AREA", 11),
        ("CUSTOMER_CARE_AREA", 13),
        ("INDIVIDUAL_ACCOUNTS", 2),
    ];
    for (area, expected) in groups {
        assert_eq!(count(&plan, area), expected, "{area}");
        assert_eq!(plan.dashboard().area(area).and_then(|area| area.stated), Some(expected), "{area}");
    }
    for name in ["inps-2020", "inps-2021"] {
        let plan = bundled(name);
        assert_eq!(
            plan.dashboard().sections().map(|section| section.code.as_str()).collect::<Vec<_>>(),
            ["PRODUCTION", "MEDICAL", "LEGAL"]
        );
        for indicator in plan.dashboard().indicators().filter(|indicator| indicator.measure.is_none()) {
            assert!(indicator.label.contains("da definire dall'istituto"), "{}: {}", indicator.code, indicator.label);
        }
    }
}

//! A dashboard over the bundled territory, small enough to be reckoned by hand, and facts for it.

use std::{collections::BTreeMap, sync::LazyLock};

use piramide_domain::{Batch, Detail, Facts, Query};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::Plan;
use piramide_quality::{
    asked::Asked,
    facts,
    indices::{self, Against, Index},
};

/// Offices of two regions and three clusters; the last has none.
pub(crate) const OFFICES: [&str; 4] = ["PRV_TORINO", "PRV_ASTI", "PRV_PERUGIA", "PRV_CUNEO"];

const AREAS: &str = "code,parent,label,weight,clusters,indicators,note
PRODUCTION,,Aree di produzione,,quality,5,
PENSIONS,PRODUCTION,Pensioni,60,,,
CARE,PRODUCTION,Customer care,40,,,
";
const INDICATORS: &str = "code,area,label,weight,measure,direction,scale,cap,missing,over_months,fewest,when_few,need,note
DAYS,PENSIONS,Giorni,50,Q_DAYS,lower_is_better,,,,,,,continuità di reddito,
SHARE,PENSIONS,Entro 30 giorni,30,Q_SHARE,higher_is_better,,10,,,30,leave_out,,
WAITING,PENSIONS,Giacenza,20,Q_WAITING,lower_is_better,,,,last,,,,
CALLS,CARE,Chiamate,,Q_CALLS,higher_is_better,,,worst,,30,mark,,
LATER,CARE,Da definire dall'istituto,,,,,,,,,,,
";
const BUDGETS: &str = "indicator,cluster,structure,value,note
DAYS,1,,20,
DAYS,2,,40,
SHARE,1,,80,
SHARE,2,,90,
WAITING,1,,10,
CALLS,1,,50,
CALLS,2,,60,
";
const CLUSTERS: &str = "quality,1,PRV_TORINO\nquality,2,REG_UMBRIA\nquality,2,PRV_ASTI\n";
const MEASURES: &str =
    "Q_DAYS,quality,Giorni,days,\nQ_SHARE,quality,Quota,percent,\nQ_WAITING,quality,Giacenza,days,\nQ_CALLS,quality,Chiamate,percent,\n";

/// The files of the plan of 2021 with this dashboard.
pub(crate) fn files() -> BTreeMap<String, Vec<u8>> {
    let mut files = piramide_plan::packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap().1;
    for (file, text) in [("quality_areas.csv", AREAS), ("quality_indicators.csv", INDICATORS), ("quality_budgets.csv", BUDGETS)] {
        files.insert(file.to_owned(), text.as_bytes().to_vec());
    }
    for (file, rows) in [("clusters.csv", CLUSTERS), ("measures.csv", MEASURES)] {
        files.get_mut(file).unwrap().extend_from_slice(rows.as_bytes());
    }
    files.remove("quality_published.csv");
    // What the bundled plan computes from its own dashboard is not this one's.
    let indicators = String::from_utf8(files["indicators.csv"].clone()).unwrap();
    let kept: Vec<&str> = indicators.lines().filter(|line| !line.contains(",index_vs_")).collect();
    files.insert("indicators.csv".to_owned(), format!("{}\n", kept.join("\n")).into_bytes());
    files
}

/// The plan, with pieces of its indicators' table replaced.
#[track_caller]
pub(crate) fn edited(edits: &[(&str, &str)]) -> Plan {
    let mut files = files();
    let mut text = INDICATORS.to_owned();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "{from:?}");
        text = text.replacen(from, to, 1);
    }
    files.insert("quality_indicators.csv".to_owned(), text.into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The plan as it stands above; read once, since it has the whole territory.
pub(crate) fn plan() -> Plan {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| edited(&[]));
    PLAN.clone()
}

/// A fact of a month: numerator over denominator.
pub(crate) fn fact(structure: &str, measure: &str, month: &str, parts: (i64, i64)) -> Fact {
    let month = month.parse::<Period>().unwrap().first_month().index();
    let values = [Some(parts.0 * 10_000), Some(parts.1 * 10_000)].into();
    Fact { line: 1, structure: structure.into(), subject: measure.into(), first_month: month, last_month: month, values }
}

pub(crate) fn recorded(all: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, all);
    facts
}

pub(crate) fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'a str, period: &str) -> Query<'a> {
    Query { plan, facts, structure, period: period.parse().unwrap(), quantities: &facts::QUANTITIES, detail: Detail::Derivation }
}

/// The index of a node, and of all below it by code.
pub(crate) fn index(plan: &Plan, facts: &Facts, structure: &str, node: &str, against: Against) -> Result<Exact, Missing> {
    let asked = Asked::new(query(plan, facts, structure, "2021"), plan.dashboard().node(node).unwrap().code());
    indices::index(&asked, node, against).unwrap().judged.index
}

/// The index of a node with its coverage.
pub(crate) fn covered(plan: &Plan, facts: &Facts, structure: &str, node: &str, against: Against) -> (Exact, Exact) {
    let asked = Asked::new(query(plan, facts, structure, "2021"), plan.dashboard().node(node).unwrap().code());
    let Index { judged, .. } = indices::index(&asked, node, against).unwrap();
    (judged.index.unwrap(), judged.coverage)
}

pub(crate) fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

/// A quotient of whole numbers.
pub(crate) fn over(dividend: i64, divisor: i64) -> Exact {
    Exact::quotient(&Exact::from(dividend), &Exact::from(divisor)).unwrap()
}

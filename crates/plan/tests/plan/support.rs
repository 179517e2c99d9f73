//! A small plan with one of everything, and ways to break it.

use std::collections::BTreeMap;

use piramide_plan::{Plan, Plans};

/// The files of a package, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

const SMALL: [(&str, &str); 10] = [
    (
        "plan.toml",
        r#"name = "small"
title = "Piano di prova"
first_month = "2021-01"
last_month = "2021-13"
cap = "50"
missing = "reweight"
approved_by = "Consiglio di amministrazione"
approved_on = 2021-03-24
reason = "prova"
notes = ["una nota"]
"#,
    ),
    (
        "structures.csv",
        "code,name,kind,parent,valid_from,valid_to,istat,nuts,note
NAZ,Nazionale,nation,,,,,,
REG_A,Regione A,region,NAZ,,,,,
REG_B,Regione B,region,NAZ,,,,,
PRV_X,Provincia X,province,REG_A,,2021-06,,,
PRV_X,Provincia X,province,REG_B,2021-07,,,,
",
    ),
    ("clusters.csv", "purpose,cluster,structure\nfinance,A,REG_A\nfinance,B,REG_B\noffices,1,REG_A\n"),
    (
        "products.csv",
        "code,label,parent,kind,counts,production_area,inspection,automated,metaprocess,remote_workable,note
TOTAL,Totale,,total,,,,,,,
AREA,Area,TOTAL,area,,,,,,,
PENSIONS,Pensioni,AREA,product,both,true,false,false,true,true,
INSPECTION,Vigilanza ispettiva,AREA,product,points,true,true,,,,
STAFF,Personale,TOTAL,staff,,,,,,,
",
    ),
    ("coefficients.csv", "product,first_month,coefficient\nPENSIONS,2020-01,1.5000\nPENSIONS,2021-07,2.0000\nINSPECTION,2020-01,1\n"),
    (
        "items.csv",
        "code,label,parent,sign,weight
IEEP,IEEP,,1,
REVENUE,Entrate,IEEP,1,70
FLOWS,Flussi,REVENUE,1,
BENEFITS,Prestazioni,IEEP,1,30
INTEREST,Interessi legali (-),BENEFITS,-1,
",
    ),
    (
        "measures.csv",
        "code,domain,label,unit,note
CARE,quality,Customer care,index,
COSTS,finance,Costi,euro,
EMPLOYEES,workforce,Dipendenti,persons,
AGILE,workforce,Agili,persons,
",
    ),
    (
        "indicators.csv",
        "code,label,unit,direction,method,subject,parameter,cap,note
production.homogenised_points,Punti,points,higher_is_better,homogenised_points,TOTAL,,,
production.backlog_days,Giacenza,days,lower_is_better,backlog_days,AREA,,20,
quality.care,Customer care,index,higher_is_better,base_year,CARE,2020,,
finance.ieep,IEEP,euro,higher_is_better,item,IEEP,,,
finance.profitability,IEEP su costi,ratio,higher_is_better,cost_ratio,IEEP/COSTS,,,
workforce.agile,Agili,percent,higher_is_better,ratio,AGILE/EMPLOYEES,100,,
",
    ),
    (
        "targets.csv",
        "indicator,structure,period,kind,value,baseline,scale,note
production.homogenised_points,NAZ,year,absolute,1000,,,
production.homogenised_points,NAZ,Q1,absolute,250,,,un quarto
production.homogenised_points,NAZ,Q2,absolute,520,,,
production.backlog_days,NAZ,year,difference_from_baseline,-3,30,,
production.backlog_days,NAZ,Q2,absolute,28,,,
quality.care,NAZ,year,percent_over_baseline,3,100,,
finance.profitability,REG_A,year,absolute,0,,absolute,
",
    ),
    (
        "objectives.csv",
        "code,parent,label,kind,weighting,weight,indicator,missing,note
index,,Indice,index,percent,,,,
strategic,index,Strategica,group,equal,40,,,
strategic.care,strategic,Customer care,indicator,,,quality.care,,
strategic.project,strategic,Progetto,project,,,,,
strategic.agile,strategic,Agili,indicator,,,workforce.agile,,
management,index,Gestionale,objective,percent,60,,worst,
management.points,management,Punti,indicator,,75,production.homogenised_points,,
management.days,management,Giacenza,indicator,,25,production.backlog_days,,
",
    ),
];

/// The small plan.
pub(crate) fn small() -> Files {
    SMALL.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The text of a file of the small plan.
pub(crate) fn text(file: &str) -> String {
    String::from_utf8(small().remove(file).unwrap()).unwrap()
}

/// A package with other texts in some files.
pub(crate) fn put<const N: usize>(mut files: Files, texts: [(&str, &str); N]) -> Files {
    files.extend(texts.map(|(file, text)| (file.to_owned(), text.as_bytes().to_vec())));
    files
}

/// A table with a piece of text replaced; the piece must be there once.
#[track_caller]
pub(crate) fn changed(table: &str, from: &str, to: &str) -> String {
    assert_eq!(table.matches(from).count(), 1, "{from:?}");
    table.replacen(from, to, 1)
}

/// The small plan with another text in a file.
pub(crate) fn replaced(file: &str, text: impl Into<Vec<u8>>) -> Files {
    let mut files = small();
    files.insert(file.to_owned(), text.into());
    files
}

/// The small plan with a piece of a file's text replaced; the piece must be there once.
#[track_caller]
pub(crate) fn edited(file: &str, from: &str, to: &str) -> Files {
    replaced(file, changed(&text(file), from, to))
}

/// A package that must load.
#[track_caller]
pub(crate) fn plan(files: &Files) -> Plan {
    Plan::from_files(files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A bundled plan.
#[track_caller]
pub(crate) fn bundled(name: &str) -> Plan {
    let plans = Plans::bundled().unwrap_or_else(|errors| panic!("{errors}"));
    plans.get(name).unwrap().as_ref().clone()
}

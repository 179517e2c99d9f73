//! Every way a package is refused: one broken package for each, with file, line, field and reason.

use std::collections::BTreeSet;

use piramide_plan::{Plan, PlanErrors};

use crate::{
    accounts, costs, dashboard, impact, incentives, securities, spending,
    support::{Files, edited, replaced, small, text},
    surveys,
};

/// Why a package is refused.
#[track_caller]
fn refused(files: &Files) -> PlanErrors {
    Plan::from_files(files).map(|plan| plan.version().to_owned()).expect_err("the package must be refused")
}

/// A package that is refused for one reason only.
pub(crate) struct Case {
    pub(crate) files: Files,
    pub(crate) expected: &'static str,
}

/// The small plan with a piece of text replaced, and what is said of it.
#[track_caller]
fn case(file: &str, from: &str, to: &str, expected: &'static str) -> Case {
    Case { files: edited(file, from, to), expected }
}

/// The small plan with a row more, and what is said of it.
fn row(file: &str, row: &str, expected: &'static str) -> Case {
    Case { files: replaced(file, format!("{}{row}\n", text(file))), expected }
}

fn shapes() -> Vec<Case> {
    let without = |file: &str| small().into_iter().filter(|(name, _)| name != file).collect();
    vec![
        Case { files: without("items.csv"), expected: "items.csv: is missing: a package has all of plan.toml, structures.csv" },
        Case { files: replaced("readme.txt", "ciao"), expected: "readme.txt: is not a file of a package" },
        Case { files: replaced("items.csv", b"code\xff".to_vec()), expected: "items.csv: is not UTF-8 from byte 4 on" },
        Case {
            files: replaced("items.csv", format!("\u{feff}{}", text("items.csv"))),
            expected: "items.csv: begins with a byte order mark",
        },
        case("plan.toml", "title = ", "titel = ", "plan.toml:2: unknown field `titel`"),
        case("plan.toml", "cap = \"50\"", "cap = 50", "plan.toml:5: invalid type: integer `50`"),
        case("items.csv", "parent,sign", "sign", "items.csv:1: has no column parent"),
        case("items.csv", "code,label", "code,colour,label", "items.csv:1: \"colour\" is not a column of this table"),
        case("items.csv", "code,label", "code,code,label", "items.csv:1: column code stands twice"),
        case("items.csv", "FLOWS,Flussi,", "FLOWS,Flussi, e altro,", "items.csv:4: has 6 cells, the header has 5"),
    ]
}

/// A table that a package may leave out, with these rows.
pub(crate) fn optional(file: &str, header: &str, rows: &str, expected: &'static str) -> Case {
    Case { files: replaced(file, format!("{header}\n{rows}\n")), expected }
}

fn levers() -> Vec<Case> {
    let lever = |row, expected| optional("levers.csv", "structure,kind,label,points,euro,note", row, expected);
    let help = |rows, expected| optional("subsidiarity.csv", "helper,helped,points,note", rows, expected);
    vec![
        lever("REG_C,training,Corsi,1,,", "levers.csv:2 (structure): there is no structure REG_C in structures.csv"),
        lever("REG_A,prayer,Corsi,1,,", "levers.csv:2 (kind): \"prayer\" is not one of: training, overtime, local_project"),
        lever("REG_A,help_given,Corsi,1,,", "levers.csv:2 (kind): \"help_given\" must not stand here: help has two ends"),
        lever("REG_A,training,,1,,", "levers.csv:2 (label): is empty"),
        lever("REG_A,training,Corsi,,,", "levers.csv:2 (points): is empty"),
        lever("REG_A,training,Corsi,0,,", "levers.csv:2 (points): 0 must be above zero"),
        lever("REG_A,training,Corsi,1,-3,", "levers.csv:2 (euro): -3 must be above zero"),
        help("REG_A,REG_C,1,", "subsidiarity.csv:2 (helped): there is no structure REG_C"),
        help("REG_A,REG_A,1,", "subsidiarity.csv:2 (helped): \"REG_A\" must not stand here: a structure does not help itself"),
        help("REG_A,REG_B,-1,", "subsidiarity.csv:2 (points): -1 must be above zero"),
        help("REG_A,REG_B,1,\nREG_A,REG_B,2,", "subsidiarity.csv:3 (helped): help of REG_A to REG_B stands already in line 2"),
    ]
}

fn assignments() -> Vec<Case> {
    let of = |rows, expected| optional("assignments.csv", "assignee,label,item,note", rows, expected);
    vec![
        of("CU_A,Entrate,NOTHING,", "assignments.csv:2 (item): there is no item NOTHING in items.csv"),
        of(",Entrate,FLOWS,", "assignments.csv:2 (assignee): is empty"),
        of("CU_A,,FLOWS,", "assignments.csv:2 (label): is empty"),
        of("CU_A,Entrate,FLOWS,\nCU_A,Entrate,FLOWS,", "assignments.csv:3 (item): FLOWS of CU_A stands already in line 2"),
        of(
            "CU_A,Entrate,FLOWS,\nCU_A,Uscite,INTEREST,",
            "assignments.csv:3 (label): \"Uscite\" must not stand here: each assignee has one name",
        ),
        of(
            "CU_A,Entrate,FLOWS,\nCU_A,Entrate,REVENUE,",
            "assignments.csv:3 (item): \"REVENUE beside FLOWS\" must not stand here: one is part",
        ),
    ]
}

fn ages() -> Vec<Case> {
    let age = |rows, expected| optional("ages.csv", "code,label,first_day,last_day,weight,note", rows, expected);
    vec![
        age("A,Giovane,0,30,,\nB,Vecchia,32,,,", "ages.csv:3 (first_day): 32 stands where 31 is expected"),
        age("A,Giovane,1,,,", "ages.csv:2 (first_day): 1 stands where 0 is expected"),
        age("A,Giovane,0,,,\nB,Vecchia,31,,,", "ages.csv:3 (first_day): 31 stands where nothing: the class before has no last day"),
        age("A,Giovane,0,30,,\nB,Vecchia,31,12,,", "ages.csv:3 (last_day): 12 stands where 31 or more is expected"),
        age("A,Giovane,0,30,,", "ages.csv:2 (last_day): \"30\" must not stand here: the oldest class has none"),
        age("A,Giovane,zero,,,", "ages.csv:2 (first_day): \"zero\" is not a whole number"),
        age("A,Giovane,0,,0,", "ages.csv:2 (weight): 0 must be above zero"),
        age("A,,0,,,", "ages.csv:2 (label): is empty"),
        age("A,Giovane,0,30,,\nA,Vecchia,31,,,", "ages.csv:3 (code): A stands already in line 2"),
    ]
}

/// The small plan with a measure of production, and a table that speaks of it.
fn with_measure(file: &str, rows: &str, expected: &'static str) -> Case {
    let mut files = replaced("measures.csv", format!("{}FILES,production,Pratiche,pieces,\n", text("measures.csv")));
    files.insert(file.to_owned(), rows.as_bytes().to_vec());
    Case { files, expected }
}

fn projects() -> Vec<Case> {
    let project = |rows: &str, expected| with_measure("projects.csv", &format!("measure,structure,weight,note\n{rows}\n"), expected);
    let range = |rows: &str, expected| with_measure("ranges.csv", &format!("measure,rate,from,points,note\n{rows}\n"), expected);
    vec![
        project("NOTHING,NAZ,100,", "projects.csv:2 (measure): there is no measure of production NOTHING in measures.csv"),
        project("FILES,REG_C,5,", "projects.csv:2 (structure): there is no structure REG_C"),
        project("FILES,NAZ,,", "projects.csv:2 (weight): is empty"),
        project("FILES,NAZ,0,", "projects.csv:2 (weight): 0 must be above zero"),
        project("FILES,NAZ,40,", "projects.csv:2 (weight): the weights under NAZ sum to 40, they must sum to 100"),
        project("FILES,REG_A,5,\nFILES,REG_A,5,", "projects.csv:3 (measure): project FILES of REG_A stands already in line 2"),
        range("NOTHING,regularised,0,1,", "ranges.csv:2 (measure): there is no measure of production NOTHING"),
        range("FILES,forgotten,0,1,", "ranges.csv:2 (rate): \"forgotten\" is not one of: regularised, approved"),
        range("FILES,regularised,10,1,", "ranges.csv:2 (from): 10 stands where 0: a rate below the first range"),
        range(
            "FILES,regularised,0,1,\nFILES,regularised,0,2,",
            "ranges.csv:3 (from): 0 stands where more than 0 and at most 100 is expected",
        ),
        range("FILES,regularised,0,1,\nFILES,regularised,101,2,", "ranges.csv:3 (from): 101 stands where more than 0 and at most 100"),
        range("FILES,regularised,0,-1,", "ranges.csv:2 (points): -1 must be above zero"),
        range("FILES,regularised,0,,", "ranges.csv:2 (points): is empty"),
    ]
}

fn header() -> Vec<Case> {
    let file = "plan.toml";
    vec![
        case(file, "\"small\"", "\"un piano\"", "plan.toml (name): \"un piano\" is not a code"),
        case(file, "\"Piano di prova\"", "\"\"", "plan.toml (title): is empty"),
        case(file, "\"2021-01\"", "\"gennaio\"", "plan.toml (first_month): \"gennaio\" is not a month"),
        case(file, "\"2021-13\"", "\"2021-Q4\"", "plan.toml (last_month): \"2021-Q4\" is not a month"),
        case(file, "\"2021-13\"", "\"2020-12\"", "plan.toml (last_month): validity ends in 2020-12, before it begins in 2021-01"),
        case(file, "\"50\"", "\"-50\"", "plan.toml (cap): -50 must be above zero"),
        case(file, "\"50\"", "\"0,5\"", "plan.toml (cap): \"0,5\" looks like an Italian decimal: write 0.5"),
        case(file, "\"reweight\"", "\"zero\"", "plan.toml (missing): \"zero\" is not one of: reweight, worst"),
        case(file, "2021-03-24", "2021-03-24T10:00:00", "plan.toml (approved_on): \"2021-03-24T10:00:00\" is not one of: a date"),
    ]
}

fn structures() -> Vec<Case> {
    let file = "structures.csv";
    let parted = "REG_B,Regione B,region,NAZ,,2021-03,,,\nREG_B,Regione B,region,NAZ,2021-09,,,,";
    vec![
        case(
            file,
            "REG_B,Regione B,region,NAZ",
            "REG_B,Regione B,country,NAZ",
            "structures.csv:4 (kind): \"country\" is not one of: nation, region",
        ),
        case(
            file,
            "Regione B,region,NAZ",
            "Regione B,region,EUR",
            "structures.csv:4 (parent): there is no structure EUR in structures.csv",
        ),
        case(file, "Regione B,region,NAZ", "Regione B,region,", "structures.csv (parent): has 2 rows without a parent (NAZ, REG_B)"),
        case(file, "Nazionale,nation,", "Nazionale,nation,REG_A", "structures.csv:2 (parent): is its own ancestor: NAZ > REG_A > NAZ"),
        case(file, "REG_A,,2021-06", "REG_A,,2021-08", "structures.csv:6 (valid_from): PRV_X is already valid in these months by line 5"),
        case(
            file,
            "REG_A,,2021-06",
            "REG_A,2021-08,2021-06",
            "structures.csv:5 (valid_to): validity ends in 2021-06, before it begins in 2021-08",
        ),
        case(file, "REG_A,,2021-06", "REG_A,,giugno", "structures.csv:5 (valid_to): \"giugno\" is not a month"),
        case(
            file,
            "REG_B,Regione B,region,NAZ,,,,,",
            parted,
            "structures.csv:7 (parent): REG_B is not valid in 2021-07, when PRV_X is under it",
        ),
        case(
            file,
            "REG_A,Regione A,region,NAZ,,,",
            "REG_A,Regione A,region,NAZ,,2021-03,",
            "structures.csv:5 (parent): REG_A is not valid in 2021-04, when PRV_X is under it",
        ),
        case(file, "REG_B,Regione", "REG/B,Regione", "structures.csv:4 (code): \"REG/B\" is not a code"),
        row("clusters.csv", "finance,C,REG_A", "clusters.csv:5 (structure): REG_A is already in a cluster of finance by line 2"),
        row("clusters.csv", "finance,C,REG_Z", "clusters.csv:5 (structure): there is no structure REG_Z"),
        row("clusters.csv", "finance,,PRV_X", "clusters.csv:5 (cluster): is empty"),
    ]
}

fn catalogue() -> Vec<Case> {
    let (file, coefficients) = ("products.csv", "coefficients.csv");
    vec![
        case(file, "Pensioni,AREA", "Pensioni,AREE", "products.csv:4 (parent): there is no row AREE"),
        case(file, "Area,TOTAL", "Area,PENSIONS", "products.csv:3 (parent): is its own ancestor: AREA > PENSIONS > AREA"),
        case(file, "Area,TOTAL", "Area,", "products.csv:3 (kind): AREA is of kind area: the rows without a parent are the totals"),
        case(
            file,
            "Vigilanza ispettiva,AREA",
            "Vigilanza ispettiva,PENSIONS",
            "products.csv:5 (parent): PENSIONS cannot have INSPECTION under it",
        ),
        case(file, "AREA,product,both", "AREA,product,pieces", "products.csv:4 (counts): \"pieces\" is not one of: points, flow, both"),
        case(file, "TOTAL,area,", "TOTAL,area,both", "products.csv:3 (counts): \"both\" must not stand here: only products count"),
        case(file, "both,true", "both,yes", "products.csv:4 (production_area): \"yes\" is not one of: true, false"),
        row(file, "STAFF_2,Altro personale,TOTAL,staff,,,,,,,", "products.csv:7 (kind): STAFF_2 is a second row for staff, after line 6"),
        row(file, "AREA,Area,TOTAL,area,,,,,,,", "products.csv:7 (code): AREA stands already in line 3"),
        row(file, "NEW,Nuovo,AREA,product,flow,,,,,,", "products.csv:7 (code): product NEW has no coefficient"),
        row(coefficients, "AREA,2020-01,1", "coefficients.csv:5 (product): AREA is not a product"),
        row(coefficients, "STAFF,2020-01,1", "coefficients.csv:5 (product): STAFF is not a product"),
        row(coefficients, "NONE,2020-01,1", "coefficients.csv:5 (product): there is no product NONE in products.csv"),
        row(coefficients, "PENSIONS,2021-07,3", "coefficients.csv:5 (first_month): PENSIONS from 2021-07 stands already in line 3"),
        row(coefficients, "PENSIONS,,3", "coefficients.csv:5 (first_month): is empty"),
        row(coefficients, "PENSIONS,2022,3", "coefficients.csv:5 (first_month): \"2022\" is not a month"),
        row(coefficients, "PENSIONS,2022-01,0", "coefficients.csv:5 (coefficient): 0 must be above zero"),
        row(
            coefficients,
            "PENSIONS,2022-01,1.00001",
            "coefficients.csv:5 (coefficient): \"1.00001\" has 5 digits after the point, at most 4",
        ),
        row(coefficients, "PENSIONS,2022-01,1e3", "coefficients.csv:5 (coefficient): \"1e3\" is not a number"),
    ]
}

fn subjects() -> Vec<Case> {
    vec![
        case("items.csv", "Flussi,REVENUE", "Flussi,INCOME", "items.csv:4 (parent): there is no item INCOME"),
        case("items.csv", "BENEFITS,-1", "BENEFITS,-", "items.csv:6 (sign): \"-\" is not one of: 1, -1"),
        case("items.csv", "IEEP,1,30", "IEEP,1,29.5", "items.csv (weight): the weights under IEEP sum to 99.5, they must sum to 100"),
        case("items.csv", "IEEP,1,70", "IEEP,1,100", "items.csv (weight): the weights under IEEP sum to 130"),
        case("items.csv", "REVENUE,1,", "REVENUE,1,5", "items.csv:4 (weight): \"5\" must not stand here: only sections"),
        row("items.csv", "OTHER,Altro,,1,", "items.csv (parent): has 2 rows without a parent (IEEP, OTHER)"),
        case(
            "measures.csv",
            "CARE,quality",
            "CARE,courtesy",
            "measures.csv:2 (domain): \"courtesy\" is not one of: production, quality, finance, workforce",
        ),
        case(
            "measures.csv",
            "Customer care,index",
            "Customer care,points of light",
            "measures.csv:2 (unit): \"points of light\" is not one of: pieces, points",
        ),
        row("measures.csv", "FLOWS,finance,Flussi,euro,", "measures.csv:6 (code): FLOWS is already an item in items.csv"),
    ]
}

fn indicators() -> Vec<Case> {
    let file = "indicators.csv";
    vec![
        case(
            file,
            "percent,higher_is_better",
            "percent,up",
            "indicators.csv:7 (direction): \"up\" is not one of: higher_is_better, lower_is_better",
        ),
        case(file, "Agili,percent", "Agili,per cent", "indicators.csv:7 (unit): \"per cent\" is not one of"),
        case(file, "base_year", "mean", "indicators.csv:4 (method): \"mean\" is not one of: ratio, base_year"),
        case(file, "CARE,2020", "CARE,2020-01", "indicators.csv:4 (parameter): \"2020-01\" is not a year"),
        case(file, "AGILE/EMPLOYEES,100", "AGILE/EMPLOYEES,0", "indicators.csv:7 (parameter): 0 must be above zero"),
        case(file, "item,IEEP,", "item,IEEP,100", "indicators.csv:5 (parameter): \"100\" must not stand here: this method needs none"),
        case(file, "homogenised_points,TOTAL", "homogenised_points,ALL", "indicators.csv:2 (subject): there is no product or group ALL"),
        case(file, "base_year,CARE", "base_year,COSTS", "indicators.csv:4 (subject): there is no measure of this domain COSTS"),
        case(file, "item,IEEP", "item,COSTS", "indicators.csv:5 (subject): there is no item COSTS"),
        case(file, "IEEP/COSTS", "IEEP/CARE", "indicators.csv:6 (subject): there is no measure of this domain CARE"),
        case(file, "AGILE/EMPLOYEES", "AGILE", "indicators.csv:7 (subject): there is no pair DIVIDEND/DIVISOR AGILE"),
        row(file, "finance.ieep,IEEP,euro,higher_is_better,item,IEEP,,,", "indicators.csv:8 (code): finance.ieep stands already in line 5"),
        row(
            file,
            "research.papers,Articoli,items,higher_is_better,sum,CARE,,,",
            "indicators.csv:8 (code): research.papers does not begin with a domain",
        ),
        row(
            file,
            "public_value.index,Indice,index,higher_is_better,item,IEEP,,,",
            "indicators.csv:8 (code): public_value.index does not begin with a domain",
        ),
        row(
            file,
            "production.help,Aiuto,points,higher_is_better,subsidiarity,TOTAL,,,",
            "indicators.csv:8 (subject): \"TOTAL\" must not stand here: this method knows what it looks at",
        ),
        row(
            file,
            "production.old,Vecchia,percent,lower_is_better,old_backlog_share,TOTAL,ANCIENT,,",
            "indicators.csv:8 (parameter): there is no class of age ANCIENT in ages.csv",
        ),
        row(file, "finance,Finanza,euro,higher_is_better,item,IEEP,,,", "indicators.csv:8 (code): finance does not begin with a domain"),
    ]
}

fn targets() -> Vec<Case> {
    let file = "targets.csv";
    vec![
        row(
            file,
            "finance.nothing,NAZ,year,absolute,1,,,",
            "targets.csv:9 (indicator): there is no indicator finance.nothing in indicators.csv",
        ),
        row(file, "finance.ieep,EUR,year,absolute,1,,,", "targets.csv:9 (structure): there is no structure EUR"),
        row(file, "finance.ieep,NAZ,Q5,absolute,1,,,", "targets.csv:9 (period): \"Q5\" is not one of: year, Q1, Q2, Q3, Q4"),
        row(file, "finance.ieep,NAZ,year,about,1,,,", "targets.csv:9 (kind): \"about\" is not one of: absolute, percent_over_baseline"),
        row(
            file,
            "finance.ieep,NAZ,year,absolute,\"1.234,50\",,,",
            "targets.csv:9 (value): \"1.234,50\" looks like an Italian decimal: write 1234.50",
        ),
        row(file, "finance.ieep,NAZ,year,absolute,,,,", "targets.csv:9 (value): is empty"),
        row(file, "finance.ieep,NAZ,year,absolute,0,,,", "targets.csv:9 (value): the target is zero"),
        row(file, "finance.ieep,NAZ,year,percent_over_baseline,-100,5,,", "targets.csv:9 (value): the target is zero"),
        row(file, "finance.ieep,NAZ,year,difference_from_baseline,5,-5,relative,", "targets.csv:9 (value): the target is zero"),
        row(
            file,
            "finance.ieep,NAZ,year,percent_over_baseline,3,,,",
            "targets.csv:9 (baseline): is empty: write what the target is counted from",
        ),
        row(file, "finance.ieep,NAZ,year,absolute,3,100,,", "targets.csv:9 (baseline): \"100\" must not stand here"),
        row(
            file,
            "finance.ieep,NAZ,year,absolute,3,,logarithmic,",
            "targets.csv:9 (scale): \"logarithmic\" is not one of: relative, absolute",
        ),
        row(
            file,
            "quality.care,NAZ,year,absolute,3,,,",
            "targets.csv:9 (period): the target of quality.care for NAZ by year stands already in line 7",
        ),
    ]
}

fn objectives() -> Vec<Case> {
    let file = "objectives.csv";
    vec![
        case(file, "Progetto,project,", "Progetto,project,equal", "objectives.csv:5 (weighting): \"equal\" must not stand here"),
        case(
            file,
            "Customer care,indicator,,,quality.care",
            "Customer care,indicator,,,",
            "objectives.csv:4 (indicator): is empty: say what measures it",
        ),
        case(file, "quality.care", "quality.cure", "objectives.csv:4 (indicator): there is no indicator quality.cure"),
        case(
            file,
            "Strategica,group,equal,40,",
            "Strategica,group,equal,40,quality.care",
            "objectives.csv:3 (indicator): \"quality.care\" must not stand here",
        ),
        case(
            file,
            "Punti,indicator,,75",
            "Punti,indicator,,70",
            "objectives.csv:7 (weighting): the weights under management sum to 95, they must sum to 100",
        ),
        case(
            file,
            "Agili,indicator,,",
            "Agili,indicator,,10",
            "objectives.csv:6 (weight): \"10\" must not stand here: the node above weighs its children alike",
        ),
        case(
            file,
            "Indice,index,percent,",
            "Indice,index,percent,100",
            "objectives.csv:2 (weight): \"100\" must not stand here: the index has no siblings",
        ),
        case(file, "objective,percent", "objective,per cent", "objectives.csv:7 (weighting): \"per cent\" is not one of: percent, equal"),
        case(file, "worst", "zero", "objectives.csv:7 (missing): \"zero\" is not one of: reweight, worst"),
        case(file, "management,Giacenza", "points,Giacenza", "objectives.csv:9 (parent): there is no objective points"),
        row(
            file,
            "strategic.care.more,strategic.care,Altro,project,,,,,",
            "objectives.csv:10 (parent): strategic.care cannot have strategic.care.more under it",
        ),
        row(file, "strategic.empty,strategic,Vuoto,group,equal,,,,", "objectives.csv:10 (kind): strategic.empty has nothing under it"),
        row(file, "other,,Altro,project,,,,,", "objectives.csv (parent): has 2 rows without a parent (index, other)"),
        row(file, "strategic.care,strategic,Ancora,project,,,,,", "objectives.csv:10 (code): strategic.care stands already in line 4"),
    ]
}

fn all() -> Vec<Case> {
    let objects = [structures(), catalogue(), subjects(), indicators(), targets(), objectives()];
    let optional = [
        levers(),
        impact::outcomes(),
        ages(),
        projects(),
        assignments(),
        impact::cases(),
        incentives::cases(),
        costs::cases(),
        spending::cases(),
        accounts::cases(),
        securities::cases(),
        dashboard::cases(),
        surveys::cases(),
    ];
    [shapes(), header()].into_iter().chain(objects).chain(optional).flatten().collect()
}

#[test]
fn each_fault_is_named_with_its_place_and_what_to_do() {
    for Case { files, expected } in all() {
        let errors = refused(&files);
        assert!(errors.0.iter().any(|error| error.to_string().starts_with(expected)), "expected {expected}\n{errors}");
    }
}

#[test]
fn worst_needs_a_cap() {
    let errors = refused(&edited("plan.toml", "cap = \"50\"\nmissing = \"reweight\"", "missing = \"worst\""));
    let places: Vec<String> = errors.0.iter().map(|error| error.place.to_string()).collect();
    assert_eq!(places, ["plan.toml (missing)", "objectives.csv:7 (missing)"]);
    assert!(errors.to_string().contains("worst needs a cap: write the cap of the plan in plan.toml"), "{errors}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let errors = Plan::load(std::path::Path::new("there/is/no/such/folder")).unwrap_err();
    assert!(errors.to_string().contains("there/is/no/such/folder: cannot be read"), "{errors}");
}

/// A weight that is missing breaks the sum too: both are said.
#[test]
fn a_fault_with_consequences_says_both() {
    let errors = refused(&edited("objectives.csv", "Punti,indicator,,75", "Punti,indicator,,"));
    let shown: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "objectives.csv:8 (weight): is empty: the node above weighs its children by per cent",
            "objectives.csv:7 (weighting): the weights under management sum to 25, they must sum to 100",
        ]
    );
}

#[test]
fn every_fault_of_a_package_is_said_at_once() {
    let mut files = edited("items.csv", "BENEFITS,-1", "BENEFITS,minus");
    files.extend(edited("targets.csv", "NAZ,year,absolute,1000", "EUR,year,absolute,mille").remove_entry("targets.csv"));
    files.extend(edited("objectives.csv", "management.days,management", "management.days,direction").remove_entry("objectives.csv"));
    let errors = refused(&files);
    let places: BTreeSet<String> = errors.0.iter().map(|error| error.place.to_string()).collect();
    for place in ["items.csv:6 (sign)", "targets.csv:2 (structure)", "targets.csv:2 (value)", "objectives.csv:9 (parent)"] {
        assert!(places.contains(place), "{place} in {errors}");
    }
}

/// A broken table is not blamed for what its missing rows would have said.
#[test]
fn a_broken_shape_stops_before_references_are_followed() {
    let errors = refused(&edited("structures.csv", "code,name", "codice,name"));
    let files: BTreeSet<&str> = errors.0.iter().map(|error| error.place.file.as_str()).collect();
    assert_eq!(files, BTreeSet::from(["structures.csv"]), "{errors}");
}

/// Reads the names of the reasons from the source of the enum: a new one without a case above fails here.
#[test]
fn every_reason_is_provoked_by_some_package() {
    let source = include_str!("../../src/error.rs");
    let (_, of_problem) = source.split_once("pub enum Problem {").unwrap();
    let declared: BTreeSet<&str> = of_problem
        .lines()
        .filter_map(|line| line.strip_prefix("    ").filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase())))
        .map(|line| line.trim_end_matches(|last: char| !last.is_ascii_alphanumeric()).split('(').next().unwrap_or_default())
        .collect();
    let worst = Case { files: edited("plan.toml", "cap = \"50\"\n", ""), expected: "" };
    let mut provoked: BTreeSet<String> = all()
        .into_iter()
        .chain([worst])
        .flat_map(|case| refused(&case.files).0)
        .map(|error| variant(&format!("{:?}", error.problem)))
        .collect();
    let missing_folder = Plan::load(std::path::Path::new("there/is/no/such/folder")).unwrap_err();
    provoked.extend(missing_folder.0.iter().map(|error| variant(&format!("{:?}", error.problem))));
    let unprovoked: Vec<&&str> = declared.iter().filter(|name| !provoked.contains(**name)).collect();
    assert!(unprovoked.is_empty(), "no package provokes {unprovoked:?}");
    assert_eq!(declared.len(), provoked.len(), "{declared:?}\n{provoked:?}");
}

fn variant(debug: &str) -> String {
    debug.split([' ', '(']).next().unwrap_or_default().to_owned()
}

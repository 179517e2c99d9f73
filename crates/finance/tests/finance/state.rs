//! Random histories: what is kept step by step is what the facts say, at every structure and item and in every period, whatever was
//! corrected meanwhile.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use piramide_domain::{Batch, Detail, Facts, Query, State as _};
use piramide_finance::{
    asked::Asked,
    facts::QUANTITIES,
    indicators::{ieep, tree},
    state::State,
    statement::{Gap, Judged, statement},
};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Month, Period, Provenance};
use piramide_plan::Plan;
use proptest::prelude::*;

use crate::support::plans;

const OFFICES: [&str; 5] = ["PRV_TORINO", "PRV_ASTI", "PRV_IMPERIA", "NAZ_NA", "REG_PIEMONTE"];
const STRUCTURES: [&str; 6] = ["NAZ", "REG_PIEMONTE", "REG_LIGURIA", "PRV_ASTI", "PRV_TORINO", "CU_DG"];
/// Sums and their parts, of the IEEP and of the costs, and single amounts.
const SUBJECTS: [&str; 16] = [
    "IEEP",
    "LESS_BENEFITS",
    "LESS_BENEFITS_INSPECTION",
    "LESS_BENEFITS_DOCUMENT",
    "INTEREST",
    "INTEREST_PENSION",
    "UNDUE",
    "UNDUE_CARE",
    "UNDUE_PENSION",
    "ECA",
    "TOTAL_COSTS",
    "PRODUCTION_COSTS",
    "PRODUCTION_STAFF",
    "OTHER_STAFF",
    "GPA00037.balance",
    "COST_POINTS",
];
const PERIODS: [&str; 10] = ["2021-03", "2021-04", "2021-Q1", "2021-05-ytd", "2021", "2020", "2020-Q2", "2019", "2019-02", "2019-03-ytd"];

/// The plan of 2021, in which Asti moves from Piemonte to Liguria in April.
fn plan() -> Plan {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plan/plans/inps-2021");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: BTreeMap<String, Vec<u8>> =
        paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())).collect();
    let structures = String::from_utf8(files["structures.csv"].clone()).unwrap();
    let row = structures.lines().find(|row| row.starts_with("PRV_ASTI,")).unwrap();
    let tail = row.split(',').skip(6).collect::<Vec<_>>().join(",");
    let moved = format!("PRV_ASTI,Asti,province,REG_PIEMONTE,,2021-03,{tail}\nPRV_ASTI,Asti,province,REG_LIGURIA,2021-04,,{tail}");
    files.insert("structures.csv".into(), structures.replace(row, &moved).into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// One fact: office, subject, year, months, cents.
type Drawn = (usize, usize, u16, (u8, u8), i64);

fn drawn() -> impl Strategy<Value = Drawn> {
    let months = prop_oneof![12 => (1u8..6).prop_map(|month| (month, month)), 1 => Just((13, 13)), 1 => Just((1, 13)), 1 => Just((1, 3))];
    (0..OFFICES.len(), 0..SUBJECTS.len(), 2019u16..=2021, months, -5_000i64..50_000)
}

fn fact(line: usize, (office, subject, year, months, cents): &Drawn) -> Fact {
    let index = |month: u8| Month::new(*year, month).unwrap().index();
    Fact {
        line: u32::try_from(line + 1).unwrap(),
        structure: OFFICES[*office].into(),
        subject: SUBJECTS[*subject].into(),
        first_month: index(months.0),
        last_month: index(months.1),
        values: [Some(*cents)].into(),
    }
}

/// Everything that a statement says of its amounts, and other figures with their provenance.
type Said = (Vec<(Judged, Vec<Gap>)>, Vec<(Option<Exact>, Option<Provenance>)>);

/// The statement, the costs and the single amounts of a structure.
fn figures(asked: &Asked<'_>) -> Said {
    let drawn = statement(asked, None);
    let lines = drawn.lines.into_iter().map(|line| (line.judged, line.gaps));
    let below = drawn.below.into_iter().map(|beside| (beside.total, Vec::new()));
    let costs = asked.plan.costs().tree();
    let single = |subject: &str| {
        let last = asked.last_month_with(subject);
        [asked.total(subject, "x"), asked.at_month(subject, "x", last), asked.at_month(subject, "x", Month::new(2021, 3))]
    };
    let measured = costs.iter().map(|item| tree::amount(asked, costs, &item.code, "x")).chain([drawn.weighted]);
    let measured = measured.chain(SUBJECTS.iter().flat_map(|subject| single(subject))).chain([ieep::item(asked, "INTEREST", "x")]);
    (lines.chain(below).collect(), measured.map(|measured| (measured.value.ok(), measured.explanation.provenance())).collect())
}

fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'a str, period: Period) -> Query<'a> {
    Query { plan, facts, structure, period, quantities: &QUANTITIES, detail: Detail::Figure }
}

fn check(history: &[Vec<Drawn>]) {
    let plan = plan();
    let shared = Arc::new(plan.clone());
    let plans = plans().clone().with([plan.clone()]);
    let (mut facts, mut state) = (Facts::default(), State::new(&plans));
    // The same beside sheets of all years but the last, which follow what comes in.
    let (mut sheeted, mut beside) = (Facts::default().with_sheets(1, None), State::new(&plans));
    for (batch, (sequence, provenance)) in history.iter().zip((1i64..).zip(Provenance::ALL.into_iter().cycle())) {
        let rows = || batch.iter().enumerate().map(|(line, drawn)| fact(line, drawn));
        let batch = || Batch { id: format!("b{sequence}"), provenance };
        facts.take_followed(sequence, batch(), rows(), 1, &mut |facts, changes| state.follow_all(facts, changes));
        sheeted.take_followed(sequence, batch(), rows(), 1, &mut |facts, changes| beside.follow_all(facts, changes));
    }
    let again = State::of(&plans, &facts);
    // Made again, sheets number things otherwise.
    let renumbered = sheeted.clone().with_sheets(1, None);
    // As of a closing: sheets of every year, and sums of what is asked for.
    let closed = facts.clone().with_sheets(0, None);
    let [asleep, woken] = [(); 2].map(|()| State::of(&plans, &closed));
    let untold = State::untold().expect("finance answers from its facts alone");
    for structure in STRUCTURES {
        for period in PERIODS {
            let query = query(&plan, &facts, structure, period.parse().unwrap());
            let said = figures(&Asked::of_facts(query));
            let made = |facts, state| {
                let query = Query { facts, ..query };
                let made = Asked::make_sums(&query, state, &shared);
                figures(&Asked::with_sums(query, state, made.as_ref()))
            };
            assert_eq!(made(&facts, &untold), said, "made for the question, {structure} {period}");
            assert_eq!(made(&sheeted, &beside), said, "made from sheets that followed, {structure} {period}");
            assert_eq!(made(&renumbered, &beside), said, "made from sheets that were made again, {structure} {period}");
            assert_eq!(made(&closed, &asleep), said, "made from the sheets of a closing, {structure} {period}");
            assert_eq!(figures(&Asked::new(Query { facts: &closed, ..query }, &woken)), said, "kept of a closing, {structure} {period}");
            assert_eq!(figures(&Asked::new(query, &state)), said, "followed, {structure} {period}");
            assert_eq!(figures(&Asked::new(query, &again)), said, "rebuilt from the facts, {structure} {period}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    /// Batches of every provenance that bring and correct sums and parts, month 13, ranges that hold others, an office that moves.
    #[test]
    fn sums_kept_equal_sums_from_the_facts(history in prop::collection::vec(prop::collection::vec(drawn(), 1..30), 1..8)) {
        check(&history);
    }
}

#[test]
fn a_sum_that_is_recorded_takes_the_place_of_its_parts_and_a_correction_moves_every_level() {
    let of = |subject: &str| SUBJECTS.iter().position(|known| *known == subject).unwrap();
    let march = |subject: &str, cents| (0, of(subject), 2021, (3, 3), cents);
    let history = [
        vec![march("UNDUE_CARE", 100), march("UNDUE_PENSION", 200)],
        vec![march("UNDUE", 450)],
        vec![march("UNDUE_CARE", 150), march("UNDUE", 350)],
        vec![march("IEEP", 1)],
    ];
    (1..=history.len()).for_each(|batches| check(&history[..batches]));
}

#[test]
fn sums_that_may_pass_64_bits_are_read_from_the_facts() {
    let most = (0, SUBJECTS.iter().position(|subject| *subject == "ECA").unwrap(), 2021, (3, 3), i64::MAX);
    check(&[vec![most, (1, most.1, 2021, (3, 3), i64::MAX)], vec![(1, most.1, 2021, (3, 3), 5)]]);
}

#[test]
fn what_is_kept_is_what_answers() {
    let plan = plans().get("inps-2021").unwrap();
    let mut facts = Facts::default();
    let batch = Batch { id: "b".into(), provenance: Provenance::Submitted };
    let eca = SUBJECTS.iter().position(|subject| *subject == "ECA").unwrap();
    facts.take(1, batch, [fact(1, &(0, eca, 2021, (3, 3), 125))]);
    let (state, nothing) = (State::of(plans(), &facts), Facts::default());
    // Without the facts themselves, and with the sums of them.
    let asked = Asked::new(query(plan, &nothing, "NAZ", "2021".parse().unwrap()), &state);
    let drawn = statement(&asked, None);
    assert_eq!(drawn.total.actual.unwrap().rounded(2), "1.25");
    assert_eq!(asked.total("ECA", "x").explanation.provenance(), Some(Provenance::Submitted));
    assert!(asked.in_period("2020".parse().unwrap()).total("ECA", "x").value.is_err());
}

//! Random histories of batches and of single events: what is kept step by step is what the facts say, at every structure and node, whatever was
//! corrected meanwhile.

use piramide_domain::{Batch, Detail, Draft, Facts, Query, State as _, Streamed};
use piramide_ledger::{Event, Fact};
use piramide_measure::{Exact, Period, Provenance};
use piramide_plan::Plan;
use piramide_production::{
    Production,
    asked::Asked,
    events::Kind,
    facts::{self, CLOSING_BACKLOG, OPENING_BACKLOG},
    indicators::{automation, backlog, clearance, points, productivity},
    state::State,
};
use proptest::prelude::*;

use super::{bundled, naive::Naive, plan_with};

pub(super) const OFFICES: [&str; 4] = ["PRV_TORINO", "PRV_ASTI", "PRV_IMPERIA", "NAZ_NA"];
pub(super) const PRODUCTS: [&str; 5] = ["INCOME_SUPPORT", "CREDIT_WELFARE", "REGISTRY_FLOWS", "FLOWS_POINTS", "FIELD_INSPECTION"];
pub(super) const STRUCTURES: [&str; 5] = ["NAZ", "REG_PIEMONTE", "REG_LIGURIA", "PRV_ASTI", "PRV_TORINO"];
pub(super) const NODES: [&str; 7] = ["FLOW_TOTAL", "FLOW_BENEFITS", "FLOW_FLOWS", "INCOME_SUPPORT", "TOTAL", "FLOWS", "FIELD_INSPECTION"];

/// 2021 with a coefficient revised in March, and Asti moved from Piemonte to Liguria in April.
pub(super) fn moving() -> Plan {
    let asti = |rest: &str| format!("PRV_ASTI,Asti,province,{rest}");
    let row = include_str!("../../../plan/plans/inps-2021/structures.csv").lines().find(|row| row.starts_with("PRV_ASTI,")).unwrap();
    let tail = row.split(',').skip(6).collect::<Vec<_>>().join(",");
    let moved = format!("{}\n{}", asti(&format!("REG_PIEMONTE,,2021-03,{tail}")), asti(&format!("REG_LIGURIA,2021-04,,{tail}")));
    plan_with(&[("coefficients.csv", "INCOME_SUPPORT,2021-03,0.7501\nREGISTRY_FLOWS,2021-02,3.0000\n")], &[("structures.csv", row, &moved)])
}

/// One fact: office, product, months, quantities.
pub(super) type Drawn = (usize, usize, (u8, u8), Vec<Option<i64>>);

pub(super) fn drawn() -> impl Strategy<Value = Drawn> {
    let months = prop_oneof![4 => (1u8..6).prop_map(|month| (month, month)), 1 => Just((1, 12)), 1 => Just((1, 3))];
    let quantity = prop_oneof![1 => Just(None), 3 => (0i64..10_000).prop_map(Some)];
    (0..OFFICES.len(), 0..=PRODUCTS.len(), months, prop::collection::vec(quantity, 8))
}

pub(super) fn fact(line: usize, (office, product, months, quantities): &Drawn) -> Fact {
    let index = |month: u8| 2021 * 13 + i32::from(month) - 1;
    let (subject, values) = match PRODUCTS.get(*product) {
        Some(product) => (*product, quantities.iter().copied().chain([None]).collect()),
        None => ("PRODUCTION_STAFF", [None; 8].into_iter().chain([quantities[0].map(|hundredths| hundredths + 1)]).collect()),
    };
    Fact {
        line: u32::try_from(line + 1).unwrap(),
        structure: OFFICES[*office].into(),
        subject: subject.into(),
        first_month: index(months.0),
        last_month: index(months.1),
        values,
    }
}

/// What brings facts: a batch, or a group of events.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Batch(Vec<Drawn>),
    Events(Vec<Event>),
}

impl Step {
    /// The facts that it brings, where others are in force.
    pub(super) fn rows(&self, facts: &Facts) -> Vec<Fact> {
        match self {
            Self::Batch(batch) => batch.iter().enumerate().map(|(line, drawn)| fact(line, drawn)).collect(),
            Self::Events(events) => folded(facts, events),
        }
    }
}

/// Kind, office and the one that takes over, product, month, pieces.
fn drawn_event() -> impl Strategy<Value = Event> {
    (0..Kind::ALL.len(), 0..3usize, 1..3usize, 0..PRODUCTS.len(), 1u8..6, 1i64..50).prop_map(
        |(kind, office, other, product, month, pieces)| {
            let counterpart = (Kind::ALL[kind] == Kind::Transferred).then(|| OFFICES[(office + other) % 3].to_owned());
            Event {
                origin: "desk".into(),
                number: 1,
                kind: Kind::ALL[kind].as_str().into(),
                structure: OFFICES[office].into(),
                counterpart,
                subject: PRODUCTS[product].into(),
                month: 2021 * 13 + i32::from(month) - 1,
                moment: 0,
                amount: pieces,
            }
        },
    )
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec(drawn(), 1..12).prop_map(Step::Batch),
        prop::collection::vec(drawn_event(), 1..12).prop_map(Step::Events),
    ]
}

/// The facts that follow from events, as one group; one that cannot be is left out alone.
fn folded(facts: &Facts, events: &[Event]) -> Vec<Fact> {
    let mut draft = Draft::new(facts);
    for event in events {
        if let Ok(touched) = Production.fold(&draft, event, false) {
            draft.take(&touched);
        }
    }
    draft.into_facts(facts::COLUMNS.len())
}

/// Every indicator of the table at a structure and a node: value and provenance.
fn figures(query: Query<'_>, state: &State) -> Vec<(Option<Exact>, Option<Provenance>)> {
    let asked = &Asked::new(query, state);
    let measured = NODES.iter().flat_map(|node| {
        [
            points::homogenised_points(asked, node, "x"),
            productivity::productivity(asked, node, "x"),
            backlog::backlog_days(asked, node, "x"),
            backlog::disposition_time(asked, node, "x"),
            clearance::clearance_ratio(asked, node, "x"),
            clearance::clearance_ratio_points(asked, node, "x"),
            automation::automation_share(asked, node, "x"),
            backlog::backlog_points(asked, node),
        ]
    });
    measured.map(|measured| (measured.value.ok(), measured.explanation.provenance())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Batches of every provenance that bring, correct and withdraw quantities, and events between them; offices that move; coefficients that
    /// change.
    #[test]
    fn sums_kept_equal_sums_from_the_facts(history in prop::collection::vec(step(), 1..7)) {
        let plan = moving();
        let plans = bundled().with([plan.clone()]);
        let (mut facts, mut state) = (Facts::default(), State::new(&plans));
        for (step, (sequence, provenance)) in history.iter().zip((1i64..).zip(Provenance::ALL.into_iter().cycle())) {
            let rows = step.rows(&facts);
            let batch = Batch { id: format!("b{sequence}"), provenance };
            facts.take_followed(sequence, batch, rows, 4_096, &mut |facts, changes| state.follow_all(facts, changes));
        }
        let again = State::of(&plans, &facts);
        for structure in STRUCTURES {
            for period in ["2021-03", "2021-04", "2021-Q1", "2021-05-ytd", "2021"] {
                let period: Period = period.parse().unwrap();
                let query = Query { plan: &plan, facts: &facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
                let kept = figures(query, &state);
                prop_assert_eq!(&kept, &figures(Query { detail: Detail::Derivation, ..query }, &state), "{} {}", structure, period);
                prop_assert_eq!(&kept, &figures(query, &again), "rebuilt from the facts, {} {}", structure, period);
                let (asked, naive) = (&Asked::new(query, &state), &Naive { plan: &plan, facts: &facts, structure, period });
                prop_assert_eq!(asked.months_of_work(), naive.months_of_work(), "{} {}", structure, period);
                prop_assert_eq!(asked.months_of_staff(), naive.months_of_staff(), "{} {}", structure, period);
                prop_assert_eq!(asked.months_of_production(), naive.months_of_production(), "{} {}", structure, period);
                for node in NODES {
                    let (start, end) = (asked.sums_at_start(node).unwrap(), asked.sums_waiting(node).unwrap());
                    let waiting = (start.sum(OPENING_BACKLOG), end.sum(CLOSING_BACKLOG));
                    prop_assert_eq!(waiting, naive.waiting(node), "{} {} {}", structure, node, period);
                }
            }
        }
        // What waits in the nation is what waits in its regions, whatever each office said last and where it stood then.
        for period in ["2021-05-ytd", "2021"] {
            let waits = |structure: &str| {
                let period: Period = period.parse().unwrap();
                let query = Query { plan: &plan, facts: &facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
                backlog::backlog_points(&Asked::new(query, &state), "FLOW_TOTAL").value.ok()
            };
            let parts: Vec<Exact> = ["REG_PIEMONTE", "REG_LIGURIA", "NAZ_NA"].into_iter().filter_map(waits).collect();
            prop_assert_eq!(waits("NAZ"), (!parts.is_empty()).then(|| parts.iter().sum()), "{}", period);
        }
    }
}

#[test]
fn an_office_that_moves_takes_its_months_with_it_and_leaves_the_earlier_ones() {
    let plan = moving();
    let plans = bundled().with([plan.clone()]);
    let mut facts = Facts::default();
    let rows = (1..=5).map(|month| {
        let quantities = [Some(10), Some(i64::from(month)), None, None, None, None, None, None].to_vec();
        fact(usize::from(month), &(1, 0, (month, month), quantities))
    });
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, rows);
    let state = State::of(&plans, &facts);
    let clearance = |structure, period: &str| {
        let period = period.parse().unwrap();
        let query = Query { plan: &plan, facts: &facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
        clearance::clearance_ratio(&Asked::new(query, &state), "FLOW_TOTAL", "x").value.ok()
    };
    let ratio = |completed: i64, received: i64| Exact::quotient(&Exact::from(completed), &Exact::from(received));
    assert_eq!(clearance("REG_PIEMONTE", "2021-05-ytd"), ratio(1 + 2 + 3, 30), "until March");
    assert_eq!(clearance("REG_LIGURIA", "2021-05-ytd"), ratio(4 + 5, 20), "from April");
    assert_eq!(clearance("REG_PIEMONTE", "2021-04"), None);
    assert_eq!(clearance("NAZ", "2021-05-ytd"), ratio(15, 50), "the nation does not notice");
    assert_eq!(clearance("PRV_ASTI", "2021-05-ytd"), ratio(15, 50), "nor does the office");
}

/// A batch of a month in all offices moves the sums above them once: they are those of its facts one by one, also where it corrects some and
/// withdraws what they said.
#[test]
fn a_month_of_all_offices_at_once_is_each_of_its_facts() {
    let plan = moving();
    let plans = bundled().with([plan.clone()]);
    let offices: Vec<&str> = plan.structures().codes().filter(|code| code.starts_with("PRV_")).collect();
    // Enough that every plan's books take them in by a thread of their own.
    assert!(offices.len() * PRODUCTS.len() >= 512, "{}", offices.len());
    let month = 2021 * 13 + 2;
    let of = |product: &str, office: &str, line: usize, quantities: [Option<i64>; 8]| Fact {
        line: u32::try_from(line + 1).unwrap(),
        structure: office.into(),
        subject: product.into(),
        first_month: month,
        last_month: month,
        values: quantities.into_iter().chain([None]).collect(),
    };
    let recorded = PRODUCTS.into_iter().flat_map(|product| {
        offices.iter().zip(1..).map(move |(office, pieces)| {
            (product, *office, [Some(pieces * 10), Some(pieces * 9), Some(1), None, None, None, Some(5), Some(pieces + 5)])
        })
    });
    let corrected = offices
        .iter()
        .zip(1..)
        .step_by(2)
        .map(|(office, pieces)| (PRODUCTS[0], *office, [Some(pieces), None, None, None, None, None, None, Some(7)]));
    let batches = [recorded.collect::<Vec<_>>(), corrected.collect()];
    let followed = |at_once: usize| {
        let (mut facts, mut state) = (Facts::default(), State::new(&plans));
        for ((batch, sequence), provenance) in batches.iter().zip(1..).zip([Provenance::Published, Provenance::Submitted]) {
            let rows = batch.iter().enumerate().map(|(line, (product, office, quantities))| of(product, office, line, *quantities));
            let batch = Batch { id: format!("b{sequence}"), provenance };
            facts.take_followed(sequence, batch, rows, at_once, &mut |facts, changes| state.follow_all(facts, changes));
        }
        (facts, state)
    };
    let ((facts, together), (same, one_by_one)) = (followed(4_096), followed(1));
    assert_eq!(facts, same);
    let again = State::of(&plans, &facts);
    for structure in STRUCTURES {
        let period: Period = "2021-03".parse().unwrap();
        let query = Query { plan: &plan, facts: &facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
        let figures = [&together, &one_by_one, &again].map(|state| figures(query, state));
        assert_eq!(figures[0], figures[1], "{structure}");
        assert_eq!(figures[0], figures[2], "{structure}, made again");
        assert!(figures[0].iter().any(|(value, _)| value.is_some()), "{structure} has figures");
    }
}

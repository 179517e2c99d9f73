//! Parts of what is recorded of a product: they go with their product, enter no flow, and give ages and guards.

use piramide_domain::{Detail, Domain as _, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Month};
use piramide_plan::Plan;
use piramide_production::{Production, asked::Asked, facts, indicators::ages, parts::Part, state::State};
use proptest::prelude::*;

use super::{OFFICE, PRODUCT, bundled, check, fact, flow, in_force, measured, plan, plan_with, ratio, refused};

/// A part of a product in an office and month.
fn part(line: u32, part: Part<'_>, pieces: i64) -> Fact {
    fact(line, OFFICE, &part.subject(PRODUCT), "2021-03", &[(part.quantity(), pieces)])
}

#[test]
fn a_subject_names_its_product_and_part() {
    for (subject, expected) in [
        ("INCOME_SUPPORT:to:PRV_ASTI", Some(("INCOME_SUPPORT", Part::HandedTo("PRV_ASTI")))),
        ("INCOME_SUPPORT:age:OVER_365", Some(("INCOME_SUPPORT", Part::Aged("OVER_365")))),
        ("INCOME_SUPPORT:refused", Some(("INCOME_SUPPORT", Part::Refused))),
        ("INCOME_SUPPORT:reopened", Some(("INCOME_SUPPORT", Part::Reopened))),
        ("INCOME_SUPPORT:timed", Some(("INCOME_SUPPORT", Part::Timed))),
        ("INCOME_SUPPORT", None),
        ("INCOME_SUPPORT:", None),
        ("INCOME_SUPPORT:lost", None),
        ("INCOME_SUPPORT:refused:twice", None),
        ("INCOME_SUPPORT:to", None),
    ] {
        assert_eq!(Part::of(subject), expected, "{subject}");
        if let Some((product, part)) = expected {
            assert_eq!(part.subject(product), subject);
        }
    }
    let known = |subject: &str| Production.subject_label(&plan(), subject).map(str::to_owned);
    assert_eq!(known("INCOME_SUPPORT:to:PRV_ASTI").as_deref(), Some("Ammortizzatori sociali"));
    assert_eq!(known("PROCESS_CONTROL:refused").as_deref(), Some("Controllo del Processo Produttivo"));
    for unknown in
        ["INCOME_SUPPORT:to:PRV_X", "INCOME_SUPPORT:age:ANCIENT", "X:refused", "EMPLOYEES", "INCOME_SUPPORT:lost", "TOTAL:refused"]
    {
        assert_eq!(known(unknown), None, "{unknown}");
    }
}

#[test]
fn parts_that_do_not_go_with_their_product_are_refused_with_the_numbers() {
    let march = || flow(1, OFFICE, "2021-03", 100, 90, 40);
    let none = Facts::default();
    check(&[part(1, Part::Refused, 5)], &none, "PARTS_WITHOUT_WHOLE", "parts of completed sum to 5, and nothing says");
    check(
        &[march(), part(2, Part::Refused, 91)],
        &none,
        "PARTS_MISSED",
        "PRV_TORINO INCOME_SUPPORT, 2021-03: parts of completed sum to 91, the whole is 90, difference 1",
    );
    check(&[march(), part(2, Part::Reopened, 101)], &none, "PARTS_MISSED", "parts of received sum to 101, the whole is 100");
    let ages = |young, old| [march(), part(2, Part::Aged("UP_TO_30"), young), part(3, Part::Aged("OVER_365"), old)];
    check(&ages(30, 19), &none, "PARTS_MISSED", "parts of closing_backlog sum to 49, the whole is 50, difference -1");
    assert_eq!(refused(&ages(30, 20), &none), []);
    let misplaced = fact(1, OFFICE, &Part::Refused.subject(PRODUCT), "2021-03", &[(facts::COMPLETED, 1), (facts::RECEIVED, 1)]);
    check(&[march(), misplaced], &none, "QUANTITY_MISPLACED", "is a part of completed, so it has no received");
    // What is in force counts: a correction of the product alone must still have room for its parts.
    let recorded = in_force([march(), part(2, Part::Refused, 80)].to_vec());
    let corrected = |completed| [flow(1, OFFICE, "2021-03", 100, completed, 40)];
    check(&corrected(79), &recorded, "PARTS_MISSED", "parts of completed sum to 80, the whole is 79, difference 1");
    assert_eq!(refused(&corrected(80), &recorded), []);
    assert_eq!(refused(&[part(1, Part::Refused, 90)], &recorded), [], "a part may be corrected alone");
}

#[test]
fn what_is_handed_over_to_a_helper_is_at_most_what_that_takes_over() {
    let helped =
        |line, office: &str, handed| fact(line, office, PRODUCT, "2021-03", &[(facts::RECEIVED, 90), (facts::TRANSFERRED_OUT, handed)]);
    let helper = |taken| fact(3, "PRV_ASTI", PRODUCT, "2021-03", &[(facts::TRANSFERRED_IN, taken)]);
    let to = |line, office: &str, helper, pieces| {
        fact(line, office, &Part::HandedTo(helper).subject(PRODUCT), "2021-03", &[(facts::TRANSFERRED_OUT, pieces)])
    };
    let none = Facts::default();
    let both =
        [helped(1, OFFICE, 40), helped(2, "PRV_CUNEO", 10), helper(50), to(4, OFFICE, "PRV_ASTI", 40), to(5, "PRV_CUNEO", "PRV_ASTI", 10)];
    assert_eq!(refused(&both, &none), []);
    assert_eq!(refused(&both[..4], &none), [], "not everything that is handed over must name its helper");
    check(
        &[both[0].clone(), both[1].clone(), helper(50), to(4, OFFICE, "PRV_BIELLA", 40)],
        &none,
        "PARTS_MISSED",
        "PRV_BIELLA INCOME_SUPPORT, 2021-03: 40 pieces are handed over to it, it takes over 0",
    );
    // A second office that hands over to the same helper counts with what is in force.
    let recorded = in_force([helped(1, OFFICE, 40), helper(50), helped(2, "PRV_CUNEO", 10), to(4, OFFICE, "PRV_ASTI", 40)].to_vec());
    check(&[to(1, "PRV_CUNEO", "PRV_ASTI", 11)], &recorded, "PARTS_MISSED", "51 pieces are handed over to it, it takes over 50");
    assert_eq!(refused(&[to(1, "PRV_CUNEO", "PRV_ASTI", 10)], &recorded), []);
}

/// Parts in force count in whatever months a batch touches, the first, the last and those between, and are not judged in the others.
#[test]
fn parts_in_force_count_in_every_month_that_a_batch_touches_and_in_no_other() {
    // Each with the pieces that another office hands over to the helper.
    const MONTHS: [(&str, i64); 5] = [("2021-01", 40), ("2021-02", 41), ("2021-03", 42), ("2021-04", 43), ("2021-05", 44)];
    let done = |month, completed| fact(1, OFFICE, PRODUCT, month, &[(facts::COMPLETED, completed)]);
    let sent_back = |month| fact(2, OFFICE, &Part::Refused.subject(PRODUCT), month, &[(facts::COMPLETED, 80)]);
    let handed =
        |office, month, pieces| fact(3, office, &Part::HandedTo("PRV_ASTI").subject(PRODUCT), month, &[(facts::TRANSFERRED_OUT, pieces)]);
    let helped = |month| fact(4, "PRV_BIELLA", PRODUCT, month, &[(facts::TRANSFERRED_OUT, 11)]);
    let taken = |month, pieces| fact(5, "PRV_ASTI", PRODUCT, month, &[(facts::TRANSFERRED_IN, pieces)]);
    // Too little was done in every month for what was sent back, so that a month that is judged is told.
    let recorded = MONTHS.iter().flat_map(|(month, pieces)| {
        [done(month, 70), sent_back(month), handed("PRV_CUNEO", month, *pieces), helped(month), taken(month, pieces + 10)]
    });
    let recorded = in_force(recorded.collect());
    for choice in 1_u32..1 << MONTHS.len() {
        let touched: Vec<(&str, i64)> = (0..).zip(MONTHS).filter(|(place, _)| choice >> place & 1 == 1).map(|(_, month)| month).collect();
        let corrected: Vec<Fact> = touched.iter().map(|(month, _)| done(month, 79)).collect();
        let detail = |month: &str| format!("{OFFICE} {PRODUCT}, {month}: parts of completed sum to 80, the whole is 79, difference 1");
        let expected: Vec<_> = touched.iter().map(|(month, _)| ("PARTS_MISSED", detail(month))).collect();
        assert_eq!(refused(&corrected, &recorded), expected);
        let more: Vec<Fact> = touched.iter().map(|(month, _)| handed("PRV_BIELLA", month, 11)).collect();
        let detail = |month: &str, pieces: i64| {
            format!("PRV_ASTI {PRODUCT}, {month}: {} pieces are handed over to it, it takes over {}", pieces + 11, pieces + 10)
        };
        let expected: Vec<_> = touched.iter().map(|(month, pieces)| ("PARTS_MISSED", detail(month, *pieces))).collect();
        assert_eq!(refused(&more, &recorded), expected);
    }
}

#[test]
fn a_measure_has_pieces_and_nothing_else() {
    let none = Facts::default();
    let control = |quantities: &[(usize, i64)]| fact(1, OFFICE, "PROCESS_CONTROL", "2021-03", quantities);
    check(&[control(&[(facts::CLOSING_BACKLOG, 1)])], &none, "QUANTITY_MISPLACED", "PROCESS_CONTROL is a measure");
    check(
        &[control(&[(facts::RECEIVED, 1), (facts::COMPLETED, 2)])],
        &none,
        "PART_EXCEEDS_WHOLE",
        "2 pieces of PROCESS_CONTROL completed are more than the 1",
    );
    assert_eq!(refused(&[control(&[(facts::RECEIVED, 2), (facts::COMPLETED, 2)])], &none), []);
}

/// March in Torino: 50 pieces wait, 90 were done.
fn aged(young: i64, old: i64, refused: i64, reopened: i64) -> Facts {
    in_force(vec![
        flow(1, OFFICE, "2021-03", 100, 90, 40),
        part(2, Part::Aged("UP_TO_30"), young),
        part(3, Part::Aged("OVER_365"), old),
        part(4, Part::Refused, refused),
        part(5, Part::Reopened, reopened),
    ])
}

#[test]
fn guards_are_shares_of_what_they_are_parts_of() {
    let facts = aged(30, 20, 18, 5);
    for structure in [OFFICE, "REG_PIEMONTE", "NAZ"] {
        let guard = |code: &str| measured(&plan(), &facts, code, structure, "2021-03");
        assert_eq!(guard("production.old_backlog_share"), Ok(Exact::from(40)), "20 of 50, {structure}");
        assert_eq!(guard("production.refusal_rate"), Ok(Exact::from(20)), "18 of 90, {structure}");
        assert_eq!(guard("production.reopening_rate"), Ok(Exact::from(5)), "5 of 100, {structure}");
    }
    for code in ["production.old_backlog_share", "production.refusal_rate", "production.reopening_rate"] {
        assert!(
            matches!(measured(&plan(), &facts, code, "PRV_ASTI", "2021-03"), Err(Missing::NoData { .. })),
            "{code} of an office without parts"
        );
    }
    // The flow does not notice its parts.
    let bare = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40)]);
    for code in ["production.clearance_ratio", "production.backlog_days", "production.backlog_days.INCOME_SUPPORT"] {
        assert_eq!(measured(&plan(), &facts, code, "NAZ", "2021-03"), measured(&plan(), &bare, code, "NAZ", "2021-03"), "{code}");
    }
}

/// Pieces under measurement and the hundredths of an hour that they took.
fn timed(line: u32, month: &str, pieces: i64, hundredths: i64) -> Fact {
    fact(line, OFFICE, &Part::Timed.subject(PRODUCT), month, &[(facts::COMPLETED, pieces), (facts::WORKED_HOURS, hundredths)])
}

#[test]
fn measured_time_stands_beside_that_of_the_catalogue_of_each_month() {
    let plan = plan_with(&[("coefficients.csv", "INCOME_SUPPORT,2021-03,0.5000\n")], &[]);
    let facts = in_force(vec![
        flow(1, OFFICE, "2021-02", 100, 90, 40),
        fact(2, OFFICE, PRODUCT, "2021-03", &[(facts::RECEIVED, 100), (facts::COMPLETED, 80)]),
        timed(3, "2021-02", 10, 1_100),
        timed(4, "2021-03", 20, 900),
    ]);
    let time = |facts: &Facts, structure, period| measured(&plan, facts, "production.measured_time", structure, period);
    assert_eq!(time(&facts, OFFICE, "2021-02"), Ok(Exact::from(110)), "11 hours on 10");
    assert_eq!(time(&facts, "REG_PIEMONTE", "2021-03"), Ok(Exact::from(90)), "9 hours on 20 pieces of half an hour");
    assert_eq!(time(&facts, "NAZ", "2021-Q1"), Ok(Exact::from(100)), "20 hours on 20");
    assert!(matches!(time(&facts, "PRV_ASTI", "2021-03"), Err(Missing::NoData { .. })));
    // What was timed may be refused as well, so the two are not added up.
    let march = || flow(1, OFFICE, "2021-03", 100, 90, 40);
    let none = Facts::default();
    assert_eq!(refused(&[march(), part(2, Part::Refused, 60), timed(3, "2021-03", 60, 5)], &none), []);
}

#[test]
fn time_that_is_not_of_pieces_is_refused() {
    let march = || flow(1, OFFICE, "2021-03", 100, 90, 40);
    let none = Facts::default();
    check(&[march(), timed(2, "2021-03", 91, 9_000)], &none, "PARTS_MISSED", "parts of completed sum to 91, the whole is 90, difference 1");
    check(&[march(), timed(2, "2021-03", 0, 100)], &none, "TIME_WITHOUT_PIECES", "has 0 pieces and 1 hours");
    check(&[march(), timed(2, "2021-03", 5, 0)], &none, "TIME_WITHOUT_PIECES", "has 5 pieces and 0 hours");
    check(&[march(), part(2, Part::Timed, 5)], &none, "TIME_WITHOUT_PIECES", "has 5 pieces and no hours");
    let on_the_whole = fact(1, OFFICE, PRODUCT, "2021-03", &[(facts::COMPLETED, 5), (facts::WORKED_HOURS, 500)]);
    check(&[on_the_whole], &none, "QUANTITY_MISPLACED", "send worked_hours with INCOME_SUPPORT:timed");
    let refused_with_time =
        fact(2, OFFICE, &Part::Refused.subject(PRODUCT), "2021-03", &[(facts::COMPLETED, 5), (facts::WORKED_HOURS, 500)]);
    check(&[march(), refused_with_time], &none, "QUANTITY_MISPLACED", "is a part of completed, so it has no worked_hours");
}

#[test]
fn easy_products_are_those_worth_at_most_so_many_hours() {
    let cheap = plan_with(&[("coefficients.csv", "CREDIT_WELFARE,2021-02,0.5000\n")], &[]);
    let completed = |line, product: &str, month: &str, pieces| {
        fact(line, OFFICE, product, month, &[(facts::RECEIVED, pieces), (facts::COMPLETED, pieces)])
    };
    let facts = in_force(vec![
        completed(1, PRODUCT, "2021-03", 75),
        completed(2, "CREDIT_WELFARE", "2021-03", 25),
        completed(3, "CREDIT_WELFARE", "2021-01", 25),
    ]);
    assert_eq!(measured(&cheap, &facts, "production.easy_share", "NAZ", "2021-03"), Ok(Exact::from(25)));
    assert!(
        matches!(measured(&cheap, &facts, "production.easy_share", "NAZ", "2021-01"), Err(Missing::NoInput { .. })),
        "it was worth an hour then"
    );
    let none = measured(&plan(), &facts, "production.easy_share", "NAZ", "2021-03").unwrap_err();
    assert_eq!(none.to_string(), "manca un prodotto che valga al più 0,5 ore nel catalogo", "no product is easy");
}

#[test]
fn a_peak_is_seen_beside_the_months_that_close_nothing() {
    let done = |line, month: &str, completed| fact(line, OFFICE, PRODUCT, month, &[(facts::RECEIVED, 10), (facts::COMPLETED, completed)]);
    let quarter = in_force(vec![done(1, "2021-01", 80), done(2, "2021-02", 120), done(3, "2021-03", 150)]);
    let peak = |facts: &Facts, period: &str| measured(&plan(), facts, "production.closing_peak", "NAZ", period);
    assert_eq!(peak(&quarter, "2021-Q1"), Ok(Exact::from(150)));
    assert!(matches!(peak(&quarter, "2021-03"), Err(Missing::NoData { .. })), "nothing to compare with");
    assert!(matches!(peak(&in_force(vec![done(1, "2021", 350)]), "2021"), Err(Missing::NoData { .. })), "a year does not speak of months");
    let idle = in_force(vec![done(1, "2021-02", 0), done(2, "2021-03", 150)]);
    assert!(matches!(peak(&idle, "2021-Q1"), Err(Missing::ZeroDivisor { .. })));
}

/// The plan with weights for the classes of age.
fn weighted(weights: [i64; 5]) -> Plan {
    let rows = include_str!("../../../plan/plans/inps-2021/ages.csv").lines().skip(1);
    let replaced: Vec<(&str, String)> =
        rows.zip(weights).map(|(row, weight)| (row, row.replacen(",,", &format!(",{weight},"), 1))).collect();
    // The oldest class has no last day, so its weight is the second empty cell.
    let oldest = replaced.last().map(|(row, _)| (*row, row.replacen(",,,", &format!(",,{},", weights[4]), 1)));
    let edits: Vec<(&str, &str, &str)> =
        replaced[..4].iter().chain(&oldest).map(|(row, edited)| ("ages.csv", *row, edited.as_str())).collect();
    plan_with(&[], &edits)
}

fn appeals(line: u32, office: &str, class: &str, pieces: i64) -> Fact {
    fact(line, office, &Part::Aged(class).subject("APPEALS_ORGANISATION"), "2021-06", &[(facts::CLOSING_BACKLOG, pieces)])
}

#[test]
fn an_appeal_weighs_the_more_the_longer_it_waits() {
    let facts = in_force(vec![
        fact(1, OFFICE, "APPEALS_ORGANISATION", "2021-06", &[(facts::CLOSING_BACKLOG, 60)]),
        appeals(2, OFFICE, "UP_TO_30", 10),
        appeals(3, OFFICE, "OVER_365", 50),
        fact(4, "PRV_ASTI", "APPEALS_ORGANISATION", "2021-06", &[(facts::CLOSING_BACKLOG, 4)]),
        appeals(5, "PRV_ASTI", "UP_TO_365", 4),
    ]);
    let plan = weighted([1, 2, 3, 4, 5]);
    let backlog = |plan: &Plan, structure| measured(plan, &facts, "production.appeals_weighted_backlog", structure, "2021-06-ytd");
    assert_eq!(backlog(&plan, OFFICE), Ok(Exact::from(10 + 250)));
    assert_eq!(backlog(&plan, "REG_PIEMONTE"), Ok(Exact::from(260 + 16)));
    // The bundled plan does not know the weights, and says so rather than counting every piece alike.
    let Err(Missing::NoInput { input }) = backlog(&super::plan(), "REG_PIEMONTE") else { panic!("weights are not published") };
    assert!(input.contains("da definire dall'istituto"), "{input}");
    assert!(matches!(backlog(&plan, "REG_LIGURIA"), Err(Missing::NoData { .. })));
}

/// Events open July and move what waits: how old it is was said in June, and stays said.
#[test]
fn a_month_that_opens_leaves_what_is_known_of_ages() {
    let whole = |line, month: &str, pieces| fact(line, OFFICE, "APPEALS_ORGANISATION", month, &[(facts::CLOSING_BACKLOG, pieces)]);
    let facts = in_force(vec![
        whole(1, "2021-06", 60),
        appeals(2, OFFICE, "UP_TO_30", 10),
        appeals(3, OFFICE, "OVER_365", 50),
        whole(4, "2021-07", 61),
    ]);
    let plan = weighted([1, 2, 3, 4, 5]);
    for (structure, period) in [(OFFICE, "2021-07"), ("REG_PIEMONTE", "2021-07-ytd"), ("NAZ", "2021")] {
        let backlog = measured(&plan, &facts, "production.appeals_weighted_backlog", structure, period);
        assert_eq!(backlog, Ok(Exact::from(10 + 250)), "{structure} {period}");
    }
    let state = State::of(&bundled().with([plan.clone()]), &facts);
    let period = "2021-07".parse().unwrap();
    let query = Query { plan: &plan, facts: &facts, structure: "NAZ", period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
    let asked = Asked::new(query, &state);
    let classes = ages::by_class(&asked, "APPEALS_ORGANISATION");
    assert_eq!(ages::month(&asked, &classes), Month::new(2021, 6).unwrap(), "when it was said, not when the month opened");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    /// Weights that grow with age: a piece that grows older never makes the backlog lighter; with one weight it is the pieces.
    #[test]
    fn older_is_never_lighter(pieces in prop::collection::vec(0i64..1_000, 5), mut weights in prop::collection::vec(1i64..100, 5), from in 0usize..4) {
        weights.sort_unstable();
        let classes = ["UP_TO_30", "UP_TO_60", "UP_TO_120", "UP_TO_365", "OVER_365"];
        let weigh = |pieces: &[i64], weights: &[i64]| {
            let whole = fact(1, OFFICE, "APPEALS_ORGANISATION", "2021-06", &[(facts::CLOSING_BACKLOG, pieces.iter().sum())]);
            let parts = classes.iter().zip(pieces).zip(2..).map(|((class, pieces), line)| appeals(line, OFFICE, class, *pieces));
            let facts = in_force(std::iter::once(whole).chain(parts).collect());
            measured(&weighted(weights.try_into().unwrap()), &facts, "production.appeals_weighted_backlog", "NAZ", "2021-06").unwrap()
        };
        let before = weigh(&pieces, &weights);
        let expected: i64 = pieces.iter().zip(&weights).map(|(pieces, weight)| pieces * weight).sum();
        prop_assert_eq!(&before, &Exact::from(expected));
        let mut older = pieces.clone();
        let moved = older[from].min(7);
        older[from] -= moved;
        older[from + 1] += moved;
        prop_assert!(weigh(&older, &weights) >= before);
        prop_assert_eq!(weigh(&pieces, &[1; 5]), ratio(pieces.iter().sum(), 1));
    }
}

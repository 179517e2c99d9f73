//! Every indicator and report says the same from the sums kept, from the facts alone, and from sums made for one question: about a closing
//! the facts answer until its sums are there.

use piramide_domain::{Batch, Detail, Domain as _, Facts, Measured, Query, State as _};
use piramide_finance::{
    Finance, accounts,
    asked::Asked,
    assets, costs,
    facts::QUANTITIES,
    spending,
    standard_costs::{self, Values},
    state::State,
    statement::{Judged, statement},
};
use piramide_ledger::Fact;
use piramide_measure::{Month, Period, Provenance};
use piramide_plan::{AccountFigure, Accounts, Plan, Securities, SecurityFigure, SpendFigure, Spending};

use crate::support::plans;

const OFFICES: [&str; 4] = ["PRV_TORINO", "PRV_IMPERIA", "NAZ_NA", "REG_PIEMONTE"];
const STRUCTURES: [&str; 4] = ["NAZ", "REG_PIEMONTE", "PRV_TORINO", "CU_DG"];
const PERIODS: [&str; 4] = ["2021", "2021-Q1", "2021-03-ytd", "2019-Q1"];

/// Whatever finance knows a name for in a plan.
fn subjects(plan: &Plan) -> Vec<String> {
    let items = plan.items().iter().chain(plan.costs().tree().iter()).map(|item| item.code.clone());
    let measures = plan.measures().iter().map(|measure| measure.code.clone());
    let chapters = plan.spending().chapters().iter();
    let chapters = chapters.flat_map(|chapter| SpendFigure::ALL.map(|figure| Spending::subject(&chapter.code, figure)));
    let accounts = plan.accounts().groups().iter().flat_map(|group| plan.accounts().of_group(&group.code));
    let accounts = accounts.flat_map(|account| AccountFigure::ALL.map(|figure| Accounts::subject(&account.code, figure)));
    let securities = plan.securities().iter();
    let securities = securities.flat_map(|security| SecurityFigure::ALL.map(|figure| Securities::subject(&security.code, figure)));
    let all = items.chain(measures).chain(chapters).chain(accounts).chain(securities);
    all.filter(|subject| Finance.subject_label(plan, subject).is_some()).collect()
}

/// Facts about all of them, of four years, so that two of those are kept whole.
fn facts(plan: &Plan) -> Facts {
    let mut facts = Facts::default();
    for (batch, provenance) in (1i64..).zip(Provenance::ALL) {
        let mut rows = Vec::new();
        for (number, subject) in subjects(plan).into_iter().enumerate() {
            for (office, structure) in OFFICES.iter().enumerate() {
                for (year, month) in (2018..=2021).flat_map(|year| [1, 3, 5, 13].map(|month| (year, month))) {
                    let drawn = (number * 31 + office * 17 + usize::from(year) * 7 + usize::from(month) * 3) % 101;
                    // Not everything is known everywhere, and not by everyone.
                    if drawn % 5 != usize::try_from(batch).unwrap() {
                        continue;
                    }
                    let index = Month::new(year, month).unwrap().index();
                    rows.push(Fact {
                        line: u32::try_from(rows.len() + 1).unwrap(),
                        structure: (*structure).into(),
                        subject: subject.as_str().into(),
                        first_month: index,
                        last_month: index,
                        values: [Some(i64::try_from(drawn * 1_000 + number).unwrap())].into(),
                    });
                }
            }
        }
        facts.take(batch, Batch { id: format!("b{batch}"), provenance }, rows);
    }
    facts
}

fn measured(of: &Measured) -> String {
    format!("{:?} {:?}", of.value, of.explanation.provenance())
}

fn judged(of: &Judged) -> String {
    format!("{of:?}")
}

/// Every report of a structure, line by line.
fn reports(asked: &Asked<'_>) -> Vec<String> {
    let mut said = Vec::new();
    let drawn = statement(asked, None);
    said.extend(drawn.lines.iter().map(|line| format!("{} {} {:?}", line.item.code, judged(&line.judged), line.gaps)));
    said.extend(drawn.below.iter().map(|beside| format!("{} {:?} {:?}", beside.structure.code, beside.total, beside.weighted)));
    for assignment in asked.plan.assignments().iter() {
        said.push(format!("{} {}", assignment.assignee, judged(&statement(asked, Some(assignment)).total)));
    }
    if let Some(drawn) = costs::statement(asked) {
        said.extend(drawn.lines.iter().map(|line| format!("{} {}", line.item.code, measured(&line.amount))));
        said.extend(drawn.natures.iter().map(|(nature, amount)| format!("{nature} {}", measured(amount))));
        for total in drawn.below.iter().chain([&drawn.whole]) {
            said.push(format!("{} {} {:?} {:?}", total.structure.code, measured(&total.own), total.received, total.given));
            said.extend(total.ratios.iter().map(|ratio| format!("{} {}", ratio.indicator.code, judged(&ratio.judged))));
        }
        said.extend(drawn.passed.iter().map(|passed| format!("{} {} {:?}", passed.receiver.structure, passed.cents, passed.weight)));
    }
    let control = spending::control(asked);
    said.push(format!("{:?} {}", control.elapsed, measured(&control.total.projection)));
    for line in &control.lines {
        let amounts = [&line.budget, &line.assigned, &line.forecast, &line.committed, &line.actual, &line.paid];
        said.push(format!("{} {:?} {:?}", line.chapter.code, line.standing(), amounts.map(measured)));
    }
    said.extend(control.below.iter().map(|beside| format!("{} {}", beside.structure.code, measured(&beside.total.actual))));
    let standard = standard_costs::standard(asked, Values::Actuals);
    said.extend(standard.elementary.iter().map(|cost| format!("{} {} {:?}", cost.cost.code, measured(&cost.value), cost.relative)));
    said.push(measured(&standard.index));
    let watched = accounts::watched(asked);
    for group in &watched.groups {
        said.push(judged(&group.result));
        for line in &group.lines {
            let amounts = [&line.balance, &line.previous, &line.collected, &line.overdue, &line.unworkable];
            said.push(format!("{} {} {:?}", line.account.code, judged(&line.change), amounts.map(measured)));
            said.extend(line.open.iter().map(|(age, open)| format!("{} {}", age.code, measured(open))));
        }
    }
    let owned = assets::assets(asked);
    for property in owned.below.iter().chain(&owned.own) {
        said.extend([&property.units, &property.value, &property.index, &property.errors].map(judged));
    }
    for holding in &owned.holdings {
        said.extend([&holding.opening, &holding.increases, &holding.decreases, &holding.closing].map(measured));
    }
    said
}

#[test]
fn indicators_and_reports_say_the_same_with_and_without_sums() {
    let untold = State::untold().expect("finance answers from its facts alone");
    for plan in plans().iter() {
        let facts = facts(plan);
        let state = State::of(plans(), &facts);
        // As of a closing: sheets of every year, and sums of what is asked for.
        let closed = facts.clone().with_sheets(0, None);
        let asleep = State::of(plans(), &closed);
        for (structure, period) in STRUCTURES.iter().flat_map(|structure| PERIODS.map(|period| (*structure, period))) {
            let parsed: Period = period.parse().unwrap();
            let query = Query { plan, facts: &facts, structure, period: parsed, quantities: &QUANTITIES, detail: Detail::Figure };
            let at = format!("{}, {structure}, {period}", plan.version());
            let said = reports(&Asked::new(query, &untold));
            assert_eq!(reports(&Asked::new(query, &state)), said, "kept: {at}");
            let made = Asked::make_sums(&query, &untold, plan).expect("nothing is kept");
            assert_eq!(reports(&Asked::with_sums(query, &untold, Some(&made))), said, "made for the question: {at}");
            let of_closed = Query { facts: &closed, ..query };
            let made = Asked::make_sums(&of_closed, &asleep, plan);
            assert_eq!(reports(&Asked::with_sums(of_closed, &asleep, made.as_ref())), said, "made from sheets: {at}");
            for indicator in plan.indicators().of_domain("finance") {
                let read = measured(&Finance.measure(&query, &untold, indicator));
                assert_eq!(measured(&Finance.measure(&query, &state, indicator)), read, "{}: {at}", indicator.code);
                assert_eq!(measured(&Finance.measure(&of_closed, &asleep, indicator)), read, "of sheets, {}: {at}", indicator.code);
            }
        }
    }
}

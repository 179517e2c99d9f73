//! What changed between two closings: every quantity that makes the flows differ, no more and no less, with the reason of its batch.

use std::collections::BTreeMap;

use piramide_contracts::{
    ledger::{ClosePeriodRequest, ledger_service_client::LedgerServiceClient},
    production::{
        ChangeKind, ChangedQuantity, ChangingBatch, CompareClosingsRequest, CompareClosingsResponse, Flow, FlowEffect, GetFlowsRequest,
        GetFlowsResponse, RecordEventsRequest, production_service_client::ProductionServiceClient,
    },
    types::{self, AsOf, as_of::At},
};
use piramide_domain::{Batch, Detail, Facts, Query, State as _};
use piramide_ledger::Closing;
use piramide_measure::{Exact, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_production::{
    asked::Asked,
    changes::{Changed, Comparison, Kind, Subject},
    facts::{CLOSING_BACKLOG, OPENING_BACKLOG, QUANTITIES},
    state::{NET_PRODUCTION, PRODUCTION, State},
};
use piramide_service::Refusal;
use proptest::prelude::*;
use tonic::{Code, Status, transport::Channel};

use super::{
    OFFICE, PRODUCT, bundled,
    histories::{NODES, STRUCTURES, Step, moving, step},
    service::{SCHEMA, events, send, serve_with, submit_of, submit_rows},
};

const PERIODS: [&str; 5] = ["2021-03", "2021-04", "2021-Q1", "2021-05-ytd", "2021"];

/// The facts after some batches and groups of events, each of the next provenance.
fn after(history: &[Step]) -> Facts {
    let mut facts = Facts::default();
    for (step, (sequence, provenance)) in history.iter().zip((1i64..).zip(Provenance::ALL.into_iter().cycle())) {
        let rows = step.rows(&facts);
        facts.take(sequence, Batch { id: format!("b{sequence}"), provenance }, rows);
    }
    facts
}

fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'static str, period: Period) -> Query<'a> {
    Query { plan, facts, structure, period, quantities: &QUANTITIES, detail: Detail::Figure }
}

/// The pieces of a flow, quantity by quantity, and its points: of a total those of the production areas.
fn pieces(asked: &Asked<'_>, node: &str) -> ([i128; 8], i128) {
    let sums = asked.sums(node).unwrap();
    let or_nothing = |sum: Option<i64>| i128::from(sum.unwrap_or_default());
    let mut pieces = std::array::from_fn(|quantity| or_nothing(sums.sum(quantity)));
    pieces[OPENING_BACKLOG] = or_nothing(asked.sums_at_start(node).unwrap().sum(OPENING_BACKLOG));
    pieces[CLOSING_BACKLOG] = or_nothing(asked.sums_waiting(node).unwrap().sum(CLOSING_BACKLOG));
    let is_total = asked.query.plan.catalogue().is_root(node);
    (pieces, or_nothing(sums.sum(if is_total { NET_PRODUCTION } else { PRODUCTION })))
}

/// What the changes of some products do to the flow of a node above them.
fn effects(asked: &Asked<'_>, node: &str, changed: &BTreeMap<&str, Vec<Changed<'_>>>) -> ([i128; 8], i128) {
    let catalogue = asked.query.plan.catalogue();
    let (mut pieces, mut points) = ([0; 8], 0);
    for product in catalogue.products_under(node) {
        for change in &changed[product.code.as_str()] {
            if let Some(sum) = pieces.get_mut(change.place.flow_quantity) {
                *sum += change.effect;
            }
            if !catalogue.is_root(node) || product.counts_net_points() {
                points += change.points_effect.unwrap_or_default();
            }
        }
    }
    (pieces, points)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Whatever was brought, corrected and withdrawn after a closing, and whatever events did, in offices that move: the flows of then and what changed are the flows
    /// of now.
    #[test]
    fn flows_before_and_what_changed_are_flows_after(
        history in prop::collection::vec(step(), 2..6),
        cut in 0usize..6,
    ) {
        let plan = moving();
        let plans = Plans::default().with([plan.clone()]);
        let sides = [after(&history[..cut.min(history.len())]), after(&history)];
        let states = [State::of(&plans, &sides[0]), State::of(&plans, &sides[1])];
        for structure in STRUCTURES {
            for period in PERIODS {
                let period: Period = period.parse().unwrap();
                let before = Asked::new(query(&plan, &sides[0], structure, period), &states[0]);
                let now = Asked::new(query(&plan, &sides[1], structure, period), &states[1]);
                let comparison = Comparison::new(&before, &now);
                let products = plan.catalogue().iter().filter(|row| plan.catalogue().product(&row.code).is_some());
                let changed: BTreeMap<&str, Vec<Changed<'_>>> =
                    products.map(|product| (product.code.as_str(), comparison.of_subject(&Subject::of_product(product)))).collect();
                for node in NODES {
                    let (then, since, is) = (pieces(&before, node), effects(&now, node, &changed), pieces(&now, node));
                    let sum: [i128; 8] = std::array::from_fn(|quantity| then.0[quantity] + since.0[quantity]);
                    prop_assert_eq!((sum, then.1 + since.1), is, "{} {} {}", structure, period, node);
                }
                if sides[0] == sides[1] {
                    prop_assert!(changed.values().all(Vec::is_empty));
                }
            }
        }
    }
}

/// A service on a ledger of its own, and what is asked of it.
struct Service {
    channel: Channel,
    _folder: tempfile::TempDir,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &[]).await;
        Self { channel, _folder: folder }
    }

    fn client(&self) -> ProductionServiceClient<Channel> {
        ProductionServiceClient::new(self.channel.clone())
    }

    async fn close(&self, name: &str, period: &str) {
        let period = Some(types::Period { value: period.into() });
        let request = ClosePeriodRequest { name: name.into(), period, author: "test".into(), ..ClosePeriodRequest::default() };
        LedgerServiceClient::new(self.channel.clone()).close_period(request).await.unwrap();
    }

    async fn flows(&self, as_of: &str) -> GetFlowsResponse {
        let request = GetFlowsRequest {
            structure_code: "NAZ".into(),
            period: Some(types::Period { value: "2021".into() }),
            as_of: Some(closing(as_of)),
            ..GetFlowsRequest::default()
        };
        self.client().get_flows(request).await.unwrap().into_inner()
    }

    async fn compare(&self, request: CompareClosingsRequest) -> Result<CompareClosingsResponse, Status> {
        self.client().compare_closings(request).await.map(tonic::Response::into_inner)
    }
}

fn closing(name: &str) -> AsOf {
    AsOf { at: Some(At::Closing(name.into())) }
}

/// The year of the nation since a closing.
fn since(name: &str) -> CompareClosingsRequest {
    CompareClosingsRequest {
        structure_code: "NAZ".into(),
        period: Some(types::Period { value: "2021".into() }),
        before: Some(closing(name)),
        ..CompareClosingsRequest::default()
    }
}

fn written(number: &types::Exact) -> String {
    format!("{}/{}", number.numerator, number.denominator)
}

/// A change as a reader remembers it: office, month, quantity, before, after, effect, kind, reason.
fn told<'a>(
    answer: &'a CompareClosingsResponse,
    change: &'a ChangedQuantity,
) -> (&'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>, i64, ChangeKind, &'a str) {
    let number = |value: &'a Option<types::Exact>| value.as_ref().map(|value| value.numerator.as_str());
    let month = change.period.as_ref().unwrap().value.as_str();
    let (before, after) = (number(&change.before), number(&change.after));
    (&change.structure_code, month, &change.quantity, before, after, change.effect, change.kind(), &batch(answer, change).reason)
}

/// The batch that brought a change.
fn batch<'a>(answer: &'a CompareClosingsResponse, change: &ChangedQuantity) -> &'a ChangingBatch {
    answer.batches.iter().find(|batch| batch.batch_id == change.batch_id).unwrap()
}

/// The effects of all changes sum to the difference of the flow of the product.
#[track_caller]
fn assert_squares(answer: &CompareClosingsResponse) {
    let effect = answer.effects.iter().find(|effect| effect.after.as_ref().unwrap().node_code == PRODUCT).unwrap();
    let quantities = ["received", "completed", "opening_backlog", "closing_backlog"];
    let of = |flow: &Option<Flow>| {
        let flow = flow.as_ref().unwrap();
        [flow.received, flow.completed, flow.opening_backlog, flow.closing_backlog].map(Option::unwrap_or_default)
    };
    for (quantity, (before, after)) in quantities.iter().zip(of(&effect.before).into_iter().zip(of(&effect.after))) {
        let sum: i64 = answer.changes.iter().filter(|change| change.flow_quantity == *quantity).map(|change| change.effect).sum();
        assert_eq!(before + sum, after, "{quantity}");
    }
}

/// Torino and Asti have February, the first quarter is closed, and Torino remembers three pieces of March. Then April comes as it should.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_event_restates_what_was_closed_and_says_why() {
    let service = Service::start().await;
    for office in [OFFICE, "PRV_ASTI"] {
        submit_of(&service.channel, office, office, "2021-02").await.unwrap();
    }
    service.close("2021-I", "2021-Q1").await;
    let kept = service.flows("2021-I").await;
    let silent = service.compare(since("2021-I")).await.unwrap();
    assert_eq!((silent.effects.len(), silent.changes.len(), silent.restated_count), (0, 0, Some(0)), "nothing came since");

    let refused = send(&service.client(), events(1..4)).await.unwrap();
    assert_eq!(refused.refused[0].reason, "PERIOD_CLOSED");
    let late = || RecordEventsRequest { reason: "faldone ritrovato".into(), ..events(1..4) };
    assert_eq!(send(&service.client(), late()).await.unwrap().accepted, 3);
    let answer = service.compare(since("2021-I")).await.unwrap();
    let why = (ChangeKind::Restated, "faldone ritrovato");
    let expected = [
        // March is new: it opens with what February closed with, and is what Torino says last.
        (OFFICE, "2021-02", "closing_backlog", Some("5"), Some("5"), -5, ChangeKind::Displaced, ""),
        (OFFICE, "2021-03", "received", None, Some("3"), 3, why.0, why.1),
        (OFFICE, "2021-03", "opening_backlog", None, Some("5"), 0, why.0, why.1),
        (OFFICE, "2021-03", "closing_backlog", None, Some("8"), 8, why.0, why.1),
    ];
    assert_eq!(answer.changes.iter().map(|change| told(&answer, change)).collect::<Vec<_>>(), expected);
    assert_eq!((answer.restated_count, answer.late_count, answer.displaced_count), (Some(3), Some(0), Some(1)));
    let brought = batch(&answer, &answer.changes[1]);
    assert_eq!((brought.origin.as_str(), brought.batch_id.as_str(), brought.recorded_at.is_some()), ("desk", "events-4", true));
    assert_squares(&answer);

    let again = send(&service.client(), late()).await.unwrap();
    assert_eq!((again.accepted, again.duplicates), (0, 3));
    assert_eq!(service.compare(since("2021-I")).await.unwrap(), answer, "a replay adds nothing");
    assert_eq!(service.flows("2021-I").await, kept, "the closing says for ever what it said");

    submit_of(&service.channel, "april", "PRV_ASTI", "2021-04").await.unwrap();
    let answer = service.compare(since("2021-I")).await.unwrap();
    assert_squares(&answer);
    let april: Vec<_> =
        answer.changes.iter().map(|change| told(&answer, change)).filter(|told| told.0 == "PRV_ASTI" && told.1 == "2021-04").collect();
    assert_eq!(april.len(), 4, "{april:?}");
    assert!(april.iter().all(|told| told.6 == ChangeKind::Late && told.7.is_empty()), "April was open: {april:?}");
    assert_eq!((answer.restated_count, answer.late_count, answer.displaced_count), (Some(3), Some(4), Some(2)));
    // Up to a second closing, and since that.
    service.close("2021-II", "2021-Q2").await;
    let up_to = service.compare(CompareClosingsRequest { after: Some(closing("2021-II")), ..since("2021-I") }).await.unwrap();
    assert_eq!((&up_to.changes, &up_to.effects), (&answer.changes, &answer.effects));
    assert_eq!(service.compare(since("2021-II")).await.unwrap().changes, []);
    let known = AsOf { at: answer.known_at.map(At::Moment) };
    let again = service.compare(CompareClosingsRequest { after: Some(known), ..since("2021-I") }).await.unwrap();
    assert_eq!((again.changes, again.sequence), (answer.changes, answer.sequence), "by the moment that the answer names");
}

/// What counts is whether the months were closed when the fact came, and not whether they were for the earlier knowledge.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_closed_when_it_came_is_restated_whatever_it_is_compared_with() {
    let service = Service::start().await;
    submit_of(&service.channel, "asti", "PRV_ASTI", "2021-02").await.unwrap();
    let since_moment = |moment| CompareClosingsRequest { before: Some(AsOf { at: Some(At::Moment(moment)) }), ..since("") };
    let counts = |answer: CompareClosingsResponse| (answer.restated_count.unwrap(), answer.late_count.unwrap());
    let beginning = prost_types::Timestamp { seconds: 1, nanos: 0 };
    let everything = service.compare(since_moment(beginning)).await.unwrap();
    let open = everything.known_at.unwrap();
    assert_eq!((everything.before_sequence, counts(everything)), (0, (0, 4)), "nothing was closed when it came");
    service.close("2021-I", "2021-Q1").await;
    assert_eq!(counts(service.compare(since_moment(beginning)).await.unwrap()), (0, 4), "nor is it closed now as if it had been then");
    let late = RecordEventsRequest { reason: "ricalcolo".into(), ..events(1..4) };
    send(&service.client(), late).await.unwrap();
    assert_eq!(counts(service.compare(since_moment(open)).await.unwrap()), (1, 0), "before any closing");
    assert_eq!(counts(service.compare(since("2021-I")).await.unwrap()), (1, 0));

    // April comes while it is open, is closed by a second closing, and corrected after that.
    submit_of(&service.channel, "april", "PRV_ASTI", "2021-04").await.unwrap();
    service.close("2021-II", "2021-Q2").await;
    assert_eq!(counts(service.compare(since("2021-I")).await.unwrap()), (1, 4));
    let mut request = RecordEventsRequest { reason: "faldone ritrovato".into(), ..events(50..51) };
    request.events[0].structure_code = "PRV_ASTI".into();
    request.events[0].moment.as_mut().unwrap().seconds += 31 * 24 * 60 * 60;
    assert_eq!(send(&service.client(), request).await.unwrap().accepted, 1);
    let answer = service.compare(since("2021-I")).await.unwrap();
    let april: Vec<_> = answer.changes.iter().map(|change| told(&answer, change)).filter(|told| told.1 == "2021-04").collect();
    assert!(april.iter().all(|told| told.6 == ChangeKind::Restated && told.7 == "faldone ritrovato"), "{april:?}");
    assert_eq!(april.len(), 4);
    assert_eq!(counts(answer), (5, 0));
}

/// Parts, hours under measurement and measures of the plan enter no flow, and other pages show them: they are told like the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_flow_counts_is_told_too() {
    let service = Service::start().await;
    submit_of(&service.channel, "asti", "PRV_ASTI", "2021-02").await.unwrap();
    submit_rows(
        &service.channel,
        ("parts", ""),
        &[
            ("INCOME_SUPPORT:age:UP_TO_30", &[("closing_backlog", "5")]),
            ("INCOME_SUPPORT:timed", &[("completed", "2"), ("worked_hours", "3")]),
            ("DISCARDS_PROJECT", &[("completed", "7")]),
        ],
    )
    .await
    .unwrap();
    service.close("2021-I", "2021-Q1").await;
    submit_rows(
        &service.channel,
        ("corrected", "ricontati"),
        &[
            ("INCOME_SUPPORT:age:UP_TO_30", &[("closing_backlog", "3")]),
            ("INCOME_SUPPORT:age:UP_TO_60", &[("closing_backlog", "2")]),
            ("INCOME_SUPPORT:refused", &[("completed", "1")]),
            ("INCOME_SUPPORT:timed", &[("completed", "2"), ("worked_hours", "4.5")]),
            ("DISCARDS_PROJECT", &[("completed", "8")]),
        ],
    )
    .await
    .unwrap();
    let answer = service.compare(since("2021-I")).await.unwrap();
    let short = |change: &ChangedQuantity| {
        let (before, after) = (change.before.as_ref().map(written), change.after.as_ref().map(written));
        (change.product_code.clone(), change.label.clone(), change.quantity.clone(), before, after)
    };
    let said = |subject: &str, label: &str, quantity: &str, before: Option<&str>, after: &str| {
        (subject.to_owned(), label.to_owned(), quantity.to_owned(), before.map(str::to_owned), Some(after.to_owned()))
    };
    let part = |code: &str| format!("INCOME_SUPPORT:{code}");
    let of = |part: &str| format!("Ammortizzatori sociali, di cui {part}");
    let expected = [
        said(&part("age:UP_TO_30"), &of("in attesa fino a 30 giorni"), "closing_backlog", Some("5/1"), "3/1"),
        said(&part("age:UP_TO_60"), &of("in attesa da 31 a 60 giorni"), "closing_backlog", None, "2/1"),
        said(&part("refused"), &of("respinto"), "completed", None, "1/1"),
        said(&part("timed"), &of("a tempo rilevato"), "worked_hours", Some("3/1"), "9/2"),
        said("DISCARDS_PROJECT", "Progetto B: scarti riscatti e ricongiunzioni gestione pubblica", "completed", Some("7/1"), "8/1"),
    ];
    assert_eq!(answer.changes.iter().map(short).collect::<Vec<_>>(), expected);
    assert!(answer.changes.iter().all(|change| (change.effect, change.points_effect.is_none()) == (0, true)), "no flow has them");
    assert!(answer.changes.iter().all(|change| change.kind() == ChangeKind::Restated && batch(&answer, change).reason == "ricontati"));
    assert_eq!((answer.restated_count, answer.effects.len()), (Some(5), 0), "and no flow is another");
    let product = service.compare(CompareClosingsRequest { node_code: PRODUCT.into(), ..since("2021-I") }).await.unwrap();
    assert_eq!(product.changes, answer.changes[..4], "parts lie under their product, a measure under no node");
    let second = CompareClosingsRequest { page_size: 2, ..since("2021-I") };
    let first = service.compare(second.clone()).await.unwrap();
    let next = service.compare(CompareClosingsRequest { page_token: first.next_page_token, ..second }).await.unwrap();
    assert_eq!([first.changes, next.changes].concat(), answer.changes[..4], "a page may end between two parts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_is_read_page_by_page_and_kind_by_kind() {
    let service = Service::start().await;
    submit_of(&service.channel, "asti", "PRV_ASTI", "2021-02").await.unwrap();
    service.close("2021-I", "2021-Q1").await;
    let late = RecordEventsRequest { reason: "ricalcolo".into(), ..events(1..4) };
    send(&service.client(), late).await.unwrap();
    submit_of(&service.channel, "april", "PRV_ASTI", "2021-04").await.unwrap();
    let whole = service.compare(since("2021-I")).await.unwrap();
    assert_eq!((whole.changes.len(), whole.next_page_token.as_str()), (6, ""));
    for page_size in [1, 4, 6] {
        let (mut read, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = service.compare(CompareClosingsRequest { page_size, page_token, ..since("2021-I") }).await.unwrap();
            assert_eq!(page.effects.is_empty() && page.restated_count.is_none(), pages > 0, "told with the first page alone");
            assert!(page.changes.len() <= usize::try_from(page_size).unwrap());
            read.extend(page.changes);
            (page_token, pages) = (page.next_page_token, pages + 1);
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(read, whole.changes, "in pages of {page_size}");
    }
    let mut by_kind = Vec::new();
    for kind in [ChangeKind::Restated, ChangeKind::Late, ChangeKind::Displaced] {
        let answer = service.compare(CompareClosingsRequest { kind: kind.into(), ..since("2021-I") }).await.unwrap();
        assert!(answer.changes.iter().all(|change| change.kind() == kind));
        assert_eq!((answer.restated_count, &answer.effects), (whole.restated_count, &whole.effects), "the flows are those of all");
        by_kind.push(answer.changes.len());
    }
    assert_eq!(by_kind.iter().sum::<usize>(), whole.changes.len());
    assert_eq!(
        [whole.restated_count, whole.late_count, whole.displaced_count].map(Option::unwrap),
        [by_kind[0], by_kind[1], by_kind[2]].map(|count| i64::try_from(count).unwrap())
    );

    let totals = service.compare(CompareClosingsRequest { totals_only: true, ..since("2021-I") }).await.unwrap();
    let without_parent = |effect: &&FlowEffect| effect.after.as_ref().unwrap().parent_code.is_empty();
    assert_eq!(totals.effects, whole.effects.iter().filter(without_parent).cloned().collect::<Vec<_>>());
    assert!(!totals.effects.is_empty() && totals.effects.len() < whole.effects.len());
    assert_eq!(totals.changes, whole.changes, "what changed is told all the same");

    let elsewhere = service.compare(CompareClosingsRequest { node_code: "FLOW_FLOWS".into(), ..since("2021-I") }).await.unwrap();
    assert_eq!((elsewhere.effects.len(), elsewhere.changes.len()), (0, 0), "no product of the node changed");
    let at = service.compare(CompareClosingsRequest { node_code: PRODUCT.into(), ..since("2021-I") }).await.unwrap();
    assert_eq!((at.effects.len(), at.changes), (1, whole.changes));
}

/// The reasons and notes of a page are bounded, and with them its bytes: where every quantity comes from a batch of its own a page ends sooner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_of_so_many_batches_at_most() {
    let service = Service::start().await;
    submit_of(&service.channel, "asti", "PRV_ASTI", "2021-02").await.unwrap();
    service.close("2021-I", "2021-Q1").await;
    let plan = moving();
    let offices: Vec<&str> = plan.structures().codes().filter(|code| code.starts_with("PRV_") && *code != "PRV_ASTI").take(102).collect();
    for office in &offices {
        submit_of(&service.channel, &format!("april-{office}"), office, "2021-04").await.unwrap();
    }
    let late = CompareClosingsRequest { kind: ChangeKind::Late.into(), page_size: 1_000, ..since("2021-I") };
    let first = service.compare(late.clone()).await.unwrap();
    assert_eq!((first.batches.len(), first.changes.len(), first.late_count), (100, 400, Some(408)));
    let second = service.compare(CompareClosingsRequest { page_token: first.next_page_token, ..late }).await.unwrap();
    assert_eq!((second.batches.len(), second.changes.len(), second.next_page_token.as_str()), (2, 8, ""));
}

#[track_caller]
fn check(status: &Status, code: Code, reason: &str, field: &str) {
    let refusal = Refusal::read(status).unwrap();
    assert_eq!((status.code(), refusal.reason.as_ref()), (code, reason), "{status}");
    assert_eq!(refusal.details.fields[0].0, field, "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_compared_is_refused() {
    let service = Service::start().await;
    submit_of(&service.channel, "asti", "PRV_ASTI", "2021-02").await.unwrap();
    service.close("first", "2021-Q1").await;
    submit_of(&service.channel, "april", "PRV_ASTI", "2021-04").await.unwrap();
    service.close("second", "2021-Q2").await;
    let refused = async |request| service.compare(request).await.unwrap_err();
    let whole = || since("first");
    check(&refused(CompareClosingsRequest { before: None, ..whole() }).await, Code::InvalidArgument, "CLOSING_REQUIRED", "before");
    check(&refused(since("never")).await, Code::NotFound, "CLOSING_UNKNOWN", "before");
    let never = CompareClosingsRequest { after: Some(closing("never")), ..whole() };
    check(&refused(never).await, Code::NotFound, "CLOSING_UNKNOWN", "after");
    let reversed = CompareClosingsRequest { after: Some(closing("first")), ..since("second") };
    check(&refused(reversed).await, Code::InvalidArgument, "CLOSINGS_REVERSED", "before");
    check(&refused(CompareClosingsRequest { node_code: "X".into(), ..whole() }).await, Code::NotFound, "NODE_UNKNOWN", "node_code");
    for page_size in [-1, 1_001] {
        check(&refused(CompareClosingsRequest { page_size, ..whole() }).await, Code::InvalidArgument, "PAGE_SIZE", "page_size");
    }
    for page_token in ["x", "INCOME_SUPPORT/PRV_ASTI/1/1/0", "NOTHING/PRV_ASTI/1/1/0/0", "INCOME_SUPPORT/PRV_ASTI/1/x/0/0"] {
        let request = CompareClosingsRequest { page_token: page_token.into(), ..whole() };
        check(&refused(request).await, Code::InvalidArgument, "PAGE_TOKEN", "page_token");
    }
}

#[test]
fn a_month_that_no_closing_touches_is_late() {
    let plan = moving();
    let plans = bundled().with([plan.clone()]);
    let month = |month: u8, received: i64| (0, 0, (month, month), vec![Some(received), None, None, None, None, None, None, None]);
    let first = || Step::Batch(vec![month(2, 5)]);
    let sides = [after(&[first()]), after(&[first(), Step::Batch(vec![month(2, 6), month(4, 7)])])];
    let states = [State::of(&plans, &sides[0]), State::of(&plans, &sides[1])];
    let period: Period = "2021".parse().unwrap();
    let before = Asked::new(query(&plan, &sides[0], "NAZ", period), &states[0]);
    let now = Asked::new(query(&plan, &sides[1], "NAZ", period), &states[1]);
    let changed = Comparison::new(&before, &now).of_subject(&Subject::of_product(plan.catalogue().product(PRODUCT).unwrap()));
    let quarter: Period = "2021-Q1".parse().unwrap();
    let closed_at = |sequence| Closing {
        name: "2021-I".into(),
        sequence,
        first_month: quarter.first_month().index(),
        last_month: quarter.last_month().index(),
        author: "test".into(),
        note: None,
        recorded_at: 0,
        chain_hash: [0; 32],
    };
    let kinds = |closed: &[Closing]| changed.iter().map(|change| change.kind(closed)).collect::<Vec<_>>();
    assert_eq!(kinds(&[closed_at(0)]), [Kind::Restated, Kind::Late]);
    assert_eq!(kinds(&[closed_at(2)]), [Kind::Late, Kind::Late], "what was closed after it came is not restated by it");
    assert_eq!(kinds(&[]), [Kind::Late, Kind::Late], "where nothing was closed nothing is restated");
    assert_eq!(changed.iter().map(Changed::difference).collect::<Vec<_>>(), [1, 7]);
    let points: Exact = changed.iter().filter_map(|change| change.points_effect).map(|units| Exact::from_minor_units(units, 4)).sum();
    assert!(points.is_zero(), "nothing was completed");
}

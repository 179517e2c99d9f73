//! `RecordEvents`: chunks of work events, each answered when it is durable.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use foldhash::{HashMap, HashSet};
use piramide_contracts::production::{RecordEventsRequest, RecordEventsResponse, RefusedEvent, WorkEvent, WorkEventKind};
use piramide_domain::{
    Handle,
    events::{
        Chunk, Refused, Settled,
        stream::{self, Contract, Read},
    },
};
use piramide_ledger::Event;
use piramide_measure::Month;
use tonic::Status;

use crate::{
    Production,
    events::Kind,
    facts::{COLUMNS, STAFF_FTE},
};

const MOST_PIECES: i64 = 1_000_000;
/// How far ahead a moment may be: clocks differ, days do not.
const AHEAD_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// The contract that takes work events, for one stream.
pub(super) struct WorkEvents {
    handle: Handle<Production>,
    /// What the chunks before named and was found right.
    sound: Mutex<HashMap<i32, Sound>>,
}

/// Structures and products in which work can happen in a month: one is right whatever the other is.
#[derive(Default)]
struct Sound {
    structures: HashSet<String>,
    products: HashSet<String>,
}

impl WorkEvents {
    /// The contract for a stream that begins.
    pub(super) fn new(handle: Handle<Production>) -> Self {
        Self { handle, sound: Mutex::default() }
    }
}

impl Contract for WorkEvents {
    type Request = RecordEventsRequest;
    type Response = RecordEventsResponse;

    fn read(&self, request: RecordEventsRequest) -> Result<Read, Status> {
        let RecordEventsRequest { chunk, origin, provenance, reason, events } = request;
        let (provenance, reason) = stream::header(&origin, provenance, &reason, events.len())?;
        // Only what is right is ever put in, so it is right whatever became of whoever held it.
        let mut sound = self.sound.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reader = Reader { handle: &self.handle, latest: now().saturating_add(AHEAD_MICROS), sound: &mut sound };
        let (mut read, mut refused) = (Vec::with_capacity(events.len()), Vec::new());
        for event in events {
            let number = event.number;
            match reader.event(&origin, event) {
                Ok(event) => read.push(event),
                Err(reason) => refused.push((number, reason)),
            }
        }
        Ok(Read { number: chunk, chunk: Chunk { provenance, reason, events: read }, refused })
    }

    fn response(chunk: i64, refused: Vec<(i64, Refused)>, settled: Settled) -> RecordEventsResponse {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let wire = |(number, Refused { field, reason, detail })| RefusedEvent {
            number,
            field: field.to_owned(),
            reason: reason.to_owned(),
            detail,
        };
        RecordEventsResponse {
            chunk,
            accepted: count(settled.accepted),
            duplicates: count(settled.duplicates),
            refused: refused.into_iter().map(wire).collect(),
            sequence: settled.sequence,
        }
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Reads the events of a chunk. What a plan says of a structure and a product in a month is looked up once in a stream.
struct Reader<'a> {
    handle: &'a Handle<Production>,
    latest: i64,
    /// By month.
    sound: &'a mut HashMap<i32, Sound>,
}

impl Reader<'_> {
    fn event(&mut self, origin: &str, event: WorkEvent) -> Result<Event, Refused> {
        if event.number < 1 {
            return Err(Refused::new("number", "NUMBER", format!("{} is not a number from 1", event.number)));
        }
        if event.pieces == 0 || event.pieces.unsigned_abs() > MOST_PIECES.unsigned_abs() {
            let detail = format!("{} pieces: give 1 to {MOST_PIECES}, or as many below zero to take back", event.pieces);
            return Err(Refused::new("pieces", "PIECES_MALFORMED", detail));
        }
        let kind = kind(event.kind)?;
        let moment = event.moment.as_ref().map(|moment| (moment.seconds, moment.nanos));
        let (moment, month) = super::moment::read(moment, event.utc_offset_minutes, self.latest)?;
        let counterpart = Some(event.to_structure_code).filter(|code| !code.is_empty());
        match (&counterpart, kind) {
            (None, Kind::Transferred) => {
                return Err(Refused::new("to_structure_code", "TRANSFER_MALFORMED", "a transfer names the structure that takes over"));
            }
            (Some(to), Kind::Transferred) if *to == event.structure_code => {
                let detail = format!("{to} cannot hand over to itself");
                return Err(Refused::new("to_structure_code", "TRANSFER_MALFORMED", detail));
            }
            (Some(_), Kind::Received | Kind::Completed | Kind::CompletedAutomatically | Kind::Cancelled) => {
                return Err(Refused::new("to_structure_code", "TRANSFER_MALFORMED", format!("{} has no second structure", kind.as_str())));
            }
            (Some(_), Kind::Transferred) | (None, Kind::Received | Kind::Completed | Kind::CompletedAutomatically | Kind::Cancelled) => {}
        }
        self.place(&event.structure_code, &event.product_code, month)?;
        if let Some(to) = &counterpart {
            self.place(to, &event.product_code, month)?;
        }
        Ok(Event {
            origin: origin.to_owned(),
            number: event.number,
            kind: kind.as_str().to_owned(),
            structure: event.structure_code,
            counterpart,
            subject: event.product_code,
            month: month.index(),
            moment,
            amount: event.pieces,
        })
    }

    fn place(&mut self, structure: &str, product: &str, month: Month) -> Result<(), Refused> {
        let sound = self.sound.get(&month.index());
        let known = sound.map(|sound| (sound.structures.contains(structure), sound.products.contains(product)));
        if known == Some((true, true)) {
            return Ok(());
        }
        if let Some(fault) = place_fault(self.handle, structure, product, month) {
            return Err(fault);
        }
        let Sound { structures, products } = self.sound.entry(month.index()).or_default();
        structures.insert(structure.to_owned());
        products.insert(product.to_owned());
        Ok(())
    }
}

/// Why no event can be about a product in a structure and month.
fn place_fault(handle: &Handle<Production>, structure: &str, product: &str, month: Month) -> Option<Refused> {
    if let Some((field, reason, detail)) = handle.place_fault(structure, product, month) {
        return Some(Refused::new(if field == "product" { "product_code" } else { field }, reason, detail));
    }
    let plan = handle.plans().in_force(piramide_measure::Period::Month(month))?;
    let catalogue = plan.catalogue();
    if catalogue.product(product).is_none() {
        let detail =
            format!("\"{product}\" is not a product of {}: its parts and the measures of the plan come in batches", plan.version());
        return Some(Refused::new("product_code", "SUBJECT_UNKNOWN", detail));
    }
    if catalogue.product(product).is_some_and(piramide_plan::Product::is_staff) {
        let detail = format!("{product} is staff: send {} in a batch", COLUMNS.get(STAFF_FTE).copied().unwrap_or_default());
        return Some(Refused::new("product_code", "QUANTITY_MISPLACED", detail));
    }
    let known = catalogue.coefficient(product, month).is_some();
    let detail = || format!("{product} has no coefficient yet in {month}, under {}", plan.version());
    (!known).then(|| Refused::new("product_code", "COEFFICIENT_MISSING", detail()))
}

fn kind(number: i32) -> Result<Kind, Refused> {
    match WorkEventKind::try_from(number) {
        Ok(WorkEventKind::Received) => Ok(Kind::Received),
        Ok(WorkEventKind::Completed) => Ok(Kind::Completed),
        Ok(WorkEventKind::CompletedAutomatically) => Ok(Kind::CompletedAutomatically),
        Ok(WorkEventKind::Cancelled) => Ok(Kind::Cancelled),
        Ok(WorkEventKind::Transferred) => Ok(Kind::Transferred),
        Ok(WorkEventKind::Unspecified) => Err(Refused::new("kind", "KIND_UNKNOWN", "say what happened to the piece")),
        Err(_) => Err(Refused::new("kind", "KIND_UNKNOWN", format!("{number} is no kind of event that this version knows"))),
    }
}

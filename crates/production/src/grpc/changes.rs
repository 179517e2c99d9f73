//! `CompareClosings`: what changed between two closings, and why.

use std::collections::BTreeSet;

use piramide_contracts::{
    convert,
    production::{ChangeKind, ChangedQuantity, ChangingBatch, CompareClosingsRequest, CompareClosingsResponse, FlowEffect},
    types,
};
use piramide_domain::{Handle, Question, at_length, paging, refusal};
use piramide_ledger::{Closing, Receipt};
use piramide_measure::Exact;
use tonic::{Code, Status};

use super::{
    flow::{flow, too_large},
    nodes,
};
use crate::{
    Production,
    asked::Asked,
    changes::{Changed, Comparison, Kind, Place, Subject},
    facts::{COLUMNS, QUANTITIES},
};

/// The most batches of a page: with the longest of reasons and notes they still fit in a message.
const MOST_BATCHES: usize = 100;

/// Answers with the changes.
pub(super) async fn compare(handle: &Handle<Production>, request: CompareClosingsRequest) -> Result<CompareClosingsResponse, Status> {
    let kind = request.kind();
    let CompareClosingsRequest { structure_code, period, plan, node_code, before, after, page_size, page_token, totals_only, .. } = request;
    if before.as_ref().is_none_or(|before| before.at.is_none()) {
        let detail = "name the earlier closing or moment: the later one may be left out, and is then now";
        return Err(refusal::field(Code::InvalidArgument, "before", "CLOSING_REQUIRED", detail));
    }
    let limit = usize::try_from(paging::limit(page_size)?).unwrap_or(usize::MAX);
    let token = (!page_token.is_empty()).then(|| Token::read(&page_token)).transpose()?;
    let ask = |field, as_of| handle.ask_by(field, &structure_code, period.as_ref(), &plan, as_of);
    let (mut answer, brought) = {
        let (earlier, later) = (ask("before", before.as_ref()), ask("after", after.as_ref()));
        // Two past states are made at once. Who reads what is known now holds up who writes until the comparison is done, since the sums beside
        // the facts have no copy: so it is asked for when the past state is there, and who compares large ledgers does well to name a closing.
        let is_past = after.as_ref().is_some_and(|after| after.at.is_some());
        let (old, new) = if is_past {
            tokio::try_join!(earlier, later)?
        } else {
            let old = earlier.await?;
            (old, later.await?)
        };
        // Asked for once the later knowledge is at hand, so that none is missing that closed what it knows.
        let closings = handle.closings().await?;
        at_length(|| compared(&old, &new, &Wanted { node: &node_code, totals_only, kind, limit, token, closings: &closings }))?
    };
    for batch_id in brought {
        answer.batches.extend(handle.receipt(&batch_id).await?.map(changing));
    }
    Ok(answer)
}

fn changing(receipt: Receipt) -> ChangingBatch {
    ChangingBatch {
        batch_id: receipt.batch_id,
        origin: receipt.origin,
        reason: receipt.reason.unwrap_or_default(),
        note: receipt.note.unwrap_or_default(),
        recorded_at: Some(convert::timestamp(receipt.recorded_at)),
    }
}

/// What is wanted of a comparison.
struct Wanted<'r> {
    node: &'r str,
    /// Whether of all nodes only those are compared that lie under no other.
    totals_only: bool,
    kind: ChangeKind,
    /// The most changes of a page.
    limit: usize,
    /// Where the last page ended; none for the first.
    token: Option<Token<'r>>,
    /// The closings of the ledger.
    closings: &'r [Closing],
}

/// The answer without its batches, and which these are.
fn compared(
    old: &Question<'_, Production>,
    new: &Question<'_, Production>,
    wanted: &Wanted<'_>,
) -> Result<(CompareClosingsResponse, BTreeSet<String>), Status> {
    let (before, after) = (Asked::new(old.query(), old.state()), Asked::new(new.query(), new.state()));
    let sequences = (old.facts().sequence(), new.facts().sequence());
    if sequences.0 > sequences.1 {
        let detail = format!("ends at sequence {} of the ledger, and the later knowledge at {}", sequences.0, sequences.1);
        return Err(refusal::field(Code::InvalidArgument, "before", "CLOSINGS_REVERSED", detail));
    }
    let mut nodes = nodes(&after, wanted.node)?;
    if wanted.node.is_empty() && wanted.totals_only {
        nodes.retain(|node| node.parent.is_none());
    }
    let mut page = Page::default();
    let subjects = Subject::at_node(&after, wanted.node);
    let from = match &wanted.token {
        None => 0,
        Some(token) => subjects.iter().position(|subject| subject.code == token.subject).ok_or_else(paging::unreadable)?,
    };
    let comparison = Comparison::new(&before, &after);
    for subject in subjects.iter().skip(from) {
        page.take(subject, &comparison.of_subject(subject), wanted)?;
        // Only the first page counts what follows it.
        if wanted.token.is_some() && page.more {
            break;
        }
    }
    let mut effects = Vec::new();
    if wanted.token.is_none() {
        for node in nodes {
            let (was, is) = (flow(&before, node)?, flow(&after, node)?);
            if was != is {
                effects.push(FlowEffect { before: Some(was), after: Some(is) });
            }
        }
    }
    let count = |kind: usize| (wanted.token.is_none()).then(|| page.counts.get(kind).copied().unwrap_or_default());
    let answer = CompareClosingsResponse {
        effects,
        restated_count: count(0),
        late_count: count(1),
        displaced_count: count(2),
        next_page_token: page.next_token(),
        changes: page.changes,
        plan_version: new.plan().version().to_owned(),
        before_sequence: sequences.0,
        sequence: sequences.1,
        known_at: new.facts().recorded_at().map(convert::timestamp),
        batches: Vec::new(),
    };
    Ok((answer, page.batches))
}

/// A page as it is gathered.
#[derive(Default)]
struct Page {
    changes: Vec<ChangedQuantity>,
    /// Where the last of them stands.
    last: Option<String>,
    /// The batches that brought them.
    batches: BTreeSet<String>,
    /// Whether more follow.
    more: bool,
    /// How many there are of each kind, told or not.
    counts: [i64; 3],
}

impl Page {
    /// Takes what changed of a subject.
    fn take(&mut self, subject: &Subject<'_>, changes: &[Changed<'_>], wanted: &Wanted<'_>) -> Result<(), Status> {
        let after = wanted.token.as_ref().filter(|token| token.subject == subject.code).map(|token| token.place);
        for change in changes {
            let kind = change.kind(wanted.closings);
            if let Some(count) = self.counts.get_mut(kind as usize) {
                *count += 1;
            }
            let is_wanted = wanted.kind == ChangeKind::Unspecified || wanted.kind == wire_kind(kind);
            if !is_wanted || after.is_some_and(|after| change.place <= after) {
                continue;
            }
            let batch_id = change.fact.batch_id();
            let has_room = self.batches.len() < MOST_BATCHES || self.batches.contains(batch_id.as_ref());
            self.more |= self.changes.len() == wanted.limit || !has_room;
            if self.more {
                continue;
            }
            self.batches.insert(batch_id.into_owned());
            self.changes.push(wire(subject, change, kind)?);
            self.last = Some(Token { subject: subject.code, place: change.place }.write());
        }
        Ok(())
    }

    fn next_token(&self) -> String {
        self.last.clone().filter(|_| self.more).unwrap_or_default()
    }
}

/// A change as the contract has it.
fn wire(subject: &Subject<'_>, change: &Changed<'_>, kind: Kind) -> Result<ChangedQuantity, Status> {
    let Place { structure, quantity, flow_quantity, .. } = change.place;
    let scale = QUANTITIES.get(quantity).map(|quantity| quantity.scale).unwrap_or_default();
    let name = |quantity: usize| COLUMNS.get(quantity).copied().unwrap_or_default().to_owned();
    let amount = |units: i128| types::Exact::from(&Exact::from_minor_units(units, scale));
    Ok(ChangedQuantity {
        product_code: subject.code.to_owned(),
        label: subject.label.clone(),
        structure_code: structure.to_owned(),
        period: change.fact.period().map(Into::into),
        quantity: name(quantity),
        before: change.before.map(|units| amount(units.into())),
        after: change.after.map(|units| amount(units.into())),
        difference: Some(amount(change.difference())),
        flow_quantity: name(flow_quantity),
        effect: i64::try_from(change.effect).map_err(|_| too_large(subject.code))?,
        points_effect: change.points_effect.map(|units| (&Exact::from_minor_units(units, 4)).into()),
        kind: wire_kind(kind).into(),
        batch_id: change.fact.batch_id().into_owned(),
    })
}

fn wire_kind(kind: Kind) -> ChangeKind {
    match kind {
        Kind::Restated => ChangeKind::Restated,
        Kind::Late => ChangeKind::Late,
        Kind::Displaced => ChangeKind::Displaced,
    }
}

/// Where a page ended.
struct Token<'t> {
    subject: &'t str,
    place: Place<'t>,
}

impl<'t> Token<'t> {
    fn read(text: &'t str) -> Result<Self, Status> {
        let parts: Vec<&str> = text.split('/').collect();
        let read = || {
            let [subject, structure, first, last, quantity, flow_quantity] = <[&str; 6]>::try_from(parts).ok()?;
            let months = (first.parse().ok()?, last.parse().ok()?);
            let place = Place { structure, months, quantity: quantity.parse().ok()?, flow_quantity: flow_quantity.parse().ok()? };
            Some(Self { subject, place })
        };
        read().ok_or_else(paging::unreadable)
    }

    /// No code has a stroke.
    fn write(&self) -> String {
        let Place { structure, months, quantity, flow_quantity } = self.place;
        format!("{}/{structure}/{}/{}/{quantity}/{flow_quantity}", self.subject, months.0, months.1)
    }
}

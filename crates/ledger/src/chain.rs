//! The chain: one hash over each record and the hash before it. README.md, "The chain", describes the same bytes for whoever
//! wants to verify a ledger without this program.
//!
//! Every text is preceded by its length in bytes, every optional value by a byte that says whether it is there, every list by
//! its length; integers are 8 bytes, big end first. So no two different records give the same bytes.

use sha2::{Digest, Sha256};

use crate::{Closing, Event, Fact, Position, Receipt, Schema};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What the first record is chained to.
pub(crate) fn genesis(schema: &Schema) -> Position {
    let mut encoder = Encoder::new("piramide.ledger.genesis.v1");
    encoder.schema(schema);
    Position { sequence: 0, chain_hash: encoder.finish() }
}

/// Hash of a batch: all of its receipt but the chain hash itself, all of its facts and, where it has any, all of its events.
pub(crate) fn batch(schema: &Schema, previous: &Hash, receipt: &Receipt, facts: &Hash, events: Option<&Hash>) -> Hash {
    let mut encoder = Encoder::new(if events.is_some() { "piramide.ledger.batch_with_events.v1" } else { "piramide.ledger.batch.v1" });
    encoder.schema(schema);
    encoder.bytes(previous);
    encoder.integer(receipt.sequence);
    encoder.text(&receipt.batch_id);
    encoder.text(&receipt.origin);
    encoder.text(receipt.provenance.as_str());
    encoder.optional_text(receipt.reason.as_deref());
    encoder.optional_text(receipt.note.as_deref());
    encoder.bytes(&receipt.content_hash);
    encoder.integer(receipt.recorded_at);
    encoder.count(receipt.facts);
    encoder.count(receipt.superseded);
    encoder.bytes(facts);
    if let Some(events) = events {
        encoder.count(receipt.events);
        encoder.bytes(events);
    }
    encoder.finish()
}

/// Hash of a closing: all of it but the chain hash itself.
pub(crate) fn closing(schema: &Schema, previous: &Hash, closing: &Closing) -> Hash {
    let mut encoder = Encoder::new("piramide.ledger.closing.v1");
    encoder.schema(schema);
    encoder.bytes(previous);
    encoder.integer(closing.entry_sequence());
    encoder.text(&closing.name);
    encoder.integer(closing.first_month.into());
    encoder.integer(closing.last_month.into());
    encoder.text(&closing.author);
    encoder.optional_text(closing.note.as_deref());
    encoder.integer(closing.recorded_at);
    encoder.finish()
}

/// Hash of the facts of a batch, taken one by one in the order of their lines.
pub(crate) struct FactsHash(Encoder);

impl FactsHash {
    /// No fact yet.
    pub(crate) fn new() -> Self {
        Self(Encoder::new("piramide.ledger.facts.v1"))
    }

    /// Adds the next fact.
    pub(crate) fn add(&mut self, fact: &Fact) {
        self.add_first(fact, usize::MAX);
    }

    /// Adds the next fact as it was recorded when facts had only so many values.
    pub(crate) fn add_first(&mut self, fact: &Fact, columns: usize) {
        self.0.integer(fact.line.into());
        self.0.text(&fact.structure);
        self.0.text(&fact.subject);
        self.0.integer(fact.first_month.into());
        self.0.integer(fact.last_month.into());
        self.0.count(fact.values.len().min(columns) as u64);
        fact.values.iter().take(columns).for_each(|value| self.0.optional_integer(value));
        self.0.settle();
    }

    /// The hash over all of them.
    pub(crate) fn finish(self) -> Hash {
        self.0.finish()
    }
}

/// Hash of the events of a batch, taken one by one in their order.
pub(crate) struct EventsHash(Encoder);

impl EventsHash {
    /// No event yet.
    pub(crate) fn new() -> Self {
        Self(Encoder::new("piramide.ledger.events.v1"))
    }

    /// Adds the next event.
    pub(crate) fn add(&mut self, event: &Event) {
        let Event { origin, number, kind, structure, counterpart, subject, month, moment, amount } = event;
        self.0.text(origin);
        self.0.integer(*number);
        self.0.text(kind);
        self.0.text(structure);
        self.0.optional_text(counterpart.as_deref());
        self.0.text(subject);
        self.0.integer((*month).into());
        self.0.integer(*moment);
        self.0.integer(*amount);
        self.0.settle();
    }

    /// The hash over all of them.
    pub(crate) fn finish(self) -> Hash {
        self.0.finish()
    }
}

/// Writes values so that they can be told apart, into the hash.
struct Encoder {
    hash: Sha256,
    /// What is not in the hash yet: it takes many bytes at once in much less time than a few again and again.
    pending: Vec<u8>,
}

/// Bytes that are put into the hash at once.
const AT_ONCE: usize = 8_192;

impl Encoder {
    /// Starts with the name and version of the encoding, so that records of different kinds never share a hash.
    fn new(purpose: &str) -> Self {
        let mut encoder = Self { hash: Sha256::new(), pending: Vec::new() };
        encoder.text(purpose);
        encoder
    }

    fn schema(&mut self, schema: &Schema) {
        self.text(schema.domain);
        self.count(schema.columns.len() as u64);
        for column in schema.columns {
            self.text(column);
        }
    }

    fn bytes(&mut self, bytes: &Hash) {
        self.put(bytes);
    }

    fn integer(&mut self, value: i64) {
        self.put(&value.to_be_bytes());
    }

    fn count(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len() as u64);
        self.put(text.as_bytes());
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.put(&[u8::from(text.is_some())]);
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn optional_integer(&mut self, value: Option<i64>) {
        // In one piece, since facts are mostly made of these.
        let mut bytes = [1; 9];
        match (value, bytes.last_chunk_mut()) {
            (Some(value), Some(number)) => {
                *number = value.to_be_bytes();
                self.put(&bytes);
            }
            _ => self.put(&[0]),
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Puts what has come together into the hash, once that is much.
    fn settle(&mut self) {
        if self.pending.len() >= AT_ONCE {
            self.hash.update(&self.pending);
            self.pending.clear();
        }
    }

    fn finish(mut self) -> Hash {
        self.hash.update(&self.pending);
        self.hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::{EventsHash, FactsHash, Hash, batch, closing, genesis};
    use crate::{Closing, Event, Fact, Provenance, Receipt, Schema};

    const SCHEMA: Schema = Schema { domain: "trial", columns: &["received", "completed"] };

    fn fact() -> Fact {
        Fact { line: 1, structure: "AB".into(), subject: "C".into(), first_month: 3, last_month: 4, values: [None, Some(0)].into() }
    }

    fn facts_hash(facts: &[Fact]) -> Hash {
        let mut hash = FactsHash::new();
        for fact in facts {
            hash.add(fact);
        }
        hash.finish()
    }

    fn receipt() -> Receipt {
        Receipt {
            sequence: 7,
            batch_id: "b".into(),
            origin: "o".into(),
            provenance: Provenance::Submitted,
            reason: None,
            note: None,
            recorded_at: 5,
            content_hash: [1; 32],
            chain_hash: [0; 32],
            facts: 2,
            superseded: 1,
            events: 0,
        }
    }

    #[track_caller]
    fn check_all_differ(hashes: &[Hash]) {
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..at].contains(hash), "encoding {at} collides with an earlier one");
        }
    }

    #[test]
    fn every_part_of_a_fact_enters_its_hash() {
        let variants = [
            fact(),
            Fact { line: 2, ..fact() },
            Fact { structure: "A".into(), subject: "BC".into(), ..fact() },
            Fact { structure: "ABC".into(), subject: String::new().into(), ..fact() },
            Fact { first_month: 2, ..fact() },
            Fact { last_month: 5, ..fact() },
            Fact { values: [Some(0), None].into(), ..fact() },
            Fact { values: [Some(0), Some(0)].into(), ..fact() },
            Fact { values: [None, None].into(), ..fact() },
            Fact { values: [None, Some(-1)].into(), ..fact() },
            Fact { values: [None].into(), ..fact() },
        ];
        let mut hashes: Vec<Hash> = variants.iter().map(|variant| facts_hash(std::slice::from_ref(variant))).collect();
        hashes.push(facts_hash(&[]));
        hashes.push(facts_hash(&[fact(), fact()]));
        check_all_differ(&hashes);
    }

    #[test]
    fn every_part_of_a_receipt_enters_its_hash() {
        let variants = [
            receipt(),
            Receipt { sequence: 8, ..receipt() },
            Receipt { batch_id: "c".into(), ..receipt() },
            Receipt { origin: "p".into(), ..receipt() },
            Receipt { provenance: Provenance::Synthetic, ..receipt() },
            Receipt { reason: Some("b".into()), ..receipt() },
            Receipt { note: Some("b".into()), ..receipt() },
            Receipt { reason: Some(String::new()), ..receipt() },
            Receipt { content_hash: [2; 32], ..receipt() },
            Receipt { recorded_at: 6, ..receipt() },
            Receipt { facts: 3, ..receipt() },
            Receipt { superseded: 2, ..receipt() },
        ];
        let mut hashes: Vec<Hash> = variants.iter().map(|variant| batch(&SCHEMA, &[9; 32], variant, &[8; 32], None)).collect();
        hashes.push(batch(&SCHEMA, &[8; 32], &receipt(), &[8; 32], None));
        hashes.push(batch(&SCHEMA, &[9; 32], &receipt(), &[9; 32], None));
        hashes.push(batch(&Schema { domain: "trials", ..SCHEMA }, &[9; 32], &receipt(), &[8; 32], None));
        hashes.push(batch(&Schema { columns: &["received"], ..SCHEMA }, &[9; 32], &receipt(), &[8; 32], None));
        hashes.push(batch(&SCHEMA, &[9; 32], &receipt(), &[8; 32], Some(&[8; 32])));
        hashes.push(batch(&SCHEMA, &[9; 32], &receipt(), &[8; 32], Some(&[9; 32])));
        hashes.push(batch(&SCHEMA, &[9; 32], &Receipt { events: 1, ..receipt() }, &[8; 32], Some(&[8; 32])));
        check_all_differ(&hashes);
    }

    #[test]
    fn every_part_of_an_event_enters_its_hash() {
        let one = || Event {
            origin: "AB".into(),
            number: 1,
            kind: "C".into(),
            structure: "D".into(),
            counterpart: None,
            subject: "E".into(),
            month: 2,
            moment: 3,
            amount: 4,
        };
        let variants = [
            one(),
            Event { origin: "A".into(), ..one() },
            Event { number: 2, ..one() },
            Event { kind: "CD".into(), structure: String::new(), ..one() },
            Event { counterpart: Some(String::new()), ..one() },
            Event { counterpart: Some("D".into()), ..one() },
            Event { subject: "F".into(), ..one() },
            Event { month: 3, ..one() },
            Event { moment: 2, ..one() },
            Event { amount: 5, ..one() },
        ];
        let hashes: Vec<Hash> = variants
            .iter()
            .map(|event| {
                let mut hash = EventsHash::new();
                hash.add(event);
                hash.finish()
            })
            .collect();
        check_all_differ(&hashes);
    }

    #[test]
    fn every_part_of_a_closing_enters_its_hash() {
        let one = || Closing {
            name: "n".into(),
            sequence: 4,
            first_month: 1,
            last_month: 2,
            author: "a".into(),
            note: None,
            recorded_at: 5,
            chain_hash: [0; 32],
        };
        let variants = [
            one(),
            Closing { name: "m".into(), ..one() },
            Closing { sequence: 5, ..one() },
            Closing { first_month: 0, ..one() },
            Closing { last_month: 3, ..one() },
            Closing { author: "b".into(), ..one() },
            Closing { note: Some("a".into()), ..one() },
            Closing { recorded_at: 6, ..one() },
        ];
        let mut hashes: Vec<Hash> = variants.iter().map(|variant| closing(&SCHEMA, &[9; 32], variant)).collect();
        hashes.push(closing(&SCHEMA, &[8; 32], &one()));
        check_all_differ(&hashes);
    }

    /// Written out by hand from README.md: whoever changes the encoding of version 1 breaks every recorded chain.
    #[test]
    fn the_encoding_of_version_1_does_not_move() {
        use sha2::{Digest, Sha256};

        let mut bytes = Vec::new();
        for text in ["piramide.ledger.genesis.v1", "trial"] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(2u64.to_be_bytes());
        for text in ["received", "completed"] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        assert_eq!(genesis(&SCHEMA).chain_hash, Hash::from(Sha256::digest(&bytes)));

        let mut bytes = Vec::new();
        let text = "piramide.ledger.facts.v1";
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(1i64.to_be_bytes());
        for text in ["AB", "C"] {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend(3i64.to_be_bytes());
        bytes.extend(4i64.to_be_bytes());
        bytes.extend(2u64.to_be_bytes());
        bytes.push(0);
        bytes.push(1);
        bytes.extend(0i64.to_be_bytes());
        assert_eq!(facts_hash(&[fact()]), Hash::from(Sha256::digest(&bytes)));
    }

    /// More bytes than go into the hash at once, written out by hand as well.
    #[test]
    fn the_hash_of_many_facts_is_that_of_all_their_bytes() {
        use sha2::{Digest, Sha256};

        let text = |text: &str| [&(text.len() as u64).to_be_bytes(), text.as_bytes()].concat();
        let facts: Vec<Fact> = (1..=1_000).map(|line| Fact { line, ..fact() }).collect();
        let mut bytes = text("piramide.ledger.facts.v1");
        for line in 1..=1_000_i64 {
            let integers = [3_i64, 4, 2].map(i64::to_be_bytes).concat();
            bytes.extend([&line.to_be_bytes(), &text("AB")[..], &text("C"), &integers, &[0, 1], &0_i64.to_be_bytes()].concat());
        }
        assert!(bytes.len() > 3 * super::AT_ONCE, "{}", bytes.len());
        assert_eq!(facts_hash(&facts), Hash::from(Sha256::digest(&bytes)));
    }
}

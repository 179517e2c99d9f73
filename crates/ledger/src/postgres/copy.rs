//! Events that are too many for a statement: they are copied, which takes round trips of its own.

use std::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::tables::Tables;
use crate::Event;
use crate::record::EVENT_COLUMNS;

/// The types of the columns of an event.
const EVENT_TYPES: [Type; 11] =
    [Type::INT8, Type::INT8, Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT4, Type::INT8, Type::INT8];

/// The columns of an event.
fn event_row<'e>(sequence: &'e i64, line: &'e i64, event: &'e Event) -> [&'e (dyn ToSql + Sync); 11] {
    let Event { origin, number, kind, structure, counterpart, subject, month, moment, amount } = event;
    [sequence, line, origin, number, kind, structure, counterpart, subject, month, moment, amount]
}

pub(super) async fn events(client: &Client, tables: &Tables, sequence: i64, events: &[Event]) -> Result<(), Error> {
    let sql = format!("COPY {} ({EVENT_COLUMNS}) FROM STDIN (FORMAT binary)", tables.events);
    let mut copy = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &EVENT_TYPES));
    for (event, line) in events.iter().zip(1i64..) {
        copy.as_mut().write(&event_row(&sequence, &line, event)).await?;
    }
    copy.finish().await.map(|_| ())
}

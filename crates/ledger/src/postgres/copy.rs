//! Facts and events that are too many for a statement: they are copied, which takes round trips of its own.

use std::pin::pin;

use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::tables::Tables;
use super::write::fact_columns;
use crate::record::EVENT_COLUMNS;
use crate::{Event, Fact, Schema};

pub(super) async fn facts(client: &Client, tables: &Tables, schema: &Schema, sequence: i64, facts: &[Fact]) -> Result<(), Error> {
    let mut types = vec![Type::INT8, Type::INT8, Type::TEXT, Type::TEXT, Type::INT4, Type::INT4];
    types.extend(schema.columns.iter().map(|_| Type::INT8));
    let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", tables.facts, fact_columns(schema));
    let mut copy = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &types));
    for fact in facts {
        let Fact { line, structure, subject, first_month, last_month, values } = fact;
        let line = i64::from(*line);
        let (structure, subject) = (structure.as_ref(), subject.as_ref());
        let mut row: Vec<&(dyn ToSql + Sync)> = vec![&sequence, &line, &structure, &subject, first_month, last_month];
        row.extend(values.iter().map(|value| value as &(dyn ToSql + Sync)));
        copy.as_mut().write(&row).await?;
    }
    copy.finish().await.map(|_| ())
}

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

//! One commit in SQLite: one transaction, a prepared statement per table.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::{Sqlite, counters, duplicates, names, search};
use crate::{
    clock::to_micros,
    store::{Batch, EventRow, StoreError, batch::OrderRow, duplicates::RELEASE, find::Loaded, past},
};

impl Sqlite {
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.write_together(move |connection| write(connection, &batch)).await?;
        crate::fault::point("after commit");
        Ok(())
    }
}

fn write(connection: &Connection, batch: &Batch) -> Result<(), StoreError> {
    events(connection, &batch.events)?;
    orders(connection, &batch.orders)?;
    members(connection, &batch.members)?;
    people(connection, batch)?;
    deliveries(connection, batch)?;
    counters::write_counts(connection, &batch.counts)?;
    counters::write_unparked(connection, &batch.unparked)?;
    counters::write_parked(connection, &batch.parked)?;
    names::write_names(connection, &batch.names)?;
    for row in &batch.conflicts {
        connection
            .prepare_cached(
                "INSERT INTO conflict (brand, source, id, recorded_at, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![row.brand, row.source, row.id, row.recorded_at, row.detail])?;
    }
    duplicates::write(connection, batch)?;
    crate::fault::point("before commit");
    Ok(())
}

fn events(connection: &Connection, rows: &[EventRow]) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO event (brand, member, version, source, id, type, occurred_at, recorded_at, data, hash, order_id, \
         given, entries, changes, receipt, chain) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    for row in rows {
        crate::fault::panic_over("writing", &row.id);
        insert.execute(params![
            row.brand,
            row.member,
            row.version,
            row.source,
            row.id,
            row.kind,
            row.occurred_at,
            row.recorded_at,
            row.data,
            row.hash,
            row.order_id,
            row.given,
            row.entries,
            row.changes,
            row.receipt,
            row.chain
        ])?;
    }
    Ok(())
}

fn orders(connection: &Connection, rows: &[OrderRow]) -> Result<(), StoreError> {
    let mut new = connection.prepare_cached(
        "INSERT INTO \"order\" (brand, id, member, version, document) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    // Most orders stay with their member: naming that column would write its index, too, although nothing in it changes.
    let mut next = connection.prepare_cached(
        "UPDATE \"order\" SET version = ?4, document = ?5 WHERE brand = ?1 AND id = ?2 AND member = ?3 AND version = ?4 - 1",
    )?;
    let mut moved = connection.prepare_cached(
        "UPDATE \"order\" SET member = ?3, version = ?4, document = ?5 WHERE brand = ?1 AND id = ?2 AND version = ?4 - 1",
    )?;
    for row in rows {
        let values = params![row.brand, row.id, row.member, row.version, row.document];
        let written = match row.version {
            0 | 1 => new.execute(values)?,
            _ => match next.execute(values)? {
                0 => moved.execute(values)?,
                written => written,
            },
        };
        if written != 1 {
            return Err(StoreError::Raced(format!("order {}", row.id)));
        }
    }
    Ok(())
}

fn members(connection: &Connection, rows: &[(String, Arc<Loaded>)]) -> Result<(), StoreError> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO member (brand, id, version, next_due_at, document) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (brand, id) DO UPDATE SET version = excluded.version, next_due_at = excluded.next_due_at, \
         document = excluded.document WHERE member.version < excluded.version",
    )?;
    let mut keep = connection.prepare_cached(
        "INSERT INTO snapshot (brand, member, block, version, document) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
    )?;
    for (brand, loaded) in rows {
        let member = &loaded.member;
        let due = member.next_due_at.map(to_micros);
        let document = serde_json::to_string(member)?;
        upsert.execute(params![brand, member.id, member.version, due, document])?;
        if let Some(block) = past::block(member.version) {
            keep.execute(params![brand, member.id, block, member.version, document])?;
        }
    }
    Ok(())
}

fn people(connection: &Connection, batch: &Batch) -> Result<(), StoreError> {
    for row in &batch.released {
        connection.prepare_cached(RELEASE)?.execute(params![row.brand, row.kind, row.hash, row.member])?;
    }
    for row in &batch.identities {
        connection
            .prepare_cached("INSERT INTO identity (brand, kind, hash, member) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![row.brand, row.kind, row.hash, row.member])?;
    }
    search::write(connection, &batch.persons)?;
    for row in &batch.persons {
        connection
            .prepare_cached(
                "INSERT INTO person (brand, member, key, facts) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (brand, member) DO UPDATE SET facts = excluded.facts",
            )?
            .execute(params![row.brand, row.member, row.key, row.facts])?;
    }
    Ok(())
}

/// A new version makes a feed due now, but does not cut short the wait of one that is being retried.
fn deliveries(connection: &Connection, batch: &Batch) -> Result<(), StoreError> {
    for mark in &batch.feeds {
        connection
            .prepare_cached(
                "INSERT INTO feed (destination, brand, member, version_due, due_at) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (destination, brand, member) DO UPDATE SET \
                 version_due = MAX(feed.version_due, excluded.version_due), \
                 due_at = COALESCE(feed.due_at, excluded.due_at), state = 'due'",
            )?
            .execute(params![mark.destination, mark.brand, mark.member, mark.version, mark.due_at])?;
    }
    for row in &batch.intents {
        let valid_until = to_micros(row.intent.valid_until);
        let (destination, action) = (row.intent.action.destination(), serde_json::to_string(&row.intent.action)?);
        connection
            .prepare_cached(
                "INSERT INTO intent (id, destination, brand, member, version, action, valid_until, due_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                row.intent.id,
                destination,
                row.brand,
                row.member,
                row.version,
                action,
                valid_until,
                row.due_at
            ])?;
    }
    Ok(())
}

//! One commit in PostgreSQL, next to other connectors: one statement per table, all sent together. Rows that others may have
//! written first (identities, events, orders) say who lost: then nothing is committed, and the losers are named.
//! Every table is written in the order of its keys, so that two connectors wait for each other in one direction only.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::error::Severity;

use super::{Parameters, Postgres, count, counters, duplicates, must_repeat, names, search, whole};
use crate::{
    clock::to_micros,
    store::{
        Batch, EventRow, StoreError,
        batch::{IdentityRow, OrderRow},
        duplicates::RELEASE,
        not_known, past,
    },
};

const IDENTITIES: &str = "INSERT INTO identity (brand, kind, hash, member) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING RETURNING brand, kind, hash";

const EVENTS: &str = "INSERT INTO event (brand, member, version, source, id, type, occurred_at, recorded_at, data, hash, \
    order_id, given, entries, changes, receipt, chain) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], \
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[]) \
    ON CONFLICT DO NOTHING RETURNING brand, member, version";

const NEW_ORDERS: &str = "INSERT INTO \"order\" (brand, id, member, version, document) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[]) ON CONFLICT DO NOTHING \
    RETURNING brand, id";

/// Only over the version that was read.
const NEXT_ORDERS: &str = "UPDATE \"order\" o SET member = n.member, version = n.version, document = n.document \
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) \
    AS n(brand, id, member, version, document, before) \
    WHERE o.brand = n.brand AND o.id = n.id AND o.version = n.before RETURNING o.brand, o.id";

const MEMBERS: &str = "INSERT INTO member AS m (brand, id, version, next_due_at, document) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) \
    ON CONFLICT (brand, id) DO UPDATE SET version = excluded.version, next_due_at = excluded.next_due_at, \
    document = excluded.document WHERE m.version < excluded.version";

/// See [`past::block`].
const SNAPSHOTS: &str = "INSERT INTO snapshot (brand, member, block, version, document) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) ON CONFLICT DO NOTHING";

const PERSONS: &str = "INSERT INTO person (brand, member, key, facts) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) \
    ON CONFLICT (brand, member) DO UPDATE SET facts = excluded.facts";

/// A new version makes a feed due now, but does not cut short the wait of one that is being retried.
const FEEDS: &str = "INSERT INTO feed AS f (destination, brand, member, version_due, due_at) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) \
    ON CONFLICT (destination, brand, member) DO UPDATE SET version_due = GREATEST(f.version_due, excluded.version_due), \
    due_at = COALESCE(f.due_at, excluded.due_at), state = 'due'";

const INTENTS: &str = "INSERT INTO intent (id, destination, brand, member, version, action, valid_until, due_at) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[]) \
    ON CONFLICT (id) DO NOTHING";

const CONFLICTS: &str = "INSERT INTO conflict (brand, source, id, recorded_at, detail) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])";

const STATEMENTS: [&str; 13] = [
    RELEASE,
    IDENTITIES,
    EVENTS,
    NEW_ORDERS,
    NEXT_ORDERS,
    MEMBERS,
    SNAPSHOTS,
    PERSONS,
    search::GONE,
    search::NEW,
    FEEDS,
    INTENTS,
    CONFLICTS,
];

type Key = (String, String);
type Losers = BTreeSet<Key>;

impl Postgres {
    pub async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let commit_begun = AtomicBool::new(false);
        let done =
            self.connections.ask_for_the_writer(async |client| Box::pin(attempt(client, &batch, &commit_begun)).await);
        match done.await {
            Err(error) if must_repeat(&error) => Err(StoreError::Lost(everybody(&batch))),
            Err(error) if commit_begun.into_inner() && !is_refusal(&error) => {
                tracing::error!(%error, "a commit was not answered");
                Err(not_known(error))
            }
            Ok(()) => {
                self.count_while_young().await;
                Ok(())
            }
            other => other,
        }
    }
}

/// Writes a batch. `asked` says afterwards whether COMMIT was sent.
async fn attempt(client: &mut Client, batch: &Batch, commit_begun: &AtomicBool) -> Result<(), StoreError> {
    let transaction = client.transaction().await?;
    // Prepared before, so that what is sent together is sent in this order.
    for statement in STATEMENTS.into_iter().chain(counters::STATEMENTS).chain(duplicates::STATEMENTS) {
        transaction.prepare_cached(statement).await?;
    }
    let (mut losers, events, orders, (), (), (), (), (), counted, (), _, (), ()) = tokio::try_join!(
        biased;
        identities(&transaction, batch),
        events(&transaction, &batch.events),
        orders(&transaction, &batch.orders),
        members(&transaction, batch),
        persons(&transaction, batch),
        search::write(&transaction, batch),
        feeds(&transaction, batch),
        intents(&transaction, batch),
        counters::write_counts(&transaction, &batch.counts),
        counters::write_unparked(&transaction, &batch.unparked),
        counters::write_parked(&transaction, &batch.parked),
        conflicts(&transaction, batch),
        duplicates::write(&transaction, batch),
    )?;
    losers.extend(events.into_iter().chain(orders));
    if !counted.near.is_empty() {
        transaction.rollback().await?;
        return Err(StoreError::Near(counted.near));
    }
    if counted.lost {
        losers.extend(everybody(batch)); // who decided by a count that somebody else changed is not kept apart
    }
    if counted.lost || !losers.is_empty() {
        transaction.rollback().await?;
        return Err(StoreError::Lost(losers.into_iter().collect()));
    }
    names::write_names(&*transaction, &batch.names).await?;
    crate::fault::point("before commit");
    commit_begun.store(true, Ordering::Relaxed);
    transaction.commit().await?;
    crate::fault::point("after commit");
    Ok(())
}

/// Whether the server itself said that it did not do it, and goes on: then nothing was done.
fn is_refusal(error: &StoreError) -> bool {
    let StoreError::Postgres(error) = error else { return false };
    error.as_db_error().is_some_and(|said| said.parsed_severity() == Some(Severity::Error))
}

fn everybody(batch: &Batch) -> Vec<Key> {
    let members: Losers = batch.events.iter().map(|row| (row.brand.clone(), row.member.clone())).collect();
    members.into_iter().collect()
}

/// First of all: of two connectors that make the same newcomer a member, one waits here before it holds anything else.
async fn identities(transaction: &Transaction<'_>, batch: &Batch) -> Result<Losers, StoreError> {
    for IdentityRow { brand, kind, hash, member } in &batch.released {
        write(transaction, RELEASE, &[brand, kind, hash, member]).await?;
    }
    let mut all: Vec<_> = batch.identities.iter().collect();
    all.sort_by(|a, b| (&a.brand, a.kind, &a.hash).cmp(&(&b.brand, b.kind, &b.hash)));
    if all.is_empty() {
        return Ok(Losers::new());
    }
    let brands: Vec<&str> = all.iter().map(|row| row.brand.as_str()).collect();
    let kinds: Vec<&str> = all.iter().map(|row| row.kind).collect();
    let hashes: Vec<&str> = all.iter().map(|row| row.hash.as_str()).collect();
    let members: Vec<&str> = all.iter().map(|row| row.member.as_str()).collect();
    let statement = transaction.prepare_cached(IDENTITIES).await?;
    let written = transaction.query(&statement, &[&brands, &kinds, &hashes, &members]).await?;
    let mut missing: BTreeMap<(&str, &str, &str), Key> = BTreeMap::new();
    let mut losers = Losers::new();
    for row in all {
        let owner = (row.brand.clone(), row.member.clone());
        losers.extend(missing.insert((&row.brand, row.kind, &row.hash), owner)); // it is given twice
    }
    for row in &written {
        missing.remove(&(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    losers.extend(missing.into_values());
    Ok(losers)
}

async fn events(transaction: &Transaction<'_>, rows: &[EventRow]) -> Result<Losers, StoreError> {
    if rows.is_empty() {
        return Ok(Losers::new());
    }
    let mut rows: Vec<&EventRow> = rows.iter().collect();
    rows.sort_by(|a, b| (&a.brand, &a.member, a.version).cmp(&(&b.brand, &b.member, b.version)));
    let text = |of: fn(&EventRow) -> &str| rows.iter().map(|row| of(row)).collect::<Vec<_>>();
    let number = |of: fn(&EventRow) -> i64| rows.iter().map(|row| of(row)).collect::<Vec<_>>();
    let order_ids: Vec<Option<&str>> = rows.iter().map(|row| row.order_id.as_deref()).collect();
    let parameters: Parameters<'_> = &[
        &text(|row| &row.brand),
        &text(|row| &row.member),
        &number(|row| whole(row.version)),
        &text(|row| &row.source),
        &text(|row| &row.id),
        &text(|row| &row.kind),
        &number(|row| row.occurred_at),
        &number(|row| row.recorded_at),
        &text(|row| &row.data),
        &text(|row| &row.hash),
        &order_ids,
        &text(|row| &row.given),
        &text(|row| &row.entries),
        &text(|row| &row.changes),
        &text(|row| &row.receipt),
        &text(|row| &row.chain),
    ];
    let statement = transaction.prepare_cached(EVENTS).await?;
    let written = transaction.query(&statement, parameters).await?;
    if written.len() == rows.len() {
        return Ok(Losers::new());
    }
    let mut missing: BTreeSet<(&str, &str, u64)> =
        rows.iter().map(|row| (row.brand.as_str(), row.member.as_str(), row.version)).collect();
    for row in &written {
        missing.remove(&(row.try_get(0)?, row.try_get(1)?, count(row, 2)?));
    }
    Ok(missing.into_iter().map(|(brand, member, _)| (brand.to_owned(), member.to_owned())).collect())
}

/// What this batch makes of an order, and the version it began from.
struct Advance<'a> {
    order: &'a OrderRow,
    before: u64,
}

async fn orders(transaction: &Transaction<'_>, rows: &[OrderRow]) -> Result<Losers, StoreError> {
    let mut advances: BTreeMap<(&str, &str), Advance<'_>> = BTreeMap::new();
    for order in rows {
        let first = Advance { order, before: order.version.saturating_sub(1) };
        advances.entry((&order.brand, &order.id)).and_modify(|advance| advance.order = order).or_insert(first);
    }
    let (new, next): (Vec<_>, Vec<_>) = advances.into_values().partition(|advance| advance.before == 0);
    let mut losers = order_rows(transaction, NEW_ORDERS, &new).await?;
    losers.extend(order_rows(transaction, NEXT_ORDERS, &next).await?);
    Ok(losers)
}

async fn order_rows(transaction: &Transaction<'_>, sql: &str, advances: &[Advance<'_>]) -> Result<Losers, StoreError> {
    if advances.is_empty() {
        return Ok(Losers::new());
    }
    let brands: Vec<&str> = advances.iter().map(|advance| advance.order.brand.as_str()).collect();
    let ids: Vec<&str> = advances.iter().map(|advance| advance.order.id.as_str()).collect();
    let members: Vec<&str> = advances.iter().map(|advance| advance.order.member.as_str()).collect();
    let versions: Vec<i64> = advances.iter().map(|advance| whole(advance.order.version)).collect();
    let documents: Vec<&str> = advances.iter().map(|advance| advance.order.document.as_str()).collect();
    let before: Vec<i64> = advances.iter().map(|advance| whole(advance.before)).collect();
    let all: Parameters<'_> = &[&brands, &ids, &members, &versions, &documents, &before];
    let statement = transaction.prepare_cached(sql).await?;
    let written = transaction.query(&statement, &all[..statement.params().len()]).await?;
    let mut missing: BTreeMap<(&str, &str), &OrderRow> = advances
        .iter()
        .map(|advance| ((advance.order.brand.as_str(), advance.order.id.as_str()), advance.order))
        .collect();
    for row in &written {
        missing.remove(&(row.try_get(0)?, row.try_get(1)?));
    }
    Ok(missing.into_iter().map(|((brand, _), order)| (brand.to_owned(), order.member.clone())).collect())
}

async fn members(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let mut all: Vec<_> = batch.members.iter().map(|(brand, loaded)| (brand, &loaded.member)).collect();
    if all.is_empty() {
        return Ok(());
    }
    all.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    let brands: Vec<&str> = all.iter().map(|(brand, _)| brand.as_str()).collect();
    let ids: Vec<&str> = all.iter().map(|(_, member)| member.id.as_str()).collect();
    let versions: Vec<i64> = all.iter().map(|(_, member)| whole(member.version)).collect();
    let due: Vec<Option<i64>> = all.iter().map(|(_, member)| member.next_due_at.map(to_micros)).collect();
    let documents = all.iter().map(|(_, member)| serde_json::to_string(member)).collect::<Result<Vec<_>, _>>()?;
    write(transaction, MEMBERS, &[&brands, &ids, &versions, &due, &documents]).await?;
    let kept = || all.iter().zip(&documents).filter(|((_, member), _)| past::block(member.version).is_some());
    let blocks: Vec<i64> = kept().filter_map(|((_, member), _)| past::block(member.version).map(whole)).collect();
    if blocks.is_empty() {
        return Ok(());
    }
    let brands: Vec<&str> = kept().map(|((brand, _), _)| brand.as_str()).collect();
    let ids: Vec<&str> = kept().map(|((_, member), _)| member.id.as_str()).collect();
    let versions: Vec<i64> = kept().map(|((_, member), _)| whole(member.version)).collect();
    let documents: Vec<&String> = kept().map(|(_, document)| document).collect();
    write(transaction, SNAPSHOTS, &[&brands, &ids, &blocks, &versions, &documents]).await
}

async fn persons(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let last: BTreeMap<_, _> =
        batch.persons.iter().map(|row| ((row.brand.as_str(), row.member.as_str()), row)).collect();
    if last.is_empty() {
        return Ok(());
    }
    let (brands, members): (Vec<&str>, Vec<&str>) = last.keys().copied().unzip();
    let keys: Vec<&[u8]> = last.values().map(|row| row.key.as_slice()).collect();
    let facts: Vec<&str> = last.values().map(|row| row.facts.as_str()).collect();
    write(transaction, PERSONS, &[&brands, &members, &keys, &facts]).await
}

async fn feeds(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    // Due as soon as the first of them, and up to the last.
    let mut marks: BTreeMap<(&str, &str, &str), (i64, i64)> = BTreeMap::new();
    for row in &batch.feeds {
        let mark = marks.entry((row.destination, &row.brand, &row.member)).or_insert((0, row.due_at));
        mark.0 = mark.0.max(whole(row.version));
    }
    if marks.is_empty() {
        return Ok(());
    }
    let destinations: Vec<&str> = marks.keys().map(|(destination, ..)| *destination).collect();
    let brands: Vec<&str> = marks.keys().map(|(_, brand, _)| *brand).collect();
    let members: Vec<&str> = marks.keys().map(|(.., member)| *member).collect();
    let (versions, due): (Vec<i64>, Vec<i64>) = marks.into_values().unzip();
    write(transaction, FEEDS, &[&destinations, &brands, &members, &versions, &due]).await
}

async fn intents(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let mut all: Vec<_> = batch.intents.iter().collect();
    if all.is_empty() {
        return Ok(());
    }
    all.sort_by(|a, b| a.intent.id.cmp(&b.intent.id));
    let ids: Vec<&str> = all.iter().map(|row| row.intent.id.as_str()).collect();
    let destinations: Vec<&str> = all.iter().map(|row| row.intent.action.destination()).collect();
    let brands: Vec<&str> = all.iter().map(|row| row.brand.as_str()).collect();
    let members: Vec<&str> = all.iter().map(|row| row.member.as_str()).collect();
    let versions: Vec<i64> = all.iter().map(|row| whole(row.version)).collect();
    let actions = all.iter().map(|row| serde_json::to_string(&row.intent.action)).collect::<Result<Vec<_>, _>>()?;
    let valid: Vec<i64> = all.iter().map(|row| to_micros(row.intent.valid_until)).collect();
    let due: Vec<i64> = all.iter().map(|row| row.due_at).collect();
    write(transaction, INTENTS, &[&ids, &destinations, &brands, &members, &versions, &actions, &valid, &due]).await
}

async fn conflicts(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let all = &batch.conflicts;
    if all.is_empty() {
        return Ok(());
    }
    let brands: Vec<&str> = all.iter().map(|row| row.brand.as_str()).collect();
    let sources: Vec<&str> = all.iter().map(|row| row.source.as_str()).collect();
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    let recorded: Vec<i64> = all.iter().map(|row| row.recorded_at).collect();
    let details: Vec<&str> = all.iter().map(|row| row.detail.as_str()).collect();
    write(transaction, CONFLICTS, &[&brands, &sources, &ids, &recorded, &details]).await
}

async fn write(transaction: &Transaction<'_>, sql: &str, parameters: Parameters<'_>) -> Result<(), StoreError> {
    let statement = transaction.prepare_cached(sql).await?;
    transaction.execute(&statement, parameters).await?;
    Ok(())
}

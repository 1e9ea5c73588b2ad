//! What a member's rows and orders give to measures that count the past.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{EventRow, Store, StoreError, audit::Stream, rows};
use crate::{
    clock::from_micros,
    loyalty::{
        Fact, Member, Order, Programmes,
        measures::{self, MOST_COUNTED_BACK, Occurred, PastCounted},
        receipt::Points,
    },
};

#[derive(Deserialize)]
struct Given {
    programme: u32,
    /// An order that was another member's until then.
    #[serde(default)]
    order: Option<Order>,
}

#[derive(Deserialize)]
struct Answered {
    points: Points,
}

impl Store {
    /// What the live version needs of a member's past and the document does not hold; nothing where that is nothing, or where the
    /// document is not the one that is kept (it is just being written).
    pub async fn count_past(
        &self,
        programmes: &Programmes,
        (brand, member): (&str, &Member),
    ) -> Result<Option<PastCounted>, StoreError> {
        let owners = measures::missing(programmes, member);
        if owners.is_empty() || member.version > MOST_COUNTED_BACK {
            return Ok(begins(programmes, member, &owners));
        }
        let streams = self.streams_of(of_interest(brand, member, &owners)).await?;
        let is_it = |stream: &Stream| stream.rows.last().is_some_and(|row| row.version == member.version);
        if !streams.first().is_some_and(is_it) {
            return Ok(None);
        }
        // Of who turned out to be this member orders are kept with either.
        let orders: Vec<Order> = streams.iter().flat_map(|stream| &stream.orders).cloned().collect();
        counted(programmes, (member, &owners), (&orders, &streams.iter().collect::<Vec<_>>())).map(Some)
    }

    /// The same of members as they stood before an instant, in microseconds since 1970: each document is completed.
    pub async fn complete_past(
        &self,
        programmes: &Programmes,
        (brand, before): (&str, i64),
        members: Vec<&mut Member>,
    ) -> Result<(), StoreError> {
        let with_owners = members.into_iter().map(|member| (measures::missing(programmes, member), member));
        let (few, many): (Vec<_>, Vec<_>) = with_owners
            .filter(|(owners, _)| !owners.is_empty())
            .partition(|(_, member)| member.version <= MOST_COUNTED_BACK);
        for (owners, member) in many {
            if let Some(counted) = begins(programmes, member, &owners) {
                counted.take_over(programmes, member);
            }
        }
        let ids: BTreeSet<(String, String)> =
            few.iter().flat_map(|(owners, member)| of_interest(brand, member, owners)).collect();
        let streams = self.streams_of(ids.into_iter().collect()).await?;
        let streams: BTreeMap<String, Stream> =
            streams.into_iter().map(|stream| (stream.member.clone(), until(stream, before))).collect();
        for (owners, member) in few {
            let ids = of_interest(brand, member, &owners);
            let of_it: Vec<&Stream> = ids.iter().filter_map(|(_, id)| streams.get(id)).collect();
            let orders = orders_recorded(&of_it)?;
            counted(programmes, (member, &owners), (&orders, &of_it))?.take_over(programmes, member);
        }
        Ok(())
    }
}

/// The member first, then the others that it was.
fn of_interest(brand: &str, member: &Member, owners: &BTreeSet<String>) -> Vec<(String, String)> {
    let others = owners.iter().filter(|owner| **owner != member.id);
    [&member.id].into_iter().chain(others).map(|id| (brand.to_owned(), id.clone())).collect()
}

/// Of who has too much of a past: measures begin where the document stands.
fn begins(programmes: &Programmes, member: &Member, owners: &BTreeSet<String>) -> Option<PastCounted> {
    let mut counted = PastCounted::default();
    for owner in owners {
        counted.begin(programmes, (member, owner), member.recorded_at);
    }
    (!owners.is_empty()).then_some(counted)
}

fn counted(
    programmes: &Programmes,
    (member, owners): (&Member, &BTreeSet<String>),
    (orders, streams): (&[Order], &[&Stream]),
) -> Result<PastCounted, StoreError> {
    let mut counted = PastCounted::default();
    for owner in owners {
        let rows = streams.iter().find(|stream| stream.member == *owner).map(|stream| &stream.rows);
        let events = occurred(programmes, rows.into_iter().flatten())?;
        let too_large = |error| StoreError::Unusable(format!("the past of member {owner} cannot be counted: {error}"));
        counted.count(programmes, (member, owner), (orders, &events)).map_err(too_large)?;
    }
    Ok(counted)
}

/// Rows that were recorded before an instant.
fn until(mut stream: Stream, before: i64) -> Stream {
    stream.rows.retain(|row| row.recorded_at < before);
    stream
}

/// Orders as these rows leave them, each as its last row has it.
fn orders_recorded(streams: &[&Stream]) -> Result<Vec<Order>, serde_json::Error> {
    let mut rows: Vec<&EventRow> =
        streams.iter().flat_map(|stream| &stream.rows).filter(|row| row.order_id.is_some()).collect();
    rows.sort_by_key(|row| row.recorded_at);
    let mut orders = BTreeMap::<&str, Order>::new();
    for row in rows {
        let id = row.order_id.as_deref().unwrap_or_default();
        let Given { order, .. } = serde_json::from_str(&row.given)?;
        let known = order.or_else(|| orders.remove(id));
        let after = rows::order_recorded(row, known.as_ref())?.or(known);
        orders.extend(after.map(|order| (id, order)));
    }
    Ok(orders.into_values().collect())
}

/// Events that are no orders and no business of the ledger's own.
fn occurred<'r>(
    programmes: &Programmes,
    rows: impl Iterator<Item = &'r EventRow>,
) -> Result<Vec<Occurred<'r>>, serde_json::Error> {
    let read = |row: &'r EventRow| {
        let (Given { programme, .. }, Answered { points }) =
            (serde_json::from_str(&row.given)?, serde_json::from_str(&row.receipt)?);
        let programmes = programmes.as_of(programme);
        Ok(Occurred { kind: &row.kind, points: points.change, at: from_micros(row.occurred_at), programmes })
    };
    rows.filter(|row| !Fact::is_reserved(&row.kind)).map(read).collect()
}

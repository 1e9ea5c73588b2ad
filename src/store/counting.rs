//! What a member's rows and orders give to measures that count the past.

use serde::Deserialize;

use super::{EventRow, Store, StoreError, audit::Stream};
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
        if owners.is_empty() {
            return Ok(None);
        }
        let mut counted = PastCounted::default();
        if member.version > MOST_COUNTED_BACK {
            for owner in &owners {
                counted.begin(programmes, (member, owner), member.recorded_at);
            }
            return Ok(Some(counted));
        }
        let others = owners.iter().filter(|owner| **owner != member.id);
        let ids = [&member.id].into_iter().chain(others).map(|id| (brand.to_owned(), id.clone())).collect();
        let streams = self.streams_of(ids).await?;
        let is_it = |stream: &Stream| stream.rows.last().is_some_and(|row| row.version == member.version);
        if !streams.first().is_some_and(is_it) {
            return Ok(None);
        }
        // Of who turned out to be this member orders are kept with either.
        let orders: Vec<Order> = streams.iter().flat_map(|stream| &stream.orders).cloned().collect();
        for owner in &owners {
            let rows = streams.iter().find(|stream| stream.member == *owner).map(|stream| &stream.rows);
            let events = occurred(programmes, rows.into_iter().flatten())?;
            let too_large = |error| StoreError::Unusable(format!("the past of member {owner} cannot be counted: {error}"));
            counted.count(programmes, (member, owner), (&orders, &events)).map_err(too_large)?;
        }
        Ok(Some(counted))
    }
}

/// Events that are no orders and no business of the ledger's own.
fn occurred<'r>(
    programmes: &Programmes,
    rows: impl Iterator<Item = &'r EventRow>,
) -> Result<Vec<Occurred<'r>>, serde_json::Error> {
    let read = |row: &'r EventRow| {
        let (Given { programme }, Answered { points }) =
            (serde_json::from_str(&row.given)?, serde_json::from_str(&row.receipt)?);
        let programmes = programmes.as_of(programme);
        Ok(Occurred { kind: &row.kind, points: points.change, at: from_micros(row.occurred_at), programmes })
    };
    rows.filter(|row| !Fact::is_reserved(&row.kind)).map(read).collect()
}

//! The destination `nocodb`: what happened to members becomes rows of `Points` and `Members`.
//! Guarantees: a row that NocoDB refuses is parked alone, holds nobody back, and can be sent again by a person.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    NAME, Nocodb,
    columns::OfPoints,
    map,
    show::{MEMBERS, POINTS, Refusal, Rows, key},
};
use crate::{
    clock::Clock,
    delivery::{FeedDestination, FeedItem, IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    store::deliveries::Parked,
};

/// Members in one turn: with a few entries each they fill the bulk calls.
const MEMBERS_A_TURN: usize = 300;

/// The destination of the feed `nocodb`, and of its parked rows when a person sends them again.
pub struct Projection {
    nocodb: Nocodb,
    clock: Arc<dyn Clock>,
}

impl Projection {
    pub fn new(nocodb: Nocodb, clock: Arc<dyn Clock>) -> Self {
        Self { nocodb, clock }
    }

    /// One row that was parked, once more.
    async fn again(&self, content: &Value) -> Outcome {
        let Some(row) = content["row"].as_object().map(|row| vec![(0, row.clone())]) else {
            return Outcome::Refused("it does not say which row it is".to_owned());
        };
        let rows = if content["table"] == POINTS {
            Rows { again: row, ..Rows::default() }
        } else {
            Rows { members: row, ..Rows::default() }
        };
        match self.nocodb.show(rows).await {
            Ok(refusals) => refusals.into_iter().next().map_or(Outcome::Delivered, |r| Outcome::Refused(r.problem)),
            Err(error) => error.outcome(),
        }
    }
}

impl FeedDestination for Projection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn batch(&self) -> usize {
        MEMBERS_A_TURN
    }

    fn lanes(&self) -> usize {
        2
    }

    fn deliver<'a>(&'a self, items: &'a [FeedItem]) -> Sending<'a, Vec<Outcome>> {
        Box::pin(async move {
            let (mut rows, now) = (Rows::default(), self.clock.now());
            for (item, feed) in items.iter().enumerate() {
                let to = if feed.attempt == 1 { &mut rows.new } else { &mut rows.again };
                for event in feed.events.iter().filter(|event| self.nocodb.keeps(event.event.occurred_at, now)) {
                    to.extend(event.entries.iter().map(|entry| (item, map::points_row(&feed.person, event, entry))));
                }
                rows.members.push((item, map::member_row(feed)));
            }
            match self.nocodb.show(rows).await {
                Ok(refusals) => outcomes(items.len(), refusals),
                Err(error) => vec![error.outcome(); items.len()],
            }
        })
    }
}

impl IntentDestination for Projection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parallel(&self) -> usize {
        10
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            match &item.action {
                Action::Parked { content, .. } => self.again(content).await,
                _ => Outcome::Refused("NocoDB only takes rows".to_owned()),
            }
        })
    }
}

fn outcomes(items: usize, refusals: Vec<Refusal>) -> Vec<Outcome> {
    let mut parked: Vec<Vec<Parked>> = (0..items).map(|_| Vec::new()).collect();
    for Refusal { item, table, row, problem } in refusals {
        let key = if table == POINTS { key(&row, OfPoints::Entry) } else { MEMBERS.to_owned() };
        parked[item].push(Parked { key, content: json!({"table": table, "row": row}), problem });
    }
    let outcome = |parked: Vec<Parked>| {
        if parked.is_empty() { Outcome::Delivered } else { Outcome::DeliveredExcept(parked) }
    };
    parked.into_iter().map(outcome).collect()
}

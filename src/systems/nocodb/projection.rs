//! The destination `nocodb`: what happened to members becomes rows of `Points`, `Members`, `Achievements` and `Claims`.
//! Guarantees: a row that NocoDB refuses is parked alone, holds nobody back, and can be sent again by a person.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    NAME, Nocodb,
    beside::{ACHIEVEMENTS, CLAIMS, RowsBeside, Sources},
    map,
    show::{MEMBERS, POINTS, Refusal, Rows, key, name_of},
};
use crate::{
    clock::Clock,
    delivery::{FeedDestination, FeedItem, IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    store::{StoreError, deliveries::Parked},
};

/// Members in one turn: with a few entries each they fill the bulk calls.
const MEMBERS_A_TURN: usize = 300;

/// The destination of the feed `nocodb`, and of its parked rows when a person sends them again.
pub struct Projection {
    nocodb: Nocodb,
    clock: Arc<dyn Clock>,
    sources: Sources,
}

impl Projection {
    pub fn new(nocodb: Nocodb, clock: Arc<dyn Clock>, sources: Sources) -> Self {
        Self { nocodb, clock, sources }
    }

    /// The rows beside those of these members, where the base has a place for them.
    async fn beside(&self, items: &[FeedItem], now: Timestamp) -> Result<RowsBeside, StoreError> {
        match self.nocodb.table_ids().await {
            Ok(ids) if Nocodb::has_beside(&ids) => self.sources.rows(&self.nocodb, items, now).await,
            _ => Ok(RowsBeside::default()), // what is missing that must be there is said with the other rows
        }
    }

    /// One row that was parked, once more.
    async fn again(&self, content: &Value) -> Outcome {
        let Some(row) = content["row"].as_object().map(|row| vec![(0, row.clone())]) else {
            return Outcome::Refused("it does not say which row it is".to_owned());
        };
        let mut rows = Rows::default();
        match content["table"].as_str() {
            Some(POINTS) => rows.again = row,
            Some(ACHIEVEMENTS) => rows.beside.achievements = row,
            Some(CLAIMS) => rows.beside.claims = row,
            _ => rows.members = row,
        }
        match self.nocodb.show(rows, self.clock.now()).await {
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
            rows.beside = match self.beside(items, now).await {
                Ok(beside) => beside,
                Err(error) => return vec![Outcome::Down(error.to_string()); items.len()],
            };
            match self.nocodb.show(rows, now).await {
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
        let key = match table {
            MEMBERS => MEMBERS.to_owned(),
            POINTS => key(&row, name_of(table)),
            _ => format!("{table} {}", key(&row, name_of(table))),
        };
        parked[item].push(Parked { key, content: json!({"table": table, "row": row}), problem });
    }
    let outcome = |parked: Vec<Parked>| {
        if parked.is_empty() { Outcome::Delivered } else { Outcome::DeliveredExcept(parked) }
    };
    parked.into_iter().map(outcome).collect()
}

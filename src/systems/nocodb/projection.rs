//! The destination `nocodb`: what happened to members becomes rows of `Points` and `Members`.
//! Guarantees: a row that NocoDB refuses is parked alone, holds nobody back, and can be sent again by a person.

use serde_json::{Value, json};

use super::{
    NAME, Nocodb,
    client::ROWS_PER_CALL,
    map,
    show::{MEMBERS, POINTS, Refusal, key},
};
use crate::{
    delivery::{FeedDestination, FeedItem, IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    store::deliveries::Parked,
};

/// The destination of the feed `nocodb`, and of its parked rows when a person sends them again.
pub struct Projection {
    nocodb: Nocodb,
}

impl Projection {
    pub fn new(nocodb: Nocodb) -> Self {
        Self { nocodb }
    }

    /// One row that was parked, once more.
    async fn again(&self, content: &Value) -> Outcome {
        let Some(row) = content["row"].as_object().map(|row| vec![(0, row.clone())]) else {
            return Outcome::Refused("it does not say which row it is".to_owned());
        };
        let (points, members) = if content["table"] == POINTS { (row, Vec::new()) } else { (Vec::new(), row) };
        match self.nocodb.show(points, members).await {
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
        ROWS_PER_CALL
    }

    fn deliver<'a>(&'a self, items: &'a [FeedItem]) -> Sending<'a, Vec<Outcome>> {
        Box::pin(async move {
            let entries = items.iter().enumerate().flat_map(|(item, feed)| {
                let entries =
                    feed.events.iter().flat_map(|event| event.entries.iter().map(move |entry| (event, entry)));
                entries.map(move |(event, entry)| (item, map::points_row(event, entry)))
            });
            let members = items.iter().enumerate().map(|(item, feed)| (item, map::member_row(feed)));
            match self.nocodb.show(entries.collect(), members.collect()).await {
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
        let key = if table == POINTS { key(&row, "Entry") } else { MEMBERS.to_owned() };
        parked[item].push(Parked { key, content: json!({"table": table, "row": row}), problem });
    }
    let outcome = |parked: Vec<Parked>| {
        if parked.is_empty() { Outcome::Delivered } else { Outcome::DeliveredExcept(parked) }
    };
    parked.into_iter().map(outcome).collect()
}

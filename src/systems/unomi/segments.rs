//! What comes back: the segments Unomi sees a member in become an event of that member, so that a rule can use them.
//! All of them, the marketer's own ones included; the same segments are no news.

use std::collections::BTreeSet;

use crate::{
    delivery::{FeedItem, Outcome},
    loyalty::{Fact, event::Segments, id::derived_uuid},
    store::{Incoming, NotAccepted, Who, Writer},
};

/// Gives the ledger the member's segments when they are not those it knows. Saying it again is the same event.
pub async fn tell(writer: &Writer, item: &FeedItem, segments: BTreeSet<String>) -> Result<(), Outcome> {
    if segments == item.member.segments {
        return Ok(());
    }
    match writer.accept(incoming(item, segments)).await {
        Ok(_) => Ok(()),
        Err(error @ (NotAccepted::Busy | NotAccepted::Unavailable(_))) => {
            Err(Outcome::Wait { for_ms: 1_000, problem: format!("its segments cannot be written down: {error}") })
        }
        Err(error) => Err(Outcome::Failed(format!("its segments are not accepted: {error}"))),
    }
}

fn incoming(item: &FeedItem, segments: BTreeSet<String>) -> Incoming {
    let member = &item.member.id;
    let version = item.member.version.to_string();
    let mut parts = vec!["segments", member.as_str(), version.as_str()];
    parts.extend(segments.iter().map(String::as_str));
    Incoming {
        brand: item.brand.clone(),
        source: "unomi".to_owned(),
        id: derived_uuid(&parts).to_string(),
        occurred_at: None,
        fact: Fact::Segments(Segments { segments }),
        who: Who { id: Some(member.clone()), ..Who::default() },
    }
}

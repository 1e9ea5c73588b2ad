//! What comes back: the segments Unomi sees a member in become an event of that member, so that a rule can use them.
//! All of them, the marketer's own ones included; the same segments are no news.

use std::collections::BTreeSet;

use crate::{
    delivery::Outcome,
    loyalty::{Fact, Member, event::Segments, id::derived_uuid},
    store::{Incoming, Who, Writer},
};

/// Gives the ledger the member's segments when they are not those it knows. Saying it again is the same event.
pub async fn tell(writer: &Writer, brand: &str, member: &Member, segments: BTreeSet<String>) -> Result<(), Outcome> {
    if segments == member.segments {
        return Ok(());
    }
    match writer.accept(incoming(brand, member, segments)).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_passing() => {
            Err(Outcome::Wait { for_ms: 1_000, problem: format!("its segments cannot be written down: {error}") })
        }
        Err(error) => Err(Outcome::Failed(format!("its segments are not accepted: {error}"))),
    }
}

fn incoming(brand: &str, member: &Member, segments: BTreeSet<String>) -> Incoming {
    let version = member.version.to_string();
    let mut parts = vec!["segments", member.id.as_str(), version.as_str()];
    parts.extend(segments.iter().map(String::as_str));
    Incoming {
        brand: brand.to_owned(),
        source: "unomi".to_owned(),
        id: derived_uuid(&parts).to_string(),
        occurred_at: None,
        fact: Fact::Segments(Segments { segments }),
        who: Who { id: Some(member.id.clone()), ..Who::default() },
    }
}

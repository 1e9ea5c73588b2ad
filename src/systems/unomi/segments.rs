//! What comes back: the segments Unomi sees a member in become an event of that member, so that a rule can use them.
//! All of them, the marketer's own ones included; the same segments are no news.

use std::collections::BTreeSet;

use crate::{
    delivery::Outcome,
    intake::{Incoming, Who},
    loyalty::{Fact, Member, event::Segments},
    values::{id::derived_uuid, text},
    writer::Writer,
};

/// Characters of a segment's name.
const LONGEST: usize = 200;

/// Names as every text from outside is read. One that cannot be a name is left out: no rule could ask for it.
pub fn readable(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let read = |name: String| {
        let name = text::clean(&name).ok()?.trim().to_owned();
        (!name.is_empty() && name.chars().count() <= LONGEST && !name.chars().any(char::is_control)).then_some(name)
    };
    names.into_iter().filter_map(read).collect()
}

/// Gives the ledger the member's segments when they are not those it knows. Saying it again is the same event.
pub async fn tell(writer: &Writer, brand: &str, member: &Member, segments: BTreeSet<String>) -> Result<(), Outcome> {
    let segments = readable(segments);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_that_no_rule_could_name_is_left_out_and_the_others_are_read_like_every_text() {
        let told =
            [" vip", "vi\u{200b}p", "no\0name", "two\nlines", "", &"x".repeat(201), "Püsikliendid"].map(str::to_owned);
        assert_eq!(readable(told), BTreeSet::from(["vip".to_owned(), "Püsikliendid".to_owned()]));
    }
}

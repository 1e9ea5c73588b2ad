//! What comes back: the segments Unomi sees a member in become an event of that member, so that a rule can use them.
//! All of them, the marketer's own ones included; the same segments are no news.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use crate::{
    delivery::Outcome,
    intake::{Incoming, Who},
    loyalty::{Fact, Member, event::Segments},
    values::{id::derived_uuid, text},
    writer::Writer,
};

/// Characters of a segment's name.
const LONGEST: usize = 200;

/// Names that were left out and told, for as long as the process lives.
static LEFT_OUT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
/// Names told; whoever has more of them has been told enough.
const LOGGED_MAX: usize = 100;
/// Characters of such a name in the log.
const SHOWN: usize = 60;

/// Names as every text from outside is read. One that cannot be a name is left out, since no rule could ask for it, and is
/// told once.
pub fn readable(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for name in names {
        if let Some(name) = as_name(&name) {
            read.insert(name);
        } else if is_news(&LEFT_OUT, &name) {
            let shown: String = name.chars().take(SHOWN).collect();
            tracing::warn!(
                "the segment {shown:?} of Unomi is left out, no rule could name it: 1 to {LONGEST} characters on one line"
            );
        }
    }
    read
}

fn as_name(text: &str) -> Option<String> {
    let name = text::clean(text).ok()?.trim().to_owned();
    (!name.is_empty() && name.chars().count() <= LONGEST && !name.chars().any(char::is_control)).then_some(name)
}

/// Whether a name is not among those told, to which it belongs from now on.
fn is_news(logged: &Mutex<BTreeSet<String>>, name: &str) -> bool {
    let mut logged = logged.lock().unwrap_or_else(PoisonError::into_inner);
    logged.len() < LOGGED_MAX && logged.insert(name.chars().take(LONGEST + 1).collect())
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
        let logged =
            [" vip", "vi\u{200b}p", "no\0name", "two\nlines", "", &"x".repeat(201), "Püsikliendid"].map(str::to_owned);
        assert_eq!(readable(logged), BTreeSet::from(["vip".to_owned(), "Püsikliendid".to_owned()]));
    }

    #[test]
    fn a_segment_that_is_left_out_is_told_once() {
        let logged = Mutex::default();
        let name = "x".repeat(100_000);
        assert_eq!([&name, &name, "two\nlines", &name].map(|name| is_news(&logged, name)), [true, false, true, false]);
        let more = (0..1000).filter(|number| is_news(&logged, &format!("no\0{number}"))).count();
        assert_eq!(more, LOGGED_MAX - 2, "and no more than somebody reads");
    }
}

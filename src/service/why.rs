//! Why an entry says what it says: its event decided again, and its arithmetic line by line, in the member's language. Of orders
//! and events: `whole`.

use jiff::tz::TimeZone;
use serde::Serialize;

pub mod whole;

use crate::{
    audit::verify::{self, Past},
    loyalty::{
        Fact, Programmes,
        explain::{Explanation, Sentence, as_recorded, explain},
        receipt::EntryView,
    },
    programme::{LANGUAGES, Translations},
    store::{Store, StoreError},
    values::{id::entry_place, seal},
    words::say::{Speech, say},
};

/// An entry and why it says what it says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Why {
    pub entry: EntryView,
    pub member_id: String,
    /// Source and id of the event, as its sender named it.
    pub event: String,
    /// The programme version that judged.
    pub programme: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of points by hand: who gave or took them, who agreed, and the reason; the reason is gone once the member is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub language: String,
    /// The event, the rule, each line, the rate, caps, and what the entry did.
    pub because: Vec<String>,
}

/// The language that is asked for; the member's own when none is.
#[derive(Clone)]
pub struct Language(Option<String>);

/// Says sentences in one language, with instants in the programme's zone.
struct Voice {
    language: String,
    zone: TimeZone,
    names: Translations,
}

impl Language {
    /// One of those that there are; else what is wrong with it.
    pub fn read(language: Option<String>) -> Result<Self, String> {
        match language {
            Some(unknown) if !LANGUAGES.contains(&unknown.as_str()) => {
                Err(format!("`{unknown}` is none of {}", LANGUAGES.join(", ")))
            }
            language => Ok(Self(language)),
        }
    }

    fn voice(self, past: &Past, programmes: &Programmes) -> Voice {
        let settings = &programmes.live().programme.settings;
        let language = self.0.or_else(|| past.member.language.clone()).unwrap_or_else(|| settings.language.clone());
        Voice { language, zone: settings.zone.clone(), names: programmes.live().programme.translations.clone() }
    }
}

impl Voice {
    fn say(&self, sentence: &Sentence) -> String {
        say(sentence, Speech::of(&self.language, &self.zone).with(&self.names))
    }

    /// A name of the programme.
    fn name(&self, words: &str) -> String {
        self.names.of(&self.language, words).to_owned()
    }
}

/// The entry, explained; `None` when there is none.
pub async fn why(
    store: &Store,
    programmes: &Programmes,
    brand: &str,
    id: &str,
    language: Language,
) -> Result<Option<Why>, StoreError> {
    let place = match entry_place(id) {
        None if id.starts_with("ent_") => store.place_of_entry(brand, id).await?,
        place => place,
    };
    let Some((member, version)) = place else { return Ok(None) };
    let Some(moment) = store.moment(brand, &member, version).await? else { return Ok(None) };
    let Some(past) = verify::past(moment, programmes) else { return Ok(None) };
    let decided = past.ours.then(|| explain(&past.programmes, &past.before(), id).ok().flatten()).flatten();
    let recorded = || as_recorded(&past.programmes, &past.event, &past.recorded, id);
    let Some(explained) = decided.or_else(recorded) else { return Ok(None) };
    let voice = language.voice(&past, programmes);
    let mut why = in_words(explained, &past, voice);
    if let Fact::Adjustment(adjustment) = &past.event.fact {
        let key = store.member(brand, &member).await?.and_then(|loaded| loaded.key);
        why.reason = seal::open(&adjustment.reason, key.as_ref(), "reason").filter(|reason| !reason.is_empty());
        (why.given_by, why.agreed_by) = (adjustment.by.clone(), adjustment.agreed.clone());
    }
    Ok(Some(why))
}

fn in_words(explained: Explanation, past: &Past, voice: Voice) -> Why {
    Why {
        because: explained.sentences.iter().map(|sentence| voice.say(sentence)).collect(),
        entry: EntryView::from(&explained.entry),
        member_id: past.member.id.clone(),
        event: format!("{} {}", past.event.source, past.event.id),
        programme: format!("v{}", explained.judged_by),
        rule: explained.rule.map(|rule| voice.name(&rule)),
        given_by: None,
        agreed_by: None,
        reason: None,
        language: voice.language,
    }
}

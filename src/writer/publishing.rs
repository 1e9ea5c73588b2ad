//! Publishing a checked draft. Whoever publishes asks here: callers, NocoDB's tick, the connector itself.
//! Guarantees: what goes live is the draft with the fingerprint that was checked, beside the live version that it was made beside;
//! where the programme wants a second person, one alone makes nothing live.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{from_value, json};

use super::{
    known,
    programmes::{LiveProgrammes, tables},
};
use crate::{
    loyalty::{Programme, programme::review},
    programme::{Problem, Tables, changes},
    store::{
        Store, StoreError,
        parked::{ParkedRow, Parking},
        published::{Kept, NewVersion, PublishedRows},
    },
};

/// Who publishes, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Of the key, or as NocoDB names them.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The members that they are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub own: BTreeSet<String>,
}

impl Person {
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether both are one, for all that is known: of one name, by one key, or one member.
    pub fn may_be(&self, other: &Self) -> bool {
        let same_key = self.key.is_some() && self.key == other.key;
        self.name == other.name || same_key || !self.own.is_disjoint(&other.own)
    }
}

/// Who made a version, and why, as it is kept with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub by: String,
    /// The second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<String>,
}

impl Note {
    /// What is known of a stored version.
    pub fn of(rows: &PublishedRows) -> Self {
        rows.note.as_deref().and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default()
    }
}

/// A draft to be published, and what it was made beside.
#[derive(Debug, Clone)]
pub struct Draft {
    pub tables: Tables,
    /// Its fingerprint, as it was checked.
    pub fingerprint: String,
    /// The number of the live version then; 0 where there was none.
    pub live: u32,
}

/// What became of it.
#[derive(Debug)]
pub enum Published {
    /// It is live, and what should be looked at in it.
    Live { number: u32, is_new: bool, warnings: Vec<Problem> },
    /// A second person is to agree.
    Waits(Waiting),
}

/// A draft that waits for a second person.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub by: Person,
    pub live: u32,
    pub fingerprint: String,
    pub tables: Tables,
    pub since: Timestamp,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    #[error("the draft has a problem: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Problems(Vec<Problem>),
    #[error("the draft {asked} was checked, and the rows are those of {is}")]
    OtherDraft { asked: String, is: String },
    /// Another version went live meanwhile: its number, who made it, and what it changed.
    #[error("v{live} went live meanwhile{by}: {}", changes.join("; "))]
    Moved { live: u32, by: String, changes: Vec<String> },
    #[error("whoever asked cannot also agree")]
    SamePerson,
    #[error("nothing waits under {0}")]
    NothingWaits(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes that are told one by one.
const TOLD: usize = 10;
/// Where a draft waits: one of each brand, the last one that somebody asked for.
const SOURCE: &str = "programme";
const ID: &str = "publish";

/// Where is published, and when.
#[derive(Clone, Copy)]
pub struct Publishing<'a> {
    pub store: &'a Store,
    pub live: &'a LiveProgrammes,
    pub brand: &'a str,
    pub now: Timestamp,
}

impl Publishing<'_> {
    /// Makes a draft live; where a second person is needed, it waits for another one to ask for the same.
    pub async fn publish(&self, draft: Draft, by: Person) -> Result<Published, NotPublished> {
        let is = draft.tables.fingerprint();
        if is != draft.fingerprint {
            return Err(NotPublished::OtherDraft { asked: draft.fingerprint, is });
        }
        let known = known::for_draft(self.store, self.live, self.brand, &draft.tables).await?;
        let (programme, warnings) = review(&draft.tables, &known).map_err(NotPublished::Problems)?;
        let number = self.number();
        if number > 0 && known.live.content() == draft.tables.content() {
            return Ok(Published::Live { number, is_new: false, warnings });
        }
        self.beside(draft.live).await?;
        let mut note = Note { by: by.name.clone(), agreed: None };
        if self.needs_two() {
            let waits = self.waiting().await?.filter(|waits| (&waits.fingerprint, waits.live) == (&is, draft.live));
            match waits {
                Some(waits) if !waits.by.may_be(&by) => note = Note { by: waits.by.name, agreed: Some(by.name) },
                Some(waits) => return Ok(Published::Waits(waits)),
                None => return Ok(Published::Waits(self.wait(draft, by).await?)),
            }
        }
        self.keep(&draft, programme, &note).await.map(|(number, is_new)| Published::Live { number, is_new, warnings })
    }

    /// Agrees to what waits under this fingerprint, as another person than the one who asked.
    pub async fn agree(&self, fingerprint: &str, by: Person) -> Result<Published, NotPublished> {
        let waits = self.waiting().await?.filter(|waits| waits.fingerprint == fingerprint);
        let waits = waits.ok_or_else(|| NotPublished::NothingWaits(fingerprint.to_owned()))?;
        if waits.by.may_be(&by) {
            return Err(NotPublished::SamePerson);
        }
        let Waiting { live, fingerprint, tables, .. } = waits;
        self.publish(Draft { tables, fingerprint, live }, by).await
    }

    /// What waits for a second person.
    pub async fn waiting(&self) -> Result<Option<Waiting>, StoreError> {
        let Some(row) = self.store.parked_fact(self.brand, SOURCE, ID).await? else { return Ok(None) };
        let content = &row.content;
        let (by, tables) = (from_value(content["by"].clone()), from_value(content["tables"].clone()));
        let live = content["live"].as_u64().and_then(|live| u32::try_from(live).ok());
        let fingerprint = content["fingerprint"].as_str().unwrap_or_default().to_owned();
        let (Ok(by), Ok(tables), Some(live)) = (by, tables.map(Tables::named), live) else { return Ok(None) };
        Ok(Some(Waiting { by, live, fingerprint, tables, since: row.recorded_at }))
    }

    /// Nobody is to agree any more; false where nothing waited under this fingerprint.
    pub async fn withdraw(&self, fingerprint: &str) -> Result<bool, StoreError> {
        let waits = self.waiting().await?.is_some_and(|waits| waits.fingerprint == fingerprint);
        Ok(waits && self.store.unpark(self.brand, SOURCE, ID, 0).await?)
    }

    /// The number of the live version; 0 before the first.
    pub fn number(&self) -> u32 {
        self.live.of(self.brand).map_or(0, |programmes| programmes.live().number)
    }

    /// As the live version says; a draft cannot say otherwise of itself.
    fn needs_two(&self) -> bool {
        self.live.of(self.brand).is_some_and(|programmes| programmes.live().programme.settings.second_person)
    }

    async fn wait(&self, draft: Draft, by: Person) -> Result<Waiting, StoreError> {
        let Draft { tables, fingerprint, live } = draft;
        self.store.unpark(self.brand, SOURCE, ID, 0).await?; // what was asked for before is not wanted any more
        let content = json!({ "by": by, "live": live, "fingerprint": fingerprint, "tables": tables.content() });
        let row = ParkedRow {
            brand: self.brand.to_owned(),
            source: SOURCE.to_owned(),
            id: ID.to_owned(),
            number: 0,
            member: None,
            reason: format!("{} wants to publish the draft {fingerprint} over v{live}: needs a second person", by.name),
            content,
            recorded_at: self.now,
        };
        let parked = self.store.park(row, 1).await?;
        let waits = Waiting { by, live, fingerprint, tables, since: self.now };
        match parked {
            Parking::New => Ok(waits),
            // Somebody asked in the same moment: that waits.
            Parking::Known | Parking::Full => Ok(self.waiting().await?.unwrap_or(waits)),
        }
    }

    /// Stores it as the next version, and lets nothing wait any more.
    pub(super) async fn keep(
        &self,
        draft: &Draft,
        programme: Programme,
        note: &Note,
    ) -> Result<(u32, bool), NotPublished> {
        let note = serde_json::to_string(note).ok();
        let version = NewVersion { content: draft.tables.canonical(), after: Some(draft.live), note };
        let kept = self.live.keep(self.store, self.brand, (version, programme), self.now).await?;
        let kept = match kept {
            Kept::New(number) => (number, true),
            Kept::Same(number) => (number, false),
            Kept::Moved(_) => return Err(self.moved(draft.live).await?),
        };
        self.store.unpark(self.brand, SOURCE, ID, 0).await?;
        Ok(kept)
    }

    /// Whether this version is still live.
    async fn beside(&self, live: u32) -> Result<(), NotPublished> {
        if self.store.is_shared() {
            self.live.take_newer(self.store).await?; // another connector may have published
        }
        if live == self.number() { Ok(()) } else { Err(self.moved(live).await?) }
    }

    /// What went live since this version.
    async fn moved(&self, since: u32) -> Result<NotPublished, StoreError> {
        let published = self.store.published().await?;
        let ours: Vec<&PublishedRows> = published.iter().filter(|rows| rows.brand == self.brand).collect();
        let before = ours.iter().find(|rows| rows.number == since).map(|rows| tables(rows)).transpose()?;
        let Some(newest) = ours.last() else {
            return Ok(NotPublished::Moved { live: 0, by: String::new(), changes: Vec::new() });
        };
        let mut changes = match before {
            Some(before) => changes::changes(&before, &tables(newest)?).iter().map(ToString::to_string).collect(),
            None => vec![format!("there is no v{since} of this brand")],
        };
        if changes.is_empty() {
            changes.push(format!("it says what v{since} says"));
        }
        let more = changes.len().saturating_sub(TOLD);
        changes.truncate(TOLD);
        if more > 0 {
            changes.push(format!("and {more} more"));
        }
        let Note { by, .. } = Note::of(newest);
        let by = if by.is_empty() { by } else { format!(", by {by}") };
        Ok(NotPublished::Moved { live: newest.number, by, changes })
    }
}

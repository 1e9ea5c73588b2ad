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
    loyalty::{
        Programme,
        programme::{TooNew, compile, review},
    },
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<RolledBack>,
}

/// A version that says again what an earlier one said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// The number of that one.
    pub to: u32,
    pub reason: String,
    /// What was given too much since is taken back.
    pub take_back: bool,
}

impl Note {
    /// What is known of a stored version.
    pub fn of(rows: &PublishedRows) -> Self {
        rows.note.as_deref().and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default()
    }
}

/// A draft to be published, and what it was made beside.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub tables: Tables,
    /// Its fingerprint, as it was checked.
    pub fingerprint: String,
    /// The number of the live version then; 0 where there was none.
    pub live: u32,
    /// It is an earlier version once more: what was live once is not checked again.
    pub rolled_back: Option<RolledBack>,
}

impl Draft {
    pub fn of(tables: Tables, fingerprint: String, live: u32) -> Self {
        Self { tables, fingerprint, live, rolled_back: None }
    }
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
    pub since: Timestamp,
    pub draft: Draft,
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
    #[error("this connector cannot read that version: {0}")]
    TooNew(TooNew),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes that are told one by one.
const TOLD: usize = 10;
/// Where a draft waits: one of each brand, the last one that somebody asked for.
pub const SOURCE: &str = "programme";
const ID: &str = "publish";
/// What is taken back after a roll-back waits here until it is done.
pub const TAKE_BACK: &str = "take-back";

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
        let (programme, warnings) = match &draft.rolled_back {
            Some(_) => (compile(&draft.tables).map_err(NotPublished::TooNew)?, Vec::new()),
            None => review(&draft.tables, &known).map_err(NotPublished::Problems)?,
        };
        let number = self.number();
        if number > 0 && known.live.content() == draft.tables.content() {
            return Ok(Published::Live { number, is_new: false, warnings });
        }
        self.beside(draft.live).await?;
        let mut note = Note { by: by.name.clone(), agreed: None, rolled_back: draft.rolled_back.clone() };
        if self.needs_two(&draft) {
            let same = |waits: &Waiting| {
                let Draft { fingerprint, live, rolled_back, .. } = &waits.draft;
                (fingerprint, live, rolled_back) == (&is, &draft.live, &draft.rolled_back)
            };
            let waits = self.waiting().await?.filter(same);
            match waits {
                Some(waits) if !waits.by.may_be(&by) => {
                    (note.by, note.agreed) = (waits.by.name, Some(by.name));
                }
                Some(waits) => return Ok(Published::Waits(waits)),
                None => return Ok(Published::Waits(self.wait(draft, by).await?)),
            }
        }
        self.keep(&draft, programme, &note).await.map(|(number, is_new)| Published::Live { number, is_new, warnings })
    }

    /// Agrees to what waits under this fingerprint, as another person than the one who asked.
    pub async fn agree(&self, fingerprint: &str, by: Person) -> Result<Published, NotPublished> {
        let waits = self.waiting().await?.filter(|waits| waits.draft.fingerprint == fingerprint);
        let waits = waits.ok_or_else(|| NotPublished::NothingWaits(fingerprint.to_owned()))?;
        if waits.by.may_be(&by) {
            return Err(NotPublished::SamePerson);
        }
        self.publish(waits.draft, by).await
    }

    /// What waits for a second person.
    pub async fn waiting(&self) -> Result<Option<Waiting>, StoreError> {
        let Some(row) = self.store.parked_fact(self.brand, SOURCE, ID).await? else { return Ok(None) };
        let content = &row.content;
        let (by, tables) = (from_value(content["by"].clone()), from_value(content["tables"].clone()));
        let live = content["live"].as_u64().and_then(|live| u32::try_from(live).ok());
        let fingerprint = content["fingerprint"].as_str().unwrap_or_default().to_owned();
        let (Ok(by), Ok(tables), Some(live)) = (by, tables.map(Tables::named), live) else { return Ok(None) };
        let rolled_back = from_value(content["rolled_back"].clone()).unwrap_or_default();
        Ok(Some(Waiting { by, since: row.recorded_at, draft: Draft { tables, fingerprint, live, rolled_back } }))
    }

    /// Nobody is to agree any more; false where nothing waited under this fingerprint.
    pub async fn withdraw(&self, fingerprint: &str) -> Result<bool, StoreError> {
        let waits = self.waiting().await?.is_some_and(|waits| waits.draft.fingerprint == fingerprint);
        Ok(waits && self.store.unpark(self.brand, SOURCE, ID, 0).await?)
    }

    /// The number of the live version; 0 before the first.
    pub fn number(&self) -> u32 {
        self.live.of(self.brand).map_or(0, |programmes| programmes.live().number)
    }

    /// As the live version says; a draft cannot say otherwise of itself. Points are taken by two where the hand of one has a limit.
    fn needs_two(&self, draft: &Draft) -> bool {
        let takes = draft.rolled_back.as_ref().is_some_and(|back| back.take_back);
        self.live.of(self.brand).is_some_and(|programmes| {
            let settings = &programmes.live().programme.settings;
            settings.second_person || takes && settings.second_key_above.is_some()
        })
    }

    async fn wait(&self, draft: Draft, by: Person) -> Result<Waiting, StoreError> {
        let Draft { tables, fingerprint, live, rolled_back } = &draft;
        self.store.unpark(self.brand, SOURCE, ID, 0).await?; // what was asked for before is not wanted any more
        let content = json!({ "by": by, "live": live, "fingerprint": fingerprint, "tables": tables.content(),
            "rolled_back": rolled_back });
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
        let waits = Waiting { by, since: self.now, draft };
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
        let takes = note.rolled_back.as_ref().is_some_and(|back| back.take_back);
        if takes {
            self.note_to_take_back(draft.live + 1, note).await?; // first: what is begun then cannot be forgotten
        }
        let note = serde_json::to_string(note).ok();
        let version = NewVersion { content: draft.tables.canonical(), after: Some(draft.live), note };
        let kept = self.live.keep(self.store, self.brand, (version, programme), self.now).await?;
        if takes && !matches!(kept, Kept::New(_)) {
            self.store.unpark(self.brand, SOURCE, TAKE_BACK, draft.live + 1).await?;
        }
        let kept = match kept {
            Kept::New(number) => (number, true),
            Kept::Same(number) => (number, false),
            Kept::Moved(_) => return Err(self.moved(draft.live).await?),
        };
        self.store.unpark(self.brand, SOURCE, ID, 0).await?;
        Ok(kept)
    }

    /// What is still to be taken back, until it is done: by the number of the version that rolled back.
    async fn note_to_take_back(&self, number: u32, note: &Note) -> Result<(), StoreError> {
        let row = ParkedRow {
            brand: self.brand.to_owned(),
            source: SOURCE.to_owned(),
            id: TAKE_BACK.to_owned(),
            number,
            member: None,
            reason: format!("what was given too much before v{number} is being taken back"),
            content: json!(note),
            recorded_at: self.now,
        };
        self.store.park(row, usize::MAX).await.map(drop)
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

//! Publishing a checked draft. Whoever publishes asks here: callers, NocoDB's tick, the connector itself.
//! Guarantees: what goes live is the draft with the fingerprint that was checked, beside the live version that it was made beside;
//! where the programme wants a second person, one alone makes nothing live.

mod note;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{from_value, json};

use super::{
    known,
    programmes::{self as published, LiveProgrammes},
};
use crate::{
    loyalty::{
        Programme,
        programme::{TooNew, compile, review},
    },
    programme::{
        Problem, Row, Tables, changes,
        tables::{self, Cells},
    },
    store::{
        Store, StoreError,
        parked::{ParkedRow, Parking},
        published::{Kept, NewVersion, PublishedRows},
    },
};
pub use note::{Note, Person, RolledBack, Stopped};

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
    #[error("the draft {checked} was checked, and the rows are those of {is}")]
    OtherDraft { checked: String, is: String },
    /// Another version went live meanwhile: its number, who made it, and what it changed.
    #[error("v{live} went live meanwhile{by}: {}", changes.join("; "))]
    Moved { live: u32, by: String, changes: Vec<String> },
    #[error("whoever proposed it cannot also agree")]
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
/// Who makes versions by itself.
pub const CONNECTOR: &str = "the connector";
/// What is taken back after a roll-back waits here until it is done.
pub const TAKE_BACK: &str = "take-back";

/// The row of a table that is known by this.
pub fn row_of<'a>(tables: &'a Tables, (table, id): &(String, String)) -> Option<&'a Row> {
    let table = tables::named(table)?;
    tables.rows(&table.title).iter().find(|row| changes::id(table, row) == *id)
}

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
            return Err(NotPublished::OtherDraft { checked: draft.fingerprint, is });
        }
        let known = known::for_draft(self.store, self.live, self.brand, &draft.tables).await?;
        let (programme, mut warnings) = match &draft.rolled_back {
            Some(_) => (compile(&draft.tables).map_err(NotPublished::TooNew)?, Vec::new()),
            None => review(&draft.tables, &known).map_err(NotPublished::Problems)?,
        };
        warnings.extend(self.look_at_stopped(&draft.tables).await?);
        let number = self.number();
        if number > 0 && known.live.content() == draft.tables.content() {
            return Ok(Published::Live { number, is_new: false, warnings });
        }
        self.beside(draft.live).await?;
        let mut note = Note { by: by.name.clone(), rolled_back: draft.rolled_back.clone(), ..Note::default() };
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
        self.store.unpark(self.brand, SOURCE, ID, 0).await?; // what waited before is not wanted any more
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
        let takes = note.rolled_back.as_ref().is_some_and(RolledBack::takes);
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

    /// Makes live what is live without these rows: that is no draft of anybody, and asks nobody. False where another version went
    /// live meanwhile.
    pub async fn stop(&self, live: u32, stopped: Vec<Stopped>) -> Result<bool, NotPublished> {
        let mut tables = known::published_tables(self.store, self.brand, live).await?;
        for Stopped { table, row, .. } in &stopped {
            let Some(table) = tables::named(table) else { continue };
            let Some(switch) = table.columns_of(Cells::Switch).next() else { continue };
            let rows = tables.0.get_mut(&table.title).into_iter().flatten();
            for row in rows.filter(|known| changes::id(table, known) == *row) {
                row.cells.insert(switch.title.clone(), "no".to_owned());
            }
        }
        let programme = compile(&tables).map_err(NotPublished::TooNew)?;
        let note = Note { by: CONNECTOR.to_owned(), stopped, ..Note::default() };
        let fingerprint = tables.fingerprint();
        match self.keep(&Draft::of(tables, fingerprint, live), programme, &note).await {
            Ok((_, is_new)) => Ok(is_new),
            Err(NotPublished::Moved { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Rows that stopped by themselves and that the live version has as they stopped, each with the number of the version that stopped it.
    pub async fn stopped(&self) -> Result<Vec<(u32, Stopped)>, StoreError> {
        let published = self.store.published().await?;
        let ours: Vec<&PublishedRows> = published.iter().filter(|rows| rows.brand == self.brand).collect();
        let Some(live) = ours.last() else { return Ok(Vec::new()) };
        let live = published::tables(live)?;
        let mut found = BTreeMap::new();
        for rows in ours {
            let stopped = Note::of(rows).stopped;
            let then = if stopped.is_empty() { Tables::default() } else { published::tables(rows)? };
            for one in stopped {
                let place = (one.table.clone(), one.row.clone());
                let same = row_of(&then, &place).is_some_and(|then| Some(then) == row_of(&live, &place));
                if same {
                    found.insert(place, (rows.number, one));
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// What is to be looked at in a draft that lets rows give again which stopped by themselves.
    pub async fn look_at_stopped(&self, draft: &Tables) -> Result<Vec<Problem>, StoreError> {
        let mut found = Vec::new();
        for (number, one) in self.stopped().await? {
            let place = (one.table.clone(), one.row.clone());
            let Some(table) = tables::named(&one.table) else { continue };
            let Some(switch) = table.columns_of(Cells::Switch).next().map(|column| column.title.clone()) else {
                continue;
            };
            let Some(row) = row_of(draft, &place).filter(|row| row.cell(&switch) != Some("no")) else { continue };
            let detail = one.says(number);
            found.push(Problem { table: one.table, row: row.key.clone(), column: switch, detail });
        }
        Ok(found)
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
        let before = ours.iter().find(|rows| rows.number == since).map(|rows| published::tables(rows)).transpose()?;
        let Some(newest) = ours.last() else {
            return Ok(NotPublished::Moved { live: 0, by: String::new(), changes: Vec::new() });
        };
        let mut changes = match before {
            Some(before) => {
                changes::changes(&before, &published::tables(newest)?).iter().map(ToString::to_string).collect()
            }
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

//! A request for a forecast: a checked draft, what it is held against, and the window.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{
    loyalty::{Programme, Programmes, programme::review},
    programme::{Problem, Tables},
    simulation::Window,
    store::{Store, StoreError},
    writer::{known, programmes::LiveProgrammes},
};

/// How far a forecast looks back where nobody says.
const BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Bytes that documents may take where nobody else needs them.
pub const MUCH_MEMORY: u64 = 2 << 30;
/// And beside a service.
const LITTLE_MEMORY: u64 = 256 << 20;

/// A draft, what it is held against, and the window.
#[derive(Debug, Clone)]
pub struct Request {
    pub brand: String,
    pub draft: Tables,
    pub programme: Arc<Programme>,
    pub programmes: Programmes,
    pub live: Tables,
    pub window: Window,
    /// Bytes that the documents may take, about; above that every so-manyth member is looked at.
    pub memory: u64,
    /// Leaves the processors to whoever serves.
    pub quietly: bool,
    /// The draft is held against what was in force, version by version, instead of the live one in the whole window.
    pub against_all: bool,
}

/// Why there can be no forecast.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the draft has a problem: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Problems(Vec<Problem>),
    #[error("brand `{0}` has no programme yet")]
    NoProgramme(String),
    #[error("the window ends before it begins")]
    NoTime,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Request {
    /// A draft that has no problem, over the last 30 days as far as there was a programme; as quietly as beside a service.
    pub async fn of(
        store: &Store,
        live: &LiveProgrammes,
        brand: &str,
        draft: Tables,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let programmes = live.of(brand).ok_or_else(|| Refused::NoProgramme(brand.to_owned()))?;
        let known = known::for_draft(store, live, brand, &draft).await?;
        let (programme, _) = review(&draft, &known).map_err(Refused::Problems)?;
        Ok(Self::checked(brand, (draft, Arc::new(programme)), (known.live, programmes), now))
    }

    /// The same for who has checked it already.
    pub fn checked(
        brand: &str,
        (draft, programme): (Tables, Arc<Programme>),
        (live, programmes): (Tables, Programmes),
        now: Timestamp,
    ) -> Self {
        let window = Window { from: now.saturating_sub(BACK).unwrap_or(now), until: now };
        let brand = brand.to_owned();
        let (memory, quietly, against_all) = (LITTLE_MEMORY, true, false);
        let request = Self { brand, draft, programme, programmes, live, window, memory, quietly, against_all };
        request.since_the_first_version()
    }

    /// Between other instants.
    pub fn within(mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> Result<Self, Refused> {
        self.window.until = until.unwrap_or(self.window.until);
        let back = self.window.until.saturating_sub(BACK).unwrap_or(self.window.until);
        self.window.from = from.unwrap_or(back);
        let request = self.since_the_first_version();
        if request.window.from < request.window.until { Ok(request) } else { Err(Refused::NoTime) }
    }

    /// Before there was a programme nothing happened.
    fn since_the_first_version(mut self) -> Self {
        let first = self.programmes.iter().next().map(|version| version.effective_at);
        self.window.from = first.map_or(self.window.from, |first| first.max(self.window.from));
        self
    }
}

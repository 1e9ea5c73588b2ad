//! Watches the programme tables: checks them as a draft, writes back what each row is, and publishes at a tick.
//! Guarantees: nothing goes live without a tick, nothing that has a problem, and nothing but what was checked when the tick
//! was set: the row carries the fingerprint of what its Status speaks of.
//! A NocoDB that is down or answers nonsense changes nothing.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ID, PUBLISH},
    dates,
    draft::Unread,
    forecasts, lists,
    looking::{self, Looking, Pace},
    row_counts,
    status::{Draft, Shown, Tick, as_held},
    stopped::Standstill,
};
use crate::{
    clock::Clock,
    config::ProgrammeSettings,
    delivery::Health,
    forecast::{Latest, Request, latest::Made},
    loyalty::{Programme, programme::review},
    programme::{Known, Problem, Tables, WHOLE},
    simulation::generosity::Generosity,
    store::{Store, StoreError},
    writer::{
        known,
        programmes::LiveProgrammes,
        publishing::{self, NotPublished, Person, Published, Publishing, Waiting},
    },
};

/// What a person reads whose tick was not good for what is there.
const UNSURE: &str =
    "The tick was set while something was being changed. Nothing was published: look at it and tick again.";
/// Who ticks, where NocoDB does not tell.
const SOMEBODY: &str = "NocoDB";

/// The draft of one brand and what it is held against.
pub struct Drafts {
    nocodb: Nocodb,
    store: Store,
    live: LiveProgrammes,
    brand: String,
    pace: Pace,
    /// The live version's number and its rows as NocoDB would hold them; 0 and none before the first one.
    held: (u32, Tables),
    /// The rows of that version that stopped by themselves.
    standstill: Standstill,
    /// What the tick carried. It outlives an untick without an answer, which may have worked.
    requested: Option<Tick>,
    /// What became of a tick that did not publish: the draft that is spoken of, and the words.
    verdict: Option<(String, String)>,
    /// Problems of whole tables, as last logged.
    logged: Vec<String>,
    /// What drafts would have done, where somebody works it out; and what of it the rows say.
    latest: Option<Latest>,
    shown: forecasts::Shown,
    dates: dates::Shown,
    /// What lists offer.
    offered: lists::Offered,
    row_counts: row_counts::Shown,
}

/// What the drafts work with.
pub struct Around {
    pub store: Store,
    pub live: LiveProgrammes,
    pub brand: String,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
}

impl Drafts {
    pub fn new(nocodb: Nocodb, settings: &ProgrammeSettings, around: Around) -> Self {
        let Around { store, live, brand, clock, health } = around;
        let pace = Pace { clock, health, poll: Duration::from_millis(settings.poll_ms) };
        let (held, standstill) = ((0, Tables::default()), Standstill::default());
        let (requested, verdict, logged) = (None, None, Vec::new());
        let (latest, shown, dates) = (None, forecasts::Shown::default(), dates::Shown::default());
        let (offered, row_counts) = (lists::Offered::default(), row_counts::Shown::default());
        Self {
            nocodb,
            store,
            live,
            brand,
            pace,
            held,
            standstill,
            requested,
            verdict,
            logged,
            latest,
            shown,
            dates,
            offered,
            row_counts,
        }
    }

    /// Each row also says what it would have done.
    #[must_use]
    pub fn foreseeing(self, latest: Latest) -> Self {
        Self { latest: Some(latest), ..self }
    }

    /// Looks again and again until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        let pace = self.pace.clone();
        looking::watch(&mut self, &pace, stop).await;
    }

    /// Reads the draft once and does what follows from it.
    pub async fn look(&mut self) -> Result<(), Failure> {
        let looked = self.look_once().await;
        if let Err(Failure::Call(CallError::Missing(_))) = looked {
            self.nocodb.forget_tables();
        }
        looked
    }

    async fn look_once(&mut self) -> Result<(), Failure> {
        let ids = self.nocodb.table_ids_now().await?;
        let draft = match self.read(&ids).await? {
            Ok(draft) => draft,
            Err(unread) => return Err(self.unreadable(&ids, unread).await.into()),
        };
        let fingerprint = draft.tables.fingerprint();
        // The tick goes first: should we die in between, it is lost, and never publishes what is edited later.
        if let Some(carried) = draft.ticked().first().map(|(_, carried)| carried.clone()) {
            self.requested = Some(carried);
            self.untick(&ids, &draft).await?;
        }
        let requested = self.requested.take();
        self.verdict = match &requested {
            Some(tick) if tick.fingerprint != fingerprint => Some((fingerprint.clone(), UNSURE.to_owned())),
            Some(_) => None,
            None => self.verdict.take().filter(|(draft, _)| *draft == fingerprint),
        };
        let known = self.known(&draft.tables).await?;
        let (mut made, reviewed) = (None, review(&draft.tables, &known));
        let (problems, warnings) = match reviewed {
            Ok((programme, mut warnings)) => {
                let order = self.latest.as_ref().and_then(|latest| latest.usual_order(&self.brand));
                let generosity = Generosity::of(&Arc::new(programme.clone()), order, self.pace.clock.now());
                warnings.extend(generosity.warning());
                if let Some(tick) = requested.filter(|tick| tick.fingerprint == fingerprint) {
                    self.publish(&draft.tables, tick).await?;
                }
                made = self.foreseen(&draft.tables, fingerprint, programme).await?;
                (Vec::new(), warnings)
            }
            Err(problems) => (problems, Vec::new()),
        };
        self.log_whole(&problems);
        self.write_back(&ids, &draft, (&problems, &warnings)).await?;
        self.nocodb.show_dates(&ids, (&draft, self.held.0), &mut self.dates).await?;
        if problems.is_empty() {
            self.nocodb.list_translations(&ids, &draft).await?;
        }
        let steady = problems.is_empty().then(|| (&draft.tables, draft.tables.fingerprint()));
        let beside = (&known.seen, self.pace.clock.now());
        self.nocodb.show_options(&ids, (&self.held.1, steady), beside, &mut self.offered).await?;
        self.show_row_counts(&ids, &draft).await?;
        // Last of all: where that fails, nothing else does.
        if made.is_some() || !problems.is_empty() {
            self.nocodb.show_forecast(&ids, (&draft, made.as_ref()), &mut self.shown).await?;
        }
        Ok(())
    }

    /// The draft as it is there, with a row for each setting.
    async fn read(&mut self, ids: &TableIds) -> Result<Result<Draft, Unread>, Failure> {
        let live = self.live_rows().await?.clone();
        let read = self.nocodb.draft(ids, &live).await;
        match read {
            Ok(draft) if self.nocodb.complete_settings(ids, (&draft, &live)).await? > 0 => {
                Ok(self.nocodb.draft(ids, &live).await)
            }
            other => Ok(other),
        }
    }

    /// What a draft without a problem would have done, as soon as that is worked out.
    async fn foreseen(
        &mut self,
        draft: &Tables,
        fingerprint: String,
        programme: Programme,
    ) -> Result<Option<Made>, StoreError> {
        let (Some(latest), Some(programmes)) = (self.latest.clone(), self.live.of(&self.brand)) else {
            return Ok(None);
        };
        let (live, now, brand) = (self.live_rows().await?.clone(), self.pace.clock.now(), self.brand.clone());
        let request =
            || Request::checked(&brand, (draft.clone(), Arc::new(programme)), (live, programmes.clone()), now);
        Ok(latest.wanted(&brand, &(fingerprint, programmes.live().number), request))
    }

    async fn show_row_counts(&mut self, ids: &TableIds, draft: &Draft) -> Result<(), Failure> {
        if self.row_counts.news(&self.store, (&self.brand, self.pace.clock.now())).await? {
            let tables = self.nocodb.with_row_counts(ids).await?;
            self.row_counts.can_stand_in(tables);
        }
        Ok(self.nocodb.show_row_counts(ids, (draft, &self.held.1), &mut self.row_counts).await?)
    }

    /// A column that is gone stops publishing, and the rows say so as far as they still can.
    async fn unreadable(&self, ids: &TableIds, unread: Unread) -> CallError {
        if matches!(unread.error, CallError::Missing(_))
            && let Err(error) = self.nocodb.say_unreadable(ids, &unread).await
        {
            tracing::debug!("nor can it be written into the rows: {error}");
        }
        unread.error
    }

    async fn known(&mut self, draft: &Tables) -> Result<Known, StoreError> {
        let before = self.live.of(&self.brand).map(|programmes| programmes.live().clone());
        let live = self.live_rows().await?.clone();
        known::beside(&self.store, &self.brand, draft, (live, before)).await
    }

    /// A table that lost its rows is worth a line in the log, once.
    fn log_whole(&mut self, problems: &[Problem]) {
        let whole: Vec<String> =
            problems.iter().filter(|problem| problem.row.is_empty()).map(ToString::to_string).collect();
        if self.logged != whole {
            for problem in &whole {
                tracing::warn!("{problem}; the live programme stays as it is");
            }
            self.logged = whole;
        }
    }

    async fn untick(&self, ids: &TableIds, draft: &Draft) -> Result<(), CallError> {
        let untick = |id: u64| Record::from_iter([(ID.into(), id.into()), (PUBLISH.into(), false.into())]);
        let rows: Vec<Record> = draft.ticked().into_iter().map(|(id, _)| untick(id)).collect();
        for chunk in rows.chunks(ROWS_PER_CALL) {
            self.nocodb.client.update(&ids[WHOLE], chunk).await?;
        }
        Ok(())
    }

    /// Publishes what was ticked, or remembers why it was not.
    async fn publish(&mut self, tables: &Tables, Tick { fingerprint, live }: Tick) -> Result<(), StoreError> {
        if self.live_rows().await?.content() == as_held(tables).content() {
            return Ok(()); // as NocoDB would hold it
        }
        let draft = publishing::Draft::of(tables.clone(), fingerprint.clone(), live);
        let verdict = match self.publishing().publish(draft, Person::named(SOMEBODY)).await {
            Ok(Published::Live { number, .. }) => {
                tracing::info!(
                    brand = self.brand,
                    version = number,
                    "programme v{number} is live, published in NocoDB"
                );
                return Ok(());
            }
            Ok(Published::Waits(_)) => return Ok(()), // the row says so as long as it waits
            Err(NotPublished::Store(error)) => return Err(error),
            Err(error) => format!("Nothing was published: {error}. Look at it and tick again."),
        };
        self.verdict = Some((fingerprint, verdict));
        Ok(())
    }

    async fn write_back(
        &mut self,
        ids: &TableIds,
        draft: &Draft,
        (problems, warnings): (&[Problem], &[Problem]),
    ) -> Result<(), Failure> {
        self.live_rows().await?;
        if self.standstill.tables.is_empty() && !self.standstill.rows.is_empty() {
            self.standstill.tables = self.nocodb.that_say_stopped(ids, &self.standstill.rows).await?;
        }
        let waits = self.publishing().waiting().await?;
        let (version, live) = &self.held;
        let fingerprint = draft.tables.fingerprint();
        let waits = waits.filter(|waits| waits.draft.live == *version && waits.draft.fingerprint == fingerprint);
        let waits = waits.as_ref().map(waits_for_another);
        let verdict = waits.as_deref().or(self.verdict.as_ref().map(|(_, verdict)| verdict.as_str()));
        let around = Shown { problems, warnings, live, version: *version, standstill: &self.standstill, verdict };
        for (table, rows) in draft.write_back(&around) {
            for chunk in rows.chunks(ROWS_PER_CALL) {
                self.nocodb.client.update(&ids[table], chunk).await?;
            }
        }
        Ok(())
    }

    fn publishing(&self) -> Publishing<'_> {
        Publishing { store: &self.store, live: &self.live, brand: &self.brand, now: self.pace.clock.now() }
    }

    async fn live_rows(&mut self) -> Result<&Tables, StoreError> {
        let number = self.live.of(&self.brand).map_or(0, |programmes| programmes.live().number);
        if self.held.0 != number {
            let tables = known::published_tables(&self.store, &self.brand, number).await?;
            self.held = (number, as_held(&tables));
            self.standstill = Standstill { rows: self.publishing().stopped().await?, ..Standstill::default() };
        }
        Ok(&self.held.1)
    }
}

/// What a row says whose draft waits for a second person.
fn waits_for_another(waits: &Waiting) -> String {
    format!(
        "Waits for a second person: {} wants to publish it. Somebody else agrees on the page Publish of the console.",
        waits.by.name
    )
}

impl Looking for Drafts {
    const WHAT: &str = "programme tables";
    const MEANWHILE: &str = "the live programme stays as it is";

    async fn look(&mut self) -> Result<(), Failure> {
        Self::look(self).await
    }
}

//! Use cases, for whoever asks: HTTP, pages, commands. No axum here.
//! What goes wrong comes back as a [`crate::intake::problem::Problem`].

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use tokio::sync::watch;

use crate::{
    access::Keys,
    clock::Clock,
    config::Settings,
    delivery::{Health, hints::Hints},
    forecast::{Latest, stop_loss::StopLoss},
    intake::{Country, Reader, problem::Problem},
    lifecycle::Tasks,
    loyalty::Programmes,
    messages::author::Author,
    signature::Secret,
    store::{News, Store},
    workers::{birthdays::Birthdays, due::DueWorker, row_counts::RowCounting, segments::Sweep, top_spend::TopSpending},
    writer::{Desk, Writer, programmes::LiveProgrammes},
};

pub mod accept;
pub mod adjustments;
pub mod approve;
pub mod challenges;
pub mod claims;
pub mod clock;
pub mod codes;
pub mod conditions;
pub mod deliveries;
pub mod duplicates;
pub mod events;
pub mod examples;
pub mod health;
pub mod holds;
pub mod identities;
pub mod imports;
pub mod members;
pub mod mercy;
pub mod merging;
pub mod messages;
pub mod metrics;
pub mod orders;
pub mod page;
pub mod parked;
pub mod programme;
pub mod publishing;
pub mod quotes;
mod refused;
pub mod rewards;
pub mod sample;
pub mod savings;
pub mod search;
pub mod simulation;
pub mod segments;
mod spoken;
pub mod standing;
pub mod statement;
pub mod templates;
pub mod texts;
pub mod turns;
pub mod views;
pub mod webhooks;
pub mod why;

use metrics::Metrics;
use turns::Turns;

/// What every request can reach.
pub struct App {
    pub settings: Arc<Settings>,
    pub store: Store,
    pub writer: Writer,
    /// What the writer works with: for deciding what is not to be kept.
    pub desk: Desk,
    pub programmes: LiveProgrammes,
    /// What drafts of the programme would have done.
    pub latest: Latest,
    pub clock: Arc<dyn Clock>,
    pub health: Health,
    pub metrics: Metrics,
    /// What keeps the edited CSV folder from being live; empty = nothing.
    pub not_live: Arc<watch::Sender<String>>,
    /// Rung when there may be something to deliver.
    pub news: Arc<News>,
    /// Profiles that somebody says have changed.
    pub changed_profiles: Hints,
    pub secret: [u8; 32],
    /// Of phone numbers that name none.
    pub country: Option<Country>,
    pub keys: Keys,
    /// Who may read what is dear.
    pub turns: Turns,
    pub tasks: Tasks,
    pub author: Arc<Author>,
    /// Where a marketer's tables are, when they are not files.
    pub sheet: Option<Arc<dyn templates::Sheet>>,
    /// Active secrets of `POST /webhooks/standard`; none = nothing is accepted there.
    pub webhook_secrets: Vec<Secret>,
}

impl App {
    /// What reading needs to know beside the text.
    pub fn reader(&self) -> Reader {
        Reader::new(self.clock.now(), self.country)
    }

    /// The programme of a brand, in all its versions.
    pub fn programmes_of(&self, brand: &str) -> Result<Programmes, Problem> {
        self.programmes.of(brand).ok_or_else(|| Problem::unavailable("The brand has no programme yet"))
    }

    /// The worker of what falls due.
    pub fn due(&self) -> DueWorker {
        DueWorker { store: self.store.clone(), writer: self.writer.clone(), clock: Arc::clone(&self.clock) }
    }

    /// The worker that counts members by row.
    pub fn row_counting(&self) -> RowCounting {
        let (store, clock, programmes) = (self.store.clone(), Arc::clone(&self.clock), self.programmes.clone());
        RowCounting { store, clock, programmes }
    }

    /// The worker that finds out who spent most.
    pub fn top_spending(&self) -> TopSpending {
        TopSpending {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            programmes: self.programmes.clone(),
            under_way: BTreeMap::new(),
        }
    }

    /// The worker that looks at members when segments changed.
    pub fn sweep(&self) -> Sweep {
        Sweep {
            store: self.store.clone(),
            writer: self.writer.clone(),
            clock: Arc::clone(&self.clock),
            programmes: self.programmes.clone(),
            done: BTreeMap::new(),
        }
    }

    /// The watch over rows that give more than was foreseen.
    pub fn stop_loss(&self) -> StopLoss {
        StopLoss {
            store: self.store.clone(),
            live: self.programmes.clone(),
            latest: self.latest.clone(),
            clock: Arc::clone(&self.clock),
            foreseen: BTreeMap::new(),
        }
    }

    /// The worker of birthdays.
    pub fn birthdays(&self) -> Birthdays {
        Birthdays {
            store: self.store.clone(),
            writer: self.writer.clone(),
            clock: Arc::clone(&self.clock),
            programmes: self.programmes.clone(),
            done: BTreeMap::new(),
        }
    }
}

/// The country of phone numbers that name none.
pub fn country(settings: &Settings) -> anyhow::Result<Option<Country>> {
    let code = settings.programme.country.trim();
    if code.is_empty() { Ok(None) } else { code.parse().map(Some).context("setting programme.country") }
}

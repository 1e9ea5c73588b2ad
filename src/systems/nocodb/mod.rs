//! The marketer's spreadsheet: programme tables are read as drafts; members, points and who may be one person are shown there.
//! Guarantees: a draft becomes the live programme only by a tick and only when it has no problem; an entry is one row,
//! however often it is delivered. NocoDB holds nothing that the ledger needs.

pub mod about;
pub mod admin;
pub mod beside;
mod bring;
pub mod client;
mod columns;
mod compare;
mod dates;
mod draft;
pub mod drafts;
pub mod edits;
mod forecasts;
mod lists;
pub mod load;
mod looking;
pub mod map;
pub mod pairs;
mod plan;
mod put_back;
pub mod projection;
mod refill;
mod row_counts;
mod settings;
pub mod setup;
mod show;
mod status;
pub mod stopped;
pub mod translations;
mod trim;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{
    config,
    programme::{settings_rows::SETTINGS, tables},
    store::StoreError,
    values::span::{Span, SpanError},
    writer::NotAccepted,
};
use client::{CallError, Client};

/// The name of the destination in the store.
pub const NAME: &str = "nocodb";

/// A connected NocoDB. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Nocodb {
    client: Client,
    /// Title of our base.
    base: String,
    /// Our tables by title, once found.
    tables: Arc<Mutex<Option<Arc<TableIds>>>>,
    /// Whether its database enforces unique columns, once asked.
    unique: Arc<OnceCell<bool>>,
    /// How long rows of `Points` are kept there; `None` = for ever.
    points_kept: Option<Span>,
}

/// Table title -> NocoDB's id.
pub type TableIds = BTreeMap<String, String>;

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("setting nocodb.token is missing: make one in NocoDB under Team & Settings, API tokens")]
    NoToken,
    #[error("setting nocodb.token_file: {0} is not there yet; `loyalty setup nocodb` with the administrator makes it")]
    TokenNotMade(String),
    #[error("setting nocodb.url: {0}")]
    Client(String),
    #[error("setting nocodb.points_kept: {0}")]
    PointsKept(SpanError),
}

/// Why something that needs NocoDB and the store was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Writer(#[from] NotAccepted),
}

impl Nocodb {
    /// `None` when no NocoDB is set. Calls nobody.
    pub fn connect(settings: &config::Nocodb) -> Result<Option<Self>, ConnectError> {
        let Some(url) = &settings.url else { return Ok(None) };
        let token = settings.token.clone().ok_or_else(|| match &settings.token_file {
            Some(file) => ConnectError::TokenNotMade(file.display().to_string()),
            None => ConnectError::NoToken,
        })?;
        reqwest::Url::parse(url).map_err(|error| ConnectError::Client(format!("`{url}`: {error}")))?;
        let client = Client::new(url, token, Duration::from_millis(settings.timeout_ms))
            .map_err(|error| ConnectError::Client(error.to_string()))?;
        let points_kept = settings.points_kept.as_deref().map(str::parse).transpose();
        let points_kept = points_kept.map_err(ConnectError::PointsKept)?;
        let (base, tables, unique) = (settings.base.clone(), Arc::default(), Arc::default());
        Ok(Some(Self { client, base, tables, unique, points_kept }))
    }

    /// The ids of all our tables, without optional ones that are not there; asked once.
    pub async fn table_ids(&self) -> Result<Arc<TableIds>, CallError> {
        let known = self.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let base = self.base_id().await?;
        let base = base.ok_or_else(|| CallError::Missing(format!("NocoDB has no base `{}`", self.base)))?;
        let present = titles(&self.client.list(&format!("bases/{base}/tables")).await?);
        let mut found = TableIds::new();
        for table in tables::all() {
            match present.get(&table.title) {
                Some(id) => drop(found.insert(table.title.clone(), id.clone())),
                None if table.optional => {}
                None => {
                    let missing = format!("NocoDB's base `{}` has no table `{}`", self.base, table.title);
                    return Err(CallError::Missing(missing));
                }
            }
        }
        Ok(self.remember_tables(found))
    }

    /// The same for who reads drafts: in a base whose settings are no rows yet `setup` may have made them meanwhile, and has emptied
    /// the columns that they were.
    async fn table_ids_now(&self) -> Result<Arc<TableIds>, CallError> {
        let known = self.table_ids().await?;
        if known.contains_key(SETTINGS) {
            return Ok(known);
        }
        self.forget_tables();
        self.table_ids().await
    }

    fn remember_tables(&self, found: TableIds) -> Arc<TableIds> {
        let found = Arc::new(found);
        *self.tables.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        found
    }

    /// After something was missing: look for our tables anew.
    fn forget_tables(&self) {
        *self.tables.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Rows of one of our tables; a column that is missing there is named with its table.
    async fn read(
        &self,
        ids: &TableIds,
        table: &str,
        columns: &[&str],
        filter: Option<&str>,
    ) -> Result<Vec<client::Record>, CallError> {
        let rows = self.client.rows(&ids[table], columns, filter).await;
        rows.map_err(|error| in_table(table, error))
    }

    /// Whether each of our columns is there under its title.
    async fn has_columns(&self, ids: &TableIds, table: &str) -> Result<(), CallError> {
        let columns = tables::named(table).map(columns::to_read).unwrap_or_default();
        let first = self.client.first(&ids[table], &columns).await;
        first.map(drop).map_err(|error| in_table(table, error))
    }

    /// Whether the database itself keeps a row from being there twice: only PostgreSQL does.
    async fn is_unique(&self) -> Result<bool, CallError> {
        let unique = self.unique.get_or_try_init(async || Ok(self.database().await?.as_deref() == Some("pg")));
        unique.await.copied()
    }

    async fn base_id(&self) -> Result<Option<String>, CallError> {
        Ok(titles(&self.client.list("bases").await?).remove(&self.base))
    }
}

/// What is missing, with its table.
fn in_table(table: &str, error: CallError) -> CallError {
    match error {
        CallError::Missing(what) => CallError::Missing(format!("table {table}: {what}")),
        other => other,
    }
}

/// Title -> id of what a list of the meta API holds; of two with one title the first.
fn titles(list: &[Value]) -> BTreeMap<String, String> {
    let mut titles = BTreeMap::new();
    for item in list {
        if let (Some(title), Some(id)) = (item["title"].as_str(), item["id"].as_str()) {
            titles.entry(title.to_owned()).or_insert_with(|| id.to_owned());
        }
    }
    titles
}

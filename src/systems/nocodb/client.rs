//! NocoDB's v2 API over HTTP: every answer is either what was asked for or an error that says what the caller must do.
//! It repeats nothing by itself.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::columns::ID;
use crate::{
    delivery::Outcome,
    systems::http::{self, Answer, NoAnswer},
};

/// One row of a table: column title -> value.
pub type Record = Map<String, Value>;

/// NocoDB takes this many rows in one call unless its operator changed it (NC_DATA_PAYLOAD_LIMIT).
pub const ROWS_PER_CALL: usize = 100;
/// More in one call gain nothing.
const ROWS_PER_CALL_MAX: usize = 1000;
/// The largest page it gives (DB_QUERY_LIMIT_MAX).
const PAGE: usize = 1000;

/// Why a call did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    #[error("NocoDB {0}")]
    NoAnswer(#[from] NoAnswer),
    #[error("NocoDB refuses the token (setting nocodb.token): {0}")]
    Locked(String),
    #[error("NocoDB asks to wait: {problem}")]
    Busy { for_ms: u64, problem: String },
    #[error("NocoDB is failing: {0}")]
    Down(String),
    /// A base, table, column or row that is not there.
    #[error("{0}; `loyalty setup nocodb` adds what is missing")]
    Missing(String),
    /// A row that was there a moment ago.
    #[error("a row has been deleted meanwhile: {0}")]
    Gone(String),
    /// A unique column has this value already.
    #[error("NocoDB has it already: {0}")]
    Duplicate(String),
    /// What was sent will never be taken.
    #[error("NocoDB refused it: {0}")]
    Refused(String),
    /// Fewer rows in a call: from now on the client knows how many.
    #[error("NocoDB takes fewer rows in one call: {0}")]
    TooMany(String),
    #[error("NocoDB answered nonsense: {0}")]
    Nonsense(String),
}

impl CallError {
    /// What it means for everything that was to be delivered with this call.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Locked(_) => Outcome::Locked(self.to_string()),
            Self::Busy { for_ms, .. } => Outcome::Wait { for_ms, problem: self.to_string() },
            Self::Duplicate(_) | Self::Refused(_) | Self::Gone(_) => Outcome::Failed(self.to_string()),
            Self::TooMany(_) => Outcome::Wait { for_ms: 0, problem: self.to_string() },
            Self::NoAnswer(_) | Self::Down(_) | Self::Missing(_) | Self::Nonsense(_) => Outcome::Down(self.to_string()),
        }
    }

    /// Whether the fault lies in what was sent, so that a part of it may still be taken.
    pub fn is_about_content(&self) -> bool {
        matches!(self, Self::Duplicate(_) | Self::Refused(_) | Self::Gone(_) | Self::TooMany(_))
    }
}

/// One NocoDB under one token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
    /// Rows that it takes in one call, as far as is known.
    rows_per_call: Arc<AtomicUsize>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NocoDB at {}", self.url)
    }
}

impl Client {
    pub fn new(url: &str, token: SecretString, timeout: Duration) -> Result<Self, reqwest::Error> {
        let rows_per_call = Arc::new(AtomicUsize::new(ROWS_PER_CALL_MAX));
        Ok(Self { http: http::client(timeout)?, url: url.trim_end_matches('/').to_owned(), token, rows_per_call })
    }

    /// How many rows go into one call.
    pub fn rows_per_call(&self) -> usize {
        self.rows_per_call.load(Ordering::Relaxed)
    }

    /// The first row, if there is one, with these columns.
    pub async fn first(&self, table: &str, columns: &[&str]) -> Result<Option<Record>, CallError> {
        let fields = columns.join(",");
        let page = self.call(Method::GET, &records(table), &[("fields", &fields), ("limit", "1")], None).await?;
        let row = page["list"][0].as_object().cloned();
        complete(columns, row.as_slice())?;
        Ok(row)
    }

    /// Rows that match `filter` (NocoDB's `where`), by ascending Id, with these columns, or with all when none is named. A column that is not there is an
    /// error, and so is one that comes back under another title: NocoDB finds a renamed column by its old name.
    pub async fn rows(&self, table: &str, columns: &[&str], filter: Option<&str>) -> Result<Vec<Record>, CallError> {
        let mut rows: Vec<Record> = Vec::new();
        self.pages(table, columns, filter, |page| rows.extend(page)).await?;
        Ok(rows)
    }

    /// The same page by page, for tables that are larger than memory.
    pub async fn pages(
        &self,
        table: &str,
        columns: &[&str],
        filter: Option<&str>,
        mut each: impl FnMut(Vec<Record>),
    ) -> Result<(), CallError> {
        let (fields, mut read) = (columns.join(","), 0);
        loop {
            let (limit, offset) = (PAGE.to_string(), read.to_string());
            let mut query = vec![("sort", ID), ("limit", &limit), ("offset", &offset)];
            if !columns.is_empty() {
                query.push(("fields", &fields));
            }
            query.extend(filter.map(|filter| ("where", filter)));
            let page = self.call(Method::GET, &records(table), &query, None).await?;
            let list = page["list"].as_array().ok_or_else(|| nonsense("a page of rows", &page))?;
            let rows: Vec<Record> = list.iter().filter_map(Value::as_object).cloned().collect();
            let count = rows.len();
            read += count;
            complete(columns, &rows)?;
            each(rows);
            if count == 0 || page["pageInfo"]["isLastPage"] != json!(false) {
                return Ok(());
            }
        }
    }

    /// Some rows of those that match `filter`, by ascending Id, and whether these are the last.
    pub async fn some(
        &self,
        table: &str,
        columns: &[&str],
        filter: &str,
        (limit, offset): (usize, usize),
    ) -> Result<(Vec<Record>, bool), CallError> {
        let (fields, limit, offset) = (columns.join(","), limit.to_string(), offset.to_string());
        let query = [("sort", ID), ("limit", &limit), ("offset", &offset), ("fields", &fields), ("where", filter)];
        let page = self.call(Method::GET, &records(table), &query, None).await?;
        let list = page["list"].as_array().ok_or_else(|| nonsense("a page of rows", &page))?;
        let rows: Vec<Record> = list.iter().filter_map(Value::as_object).cloned().collect();
        complete(columns, &rows)?;
        let is_last = rows.is_empty() || page["pageInfo"]["isLastPage"] != json!(false);
        Ok((rows, is_last))
    }

    /// Deletes rows by their `Id`; one that is gone already lets the others stand, too.
    pub async fn delete(&self, table: &str, rows: &[u64]) -> Result<(), CallError> {
        let rows: Vec<Value> = rows.iter().map(|row| json!({ ID: row })).collect();
        self.call(Method::DELETE, &records(table), &[], Some(&json!(rows))).await.map(drop)
    }

    /// Adds rows, all or none.
    pub async fn insert(&self, table: &str, rows: &[impl Serialize]) -> Result<(), CallError> {
        self.write(Method::POST, table, rows).await
    }

    /// Changes rows by their `Id`, all or none.
    pub async fn update(&self, table: &str, rows: &[impl Serialize]) -> Result<(), CallError> {
        self.write(Method::PATCH, table, rows).await
    }

    async fn write(&self, method: Method, table: &str, rows: &[impl Serialize]) -> Result<(), CallError> {
        let written = self.call(method, &records(table), &[], Some(&json!(rows))).await;
        if let Err(CallError::TooMany(problem)) = &written {
            // "Maximum 100 entities are allowed per request"
            let stated = problem.split("Maximum ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
            let most = stated.filter(|most| *most < rows.len()).unwrap_or(rows.len() / 2).max(1);
            self.rows_per_call.store(most, Ordering::Relaxed);
        }
        written.map(drop)
    }

    /// A list of the meta API.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, CallError> {
        let mut answer = self.call(Method::GET, &format!("/api/v2/meta/{path}"), &[], None).await?;
        match answer["list"].take() {
            Value::Array(list) => Ok(list),
            _ => Err(nonsense("a list", &answer)),
        }
    }

    /// One thing of the meta API.
    pub async fn get(&self, path: &str) -> Result<Value, CallError> {
        self.call(Method::GET, &format!("/api/v2/meta/{path}"), &[], None).await
    }

    /// NocoDB's own version, where it knows it.
    pub async fn version(&self) -> Result<Option<String>, CallError> {
        let answer = self.call(Method::GET, "/api/v1/version", &[], None).await?;
        Ok(answer["currentVersion"].as_str().map(str::to_owned))
    }

    /// Makes something through the meta API; the id of what was made (or of what it was made in).
    pub async fn make(&self, path: &str, body: &Value) -> Result<String, CallError> {
        let made = self.call(Method::POST, &format!("/api/v2/meta/{path}"), &[], Some(body)).await?;
        made["id"].as_str().map(str::to_owned).ok_or_else(|| nonsense("an id", &made))
    }

    /// Changes something through the meta API.
    pub async fn change(&self, path: &str, body: &Value) -> Result<(), CallError> {
        self.call(Method::PATCH, &format!("/api/v2/meta/{path}"), &[], Some(body)).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, CallError> {
        let url = reqwest::Url::parse_with_params(&format!("{}{path}", self.url), query)
            .map_err(|error| NoAnswer::NotSent(format!("setting nocodb.url is not an address: {error}")))?;
        let mut request = self.http.request(method, url).header("xc-token", self.token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = http::send(request).await?;
        if answer.status.is_success() {
            return answer.json().map_err(|_| CallError::Nonsense(answer.excerpt()));
        }
        Err(failure(&answer))
    }
}

fn records(table: &str) -> String {
    format!("/api/v2/tables/{table}/records")
}

/// A row that lacks a column which was asked for has it under another title.
pub(super) fn complete(columns: &[&str], rows: &[Record]) -> Result<(), CallError> {
    let renamed = columns.iter().find(|column| rows.iter().any(|row| !row.contains_key(**column)));
    match renamed {
        Some(column) => Err(CallError::Missing(format!("Field '{column}' not found under this name: it was renamed"))),
        None => Ok(()),
    }
}

fn nonsense(wanted: &str, answer: &Value) -> CallError {
    let got: String = answer.to_string().chars().take(200).collect();
    CallError::Nonsense(format!("wanted {wanted}, got {got}"))
}

/// Errors come in two shapes: `{"error": CODE, "message": text}` and `{"msg": text}`.
fn failure(answer: &Answer) -> CallError {
    let body: Value = answer.json().unwrap_or_default();
    let code = body["error"].as_str().unwrap_or_default();
    let own = body["message"].as_str().or(body["msg"].as_str());
    let text = own.map_or_else(|| answer.excerpt(), str::to_owned);
    let problem = format!("{} {code} {text}", answer.status.as_u16());
    match answer.common_failure() {
        Some(Outcome::Locked(_)) => return CallError::Locked(problem),
        Some(Outcome::Wait { for_ms, .. }) => return CallError::Busy { for_ms, problem },
        Some(_) => return CallError::Down(problem),
        None => {}
    }
    let not_there = code.ends_with("_NOT_FOUND") || (text.starts_with("Column alias") && text.ends_with("not found."));
    match (answer.status.as_u16(), code) {
        (_, "ERR_MAX_PAYLOAD_LIMIT_EXCEEDED") => CallError::TooMany(problem),
        (_, "FIELD_UNIQUE_CONSTRAINT_VIOLATION") => CallError::Duplicate(problem),
        (_, "ERR_RECORD_NOT_FOUND") => CallError::Gone(problem),
        _ if not_there => CallError::Missing(problem),
        // Only NocoDB itself can judge a row; a proxy in between judges nothing.
        (400..=499, _) if own.is_some() || !code.is_empty() => CallError::Refused(problem),
        _ => CallError::Nonsense(problem),
    }
}

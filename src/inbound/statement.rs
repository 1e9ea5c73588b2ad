//! The statement that answers "where are my points?": lines newest first, with the balance each one left behind.
//! Guarantees: it is sent in parts as it is read, a part in memory for each reader, however slowly it is taken.

use std::{future::ready, io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{PageQuery, auth::Caller, problem::Problem, who};
use crate::{
    app::App,
    loyalty::{Member, entry::TextId, explain::told},
    store::{StatementRow, StoreError, find::Loaded},
    values::seal,
    words::say::say,
};

/// One line of a statement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StatementLine {
    pub id: String,
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    pub points: i64,
    pub account: String,
    /// Available points after this entry.
    pub balance: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    pub text: String,
    /// Why somebody did it by hand; not there once the member is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name of the key that gave or took points by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_by: Option<String>,
    /// The name of the key of the second person who agreed to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// Lines newest first, with the balance each one left behind, in `language`. `key` is the member's.
pub fn lines(
    rows: Vec<StatementRow>,
    newest: Option<&Member>,
    key: Option<&[u8; 32]>,
    voice: (&str, &TimeZone),
) -> Vec<StatementLine> {
    let mut balance = newest.map_or(0, |member| member.balance.available);
    rows.into_iter().map(|row| line(row, &mut balance, key, voice)).collect()
}

/// One line; `balance` is what it left behind, and then what was before it.
fn line(
    row: StatementRow,
    balance: &mut i64,
    key: Option<&[u8; 32]>,
    (language, zone): (&str, &TimeZone),
) -> StatementLine {
    let (account, points) = row.entry.member_side();
    let after = *balance;
    *balance -= row.entry.available_change();
    StatementLine {
        // A purchase counts from its day; what happened to its points later is told when it happened.
        occurred_at: if row.entry.text_id == TextId::Earned { row.occurred_at } else { row.entry.effective_at },
        points,
        account: account.name().to_owned(),
        balance: after,
        text: say(&told(&row.entry), language, zone),
        reason: row.reason.and_then(|sealed| seal::open(&sealed, key, "reason")).filter(|text| !text.is_empty()),
        given_by: row.by,
        agreed_by: row.agreed,
        id: row.entry.id,
        rule: row.entry.rule,
        order_id: row.entry.order,
        expires_at: row.entry.expires_at,
    }
}

/// A page of entries. `next` continues; `null` = the beginning is reached.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Statement {
    pub entries: Vec<StatementLine>,
    pub next: Option<String>,
}

/// Entries with the running balance, newest first; a page ends with a whole event
#[utoipa::path(get, path = "/v1/members/{ref}/statement", tag = "members",
    security(("key" = ["members"])),
    params(("ref" = String, Path), PageQuery),
    responses((status = 200, body = Statement), (status = 404, body = Problem, content_type = "application/problem+json")))]
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let turn = app.turns.one().await?;
    let loaded = who::find(&app, &caller.brand, &reference).await?;
    let cursor = match page.cursor.as_deref().map(str::parse) {
        Some(Err(_)) => return Err(Problem::invalid_field("/cursor", "is not one that `next` gave")),
        Some(Ok(cursor)) => Some(cursor),
        None => None,
    };
    let mut reading = Reading::new(app, caller.brand, loaded, cursor, page.limit())?;
    let first = reading.part().await?; // what fails, fails before anything is sent
    drop(turn);
    let rest = stream::try_unfold(reading, |mut reading| async {
        if reading.is_done() {
            return Ok(None);
        }
        let broken = |problem: Problem| io::Error::other(problem.detail);
        let turns = reading.app.turns.clone();
        let _turn = turns.next().await.map_err(broken)?;
        let part = reading.part().await.map_err(broken)?;
        Ok(Some((part, reading)))
    });
    let parts = stream::once(ready(Ok::<_, io::Error>(first))).chain(rest);
    Ok(([(CONTENT_TYPE, "application/json")], Body::from_stream(parts)).into_response())
}

/// Lines read and sent together.
const PART: usize = 100;

/// A statement on its way to its reader.
struct Reading {
    app: Arc<App>,
    brand: String,
    member: String,
    key: Option<[u8; 32]>,
    language: String,
    zone: TimeZone,
    /// The version before which the next part begins; `None` at the newest.
    cursor: Option<u64>,
    /// Lines that are still asked for; 0 when everything is sent.
    left: usize,
    /// What the next line left behind; known from the first on.
    balance: Option<i64>,
}

impl Reading {
    fn new(app: Arc<App>, brand: String, loaded: Loaded, cursor: Option<u64>, limit: usize) -> Result<Self, Problem> {
        let programmes = app.programmes.of(&brand);
        let programmes = programmes.ok_or_else(|| Problem::unavailable("The brand has no programme yet"))?;
        let settings = programmes.live().programme.settings.clone();
        let (member, key) = (loaded.member, loaded.key);
        let language = member.language.unwrap_or(settings.language);
        Ok(Self {
            app,
            brand,
            member: member.id,
            key,
            language,
            zone: settings.zone,
            cursor,
            left: limit,
            balance: None,
        })
    }

    fn is_done(&self) -> bool {
        self.left == 0
    }

    /// The next lines, with what comes before the first and after the last of all.
    async fn part(&mut self) -> Result<Bytes, Problem> {
        let (first, asked) = (self.balance.is_none(), self.left.min(PART));
        let rows = self.app.store.statement_rows(&self.brand, &self.member, self.cursor, asked).await?;
        if let (None, Some(newest)) = (self.balance, rows.first()) {
            let document = self.app.store.member_at(&self.brand, &self.member, newest.version).await?;
            self.balance = document.map(|member| member.balance.available);
        }
        let more = rows.len() >= asked;
        self.cursor = rows.last().map(|row| row.version).or(self.cursor);
        self.left = if more { self.left.saturating_sub(rows.len()) } else { 0 };
        let next = (more && self.left == 0).then(|| self.cursor.map(|version| version.to_string())).flatten();
        let (mut balance, key, language, zone) =
            (self.balance.unwrap_or(0), self.key, self.language.clone(), self.zone.clone());
        let done = self.is_done();
        let write = move || -> Result<(Bytes, i64), StoreError> {
            let mut text = if first { br#"{"entries":["#.to_vec() } else { Vec::new() };
            for (at, row) in rows.into_iter().enumerate() {
                if at > 0 || !first {
                    text.push(b',');
                }
                serde_json::to_writer(&mut text, &line(row, &mut balance, key.as_ref(), (&language, &zone)))?;
            }
            if done {
                text.extend_from_slice(br#"],"next":"#);
                serde_json::to_writer(&mut text, &next)?;
                text.push(b'}');
            }
            Ok((text.into(), balance))
        };
        let written = tokio::task::spawn_blocking(write).await;
        let (text, balance) = written.map_err(|_| Problem::unavailable("The statement could not be written"))??;
        self.balance = Some(balance);
        Ok(text)
    }
}

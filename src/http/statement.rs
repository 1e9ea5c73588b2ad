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
use jiff::tz::TimeZone;

use crate::{
    access::Caller,
    intake::problem::Problem,
    service::{
        App, members,
        page::PageQuery,
        statement::{Statement, line},
    },
    store::{StoreError, find::Loaded},
};

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
    let loaded = members::find(&app, &caller.brand, &reference).await?;
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

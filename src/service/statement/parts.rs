//! A statement on its way to somebody who takes it slowly.
//! Guarantees: it is read in parts as it is sent, a part in memory for each reader.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use jiff::tz::TimeZone;

use super::line;
use crate::{
    intake::problem::Problem,
    programme::Translations,
    service::{App, members, page::PageQuery},
    store::{StoreError, find::Loaded},
    words::say::Speech,
};

/// Lines read and sent together.
const PART: usize = 100;

/// The statement of the member of this `ref` as JSON, in parts. What fails before the first one fails here.
pub async fn parts(
    app: Arc<App>,
    brand: String,
    reference: &str,
    page: PageQuery,
) -> Result<impl Stream<Item = Result<Vec<u8>, Problem>> + use<>, Problem> {
    let permit = app.turns.one().await?;
    let loaded = members::find(&app, &brand, reference).await?;
    let cursor = match page.cursor.as_deref().map(str::parse) {
        Some(Err(_)) => return Err(Problem::invalid_field("/cursor", "is not one that `next` gave")),
        Some(Ok(cursor)) => Some(cursor),
        None => None,
    };
    let mut reading = Reading::new(app, brand, loaded, cursor, page.limit())?;
    let first = reading.part().await?;
    drop(permit);
    let rest = stream::try_unfold(reading, |mut reading| async {
        if reading.is_done() {
            return Ok(None);
        }
        let turns = reading.app.turns.clone();
        let _permit = turns.next().await?;
        let part = reading.part().await?;
        Ok(Some((part, reading)))
    });
    Ok(stream::once(std::future::ready(Ok(first))).chain(rest))
}

/// A statement on its way to its reader.
struct Reading {
    app: Arc<App>,
    brand: String,
    member: String,
    key: Option<[u8; 32]>,
    language: String,
    zone: TimeZone,
    names: Translations,
    /// The version before which the next part begins; `None` at the newest.
    cursor: Option<u64>,
    /// Lines that are still to be sent; 0 when everything is.
    left: usize,
    /// What the next line left behind; known from the first on.
    balance: Option<i64>,
}

impl Reading {
    fn new(app: Arc<App>, brand: String, loaded: Loaded, cursor: Option<u64>, limit: usize) -> Result<Self, Problem> {
        let programmes = app.programmes_of(&brand)?;
        let (settings, names) =
            (programmes.live().programme.settings.clone(), programmes.live().programme.translations.clone());
        let (member, key) = (loaded.member, loaded.key);
        let language = member.language.unwrap_or(settings.language);
        Ok(Self {
            app,
            brand,
            member: member.id,
            key,
            language,
            zone: settings.zone,
            names,
            cursor,
            left: limit,
            balance: None,
        })
    }

    fn is_done(&self) -> bool {
        self.left == 0
    }

    /// The next lines, with what comes before the first and after the last of all.
    async fn part(&mut self) -> Result<Vec<u8>, Problem> {
        let (first, wanted) = (self.balance.is_none(), self.left.min(PART));
        let rows = self.app.store.statement_rows(&self.brand, &self.member, self.cursor, wanted).await?;
        if let (None, Some(newest)) = (self.balance, rows.first()) {
            let document = self.app.store.member_at(&self.brand, &self.member, newest.version).await?;
            self.balance = document.map(|member| member.balance.available);
        }
        let more = rows.len() >= wanted;
        self.cursor = rows.last().map(|row| row.version).or(self.cursor);
        self.left = if more { self.left.saturating_sub(rows.len()) } else { 0 };
        let next = (more && self.left == 0).then(|| self.cursor.map(|version| version.to_string())).flatten();
        let (mut balance, key, names) = (self.balance.unwrap_or(0), self.key, self.names.clone());
        let (language, zone) = (self.language.clone(), self.zone.clone());
        let done = self.is_done();
        let write = move || -> Result<(Vec<u8>, i64), StoreError> {
            let speech = Speech::of(&language, &zone).with(&names);
            let mut text = if first { br#"{"entries":["#.to_vec() } else { Vec::new() };
            for (at, row) in rows.into_iter().enumerate() {
                if at > 0 || !first {
                    text.push(b',');
                }
                serde_json::to_writer(&mut text, &line(row, &mut balance, key.as_ref(), speech))?;
            }
            if done {
                text.extend_from_slice(br#"],"next":"#);
                serde_json::to_writer(&mut text, &next)?;
                text.push(b'}');
            }
            Ok((text, balance))
        };
        let written = tokio::task::spawn_blocking(write).await;
        let (text, balance) = written.map_err(|_| Problem::unavailable("The statement could not be written"))??;
        self.balance = Some(balance);
        Ok(text)
    }
}

//! `POST /v1/imports/{kind}`: members, opening lots and past orders from another programme, at most 500 rows at once.
//! With `check=true` every row is decided and nothing is kept, so that a whole file can be looked at before its first row is
//! written. A row's identity follows from the row itself: sent again it is known, and nothing is counted twice.

mod member;
mod lot;
mod order;
mod when;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    auth::Caller,
    body::{Body, parse_value},
    problem::{FieldError, Problem},
    who::MemberBody,
};
use crate::{
    app::App,
    store::{Accepted, Incoming, NotAccepted, Who, seal, writer},
};

pub use lot::LotRow;
pub use member::MemberRow;
pub use order::OrderRow;

/// Rows of one request.
pub const ROWS: usize = 500;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Members,
    Lots,
    Orders,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct ImportQuery {
    /// Decide every row and keep nothing.
    #[serde(default)]
    pub check: bool,
}

/// What became of one row.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// The row's identity; two rows of one file with the same one are one too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub state: RowState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowState {
    New,
    /// It was imported before.
    Known,
    Problem,
}

/// Answers in the order of the rows.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImportAnswer {
    pub rows: Vec<Imported>,
}

/// Where rows are read for.
struct Desk<'a> {
    brand: &'a str,
    zone: TimeZone,
    secret: &'a [u8; 32],
}

/// Bring members, points or orders from another programme
#[utoipa::path(post, path = "/v1/imports/{kind}", tag = "imports", request_body = Vec<Object>,
    params(("kind" = Kind, Path), ImportQuery),
    responses((status = 200, body = ImportAnswer),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(kind): Path<Kind>,
    Query(query): Query<ImportQuery>,
    Body(rows): Body<Vec<Map<String, Value>>>,
) -> Result<Json<ImportAnswer>, Problem> {
    caller.require("admin")?;
    if rows.len() > ROWS {
        return Err(Problem::invalid_field("", format!("has {} rows; at most {ROWS} at once", rows.len())));
    }
    let zone = app.programmes.of(&caller.brand).map(|all| all.live().programme.settings.zone.clone());
    let desk = Desk { brand: &caller.brand, zone: zone.unwrap_or(TimeZone::UTC), secret: &app.secret };
    let read: Vec<_> = rows.into_iter().map(|row| desk.read(kind, row)).collect();
    let wanted = read.iter().flatten().cloned().collect();
    let decided = if query.check { writer::rehearse(&app.desk, wanted).await? } else { accept(&app, wanted).await };
    let mut decided = decided.into_iter();
    let rows = read.into_iter().map(|row| match row {
        Err(problem) => Imported { id: None, state: RowState::Problem, problem: Some(problem) },
        Ok(row) => answered(row.id, decided.next().unwrap_or(Err(NotAccepted::Busy))),
    });
    Ok(Json(ImportAnswer { rows: rows.collect() }))
}

/// All are queued before the first is awaited, so that they share commits.
async fn accept(app: &App, rows: Vec<Incoming>) -> Vec<Result<Accepted, NotAccepted>> {
    let waiting: Vec<_> = rows.into_iter().map(|row| app.writer.submit(row)).collect();
    let mut answers = Vec::with_capacity(waiting.len());
    for answer in waiting {
        let stopped = |_| Err(NotAccepted::Unavailable("the writer stopped".to_owned()));
        answers.push(match answer {
            Ok(answer) => answer.await.unwrap_or_else(stopped),
            Err(refused) => Err(refused),
        });
    }
    answers
}

fn answered(id: String, answer: Result<Accepted, NotAccepted>) -> Imported {
    let (state, problem) = match answer {
        Ok(accepted) if accepted.receipt.duplicate => (RowState::Known, None),
        Ok(_) => (RowState::New, None),
        Err(refused) => (RowState::Problem, Some(refused.into())),
    };
    Imported { id: Some(id), state, problem }
}

/// The columns that say who a row is about.
const MEMBER: [&str; 8] = ["external_id", "card", "phone", "email", "visitor", "name", "language", "birthday"];

/// Those of them by which somebody is found.
const IDENTITIES: usize = 5;

impl Desk<'_> {
    fn read(&self, kind: Kind, mut row: Map<String, Value>) -> Result<Incoming, Problem> {
        if !MEMBER[..IDENTITIES].iter().any(|column| row.contains_key(*column)) {
            let detail = format!("names nobody: give at least one of {}", MEMBER[..IDENTITIES].join(", "));
            return Err(Problem::invalid_field("", detail));
        }
        let member = MEMBER.iter().filter_map(|column| Some(((*column).to_owned(), row.remove(*column)?)));
        let member: MemberBody = parse_value(Value::Object(member.collect()), "")?;
        let mut errors = Vec::new();
        let who = member.who("", &mut errors);
        let row = Value::Object(row);
        let incoming = match kind {
            Kind::Members => Some(parse_value::<MemberRow>(row, "")?.incoming(self, who, &mut errors)),
            Kind::Lots => Some(parse_value::<LotRow>(row, "")?.incoming(self, who, &mut errors)),
            Kind::Orders => parse_value::<OrderRow>(row, "")?.incoming(self, who, &mut errors),
        };
        incoming.filter(|_| errors.is_empty()).ok_or_else(|| Problem::invalid(errors))
    }

    /// A row's identity from what tells it apart: an address in it cannot be read back.
    fn identity(&self, who: &Who, parts: &[&str]) -> String {
        let (kind, value) = who.identities.first().map_or(("", ""), |(kind, value)| (*kind, value.as_str()));
        let mut all = vec![kind, value];
        all.extend(parts);
        let mut hash = seal::keyed_hash(self.secret, &all);
        hash.truncate(32);
        hash
    }
}

/// A whole number, also as text: files have nothing else.
fn whole(text: &str, pointer: &str, least: i64, errors: &mut Vec<FieldError>) -> i64 {
    const MOST: i64 = 1_000_000_000;
    match text.trim().parse::<i64>() {
        Ok(number) if (least..=MOST).contains(&number) => number,
        Ok(_) => {
            errors.push(FieldError::at(pointer, format!("`{text}` must lie between {least} and {MOST}")));
            least
        }
        Err(_) => {
            errors.push(FieldError::at(pointer, format!("`{text}` is not a whole number like 120")));
            least
        }
    }
}

//! `POST /v1/imports/{kind}`: members, opening lots and past orders from another programme, at most 500 rows at once.
//! With `check=true` every row is decided and nothing is kept, so that a whole file can be looked at before its first row is
//! written.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::body::Items;
pub use crate::intake::imports::{Kind, LotRow, MemberRow, OrderRow, ROWS};
use crate::{
    access::Caller,
    intake::{Incoming, fields::parse_value, imports::Desk, problem::Problem},
    service::App,
    values::{count::counted, seal},
    writer::{self, Accepted, NotAccepted},
};

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
    /// Who may be somebody that is there already, and what was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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

/// Bring members, points or orders from another programme
#[utoipa::path(post, path = "/v1/imports/{kind}", tag = "imports",
    security(("key" = ["admin"])),
    request_body = Vec<Object>,
    params(("kind" = inline(Kind), Path), ImportQuery),
    responses((status = 200, body = ImportAnswer),
              (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(kind): Path<Kind>,
    Query(query): Query<ImportQuery>,
    Items(rows): Items,
) -> Result<Json<ImportAnswer>, Problem> {
    if rows.len() > ROWS {
        return Err(Problem::invalid_field("", format!("has {}; at most {ROWS} at once", counted(rows.len(), "row"))));
    }
    let zone = app.programmes.of(&caller.brand).map(|all| all.live().programme.settings.zone.clone());
    let hash = |parts: &[&str]| seal::keyed_hash(&app.secret, parts);
    let desk = Desk { brand: &caller.brand, zone: zone.unwrap_or(TimeZone::UTC), reader: app.reader(), hash: &hash };
    let read: Vec<_> = rows.into_iter().map(|row| desk.read(kind, parse_value(row, "")?)).collect();
    let wanted = read.iter().flatten().cloned().collect();
    let decided = if query.check { writer::rehearse(&app.desk, wanted).await? } else { accept(&app, wanted).await };
    let mut decided = decided.into_iter();
    let rows = read.into_iter().map(|row| match row {
        Err(problem) => {
            Imported { id: None, state: RowState::Problem, notes: Vec::new(), problem: Some(problem.into()) }
        }
        Ok(row) => answered(row.id, decided.next().unwrap_or(Err(NotAccepted::Busy))),
    });
    Ok(Json(ImportAnswer { rows: rows.collect() }))
}

/// All are queued before the first is awaited, so that they share commits.
async fn accept(app: &App, rows: Vec<Incoming>) -> Vec<Result<Accepted, NotAccepted>> {
    let waiting: Vec<_> = rows.into_iter().map(|row| app.writer.submit(row)).collect();
    let mut answers = Vec::with_capacity(waiting.len());
    for answer in waiting {
        let stopped = |_| Err(NotAccepted::unanswered());
        answers.push(match answer {
            Ok(answer) => answer.await.unwrap_or_else(stopped),
            Err(refused) => Err(refused),
        });
    }
    answers
}

fn answered(id: String, answer: Result<Accepted, NotAccepted>) -> Imported {
    let (state, notes, problem) = match answer {
        Ok(accepted) if accepted.receipt.duplicate => (RowState::Known, accepted.receipt.notes, None),
        Ok(accepted) => (RowState::New, accepted.receipt.notes, None),
        Err(refused) => (RowState::Problem, Vec::new(), Some(refused.into())),
    };
    Imported { id: Some(id), state, notes, problem }
}

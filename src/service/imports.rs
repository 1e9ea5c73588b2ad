//! Members, opening lots and past orders from another programme. They can be decided without being kept, so that a whole file
//! is looked at before its first row is written.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::{App, accept::committed};
use crate::{
    intake::{
        Incoming,
        imports::{Kind, RowReader},
        problem::Problem,
    },
    values::seal,
    writer::{self, Accepted, NotAccepted},
};

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

/// Accepts rows; with `check` each is decided and none is kept.
pub async fn import(
    app: &App,
    brand: &str,
    kind: Kind,
    rows: Vec<Value>,
    check: bool,
) -> Result<ImportAnswer, Problem> {
    let zone = app.programmes.of(brand).map(|all| all.live().programme.settings.zone.clone());
    let hash = |parts: &[&str]| seal::keyed_hash(&app.secret, parts);
    let reader = RowReader { brand, zone: zone.unwrap_or(TimeZone::UTC), reader: app.reader(), hash: &hash };
    let read = reader.read_all(kind, rows)?;
    let wanted = read.iter().flatten().cloned().collect();
    let decided = if check { writer::rehearse(&app.desk, wanted).await? } else { accept(app, wanted).await };
    let mut decided = decided.into_iter();
    let rows = read.into_iter().map(|row| match row {
        Err(problem) => {
            Imported { id: None, state: RowState::Problem, notes: Vec::new(), problem: Some(problem.into()) }
        }
        Ok(row) => imported(row.id, decided.next().unwrap_or(Err(NotAccepted::Busy))),
    });
    Ok(ImportAnswer { rows: rows.collect() })
}

/// All are queued before the first is awaited, so that they share commits.
async fn accept(app: &App, rows: Vec<Incoming>) -> Vec<Result<Accepted, NotAccepted>> {
    let queued: Vec<_> = rows.into_iter().map(|row| app.writer.submit(row)).collect();
    let mut answers = Vec::with_capacity(queued.len());
    for answer in queued {
        answers.push(match answer {
            Ok(answer) => committed(answer).await,
            Err(refused) => Err(refused),
        });
    }
    answers
}

fn imported(id: String, answer: Result<Accepted, NotAccepted>) -> Imported {
    let (state, notes, problem) = match answer {
        Ok(accepted) if accepted.receipt.duplicate => (RowState::Known, accepted.receipt.notes, None),
        Ok(accepted) => (RowState::New, accepted.receipt.notes, None),
        Err(refused) => (RowState::Problem, Vec::new(), Some(refused.into())),
    };
    Imported { id: Some(id), state, notes, problem }
}

//! A draft of the programme as a caller sends it: tables of rows of texts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::fields::{FieldError, Unread, all_valid, check_id, check_reason};
use crate::programme::{Problem, Row, Tables, settings_rows, tables};

/// A draft: table -> rows -> column -> text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

impl DraftBody {
    /// Its rows, numbered from 1.
    pub fn tables(self) -> Result<Tables, Unread> {
        let known: Vec<&str> = tables::of_marketers().map(|table| table.title.as_str()).collect();
        if let Some(unknown) = self.tables.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Unread::field(format!("/tables/{unknown}"), format!("is none of {}", known.join(", "))));
        }
        let numbered = |rows: Vec<BTreeMap<String, String>>| {
            let rows = rows.into_iter().enumerate();
            rows.map(|(index, cells)| Row { key: (index + 1).to_string(), cells }).collect()
        };
        let tables = Tables(self.tables.into_iter().map(|(name, rows)| (name, numbered(rows))).collect());
        Ok(settings_rows::folded(tables))
    }
}

/// A draft to be published, as it was checked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tables": {}, "fingerprint": "3f9c2a71b0de", "live": "v3"}))]
pub struct PublishBody {
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    /// What `POST /v1/programme/check` said of these rows.
    pub fingerprint: String,
    /// The version that was live then; `v0` before the first.
    pub live: String,
}

impl PublishBody {
    /// The rows, and the number of the version they were made beside.
    pub fn checked(self) -> Result<(Tables, String, u32), Unread> {
        let mut errors = Vec::new();
        check_id(&self.fingerprint, "/fingerprint", &mut errors);
        let live = version(&self.live, "/live", &mut errors);
        all_valid(errors)?;
        Ok((DraftBody { tables: self.tables }.tables()?, self.fingerprint, live))
    }
}

/// An earlier version that is to be live once more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "v3", "live": "v4", "reason": "ten times the points by mistake", "too_much": "keep"}))]
pub struct RollbackBody {
    /// What it says is said again, by a new version.
    pub to: String,
    /// The version that is live.
    pub live: String,
    /// Why, for whoever looks at the versions, and for members whose points are taken back. A preview does without.
    #[serde(default)]
    pub reason: String,
    /// What becomes of points that were given since, and would not have been.
    #[serde(default)]
    pub too_much: TooMuch,
    /// What becomes of tiers and badges that were given since by challenges that it does not have.
    #[serde(default)]
    pub effects: TooMuch,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
pub enum TooMuch {
    /// They stay the members'.
    #[default]
    #[serde(rename = "keep")]
    Keep,
    /// As far as they are still there they are taken back.
    #[serde(rename = "take back")]
    TakeBack,
}

impl RollbackBody {
    /// The numbers of both versions.
    pub fn checked(&self, is_preview: bool) -> Result<(u32, u32), Unread> {
        let mut errors = Vec::new();
        let (to, live) = (version(&self.to, "/to", &mut errors), version(&self.live, "/live", &mut errors));
        if !(is_preview && self.reason.is_empty()) {
            check_reason(&self.reason, &mut errors);
        }
        all_valid(errors).map(|()| (to, live))
    }
}

/// The number of a version as callers name it: `v3`.
pub fn version(text: &str, pointer: &str, errors: &mut Vec<FieldError>) -> u32 {
    let number = text.strip_prefix('v').and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| {
        errors.push(FieldError::at(pointer, "is no version like v3"));
        0
    })
}

/// A draft, and what part of the past it is held against.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulateBody {
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    /// Events from this instant on; 30 days before `until` when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Events before this instant; now when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// What keeps a draft from being simulated, each at its cell.
pub fn at_cells(problems: &[Problem]) -> Vec<FieldError> {
    let at = |problem: &Problem| {
        let Problem { table, row, column, detail } = problem;
        let row = row.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let row = row.map(|row| format!("/{row}/{column}")).unwrap_or_default();
        FieldError::at(format!("/tables/{table}{row}"), detail.clone())
    };
    problems.iter().map(at).collect()
}

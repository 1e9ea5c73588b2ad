//! A draft of the programme as a caller sends it: tables of rows of texts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::fields::{FieldError, Unread};
use crate::programme::{Problem, Row, Tables, tables};

/// A draft: table -> rows -> column -> text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    pub tables: BTreeMap<String, Vec<BTreeMap<String, String>>>,
}

impl DraftBody {
    /// Its rows, numbered from 1.
    pub fn tables(self) -> Result<Tables, Unread> {
        let known: Vec<&str> = tables::programme().map(|table| table.title.as_str()).collect();
        if let Some(unknown) = self.tables.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Unread::field(format!("/tables/{unknown}"), format!("is none of {}", known.join(", "))));
        }
        let numbered = |rows: Vec<BTreeMap<String, String>>| {
            let rows = rows.into_iter().enumerate();
            rows.map(|(index, cells)| Row { key: (index + 1).to_string(), cells }).collect()
        };
        Ok(Tables(self.tables.into_iter().map(|(name, rows)| (name, numbered(rows))).collect()))
    }
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

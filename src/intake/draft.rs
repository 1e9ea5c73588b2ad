//! A draft of the programme as a caller sends it: tables of rows of texts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::Unread;
use crate::programme::{Row, Tables, tables};

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

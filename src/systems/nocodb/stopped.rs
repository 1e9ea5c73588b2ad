//! Rows that stopped by themselves: their tick of `Active` goes away, once, and they say why.

use std::collections::BTreeSet;

use super::{
    Nocodb, TableIds,
    client::{CallError, Record},
    columns::{PROBLEM, STATUS},
    map,
};
use crate::{
    programme::{
        Row, Tables, changes,
        tables::{self, Cells},
    },
    writer::publishing::Stopped,
};

/// What `Status` says of such a row.
pub(super) const SAYS: &str = "stopped";

/// The rows of the live version that stopped, and how they can say so.
#[derive(Debug, Clone, Default)]
pub struct Standstill {
    /// Each with the number of the version that stopped it.
    pub rows: Vec<(u32, Stopped)>,
    /// Tables whose `Status` offers the word; in others such a row is as it is.
    pub tables: BTreeSet<String>,
}

impl Standstill {
    /// Why a row stopped, if so.
    pub(super) fn why(&self, table: &str, row: &Row) -> Option<String> {
        let id = changes::id(tables::named(table)?, row);
        let (number, stopped) = self.rows.iter().find(|(_, one)| one.table == table && one.row == id)?;
        Some(stopped.says(*number))
    }

    /// The tick that goes away as a row stops: whoever sets it again has read why, and means it.
    pub(super) fn unticked(&self, table: &str, (row, record): (&Row, &Record), live: &Tables) -> Option<&'static str> {
        let why = self.why(table, row)?;
        let column = tables::named(table)?.columns_of(Cells::Switch).next()?.title.as_str();
        let was_told = record.get(PROBLEM).map(map::text).unwrap_or_default().contains(&why);
        let mut without = row.cells.clone();
        without.insert(column.to_owned(), "no".to_owned());
        let stops = without != row.cells && live.rows(table).iter().any(|live| live.cells == without);
        (stops && !was_told).then_some(column)
    }
}

impl Nocodb {
    /// The tables of these rows in which `Status` offers the word.
    pub(super) async fn that_say_stopped(
        &self,
        ids: &TableIds,
        rows: &[(u32, Stopped)],
    ) -> Result<BTreeSet<String>, CallError> {
        let titles: BTreeSet<&String> = rows.iter().map(|(_, one)| &one.table).collect();
        let mut found = BTreeSet::new();
        for title in titles {
            let Some(id) = ids.get(title) else { continue };
            let table = self.client.get(&format!("tables/{id}")).await?;
            let mut columns = table["columns"].as_array().into_iter().flatten();
            let status = columns.find(|column| column["title"] == STATUS);
            let mut options =
                status.and_then(|column| column["colOptions"]["options"].as_array()).into_iter().flatten();
            if options.any(|option| option["title"] == SAYS) {
                found.insert(title.clone());
            }
        }
        Ok(found)
    }
}

//! The rows of the table `Settings`: one for each setting, whatever a person deleted. A setting that was a column of `Programme`
//! takes along what it said there; the column is emptied then and counts no more.
//! Guarantees: rows are there before a column is emptied; a row that came back says what is live.

use serde_json::{Value, json};

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::ID,
    map,
    status::{Draft, as_held},
};
use crate::programme::{
    Tables, WHOLE,
    settings_rows::{self, SETTINGS},
    tables::{self, Column},
};

impl Nocodb {
    /// The settings of a programme that is there, as rows; how many rows that made. Columns that settings were are hidden then.
    pub(super) async fn bring_settings(&self, live: Option<&Tables>) -> Result<usize, CallError> {
        let (ids, live) = (self.table_ids().await?, live.map(as_held).unwrap_or_default());
        let draft = self.draft(&ids, &live).await.map_err(|unread| unread.error)?;
        if draft.tables.rows(WHOLE).is_empty() {
            return Ok(0); // it is filled as a whole
        }
        let made = self.complete_settings(&ids, (&draft, &live)).await?;
        if made > 0 {
            self.hide_columns(&ids[WHOLE], |title| settings_rows::named(title).is_some()).await?;
        }
        Ok(made)
    }

    async fn hide_columns(&self, table: &str, is_meant: impl Fn(&str) -> bool) -> Result<(), CallError> {
        let columns = self.client.get(&format!("tables/{table}")).await?;
        let columns = columns["columns"].as_array().into_iter().flatten();
        let meant = columns.filter(|column| column["title"].as_str().is_some_and(&is_meant));
        let meant: Vec<&Value> = meant.map(|column| &column["id"]).collect();
        for view in self.client.list(&format!("tables/{table}/views")).await? {
            let Some(view) = view["id"].as_str().filter(|_| view["type"] == 3 && !meant.is_empty()) else { continue };
            let shown = self.client.list(&format!("views/{view}/columns")).await?;
            let shown = shown.iter().filter(|shown| meant.contains(&&shown["fk_column_id"]) && shown["show"] != false);
            for column in shown.filter_map(|shown| shown["id"].as_str()) {
                self.client.change(&format!("grid-columns/{column}"), &json!({ "show": false })).await?;
            }
        }
        Ok(())
    }

    /// Makes the rows that are missing in a base that has the table; how many.
    pub(super) async fn complete_settings(
        &self,
        ids: &TableIds,
        (draft, live): (&Draft, &Tables),
    ) -> Result<usize, CallError> {
        let rows = draft.tables.rows(SETTINGS);
        let has_row = |setting: &Column| {
            let named =
                |row: &crate::programme::Row| row.cell(settings_rows::Column::Setting).and_then(settings_rows::named);
            rows.iter().any(|row| named(row).is_some_and(|known| known.title == setting.title))
        };
        let missing: Vec<&Column> = settings_rows::all().iter().copied().filter(|setting| !has_row(setting)).collect();
        let Some(table) = tables::named(SETTINGS).filter(|_| !missing.is_empty() && ids.contains_key(SETTINGS)) else {
            return Ok(0);
        };
        let of_before = self.read(ids, WHOLE, &[], None).await?;
        let [whole] = of_before.as_slice() else { return Ok(0) }; // which has its own problem
        let is_moved = rows.is_empty() && settings_rows::all().iter().any(|setting| says(whole, setting));
        let live = live.rows(WHOLE).first().cloned().unwrap_or_default();
        let value = |setting: &Column| match whole.get(&setting.title) {
            Some(cell) if is_moved || !cell.is_null() => map::moved(setting, cell),
            _ => live.cell(&setting.title).map(str::to_owned),
        };
        let new: Vec<Record> = missing
            .iter()
            .map(|setting| map::programme_record(table, &settings_rows::row(setting, value(setting).as_deref())))
            .collect();
        for some in new.chunks(ROWS_PER_CALL) {
            self.client.insert(&ids[SETTINGS], some).await?;
        }
        self.empty_the_columns(ids, whole).await?;
        Ok(new.len())
    }

    async fn empty_the_columns(&self, ids: &TableIds, whole: &Record) -> Result<(), CallError> {
        let mut change: Record = settings_rows::all()
            .iter()
            .filter(|setting| says(whole, setting))
            .map(|setting| (setting.title.clone(), Value::Null))
            .collect();
        if !change.is_empty() {
            change.insert(ID.to_owned(), map::id(whole).into());
            self.client.update(&ids[WHOLE], &[change]).await?;
        }
        Ok(())
    }
}

/// Whether the column that a setting was is there and says anything.
fn says(whole: &Record, setting: &Column) -> bool {
    whole.get(&setting.title).is_some_and(|cell| !cell.is_null())
}

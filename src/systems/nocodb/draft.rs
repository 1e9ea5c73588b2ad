//! Reads the programme tables as a draft. A column that was renamed or deleted is no empty cell: nothing is read then, and
//! the rows say why.

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record, complete},
    columns::{ID, PROBLEM, PUBLISH, STATUS, to_read},
    map,
    status::Draft,
};
use crate::{
    loyalty::programme::review,
    programme::{
        Problem, Row, Tables, WHOLE,
        settings_rows::{self, SETTINGS},
        tables::{self, Table},
    },
    store::Store,
    writer::{known, programmes::LiveProgrammes},
};

/// A table that could not be read.
pub struct Unread {
    pub table: &'static Table,
    pub error: CallError,
}

impl Nocodb {
    /// `Programme` is read first: what was saved before the tick is then seen with it. In a base without a table of settings these
    /// are columns there, as they were.
    pub(super) async fn draft(&self, ids: &TableIds, live: &Tables) -> Result<Draft, Unread> {
        let mut draft = Draft::default();
        for table in tables::of_marketers().filter(|table| ids.contains_key(&table.title)) {
            let records = if table.title == WHOLE && !ids.contains_key(SETTINGS) {
                self.whole_of_before(ids, live).await
            } else {
                self.read(ids, &table.title, &to_read(table), None).await
            };
            let records = records.map_err(|error| Unread { table, error })?;
            let rows = records.iter().map(|record| map::programme_row(table, record)).collect();
            draft.tables.0.insert(table.title.clone(), rows);
            draft.records.insert(table.title.clone(), records);
        }
        draft.tables = settings_rows::folded(draft.tables);
        Ok(draft)
    }

    /// `Programme` with its settings as columns. One that is live and not there was renamed or deleted; others came later.
    async fn whole_of_before(&self, ids: &TableIds, live: &Tables) -> Result<Vec<Record>, CallError> {
        let records = self.read(ids, WHOLE, &[], None).await?;
        let usual = |setting: &tables::Column| map::moved(setting, &serde_json::Value::Null);
        let says = |setting: &&&tables::Column| {
            let says = |row: &Row| row.cell(&setting.title).is_some_and(|cell| usual(setting).as_deref() != Some(cell));
            live.rows(WHOLE).iter().any(says)
        };
        let settings = settings_rows::all().iter().filter(says).map(|setting| setting.title.as_str());
        let needed: Vec<&str> = tables::named(WHOLE).map(to_read).into_iter().flatten().chain(settings).collect();
        complete(&needed, &records).map_err(|error| super::in_table(WHOLE, error))?;
        Ok(records)
    }

    /// What is to be looked at in the draft, or what keeps it from being published.
    pub async fn review_draft(
        &self,
        store: &Store,
        live: &LiveProgrammes,
        brand: &str,
    ) -> Result<Result<Vec<Problem>, Vec<Problem>>, Failure> {
        let ids = self.table_ids_now().await?;
        let number = live.of(brand).map_or(0, |programmes| programmes.live().number);
        let rows = known::published_tables(store, brand, number).await?;
        let draft = self.draft(&ids, &rows).await.map_err(|unread| unread.error)?;
        let known = known::for_draft(store, live, brand, &draft.tables).await?;
        Ok(review(&draft.tables, &known).map(|(_, warnings)| warnings))
    }

    /// Every row of the table, and that of `Programme`, says why nothing can be published; a tick there is spent.
    pub(super) async fn say_unreadable(&self, ids: &TableIds, unread: &Unread) -> Result<(), CallError> {
        let problem = format!("{}. Until then nothing can be published; what is live stays.", unread.error);
        let whole = tables::named(WHOLE).filter(|whole| whole.title != unread.table.title);
        for table in [Some(unread.table), whole].into_iter().flatten() {
            let is_whole = table.title == WHOLE;
            let columns: &[&str] = if is_whole { &[ID, STATUS, PROBLEM, PUBLISH] } else { &[ID, STATUS, PROBLEM] };
            let rows = self.read(ids, &table.title, columns, None).await?;
            let says_so =
                |row: &Record| row[STATUS] == "problem" && row[PROBLEM] == *problem && !map::ticked(row, PUBLISH);
            let cells = |row: &Record| {
                let mut cells: Record = [(STATUS, "problem".into()), (PROBLEM, problem.as_str().into())]
                    .map(|(column, value): (&str, serde_json::Value)| (column.to_owned(), value))
                    .into_iter()
                    .collect();
                cells.insert(ID.to_owned(), map::id(row).into());
                if is_whole {
                    cells.insert(PUBLISH.to_owned(), false.into());
                }
                cells
            };
            let changes: Vec<Record> = rows.iter().filter(|row| !says_so(row)).map(cells).collect();
            for chunk in changes.chunks(ROWS_PER_CALL) {
                self.client.update(&ids[&table.title], chunk).await?;
            }
        }
        Ok(())
    }
}

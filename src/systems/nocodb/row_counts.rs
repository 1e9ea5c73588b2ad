//! The columns that say how many members stand how with a row: `Size`, `Came`, `Left` of Segments; `In progress`, `Done`, `Missed` of
//! Challenges. A base that was set up before one was thought of works without it. What is not live says nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{CAME, DONE, ID, IN_PROGRESS, LEFT, MISSED, SIZE},
    map,
    status::Draft,
};
use crate::{
    loyalty::mechanics::Stands,
    programme::{
        Tables,
        tables::{self, Cells, Table},
    },
    store::{Store, StoreError, row_counts::Counted},
};

/// So often it is looked for new counts.
const LOOK: SignedDuration = SignedDuration::from_secs(30);

const COLUMNS: [Column; 6] = [
    (SIZE, Stands::Within),
    (CAME, Stands::Came),
    (LEFT, Stands::Left),
    (IN_PROGRESS, Stands::UnderWay),
    (DONE, Stands::Done),
    (MISSED, Stands::Missed),
];

/// A column, and what it counts.
type Column = (&'static str, Stands);
/// A table with those of its columns that are there.
type Counting = (&'static Table, Vec<Column>);

/// What was counted, and what of it stands there.
#[derive(Default)]
pub(super) struct Shown {
    looked_at: Option<Timestamp>,
    counted: Option<Counted>,
    /// By table and row.
    there: BTreeMap<(String, u64), Vec<Option<u64>>>,
    /// Tables with their columns, as it was when these counts came.
    tables: Vec<Counting>,
}

impl Nocodb {
    /// Lets each row say how many members stand how with it.
    pub(super) async fn show_row_counts(
        &self,
        ids: &TableIds,
        (draft, live): (&Draft, &Tables),
        shown: &mut Shown,
    ) -> Result<(), CallError> {
        let Some(counted) = &shown.counted else { return Ok(()) };
        for (table, columns) in &shown.tables {
            let id = table.columns_of(Cells::Id).next().map_or("", |column| column.title.as_str());
            let is_live = |name: &str| live.rows(&table.title).iter().any(|row| row.cell(id) == Some(name));
            let rows = draft.tables.rows(&table.title).iter().zip(draft.records(&table.title));
            let wanted = rows.map(|(row, record)| {
                let name = row.cell(id).filter(|name| is_live(name));
                let of = |(_, stands): &Column| name.map(|name| counted.counts.of((&table.title, name), *stands));
                (map::id(record), columns.iter().map(of).collect::<Vec<_>>())
            });
            let is_there = |(id, counts): &(u64, Vec<Option<u64>>)| {
                let there = shown.there.get(&(table.title.clone(), *id));
                there.map_or(counts.iter().all(Option::is_none), |there| there == counts)
            };
            let news: Vec<_> = wanted.filter(|row| !is_there(row)).collect();
            for some in news.chunks(ROWS_PER_CALL) {
                let record = |(id, counts): &(u64, Vec<Option<u64>>)| {
                    let cells = columns.iter().zip(counts);
                    let cells = cells.map(|((column, _), count)| ((*column).to_owned(), Value::from(*count)));
                    cells.chain([(ID.to_owned(), (*id).into())]).collect::<Record>()
                };
                self.client.update(&ids[table.title.as_str()], &some.iter().map(record).collect::<Vec<_>>()).await?;
                let known = some.iter().map(|(id, counts)| ((table.title.clone(), *id), counts.clone()));
                shown.there.extend(known);
            }
        }
        Ok(())
    }

    /// Tables that have such columns, with those that are there.
    pub(super) async fn with_row_counts(&self, ids: &TableIds) -> Result<Vec<Counting>, CallError> {
        let mut found = Vec::new();
        for table in tables::programme() {
            let all: Vec<Column> = COLUMNS.into_iter().filter(|(column, _)| table.column(column).is_some()).collect();
            let Some(id) = ids.get(&table.title).filter(|_| !all.is_empty()) else { continue };
            let mut there = Vec::new();
            if self.has(id, &all).await? {
                there = all;
            } else {
                for column in all {
                    there.extend(self.has(id, &[column]).await?.then_some(column));
                }
            }
            if !there.is_empty() {
                found.push((table, there));
            }
        }
        Ok(found)
    }

    async fn has(&self, table: &str, columns: &[Column]) -> Result<bool, CallError> {
        let columns: Vec<&str> = [ID].into_iter().chain(columns.iter().map(|(column, _)| *column)).collect();
        match self.client.first(table, &columns).await {
            Ok(_) => Ok(true),
            Err(CallError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Shown {
    /// Whether new counts have come since it was last looked, which is not often.
    pub(super) async fn news(&mut self, store: &Store, (brand, now): (&str, Timestamp)) -> Result<bool, StoreError> {
        if self.looked_at.is_some_and(|at| now.duration_since(at) < LOOK) {
            return Ok(false);
        }
        self.looked_at = Some(now);
        let counted = Counted::of(store, brand).await?;
        let is_news = counted != self.counted;
        self.counted = counted;
        Ok(is_news)
    }

    pub(super) fn can_stand_in(&mut self, tables: Vec<Counting>) {
        self.tables = tables;
    }
}

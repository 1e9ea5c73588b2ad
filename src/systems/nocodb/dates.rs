//! The columns `Starts` and `Ends`: From and Until of a row as instants, because a calendar needs columns of dates. A base that was
//! set up before they were thought of works without them.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{ENDS, FROM, ID, STARTS, UNTIL},
    map,
    status::Draft,
};
use crate::programme::{Row, WHOLE, check::settings::Column, reading::instant, tables};

/// Beginning and end of a row; a row without one is always in force on that side.
type Dates = [Option<Timestamp>; 2];

/// What stands there, as far as it was looked at.
#[derive(Default)]
pub(super) struct Shown {
    /// Of tables that have the columns.
    tables: BTreeMap<String, BTreeMap<u64, Dates>>,
    /// The live version beside which they were looked at; a new one is a reason to look again.
    beside: Option<u32>,
}

impl Nocodb {
    /// Lets each row say when it begins and ends. What cannot be read as a date has its problem elsewhere and says nothing here.
    pub(super) async fn show_dates(
        &self,
        ids: &TableIds,
        (draft, version): (&Draft, u32),
        shown: &mut Shown,
    ) -> Result<(), CallError> {
        if shown.beside != Some(version) {
            shown.tables = self.dates_there(ids).await?;
            shown.beside = Some(version);
        }
        let zone = zone(draft);
        for (table, there) in &mut shown.tables {
            let rows = draft.tables.rows(table).iter().zip(draft.records(table));
            let dates = rows.map(|(row, record)| (map::id(record), dates(row, &zone)));
            let news: Vec<(u64, Dates)> =
                dates.filter(|(id, dates)| there.get(id).copied().unwrap_or_default() != *dates).collect();
            for some in news.chunks(ROWS_PER_CALL) {
                let record = |(id, [starts, ends]): &(u64, Dates)| {
                    let cell = |at: &Option<Timestamp>| at.map_or(Value::Null, |at| map::instant(at).into());
                    Record::from_iter([
                        (ID.into(), (*id).into()),
                        (STARTS.into(), cell(starts)),
                        (ENDS.into(), cell(ends)),
                    ])
                };
                self.client.update(&ids[table], &some.iter().map(record).collect::<Vec<_>>()).await?;
                there.extend(some.iter().copied());
            }
        }
        Ok(())
    }

    async fn dates_there(&self, ids: &TableIds) -> Result<BTreeMap<String, BTreeMap<u64, Dates>>, CallError> {
        let mut found = BTreeMap::new();
        for table in tables::programme().filter(|table| table.column(STARTS).is_some()) {
            let Some(id) = ids.get(&table.title) else { continue };
            let rows = match self.client.rows(id, &[ID, STARTS, ENDS], None).await {
                Ok(rows) => rows,
                Err(CallError::Missing(_)) => continue,
                Err(error) => return Err(error),
            };
            let dates =
                |row: &Record| [STARTS, ENDS].map(|column| row.get(column).map(map::text).and_then(|text| at(&text)));
            found.insert(table.title.clone(), rows.iter().map(|row| (map::id(row), dates(row))).collect());
        }
        Ok(found)
    }
}

/// As NocoDB tells an instant: `2026-01-02 03:04:05+00:00`.
pub(super) fn at(text: &str) -> Option<Timestamp> {
    text.replacen(' ', "T", 1).parse().ok()
}

fn zone(draft: &Draft) -> TimeZone {
    let name = draft.tables.rows(WHOLE).first().and_then(|whole| whole.cell(Column::TimeZone));
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// The first instant and the last one.
fn dates(row: &Row, zone: &TimeZone) -> Dates {
    let starts = row.cell(FROM).and_then(|text| instant(text, zone, 0));
    let until = row.cell(UNTIL).and_then(|text| instant(text, zone, 1));
    [starts, until.and_then(|until| until.checked_sub(1.second()).ok())]
}

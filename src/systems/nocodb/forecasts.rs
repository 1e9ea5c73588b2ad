//! The column `Forecast`: what each row would have done over the last 30 days, in a marketer's words. Written when it changed, and
//! taken away while the draft has a problem: it would speak of another one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::{FORECAST, ID},
    map,
    status::Draft,
};
use crate::{
    forecast::latest::Made,
    programme::{
        WHOLE,
        tables::{self, Cells},
    },
    simulation::Forecast,
};

/// What was written, and where it can be.
#[derive(Default)]
pub(super) struct Shown {
    /// By table and row.
    texts: BTreeMap<(String, u64), String>,
    /// Tables that have the column; a base that was set up before it was thought of has none.
    columns: BTreeSet<String>,
    /// Of which forecast they are: looked for once for each.
    request: Option<Timestamp>,
}

impl Nocodb {
    /// Lets each row of the draft say what it would have done; nothing where there is no forecast of it.
    pub(super) async fn show_forecast(
        &self,
        ids: &TableIds,
        (draft, made): (&Draft, Option<&Made>),
        shown: &mut Shown,
    ) -> Result<(), Failure> {
        if let Some(made) = made.filter(|made| shown.request != Some(made.at)) {
            shown.columns = self.tables_with_forecast(ids).await?;
            shown.request = Some(made.at);
        }
        for (table, rows) in texts(draft, made.map(|made| made.forecast.as_ref())) {
            if !shown.columns.contains(table) {
                continue;
            }
            let known = |id: u64| shown.texts.get(&(table.to_owned(), id));
            let is_there = |(id, text): &&(u64, String)| known(*id).map_or(text.is_empty(), |known| known == text);
            let news: Vec<(u64, String)> = rows.iter().filter(|row| !is_there(row)).cloned().collect();
            for some in news.chunks(ROWS_PER_CALL) {
                let row = |(id, text): &(u64, String)| {
                    Record::from_iter([(ID.into(), (*id).into()), (FORECAST.into(), text.as_str().into())])
                };
                self.client.update(&ids[table], &some.iter().map(row).collect::<Vec<Record>>()).await?;
                shown.texts.extend(some.iter().map(|(id, text)| ((table.to_owned(), *id), text.clone())));
            }
        }
        Ok(())
    }

    async fn tables_with_forecast(&self, ids: &TableIds) -> Result<BTreeSet<String>, CallError> {
        let mut found = BTreeSet::new();
        for table in tables::programme().filter(|table| table.column(FORECAST).is_some()) {
            let Some(id) = ids.get(&table.title) else { continue };
            match self.client.first(id, &[ID, FORECAST]).await {
                Ok(_) => drop(found.insert(table.title.clone())),
                Err(CallError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// What each row is to say.
fn texts<'a>(draft: &Draft, forecast: Option<&Forecast>) -> BTreeMap<&'a str, Vec<(u64, String)>> {
    let mut all = BTreeMap::new();
    for table in tables::programme().filter(|table| table.column(FORECAST).is_some()) {
        let id = table.columns_of(Cells::Id).next().map_or("", |column| column.title.as_str());
        let rows = draft.tables.rows(&table.title).iter().zip(draft.records(&table.title));
        let rows = rows.map(|(row, record)| {
            let said = forecast.and_then(|forecast| match table.title.as_str() {
                WHOLE => Some(forecast.of_the_whole().join("\n")),
                title => forecast.of_row(title, row.cell(id)?),
            });
            (map::id(record), said.unwrap_or_default())
        });
        all.insert(table.title.as_str(), rows.collect());
    }
    all
}

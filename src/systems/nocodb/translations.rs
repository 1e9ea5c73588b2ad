//! The table `Translations` in NocoDB: every cell that members read has a row for each other language, whatever a person deleted; a row
//! whose cell says something else now loses its tick and gets the new words to be translated.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    Failure, Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::ID,
    looking::{self, Looking, Pace},
    map,
    show::key,
    status::Draft,
};
use crate::{
    clock::Clock,
    delivery::Health,
    messages::{NoText, author::Author},
    programme::{
        Row, Tables,
        tables::{Columns, Kind},
        translations::{self, Column, MADE_BY, MODEL, Original, TRANSLATIONS},
    },
};

/// Rows that are added at one look.
const AT_ONCE: usize = 100;
/// Between two looks for what the model may draft, and how many drafts it makes then.
const EVERY: Duration = Duration::from_secs(10);
const DRAFTS: usize = 5;

impl Nocodb {
    /// Lists what is not translated yet, in a base that has the table.
    pub(super) async fn list_translations(&self, ids: &TableIds, draft: &Draft) -> Result<(), CallError> {
        let Some(table) = ids.get(TRANSLATIONS) else { return Ok(()) };
        let changed = changed(draft);
        for some in changed.chunks(ROWS_PER_CALL) {
            self.client.update(table, some).await?;
        }
        let missing = missing(&draft.tables);
        for some in missing.chunks(ROWS_PER_CALL) {
            self.client.insert(table, some).await?;
        }
        Ok(())
    }
}

/// Lets the model draft what is missing, for people to read and tick; beside the service, because that takes its time.
pub struct Drafting {
    nocodb: Nocodb,
    author: Arc<Author>,
    pace: Pace,
    /// Rows of which the model made nothing, with the words: not again until these change.
    given_up: BTreeMap<u64, String>,
}

impl Drafting {
    pub fn new(nocodb: Nocodb, author: Arc<Author>, (clock, health): (Arc<dyn Clock>, Health)) -> Self {
        Self { nocodb, author, pace: Pace { clock, health, poll: EVERY }, given_up: BTreeMap::new() }
    }

    /// Looks again and again until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        let pace = self.pace.clone();
        looking::watch(&mut self, &pace, stop).await;
    }

    /// Drafts some of what is missing.
    pub async fn look(&mut self) -> Result<(), Failure> {
        let ids = self.nocodb.table_ids().await?;
        let Some(table) = ids.get(TRANSLATIONS).filter(|_| self.author.has_model()) else { return Ok(()) };
        let columns = [Column::Original, Column::Language, Column::Text, Column::Column].map(Columns::title);
        let rows = self.nocodb.client.rows(table, &[&[ID], &columns[..]].concat(), None).await?;
        let is_missing = |row: &&Record| {
            let words = key(row, Column::Original);
            key(row, Column::Text).is_empty() && !words.is_empty() && self.given_up.get(&map::id(row)) != Some(&words)
        };
        for row in rows.iter().filter(is_missing).take(DRAFTS).cloned().collect::<Vec<_>>() {
            let (id, words, language) = (map::id(&row), key(&row, Column::Original), key(&row, Column::Language));
            let kind = if key(&row, Column::Column) == "Name" { Kind::SingleLineText } else { Kind::LongText };
            let text = match self.author.translate(&words, &language).await {
                Ok(text) => match translations::wrong(&text, kind) {
                    None => text,
                    Some(wrong) => {
                        tracing::info!("the model's translation of row {id} {wrong}: a person writes it");
                        self.given_up.insert(id, words);
                        continue;
                    }
                },
                Err(NoText::Later(_)) => return Ok(()),
                Err(NoText::Never(reason)) => {
                    tracing::info!("the model translates row {id} of {TRANSLATIONS} not: {reason}; a person writes it");
                    self.given_up.insert(id, words);
                    continue;
                }
            };
            let cells = [(Column::Text.title(), text), (MADE_BY, MODEL.to_owned())];
            let cells = cells.into_iter().map(|(column, text)| (column.to_owned(), text.into()));
            self.nocodb.client.update(table, &[cells.chain([(ID.to_owned(), id.into())]).collect::<Record>()]).await?;
        }
        Ok(())
    }
}

impl Looking for Drafting {
    const WHAT: &str = "table Translations";
    const MEANWHILE: &str = "the model drafts nothing there meanwhile";

    async fn look(&mut self) -> Result<(), Failure> {
        Self::look(self).await
    }
}

/// What tells translations apart.
fn place(row: &Row) -> [String; 4] {
    [Column::Table, Column::Row, Column::Column, Column::Language]
        .map(|column| row.cell(column).unwrap_or_default().to_owned())
}

/// Rows for what nobody lists yet.
fn missing(tables: &Tables) -> Vec<Record> {
    let listed: BTreeSet<[String; 4]> = tables.rows(TRANSLATIONS).iter().map(place).collect();
    let mut missing = Vec::new();
    for Original { table, row, column, words } in translations::originals(tables) {
        for language in translations::languages(tables) {
            let place = [table.to_owned(), row.clone(), column.to_owned(), language.to_owned()];
            if !listed.contains(&place) && missing.len() < AT_ONCE {
                let [table, row, column, language] = place;
                let cells = [
                    (Column::Table, table),
                    (Column::Row, row),
                    (Column::Column, column),
                    (Column::Language, language),
                    (Column::Original, words.clone()),
                ];
                let mut record: Record =
                    cells.into_iter().map(|(column, text)| (column.title().to_owned(), text.into())).collect();
                record.insert(Column::Active.title().to_owned(), false.into());
                missing.push(record);
            }
        }
    }
    missing
}

/// Rows whose cell says something else than they were made for.
fn changed(draft: &Draft) -> Vec<Record> {
    let rows = draft.tables.rows(TRANSLATIONS).iter().zip(draft.records(TRANSLATIONS));
    let changed = rows.filter_map(|(row, record)| {
        let now = translations::cell_of(&draft.tables, row)?;
        (row.cell(Column::Original) != Some(&now)).then(|| {
            let was_there = row.cell(Column::Original).is_some();
            let mut change = Record::from_iter([(ID.to_owned(), map::id(record).into())]);
            change.insert(Column::Original.title().to_owned(), now.into());
            if was_there {
                change.insert(Column::Active.title().to_owned(), false.into());
            }
            change
        })
    });
    changed.collect()
}

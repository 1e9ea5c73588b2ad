//! Lists whose options grow, in NocoDB: they offer the rows that there are and what orders, events and profiles brought.
//! Guarantees: options are added and none is removed (that would empty cells), at most once a minute; what several add at the same
//! moment is there once; a column of text becomes a list without losing a cell, or stays text and says why.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Nocodb, TableIds,
    client::{CallError, ROWS_PER_CALL, Record},
    columns::ID,
    map,
    plan::PresentTable,
};
use crate::programme::{
    Seen, Tables,
    lists::{self, OPTIONS, Options},
    tables::{self, Column, Kind, Table},
};

/// How often lists change at most.
const PACE: SignedDuration = SignedDuration::from_secs(60);
/// How long a draft stands unchanged before its rows are offered: an id may still be in the making.
const STEADY: SignedDuration = SignedDuration::from_secs(10);
/// Times that a list is changed until it is as wanted, though others change it too.
const TRIES: usize = 4;
const COLOURS: [&str; 6] = ["#cfdffe", "#c2f5e9", "#ffeab6", "#ede2fe", "#ffdaf6", "#d1f7c4"];

/// What lists offer, as far as the connector knows.
#[derive(Default)]
pub(super) struct Offered {
    options: Options,
    /// When a list was last looked at.
    at: Option<Timestamp>,
    /// The draft as it was last seen, and since when.
    draft: Option<(String, Timestamp)>,
}

impl Offered {
    /// What is to be offered now beside what is: rows that are live, those of a draft that has no problem and stands unchanged, and
    /// names that came.
    fn news(&mut self, (live, draft): (&Tables, Option<(&Tables, String)>), seen: &Seen, now: Timestamp) -> Options {
        let mut rows = vec![live];
        match draft {
            Some((tables, fingerprint)) => {
                let since =
                    self.draft.take().filter(|(known, _)| *known == fingerprint).map_or(now, |(_, since)| since);
                if now.duration_since(since) >= STEADY {
                    rows.push(tables);
                }
                self.draft = Some((fingerprint, since));
            }
            None => self.draft = None,
        }
        if self.at.is_some_and(|at| now.duration_since(at) < PACE) {
            return Options::new();
        }
        let mut wanted = lists::offered(&rows, seen);
        wanted.retain(|place, options| {
            let known: BTreeSet<&String> = self.options.get(place).into_iter().flatten().collect();
            options.retain(|option| !known.contains(option));
            !options.is_empty()
        });
        wanted
    }
}

impl Nocodb {
    /// Lets the lists offer what there is; calls nobody while there is no news.
    pub(super) async fn show_options(
        &self,
        ids: &TableIds,
        (live, draft): (&Tables, Option<(&Tables, String)>),
        (seen, now): (&Seen, Timestamp),
        offered: &mut Offered,
    ) -> Result<(), CallError> {
        let news = offered.news((live, draft), seen, now);
        if news.is_empty() {
            return Ok(());
        }
        offered.at = Some(now);
        self.offer(ids, &news).await?;
        for (place, options) in news {
            offered.options.entry(place).or_default().extend(options);
        }
        Ok(())
    }

    /// Adds to the lists what they lack of these options. A column that is no list in this base stays as it is.
    pub(super) async fn offer(&self, ids: &TableIds, wanted: &Options) -> Result<(), CallError> {
        let mut by_table: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
        for ((table, column), options) in wanted.iter().filter(|(_, options)| !options.is_empty()) {
            by_table.entry(table).or_default().insert(column, options.clone());
        }
        for (table, columns) in by_table {
            if let Some(id) = ids.get(table) {
                self.add_options((table, id), &columns).await?;
            }
        }
        Ok(())
    }

    /// The same for columns of one table.
    pub(super) async fn add_options(
        &self,
        (title, id): (&str, &str),
        wanted: &BTreeMap<&str, Vec<String>>,
    ) -> Result<(), CallError> {
        let table = self.client.get(&format!("tables/{id}")).await?;
        for found in table["columns"].as_array().into_iter().flatten() {
            let Some(options) = found["title"].as_str().and_then(|column| wanted.get(column)) else { continue };
            if is_list(found) && !is_as_wanted(found, options) {
                self.add_to((title, id), found, options).await?;
            }
        }
        Ok(())
    }

    /// The same for one column. Somebody else may write it at the same moment, so it is read again after each change: an option that
    /// both added is there twice then, and one that only the other added may be gone.
    async fn add_to(&self, (title, id): (&str, &str), found: &Value, wanted: &[String]) -> Result<(), CallError> {
        let path = format!("columns/{}", found["id"].as_str().unwrap_or_default());
        let column_title = found["title"].as_str().unwrap_or_default();
        let Some(listed) = tables::named(title).and_then(|table| table.column(column_title)) else { return Ok(()) };
        for _ in 0..TRIES {
            // An option that is left out of the answer is removed.
            let mut column = self.client.get(&path).await?;
            let Single { mut options, doubled } = Single::of(options_of(&column));
            let mut new = lacking(&column, wanted);
            let room = if listed.grows().is_some() { OPTIONS.saturating_sub(options.len()) } else { new.len() };
            new.truncate(room);
            if new.is_empty() && doubled.is_empty() {
                return Ok(());
            }
            options.extend(choices(&new, options.len()));
            column["colOptions"] = json!({ "options": options });
            let kept = if doubled.is_empty() { Vec::new() } else { self.cells(id, listed).await? };
            self.client.change(&path, &column).await?;
            if !doubled.is_empty() {
                tracing::info!("NocoDB: {title}.{column_title} offered {} twice", doubled.join(", "));
                self.put_back_cells(id, listed, (&kept, &doubled)).await?;
            }
            if !new.is_empty() {
                tracing::info!("NocoDB: {title}.{column_title} offers {}", new.join(", "));
            }
        }
        Ok(())
    }

    /// Where one of two options of a name is removed, NocoDB takes the name out of all cells: they say it again.
    async fn put_back_cells(
        &self,
        table: &str,
        column: &Column,
        (kept, doubled): (&[(u64, String)], &[String]),
    ) -> Result<(), CallError> {
        let now: BTreeMap<u64, String> = self.cells(table, column).await?.into_iter().collect();
        let is_lost = |(id, cell): &&(u64, String)| {
            let says = now.get(id).map(String::as_str).unwrap_or_default();
            let said = |name: &String| lists::parts(cell).any(|part| part == name);
            doubled.iter().any(|name| said(name) && !lists::parts(says).any(|part| part == name))
        };
        let lost = kept.iter().filter(is_lost);
        let rows: Vec<Record> = lost
            .map(|(id, cell)| {
                Record::from_iter([(ID.to_owned(), (*id).into()), (column.title.clone(), cell.as_str().into())])
            })
            .collect();
        for some in rows.chunks(ROWS_PER_CALL) {
            self.client.update(table, some).await?;
        }
        Ok(())
    }

    /// Columns of text that cannot become the lists that they are elsewhere, each with the reason.
    pub(super) async fn awkward(
        &self,
        title: &str,
        there: &PresentTable,
    ) -> Result<BTreeMap<String, String>, CallError> {
        let of_text = |column: &&Column| there.columns.get(&column.title).is_some_and(is_text);
        let columns = tables::named(title).into_iter().flat_map(|table| &table.columns);
        let mut awkward = BTreeMap::new();
        for column in columns.filter(|column| column.grows().is_some()).filter(of_text) {
            let cells = self.cells(&there.id, column).await?;
            if let Err(why) = as_list(column, &cells) {
                awkward.insert(column.title.clone(), why);
            }
        }
        Ok(awkward)
    }

    /// Makes a list of a column of text. First its cells get the spelling of a list, which as text means the same.
    pub(super) async fn make_list(
        &self,
        table: &Table,
        column: &Column,
        there: &PresentTable,
    ) -> Result<(), CallError> {
        let Some(found) = there.columns.get(&column.title) else { return Ok(()) };
        let cells = self.cells(&there.id, column).await?;
        let Ok(options) = as_list(column, &cells) else { return Ok(()) };
        let respelled = cells.iter().filter_map(|(id, cell)| {
            let spelled = map::settled(column, cell)?;
            let title = column.title.clone();
            (spelled != *cell).then(|| Record::from_iter([(ID.to_owned(), (*id).into()), (title, spelled.into())]))
        });
        for some in respelled.collect::<Vec<_>>().chunks(ROWS_PER_CALL) {
            self.client.update(&there.id, some).await?;
        }
        let mut list = found.clone();
        list["uidt"] = json!(column.kind);
        list["description"] = json!(column.description);
        list["colOptions"] = json!({ "options": choices(&options, 0) });
        self.client.change(&format!("columns/{}", found["id"].as_str().unwrap_or_default()), &list).await?;
        tracing::info!("NocoDB: {}.{} is a list now", table.title, column.title);
        Ok(())
    }

    async fn cells(&self, table: &str, column: &Column) -> Result<Vec<(u64, String)>, CallError> {
        let rows = self.client.rows(table, &[ID, &column.title], None).await?;
        let cell = |row: &Record| (map::id(row), row.get(&column.title).map(map::text).unwrap_or_default());
        Ok(rows.iter().map(cell).filter(|(_, cell)| !cell.is_empty()).collect())
    }
}

/// What a list offers whose cells these are; or why they cannot be those of one.
fn as_list(column: &Column, cells: &[(u64, String)]) -> Result<Vec<String>, String> {
    let mut options: Vec<String> = column.options.iter().map(|option| option.title.clone()).collect();
    for (_, cell) in cells {
        let names: Vec<String> = match column.kind {
            Kind::MultiSelect => {
                map::settled(column, cell).iter().flat_map(|cell| lists::parts(cell)).map(str::to_owned).collect()
            }
            _ => map::settled(column, cell).into_iter().collect(),
        };
        for name in names {
            if !lists::is_option(&name) {
                return Err(format!("`{name}` is more than one name"));
            }
            if !options.contains(&name) {
                options.push(name);
            }
        }
    }
    if options.len() > OPTIONS {
        return Err(format!("it names {}, and a list offers {OPTIONS}", options.len()));
    }
    Ok(options)
}

fn is_list(found: &Value) -> bool {
    found["uidt"] == json!(Kind::SingleSelect) || found["uidt"] == json!(Kind::MultiSelect)
}

/// Whether a list offers all of these that there is room for, and no name twice.
fn is_as_wanted(found: &Value, wanted: &[String]) -> bool {
    lacking(found, wanted).is_empty() && Single::of(options_of(found)).doubled.is_empty()
}

/// The options of a list, each name once: the one that came first.
struct Single {
    options: Vec<Value>,
    /// Names that were there twice.
    doubled: Vec<String>,
}

impl Single {
    fn of(all: Vec<Value>) -> Self {
        let (mut known, mut doubled) = (BTreeSet::new(), Vec::new());
        let mut options = Vec::new();
        for option in all {
            let title = option["title"].as_str().unwrap_or_default().to_owned();
            if known.insert(title.clone()) { options.push(option) } else { doubled.push(title) }
        }
        Self { options, doubled }
    }
}

fn is_text(found: &Value) -> bool {
    found["uidt"] == json!(Kind::SingleLineText)
}

fn options_of(found: &Value) -> Vec<Value> {
    found["colOptions"]["options"].as_array().cloned().unwrap_or_default()
}

fn lacking(found: &Value, wanted: &[String]) -> Vec<String> {
    let there = options_of(found);
    wanted.iter().filter(|option| !there.iter().any(|known| known["title"] == **option)).cloned().collect()
}

/// As NocoDB takes new options; beside so many that there are.
fn choices(options: &[String], beside: usize) -> Vec<Value> {
    let colour = |at: usize| COLOURS.get(at % COLOURS.len());
    options.iter().enumerate().map(|(at, title)| json!({"title": title, "color": colour(beside + at)})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{names, sample};

    fn cells(texts: &[&str]) -> Vec<(u64, String)> {
        texts.iter().enumerate().map(|(at, text)| (at as u64 + 1, (*text).to_owned())).collect()
    }

    #[test]
    fn cells_of_text_are_a_list_unless_one_name_has_a_comma() {
        let of = |table: &str, column: &str| tables::named(table).unwrap().column(column).unwrap();
        let stores = as_list(of("Rules", "Stores"), &cells(&["tartu-1, tallinn-2", "tallinn-2;\n O'Brien", ""]));
        assert_eq!(stores.unwrap(), ["tartu-1", "tallinn-2", "O'Brien"]);
        let events = as_list(of("Rules", "Event"), &cells(&["purchase", "review, rating"]));
        assert_eq!(events.unwrap_err(), "`review, rating` is more than one name");
        let many: Vec<String> = (0..=OPTIONS).map(|at| format!("s{at}")).collect();
        let many = as_list(of("Rules", "Stores"), &cells(&[&many.join(",")]));
        assert_eq!(many.unwrap_err(), "it names 501, and a list offers 500");
    }

    #[test]
    fn news_come_once_a_minute_and_a_row_of_a_draft_when_it_stands_for_ten_seconds() {
        let live = sample::tables();
        let mut draft = live.clone();
        let platinum =
            crate::programme::Row { key: "9".to_owned(), cells: [("Tier".to_owned(), "platinum".to_owned())].into() };
        draft.0.get_mut("Tiers").unwrap().push(platinum);
        let mut seen = Seen::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut offered = Offered::default();
        let look = |offered: &mut Offered, seen: &Seen, second: i64| {
            let news = offered.news((&live, Some((&draft, draft.fingerprint()))), seen, at(second));
            if !news.is_empty() {
                offered.at = Some(at(second));
            }
            for (place, options) in &news {
                offered.options.entry(*place).or_default().extend(options.iter().cloned());
            }
            news
        };
        let first = look(&mut offered, &seen, 0);
        assert_eq!(first[&("Rules", "Tiers")], ["bronze", "silver", "gold"]);
        seen.add(names::Kind::Store, "tartu-1");
        assert_eq!(look(&mut offered, &seen, 30), Options::new(), "not within a minute");
        let second = look(&mut offered, &seen, 60);
        assert_eq!(second[&("Rules", "Stores")], ["tartu-1"]);
        assert_eq!(second[&("Rules", "Tiers")], ["platinum"]);
        assert_eq!(look(&mut offered, &seen, 200), Options::new(), "no news, no call");
    }
}

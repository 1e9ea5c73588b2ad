//! Between our words and NocoDB's cells. Pure.

use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{
    client::Record,
    columns::{ID, OfDuplicates, OfMembers, OfPoints},
};
use crate::{
    loyalty::entry::Entry,
    programme::{
        Row, lists, settings_rows,
        tables::{Cells, Column, Columns, Holds, Kind, Table},
        times::{Days, Times},
    },
    store::{FeedItem, StoredEvent, find::Loaded},
    values::{
        person::Person,
        typed::{self, plain_number},
        unit,
    },
    words::cell::inert,
};

/// The row of `Points` for one entry, with the person as known now.
pub fn points_row(person: &Person, event: &StoredEvent, entry: &Entry) -> Record {
    let (account, points) = entry.member_side();
    record([
        (OfPoints::Entry, json!(entry.id)),
        (OfPoints::Member, json!(event.member)),
        (OfPoints::ExternalId, json!(person.external_id)),
        (OfPoints::Name, json!(person.name)),
        (OfPoints::Account, json!(account.name())),
        (OfPoints::Points, json!(points)),
        (OfPoints::Rule, json!(entry.rule)),
        (OfPoints::Order, json!(entry.order)),
        (OfPoints::Text, json!(entry.plain_text())),
        (OfPoints::OccurredAt, json!(instant(event.event.occurred_at))),
        (OfPoints::EffectiveAt, json!(instant(entry.effective_at))),
        (OfPoints::ExpiresAt, json!(entry.expires_at.map(instant))),
    ])
}

/// The row of `Members` for a member as it stands.
pub fn member_row(item: &FeedItem) -> Record {
    let (member, person) = (&item.member, &item.person);
    let segments = member.in_segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    record([
        (OfMembers::Member, json!(member.id)),
        (OfMembers::ExternalId, json!(person.external_id)),
        (OfMembers::Name, json!(person.name)),
        (OfMembers::Language, json!(person.language)),
        (OfMembers::Birthday, json!(person.birthday)),
        (OfMembers::Tier, json!(member.tier.id)),
        (OfMembers::Available, json!(member.balance.available)),
        (OfMembers::Pending, json!(member.balance.pending)),
        (OfMembers::Reserved, json!(member.balance.reserved)),
        (OfMembers::Debt, json!(member.balance.debt)),
        (OfMembers::Earned, json!(member.progress.earned)),
        (OfMembers::Orders, json!(member.progress.orders)),
        (OfMembers::Segments, json!(segments.join(", "))),
        (OfMembers::LastActivity, json!(member.last_activity_at.map(instant))),
        (OfMembers::Joined, json!(instant(member.joined_at))),
        (OfMembers::Test, json!(member.test || person.test)),
        (OfMembers::Version, json!(member.version)),
    ])
}

/// Two who may be one person.
pub struct Pair<'a> {
    /// Their ids, the one first that stays when they are merged.
    pub id: String,
    /// Of the identity that both were given.
    pub kind: &'a str,
    pub since: Timestamp,
    pub members: [&'a Loaded; 2],
}

/// The row of `Duplicates` for two who may be one.
pub fn pair_row(pair: &Pair<'_>) -> Record {
    let same = match pair.kind {
        "email" => "e-mail",
        "visitor" => "browser",
        other => other,
    };
    let [first, second] = pair.members.map(shown);
    record([
        (OfDuplicates::First, json!(first)),
        (OfDuplicates::Second, json!(second)),
        (OfDuplicates::Same, json!(same)),
        (OfDuplicates::State, json!("open")),
        (OfDuplicates::Since, json!(instant(pair.since))),
        (OfDuplicates::Pair, json!(pair.id)),
    ])
}

/// Who somebody is, for people: customer number, name and the day of joining. Neither address nor number goes there.
pub fn shown(Loaded { member, person, .. }: &Loaded) -> String {
    let known = [person.external_id.as_ref(), person.name.as_ref()].into_iter().flatten();
    let mut names: Vec<&str> = known.map(String::as_str).collect();
    if names.is_empty() {
        names.push(&member.id);
    }
    let day = member.joined_at.strftime("%Y-%m-%d");
    clean(&inert(&format!("{}, since {day}", names.join(", "))))
}

/// A programme row as NocoDB gets it. Every marketer's column is there: NocoDB leaves defaults out of bulk calls. The row of a
/// setting says besides what it means.
pub fn programme_record(table: &Table, row: &Row) -> Record {
    if table.holds == Holds::Settings {
        let cells =
            row.cells.iter().filter(|(title, _)| settings_rows::TITLES.iter().any(|ours| ours.title() == *title));
        return cells.map(|(title, text)| (title.clone(), Value::String(clean(text)))).collect();
    }
    let filled = table.shown().filter(|column| !column.written_by_us);
    filled.map(|column| (column.title.clone(), value(column, row.cell(&column.title)))).collect()
}

/// NocoDB's row as a programme row, without what is not the marketer's.
pub fn programme_row(table: &Table, record: &Record) -> Row {
    let is_there = |column: &&Column| column.group.is_none() || record.contains_key(&column.title);
    let cells = table.marketers().filter(is_there).filter_map(|column| {
        let text = text(record.get(&column.title).unwrap_or(&Value::Null));
        Some((column.title.clone(), settled(column, &text)?))
    });
    let row = Row::of(id(record).to_string(), cells);
    if table.holds == Holds::Settings { setting_row(row) } else { row }
}

/// The row of a setting in one spelling. An empty value stays empty.
fn setting_row(mut row: Row) -> Row {
    let Some(setting) = row.cell(settings_rows::Column::Setting).and_then(settings_rows::named) else { return row };
    let value = row.cell(settings_rows::Column::Value).filter(|text| typed::doubt(text, 0).is_none()); // text, as it was typed
    let value = value.and_then(|text| settled(setting, text));
    row.cells.insert(settings_rows::Column::Setting.title().to_owned(), setting.title.clone());
    if let Some(value) = value {
        row.cells.insert(settings_rows::Column::Value.title().to_owned(), value);
    }
    row
}

/// The same row as it would come back from NocoDB, with every tick as it counts, so that rows of two origins can be compared.
pub fn as_held(table: &Table, row: &Row) -> Row {
    let cells = table.marketers().filter_map(|column| {
        let text = held(column, row.cell(&column.title).unwrap_or_default())?;
        Some((column.title.clone(), clean(&text)))
    });
    Row { key: row.key.clone(), cells: cells.collect() }
}

/// What a setting that was a column said there, as its row says it.
pub fn moved(setting: &Column, cell: &Value) -> Option<String> {
    settled(setting, &text(cell))
}

/// NocoDB's number of a row.
pub fn id(record: &Record) -> u64 {
    record.get(ID).and_then(Value::as_u64).unwrap_or_default()
}

/// A cell as text: what a marketer sees, without the ways databases spell it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Whether a tick is set; SQLite has 1, PostgreSQL true.
pub fn ticked(record: &Record, column: &str) -> bool {
    record.get(column).is_some_and(|cell| matches!(text(cell).as_str(), "1" | "true"))
}

/// One spelling for each meaning: ticks are yes or no (empty = the column's default), numbers have no idle zeros. NocoDB knows no
/// empty box: where the column has no default, because what an empty cell means depends on others, an unticked one is empty.
pub(super) fn settled(column: &Column, text: &str) -> Option<String> {
    let text = match column.kind {
        Kind::Checkbox => match tick(column, text) {
            Some(false) if column.default.is_none() => String::new(),
            Some(tick) => yes_no(tick).to_owned(),
            None => text.to_owned(),
        },
        Kind::Number | Kind::Decimal => {
            let number = plain_number(text).ok().and_then(|number| Decimal::from_str(&number).ok());
            number.map_or_else(|| text.to_owned(), |number| number.normalize().to_string())
        }
        Kind::SingleSelect => choice(column, text),
        Kind::MultiSelect if column.cells == Some(Cells::Weekdays) => weekdays(text),
        Kind::MultiSelect => {
            let chosen = text.split([',', ';', '\n']).map(str::trim).filter(|option| !option.is_empty());
            chosen.map(|option| choice(column, option)).collect::<Vec<_>>().join(",")
        }
        Kind::SingleLineText | Kind::LongText | Kind::DateTime => text.trim().to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// The same as a column of NocoDB holds it: one of numbers has no place for what stands beside them.
fn held(column: &Column, text: &str) -> Option<String> {
    let of_numbers = matches!(column.kind, Kind::Number | Kind::Decimal);
    settled(column, unit::bare(text).filter(|_| of_numbers).unwrap_or(text))
}

fn value(column: &Column, text: Option<&str>) -> Value {
    let Some(settled) = held(column, text.unwrap_or_default()) else { return Value::Null };
    match column.kind {
        Kind::Checkbox => Value::Bool(settled == "yes"),
        _ => Value::String(clean(&settled)),
    }
}

/// `None` = something that is neither.
fn tick(column: &Column, text: &str) -> Option<bool> {
    if text.is_empty() { Some(column.default.as_deref() == Some("true")) } else { typed::tick(text) }
}

fn yes_no(tick: bool) -> &'static str {
    if tick { "yes" } else { "no" }
}

/// The options that a list offers for these days; a text that names something else stays as it is.
fn weekdays(text: &str) -> String {
    let days: Result<Vec<Days>, String> = lists::parts(text).map(str::parse).collect();
    days.map_or_else(
        |_| text.to_owned(),
        |days| {
            let days: Vec<String> = Times::of(days, Vec::new()).weekdays.iter().map(|day| format!("{day:?}")).collect();
            days.join(",")
        },
    )
}

/// The option as NocoDB spells it.
fn choice(column: &Column, text: &str) -> String {
    let known = column.options.iter().find(|option| option.title.eq_ignore_ascii_case(text));
    known.map_or_else(|| text.to_owned(), |option| option.title.clone())
}

/// PostgreSQL refuses the NUL character.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// To the second: NocoDB keeps no more.
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn record<C: Columns, const N: usize>(cells: [(C, Value); N]) -> Record {
    let safe = |cell| match cell {
        Value::String(text) => Value::String(clean(&inert(&text))), // names and orders are what strangers typed
        other => other,
    };
    cells.into_iter().map(|(column, cell)| (column.title().to_owned(), safe(cell))).collect()
}

#[cfg(test)]
mod tests;

//! Rows of the core tables -> [`Core`], with every problem there is, each naming its cell; and what reads rows of any table.

pub mod cells;
mod effect;
mod products;
pub mod rules;
pub mod settings;
mod stores;
pub mod texts;
pub mod tiers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Core, Reads, Settings, Tier, lists, names,
    reading::Reading,
    rows::{Problem, Row, Tables},
    tables::{Cells, Columns},
    translations,
};
use crate::values::{
    count::counted,
    near::{Near, is_it_meant},
};

/// The languages a member can be written to.
pub const LANGUAGES: [&str; 4] = ["en", "et", "ru", "uk"];

/// The table whose row stands for the whole programme.
pub const WHOLE: &str = settings::Column::TABLE;

/// Reads the core tables; `reserved` are types of event that only the connector makes. What comes out beside a problem is not to be
/// used.
pub fn core(tables: &Tables, reserved: fn(&str) -> bool, problems: &mut Vec<Problem>) -> Core {
    let settings = settings::settings(tables.rows(WHOLE), problems);
    let (tiers, benefits) = tiers::tiers(rows::<tiers::Column>(tables), &settings, problems);
    let measures = measured(tables);
    let words = rules::Words { tiers: &tiers, measures: &measures };
    let mut rules = rules::rules(rows::<rules::Column>(tables), (&settings, words), reserved, problems);
    rules.extend(benefits);
    let texts = texts::texts(rows::<texts::Column>(tables), problems);
    let products = Arc::new(products::products(rows::<products::Column>(tables), problems));
    let stores = stores::stores(rows::<stores::Column>(tables), problems);
    let translations = translations::translations(tables, problems);
    let mut core = Core { settings, rules, tiers, texts, products, stores, translations, reads: Reads::default() };
    let conditions = core.rules.iter().filter_map(|rule| rule.condition.as_ref());
    core.reads = Reads::by(conditions);
    core
}

/// Rows whose measures conditions may ask for.
pub fn measured(tables: &Tables) -> Vec<String> {
    lists::ids(Cells::Challenges, &[tables]).map(str::to_owned).collect()
}

/// The rows that these are columns of.
fn rows<C: Columns>(tables: &Tables) -> &[Row] {
    tables.rows(C::TABLE)
}

fn whole(table: &str, detail: &str) -> Problem {
    Problem { table: table.to_owned(), row: String::new(), column: String::new(), detail: detail.to_owned() }
}

/// What must stand in one row only: every row that shares it says so, the first one too.
pub fn distinct<C: Columns>(
    column: C,
    rows: &[Row],
    key: impl Fn(&Row) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    let keys: Vec<Option<String>> = rows.iter().map(key).collect();
    let mut sharing = BTreeMap::<&str, (usize, BTreeSet<&str>)>::new();
    for (row, key) in rows.iter().zip(&keys) {
        let Some(key) = key else { continue };
        let (times, spelled) = sharing.entry(key).or_default();
        *times += 1;
        spelled.extend(row.cell(column));
    }
    for (row, key) in rows.iter().zip(&keys) {
        let Some((key, (times, spelled))) = key.as_ref().map(|key| (key, &sharing[key.as_str()])) else { continue };
        if *times > 1 {
            let how_often = if *times == 2 { "twice".to_owned() } else { counted(*times, "time").to_string() };
            let cell = row.cell(column).filter(|cell| names::key(cell) == names::key(key)).unwrap_or(key);
            let other = spelled.iter().find(|other| **other != cell && names::same(other, cell));
            let other =
                other.map_or_else(String::new, |other| format!(", also as `{other}`: capitals make no difference"));
            let detail = format!("`{cell}` is there {how_often}{other}");
            let (table, row, column) = (C::TABLE.to_owned(), row.key.clone(), column.title().to_owned());
            problems.push(Problem { table, row, column, detail });
        }
    }
}

/// The same for an id alone. Capitals and outer blanks do not tell ids apart.
pub fn unique<C: Columns>(column: C, rows: &[Row], problems: &mut Vec<Problem>) {
    distinct(column, rows, |row| row.cell(column).map(names::key), problems);
}

/// What is said of a name that nothing has, with the one that is probably meant: what it is a name of, and where such things stand.
pub fn no_such<'k>((what, place): (&str, &str), wanted: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    format!("there is no {what} `{wanted}`{place}{}", Near::of(known).is_it_meant(wanted))
}

/// One of the named values; the first one when the cell is empty.
pub fn known<T: Copy, C: Columns>(row: &mut Reading<'_, C>, column: C, values: &[(&str, T)]) -> T {
    let text = row.text(column).map(str::to_lowercase);
    let found = text.as_deref().map(|text| values.iter().find(|(name, _)| *name == text));
    if let (Some(None), Some(text)) = (found, &text) {
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        row.unreadable(column, format!("`{text}` is none of {}{}", names.join(", "), is_it_meant(text, &names)));
    }
    found.flatten().unwrap_or(&values[0]).1
}

fn known_language<C: Columns>(row: &mut Reading<'_, C>, column: C, language: &str) {
    if !LANGUAGES.contains(&language) {
        row.unreadable(column, format!("`{language}` is none of {}", LANGUAGES.join(", ")));
    }
}

pub fn known_tiers<C: Columns>(row: &mut Reading<'_, C>, column: C, tiers: &[Tier]) -> Vec<String> {
    let mut wanted = Vec::new();
    for name in row.list(column) {
        match tiers.iter().find(|tier| names::same(&tier.id, &name)) {
            Some(tier) => wanted.push(tier.id.clone()),
            None => row.unreadable(column, no_tier(&name, tiers)),
        }
    }
    wanted
}

/// What is said of a tier that the programme does not have.
pub fn no_tier(wanted: &str, tiers: &[Tier]) -> String {
    no_such(("tier", ""), wanted, tiers.iter().map(|tier| tier.id.as_str()))
}

/// From and until, half-open.
pub fn window<C: Columns>(
    row: &mut Reading<'_, C>,
    [first, last]: [C; 2],
    settings: &Settings,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let (from, until) = (row.from(first, &settings.zone), row.until(last, &settings.zone));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        row.disagree(last, [first], format!("lies before {}", first.title()));
    }
    (from, until)
}

//! Rows -> `Programme`, or every problem there is, each naming its cell.

mod catalogue;
mod rules;
mod settings;
mod texts;
mod tiers;

use jiff::Timestamp;

use super::{
    Known, Programme, Settings, Tier, look, lost, names,
    reading::Reading,
    rows::{Problem, Row, Tables},
};
use crate::values::count::counted;

/// The languages a member can be written to.
pub const LANGUAGES: [&str; 4] = ["en", "et", "ru", "uk"];

/// Checks a whole draft against what is live and what was ever seen: the programme and what to look at in it, or what keeps it
/// from going live. Whoever publishes asks here.
pub fn review(tables: &Tables, known: &Known) -> Result<(Programme, Vec<Problem>), Vec<Problem>> {
    let lost = lost(tables, &known.live);
    match check(tables) {
        Ok(programme) if lost.is_empty() => {
            let warnings = look(tables, &programme, known);
            Ok((programme, warnings))
        }
        Ok(_) => Err(lost),
        Err(problems) => Err(lost.into_iter().chain(problems).collect()),
    }
}

/// Checks a whole draft for itself. A programme comes out only when there is no problem at all.
pub fn check(tables: &Tables) -> Result<Programme, Vec<Problem>> {
    let mut problems = Vec::new();
    let settings = settings::settings(tables.rows("Programme"), &mut problems);
    let (tiers, benefits) = tiers::tiers(tables.rows("Tiers"), &settings, &mut problems);
    let mut rules = rules::rules(tables.rows("Rules"), &settings, &tiers, &mut problems);
    rules.extend(benefits);
    let texts = texts::texts(tables.rows("Texts"), &mut problems);
    let offers = catalogue::offers(tables.rows("Codes"), &settings, &tiers, &mut problems);
    let rewards = catalogue::rewards(tables.rows("Rewards"), (&settings, &tiers, &offers), &mut problems);
    catalogue::coupon(tables.rows("Programme"), &settings, &rewards, &mut problems);
    let programme = Programme { settings, rules, tiers, texts, rewards, offers };
    if problems.is_empty() { Ok(programme) } else { Err(problems) }
}

fn whole(table: &str, detail: &str) -> Problem {
    Problem { table: table.to_owned(), row: String::new(), column: String::new(), detail: detail.to_owned() }
}

/// What must stand in one row only: every row that shares it says so, the first one too.
fn told_apart(
    (table, column): (&str, &str),
    rows: &[Row],
    key: impl Fn(&Row) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    let keys: Vec<Option<String>> = rows.iter().map(key).collect();
    for (row, key) in rows.iter().zip(&keys) {
        let Some(key) = key else { continue };
        let sharing = keys.iter().filter(|other| other.as_ref() == Some(key)).count();
        if sharing > 1 {
            let how_often = if sharing == 2 { "twice".to_owned() } else { counted(sharing, "time").to_string() };
            let cell = row.cell(column).filter(|cell| names::key(cell) == names::key(key));
            let detail = format!("`{}` is there {how_often}", cell.unwrap_or(key));
            let (table, row, column) = (table.to_owned(), row.key.clone(), column.to_owned());
            problems.push(Problem { table, row, column, detail });
        }
    }
}

/// The same for one cell alone.
fn unique((table, column): (&str, &str), rows: &[Row], problems: &mut Vec<Problem>) {
    told_apart((table, column), rows, |row| row.cell(column).map(str::to_owned), problems);
}

/// One of the named values; the first one when the cell is empty.
fn known<T: Copy>(row: &mut Reading<'_>, column: &str, values: &[(&str, T)]) -> T {
    let text = row.text(column).map(str::to_lowercase);
    let found = text.as_deref().map(|text| values.iter().find(|(name, _)| *name == text));
    if let Some(None) = found {
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        row.problem(column, format!("`{}` is none of {}", text.unwrap_or_default(), names.join(", ")));
    }
    found.flatten().unwrap_or(&values[0]).1
}

fn known_language(row: &mut Reading<'_>, language: &str) {
    if !LANGUAGES.contains(&language) {
        row.problem("Language", format!("`{language}` is none of {}", LANGUAGES.join(", ")));
    }
}

fn known_tiers(row: &mut Reading<'_>, tiers: &[Tier]) -> Vec<String> {
    let mut wanted = Vec::new();
    for name in row.list("Tiers") {
        match tiers.iter().find(|tier| names::same(&tier.id, &name)) {
            Some(tier) => wanted.push(tier.id.clone()),
            None => row.problem("Tiers", format!("there is no tier `{name}`")),
        }
    }
    wanted
}

/// `From` and `Until`, half-open.
fn window(row: &mut Reading<'_>, settings: &Settings) -> (Option<Timestamp>, Option<Timestamp>) {
    let (from, until) = (row.from("From", &settings.zone), row.until("Until", &settings.zone));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        row.problem("Until", "lies before From");
    }
    (from, until)
}

//! What a marketer is told about each row of a draft. Pure.

use std::collections::BTreeMap;

use super::{
    client::Record,
    columns::{CHECKED, ID, LIVE_VERSION, PROBLEM, PUBLISH, STATUS},
    map,
    stopped::{self, Standstill},
};
use crate::programme::{
    Problem, Row, Tables, WHOLE,
    settings_rows::{self, SETTINGS},
    tables::{self, Columns},
    translations,
};

/// Stands before what does not keep the row from being published.
const LOOK: &str = "Look: ";
/// Problems named on that row; the others are counted.
const NAMED: usize = 5;

/// The tables as they were read: the rows, and the records they came from in the same order.
#[derive(Debug, Default)]
pub struct Draft {
    pub tables: Tables,
    pub records: BTreeMap<String, Vec<Record>>,
}

/// What the rows are marked by.
pub struct Shown<'a> {
    pub problems: &'a [Problem],
    /// What is to be looked at; it keeps nothing from being published.
    pub warnings: &'a [Problem],
    /// In force, as NocoDB holds it.
    pub live: &'a Tables,
    /// Its number; 0 before the first one.
    pub version: u32,
    /// Rows that stopped by themselves.
    pub standstill: &'a Standstill,
    /// What became of the last tick, where it did not publish what is there now.
    pub verdict: Option<&'a str>,
}

/// What a tick of `Publish` was set for: what the row said then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Of what had been checked.
    pub fingerprint: String,
    /// The number of the live version; 0 before the first.
    pub live: u32,
}

/// What a row is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub status: &'static str,
    pub problem: String,
}

impl Draft {
    pub fn records(&self, table: &str) -> &[Record] {
        self.records.get(table).map_or(&[], Vec::as_slice)
    }

    /// The rows of `Programme` in which `Publish` is ticked: their ids, and what each carried with the tick.
    pub fn ticked(&self) -> Vec<(u64, Tick)> {
        let ticked = self.records(WHOLE).iter().filter(|record| map::ticked(record, PUBLISH));
        let tick = |row: &Record| {
            let cell = |column: &str| row.get(column).map(map::text).unwrap_or_default();
            let live = cell(LIVE_VERSION).strip_prefix('v').and_then(|number| number.parse().ok()).unwrap_or(0);
            (map::id(row), Tick { fingerprint: cell(CHECKED), live })
        };
        ticked.map(tick).collect()
    }

    /// The changes that make every row show its mark, and `Programme` the live version and what was checked: table -> rows
    /// to patch.
    pub fn write_back(&self, shown: &Shown<'_>) -> BTreeMap<&str, Vec<Record>> {
        let mut changes: BTreeMap<&str, Vec<Record>> = BTreeMap::new();
        let version = if shown.version == 0 { String::new() } else { format!("v{}", shown.version) };
        let (checked, held) = (self.tables.fingerprint(), as_held(&self.tables));
        for table in tables::of_marketers().map(|table| table.title.as_str()) {
            for (row, record) in self.tables.rows(table).iter().zip(self.records(table)) {
                let mark = mark(&self.tables, &held, (table, row), shown);
                let says = about(table, row);
                let mut wanted = vec![(STATUS, mark.status), (PROBLEM, mark.problem.as_str())];
                wanted.extend(says.iter().map(|(column, text)| (*column, text.as_str())));
                if table == WHOLE {
                    wanted.extend([(LIVE_VERSION, version.as_str()), (CHECKED, checked.as_str())]);
                }
                wanted.retain(|(column, text)| record.get(*column).map(map::text).unwrap_or_default() != *text);
                let untick = shown.standstill.unticked(table, (row, record), shown.live);
                if !wanted.is_empty() || untick.is_some() {
                    let cells = wanted.into_iter().map(|(column, text)| (column.to_owned(), text.into()));
                    let untick = untick.map(|column| (column.to_owned(), false.into()));
                    let id = (ID.to_owned(), map::id(record).into());
                    changes.entry(table).or_default().push(cells.chain(untick).chain([id]).collect());
                }
            }
        }
        changes
    }
}

/// The live programme as NocoDB would hold it, so that a draft can be compared with it.
pub fn as_held(live: &Tables) -> Tables {
    let held = tables::programme().map(|table| {
        let rows = live.rows(&table.title).iter().map(|row| map::as_held(table, row)).collect();
        (table.title.clone(), rows)
    });
    Tables(held.collect())
}

/// What the row of a setting says besides: whatever a person made of it.
fn about(table: &str, row: &Row) -> Vec<(&'static str, String)> {
    let name = if table == SETTINGS { row.cell(settings_rows::Column::Setting) } else { None };
    let Some(setting) = name.and_then(settings_rows::named) else { return Vec::new() };
    let declared = settings_rows::row(setting, None);
    let ours = [settings_rows::Column::Allowed, settings_rows::Column::Meaning, settings_rows::Column::Group];
    ours.map(|column| (column.title(), declared.cell(column).unwrap_or_default().to_owned())).into()
}

/// Whether both say the same in this setting.
fn same_setting(row: &Row, one: &Tables, other: &Tables) -> bool {
    let setting = row.cell(settings_rows::Column::Setting).and_then(settings_rows::named);
    let of = |tables: &Tables| {
        let whole = tables.rows(WHOLE).first().cloned().unwrap_or_default();
        setting.and_then(|setting| whole.cell(&setting.title).map(str::to_owned))
    };
    setting.is_some() && of(one) == of(other)
}

fn mark(draft: &Tables, held: &Tables, (table, row): (&str, &Row), shown: &Shown<'_>) -> Mark {
    let Shown { problems, warnings, live, .. } = shown;
    let mut lines = said(draft, table, row, problems);
    let is_live = match table {
        WHOLE => held.content() == live.content(),
        SETTINGS => shown.version > 0 && same_setting(row, held, live),
        _ => live.rows(table).iter().any(|known| known.cells == row.cells),
    };
    let why = shown.standstill.why(table, row);
    let under_way = tables::named(table)
        .filter(|known| !known.counts(row))
        .map(|_| if row.cell(translations::Column::Text).is_some() { "to tick" } else { "missing" });
    let status = match under_way {
        Some(under_way) if lines.is_empty() => under_way,
        _ => match (lines.is_empty(), is_live, problems.is_empty()) {
            (false, ..) => "problem",
            (true, true, _) if why.is_some() && shown.standstill.tables.contains(table) => stopped::SAYS,
            (true, true, _) => "live",
            (true, false, true) => "ready",
            (true, false, false) => "draft",
        },
    };
    if lines.is_empty() && table == WHOLE {
        lines.extend(shown.verdict.map(str::to_owned));
    }
    lines.extend(why);
    lines.extend(said(draft, table, row, warnings).into_iter().map(|warning| format!("{LOOK}{warning}")));
    Mark { status, problem: lines.join("\n") }
}

/// What stands on this row: what is about its own cells, and on that of `Programme` everything else, too.
fn said(draft: &Tables, table: &str, row: &Row, all: &[Problem]) -> Vec<String> {
    let (own, others): (Vec<&Problem>, Vec<&Problem>) =
        all.iter().partition(|problem| problem.table == table && problem.row == row.key);
    let mut lines: Vec<String> =
        own.into_iter().map(|problem| format!("{}: {}", problem.column, problem.detail)).collect();
    // Without its row, what is to be said of the programme stands on all rows.
    if table == WHOLE || draft.rows(WHOLE).is_empty() {
        lines.extend(others.iter().take(NAMED).map(|problem| located(draft, problem)));
        if others.len() > NAMED {
            lines.push(format!("and {} more", others.len() - NAMED));
        }
    }
    lines
}

/// The problem with its place in words: the row by what its first column says.
fn located(draft: &Tables, problem: &Problem) -> String {
    let Problem { table, row, column, detail } = problem;
    let first = tables::named(table).and_then(|table| table.titles().next()).unwrap_or_default();
    let mut rows = draft.rows(table).iter().filter(|known| known.key == *row);
    let name = rows.find_map(|known| known.cell(first)).unwrap_or("a row without a name");
    match (row.is_empty(), column.is_empty()) {
        (true, true) => format!("{table}: {detail}"),
        (true, false) => format!("{table}, {column}: {detail}"),
        (false, true) => format!("{table}, {name}: {detail}"),
        (false, false) => format!("{table}, {name}, {column}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        loyalty::programme::review,
        programme::{Known, sample},
    };

    fn draft_of(tables: &Tables) -> Draft {
        let mut draft = Draft { tables: as_held(tables), ..Draft::default() };
        for table in tables::programme().map(|table| table.title.as_str()) {
            let mut records = Vec::new();
            for (index, row) in draft.tables.0.get_mut(table).unwrap().iter_mut().enumerate() {
                row.key = (index + 1).to_string();
                records.push(Record::from_iter([("Id".to_owned(), (index + 1).into())]));
            }
            draft.records.insert(table.to_owned(), records);
        }
        draft
    }

    fn statuses(draft: &Draft, live: &Tables) -> BTreeMap<String, Vec<String>> {
        let reviewed = review(&draft.tables, &Known { live: live.clone(), ..Known::default() });
        let (problems, warnings) = match reviewed {
            Ok((_, warnings)) => (Vec::new(), warnings),
            Err(problems) => (problems, Vec::new()),
        };
        let shown = Shown {
            problems: &problems,
            warnings: &warnings,
            live,
            version: 3,
            standstill: &Standstill::default(),
            verdict: None,
        };
        let changes = draft.write_back(&shown);
        let shown = |row: &Record| {
            format!("{} {}", map::text(&row["Status"]), row.get("Problem").map_or_else(String::new, map::text))
        };
        changes.into_iter().map(|(table, rows)| (table.to_owned(), rows.iter().map(shown).collect())).collect()
    }

    #[test]
    fn what_is_live_shows_as_live_although_it_came_from_csv() {
        let live = as_held(&sample::tables());
        let shown = statuses(&draft_of(&sample::tables()), &live);
        assert!(shown.values().flatten().all(|row| row == "live "), "{shown:?}");
    }

    #[test]
    fn a_changed_row_is_ready_and_the_others_stay_live() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        draft.tables.0.get_mut("Rules").unwrap()[1].cells.insert("Multiplier".to_owned(), "3".to_owned());
        let shown = statuses(&draft, &live);
        assert_eq!(shown["Rules"], ["live ", "ready ", "live ", "live "]);
        assert_eq!(shown["Programme"], ["ready "]);
    }

    #[test]
    fn a_broken_row_names_its_cell_and_holds_the_others_back() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        let rules = draft.tables.0.get_mut("Rules").unwrap();
        rules[0].cells.insert("Points".to_owned(), "2".to_owned());
        rules[1].cells.insert("Tiers".to_owned(), "platinum".to_owned());
        let shown = statuses(&draft, &live);
        assert_eq!(shown["Rules"], ["draft ", "problem Tiers: there is no tier `platinum`", "live ", "live "]);
        assert_eq!(shown["Programme"], ["problem Rules, shoes, Tiers: there is no tier `platinum`"]);
        assert_eq!(shown["Tiers"], ["live ", "live ", "live "]);
    }

    #[test]
    fn rows_of_one_name_both_say_so() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        draft.tables.0.get_mut("Rules").unwrap()[2].cells.insert("Rule".to_owned(), "base".to_owned());
        let shown = statuses(&draft, &live);
        let twice = "problem Rule: `base` is there twice";
        assert_eq!((shown["Rules"][0].as_str(), shown["Rules"][2].as_str()), (twice, twice));
    }

    #[test]
    fn a_table_that_lost_its_rows_is_a_problem_where_a_person_sees_it() {
        let live = as_held(&sample::tables());
        for (table, left, lines) in [
            ("Rules", 1, "Rules: has only 1 row; the live version with 4 rows stays live"),
            ("Rules", 0, "Rules: has no row any more"),
            ("Tiers", 0, "Tiers: has no row any more"),
            ("Texts", 0, "Texts: has no row any more"),
            ("Codes", 0, "Codes: has no row any more"),
            ("Rewards", 0, "Rewards: has no row any more"),
            (WHOLE, 0, "Programme: needs exactly one row"),
        ] {
            let mut draft = draft_of(&sample::tables());
            draft.tables.0.get_mut(table).unwrap().truncate(left);
            draft.records.get_mut(table).unwrap().truncate(left);
            let shown = statuses(&draft, &live);
            let seen = if table == WHOLE { "Rules" } else { WHOLE };
            assert!(shown[seen].iter().all(|row| row.starts_with("problem ") && row.contains(lines)), "{shown:?}");
        }
    }

    #[test]
    fn what_is_to_be_looked_at_stands_in_its_row_and_keeps_nothing_from_being_published() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        draft.tables.0.get_mut("Rules").unwrap()[1].cells.insert("Multiplier".to_owned(), "20".to_owned());
        let shown = statuses(&draft, &live);
        let look = "Multiplier: more than 10 times the points";
        assert_eq!(shown["Rules"], ["live ", &format!("ready Look: {look}"), "live ", "live "]);
        assert_eq!(shown[WHOLE], [format!("ready Look: Rules, shoes, {look}")]);
        let shown = statuses(&draft, &as_held(&draft.tables));
        assert_eq!(shown["Rules"][1], format!("live Look: {look}"), "live, but look");
    }

    #[test]
    fn what_a_row_shows_already_is_not_written_again() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        let shown = Shown {
            problems: &[],
            warnings: &[],
            live: &live,
            version: 3,
            standstill: &Standstill::default(),
            verdict: None,
        };
        let changes: Vec<_> = draft.write_back(&shown).into_iter().map(|(t, c)| (t.to_owned(), c)).collect();
        draft.records.extend(changes);
        assert_eq!(draft.write_back(&shown), BTreeMap::new());
    }
}

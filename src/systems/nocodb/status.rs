//! What a marketer is told about each row of a draft. Pure.

use std::collections::BTreeMap;

use super::{client::Record, map, schema};
use crate::programme::{Problem, Programme, Row, TABLES, Tables, check};

/// The table whose row stands for the whole programme.
pub const WHOLE: &str = "Programme";
/// What a person reads whose tick was not good for what is there.
const UNSURE: &str =
    "The tick was set while something was being changed. Nothing was published: look at it and tick again.";
/// Problems named on that row; the others are counted.
const NAMED: usize = 5;

/// The four tables as they were read: the rows, and the records they came from in the same order.
#[derive(Debug, Default)]
pub struct Draft {
    pub tables: Tables,
    pub records: BTreeMap<String, Vec<Record>>,
}

/// What the rows are marked by.
pub struct Shown<'a> {
    pub problems: &'a [Problem],
    /// In force, as NocoDB holds it.
    pub live: &'a Tables,
    /// Its number; 0 before the first one.
    pub version: u32,
    /// The last tick was not good for what is there now.
    pub unsure: bool,
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

    /// The rows of `Programme` in which `Publish` is ticked: their ids, and the fingerprint each carried with the tick.
    pub fn ticked(&self) -> Vec<(u64, String)> {
        let ticked = self.records(WHOLE).iter().filter(|record| map::ticked(record, "Publish"));
        ticked.map(|row| (map::id(row), row.get("Checked").map(map::text).unwrap_or_default())).collect()
    }

    /// The changes that make every row show its mark, and `Programme` the live version and what was checked: table -> rows
    /// to patch.
    pub fn write_back(&self, shown: &Shown<'_>) -> BTreeMap<&str, Vec<Record>> {
        let mut changes: BTreeMap<&str, Vec<Record>> = BTreeMap::new();
        let version = if shown.version == 0 { String::new() } else { format!("v{}", shown.version) };
        let checked = self.tables.fingerprint();
        for table in TABLES {
            for (row, record) in self.tables.rows(table).iter().zip(self.records(table)) {
                let mark = mark(&self.tables, table, row, shown);
                let mut wanted = vec![("Status", mark.status), ("Problem", mark.problem.as_str())];
                if table == WHOLE {
                    wanted.extend([("Live version", version.as_str()), ("Checked", checked.as_str())]);
                }
                wanted.retain(|(column, text)| record.get(*column).map(map::text).unwrap_or_default() != *text);
                if !wanted.is_empty() {
                    let cells = wanted.into_iter().map(|(column, text)| (column.to_owned(), text.into()));
                    let id = ("Id".to_owned(), map::id(record).into());
                    changes.entry(table).or_default().push(cells.chain([id]).collect());
                }
            }
        }
        changes
    }
}

/// The live programme as NocoDB would hold it, so that a draft can be compared with it.
pub fn as_held(live: &Tables) -> Tables {
    let held = schema::programme_tables().map(|table| {
        let rows = live.rows(&table.title).iter().map(|row| map::as_held(table, row)).collect();
        (table.title.clone(), rows)
    });
    Tables(held.collect())
}

/// The draft as a programme, or everything that keeps it from being one. `live` is what is in force, as NocoDB holds it.
pub fn judge(draft: &Tables, live: &Tables) -> Result<Programme, Vec<Problem>> {
    let mut problems: Vec<Problem> = TABLES
        .into_iter()
        .filter(|table| draft.rows(table).is_empty() && !live.rows(table).is_empty())
        .map(|table| emptied(table, live.rows(table).len()))
        .collect();
    match check(draft) {
        Ok(programme) if problems.is_empty() => return Ok(programme),
        Ok(_) => {}
        Err(mut others) => {
            others.retain(|other| !other.row.is_empty() || problems.iter().all(|known| known.table != other.table));
            problems.extend(others);
        }
    }
    Err(problems)
}

/// Somebody may have deleted all rows by a slip, so that is never published: to be without any, one is left and unticked.
fn emptied(table: &str, live: usize) -> Problem {
    let live = if live == 1 { "the live one stays".to_owned() } else { format!("the {live} live ones stay") };
    let detail = format!("has lost all rows; {live} in force, and `loyalty setup nocodb` puts back what is live");
    Problem { table: table.to_owned(), row: String::new(), column: String::new(), detail }
}

fn mark(draft: &Tables, table: &str, row: &Row, shown: &Shown<'_>) -> Mark {
    let Shown { problems, live, .. } = shown;
    let own = problems.iter().filter(|problem| problem.table == table && problem.row == row.key);
    let mut told: Vec<String> = own.map(|problem| format!("{}: {}", problem.column, problem.detail)).collect();
    // Without its row, the programme's problems stand on all rows.
    if table == WHOLE || draft.rows(WHOLE).is_empty() {
        let others: Vec<&Problem> = problems.iter().filter(|p| p.table != table || p.row != row.key).collect();
        told.extend(others.iter().take(NAMED).map(|problem| located(draft, problem)));
        if others.len() > NAMED {
            told.push(format!("and {} more", others.len() - NAMED));
        }
    }
    let is_live = match table {
        WHOLE => draft.content() == live.content(),
        _ => live.rows(table).iter().any(|known| known.cells == row.cells),
    };
    let status = match (told.is_empty(), is_live, problems.is_empty()) {
        (false, ..) => "problem",
        (true, true, _) => "live",
        (true, false, true) => "ready",
        (true, false, false) => "draft",
    };
    if shown.unsure && told.is_empty() && table == WHOLE {
        told.push(UNSURE.to_owned());
    }
    Mark { status, problem: told.join("\n") }
}

/// The problem with its place in words: the row by what its first column says.
fn located(draft: &Tables, problem: &Problem) -> String {
    let Problem { table, row, column, detail } = problem;
    let first = schema::table(table).and_then(|table| table.titles().next()).unwrap_or_default();
    let mut rows = draft.rows(table).iter().filter(|known| known.key == *row);
    let name = rows.find_map(|known| known.cell(first)).unwrap_or("a row without a name");
    match (row.is_empty(), column.is_empty()) {
        (true, _) => format!("{table}: {detail}"),
        (false, true) => format!("{table}, {name}: {detail}"),
        (false, false) => format!("{table}, {name}, {column}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    fn draft_of(tables: &Tables) -> Draft {
        let mut draft = Draft { tables: as_held(tables), ..Draft::default() };
        for table in TABLES {
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
        let problems = judge(&draft.tables, live).err().unwrap_or_default();
        let changes = draft.write_back(&Shown { problems: &problems, live, version: 3, unsure: false });
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
    fn an_emptied_table_is_a_problem_where_a_person_sees_it() {
        let live = as_held(&sample::tables());
        for table in TABLES.into_iter().filter(|table| !live.rows(table).is_empty()) {
            let mut draft = draft_of(&sample::tables());
            draft.tables.0.get_mut(table).unwrap().clear();
            draft.records.get_mut(table).unwrap().clear();
            let shown = statuses(&draft, &live);
            let seen = if table == WHOLE { "Rules" } else { WHOLE };
            assert!(shown[seen].iter().all(|row| row.contains(&format!("{table}: has lost all rows"))), "{shown:?}");
        }
    }

    #[test]
    fn what_a_row_shows_already_is_not_written_again() {
        let live = as_held(&sample::tables());
        let mut draft = draft_of(&sample::tables());
        let shown = Shown { problems: &[], live: &live, version: 3, unsure: false };
        let changes: Vec<_> = draft.write_back(&shown).into_iter().map(|(t, c)| (t.to_owned(), c)).collect();
        draft.records.extend(changes);
        assert_eq!(draft.write_back(&shown), BTreeMap::new());
    }
}

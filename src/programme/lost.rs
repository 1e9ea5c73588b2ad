//! A table that lost its rows is probably a slip: an emptied file, a sheet saved in the middle, a filter taken for the whole. It
//! is a problem until somebody says in the setting `Fewer rows` that it is meant, and how many there are now. Settings are rows, too.

use std::collections::BTreeSet;

use super::{
    check::{rules::Column as Rules, settings::Column},
    rows::{Problem, Tables},
    sample,
    settings_rows::{self, SETTINGS},
    tables::{self, Columns, Kind},
};
use crate::values::count::counted;

/// Of fewer live rows than this most is not many: each is easily put back.
const FEW: usize = 4;
const CONFIRMED: Column = Column::FewerRows;

/// Tables whose rows may be told to be fewer. What counts by a tick is taken back by a tick.
fn all() -> impl Iterator<Item = &'static str> {
    tables::of_marketers()
        .filter(|table| !table.has_one_row() && !table.counts_by_tick())
        .map(|table| table.title.as_str())
}

/// How many rows a table has; of settings, those that say more than a tick does.
fn count(tables: &Tables, table: &str) -> usize {
    let says = |setting: &&&tables::Column| {
        let whole = tables.rows(Column::TABLE).first();
        setting.kind != Kind::Checkbox
            && setting.title != CONFIRMED.title()
            && whole.is_some_and(|whole| whole.cell(&setting.title).is_some())
    };
    if table == SETTINGS { settings_rows::all().iter().filter(says).count() } else { tables.rows(table).len() }
}

/// The tables of a draft that lost all or most of the rows that are live.
pub fn lost(draft: &Tables, live: &Tables) -> Vec<Problem> {
    if begins_anew(draft, live) {
        return Vec::new();
    }
    let confirmed = confirmed(draft);
    let lost = all().filter_map(|table| {
        let (now, before) = (count(draft, table), count(live, table));
        if table == SETTINGS && draft.rows(Column::TABLE).is_empty() {
            return None; // the whole is gone, and says so
        }
        let slip = before > 0 && now == 0 || before >= FEW && now * 2 < before;
        (slip && !confirmed.contains(&(table, now))).then(|| problem(draft, table, (now, before)))
    });
    lost.collect()
}

/// Whether the live rules are those of the sample that came with the connector, by id and name, and the draft has others, and less
/// than half of the sample's. Who begins with rules of their own loses nothing.
fn begins_anew(draft: &Tables, live: &Tables) -> bool {
    let rules = |tables: &Tables| -> BTreeSet<[Option<String>; 2]> {
        let rows = tables.rows(Rules::TABLE).iter();
        rows.map(|row| [Rules::Rule, Rules::Name].map(|column| row.cell(column).map(str::to_owned))).collect()
    };
    let (new, shipped) = (rules(draft), rules(&sample::tables()));
    let kept = new.intersection(&shipped).count();
    new.len() > kept && kept * 2 < shipped.len() && rules(live) == shipped
}

/// The draft with a word that what it has less than the live version is meant.
#[must_use]
pub fn meaning_fewer(mut draft: Tables, live: &Tables) -> Tables {
    let fewer: Vec<String> =
        lost(&draft, live).iter().map(|lost| format!("{} {}", lost.table, count(&draft, &lost.table))).collect();
    if let Some([whole]) = draft.0.get_mut(Column::TABLE).map(Vec::as_mut_slice).filter(|_| !fewer.is_empty()) {
        whole.cells.insert(CONFIRMED.title().to_owned(), fewer.join(", "));
    }
    draft
}

/// What somebody says is meant: `Rules 2, Codes 0`. It holds for this number of rows and no other.
fn confirmed(draft: &Tables) -> Vec<(&'static str, usize)> {
    let cells = draft.rows(Column::TABLE).iter().filter_map(|row| row.cell(CONFIRMED));
    let parts = cells.flat_map(|cell| cell.split([',', ';', '\n'])).map(str::trim);
    let read = parts.filter_map(|part| {
        let (table, count) = part.rsplit_once(' ')?;
        let table = all().find(|known| known.eq_ignore_ascii_case(table.trim()))?;
        Some((table, count.parse().ok()?))
    });
    read.collect()
}

fn problem(draft: &Tables, table: &str, (now, before): (usize, usize)) -> Problem {
    let as_columns = draft.rows(SETTINGS).is_empty() && count(draft, SETTINGS) > 0;
    let one = if table == SETTINGS { "value" } else { "row" };
    let left = if now == 0 { format!("no {one} any more") } else { format!("only {}", counted(now, one)) };
    let detail = format!(
        "has {left}; the live version with {} stays live. If that is meant, write `{table} {now}` into {} of {}; if not, \
         put the {one}s back",
        counted(before, one),
        CONFIRMED.title(),
        if as_columns { Column::TABLE } else { SETTINGS }
    );
    Problem { table: table.to_owned(), row: String::new(), column: String::new(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    fn draft(change: impl FnOnce(&mut Tables)) -> Tables {
        let mut tables = sample::tables();
        change(&mut tables);
        tables
    }

    fn kept(tables: &mut Tables, table: &str, rows: usize) {
        tables.0.entry(table.to_owned()).or_default().truncate(rows);
    }

    #[test]
    fn a_table_that_lost_all_or_most_of_its_rows_is_a_problem() {
        let live = sample::tables(); // 4 rules, 3 tiers, 12 texts, 2 codes, 2 rewards
        for (table, rows, slip) in [
            ("Rules", 0, true),
            ("Rules", 1, true),
            ("Rules", 2, false),
            ("Tiers", 0, true),
            ("Tiers", 1, false),
            ("Texts", 5, true),
            ("Texts", 6, false),
            ("Codes", 0, true),
            ("Codes", 1, false),
        ] {
            let problems = lost(&draft(|tables| kept(tables, table, rows)), &live);
            assert_eq!(problems.len(), usize::from(slip), "{table} with {rows}: {problems:?}");
        }
        assert_eq!(lost(&live, &Tables::default()), [], "before the first version nothing can be lost");
        let gone = draft(|tables| drop(tables.0.remove("Rewards")));
        assert!(
            lost(&gone, &live)[0].detail.starts_with("has no row any more; the live version with 2 rows stays live.")
        );
    }

    #[test]
    fn who_begins_with_rules_of_their_own_beside_the_sample_loses_nothing() {
        let own = |rules: &str| {
            let mut tables = Tables::default();
            for (table, text) in
                [("Programme", "Name\nMine\n"), ("Tiers", "Tier,Qualifying points\nbronze,0\n"), ("Rules", rules)]
            {
                tables.0.insert(table.to_owned(), crate::programme::csv::read(table, text).unwrap());
            }
            tables
        };
        let live = sample::tables();
        let mine = own("Rule,Name,Points\nbase,A point for every order,1\n");
        assert_eq!(lost(&mine, &live), []);
        let one_of_each = own("Rule,Name,Points\nbase,1 point per full euro,1\nbig,Mine,5\n");
        assert_eq!(lost(&one_of_each, &live), []);
        assert!(!lost(&own("Rule,Name,Points\n"), &live).is_empty(), "an emptied table is no beginning");
        assert!(!lost(&own("Rule,Name,Points\nbase,1 point per full euro,1\n"), &live).is_empty(), "the sample, cut");
        let written = draft(|tables| kept(tables, "Rules", 3));
        assert!(!lost(&mine, &written).is_empty(), "somebody wrote what is live");
    }

    #[test]
    fn it_is_confirmed_for_this_number_of_rows_and_no_other() {
        let live = sample::tables();
        let said = |rows: usize, cell: &str| {
            let draft = draft(|tables| {
                kept(tables, "Rules", rows);
                let programme = &mut tables.0.get_mut("Programme").unwrap()[0];
                programme.cells.insert(CONFIRMED.title().to_owned(), cell.to_owned());
            });
            lost(&draft, &live).len()
        };
        assert_eq!([said(1, "Rules 1"), said(1, "codes 0; rules 1"), said(0, "Rules 0")], [0, 0, 0]);
        assert_eq!([said(0, "Rules 1"), said(1, "Rules"), said(1, "yes"), said(1, "Texts 1")], [1, 1, 1, 1]);
    }
}

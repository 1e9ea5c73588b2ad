//! What is written into a cell counts.

use std::collections::BTreeMap;

use super::*;
use crate::programme::{
    Row, lost, sample,
    tables::{self, Column, Kind},
};

/// Something that a cell of any kind can hold, and something that none of another kind does.
const PROBES: [&str; 6] = ["§", "yes", "no", "7", "3.5", "2W"];

/// Everything that a draft says of itself and of what it lost.
fn outcome(draft: &Tables, live: &Tables) -> (Result<Programme, Vec<Problem>>, Vec<Problem>) {
    (check(draft), lost(draft, live))
}

fn with(draft: &Tables, (table, row): (&str, usize), column: &str, text: &str) -> Tables {
    let mut draft = draft.clone();
    let rows = draft.0.get_mut(table).unwrap();
    rows[row].cells.insert(column.to_owned(), text.to_owned());
    draft
}

/// Whether some text in this column makes a difference in one of the rows, as it is or with another choice made beside it.
fn counts(draft: &Tables, live: &Tables, table: &tables::Table, column: &Column) -> bool {
    let choices = table.marketers().filter(|beside| beside.kind == Kind::SingleSelect && beside.title != column.title);
    let choices: Vec<_> =
        choices.flat_map(|beside| beside.options.iter().map(|option| (&beside.title, &option.title))).collect();
    let fewer = format!("{} {}", "Rules", draft.rows("Rules").len());
    (0..draft.rows(&table.title).len()).any(|row| {
        let place = (table.title.as_str(), row);
        let beside = choices.iter().map(|(column, option)| with(draft, place, column, option));
        [draft.clone()].into_iter().chain(beside).any(|draft| {
            let before = outcome(&draft, live);
            let probes = PROBES.iter().copied().chain([fewer.as_str()]);
            probes.into_iter().any(|text| outcome(&with(&draft, place, &column.title, text), live) != before)
        })
    })
}

#[test]
fn every_column_that_a_marketer_fills_makes_a_difference() {
    let draft = sample::tables();
    let many = |rows: &Vec<Row>| rows.iter().cycle().take(rows.len() * 3).cloned().collect();
    let live = Tables(draft.0.iter().map(|(table, rows)| (table.clone(), many(rows))).collect());
    let mut idle = BTreeMap::new();
    for table in tables::programme() {
        assert!(!draft.rows(&table.title).is_empty(), "{} has no row in the sample", table.title);
        for column in table.marketers().filter(|column| !counts(&draft, &live, table, column)) {
            idle.insert(column.title.as_str(), table.title.as_str());
        }
    }
    assert_eq!(idle, BTreeMap::new(), "no code reads these columns");
}

/// What NocoDB offers in a cell is what the code reads there, in whatever row.
#[test]
fn every_option_of_a_choice_is_understood() {
    let draft = sample::tables();
    let mut tried = 0;
    for table in tables::programme() {
        let choices = table.marketers().flat_map(|column| column.options.iter().map(move |option| (column, option)));
        for (column, option) in choices {
            for row in 0..draft.rows(&table.title).len() {
                let problems = check(&with(&draft, (&table.title, row), &column.title, &option.title));
                let not_known = format!("`{}` is none of", option.title);
                let problems = problems.err().unwrap_or_default();
                let unread = problems.iter().find(|problem| problem.detail.starts_with(&not_known));
                assert_eq!(unread, None, "{}, {}", table.title, column.title);
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn a_version_that_was_published_is_read_whatever_the_check_says_today() {
    let sample = sample::tables();
    assert_eq!(compile(&sample), Ok(check(&sample).unwrap()));
    // Today's check refuses it, for a reason that another day's did not have.
    let refused = with(&sample, ("Rules", 3), "Event", "reward.claimed");
    assert!(check(&refused).unwrap_err()[0].detail.contains("reaches no rule"));
    assert_eq!(compile(&refused).unwrap().rules.len(), check(&sample).unwrap().rules.len());
    let newer = with(&sample, ("Rules", 0), "Moon phase", "full");
    assert_eq!(compile(&newer), Err(TooNew("Rules, column Moon phase,".to_owned())));
    let newer = Tables(sample.0.into_iter().chain([("Moons".to_owned(), Vec::new())]).collect());
    assert_eq!(compile(&newer), Err(TooNew("the table Moons".to_owned())));
}

//! What is written into a cell counts.

use std::collections::BTreeMap;

use super::*;
use crate::programme::{
    Row, lost, sample, settings_rows,
    tables::{self, Column, Kind},
    translations::TRANSLATIONS,
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

/// The sample with an example, and with rules for what an example may say.
fn with_an_example() -> Tables {
    let mut tables = sample::tables();
    let row = |cells: &[(&str, &str)]| {
        let cells = cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned()));
        Row { key: "example".to_owned(), cells: cells.collect() }
    };
    let example = [("Example", "e"), ("Cart", "RUN-42, 89.90"), ("At", "2026-11-20"), ("Expect points", "89")];
    tables.0.insert(example::TABLE.to_owned(), vec![row(&example)]);
    let cells = [("Table", "Tiers"), ("Row", "silver"), ("Column", "Name"), ("Language", "et"), ("Text", "Hõbe")];
    tables.0.insert(TRANSLATIONS.to_owned(), vec![row(&[&cells[..], &[("Active", "yes")]].concat())]);
    for column in ["Segments", "Channels", "Stores"] {
        tables.0.get_mut("Rules").unwrap().push(row(&[("Rule", column), ("Points", "5"), (column, "7")]));
    }
    check(&tables).unwrap();
    tables
}

#[test]
fn every_column_that_a_marketer_fills_makes_a_difference() {
    let draft = with_an_example();
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

/// The mistakes of settings, each in the row of its setting.
#[test]
fn what_is_wrong_with_a_setting_is_said_in_the_row_of_that_setting() {
    let read = settings_rows::unfolded(&sample::tables());
    let place = |setting: &str| {
        let rows = read.rows(settings_rows::SETTINGS).iter();
        rows.map(|row| row.cell("Setting")).position(|known| known == Some(setting)).unwrap()
    };
    for (setting, value, said) in [
        ("Currency", "euro", "`euro` is not a currency code like EUR"),
        ("Time zone", "Tallinn", "`Tallinn` is not a time zone like Europe/Tallinn"),
        ("Language", "fi", "`fi` is none of en, et, ru, uk"),
        ("Points on", "net", "`net` is none of amounts with tax, amounts without tax"),
        ("Expires", "31.12.2026", ""),
        ("Expires", "a year", ""),
        ("Points wait", "two weeks", "`two weeks` is none of: none, 14D, delivery, delivery+14D, event:course.done"),
        ("Remind before expiry", "30D, soon", ""),
        ("Tier window", "2026-12-31", ""),
        ("Tiers count", "money", "`money` is none of points, spend, orders"),
        ("Refund lowers tier", "sometimes", "`sometimes` is neither yes nor no"),
        ("Refund tolerance", "1,000", "`1,000` may be 1000 or 1.000: write it with a point, or without the comma"),
        ("Refund tolerance", "1.005", ""),
        ("Paid amount", "1 $", ""),
        ("Points that pay", "0", "must be more than 0, and Paid amount too: 100 points pay 1.00"),
        ("Points that pay", "2,5", "`2,5` is not a whole number between 0 and 1000000000"),
        ("Largest share", "150", "is a percentage: at most 100"),
        ("Exchange rates", "dollar 0.92", ""),
        ("Hold time", "quarter", ""),
        ("Converts to", "cofee", "there is no active reward `cofee` in Rewards"),
        ("Cap period", "month", ""),
        ("Extends at most", "36M", "and Activity extends by go together: fill both, or none"),
        ("Thank-you by", "Anna", "`anna` is none of connector, n8n, nobody"),
    ] {
        let draft = settings_rows::folded(with(&read, (settings_rows::SETTINGS, place(setting)), "Value", value));
        let mut draft = draft;
        for (at, row) in draft.0.get_mut(settings_rows::SETTINGS).unwrap().iter_mut().enumerate() {
            row.key = at.to_string();
        }
        let problems = check(&draft).unwrap_err();
        // A cap without a number says so where the number is missing.
        let row = if setting == "Cap period" { place("Cap per member") } else { place(setting) };
        let expected = ("Settings", row.to_string(), "Value");
        let first = &problems[0];
        assert_eq!((first.table.as_str(), first.row.clone(), first.column.as_str()), expected, "{problems:?}");
        assert!(problems.len() == 1 && first.detail.contains(said), "{setting} {value}: {problems:?}");
    }
    for (setting, value) in [
        ("Refund tolerance", "1,50"),
        ("Spending", "Yes"),
        ("Largest share", "50.0"),
        ("Largest share", "50 %"),
        ("Paid amount", "1 €"),
    ] {
        let draft = settings_rows::folded(with(&read, (settings_rows::SETTINGS, place(setting)), "Value", value));
        assert!(check(&draft).is_ok(), "{setting} {value}");
    }
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

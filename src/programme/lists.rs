//! The options of lists that grow: a column that names rows of the programme, or what orders, events and profiles bring, offers what
//! there is. Guarantees: an option is one name without a comma; at most [`OPTIONS`] of a column; what cells say is among them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    names,
    rows::{Problem, Row, Tables},
    rule::{GOAL_DONE, SEGMENT_ENTERED, SEGMENT_LEFT, TIER_CHANGED},
    seen::Seen,
    tables::{self, Cells, Column, Kind, Table},
};

/// Options of one column; a person who looks for one among more types it.
pub const OPTIONS: usize = 500;
/// Longer than any name that is taken in.
const CHARS: usize = 200;

/// Table and column -> the options that the list should have.
pub type Options = BTreeMap<(&'static str, &'static str), Vec<String>>;

/// The parts of a cell that names some.
pub fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// Whether a name can be an option: of a list, and no part of one.
pub fn is_option(name: &str) -> bool {
    let is_apart = parts(name).eq([name]);
    is_apart && name.chars().count() <= CHARS && !name.contains('\0')
}

/// All columns that grow.
pub fn columns() -> impl Iterator<Item = (&'static Table, &'static Column)> {
    tables::programme()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
        .filter(|(_, column)| column.grows().is_some())
}

/// What the lists should offer: what their file says, the rows of these tables, and what was seen.
pub fn offered(rows: &[&Tables], seen: &Seen) -> Options {
    let of_column = |(table, column): (&'static Table, &'static Column)| {
        let mut options = Growing::of(column);
        if let Some(cells) = column.grows() {
            options.rows(cells, rows);
            let kinds = cells.names().into_iter().flat_map(|kind| seen.names(kind));
            kinds.for_each(|name| options.add(name));
        }
        ((table.title.as_str(), column.title.as_str()), options.list)
    };
    columns().map(of_column).collect()
}

/// What the cells of these tables say, exactly as they say it: no list refuses them.
pub fn said(tables: &Tables) -> Options {
    let of_column = |(table, column): (&'static Table, &'static Column)| {
        let cells = tables.rows(&table.title).iter().filter_map(|row| row.cell(&column.title));
        let said: BTreeSet<&str> = cells.flat_map(parts).filter(|name| is_option(name)).collect();
        ((table.title.as_str(), column.title.as_str()), said.into_iter().map(str::to_owned).collect())
    };
    columns().map(of_column).collect()
}

/// Cells of a list of one that name more.
pub fn problems(tables: &Tables) -> Vec<Problem> {
    let ones = columns().filter(|(_, column)| {
        column.kind == Kind::SingleSelect && column.grows().is_some_and(|cells| cells.names().is_some())
    });
    let of_column = |(table, column): (&'static Table, &'static Column)| {
        let several = |row: &&Row| row.cell(&column.title).is_some_and(|cell| !is_option(cell));
        let problem = move |row: &Row| Problem {
            table: table.title.clone(),
            row: row.key.clone(),
            column: column.title.clone(),
            detail: format!("`{}` must be one name without a comma", row.cell(&column.title).unwrap_or_default()),
        };
        tables.rows(&table.title).iter().filter(several).map(problem).collect::<Vec<_>>()
    };
    ones.flat_map(of_column).collect()
}

/// The options of one list as they are found; a name that is there in other letters is there.
struct Growing {
    list: Vec<String>,
    known: BTreeSet<String>,
}

impl Growing {
    fn of(column: &Column) -> Self {
        let mut growing = Self { list: Vec::new(), known: BTreeSet::new() };
        column.options.iter().for_each(|option| growing.add(&option.title));
        growing
    }

    fn add(&mut self, name: &str) {
        let name = name.trim();
        if self.list.len() < OPTIONS && is_option(name) && self.known.insert(names::key(name)) {
            self.list.push(name.to_owned());
        }
    }

    /// The ids of the rows that such cells name; of an event also what happens to each.
    fn rows(&mut self, cells: Cells, all: &[&Tables]) {
        if cells.names() == Some(names::Kind::Event) {
            ids(Cells::Challenges, all).for_each(|id| self.add(&format!("{GOAL_DONE}:{id}")));
            ids(Cells::Tiers, all).for_each(|id| self.add(&format!("{TIER_CHANGED}:{id}")));
            for change in [SEGMENT_ENTERED, SEGMENT_LEFT] {
                ids(Cells::Segments, all).for_each(|id| self.add(&format!("{change}:{id}")));
            }
        }
        ids(cells, all).for_each(|id| self.add(id));
    }
}

/// The ids of rows that such cells name.
pub(super) fn ids<'a>(cells: Cells, all: &'a [&Tables]) -> impl Iterator<Item = &'a str> {
    let brings = tables::programme().filter(move |table| table.brings == Some(cells));
    brings.flat_map(move |table| {
        let id = table.columns_of(Cells::Id).next().map_or("", |column| column.title.as_str());
        all.iter().flat_map(move |tables| tables.rows(&table.title)).filter_map(move |row| row.cell(id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::sample;

    #[test]
    fn a_list_offers_rows_and_what_came_each_once_and_never_a_name_with_a_comma() {
        let tables = sample::tables();
        let mut seen = Seen::default();
        for (kind, name) in [
            (names::Kind::Store, "tartu-1"),
            (names::Kind::Store, "Tartu-1"),
            (names::Kind::Store, "tallinn, 2"),
            (names::Kind::ProductBrand, "O'Brien & \"Sons\""),
            (names::Kind::Event, "REVIEW"),
            (names::Kind::Segment, "runners"),
        ] {
            seen.add(kind, name);
        }
        let options = offered(&[&tables, &tables], &seen);
        assert_eq!(options[&("Rules", "Stores")], ["example-1", "Tartu-1"]);
        assert_eq!(options[&("Challenges", "Product brands")], ["O'Brien & \"Sons\""]);
        assert_eq!(options[&("Rules", "Tiers")], ["bronze", "silver", "gold"]);
        assert_eq!(options[&("Tiers", "Reward on reaching")], ["coupon5", "socks"]);
        assert_eq!(options[&("Rewards", "Code offer")], ["welcome", "five"]);
        assert_eq!(options[&("Rules", "Segments")], ["vip", "new", "sleeping", "regular", "staff", "runners"]);
        let events = &options[&("Rules", "Event")];
        assert_eq!(events[..3], ["purchase", "joined", "birthday"]);
        assert!(events.contains(&"goal.done:shoe-card".to_owned()) && events.contains(&"tier.changed:gold".to_owned()));
        assert!(events.contains(&"segment.left:vip".to_owned()));
        assert_eq!(events.last().map(String::as_str), Some("REVIEW"));
        let mut wrong = tables.clone();
        wrong.0.get_mut("Rules").unwrap()[3].cells.insert("Event".to_owned(), "review, rating".to_owned());
        let told: Vec<String> = problems(&wrong).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["Rules, row 5, Event: `review, rating` must be one name without a comma"]);
        assert_eq!(said(&tables)[&("Rules", "Event")], ["purchase", "review"]);
    }

    #[test]
    fn a_list_stays_bounded() {
        let mut seen = Seen::default();
        (0..OPTIONS + 100).for_each(|at| seen.add(names::Kind::Store, format!("store-{at:04}")));
        assert_eq!(offered(&[], &seen)[&("Rules", "Stores")].len(), OPTIONS);
    }
}

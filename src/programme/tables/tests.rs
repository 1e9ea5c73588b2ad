//! The files say what a table needs to be one.

use std::{collections::BTreeSet, fs, path::Path};

use super::{view::SEEN_PX, *};
use crate::programme::{WHOLE, csv, sample, settings_rows};

fn in_folder(folder: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("nocodb-schema").join(folder);
    fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_file_of_the_folder_is_a_table_and_named_like_it() {
    let titles: BTreeSet<String> = all().iter().map(|table| format!("{}.json", table.title)).collect();
    assert_eq!(titles, in_folder("tables"), "rebuild when a file was added: touch src/programme/tables.rs");
    for name in Files::iter() {
        let read = serde_json::from_slice::<Table>(&Files::get(&name).unwrap().data);
        assert!(read.is_ok(), "{name}: {}", read.unwrap_err());
    }
    let places: BTreeSet<u32> = all().iter().map(|table| table.place).collect();
    assert_eq!(places.len(), all().len(), "two tables have one place");
    let whole: Vec<&str> = programme().filter(|table| table.has_one_row()).map(|table| table.title.as_str()).collect();
    assert_eq!(whole, [WHOLE], "what has no column that tells rows apart has one row");
    assert_eq!(all()[0].title, WHOLE);
}

#[test]
fn a_table_describes_its_columns_and_its_views_name_them() {
    for table in all() {
        let known = |title: &str| table.titles().any(|known| known == title);
        let titles: BTreeSet<&str> = table
            .columns
            .iter()
            .flat_map(|column| &column.formerly)
            .map(String::as_str)
            .chain(table.titles())
            .collect();
        let former: usize = table.columns.iter().map(|column| column.formerly.len()).sum();
        assert_eq!(titles.len(), table.columns.len() + former, "{}: a title is there twice", table.title);
        for column in &table.columns {
            assert!(!column.description.is_empty() && column.title == column.title.trim(), "{}", column.title);
            let has_options = !column.options.is_empty() || column.grows().is_some();
            assert_eq!(column.chooses(), has_options, "{}", column.title);
            assert!(column.written_by_us || !column.optional, "{}: who reads it needs it", column.title);
            let of_marketers = matches!(table.holds, Holds::Programme | Holds::Settings);
            assert!(column.cells.is_none() || of_marketers, "{}", column.title);
        }
        assert!(table.holds != Holds::Projection || table.marketers().next().is_none(), "{}", table.title);
        for view in &table.views {
            let named = view
                .from
                .iter()
                .chain(&view.to)
                .chain(view.group_by.iter())
                .chain(view.sort.iter().map(|sort| &sort.column))
                .chain(&view.columns);
            let named = named.chain(view.conditions.iter().map(|condition| &condition.column));
            assert!(named.into_iter().all(|title| known(title)), "{} of {}", view.title, table.title);
            assert_eq!(view.kind == ViewKind::Calendar, view.from.is_some() && view.to.is_some(), "{}", view.title);
            assert!(view.kind != ViewKind::Kanban || view.group_by.is_some(), "{}", view.title);
        }
    }
}

#[test]
fn what_a_marketer_looks_for_stands_where_it_is_seen_without_scrolling() {
    let place = |table: &str, title: &str| named(table).unwrap().titles().position(|known| known == title);
    for table in of_marketers() {
        assert!(place(&table.title, "Status").unwrap() < 4 && place(&table.title, "Problem").unwrap() < 4);
        let opens = &table.views[0];
        assert!(opens.kind == ViewKind::Grid && opens.conditions.is_empty(), "{}", table.title);
        assert_eq!(opens.columns[0], table.columns[0].title, "a row is known by its first column");
        let said =
            |title: &&str| table.column(title).is_some() && (table.title.as_str(), *title) != ("Texts", "Forecast");
        let wanted = ["Status", "Problem", "Forecast"].into_iter().filter(said);
        for title in wanted.chain((table.title == WHOLE).then_some("Publish")) {
            assert!(opens.columns.iter().any(|column| column == title), "{}: {title}", table.title);
        }
    }
    for table in all() {
        for view in table.views.iter().filter(|view| !view.columns.is_empty() && view.group_by.is_none()) {
            let width: u32 = table.widths_px(view).iter().sum();
            assert!(view.columns.len() <= 10 && width <= SEEN_PX, "{} of {}: {width}", view.title, table.title);
        }
        let cut = table.views[0].columns.len() < table.shown().count();
        let is_whole =
            |view: &View| view.kind == ViewKind::Grid && view.columns.is_empty() && view.conditions.is_empty();
        assert!(
            table.has_one_row() || !cut || table.views.iter().any(is_whole) || table.title == "Settings",
            "{}",
            table.title
        );
    }
    assert_eq!(place("Programme", "Publish"), Some(1));
    let to_decide = named("Duplicates").unwrap().views.iter().find(|view| view.title == "To decide").unwrap();
    assert!(to_decide.columns.contains(&"Answer".to_owned()));
    assert_eq!(
        [place("Points", "External id"), place("Points", "Name"), place("Members", "Name")],
        [Some(0), Some(1), Some(1)]
    );
}

#[test]
fn the_sample_files_have_exactly_the_marketers_columns() {
    let files: BTreeSet<String> = sample::files().map(|(table, _)| format!("{table}.csv")).collect();
    assert_eq!(files, in_folder("sample"), "each is of a table of the programme");
    let apart = settings_rows::unfolded(&sample::tables());
    for (name, text) in sample::files() {
        let written = csv::write(name, apart.rows(name));
        assert_eq!(text.lines().next(), written.lines().next(), "{name}");
    }
    let settings = sample::files().find(|(name, _)| *name == settings_rows::SETTINGS).unwrap().1;
    assert_eq!(settings, csv::write(settings_rows::SETTINGS, apart.rows(settings_rows::SETTINGS)));
    assert!(programme().filter(|table| table.file_needed).all(|table| files.contains(&format!("{}.csv", table.title))));
}

/// What is exported from a base of then, or written by hand, is read as it was.
#[test]
fn a_column_that_has_another_title_now_is_still_known_by_its_old_one_and_no_part_of_the_programme() {
    for table in ["Programme", "Rules", "Tiers", "Texts", "Codes", "Rewards"] {
        let column = named(table).unwrap().column("Effect");
        assert_eq!(column.map(|column| column.title.as_str()), Some("Forecast"), "{table}");
    }
    let old = csv::read("Rules", "Rule,Points,Effect\nx,1,214 members\n").unwrap();
    let new = csv::read("Rules", "Rule,Points,Forecast\nx,1,\n").unwrap();
    let content = |rows| crate::programme::Tables([("Rules".to_owned(), rows)].into()).canonical();
    assert_eq!(content(old), content(new));
}

//! Rows and columns say the same.

use super::*;
use crate::programme::{csv, sample};

fn with_rows(cells: &[(&str, &str)]) -> Tables {
    let mut tables = unfolded(&sample::tables());
    let rows = tables.0.get_mut(SETTINGS).unwrap();
    for (index, row) in rows.iter_mut().enumerate() {
        row.key = (index + 2).to_string();
    }
    for (setting, value) in cells {
        let row = rows.iter_mut().find(|row| row.cell(Column::Setting) == Some(setting)).unwrap();
        row.cells.insert("Value".to_owned(), (*value).to_owned());
    }
    tables
}

#[test]
fn settings_as_rows_and_as_columns_are_the_same_programme_by_the_same_text() {
    let columns = sample::tables();
    let rows = unfolded(&columns);
    assert_eq!(rows.rows(WHOLE)[0].cells.keys().collect::<Vec<_>>(), ["Name"]);
    assert_eq!(rows.rows(SETTINGS).len(), all().len());
    assert_eq!(folded(rows).canonical(), columns.canonical());
    assert!(!columns.canonical().contains(SETTINGS) && columns.canonical().contains(r#""Currency":"EUR""#));
    // A file of before has them as columns, and is read as it was.
    let before = csv::read(WHOLE, "Name,Currency,Expires\nSample programme,EUR,12M\n").unwrap();
    let before = folded(Tables([(WHOLE.to_owned(), before)].into()));
    let now = csv::read(SETTINGS, "Setting,Value\nexpires ,12M\nCurrency,EUR\nTier grace,\n").unwrap();
    let name = csv::read(WHOLE, "Name\nSample programme\n").unwrap();
    let now = folded(Tables([(WHOLE.to_owned(), name), (SETTINGS.to_owned(), now)].into()));
    assert_eq!(before.canonical(), now.canonical());
}

#[test]
fn each_setting_has_a_group_and_says_what_is_allowed_and_only_settings_have() {
    let groups: Vec<&str> = tables::named(SETTINGS)
        .and_then(|table| table.column("Group"))
        .map(|group| group.options.iter().map(|option| option.title.as_str()).collect())
        .unwrap();
    for setting in all() {
        assert!(groups.contains(&setting.group.as_deref().unwrap()), "{}", setting.title);
        assert!(!setting.allowed().is_empty(), "{}: what can stand there?", setting.title);
        assert!(!setting.written_by_us && setting.formerly.is_empty(), "{}", setting.title);
    }
    for table in tables::all().iter().filter(|table| table.title != WHOLE) {
        assert!(table.columns.iter().all(|column| column.group.is_none()), "{}", table.title);
    }
    let whole = tables::named(WHOLE).unwrap();
    let left: Vec<&str> = whole.shown().map(|column| column.title.as_str()).collect();
    assert_eq!(left, ["Name", "Publish", "Status", "Problem", "Live version", "Forecast", "Checked"]);
}

#[test]
fn a_row_that_is_no_setting_is_there_twice_or_contradicts_the_programmes_row_is_told() {
    let mut tables = with_rows(&[]);
    let named = |key: &str, name: &str, value: &str| {
        let cells = [("Setting", name), ("Value", value)].map(|(title, text)| (title.to_owned(), text.to_owned()));
        Row { key: key.to_owned(), cells: cells.into() }
    };
    let rows = tables.0.get_mut(SETTINGS).unwrap();
    rows.extend([named("90", "Curency", "USD"), named("91", "currency", "USD"), named("92", "", "x")]);
    rows.push(named("93", "", ""));
    let said: Vec<String> = problems(&folded(tables)).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Settings, row 2, Setting: `Currency` is there twice, also as `currency`: capitals make no difference",
            "Settings, row 91, Setting: `currency` is there twice, also as `Currency`: capitals make no difference",
            "Settings, row 90, Setting: there is no setting `Curency`; is `Currency` meant?",
            "Settings, row 92, Setting: is empty; which setting is it?",
        ]
    );
    let mut tables = with_rows(&[]);
    let whole = &mut tables.0.get_mut(WHOLE).unwrap()[0];
    whole
        .cells
        .extend([("Currency", "USD"), ("Expires", "12M_M")].map(|(title, text)| (title.to_owned(), text.to_owned())));
    let said: Vec<String> = problems(&folded(tables)).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["Settings, row 2, Value: Programme says `USD`: write it in one place only"]);
}

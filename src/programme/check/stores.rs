//! The table `Stores`.

use super::{distinct, known_language, whole};
use crate::{
    programme::{
        Problem, Row, names,
        reading::Reading,
        store::{MOST, Outlet, Stores},
        tables::{Columns, columns::columns},
    },
    values::count::counted,
};

columns! {
    pub(in crate::programme) enum Column of "Stores" {
        Store = "Store",
        Name = "Name",
        City = "City",
        Region = "Region",
        Language = "Language",
    }
}

/// Characters of a store's id, as orders may have them.
const ID: usize = 200;

pub(super) fn stores(rows: &[Row], problems: &mut Vec<Problem>) -> Stores {
    if rows.len() > MOST {
        let (has, most) = (counted(rows.len(), "row"), counted(MOST, "row"));
        problems.push(whole(Column::TABLE, &format!("has {has}, and {most} are read at most")));
    }
    distinct(Column::Store, rows, |row| row.cell(Column::Store).map(names::key), problems);
    let mut stores = Stores::default();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let id = row.required(Column::Store);
        if id.chars().count() > ID {
            row.problem(Column::Store, format!("is longer than {}", counted(ID, "character")));
        }
        if let Some(language) = row.text(Column::Language) {
            known_language(&mut row, Column::Language, language);
        }
        let text = |column| row.text(column).map(str::to_owned);
        let (name, city, region) = (text(Column::Name), text(Column::City), text(Column::Region));
        stores.add(&id, Outlet { name, city, region, language: text(Column::Language) });
    }
    stores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_store_is_said_in_its_cell() {
        let row = |number: usize, cells: &[(&str, &str)]| {
            Row::of(number.to_string(), cells.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())))
        };
        let rows = [
            row(1, &[("Store", "tartu-1"), ("Language", "fi")]),
            row(2, &[("Store", " Tartu-1")]),
            row(3, &[("City", "Tartu")]),
            row(4, &[("Store", "tallinn-2"), ("City", "Tallinn"), ("Language", "et")]),
        ];
        let mut problems = Vec::new();
        let stores = stores(&rows, &mut problems);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "Stores, row 1, Store: `tartu-1` is there twice, also as `Tartu-1`: capitals make no difference",
                "Stores, row 2, Store: `Tartu-1` is there twice, also as `tartu-1`: capitals make no difference",
                "Stores, row 1, Language: `fi` is none of en, et, ru, uk",
                "Stores, row 3, Store: is empty; it is needed",
            ]
        );
        let known = stores.of(Some(&"TALLINN-2".to_owned())).unwrap();
        assert_eq!(
            (known.city.as_deref(), known.language.as_deref(), known.name.as_deref()),
            (Some("Tallinn"), Some("et"), None)
        );
        assert_eq!((stores.of(None), stores.of(Some(&"elsewhere".to_owned()))), (None, None));
    }
}

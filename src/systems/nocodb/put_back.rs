//! A row of `Members` or `Points` held against what the ledger shows there: what a person changed, and what becomes of it. Pure.
//! Names and texts beside points are as they were when the row was written, and stay.

use serde_json::Value;

use super::{
    client::Record,
    columns::{OfMembers, OfPoints},
    dates, map,
    show::key,
};
use crate::programme::tables::{self, Columns, Kind};

/// Cells of `Members` that a person may fill for the ledger.
const OPEN: [OfMembers; 3] = [OfMembers::Name, OfMembers::Language, OfMembers::Birthday];
/// Cells of `Members` that are looked at; `Version` is the feed's own.
const SHUT: [OfMembers; 12] = [
    OfMembers::ExternalId,
    OfMembers::Tier,
    OfMembers::Available,
    OfMembers::Pending,
    OfMembers::Reserved,
    OfMembers::Debt,
    OfMembers::Earned,
    OfMembers::Orders,
    OfMembers::Segments,
    OfMembers::LastActivity,
    OfMembers::Joined,
    OfMembers::Test,
];
/// The same of `Points`.
const OF_POINTS: [OfPoints; 8] = [
    OfPoints::Member,
    OfPoints::Account,
    OfPoints::Points,
    OfPoints::Rule,
    OfPoints::Order,
    OfPoints::OccurredAt,
    OfPoints::EffectiveAt,
    OfPoints::ExpiresAt,
];

/// What a person made of a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changed {
    /// What the ledger takes up: column and text.
    pub written: Vec<(OfMembers, String)>,
    /// The cells as they were.
    pub back: Record,
    /// What is said of these, a line for each.
    pub said: Vec<String>,
}

impl Changed {
    pub fn is_nothing(&self) -> bool {
        self.written.is_empty() && self.back.is_empty()
    }

    /// A cell is put back, for this reason.
    pub fn put_back<C: Columns>(&mut self, column: C, (found, wanted): (&Record, &Record), why: &str) {
        let was = match key(wanted, column) {
            empty if empty.is_empty() => "empty".to_owned(),
            text => format!("`{text}`"),
        };
        self.said.push(format!("{} was changed to `{}` and is {was} again{why}", column.title(), key(found, column)));
        self.back.insert(column.title().to_owned(), wanted.get(column.title()).cloned().unwrap_or_default());
    }
}

/// What a person made of the row of a member. One who turned out to be somebody else has nothing to say.
pub fn of_member(found: &Record, wanted: &Record, is_open: bool) -> Changed {
    let mut changed = Changed::default();
    for column in OPEN.into_iter().filter(|column| differs(*column, found, wanted)) {
        match key(found, column) {
            text if is_open && !text.is_empty() => changed.written.push((column, text)),
            _ => changed.put_back(column, (found, wanted), ""),
        }
    }
    let why = ": the ledger alone changes it";
    for column in SHUT.into_iter().filter(|column| differs(*column, found, wanted)) {
        changed.put_back(column, (found, wanted), why);
    }
    changed
}

/// What a person made of the row of an entry.
pub fn of_entry(found: &Record, wanted: &Record) -> Changed {
    let mut changed = Changed::default();
    for column in OF_POINTS.into_iter().filter(|column| differs(*column, found, wanted)) {
        changed.put_back(column, (found, wanted), "");
    }
    changed
}

/// Whether a cell says something else; one that was not asked for does not.
fn differs<C: Columns>(column: C, found: &Record, wanted: &Record) -> bool {
    let Some(there) = found.get(column.title()) else { return false };
    let ours = wanted.get(column.title()).unwrap_or(&Value::Null);
    let kind = tables::named(C::TABLE).and_then(|table| table.column(column.title())).map(|column| column.kind);
    match kind {
        Some(Kind::DateTime) => dates::at(&map::text(there)) != dates::at(&map::text(ours)),
        Some(Kind::Checkbox) => map::ticked(found, column.title()) != map::ticked(wanted, column.title()),
        _ => map::text(there) != map::text(ours),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(cells: &Value) -> Record {
        cells.as_object().unwrap().clone()
    }

    #[test]
    fn a_name_goes_to_the_ledger_and_a_balance_is_put_back_with_a_word() {
        let wanted =
            record(&json!({"Name": "Anna", "Language": null, "Birthday": null, "Available": 120, "Test": false,
            "Joined": "2026-11-20T12:00:00Z", "Last activity": null}));
        let as_nocodb_has_it = record(&json!({"Name": "Anna", "Language": null, "Birthday": "", "Available": "120",
            "Test": 0, "Joined": "2026-11-20 12:00:00+00:00", "Last activity": null}));
        assert!(of_member(&as_nocodb_has_it, &wanted, true).is_nothing());
        let mut edited = as_nocodb_has_it;
        edited.extend(record(&json!({"Name": "Anna Tamm", "Birthday": "1990-05-17", "Available": 5000})));
        let changed = of_member(&edited, &wanted, true);
        let expected = [(OfMembers::Name, "Anna Tamm"), (OfMembers::Birthday, "1990-05-17")];
        assert_eq!(changed.written, expected.map(|(column, text)| (column, text.to_owned())));
        assert_eq!(changed.back, record(&json!({"Available": 120})));
        assert_eq!(changed.said, ["Available was changed to `5000` and is `120` again: the ledger alone changes it"]);
        let merged = of_member(&edited, &wanted, false);
        assert!(merged.written.is_empty() && merged.back["Name"] == "Anna" && merged.back["Birthday"].is_null());
        edited.insert("Name".to_owned(), json!(""));
        assert_eq!(of_member(&edited, &wanted, true).said[0], "Name was changed to `` and is `Anna` again");
    }

    #[test]
    fn an_entry_is_put_back_but_for_names_and_texts_as_they_were_then() {
        let wanted = record(&json!({"Points": 10, "Rule": null, "Name": "Anna Tamm", "Text": "new words"}));
        let mut found = record(&json!({"Points": 10, "Rule": "", "Name": "Anna", "Text": "old words"}));
        assert!(of_entry(&found, &wanted).is_nothing());
        found.insert("Points".to_owned(), json!(1000));
        assert_eq!(of_entry(&found, &wanted).said, ["Points was changed to `1000` and is `10` again"]);
    }
}

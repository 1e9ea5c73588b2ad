//! The sample programme: the files of nocodb-schema/sample, one for a table of the programme, embedded as they are.

use std::sync::LazyLock;

use rust_embed::RustEmbed;

use super::{csv, rows::Tables, settings_rows, tables};

#[derive(RustEmbed)]
#[folder = "nocodb-schema/sample"]
struct Files;

static SAMPLE: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let text = |table: &'static tables::Table| {
        let file = Files::get(&format!("{}.csv", table.title))?;
        Some((table.title.as_str(), String::from_utf8(file.data.into_owned()).ok()?))
    };
    tables::of_marketers().filter_map(text).collect()
});

/// The files of the sample: table name and CSV text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAMPLE.iter().map(|(table, text)| (*table, text.as_str()))
}

/// The rows of the sample, its settings in the one row of the programme.
pub fn tables() -> Tables {
    // The sample is part of the program and checked by a test.
    let read = files().map(|(table, text)| (table.to_owned(), csv::read(table, text).unwrap_or_default()));
    let mut folded = settings_rows::folded(Tables(read.collect()));
    folded.0.remove(settings_rows::SETTINGS);
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_valid_programme() {
        let mut problems = Vec::new();
        let programme = crate::programme::core(&tables(), |_| false, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(
            programme.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(),
            ["base", "shoes", "first", "review"]
        );
        assert_eq!(programme.tiers.len(), 3);
        assert_eq!(programme.texts.len(), 12);
    }
}

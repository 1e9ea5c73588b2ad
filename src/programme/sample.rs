//! The sample programme, and CSV as a form of the tables.

use super::rows::{Problem, Row, Tables};

const SAMPLE: [(&str, &str); 6] = [
    ("Programme", include_str!("../../nocodb-schema/sample/Programme.csv")),
    ("Rules", include_str!("../../nocodb-schema/sample/Rules.csv")),
    ("Tiers", include_str!("../../nocodb-schema/sample/Tiers.csv")),
    ("Texts", include_str!("../../nocodb-schema/sample/Texts.csv")),
    ("Codes", include_str!("../../nocodb-schema/sample/Codes.csv")),
    ("Rewards", include_str!("../../nocodb-schema/sample/Rewards.csv")),
];

/// The files of the sample: table name and CSV text.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAMPLE.into_iter()
}

/// The rows of the sample.
pub fn tables() -> Tables {
    // The sample is part of the program and checked by a test.
    Tables(SAMPLE.iter().map(|(name, text)| ((*name).to_owned(), from_csv(name, text).unwrap_or_default())).collect())
}

/// Reads one table from CSV with a header line; a row's key is its line.
pub fn from_csv(table: &str, text: &str) -> Result<Vec<Row>, Problem> {
    let problem = |row: String, detail: String| Problem { table: table.to_owned(), row, column: String::new(), detail };
    let mut reader =
        csv::ReaderBuilder::new().flexible(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| problem(String::new(), error.to_string()))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| problem(String::new(), error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line).to_string();
        let cells = header.iter().zip(&record).map(|(column, cell)| (column.trim().to_owned(), cell.to_owned()));
        rows.push(Row { key: line, cells: cells.collect() });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_valid_programme() {
        let programme = crate::programme::check(&tables()).expect("no problems");
        assert_eq!(
            programme.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(),
            ["base", "shoes", "first", "review"]
        );
        assert_eq!(programme.tiers.len(), 3);
        assert_eq!(programme.texts.len(), 8);
    }
}

//! The sample programme, and CSV as a form of the tables.

use super::{
    columns,
    rows::{Problem, Row, Tables},
};

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

/// Reads one table from CSV with a header line; a row's key is its line. A missing column is as if it were empty; one that
/// the table does not have is a problem, since what somebody wrote into it would be ignored.
pub fn from_csv(table: &str, text: &str) -> Result<Vec<Row>, Vec<Problem>> {
    let unreadable = |error: &csv::Error| vec![problem(table, line_of(error), "", told(error))];
    let mut reader =
        csv::ReaderBuilder::new().flexible(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| unreadable(&error))?;
    let header: Vec<String> = header.iter().map(|column| column.trim().to_owned()).collect();
    let wrong = columns::wrong(table, &header);
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(|(column, detail)| problem(table, 1, column, detail)).collect());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line).to_string();
        let cells = header.iter().zip(&record).map(|(column, cell)| (column.clone(), cell.to_owned()));
        rows.push(Row::of(line, cells));
    }
    Ok(rows)
}

/// One table as CSV with all the columns that a person fills.
pub fn to_csv(table: &str, rows: &[Row]) -> String {
    let columns = columns::filled_by_people(table);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells = rows.iter().map(|row| columns.iter().map(|column| row.cell(column).unwrap_or_default()).collect());
    for record in [columns.clone()].into_iter().chain(cells) {
        // Into memory, and every record has as many cells as the first: nothing here can fail.
        if writer.write_record(record).is_err() {
            return String::new();
        }
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn problem(table: &str, line: u64, column: &str, detail: String) -> Problem {
    let row = if line == 0 { String::new() } else { line.to_string() };
    Problem { table: table.to_owned(), row, column: column.to_owned(), detail }
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

fn told(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "has {len} cells, the first line has {expected_len}; a text with a comma needs \"quotes\" around it"
            )
        }
        _ => error.to_string(),
    }
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

    #[test]
    fn what_is_written_as_csv_reads_back_the_same() {
        let written = files().map(|(table, _)| (table, to_csv(table, tables().rows(table))));
        let read = written.map(|(table, text)| (table.to_owned(), from_csv(table, &text).expect(table)));
        assert_eq!(Tables(read.collect()).canonical(), tables().canonical());
    }

    #[test]
    fn a_misspelled_column_is_a_problem_and_a_missing_one_is_not() {
        let told = |table: &str, text: &str| {
            let problems = from_csv(table, text).expect_err("a wrong header");
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            told("Rules", "Rule,Points,Untill\nx,1,2020-01-01\n"),
            ["Rules, row 1, Untill: is no column of Rules; is `Until` meant?"]
        );
        assert_eq!(told("Rules", "rule,Point,Rule name\n").len(), 3, "all of them are told at once");
        assert!(told("Rules", "Rule,amount\n")[0].ends_with("is no column of Rules; is `Per amount` meant?"));
        assert!(told("Tiers", "Tier,Zzzzzzzzzz\n")[0].contains("its columns are Tier, Name, "));
        assert_eq!(told("Rules", "Rule,Points,Points\n"), ["Rules, row 1, Points: is there twice"]);
        assert!(told("Rules", "Rule;Points;Until\nx;1;2020-01-01\n")[0].contains("use commas"));
        assert!(told("Rules", "Rule,Points,\nx,1,2\n")[0].contains("has no name"));
        assert!(told("Rules", "Rule,Points\nx,1,2\n")[0].contains("row 2: has 3 cells, the first line has 2"));
        assert_eq!(from_csv("Rules", "Rule,Points\nx,1\n").map(|rows| rows.len()), Ok(1));
        assert_eq!(from_csv("Rules", "Rule,Points,Status\nx,1,live\n").map(|rows| rows.len()), Ok(1), "from NocoDB");
    }

    #[test]
    fn a_cell_holds_nothing_that_nobody_sees_and_no_nul() {
        let mut all = tables();
        let of = |text: &str| from_csv("Programme", text).expect("rows");
        let written = to_csv("Programme", all.rows("Programme"));
        assert_eq!(of(&written.replacen("EUR", "E\u{200b}UR", 1)), all.rows("Programme"));
        all.0.insert("Programme".to_owned(), of(&written.replacen("EUR", "E\0UR", 1)));
        let problems = crate::programme::check(&all).expect_err("a NUL");
        assert!(problems.iter().any(|problem| problem.column == "Currency" && problem.detail.contains("U+0000")));
    }
}

//! The sample programme, and CSV as a form of the tables.

use super::{
    columns,
    rows::{Problem, Row, Tables},
};
use crate::values::sheet::{self, Sheet, Wrong};

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

/// Reads one table from a file with a header line; a row's key is its line. A missing column is as if it were empty; one that
/// the table does not have is a problem, since what somebody wrote into it would be ignored.
pub fn from_csv(table: &str, file: impl AsRef<[u8]>) -> Result<Vec<Row>, Vec<Problem>> {
    let unreadable = |header: &[String], wrong: Wrong| {
        let column = wrong.cell.and_then(|cell| header.get(cell)).map_or("", String::as_str);
        problem(table, wrong.line, column, wrong.detail)
    };
    let sheet = Sheet::open(file.as_ref(), None).map_err(|wrong| vec![unreadable(&[], wrong)])?;
    let header = sheet.header().to_vec();
    let wrong = columns::wrong(table, &header);
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(|(column, detail)| problem(table, 1, column, detail)).collect());
    }
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for read in sheet {
        let sheet::Row { line, cells } = match read {
            Ok(row) => row,
            Err(wrong) => {
                problems.push(unreadable(&header, wrong));
                continue;
            }
        };
        for (column, _) in header.iter().zip(&cells).filter(|(column, cell)| is_broken(table, column, cell)) {
            let detail = "holds a line break, which it never needs: is a quote missing?".to_owned();
            problems.push(problem(table, line, column, detail));
        }
        rows.push(Row::of(line.to_string(), header.iter().cloned().zip(cells)));
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

/// Whether a short cell reaches over a line, as one does whose quote is missing.
fn is_broken(table: &str, column: &str, cell: &str) -> bool {
    cell.trim().contains(['\n', '\r']) && !columns::is_long(table, column)
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
        let read = written.map(|(table, text)| (table.to_owned(), from_csv(table, text).expect(table)));
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
        assert!(told("Rules", "Rule,,Points\nx,1,2\n")[0].contains("has no name"));
        assert!(told("Rules", "Rule,Points\nx,1,2\n")[0].contains("row 2: has 3 cells, the first line has 2"));
        assert_eq!(from_csv("Rules", b"Rule,Points\nx,1\n").map(|rows| rows.len()), Ok(1));
        assert_eq!(from_csv("Rules", b"Rule,Points,Status\nx,1,live\n").map(|rows| rows.len()), Ok(1), "from NocoDB");
    }

    #[test]
    fn a_file_of_the_programme_is_read_as_any_other_and_a_missing_quote_is_told_by_its_line() {
        let told = |text: &str| from_csv("Rules", text).map_err(|problems| problems[0].to_string());
        assert_eq!(told("Rule;Points;Until\nx;1;2020-01-01\n;;\n").map(|rows| rows.len()), Ok(1));
        let opens = "Rules, row 2, Name: a quote opens here and is never closed";
        assert_eq!(told("Rule,Name,Points\nx,\"Shoes,1\ny,Toys,2\n"), Err(opens.to_owned()));
        let broken = "Rules, row 2, Name: holds a line break, which it never needs: is a quote missing?";
        assert_eq!(told("Rule,Name,Points\nx,\"Shoes,1\ny,Toys\",2\n"), Err(broken.to_owned()));
        let texts = b"Text,Language,Body\nthanks,en,\"two\nlines\"\n";
        assert_eq!(from_csv("Texts", texts).map(|rows| rows.len()), Ok(1), "a text may have lines");
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

//! A table of the programme as a CSV file: read with every problem by its line, and written.
//! A column that the table does not have is a mistake worth telling: what somebody wrote into it would be ignored.

use super::{
    rows::{Problem, Row, Tables},
    settings_rows,
    tables::{self, Columns, Holds, Kind, Table},
};
use crate::values::{
    count::counted,
    near::nearest,
    sheet::{self, Sheet, Wrong},
};

/// Reads one table from a file with a header line; a row's key is its line. A missing column is as if it were empty.
pub fn read(table: &str, file: impl AsRef<[u8]>) -> Result<Vec<Row>, Vec<Problem>> {
    let unreadable = |header: &[String], wrong: Wrong| {
        let column = wrong.cell.and_then(|cell| header.get(cell)).map_or("", String::as_str);
        problem(table, wrong.line, column, wrong.detail)
    };
    let sheet = Sheet::open(file.as_ref(), None).map_err(|wrong| vec![unreadable(&[], wrong)])?;
    let header = sheet.header().to_vec();
    let wrong = wrong_columns(table, &header);
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
    let column = tables::named(table).and_then(|table| table.column(column));
    cell.trim().contains(['\n', '\r']) && column.is_none_or(|column| column.kind != Kind::LongText)
}

/// One table as CSV with all the columns that a person fills; settings are rows of a table of their own.
pub fn write(table: &str, rows: &[Row]) -> String {
    let columns = of_file(table);
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

/// The columns that a file of this table has; those of settings say what they mean, too.
pub fn of_file(table: &str) -> Vec<&'static str> {
    match tables::named(table) {
        Some(table) if table.holds == Holds::Settings => settings_rows::TITLES.map(Columns::title).to_vec(),
        Some(table) => {
            table.shown().filter(|column| !column.written_by_us).map(|column| column.title.as_str()).collect()
        }
        None => Vec::new(),
    }
}

/// Columns that a file has lost, though rows that are live fill them: an empty cell says something else than none. Who means it
/// leaves the column in, empty.
pub fn lost_columns(files: &Tables, live: &Tables) -> Vec<Problem> {
    let mut problems = Vec::new();
    for table in tables::programme() {
        let (rows, live) = (files.rows(&table.title), live.rows(&table.title));
        for column in table.shown().filter(|column| !column.written_by_us) {
            // Every row of a file has its columns.
            let is_there = rows.iter().take(1).any(|row| row.cells.keys().any(|title| names_it(table, title, column)));
            let filled = live.iter().filter(|row| row.cell(&column.title).is_some()).count();
            if !is_there && filled > 0 && !rows.is_empty() {
                let detail = format!(
                    "the column is gone, and in the live version it is filled in {}: put it back, or leave it in empty if that is meant",
                    counted(filled, "row")
                );
                problems.push(problem(&table.title, 1, &column.title, detail));
            }
        }
    }
    problems
}

/// Whether this is the column's title, or was.
fn names_it(table: &Table, title: &str, column: &tables::Column) -> bool {
    table.column(title).is_some_and(|named| named.title == column.title)
}

/// What is wrong with a header, column by column.
fn wrong_columns<'a>(table: &str, header: &'a [String]) -> Vec<(&'a str, String)> {
    let declared = tables::named(table);
    let known: Vec<&str> = declared.into_iter().flat_map(Table::titles).collect();
    let is_known = |column: &String| declared.is_some_and(|table| table.column(column).is_some());
    if header.iter().any(|column| !column.is_empty()) && !header.iter().any(is_known) {
        let first = header.first().map_or("", String::as_str);
        let columns = of_file(table).join(", ");
        return vec![(
            first,
            format!("the first line names the columns, and here it names none of {table}: {columns}"),
        )];
    }
    let wrong = header.iter().enumerate().filter_map(|(at, column)| {
        let detail = if column.is_empty() {
            format!("column {} has no name: name it or delete it", at + 1)
        } else if header[..at].contains(column) {
            "is there twice".to_owned()
        } else if is_known(column) {
            return None;
        } else {
            match nearest(column, &known) {
                Some(near) => format!("is no column of {table}; is `{near}` meant?"),
                None => format!("is no column of {table}; its columns are {}", of_file(table).join(", ")),
            }
        };
        Some((column.as_str(), detail))
    });
    wrong.collect()
}

fn problem(table: &str, line: u64, column: &str, detail: String) -> Problem {
    let row = if line == 0 { String::new() } else { line.to_string() };
    Problem { table: table.to_owned(), row, column: column.to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programme::{check::cells::spoiled, sample};

    #[test]
    fn what_is_written_as_csv_reads_back_the_same() {
        let apart = settings_rows::unfolded(&sample::tables());
        let written = sample::files().map(|(table, _)| (table, write(table, apart.rows(table))));
        let read = written.map(|(table, text)| (table.to_owned(), read(table, text).expect(table)));
        assert_eq!(settings_rows::folded(Tables(read.collect())).canonical(), sample::tables().canonical());
    }

    #[test]
    fn a_misspelled_column_is_a_problem_and_a_missing_one_is_not() {
        let problems_of = |table: &str, text: &str| {
            let problems = read(table, text).expect_err("a wrong header");
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            problems_of("Rules", "Rule,Points,Untill\nx,1,2020-01-01\n"),
            ["Rules, row 1, Untill: is no column of Rules; is `Until` meant?"]
        );
        assert_eq!(problems_of("Rules", "Rule,rule,Point,Rule name\n").len(), 3, "all of them are told at once");
        assert!(problems_of("Rules", "Rule,amount\n")[0].ends_with("is no column of Rules; is `Per amount` meant?"));
        assert!(problems_of("Tiers", "Tier,Zzzzzzzzzz\n")[0].contains("its columns are Tier, Name, "));
        assert_eq!(problems_of("Rules", "Rule,Points,Points\n"), ["Rules, row 1, Points: is there twice"]);
        assert!(problems_of("Rules", "Rule,,Points\nx,1,2\n")[0].contains("has no name"));
        assert!(problems_of("Rules", "Rule,Points\nx,1,2\n")[0].contains("row 2: has 3 cells, the first line has 2"));
        assert_eq!(read("Rules", b"Rule,Points\nx,1\n").map(|rows| rows.len()), Ok(1));
        assert_eq!(read("Rules", b"Rule,Points,Status\nx,1,live\n").map(|rows| rows.len()), Ok(1), "from NocoDB");
    }

    #[test]
    fn a_file_of_the_programme_is_read_as_any_other_and_a_missing_quote_is_told_by_its_line() {
        let outcome = |text: &str| read("Rules", text).map_err(|problems| problems[0].to_string());
        assert_eq!(outcome("Rule;Points;Until\nx;1;2020-01-01\n;;\n").map(|rows| rows.len()), Ok(1));
        let opens = "Rules, row 2, Name: a quote opens here and is never closed";
        assert_eq!(outcome("Rule,Name,Points\nx,\"Shoes,1\ny,Toys,2\n"), Err(opens.to_owned()));
        let broken = "Rules, row 2, Name: holds a line break, which it never needs: is a quote missing?";
        assert_eq!(outcome("Rule,Name,Points\nx,\"Shoes,1\ny,Toys\",2\n"), Err(broken.to_owned()));
        let texts = b"Text,Language,Body\nthanks,en,\"two\nlines\"\n";
        assert_eq!(read("Texts", texts).map(|rows| rows.len()), Ok(1), "a text may have lines");
    }

    #[test]
    fn a_cell_holds_nothing_that_nobody_sees_and_no_nul() {
        let mut all = sample::tables();
        let of = |text: &str| read("Programme", text).expect("rows");
        assert_eq!(of("Name,Currency\nx,E\u{200b}UR\n"), of("Name,Currency\nx,EUR\n"));
        all.0.insert("Programme".to_owned(), of("Name,Currency\nx,E\0UR\n"));
        let problems = spoiled(&all);
        assert!(problems.iter().any(|problem| problem.column == "Currency" && problem.detail.contains("U+0000")));
    }
}

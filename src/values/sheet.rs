//! A file of rows as spreadsheets write it -> its rows, each with its line, or what is wrong there.
//! Guarantees: every record is a row or a problem, none is swallowed by another one's quote. Commas, semicolons or tabs;
//! UTF-8, UTF-16 or Windows-1251; `sep=;`; rows of nothing but separators are no rows.

use super::{
    count::counted,
    encoding,
    typed::{is_shortened, short},
};

/// What is wrong in a line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub line: u64,
    /// The cell, counted from 0, where it is one.
    pub cell: Option<usize>,
    pub detail: String,
}

/// A row, and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub line: u64,
    pub cells: Vec<String>,
}

pub struct Sheet {
    text: String,
    delimiter: char,
    /// Bytes of the text that were read.
    at: usize,
    line: u64,
    header: Vec<String>,
    encoding: &'static str,
    /// The first cell of the last record that a spreadsheet shortened.
    shortened: Option<usize>,
}

impl Sheet {
    /// The file's bytes; `encoding` where the caller knows better than the bytes tell.
    pub fn open(bytes: &[u8], encoding: Option<&str>) -> Result<Self, Wrong> {
        let (text, encoding) = encoding::decode(bytes, encoding)?;
        let mut sheet = Self { text, delimiter: ',', at: 0, line: 1, header: Vec::new(), encoding, shortened: None };
        let first = sheet.text.lines().next().unwrap_or_default();
        let said = first.trim().strip_prefix("sep=").and_then(|said| said.chars().next());
        if said.is_some() {
            sheet.at = sheet.text.find('\n').map_or(sheet.text.len(), |at| at + 1);
            sheet.line = 2;
        }
        let header = sheet.text[sheet.at..].lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        sheet.delimiter = said.unwrap_or_else(|| delimiter(header));
        sheet.header = match sheet.record() {
            Some((_, record)) => record?.into_iter().map(|name| name.trim().to_owned()).collect(),
            None => Vec::new(),
        };
        while sheet.header.len() > 1 && sheet.header.last().is_some_and(String::is_empty) {
            sheet.header.pop(); // a spreadsheet's empty columns
        }
        Ok(sheet)
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What the bytes were read as.
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Bytes read, and bytes in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.at as u64, self.text.len() as u64)
    }

    /// The next record with anything in it, and the line on which it begins.
    fn record(&mut self) -> Option<(u64, Result<Vec<String>, Wrong>)> {
        while self.at < self.text.len() {
            let line = self.line;
            let record = self.cells();
            if record.as_ref().map_or(true, |cells| cells.iter().any(|cell| !cell.trim().is_empty())) {
                return Some((line, record));
            }
        }
        None
    }

    /// The cells up to the end of the line, or of the last one that a quoted cell reaches into.
    fn cells(&mut self) -> Result<Vec<String>, Wrong> {
        let mut cells = Vec::new();
        self.shortened = None;
        loop {
            let cell =
                if self.text[self.at..].starts_with('"') { self.quoted(cells.len()) } else { self.bare(cells.len()) };
            let cell = cell.inspect_err(|_| self.skip_line())?;
            self.shortened = self.shortened.or_else(|| is_shortened(&cell).then_some(cells.len()));
            cells.push(unmarked(&cell));
            let rest = &self.text[self.at..];
            if rest.starts_with(self.delimiter) {
                self.at += self.delimiter.len_utf8();
            } else {
                self.skip_line();
                return Ok(cells);
            }
        }
    }

    /// A cell without quotes around it.
    fn bare(&mut self, number: usize) -> Result<String, Wrong> {
        let rest = &self.text[self.at..];
        let cell = &rest[..rest.find([self.delimiter, '\n', '\r']).unwrap_or(rest.len())];
        self.at += cell.len();
        if cell.contains('"') {
            let detail = format!(
                "`{}` has a quote inside: double it and put quotes around the whole cell, or take it out",
                short(cell)
            );
            return Err(Wrong { line: self.line, cell: Some(number), detail });
        }
        Ok(cell.to_owned())
    }

    /// A cell in quotes; doubled ones are one.
    fn quoted(&mut self, number: usize) -> Result<String, Wrong> {
        let opened = self.line;
        let wrong = |detail: String| Wrong { line: opened, cell: Some(number), detail };
        let mut cell = String::new();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = rest.find('"') else {
                self.at = self.text.len();
                return Err(wrong("a quote opens here and is never closed".to_owned()));
            };
            cell.push_str(&rest[..end]);
            self.line += rest[..end].matches('\n').count() as u64;
            self.at += end + 1;
            if !rest[end + 1..].starts_with('"') {
                break;
            }
            cell.push('"');
            self.at += 1;
        }
        let rest = &self.text[self.at..];
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let next = rest[blanks..].chars().next();
        if next.is_some_and(|next| next != self.delimiter && next != '\n' && next != '\r') {
            let read = short(&cell);
            return Err(wrong(format!(
                "a quote opens here, and after `{read}` and its end comes more text: is one missing?"
            )));
        }
        self.at += blanks;
        Ok(cell.replace("\r\n", "\n"))
    }

    fn skip_line(&mut self) {
        let rest = &self.text[self.at..];
        // Old spreadsheets end lines with a carriage return alone.
        let end =
            rest.find(['\n', '\r']).map_or(rest.len(), |end| end + 1 + usize::from(rest[end..].starts_with("\r\n")));
        self.line += u64::from(end > 0 && rest[..end].ends_with(['\n', '\r']));
        self.at += end;
    }

    /// As many cells as the header has.
    fn fitted(&self, line: u64, mut cells: Vec<String>) -> Result<Row, Wrong> {
        let wanted = self.header.len();
        while cells.len() > wanted && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        let wrong = |cell, detail| Err(Wrong { line, cell, detail });
        if cells.len() != wanted {
            let detail = format!(
                "has {}, the first line has {wanted}; a text with a {} needs \"quotes\" around it",
                counted(cells.len(), "cell"),
                match self.delimiter {
                    ',' => "comma",
                    ';' => "semicolon",
                    _ => "separator",
                }
            );
            return wrong(None, detail);
        }
        if let Some(at) = self.shortened {
            let detail = format!(
                "`{}` was shortened by a spreadsheet, its digits are lost: make the column text there and export it again",
                cells[at].trim()
            );
            return wrong(Some(at), detail);
        }
        Ok(Row { line, cells })
    }
}

impl Iterator for Sheet {
    type Item = Result<Row, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, record) = self.record()?;
        Some(record.and_then(|cells| self.fitted(line, cells)))
    }
}

/// What separates the names of the columns.
fn delimiter(header: &str) -> char {
    let mut quoted = false;
    let outside: String = header
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    let count = |mark: char| outside.matches(mark).count();
    match (count(','), count(';'), count('\t')) {
        (commas, semicolons, tabs) if semicolons > commas && semicolons >= tabs => ';',
        (commas, _, tabs) if tabs > commas => '\t',
        _ => ',',
    }
}

/// Without the marks by which spreadsheets keep a text from becoming a number or a formula: `'00042`, `="00042"`.
fn unmarked(cell: &str) -> String {
    let text = cell.trim();
    let formula = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).filter(|rest| !rest.contains('"'));
    let marked =
        text.strip_prefix('\'').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || "=+-@".contains(c)));
    formula.or(marked).unwrap_or(cell).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<(u64, String), (u64, String)>;

    fn read(text: &str) -> (Vec<String>, Vec<Read>) {
        let sheet = Sheet::open(text.as_bytes(), None).unwrap();
        let header = sheet.header().to_vec();
        let row = |row: Row| (row.line, row.cells.join("|"));
        (header, sheet.map(|read| read.map(row).map_err(|wrong| (wrong.line, wrong.detail))).collect())
    }

    #[test]
    fn an_unclosed_or_stray_quote_is_a_problem_of_the_line_where_it_opens_and_hides_no_row_in_silence() {
        let (_, rows) = read("id,name\n1,\"Anna\n2,Ben\n3,Cem\n");
        assert_eq!(rows, [Err((2, "a quote opens here and is never closed".to_owned()))]);
        let (_, rows) = read("id,name\n1,\"Anna\n2,\"Ben\n3,Cem\n");
        assert_eq!(rows[0].as_ref().unwrap_err().0, 2);
        assert_eq!(rows[1], Ok((4, "3|Cem".to_owned())));
        let (_, rows) = read("id,name\n1,5\" pipe\n2,\"5\"\" pipe\"\n3,\"a\"b\n");
        assert_eq!([rows[0].is_err(), rows[2].is_err()], [true, true]);
        assert_eq!(rows[1], Ok((3, "2|5\" pipe".to_owned())));
    }

    #[test]
    fn dialects_of_spreadsheets_are_read() {
        let two = (["id".to_owned(), "name".to_owned()].to_vec(), vec![Ok((2, "1|Anna".to_owned()))]);
        for text in [
            "id,name\n1,Anna\n",
            "id;name\r\n1;Anna\r\n",
            "id\tname\n1\tAnna",
            "id,name,,\n1,Anna,,\n,,,\n\n",
            "id,name\r1,Anna\r",
        ] {
            assert_eq!(read(text), two, "{text:?}");
        }
        assert_eq!(read("sep=;\nid;name\n1;Anna\n").1, [Ok((3, "1|Anna".to_owned()))]);
        assert_eq!(read("id,name\n1,\"two\r\nlines\"\n2,b\n").1[1], Ok((4, "2|b".to_owned())));
        assert_eq!(
            read("id,name\n1,a,b\n").1[0].as_ref().unwrap_err().1,
            "has 3 cells, the first line has 2; a text with a comma needs \"quotes\" around it"
        );
    }

    #[test]
    fn what_a_spreadsheet_did_to_an_id_is_undone_or_told() {
        let (_, rows) = read("id,name\n7.89E+12,a\n'00042,b\n\"=\"\"00043\"\"\",c\n't Hooft,12E5\n");
        assert!(rows[0].as_ref().unwrap_err().1.starts_with("`7.89E+12` was shortened by a spreadsheet"));
        assert_eq!(
            rows[1..],
            [Ok((3, "00042|b".to_owned())), Ok((4, "00043|c".to_owned())), Ok((5, "'t Hooft|12E5".to_owned()))]
        );
    }
}

//! The table `Texts`.

use super::{distinct, known_language};
use crate::programme::{
    Problem, Row, Text,
    reading::Reading,
    tables::{Columns, columns::columns},
};

columns! {
    pub(in crate::programme) enum Column of "Texts" {
        Text = "Text",
        Language = "Language",
        Subject = "Subject",
        Body = "Body",
        Prompt = "Prompt",
    }
}

/// The table of texts.
pub const TEXTS: &str = Column::TABLE;

pub(super) fn texts(rows: &[Row], problems: &mut Vec<Problem>) -> Vec<Text> {
    let in_language =
        |row: &Row| Some(format!("{} in {}", row.cell(Column::Text)?, row.cell(Column::Language).unwrap_or("en")));
    distinct(Column::Text, rows, in_language, problems);
    let mut texts = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let (id, language) = (row.id(Column::Text), row.text(Column::Language).unwrap_or("en").to_owned());
        known_language(&mut row, Column::Language, &language);
        for column in [Column::Subject, Column::Body] {
            let text = row.required(column);
            if let Err(error) = minijinja::Environment::new().template_from_str(&text) {
                row.problem(column, format!("is not a valid template: {error}"));
            }
        }
        let cell = |column: Column| row.text(column).unwrap_or_default().to_owned();
        texts.push(Text {
            subject: cell(Column::Subject),
            body: cell(Column::Body),
            prompt: cell(Column::Prompt),
            id,
            language,
        });
    }
    texts
}

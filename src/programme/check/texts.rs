//! The table `Texts`.

use super::{known_language, told_apart};
use crate::programme::{Problem, Row, Text, reading::Reading};

pub(super) fn texts(rows: &[Row], problems: &mut Vec<Problem>) -> Vec<Text> {
    let in_language = |row: &Row| Some(format!("{} in {}", row.cell("Text")?, row.cell("Language").unwrap_or("en")));
    told_apart(("Texts", "Text"), rows, in_language, problems);
    let mut texts = Vec::new();
    for row in rows {
        let mut row = Reading::of("Texts", row, problems);
        let (id, language) = (row.id("Text"), row.text("Language").unwrap_or("en").to_owned());
        known_language(&mut row, &language);
        for column in ["Subject", "Body"] {
            let text = row.required(column);
            if let Err(error) = minijinja::Environment::new().template_from_str(&text) {
                row.problem(column, format!("is not a valid template: {error}"));
            }
        }
        let cell = |column: &str| row.text(column).unwrap_or_default().to_owned();
        texts.push(Text { subject: cell("Subject"), body: cell("Body"), prompt: cell("Prompt"), id, language });
    }
    texts
}

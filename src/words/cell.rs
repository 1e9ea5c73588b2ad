//! Texts that a spreadsheet program would take for a formula, and how they are written so that it shows them instead.

use std::borrow::Cow;

/// What strangers typed, as a cell: with an apostrophe before what begins a formula. Whoever reads it back leaves it out.
pub fn inert(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A cell as it was before [`inert`].
pub fn original(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

/// A number with its sign is none.
fn is_formula(text: &str) -> bool {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    begins && !text[1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_shown_and_comes_back_as_it_was() {
        for text in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\")"] {
            assert!(inert(text).starts_with('\''), "{text}");
            assert_eq!(original(&inert(text)), text);
        }
        for text in ["", "Anna", "-50", "+37255551003", "3.50", "'quoted'", "a=b", "-"] {
            assert_eq!(inert(text), text);
            assert_eq!(original(text), text);
        }
    }
}

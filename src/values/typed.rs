//! What people and their spreadsheets type into a cell: numbers, ticks, and what a spreadsheet left there instead of what was meant.
//! Guarantees: a number is read as it is meant, or asked about.

use super::unit::BLANKS;

/// A number as people write it in a file, with a point: `1 234,50` is `1234.50`. Nothing that could be two numbers.
pub fn plain_number(text: &str) -> Result<String, String> {
    let text = text.trim();
    let compact: String = text.chars().filter(|c| !BLANKS.contains(c)).collect();
    let grouped = |whole: &str, mark: char| {
        let mut parts = whole.split(mark);
        let first = parts.next().unwrap_or_default();
        (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3)
    };
    let decimal = match (compact.rfind(','), compact.rfind('.')) {
        (None, _) => {
            return Ok(if compact.matches('.').count() > 1 && grouped(&compact, '.') {
                compact.replace('.', "")
            } else {
                compact
            });
        }
        (Some(_), None) if compact.matches(',').count() > 1 => {
            return if grouped(&compact, ',') { Ok(compact.replace(',', "")) } else { Ok(compact) };
        }
        (Some(comma), Some(point)) => comma.max(point),
        (Some(comma), None) => comma,
    };
    let (whole, fraction) = (&compact[..decimal], &compact[decimal + 1..]);
    let digits = whole.trim_start_matches('-');
    if !compact.contains('.') && fraction.len() == 3 && (1..=3).contains(&digits.len()) && digits != "0" {
        return Err(format!(
            "`{text}` may be {digits}{fraction} or {digits}.{fraction}: write it with a point, or without the comma"
        ));
    }
    Ok(format!("{}.{fraction}", whole.replace([',', '.'], "")))
}

/// What a spreadsheet shows where a formula went wrong, in the languages that are met; and a number that is wider than its column.
const ERRORS: [&str; 20] = [
    "#REF!",
    "#N/A",
    "#NAME?",
    "#VALUE!",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#BEZUG!",
    "#NV",
    "#WERT!",
    "#ZAHL!",
    "#ССЫЛКА!",
    "#Н/Д",
    "#ИМЯ?",
    "#ЗНАЧ!",
    "#ДЕЛ/0!",
    "#ЧИСЛО!",
    "#ПОСИЛАННЯ!",
];

/// What is wrong with a cell that holds what a spreadsheet left there instead of what was meant.
pub fn left_behind(cell: &str) -> Option<String> {
    let text = cell.trim();
    let shown = short(text);
    let is_formula = text.strip_prefix('=').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_alphanumeric() || "$'+-([".contains(c)) && !rest.contains('\n')
    });
    if is_formula {
        return Some(format!("`{shown}` is a spreadsheet's formula: write what it comes to"));
    }
    for part in text.split([',', ';', '\n']).map(str::trim).filter(|part| part.starts_with('#')) {
        if part.chars().count() > 2 && part.chars().all(|c| c == '#') {
            return Some(format!(
                "`{part}` is what a spreadsheet shows of a column that is too narrow: write what was there"
            ));
        }
        if ERRORS.contains(&part) {
            return Some(format!("`{part}` is a spreadsheet's mistake: write what was there"));
        }
    }
    is_shortened(text).then(|| {
        format!("`{shown}` was shortened by a spreadsheet: write all its digits, or make the column text there")
    })
}

/// A tick in a spreadsheet's words or a person's, in the languages of the programme and German.
pub fn tick(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "x" | "on" | "✓" | "✔" | "☑" | "wahr" | "ja" | "jah" | "tõene" | "да"
        | "истина" | "так" | "істина" => Some(true),
        "0" | "false" | "no" | "n" | "off" | "☐" | "falsch" | "nein" | "ei" | "väär" | "нет" | "ложь" | "ні"
        | "хибність" => Some(false),
        _ => None,
    }
}

/// What a number may be besides what it is read as, where so many decimals are possible: three digits after a point are
/// thousands to many, and blanks stand between thousands.
pub fn doubt(text: &str, places: u32) -> Option<String> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let thousands = places < 3 && fraction.len() == 3 && digits(fraction) && digits(whole);
    if thousands && (1..=3).contains(&whole.len()) && !whole.starts_with('0') {
        let few = fraction.trim_end_matches('0');
        let plain = if few.is_empty() { whole.to_owned() } else { format!("{whole}.{few}") };
        return Some(format!(
            "`{text}` may be {whole}{fraction} or {plain}: write it without thousands marks or idle zeros"
        ));
    }
    if let (Some(comma), Some(point)) = (text.rfind(','), text.rfind('.')) {
        let (mark, whole) = (if comma > point { '.' } else { ',' }, &text[..comma.max(point)]);
        let mut parts = whole.split(mark);
        let first = parts.next().unwrap_or_default();
        let grouped =
            (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3) && !whole.contains(other(mark));
        return (!grouped)
            .then(|| format!("`{text}` has points and commas: write the number with one point, like 1234.50"));
    }
    let blank = |c: char| BLANKS.contains(&c);
    let before = text.split(['.', ',']).next().unwrap_or_default();
    let mut parts = before.split(blank);
    let first = parts.next().unwrap_or_default();
    let apart = text.contains(blank) && text.chars().all(|c| blank(c) || c.is_ascii_digit() || ".,".contains(c));
    let grouped = (1..=3).contains(&first.len()) && parts.all(|part| part.len() == 3);
    let in_fraction = text[before.len()..].contains(blank);
    (apart && (!grouped || in_fraction)).then(|| format!("`{text}` has a blank inside: is it one number?"))
}

fn other(mark: char) -> char {
    if mark == '.' { ',' } else { '.' }
}

/// `7.89E+12`: a long number as a spreadsheet shows it. Marked as a text it is one.
pub fn is_shortened(cell: &str) -> bool {
    let Some((digits, power)) = cell.trim().split_once(['E', 'e']) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || ".,".contains(c));
    let power = power.strip_prefix(['+', '-']).unwrap_or_default();
    is_number(digits.trim_start_matches('-')) && power.len() >= 2 && power.bytes().all(|byte| byte.is_ascii_digit())
}

/// The beginning of a text, on one line.
pub(super) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take_while(|c| *c != '\n' && *c != '\r').take(30).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_meant_or_asked_about() {
        let cases = [
            ("12", "12"),
            ("12.50", "12.50"),
            ("12,50", "12.50"),
            ("1 234,50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1,234,567", "1234567"),
            ("0,125", "0.125"),
            ("-12,5", "-12.5"),
            ("1.250", "1.250"),
        ];
        for (text, wanted) in cases {
            assert_eq!(plain_number(text).as_deref(), Ok(wanted), "{text}");
        }
        assert!(plain_number("1,250").unwrap_err().contains("1250 or 1.250"));
        assert_eq!(plain_number("abc").as_deref(), Ok("abc"), "somebody else says what is wrong");
    }

    #[test]
    fn what_could_be_another_number_is_asked_about() {
        for (text, places, said) in [
            ("1.000", 0, "`1.000` may be 1000 or 1"),
            ("12.500", 2, "`12.500` may be 12500 or 12.5"),
            ("2 3", 0, "`2 3` has a blank inside"),
            ("1 00", 2, "`1 00` has a blank inside"),
            ("1000 000", 0, "`1000 000` has a blank inside"),
            ("12. 50", 2, "`12. 50` has a blank inside"),
            ("1.2,3.4", 2, "`1.2,3.4` has points and commas"),
            ("12,34.50", 2, "`12,34.50` has points and commas"),
        ] {
            assert!(doubt(text, places).unwrap_or_default().starts_with(said), "{text}: {:?}", doubt(text, places));
        }
        for (text, places) in [
            ("1.000", 3),
            ("1000", 0),
            ("100.0", 0),
            ("0.125", 2),
            ("1 000", 0),
            ("1 234,50", 2),
            ("12.50", 2),
            ("1.000.000", 0),
            ("1.234,50", 2),
            ("1,234,567.50", 2),
        ] {
            assert_eq!(doubt(text, places), None, "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_left_behind_is_told() {
        for left in [
            "=A1",
            "=SUM(A1:A3)",
            "=-5",
            "='Rules 2'!B4",
            "#REF!",
            "sport, #N/A",
            "#BEZUG!",
            "#####",
            "1,5E+03",
            "7.89E+12",
        ] {
            assert!(left_behind(left).is_some(), "{left}");
        }
        for fine in ["= 5", "#sale", "#1", "sport/shoes", "=", "12E5", "order.total = 5", "#A"] {
            assert_eq!(left_behind(fine), None, "{fine}");
        }
    }

    #[test]
    fn a_tick_is_read_in_the_languages_of_those_who_make_it() {
        assert!(
            ["yes", "WAHR", "jah", "TÕENE", "Да", "так", " x ", "1"].map(tick).iter().all(|tick| *tick == Some(true))
        );
        assert!(["no", "FALSCH", "ei", "VÄÄR", "нет", "Ні", "0"].map(tick).iter().all(|tick| *tick == Some(false)));
        assert_eq!(["maybe", "", "2"].map(tick), [None; 3]);
    }
}

//! A day as people write it in a cell -> the day, or what is wrong. Guarantees: nothing that could be two days is read as one of them.

use jiff::{ToSpan, civil::Date};

/// `2026-12-24`, `24.12.2026`, `2026/12/24`, `2026.12.24`, `20261224`.
pub fn day(text: &str) -> Result<Date, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a date: write it like 2026-12-24");
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        let [year, month, day] = [0..4, 4..6, 6..8].map(|at| text.get(at).and_then(|part| part.parse::<i16>().ok()));
        let compact = year.zip(month).zip(day).filter(|_| text.len() == 8);
        return match compact {
            Some(((year, month), day)) => of(year, month, day).ok_or_else(|| no_such(text)),
            None => Err(serial(text).unwrap_or_else(wrong)),
        };
    }
    let mark = ['-', '.', '/'].into_iter().find(|mark| text.contains(*mark)).ok_or_else(wrong)?;
    let parts: Vec<&str> = text.split(mark).map(str::trim).collect();
    let [first, second, third] = parts[..] else { return Err(wrong()) };
    let number = |part: &str| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i16>().ok().filter(|_| digits)
    };
    let (Some(one), Some(two), Some(three)) = (number(first), number(second), number(third)) else {
        return Err(wrong());
    };
    if first.len() == 4 {
        return of(one, two, three).ok_or_else(|| no_such(text));
    }
    match (third.len(), mark) {
        (4, '.') => of(three, two, one).ok_or_else(|| no_such(text)),
        (4, _) => Err(which(text, [of(three, two, one), of(three, one, two)])),
        _ => {
            let year = 2000 + three % 100;
            Err(which(text, [of(year, two, one), of(2000 + one % 100, two, three)]))
        }
    }
}

fn of(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn no_such(text: &str) -> String {
    format!("there is no day `{text}`: write it like 2026-12-24")
}

fn which(text: &str, meant: [Option<Date>; 2]) -> String {
    match meant {
        [Some(one), Some(other)] if one != other => {
            format!("`{text}` may be {one} or {other}: write it like one of these")
        }
        [Some(one), _] | [None, Some(one)] => format!("`{text}` is not a date: write it like {one}"),
        [None, None] => no_such(text),
    }
}

/// The number by which a spreadsheet keeps a day of this century.
fn serial(text: &str) -> Option<String> {
    let number: i32 = text.parse().ok().filter(|number| (36_526..=73_050).contains(number))?;
    let day = Date::constant(1899, 12, 30).checked_add(number.days()).ok()?;
    Some(format!("`{text}` is a spreadsheet's number of a day: write it like {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_meant_or_asked_about() {
        for (text, expected) in [
            ("2026-12-24", Ok("2026-12-24")),
            ("24.12.2026", Ok("2026-12-24")),
            ("4.2.2026", Ok("2026-02-04")),
            ("24. 12. 2026", Ok("2026-12-24")),
            ("2026/12/24", Ok("2026-12-24")),
            ("2026.12.24", Ok("2026-12-24")),
            ("31.2.2026", Err("there is no day `31.2.2026`")),
            ("2026-02-30", Err("there is no day `2026-02-30`")),
            ("2026-13-01", Err("there is no day")),
            ("4/2/2026", Err("`4/2/2026` may be 2026-02-04 or 2026-04-02")),
            ("12/24/2026", Err("`12/24/2026` is not a date: write it like 2026-12-24")),
            ("24.12.26", Err("`24.12.26` may be 2026-12-24 or 2024-12-26")),
            ("46380", Err("`46380` is a spreadsheet's number of a day: write it like 2026-12-24")),
            ("20261224", Ok("2026-12-24")),
            ("20261324", Err("there is no day `20261324`")),
            ("24. Dezember", Err("`24. Dezember` is not a date: write it like 2026-12-24")),
            ("tomorrow", Err("`tomorrow` is not a date")),
            ("2026-12", Err("`2026-12` is not a date")),
            ("-1-2-3", Err("`-1-2-3` is not a date")),
        ] {
            let read = day(text).map(|day| day.to_string());
            match (&read, expected) {
                (Ok(day), Ok(expected)) => assert_eq!(day, expected, "{text}"),
                (Err(wrong), Err(expected)) => assert!(wrong.starts_with(expected), "{text}: {wrong}"),
                _ => panic!("{text}: {read:?}"),
            }
        }
    }
}

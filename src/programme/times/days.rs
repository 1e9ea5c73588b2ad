//! Days of the week as people write them, in the languages of the programme: `Tuesday`, `Tue`, `Mon-Fri`, `E-R`, `пн-пт`.
//! Guarantees: a beginning that two days share is none of them.

use std::str::FromStr;

use jiff::civil::Weekday;

/// From Monday on: how each day begins, in English, Estonian, Russian and Ukrainian; two letters at least, and more do not matter
/// as long as they go on like this.
const NAMES: [&[&str]; 7] = [
    &["monday", "esmaspäev", "понедельник", "понеділок", "пн"],
    &["tuesday", "teisipäev", "вторник", "вівторок", "вт"],
    &["wednesday", "kolmapäev", "среда", "середа", "ср"],
    &["thursday", "neljapäev", "четверг", "четвер", "чт"],
    &["friday", "reede", "пятница", "пятниця", "пт"],
    &["saturday", "laupäev", "суббота", "субота", "сб"],
    &["sunday", "pühapäev", "воскресенье", "неділя", "вс", "нд"],
];
/// The first letters of the Estonian names. T is also how two English ones begin.
const LETTERS: [&str; 7] = ["e", "t", "k", "n", "r", "l", "p"];
const DASHES: [char; 5] = ['-', '\u{2010}', '\u{2011}', '–', '—'];

/// One day, or from one until another, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days(pub Vec<Weekday>);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no day of the week: Monday, Tuesday ... or Mon, Tue ..., or Mon-Fri");
        let Some((first, last)) = text.split_once(DASHES) else {
            return match days(text, false)[..] {
                [day] => Ok(Self(vec![at(day)])),
                [] => Err(wrong()),
                _ => Err(format!("`{text}` may be several days of the week: write it like Mon, Tue")),
            };
        };
        let is_estonian = [first, last].into_iter().all(|day| LETTERS.contains(&plain(day).as_str()));
        let [first, last] = [first, last].map(|day| days(day, is_estonian));
        let ([first], [last]) = (&first[..], &last[..]) else { return Err(wrong()) };
        if first == last {
            return Err(format!("`{text}` begins and ends on one day: write the day alone"));
        }
        Ok(Self(at(*first).cycle_forward().take((last + 7 - first) % 7 + 1).collect()))
    }
}

fn at(day: usize) -> Weekday {
    Weekday::Monday.cycle_forward().nth(day).unwrap_or(Weekday::Monday)
}

fn plain(text: &str) -> String {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    text.chars().filter(|c| !"'’ʼ`".contains(*c)).collect()
}

/// The days, from 0 for Monday, that a text may be. A letter alone is one where another one shows that it is meant in Estonian.
fn days(text: &str, is_estonian: bool) -> Vec<usize> {
    let wanted = plain(text);
    if let Some(day) = LETTERS.iter().position(|letter| *letter == wanted) {
        return if wanted == "t" && !is_estonian { vec![1, 3] } else { vec![day] };
    }
    let begins = |names: &&[&str]| wanted.chars().count() >= 2 && names.iter().any(|name| name.starts_with(&wanted));
    NAMES.iter().enumerate().filter(|(_, names)| begins(names)).map(|(day, _)| day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_languages_of_those_who_write_them() {
        for (text, expected) in [
            ("Tuesday", "2"),
            ("tue", "2"),
            ("Tu", "2"),
            ("Mon.", "1"),
            ("teisipäev", "2"),
            ("Esmasp", "1"),
            ("R", "5"),
            ("вторник", "2"),
            ("П'ятниця", "5"),
            ("п’ятн", "5"),
            ("нд", "7"),
            ("вс", "7"),
            ("Mon-Fri", "1 2 3 4 5"),
            ("Mon – Fri", "1 2 3 4 5"),
            ("E-R", "1 2 3 4 5"),
            ("T–N", "2 3 4"),
            ("E-T", "1 2"),
            ("пн-пт", "1 2 3 4 5"),
            ("сб–нд", "6 7"),
            ("Fri-Mon", "5 6 7 1"),
            ("Monday-Tu", "1 2"),
        ] {
            let Days(days) = text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
            let days: Vec<String> = days.iter().map(|day| day.to_monday_one_offset().to_string()).collect();
            assert_eq!(days.join(" "), expected, "{text}");
        }
        for (text, said) in [
            ("T", "`T` may be several days of the week: write it like Mon, Tue"),
            ("", "is no day of the week"),
            ("S", "is no day of the week"),
            ("Tuesdayy", "is no day of the week: Monday, Tuesday ... or Mon, Tue ..., or Mon-Fri"),
            ("7", "is no day of the week"),
            ("Mon-T", "is no day of the week"),
            ("Mon-", "is no day of the week"),
            ("Mon-Tue-Wed", "is no day of the week"),
            ("Mon-Monday", "begins and ends on one day"),
        ] {
            let wrong = text.parse::<Days>().unwrap_err();
            assert!(wrong.contains(said), "{text}: {wrong}");
        }
    }
}

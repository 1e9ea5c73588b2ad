//! The units of durations as people write them, in the languages of the programme: `14 days`, `2 nädalat`, `1 год`.

/// Of each unit the words, in small letters.
const WORDS: [(char, &[&str]); 6] = [
    (
        'm',
        &[
            "min",
            "mins",
            "minute",
            "minutes",
            "minut",
            "minutit",
            "мин",
            "минута",
            "минуты",
            "минут",
            "минуту",
            "хв",
            "хвилина",
            "хвилини",
            "хвилин",
            "хвилину",
        ],
    ),
    (
        'h',
        &[
            "h",
            "hr",
            "hrs",
            "hour",
            "hours",
            "tund",
            "tundi",
            "ч",
            "час",
            "часа",
            "часов",
            "год",
            "година",
            "години",
            "годин",
            "годину",
        ],
    ),
    (
        'D',
        &[
            "d",
            "day",
            "days",
            "päev",
            "päeva",
            "paev",
            "paeva",
            "дн",
            "день",
            "дня",
            "дней",
            "сутки",
            "суток",
            "дні",
            "днів",
            "доба",
            "доби",
            "діб",
        ],
    ),
    (
        'W',
        &[
            "w",
            "wk",
            "wks",
            "week",
            "weeks",
            "nädal",
            "nädalat",
            "nadal",
            "nadalat",
            "нед",
            "неделя",
            "недели",
            "недель",
            "неделю",
            "тиж",
            "тиждень",
            "тижні",
            "тижнів",
        ],
    ),
    (
        'M',
        &[
            "mo",
            "mos",
            "mth",
            "mths",
            "month",
            "months",
            "kuu",
            "kuud",
            "мес",
            "месяц",
            "месяца",
            "месяцев",
            "міс",
            "місяць",
            "місяці",
            "місяців",
        ],
    ),
    ('Y', &["y", "yr", "yrs", "year", "years", "aasta", "aastat", "год", "года", "лет", "рік", "роки", "років"]),
];

/// The units that a word may mean; none for a word that is no unit. A small `m` is minutes to
/// some and months to others.
pub(super) fn units(word: &str) -> Vec<char> {
    if word == "M" {
        return vec!['M'];
    }
    let word = word.trim_end_matches('.').to_lowercase();
    if word == "m" {
        return vec!['m', 'M'];
    }
    WORDS.iter().filter(|(_, words)| words.contains(&word.as_str())).map(|(unit, _)| *unit).collect()
}

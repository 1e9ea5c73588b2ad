//! The guard between a model and a member: a text with a number that is not among its facts, with a way out (link, address,
//! phone), in the wrong alphabet or in another language is refused, with the reason. It judges form and numbers, not taste.

use std::collections::BTreeSet;

use super::{
    Facts, NAME,
    facts::GOODS,
    language,
    numbers::{self, Unit},
};
use crate::values::count::counted;

const SUBJECT_CHARS_MAX: usize = 120;
const BODY_CHARS_MAX: usize = 2000;
const PHONE_DIGITS_MIN: usize = 7;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the {0} is empty")]
    Empty(&'static str),
    #[error("the {part} is longer than {}", counted(.max, "character"))]
    TooLong { part: &'static str, max: usize },
    #[error("it holds {0}")]
    Contact(&'static str),
    #[error("it holds markup or an unfilled placeholder: `{0}`")]
    Markup(char),
    #[error("it holds an invisible or control character")]
    Invisible,
    #[error("the number `{0}` is not among the facts")]
    Number(String),
    #[error("it is not written in the alphabet of `{0}`")]
    Alphabet(String),
    #[error("it is not written in the language `{0}`")]
    Language(String),
}

/// Passes a filled text whose only placeholder left is the name.
pub fn check(subject: &str, body: &str, language: &str, facts: &Facts) -> Result<(), Refused> {
    length("subject", subject, SUBJECT_CHARS_MAX)?;
    length("text", body, BODY_CHARS_MAX)?;
    let text = format!("{subject}\n{body}");
    let plain = text.replace(NAME, " ");
    if subject.contains('\n') {
        return Err(Refused::Invisible);
    }
    form(&plain, language)?;
    if !language::speaks(&own_words(&plain, facts), language) {
        return Err(Refused::Language(language.to_owned()));
    }
    check_numbers(&plain, facts)
}

/// Passes what a model made of words of the programme in another language: no number that these do not say.
pub fn translation(original: &str, text: &str, language: &str) -> Result<(), Refused> {
    length("text", text, BODY_CHARS_MAX)?;
    form(text, language)?;
    if !language::speaks(text, language) {
        return Err(Refused::Language(language.to_owned()));
    }
    let known: BTreeSet<_> = numbers::find(original).into_iter().map(|number| (number.value, number.unit)).collect();
    let new = numbers::find(text).into_iter().find(|number| !known.contains(&(number.value.clone(), number.unit)));
    new.map_or(Ok(()), |number| Err(Refused::Number(number.shown)))
}

/// What holds for every text: plain words, no way out, the language's own letters.
fn form(plain: &str, language: &str) -> Result<(), Refused> {
    if plain.chars().any(|c| invisible(c) && c != '\n') {
        return Err(Refused::Invisible);
    }
    if let Some(found) = plain.chars().find(|c| matches!(c, '{' | '}' | '[' | ']' | '<' | '>' | '`')) {
        return Err(Refused::Markup(found));
    }
    if let Some(contact) = contact(plain) {
        return Err(Refused::Contact(contact));
    }
    if in_alphabet(plain, language) { Ok(()) } else { Err(Refused::Alphabet(language.to_owned())) }
}

fn length(part: &'static str, text: &str, max: usize) -> Result<(), Refused> {
    if text.replace(NAME, "").chars().all(|c| !c.is_alphanumeric()) {
        return Err(Refused::Empty(part));
    }
    if text.chars().count() > max { Err(Refused::TooLong { part, max }) } else { Ok(()) }
}

/// Control characters, zero-width and direction marks, tags: nothing a reader would see, much a machine could misread.
fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// What in a text leads to a person or elsewhere: an e-mail address, a link, a phone number.
pub fn contact(text: &str) -> Option<&'static str> {
    if text.contains(['@', '＠']) {
        return Some("an e-mail address");
    }
    let lower = text.to_lowercase();
    if lower.contains("://") || lower.contains("www.") || text.split_whitespace().any(is_domain) {
        return Some("a link");
    }
    is_phone(text).then_some("a phone number")
}

/// `shop.example`, but not `points.Thank` (a missing space) and not `z.B.`.
fn is_domain(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let Some((last, rest)) = labels.split_last() else { return false };
    let label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    !rest.is_empty()
        && rest.iter().all(label)
        && rest.iter().any(|label| label.chars().any(char::is_alphabetic))
        && last.chars().count() >= 2
        && last.chars().all(char::is_lowercase)
}

/// A plus sign and many digits, or digits joined as phone numbers are: `5123-4567`, `(512) 345 67`.
fn is_phone(text: &str) -> bool {
    let is_day = |word: &&str| word.trim_matches(|c: char| !c.is_ascii_digit()).parse::<jiff::civil::Date>().is_ok(); // 2026-12-31 is eight joined digits, too
    let words: Vec<&str> = text.split_whitespace().map(|word| if is_day(&word) { ";" } else { word }).collect();
    let mut digits = 0;
    let (mut international, mut joined) = (false, false);
    for c in words.join(" ").chars() {
        match c {
            '0'..='9' => digits += 1,
            '+' => (digits, international, joined) = (0, true, false),
            '-' | '/' | '(' | ')' => joined |= digits > 0 || c == '(',
            ' ' | '.' => {}
            _ => (digits, international, joined) = (0, false, false),
        }
        if digits >= PHONE_DIGITS_MIN && (international || joined) {
            return true;
        }
    }
    false
}

/// The text without what the facts say, which may be in any language: goods, tiers, names of rules.
fn own_words(text: &str, facts: &Facts) -> String {
    let mut said: Vec<&str> = facts.values().map(String::as_str).filter(|value| value.chars().count() > 3).collect();
    said.sort_by_key(|value| std::cmp::Reverse(value.len()));
    said.iter().fold(text.to_owned(), |text, value| text.replace(value, " "))
}

/// Whether most letters are of the language's script.
fn in_alphabet(text: &str, language: &str) -> bool {
    let cyrillic = text.chars().filter(|c| matches!(c, '\u{400}'..='\u{52f}')).count();
    let latin = text.chars().filter(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}')).count();
    let other = text.chars().filter(|c| c.is_alphabetic()).count() - cyrillic - latin;
    match language {
        "ru" | "uk" => cyrillic > latin + other,
        _ => latin > cyrillic + other,
    }
}

fn check_numbers(text: &str, facts: &Facts) -> Result<(), Refused> {
    let mut known = BTreeSet::new();
    let mut phrases = Vec::new();
    for (name, value) in facts {
        match &numbers::find(value)[..] {
            [] => {}
            [number] if name != GOODS && is_quantity(value) => {
                known.extend(number.value.clone().map(|value| (value, number.unit)));
            }
            _ => phrases.push(value.as_str()), // a product, a date: told word for word or not at all
        }
    }
    phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    let text = phrases.iter().fold(text.to_owned(), |text, phrase| text.replace(phrase, " "));
    let stands = |number: &numbers::Found| {
        number.value.as_ref().is_some_and(|value| known.contains(&(value.clone(), number.unit)))
    };
    match numbers::find(&text).into_iter().find(|number| !stands(number)) {
        Some(number) => Err(Refused::Number(match number.unit {
            Unit::Plain => number.shown,
            Unit::Percent => format!("{} percent", number.shown),
            Unit::Money => format!("{} of money", number.shown),
        })),
        None => Ok(()),
    }
}

/// A value that is a number, with at most a word behind it: `278`, `222 points`, `89.90 EUR`, `-5`.
fn is_quantity(value: &str) -> bool {
    let value = value.trim_start_matches(['-', '−', '€', '$', '£', ' ']);
    value.starts_with(|c: char| c.is_ascii_digit())
}

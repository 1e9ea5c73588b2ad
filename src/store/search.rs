//! Finding a member by what a clerk has in hand: words of name, e-mail and customer number in any order, a phone as it is
//! spoken. Words are kept in a form without case and accents, so that both stores find the same and by an index.
//! The index holds what the person row holds, in the clear, and changes in the same commit.

use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{MemberHit, Store, StoreError};
use crate::values::person::Person;

/// Characters of a word that are kept; a longer one is found by its beginning.
const WORD_CHARS: usize = 40;
/// Words of one member that are kept, and words of one search that are looked at.
const WORDS: usize = 24;
const SOUGHT: usize = 6;
/// Digits that may be the end of a phone number.
const PHONE_END: usize = 4;
/// Before a phone number written from its last digit: who knows only its end, finds it by the beginning of this.
const REVERSED: char = '~';

/// The words by which a member is found.
pub fn words(person: &Person) -> BTreeSet<String> {
    let texts = [&person.name, &person.email, &person.external_id].into_iter().flatten();
    let mut words: BTreeSet<String> = texts.flat_map(|text| folded(text)).collect();
    if let Some(number) = &person.external_id {
        words.insert(clipped(&folded(number).concat()));
    }
    if let Some(phone) = &person.phone {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        words.extend([clipped(&digits), reversed(&digits)]);
    }
    words.into_iter().filter(|word| !word.is_empty()).take(WORDS).collect()
}

/// What a search looks for: a member is found whose words begin with all of one of these sets.
/// `anna 5555 1003` is either the words `anna`, `5555`, `1003`, or `anna` and a phone number that ends with `55551003`.
pub fn sought(text: &str) -> Vec<BTreeSet<String>> {
    let words: Vec<String> = folded(text).into_iter().take(SOUGHT).collect();
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = words.iter().filter(|word| is_number(word)).map(String::as_str).collect();
    let number = digits.trim_start_matches('0');
    let mut all = vec![words.iter().cloned().collect::<BTreeSet<_>>()];
    if number.len() >= PHONE_END {
        let rest = words.iter().filter(|word| !is_number(word)).cloned();
        all.push(rest.chain([reversed(number)]).collect());
    }
    all.retain(|words| !words.is_empty());
    all
}

/// Words in small letters, without accents and signs: `Ganna-Õnne` is `ganna`, `onne`.
fn folded(text: &str) -> Vec<String> {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(clipped).collect()
}

fn clipped(word: &str) -> String {
    word.chars().take(WORD_CHARS).collect()
}

fn reversed(digits: &str) -> String {
    std::iter::once(REVERSED).chain(digits.chars().rev().take(WORD_CHARS)).collect()
}

/// The condition on persons of the brand that is the first parameter, and the other parameters: the ends of ranges of words.
/// `mark` begins the number of a parameter.
pub(super) fn matching(mark: char, sought: &[BTreeSet<String>]) -> (String, Vec<String>) {
    let mut ends = Vec::new();
    let mut range = |prefix: &String| {
        ends.extend([prefix.clone(), format!("{prefix}{}", char::MAX)]);
        let (first, last) = (ends.len(), ends.len() + 1); // the brand comes before them
        format!(
            "SELECT member FROM search_word WHERE brand = {mark}1 AND word >= {mark}{first} AND word < {mark}{last}"
        )
    };
    let each = sought.iter().map(|words| {
        let members = words.iter().map(&mut range).collect::<Vec<_>>().join(" INTERSECT ");
        format!("member IN ({members})")
    });
    let any = each.collect::<Vec<_>>().join(" OR ");
    (if any.is_empty() { any } else { format!("AND ({any})") }, ends)
}

impl Store {
    /// Members by words of name, e-mail, customer number or phone; without a word, the newest. Newest first.
    pub async fn search_members(&self, brand: &str, text: &str, limit: usize) -> Result<Vec<MemberHit>, StoreError> {
        let sought = sought(text);
        if sought.is_empty() && !text.trim().is_empty() {
            return Ok(Vec::new()); // only signs
        }
        match self {
            Self::Sqlite(db) => db.search_members(brand, sought, limit).await,
            Self::Postgres(db) => db.search_members(brand, sought, limit).await,
        }
    }

    /// Makes members findable that came before there was an index: a few at a time. False when all are.
    pub async fn fill_search(&self, at_once: usize) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(db) => db.fill_search(at_once).await,
            Self::Postgres(db) => db.fill_search(at_once).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(person: &Person, text: &str) -> bool {
        let words = words(person);
        let begins = |prefix: &String| words.iter().any(|word| word.starts_with(prefix.as_str()));
        sought(text).iter().any(|sought| sought.iter().all(begins))
    }

    #[test]
    fn a_member_is_found_by_what_a_clerk_has_in_hand() {
        let person = Person {
            name: Some("Ганна Õnne-Mari".to_owned()),
            email: Some("ganna.m@example.com".to_owned()),
            phone: Some("37255551003".to_owned()),
            external_id: Some("C-1042".to_owned()),
            ..Person::default()
        };
        let right = [
            "ганна",
            "ГАННА",
            "onne",
            "Õnne",
            "mari ганна",
            "ganna.m@example.com",
            "example.com",
            "c-1042",
            "C1042",
            "1042",
            "+372 5555 1003",
            "00372 55551003",
            "5555 1003",
            "55551003",
            "1003",
            "(372) 5555-1003",
            "ганна 5555 1003",
        ];
        for text in right {
            assert!(found(&person, text), "{text}");
        }
        for text in ["anna", "hanna", "5555 1004", "c-1043", "mari anna", "003"] {
            assert!(!found(&person, text), "{text}");
        }
    }
}

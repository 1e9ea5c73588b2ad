//! The facts of a text: what may be told to a model and what its numbers are checked against.

use std::collections::BTreeMap;

use super::guard;

/// Fact -> value, as text. Numbers are written in digits; amounts and percentages carry their unit (`89.90 EUR`, `10%`).
pub type Facts = BTreeMap<String, String>;

/// What was bought. Its numbers are parts of product names and count as nothing else.
pub const GOODS: &str = "goods";

const FACTS_MAX: usize = 20;
const VALUE_CHARS_MAX: usize = 200;

/// Why a fact cannot be taken from a caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFact {
    #[error("more than {FACTS_MAX} facts")]
    TooMany,
    #[error("a fact's name has 1 to 40 of a-z, 0-9 and _, and starts with a letter")]
    BadName,
    #[error("`name` is put in by the connector when the message is sent")]
    Personal,
    #[error("is longer than {VALUE_CHARS_MAX} characters")]
    TooLong,
    #[error("holds {0}: personal data may not go to a model")]
    Contact(&'static str),
}

/// Refuses facts that are personal, too many, or not usable in a template; names the first that is wrong.
pub fn check(facts: &Facts) -> Result<(), (String, BadFact)> {
    if facts.len() > FACTS_MAX {
        return Err((String::new(), BadFact::TooMany));
    }
    for (name, value) in facts {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let problem = if name.eq_ignore_ascii_case("name") {
            Some(BadFact::Personal)
        } else if name.len() > 40 || !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fine) {
            Some(BadFact::BadName)
        } else if value.chars().count() > VALUE_CHARS_MAX {
            Some(BadFact::TooLong)
        } else {
            guard::contact(value).map(BadFact::Contact)
        };
        if let Some(problem) = problem {
            return Err((name.clone(), problem));
        }
    }
    Ok(())
}

/// The facts as a text may use them: one line each, without braces; and without those that hold a contact or one of the
/// member's own personal facts, wherever they came from.
#[must_use]
pub fn impersonal(facts: &Facts, personal: &[&str]) -> Facts {
    let personal: Vec<String> = personal.iter().map(|fact| fact.trim().to_lowercase()).collect();
    let tells = |value: &str| {
        let value = value.to_lowercase();
        personal.iter().any(|fact| fact.chars().count() > 1 && whole_words(&value, fact))
    };
    let kept = facts.iter().filter(|(_, value)| guard::contact(value).is_none() && !tells(value));
    kept.map(|(name, value)| (name.clone(), one_line(value))).collect()
}

fn one_line(value: &str) -> String {
    let plain = value.chars().map(|c| if c.is_control() || matches!(c, '{' | '}' | '<' | '>') { ' ' } else { c });
    let plain: String = plain.take(VALUE_CHARS_MAX).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `part` stands in `text` between word borders: `ann` does not stand in `annual`.
fn whole_words(text: &str, part: &str) -> bool {
    let border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(part).any(|(start, found)| {
        border(text[..start].chars().next_back()) && border(text[start + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn personal_facts_are_refused_from_a_caller() {
        for (name, value, expected) in [
            ("points", "278", Ok(())),
            ("amount", "89.90 EUR", Ok(())),
            ("name", "Anna", Err(BadFact::Personal)),
            ("Points", "1", Err(BadFact::BadName)),
            ("2nd", "1", Err(BadFact::BadName)),
            ("contact", "anna@example.com", Err(BadFact::Contact("an e-mail address"))),
            ("contact", "+372 5123 4567", Err(BadFact::Contact("a phone number"))),
            ("page", "https://example.com", Err(BadFact::Contact("a link"))),
        ] {
            assert_eq!(check(&facts(&[(name, value)])).map_err(|(_, problem)| problem), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_members_own_facts_never_reach_a_model() {
        let given =
            facts(&[("points", "278"), ("goods", "Anna's shoes"), ("note", "write to a@b.ee"), ("tier", "Annual {x}")]);
        let kept = impersonal(&given, &["Anna", "c-1042", ""]);
        assert_eq!(kept, facts(&[("points", "278"), ("tier", "Annual x")]));
    }
}

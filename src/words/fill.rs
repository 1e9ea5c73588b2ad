//! Filling: a template with facts, a model's text with facts, and last of all, when it is sent, the name.

use minijinja::{Environment, UndefinedBehavior, Value};

use super::{Facts, NAME, guard};

/// Far more than a text needs, little enough that no row of the spreadsheet can keep the connector busy.
const FUEL: u64 = 20_000;
const NAME_CHARS_MAX: usize = 60;

/// Fills a template of the programme. Facts that are whole numbers can be compared (`{% if points > 100 %}`); one that is
/// missing is an error. The name stays a placeholder.
pub fn template(source: &str, facts: &Facts) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    let known = facts.iter().map(|(name, value)| (name.as_str(), typed(value)));
    let known = Value::from_pairs(known.chain([("name", Value::from(NAME))]));
    let filled = environment.render_str(source, known).map_err(|error| error.to_string())?;
    placeholders(filled.trim(), facts).map_err(|unknown| format!("`{unknown}` is no fact of this text"))
}

fn typed(value: &str) -> Value {
    match value.parse::<i64>() {
        Ok(number) if number.to_string() == value => Value::from(number),
        _ => Value::from(value),
    }
}

/// Puts facts in place of `{{fact}}` and writes the name's placeholder in its one form; the error is one that is unknown.
/// Nothing of it is executed: this is for texts that strangers wrote.
pub fn placeholders(text: &str, facts: &Facts) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        filled.push_str(&rest[..start]);
        let Some(length) = rest[start..].find("}}") else { break };
        let key = rest[start + 2..start + length].trim().to_lowercase();
        match facts.get(&key) {
            _ if key == "name" => filled.push_str(NAME),
            Some(value) => filled.push_str(value),
            None => return Err(key.chars().take(40).collect()),
        }
        rest = &rest[start + length + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Puts the member's name in. Where none is known, the address is left out (`Thank you!`), or a word of the language stands
/// for it.
pub fn personal(text: &str, name: Option<&str>, language: &str) -> String {
    match name.and_then(believable) {
        Some(name) => text.replace(NAME, &name),
        None => nameless(text, language),
    }
}

/// A name as it can stand in a mail: names are typed by strangers, and some are advertisements.
fn believable(name: &str) -> Option<String> {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let fine = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && guard::contact(&name).is_none();
    (fine && !name.contains(['<', '>', '{', '}'])).then_some(name)
}

fn nameless(text: &str, language: &str) -> String {
    let mut filled = text.replace(&format!(", {NAME}"), "");
    let opening = format!("{NAME}, ");
    while let Some(start) = filled.find(&opening) {
        let rest = filled.split_off(start);
        let sentence = filled.trim_end().ends_with(['.', '!', '?', ':']) || filled.trim_end_matches(' ').is_empty();
        let rest = &rest[opening.len()..];
        if sentence || filled.ends_with('\n') {
            let mut letters = rest.chars();
            filled.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            filled.push_str(letters.as_str());
        } else {
            filled.push_str(rest);
        }
    }
    let word = match language {
        "et" => "sõber",
        "ru" => "друг",
        "uk" => "друже",
        _ => "friend",
    };
    filled.replace(NAME, word)
}

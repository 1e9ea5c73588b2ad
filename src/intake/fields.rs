//! Bytes and values -> typed fields, with a JSON pointer to whatever is wrong, written only where something is. Unknown fields
//! are refused; numbers are read exactly from their text; every text passes `values::text`.

use std::fmt::Display;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::values::{
    bounds::{ITEMS, POINTS, TEXT},
    count::counted,
    money::{self, AmountError},
    text,
};

/// One wrong place in a body: a JSON pointer and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    pub pointer: String,
    pub detail: String,
}

impl FieldError {
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("it is not JSON: {0}")]
    Malformed(String),
    /// It can be read but says something impossible.
    #[error("{}", summary(.0))]
    Invalid(Vec<FieldError>),
}

impl Unread {
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::at(pointer, detail)])
    }
}

/// An error of all that was found wrong; nothing when there is none.
pub fn all_valid(errors: Vec<FieldError>) -> Result<(), Unread> {
    if errors.is_empty() { Ok(()) } else { Err(Unread::Invalid(errors)) }
}

/// All that is wrong, in one line.
pub fn summary(errors: &[FieldError]) -> String {
    errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect::<Vec<_>>().join("; ")
}

/// Parses JSON, telling the place of what is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let clean =
        std::str::from_utf8(bytes).ok().filter(|json| bytes.len() <= TEXT.min(ITEMS) && text::is_clean_json(json));
    let Some(json) = clean else {
        return parse_value(serde_json::from_slice(bytes).map_err(|error| refused_syntax(&error))?, "");
    };
    let mut json = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, inner) = (error.path().clone(), error.into_inner());
        refused(&path, &inner)
    })?;
    json.end().map_err(|error| refused_syntax(&error))?;
    Ok(value)
}

/// The items of a JSON array, each to be read by `parse_value`: one that is wrong is refused by itself.
pub fn parse_items(bytes: &[u8]) -> Result<Vec<Value>, Unread> {
    match serde_json::from_slice(bytes).map_err(|error| refused_syntax(&error))? {
        Value::Array(items) => Ok(items),
        _ => Err(Unread::field("", "is no array")),
    }
}

/// The same as `parse` for a value that is parsed already; pointers start with `prefix`.
pub fn parse_value<T: DeserializeOwned>(mut value: Value, prefix: &str) -> Result<T, Unread> {
    text::clean_json(&mut value)
        .map_err(|(pointer, nul)| Unread::field(format!("{prefix}{pointer}"), nul.to_string()))?;
    bounded(&value).map_err(|(pointer, detail)| Unread::field(format!("{prefix}{pointer}"), detail))?;
    read(value, prefix)
}

/// The same for what holds something that is still to be read: only its texts are cleaned.
pub fn parse_outer<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let mut value: Value = serde_json::from_slice(bytes).map_err(|error| refused_syntax(&error))?;
    text::clean_json(&mut value).map_err(|(pointer, nul)| Unread::field(pointer, nul.to_string()))?;
    read(value, "")
}

/// Refuses a text or a list that is longer than any may be, by its pointer.
fn bounded(value: &Value) -> Result<(), (String, String)> {
    let below =
        |step: &dyn std::fmt::Display, (pointer, detail): (String, String)| (format!("/{step}{pointer}"), detail);
    let here = |detail: String| Err((String::new(), detail));
    match value {
        Value::String(text) if text.len() > TEXT && text.chars().count() > TEXT => {
            here(format!("is longer than {TEXT} characters"))
        }
        Value::Array(items) if items.len() > ITEMS => here(format!("has more than {ITEMS} items")),
        Value::Array(items) => (0..)
            .zip(items)
            .try_for_each(|(index, item): (usize, _)| bounded(item).map_err(|found| below(&index, found))),
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| {
            let step = name.replace('~', "~0").replace('/', "~1");
            bounded(field).map_err(|found| below(&step, found))
        }),
        _ => Ok(()),
    }
}

fn read<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T, Unread> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = format!("{prefix}{}", pointer(error.path(), &error.inner().to_string()));
        Unread::field(pointer, plain(&error.inner().to_string()))
    })
}

fn refused(path: &Path, error: &serde_json::Error) -> Unread {
    if error.is_data() {
        let text = error.to_string();
        Unread::field(pointer(path, &text), plain(&text))
    } else {
        refused_syntax(error)
    }
}

fn refused_syntax(error: &serde_json::Error) -> Unread {
    Unread::Malformed(format!("{error}."))
}

/// `lines[0].unit_price` as `/lines/0/unit_price`; an unknown field is pointed at itself, not at what holds it.
fn pointer(path: &Path, error: &str) -> String {
    let segments = path.iter().map(|segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("/{variant}"),
        Segment::Unknown => String::new(),
    });
    let mut pointer: String = segments.collect();
    let named = |start: &str| error.strip_prefix(start).and_then(|rest| rest.split('`').next());
    for start in ["unknown field `", "missing field `"] {
        if let Some(field) = named(start)
            && !pointer.ends_with(&format!("/{field}"))
        {
            pointer = format!("{pointer}/{field}");
        }
    }
    pointer
}

/// The message without the position in the text, which the pointer says better.
fn plain(error: &str) -> String {
    error.split(" at line ").next().unwrap_or(error).to_owned()
}

/// A decimal as a string, or a JSON number read exactly from its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, example = "89.90")]
pub struct Decimal(pub String);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err(serde::de::Error::custom("is neither a decimal string like \"89.90\" nor a number")),
        };
        if text.chars().count() > DECIMAL {
            return Err(serde::de::Error::custom(format!("is longer than {DECIMAL} characters")));
        }
        Ok(Self(text))
    }
}

impl Decimal {
    /// In units of the last of `places` places; a wrong one is noted at `pointer` and counts as zero.
    pub fn units(&self, places: u32, pointer: impl Display, errors: &mut Vec<FieldError>) -> i64 {
        money::parse_units(&self.0, places).unwrap_or_else(|error: AmountError| {
            errors.push(FieldError::at(pointer.to_string(), error.to_string()));
            0
        })
    }
}

/// Points of one event: from `least` to the most that one may move.
pub fn check_points(points: i64, least: i64, pointer: &str, errors: &mut Vec<FieldError>) {
    if !(least..=POINTS).contains(&points) {
        errors.push(FieldError::at(pointer, format!("must lie between {least} and {POINTS}")));
    }
}

/// Characters of an id, and of what else is short.
pub const ID: usize = 200;
/// Characters of what a person gives as a reason.
pub const REASON: usize = 500;
/// Characters of a decimal.
pub const DECIMAL: usize = 200;

/// Whether a text has at most so many characters; noted where not.
pub fn check_length(text: Option<&str>, most: usize, pointer: impl Display, errors: &mut Vec<FieldError>) -> bool {
    let fits = text.is_none_or(|text| text.chars().count() <= most);
    if !fits {
        errors.push(FieldError::at(pointer.to_string(), format!("is longer than {}", counted(most, "character"))));
    }
    fits
}

/// A reason that says something.
pub fn check_reason(reason: &str, errors: &mut Vec<FieldError>) {
    if reason.trim().is_empty() || reason.chars().count() > REASON {
        errors.push(FieldError::at("/reason", format!("must have 1 to {REASON} characters: say why")));
    }
}

/// The same where it stands alone.
pub fn reason(text: &str) -> Result<String, Unread> {
    let mut errors = Vec::new();
    check_reason(text, &mut errors);
    all_valid(errors).map(|()| text.to_owned())
}

/// Ids from outside: short, and without control characters.
pub fn check_id(id: &str, pointer: &str, errors: &mut Vec<FieldError>) {
    if id.is_empty() || id.chars().count() > ID || id.chars().any(char::is_control) {
        errors
            .push(FieldError::at(pointer, format!("must have 1 to {ID} characters, none of them control characters")));
    }
}

/// A text, or a whole number as shops have for ids.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) if !number.to_string().contains(['.', 'e', 'E']) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("is neither a text nor a whole number")),
    }
}

/// The same where it may be left out: `null` and an empty text are nothing.
pub fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        value => text(value).map(Some).map_err(serde::de::Error::custom),
    }
}

/// A side fact in whatever form: whoever uses it says whether it can be used.
pub fn fact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// Anything that may be left out: `null` and an empty text are nothing.
pub fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        value => T::deserialize(value).map(Some).map_err(serde::de::Error::custom),
    }
}

/// A list; `null` is an empty one.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A mark that is set only where it is given; `null` is none.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_default())
}

/// The value of a flag that was left out.
pub fn yes() -> bool {
    true
}

/// The same for one that is `null` or empty.
pub fn yes_or<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(optional(deserializer)?.unwrap_or_else(yes))
}

/// A whole number; `"1"` and `100.0` are meant as one.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(serde::de::Error::custom("is not a whole number like 120")),
    };
    whole_number(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a whole number like 120")))
}

/// `120`, also as `120.0`.
pub fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0'));
    whole.map_or(text, |(digits, _)| digits).parse().ok()
}

/// The same where it may be left out.
pub fn optional_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match optional::<D, Value>(deserializer)? {
        Some(value) => whole(value).map(Some).map_err(serde::de::Error::custom),
        None => Ok(None),
    }
}

/// Why an id stands for nobody, if it does: programs write such texts when they have no id, and templates that were not filled in.
pub fn placeholder(id: &str) -> Option<String> {
    const NOTHING: [&str; 12] =
        ["0", "null", "undefined", "none", "nil", "nan", "n/a", "[object object]", "(null)", "<null>", "false", "\"\""];
    let marked = id.contains(['{', '}', '%', '[']);
    let unfilled = marked && ["{{", "}}", "${", "<%", "%>", "[object "].iter().any(|mark| id.contains(mark));
    let is_structure = id.starts_with(['{', '[']);
    let trimmed = id.trim();
    let is_one = unfilled || is_structure || NOTHING.iter().any(|one| one.eq_ignore_ascii_case(trimmed));
    is_one.then(|| format!("`{id}` is what a program writes when it has no id: send the real one"))
}

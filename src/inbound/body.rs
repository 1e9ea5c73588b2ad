//! Bytes -> a typed body, with a JSON pointer to whatever is wrong. Unknown fields are refused; nesting and size are bounded.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::StatusCode,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::problem::{FieldError, Problem};
use crate::loyalty::money::{self, AmountError};

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = raw(request, state).await?;
        parse(&bytes).map(Self)
    }
}

/// The body's bytes, within the limit.
pub async fn raw<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            "A body may have 1 MiB. Send fewer events at once.",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "unreadable",
            "The body could not be read",
            "The body broke off. Send it again.",
        ),
    })
}

/// Parses JSON, telling the place of what is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, inner) = (error.path().clone(), error.into_inner());
        refused(&path, &inner)
    })?;
    json.end().map_err(|error| refused_syntax(&error))?;
    Ok(value)
}

/// The same for a value that is parsed already; pointers start with `prefix`.
pub fn parse_value<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = format!("{prefix}{}", pointer(error.path(), &error.inner().to_string()));
        Problem::invalid_field(pointer, plain(&error.inner().to_string()))
    })
}

fn refused(path: &Path, error: &serde_json::Error) -> Problem {
    if error.is_data() {
        let text = error.to_string();
        Problem::invalid_field(pointer(path, &text), plain(&text))
    } else {
        refused_syntax(error)
    }
}

fn refused_syntax(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed-json", "The body is not JSON", format!("{error}."))
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
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err(serde::de::Error::custom("is neither a decimal string like \"89.90\" nor a number")),
        }
    }
}

impl Decimal {
    /// In units of the last of `places` places; a wrong one is noted at `pointer` and counts as zero.
    pub fn units(&self, places: u32, pointer: &str, errors: &mut Vec<FieldError>) -> i64 {
        money::parse_units(&self.0, places).unwrap_or_else(|error: AmountError| {
            errors.push(FieldError::at(pointer, error.to_string()));
            0
        })
    }
}

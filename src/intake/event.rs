//! Something that happened -> its canonical event.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    GivenId, Incoming, Reader,
    fields::{FieldError, Unread, optional},
    member::MemberBody,
};
use crate::{loyalty::Fact, programme::PURCHASE};

/// Something that happened.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "rev-77", "type": "review", "member": {"external_id": "c-1042"},
    "occurred_at": "2026-11-21T09:00:00Z", "data": {"rating": 5}}))]
pub struct EventBody {
    /// Counts once per caller, for ever.
    #[schema(value_type = String)]
    pub id: GivenId,
    #[serde(rename = "type")]
    pub kind: String,
    pub member: MemberBody,
    /// Missing = the instant of arrival.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl EventBody {
    pub fn incoming(self, reader: &Reader, brand: &str, source: String, prefix: &str) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let id = self.id.own(&format!("{prefix}/id"), &mut errors);
        if let Some(at) = self.occurred_at {
            reader.happened(at, &format!("{prefix}/occurred_at"), &mut errors);
        }
        let named = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.kind.is_empty() || self.kind.len() > 60 || !self.kind.chars().all(named) {
            let detail = "must have 1 to 60 letters, digits, dots, dashes or underscores";
            errors.push(FieldError::at(format!("{prefix}/type"), detail));
        } else if Fact::is_reserved(&self.kind) || self.kind == PURCHASE {
            let detail = format!("`{}` has a call of its own (orders: PUT /v1/orders/{{order_id}})", self.kind);
            errors.push(FieldError::at(format!("{prefix}/type"), detail));
        }
        let who = self.member.who(reader, &format!("{prefix}/member"), &mut errors);
        if !errors.is_empty() {
            return Err(Unread::Invalid(errors));
        }
        let fact = Fact::Other { kind: self.kind, data: Value::Object(self.data) };
        Ok(Incoming { brand: brand.to_owned(), source, id, occurred_at: self.occurred_at, fact, who })
    }
}

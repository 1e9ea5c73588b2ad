//! Something that happened -> its canonical event; one of a call, or many.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    GivenId, Incoming, Reader,
    fields::{FieldError, Unread, all_valid, optional, parse, parse_items},
    incoming::Origin,
    member::MemberBody,
};
use crate::{
    loyalty::Fact,
    programme::{PURCHASE, is_derived},
    values::count::counted,
};

/// Events of one request.
pub const EVENTS: usize = 1000;

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
    /// Its event, of a kind of call; what is wrong is pointed at below `prefix`.
    pub fn incoming(
        self,
        reader: &Reader,
        (origin, call): (Origin<'_>, &str),
        prefix: &str,
    ) -> Result<Incoming, Unread> {
        let mut errors = Vec::new();
        let id = self.id.strict(&format!("{prefix}/id"), &mut errors);
        if let Some(at) = self.occurred_at {
            reader.happened(at, &format!("{prefix}/occurred_at"), &mut errors);
        }
        let named = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.kind.is_empty() || self.kind.len() > 60 || !self.kind.chars().all(named) {
            let detail = "must have 1 to 60 letters, digits, dots, dashes or underscores";
            errors.push(FieldError::at(format!("{prefix}/type"), detail));
        } else if is_derived(&self.kind) {
            let detail =
                format!("`{}` is what the ledger itself tells of its members: give it another name", self.kind);
            errors.push(FieldError::at(format!("{prefix}/type"), detail));
        } else if Fact::is_reserved(&self.kind) || self.kind == PURCHASE {
            let detail = format!(
                "`{}` has a call of its own (orders: PUT /v1/orders/{{order_id}}, joining: POST /v1/members)",
                self.kind
            );
            errors.push(FieldError::at(format!("{prefix}/type"), detail));
        }
        let who = self.member.who(reader, &format!("{prefix}/member"), &mut errors);
        all_valid(errors)?;
        let fact = Fact::Other { kind: self.kind, data: Value::Object(self.data) };
        Ok(Incoming { occurred_at: self.occurred_at, ..origin.event((call, id), who, fact) })
    }
}

/// What one call reports.
pub enum Reported {
    One(Box<EventBody>),
    /// Each is still to be read, so that one that is wrong is refused by itself.
    Many(Vec<Value>),
}

impl Reported {
    /// Which of the two a body is, its first byte says.
    pub fn read(bytes: &[u8]) -> Result<Self, Unread> {
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'[') {
            return parse(bytes).map(|body| Self::One(Box::new(body)));
        }
        let items = parse_items(bytes)?;
        if items.len() > EVENTS {
            let detail = format!("has {}; at most {EVENTS} at once", counted(items.len(), "event"));
            return Err(Unread::field("", detail));
        }
        Ok(Self::Many(items))
    }
}

//! Webhooks: the envelope of Standard Webhooks, whose `order.*` carries a full order and whose any other type is an event; and
//! Unomi's hint that a profile changed.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    GivenId, Incoming, Reader,
    event::EventBody,
    fields::{Unread, all_valid, parse_value},
    incoming::Origin,
    order::OrderBody,
};

/// The envelope of Standard Webhooks.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Envelope {
    #[serde(rename = "type")]
    pub kind: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub timestamp: Option<Timestamp>,
    #[schema(value_type = Object)]
    pub data: Value,
}

impl Envelope {
    pub fn is_order(&self) -> bool {
        self.kind.starts_with("order.")
    }

    /// The order's number when no member is named: payment systems know only the number.
    pub fn order_of_nobody(&self) -> Option<String> {
        let data = self.data.as_object().filter(|data| data.get("member").is_none_or(Value::is_null))?;
        let id = GivenId::deserialize(data.get("order_id")?).ok()?;
        Some(id.lenient("/data/order_id", &mut Vec::new()))
    }

    /// Names the member.
    pub fn set_member(&mut self, id: &str) {
        if let Some(data) = self.data.as_object_mut() {
            data.insert("member".to_owned(), json!({ "id": id }));
        }
    }

    /// What is kept of one that waits for a person: everything but what it says of the member, whose ids stay.
    pub fn without_personal_facts(&self) -> Value {
        let mut data = self.data.clone();
        if let Some(member) = data.get_mut("member").and_then(Value::as_object_mut) {
            member.retain(|field, _| ["id", "external_id"].contains(&field.as_str()));
        }
        json!({ "type": self.kind, "data": data })
    }

    /// Its event. `id` is the webhook's own.
    pub fn incoming(
        mut self,
        reader: &Reader,
        (origin, call): (Origin<'_>, &str),
        id: &str,
    ) -> Result<Incoming, Unread> {
        let fields = self.data.as_object_mut();
        if self.kind.starts_with("order.") {
            let order_id = fields.and_then(|data| data.remove("order_id")).unwrap_or_default();
            let order_id = GivenId::deserialize(order_id).map_err(|_| {
                Unread::field("/data/order_id", "is missing: the order's number, a text or a whole number")
            })?;
            return parse_value::<OrderBody>(self.data, "/data")?.incoming(reader, origin.brand, &order_id, false);
        }
        let member = fields.and_then(|data| data.remove("member")).unwrap_or_default();
        let body =
            json!({ "id": id, "type": self.kind, "member": member, "occurred_at": self.timestamp, "data": self.data });
        parse_value::<EventBody>(body, "/data")?.incoming(reader, (origin, call), "")
    }
}

/// Whose profile changed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ProfileChanged {
    #[schema(example = "mem_01J9Z7Q0000000000000000000")]
    #[schema(value_type = String)]
    pub profile_id: GivenId,
}

impl ProfileChanged {
    pub fn profile(&self) -> Result<String, Unread> {
        let mut errors = Vec::new();
        let profile = self.profile_id.lenient("/profile_id", &mut errors);
        all_valid(errors).map(|()| profile)
    }
}

//! The event row: what happened and the whole decision, as text, with the member's chain hash. Written once, never changed.

use serde_json::json;

use crate::{
    clock::to_micros,
    loyalty::{Decision, ENGINE, Event, Member, Order, chain, changes, shared::Counts},
};

/// One row of the table `event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub brand: String,
    pub member: String,
    pub version: u64,
    pub source: String,
    pub id: String,
    pub kind: String,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub data: String,
    pub hash: String,
    pub order_id: Option<String>,
    pub given: String,
    pub entries: String,
    pub changes: String,
    pub receipt: String,
    pub chain: String,
}

/// Writes the row and sets the member's new chain head. `hash` is the keyed hash of the content as it was sent.
pub fn record(
    event: &Event,
    before: (&Member, Option<&Order>),
    decision: &mut Decision,
    hash: String,
) -> Result<EventRow, serde_json::Error> {
    let previous = before.0.head.clone();
    let mut given = json!({ "engine": ENGINE, "programme": decision.programme, "now": decision.now });
    if !decision.seen.is_empty() {
        given["shared"] = serde_json::to_value(&decision.seen)?;
    }
    let mut row = EventRow {
        brand: event.brand.clone(),
        member: decision.member.id.clone(),
        version: decision.member.version,
        source: event.source.clone(),
        id: event.id.clone(),
        kind: event.fact.kind().to_owned(),
        occurred_at: to_micros(event.occurred_at),
        recorded_at: to_micros(decision.now),
        data: event.fact.data().to_string(),
        hash,
        order_id: event.fact.order_id().map(str::to_owned),
        given: given.to_string(),
        entries: serde_json::to_string(&decision.entries)?,
        changes: document_changes(before, decision)?,
        receipt: serde_json::to_string(&decision.receipt)?,
        chain: String::new(),
    };
    row.chain = row.link(&previous);
    decision.member.head.clone_from(&row.chain);
    Ok(row)
}

/// Merge patches of both documents. The chain head is left out: it is the hash over this row and stands in the row itself.
fn document_changes(
    (member, order): (&Member, Option<&Order>),
    decision: &Decision,
) -> Result<String, serde_json::Error> {
    let before = if member.version == 0 { serde_json::Value::Null } else { serde_json::to_value(member)? };
    let mut changed = json!({ "member": changes::diff(&before, &serde_json::to_value(&decision.member)?) });
    if let Some(after) = &decision.order {
        let before = order.map(serde_json::to_value).transpose()?.unwrap_or_default();
        changed["order"] = changes::diff(&before, &serde_json::to_value(after)?);
    }
    Ok(changed.to_string())
}

impl EventRow {
    /// The chain hash that follows from the previous one and everything this row says.
    pub fn link(&self, previous: &str) -> String {
        let (version, occurred, recorded) =
            (self.version.to_string(), self.occurred_at.to_string(), self.recorded_at.to_string());
        let parts = [
            self.brand.as_str(),
            &self.member,
            &version,
            &self.source,
            &self.id,
            &self.kind,
            &occurred,
            &recorded,
            &self.data,
            &self.hash,
            &self.given,
            &self.entries,
            &self.changes,
            &self.receipt,
        ];
        chain::link(previous, &parts)
    }
}

/// What a row recorded, as a decision: for rows that are not decided again.
pub fn recorded(row: &EventRow, member: &Member, order: Option<&Order>) -> Result<Decision, serde_json::Error> {
    let changed: serde_json::Value = serde_json::from_str(&row.changes)?;
    let mut document = if member.version == 0 { serde_json::Value::Null } else { serde_json::to_value(member)? };
    changes::apply(&mut document, &changed["member"]);
    document["head"] = serde_json::Value::from(row.chain.as_str());
    let order = match changed.get("order") {
        None => None,
        Some(patch) => {
            let mut document = order.map(serde_json::to_value).transpose()?.unwrap_or_default();
            changes::apply(&mut document, patch);
            Some(serde_json::from_value(document)?)
        }
    };
    let given: serde_json::Value = serde_json::from_str(&row.given)?;
    Ok(Decision {
        member: serde_json::from_value(document)?,
        order,
        entries: serde_json::from_str(&row.entries)?,
        intents: Vec::new(),
        parked: Vec::new(),
        seen: Counts::new(),
        counted: std::collections::BTreeMap::new(),
        receipt: serde_json::from_str(&row.receipt)?,
        programme: u32::try_from(given["programme"].as_u64().unwrap_or(0)).unwrap_or(0),
        now: crate::clock::from_micros(row.recorded_at),
    })
}

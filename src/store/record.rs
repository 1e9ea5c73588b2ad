//! The event row: what happened and the whole decision, as text, with the member's chain hash. Written once, never changed.

use serde_json::{Value, json};

use super::StoredEvent;
use crate::{
    clock::{from_micros, to_micros},
    loyalty::{Decision, ENGINE, Event, Fact, Member, Order, chain, changes, shared::Counts},
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
    // An order that was another member's until now is not in this member's rows: it is kept with them.
    if let Some(order) = before.1.filter(|order| order.member != decision.member.id) {
        given["order"] = serde_json::to_value(order)?;
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
    let mut changed = json!({ "member": member_changes(member, &decision.member)? });
    if let Some(after) = &decision.order {
        let before = order.map(serde_json::to_value).transpose()?.unwrap_or_default();
        changed["order"] = changes::diff(&before, &serde_json::to_value(after)?);
    }
    Ok(changed.to_string())
}

fn member_changes(before: &Member, after: &Member) -> Result<Value, serde_json::Error> {
    if before.version == 0 {
        return serde_json::to_value(after);
    }
    let (old, new) = (before.apart_from(after), after.apart_from(before));
    Ok(changes::diff(&serde_json::to_value(old)?, &serde_json::to_value(new)?))
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

impl EventRow {
    pub fn event(&self) -> Result<Event, serde_json::Error> {
        let fact = Fact::read(&self.kind, serde_json::from_str(&self.data)?)?;
        let (brand, source, id) = (self.brand.clone(), self.source.clone(), self.id.clone());
        Ok(Event { brand, source, id, occurred_at: from_micros(self.occurred_at), fact })
    }

    /// The event with its decision, as readers and destinations get it.
    pub fn stored(&self) -> Result<StoredEvent, serde_json::Error> {
        Ok(StoredEvent {
            version: self.version,
            event: self.event()?,
            member: self.member.clone(),
            recorded_at: from_micros(self.recorded_at),
            entries: serde_json::from_str(&self.entries)?,
            receipt: serde_json::from_str(&self.receipt)?,
        })
    }
}

/// What a row recorded, as a decision: for rows that are not decided again.
pub fn recorded(row: &EventRow, member: &Member, order: Option<&Order>) -> Result<Decision, serde_json::Error> {
    let changed: Value = serde_json::from_str(&row.changes)?;
    let mut document = if member.version == 0 { Value::Null } else { serde_json::to_value(member)? };
    changes::apply(&mut document, &changed["member"]);
    document["head"] = Value::from(row.chain.as_str());
    let order = match changed.get("order") {
        None => None,
        Some(patch) => {
            let mut document = order.map(serde_json::to_value).transpose()?.unwrap_or_default();
            changes::apply(&mut document, patch);
            Some(serde_json::from_value(document)?)
        }
    };
    let given: Value = serde_json::from_str(&row.given)?;
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
        now: from_micros(row.recorded_at),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{Timestamp, civil::date};
    use proptest::{collection::btree_map, prelude::*};

    use super::*;
    use crate::loyalty::{lot::Lot, member::Qualified, order::Award};

    fn lots() -> impl Strategy<Value = BTreeMap<String, Lot>> {
        let award =
            Award { lot: String::new(), points: 0, wanted: None, forgiven: 0, available_from: None, expires_at: None };
        let lot = move |points| Lot { points, ..Lot::open(&award) };
        btree_map("[a-d]", (1..3_i64).prop_map(lot), 0..4)
    }

    fn member() -> impl Strategy<Value = Member> {
        let day = (1..4_i8).prop_map(|day| date(2026, 11, day));
        let days = btree_map(day, (0..3_i64).prop_map(|points| Qualified { points, ..Qualified::default() }), 0..3);
        (lots(), days, btree_map("[a-b]", "[a-b]", 0..2)).prop_map(|(lots, qualifying, segments)| {
            let member = Member::new("mem_1".to_owned(), Timestamp::UNIX_EPOCH);
            Member { version: 1, lots, qualifying, segments: segments.into_keys().collect(), ..member }
        })
    }

    proptest! {
        #[test]
        fn leaving_out_what_two_documents_share_changes_no_byte_of_a_row(before in member(), after in member()) {
            let whole = changes::diff(&serde_json::to_value(&before).unwrap(), &serde_json::to_value(&after).unwrap());
            prop_assert_eq!(member_changes(&before, &after).unwrap().to_string(), whole.to_string());
        }
    }
}

//! The event row: what happened and the whole decision, as text, with the member's chain hash. Written once, never changed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{StoredEvent, batch::OrderRow};
use crate::{
    clock::{from_micros, to_micros},
    loyalty::{Decision, ENGINE, Event, Fact, Member, Order, chain, entry::Entry, receipt::Kept, shared::Counts},
    values::{
        changes::{self, Document, Patch},
        json,
    },
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

/// What stands in the row beside the documents; its fields are in the order of their names.
#[derive(Serialize)]
struct Given<'a> {
    engine: u32,
    now: Timestamp,
    /// An order that was another member's until now is not in this member's rows: it is kept with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a Order>,
    programme: u32,
    #[serde(skip_serializing_if = "Counts::is_empty")]
    shared: &'a Counts,
}

/// What a decision leaves in its row.
pub struct Columns {
    pub given: String,
    pub entries: String,
    pub changes: String,
    pub receipt: String,
}

impl Columns {
    pub fn of(before: (&Member, Option<&Order>), decision: &Decision) -> Result<Self, serde_json::Error> {
        let given = Given {
            engine: ENGINE,
            now: decision.now,
            order: before.1.filter(|order| order.member != decision.member.id),
            programme: decision.programme,
            shared: &decision.seen,
        };
        Ok(Self {
            given: json::sorted(&serde_json::to_string(&given)?),
            entries: serde_json::to_string(&decision.entries)?,
            changes: document_changes(before, (&decision.member, decision.order.as_ref()))?,
            receipt: serde_json::to_string(&decision.receipt.kept())?,
        })
    }
}

/// Writes the row and sets the member's new chain head; and the order's row, if it has a new one. `hash` is the keyed hash of
/// the content as it was sent, `data` the canonical content.
pub fn record(
    event: &Event,
    before: (&Member, Option<&Order>),
    decision: &mut Decision,
    (hash, data): (String, String),
) -> Result<(EventRow, Option<OrderRow>), serde_json::Error> {
    let Columns { given, entries, changes, receipt } = Columns::of(before, decision)?;
    let mut row = EventRow {
        brand: event.brand.clone(),
        member: decision.member.id.clone(),
        version: decision.member.version,
        source: event.source.clone(),
        id: event.id.clone(),
        kind: event.fact.kind().to_owned(),
        occurred_at: to_micros(event.occurred_at),
        recorded_at: to_micros(decision.now),
        data,
        hash,
        order_id: event.fact.order_id().map(str::to_owned),
        given,
        entries,
        changes,
        receipt,
        chain: String::new(),
    };
    row.chain = row.link(&before.0.head);
    decision.member.head.clone_from(&row.chain);
    let order = decision.order.as_ref().map(|order| OrderRow::of(&event.brand, order)).transpose()?;
    Ok((row, order))
}

/// Merge patches of both documents. The chain head is left out: it is the hash over this row and stands in the row itself.
fn document_changes(
    (member, order): (&Member, Option<&Order>),
    (member_after, order_after): (&Member, Option<&Order>),
) -> Result<String, serde_json::Error> {
    let known = (member.version > 0).then_some(member);
    let member = document_change(known, member_after)?;
    let Some(after) = order_after else { return Ok(format!("{{\"member\":{member}}}")) };
    Ok(format!("{{\"member\":{member},\"order\":{}}}", document_change(order, after)?))
}

/// A new document is its own change.
fn document_change<D: Document>(before: Option<&D>, after: &D) -> Result<String, serde_json::Error> {
    let Some(before) = before else { return Ok(json::sorted(&serde_json::to_string(after)?)) };
    let patch = Patch::between(before, after)?;
    debug_assert_eq!(patch, json::diff(&serde_json::to_string(before)?, &serde_json::to_string(after)?));
    Ok(patch)
}

impl OrderRow {
    fn of(brand: &str, order: &Order) -> Result<Self, serde_json::Error> {
        Ok(Self {
            brand: brand.to_owned(),
            id: order.id.clone(),
            member: order.member.clone(),
            version: order.version,
            document: serde_json::to_string(order)?,
        })
    }
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
        let fact = Fact::parse(&self.kind, &self.data)?;
        let (brand, source, id) = (self.brand.clone(), self.source.clone(), self.id.clone());
        Ok(Event { brand, source, id, occurred_at: from_micros(self.occurred_at), fact })
    }

    /// The event with its decision, as readers and destinations get it.
    pub fn stored(&self) -> Result<StoredEvent, serde_json::Error> {
        let (member, recorded_at) = (self.member.clone(), from_micros(self.recorded_at));
        StoredEvent::read(self.event()?, (member, self.version), recorded_at, (&self.entries, &self.receipt))
    }
}

/// What a row made of its order; `None` when it left it alone.
pub fn order_recorded(row: &EventRow, order: Option<&Order>) -> Result<Option<Order>, serde_json::Error> {
    order_changed(&serde_json::from_str(&row.changes)?, order)
}

fn order_changed(changed: &Value, order: Option<&Order>) -> Result<Option<Order>, serde_json::Error> {
    let Some(patch) = changed.get("order") else { return Ok(None) };
    let mut document = order.map(serde_json::to_value).transpose()?.unwrap_or_default();
    changes::apply(&mut document, patch);
    serde_json::from_value(document).map(Some)
}

/// What a row recorded, as a decision: for rows that are not decided again.
pub fn recorded(row: &EventRow, member: &Member, order: Option<&Order>) -> Result<Decision, serde_json::Error> {
    let changed: Value = serde_json::from_str(&row.changes)?;
    let mut document = if member.version == 0 { Value::Null } else { serde_json::to_value(member)? };
    changes::apply(&mut document, &changed["member"]);
    document["head"] = Value::from(row.chain.as_str());
    let order = order_changed(&changed, order)?;
    let given: Value = serde_json::from_str(&row.given)?;
    let entries: Vec<Entry> = serde_json::from_str(&row.entries)?;
    let kept: Kept<'_> = serde_json::from_str(&row.receipt)?;
    Ok(Decision {
        member: serde_json::from_value(document)?,
        order,
        receipt: kept.whole((&row.id, row.order_id.as_deref()), &row.member, &entries),
        entries,
        intents: Vec::new(),
        parked: Vec::new(),
        seen: Counts::new(),
        counted: std::collections::BTreeMap::new(),
        programme: u32::try_from(given["programme"].as_u64().unwrap_or(0)).unwrap_or(0),
        now: from_micros(row.recorded_at),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{Timestamp, civil::date};
    use proptest::{
        collection::{btree_map, btree_set},
        prelude::*,
    };
    use serde_json::json;

    use super::*;
    use crate::loyalty::{
        lot::Lot,
        order::Award,
        qualifying::{Moment, Qualified},
    };

    fn lots() -> impl Strategy<Value = BTreeMap<String, Lot>> {
        let award = Award {
            lot: String::new(),
            points: 0,
            wanted: None,
            allowed: None,
            forgiven: 0,
            available_from: None,
            expires_at: None,
        };
        let lot = move |points| Lot { points, ..Lot::open(&award) };
        btree_map("[a-d]", (1..3_i64).prop_map(lot), 0..4)
    }

    fn member() -> impl Strategy<Value = Member> {
        let day = (1..9_i8).prop_map(|day| match day {
            1..=3 => Moment::Day(date(2026, 11, day)),
            4..=6 => Moment::At(Timestamp::from_second(1_793_491_200 + 40_000 * i64::from(day - 4)).unwrap()),
            _ => Moment::Month(date(2026, 3 + day, 1)),
        });
        let days = btree_map(day, (0..3_i64).prop_map(|points| Qualified { points, ..Qualified::default() }), 0..3);
        let absorbed = btree_map("[a-b]", btree_set("[a-b]", 0..2), 0..3);
        (lots(), days, absorbed, btree_set("[a-b]", 0..2)).prop_map(|(lots, qualifying, absorbed, segments)| {
            let member = Member::new("mem_1".to_owned(), Timestamp::UNIX_EPOCH);
            Member { version: 1, lots, qualifying, absorbed, segments, ..member }
        })
    }

    fn order() -> impl Strategy<Value = Order> {
        let award = |points| Award {
            lot: format!("lot-{points}"),
            points,
            wanted: (points == 2).then_some(5),
            allowed: (points == 1).then_some(2),
            forgiven: points / 2,
            available_from: None,
            expires_at: None,
        };
        let awards = btree_map("[a-c]", (1..3_i64).prop_map(award), 0..3);
        let lines = 0..3_usize;
        (awards, lines, 0..2_i64, proptest::option::of("[a-b]"), proptest::bool::ANY).prop_map(
            |(awards, lines, number, text, held)| {
                let line = json!({"id": "1", "quantity": 1000, "unit_price": 500 + number});
                let state = json!({"status": "paid", "revision": number, "placed_at": "2026-11-20T10:00:00Z",
                    "currency": "EUR", "channel": text, "lines": vec![line; lines], "shipping": number});
                let document = json!({"id": "1", "member": "mem_1", "version": 1, "state": state, "programme": 1,
                    "pins": {"tier": "member"}, "hold": text, "held": held, "awards": awards});
                serde_json::from_value(document).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn two_orders_differ_in_what_their_texts_differ_in(before in order(), after in order()) {
            let whole = json::diff(&serde_json::to_string(&before).unwrap(), &serde_json::to_string(&after).unwrap());
            prop_assert_eq!(document_change(Some(&before), &after).unwrap(), whole);
        }

        #[test]
        fn two_members_differ_in_what_their_texts_differ_in(before in member(), after in member()) {
            let whole = json::diff(&serde_json::to_string(&before).unwrap(), &serde_json::to_string(&after).unwrap());
            prop_assert_eq!(document_change(Some(&before), &after).unwrap(), whole);
        }
    }
}

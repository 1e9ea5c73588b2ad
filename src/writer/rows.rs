//! A decision as the row that records it: canonical text, the differences of the documents, the member's next chain hash.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    clock::to_micros,
    loyalty::{
        Decision, ENGINE, Event, Member, Order,
        counters::{Counts, Shared},
        mechanics::segments::TopSpend,
    },
    store::{EventRow, batch::OrderRow},
    values::{
        changes::{Document, Patch},
        json,
    },
};

/// Number of the form that rows are written in: names and order of fields, what a receipt says in its row. Another form raises it
/// and leaves ENGINE alone: rows of any form are decided again, and held against what they mean.
pub const FORM: u32 = 1;

/// What stands in the row beside the documents; its fields are in the order of their names.
#[derive(Serialize)]
struct Given<'a> {
    engine: u32,
    /// Absent in the first form.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<u32>,
    now: Timestamp,
    /// An order that was another member's until now is not in this member's rows: it is kept with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a Order>,
    programme: u32,
    #[serde(skip_serializing_if = "Counts::is_empty")]
    shared: &'a Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_spend: Option<&'a TopSpend>,
    /// What it added to counts that are far from their limits, without looking at them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unseen: BTreeMap<&'a str, i64>,
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
            form: (FORM > 1).then_some(FORM),
            now: decision.now,
            order: before.1.filter(|order| order.member != decision.member.id),
            programme: decision.programme,
            shared: &decision.seen,
            top_spend: decision.top_spend.as_ref(),
            unseen: Shared::unseen(&decision.counted),
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
    let order = order_after.map(|after| document_change(order, after)).transpose()?;
    let order = order.as_ref().map_or(["", ""], |order| [",\"order\":", order]).concat();
    Ok(["{\"member\":", &member, &order, "}"].concat())
}

fn document_change<D: Document>(before: Option<&D>, after: &D) -> Result<String, serde_json::Error> {
    let patch = Patch::between(before, after)?;
    debug_assert_eq!(patch, by_texts(before, after)?);
    Ok(patch)
}

/// The same from the texts of the documents.
fn by_texts<D: Document>(before: Option<&D>, after: &D) -> Result<String, serde_json::Error> {
    let after = serde_json::to_string(after)?;
    Ok(match before {
        Some(before) => json::diff(&serde_json::to_string(before)?, &after),
        None => json::sorted(&after),
    })
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};
    use proptest::{
        collection::{btree_map, btree_set},
        prelude::*,
    };
    use serde_json::json;

    use super::*;
    use crate::{
        loyalty::{
            Fact,
            lot::Lot,
            order::Award,
            qualifying::{Moment, Qualified},
        },
        values::copy_on_write::CopyOnWrite,
    };

    fn lots() -> impl Strategy<Value = BTreeMap<String, CopyOnWrite<Lot>>> {
        let award = Award {
            lot: String::new(),
            points: 0,
            wanted: None,
            allowed: None,
            forgiven: 0,
            available_from: None,
            expires_at: None,
        };
        let lot = move |points| Lot { points, ..Lot::open(&award) }.into();
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
            prop_assert_eq!(Patch::between(Some(&before), &after).unwrap(), by_texts(Some(&before), &after).unwrap());
            prop_assert_eq!(Patch::between(None, &after).unwrap(), by_texts(None, &after).unwrap());
        }

        #[test]
        fn two_members_differ_in_what_their_texts_differ_in(before in member(), after in member()) {
            prop_assert_eq!(Patch::between(Some(&before), &after).unwrap(), by_texts(Some(&before), &after).unwrap());
            prop_assert_eq!(Patch::between(None, &after).unwrap(), by_texts(None, &after).unwrap());
        }

        #[test]
        fn the_content_of_an_order_is_its_state_with_its_id_keys_in_order(order in order()) {
            let fact = Fact::Order { order_id: order.id.clone(), state: Box::new(order.state) };
            prop_assert_eq!(fact.text().unwrap(), json::sorted(&fact.data().to_string()));
        }
    }
}

//! The event row: what happened and the whole decision, as text, with the member's chain hash. Written once, never changed.

use serde_json::Value;

use super::{StoredEvent, batch::OrderRow};
use crate::{
    clock::from_micros,
    loyalty::{Decision, Event, Fact, Member, Order, chain, counters::Counts, entry::Entry, receipt::StoredReceipt},
    values::changes,
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

impl OrderRow {
    pub fn of(brand: &str, order: &Order) -> Result<Self, serde_json::Error> {
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
    let kept: StoredReceipt<'_> = serde_json::from_str(&row.receipt)?;
    Ok(Decision {
        member: serde_json::from_value(document)?,
        order,
        receipt: kept.whole((&row.id, row.order_id.as_deref()), &row.member, &entries),
        entries,
        intents: Vec::new(),
        parked: Vec::new(),
        settled: None,
        seen: Counts::new(),
        counted: std::collections::BTreeMap::new(),
        top_spend: serde_json::from_value(given["top_spend"].clone()).unwrap_or_default(),
        programme: u32::try_from(given["programme"].as_u64().unwrap_or(0)).unwrap_or(0),
        now: from_micros(row.recorded_at),
    })
}

//! What Unomi gets of a member: the events it has not got, and the member's properties as absolute values. Pure.
//! Guarantees: the same books give the same event ids, so what is sent again overwrites; no name, e-mail, phone, free text or
//! delicate goods leave; nothing here can break Unomi's patterns, because one event that does spoils its whole request.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    loyalty::{
        Fact, Member, OrderState,
        entry::{Account, Entry, TextId},
        order::Status,
    },
    programme::product::Products,
    store::{FeedItem, StoredEvent},
    values::id::derived,
};

/// The profile property that tells which version of the books the others were taken from.
pub const VERSION_PROPERTY: &str = "loyaltyVersion";
/// The profile property that names the segments of ours.
pub const SEGMENTS_PROPERTY: &str = "loyaltySegments";
const LONGEST: usize = 200;
const CATEGORIES: usize = 50;

/// One event for Unomi.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its id there: 36 characters, the same for the same thing.
    pub key: String,
    pub kind: &'static str,
    pub at: Timestamp,
    pub properties: Value,
}

impl Part {
    /// The event as it is sent.
    pub fn event(&self, scope: &str) -> Value {
        json!({
            "itemId": self.key, "eventType": self.kind, "scope": scope, "source": source(scope),
            "properties": self.properties,
        })
    }

    /// Whether this is the member's state and not something that happened.
    pub fn is_state(&self) -> bool {
        self.kind == "updateProperties"
    }

    /// What a person needs to send it again.
    pub fn content(&self) -> Value {
        json!({ "kind": self.kind, "at": self.at, "properties": self.properties })
    }

    /// Back from [`Part::content`].
    pub fn from_content(key: &str, content: &Value) -> Option<Self> {
        let kind = KINDS.into_iter().find(|kind| content["kind"] == *kind)?;
        let at = content["at"].as_str()?.parse().ok()?;
        Some(Self { key: key.to_owned(), kind, at, properties: content["properties"].clone() })
    }
}

/// The event types that are ours; each has a schema.
pub const KINDS: [&str; 4] = ["purchase", "loyaltyPointsChanged", "loyaltyTierChanged", "loyaltyEvent"];

/// Who says it.
pub fn source(scope: &str) -> Value {
    json!({ "itemId": "loyalty-connector", "itemType": "service", "scope": scope })
}

/// Everything that is due for one member, in order, the state last. `tier_before` is the tier before the first
/// event; joining is no change of tier.
pub fn parts(item: &FeedItem, tier_before: Option<&str>, products: &Products) -> Vec<Part> {
    let member = item.member.id.as_str();
    let purchases = purchases(&item.events);
    let mut parts = Vec::new();
    let mut tier = tier_before;
    for event in &item.events {
        if let Some(state) = purchases.get(&event.version) {
            parts.push(purchase(member, event, (state, products)));
        }
        parts.extend(points(member, event));
        let tier_after = event.receipt.tier.id.as_str();
        if let Some(before) = tier.filter(|before| *before != tier_after) {
            parts.push(tier_changed(member, event, before));
        }
        tier = Some(tier_after);
        parts.extend(other(member, event));
    }
    let at = parts.last().map_or(item.member.recorded_at, |part| part.at);
    parts.push(state(&item.member, at));
    parts
}

/// The member's properties, absolute: sending an older state after a newer one is the only thing that could go wrong, and
/// one request at a time per profile rules it out.
pub fn state(member: &Member, at: Timestamp) -> Part {
    let progress = &member.progress;
    let mut update = Map::new();
    let mut set = |name: &str, value: Value| update.insert(format!("properties.{name}"), value);
    set("loyaltyPoints", member.balance.spendable().into());
    set("loyaltyTier", clip(&member.tier.id).into());
    let segments: Vec<_> = member.placed.segments.iter().map(|segment| clip(segment)).collect();
    set(SEGMENTS_PROPERTY, json!(segments));
    set("loyaltyEarned", progress.earned.into());
    set("loyaltyOrders", progress.orders.into());
    set("loyaltySpentMinor", progress.spent.into());
    set("joinedAt", instant(member.joined_at).into());
    if let Some(at) = member.last_activity_at {
        set("lastActivityAt", instant(at).into());
    }
    set(VERSION_PROPERTY, member.version.into());
    Part { key: derived("sta", &[&member.id]), kind: "updateProperties", at, properties: json!({ "update": update }) }
}

/// The newest state of each order that is or was a purchase, by the version of its event.
fn purchases(events: &[StoredEvent]) -> BTreeMap<u64, &OrderState> {
    let mut newest: BTreeMap<&str, (u64, &OrderState)> = BTreeMap::new();
    let mut bought: BTreeSet<&str> = BTreeSet::new();
    for event in events {
        let Fact::Order { order_id, state } = &event.event.fact else { continue };
        if event.receipt.note.is_some() {
            continue; // an older state that changed nothing
        }
        newest.insert(order_id, (event.version, state));
        // An order that ends before it was paid is no purchase; one that loses its points was one.
        if state.status.earns() || event.receipt.points.change != 0 {
            bought.insert(order_id);
        }
    }
    newest
        .into_iter()
        .filter(|(id, (_, state))| bought.contains(id) && state.status != Status::Placed)
        .map(|(_, newest)| newest)
        .collect()
}

fn purchase(member: &str, event: &StoredEvent, (state, products): (&OrderState, &Products)) -> Part {
    let order = event.event.fact.order_id().unwrap_or_default();
    let shown = state.lines.iter().filter(|line| !products.delicate(line.sku.as_deref()));
    let categories: BTreeSet<String> = shown.filter_map(|line| line.category.as_deref()).map(clip).collect();
    let total = if state.status.earns() { state.total() } else { 0 };
    let mut properties = json!({
        "orderId": clip(order),
        "status": state.status.name(),
        "totalMinor": total,
        "currency": state.currency,
        "categories": categories.into_iter().take(CATEGORIES).collect::<Vec<_>>(),
        "lineCount": state.lines.len(),
        "pointsEarned": event.receipt.points.earned,
        "occurredAt": instant(state.placed_at),
    });
    if let Some(channel) = &state.channel {
        properties["channel"] = clip(channel).into();
    }
    Part { key: derived("pur", &[member, order]), kind: "purchase", at: state.placed_at, properties }
}

/// One event for each reason that changed what the member can spend.
fn points(member: &str, event: &StoredEvent) -> Vec<Part> {
    let mut reasons: Vec<TextId> = Vec::new();
    for entry in &event.entries {
        if !reasons.contains(&entry.text_id) {
            reasons.push(entry.text_id);
        }
    }
    reasons.into_iter().filter_map(|reason| points_for(member, event, reason)).collect()
}

fn points_for(member: &str, event: &StoredEvent, reason: TextId) -> Option<Part> {
    let entries = || event.entries.iter().filter(|entry| entry.text_id == reason);
    let points: i64 = entries().map(spendable_change).sum();
    let at = entries().map(|entry| entry.effective_at).max()?;
    if points == 0 {
        return None; // moved between accounts, nothing to spend came or went
    }
    let name = serde_json::to_value(reason).unwrap_or_default();
    let rules: BTreeSet<String> = entries().filter_map(|entry| entry.rule.as_deref()).map(clip).collect();
    let mut properties = json!({
        "points": points,
        "balanceAfter": event.receipt.balance.spendable(),
        "reason": name,
        "rules": rules.into_iter().take(CATEGORIES).collect::<Vec<_>>(),
        "occurredAt": instant(at),
    });
    if let Some(order) = entries().find_map(|entry| entry.order.as_deref()) {
        properties["orderId"] = clip(order).into();
    }
    let key = derived("pts", &[member, &event.version.to_string(), name.as_str().unwrap_or_default()]);
    Some(Part { key, kind: "loyaltyPointsChanged", at, properties })
}

/// Signed change of available less debt: repaying a debt moves points between the two and changes nothing in the sum.
fn spendable_change(entry: &Entry) -> i64 {
    let counts = |account| i64::from(matches!(account, Account::Available | Account::Debt)) * entry.points;
    counts(entry.credit) - counts(entry.debit)
}

fn tier_changed(member: &str, event: &StoredEvent, before: &str) -> Part {
    let after = clip(&event.receipt.tier.id);
    let properties = json!({ "fromTier": clip(before), "toTier": after, "occurredAt": instant(event.recorded_at) });
    let key = derived("tie", &[member, &event.version.to_string()]);
    Part { key, kind: "loyaltyTierChanged", at: event.recorded_at, properties }
}

/// Whatever else the member did: only that it happened, never what was said.
fn other(member: &str, event: &StoredEvent) -> Option<Part> {
    let Fact::Other { kind, .. } = &event.event.fact else { return None };
    let at = event.event.occurred_at;
    let key = derived("evt", &[member, &event.version.to_string()]);
    Some(Part { key, kind: "loyaltyEvent", at, properties: json!({ "kind": clip(kind), "occurredAt": instant(at) }) })
}

/// Whole seconds: what Unomi's date conditions read.
fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

//! What is written of a member, a lot, an order, an entry, an event. Pure.

use serde_json::{Map, Value, json};

use crate::{
    clock::from_micros,
    loyalty::{
        Member, Order,
        event::Carried,
        lot::Lot,
        order::{Line, Revision},
    },
    store::{EventRow, audit::Stream},
    values::{
        exchange::Exchange,
        money::{format_units, places},
        person::Person,
    },
};

/// The columns by which a row finds its member elsewhere: what it said of itself that finds it here, too (an address that two
/// share is one's alone). A member of whom nothing else is known is found by the id it has here, as a visitor.
pub fn who(stream: &Stream, finds: impl Fn(&str, &str) -> bool) -> Map<String, Value> {
    let Person { external_id, phone, email, .. } = &stream.person;
    let its = |kind: &str, value: &Option<String>| value.clone().filter(|value| finds(kind, value));
    object(json!({
        "visitor": stream.member, "external_id": its("external_id", external_id),
        "phone": its("phone", phone), "email": its("email", email),
    }))
}

pub fn member(who: &Map<String, Value>, person: &Person, member: &Member) -> Value {
    let progress = &member.progress;
    with(
        who,
        json!({
            "name": person.name, "language": person.language.as_ref().or(member.language.as_ref()),
            "birthday": person.birthday, "joined_at": member.joined_at,
            "tier": member.tier.until.map(|_| &member.tier.id), "tier_until": member.tier.until,
            "stands_in": member.tier.id,
            "available": member.balance.available, "pending": member.balance.pending,
            "reserved": member.balance.reserved, "debt": member.balance.debt,
            "orders": progress.orders, "spent": progress.spent, "earned": progress.earned,
            "restricted": member.restricted, "test": member.test, "segments": member.segments,
            "last_activity_at": member.last_activity_at, "version": member.version, "carried": Carried::of(member),
        }),
    )
}

/// Every point a member has, waits for, has set aside, or owes: each row says where it stands.
pub fn lots(who: &Map<String, Value>, member: &Member) -> Vec<Value> {
    let mut rows: Vec<Value> = member
        .lots
        .iter()
        .map(|(id, lot)| {
            let state = if lot.pending { "pending" } else { "available" };
            with(who, merged(lot_columns(id, lot), json!({ "state": state })))
        })
        .collect();
    for (hold, held) in &member.holds {
        for (number, part) in held.parts.iter().enumerate() {
            let id = format!("{}/{hold}/{number}", part.id);
            let columns = json!({ "state": "reserved", "hold": hold, "hold_expires_at": held.expires_at, "order_id": held.order });
            rows.push(with(who, merged(lot_columns(&id, &part.lot), columns)));
        }
    }
    if member.balance.debt > 0 {
        let id = format!("debt/{}", member.id);
        rows.push(with(who, json!({ "id": id, "points": member.balance.debt, "state": "debt" })));
    }
    rows
}

fn lot_columns(id: &str, lot: &Lot) -> Value {
    let nothing_known = lot.pending && !lot.held && lot.awaits.is_none() && lot.available_from.is_none();
    json!({
        "id": id, "points": lot.points, "available_from": lot.available_from, "expires_at": lot.expires_at,
        "expires_after": lot.expires.map(|span| span.to_string()),
        // Elsewhere no order brings the day of its delivery: an event of this type does.
        "awaits": lot.awaits.clone().or_else(|| nothing_known.then(|| "delivery".to_owned())),
        "held": lot.held.then_some("true"), "goods": goods(&lot.goods),
        "rule": lot.rule, "of_order": lot.order,
    })
}

/// Paths separated by a bar, or a list in JSON when one of them holds a bar.
fn goods(paths: &[String]) -> Option<String> {
    let list = || Value::from(paths.to_vec()).to_string();
    let text =
        if paths.iter().any(|path| path.contains('|') || path.trim() != path) { list() } else { paths.join("|") };
    Some(text).filter(|_| !paths.is_empty())
}

pub fn order(who: &Map<String, Value>, order: &Order) -> Value {
    let state = &order.state;
    let places = places(&state.currency);
    let money = |units| format_units(units, places);
    let (revision, updated_at) = match state.revision {
        Revision::Number(number) => (Some(number), None),
        Revision::UpdatedAt(at) => (None, Some(at)),
    };
    let some = |units: i64| (units > 0).then(|| money(units));
    // What an older engine kept is exchanged already, line by line: what came back may be a cent more than what there was.
    let exchange = state.exchange.as_ref().filter(|exchange| exchange.currency == state.currency);
    let refunded = state.refunded.min(state.lines.iter().map(Line::left).sum());
    let on_top = state.lines.iter().any(|line| line.tax_on_top);
    let line = |line: &Line| {
        let row = json!({
            "id": line.id, "sku": line.sku, "name": line.name, "category": line.category,
            "quantity": format_units(line.quantity.0, 3), "unit_price": money(line.unit_price),
            "discount": money(line.discount), "returned": format_units(line.returned.0, 3),
            "by_points": some(line.by_points), "by_codes": some(line.by_codes), "tax": some(line.tax),
            "gift_card": line.gift_card.then_some(true), "replaces": line.replaces,
        });
        Value::Object(object(row).into_iter().filter(|(_, value)| !value.is_null()).collect())
    };
    with(
        who,
        json!({
            "order_id": order.id, "status": state.status.name(), "revision": revision, "updated_at": updated_at,
            "placed_at": state.placed_at, "paid_at": order.paid_at, "fulfilled_at": order.fulfilled_at,
            "currency": state.currency, "total": money(state.total()), "lines": state.lines.iter().map(line).collect::<Vec<_>>(),
            "exchange_rate": exchange.map(Exchange::decimal), "exchange_source": exchange.map(|exchange| &exchange.source),
            "prices_include_tax": on_top.then_some("false"), "shipping_refunded": some(state.shipping_refunded),
            "fees": some(state.fees), "shipping": money(state.shipping), "refunded": money(refunded), "channel": state.channel,
            "store": state.store, "programme": order.programme, "counted": "true",
            "earned": order.history.map_or_else(|| order.earned(), |earned| earned - order.history_back),
        }),
    )
}

/// The row as it is kept; what is encrypted stays so.
pub fn event(row: &EventRow) -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
    json!({
        "brand": row.brand, "member": row.member, "version": row.version, "source": row.source, "id": row.id,
        "type": row.kind, "occurred_at": from_micros(row.occurred_at), "recorded_at": from_micros(row.recorded_at),
        "order_id": row.order_id, "data": read(&row.data), "given": read(&row.given), "entries": read(&row.entries),
        "changes": read(&row.changes), "receipt": read(&row.receipt), "hash": row.hash, "chain": row.chain,
    })
}

pub fn entries(row: &EventRow) -> Result<Vec<Value>, serde_json::Error> {
    let about = object(json!({ "brand": row.brand, "member": row.member, "version": row.version }));
    let entries: Vec<Value> = serde_json::from_str(&row.entries)?;
    Ok(entries.into_iter().map(|entry| with(&about, entry)).collect())
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

fn merged(first: Value, second: Value) -> Value {
    with(&object(first), second)
}

fn with(first: &Map<String, Value>, second: Value) -> Value {
    let mut all = first.clone();
    all.extend(object(second));
    Value::Object(all)
}

//! What each mechanic is promised, seen on the toy.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    loyalty::{
        Decision, Event, Fact, OrderState, Programmes, Version,
        counters::Counts,
        decide,
        event::{Absorbed, Merged, TimePassed},
        intent::Action,
        mechanics,
        order::Revision,
        programme::check,
        quote::{Request, quote},
        seen_at,
    },
    programme::sample,
    values::{
        changes::{Patch, apply},
        json::diff,
    },
};

struct Shop {
    programmes: Programmes,
    members: Vec<Member>,
    order: Option<Order>,
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-{text}:00:00Z").parse().unwrap()
}

impl Shop {
    fn new() -> Self {
        let programme = Arc::new(check(&sample::tables()).unwrap());
        let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme };
        let members = ["mem_1", "mem_2"].map(|id| Member::new(id.to_owned(), at("01T00"))).to_vec();
        Self { programmes: Programmes::new(vec![version]).unwrap(), members, order: None }
    }

    fn decide(&mut self, member: usize, fact: Fact, now: &str) -> Decision {
        let before = &self.members[member];
        let event = Event { brand: "main".into(), source: "shop".into(), id: now.into(), occurred_at: at(now), fact };
        let order = self.order.as_ref();
        let decision = decide(&self.programmes, before, order, &event, &Counts::new(), at(now)).unwrap();
        replays(before, &decision.member);
        self.members[member] = decision.member.clone();
        self.order = decision.order.clone();
        decision
    }

    fn buys(&mut self, id: &str, status: &str, now: &str) -> Decision {
        self.order = self.order.take().filter(|order| order.id == id);
        let state = state(status, now);
        self.decide(0, Fact::Order { order_id: id.to_owned(), state: Box::new(state) }, now)
    }

    fn programme(&self) -> &Programme {
        &self.programmes.live().programme
    }
}

fn state(status: &str, now: &str) -> OrderState {
    let line = json!({ "id": "1", "quantity": 1000, "unit_price": 5000 });
    let state = json!({ "status": status, "revision": at(now).as_second(), "placed_at": at("20T10"), "currency": "EUR", "lines": [line] });
    serde_json::from_value(state).unwrap()
}

/// What the row would record leads from the one document to the other, in the order of names.
fn replays(before: &Member, after: &Member) {
    let text = |member: &Member| serde_json::to_string(member).unwrap();
    let patch = Patch::between(Some(before), after).unwrap();
    assert_eq!(patch, diff(&text(before), &text(after)));
    let mut document = serde_json::to_value(before).unwrap();
    apply(&mut document, &serde_json::from_str(&patch).unwrap());
    assert_eq!(serde_json::from_value::<Member>(document).unwrap(), *after);
}

#[test]
fn an_order_leaves_its_mark_and_takes_it_along_when_it_ends() {
    let mut shop = Shop::new();
    assert!(!serde_json::to_string(&shop.members[0]).unwrap().contains("toy"), "what says nothing is not written");
    shop.buys("toy-1", "paid", "20T10");
    assert_eq!(shop.members[0].toy.given.len(), 1);
    shop.buys("toy-1", "cancelled", "20T11");
    assert_eq!(shop.members[0].toy.given.len(), 0);
}

#[test]
fn what_falls_due_happens_at_its_instant_in_decisions_and_in_reads() {
    let mut shop = Shop::new();
    shop.buys("toy-1", "paid", "20T10");
    assert_eq!(shop.members[0].next_due_at.map(|next| next <= at("27T10")), Some(true));
    let seen = seen_at(shop.programme(), &shop.members[0], at("28T00"));
    assert_eq!((seen.toy.given.len(), seen.toy.ended_at), (0, Some(at("27T10"))));
    shop.order = None;
    shop.decide(0, Fact::TimePassed(TimePassed { due_at: at("27T10") }), "28T12");
    assert_eq!(shop.members[0].toy, seen.toy);
}

#[test]
fn what_it_keeps_goes_where_its_member_goes() {
    let mut shop = Shop::new();
    shop.buys("toy-1", "paid", "20T10");
    shop.order = None;
    let merged = Fact::Merged(Merged { into: "mem_2".to_owned(), reason: "one".to_owned() });
    let decision = shop.decide(0, merged, "20T12");
    assert_eq!(shop.members[0].toy, Stamps::default());
    let Some(Action::Follow { data, .. }) = decision.intents.into_iter().map(|intent| intent.action).find(follows)
    else {
        panic!("nothing follows")
    };
    let absorbed: Absorbed = serde_json::from_value(data).unwrap();
    shop.decide(1, Fact::Absorbed(Box::new(absorbed)), "20T13");
    assert_eq!(shop.members[1].toy.given.len(), 1);
}

fn follows(action: &Action) -> bool {
    matches!(action, Action::Follow { .. })
}

#[test]
fn a_cart_a_check_and_whoever_looks_see_it() {
    let mut shop = Shop::new();
    for (id, now) in [("toy-1", "20T10"), ("toy-2", "20T11"), ("toy-3", "20T12")] {
        shop.buys(id, "paid", now);
    }
    let (member, cart) = (&shop.members[0], state("paid", "20T13"));
    let cart = OrderState { revision: Revision::Number(1), ..cart };
    let quote = quote(&shop.programmes, member, &Request { state: &cart, points: None }, &Counts::new(), at("20T13"));
    assert!(quote.unwrap().free_shipping);
    assert_eq!(mechanics::used(member, &[]).counts["toys"], 3);
    let shown = mechanics::show(shop.programme(), member);
    assert_eq!(shown.tables.iter().map(|table| (table.title, table.rows.len())).collect::<Vec<_>>(), [("Stamps", 3)]);
    shop.decide(
        0,
        serde_json::from_value(json!({ "left": true, "reason": "x" })).map(Fact::Membership).unwrap(),
        "20T14",
    );
    assert_eq!(shop.members[0].toy, Stamps::default());
}

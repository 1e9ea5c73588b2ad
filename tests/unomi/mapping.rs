//! What a member's books become for Unomi, to the letter.

use std::sync::Arc;

use loyalty_connector::{
    loyalty::{Event, Fact, Member, Order, OrderState, Programmes, Version, decide, event::Adjustment},
    programme,
    programme::product::UNKNOWN,
    store::{FeedItem, StoredEvent},
    systems::unomi::{
        batch::{Batch, gather},
        fits_id, map,
    },
    values::person::Person,
};
use serde_json::{Value, json};

struct Books {
    programmes: Programmes,
    member: Member,
    order: Option<Order>,
    events: Vec<StoredEvent>,
}

impl Books {
    fn new() -> Self {
        let programme = Arc::new(loyalty_connector::loyalty::programme::check(&programme::sample::tables()).unwrap());
        let effective_at = "2026-01-01T00:00:00Z".parse().unwrap();
        let programmes = Programmes::new(vec![Version { number: 1, effective_at, programme }]).unwrap();
        let member = Member::new("mem_1".to_owned(), "2026-11-20T12:00:00Z".parse().unwrap());
        Self { programmes, member, order: None, events: Vec::new() }
    }

    fn post(&mut self, id: &str, at: &str, fact: Fact) {
        let at = at.parse().unwrap();
        let (brand, source, id) = ("main".to_owned(), "shop".to_owned(), id.to_owned());
        let event = Event { brand, source, id, occurred_at: at, fact };
        let decision =
            decide(&self.programmes, &self.member, self.order.as_ref(), &event, &std::collections::BTreeMap::new(), at)
                .unwrap();
        self.member = decision.member;
        self.order = decision.order.or(self.order.take());
        self.events.push(StoredEvent {
            version: self.member.version,
            event,
            member: self.member.id.clone(),
            recorded_at: decision.now,
            entries: decision.entries,
            receipt: decision.receipt,
        });
    }

    fn order(&mut self, id: &str, at: &str, status: &str, revision: i64, change: impl FnOnce(&mut Value)) {
        let mut state = json!({
            "status": status, "revision": revision, "placed_at": "2026-11-20T10:00:00Z", "currency": "EUR", "channel": "web",
            "lines": [{"id": "1", "category": "sport/shoes/running", "quantity": 1000, "unit_price": 8990}],
        });
        change(&mut state);
        let state: OrderState = serde_json::from_value(state).unwrap();
        if self.order.as_ref().is_some_and(|known| known.id != id) {
            self.order = None;
        }
        self.post(&format!("{id}@{revision}"), at, Fact::Order { order_id: id.to_owned(), state: Box::new(state) });
    }

    /// What is due after `sent` versions.
    fn batches(&self, sent: usize) -> Vec<Batch> {
        let item = FeedItem {
            brand: "main".to_owned(),
            member: self.member.clone(),
            person: Person::default(),
            events: self.events[sent..].to_vec(),
            version_due: self.member.version,
            attempt: 1,
        };
        let tier_before = sent.checked_sub(1).map(|last| self.events[last].receipt.tier.id.clone());
        gather(map::parts(&item, tier_before.as_deref(), &UNKNOWN))
    }

    fn kinds(&self, sent: usize) -> Vec<Vec<&'static str>> {
        self.batches(sent).iter().map(|batch| batch.parts.iter().map(|part| part.kind).collect()).collect()
    }
}

fn shown(batches: &[Batch]) -> String {
    let events = |batch: &Batch| batch.parts.iter().map(|part| part.event("loyalty")).collect::<Vec<_>>();
    let shown: Value = batches.iter().map(|batch| json!({"at": batch.at, "events": events(batch)})).collect();
    serde_json::to_string_pretty(&shown).unwrap()
}

#[test]
fn a_purchase_and_its_return() {
    let mut books = Books::new();
    books.order("1001", "2026-11-20T12:00:00Z", "paid", 1, |_| {});
    insta::assert_snapshot!("a_purchase", shown(&books.batches(0)));
    books.order("1001", "2026-11-21T12:00:00Z", "paid", 2, |state| state["lines"][0]["returned"] = 1000.into());
    insta::assert_snapshot!("its_return", shown(&books.batches(1)));
}

#[test]
fn a_tier_change_an_adjustment_and_another_event() {
    let mut books = Books::new();
    books.order("1", "2026-11-20T12:00:00Z", "paid", 1, |_| {});
    books.order("2", "2026-11-20T13:00:00Z", "paid", 1, |state| state["lines"][0]["unit_price"] = 200_000.into());
    let adjustment = Adjustment { points: -50, reason: "secret words".to_owned(), ..Adjustment::default() };
    books.post("adj", "2026-11-20T14:00:00Z", Fact::Adjustment(adjustment));
    let data = json!({"text": "secret words"});
    books.post("rev", "2026-11-20T15:00:00Z", Fact::Other { kind: "review".to_owned(), data });
    let shown = shown(&books.batches(1));
    assert!(!shown.contains("secret words"));
    insta::assert_snapshot!("tier_adjustment_review", shown);
}

#[test]
fn only_the_newest_state_of_an_order_is_sent_and_only_of_a_purchase() {
    let mut books = Books::new();
    books.order("1", "2026-11-20T12:00:00Z", "placed", 1, |_| {});
    assert_eq!(books.kinds(0), [["updateProperties"]], "not paid yet");
    books.order("1", "2026-11-20T12:01:00Z", "paid", 3, |_| {});
    books.order("1", "2026-11-20T12:02:00Z", "paid", 2, |_| {}); // late, changes nothing
    assert_eq!(books.kinds(2), [["updateProperties"]], "an older state overwrites nothing");
    books.order("1", "2026-11-20T12:03:00Z", "fulfilled", 4, |_| {});
    let all = books.batches(0);
    let purchases: Vec<_> = all.iter().flat_map(|b| &b.parts).filter(|part| part.kind == "purchase").collect();
    assert_eq!(purchases.len(), 1);
    assert_eq!(purchases[0].properties["status"], "fulfilled");
    books.order("1", "2026-11-20T12:04:00Z", "cancelled", 5, |_| {});
    let cancelled = books.batches(4);
    let part = cancelled[0].parts.iter().find(|part| part.kind == "purchase").unwrap();
    assert_eq!((&part.properties["status"], &part.properties["totalMinor"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(part.key, purchases[0].key, "it overwrites the purchase");
}

#[test]
fn whatever_a_shop_calls_things_every_id_fits() {
    let mut books = Books::new();
    let odd = "№ 1:/+ü".repeat(20);
    books.order(&odd, "2026-11-20T12:00:00Z", "paid", 1, |state| {
        state["lines"][0]["category"] = "ü".repeat(900).into();
        state["channel"] = "x".repeat(900).into();
    });
    for part in books.batches(0).iter().flat_map(|batch| &batch.parts) {
        assert!(fits_id(&part.key), "{}", part.key);
        assert!(part.properties.to_string().chars().count() < 1_000);
    }
}

#[test]
fn events_of_different_days_share_no_request() {
    let mut books = Books::new();
    for (n, day) in ["2026-11-18", "2026-11-18", "2026-11-19"].into_iter().enumerate() {
        books.post(
            &n.to_string(),
            &format!("{day}T10:00:00Z"),
            Fact::Other { kind: "visit".to_owned(), data: json!({}) },
        );
    }
    assert_eq!(books.kinds(0), [vec!["loyaltyEvent"; 2], vec!["loyaltyEvent", "updateProperties"]]);
}

#[test]
fn a_parked_part_can_be_sent_again_as_it_was() {
    let mut books = Books::new();
    books.order("1001", "2026-11-20T12:00:00Z", "paid", 1, |_| {});
    for part in books.batches(0).iter().flat_map(|batch| &batch.parts).filter(|part| !part.is_state()) {
        assert_eq!(map::Part::from_content(&part.key, &part.content()).as_ref(), Some(part));
    }
}

//! Both stores with the same history in them, event by event, and the books that say what they must answer.

use std::sync::Arc;

use jiff::Timestamp;
use loyalty_connector::{
    loyalty::{
        Decision, Fact, OrderState, Programmes, Version,
        event::{Adjustment, Joined},
        order::{Line, Revision, Status},
        programme::check,
    },
    programme::sample,
    store::{
        Batch, Shared, Store,
        batch::{FeedMark, IdentityRow, OrderRow, PersonRow},
        find::Loaded,
        search,
    },
    values::{money::Quantity, person::Person},
};

use crate::{
    books::{Ledger, at},
    support::{Folder, postgres},
};

pub const BRAND: &str = "main";
/// Another brand, whose rows look like the first one's.
pub const OTHER: &str = "other";
/// What databases and JSON have trouble with, where a text does not refuse it.
pub const ODD: &str = "O'Neill \"x\" \\ %_ $1 ?1 \u{1F381} Õ Ганна {tier}:\n\t";
pub const KEY: [u8; 32] = [7; 32];

/// An empty store of each kind that this machine has.
pub async fn both(test: &str) -> Vec<(&'static str, Store, Folder)> {
    let folder = Folder::new();
    let mut stores = vec![("SQLite", Store::open(&folder.0).unwrap(), folder)];
    if let Some(url) = postgres::database(test) {
        stores.push(("PostgreSQL", share(&url, "one").await, Folder::new()));
    }
    stores
}

pub async fn share(url: &str, name: &str) -> Store {
    let shared = Shared { url: url.into(), ca_certificates: None, connections: 4, name: name.to_owned() };
    Store::share(&shared).await.unwrap()
}

/// A history that both stores hold.
pub struct House {
    pub books: Ledger,
    pub stores: Vec<(&'static str, Store, Folder)>,
}

impl House {
    pub async fn new(test: &str) -> Self {
        let programme = Arc::new(check(&sample::tables()).unwrap());
        let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme };
        let books = Ledger::new(Programmes::new(vec![version]).unwrap());
        Self { books, stores: both(test).await }
    }

    /// Decides a fact about a member and commits it to each store with whatever else belongs to it.
    pub async fn tell_with(&mut self, member: &str, fact: Fact, more: impl Fn() -> Batch) -> Decision {
        self.books.turn_to(member);
        let decision = self.books.decide(fact).unwrap();
        let row = self.books.rows.last().unwrap();
        for (name, store, _) in &self.stores {
            let mut batch = more();
            batch.events.push(row.clone());
            batch.orders.extend(decision.order.as_ref().map(|order| OrderRow {
                brand: BRAND.to_owned(),
                id: order.id.clone(),
                member: order.member.clone(),
                version: order.version,
                document: serde_json::to_string(order).unwrap(),
            }));
            store.commit(batch).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        decision
    }

    pub async fn tell(&mut self, member: &str, fact: Fact) -> Decision {
        self.tell_with(member, fact, Batch::default).await
    }

    /// Commits the same to each store.
    pub async fn commit(&self, batch: impl Fn() -> Batch) {
        for (name, store, _) in &self.stores {
            store.commit(batch()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: i64) {
        self.books.now += jiff::SignedDuration::from_secs(seconds);
    }

    /// Keeps a member's document as it stands.
    pub fn snapshot(&self, member: &str) -> Batch {
        let member = self.books.of(member).0.clone();
        let loaded = Loaded { member, key: None, person: Person::default(), behind: 0 };
        Batch { members: vec![(BRAND.to_owned(), Arc::new(loaded))], ..Batch::default() }
    }
}

pub fn joined() -> Fact {
    Fact::Joined(Joined { language: Some("et".to_owned()), ..Joined::default() })
}

pub fn adjusted(points: i64, reason: &str) -> Fact {
    Fact::Adjustment(Adjustment { points, reason: reason.to_owned(), by: None, agreed: None })
}

pub fn order(id: &str, revision: i64, unit_price: i64) -> Fact {
    let line = Line { id: "1".to_owned(), quantity: Quantity(1000), unit_price, ..Line::default() };
    let placed_at = at("2026-11-20T10:00:00Z");
    let state = OrderState::paid(Revision::Number(revision), placed_at, "EUR", vec![line]);
    let state = OrderState { status: Status::Paid, paid_at: Some(placed_at), ..state };
    Fact::Order { order_id: id.to_owned(), state: Box::new(state) }
}

pub fn identity(brand: &str, kind: &'static str, hash: &str, member: &str) -> IdentityRow {
    IdentityRow { brand: brand.to_owned(), kind, hash: hash.to_owned(), member: member.to_owned() }
}

/// A member's facts, with the words by which a search finds them.
pub fn person(brand: &str, member: &str, person: &Person) -> PersonRow {
    PersonRow {
        brand: brand.to_owned(),
        member: member.to_owned(),
        key: KEY,
        facts: serde_json::to_string(person).unwrap(),
        words_new: search::words(person),
        words_gone: std::collections::BTreeSet::new(),
    }
}

pub fn mark(destination: &'static str, brand: &str, member: &str, version: u64, due_at: i64) -> FeedMark {
    FeedMark { destination, brand: brand.to_owned(), member: member.to_owned(), version, due_at }
}

//! What histories recorded, kept by both stores: the rows that come back are the same bytes, and from them alone every document is made
//! again as it was and every decision repeated.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use loyalty_connector::{
    audit::verify,
    store::{Batch, Shared, Store, audit::Stream},
    values::person::Person,
};

use crate::{
    books::Ledger,
    support::{Folder, postgres},
};

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// One of each kind for all histories; PostgreSQL where the machine has it.
static STORES: LazyLock<(Folder, Vec<Store>)> = LazyLock::new(|| {
    let folder = Folder::new();
    let mut stores = vec![Store::open(&folder.0).unwrap()];
    if let Some(url) = postgres::database("histories kept") {
        let shared = Shared { url: url.into(), ca_certificates: None, connections: 4, name: "kept".to_owned() };
        stores.push(RUNTIME.block_on(Store::share(&shared)).unwrap());
    }
    (folder, stores)
});

/// A brand that no other history has.
pub fn brand() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("k{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Keeps all rows of a history of as many members, and reads them again.
pub fn by_both_stores(ledger: &Ledger, members: usize) {
    for store in &STORES.1 {
        RUNTIME.block_on(kept_by(store, ledger, members));
    }
}

async fn kept_by(store: &Store, ledger: &Ledger, members: usize) {
    for some in ledger.rows.chunks(50) {
        store.commit(Batch { events: some.to_vec(), ..Batch::default() }).await.unwrap();
    }
    for name in (1..=members).map(|number| number.to_string()) {
        let document = ledger.of(&name).0;
        let rows = store.stream(&ledger.brand, &document.id).await.unwrap().rows;
        let recorded = ledger.rows.iter().filter(|row| row.member == document.id);
        assert!(rows.iter().eq(recorded), "the rows of member {name} are not what was recorded");
        let at = vec![(document.id.clone(), document.version)];
        let made = store.members_at(&ledger.brand, at).await.unwrap().remove(0);
        assert!(made.as_ref() == Some(document), "the document of member {name} is not what its rows make");
        let orders = ledger.orders.values().filter(|order| order.member == document.id).cloned().collect();
        let (brand, alarm, person) = (ledger.brand.clone(), document.next_due_at, Person::default());
        let stream = Stream { brand, member: document.id.clone(), rows, document: made, alarm, person, orders };
        assert_eq!(verify::stream(&stream, &ledger.programmes), Vec::<String>::new(), "member {name}");
    }
}

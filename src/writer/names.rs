//! The names that events bring, each written once: a bounded set of hashes knows which came since the start.

use std::{collections::BTreeSet, hash::BuildHasher};

use foldhash::{HashSet, quality::RandomState};

use crate::{
    intake::Incoming,
    loyalty::Fact,
    programme::names::{self, Kind},
    store::{Store, StoreError, names::NameRow},
};

/// Names remembered; when there are more, new ones are not written any more.
const MOST: usize = 50_000;

/// Newest events that a database is asked for which kept no names yet.
const NEWEST: i64 = 20_000;

#[derive(Default)]
pub struct Names {
    seen: HashSet<u64>,
    hashed: RandomState,
}

impl Names {
    /// The names of these events that did not come since the start.
    pub fn news(&mut self, incoming: &[Incoming]) -> Vec<NameRow> {
        let mut rows = Vec::new();
        for one in incoming {
            each_name(&one.fact, |kind, name| {
                let hash = self.hashed.hash_one((&one.brand, kind, name));
                if self.seen.len() < MOST && self.seen.insert(hash) {
                    rows.push(row(&one.brand, kind, name));
                }
            });
        }
        rows
    }

    /// After a commit that failed: what was not written is told again.
    pub fn forget(&mut self) {
        self.seen.clear();
    }
}

/// Takes the names out of the newest events, where an older version kept none.
pub async fn gather(store: &Store) -> Result<(), StoreError> {
    let mut rows = BTreeSet::new();
    for (brand, kind, data) in store.facts_without_names(NEWEST).await? {
        if let Ok(fact) = Fact::parse(&kind, &data) {
            each_name(&fact, |kind, name| {
                rows.insert(row(&brand, kind, name));
            });
        }
    }
    if rows.is_empty() { Ok(()) } else { store.keep_names(rows.into_iter().collect()).await }
}

fn row(brand: &str, kind: Kind, name: &str) -> NameRow {
    NameRow { brand: brand.to_owned(), kind: kind.word(), name: names::key(name), spelled: name.trim().to_owned() }
}

fn each_name(fact: &Fact, mut each: impl FnMut(Kind, &str)) {
    match fact {
        Fact::Order { state, .. } => {
            for category in state.lines.iter().filter_map(|line| line.category.as_deref()) {
                each(Kind::Category, category);
            }
            for brand in state.lines.iter().filter_map(|line| line.product_brand.as_deref()) {
                each(Kind::ProductBrand, brand);
            }
            state.store.iter().for_each(|store| each(Kind::Store, store));
            state.channel.iter().for_each(|channel| each(Kind::Channel, channel));
        }
        Fact::Segments(seen) => seen.segments.iter().for_each(|segment| each(Kind::Segment, segment)),
        Fact::Other { kind, .. } => each(Kind::Event, kind),
        _ => {}
    }
}

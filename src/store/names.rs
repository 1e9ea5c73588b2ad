//! Names that were ever told (categories, event types, segments, stores, channels), and what a draft of the programme is held
//! against. A bounded record: it tells a mistyped cell, and decides nothing.

use std::collections::BTreeMap;

use super::{
    Store, StoreError,
    programmes::{LiveProgrammes, PublishedRows},
};
use crate::{
    loyalty::Fact,
    programme::{
        Known, ORDERS_ENOUGH, Seen, Tables, Version, check,
        names::{self, Kind},
    },
};

/// A name that came for the first time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameRow {
    pub brand: String,
    pub kind: &'static str,
    pub name: String,
    pub spelled: String,
}

impl NameRow {
    pub fn of(brand: &str, kind: Kind, told: &str) -> Self {
        Self { brand: brand.to_owned(), kind: kind.word(), name: names::key(told), spelled: told.trim().to_owned() }
    }
}

/// The names that a fact brings.
pub fn told(fact: &Fact, mut each: impl FnMut(Kind, &str)) {
    match fact {
        Fact::Order { state, .. } => {
            for category in state.lines.iter().filter_map(|line| line.category.as_deref()) {
                each(Kind::Category, category);
            }
            state.store.iter().for_each(|store| each(Kind::Store, store));
            state.channel.iter().for_each(|channel| each(Kind::Channel, channel));
        }
        Fact::Segments(seen) => seen.segments.iter().for_each(|segment| each(Kind::Segment, segment)),
        Fact::Other { kind, .. } => each(Kind::Event, kind),
        _ => {}
    }
}

/// Newest events that a database is asked for which kept no names yet.
const NEWEST: i64 = 20_000;

impl Store {
    /// All names of a brand.
    pub async fn names_seen(&self, brand: &str) -> Result<Seen, StoreError> {
        let (rows, orders) = match self {
            Self::Sqlite(db) => (db.names_seen(brand).await?, db.orders_up_to(brand, ORDERS_ENOUGH).await?),
            Self::Postgres(db) => (db.names_seen(brand).await?, db.orders_up_to(brand, ORDERS_ENOUGH).await?),
        };
        let mut seen = Seen::after(orders);
        for (kind, spelled) in rows {
            if let Some(kind) = Kind::of(&kind) {
                seen.add(kind, spelled);
            }
        }
        Ok(seen)
    }

    /// Takes the names out of the newest events, where an older version kept none.
    pub async fn gather_names(&self) -> Result<(), StoreError> {
        let facts = match self {
            Self::Sqlite(db) => db.facts_without_names(NEWEST).await?,
            Self::Postgres(db) => db.facts_without_names(NEWEST).await?,
        };
        let mut rows = std::collections::BTreeSet::new();
        for (brand, kind, data) in facts {
            if let Ok(fact) = Fact::parse(&kind, &data) {
                told(&fact, |kind, name| {
                    rows.insert(NameRow::of(&brand, kind, name));
                });
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let rows: Vec<NameRow> = rows.into_iter().collect();
        match self {
            Self::Sqlite(db) => db.keep_names(rows).await,
            Self::Postgres(db) => db.keep_names(&rows).await,
        }
    }

    /// What a draft of the brand's programme is held against.
    pub async fn known(&self, live: &LiveProgrammes, brand: &str, draft: &Tables) -> Result<Known, StoreError> {
        let before = live.of(brand).map(|programmes| programmes.live().clone());
        let tables = match &before {
            Some(before) => self.published_tables(brand, before.number).await?,
            None => Tables::default(),
        };
        self.known_beside(brand, draft, (tables, before)).await
    }

    /// The same for who has the live rows already.
    pub async fn known_beside(
        &self,
        brand: &str,
        draft: &Tables,
        (live, before): (Tables, Option<Version>),
    ) -> Result<Known, StoreError> {
        let (seen, before) = (self.names_seen(brand).await?, before.map(|version| (*version.programme).clone()));
        let kept =
            |tier: &str| draft.rows("Tiers").iter().any(|row| row.cell("Tier").is_some_and(|id| names::same(id, tier)));
        let mut worn = BTreeMap::new();
        for tier in before.iter().flat_map(|before| &before.tiers).filter(|tier| !kept(&tier.id)) {
            let members = match self {
                Self::Sqlite(db) => db.members_of_tier(brand, &tier.id).await?,
                Self::Postgres(db) => db.members_of_tier(brand, &tier.id).await?,
            };
            if members > 0 {
                worn.insert(tier.id.clone(), members);
            }
        }
        Ok(Known { live, before, seen, worn })
    }

    /// The rows of one version; none where it is not there.
    pub async fn published_tables(&self, brand: &str, number: u32) -> Result<Tables, StoreError> {
        let published = self.published().await?;
        let rows = published.iter().rfind(|rows| rows.brand == brand && rows.number == number);
        Ok(rows.map(PublishedRows::tables).transpose()?.unwrap_or_default())
    }

    /// What is to be looked at in the version that is live.
    pub async fn look_at_live(&self, brand: &str) -> Result<Vec<crate::programme::Problem>, StoreError> {
        let published = self.published().await?;
        let mut ours = published.iter().rev().filter(|rows| rows.brand == brand);
        let Some(live) = ours.next() else { return Ok(Vec::new()) };
        let tables = live.tables()?.named();
        let Ok(programme) = check(&tables) else { return Ok(Vec::new()) };
        let before = ours.next().map(PublishedRows::tables).transpose()?.and_then(|tables| check(&tables).ok());
        let known = Known { before, seen: self.names_seen(brand).await?, ..Known::default() };
        Ok(crate::programme::look(&tables, &programme, &known))
    }
}

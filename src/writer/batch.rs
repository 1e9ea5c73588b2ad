//! What is decided between two commits: what it knows, what it decides, what it will commit.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use foldhash::HashMap;
use futures_util::FutureExt;
use jiff::Timestamp;

use super::{Answer, Desk, NotAccepted};
use crate::{
    intake::Incoming,
    loyalty::{Programmes, event::About, measures::PastCounted},
    store::{
        Batch, StoreError,
        counters::CountRow,
        find::{Found, Loaded, Question},
    },
    writer::{
        cache::Cache,
        counters::Tally,
        lookup::{Remembered, leads, led, named},
        uncommitted::Uncommitted,
    },
};

pub(super) type Key = (String, String);
/// Kind and keyed hash of an identity.
pub(super) type Identified = (&'static str, String);

/// Why a round cannot be committed.
pub enum Failed {
    Store(StoreError),
    /// It broke off inside this event, whose answer this is; what the round holds is half of something.
    Torn(Box<Answer>),
    /// It looks at counts that the commit under way changes. Nothing of what came last was decided.
    UnderWay,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failed {
    /// Whether one of its events is to blame.
    pub fn is_about_data(&self) -> bool {
        match self {
            Self::Store(error) => error.is_about_data(),
            Self::Torn(_) => true,
            Self::UnderWay => false,
        }
    }
}

/// An event with all that is known about it before it is decided.
pub(super) struct Prepared {
    pub incoming: Incoming,
    pub found: Found,
    /// Its identities, hashed.
    pub identities: Vec<Identified>,
    /// Its canonical content, and the keyed hash of that.
    pub data: String,
    pub hash: String,
}

pub struct Round<'a> {
    pub(super) desk: &'a Desk,
    pub(super) now: Timestamp,
    /// Why nothing may be decided by this instant.
    doubt: Option<String>,
    pub(super) programmes: HashMap<String, Programmes>,
    incoming: Vec<Prepared>,
    /// Documents as they stand after what this round decided so far; of members that changed, and of all others it met.
    pub(super) members: HashMap<Key, Arc<Loaded>>,
    pub(super) uncommitted: Uncommitted,
    /// Members whose snapshot is due.
    pub(super) snapshots: BTreeSet<Key>,
    pub(super) batch: Batch,
    /// What was counted of members' past, with the version up to which.
    pub(super) past: HashMap<Key, (u64, PastCounted)>,
    /// Counts that many members share, as they stand after what this round decided so far.
    pub(super) counts: Tally,
    answers: Vec<Answer>,
    /// The members that are being decided for, and of each answer those it was decided for.
    pub(super) concerned: Vec<Key>,
    decided_for: Vec<Vec<Key>>,
    /// It is taking over what was decided for an event, which is not whole before the last of it.
    pub(super) keeping: bool,
}

/// What a round leads to.
pub struct Decided {
    pub batch: Batch,
    pub answers: Vec<Answer>,
    pub uncommitted: Uncommitted,
}

impl<'a> Round<'a> {
    pub fn new(desk: &'a Desk) -> Self {
        Self {
            desk,
            now: desk.clock.now(),
            doubt: None,
            keeping: false,
            programmes: HashMap::default(),
            incoming: Vec::new(),
            members: HashMap::default(),
            uncommitted: Uncommitted::default(),
            snapshots: BTreeSet::new(),
            batch: Batch::default(),
            past: HashMap::default(),
            counts: Tally::default(),
            answers: Vec::new(),
            concerned: Vec::new(),
            decided_for: Vec::new(),
        }
    }

    /// Looks up and decides. An event that makes us panic is refused by itself; nothing of it stays.
    pub async fn take(
        &mut self,
        cache: &mut Cache,
        before: &Uncommitted,
        incoming: Vec<Incoming>,
    ) -> Result<(), Failed> {
        match AssertUnwindSafe(self.gather(cache, before, incoming)).catch_unwind().await {
            Ok(gathered) => gathered?,
            Err(_) => return Err(Failed::Torn(Box::new(Err(NotAccepted::Broken)))),
        }
        self.decide_all().map_err(Failed::Torn)
    }

    /// Looks everything up that deciding needs: known ids, owners of identities, orders, documents. `before` was decided
    /// and is on its way into the store.
    async fn gather(&mut self, cache: &mut Cache, before: &Uncommitted, incoming: Vec<Incoming>) -> Result<(), Failed> {
        let desk = self.desk;
        self.batch.names.extend(cache.names.news(&incoming));
        let mut known: Vec<Remembered> = incoming.iter().map(|one| Remembered::of(desk, cache, one)).collect();
        let questions: Vec<Option<Question>> =
            incoming.iter().zip(&known).map(|(one, known)| known.question(one)).collect();
        let asks: Vec<bool> = questions.iter().map(Option::is_some).collect();
        let looked_up = desk.store.find(questions.into_iter().flatten().collect());
        let (answers, ()) = tokio::try_join!(looked_up, desk.programmes.take_newer(&desk.store))?;
        let mut answers = answers.into_iter();
        let found: Vec<Found> = incoming
            .iter()
            .zip(&mut known)
            .zip(asks)
            .map(|((incoming, known), is_asked)| {
                let answer = is_asked.then(|| answers.next()).flatten().unwrap_or_default();
                let mut found = known.completed(cache, incoming, answer);
                before.complete(incoming, &known.identities, &mut found);
                self.uncommitted.complete(incoming, &known.identities, &mut found);
                found
            })
            .collect();
        self.load(cache, &incoming, &found).await?;
        self.programmes = desk.programmes.all();
        self.read_past(&incoming, &found).await?;
        for (brand, programmes) in &self.programmes {
            cache.near.judge_by(brand, programmes);
        }
        let now = desk.clock.now();
        let keys = incoming.iter().zip(&found).flat_map(|(incoming, found)| {
            let programmes = self.programmes.get(&incoming.brand);
            let about = programmes.map(|programmes| About { programmes, order: found.order.as_deref(), now });
            let keys = about.map(|about| {
                let near = cache.near.of(&incoming.brand, &incoming.fact, &about);
                incoming.fact.counts(&about).into_iter().chain(near).collect::<Vec<_>>()
            });
            let led = |id: &String| led(&self.members, &incoming.brand, id.clone());
            let owners = named(incoming, found).into_iter().flat_map(move |id| [Some(id.clone()), led(id)]).flatten();
            let owners = owners.filter_map(|id| self.members.get(&(incoming.brand.clone(), id)));
            let order = found.order.as_deref();
            let of_owners = owners.flat_map(move |loaded| incoming.fact.counts_of(&loaded.member, order));
            keys.into_iter().flatten().chain(of_owners).map(|key| (incoming.brand.clone(), key))
        });
        let keys: BTreeSet<Key> = keys.collect();
        if keys.iter().any(|key| before.counts.contains(key)) {
            return Err(Failed::UnderWay);
        }
        self.counts.load(&desk.store, keys).await?;
        let prepared = incoming.into_iter().zip(found).zip(known).map(|((incoming, found), known)| {
            let data = incoming.fact.text()?;
            let hash = match incoming.fact.as_asked() {
                Cow::Borrowed(_) => desk.content_hash(&incoming, &data),
                Cow::Owned(as_asked) => desk.content_hash(&incoming, &as_asked.text()?),
            };
            Ok(Prepared { incoming, found, identities: known.identities, data, hash })
        });
        self.incoming = prepared.collect::<Result<_, StoreError>>()?;
        self.now = desk.clock.now();
        self.doubt = desk.clock.doubt();
        Ok(())
    }

    /// Documents of the members that may be meant, and of those they lead to. Memory is asked first: what is on its way into
    /// the store is known only there.
    async fn load(&mut self, cache: &mut Cache, incoming: &[Incoming], found: &[Found]) -> Result<(), StoreError> {
        let of_one = |(one, found)| named(one, found).into_iter().map(|id| (one.brand.clone(), id.clone()));
        let mut wanted: BTreeSet<Key> = incoming.iter().zip(found).flat_map(of_one).collect();
        wanted.extend(leads(&self.members)); // of members that turned out to be others since they were loaded
        wanted.retain(|key| !self.members.contains_key(key));
        while !wanted.is_empty() {
            let (mut known, mut missing) = (Vec::new(), Vec::new());
            for key in wanted.clone() {
                match cache.members.get(&key) {
                    Some(loaded) => {
                        known.push((key.clone(), loaded.member.version));
                        self.members.insert(key, loaded);
                    }
                    None => missing.push(key),
                }
            }
            for key in self.desk.store.stale(known).await? {
                self.members.remove(&key);
                missing.push(key);
            }
            let loaded = if missing.is_empty() { Vec::new() } else { self.desk.store.load(missing.clone()).await? };
            let loaded = missing.into_iter().zip(loaded).filter_map(|(key, loaded)| Some((key, Arc::new(loaded?))));
            self.members.extend(loaded);
            // A member that turned out to be another one leads there.
            let done = std::mem::take(&mut wanted);
            wanted = leads(&self.members).into_iter().filter(|key| !done.contains(key)).collect();
        }
        Ok(())
    }

    fn decide_all(&mut self) -> Result<(), Box<Answer>> {
        for prepared in std::mem::take(&mut self.incoming) {
            let answer = match &self.doubt {
                Some(doubt) => Err(NotAccepted::ClockJumped(doubt.clone())),
                None => {
                    catch_unwind(AssertUnwindSafe(|| self.decide_one(prepared))).unwrap_or(Err(NotAccepted::Broken))
                }
            };
            if self.keeping {
                return Err(Box::new(answer));
            }
            self.answers.push(answer);
            self.decided_for.push(std::mem::take(&mut self.concerned));
        }
        Ok(())
    }

    /// Events that were decided.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// What is to be committed, and who is to be told what once it is. Memory takes over the new documents: whoever commits
    /// must drop them when that fails.
    pub fn close(mut self, cache: &mut Cache) -> Decided {
        self.batch.counts = self.counts.rows();
        self.uncommitted.counts = self.batch.counts.iter().map(CountRow::place).collect();
        self.batch.alone = self.counts.alone.take();
        for key in self.snapshots {
            let loaded = Arc::clone(&self.members[&key]);
            self.batch.members.push((key.0, loaded));
        }
        for (key, loaded) in self.members {
            cache.members.put(key, loaded);
        }
        for row in &self.batch.released {
            let place = (row.brand.clone(), row.kind, row.hash.clone());
            cache.owners.forget(&place);
            cache.released.insert(place);
        }
        if !self.desk.store.is_shared() {
            for (key, order) in &self.uncommitted.orders {
                cache.orders.put(key.clone(), Arc::clone(order));
            }
        }
        Decided { batch: self.batch, answers: self.answers, uncommitted: self.uncommitted }
    }

    /// The members that each answer was decided for.
    pub fn decided_for(&self) -> Vec<Vec<Key>> {
        self.decided_for.clone()
    }

    /// Members whose documents it holds.
    pub fn met(&self) -> Vec<Key> {
        self.members.keys().cloned().collect()
    }
}

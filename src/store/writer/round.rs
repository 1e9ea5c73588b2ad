//! What is decided between two commits: what it knows, what it decides, what it will commit.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    Accepted, Desk, Incoming, NotAccepted,
    ahead::Ahead,
    asked::{Remembered, complete, leads, names},
    hot::Hot,
    tally::Tally,
};
use crate::{
    ids,
    loyalty::{Event, Fact, Order, decide, shared},
    programme::Programmes,
    store::{
        Batch, StoreError,
        find::{Found, Known, Loaded, Question},
        record::record,
        seal,
    },
};

pub(super) type Key = (String, String);
pub(super) type Answer = Result<Accepted, NotAccepted>;

/// Versions between two snapshots of a document.
const SNAPSHOT_EVERY: u64 = 16;

/// An event with all that is known about it before it is decided.
pub(super) struct Asked {
    pub incoming: Incoming,
    pub found: Found,
    /// Its identities, hashed.
    pub identities: Vec<(&'static str, String)>,
    /// Its canonical content, and the keyed hash of that.
    data: String,
    pub hash: String,
}

pub struct Round<'a> {
    pub(super) desk: &'a Desk,
    pub(super) now: Timestamp,
    programmes: HashMap<String, Programmes>,
    incoming: Vec<Asked>,
    /// Documents as they stand after what this round decided so far; of members that changed, and of all others it met.
    pub(super) members: HashMap<Key, Arc<Loaded>>,
    pub(super) ahead: Ahead,
    /// Members whose snapshot is due.
    snapshots: BTreeSet<Key>,
    pub(super) batch: Batch,
    /// Counts that many members share, as they stand after what this round decided so far.
    counts: Tally,
    answers: Vec<Answer>,
    /// The member that is being decided for, and of each answer the one it was decided for.
    concerned: Option<Key>,
    decided_for: Vec<Option<Key>>,
}

/// What a round leads to.
pub struct Decided {
    pub batch: Batch,
    pub answers: Vec<Answer>,
    pub ahead: Ahead,
}

impl<'a> Round<'a> {
    pub fn new(desk: &'a Desk) -> Self {
        Self {
            desk,
            now: desk.clock.now(),
            programmes: HashMap::new(),
            incoming: Vec::new(),
            members: HashMap::new(),
            ahead: Ahead::default(),
            snapshots: BTreeSet::new(),
            batch: Batch::default(),
            counts: Tally::default(),
            answers: Vec::new(),
            concerned: None,
            decided_for: Vec::new(),
        }
    }

    /// Looks everything up that deciding needs: known ids, owners of identities, orders, documents. `before` was decided
    /// and is on its way into the store.
    pub async fn gather(&mut self, hot: &mut Hot, before: &Ahead, incoming: Vec<Incoming>) -> Result<(), StoreError> {
        let desk = self.desk;
        let mut known: Vec<Remembered> = incoming.iter().map(|one| Remembered::of(desk, hot, one)).collect();
        let questions: Vec<Question> = incoming.iter().zip(&known).map(|(one, known)| known.question(one)).collect();
        let looked_up = desk.store.find(questions);
        let (found, ()) = tokio::try_join!(looked_up, desk.store.newer_programmes(&desk.programmes))?;
        let found: Vec<Found> = incoming
            .iter()
            .zip(&mut known)
            .zip(found)
            .map(|((incoming, known), found)| {
                let mut found = known.completed(hot, incoming, found);
                before.complete(incoming, &known.identities, &mut found);
                self.ahead.complete(incoming, &known.identities, &mut found);
                found
            })
            .collect();
        self.load(hot, &incoming, &found).await?;
        self.programmes = desk.programmes.all();
        let keys = incoming.iter().zip(&found).flat_map(|(incoming, found)| {
            let programmes = self.programmes.get(&incoming.brand);
            let keys = programmes.map(|known| shared::keys(known, found.order.as_deref(), &incoming.fact));
            let owners = found.owners.iter().flatten().chain(&incoming.who.id);
            let owners = owners.filter_map(|id| self.members.get(&(incoming.brand.clone(), id.clone())));
            let of_claims = owners.filter_map(|loaded| shared::key_of_claim(&loaded.member, &incoming.fact));
            keys.into_iter().flatten().chain(of_claims).map(|key| (incoming.brand.clone(), key))
        });
        self.counts.load(&desk.store, keys.collect()).await?;
        let asked = incoming.into_iter().zip(found).zip(known).map(|((incoming, found), known)| {
            let data = incoming.fact.text()?;
            let hash = desk.content_hash(&incoming, &data);
            Ok(Asked { incoming, found, identities: known.identities, data, hash })
        });
        self.incoming = asked.collect::<Result<_, StoreError>>()?;
        self.now = desk.clock.now();
        Ok(())
    }

    /// Documents of the members that may be meant, and of those they lead to.
    async fn load(&mut self, hot: &mut Hot, incoming: &[Incoming], found: &[Found]) -> Result<(), StoreError> {
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        for (incoming, found) in incoming.iter().zip(found) {
            let owners = found.owners.iter().flatten().chain(&incoming.who.id);
            for key in owners.map(|id| (incoming.brand.clone(), id.clone())) {
                if self.members.contains_key(&key) || missing.contains(&key) {
                } else if let Some(loaded) = hot.members.get(&key) {
                    known.push((key.clone(), loaded.member.version));
                    self.members.insert(key, loaded);
                } else {
                    missing.push(key);
                }
            }
        }
        for key in self.desk.store.stale(known).await? {
            self.members.remove(&key);
            missing.push(key);
        }
        // A member that turned out to be another one leads there.
        missing.extend(leads(&self.members));
        while !missing.is_empty() {
            let known = self.members.len();
            let loaded = self.desk.store.load(missing.clone()).await?;
            let loaded = missing.into_iter().zip(loaded).filter_map(|(key, loaded)| Some((key, Arc::new(loaded?))));
            self.members.extend(loaded);
            missing = if self.members.len() == known { Vec::new() } else { leads(&self.members) };
        }
        Ok(())
    }

    pub fn decide_all(&mut self) {
        for asked in std::mem::take(&mut self.incoming) {
            let answer = self.decide_one(asked);
            self.answers.push(answer);
            self.decided_for.push(self.concerned.take());
        }
    }

    /// Events that were decided.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// What is to be committed, and who is to be told what once it is. Memory takes over the new documents: whoever commits
    /// must drop them when that fails.
    pub fn close(mut self, hot: &mut Hot) -> Decided {
        self.batch.counts = self.counts.rows();
        for key in self.snapshots {
            let loaded = Arc::clone(&self.members[&key]);
            self.batch.members.push((key.0, loaded));
        }
        for (key, loaded) in self.members {
            hot.members.put(key, loaded);
        }
        if !self.desk.store.is_shared() {
            for (key, order) in &self.ahead.orders {
                hot.orders.put(key.clone(), Arc::clone(order));
            }
        }
        Decided { batch: self.batch, answers: self.answers, ahead: self.ahead }
    }

    /// The member that each answer was decided for.
    pub fn decided_for(&self) -> Vec<Option<Key>> {
        self.decided_for.clone()
    }

    /// Members whose documents it holds.
    pub fn met(&self) -> Vec<Key> {
        self.members.keys().cloned().collect()
    }

    fn decide_one(&mut self, asked: Asked) -> Answer {
        let identity = (asked.incoming.brand.clone(), asked.incoming.source.clone(), asked.incoming.id.clone());
        if let Some(known) = asked.found.known.clone().or_else(|| self.ahead.accepted.get(&identity).cloned()) {
            self.concerned = Some((identity.0, known.member.clone()));
            return self.repeat(&asked, &known);
        }
        let Some(programmes) = self.programmes.get(&identity.0).cloned() else {
            return Err(NotAccepted::NoProgramme(identity.0));
        };
        let owner = self.owner(&asked).map(|owner| self.led(&asked.incoming, owner));
        let Asked { mut incoming, mut found, identities, mut data, hash } = asked;
        let joins = owner.is_none();
        if joins && (!programmes.live().programme.settings.join || incoming.who.identities.is_empty()) {
            return Err(NotAccepted::UnknownMember(incoming.who.describe()));
        }
        let key = (incoming.brand.clone(), owner.unwrap_or_else(|| ids::fresh("mem")));
        self.concerned = Some(key.clone());
        let case = match self.members.get(&key) {
            Some(loaded) => Arc::clone(loaded),
            None if joins => Arc::new(self.newcomer(&key.1)),
            None => return Err(NotAccepted::UnknownMember(key.1)),
        };
        let mut secret = case.key;
        let mut events = Vec::new();
        if let Some(event) = self.knowing(&key, &case, &incoming, joins) {
            let data = event.fact.text()?;
            let own_event = event.source == incoming.source;
            let hash = if own_event { hash.clone() } else { self.desk.hash_of(&event, &data) };
            events.push((event, (hash, data)));
        }
        if !(joins && matches!(incoming.fact, Fact::Joined(_))) {
            let completed = complete(&mut incoming.fact, &programmes);
            if completed || seal::is_personal(&incoming.fact) {
                let secret = secret.get_or_insert_with(ids::secret);
                seal::seal(&mut incoming.fact, secret, &format!("{}/{}/{}", identity.0, identity.1, identity.2));
                data = incoming.fact.text()?;
            }
            let occurred_at = incoming.occurred_at.unwrap_or(self.now);
            let (brand, source, id) = identity.clone();
            events.push((Event { brand, source, id, occurred_at, fact: incoming.fact }, (hash.clone(), data)));
        }
        let order_key =
            events.iter().find_map(|(event, _)| event.fact.order_id()).map(|id| (key.0.clone(), id.to_owned()));
        let mut order = order_key.as_ref().and_then(|key| self.ahead.orders.get(key).cloned()).or(found.order.take());
        // Everything is decided before anything is kept: a refusal leaves no trace.
        let mut staged = Batch::default();
        let (mut member, mut answer) = (None, None);
        let mut snapshot = false;
        let mut counted = Vec::new();
        for (event, content) in events {
            let before = member.as_ref().unwrap_or(&case.member);
            let counts = self.counts.given(&key.0);
            let decided = decide(&programmes, before, order.as_deref(), &event, counts, self.now);
            let mut decision = decided.map_err(|refusal| self.explained(refusal, &key, order.as_deref()))?;
            let (row, order_row) = record(&event, (before, order.as_deref()), &mut decision, content)?;
            self.deliver(&mut staged, &event, &decision);
            names(&mut staged, self.desk, &event, &decision);
            snapshot |= decision.member.next_due_at != before.next_due_at
                || decision.member.version == 1
                || decision.member.version.is_multiple_of(SNAPSHOT_EVERY);
            counted.push((decision.seen, decision.counted));
            member = Some(decision.member);
            order = decision.order.map(Arc::<Order>::new).or(order);
            staged.orders.extend(order_row);
            answer = Some((decision.receipt, row.receipt.clone()));
            staged.events.push(row);
        }
        let Some((receipt, text)) = answer else {
            return Err(NotAccepted::Unavailable("nothing to decide".to_owned()));
        };
        for (seen, changed) in counted {
            self.counts.apply(&key.0, &seen, changed);
        }
        let member = member.unwrap_or_else(|| case.member.clone());
        let case = Loaded { member, key: secret, person: case.person.clone() };
        self.keep(staged, &key, case, (&incoming.who, identities, &found.owners), joins);
        if let (Some(key), Some(order)) = (order_key, order) {
            self.ahead.orders.insert(key, order);
        }
        if snapshot {
            self.snapshots.insert(key.clone());
        }
        self.ahead.accepted.insert(identity, Known { member: key.1, hash, receipt: text });
        Ok(Accepted { receipt })
    }
}

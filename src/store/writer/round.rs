//! One batch between arriving and answering: what it knows, what it decides, what it will commit.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{
    Accepted, Desk, Incoming, NotAccepted, Person, Who,
    asked::{complete, concerns, content_hash, identities, joining, leads, led, named, names, question},
    hot::Hot,
    tally::Tally,
};
use crate::{
    clock::to_micros,
    ids,
    loyalty::{Event, Fact, Member, Order, Refusal, decide, event::Joined, intent::Intent, receipt::Receipt, shared},
    programme::Programmes,
    store::{
        Batch, StoreError,
        batch::{ConflictRow, FeedMark, IdentityRow, IntentRow, PersonRow},
        find::{Found, Known, Loaded},
        record::record,
        seal,
        shared::ParkedRow,
    },
};

pub(super) type Key = (String, String);

/// Versions between two snapshots of a document.
const SNAPSHOT_EVERY: u64 = 16;

pub struct Round<'a> {
    desk: &'a Desk,
    now: Timestamp,
    programmes: HashMap<String, Programmes>,
    incoming: Vec<(Incoming, Found, String)>,
    /// Documents as they stand after what this batch decided so far.
    members: HashMap<Key, Loaded>,
    orders: HashMap<Key, Order>,
    /// Identities that joined in this batch.
    joined: HashMap<(String, &'static str, String), String>,
    /// Events of this batch, for repeats inside it.
    accepted: HashMap<(String, String, String), Known>,
    /// Members whose snapshot is due, and those whose person row changed.
    snapshots: BTreeSet<Key>,
    pub batch: Batch,
    /// Counts that many members share, as they stand after what this batch decided so far.
    counts: Tally,
    answers: Vec<Result<Accepted, NotAccepted>>,
    /// The member that is being decided for, and of each answer the one it was decided for.
    concerned: Option<Key>,
    decided_for: Vec<Option<Key>>,
}

impl<'a> Round<'a> {
    /// Looks everything up that deciding needs: known ids, owners of identities, orders, documents.
    pub async fn gather(desk: &'a Desk, hot: &mut Hot, incoming: Vec<Incoming>) -> Result<Self, StoreError> {
        let questions = incoming.iter().map(|incoming| question(desk, incoming)).collect();
        let (found, ()) = tokio::try_join!(desk.store.find(questions), desk.store.newer_programmes(&desk.programmes))?;
        let mut members = HashMap::new();
        let mut missing = Vec::new();
        for (incoming, found) in incoming.iter().zip(&found) {
            for key in named(incoming, found).map(|id| (incoming.brand.clone(), id.clone())) {
                if members.contains_key(&key) || missing.contains(&key) {
                } else if let Some(loaded) = hot.get(&key) {
                    members.insert(key, loaded);
                } else {
                    missing.push(key);
                }
            }
        }
        for key in
            desk.store.stale(members.iter().map(|(key, known)| (key.clone(), known.member.version)).collect()).await?
        {
            members.remove(&key);
            missing.push(key);
        }
        // A member that turned out to be another one leads there.
        missing.extend(leads(&members));
        while !missing.is_empty() {
            let known = members.len();
            let loaded = desk.store.load(missing.clone()).await?;
            members.extend(missing.into_iter().zip(loaded).filter_map(|(key, loaded)| Some((key, loaded?))));
            missing = if members.len() == known { Vec::new() } else { leads(&members) };
        }
        let programmes = desk.programmes.all();
        let keys = incoming.iter().zip(&found).flat_map(|(incoming, found)| {
            let programmes = programmes.get(&incoming.brand);
            let keys = programmes.map(|known| shared::keys(known, found.order.as_ref(), &incoming.fact));
            let owners = named(incoming, found).filter_map(|id| members.get(&(incoming.brand.clone(), id.clone())));
            let of_claims = owners.filter_map(|loaded| shared::key_of_claim(&loaded.member, &incoming.fact));
            keys.into_iter().flatten().chain(of_claims).map(|key| (incoming.brand.clone(), key))
        });
        let counts = Tally::load(&desk.store, keys.collect()).await?;
        let incoming = incoming.into_iter().zip(found).map(|(incoming, found)| {
            let hash = content_hash(desk, &incoming);
            (incoming, found, hash)
        });
        Ok(Self {
            desk,
            now: desk.clock.now(),
            programmes,
            incoming: incoming.collect(),
            members,
            orders: HashMap::new(),
            joined: HashMap::new(),
            accepted: HashMap::new(),
            snapshots: BTreeSet::new(),
            batch: Batch::default(),
            counts,
            answers: Vec::new(),
            concerned: None,
            decided_for: Vec::new(),
        })
    }

    pub fn decide_all(&mut self) {
        for (incoming, found, hash) in std::mem::take(&mut self.incoming) {
            let answer = self.decide_one(incoming, found, hash);
            self.answers.push(answer);
            self.decided_for.push(self.concerned.take());
        }
        self.batch.counts = self.counts.rows();
        for key in std::mem::take(&mut self.snapshots) {
            let member = self.members[&key].member.clone();
            self.batch.members.push((key.0, member));
        }
    }

    /// After the commit: memory takes over the new documents, and everybody is answered.
    pub fn finish(self, hot: &mut Hot) -> Vec<Result<Accepted, NotAccepted>> {
        for (key, loaded) in self.members {
            hot.put(key, loaded);
        }
        self.answers
    }

    /// Which answers were decided for one of these members, so that they do not hold.
    pub fn lost(&self, members: &BTreeSet<Key>) -> Vec<bool> {
        let lost: Vec<bool> = self
            .decided_for
            .iter()
            .map(|member| member.as_ref().is_some_and(|member| members.contains(member)))
            .collect();
        if lost.contains(&true) { lost } else { vec![true; lost.len()] }
    }

    fn decide_one(&mut self, mut incoming: Incoming, found: Found, hash: String) -> Result<Accepted, NotAccepted> {
        let identity = (incoming.brand.clone(), incoming.source.clone(), incoming.id.clone());
        let known = found.known.clone().or_else(|| self.accepted.get(&identity).cloned());
        if let Some(known) = known {
            self.concerned = Some((incoming.brand.clone(), known.member.clone()));
            return self.repeat(&incoming, &known, &hash, &found.owners);
        }
        let Some(programmes) = self.programmes.get(&incoming.brand).cloned() else {
            return Err(NotAccepted::NoProgramme(incoming.brand));
        };
        let owner = self.owner(&incoming, &found.owners);
        let owner = owner.map(|owner| self.led(&incoming, owner)).transpose()?;
        let owner = owner.map(|owner| self.maker(&incoming, owner, &found)).transpose()?;
        let joins = owner.is_none();
        let welcome = programmes.live().programme.settings.join || matches!(incoming.fact, Fact::MemberImported(_));
        if joins && (!welcome || incoming.who.identities.is_empty()) {
            return Err(NotAccepted::UnknownMember(incoming.who.describe()));
        }
        let member = owner.unwrap_or_else(|| ids::fresh("mem"));
        let key = (incoming.brand.clone(), member);
        self.concerned = Some(key.clone());
        let mut case = match self.members.get(&key) {
            Some(loaded) => loaded.clone(),
            None if joins => self.newcomer(&key.1),
            None => return Err(NotAccepted::UnknownMember(key.1)),
        };
        let mut events = Vec::new();
        if let Some(event) = self.knowing(&key, &case, &incoming, joins) {
            let own_event = event.source == incoming.source;
            let hash = if own_event { hash.clone() } else { self.hash_of(&event) };
            events.push((event, hash));
        }
        if !(joins && matches!(incoming.fact, Fact::Joined(_))) {
            complete(&mut incoming.fact, &programmes);
            let secret = case.key.get_or_insert_with(ids::secret);
            seal::seal(&mut incoming.fact, secret, &format!("{}/{}/{}", identity.0, identity.1, identity.2));
            let occurred_at = incoming.occurred_at.unwrap_or(self.now);
            let (brand, source, id) = identity.clone();
            events.push((Event { brand, source, id, occurred_at, fact: incoming.fact }, hash.clone()));
        }
        let order_key =
            events.iter().find_map(|(event, _)| event.fact.order_id()).map(|id| (key.0.clone(), id.to_owned()));
        let mut order = order_key.as_ref().and_then(|key| self.orders.get(key).cloned()).or(found.order);
        // Everything is decided before anything is kept: a refusal leaves no trace.
        let mut staged = Batch::default();
        let mut receipt = None;
        let mut snapshot = false;
        let mut counted = Vec::new();
        for (event, hash) in events {
            let counts = self.counts.given(&key.0);
            let decided = decide(&programmes, &case.member, order.as_ref(), &event, counts, self.now);
            let mut decision = decided.map_err(|refusal| self.explained(refusal, &key, order.as_ref()))?;
            let unreadable = |error: serde_json::Error| NotAccepted::Unavailable(error.to_string());
            let row = record(&event, (&case.member, order.as_ref()), &mut decision, hash).map_err(unreadable)?;
            self.deliver(&mut staged, &event, &decision, &row.brand);
            names(&mut staged, self.desk, &event, &decision);
            counted.push((decision.seen, decision.counted));
            staged.events.push(row);
            snapshot |= decision.member.next_due_at != case.member.next_due_at
                || decision.member.version == 1
                || decision.member.version.is_multiple_of(SNAPSHOT_EVERY);
            case.member = decision.member;
            order = decision.order.clone().or(order);
            staged.orders.extend(decision.order.map(|order| (key.0.clone(), order)));
            receipt = Some(decision.receipt);
        }
        let Some(receipt) = receipt else { return Err(NotAccepted::Unavailable("nothing to decide".to_owned())) };
        for (seen, changed) in counted {
            self.counts.apply(&key.0, &seen, changed);
        }
        self.keep(staged, &key, case, &incoming.who, &found.owners, joins);
        if let (Some(key), Some(order)) = (order_key, order) {
            self.orders.insert(key, order);
        }
        if snapshot {
            self.snapshots.insert(key.clone());
        }
        let stored = Known { member: key.1, hash, receipt: serde_json::to_string(&receipt).unwrap_or_default() };
        self.accepted.insert(identity, stored);
        Ok(Accepted { receipt })
    }

    /// The same identity again: the stored receipt when it says the same, a conflict when it does not.
    fn repeat(
        &mut self,
        incoming: &Incoming,
        known: &Known,
        hash: &str,
        owners: &[Option<String>],
    ) -> Result<Accepted, NotAccepted> {
        let owner = self.owner(incoming, owners);
        let led = owner.clone().and_then(|owner| self.led(incoming, owner).ok());
        let ours = |owner: &Option<String>| owner.as_deref() == Some(known.member.as_str());
        if known.hash == hash && (ours(&owner) || ours(&led)) {
            let mut receipt: Receipt = serde_json::from_str(&known.receipt)
                .map_err(|error| NotAccepted::Unavailable(format!("a stored receipt is unreadable: {error}")))?;
            receipt.duplicate = true;
            return Ok(Accepted { receipt });
        }
        self.batch.conflicts.push(ConflictRow {
            brand: incoming.brand.clone(),
            source: incoming.source.clone(),
            id: incoming.id.clone(),
            recorded_at: to_micros(self.now),
            detail: "known with other content".to_owned(),
        });
        Err(NotAccepted::Conflict { source_name: incoming.source.clone(), id: incoming.id.clone() })
    }

    /// The strongest identity that belongs to somebody says who it is. A weaker one does not, when its owner is known by
    /// another customer number than the body's: two people may share an e-mail address.
    fn owner(&self, incoming: &Incoming, owners: &[Option<String>]) -> Option<String> {
        if incoming.who.id.is_some() {
            return incoming.who.id.clone();
        }
        let hashes = identities(self.desk, incoming);
        let mut owners = hashes.into_iter().zip(owners).filter_map(|((kind, hash), owner)| {
            let owner = owner.clone().or_else(|| self.joined.get(&(incoming.brand.clone(), kind, hash)).cloned());
            owner.map(|owner| (kind, owner))
        });
        let owner = owners.find(|(kind, owner)| {
            let known = self.members.get(&(incoming.brand.clone(), owner.clone()));
            let number = known.and_then(|known| known.person.external_id.as_ref());
            *kind == "external_id"
                || number.is_none()
                || incoming.who.facts.external_id.is_none()
                || number == incoming.who.facts.external_id.as_ref()
        });
        owner.map(|(_, owner)| owner)
    }

    /// Whom what comes for a member is decided for: the one it turned out to be.
    fn led(&self, incoming: &Incoming, owner: String) -> Result<String, NotAccepted> {
        let led = if incoming.who.exact { Some(owner) } else { led(&self.members, &incoming.brand, owner) };
        led.ok_or_else(joining)
    }

    /// Whom an order is decided for that comes for this member: after an un-merge, perhaps the one it was taken for.
    fn maker(&self, incoming: &Incoming, owner: String, found: &Found) -> Result<String, NotAccepted> {
        let known = self.members.get(&(incoming.brand.clone(), owner.clone()));
        match (known, &found.order) {
            (Some(loaded), Some(order)) => self.led(incoming, order.decided_for(&loaded.member).to_owned()),
            _ => Ok(owner),
        }
    }

    /// An order of a member that is just being joined to this one is not somebody else's: it comes again in a moment.
    fn explained(&self, refusal: Refusal, key: &Key, order: Option<&Order>) -> NotAccepted {
        let owner = order.and_then(|order| self.members.get(&(key.0.clone(), order.member.clone())));
        let of_joining = owner.is_some_and(|owner| owner.member.merged_into.as_deref() == Some(&key.1));
        match refusal {
            Refusal::OrderOfAnotherMember { .. } if of_joining => joining(),
            refusal => refusal.into(),
        }
    }

    fn newcomer(&self, id: &str) -> Loaded {
        let member = Member::new(id.to_owned(), self.now);
        Loaded { member, key: Some(ids::secret()), person: Person::default() }
    }

    /// The event that makes the member one, or tells the ledger a fact it uses itself (the language).
    fn knowing(&self, key: &Key, case: &Loaded, incoming: &Incoming, joins: bool) -> Option<Event> {
        let facts = &incoming.who.facts;
        let told = Joined { language: facts.language.clone(), test: facts.test };
        let changed = told.language.is_some() && told.language != case.member.language;
        let own_event = joins && matches!(incoming.fact, Fact::Joined(_));
        let tells_it_itself = matches!(incoming.fact, Fact::Changed(_) | Fact::MemberImported(_));
        if !joins && !changed || tells_it_itself {
            return None;
        }
        let (source, id) = if own_event {
            (incoming.source.clone(), incoming.id.clone())
        } else {
            (
                "self".to_owned(),
                format!("{}:{}:{}", if joins { "joined" } else { "changed" }, incoming.source, incoming.id),
            )
        };
        let fact = if joins { Fact::Joined(told) } else { Fact::Changed(told) };
        Some(Event { brand: key.0.clone(), source, id, occurred_at: self.now, fact })
    }

    fn hash_of(&self, event: &Event) -> String {
        seal::keyed_hash(&self.desk.secret, &[event.fact.kind(), &event.fact.data().to_string()])
    }

    fn deliver(&self, staged: &mut Batch, event: &Event, decision: &crate::loyalty::Decision, brand: &str) {
        let (member, version) = (&decision.member.id, decision.member.version);
        let due_at = to_micros(self.now);
        for destination in self.desk.feeds.iter().copied().filter(|destination| concerns(destination, &event.fact)) {
            let (brand, member) = (brand.to_owned(), member.clone());
            staged.feeds.push(FeedMark { destination, brand, member, version, due_at });
        }
        let heard = |intent: &&Intent| !self.desk.deaf.contains(&intent.action.destination());
        for intent in decision.intents.iter().filter(heard).cloned() {
            let (brand, member) = (brand.to_owned(), member.clone());
            staged.intents.push(IntentRow { brand, member, version, due_at, intent });
        }
        for (number, parked) in (0..).zip(&decision.parked) {
            staged.parked.push(ParkedRow {
                brand: brand.to_owned(),
                source: event.source.clone(),
                id: event.id.clone(),
                number,
                member: Some(member.clone()),
                reason: parked.reason.clone(),
                content: parked.content.clone(),
                recorded_at: self.now,
            });
        }
    }

    /// Takes the staged rows into the batch, with new identities and changed facts.
    fn keep(&mut self, staged: Batch, key: &Key, mut case: Loaded, who: &Who, owners: &[Option<String>], joins: bool) {
        self.batch.absorb(staged);
        let hashes = who.identities.iter().map(|(kind, value)| (*kind, self.hash_identity(kind, value)));
        for ((kind, hash), owner) in hashes.collect::<Vec<_>>().into_iter().zip(owners) {
            let place = (key.0.clone(), kind, hash.clone());
            let owner = owner.clone().or_else(|| self.joined.get(&place).cloned());
            match owner {
                None => {
                    self.joined.insert(place, key.1.clone());
                    self.batch.identities.push(IdentityRow { brand: key.0.clone(), kind, hash, member: key.1.clone() });
                }
                Some(owner) if owner != key.1 => self.batch.conflicts.push(ConflictRow {
                    brand: key.0.clone(),
                    source: "identity".to_owned(),
                    id: kind.to_owned(),
                    recorded_at: to_micros(self.now),
                    detail: format!("given for {} but belongs to {owner}", key.1),
                }),
                Some(_) => {}
            }
        }
        let facts = case.person.updated(&who.facts);
        if joins || facts != case.person {
            case.person = facts;
            self.batch.persons.push(PersonRow {
                brand: key.0.clone(),
                member: key.1.clone(),
                key: *case.key.get_or_insert_with(ids::secret),
                facts: serde_json::to_string(&case.person).unwrap_or_default(),
            });
        }
        self.members.insert(key.clone(), case);
    }

    fn hash_identity(&self, kind: &str, value: &str) -> String {
        seal::keyed_hash(&self.desk.secret, &[kind, value])
    }
}

//! What a decision leads to, as rows of the batch: feeds and intents, identities and conflicts, changed facts.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::{
    clock::to_micros,
    ids,
    intake::{Incoming, Who},
    loyalty::{
        Decision, Event, Fact, Member, Programmes,
        event::Joined,
        intent::{Action, Intent, Moved},
    },
    programme::NewMembers,
    store::{
        Batch,
        batch::{DuplicateRow, FeedMark, IdentityRow, IntentRow, PersonRow},
        find::Loaded,
        parked::{GIFTS, ParkedName, ParkedRow},
        search,
    },
    values::{id::derived_uuid, person::Person, seal},
    writer::{
        batch::{Identified, Key, Round},
        lookup::{concerns, led},
    },
};

/// For so long a change of an address is news that a system is told.
const NEWS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Round<'_> {
    pub(super) fn newcomer(&self, id: &str) -> Loaded {
        let member = Member::new(id.to_owned(), self.now);
        Loaded { member, key: Some(ids::secret()), person: Person::default(), behind: 0 }
    }

    /// The event that makes the member one, or tells the ledger a fact it uses itself (the language).
    pub(super) fn joins_or_changes(
        &self,
        key: &Key,
        (loaded, programmes): (&Loaded, &Programmes),
        incoming: &Incoming,
        joins: bool,
    ) -> Option<Event> {
        let facts = &incoming.who.facts;
        let of_store = || match &incoming.fact {
            Fact::Order { state, .. } if joins => {
                programmes.live().programme.stores.of(state.store.as_ref())?.language.clone()
            }
            _ => None,
        };
        // Who joins by themselves has accepted; who buys is asked, where the programme says so.
        let asks = programmes.live().programme.settings.new_members == NewMembers::WaitUntilAccepted;
        let unaccepted = joins && asks && !incoming.fact.is_past() && !matches!(incoming.fact, Fact::Joined(_));
        let joined = Joined { language: facts.language.clone().or_else(of_store), test: facts.test, unaccepted };
        let changed = joined.language.is_some() && joined.language != loaded.member.language;
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
        let fact = if joins { Fact::Joined(joined) } else { Fact::Changed(joined) };
        Some(Event { brand: key.0.clone(), source, id, occurred_at: self.now, fact })
    }

    pub(super) fn deliver(&self, staged: &mut Batch, event: &Event, decision: &Decision) {
        let (brand, member, version) = (&event.brand, &decision.member.id, decision.member.version);
        let due_at = to_micros(self.now);
        for destination in self.desk.feeds.iter().copied().filter(|destination| concerns(destination, &event.fact)) {
            let (brand, member) = (brand.clone(), member.clone());
            staged.feeds.push(FeedMark { destination, brand, member, version, due_at });
        }
        let heard = |intent: &&Intent| !self.desk.unrouted.contains(&intent.action.destination());
        for intent in decision.intents.iter().filter(heard).cloned() {
            let (brand, member) = (brand.clone(), member.clone());
            staged.intents.push(IntentRow { brand, member, version, due_at, intent });
        }
        for (number, parked) in (0..).zip(&decision.parked) {
            let of_event = || (event.source.clone(), event.id.clone(), number);
            let gift = parked.gives.as_ref().map(|gift| (GIFTS.to_owned(), gift.clone(), 0));
            let (source, id, number) = gift.unwrap_or_else(of_event);
            staged.parked.push(ParkedRow {
                brand: brand.clone(),
                source,
                id,
                number,
                member: Some(member.clone()),
                reason: parked.reason.clone(),
                content: parked.content.clone(),
                recorded_at: self.now,
            });
        }
        let settled = decision.settled.iter().map(|gift| (brand.clone(), GIFTS.to_owned(), gift.clone()));
        staged.unparked.extend(settled.map(|(brand, source, id)| ParkedName { brand, source, id }));
    }

    /// Identities that are new lead to this member; where one is somebody else's, the two may be one person.
    pub(super) fn keep_identities(
        &mut self,
        key: &Key,
        who: &Who,
        identities: Vec<Identified>,
        (owners, joins): (&[Option<String>], bool),
    ) {
        for ((form, (kind, hash)), owner) in who.forms().zip(identities).zip(owners) {
            let place = (key.0.clone(), kind, hash.clone());
            let owner = owner.clone().or_else(|| self.uncommitted.joined.get(&place).cloned());
            match owner {
                None if form.former => {}
                None if who.only_named && !joins && kind != "visitor" => {}
                None => {
                    self.uncommitted.joined.insert(place, key.1.clone());
                    self.batch.identities.push(IdentityRow { brand: key.0.clone(), kind, hash, member: key.1.clone() });
                }
                Some(owner) if self.is_another(key, &owner) => self.batch.duplicates.push(DuplicateRow::of(
                    &key.0,
                    [key.1.clone(), owner],
                    kind,
                    to_micros(self.now),
                )),
                Some(_) => {}
            }
        }
    }

    /// Whether this is somebody else, as far as is known.
    fn is_another(&self, key: &Key, owner: &str) -> bool {
        led(&self.members, &key.0, owner.to_owned()).is_none_or(|owner| owner != key.1)
    }

    /// What a caller is told of the identities that are somebody else's; whoever only names members learns nothing of them.
    pub(super) fn shared_identities(
        &self,
        key: &Key,
        who: &Who,
        identities: &[Identified],
        owners: &[Option<String>],
    ) -> Vec<String> {
        let named = who.forms().filter(|_| !who.only_named);
        let others = named.zip(identities).zip(owners).filter(|((form, (kind, hash)), owner)| {
            let joined = self.uncommitted.joined.get(&(key.0.clone(), *kind, hash.clone()));
            !form.former && owner.as_ref().or(joined).is_some_and(|owner| self.is_another(key, owner))
        });
        let notes = others.map(|((form, _), _)| {
            format!("this {} is another member's, too: GET /v1/duplicates lists who may be one person", form.kind)
        });
        notes.collect()
    }

    /// Identities that are given up lead to nobody, and are no facts of the member any more.
    pub(super) fn release(&mut self, key: &Key, loaded: &mut Loaded, who: &Who) {
        if who.released.is_empty() {
            return;
        }
        let before = loaded.person.clone();
        for (kind, value, member) in &who.released {
            loaded.person.forget(kind, value);
            let (brand, hash) = (key.0.clone(), seal::keyed_hash(&self.desk.secret, &[kind, value]));
            self.batch.released.push(IdentityRow { brand, kind, hash, member: member.clone() });
        }
        self.tell_of_moved(key, loaded, &before, who);
        let words = (search::words(&before), search::words(&loaded.person));
        self.batch.persons.push(person_row(key, loaded, words));
    }

    /// Whoever is reached by facts that moved hears of it at the address known until now: it may not have been them who moved
    /// them. Another form of the same fact moved nothing.
    fn tell_of_moved(&mut self, key: &Key, loaded: &mut Loaded, before: &Person, who: &Who) {
        let Some(address) = &before.email else { return };
        for what in Moved::ALL {
            let (Some(was), is) = (reached_by(before, what), reached_by(&loaded.person, what)) else { continue };
            if is.is_none_or(|is| is != was && !who.is_same(what.kind(), was)) {
                self.tell(key, loaded, address, (what, was));
            }
        }
    }

    fn tell(&mut self, key: &Key, loaded: &mut Loaded, address: &str, (what, was): (Moved, &str)) {
        let version = loaded.member.version;
        let name = if what == Moved::Email { "address" } else { what.kind() };
        let hash = seal::keyed_hash(&self.desk.secret, &[name, was]);
        let id = derived_uuid(&[name, &key.0, &key.1, &version.to_string(), &hash]).to_string();
        let secret = loaded.key.get_or_insert_with(ids::secret);
        let to = seal::seal_text(secret, &format!("{}/{id}", key.0), "to", address);
        let valid_until = self.now.saturating_add(NEWS_FOR).unwrap_or(self.now);
        let intent = Intent { id, action: Action::AddressChanged { to, what }, valid_until };
        let (brand, member, due_at) = (key.0.clone(), key.1.clone(), to_micros(self.now));
        self.batch.intents.push(IntentRow { brand, member, version, due_at, intent });
    }

    /// Facts that came with the event and are new.
    pub(super) fn keep_facts(&mut self, key: &Key, loaded: &mut Loaded, who: &Who, joins: bool) {
        if who.only_named && !joins {
            return;
        }
        let facts = loaded.person.updated(&who.facts);
        if joins || facts != loaded.person {
            let before = std::mem::replace(&mut loaded.person, facts);
            if !joins && !who.imported {
                self.tell_of_moved(key, loaded, &before, who);
            }
            let words = (search::words(&before), search::words(&loaded.person));
            self.batch.persons.push(person_row(key, loaded, words));
        }
    }
}

fn reached_by(person: &Person, what: Moved) -> Option<&str> {
    match what {
        Moved::Email => person.email.as_deref(),
        Moved::Phone => person.phone.as_deref(),
    }
}

/// The facts as they are now; `words` are those that a search found the member by before, and those of now.
fn person_row(key: &Key, loaded: &mut Loaded, (before, after): (BTreeSet<String>, BTreeSet<String>)) -> PersonRow {
    PersonRow {
        words_new: after.difference(&before).cloned().collect(),
        words_gone: before.difference(&after).cloned().collect(),
        brand: key.0.clone(),
        member: key.1.clone(),
        key: *loaded.key.get_or_insert_with(ids::secret),
        facts: serde_json::to_string(&loaded.person).unwrap_or_default(),
    }
}

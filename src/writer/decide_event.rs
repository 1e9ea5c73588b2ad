//! One event: whom it is for, what is decided for that member, and all that follows from it, kept whole or not at all.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{Answer, NotAccepted};
use crate::{
    clock::to_micros,
    ids,
    intake::{Incoming, Who},
    loyalty::{
        Event, Fact, Member, Order, Programmes,
        counters::{Change, Counts, Given},
        decide,
        event::{Accepted, Joined},
        personal,
        receipt::Receipt,
    },
    programme::NewMembers,
    store::{
        Batch,
        find::{Known, Loaded},
    },
    writer::{
        self,
        batch::{Identified, Key, Prepared, Round},
        counters,
        lookup::{joining, names, settled},
        rows::record,
    },
};

/// Versions between two snapshots of a document.
const SNAPSHOT_EVERY: u64 = 16;

/// Events on top of a snapshot that are too many to be read again the next time: each lies on a page of its own.
const FAR_BEHIND: u32 = 2;

/// Whom an event is decided for.
pub(super) struct Whom {
    pub key: Key,
    pub loaded: Arc<Loaded>,
    joins: bool,
}

/// An event to be decided, with its hash and its canonical content.
pub(super) type Hashed = (Event, (String, String));

/// Decided, and not kept yet.
pub(super) struct Staged {
    pub key: Key,
    /// The member as it stands afterwards.
    pub loaded: Loaded,
    pub rows: Batch,
    pub order: Option<Arc<Order>>,
    pub counted: Vec<(Counts, BTreeMap<String, Change>)>,
    pub snapshot: bool,
    receipt: Receipt,
}

impl Round<'_> {
    pub(super) fn decide_one(&mut self, prepared: Prepared) -> Answer {
        let identity =
            (prepared.incoming.brand.clone(), prepared.incoming.source.clone(), prepared.incoming.id.clone());
        if let Some(known) = prepared.found.known.clone().or_else(|| self.uncommitted.accepted.get(&identity).cloned())
        {
            self.concerned.push((identity.0, known.member.clone()));
            return self.repeat(&prepared, &known);
        }
        if let Some(too_new) = self.desk.programmes.too_new(&identity.0) {
            return Err(NotAccepted::from(&too_new));
        }
        let Some(programmes) = self.programmes.get(&identity.0).cloned() else {
            return Err(NotAccepted::NoProgramme(identity.0));
        };
        if self.is_strangers(&prepared, &programmes) {
            let Incoming { id, fact, .. } = &prepared.incoming;
            return Ok(writer::Accepted {
                receipt: Receipt::of_stranger(id, fact.order_id(), programmes.live().number),
            });
        }
        let whom = self.whom(&prepared, &programmes)?;
        let Prepared { incoming, mut found, identities, data, hash } = prepared;
        let order = self.order(&incoming).or(found.order.take());
        let who = incoming.who.clone();
        let settled = settled(&incoming.fact, &whom.key, to_micros(self.now));
        let (events, secret) = self.events(&whom, incoming, (hash.clone(), data), &programmes)?;
        let loaded = (whom.loaded.as_ref(), secret);
        crate::fault::panic_over("deciding", &identity.2);
        let order = match self.leaves(&programmes, &whom, &events, order.as_ref())? {
            None => order,
            Some(left) => {
                self.concerned.push(left.key.clone());
                let order = left.order.clone();
                self.stage(&programmes, whom.key.clone(), loaded, order.clone(), events.clone())?; // refused?
                self.keeping = true;
                self.keep(left, &Who::default(), Vec::new(), &[], false);
                order
            }
        };
        let staged = self.stage(&programmes, whom.key, loaded, order, events)?;
        crate::fault::panic_over("keeping", &identity.2);
        let notes = self.shared_identities(&staged.key, &who, &identities, &found.owners);
        let member = staged.key.1.clone();
        self.keeping = true;
        self.batch.settled.extend(settled);
        let receipt = self.keep(staged, &who, identities, &found.owners, whom.joins);
        self.uncommitted.accepted.insert(identity, Known { member, hash, receipt: receipt.clone() });
        let receipt = Receipt { notes, ..receipt };
        self.keeping = false;
        Ok(writer::Accepted { receipt })
    }

    /// The member that this is about, or a new one.
    fn whom(&mut self, prepared: &Prepared, programmes: &Programmes) -> Result<Whom, NotAccepted> {
        let incoming = &prepared.incoming;
        let owner = self.owner(prepared).map(|owner| self.led(incoming, owner)).transpose()?;
        let owner = owner.map(|owner| self.owner_for_order(prepared, owner)).transpose()?;
        let joins = owner.is_none();
        let settings = &programmes.live().programme.settings;
        let by_buying = settings.join && settings.new_members != NewMembers::OnlyByJoining;
        let welcome = by_buying || matches!(incoming.fact, Fact::MemberImported(_) | Fact::Joined(_));
        if joins && (!welcome || incoming.who.identities.is_empty()) {
            return Err(NotAccepted::UnknownMember(incoming.who.describe()));
        }
        let key = (incoming.brand.clone(), owner.unwrap_or_else(|| ids::fresh("mem")));
        self.concerned.push(key.clone());
        let loaded = match self.members.get(&key) {
            Some(loaded) => Arc::clone(loaded),
            None if joins => Arc::new(self.newcomer(&key.1)),
            None if incoming.who.id.as_ref() == Some(&key.1) => return Err(NotAccepted::UnknownMember(key.1)),
            None => return Err(joining()),
        };
        Ok(Whom { key, loaded, joins })
    }

    /// Whether somebody buys who is no member, where that alone makes nobody one: it is taken, and nothing of it is kept.
    fn is_strangers(&self, prepared: &Prepared, programmes: &Programmes) -> bool {
        let settings = &programmes.live().programme.settings;
        let incoming = &prepared.incoming;
        let only_members = settings.new_members == NewMembers::OnlyByJoining;
        only_members
            && matches!(incoming.fact, Fact::Order { .. })
            && prepared.found.order.is_none()
            && !incoming.who.identities.is_empty()
            && self.owner(prepared).is_none()
    }

    /// The order that this is about, as it stands after what this round decided so far.
    fn order(&self, incoming: &Incoming) -> Option<Arc<Order>> {
        let id = incoming.fact.order_id()?;
        self.uncommitted.orders.get(&(incoming.brand.clone(), id.to_owned())).cloned()
    }

    /// What is decided one after the other: what the member is known by, then what came; and the member's key.
    fn events(
        &self,
        Whom { key, loaded, joins }: &Whom,
        mut incoming: Incoming,
        (hash, mut data): (String, String),
        programmes: &Programmes,
    ) -> Result<(Vec<Hashed>, Option<[u8; 32]>), NotAccepted> {
        let (mut events, mut secret) = (Vec::new(), loaded.key);
        if let Some(event) = self.joins_or_changes(key, (loaded, programmes), &incoming, *joins) {
            let data = event.fact.text()?;
            let own_event = event.source == incoming.source;
            let hash = if own_event { hash.clone() } else { self.desk.hash_of(&event, &data) };
            events.push((event, (hash, data)));
        }
        if !joins && matches!(incoming.fact, Fact::Joined(_)) {
            // Nobody becomes a member twice; who was not asked the first time accepts.
            let accepted = !loaded.member.is_unaccepted();
            incoming.fact =
                if accepted { Fact::Changed(Joined::default()) } else { Fact::Accepted(Accepted::default()) };
            data = incoming.fact.text()?;
        }
        if *joins && matches!(incoming.fact, Fact::Joined(_)) {
            events.extend(self.listed(key, (loaded, programmes), &incoming)?);
            return Ok((events, secret));
        }
        events.extend(self.past_counted(key, loaded)?);
        events.extend(self.listed(key, (loaded, programmes), &incoming)?);
        let Incoming { brand, source, id, .. } = &incoming;
        let place = format!("{brand}/{source}/{id}");
        let completed = incoming.fact.complete(programmes, &ids::code);
        if completed || personal::is_personal(&mut incoming.fact) {
            personal::seal(&mut incoming.fact, secret.get_or_insert_with(ids::secret), &place);
            data = incoming.fact.text()?;
        }
        let Incoming { brand, source, id, occurred_at, fact, .. } = incoming;
        let occurred_at = occurred_at.unwrap_or(self.now);
        events.push((Event { brand, source, id, occurred_at, fact }, (hash, data)));
        Ok((events, secret))
    }

    /// Everything is decided before anything is kept: a refusal leaves no trace. A member comes with its key, which may
    /// be a new one.
    pub(super) fn stage(
        &self,
        programmes: &Programmes,
        key: Key,
        (loaded, secret): (&Loaded, Option<[u8; 32]>),
        mut order: Option<Arc<Order>>,
        events: Vec<Hashed>,
    ) -> Result<Staged, NotAccepted> {
        let (mut rows, mut counted, mut answer) = (Batch::default(), Vec::new(), None);
        let mut snapshot = loaded.behind >= FAR_BEHIND;
        let mut decided_last: Option<Member> = None;
        let mut counts = Cow::Borrowed(self.counts.given(&key.0));
        for (event, content) in events {
            let before = decided_last.as_ref().unwrap_or(&loaded.member);
            let given = Given::looked_up(&counts);
            let decided = decide(programmes, before, order.as_deref(), &event, given, self.now);
            let mut decision = decided.map_err(|refusal| self.explained(refusal, &key, order.as_deref()))?;
            if !decision.seen.keys().all(|count| self.counts.knows(&key.0, count)) {
                return Err(joining()); // what it must look at was not looked up: the next time, it is
            }
            let (row, order_row) = record(&event, (before, order.as_deref()), &mut decision, content)?;
            self.deliver(&mut rows, &event, &decision);
            names(&mut rows, self.desk, &event, (before, &decision));
            snapshot |= is_nearer(decision.member.next_due_at, before.next_due_at)
                || matches!(event.fact, Fact::TimePassed(_))
                || decision.member.version == 1
                || decision.member.version.is_multiple_of(SNAPSHOT_EVERY);
            counters::after(&mut counts, &decision.counted);
            counted.push((decision.seen, decision.counted));
            decided_last = Some(decision.member);
            order = decision.order.map(Arc::new).or(order);
            rows.orders.extend(order_row);
            // Who joined is answered by that, whatever lists name the member.
            if answer.is_none() || !matches!(event.fact, Fact::SegmentsLooked(_)) {
                answer = Some(decision.receipt);
            }
            rows.events.push(row);
        }
        let (Some(receipt), Some(member)) = (answer, decided_last) else {
            return Err(NotAccepted::Unavailable("nothing to decide".to_owned()));
        };
        let loaded = Loaded { member, key: secret, person: loaded.person.clone(), behind: 0 };
        Ok(Staged { key, loaded, rows, order, counted, snapshot, receipt })
    }

    /// Takes what was decided into the batch, all but what the caller is told.
    fn keep(
        &mut self,
        staged: Staged,
        who: &Who,
        identities: Vec<Identified>,
        owners: &[Option<String>],
        joins: bool,
    ) -> Receipt {
        let Staged { key, mut loaded, rows, order, counted, snapshot, receipt } = staged;
        self.batch.absorb(rows);
        for (seen, changed) in counted {
            self.counts.apply(&key.0, &seen, changed);
        }
        self.keep_identities(&key, who, identities, (owners, joins));
        self.keep_facts(&key, &mut loaded, who, joins);
        self.release(&key, &mut loaded, who);
        if let Some(order) = order {
            self.uncommitted.orders.insert((key.0.clone(), order.id.clone()), order);
        }
        if snapshot {
            self.snapshots.insert(key.clone());
        }
        self.members.insert(key, Arc::new(loaded));
        receipt
    }
}

/// A nearer alarm is written down at once; with a farther one the old one rings too early, and finds nothing due.
fn is_nearer(alarm: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    alarm.is_some_and(|alarm| than.is_none_or(|than| alarm < than))
}

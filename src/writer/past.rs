//! What measures that count the past need of it is read before a member's next event, and stands in the ledger as an event of its own.

use std::collections::BTreeSet;

use crate::{
    intake::Incoming,
    loyalty::{Event, Fact, Programmes},
    store::{
        StoreError,
        find::{Found, Loaded},
    },
    writer::{
        batch::{Key, Round},
        decide_event::Hashed,
        lookup::{led, named},
    },
};

impl Round<'_> {
    /// Reads the past of those for whom something is to be decided and whose document does not hold what is needed of it.
    pub(super) async fn read_past(&mut self, incoming: &[Incoming], found: &[Found]) -> Result<(), StoreError> {
        let counts_past = |brand: &String| self.programmes.get(brand).is_some_and(Programmes::live_counts_past);
        let mut keys = BTreeSet::<Key>::new();
        for (one, found) in incoming.iter().zip(found).filter(|(one, _)| counts_past(&one.brand)) {
            let ids = named(one, found).into_iter();
            let led = ids.flat_map(|id| [Some(id.clone()), led(&self.members, &one.brand, id.clone())]);
            keys.extend(led.flatten().map(|id| (one.brand.clone(), id)));
        }
        for key in keys {
            let (Some(loaded), Some(programmes)) = (self.members.get(&key), self.programmes.get(&key.0)) else {
                continue;
            };
            let member = &loaded.member;
            if let Some(counted) = self.desk.store.count_past(programmes, (&key.0, member)).await? {
                self.past.insert(key, (member.version, counted));
            }
        }
        Ok(())
    }

    /// The event that tells what was counted, where the member stands as it did then.
    pub(super) fn past_counted(&self, key: &Key, loaded: &Loaded) -> Result<Option<Hashed>, serde_json::Error> {
        let version = loaded.member.version;
        let Some((_, counted)) = self.past.get(key).filter(|(then, _)| *then == version) else { return Ok(None) };
        let (source, id) = ("self".to_owned(), format!("past:{}:{}", key.1, version + 1));
        let fact = Fact::PastCounted(counted.clone());
        let event = Event { brand: key.0.clone(), source, id, occurred_at: self.now, fact };
        let data = event.fact.text()?;
        let hash = self.desk.hash_of(&event, &data);
        Ok(Some((event, (hash, data))))
    }
}

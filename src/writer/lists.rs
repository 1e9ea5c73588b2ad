//! A customer number that a list of segments names is told to the ledger as it comes: lists are known by number, members by id.

use crate::{
    intake::Incoming,
    loyalty::{Event, Fact, Programmes, mechanics::segments::SegmentsLooked},
    store::find::Loaded,
    writer::{
        batch::{Key, Round},
        decide_event::Hashed,
    },
};

impl Round<'_> {
    /// The event that tells which lists name the number that an event came with, where the document does not know it.
    pub(super) fn listed(
        &self,
        key: &Key,
        (loaded, programmes): (&Loaded, &Programmes),
        incoming: &Incoming,
    ) -> Result<Option<Hashed>, serde_json::Error> {
        let config = &programmes.live().programme.mechanics.segments;
        if !config.has_lists() || matches!(incoming.fact, Fact::SegmentsLooked(_)) {
            return Ok(None);
        }
        let number = incoming.who.identities.iter().find(|(kind, _)| *kind == "external_id").map(|(_, value)| value);
        let Some(number) = number.or(loaded.person.external_id.as_ref()) else { return Ok(None) };
        let listed = config.listing(number);
        if loaded.member.listed.of(&key.1).cloned().unwrap_or_default() == listed {
            return Ok(None);
        }
        let (source, id) = ("self".to_owned(), format!("listed:{}:{}", incoming.source, incoming.id));
        let fact = Fact::SegmentsLooked(SegmentsLooked { listed });
        let event = Event { brand: key.0.clone(), source, id, occurred_at: self.now, fact };
        let data = event.fact.text()?;
        let hash = self.desk.hash_of(&event, &data);
        Ok(Some((event, (hash, data))))
    }
}

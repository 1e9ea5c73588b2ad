//! A decision's last word on segments, and what is told of it.

use serde_json::json;

use super::{SegmentsLooked, TopSpend, placed};
use crate::{
    loyalty::{
        Fact,
        decide::intents::intent,
        deciding::{Deciding, Outcome},
        intent::Action,
    },
    programme::{SEGMENT_ENTERED, SEGMENT_LEFT},
};

impl Deciding<'_> {
    /// Somebody looked: the lists are those of now.
    pub(in crate::loyalty) fn look_at_segments(&mut self, looked: &SegmentsLooked) -> Outcome {
        let member = &mut self.books.member;
        if looked.listed.is_empty() {
            member.listed.0.remove(&member.id);
        } else {
            member.listed.0.insert(member.id.clone(), looked.listed.clone());
        }
        Outcome::nothing()
    }

    /// Works out the segments. Who came and went is told, unless somebody only looked: the table changed, or what is counted of the
    /// past became known, and not the member.
    pub(super) fn place(&mut self) {
        let known = self.books.member.placed.top_spend.take();
        let newest = TopSpend::newest(known.as_ref(), self.programmes.top_spend(self.now));
        let placed = placed(self.programme(), &self.books.member, newest, self.now);
        self.top_spend = placed.top_spend.clone().filter(|top| Some(top) != known.as_ref());
        let was = std::mem::take(&mut self.before.segments);
        let looked = matches!(self.event.fact, Fact::SegmentsLooked(_) | Fact::PastCounted(_));
        if placed.segments != was && !looked && self.due_anyway.is_none() {
            for came in placed.segments.difference(&was) {
                self.tell_segment(SEGMENT_ENTERED, came);
            }
            for left in was.difference(&placed.segments) {
                self.tell_segment(SEGMENT_LEFT, left);
            }
        }
        self.books.member.placed = placed;
    }

    fn tell_segment(&mut self, name: &str, id: &str) {
        let member = &self.books.member;
        let named = self.programme().mechanics.segments.segments.iter().find(|segment| segment.id == id);
        let (order, state) = match &self.event.fact {
            Fact::Order { order_id, state } => (Some(order_id), Some(state)),
            _ => (None, None),
        };
        let mut data = json!({
            "brand": self.event.brand, "member_id": member.id, "segment": id,
            "name": named.map_or(id, |segment| segment.name.as_str()), "order_id": order,
            "channel": state.and_then(|state| state.channel.as_ref()),
            "store": state.and_then(|state| state.store.as_ref()), "occurred_at": self.event.occurred_at,
        });
        if let Some(data) = data.as_object_mut() {
            data.retain(|_, value| !value.is_null());
        }
        let key = ["signal", member.id.as_str(), id, name, &self.event.source, &self.event.id];
        let signal = intent(self, &key, Action::Signal { name: name.to_owned(), data });
        self.intents.push(signal);
        if self.leads_on() {
            let event = self.event;
            self.derive(vec![name.to_owned(), format!("{name}:{id}")], json!({}), &[id, &event.source, &event.id]);
        }
    }
}

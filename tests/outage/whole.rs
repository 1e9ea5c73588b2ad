//! What must be true when everything has arrived: each entry one row, each order one text, one mail and one signal, each
//! member's events at Unomi in order.

use std::collections::BTreeSet;

use loyalty_connector::{
    clock::Clock,
    loyalty::{
        Fact,
        event::{TextWritten, WrittenBy},
    },
    programme::product::UNKNOWN,
    systems::unomi::map,
};
use serde_json::Value;

use crate::{support::ledger, world::World};

impl World {
    /// Everything is everywhere, once, and nothing waits for a person.
    pub async fn has_everything_once(&self) {
        let store = &self.app.app.store;
        assert_eq!(ledger::outstanding(store).await, [], "{:?}", store.dead_letters("main", 9).await);
        ledger::is_shown_once(store, &self.systems.nocodb).await;
        let (orders, awards) = self.causes().await;
        let texts: Vec<String> = self.texts().await.into_iter().map(|text| text.cause).collect();
        assert_eq!((texts.len(), texts.into_iter().collect::<BTreeSet<_>>()), (orders.len(), orders.clone()), "texts");
        let accepted = self.systems.brevo.accepted();
        assert_eq!((accepted.len(), accepted.values().flatten().count()), (orders.len(), orders.len()), "mails");
        let kept = store.messages("main", 1000).await.unwrap();
        assert!(kept.len() == orders.len() && kept.iter().all(|message| message.via == "brevo"), "{kept:?}");
        self.systems.n8n.distinct();
        let signals = self.systems.n8n.0.lock().unwrap().clone();
        let told = signals.values().map(|bodies| serde_json::from_slice::<Value>(&bodies[0]).unwrap());
        let told = told.filter(|body| body["type"] == "points.earned"); // a changed tier is told, too
        let told: Vec<String> = told.map(|body| body["data"]["cause"].as_str().unwrap().to_owned()).collect();
        assert_eq!((told.len(), told.into_iter().collect()), (awards.len(), awards), "signals");
        self.unomi_heard_in_order().await;
    }

    /// Orders, and everything that earned.
    async fn causes(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut orders, mut awards) = (BTreeSet::new(), BTreeSet::new());
        for summary in self.app.app.store.recent_events("main", 1000).await.unwrap() {
            let event = &summary.stored.event;
            let order = event.fact.order_id().map(|id| format!("order:{id}"));
            orders.extend(order.clone());
            if summary.stored.receipt.points.change > 0 {
                awards.insert(order.unwrap_or_else(|| format!("event:{}", event.id)));
            }
        }
        (orders, awards)
    }

    pub async fn texts(&self) -> Vec<TextWritten> {
        let events = self.app.app.store.recent_events("main", 1000).await.unwrap();
        let texts = events.into_iter().filter_map(|summary| match summary.stored.event.fact {
            Fact::TextWritten(text) => Some(text),
            _ => None,
        });
        texts.collect()
    }

    pub async fn written_by_model(&self) -> usize {
        self.texts().await.iter().filter(|text| text.written_by == WrittenBy::Model).count()
    }

    /// What Unomi got of each member came in the ledger's order and is all there is.
    async fn unomi_heard_in_order(&self) {
        let (store, now) = (&self.app.app.store, self.app.clock.now());
        store.forget_feeds("unomi").await.unwrap();
        store.feed_everybody("unomi", now).await.unwrap();
        let members = store.lease_feeds("unomi", 1000, now, now).await.unwrap();
        let arrived = self.systems.unomi.see(|seen| seen.arrived.clone());
        let mut expected = 0;
        for item in &members {
            let parts = map::parts(item, None, &UNKNOWN).into_iter().filter(|part| !part.is_state());
            let parts: Vec<String> = parts.map(|part| part.key).collect();
            let heard = arrived.iter().filter(|(member, _)| *member == item.member.id).map(|(_, event)| event);
            assert_eq!(heard.cloned().collect::<Vec<_>>(), parts, "events of {} in order", item.member.id);
            expected += parts.len();
            let points = self.systems.unomi.see(|seen| seen.profiles[&item.member.id]["loyaltyPoints"].clone());
            assert_eq!(points, item.member.balance.spendable());
        }
        assert_eq!(arrived.len(), expected);
    }
}

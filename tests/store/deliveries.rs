//! Feeds and intents: leased once, settled by who leased them, dead letters for a person.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::intent::{Action, Intent},
    store::{Batch, FeedItem, Settled, Store, batch::IntentRow, deliveries::Parked, progress::FeedProgress},
};
use serde_json::json;

use crate::{
    books::{NOW, at},
    ground::{BRAND, House, ODD, OTHER, adjusted, joined, mark, share},
    support::postgres,
};

const SHEET: &str = "nocodb";

fn now() -> Timestamp {
    at(NOW)
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn micros(seconds: i64) -> i64 {
    later(seconds).as_microsecond()
}

/// Three members with two events each; of the first two the sheet is to hear, the second one has waited longer.
async fn house(test: &str) -> House {
    let mut house = House::new(test).await;
    for (member, due) in [("1", Some(-10)), ("2", Some(-20)), ("3", None)] {
        for (version, fact) in (1..).zip([joined(), adjusted(5, "x")]) {
            let id = format!("mem_{member}");
            let marks = || due.map(|due| mark(SHEET, BRAND, &id, version, micros(due))).into_iter().collect();
            house.tell_with(member, fact, || Batch { feeds: marks(), ..Batch::default() }).await;
            house.pass(1);
        }
    }
    house
}

async fn leased(store: &Store, limit: usize, seconds: i64) -> Vec<FeedItem> {
    store.lease_feeds(SHEET, limit, later(seconds), later(seconds + 60)).await.unwrap()
}

fn retry(seconds: i64, costs_attempt: bool) -> Settled {
    Settled::RetryAt { at: later(seconds), problem: ODD.to_owned(), costs_attempt }
}

fn dead() -> Settled {
    Settled::Dead { problem: "no such table".to_owned() }
}

async fn counts(store: &Store) -> Vec<(String, String, u64)> {
    store.delivery_counts(BRAND).await.unwrap()
}

fn count(destination: &str, state: &str, number: u64) -> (String, String, u64) {
    (destination.to_owned(), state.to_owned(), number)
}

#[tokio::test]
async fn a_feed_is_leased_oldest_first_and_by_one_at_a_time() {
    for (name, store, _) in &house("a_feed_is_leased_oldest_first_and_by_one_at_a_time").await.stores {
        assert_eq!(store.next_due(SHEET).await.unwrap(), Some(later(-20)), "{name}");
        assert_eq!(store.oldest_due(BRAND, SHEET).await.unwrap(), Some(later(-20)), "{name}");
        assert_eq!(store.oldest_due(OTHER, SHEET).await.unwrap(), None, "{name}");
        assert_eq!(store.next_due("unomi").await.unwrap(), None, "{name}");
        assert!(leased(store, 9, -21).await.is_empty() && leased(store, 0, 0).await.is_empty(), "{name}");
        let first = leased(store, 1, 0).await;
        assert_eq!(first.iter().map(|item| item.member.id.as_str()).collect::<Vec<_>>(), ["mem_2"], "{name}");
        let versions: Vec<_> = first[0].events.iter().map(|event| event.version).collect();
        assert_eq!((versions.as_slice(), first[0].version_due, first[0].attempt), (&[1, 2][..], 2, 1), "{name}");
        let rest = leased(store, usize::MAX, 0).await;
        assert_eq!(rest.iter().map(|item| item.member.id.as_str()).collect::<Vec<_>>(), ["mem_1"], "{name}");
        assert!(leased(store, 9, 59).await.is_empty(), "{name}: all are leased");
        let again = leased(store, 9, 60).await;
        let order: Vec<_> = again.iter().map(|item| (item.member.id.as_str(), item.attempt)).collect();
        assert_eq!(order, [("mem_1", 2), ("mem_2", 2)], "{name}: a lease ends by itself; as old ones by member");
        assert_eq!(store.next_due(SHEET).await.unwrap(), Some(later(120)), "{name}: leases count");
    }
}

#[tokio::test]
async fn a_feed_is_settled_by_who_leased_it_last() {
    for (name, store, _) in &house("a_feed_is_settled_by_who_leased_it_last").await.stores {
        let old = leased(store, 9, 0).await;
        let new = leased(store, 9, 60).await;
        let settle = async |items: &[FeedItem], settled: Settled| {
            store.settle_feeds(SHEET, items.iter().map(|item| (item, settled.clone())).collect()).await.unwrap();
        };
        settle(&old, dead()).await;
        settle(&old, retry(1, true)).await;
        assert_eq!(counts(store).await, [count(SHEET, "due", 2)], "{name}: who held it too long buries nothing");
        assert_eq!(store.next_due(SHEET).await.unwrap(), Some(later(120)), "{name}: and brings nothing forward");
        settle(&new[..1], retry(70, false)).await;
        let item = leased(store, 9, 70).await.pop().unwrap();
        assert_eq!((item.member.id.as_str(), item.attempt), ("mem_1", 2), "{name}: it costs no attempt: {ODD}");
        settle(&[item], retry(80, true)).await;
        let item = leased(store, 9, 80).await.pop().unwrap();
        assert_eq!(item.attempt, 3, "{name}");
        settle(std::slice::from_ref(&item), Settled::Unknown { problem: ODD.to_owned() }).await;
        assert_eq!(counts(store).await, [count(SHEET, "dead", 1), count(SHEET, "due", 1)], "{name}");
        settle(&old, Settled::Delivered).await;
        assert_eq!(counts(store).await, [count(SHEET, "sent", 2)], "{name}: what arrived, arrived");
        assert_eq!(store.next_due(SHEET).await.unwrap(), None, "{name}");
        store.settle_feeds(SHEET, Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn news_while_something_is_delivered_are_due_at_once_and_cut_no_wait_short() {
    let test = "news_while_something_is_delivered_are_due_at_once_and_cut_no_wait_short";
    for (name, store, _) in &house(test).await.stores {
        let items = leased(store, 9, 0).await;
        let news = |version, due: i64| Batch {
            feeds: vec![mark(SHEET, BRAND, "mem_1", version, micros(due))],
            ..Batch::default()
        };
        store.commit(news(3, 5)).await.unwrap();
        store.commit(news(2, 5)).await.unwrap();
        let settled: Vec<_> = items.iter().map(|item| (item, Settled::Delivered)).collect();
        store.settle_feeds(SHEET, settled).await.unwrap();
        let progress = store.progress(SHEET).await.unwrap();
        let member = |member: &str, version, due| FeedProgress {
            brand: BRAND.to_owned(),
            member: member.to_owned(),
            version,
            due,
        };
        assert_eq!(
            progress,
            [member("mem_1", 2, 3), member("mem_2", 2, 2)],
            "{name}: an older mark takes nothing back"
        );
        let again = leased(store, 9, 0).await.pop().unwrap();
        assert_eq!((again.member.id.as_str(), again.events.len(), again.attempt), ("mem_1", 0, 1), "{name}");
        store.settle_feeds(SHEET, vec![(&again, retry(500, true))]).await.unwrap();
        let both = [news(4, 8), news(5, 2)].into_iter().flat_map(|batch| batch.feeds).collect();
        store.commit(Batch { feeds: both, ..Batch::default() }).await.unwrap();
        assert_eq!(store.next_due(SHEET).await.unwrap(), Some(later(500)), "{name}");
        let both =
            [1, 2].map(|version| mark("unomi", BRAND, "mem_1", version, micros(10 - i64::try_from(version).unwrap())));
        store.commit(Batch { feeds: both.into(), ..Batch::default() }).await.unwrap();
        assert_eq!(
            store.next_due("unomi").await.unwrap(),
            Some(later(9)),
            "{name}: as soon as the first of one commit"
        );
        assert_eq!(store.progress("unomi").await.unwrap(), [member("mem_1", 0, 2)], "{name}: up to the last");
    }
}

#[tokio::test]
async fn a_part_that_is_refused_for_ever_is_parked_and_blocks_nothing() {
    let test = "a_part_that_is_refused_for_ever_is_parked_and_blocks_nothing";
    for (name, store, _) in &house(test).await.stores {
        let items = leased(store, 9, 0).await;
        let part = |key: &str| Parked { key: key.to_owned(), content: json!({"a": ODD}), problem: ODD.to_owned() };
        let except = || Settled::DeliveredExcept { parked: vec![part("b"), part("a")] };
        store.settle_feeds(SHEET, items.iter().map(|item| (item, except())).collect()).await.unwrap();
        store.settle_feeds(SHEET, vec![(&items[0], except())]).await.unwrap();
        assert_eq!(counts(store).await, [count(SHEET, "dead", 4), count(SHEET, "sent", 2)], "{name}: each once");
        let letters = store.dead_letters(BRAND, 9).await.unwrap();
        let members: Vec<_> = letters.iter().map(|letter| letter.member_id.as_str()).collect();
        assert_eq!(members, ["mem_1", "mem_1", "mem_2", "mem_2"], "{name}: oldest first");
        assert!(letters.iter().all(|letter| letter.problem == ODD && letter.content["content"]["a"] == ODD), "{name}");
    }
}

#[tokio::test]
async fn dead_letters_are_listed_oldest_first_and_replayed_under_their_key() {
    let test = "dead_letters_are_listed_oldest_first_and_replayed_under_their_key";
    let house = house(test).await;
    let intents = || {
        [("b", "2", 2), ("a", "3", 1), ("c", "1", 1)]
            .map(|(id, member, version)| intent(id, member, version, 3600))
            .into()
    };
    house.commit(|| Batch { intents: intents(), ..Batch::default() }).await;
    for (name, store, _) in &house.stores {
        let items = leased(store, 9, 0).await;
        store.settle_feeds(SHEET, items.iter().map(|item| (item, dead())).collect()).await.unwrap();
        let unknown = Settled::Unknown { problem: ODD.to_owned() };
        store.settle_intents(vec![("a".to_owned(), dead()), ("b".to_owned(), unknown)]).await.unwrap();
        let letters = store.dead_letters(BRAND, 9).await.unwrap();
        let found: Vec<_> = letters.iter().map(|letter| (letter.id.as_str(), letter.state.as_str())).collect();
        let all = [("nocodb:mem_1", "dead"), ("nocodb:mem_2", "dead"), ("b", "unknown"), ("a", "dead")];
        assert_eq!(found, all, "{name}");
        assert_eq!(store.dead_letters(BRAND, 3).await.unwrap(), letters[..3], "{name}");
        assert!(store.dead_letters(BRAND, 0).await.unwrap().is_empty(), "{name}");
        assert!(store.dead_letters(OTHER, usize::MAX).await.unwrap().is_empty(), "{name}");
        let waiting = store.dead_counts().await.unwrap();
        assert_eq!(waiting, [(SHEET.to_owned(), 2), ("signal".to_owned(), 2)], "{name}");
        let replay = async |brand, id: Option<&str>, destination: Option<&str>| {
            store.replay(brand, id.map(str::to_owned), destination.map(str::to_owned), later(90_000)).await.unwrap()
        };
        assert_eq!(replay(OTHER, None, None).await, 0, "{name}: only of its own brand");
        assert_eq!(replay(BRAND, Some("c"), None).await, 0, "{name}: what is due is no dead letter");
        assert_eq!(replay(BRAND, Some("a"), Some(SHEET)).await, 0, "{name}");
        assert_eq!(replay(BRAND, Some(ODD), None).await, 0, "{name}");
        assert_eq!(replay(BRAND, Some("a"), None).await, 1, "{name}");
        assert_eq!(replay(BRAND, Some("nocodb:mem_1"), None).await, 1, "{name}");
        assert_eq!(replay(BRAND, None, Some(SHEET)).await, 1, "{name}");
        assert_eq!(replay(BRAND, None, None).await, 1, "{name}: the rest");
        assert_eq!(replay(BRAND, None, None).await, 0, "{name}: once");
        let feeds = leased(store, 9, 90_000).await;
        assert!(feeds.len() == 2 && feeds.iter().all(|item| item.attempt == 2), "{name}: it may be there: look first");
        let due = store.lease_intents("signal", 9, later(90_000), later(90_060)).await.unwrap();
        let due: Vec<_> = due.iter().map(|item| (item.id.as_str(), item.attempt, item.valid_until)).collect();
        let day_more = later(90_000 + 86_400);
        assert_eq!(due, [("a", 1, day_more), ("b", 1, day_more)], "{name}: worth doing for another day");
        assert_eq!(store.intent_state("c").await.unwrap().as_deref(), Some("expired"), "{name}: the third was too old");
    }
}

/// Something to do once, due at once.
fn intent(id: &str, member: &str, version: u64, worth_seconds: i64) -> IntentRow {
    let action = Action::Signal { name: "order.paid".to_owned(), data: json!({"text": ODD}) };
    let intent = Intent { id: id.to_owned(), action, valid_until: later(worth_seconds) };
    IntentRow { brand: BRAND.to_owned(), member: format!("mem_{member}"), version, due_at: micros(0), intent }
}

#[tokio::test]
async fn an_intent_is_done_once_and_expires_when_it_is_no_longer_worth_doing() {
    let test = "an_intent_is_done_once_and_expires_when_it_is_no_longer_worth_doing";
    let house = house(test).await;
    let intents = || vec![intent("b", "1", 2, 100), intent("a", "1", 2, 100), intent("late", "1", 1, 30)];
    house.commit(|| Batch { intents: intents(), ..Batch::default() }).await;
    house.commit(|| Batch { intents: vec![intent("a", "2", 1, 5)], ..Batch::default() }).await;
    for (name, store, _) in &house.stores {
        let lease = async |limit: usize, seconds: i64| {
            let items = store.lease_intents("signal", limit, later(seconds), later(seconds + 10)).await.unwrap();
            items.into_iter().map(|item| (item.id, item.attempt)).collect::<Vec<_>>()
        };
        let state = async |id: &str| store.intent_state(id).await.unwrap().unwrap_or_default();
        let one = |id: &str, attempt: u32| (id.to_owned(), attempt);
        assert!(store.lease_intents("text", 9, later(1), later(9)).await.unwrap().is_empty(), "{name}");
        assert_eq!(lease(1, 31).await, [one("a", 1)], "{name}: as old ones in order of id");
        assert_eq!(state("late").await, "expired", "{name}");
        assert_eq!(lease(usize::MAX, 31).await, [one("b", 1)], "{name}");
        let of_event = store.intents_of(BRAND, "mem_1", 2).await.unwrap();
        let ids: Vec<_> = of_event.iter().map(|(intent, state)| (intent.id.as_str(), state.as_str())).collect();
        assert_eq!(ids, [("a", "due"), ("b", "due")], "{name}");
        assert_eq!(of_event[0].0, intents()[1].intent, "{name}: as it was given first");
        for beyond in [0, u64::MAX] {
            assert!(store.intents_of(BRAND, "mem_1", beyond).await.unwrap().is_empty(), "{name}");
        }
        store
            .settle_intents(vec![("a".to_owned(), retry(50, false)), ("b".to_owned(), Settled::Delivered)])
            .await
            .unwrap();
        store.settle_intents(vec![("b".to_owned(), dead()), ("late".to_owned(), retry(60, true))]).await.unwrap();
        assert_eq!(
            (state("b").await, state("late").await),
            ("done".into(), "expired".into()),
            "{name}: what is over is over"
        );
        assert_eq!(lease(9, 50).await, [one("a", 1)], "{name}: it cost no attempt");
        store.settle_intents(vec![("a".to_owned(), retry(70, true))]).await.unwrap();
        assert_eq!(lease(9, 70).await, [one("a", 2)], "{name}");
        store.settle_intents(vec![("a".to_owned(), dead())]).await.unwrap();
        store.settle_intents(vec![("a".to_owned(), Settled::Delivered)]).await.unwrap();
        assert_eq!(state("a").await, "done", "{name}: what arrived, arrived");
        store.settle_intents(vec![("nobody's".to_owned(), Settled::Delivered)]).await.unwrap();
        assert_eq!(store.intent_state("nobody's").await.unwrap(), None, "{name}");
        let expected = [count(SHEET, "due", 2), count("signal", "done", 2), count("signal", "expired", 1)];
        assert_eq!(counts(store).await, expected, "{name}: in order of destination and state");
    }
}

#[tokio::test]
async fn what_a_connector_held_is_due_again_at_its_next_start() {
    let test = "what_a_connector_held_is_due_again_at_its_next_start";
    let house = house(test).await;
    house.commit(|| Batch { intents: vec![intent("a", "1", 2, 900)], ..Batch::default() }).await;
    for (name, store, _) in &house.stores {
        leased(store, 9, 0).await;
        store.lease_intents("signal", 9, later(0), later(300)).await.unwrap();
        store.release_leases(later(5), Duration::from_secs(60)).await.unwrap();
        assert_eq!(store.next_due(SHEET).await.unwrap(), Some(later(5)), "{name}");
        assert_eq!(store.next_due("signal").await.unwrap(), Some(later(300)), "{name}: no lease of ours is so long");
        store.release_leases(Timestamp::MAX, Duration::MAX).await.unwrap();
    }
    let Some(url) = postgres::database(test) else { return };
    let (one, two) = (share(&url, "one").await, share(&url, "two").await);
    let feeds = vec![mark(SHEET, BRAND, "mem_1", 1, micros(0))];
    one.commit(Batch { events: vec![house.books.rows[0].clone()], feeds, ..Batch::default() }).await.unwrap();
    assert_eq!(leased(&one, 9, 0).await.len(), 1);
    two.release_leases(later(5), Duration::from_secs(60)).await.unwrap();
    assert!(leased(&two, 9, 6).await.is_empty(), "what another one holds stays theirs");
    one.release_leases(later(5), Duration::from_secs(60)).await.unwrap();
    assert_eq!(leased(&two, 9, 6).await.len(), 1);
}

#[tokio::test]
async fn a_destination_is_told_everything_when_it_is_new_or_lost_it() {
    let test = "a_destination_is_told_everything_when_it_is_new_or_lost_it";
    for (name, store, _) in &house(test).await.stores {
        let members = async || {
            store.progress(SHEET).await.unwrap().into_iter().map(|progress| progress.member).collect::<Vec<_>>()
        };
        assert_eq!(members().await, ["mem_1", "mem_2"], "{name}");
        let items = leased(store, 1, 0).await; // the second member
        store.settle_feeds(SHEET, vec![(&items[0], Settled::Delivered)]).await.unwrap();
        assert_eq!(store.feed_everybody(SHEET, later(1)).await.unwrap(), 2, "{name}: who has everything is left alone");
        assert_eq!(members().await, ["mem_1", "mem_2", "mem_3"], "{name}: in order");
        let some = |members: &[&str]| members.iter().map(|member| (BRAND.to_owned(), (*member).to_owned())).collect();
        let ids = |found: Vec<FeedProgress>| found.into_iter().map(|one| one.member).collect::<Vec<_>>();
        let (none, first) = ((String::new(), String::new()), (BRAND.to_owned(), "mem_1".to_owned()));
        assert_eq!(ids(store.progress_after(SHEET, none, 2).await.unwrap()), ["mem_1", "mem_2"], "{name}");
        assert_eq!(ids(store.progress_after(SHEET, first, 9).await.unwrap()), ["mem_2", "mem_3"], "{name}");
        let of = store.progress_with(SHEET, some(&["mem_3", "mem_0", "mem_1"])).await.unwrap();
        assert_eq!(ids(of), ["mem_3", "mem_1"], "{name}: in the order of the question, who is there");
        let delivered = store.delivered(&store.progress(SHEET).await.unwrap()).await.unwrap();
        let shown = delivered.iter().map(|item| (item.member.id.as_str(), item.version_due));
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [("mem_1", 0), ("mem_2", 2), ("mem_3", 0)],
            "{name}: what was sent of each"
        );
        assert!(
            delivered.iter().all(|item| item.events.iter().all(|event| event.version <= item.version_due)),
            "{name}"
        );
        let again = ["mem_2", "mem_0", "mem_2"].map(|member| (BRAND.to_owned(), member.to_owned()));
        assert_eq!(
            store.deliver_again(SHEET, again.into(), later(2)).await.unwrap(),
            1,
            "{name}: each once, who is there"
        );
        assert_eq!(store.deliver_again(SHEET, Vec::new(), later(2)).await.unwrap(), 0, "{name}");
        let progress = &store.progress(SHEET).await.unwrap()[1];
        assert_eq!(
            (progress.version, progress.due, progress.is_settled()),
            (0, 2, false),
            "{name}: from the first event"
        );
        assert_eq!(store.forget_feeds("unomi").await.unwrap(), 0, "{name}");
        assert_eq!(store.forget_feeds(SHEET).await.unwrap(), 3, "{name}");
        assert_eq!((members().await.len(), store.feed_everybody(SHEET, later(3)).await.unwrap()), (0, 3), "{name}");
    }
}

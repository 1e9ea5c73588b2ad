//! Members by the clock: whom something falls due for, who was born on a day, who wears a tier.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::Member,
    store::{Batch, StoreError, find::Loaded},
    values::person::Person,
};

use crate::{
    books::{NOW, at},
    ground::{BRAND, House, ODD, OTHER, both, person, share},
    support::postgres,
};

/// A member's snapshot with an alarm, and a tier.
pub fn member(id: &str, next_due_at: Option<Timestamp>, tier: &str) -> Arc<Loaded> {
    let mut member = Member::new(id.to_owned(), at(NOW));
    (member.version, member.next_due_at) = (1, next_due_at);
    tier.clone_into(&mut member.tier.id);
    Arc::new(Loaded { member, key: None, person: Person::default(), behind: 0 })
}

fn later(seconds: i64) -> Timestamp {
    at(NOW) + SignedDuration::from_secs(seconds)
}

/// A commit of snapshots.
pub fn snapshots(members: &[(&str, Arc<Loaded>)]) -> Batch {
    let members = members.iter().map(|(brand, loaded)| ((*brand).to_owned(), Arc::clone(loaded))).collect();
    Batch { members, ..Batch::default() }
}

#[tokio::test]
async fn whom_something_is_due_for_is_told_longest_due_first() {
    let test = "whom_something_is_due_for_is_told_longest_due_first";
    let all = || {
        snapshots(&[
            (BRAND, member("b", Some(later(5)), "")),
            (BRAND, member("a", Some(later(9)), "")),
            (BRAND, member("c", None, "")),
            (OTHER, member("a", Some(later(1)), "")),
        ])
    };
    for (name, store, _) in both(test).await {
        store.commit(all()).await.unwrap();
        let due = async |seconds, limit| store.due_members(later(seconds), limit).await.unwrap();
        let one = |brand: &str, id: &str, seconds| (brand.to_owned(), id.to_owned(), later(seconds));
        assert_eq!(due(9, usize::MAX).await, [one(OTHER, "a", 1), one(BRAND, "b", 5), one(BRAND, "a", 9)], "{name}");
        assert_eq!(due(8, 1).await, [one(OTHER, "a", 1)], "{name}");
        assert!(due(0, 9).await.is_empty() && due(9, 0).await.is_empty(), "{name}");
    }
    let Some(url) = postgres::database(test) else { return };
    let (first, second) = (share(&url, "one").await, share(&url, "two").await);
    first.commit(all()).await.unwrap();
    assert_eq!(first.due_members(later(9), 9).await.unwrap().len(), 3);
    assert!(second.due_members(later(9), 9).await.unwrap().is_empty(), "one connector has the alarms");
    assert_eq!(
        second.due_members(later(9) + SignedDuration::from_mins(1), 9).await.unwrap().len(),
        3,
        "when it is gone"
    );
}

#[tokio::test]
async fn who_was_born_on_a_day_is_listed_in_order_of_id() {
    let house = House::new("who_was_born_on_a_day_is_listed_in_order_of_id").await;
    let born = |birthday: Option<&str>| Person { birthday: birthday.map(str::to_owned), ..Person::default() };
    let all = [
        ("c", Some("1990-02-29")),
        ("a", Some("2001-02-29")),
        ("b", Some("1990-02-28")),
        ("d", None),
        (ODD, Some("1900-02-29")),
    ];
    house
        .commit(|| Batch {
            persons: all.iter().map(|(id, day)| person(BRAND, id, &born(*day))).collect(),
            ..Batch::default()
        })
        .await;
    for (name, store, _) in &house.stores {
        let on = async |day, after, limit| store.born_on(BRAND, day, after, limit).await.unwrap();
        assert_eq!(on("02-29", "", usize::MAX).await, [ODD, "a", "c"], "{name}");
        assert_eq!(on("02-29", ODD, 1).await, ["a"], "{name}");
        assert_eq!(on("02-28", "", 9).await, ["b"], "{name}");
        assert!(on("03-01", "", 9).await.is_empty() && on("02-29", "", 0).await.is_empty(), "{name}");
        assert!(store.born_on(OTHER, "02-29", "", 9).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn who_wears_a_tier_is_counted() {
    for (name, store, _) in both("who_wears_a_tier_is_counted").await {
        let all = [
            (BRAND, member("a", None, "gold")),
            (BRAND, member("b", None, "gold")),
            (BRAND, member("c", None, ODD)),
            (BRAND, member("d", None, "golden")),
            (OTHER, member("a", None, "gold")),
        ];
        store.commit(snapshots(&all)).await.unwrap();
        let wear = async |tier| store.members_of_tier(BRAND, tier).await.unwrap();
        assert_eq!([wear("gold").await, wear(ODD).await, wear("silver").await], [2, 1, 0], "{name}");
    }
}

#[tokio::test]
async fn a_name_leads_to_the_one_that_it_turned_out_to_be() {
    let merged = |id: &str, into: &str| {
        let mut loaded = Loaded::clone(&member(id, None, ""));
        loaded.member.merged_into = Some(into.to_owned());
        (BRAND, Arc::new(loaded))
    };
    for (name, store, _) in both("a_name_leads_to_the_one_that_it_turned_out_to_be").await {
        let all =
            [merged("a", "b"), merged("b", "c"), (BRAND, member("c", None, "")), merged("x", "y"), merged("y", "x")];
        store.commit(snapshots(&all)).await.unwrap();
        let led = async |brand, id: &str| store.led(brand, id.to_owned()).await.map(|one| one.map(|one| one.member.id));
        for id in ["a", "b", "c"] {
            assert_eq!(led(BRAND, id).await.unwrap().as_deref(), Some("c"), "{name}: {id}");
        }
        assert_eq!((led(BRAND, "none").await.unwrap(), led(OTHER, "a").await.unwrap()), (None, None), "{name}");
        assert!(matches!(led(BRAND, "x").await, Err(StoreError::Raced(_))), "{name}: two are just being joined");
    }
}

//! Messages and their marks, texts that were written.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Fact,
        event::{TextWritten, WrittenBy},
    },
    store::{Batch, MessageRow, messages::SENDING},
    values::{person::Person, seal::seal_text},
};

use crate::{
    books::{NOW, at},
    ground::{BRAND, House, KEY, ODD, OTHER, both, joined, person},
};

fn message(id: &str, via: &str, seconds: i64, body: &str) -> MessageRow {
    MessageRow {
        id: id.to_owned(),
        brand: BRAND.to_owned(),
        member: "mem_1".to_owned(),
        channel: "email".to_owned(),
        recipient: format!("{body}@example.com"),
        subject: body.to_owned(),
        body: body.to_owned(),
        sent_at: at(NOW) + SignedDuration::from_secs(seconds),
        via: via.to_owned(),
    }
}

#[tokio::test]
async fn a_mark_becomes_the_message_and_a_message_stays_as_it_went_out() {
    for (name, store, _) in both("a_mark_becomes_the_message_and_a_message_stays_as_it_went_out").await {
        store
            .commit(Batch { persons: vec![person(BRAND, "mem_1", &Person::default())], ..Batch::default() })
            .await
            .unwrap();
        let keep = async |message| store.keep_message(message, &KEY).await.unwrap();
        let stands = async |id| (store.went_out(id).await.unwrap(), store.in_doubt_since(id).await.unwrap());
        assert_eq!(stands("a").await, (false, None), "{name}");
        keep(message("a", SENDING, 1, "one")).await;
        assert_eq!(stands("a").await, (false, Some(message("", "", 1, "").sent_at)), "{name}: in doubt since the mark");
        keep(message("a", "brevo", 2, ODD)).await;
        keep(message("a", "brevo", 3, "three")).await;
        keep(message("a", SENDING, 4, "four")).await;
        assert_eq!(stands("a").await, (true, None), "{name}: it went out once");
        store.was_not_sent("a").await.unwrap();
        assert!(stands("a").await.0, "{name}: only a mark is taken away");
        keep(message("b", SENDING, 5, "five")).await;
        store.was_not_sent("b").await.unwrap();
        assert_eq!(stands("b").await, (false, None), "{name}");
        let kept = store.messages(BRAND, 9).await.unwrap();
        let found: Vec<_> =
            kept.iter().map(|row| (row.id.as_str(), row.via.as_str(), row.sent_at, row.body.as_str())).collect();
        assert_eq!(found, [("a", "brevo", message("", "", 2, "").sent_at, ODD)], "{name}");
        let to = format!("{ODD}@example.com");
        assert_eq!((kept[0].subject.as_str(), kept[0].recipient.as_str()), (ODD, to.as_str()), "{name}: all of it");
    }
}

#[tokio::test]
async fn the_newest_messages_come_first_and_without_a_key_nothing_is_read() {
    for (name, store, _) in both("the_newest_messages_come_first_and_without_a_key_nothing_is_read").await {
        for (id, seconds) in [("b", 1), ("a", 1), ("c", 0), ("d", 2)] {
            store.keep_message(message(id, "preview", seconds, "text"), &KEY).await.unwrap();
        }
        let elsewhere =
            MessageRow { brand: OTHER.to_owned(), sent_at: Timestamp::MAX, ..message("e", "preview", 0, "x") };
        store.keep_message(elsewhere, &KEY).await.unwrap();
        let list = async |limit| store.messages(BRAND, limit).await.unwrap();
        let ids = |rows: &[MessageRow]| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&list(usize::MAX).await), ["d", "b", "a", "c"], "{name}: of one instant the greater id");
        assert_eq!(ids(&list(2).await), ["d", "b"], "{name}");
        assert!(list(0).await.is_empty(), "{name}");
        assert!(list(9).await.iter().all(|row| row.body.is_empty() && row.recipient.is_empty()), "{name}");
        let far = store.messages(OTHER, 9).await.unwrap();
        assert_eq!(far[0].sent_at.as_microsecond(), Timestamp::MAX.as_microsecond(), "{name}");
    }
}

#[tokio::test]
async fn the_newest_text_about_a_cause_is_found() {
    let mut house = House::new("the_newest_text_about_a_cause_is_found").await;
    let written = |cause: &str, text_id: &str, body: &str| {
        Fact::TextWritten(TextWritten {
            text_id: text_id.to_owned(),
            language: "uk".to_owned(),
            subject: seal_text(&KEY, cause, "subject", "s"),
            body: seal_text(&KEY, cause, "body", body),
            written_by: WrittenBy::Template,
            cause: cause.to_owned(),
            channel: None,
            facts: BTreeMap::new(),
            fallback_reason: None,
        })
    };
    house.tell("1", joined()).await;
    for (cause, text, body) in [(ODD, "thanks", "old"), (ODD, "thanks", ODD), (ODD, "other", "x"), ("y", "thanks", "x")]
    {
        house.tell("1", written(cause, text, body)).await;
    }
    for (name, store, _) in &house.stores {
        let body = async |about: [&str; 4], key| store.text_written(about, key).await.unwrap().map(|text| text.body);
        assert_eq!(body([BRAND, "mem_1", ODD, "thanks"], Some(&KEY)).await.as_deref(), Some(ODD), "{name}");
        assert_eq!(body([BRAND, "mem_1", ODD, "thanks"], None).await, None, "{name}: sealed");
        for about in
            [[OTHER, "mem_1", ODD, "thanks"], [BRAND, "mem_2", ODD, "thanks"], [BRAND, "mem_1", "none", "thanks"]]
        {
            assert_eq!(body(about, Some(&KEY)).await, None, "{name}");
        }
    }
}

//! Segments in time: what changed in Unomi is known to the ledger before the member does anything there.

use std::time::Duration;

use loyalty_connector::{
    delivery::hints::Hints,
    systems::unomi::{
        Unomi,
        watch::{Around, Watch},
    },
    writer::programmes::LiveProgrammes,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    desk::{Desk, settings},
    support::{raw, unomi::Fake},
};

/// A member who bought, and a watch over its profile.
async fn watched(poll: Duration) -> (Desk, Fake, Watch, String) {
    let fake = Fake::default();
    let mut settings = settings(&fake.serve().await);
    settings.password = Some("secret".to_owned().into());
    let desk = Desk::with(settings.clone()).await;
    let member = desk.purchase("c-1", "1001").await;
    desk.turn().await;
    let app = &desk.app.app;
    let programmes: LiveProgrammes = app.programmes.clone();
    let hints: Hints = app.changed_profiles.clone();
    let (store, writer, clock) = (app.store.clone(), app.writer.clone(), desk.app.clock.clone());
    let around = Around { store, writer, programmes, clock, health: app.health.clone(), hints };
    let watch = Unomi::connect(&settings).unwrap().unwrap().watch(poll, around).unwrap();
    (desk, fake, watch, member)
}

#[tokio::test]
async fn a_segment_entered_by_browsing_is_known_before_the_next_purchase() {
    let (desk, fake, mut watch, member) = watched(Duration::from_secs(1)).await;
    let events = desk.member(&member).await["version"].clone();
    watch.look().await.unwrap();
    assert_eq!(desk.member(&member).await["version"], events, "the same segments are no news");
    fake.set(|conduct| conduct.segments = ["runners".to_owned()].into());
    watch.look().await.unwrap();
    assert_eq!(desk.member(&member).await["segments"], json!(["runners"]));
    // An index that is behind asks again and changes nothing back.
    fake.set(|conduct| conduct.indexed = Some([].into()));
    watch.look().await.unwrap();
    assert_eq!(desk.member(&member).await["segments"], json!(["runners"]));
    fake.set(|conduct| (conduct.indexed, conduct.segments) = (None, [].into()));
    watch.look().await.unwrap();
    assert_eq!(desk.member(&member).await["segments"], json!([]), "and those who left are out");
}

#[tokio::test]
async fn a_call_of_unomis_rule_makes_it_look_at_once_and_is_believed_in_nothing() {
    let (desk, fake, watch, member) = watched(Duration::from_secs(3_600)).await;
    fake.set(|conduct| conduct.segments = ["runners".to_owned()].into());
    let stop = CancellationToken::new();
    let hinted = async {
        let hint = |id: &str| json!({"profile_id": id, "segments": ["invented"]}).to_string().into_bytes();
        for id in ["mem_nobody", "../x", &member] {
            let (status, answer) = raw(&desk.app.url, None, "POST", "/webhooks/unomi", hint(id), &[]).await;
            assert_eq!(status, 202, "{answer}");
        }
        let mut segments = Value::Null;
        while segments != json!(["runners"]) {
            segments = desk.member(&member).await["segments"].clone();
        }
        stop.cancel();
    };
    tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(watch.run(stop.clone()), hinted) })
        .await
        .unwrap();
}

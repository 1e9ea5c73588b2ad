//! Rows that give far more than was foreseen stop by themselves.

use loyalty_connector::writer::publishing::Stopped;
use serde_json::{Value, json};

use crate::support::{TestApp, app, app_with_cells};

/// A day and hour of November and December.
fn at(day: u32, hour: u32) -> String {
    if day <= 30 {
        format!("2026-11-{day:02}T{hour:02}:00:00Z")
    } else {
        format!("2026-12-{:02}T{hour:02}:00:00Z", day - 30)
    }
}

/// So many reviews on a day, 20 points each.
async fn reviews(app: &TestApp, day: u32, count: u32) {
    for number in 0..count {
        app.clock.set(at(day, number % 24).parse().unwrap());
        let review =
            json!({"id": format!("r-{day}-{number}"), "type": "review", "member": {"external_id": "c-1"}, "data": {}});
        assert_eq!(app.call("POST", "/v1/events", Some(review)).await.0, 200);
    }
}

async fn tables(app: &TestApp) -> Value {
    app.call("GET", "/v1/programme", None).await.1["tables"].clone()
}

/// Publishes another text of the rule for reviews.
async fn publish(app: &TestApp, column: &str, text: &str) -> Value {
    let mut tables = tables(app).await;
    tables["Rules"][3][column] = text.into();
    let (_, said) = app.call("POST", "/v1/programme/check", Some(json!({ "tables": tables }))).await;
    let body = json!({"tables": tables, "fingerprint": said["fingerprint"], "live": said["live"]});
    let (status, published) = app.call("POST", "/v1/programme/publish", Some(body)).await;
    assert_eq!(status, 200, "{published}");
    said
}

/// What stops when it is looked now.
async fn stopped(app: &TestApp) -> Vec<Stopped> {
    app.app.stop_loss().look("main").await.unwrap()
}

/// A review a day from the 20th on for two weeks and more, at 20 points; then each is worth 30: 450 in 15 days, 900 in 30.
async fn with_history(app: &TestApp) {
    for day in 20..35 {
        reviews(app, day, 1).await;
    }
    app.clock.set(at(35, 12).parse().unwrap());
    publish(app, "Points", "30").await;
}

#[tokio::test]
async fn a_row_that_gave_three_times_its_forecast_stops_by_a_version_that_says_so() {
    let app = app().await;
    with_history(&app).await;
    reviews(&app, 36, 24).await;
    assert_eq!(stopped(&app).await, [], "720 are less than three times what was foreseen");
    reviews(&app, 37, 24).await;
    reviews(&app, 38, 24).await;
    reviews(&app, 39, 18).await;
    app.clock.set(at(40, 0).parse().unwrap());
    let all = stopped(&app).await;
    assert_eq!((all[0].table.as_str(), all[0].row.as_str(), all[0].since, all[0].gave), ("Rules", "review", 2, 2700));
    assert_eq!(all[0].foreseen, 840, "fourteen of 30 in half of thirty days: {all:?}");
    let live = tables(&app).await;
    assert_eq!((&live["Rules"][3]["Active"], &live["Rules"][3]["Points"]), (&json!("no"), &json!("30")));
    let (_, versions) = app.call("GET", "/v1/programme/versions", None).await;
    let newest = &versions["versions"][0];
    assert_eq!((&newest["by"], &newest["changes"]), (&json!("the connector"), &json!(1)), "{newest}");
    assert!(
        newest["reason"].as_str().unwrap().contains("review: Stopped by itself (v3): it gave 2700 points since v2")
    );
    let (_, before) = app.call("GET", "/v1/members/external:c-1", None).await;
    reviews(&app, 41, 1).await;
    let (_, after) = app.call("GET", "/v1/members/external:c-1", None).await;
    assert_eq!(before["balance"], after["balance"], "it gives nothing any more, and took nothing");
    assert_eq!(stopped(&app).await, [], "once");
    let said = publish(&app, "Active", "yes").await;
    assert!(
        said["warnings"].to_string().contains("Stopped by itself (v3)"),
        "whoever lets it give again knows: {said}"
    );
}

#[tokio::test]
async fn a_row_without_a_forecast_of_enough_history_is_not_stopped() {
    let app = app().await;
    for day in 20..33 {
        reviews(&app, day, 1).await;
    }
    app.clock.set(at(33, 12).parse().unwrap());
    publish(&app, "Points", "30").await;
    for day in 34..38 {
        reviews(&app, day, 24).await;
    }
    assert_eq!(stopped(&app).await, [], "13 days are not enough");
    let app = self::app().await;
    reviews(&app, 20, 9).await;
    app.clock.set(at(36, 12).parse().unwrap());
    publish(&app, "Points", "30").await;
    reviews(&app, 37, 24).await;
    reviews(&app, 38, 24).await;
    assert_eq!(stopped(&app).await, [], "nine times are not enough");
}

#[tokio::test]
async fn nothing_stops_where_the_setting_says_so_and_a_row_is_watched_for_thirty_days_alone() {
    let app = app_with_cells(&[("Programme", "Stop at", "0")]).await;
    with_history(&app).await;
    for day in 36..42 {
        reviews(&app, day, 24).await;
    }
    assert_eq!(stopped(&app).await, []);
    let app = self::app().await;
    with_history(&app).await;
    for day in 36..42 {
        reviews(&app, day, 24).await;
    }
    app.clock.set("2027-01-10T00:00:00Z".parse().unwrap());
    assert_eq!(stopped(&app).await, [], "more than 30 days after it went live");
}

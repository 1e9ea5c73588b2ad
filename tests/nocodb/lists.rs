//! Lists to choose from: they offer the rows that there are and what came, and a base of before gets them without losing a cell.

use jiff::SignedDuration;
use loyalty_connector::{
    clock::Clock,
    programme::sample,
    systems::nocodb::{load::Seed, setup::Plan},
};
use serde_json::{Value, json};

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

async fn open() -> (wiremock::MockServer, StandIn, House) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    (server, stand_in, house)
}

fn later(house: &House) {
    house.clock.set(house.clock.now() + SignedDuration::from_secs(61));
}

fn options(stand_in: &StandIn, column: &str) -> Vec<String> {
    stand_in.change(|state| state.options.get(column).cloned().unwrap_or_default())
}

#[tokio::test]
async fn lists_offer_live_rows_and_what_came_at_most_once_a_minute_and_lose_no_option() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert_eq!(options(&stand_in, "Rules.Tiers"), ["bronze", "silver", "gold"]);
    assert_eq!(options(&stand_in, "Rewards.Code offer"), ["five", "welcome"], "a cell said one of them before");
    assert!(options(&stand_in, "Rules.Event").contains(&"tier.changed:gold".to_owned()));

    // A person adds an option, and orders and events bring names.
    stand_in.change(|state| state.options.insert("Rules.Stores".to_owned(), vec!["outlet".to_owned()]));
    house.happens("e-1", "c-1", "course.done").await;
    let calls = stand_in.change(|state| (state.asked_of_columns, state.changed_columns));
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| (state.asked_of_columns, state.changed_columns)), calls, "not within a minute");
    later(&house);
    drafts.look().await.unwrap();
    assert!(options(&stand_in, "Rules.Event").contains(&"course.done".to_owned()));
    assert!(options(&stand_in, "Challenges.Event").contains(&"course.done".to_owned()));
    assert_eq!(options(&stand_in, "Rules.Stores"), ["outlet"]);

    // A row that is not live yet is offered when it stands unchanged.
    let mut tier = stand_in.rows("Tiers").pop().unwrap();
    tier.insert("Id".to_owned(), json!(4));
    tier.insert("Tier".to_owned(), json!("platinum"));
    tier.insert("Name".to_owned(), json!("Platinum"));
    tier.insert("Qualifying points".to_owned(), json!(9000));
    tier.insert("Sold as".to_owned(), Value::Null);
    tier.insert("Lasts".to_owned(), Value::Null);
    stand_in.change(|state| state.tables.get_mut("Tiers").unwrap().push(tier));
    later(&house);
    drafts.look().await.unwrap();
    assert!(!options(&stand_in, "Rules.Tiers").contains(&"platinum".to_owned()), "it may still be in the making");
    later(&house);
    drafts.look().await.unwrap();
    assert_eq!(options(&stand_in, "Rules.Tiers"), ["bronze", "silver", "gold", "platinum"]);
    stand_in.change(|state| drop(state.tables.get_mut("Tiers").unwrap().pop()));
    later(&house);
    let calls = stand_in.change(|state| (state.asked_of_columns, state.changed_columns));
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| (state.asked_of_columns, state.changed_columns)), calls, "no news, no call");
    assert_eq!(options(&stand_in, "Rules.Tiers").len(), 4, "an option stays");
}

#[tokio::test]
async fn what_two_add_at_the_same_moment_is_there_once_and_no_cell_loses_it() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    let events = |stand_in: &StandIn| options(stand_in, "Rules.Event");
    house.happens("e-1", "c-1", "course.done").await;
    stand_in.change(|state| state.added_beside = Some(("Rules.Event".to_owned(), "course.done".to_owned())));
    later(&house);
    drafts.look().await.unwrap();
    let once = |name: &str| events(&stand_in).iter().filter(|event| *event == name).count();
    assert_eq!((once("course.done"), once("review")), (1, 1), "{:?}", events(&stand_in));

    // One that is there twice from before: rows say it, and other options of the list can be added again.
    stand_in.change(|state| state.options.get_mut("Rules.Event").unwrap().push("review".to_owned()));
    assert_eq!(stand_in.cell("Rules", 4, "Event"), "review");
    house.happens("e-2", "c-1", "quiz").await;
    later(&house);
    drafts.look().await.unwrap();
    assert_eq!((once("review"), once("quiz")), (1, 1), "{:?}", events(&stand_in));
    assert_eq!(stand_in.cell("Rules", 4, "Event"), "review", "no cell lost it");
}

#[tokio::test]
async fn a_base_of_before_gets_lists_with_every_cell_as_it_was_and_the_same_programme_makes_no_version() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    let old = ["Rules.Tiers", "Rules.Segments", "Rules.Stores", "Rules.Event", "Challenges.Event"];
    stand_in.change(|state| state.text.extend(old));
    stand_in.set("Rules", 2, "Tiers", json!("gold; silver"));
    stand_in.set("Rules", 2, "Stores", json!("tartu-1, Tallinn 2"));
    stand_in.set("Challenges", 1, "Event", json!("review, rating"));
    drafts.look().await.unwrap();
    let before = stand_in.cell("Programme", 1, "Checked");

    let House { nocodb, store, clock, .. } = &house;
    let set_up = async || nocodb.set_up(store, "main", clock.as_ref(), Seed::Live, |_, _| {}).await.unwrap();
    let done = set_up().await;
    let steps: Vec<String> = done.plan.steps.iter().map(ToString::to_string).collect();
    let list = |column: &str| format!("column {column} (as a list to choose from)");
    assert_eq!(steps, ["Rules.Event", "Rules.Stores", "Rules.Segments", "Rules.Tiers"].map(list));
    let stays = "column Challenges.Event stays text: `review, rating` is more than one name";
    assert_eq!(done.plan.notes, [stays]);
    assert_eq!(set_up().await.plan, Plan { steps: Vec::new(), notes: vec![stays.to_owned()] });
    assert_eq!(stand_in.cell("Rules", 2, "Tiers"), "gold,silver");
    assert_eq!(stand_in.cell("Rules", 2, "Stores"), "tartu-1,Tallinn 2");
    assert_eq!(stand_in.cell("Challenges", 1, "Event"), "review, rating");
    assert!(options(&stand_in, "Rules.Tiers").contains(&"bronze".to_owned()));

    drafts.look().await.unwrap();
    assert_eq!(stand_in.cell("Programme", 1, "Checked"), before, "what was a draft is the same draft");
    assert_eq!(house.version(), 1);
}

#[tokio::test]
async fn a_status_that_lacks_a_word_gets_it() {
    let (_server, stand_in, house) = open().await;
    let words = ["draft", "problem", "ready", "live"].map(str::to_owned).to_vec();
    stand_in.change(|state| state.options.insert("Rules.Status".to_owned(), words));
    let done = house.nocodb.apply().await.unwrap();
    assert_eq!(done.steps.iter().map(ToString::to_string).collect::<Vec<_>>(), ["column Rules.Status (with stopped)"]);
    assert_eq!(options(&stand_in, "Rules.Status").last().map(String::as_str), Some("stopped"));
    assert_eq!(house.nocodb.apply().await.unwrap(), Plan::default());
    let status: Vec<Value> = stand_in.rows("Rules").iter().map(|row| row["Rule"].clone()).collect();
    assert_eq!(status.len(), 4);
}

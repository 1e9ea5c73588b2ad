//! The table `Translations`: what is missing is listed, the model drafts it, a person's tick makes it live.

use std::sync::{Arc, Mutex};

use loyalty_connector::{
    delivery::Sending,
    messages::{Ask, Model, NoText, author::Author},
    programme::sample,
    systems::nocodb::{Nocodb, drafts::Drafts, translations::Drafting},
};
use serde_json::{Map, Value, json};

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

async fn open() -> (wiremock::MockServer, StandIn, House, Drafts) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let drafts = house.drafts();
    (server, stand_in, house, drafts)
}

fn row(stand_in: &StandIn, place: [&str; 4]) -> Map<String, Value> {
    let columns = ["Table", "Row", "Column", "Language"];
    let is_it = |row: &Map<String, Value>| {
        columns.iter().zip(place).all(|(column, text)| row.get(*column).and_then(Value::as_str).unwrap_or("") == text)
    };
    stand_in.rows("Translations").into_iter().find(is_it).unwrap_or_else(|| panic!("{place:?}"))
}

fn id(row: &Map<String, Value>) -> u64 {
    row["Id"].as_u64().unwrap()
}

async fn publish(stand_in: &StandIn, drafts: &mut Drafts) {
    drafts.look().await.unwrap();
    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
}

const SILVER: [&str; 4] = ["Tiers", "silver", "Name", "et"];

#[tokio::test]
async fn what_members_read_and_nobody_translated_is_listed_and_a_tick_makes_a_text_live() {
    let (_server, stand_in, house, mut drafts) = open().await;
    drafts.look().await.unwrap();
    drafts.look().await.unwrap();
    assert_eq!(stand_in.rows("Translations").len(), 12 * 3, "twelve cells in three languages");
    let silver = row(&stand_in, SILVER);
    assert_eq!((&silver["Original"], &silver["Status"]), (&json!("Silver"), &json!("missing")));
    assert_eq!(stand_in.cell("Programme", 1, "Status"), "live", "what is not ticked is no part of the programme");
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes);

    stand_in.set("Translations", id(&silver), "Text", json!("Hõbe"));
    drafts.look().await.unwrap();
    assert_eq!(row(&stand_in, SILVER)["Status"], "to tick");
    publish(&stand_in, &mut drafts).await;
    assert_eq!(house.version(), 1, "nobody ticked it");
    stand_in.set("Translations", id(&silver), "Active", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(row(&stand_in, SILVER)["Status"], "ready");
    publish(&stand_in, &mut drafts).await;
    assert_eq!((house.version(), &row(&stand_in, SILVER)["Status"]), (2, &json!("live")));
    let live = house.live.of("main").unwrap().live().programme.clone();
    assert_eq!((live.said(Some("et"), "Silver"), live.said(Some("ru"), "Silver")), ("Hõbe", "Silver"));
    assert_eq!(house.live_tables().await.rows("Translations").len(), 1, "a version holds what counts");

    stand_in.set("Translations", id(&silver), "Text", json!("<b>Hõbe</b>"));
    drafts.look().await.unwrap();
    let silver = row(&stand_in, SILVER);
    assert_eq!(silver["Status"], "problem");
    assert_eq!(silver["Problem"], "Text: has `<`: members read plain words without markup");
}

#[tokio::test]
async fn a_cell_that_says_something_else_takes_the_tick_away_and_a_deleted_row_comes_back() {
    let (_server, stand_in, house, mut drafts) = open().await;
    drafts.look().await.unwrap();
    let silver = id(&row(&stand_in, SILVER));
    stand_in.set("Translations", silver, "Text", json!("Hõbe"));
    stand_in.set("Translations", silver, "Active", json!(true));
    publish(&stand_in, &mut drafts).await;
    stand_in.set("Tiers", 2, "Name", json!("Silver member"));
    publish(&stand_in, &mut drafts).await;
    let live = house.live.of("main").unwrap().live().programme.clone();
    assert_eq!(live.said(Some("et"), "Silver member"), "Silver member", "never words made for others");
    drafts.look().await.unwrap();
    let changed = row(&stand_in, SILVER);
    assert_eq!(
        (&changed["Original"], &changed["Text"], &changed["Active"], &changed["Status"]),
        (&json!("Silver member"), &json!("Hõbe"), &json!(false), &json!("to tick"))
    );
    stand_in.change(|state| state.tables.get_mut("Translations").unwrap().retain(|row| row["Id"] != silver));
    drafts.look().await.unwrap();
    assert_eq!(row(&stand_in, SILVER)["Original"], "Silver member");
}

/// Answers from a list, and keeps what it was asked.
#[derive(Clone, Default)]
struct Translator(Arc<Mutex<Vec<(String, String)>>>);

impl Model for Translator {
    fn ask<'a>(&'a self, _: &'a Ask<'a>, _: &'a str) -> Sending<'a, Result<String, NoText>> {
        Box::pin(std::future::ready(Err(NoText::Never("not now".to_owned()))))
    }

    fn translate<'a>(&'a self, words: &'a str, language: &'a str) -> Sending<'a, Result<String, NoText>> {
        self.0.lock().unwrap().push((words.to_owned(), language.to_owned()));
        let text = match (words, language) {
            ("Silver", "et") => "Hõbe",
            ("100 points for the first purchase", "et") => "1000 punkti esimese ostu eest",
            ("Gold", "et") => "Kuld, vaata www.kuld.ee",
            (_, "ru") => "Latin letters",
            _ => "Midagi",
        };
        Box::pin(std::future::ready(Ok(text.to_owned())))
    }
}

#[tokio::test]
async fn the_model_drafts_what_is_missing_the_guard_reads_it_and_nothing_is_ticked() {
    let (_server, stand_in, house, mut drafts) = open().await;
    drafts.look().await.unwrap();
    let translator = Translator::default();
    let author = Arc::new(Author::new(Some(Box::new(translator.clone())), [7; 32]));
    let nocodb = Nocodb::connect(&house.settings.nocodb).unwrap().unwrap();
    let mut drafting = Drafting::new(nocodb, author, (house.clock.clone(), house.courier.health.clone()));
    for _ in 0..12 {
        drafting.look().await.unwrap();
    }
    let silver = row(&stand_in, SILVER);
    assert_eq!(
        (&silver["Text"], &silver["Made by"], &silver["Active"]),
        (&json!("Hõbe"), &json!("model"), &json!(false))
    );
    for place in [["Tiers", "gold", "Name", "et"], ["Rules", "first", "Name", "et"], ["Tiers", "silver", "Name", "ru"]]
    {
        let refused = row(&stand_in, place);
        assert!(refused.get("Text").is_none_or(Value::is_null), "{refused:?}");
    }
    let asked = translator.0.lock().unwrap().clone();
    let once: std::collections::BTreeSet<_> = asked.iter().collect();
    assert_eq!((asked.len(), once.len()), (36, 36), "each once, also what the guard refused");
    drafts.look().await.unwrap();
    assert_eq!((row(&stand_in, SILVER)["Status"].clone(), house.version()), (json!("to tick"), 1));
}

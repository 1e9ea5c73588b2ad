//! Settings as rows: a base of before is moved without loss and without a version, a row that was deleted comes back, and what
//! is wrong with a setting stands in its row.

use loyalty_connector::{
    programme::{
        meaning_fewer, sample,
        settings_rows::{self, SETTINGS},
        tables, templates,
    },
    systems::nocodb::drafts::Drafts,
};
use serde_json::{Map, Value, json};

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

/// As `setup` of an earlier version left it: settings are columns of the one row, and there is no table of them.
async fn open_as_before() -> (wiremock::MockServer, StandIn, House) {
    let (server, stand_in) = nocodb::start().await;
    stand_in.change(|state| state.absent = vec![SETTINGS]);
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let sample = sample::tables();
    stand_in.change(|state| {
        let whole = &mut state.tables.get_mut("Programme").unwrap()[0];
        for setting in settings_rows::all() {
            let text = sample.rows("Programme")[0].cell(&setting.title).unwrap_or_default();
            let cell = match (setting.kind, text) {
                (tables::Kind::Checkbox, "") => json!(setting.default.as_deref() == Some("true")),
                (tables::Kind::Checkbox, tick) => json!(tick == "yes"),
                (_, "") => Value::Null,
                (_, text) => json!(text),
            };
            whole.insert(setting.title.clone(), cell);
        }
    });
    (server, stand_in, house)
}

fn row(stand_in: &StandIn, setting: &str) -> Map<String, Value> {
    stand_in.rows(SETTINGS).into_iter().find(|row| row["Setting"] == setting).unwrap()
}

async fn tick(stand_in: &StandIn, drafts: &mut Drafts) {
    drafts.look().await.unwrap();
    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
}

fn shown(stand_in: &StandIn, setting: &str) -> [String; 2] {
    let row = row(stand_in, setting);
    ["Status", "Problem"].map(|column| row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_is_wrong_with_a_setting_stands_in_its_row_and_a_right_one_goes_live_at_a_tick() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert!(stand_in.rows(SETTINGS).iter().all(|row| row["Status"] == "live" && row["Meaning"] != json!(null)));

    stand_in.set_setting("Time zone", "Tallinn");
    tick(&stand_in, &mut drafts).await;
    let wrong = "Value: `Tallinn` is not a time zone like Europe/Tallinn; is `Europe/Tallinn` meant?";
    assert_eq!(shown(&stand_in, "Time zone"), ["problem", wrong]);
    assert_eq!(shown(&stand_in, "Currency"), ["live", ""]);
    assert_eq!(stand_in.cell("Programme", 1, "Problem"), format!("Settings, Time zone, {wrong}"));
    assert_eq!(house.version(), 1);

    stand_in.set_setting("Time zone", "Europe/Riga");
    stand_in.set_setting("Excluded categories", "gift-cards, tobacco");
    drafts.look().await.unwrap();
    assert_eq!([shown(&stand_in, "Time zone"), shown(&stand_in, "Expires")], [["ready", ""], ["live", ""]]);
    tick(&stand_in, &mut drafts).await;
    assert_eq!(house.version(), 2);
    let live = house.live_tables().await;
    assert_eq!(live.rows("Programme")[0].cell("Time zone"), Some("Europe/Riga"));
    assert!(live.rows(SETTINGS).is_empty(), "a version knows settings as it always did");
    assert_eq!(shown(&stand_in, "Time zone"), ["live", ""]);
}

#[tokio::test]
async fn a_value_that_means_the_same_makes_no_version_however_it_is_typed() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    for (setting, value) in [
        ("Refund lowers tier", ""),
        ("Spending", "YES"),
        ("Paid amount", "1,00"),
        ("Largest share", "50.0"),
        ("Tiers count", "Points"),
    ] {
        stand_in.set_setting(setting, value);
    }
    tick(&stand_in, &mut drafts).await;
    assert_eq!(house.version(), 1);
    assert!(stand_in.rows(SETTINGS).iter().all(|row| row["Status"] == "live"), "{:?}", stand_in.rows(SETTINGS));
}

#[tokio::test]
async fn a_base_that_was_not_moved_publishes_as_before() {
    let (_server, stand_in, house) = open_as_before().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert_eq!(stand_in.cell("Programme", 1, "Status"), "live");
    stand_in.set("Programme", 1, "Currency", json!("Euro"));
    drafts.look().await.unwrap();
    assert_eq!(stand_in.cell("Programme", 1, "Problem"), "Currency: `Euro` is not a currency code like EUR");
    stand_in.set("Programme", 1, "Currency", json!("EUR"));
    stand_in.set("Programme", 1, "Expires", json!("24M_M"));
    tick(&stand_in, &mut drafts).await;
    assert_eq!(house.version(), 2);
    assert_eq!(house.live_tables().await.rows("Programme")[0].cell("Expires"), Some("24M_M"));
    // A column that is live and was deleted is no empty cell.
    stand_in.change(|state| state.lost = vec!["Expires"]);
    let error = drafts.look().await.unwrap_err();
    assert!(error.to_string().contains("table Programme: Field 'Expires' not found"), "{error}");
    assert_eq!(stand_in.cell("Programme", 1, "Status"), "problem");
}

#[tokio::test]
async fn a_base_of_before_is_moved_without_loss_and_the_same_programme_makes_no_version() {
    let (_server, stand_in, house) = open_as_before().await;
    let mut drafts = house.drafts();
    stand_in.set("Programme", 1, "Expires", json!(null)); // edited and not published
    stand_in.set("Programme", 1, "Largest share", json!(40));
    drafts.look().await.unwrap();
    let before = stand_in.cell("Programme", 1, "Checked");
    stand_in.change(|state| state.absent = Vec::new());
    drafts.look().await.unwrap();
    assert_eq!(stand_in.cell("Programme", 1, "Checked"), before, "what was a draft is the same draft");
    assert_eq!(stand_in.rows(SETTINGS).len(), settings_rows::all().len());
    for (setting, value, status) in [
        ("Expires", json!(""), "ready"),
        ("Largest share", json!("40"), "ready"),
        ("Currency", json!("EUR"), "live"),
        ("Spending", json!("yes"), "live"),
        ("Refund lowers tier", json!("no"), "live"),
    ] {
        let row = row(&stand_in, setting);
        let there = row.get("Value").cloned().filter(|value| !value.is_null()).unwrap_or(json!(""));
        assert_eq!((there, row["Status"].as_str().unwrap()), (value, status), "{setting}");
    }
    let whole = &stand_in.rows("Programme")[0];
    assert!(settings_rows::all().iter().all(|setting| whole[&setting.title].is_null()), "the columns count no more");
    assert_eq!(whole["Name"], "Sample programme");

    stand_in.set_setting("Expires", "12M_M");
    stand_in.set_setting("Largest share", "50");
    tick(&stand_in, &mut drafts).await;
    assert_eq!(house.version(), 1, "what is live, as rows, is what was live as columns");
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes);
}

#[tokio::test]
async fn a_row_that_was_deleted_comes_back_with_what_is_live_and_meaning_is_restored() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    stand_in.change(|state| state.tables.get_mut(SETTINGS).unwrap().retain(|row| row["Setting"] != "Currency"));
    let zone = row(&stand_in, "Time zone")["Id"].as_u64().unwrap();
    stand_in.set(SETTINGS, zone, "Meaning", json!("whatever"));
    drafts.look().await.unwrap();
    assert_eq!(row(&stand_in, "Currency")["Value"], "EUR");
    assert!(row(&stand_in, "Time zone")["Meaning"].as_str().unwrap().contains("Europe/Tallinn"));
    assert_eq!(stand_in.cell("Programme", 1, "Status"), "live");

    stand_in.change(|state| state.tables.get_mut(SETTINGS).unwrap().clear());
    drafts.look().await.unwrap();
    assert_eq!(stand_in.rows(SETTINGS).len(), settings_rows::all().len(), "all of them");
    assert_eq!((stand_in.cell("Programme", 1, "Status"), house.version()), (json!("live"), 1));
}

#[tokio::test]
async fn a_template_fills_empty_tables_only_and_counts_from_the_tick_on() {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    let template = templates::named("coffee").unwrap();
    let tables = meaning_fewer(template.tables(&template.usual()), &house.live_tables().await);
    assert!(house.nocodb.fill_empty(&tables).await.unwrap().unwrap() > 20);
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert_eq!((stand_in.cell("Programme", 1, "Status"), house.version()), (json!("ready"), 1));
    assert_eq!(stand_in.cell("Programme", 1, "Problem").as_str().unwrap_or_default(), "");
    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
    let live = house.live_tables().await;
    assert_eq!((live.rows("Challenges").len(), live.rows("Codes").len()), (1, 0));

    let again = house.nocodb.fill_empty(&tables).await.unwrap().unwrap_err();
    assert!(again.contains(&"Programme".to_owned()) && again.contains(&"Rules".to_owned()), "{again:?}");
    assert!(!again.contains(&"Codes".to_owned()), "{again:?}");
    assert_eq!(stand_in.rows("Rules").len(), live.rows("Rules").len(), "nothing was added");
}

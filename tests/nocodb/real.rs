//! Against the real NocoDB, in a base of its own that is removed afterwards.

use std::{collections::BTreeSet, env, time::Duration};

use loyalty_connector::{
    clock::Clock,
    programme::{sample, settings_rows, tables::Kind},
    systems::nocodb::{
        client::{Client, Record},
        load::{Done, Seed},
        setup::Plan,
    },
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::house::House;

pub struct Real {
    pub house: House,
    client: Client,
    base: String,
    url: String,
    token: String,
}

/// A house on the real NocoDB, to be set up.
pub async fn real(test: &str) -> Real {
    let read = |name: &str| env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run tests/stack/run.sh"));
    let (url, token) = (read("NOCODB_URL"), read("NOCODB_API_TOKEN"));
    let base = format!("Test {test} {}", std::process::id());
    let house = House::open(&url, &token, &base, 20_000).await;
    let client = Client::new(&url, token.clone().into(), Duration::from_secs(20)).unwrap();
    Real { house, client, base, url, token }
}

impl Real {
    async fn rows(&self, table: &str, columns: &[&str]) -> Vec<Record> {
        let id = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        self.client.rows(&id, columns, None).await.unwrap()
    }

    async fn set(&self, table: &str, change: Value) {
        let id = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        self.client.update(&id, &[change.as_object().unwrap().clone()]).await.unwrap();
    }

    async fn set_up(&self, seed: Seed) -> Done {
        let House { nocodb, store, clock, .. } = &self.house;
        nocodb.set_up(store, "main", clock.as_ref(), seed, |_, _| {}).await.unwrap()
    }

    async fn delete(&self, table: &str, rows: &[Record]) {
        let id = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        self.send("DELETE", &format!("/api/v2/tables/{id}/records"), &json!(rows)).await;
    }

    /// Gives a column another title as a person does, or deletes it.
    async fn column(&self, table: &str, column: &str, title: Option<&str>) {
        let table = self.house.nocodb.table_ids().await.unwrap()[table].clone();
        let there = self.client.get(&format!("tables/{table}")).await.unwrap();
        let mut found =
            there["columns"].as_array().unwrap().iter().find(|known| known["title"] == column).unwrap().clone();
        let path = format!("/api/v2/meta/columns/{}", found["id"].as_str().unwrap());
        match title {
            Some(title) => {
                found["title"] = json!(title);
                self.send("PATCH", &path, &found).await;
            }
            None => self.send("DELETE", &path, &json!({})).await,
        }
    }

    async fn send(&self, method: &str, path: &str, body: &Value) {
        let client = loyalty_connector::systems::http::client(Duration::from_secs(20)).unwrap();
        let request = client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let answer =
            loyalty_connector::systems::http::send(request.header("xc-token", &self.token).json(body)).await.unwrap();
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.excerpt());
    }

    pub async fn remove(self) {
        self.delete_base().await;
    }

    async fn delete_base(&self) {
        for base in self.client.list("bases").await.unwrap().iter().filter(|base| base["title"] == *self.base) {
            self.send("DELETE", &format!("/api/v2/meta/bases/{}", base["id"].as_str().unwrap()), &json!({})).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn setup_makes_everything_once_and_the_programme_in_it_is_live() {
    let real = real("setup").await;
    real.house.give(3, 1).await;
    let done = real.set_up(Seed::Live).await;
    assert!(done.plan.steps.len() > 10 && done.plan.notes.is_empty(), "{done:?}");
    let sample: usize =
        sample::files().map(|(_, text)| csv::Reader::from_reader(text.as_bytes()).records().count()).sum();
    assert_eq!((done.rows, done.members), (sample, 3));
    real.house.deliver().await;
    assert_eq!(real.set_up(Seed::Live).await, Done::default());

    real.house.drafts().look().await.unwrap();
    for table in ["Programme", "Rules", "Tiers", "Texts"] {
        for row in real.rows(table, &["Id", "Status", "Problem"]).await {
            assert_eq!((&row["Status"], row["Problem"].as_str().unwrap_or("")), (&json!("live"), ""), "{table}");
        }
    }
    let about = real.house.nocodb.about().await.unwrap();
    println!("NocoDB {about:?}");
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_base_that_was_deleted_comes_back_with_everything_in_it() {
    let real = real("again").await;
    real.house.give(3, 2).await;
    real.set_up(Seed::Empty).await;
    real.house.deliver().await;
    real.delete_base().await;
    real.house.give_one("later", "c-0", "Anna").await;
    real.house.courier.feed_once(&real.house.projection).await.unwrap();
    assert_eq!(real.set_up(Seed::Empty).await.members, 3);
    real.house.deliver().await;
    assert_eq!(real.rows("Points", &["Id"]).await.len(), 7);
    assert_eq!(real.rows("Members", &["Id"]).await.len(), 3);
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_rule_edited_and_ticked_goes_live_and_a_broken_one_does_not() {
    let real = real("publish").await;
    real.house.nocodb.apply().await.unwrap();
    real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let mut drafts = real.house.drafts();
    real.set("Rules", json!({"Id": 2, "Multiplier": 3})).await;
    drafts.look().await.unwrap();
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);
    let row = real.rows("Programme", &["Id", "Publish", "Status", "Live version"]).await.remove(0);
    assert_eq!((&row["Publish"], &row["Status"], &row["Live version"]), (&json!(false), &json!("live"), &json!("v2")));

    real.set("Rules", json!({"Id": 2, "Multiplier": 0.5})).await;
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);
    let rule = real.rows("Rules", &["Id", "Status", "Problem"]).await.remove(1);
    assert_eq!(
        (&rule["Status"], &rule["Problem"]),
        (&json!("problem"), &json!("Multiplier: must lie between 1 and 100"))
    );
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_rule_for_birthdays_goes_from_a_row_in_the_real_one_to_points_there() {
    let real = real("birthday").await;
    let house = &real.house;
    house.nocodb.apply().await.unwrap();
    house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let mut drafts = house.drafts();
    let row = json!({"Id": 4, "Name": "200 points on your birthday", "Event": "birthday", "Points": 200});
    real.set("Rules", row).await;
    drafts.look().await.unwrap();
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2, "{:?}", real.rows("Rules", &["Rule", "Problem"]).await);
    house.comes_born("c-1", "Anna", "1990-11-22").await;
    house.clock.set("2026-11-22T07:00:00Z".parse().unwrap()); // 9:00 in Tallinn
    assert_eq!(house.birthdays().look().await.unwrap(), 1);
    house.deliver().await;
    let points = real.rows("Points", &["Points", "Account", "Text"]).await;
    assert_eq!((points.len(), &points[0]["Points"], &points[0]["Account"]), (1, &json!(200), &json!("available")));
    assert_eq!(points[0]["Text"], "200 points on your birthday");
    assert_eq!(real.rows("Members", &["Available"]).await[0]["Available"], 200);
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn two_who_may_be_one_are_merged_or_kept_apart_by_a_word_in_the_real_one() {
    let real = real("pairs").await;
    let house = &real.house;
    let first = house.comes("c-1", "Anna", "anna@example.com").await;
    let second = house.comes("c-2", "=Anna", "anna@example.com").await;
    house.comes("c-3", "Toomas", "toomas@example.com").await;
    house.comes("c-4", "Tiina", "toomas@example.com").await;
    real.set_up(Seed::Empty).await;
    assert_eq!(real.set_up(Seed::Empty).await.plan, Plan::default());
    let mut pairs = house.pairs();
    pairs.look().await.unwrap();
    house.pairs().look().await.unwrap();
    let columns = ["Id", "First", "Second", "Same", "Decision", "Reason", "State", "Answer", "Since", "Pair"];
    let rows = real.rows("Duplicates", &columns).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row["State"] == "open" && row["Same"] == "e-mail"), "{rows:?}");
    let began = std::time::Instant::now();
    pairs.look().await.unwrap();
    println!("one look at the pairs: {:?}; {rows:#?}", began.elapsed());
    let anna = rows.iter().find(|row| row["First"].as_str().unwrap().starts_with("c-1, Anna")).unwrap()["Id"].clone();
    let other = rows.iter().find(|row| row["Id"] != anna).unwrap()["Id"].clone();
    real.set("Duplicates", json!({"Id": anna, "Decision": "merge"})).await;
    real.set("Duplicates", json!({"Id": other, "Decision": "keep apart", "Reason": "husband and wife"})).await;
    pairs.look().await.unwrap();
    real.set("Duplicates", json!({"Id": anna, "Reason": "she asked for it"})).await;
    let waits = real.rows("Duplicates", &columns).await;
    let answer = |rows: &[Record], id: &Value| {
        let row = rows.iter().find(|row| row["Id"] == *id).unwrap();
        (row["State"].clone(), row["Answer"].clone())
    };
    assert_eq!(answer(&waits, &anna), ("open".into(), "Reason: must have 1 to 500 characters: say why".into()));
    assert_eq!(answer(&waits, &other), ("kept apart".into(), "They are two people.".into()));
    pairs.look().await.unwrap();
    let done = real.rows("Duplicates", &columns).await;
    assert_eq!(answer(&done, &anna), ("merged".into(), "They are one member.".into()));
    assert_eq!(house.store.led("main", second).await.unwrap().unwrap().member.id, first);
    assert_eq!(house.store.duplicates("main", Default::default(), 10).await.unwrap(), []);
    pairs.look().await.unwrap();
    assert_eq!(real.rows("Duplicates", &columns).await, done, "what is settled is left alone");
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_tick_is_live_within_five_seconds() {
    let real = real("watch").await;
    real.house.nocodb.apply().await.unwrap();
    real.house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    let stop = CancellationToken::new();
    let ticked = async {
        while real.rows("Rules", &["Status"]).await.iter().any(|rule| rule["Status"] != "live") {}
        real.set("Rules", json!({"Id": 2, "Multiplier": 3})).await;
        while real.rows("Rules", &["Status"]).await[1]["Status"] != "ready" {}
        real.set("Programme", json!({"Id": 1, "Publish": true})).await;
        let live = async {
            while real.house.version() < 2 {
                real.rows("Rules", &["Status"]).await;
            }
        };
        let live = tokio::time::timeout(Duration::from_secs(5), live).await;
        stop.cancel();
        live.expect("live within five seconds");
    };
    tokio::join!(real.house.drafts().watch(stop.clone()), ticked);
    real.remove().await;
}

/// A person renames and deletes columns of `Rules`; setup brings them back with what was live in them, and switches off what
/// it cannot know.
#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_column_that_setup_makes_anew_is_refilled_and_leaves_no_rule_unrestricted() {
    let real = real("refill").await;
    let mut tables = sample::tables();
    tables.0.get_mut("Rules").unwrap()[1].cells.insert("Segments".to_owned(), "runners".to_owned());
    let House { store, live, clock, .. } = &real.house;
    let programme = loyalty_connector::loyalty::programme::check(&tables).unwrap();
    live.publish(store, "main", &tables, programme, clock.now()).await.unwrap();
    real.house.give(2, 2).await;
    real.set_up(Seed::Live).await;
    real.house.deliver().await;
    let mut drafts = real.house.drafts();
    drafts.look().await.unwrap();
    let status = async || real.rows("Rules", &["Rule", "Status", "Active", "Segments"]).await;
    assert!(status().await.iter().all(|row| row["Status"] == "live"));

    real.column("Rules", "Segments", Some("Audience")).await;
    let error = drafts.look().await.unwrap_err();
    assert!(error.to_string().contains("'Segments'"), "{error}");
    assert!(real.rows("Rules", &["Status"]).await.iter().all(|row| row["Status"] == "problem"));
    let done = real.set_up(Seed::Live).await;
    assert_eq!(
        done.plan.steps.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["column Rules.Segments (was renamed to `Audience`)"]
    );
    drafts.look().await.unwrap();
    assert!(status().await[1]["Segments"] == "runners" && status().await[1]["Status"] == "live");

    let mine = json!({"Rule": "mine", "Points": 5, "Active": true, "Segments": "vip"});
    let rules = real.house.nocodb.table_ids().await.unwrap()["Rules"].clone();
    real.client.insert(&rules, &[mine.as_object().unwrap().clone()]).await.unwrap();
    for (table, column) in [("Rules", "Segments"), ("Points", "Points"), ("Points", "Name"), ("Members", "Available")] {
        real.column(table, column, None).await;
    }
    drafts.look().await.unwrap_err();
    let done = real.set_up(Seed::Live).await;
    assert_eq!(done.plan.steps.len(), 4, "{done:?}");
    assert_eq!(
        done.refilled.notes,
        ["Rules mine is in no live programme: what stood in Segments is lost, so it is switched off (Active)"]
    );
    let rows = status().await;
    let segments: Vec<&Value> = rows.iter().map(|row| &row["Segments"]).collect();
    assert_eq!(segments, [&json!(null), &json!("runners"), &json!(null), &json!(null), &json!(null)]);
    assert_eq!([&rows[1]["Active"], &rows[4]["Active"]], [&json!(true), &json!(false)]);
    real.house.deliver().await;
    assert!(
        real.rows("Points", &["Points", "Name"]).await.iter().all(|row| row["Points"] == 1 && row["Name"] == "Anna")
    );
    assert!(real.rows("Members", &["Available"]).await.iter().all(|row| row["Available"] == 2));
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_real_base_of_before_publishes_without_the_forecast_and_setup_adds_it_beside_effect() {
    let real = real("before").await;
    real.set_up(Seed::Live).await;
    let rules = real.house.nocodb.table_ids().await.unwrap()["Rules"].clone();
    real.column("Rules", "Forecast", None).await;
    let effect = json!({"title": "Effect", "column_name": "Effect", "uidt": "LongText"});
    real.send("POST", &format!("/api/v2/meta/tables/{rules}/columns"), &effect).await;
    let mut drafts = real.house.drafts();
    real.set("Rules", json!({"Id": 2, "Multiplier": 3})).await;
    drafts.look().await.unwrap();
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);

    let done = real.set_up(Seed::Live).await;
    assert_eq!(done.plan.steps.iter().map(ToString::to_string).collect::<Vec<_>>(), ["column Rules.Forecast"]);
    assert_eq!((done.plan.notes.len(), done.rows, done.refilled.cells), (0, 0, 0), "{done:?}");
    assert!(real.rows("Rules", &["Effect", "Forecast"]).await.iter().all(|row| row["Effect"].is_null()));
    assert_eq!(real.set_up(Seed::Live).await.plan, Plan::default());
    drafts.look().await.unwrap();
    assert_eq!(real.house.version(), 2);
    real.remove().await;
}

/// As an earlier setup left it: settings are columns, and there is no table of them.
#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_real_base_of_before_gets_its_settings_as_rows_with_what_stood_in_the_columns() {
    let real = real("moved").await;
    real.set_up(Seed::Live).await;
    let ids = real.house.nocodb.table_ids().await.unwrap();
    let mut whole = json!({"Id": real.rows("Programme", &["Id"]).await[0]["Id"]});
    for setting in settings_rows::all() {
        let column = json!({"title": setting.title, "column_name": setting.title, "uidt": setting.kind,
            "colOptions": {"options": setting.options}});
        real.send("POST", &format!("/api/v2/meta/tables/{}/columns", ids["Programme"]), &column).await;
        let text = sample::tables().rows("Programme")[0].cell(&setting.title).map(str::to_owned);
        whole[&setting.title] = match setting.kind {
            Kind::Checkbox => json!(text.as_deref().map_or(setting.default.as_deref() == Some("true"), |t| t == "yes")),
            _ => json!(text),
        };
    }
    whole["Largest share"] = json!(40); // edited and not published
    real.set("Programme", whole).await;
    real.send("DELETE", &format!("/api/v2/meta/tables/{}", ids["Settings"]), &json!({})).await;

    let done = real.set_up(Seed::Live).await;
    assert_eq!(done.settings, settings_rows::all().len(), "{done:?}");
    assert_eq!(real.set_up(Seed::Live).await, Done::default());
    let mut drafts = real.house.drafts();
    drafts.look().await.unwrap();
    for row in real.rows("Settings", &["Setting", "Value", "Status"]).await {
        let expected =
            if row["Setting"] == "Largest share" { ("ready", "40".into()) } else { ("live", row["Value"].clone()) };
        assert_eq!((row["Status"].as_str().unwrap(), row["Value"].clone()), expected, "{row:?}");
    }
    let share = settings_rows::all().iter().position(|setting| setting.title == "Largest share").unwrap() + 1;
    real.set("Settings", json!({"Id": share, "Value": "50"})).await;
    drafts.look().await.unwrap();
    real.set("Programme", json!({"Id": 1, "Publish": true})).await;
    drafts.look().await.unwrap();
    let row = real.rows("Programme", &["Status", "Publish", "Currency", "Spending"]).await.remove(0);
    assert_eq!((row["Status"].as_str(), row["Currency"].is_null()), (Some("live"), true), "{row:?}");
    assert_eq!(real.house.version(), 1, "the same programme makes no version");
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn an_emptied_table_and_a_deleted_programme_row_come_back_by_setup() {
    let real = real("emptied").await;
    real.set_up(Seed::Live).await;
    let mut drafts = real.house.drafts();
    drafts.look().await.unwrap();
    for table in ["Rules", "Programme"] {
        let rows = real.rows(table, &["Id"]).await;
        real.delete(table, &rows).await;
        drafts.look().await.unwrap();
        let seen = if table == "Rules" { "Programme" } else { "Rules" };
        let told = real.rows(seen, &["Status", "Problem"]).await.remove(0);
        assert_eq!(told["Status"], "problem");
        let what = if table == "Rules" { "Rules: has no row any more" } else { "Programme: needs exactly one row" };
        assert!(told["Problem"].as_str().unwrap().contains(what), "{told:?}");
        assert_eq!(real.set_up(Seed::Live).await.rows, rows.len());
        drafts.look().await.unwrap();
        assert!(real.rows(table, &["Status"]).await.iter().all(|row| row["Status"] == "live"));
    }
    assert_eq!(real.house.version(), 1);
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn fewer_rows_wait_on_the_real_one_until_somebody_says_how_many_are_meant() {
    let real = real("fewer").await;
    real.set_up(Seed::Live).await;
    let mut drafts = real.house.drafts();
    drafts.look().await.unwrap();
    let mut rows = real.rows("Rules", &["Id"]).await;
    real.delete("Rules", &rows.split_off(1)).await;
    for (cell, version) in [("", 1), ("Rules 1", 2)] {
        let id = real.rows("Programme", &["Id"]).await[0]["Id"].clone();
        let settings = real.rows("Settings", &["Id", "Setting"]).await;
        let fewer = settings.iter().find(|row| row["Setting"] == "Fewer rows").unwrap();
        real.set("Settings", json!({"Id": fewer["Id"], "Value": cell})).await;
        drafts.look().await.unwrap();
        real.set("Programme", json!({"Id": id, "Publish": true})).await;
        drafts.look().await.unwrap();
        assert_eq!(real.house.version(), version, "{cell}");
    }
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_row_that_the_real_one_refuses_is_parked_alone() {
    let real = real("parked").await;
    real.house.nocodb.apply().await.unwrap();
    real.house.give(3, 1).await;
    real.house.give_one("long", "c-long", &"x".repeat(100_001)).await;
    real.house.deliver().await;
    assert_eq!(real.rows("Points", &["Id"]).await.len(), 3, "the name stands beside points, too");
    assert_eq!(real.rows("Members", &["Id"]).await.len(), 3);
    assert_eq!(real.house.store.dead_letters("main", 10).await.unwrap().len(), 2, "of Points and of Members");
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn every_entry_is_one_row_although_everything_is_projected_twice() {
    let real = real("projection").await;
    real.house.nocodb.apply().await.unwrap();
    real.house.give(50, 5).await;
    real.house.deliver().await;
    real.house.store.forget_feeds("nocodb").await.unwrap();
    assert_eq!(real.set_up(Seed::Empty).await.members, 50);
    real.house.deliver().await;
    let points = real.rows("Points", &["Id", "Entry", "Points", "Occurred at"]).await;
    let entries: BTreeSet<&str> = points.iter().filter_map(|row| row["Entry"].as_str()).collect();
    assert_eq!((points.len(), entries.len()), (250, 250));
    assert_eq!(points[0]["Occurred at"], "2026-11-20 12:00:00+00:00");
    let members = real.rows("Members", &["Id", "Member", "Available", "Version", "Test"]).await;
    assert_eq!(members.len(), 50);
    assert!(members.iter().all(|row| row["Available"] == 5 && row["Version"].as_u64() >= Some(5)), "{:?}", members[0]);
    real.remove().await;
}

/// As an earlier setup left it: texts where lists are now, and a `Status` that lacks a word. Nothing that stands there changes.
#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn a_real_base_of_before_gets_lists_without_losing_a_cell_and_an_option_is_never_removed() {
    let real = real("lists").await;
    real.set_up(Seed::Live).await;
    let ids = real.house.nocodb.table_ids().await.unwrap();
    let meta = async |table: &str, column: &str| {
        let there = real.client.get(&format!("tables/{}", ids[table])).await.unwrap();
        there["columns"].as_array().unwrap().iter().find(|known| known["title"] == column).unwrap().clone()
    };
    let offers = async |table: &str, column: &str| -> Vec<String> {
        let column = meta(table, column).await;
        let options = column["colOptions"]["options"].as_array().unwrap().iter();
        options.map(|option| option["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(offers("Rules", "Tiers").await, ["bronze", "silver", "gold"]);
    for column in ["Tiers", "Stores", "Event"] {
        let mut text = meta("Rules", column).await;
        text["uidt"] = json!("SingleLineText");
        real.send("PATCH", &format!("/api/v2/meta/columns/{}", text["id"].as_str().unwrap()), &text).await;
    }
    let mut number = meta("Rules", "Multiplier").await;
    number["uidt"] = json!("Decimal");
    real.send("PATCH", &format!("/api/v2/meta/columns/{}", number["id"].as_str().unwrap()), &number).await;
    let mut status = meta("Rules", "Status").await;
    status["colOptions"]["options"].as_array_mut().unwrap().retain(|option| option["title"] != "stopped");
    real.send("PATCH", &format!("/api/v2/meta/columns/{}", status["id"].as_str().unwrap()), &status).await;
    let cells = json!({"Id": 2, "Tiers": "gold; silver", "Stores": "tartu-1, Tallinn 2"});
    real.set("Rules", cells).await;
    let mut drafts = real.house.drafts();
    drafts.look().await.unwrap();
    let checked = real.rows("Programme", &["Checked"]).await;

    let done = real.set_up(Seed::Live).await;
    let mut steps: Vec<String> = done.plan.steps.iter().map(ToString::to_string).collect();
    steps.sort();
    let expected = [
        "Event (as a list to choose from)",
        "Multiplier (as text, which is read as it was typed)",
        "Status (with stopped)",
        "Stores (as a list to choose from)",
    ];
    assert_eq!(steps[..4], expected.map(|step| format!("column Rules.{step}")));
    assert_eq!((steps.len(), done.plan.notes.len()), (5, 0), "{done:?}");
    assert_eq!(real.set_up(Seed::Live).await, Done::default());
    let rows = real.rows("Rules", &["Tiers", "Stores", "Event"]).await;
    assert_eq!([&rows[1]["Tiers"], &rows[1]["Stores"]], [&json!("gold,silver"), &json!("tartu-1,Tallinn 2")]);
    assert_eq!(
        rows.iter().map(|row| row["Event"].clone()).collect::<Vec<_>>(),
        ["purchase", "purchase", "purchase", "review"]
    );
    assert!(offers("Rules", "Status").await.contains(&"stopped".to_owned()));
    drafts.look().await.unwrap();
    assert_eq!(real.rows("Programme", &["Checked"]).await, checked, "what was a draft is the same draft");

    // What comes is offered within a minute, beside what a person added.
    let mut stores = meta("Rules", "Stores").await;
    let by_hand = json!({"title": "pop-up", "color": "#cfdffe"});
    stores["colOptions"]["options"].as_array_mut().unwrap().push(by_hand);
    real.send("PATCH", &format!("/api/v2/meta/columns/{}", stores["id"].as_str().unwrap()), &stores).await;
    real.set("Rules", json!({"Id": 2, "Stores": "pop-up,tartu-1"})).await;
    real.house.happens("e-1", "c-1", "course.done").await;
    real.house.clock.set(real.house.clock.now() + jiff::SignedDuration::from_secs(61));
    drafts.look().await.unwrap();
    assert!(offers("Rules", "Event").await.contains(&"course.done".to_owned()));
    assert_eq!(offers("Rules", "Stores").await, ["tartu-1", "Tallinn 2", "example-1", "pop-up"]);
    assert_eq!(real.rows("Rules", &["Stores"]).await[1]["Stores"], "pop-up,tartu-1");
    real.remove().await;
}

#[tokio::test]
#[ignore = "needs the real systems: tests/stack/run.sh"]
async fn what_is_changed_by_hand_on_the_real_one_is_put_back_or_taken_up() {
    let real = real("edits").await;
    real.set_up(Seed::Empty).await;
    let house = &real.house;
    // NocoDB's clock says when a row was changed.
    house.clock.set(loyalty_connector::clock::SystemClock.now());
    house.give(3, 2).await;
    house.deliver().await;
    let mut edits = house.edits();
    edits.look().await.unwrap();
    let rows = real.rows("Members", &["Id", "Member", "External id"]).await;
    let anna = rows[0].clone();
    real.set(
        "Members",
        json!({"Id": anna["Id"], "Name": "Anna Tamm", "Language": "et", "Birthday": "1990-05-17", "Available": 5000}),
    )
    .await;
    let points = real.rows("Points", &["Id"]).await;
    real.set("Points", json!({"Id": points[1]["Id"], "Points": 777, "Expires at": null})).await;
    edits.look().await.unwrap();
    let row = real.rows("Members", &["Name", "Available", "Note"]).await.remove(0);
    println!("{row:?}");
    assert_eq!((&row["Name"], &row["Available"]), (&json!("Anna Tamm"), &json!(2)));
    assert!(row["Note"].as_str().unwrap().contains("Available was changed to `5000` and is `2` again"), "{row:?}");
    let row = real.rows("Points", &["Points", "Expires at", "Note"]).await.remove(1);
    assert!(row["Points"] == 1 && !row["Expires at"].is_null(), "{row:?}");
    let member = anna["Member"].as_str().unwrap().to_owned();
    let loaded = house.store.led("main", member).await.unwrap().unwrap();
    let said = [loaded.person.name, loaded.person.language, loaded.person.birthday].map(Option::unwrap);
    assert_eq!(said, ["Anna Tamm", "et", "1990-05-17"]);
    house.deliver().await;
    edits.look().await.unwrap();
    let version = |rows: Vec<Record>| rows.iter().map(|row| row["Version"].as_u64().unwrap()).collect::<Vec<_>>();
    let before = version(real.rows("Members", &["Id", "Version"]).await);
    edits.look().await.unwrap();
    house.deliver().await;
    assert_eq!(
        version(real.rows("Members", &["Id", "Version"]).await),
        before,
        "what was taken up is no edit any more"
    );

    real.delete("Members", &[Record::from_iter([("Id".to_owned(), rows[1]["Id"].clone())])]).await;
    real.delete("Points", &[Record::from_iter([("Id".to_owned(), points[5]["Id"].clone())])]).await;
    house.clock.set(house.clock.now() + jiff::SignedDuration::from_secs(61));
    edits.look().await.unwrap();
    house.deliver().await;
    assert_eq!(real.rows("Members", &["Id"]).await.len(), 3);
    assert_eq!(real.rows("Points", &["Id"]).await.len(), 6);
    real.remove().await;
}

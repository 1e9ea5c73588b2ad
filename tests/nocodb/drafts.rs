//! Programme tables as drafts: what a tick does, and that nothing else changes the live programme.

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    programme::sample,
    systems::nocodb::{Failure, client::CallError, drafts::Drafts},
    writer::publishing::{Person, Publishing, Stopped},
};
use serde_json::{Value, json};

use crate::{
    house::House,
    support::{
        NOW,
        nocodb::{self, Fault, StandIn},
    },
};

/// NocoDB with the sample loaded: `base` is row 1 of `Rules`, `shoes` row 2.
async fn open() -> (wiremock::MockServer, StandIn, House) {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
    house.nocodb.load(&sample::tables(), |_, _| {}).await.unwrap();
    (server, stand_in, house)
}

/// Ticked by somebody who saw that what is there was checked.
async fn look_and_tick(stand_in: &StandIn, drafts: &mut Drafts) {
    drafts.look().await.unwrap();
    stand_in.set("Programme", 1, "Publish", json!(true));
}

fn statuses(stand_in: &StandIn, table: &str) -> Vec<Value> {
    stand_in.rows(table).iter().map(|row| row["Status"].clone()).collect()
}

#[tokio::test]
async fn a_tick_makes_all_ready_rows_live_and_goes_away() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    assert_eq!(statuses(&stand_in, "Rules"), ["live"; 4]);
    assert_eq!(stand_in.cell("Programme", 1, "Live version"), "v1");

    stand_in.set("Rules", 2, "Multiplier", json!(3));
    stand_in.set("Tiers", 2, "Qualifying points", json!(400));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 1);
    assert_eq!(statuses(&stand_in, "Rules"), ["live", "ready", "live", "live"]);
    assert_eq!(statuses(&stand_in, "Programme"), ["ready"]);

    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
    assert_eq!(stand_in.cell("Programme", 1, "Publish"), false);
    assert_eq!(stand_in.cell("Programme", 1, "Live version"), "v2");
    for table in ["Programme", "Rules", "Tiers", "Texts"] {
        assert!(statuses(&stand_in, table).iter().all(|status| status == "live"), "{table}");
    }
    assert_eq!(house.live_tables().await.rows("Rules")[1].cell("Multiplier"), Some("3"));
}

#[tokio::test]
async fn a_broken_row_shows_its_problem_and_a_tick_changes_nothing() {
    let (_server, stand_in, house) = open().await;
    stand_in.set("Rules", 2, "Tiers", json!("platinum"));
    stand_in.set("Programme", 1, "Publish", json!(1));
    house.drafts().look().await.unwrap();
    assert_eq!(house.version(), 1);
    assert_eq!(stand_in.cell("Programme", 1, "Publish"), false);
    assert_eq!(stand_in.cell("Rules", 2, "Status"), "problem");
    assert_eq!(stand_in.cell("Rules", 2, "Problem"), "Tiers: there is no tier `platinum`");
    assert_eq!(stand_in.cell("Programme", 1, "Problem"), "Rules, shoes, Tiers: there is no tier `platinum`");

    stand_in.set("Rules", 2, "Tiers", json!("gold"));
    house.drafts().look().await.unwrap();
    assert_eq!(
        (stand_in.cell("Rules", 2, "Status"), stand_in.cell("Rules", 2, "Problem")),
        (json!("ready"), json!(""))
    );
    assert_eq!(house.version(), 1, "the tick was spent");
}

/// What the connector does not read is not asked for: NocoDB would refuse the whole question.
#[tokio::test]
async fn a_base_that_has_the_column_effect_and_no_forecast_publishes_as_before() {
    let (_server, stand_in, house) = open().await;
    stand_in.change(|state| state.lost = vec!["Forecast"]);
    stand_in.set("Rules", 1, "Effect", json!(null));
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!((house.version(), statuses(&stand_in, "Rules")), (2, vec![json!("live"); 4]));
}

#[tokio::test]
async fn a_tick_without_a_change_makes_no_version_and_a_look_without_news_writes_nothing() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 1);
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes);
}

#[tokio::test]
async fn an_untick_whose_answer_was_lost_publishes_what_was_ticked_and_nothing_later() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    stand_in.fail(&[Fault::StoredButSilent]);
    drafts.look().await.unwrap_err();
    assert_eq!(house.version(), 1);
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);

    stand_in.set("Rules", 2, "Multiplier", json!(4));
    look_and_tick(&stand_in, &mut drafts).await;
    stand_in.fail(&[Fault::StoredButSilent]);
    drafts.look().await.unwrap_err();
    stand_in.set("Rules", 2, "Multiplier", json!(5));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2, "edited after the tick");
}

#[tokio::test]
async fn a_nocodb_that_is_down_or_answers_nonsense_changes_nothing() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    for fault in [Fault::Status(500), Fault::Status(429), Fault::Status(401), Fault::Page(200), Fault::StoredButSilent]
    {
        stand_in.change(|state| state.down = Some(fault));
        drafts.look().await.unwrap_err();
        assert_eq!(house.version(), 1, "{fault:?}");
    }
    stand_in.change(|state| state.down = None);
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
}

/// Whatever a person did to it: deleted it, or gave it another title, under which NocoDB still finds it by its old name.
#[tokio::test]
async fn a_column_renamed_or_missing_stops_publishing_and_every_row_there_says_so() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    for (lost, renamed) in [(vec!["Segments"], vec![]), (vec![], vec![("Segments", "Audience")])] {
        stand_in.change(|state| (state.lost, state.renamed) = (lost, renamed));
        let error = drafts.look().await.unwrap_err();
        assert!(matches!(error, Failure::Call(CallError::Missing(_))));
        assert!(error.to_string().contains("table Rules: "), "{error}");
        assert!(error.to_string().contains("Field 'Segments' not found"), "{error}");
        assert_eq!(
            (statuses(&stand_in, "Rules"), statuses(&stand_in, "Programme")),
            (vec![json!("problem"); 4], vec![json!("problem")])
        );
        let told = stand_in.cell("Rules", 4, "Problem").to_string();
        assert!(told.contains("'Segments'") && told.contains("loyalty setup nocodb"), "{told}");
        assert_eq!((house.version(), stand_in.cell("Programme", 1, "Publish")), (1, json!(false)), "the tick is spent");
        stand_in.change(|state| (state.lost, state.renamed) = (vec![], vec![]));
        drafts.look().await.unwrap();
        assert_eq!(statuses(&stand_in, "Rules"), ["live", "ready", "live", "live"]);
    }
    assert_eq!(house.version(), 1);
}

#[tokio::test]
async fn an_emptied_or_shortened_table_or_a_deleted_programme_row_is_not_published() {
    let (cases, whole) =
        ([("Rules", 1), ("Rules", 0), ("Tiers", 0), ("Texts", 3), ("Codes", 0), ("Rewards", 0)], ("Programme", 0));
    for (table, left) in cases.into_iter().chain([whole]) {
        let (_server, stand_in, house) = open().await;
        let mut drafts = house.drafts();
        drafts.look().await.unwrap();
        assert!(stand_in.rows(table).len() > left, "{table}");
        stand_in.change(|state| state.tables.get_mut(table).unwrap().truncate(left));
        drafts.look().await.unwrap();
        let seen = if table == "Programme" { "Rules" } else { "Programme" };
        let told = stand_in.cell(seen, 1, "Problem").to_string();
        assert_eq!(stand_in.cell(seen, 1, "Status"), "problem", "{table}");
        let wanted = match (table, left) {
            ("Programme", _) => "Programme: needs exactly one row".to_owned(),
            (_, 0) => format!("{table}: has no row any more"),
            _ => format!("{table}: has only {left} row"),
        };
        assert!(told.contains(&wanted), "{told}");
        if table != "Programme" {
            look_and_tick(&stand_in, &mut drafts).await;
            drafts.look().await.unwrap();
        }
        assert_eq!(house.version(), 1, "{table}");
        let problems = house.nocodb.review_draft(&house.store, &house.live, "main").await.unwrap().unwrap_err();
        assert!(problems.iter().any(|problem| problem.table == table && problem.row.is_empty()), "{problems:?}");
    }
}

#[tokio::test]
async fn fewer_rows_are_published_once_somebody_says_how_many_are_meant() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.change(|state| state.tables.get_mut("Rules").unwrap().truncate(1));
    stand_in.change(|state| state.tables.get_mut("Texts").unwrap().truncate(3));
    for (cell, version) in [("", 1), ("yes", 1), ("Rules 1", 1), ("Rules 2, Texts 3", 1), ("rules 1; texts 3", 2)] {
        stand_in.set_setting("Fewer rows", cell);
        look_and_tick(&stand_in, &mut drafts).await;
        drafts.look().await.unwrap();
        assert_eq!(house.version(), version, "{cell}");
    }
    assert_eq!(
        [statuses(&stand_in, "Rules"), statuses(&stand_in, "Programme")],
        [vec![json!("live")], vec![json!("live")]]
    );
    assert_eq!(stand_in.cell("Programme", 1, "Problem"), "");
    assert_eq!(house.live_tables().await.rows("Rules").len(), 1);
}

/// What is probably meant is known from what came: reviews here, which are told as `review`.
#[tokio::test]
async fn what_is_to_be_looked_at_stands_in_its_row_and_is_published_all_the_same() {
    let (_server, stand_in, house) = open().await;
    house.happens("e-1", "c-1", "review").await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 4, "Event", json!("reviews"));
    drafts.look().await.unwrap();
    let look = "Event: no event of type `reviews` has ever come; is `review` meant?";
    let shown = |table: &str, id: u64| [stand_in.cell(table, id, "Status"), stand_in.cell(table, id, "Problem")];
    assert_eq!(shown("Rules", 4), [json!("ready"), json!(format!("Look: {look}"))]);
    assert_eq!(shown("Programme", 1), [json!("ready"), json!(format!("Look: Rules, review, {look}"))]);
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!((house.version(), shown("Rules", 4)), (2, [json!("live"), json!(format!("Look: {look}"))]));

    stand_in.set("Rules", 4, "Event", json!("Review"));
    drafts.look().await.unwrap();
    assert_eq!([shown("Rules", 4), shown("Programme", 1)], [[json!("ready"), json!("")], [json!("ready"), json!("")]]);
}

/// A calendar needs columns of dates; a base without them publishes as before.
#[tokio::test]
async fn a_row_says_as_instants_when_it_begins_and_ends() {
    let (_server, stand_in, house) = open().await;
    stand_in.change(|state| state.lost = vec!["Starts", "Ends"]);
    stand_in.set("Rules", 1, "From", json!("2026-12-01"));
    stand_in.set("Rules", 1, "Until", json!("2026-12-24"));
    stand_in.set("Rules", 2, "From", json!("2026-12-24T18:00:00+02:00"));
    let mut drafts = house.drafts();
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!((house.version(), stand_in.cell("Rules", 1, "Starts")), (2, json!(null)));

    stand_in.change(|state| state.lost = Vec::new());
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    let shown = |id: u64| ["Starts", "Ends"].map(|column| stand_in.cell("Rules", id, column));
    assert_eq!(shown(1), ["2026-11-30T22:00:00Z", "2026-12-24T21:59:59Z"], "by the clock of the programme");
    assert_eq!(shown(2), [json!("2026-12-24T16:00:00Z"), json!(null)]);
    assert_eq!(shown(3), [json!(null), json!(null)], "what is always in force says nothing");
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes);
    stand_in.set("Rules", 1, "From", json!("soon"));
    drafts.look().await.unwrap();
    assert_eq!(shown(1), [json!(null), json!("2026-12-24T21:59:59Z")]);
    assert_eq!((stand_in.cell("Rules", 1, "Status"), house.version()), (json!("problem"), 2));
}

/// The row carries the fingerprint of what its Status speaks of, so the tick is good for exactly that.
#[tokio::test]
async fn what_is_published_is_what_was_checked_when_the_tick_was_set() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    stand_in.set("Rules", 2, "Multiplier", json!(50)); // by a colleague, before the tick was seen
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 1);
    let row = &stand_in.rows("Programme")[0];
    assert_eq!((&row["Publish"], &row["Status"]), (&json!(false), &json!("ready")));
    assert!(row["Problem"].as_str().unwrap().contains("tick again"), "{row:?}");
    drafts.look().await.unwrap();
    assert!(stand_in.cell("Programme", 1, "Problem").as_str().unwrap().contains("tick again"), "it stays to be read");

    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
    assert!(!stand_in.cell("Programme", 1, "Problem").to_string().contains("tick again"));
    assert_eq!(house.live_tables().await.rows("Rules")[1].cell("Multiplier"), Some("50"));
}

/// What a marketer saw beside one version must not take back what another person made live since.
#[tokio::test]
async fn a_tick_publishes_beside_the_live_version_that_was_seen_and_no_other() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    let mut elsewhere = house.live_tables().await;
    elsewhere.0.get_mut("Rules").unwrap()[0].cells.insert("Points".to_owned(), "2".to_owned());
    let programme = loyalty_connector::loyalty::programme::check(&elsewhere).unwrap();
    house.live.publish(&house.store, "main", &elsewhere, programme, NOW.parse().unwrap()).await.unwrap();
    drafts.look().await.unwrap();
    let told = stand_in.cell("Programme", 1, "Problem").to_string();
    assert_eq!((house.version(), stand_in.cell("Programme", 1, "Publish")), (2, json!(false)), "{told}");
    assert!(told.contains("v2 went live meanwhile") && told.contains("Rules, base, Points: 1 is now 2"), "{told}");
    assert_eq!(stand_in.cell("Programme", 1, "Live version"), "v2");
    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(
        (house.version(), stand_in.cell("Programme", 1, "Problem")),
        (3, json!("")),
        "ticked by who has seen it"
    );
}

#[tokio::test]
async fn an_example_that_fails_says_what_it_gave_in_its_own_row_and_nothing_is_published() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    let cells =
        [("Example", "shoes"), ("Cart", "RUN-42, 89.90, sport/shoes"), ("At", "2026-11-20"), ("Expect points", "178")];
    let cells = cells.map(|(column, text)| (column.to_owned(), json!(text))).into_iter();
    let row = cells.chain([("Id".to_owned(), json!(1)), ("Active".to_owned(), json!(true))]).collect();
    stand_in.change(|state| state.tables.entry("Examples".to_owned()).or_default().push(row));
    drafts.look().await.unwrap();
    assert_eq!(statuses(&stand_in, "Examples"), ["ready"]);
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!((statuses(&stand_in, "Examples"), house.version()), (vec![json!("problem")], 1));
    assert_eq!(stand_in.cell("Examples", 1, "Problem"), "Expect points: gave 267, expected 178");
    stand_in.set("Examples", 1, "Expect points", json!(267));
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!((statuses(&stand_in, "Examples"), house.version()), (vec![json!("live")], 2));
}

#[tokio::test]
async fn a_tick_of_one_waits_for_a_second_person_where_the_programme_wants_one() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    stand_in.set_setting("Second person publishes", "yes");
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2, "what is live does not want one yet");
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    for _ in 0..2 {
        look_and_tick(&stand_in, &mut drafts).await;
        drafts.look().await.unwrap();
        let told = stand_in.cell("Programme", 1, "Problem").to_string();
        assert!(told.contains("Waits for a second person"), "{told}");
        assert_eq!(house.version(), 2, "one person may tick twice");
    }
    let now = NOW.parse().unwrap();
    let publishing = Publishing { store: &house.store, live: &house.live, brand: "main", now };
    let waits = publishing.waiting().await.unwrap().unwrap();
    publishing.agree(&waits.draft.fingerprint, Person::named("boss")).await.unwrap();
    drafts.look().await.unwrap();
    assert_eq!((house.version(), stand_in.cell("Programme", 1, "Problem")), (3, json!("")));
    assert_eq!(statuses(&stand_in, "Rules"), ["live"; 4]);
}

/// Looks as the connector does until a cell says this.
async fn look_until(drafts: &mut Drafts, stand_in: &StandIn, place: (&str, u64), says: &str) {
    for _ in 0..1_000 {
        drafts.look().await.unwrap();
        if stand_in.cell(place.0, place.1, "Forecast") == says {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await; // the pace of looking, not a wait for something
    }
    panic!("{place:?} says {}, not {says}", stand_in.cell(place.0, place.1, "Forecast"));
}

#[tokio::test]
async fn each_row_says_what_it_would_have_done() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.foreseeing_drafts();
    let later = |hours: i64| house.clock.set(NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours));
    later(1);
    look_until(&mut drafts, &stand_in, ("Rules", 4), "Nothing has happened yet to work it out from.").await;
    for (id, who) in [("r1", "c-1"), ("r2", "c-2"), ("r3", "c-2")] {
        house.happens(id, who, "review").await;
    }
    later(2);
    stand_in.set("Rules", 4, "Points", json!(50));
    let says = "last day: 2 members, 150 points (now 60), 1.50 EUR";
    look_until(&mut drafts, &stand_in, ("Rules", 4), says).await;
    assert_eq!(stand_in.cell("Rules", 1, "Forecast"), "last day: nobody");
    assert_eq!(stand_in.cell("Tiers", 1, "Forecast"), "last day: 2 members at the end");
    let whole = "In the last day: 150 points to 2 members, 1.50 EUR\nAs it is live: 60 points to 2 members, 0.60 EUR\nNobody would have less";
    assert_eq!(stand_in.cell("Programme", 1, "Forecast"), whole);
    assert_eq!(stand_in.cell("Texts", 1, "Forecast"), json!(null), "nothing is counted of texts");

    stand_in.set("Rules", 2, "Tiers", json!("platinum"));
    drafts.look().await.unwrap();
    assert_eq!(stand_in.cell("Rules", 4, "Forecast"), "", "with a problem it would speak of another draft");
    stand_in.set("Rules", 2, "Tiers", json!(""));
    look_until(&mut drafts, &stand_in, ("Rules", 4), says).await;

    stand_in.set("Programme", 1, "Publish", json!(true));
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
    look_until(&mut drafts, &stand_in, ("Rules", 4), "last day: 2 members, 150 points, 1.50 EUR").await;
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes, "what a row says already is not written again");
}

#[tokio::test]
async fn a_base_without_the_column_gets_no_forecast_and_publishes_as_before() {
    let (_server, stand_in, house) = open().await;
    stand_in.change(|state| state.lost = vec!["Forecast"]);
    let mut drafts = house.foreseeing_drafts();
    for _ in 0..20 {
        drafts.look().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(10)).await; // the pace of looking, not a wait for something
    }
    assert!(
        stand_in
            .rows("Rules")
            .iter()
            .all(|row| row.get("Forecast").is_none_or(|cell| cell.as_str().is_none_or(str::is_empty)))
    );
    stand_in.set("Rules", 2, "Multiplier", json!(3));
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    assert_eq!(house.version(), 2);
}

/// Whoever ticks `Active` again has read why it stopped, and means it.
#[tokio::test]
async fn a_row_that_stopped_by_itself_says_so_loses_its_tick_once_and_can_be_let_go_on() {
    let (_server, stand_in, house) = open().await;
    let mut drafts = house.drafts();
    drafts.look().await.unwrap();
    let row = "shoes".to_owned();
    let stopped = Stopped { table: "Rules".to_owned(), row, since: 1, gave: 9000, foreseen: 2000 };
    let now = NOW.parse().unwrap();
    let publishing = Publishing { store: &house.store, live: &house.live, brand: "main", now };
    assert!(publishing.stop(1, vec![stopped]).await.unwrap());
    for _ in 0..2 {
        drafts.look().await.unwrap();
    }
    assert_eq!((house.version(), stand_in.cell("Rules", 2, "Active")), (2, json!(false)));
    assert_eq!(statuses(&stand_in, "Rules"), ["live", "stopped", "live", "live"]);
    assert_eq!(statuses(&stand_in, "Programme"), ["live"], "there is nothing to publish");
    let told = stand_in.cell("Rules", 2, "Problem").to_string();
    assert!(told.contains("Stopped by itself (v2): it gave 9000 points since v1"), "{told}");
    let writes = stand_in.change(|state| state.writes);
    drafts.look().await.unwrap();
    assert_eq!(stand_in.change(|state| state.writes), writes);
    stand_in.set("Rules", 2, "Active", json!(true));
    look_and_tick(&stand_in, &mut drafts).await;
    drafts.look().await.unwrap();
    drafts.look().await.unwrap();
    assert_eq!((house.version(), stand_in.cell("Rules", 2, "Active")), (3, json!(true)));
    assert_eq!(
        (statuses(&stand_in, "Rules")[1].clone(), stand_in.cell("Rules", 2, "Problem")),
        (json!("live"), json!(""))
    );
}

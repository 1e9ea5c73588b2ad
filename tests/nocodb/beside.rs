//! How far members are with challenges, and what they took or were given, beside their points: as it stands, put back, and never twice.

use jiff::SignedDuration;
use loyalty_connector::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{Fact, mechanics::codes::CodeUse, programme::check},
    programme::{csv, sample},
    systems::nocodb::{
        beside::{ACHIEVEMENTS, CLAIMS},
        edits::Edits,
    },
    workers::follow::FollowUps,
};
use serde_json::{Map, Value, json};

use crate::{
    house::House,
    support::nocodb::{self, StandIn},
};

const TABLES: [(&str, &str); 4] = [
    ("Rules", "Rule,Event,Points,Reward\nreview,review,20,\nvisit,visit,,socks\n"),
    ("Rewards", "Reward,Name,Kind,Cost\nsocks,Warm socks,gift,100\n"),
    ("Codes", "Offer,Name,Kind,Value,Uses\nfive,Five off,amount,5.00,1\n"),
    (
        "Challenges",
        "Challenge,Name,Counts,Event,Goal,Badge,Code offer,Points\ntwo,Two reviews,events,review,2,yes,five,\nfar,Far,orders,,3,,,10\n",
    ),
];

struct Shop {
    _server: wiremock::MockServer,
    stand_in: StandIn,
    house: House,
    edits: Edits,
}

impl Shop {
    async fn open() -> Self {
        let (server, stand_in) = nocodb::start().await;
        let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
        let mut tables = sample::tables();
        for (table, rows) in TABLES {
            tables.0.insert(table.to_owned(), csv::read(table, rows).unwrap());
        }
        let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
        house.clock.set(house.clock.now() + SignedDuration::from_hours(1));
        house.live.publish(&house.store, "main", &tables, programme, house.clock.now()).await.unwrap();
        let edits = house.edits();
        let shop = Self { _server: server, stand_in, house, edits };
        shop.pass(1);
        shop
    }

    fn pass(&self, seconds: i64) {
        let now = self.house.clock.now() + SignedDuration::from_secs(seconds);
        self.house.clock.set(now);
        self.stand_in.change(|state| state.changed_at = Some(now.strftime("%Y-%m-%d %H:%M:%S+00:00").to_string()));
    }

    /// Something happens to Anna, what follows from it follows, and NocoDB is told.
    async fn happens(&self, id: &str, kind: &str) {
        self.house.happens(id, "c-0", kind).await;
        let follow_ups = FollowUps(self.house.writer.clone());
        while self.house.courier.carry_once(&follow_ups).await.unwrap() > 0 {}
        self.house.deliver().await;
        self.pass(1);
    }

    async fn somebody_uses(&self, code: &str) {
        let (brand, source, id) = ("main".to_owned(), "till:code".to_owned(), "use-1".to_owned());
        let code_use = CodeUse { code: code.to_owned(), reference: "use-1".to_owned(), partner: None };
        let who = Who { identities: vec![("external_id", "c-9".to_owned())], ..Who::default() };
        let fact = Fact::CodeRedeemed(code_use);
        self.house.writer.accept(Incoming { brand, source, id, occurred_at: None, fact, who }).await.unwrap();
    }

    /// The round goes on a minute later.
    async fn round(&mut self) {
        self.pass(61);
        self.edits.look().await.unwrap();
    }

    fn only(&self, table: &str) -> Map<String, Value> {
        let mut rows = self.stand_in.rows(table);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }
}

fn cells(row: &Map<String, Value>, columns: &[&str]) -> Vec<Value> {
    columns.iter().map(|column| row[*column].clone()).collect()
}

#[tokio::test]
async fn a_challenge_stands_there_from_its_first_step_and_what_it_gave_with_what_for() {
    let mut shop = Shop::open().await;
    shop.happens("r-1", "review").await;
    let row = shop.only(ACHIEVEMENTS);
    let columns = ["External id", "Name", "Challenge", "Progress", "State", "Times", "Badge", "When"];
    let expected = [json!("c-0"), json!("Anna"), json!("Two reviews"), json!("1 of 2"), json!("in progress"), json!(0)];
    assert_eq!(cells(&row, &columns[..6]), expected, "{row:?}");
    assert_eq!((&row["Badge"], &row["When"]), (&json!(false), &Value::Null));
    assert!(shop.stand_in.rows(CLAIMS).is_empty());

    shop.happens("r-2", "review").await;
    let row = shop.only(ACHIEVEMENTS);
    let expected = [json!("2 of 2"), json!("done"), json!(1), json!(true), json!("2026-11-20T13:00:02Z")];
    assert_eq!(cells(&row, &columns[3..]), expected, "{row:?}");
    let claim = shop.only(CLAIMS);
    let columns = ["External id", "What", "State", "For", "Points"];
    let expected = [json!("c-0"), json!("Five off"), json!("open"), json!("challenge two"), json!(0)];
    assert_eq!(cells(&claim, &columns), expected, "{claim:?}");

    shop.happens("v-1", "visit").await;
    assert_eq!(shop.stand_in.rows(CLAIMS)[1]["For"], "rule visit");
    let writes = shop.stand_in.change(|state| state.writes);
    shop.round().await;
    assert_eq!(shop.stand_in.change(|state| state.writes), writes, "what agrees is left alone");
    shop.somebody_uses(claim["Code"].as_str().unwrap()).await;
    shop.house.deliver().await;
    shop.round().await;
    let claim = shop.stand_in.rows(CLAIMS).remove(0);
    assert_eq!((&claim["State"], claim.get("Note")), (&json!("used"), None), "whoever used it, and nobody edited it");
    assert_eq!((shop.stand_in.rows(ACHIEVEMENTS).len(), shop.stand_in.rows(CLAIMS).len()), (1, 2));
}

#[tokio::test]
async fn what_is_changed_there_by_hand_is_put_back_with_a_note_and_what_was_deleted_comes_back() {
    let mut shop = Shop::open().await;
    shop.happens("r-1", "review").await;
    shop.happens("v-1", "visit").await;
    shop.edits.look().await.unwrap();
    shop.pass(10);
    shop.stand_in.set(ACHIEVEMENTS, 1, "Progress", json!("2 of 2"));
    shop.stand_in.set(CLAIMS, 1, "State", json!("handed over"));
    shop.edits.look().await.unwrap();
    let (achieved, claim) = (shop.only(ACHIEVEMENTS), shop.only(CLAIMS));
    assert_eq!((&achieved["Progress"], &claim["State"]), (&json!("1 of 2"), &json!("open")));
    let note = achieved["Note"].as_str().unwrap();
    assert!(
        note.ends_with("Progress was changed to `2 of 2` and is `1 of 2` again: the ledger alone changes it."),
        "{note}"
    );
    assert!(claim["Note"].as_str().unwrap().contains("State was changed to `handed over`"), "{claim:?}");
    let writes = shop.stand_in.change(|state| state.writes);
    shop.edits.look().await.unwrap();
    assert_eq!(shop.stand_in.change(|state| state.writes), writes, "its own writing is nobody's edit");
    for table in [ACHIEVEMENTS, CLAIMS] {
        shop.stand_in.change(|state| state.tables.get_mut(table).unwrap().clear());
    }
    shop.round().await;
    assert_eq!(
        (&shop.only(ACHIEVEMENTS)["Progress"], &shop.only(CLAIMS)["For"]),
        (&json!("1 of 2"), &json!("rule visit"))
    );
}

#[tokio::test]
async fn a_base_of_before_works_without_the_tables_and_has_all_rows_once_they_are_made() {
    let mut shop = Shop::open().await;
    shop.stand_in.change(|state| state.absent = vec![ACHIEVEMENTS, CLAIMS]);
    shop.happens("r-1", "review").await;
    shop.happens("v-1", "visit").await;
    shop.round().await;
    assert_eq!((shop.stand_in.rows("Members").len(), shop.stand_in.rows(ACHIEVEMENTS).len()), (1, 0));
    shop.stand_in.change(|state| state.absent.clear());
    shop.round().await;
    shop.round().await;
    assert_eq!(
        (&shop.only(ACHIEVEMENTS)["Progress"], &shop.only(CLAIMS)["What"]),
        (&json!("1 of 2"), &json!("Warm socks"))
    );
}

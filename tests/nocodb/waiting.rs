//! What waits for a person, in NocoDB: shown there until somebody chooses, and what the choice does.

use loyalty_connector::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{Fact, event::Restricted, programme::check},
    programme::{csv, sample},
    systems::nocodb::waiting::{PARKED, Waiting},
    workers::follow::FollowUps,
};
use serde_json::{Map, Value, json};

use crate::{
    house::House,
    support::nocodb::{self, Fault, StandIn},
};

const RULES: &str = "Rule,Event,Reward\nvisit,visit,socks\n";
const REWARDS: &str = "Reward,Name,Kind,Cost\nsocks,Warm socks,gift,100\n";

struct Shop {
    _server: wiremock::MockServer,
    stand_in: StandIn,
    house: House,
    waiting: Waiting,
}

impl Shop {
    /// Anna is on hold, and a visit of hers could give nothing.
    async fn open() -> Self {
        let (server, stand_in) = nocodb::start().await;
        let house = House::open(&server.uri(), "token", "Loyalty", 2_000).await;
        let mut tables = sample::tables();
        for (table, rows) in [("Rules", RULES), ("Rewards", REWARDS)] {
            tables.0.insert(table.to_owned(), csv::read(table, rows).unwrap());
        }
        let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
        house.clock.set(house.clock.now() + jiff::SignedDuration::from_hours(1));
        house.live.publish(&house.store, "main", &tables, programme, house.clock.now()).await.unwrap();
        house.comes("c-0", "Anna", "anna@example.com").await;
        let waiting = house.waiting();
        let shop = Self { _server: server, stand_in, house, waiting };
        shop.holds(true, "hold-1").await;
        shop.house.happens("v-1", "c-0", "visit").await;
        let follow_ups = FollowUps(shop.house.writer.clone());
        while shop.house.courier.carry_once(&follow_ups).await.unwrap() > 0 {}
        shop
    }

    async fn holds(&self, restricted: bool, id: &str) {
        let fact = Fact::Restricted(Restricted { restricted, reason: "why".to_owned() });
        let who = Who { identities: vec![("external_id", "c-0".to_owned())], ..Who::default() };
        let (brand, source, id) = ("main".to_owned(), "test".to_owned(), id.to_owned());
        self.house.writer.accept(Incoming { brand, source, id, occurred_at: None, fact, who }).await.unwrap();
    }

    fn row(&self) -> Map<String, Value> {
        let mut rows = self.stand_in.rows(PARKED);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    async fn claims(&self) -> usize {
        let owner = self.house.store.streams().await.unwrap().remove(0).1;
        self.house.store.led("main", owner).await.unwrap().unwrap().member.claims.len()
    }

    fn choose(&self, choice: &str) {
        self.stand_in.set(PARKED, 1, "Resolve", json!(choice));
    }
}

#[tokio::test]
async fn what_could_not_be_given_is_given_once_when_somebody_chooses_so() {
    let mut shop = Shop::open().await;
    shop.waiting.look().await.unwrap();
    let row = shop.row();
    assert_eq!((&row["State"], &row["Member"]), (&json!("waits"), &json!("c-0, Anna, since 2026-11-20")));
    assert!(row["Reason"].as_str().unwrap().contains("on hold"), "{row:?}");
    let writes = shop.stand_in.change(|state| state.writes);
    shop.waiting.look().await.unwrap();
    assert_eq!(shop.stand_in.change(|state| state.writes), writes, "nothing new is written");

    shop.choose("continue");
    shop.waiting.look().await.unwrap();
    let row = shop.row();
    assert_eq!((&row["State"], &row["Resolve"]), (&json!("waits"), &Value::Null), "it can be chosen again");
    assert!(row["Answer"].as_str().unwrap().contains("it waits on"), "{row:?}");

    shop.holds(false, "hold-2").await;
    shop.choose("continue");
    shop.stand_in.fail(&[Fault::Status(500)]);
    shop.waiting.look().await.unwrap_err();
    shop.waiting.look().await.unwrap();
    let row = shop.row();
    assert_eq!((&row["State"], shop.claims().await), (&json!("given"), 1), "{row:?}");
    shop.waiting.look().await.unwrap();
    assert_eq!(shop.stand_in.rows(PARKED).len(), 1, "it does not come back");
}

#[tokio::test]
async fn what_is_dropped_or_dealt_with_elsewhere_says_so_and_gives_nothing() {
    let mut shop = Shop::open().await;
    shop.waiting.look().await.unwrap();
    shop.choose("drop");
    shop.waiting.look().await.unwrap();
    assert_eq!((&shop.row()["State"], shop.claims().await), (&json!("dropped"), 0));

    let mut other = Shop::open().await;
    other.waiting.look().await.unwrap();
    let fact = other.house.store.parked("main", Default::default(), 9).await.unwrap().remove(0);
    assert!(other.house.store.unpark("main", &fact.source, &fact.id, fact.number).await.unwrap());
    other.waiting.look().await.unwrap();
    assert_eq!(other.row()["State"], "dealt with");
}

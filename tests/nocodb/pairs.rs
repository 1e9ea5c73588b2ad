//! Who may be one person, in NocoDB: shown there until a person decides, and what the decision does.

use loyalty_connector::{
    clock::Clock,
    intake::{Incoming, Who},
    loyalty::{Fact, event::Merged},
    systems::nocodb::pairs::DUPLICATES,
};
use serde_json::{Map, Value, json};
use wiremock::MockServer;

use crate::{
    house::House,
    support::nocodb::{self, Fault, StandIn},
};

struct Two {
    _server: MockServer,
    stand_in: StandIn,
    house: House,
    /// The one that stays: both have a customer number, and this one came first.
    first: String,
    second: String,
}

/// Anna and a second account of hers, with one address.
async fn two() -> Two {
    let (server, stand_in) = nocodb::start().await;
    let house = House::open(&server.uri(), "token", "Loyalty", 500).await;
    let first = house.comes("c-1", "Anna", "anna@example.com").await;
    house.clock.set(house.clock.now() + jiff::SignedDuration::from_hours(24));
    let second = house.comes("c-2", "=Anna", "anna@example.com").await;
    house.give_one("gift", "c-2", "=Anna").await;
    Two { _server: server, stand_in, house, first, second }
}

impl Two {
    fn rows(&self) -> Vec<Map<String, Value>> {
        self.stand_in.rows(DUPLICATES)
    }

    fn decide(&self, row: u64, decision: &str, reason: &str) {
        self.stand_in.set(DUPLICATES, row, "Decision", json!(decision));
        self.stand_in.set(DUPLICATES, row, "Reason", json!(reason));
    }

    fn told(&self, row: u64) -> [String; 2] {
        ["State", "Answer"].map(|column| {
            let cell = self.stand_in.cell(DUPLICATES, row, column);
            cell.as_str().unwrap_or_default().to_owned()
        })
    }

    /// Whose the second one's points are.
    async fn led(&self) -> String {
        self.house.store.led("main", self.second.clone()).await.unwrap().unwrap().member.id
    }

    async fn is_one(&self) -> bool {
        self.led().await == self.first
    }

    /// The one becomes part of the other, by a word on the console.
    async fn merge(&self, from: &str, into: &str) {
        let merged = Fact::Merged(Merged { into: into.to_owned(), reason: "one".to_owned() });
        let (brand, source, id) = ("main".to_owned(), "console:merge".to_owned(), format!("{from}:{into}"));
        let who = Who { id: Some(from.to_owned()), exact: true, ..Who::default() };
        self.house.writer.accept(Incoming { brand, source, id, occurred_at: None, fact: merged, who }).await.unwrap();
    }

    async fn open(&self) -> usize {
        self.house.store.duplicates("main", Default::default(), 10).await.unwrap().len()
    }

    async fn merges(&self) -> usize {
        let rows = self.house.store.streams_of(self.house.store.streams().await.unwrap()).await.unwrap();
        rows.iter().flat_map(|stream| &stream.rows).filter(|row| row.source == "nocodb:merge").count()
    }
}

#[tokio::test]
async fn who_may_be_one_person_stands_in_nocodb_until_somebody_says_what_they_are() {
    let two = two().await;
    let mut pairs = two.house.pairs();
    pairs.look().await.unwrap();
    let row = two.rows().remove(0);
    assert_eq!(row["First"], "c-1, Anna, since 2026-11-20");
    assert_eq!(row["Second"], "c-2, =Anna, since 2026-11-21");
    assert_eq!([&row["Same"], &row["State"]], ["e-mail", "open"]);
    assert_eq!(row["Pair"], format!("{}:{}", two.first, two.second));
    assert!(!json!(two.rows()).to_string().contains('@'), "no address goes there");
    let writes = two.stand_in.change(|state| state.writes);
    pairs.look().await.unwrap();
    assert_eq!((two.rows().len(), two.stand_in.change(|state| state.writes)), (1, writes), "nothing new is written");

    two.house.comes("c-1", "Anna Tamm", "anna@example.com").await;
    two.house.clock.set(two.house.clock.now() + jiff::SignedDuration::from_secs(61));
    pairs.look().await.unwrap();
    assert_eq!(two.rows()[0]["First"], "c-1, Anna Tamm, since 2026-11-20", "as they are known now");

    two.decide(1, "keep apart", "mother and daughter");
    pairs.look().await.unwrap();
    assert_eq!((two.told(1), two.open().await), (["kept apart", "They are two people."].map(str::to_owned), 0));
    two.house.comes("c-2", "Anna", "anna@example.com").await;
    pairs.look().await.unwrap();
    assert_eq!((two.rows().len(), two.is_one().await), (1, false), "nobody is asked again");
}

#[tokio::test]
async fn a_merge_that_was_decided_in_nocodb_is_done_once_whatever_happens_to_the_answer() {
    for fault in [Fault::Status(500), Fault::StoredButSilent] {
        let two = two().await;
        let mut pairs = two.house.pairs();
        pairs.look().await.unwrap();
        two.decide(1, "merge", "the same phone at the till");
        two.stand_in.fail(&[fault]);
        pairs.look().await.unwrap_err();
        assert!(two.is_one().await, "{fault:?}: the first one stays");
        two.house.pairs().look().await.unwrap();
        pairs.look().await.unwrap();
        assert_eq!(two.told(1), ["merged", "They are one member."].map(str::to_owned));
        assert_eq!((two.merges().await, two.open().await, two.rows().len()), (1, 0, 1));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_decision_is_said_in_its_row_and_nothing_is_done() {
    let two = two().await;
    let mut pairs = two.house.pairs();
    pairs.look().await.unwrap();
    for (decision, reason, said) in [
        ("merge", "", "Reason: must have 1 to 500 characters: say why"),
        ("keep apart", "  ", "Reason: must have 1 to 500 characters: say why"),
        ("merge", &"x".repeat(501), "Reason: must have 1 to 500 characters: say why"),
        ("later", "holiday", "Decision: `later` is neither `merge` nor `keep apart`"),
        ("", "", ""),
    ] {
        two.decide(1, decision, reason);
        pairs.look().await.unwrap();
        assert_eq!(two.told(1), ["open", said], "{decision}");
    }
    let third = two.house.comes("c-3", "Toomas", "toomas@example.com").await;
    two.decide(1, "merge", "mine");
    for pair in [format!("{third}:{}", two.second), "nonsense".to_owned()] {
        two.stand_in.set(DUPLICATES, 1, "Pair", json!(pair));
        pairs.look().await.unwrap();
        assert!(two.told(1)[1].starts_with("Pair: "), "{:?}", two.told(1));
    }
    assert_eq!((two.led().await, two.open().await), (two.second.clone(), 1), "two who were never suspected stay two");
    two.house.pairs().look().await.unwrap();
    assert_eq!(two.rows().len(), 2, "the pair has a row again");
}

#[tokio::test]
async fn what_was_settled_elsewhere_is_said_in_the_row() {
    for (how, state) in [("apart", "kept apart"), ("merged", "merged"), ("both into a third", "merged")] {
        let two = two().await;
        let mut pairs = two.house.pairs();
        pairs.look().await.unwrap();
        let third = two.house.comes("c-3", "Anna", "third@example.com").await;
        let (first, second) = (two.first.clone(), two.second.clone());
        match how {
            "apart" => {
                assert!(two.house.store.keep_apart("main", [second, first], ("console", "two")).await.unwrap());
            }
            "merged" => two.merge(&first, &second).await,
            _ => {
                two.merge(&first, &third).await;
                two.merge(&second, &third).await;
                assert_eq!(two.open().await, 1, "the ledger was never told of these two");
            }
        }
        two.house.clock.set(two.house.clock.now() + jiff::SignedDuration::from_secs(61));
        pairs.look().await.unwrap();
        assert_eq!(two.told(1)[0], state, "{how}");
        two.house.pairs().look().await.unwrap();
        assert_eq!(two.rows().len(), 1, "{how}: nobody is asked again");
    }
}

#[tokio::test]
async fn of_two_rows_about_the_same_two_one_says_so() {
    let two = two().await;
    let mut pairs = two.house.pairs();
    pairs.look().await.unwrap();
    two.stand_in.change(|state| {
        let rows = state.tables.get_mut(DUPLICATES).unwrap();
        let mut copy = rows[0].clone();
        copy.insert("Id".to_owned(), json!(2));
        rows.push(copy);
    });
    pairs.look().await.unwrap();
    assert_eq!([two.told(1)[0].as_str(), two.told(2)[0].as_str()], ["open", "double"]);
}

#[tokio::test]
async fn a_base_that_was_set_up_before_goes_on_without_the_table_until_setup_is_run_again() {
    let two = two().await;
    two.stand_in.change(|state| state.absent.push(DUPLICATES));
    let mut pairs = two.house.pairs();
    pairs.look().await.unwrap();
    two.house.deliver().await;
    assert_eq!((two.rows().len(), two.stand_in.rows("Members").len()), (0, 2), "members are shown as before");
    two.stand_in.change(|state| state.absent.clear());
    two.house.clock.set(two.house.clock.now() + jiff::SignedDuration::from_secs(61));
    pairs.look().await.unwrap();
    assert_eq!(two.rows().len(), 1);
    for down in [Fault::Status(500), Fault::Page(200), Fault::Status(401)] {
        two.decide(1, "merge", "one");
        two.stand_in.change(|state| state.down = Some(down));
        pairs.look().await.unwrap_err();
        assert!(!two.is_one().await, "{down:?}");
    }
}

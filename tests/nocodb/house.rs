//! A ledger with a feed to NocoDB, driven turn by turn.

use std::sync::Arc;

use loyalty_connector::{
    clock::{Clock, ManualClock},
    config::Settings,
    delivery::{Health, run::Courier},
    forecast::Latest,
    intake::{Incoming, Who},
    lifecycle::Tasks,
    loyalty::{
        Fact,
        event::{Adjustment, Joined},
    },
    programme::{Tables, sample},
    store::{News, Store},
    systems::nocodb::{
        Nocodb,
        beside::Sources,
        drafts::{Around, Drafts},
        edits::{self, Edits},
        pairs::{self, Pairs},
        projection::Projection,
    },
    values::person::Person,
    workers::birthdays::Birthdays,
    writer::{Desk, Writer, programmes::LiveProgrammes},
};

use crate::support::{Folder, NOW};

pub struct House {
    pub store: Store,
    pub live: LiveProgrammes,
    pub clock: Arc<ManualClock>,
    pub courier: Courier,
    pub nocodb: Nocodb,
    pub projection: Projection,
    pub settings: Settings,
    pub writer: Writer,
    folder: Folder,
}

impl House {
    /// With the sample programme live as v1.
    pub async fn open(url: &str, token: &str, base: &str, timeout_ms: u64) -> Self {
        let folder = Folder::new();
        let mut settings = Settings::load(None).unwrap();
        settings.nocodb.url = Some(url.to_owned());
        settings.nocodb.token = Some(token.into());
        settings.nocodb.base = base.to_owned();
        settings.nocodb.timeout_ms = timeout_ms;
        let store = Store::open(&folder.0).unwrap();
        let (live, clock, news) = (LiveProgrammes::default(), ManualClock::at(NOW), Arc::<News>::default());
        let tables = sample::tables();
        let programme = loyalty_connector::loyalty::programme::check(&tables).unwrap();
        live.publish(&store, "main", &tables, programme, clock.now()).await.unwrap();
        let desk = Desk {
            store: store.clone(),
            clock: clock.clone(),
            programmes: live.clone(),
            unrouted: Vec::new(),
            feeds: vec!["nocodb"],
            news: Arc::clone(&news),
            secret: store.installation_secret().await.unwrap(),
        };
        let (writer, writing) = Writer::new(desk);
        let tasks = Tasks::default();
        tasks.spawn("writer", writing);
        let courier = Courier {
            store: store.clone(),
            clock: clock.clone(),
            health: Health::default(),
            news,
            stop: tasks.stop.clone(),
        };
        let nocodb = Nocodb::connect(&settings.nocodb).unwrap().unwrap();
        let sources = Sources { store: store.clone(), live: live.clone() };
        let projection = Projection::new(nocodb.clone(), clock.clone(), sources);
        Self { store, live, clock, courier, nocodb, projection, settings, writer, folder }
    }

    pub fn drafts(&self) -> Drafts {
        let around = Around {
            store: self.store.clone(),
            live: self.live.clone(),
            brand: "main".to_owned(),
            clock: self.clock.clone(),
            health: self.courier.health.clone(),
        };
        Drafts::new(self.nocodb.clone(), &self.settings.programme, around)
    }

    /// The same, and each row says what it would have done.
    pub fn foreseeing_drafts(&self) -> Drafts {
        let mut tasks = Tasks::default();
        tasks.stop = self.courier.stop.clone();
        self.drafts().foreseeing(Latest::new(self.store.clone(), self.clock.clone(), tasks))
    }

    pub fn pairs(&self) -> Pairs {
        let around = pairs::Around {
            store: self.store.clone(),
            writer: self.writer.clone(),
            brand: "main".to_owned(),
            clock: self.clock.clone(),
            health: self.courier.health.clone(),
        };
        let nocodb = Nocodb::connect(&self.settings.nocodb).unwrap().unwrap();
        Pairs::new(nocodb, std::time::Duration::from_millis(self.settings.programme.poll_ms), around)
    }

    pub fn birthdays(&self) -> Birthdays {
        Birthdays {
            store: self.store.clone(),
            writer: self.writer.clone(),
            clock: self.clock.clone(),
            programmes: self.live.clone(),
            done: std::collections::BTreeMap::new(),
        }
    }

    pub fn edits(&self) -> Edits {
        let around = edits::Around {
            store: self.store.clone(),
            live: self.live.clone(),
            writer: self.writer.clone(),
            clock: self.clock.clone(),
            health: self.courier.health.clone(),
        };
        let nocodb = Nocodb::connect(&self.settings.nocodb).unwrap().unwrap();
        Edits::new(nocodb, std::time::Duration::from_millis(self.settings.programme.poll_ms), around)
    }

    /// Somebody comes under a customer number, with an address; the member's id.
    pub async fn comes(&self, who: &str, name: &str, email: &str) -> String {
        self.joins(Person { email: Some(email.to_owned()), ..person(who, name) }).await
    }

    /// The same, with a birthday.
    pub async fn comes_born(&self, who: &str, name: &str, birthday: &str) -> String {
        self.joins(Person { birthday: Some(birthday.to_owned()), ..person(who, name) }).await
    }

    async fn joins(&self, facts: Person) -> String {
        let who = Who { identities: facts.known_by(), facts, ..Who::default() };
        let fact = Fact::Changed(Joined::default());
        let id = loyalty_connector::ids::fresh("chg");
        let incoming =
            Incoming { brand: "main".to_owned(), source: "shop".to_owned(), id, occurred_at: None, fact, who };
        self.writer.accept(incoming).await.unwrap().receipt.member_id
    }

    /// Gives each member `entries` times a point, in events that count once.
    pub async fn give(&self, members: usize, entries: usize) {
        self.give_round(0, members, entries).await;
    }

    /// The same to other members in each round.
    pub async fn give_round(&self, round: usize, members: usize, entries: usize) {
        let mut answers = Vec::new();
        for member in 0..members {
            for entry in 0..entries {
                let who = if round == 0 { format!("c-{member}") } else { format!("c-{round}-{member}") };
                let id = format!("give-{round}-{member}-{entry}");
                answers.push(self.writer.submit(adjustment(&id, &who, "Anna", 1)).unwrap());
            }
        }
        for answer in answers {
            answer.await.unwrap().unwrap();
        }
    }

    pub async fn give_one(&self, id: &str, who: &str, name: &str) {
        self.writer.accept(adjustment(id, who, name, 1)).await.unwrap();
    }

    pub async fn adjusts(&self, id: &str, who: &str, points: i64) {
        self.writer.accept(adjustment(id, who, "Anna", points)).await.unwrap();
    }

    /// Something other than a purchase, as its sender names it.
    pub async fn happens(&self, id: &str, who: &str, kind: &str) {
        let fact = Fact::Other { kind: kind.to_owned(), data: serde_json::json!({}) };
        self.writer.accept(Incoming { fact, ..adjustment(id, who, "Anna", 1) }).await.unwrap();
    }

    /// Takes turns until nothing is due; how many turns it took.
    pub async fn deliver(&self) -> usize {
        for turn in 0..100 {
            if self.courier.feed_once(&self.projection).await.unwrap() == 0 {
                return turn;
            }
        }
        panic!("deliveries do not come to an end");
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.folder.0
    }

    pub fn version(&self) -> u32 {
        self.live.of("main").unwrap().live().number
    }

    pub async fn live_tables(&self) -> Tables {
        loyalty_connector::writer::programmes::tables(self.store.published().await.unwrap().last().unwrap()).unwrap()
    }
}

fn person(who: &str, name: &str) -> Person {
    Person { name: Some(name.to_owned()), external_id: Some(who.to_owned()), ..Person::default() }
}

fn adjustment(id: &str, who: &str, name: &str, points: i64) -> Incoming {
    let facts = person(who, name);
    Incoming {
        brand: "main".to_owned(),
        source: "test".to_owned(),
        id: id.to_owned(),
        occurred_at: None,
        fact: Fact::Adjustment(Adjustment { points, reason: "because".to_owned(), ..Adjustment::default() }),
        who: Who { identities: vec![("external_id", who.to_owned())], facts, ..Who::default() },
    }
}

//! The store, the writer and one turn of delivery at a time, on a clock that stands still.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    clock::{Clock, ManualClock},
    config::Settings,
    delivery::{Health, IntentDestination, run::Courier},
    intake::{Incoming, Who},
    loyalty::{
        Fact, OrderState,
        event::{Channel, Joined, MessageRequested, TextWritten},
        personal::open_written,
        programme::check,
    },
    messages::{author::Author, send::Messenger, texts::TextWorker},
    programme::sample,
    store::{MessageRow, News, Store},
    systems::{brevo, openai},
    values::person::Person,
    writer::{Desk, Writer, programmes::LiveProgrammes},
};
use serde_json::{Value, json};

use super::support::{Folder, NOW};

pub struct Bench {
    pub store: Store,
    pub writer: Writer,
    pub programmes: LiveProgrammes,
    pub clock: Arc<ManualClock>,
    pub courier: Courier,
    pub settings: Settings,
    _folder: Folder,
}

impl Bench {
    /// With the sample programme in which `thank_you` sends the thank-you.
    pub async fn new(thank_you: &str) -> Self {
        let (folder, clock) = (Folder::new(), ManualClock::at(NOW));
        let store = Store::open(&folder.0).unwrap();
        let programmes = LiveProgrammes::default();
        let mut tables = sample::tables();
        let row = &mut tables.0.get_mut("Programme").unwrap()[0];
        row.cells.insert("Thank-you by".to_owned(), thank_you.to_owned());
        let programme = check(&tables).unwrap();
        programmes.publish(&store, "main", &tables, programme, clock.now()).await.unwrap();
        let news = Arc::<News>::default();
        let (writer, writing) = Writer::new(Desk {
            store: store.clone(),
            clock: clock.clone(),
            programmes: programmes.clone(),
            unrouted: Vec::new(),
            feeds: Vec::new(),
            news: Arc::clone(&news),
            secret: [7; 32],
        });
        #[expect(clippy::disallowed_methods, reason = "the task ends with the test")]
        tokio::spawn(writing);
        let (health, stop) = (Health::default(), tokio_util::sync::CancellationToken::new());
        let courier = Courier { store: store.clone(), clock: clock.clone(), health, news, stop };
        let settings = Settings::load(None).unwrap();
        Self { store, writer, programmes, clock, courier, settings, _folder: folder }
    }

    pub fn texts(&self) -> TextWorker {
        let author = Arc::new(Author::new(openai::connect(&self.settings.openai).unwrap(), [7; 32]));
        TextWorker::new(author, self.store.clone(), self.writer.clone(), self.programmes.clone(), self.clock.clone())
    }

    pub fn messenger(&self) -> Messenger {
        let clock = self.clock.clone();
        Messenger::new(
            brevo::connect(&self.settings.brevo).unwrap(),
            self.store.clone(),
            self.programmes.clone(),
            clock,
        )
    }

    /// One turn, after everything due has come due.
    pub async fn turn(&self, destination: &dyn IntentDestination) -> usize {
        self.courier.carry_once(destination).await.unwrap()
    }

    pub fn later(&self, minutes: i64) {
        self.clock.set(self.clock.now().saturating_add(SignedDuration::from_mins(minutes)).unwrap());
    }

    /// The sample's first purchase; the member's id.
    pub async fn purchase(&self, email: Option<&str>) -> String {
        self.purchase_by(Person {
            name: Some("Anna".to_owned()),
            email: email.map(str::to_owned),
            phone: Some("37251234567".to_owned()),
            external_id: Some("c-1042".to_owned()),
            language: Some("en".to_owned()),
            ..Person::default()
        })
        .await
    }

    pub async fn purchase_by(&self, facts: Person) -> String {
        let state: OrderState = serde_json::from_value(json!({
            "status": "paid", "revision": 1, "placed_at": "2026-11-20T10:00:00Z", "currency": "EUR",
            "lines": [{"id": "1", "name": "Trail runner", "category": "sport/shoes/running", "quantity": 1000, "unit_price": 8990}],
        }))
        .unwrap();
        let fact = Fact::Order { order_id: "1001".to_owned(), state: Box::new(state) };
        let who = Who { identities: vec![("external_id", "c-1042".to_owned())], facts, ..Who::default() };
        self.accept("order", "1001@1", fact, who).await
    }

    pub async fn request_message(&self, member: &str) {
        self.request_message_about(member, "order:1001").await;
    }

    pub async fn request_message_about(&self, member: &str, cause: &str) {
        let fact = Fact::MessageRequested(MessageRequested {
            channel: Channel::Email,
            text_id: "thank_you".to_owned(),
            cause: cause.to_owned(),
            language: Some("en".to_owned()),
            subject: "Thank you, {{name}}!".to_owned(),
            body: "You earned 278 points, {{name}}.".to_owned(),
        });
        let who = Who { id: Some(member.to_owned()), ..Who::default() };
        self.accept("n8n:message", cause, fact, who).await;
    }

    /// Facts of the sample's member, as a shop says them.
    pub async fn know(&self, facts: Person) {
        let fact = Fact::Changed(Joined { language: facts.language.clone(), ..Joined::default() });
        let id = loyalty_connector::ids::fresh("chg");
        let who = Who { identities: vec![("external_id", "c-1042".to_owned())], facts, ..Who::default() };
        self.accept("shop:member", &id, fact, who).await;
    }

    pub async fn accept(&self, source: &str, id: &str, fact: Fact, who: Who) -> String {
        let (brand, source, id) = ("main".to_owned(), source.to_owned(), id.to_owned());
        let incoming = Incoming { brand, source, id, occurred_at: None, fact, who };
        self.writer.accept(incoming).await.unwrap().receipt.member_id
    }

    pub async fn written(&self) -> Option<TextWritten> {
        let events = self.store.recent_events("main", 20).await.unwrap();
        let (member, text) = events.into_iter().find_map(|summary| match summary.stored.event.fact {
            Fact::TextWritten(text) => Some((summary.stored.member, text)),
            _ => None,
        })?;
        let key = self.store.member("main", &member).await.unwrap().unwrap().key;
        open_written(text, key.as_ref())
    }

    pub async fn messages(&self) -> Vec<MessageRow> {
        self.store.messages("main", 20).await.unwrap()
    }

    /// `(destination, state)` of what waits for a person, with the problem.
    pub async fn dead(&self) -> Vec<(String, String, String)> {
        let letters = self.store.dead_letters("main", 20).await.unwrap();
        letters.into_iter().map(|letter| (letter.destination, letter.state, letter.problem)).collect()
    }
}

/// A chat completion with this text.
pub fn completion(content: &str) -> Value {
    json!({"id": "c", "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]})
}

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A body as a snapshot shows it.
pub fn pretty(body: &Value) -> String {
    serde_json::to_string_pretty(body).unwrap()
}

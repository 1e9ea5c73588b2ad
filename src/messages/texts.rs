//! Carries out `text` intents: writes the text and gives it back to the writer as an event, once. Its decision makes the
//! message. While the model's server is down it is tried again for a while, then the template goes out: a thank-you does not
//! wait for ever.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    clock::Clock,
    delivery::{IntentDestination, IntentItem, Outcome, Sending},
    intake::{Incoming, Who},
    loyalty::{
        Fact,
        decide::intents::MESSAGE_TTL,
        event::{Channel, TextWritten},
        intent::Action,
    },
    messages::author::{Author, Unwritten, Wanted, Written},
    store::Store,
    values::count::counted,
    words::Facts,
    writer::{NotAccepted, Writer, programmes::LiveProgrammes},
};

/// How long a text waits for its model.
const MODEL_WAIT_MAX: SignedDuration = SignedDuration::from_mins(10);
/// A server that failed so lately is not asked for a text that has waited long enough.
const FAILED_LATELY: SignedDuration = SignedDuration::from_secs(30);
/// The source of the connector's own events.
const SELF: &str = "self";

/// The destination `text`.
pub struct TextWorker {
    author: Arc<Author>,
    store: Store,
    writer: Writer,
    programmes: LiveProgrammes,
    clock: Arc<dyn Clock>,
    /// Second of the server's last failure.
    failed_at: AtomicI64,
}

/// The parts of a `text` intent.
struct Task<'a> {
    text_id: &'a str,
    cause: &'a str,
    channel: Channel,
    language: Option<&'a str>,
    facts: &'a Facts,
}

impl TextWorker {
    pub fn new(
        author: Arc<Author>,
        store: Store,
        writer: Writer,
        programmes: LiveProgrammes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { author, store, writer, programmes, clock, failed_at: AtomicI64::new(i64::MIN) }
    }

    async fn write(&self, item: &IntentItem, task: Task<'_>) -> Result<(), Outcome> {
        let failed = |error: crate::store::StoreError| Outcome::Failed(error.to_string());
        let event_id = format!("text:{}", item.id);
        if self.store.event(&item.brand, SELF, &event_id).await.map_err(failed)?.is_some() {
            return Ok(()); // written before a crash: the model writes no other
        }
        let key = [item.brand.as_str(), &item.member, task.cause, task.text_id];
        let _turn = self.author.turns.take(&key).await;
        let loaded = self.store.member(&item.brand, &item.member).await.map_err(failed)?;
        let loaded = loaded.ok_or_else(|| Outcome::Refused(format!("there is no member {}", item.member)))?;
        let earlier = self.store.text_written(key, loaded.key.as_ref()).await.map_err(failed)?;
        let person = loaded.person;
        if person.email.is_none() {
            return Ok(()); // a member who gave no address is thanked at the till; nothing is wrong with that
        }
        if let Some(earlier) = earlier {
            return self.keep(item, event_id, TextWritten { channel: Some(task.channel), ..earlier }).await;
        }
        let programmes = self.programmes.of(&item.brand);
        let programme = programmes.as_ref().map(|programmes| &programmes.live().programme);
        let text = programme.and_then(|programme| programme.text(task.text_id, task.language));
        let text = text.ok_or_else(|| Outcome::Refused(format!("the table Texts has no `{}`", task.text_id)))?;
        let wanted = Wanted { text, facts: task.facts, member: &item.member, person: &person };
        let written = self.written(item, wanted).await?;
        let stood_in = written.fallback_reason.clone();
        let fact = TextWritten {
            text_id: task.text_id.to_owned(),
            language: text.language.clone(),
            subject: written.draft.subject,
            body: written.draft.body,
            written_by: written.written_by,
            cause: task.cause.to_owned(),
            channel: Some(task.channel),
            facts: task.facts.clone(),
            fallback_reason: written.fallback_reason,
        };
        self.keep(item, event_id, fact).await?;
        stood_in.map_or(Ok(()), |reason| Err(Outcome::Instead(reason)))
    }

    /// By the model if it can be had in time, else from the template.
    async fn written(&self, item: &IntentItem, wanted: Wanted<'_>) -> Result<Written, Outcome> {
        let now = self.clock.now();
        let out_of_patience = waited(item, now) >= MODEL_WAIT_MAX;
        let fall_back = |problem: &str| {
            let reason = format!(
                "the model could not be reached for {}: {problem}",
                counted(MODEL_WAIT_MAX.as_mins(), "minute")
            );
            self.author.from_template(wanted, Some(reason)).map_err(refused)
        };
        let lately = now.as_second().saturating_sub(self.failed_at.load(Ordering::Relaxed)) < FAILED_LATELY.as_secs();
        if out_of_patience && lately {
            return fall_back("it failed a moment ago");
        }
        match self.author.write(wanted).await {
            Ok(written) => Ok(written),
            Err(Unwritten::Later(outcome)) => {
                self.failed_at.store(now.as_second(), Ordering::Relaxed);
                if out_of_patience { fall_back(outcome.problem()) } else { Err(outcome) }
            }
            Err(unwritten) => Err(refused(unwritten)),
        }
    }

    async fn keep(&self, item: &IntentItem, id: String, fact: TextWritten) -> Result<(), Outcome> {
        let incoming = Incoming {
            brand: item.brand.clone(),
            source: SELF.to_owned(),
            id,
            occurred_at: None,
            fact: Fact::TextWritten(fact),
            who: Who { id: Some(item.member.clone()), ..Who::default() },
        };
        match self.writer.accept(incoming).await {
            Ok(_) | Err(NotAccepted::Conflict { .. }) => Ok(()), // the first text stands
            Err(error) if error.is_passing() => Err(Outcome::Failed(error.to_string())),
            Err(error) => Err(Outcome::Refused(error.to_string())),
        }
    }
}

/// Since the intent was decided.
fn waited(item: &IntentItem, now: Timestamp) -> SignedDuration {
    MESSAGE_TTL - item.valid_until.duration_since(now)
}

fn refused(unwritten: Unwritten) -> Outcome {
    match unwritten {
        Unwritten::Template(problem) => Outcome::Refused(problem),
        Unwritten::Later(outcome) => outcome,
    }
}

impl IntentDestination for TextWorker {
    fn name(&self) -> &'static str {
        "text"
    }

    fn parallel(&self) -> usize {
        8
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move {
            let Action::Text { text_id, cause, channel, language, facts } = &item.action else {
                return Outcome::Refused("this is no text to write".to_owned());
            };
            let task = Task { text_id, cause, channel: *channel, language: language.as_deref(), facts };
            self.write(item, task).await.err().unwrap_or(Outcome::Delivered)
        })
    }
}

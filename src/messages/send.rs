//! Messages go out by a provider; without one, and for test members, into the preview mailbox.
//! Guarantees: under one key a provider accepts one message. What may have gone out is repeated only while the provider still
//! knows the key, and after that never without a person.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::{Envelope, Preview, Provider, Sent};
use crate::{
    clock::Clock,
    delivery::{IntentDestination, IntentItem, Outcome, Sending},
    loyalty::intent::Action,
    store::{MessageRow, Store, StoreError, find::Loaded, messages::SENDING},
    values::seal,
    words::{
        Draft,
        mail::{self, Mail},
        notice,
    },
    writer::programmes::LiveProgrammes,
};

/// The destination `message`.
pub struct Messenger {
    provider: Box<dyn Provider>,
    store: Store,
    programmes: LiveProgrammes,
    clock: Arc<dyn Clock>,
    /// The last answer was lost: until one comes, a single message at a time finds out, so that few are ever in doubt.
    answer_lost: AtomicBool,
    probe: Mutex<()>,
}

impl Messenger {
    /// Without a provider everything goes to the preview mailbox.
    pub fn new(
        provider: Option<Box<dyn Provider>>,
        store: Store,
        programmes: LiveProgrammes,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let provider = provider.unwrap_or_else(|| Box::new(Preview));
        Self { provider, store, programmes, clock, answer_lost: AtomicBool::new(false), probe: Mutex::new(()) }
    }

    async fn deliver(&self, item: &IntentItem) -> Result<(), Outcome> {
        let text_id = match &item.action {
            Action::Message { text_id, .. } => text_id.as_str(),
            Action::AddressChanged { what, .. } => notice::id(*what),
            _ => return Err(Outcome::Refused("this is no message".to_owned())),
        };
        let loaded = self.store.member(&item.brand, &item.member).await.map_err(failed)?;
        let loaded = loaded.ok_or_else(|| Outcome::Refused(format!("there is no member {}", item.member)))?;
        let to = match &item.action {
            Action::AddressChanged { to, .. } => seal::open(to, loaded.key.as_ref(), "to"),
            _ => loaded.person.email.clone(),
        };
        let to = to.ok_or_else(|| Outcome::Refused(format!("no e-mail address is known of member {}", item.member)))?;
        if !mail::is_one_address(&to) {
            return Err(Outcome::Refused(format!(
                "the address known of member {} is not one mailbox: correct it",
                item.member
            )));
        }
        let key = loaded.key.ok_or_else(|| Outcome::Refused(format!("member {} was erased", item.member)))?;
        let mail = self.mail(item, &loaded)?;
        let is_test = loaded.member.test || loaded.person.test;
        let provider = if is_test { &Preview } else { self.provider.as_ref() };
        let envelope = Envelope { to: &to, id: &item.id, text_id };
        match provider.remembers() {
            Some(remembered) => self.hand_over(item, (provider, remembered), (&envelope, &mail), &key).await,
            None => match provider.send(&envelope, &mail).await {
                Sent::Accepted => self.keep(item, (&envelope, &mail), &provider.via(), &key).await,
                Sent::Not(outcome) => Err(outcome),
                Sent::Maybe(problem) => Err(Outcome::Failed(problem)),
            },
        }
    }

    /// What leaves the house: in doubt until its provider answers.
    async fn hand_over(
        &self,
        item: &IntentItem,
        (provider, remembered): (&dyn Provider, SignedDuration),
        (envelope, mail): (&Envelope<'_>, &Mail),
        key: &[u8; 32],
    ) -> Result<(), Outcome> {
        if self.store.went_out(&item.id).await.map_err(failed)? {
            return Ok(()); // sent before a crash, and perhaps so long ago that the provider has forgotten the key
        }
        let busy = |_| Outcome::Down(format!("waits until {} answers again", provider.name()));
        let probing = self.answer_lost.load(Ordering::Relaxed);
        let _probe = probing.then(|| self.probe.try_lock().map_err(busy)).transpose()?;
        let was_in_doubt = self.mark(item, (provider.name(), remembered), (envelope, mail), key).await?;
        let sent = provider.send(envelope, mail).await;
        self.answer_lost.store(matches!(sent, Sent::Maybe(_)), Ordering::Relaxed);
        match sent {
            Sent::Accepted => self.keep(item, (envelope, mail), &provider.via(), key).await,
            Sent::Not(outcome) => {
                if !was_in_doubt || matches!(outcome, Outcome::Refused(_)) {
                    self.store.was_not_sent(&item.id).await.map_err(failed)?;
                }
                Err(outcome)
            }
            Sent::Maybe(problem) => Err(Outcome::Down(format!("it may have been accepted: {problem}"))),
        }
    }

    /// Marks the message as on its way before it is; true when an earlier try may have sent it. One that may have gone out
    /// too long ago is left to a person; whoever sends a dead letter again starts anew with attempt 1.
    async fn mark(
        &self,
        item: &IntentItem,
        (provider, remembered): (&str, SignedDuration),
        message: (&Envelope<'_>, &Mail),
        key: &[u8; 32],
    ) -> Result<bool, Outcome> {
        if item.attempt > 1
            && let Some(since) = self.store.in_doubt_since(&item.id).await.map_err(failed)?
        {
            let known = self.clock.now().duration_since(since) < remembered;
            return if known { Ok(true) } else { Err(unknown(provider, since)) };
        }
        self.store.was_not_sent(&item.id).await.map_err(failed)?;
        self.keep(item, message, SENDING, key).await?;
        Ok(false)
    }

    async fn keep(
        &self,
        item: &IntentItem,
        (envelope, mail): (&Envelope<'_>, &Mail),
        via: &str,
        key: &[u8; 32],
    ) -> Result<(), Outcome> {
        self.store.keep_message(self.row(item, envelope.to, mail, via), key).await.map_err(failed)
    }

    fn mail(&self, item: &IntentItem, loaded: &Loaded) -> Result<Mail, Outcome> {
        let programmes = self.programmes.of(&item.brand);
        let programmes = programmes.ok_or_else(|| Outcome::Failed("there is no programme yet".to_owned()))?;
        let programme = &programmes.live().programme.settings;
        let own = loaded.member.language.as_ref().unwrap_or(&programme.language);
        let (language, draft) = match &item.action {
            Action::Message { language, subject, body, .. } => {
                (language.as_ref().unwrap_or(own), opened(subject, body, loaded, &item.member)?)
            }
            Action::AddressChanged { what, .. } => (own, notice::moved(*what, own)),
            _ => return Err(Outcome::Refused("this is no message".to_owned())),
        };
        Ok(mail::render(&draft.addressed(loaded.person.name.as_deref(), language), &programme.name, language))
    }

    fn row(&self, item: &IntentItem, to: &str, mail: &Mail, via: &str) -> MessageRow {
        MessageRow {
            id: item.id.clone(),
            brand: item.brand.clone(),
            member: item.member.clone(),
            channel: "email".to_owned(),
            recipient: to.to_owned(),
            subject: mail.subject.clone(),
            body: mail.html.clone(),
            sent_at: self.clock.now(),
            via: via.to_owned(),
        }
    }
}

/// What was sealed when it was written.
fn opened(subject: &str, body: &str, loaded: &Loaded, member: &str) -> Result<Draft, Outcome> {
    let open = |text: &str, field| seal::open(text, loaded.key.as_ref(), field);
    let gone = || Outcome::Refused(format!("what was to be told to member {member} cannot be read any more"));
    let subject = open(subject, "subject").ok_or_else(gone)?;
    Ok(Draft { subject, body: open(body, "body").ok_or_else(gone)? })
}

fn unknown(provider: &str, since: Timestamp) -> Outcome {
    Outcome::Unknown(format!(
        "{provider} was given it at {since:.0} and its answer was lost: look into {provider}'s log; replay sends it again"
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: StoreError) -> Outcome {
    Outcome::Failed(error.to_string())
}

impl IntentDestination for Messenger {
    fn name(&self) -> &'static str {
        "message"
    }

    fn parallel(&self) -> usize {
        8
    }

    fn carry_out<'a>(&'a self, item: &'a IntentItem) -> Sending<'a, Outcome> {
        Box::pin(async move { self.deliver(item).await.err().unwrap_or(Outcome::Delivered) })
    }
}

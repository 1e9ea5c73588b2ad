//! A message to a member, once per cause. What the connector sends by itself is left to it.

use serde::Serialize;

use super::{App, members, texts};
use crate::{
    access::Caller,
    intake::{Who, message::MessageBody, problem::Problem},
    loyalty::{
        Fact, Programme,
        decide::intents::{member_facts, message_id, sender_of},
        event::{Channel, MessageRequested},
    },
    programme::Sender,
    store::find::Loaded,
    words::{Draft, compose},
    writer::NotAccepted,
};

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    Queued,
    AlreadySent,
    /// The programme says that the connector sends this text by itself.
    LeftToConnector,
    /// The programme says that nobody sends this text.
    SwitchedOff,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MessageView {
    /// Of the message, the same for whoever asks for it.
    pub id: String,
    pub state: MessageState,
}

/// Sends a transactional message, unless it is somebody else's to send or was sent before.
pub async fn send(app: &App, caller: &Caller, body: MessageBody) -> Result<MessageView, Problem> {
    let (event_id, text_id) = body.checked()?;
    let member = members::require(app, &caller.brand, (body.member, "/member")).await?;
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| NotAccepted::NoProgramme(caller.brand.clone()))?;
    let programme = &programmes.live().programme;
    let cause = body.cause;
    let id = message_id(&caller.brand, &member.member.id, &cause, &text_id);
    if let Some(state) = settled(app, programme, &text_id, &id).await? {
        return Ok(MessageView { id, state });
    }
    if member.person.email.is_none() {
        return Err(Problem::invalid_field("/member", "no e-mail address is known of this member"));
    }
    let (draft, language) = match (body.subject, body.text) {
        (Some(subject), Some(text)) => (Draft { subject, body: text }, None),
        _ => words(app, &caller.brand, &member, programme, (&cause, &text_id)).await?,
    };
    let (channel, subject, body) = (Channel::Email, draft.subject, draft.body);
    let fact = Fact::MessageRequested(MessageRequested { channel, text_id, cause, language, subject, body });
    let event = ("message", event_id.unwrap_or_else(|| id.clone()));
    app.accept(caller, caller.origin().event(event, Who::of(member.member.id), fact)).await?;
    Ok(MessageView { id, state: MessageState::Queued })
}

/// What became of it already, or why nothing is to be done.
async fn settled(app: &App, programme: &Programme, text_id: &str, id: &str) -> Result<Option<MessageState>, Problem> {
    match sender_of(programme, text_id) {
        Sender::Connector => return Ok(Some(MessageState::LeftToConnector)),
        Sender::Nobody => return Ok(Some(MessageState::SwitchedOff)),
        Sender::N8n => {}
    }
    Ok(match app.store.intent_state(id).await?.as_deref() {
        Some("done") => Some(MessageState::AlreadySent),
        Some(_) => Some(MessageState::Queued), // waiting, or a dead letter that a person replays
        None => None,
    })
}

/// The text written for this cause, else its template with what the ledger knows.
async fn words(
    app: &App,
    brand: &str,
    member: &Loaded,
    programme: &Programme,
    (cause, text_id): (&str, &str),
) -> Result<(Draft, Option<String>), Problem> {
    let key = [brand, &member.member.id, cause, text_id];
    if let Some(written) = app.store.text_written(key, member.key.as_ref()).await? {
        return Ok((Draft { subject: written.subject, body: written.body }, Some(written.language)));
    }
    let text = texts::text_of(programme, text_id, member)?;
    let mut facts = member_facts(&member.member, programme);
    facts.extend(texts::facts_of_cause(app, brand, member, cause).await?);
    let draft = compose::from_template(text, &facts).map_err(|problem| Problem::invalid_field("/text", problem))?;
    Ok((draft, Some(text.language.clone())))
}

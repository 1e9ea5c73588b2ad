//! `POST /v1/messages`: send a text to a member, once per cause. What the connector sends by itself is left to it.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    intake::{
        GivenId, Incoming, Who,
        fields::{FieldError, check_id, optional},
        member::MemberBody,
        problem::Problem,
    },
    loyalty::{
        Fact,
        decide::intents::{member_facts, message_id, sender_of},
        event::{Channel, MessageRequested},
    },
    programme::{Programme, Sender},
    service::{App, members},
    store::find::Loaded,
    values::count::counted,
    words::{Draft, compose},
    writer::NotAccepted,
};

/// What is to be sent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member": {"external_id": "c-1042"}, "channel": "email", "purpose": "transactional",
    "text_id": "thank_you", "cause": "order:1001"}))]
pub struct MessageBody {
    /// Counts once per caller; without one, member, cause and text make it.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    /// A member that is known already.
    pub member: MemberBody,
    /// `email`.
    pub channel: String,
    /// `transactional`.
    pub purpose: String,
    #[schema(value_type = String)]
    pub text_id: GivenId,
    /// What it is about, like `order:1001`: one message goes out per member, cause and text.
    pub cause: String,
    /// Left out: the text that was written for this cause, else its template.
    pub subject: Option<String>,
    pub text: Option<String>,
}

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

pub const SUBJECT_CHARS_MAX: usize = 200;
pub const TEXT_CHARS_MAX: usize = 5000;

/// Send a transactional message
#[utoipa::path(post, path = "/v1/messages", tag = "messages",
    security(("key" = ["messages"])),
    request_body = MessageBody,
    responses((status = 202, body = MessageView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<MessageBody>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    let (event_id, text_id) = check(&body)?;
    let member = members::known(&app, &caller.brand, (body.member, "/member")).await?;
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| NotAccepted::NoProgramme(caller.brand.clone()))?;
    let programme = &programmes.live().programme;
    let cause = body.cause;
    let id = message_id(&caller.brand, &member.member.id, &cause, &text_id);
    let answer = |state| Ok((StatusCode::ACCEPTED, Json(MessageView { id: id.clone(), state })));
    match sender_of(programme, &text_id) {
        Sender::Connector => return answer(MessageState::LeftToConnector),
        Sender::Nobody => return answer(MessageState::SwitchedOff),
        Sender::N8n => {}
    }
    match app.store.intent_state(&id).await?.as_deref() {
        Some("done") => return answer(MessageState::AlreadySent),
        Some(_) => return answer(MessageState::Queued), // waiting, or a dead letter that a person replays
        None => {}
    }
    if member.person.email.is_none() {
        return Err(Problem::invalid_field("/member", "no e-mail address is known of this member"));
    }
    let (draft, language) = match (body.subject, body.text) {
        (Some(subject), Some(text)) => (Draft { subject, body: text }, None),
        _ => words(&app, &caller.brand, &member, programme, (&cause, &text_id)).await?,
    };
    let event_id = event_id.unwrap_or_else(|| id.clone());
    let (channel, subject, body) = (Channel::Email, draft.subject, draft.body);
    let fact = Fact::MessageRequested(MessageRequested { channel, text_id, cause, language, subject, body });
    let (brand, source) = (caller.brand.clone(), format!("{}:message", caller.name));
    let who = Who { id: Some(member.member.id), ..Who::default() };
    app.accept(&caller, Incoming { brand, source, id: event_id, occurred_at: None, fact, who }).await?;
    answer(MessageState::Queued)
}

/// The ids of the call, if it has one, and of the text.
fn check(body: &MessageBody) -> Result<(Option<String>, String), Problem> {
    let mut errors = Vec::new();
    if body.channel != "email" {
        errors
            .push(FieldError::at("/channel", format!("`{}` does not exist in this version: only email", body.channel)));
    }
    if body.purpose != "transactional" {
        let detail = format!("`{}` does not exist in this version: only transactional e-mail", body.purpose);
        errors.push(FieldError::at("/purpose", detail));
    }
    let id = body.id.as_ref().map(|id| id.own("/id", &mut errors));
    let text_id = body.text_id.known("/text_id", &mut errors);
    check_id(&body.cause, "/cause", &mut errors);
    if body.subject.is_some() != body.text.is_some() {
        errors.push(FieldError::at("/subject", "give subject and text together, or neither"));
    }
    for (field, text, max) in [("subject", &body.subject, SUBJECT_CHARS_MAX), ("text", &body.text, TEXT_CHARS_MAX)] {
        let wrong = |text: &String| text.trim().is_empty() || text.chars().count() > max;
        if field == "subject" && text.as_ref().is_some_and(|text| text.contains(['\r', '\n'])) {
            errors.push(FieldError::at("/subject", "has more than one line"));
        }
        if text.as_ref().is_some_and(wrong) {
            errors.push(FieldError::at(format!("/{field}"), format!("must have 1 to {}", counted(max, "character"))));
        }
    }
    if errors.is_empty() { Ok((id, text_id)) } else { Err(Problem::invalid(errors)) }
}

/// The text written for this cause, else its template with what the ledger knows.
async fn words(
    app: &App,
    brand: &str,
    member: &Loaded,
    programme: &Programme,
    (cause, text_id): (&str, &str),
) -> Result<(Draft, Option<String>), Problem> {
    if let Some(written) =
        app.store.text_written([brand, &member.member.id, cause, text_id], member.key.as_ref()).await?
    {
        return Ok((Draft { subject: written.subject, body: written.body }, Some(written.language)));
    }
    let text = programme.text(text_id, member.member.language.as_deref());
    let text = text.ok_or_else(|| Problem::invalid_field("/text_id", format!("the table Texts has no `{text_id}`")))?;
    let mut facts = member_facts(&member.member, programme);
    facts.extend(super::texts::facts_of_cause(app, brand, member, cause).await?);
    let draft = compose::from_template(text, &facts).map_err(|problem| Problem::invalid_field("/text", problem))?;
    Ok((draft, Some(text.language.clone())))
}

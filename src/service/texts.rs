//! A text for a member, written by the model or from its template, with the ledger's own numbers. It is kept as an event: the
//! same id again returns the same words and asks no model.

use serde::Serialize;

use super::{App, members};
use crate::{
    access::Caller,
    ids,
    intake::{
        Who,
        problem::Problem,
        text::{Given, TextBody},
    },
    loyalty::{
        Fact, Programme,
        decide::intents::{member_facts, order_facts},
        event::{TextWritten, WrittenBy},
        personal::open_written,
    },
    messages::author::{Unwritten, Wanted, Written},
    programme::Text,
    store::find::Loaded,
    words::Facts,
    writer::NotAccepted,
};

/// A finished text. `{{name}}` stands where the name is put in when it is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TextView {
    pub id: String,
    pub text_id: String,
    pub language: String,
    pub subject: String,
    pub text: String,
    /// `model` or `template`.
    #[schema(value_type = String)]
    pub written_by: WrittenBy,
    /// Why the template was used although a model is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback_reason: Option<String>,
}

/// The kind of call in its source.
const CALL: &str = "text";

/// Has a text written, or finds it.
pub async fn write(app: &App, caller: &Caller, body: TextBody) -> Result<TextView, Problem> {
    let Given { id, text_id, facts: given } = body.checked()?;
    let member = members::require(app, &caller.brand, (body.member, "/member")).await?;
    let id = id.unwrap_or_else(|| ids::fresh("txt"));
    if let Some(stored) = stored(app, caller, &id).await? {
        return again(&member, &text_id, id, stored);
    }
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| NotAccepted::NoProgramme(caller.brand.clone()))?;
    let programme = &programmes.live().programme;
    let text = text_of(programme, &text_id, &member)?;
    let cause = body.cause.unwrap_or_else(|| format!("text:{id}"));
    let key = [caller.brand.as_str(), &member.member.id, &cause, &text_id];
    let _turn = app.author.turns.take(&key).await;
    if let Some(written) = app.store.text_written(key, member.key.as_ref()).await? {
        return Ok(view(id, written));
    }
    let mut facts = given;
    facts.extend(member_facts(&member.member, programme));
    facts.extend(facts_of_cause(app, &caller.brand, &member, &cause).await?);
    let written = ask(app, text, &facts, &member).await?;
    if let Some(reason) = &written.fallback_reason {
        app.health.noted("text", app.clock.now(), reason);
    }
    let text = TextWritten {
        text_id,
        language: text.language.clone(),
        subject: written.draft.subject,
        body: written.draft.body,
        written_by: written.written_by,
        cause,
        channel: None,
        facts,
        fallback_reason: written.fallback_reason,
    };
    keep(app, caller, id, member.member.id, text).await
}

/// Keeps a text under its id. Of two calls with one id at the same time, the first text stands.
async fn keep(app: &App, caller: &Caller, id: String, member: String, text: TextWritten) -> Result<TextView, Problem> {
    let fact = Fact::TextWritten(text.clone());
    match app.writer.accept(caller.origin().event((CALL, id.clone()), Who::of(member), fact)).await {
        Ok(_) => Ok(view(id, text)),
        Err(conflict @ NotAccepted::Conflict { .. }) => match stored(app, caller, &id).await? {
            Some((_, text)) => Ok(view(id, text)),
            None => Err(conflict.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The row of `Texts` in the member's language.
pub(super) fn text_of<'a>(programme: &'a Programme, id: &str, member: &Loaded) -> Result<&'a Text, Problem> {
    let text = programme.text(id, member.member.language.as_deref());
    text.ok_or_else(|| Problem::invalid_field("/text_id", format!("the table Texts has no `{id}`")))
}

/// The text that this caller had written under this id, and whose it is.
async fn stored(app: &App, caller: &Caller, id: &str) -> Result<Option<(String, TextWritten)>, Problem> {
    let brand = &caller.brand;
    let Some(stored) = app.store.event(brand, &caller.origin().source(CALL), id).await? else { return Ok(None) };
    let Fact::TextWritten(text) = stored.event.fact else { return Ok(None) };
    let key = app.store.member(brand, &stored.member).await?.and_then(|loaded| loaded.key);
    Ok(open_written(text, key.as_ref()).map(|text| (stored.member, text)))
}

fn again(member: &Loaded, text_id: &str, id: String, stored: (String, TextWritten)) -> Result<TextView, Problem> {
    let (owner, text) = stored;
    if owner == member.member.id && text.text_id == text_id {
        Ok(view(id, text))
    } else {
        Err(NotAccepted::Conflict { source_name: "texts".to_owned(), id }.into())
    }
}

/// An order's points and goods, when the text is about an order of this member.
pub(super) async fn facts_of_cause(app: &App, brand: &str, member: &Loaded, cause: &str) -> Result<Facts, Problem> {
    let Some(order_id) = cause.strip_prefix("order:") else { return Ok(Facts::new()) };
    let order = app.store.order(brand, order_id).await?;
    let order = order.filter(|order| order.member == member.member.id).ok_or_else(|| {
        Problem::invalid_field("/cause", format!("`{order_id}` is no order of this member: send the order first"))
    })?;
    let programmes = app.programmes_of(brand)?;
    Ok(order_facts(&programmes.live().programme, (order.earned(), &order.state)))
}

/// The caller waits, so a model in trouble means the template, at once.
async fn ask(app: &App, text: &Text, facts: &Facts, member: &Loaded) -> Result<Written, Problem> {
    let wanted = Wanted { text, facts, member: &member.member.id, person: &member.person };
    let written = match app.author.write(wanted).await {
        Err(Unwritten::Later(outcome)) => {
            app.author.from_template(wanted, Some(format!("the model could not be reached: {}", outcome.problem())))
        }
        written => written,
    };
    written.map_err(|unwritten| match unwritten {
        Unwritten::Template(problem) => Problem::invalid_field("/facts", problem),
        Unwritten::Later(_) => Problem::unavailable("The text could not be written"),
    })
}

fn view(id: String, text: TextWritten) -> TextView {
    TextView {
        id,
        text_id: text.text_id,
        language: text.language,
        subject: text.subject,
        text: text.body,
        written_by: text.written_by,
        fallback_reason: text.fallback_reason,
    }
}

//! `POST /v1/texts`: a text for a member, written by the model or from its template, with the ledger's own numbers. It is
//! kept as an event: the same id again returns the same words and asks no model.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

use super::body::Body;
use crate::{
    access::Caller,
    ids,
    intake::{
        GivenId, Incoming, Who,
        fields::{Decimal, FieldError, check_id, optional},
        member::MemberBody,
        problem::Problem,
    },
    loyalty::{
        Fact,
        decide::intents::{member_facts, order_facts},
        event::{TextWritten, WrittenBy},
        personal::open_written,
    },
    messages::author::{Unwritten, Wanted, Written},
    programme::Text,
    service::{App, members},
    store::find::Loaded,
    words::{Facts, facts},
    writer::NotAccepted,
};

/// What is to be written.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "thanks-1001", "member": {"external_id": "c-1042"}, "text_id": "thank_you",
    "cause": "order:1001", "facts": {"points": 278}}))]
pub struct TextBody {
    /// The same id gives the same text; without one each call writes a new one.
    #[serde(default, deserialize_with = "optional")]
    #[schema(value_type = Option<String>)]
    pub id: Option<GivenId>,
    /// A member that is known already.
    pub member: MemberBody,
    /// A row of the table `Texts`.
    #[schema(value_type = String)]
    pub text_id: GivenId,
    /// What it is about, like `order:1001`: that order's points and goods become facts. One text is written about one cause:
    /// who asks again, under whatever id, gets the same words, which are also those that the connector sends.
    pub cause: Option<String>,
    /// Facts the text may use: strings or numbers, nothing personal. The ledger's own (balance, tier, programme, and the
    /// points of an order) win over what is given here. Amounts carry their currency, percentages their sign.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub facts: BTreeMap<String, Decimal>,
}

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

/// Have a text written
#[utoipa::path(post, path = "/v1/texts", tag = "texts",
    security(("key" = ["texts"])),
    request_body = TextBody,
    responses((status = 200, body = TextView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<TextBody>,
) -> Result<Json<TextView>, Problem> {
    let Given { id, text_id, facts: given } = given(&body)?;
    let member = members::known(&app, &caller.brand, (body.member, "/member")).await?;
    let (source, id) = (format!("{}:text", caller.name), id.unwrap_or_else(|| ids::fresh("txt")));
    if let Some(stored) = stored(&app, &caller.brand, &source, &id).await? {
        return again(&member, &text_id, id, stored);
    }
    let programmes = app.programmes.of(&caller.brand);
    let programmes = programmes.ok_or_else(|| NotAccepted::NoProgramme(caller.brand.clone()))?;
    let programme = &programmes.live().programme;
    let text = programme.text(&text_id, member.member.language.as_deref());
    let text = text.ok_or_else(|| Problem::invalid_field("/text_id", format!("the table Texts has no `{text_id}`")))?;
    let cause = body.cause.unwrap_or_else(|| format!("text:{id}"));
    let key = [caller.brand.as_str(), &member.member.id, &cause, &text_id];
    let _turn = app.author.turns.take(&key).await;
    if let Some(written) = app.store.text_written(key, member.key.as_ref()).await? {
        return Ok(Json(view(id, written)));
    }
    let mut facts = given;
    facts.extend(member_facts(&member.member, programme));
    facts.extend(facts_of_cause(&app, &caller.brand, &member, &cause).await?);
    let written = write(&app, text, &facts, &member).await?;
    if let Some(reason) = &written.fallback_reason {
        app.health.noted("text", app.clock.now(), reason);
    }
    let fact = TextWritten {
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
    let who = Who { id: Some(member.member.id), ..Who::default() };
    let (brand, fact_kept) = (caller.brand.clone(), Fact::TextWritten(fact.clone()));
    let incoming = Incoming { brand, source: source.clone(), id: id.clone(), occurred_at: None, fact: fact_kept, who };
    match app.writer.accept(incoming).await {
        Ok(_) => Ok(Json(view(id, fact))),
        // Two calls with one id at the same time: the first text stands.
        Err(conflict @ NotAccepted::Conflict { .. }) => match stored(&app, &caller.brand, &source, &id).await? {
            Some((_, fact)) => Ok(Json(view(id, fact))),
            None => Err(conflict.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What the caller gave, checked.
struct Given {
    id: Option<String>,
    text_id: String,
    facts: Facts,
}

fn given(body: &TextBody) -> Result<Given, Problem> {
    let mut errors = Vec::new();
    let id = body.id.as_ref().map(|id| id.own("/id", &mut errors));
    let text_id = body.text_id.known("/text_id", &mut errors);
    if let Some(cause) = &body.cause {
        check_id(cause, "/cause", &mut errors);
    }
    let facts: Facts = body.facts.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect();
    if let Err((name, problem)) = facts::check(&facts) {
        let pointer = if name.is_empty() { "/facts".to_owned() } else { format!("/facts/{name}") };
        errors.push(FieldError::at(pointer, problem.to_string()));
    }
    if errors.is_empty() { Ok(Given { id, text_id, facts }) } else { Err(Problem::invalid(errors)) }
}

/// The text kept under this id, and whose it is.
async fn stored(app: &App, brand: &str, source: &str, id: &str) -> Result<Option<(String, TextWritten)>, Problem> {
    let Some(stored) = app.store.event(brand, source, id).await? else { return Ok(None) };
    let Fact::TextWritten(text) = stored.event.fact else { return Ok(None) };
    let key = app.store.member(brand, &stored.member).await?.and_then(|loaded| loaded.key);
    Ok(open_written(text, key.as_ref()).map(|text| (stored.member, text)))
}

fn again(member: &Loaded, text_id: &str, id: String, stored: (String, TextWritten)) -> Result<Json<TextView>, Problem> {
    let (owner, text) = stored;
    if owner == member.member.id && text.text_id == text_id {
        Ok(Json(view(id, text)))
    } else {
        Err(NotAccepted::Conflict { source_name: "texts".to_owned(), id }.into())
    }
}

/// An order's points and goods, when the text is about an order of this member.
pub async fn facts_of_cause(app: &App, brand: &str, member: &Loaded, cause: &str) -> Result<Facts, Problem> {
    let Some(order_id) = cause.strip_prefix("order:") else { return Ok(Facts::new()) };
    let order = app.store.order(brand, order_id).await?;
    let order = order.filter(|order| order.member == member.member.id).ok_or_else(|| {
        Problem::invalid_field("/cause", format!("`{order_id}` is no order of this member: send the order first"))
    })?;
    Ok(order_facts(order.earned(), &order.state))
}

/// The caller waits, so a model in trouble means the template, at once.
async fn write(app: &App, text: &Text, facts: &Facts, member: &Loaded) -> Result<Written, Problem> {
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

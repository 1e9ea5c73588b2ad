//! What Unomi must know before it takes our events: scope, event schemas, property types, segments, and the rule that tells us
//! whose profile changed; from `unomi-rules/`.
//! Guarantees: saves what is missing or different and nothing else, deletes nothing, and returns when Unomi uses it.

use std::time::Duration;

use rust_embed::RustEmbed;
use serde_json::Value;

use super::{
    client::{AdminError, Client},
    map::Part,
};

#[derive(RustEmbed)]
#[folder = "unomi-rules"]
struct Files;

/// In the order in which they need each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Scope,
    Schema,
    PropertyType,
    Segment,
    /// A Groovy action; only a Unomi that runs these gets it, and the rule.
    Action,
    Rule,
}

/// One thing that Unomi is to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    pub kind: Kind,
    pub id: String,
    pub content: Value,
}

/// One thing that set-up would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub definition: Definition,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Missing,
    Different,
}

/// How often, and how many times, Unomi is asked whether it uses what was saved; it looks itself every second or two.
const POLL: Duration = Duration::from_millis(250);
const POLLS: u32 = 120;

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.definition.kind {
            Kind::Scope => "scope",
            Kind::Schema => "event schema",
            Kind::PropertyType => "profile property",
            Kind::Segment => "segment",
            Kind::Action => "action",
            Kind::Rule => "rule",
        };
        let why = match self.why {
            Why::Missing => "is missing",
            Why::Different => "is different",
        };
        write!(f, "{what} {} {why}", self.definition.id)
    }
}

/// All definitions, for this scope, in the order in which they are saved. The rule calls `hook`; without one there is none.
pub fn definitions(scope: &str, hook: Option<&str>) -> Vec<Definition> {
    let mut all = Vec::new();
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        // The files are part of the program and checked by a test.
        let content = if name.ends_with(".groovy") {
            String::from_utf8(file.data.into_owned()).ok().map(Value::String)
        } else {
            serde_json::from_slice(&file.data).ok()
        };
        all.extend(content.into_iter().flat_map(|content| read(&name, content, scope, hook)));
    }
    all.sort_by_key(|definition| (definition.kind as u8, definition.id.clone()));
    all
}

fn read(file: &str, mut content: Value, scope: &str, hook: Option<&str>) -> Vec<Definition> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |kind, id: String, content| vec![Definition { kind, id, content }];
    match file.split('/').next() {
        Some("schemas") => one(Kind::Schema, text(&content["$id"]), content),
        Some("segments") => {
            content["metadata"]["scope"] = scope.into();
            one(Kind::Segment, text(&content["metadata"]["id"]), content)
        }
        Some("actions" | "rules") if hook.is_none() => Vec::new(),
        Some("actions") => {
            let name = file.trim_start_matches("actions/").trim_end_matches(".groovy");
            one(Kind::Action, name.to_owned(), content)
        }
        Some("rules") => {
            content["actions"][0]["parameterValues"]["url"] = hook.into();
            one(Kind::Rule, text(&content["itemId"]), content)
        }
        Some("property-types.json") => {
            let types = content.as_array().cloned().unwrap_or_default().into_iter();
            let definition = |content: Value| (text(&content["itemId"]), content);
            types.map(definition).map(|(id, content)| Definition { kind: Kind::PropertyType, id, content }).collect()
        }
        _ => {
            content["itemId"] = scope.into();
            content["metadata"]["id"] = scope.into();
            one(Kind::Scope, scope.to_owned(), content)
        }
    }
}

/// What is missing or different in Unomi now.
pub async fn plan(client: &Client) -> Result<Vec<Step>, AdminError> {
    let active = client.get("jsonSchema").await?.unwrap_or_default();
    let mut steps = Vec::new();
    let hook = if runs_groovy(client).await? { client.hook.as_deref() } else { None };
    for definition in definitions(client.scope(), hook) {
        let stored = stored(client, &definition).await?;
        let unused = definition.kind == Kind::Schema && !lists(&active, &definition.id);
        let why = match stored {
            Some(_) if definition.kind == Kind::Action => continue, // Unomi shows no sources
            Some(stored) if !unused && includes(&stored, &definition.content) => continue,
            Some(_) if !unused => Why::Different,
            _ => Why::Missing,
        };
        steps.push(Step { definition, why });
    }
    Ok(steps)
}

/// Carries the plan out and waits until Unomi uses everything. What was done is returned; nothing the second time.
pub async fn apply(client: &Client) -> Result<Vec<Step>, AdminError> {
    let steps = plan(client).await?;
    for step in &steps {
        save(client, &step.definition).await?;
    }
    let mut left = if steps.is_empty() { Vec::new() } else { plan(client).await? };
    for _ in 0..POLLS {
        if left.is_empty() {
            return Ok(steps);
        }
        tokio::time::sleep(POLL).await;
        left = plan(client).await?;
    }
    let names: Vec<String> = left.iter().map(|step| step.definition.id.clone()).collect();
    Err(AdminError::NotActive(names.join(", ")))
}

/// Whether Unomi knows no schema for one of these events, and so drops it.
pub async fn lacks_schema(client: &Client, parts: &[&Part]) -> Result<bool, AdminError> {
    let active = client.get("jsonSchema").await?.unwrap_or_default();
    let ours = definitions(client.scope(), None);
    let name_of = |definition: &Definition| definition.content["self"]["name"].as_str().map(str::to_owned);
    let mut needed = ours.iter().filter(|definition| {
        definition.kind == Kind::Schema && parts.iter().any(|part| name_of(definition).as_deref() == Some(part.kind))
    });
    Ok(needed.any(|definition| !lists(&active, &definition.id)))
}

fn lists(active: &Value, id: &str) -> bool {
    active.as_array().is_some_and(|ids| ids.iter().any(|listed| listed == id))
}

async fn stored(client: &Client, definition: &Definition) -> Result<Option<Value>, AdminError> {
    let id = &definition.id;
    match definition.kind {
        Kind::Scope => client.get(&format!("scopes/{id}")).await,
        Kind::Schema => client.schema(id).await,
        Kind::PropertyType => client.get(&format!("profiles/properties/{id}")).await,
        Kind::Segment => client.get(&format!("segments/{id}")).await,
        Kind::Action => client.get(&format!("definitions/actions/{id}")).await,
        Kind::Rule => client.get(&format!("rules/{id}")).await,
    }
}

/// Whether Unomi takes actions in Groovy. The path only takes posts, so that it is there shows in its refusal.
pub async fn runs_groovy(client: &Client) -> Result<bool, AdminError> {
    match client.get("groovyActions").await {
        Err(AdminError::Refused { status, .. }) => Ok(status == reqwest::StatusCode::METHOD_NOT_ALLOWED),
        other => other.map(|_| true),
    }
}

async fn save(client: &Client, definition: &Definition) -> Result<(), AdminError> {
    let path = match definition.kind {
        Kind::Scope => "scopes",
        Kind::Schema => "jsonSchema",
        Kind::PropertyType => "profiles/properties",
        Kind::Segment => "segments",
        Kind::Rule => "rules",
        Kind::Action => {
            let source = definition.content.as_str().unwrap_or_default();
            return client.post_file("groovyActions", &format!("{}.groovy", definition.id), source).await;
        }
    };
    client.post(path, &definition.content).await
}

/// Whether everything we say stands in what is stored; Unomi adds fields of its own and reorders lists.
fn includes(stored: &Value, ours: &Value) -> bool {
    match (stored, ours) {
        (Value::Object(stored), Value::Object(ours)) => {
            ours.iter().all(|(key, value)| stored.get(key).is_some_and(|stored| includes(stored, value)))
        }
        (Value::Array(stored), Value::Array(ours)) => {
            stored.len() == ours.len() && ours.iter().all(|one| stored.iter().any(|other| includes(other, one)))
        }
        (Value::Number(stored), Value::Number(ours)) => stored.as_f64() == ours.as_f64(),
        (stored, ours) => stored == ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_file_is_read_and_every_event_type_has_a_schema() {
        let all = definitions("shop-1", Some("http://connector/webhooks/unomi"));
        assert_eq!(definitions("shop-1", None).len() + 2, all.len());
        let rule = &all.last().unwrap().content;
        assert_eq!(rule["actions"][0]["parameterValues"]["url"], "http://connector/webhooks/unomi");
        assert_eq!(rule["actions"][0]["type"], all[all.len() - 2].id);
        let of = |kind| all.iter().filter(move |definition| definition.kind == kind);
        assert_eq!([of(Kind::Scope).count(), of(Kind::Schema).count(), of(Kind::Segment).count()], [1, 4, 4]);
        assert!(all.iter().all(|definition| !definition.id.is_empty()));
        let names: Vec<&str> = of(Kind::Schema).filter_map(|d| d.content["self"]["name"].as_str()).collect();
        assert!(super::super::map::KINDS.iter().all(|kind| names.contains(kind)), "{names:?}");
        assert!(of(Kind::Segment).all(|segment| segment.content["metadata"]["scope"] == "shop-1"));
        let text: String = all.iter().map(|definition| definition.content.to_string()).collect();
        assert!(!text.contains("eventsNotOccurred") && !text.contains("pastEventCondition"));
    }

    #[test]
    fn what_unomi_adds_is_no_difference_and_what_it_changed_is() {
        let ours = json!({ "type": "long", "rank": 501.0, "tags": ["a", "b"] });
        assert!(includes(&json!({ "type": "long", "rank": 501, "tags": ["b", "a"], "version": 3 }), &ours));
        assert!(!includes(&json!({ "type": "integer", "rank": 501.0, "tags": ["a", "b"] }), &ours));
    }
}

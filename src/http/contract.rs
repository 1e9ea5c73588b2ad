//! What the OpenAPI description says beside its calls, in one place for all of them: how callers show who they are, what
//! stands in each path, one name per call, and which problems each call can answer.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Server,
        path::{Operation, ParameterIn, PathItem},
        schema::{Components, Schema},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::bounds;

#[derive(OpenApi)]
#[openapi(
    info(title = "Loyalty connector", description = "Orders and events in, exact points out."),
    modifiers(&Bearer),
    security(("key" = []))
)]
pub struct Documentation;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        api.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// What is behind `{name}` in a path that begins so.
const IN_PATHS: &[(&str, &str, &str)] = &[
    ("/v1/members/", "ref", "`mem_...`, `external:...`, `email:...`, `phone:...`, `card:...` or `visitor:...`"),
    ("/v1/members/", "id", "The cell `Challenge` of its row in the table Challenges"),
    ("/v1/orders/", "order_id", "The shop's own number of the order"),
    ("/v1/adjustments/", "source", "The name of the key that asked"),
    ("/v1/adjustments/", "id", "The `id` that it gave"),
    ("/v1/holds/", "id", "`hold_...`, of the answer that made the hold"),
    ("/v1/claims/", "id", "`clm_...`, of the answer that made the claim"),
    ("/v1/entries/", "id", "`ent_...`, of a statement or a receipt"),
    ("/v1/challenges/", "id", "The cell `Challenge` of its row in the table Challenges"),
    ("/v1/rewards/", "id", "The cell `Reward` of its row in the table Rewards"),
    ("/v1/codes/", "code", "As the member types it; capitals and spaces make no difference"),
    ("/v1/imports/", "kind", "What the rows are"),
    ("/v1/events/", "source", "Who told it, as `event` of an entry's `why` names it: `shop:event`"),
    ("/v1/events/", "id", "The id that it came with"),
    ("/v1/programme/waiting/", "fingerprint", "Of the draft, as the answer that let it wait names it"),
    ("/v1/duplicates/", "id", "`mem_...:mem_...`, as the list names the pair"),
];

/// Texts that are one of a few words: where they stand in the description, and the words.
const ONE_OF: &[(&str, &str, &[&str])] = &[
    ("OrderBody", "status", ORDER_STATUS),
    ("ChallengeView", "show_as", &["challenge", "stamp card", "milestone", "streak", "badge"]),
    ("OrderView", "status", ORDER_STATUS),
    ("EntryView", "account", MEMBER_ACCOUNTS),
    ("StatementLine", "account", MEMBER_ACCOUNTS),
    ("DeadLetter", "state", &["dead", "unknown"]),
    ("TextView", "written_by", &["model", "template"]),
    ("MessageBody", "channel", &["email"]),
    ("MessageBody", "purpose", &["transactional"]),
    ("ReleaseBody", "kind", &["external_id", "card", "phone", "email", "visitor"]),
];

pub const ORDER_STATUS: &[&str] = &["placed", "paid", "fulfilled", "cancelled"];
/// Accounts on the member's side of an entry.
pub const MEMBER_ACCOUNTS: &[&str] = &["available", "pending", "reserved", "debt"];

/// A problem that many calls can answer: its name among the responses, its status, and when it comes.
struct Common {
    name: &'static str,
    status: &'static str,
    when: &'static str,
    /// Whether a call of this method can answer it.
    of: fn(&str, &Operation) -> bool,
}

const COMMON: [Common; 10] = [
    Common {
        name: "Malformed",
        status: "400",
        when: "The body cannot be read, or is not JSON",
        of: |_, call| has_body(call),
    },
    Common {
        name: "Unauthorized",
        status: "401",
        when: "The key or the signature is missing or not valid",
        of: |_, call| is_secured(call) || has_body(call),
    },
    Common { name: "Forbidden", status: "403", when: "The key may not do this", of: |_, call| is_secured(call) },
    Common { name: "NotFound", status: "404", when: "There is no such thing", of: |_, call| is_about_one(call) },
    Common {
        name: "Conflict",
        status: "409",
        when: "It contradicts what is known already; nothing was changed",
        of: |method, call| method != "get" && is_secured(call),
    },
    Common { name: "TooLarge", status: "413", when: "The body is too large", of: |_, call| has_body(call) },
    Common {
        name: "Invalid",
        status: "422",
        when: "It can be read but says something impossible; `errors` names each place",
        of: |_, call| has_body(call) || call.parameters.is_some(),
    },
    Common {
        name: "TooMany",
        status: "429",
        when: "Too many calls at once; `Retry-After` says how long to wait",
        of: |_, call| is_secured(call),
    },
    Common { name: "Internal", status: "500", when: "An error of ours; the log says what", of: |_, _| true },
    Common {
        name: "Unavailable",
        status: "503",
        when: "Try again under the same id; `Retry-After` says when",
        of: |_, _| true,
    },
];

/// Completes what the calls say of themselves: names, parts of paths, and the problems that they have in common.
pub fn complete(mut api: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    api.servers = Some(vec![Server::new("/")]);
    let components = api.components.get_or_insert_default();
    add_problems(components);
    add_words(components);
    bounds::add(&mut api);
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name_of(method, path));
            explain_parts(path, operation);
            let responses = &mut operation.responses.responses;
            // A range tells a caller nothing: each status is named below.
            responses.retain(|status, _| !status.ends_with("XX"));
            for (status, response) in responses.iter_mut() {
                let RefOr::T(answer) = response else { continue };
                if answer.description.is_empty() {
                    answer.description = described(status, operation.summary.as_deref());
                }
                if !status.starts_with('2') {
                    *answer = problem(&answer.description); // whatever fails answers in one form
                }
            }
            let applies = |common: &&Common| (common.of)(method, operation);
            for common in COMMON.iter().filter(applies).collect::<Vec<_>>() {
                let response = RefOr::Ref(Ref::from_response_name(common.name));
                operation.responses.responses.entry(common.status.to_owned()).or_insert(response);
            }
        }
    }
    api
}

fn add_problems(components: &mut Components) {
    for common in &COMMON {
        components.responses.insert(common.name.to_owned(), RefOr::T(problem(common.when)));
    }
}

fn add_words(components: &mut Components) {
    for (schema, property, words) in ONE_OF {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(*schema)
            && let Some(RefOr::T(Schema::Object(text))) = object.properties.get_mut(*property)
        {
            text.enum_values = Some(words.iter().map(|word| (*word).into()).collect());
        }
    }
}

fn problem(when: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(when).content("application/problem+json", content).build()
}

fn described(status: &str, summary: Option<&str>) -> String {
    let common = COMMON.iter().find(|common| common.status == status).map(|common| common.when);
    common.or(summary).unwrap_or("Done").to_owned()
}

fn has_body(call: &Operation) -> bool {
    call.request_body.is_some()
}

/// Calls that are open to everybody say so.
fn is_secured(call: &Operation) -> bool {
    let needs = |all: &Vec<SecurityRequirement>| all.iter().any(|one| *one != SecurityRequirement::default());
    call.security.as_ref().is_none_or(needs)
}

fn is_about_one(call: &Operation) -> bool {
    let parameters = call.parameters.iter().flatten();
    parameters.into_iter().any(
        |parameter| matches!(parameter, RefOr::T(parameter) if matches!(parameter.parameter_in, ParameterIn::Path)),
    )
}

/// `GET /v1/members/{ref}/statement` is `get_members_by_ref_statement`: unique, because path and method are.
fn name_of(method: &str, path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty() && *segment != "v1");
    let words = segments.map(|segment| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) => format!("by_{name}"),
        None => segment.replace('-', "_"),
    });
    std::iter::once(method.to_owned()).chain(words).collect::<Vec<_>>().join("_")
}

/// Every part of a path says what it is.
fn explain_parts(path: &str, operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let known = IN_PATHS.iter().find(|(begin, name, _)| path.starts_with(begin) && parameter.name == *name);
        if let (None, Some((.., text))) = (&parameter.description, known) {
            parameter.description = Some((*text).to_owned());
        }
    }
}

pub fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [("get", get), ("post", post), ("put", put), ("patch", patch), ("delete", delete)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::loyalty::{entry::Account, order::Status};

    fn contract() -> Value {
        serde_json::to_value(crate::http::openapi()).unwrap()
    }

    fn each_call(contract: &Value, mut look: impl FnMut(&str, &str, &Value)) {
        for (path, calls) in contract["paths"].as_object().unwrap() {
            for (method, call) in calls.as_object().unwrap() {
                look(path, method, call);
            }
        }
    }

    #[test]
    fn every_call_has_a_name_of_its_own_and_says_each_answer() {
        let contract = contract();
        assert_eq!(contract["servers"][0]["url"], "/");
        let mut names = BTreeSet::new();
        each_call(&contract, |path, method, call| {
            let name = call["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice");
            let answers = call["responses"].as_object().unwrap();
            assert!(answers.keys().any(|status| status.starts_with('2')), "{method} {path} never succeeds");
            assert!(answers.contains_key("503"), "{method} {path}");
            for (status, answer) in answers {
                let reference = answer["$ref"].as_str().map(|name| name.trim_start_matches("#/components/responses/"));
                let answer = reference.map_or(answer, |name| &contract["components"]["responses"][name]);
                assert!(!answer["description"].as_str().unwrap_or("").is_empty(), "{method} {path} {status}");
                let is_problem = answer["content"].get("application/problem+json").is_some();
                assert_eq!(is_problem, !status.starts_with('2'), "{method} {path} {status}");
            }
        });
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn look(value: &Value, contract: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let there = contract.pointer(reference.trim_start_matches('#'));
                        assert!(there.is_some(), "{reference} leads nowhere");
                    }
                    fields.values().for_each(|value| look(value, contract));
                }
                Value::Array(items) => items.iter().for_each(|value| look(value, contract)),
                _ => {}
            }
        }
        let contract = contract();
        look(&contract, &contract);
    }

    /// Texts and lists below a schema that say no bound.
    fn unbounded(schema: &Value, contract: &Value, at: &str, seen: &mut Vec<String>, found: &mut BTreeSet<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            if !seen.iter().any(|known| known == reference) {
                seen.push(reference.to_owned());
                let name = reference.rsplit('/').next().unwrap_or_default();
                let there = contract.pointer(reference.trim_start_matches('#')).unwrap();
                unbounded(there, contract, name, seen, found);
            }
            return;
        }
        let is = |kind: &str| {
            schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&kind.into()))
        };
        let is_bounded = ["enum", "const", "maxLength"].iter().any(|bound| schema.get(*bound).is_some())
            || schema["format"].as_str().is_some_and(|format| format.starts_with("date"));
        if is("string") && !is_bounded {
            found.insert(format!("{at}: text"));
        }
        if is("array") && schema.get("maxItems").is_none() {
            found.insert(format!("{at}: list"));
        }
        for (name, below) in schema["properties"].as_object().into_iter().flatten() {
            unbounded(below, contract, &format!("{at}/{name}"), seen, found);
        }
        for several in ["oneOf", "anyOf", "allOf"] {
            schema[several].as_array().into_iter().flatten().for_each(|one| unbounded(one, contract, at, seen, found));
        }
        for below in ["items", "additionalProperties"] {
            if schema[below].is_object() {
                unbounded(&schema[below], contract, &format!("{at}/*"), seen, found);
            }
        }
    }

    #[test]
    fn every_text_and_every_list_of_a_request_has_a_bound() {
        let contract = contract();
        let (mut seen, mut found, mut bodies) = (Vec::new(), BTreeSet::new(), 0);
        each_call(&contract, |path, method, call| {
            for (_, content) in call["requestBody"]["content"].as_object().into_iter().flatten() {
                bodies += 1;
                unbounded(&content["schema"], &contract, &format!("{method} {path}"), &mut seen, &mut found);
            }
        });
        assert!(bodies >= 25, "{bodies}");
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn what_is_one_of_a_few_words_says_which() {
        let contract = contract();
        for (schema, property, words) in ONE_OF {
            let said = &contract["components"]["schemas"][schema]["properties"][property]["enum"];
            assert_eq!(said, &serde_json::json!(words), "{schema}.{property}");
        }
        let statuses = [Status::Placed, Status::Paid, Status::Fulfilled, Status::Cancelled].map(Status::name);
        assert_eq!(statuses.as_slice(), ORDER_STATUS);
        let accounts = [Account::Available, Account::Pending, Account::Reserved, Account::Debt].map(Account::name);
        assert_eq!(accounts.as_slice(), MEMBER_ACCOUNTS);
    }
}

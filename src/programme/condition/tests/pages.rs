//! The reference page and the JSON Schema of facts, made from the one list. `LOYALTY_CONTRACT=write` writes them.

use std::{env, fmt::Write, fs, path::Path};

use serde_json::{Map, Value, json};

use super::super::{
    CHARACTERS, Kind, PARTS, Subject,
    names::{FACTS, Known, WEEKDAYS},
};
use super::read;
use crate::programme::PURCHASE;

/// By what a name begins, and what that is.
const GROUPS: [(&str, &str, &str); 4] = [
    ("order", "The order", "Each state of an order brings its own. Only rules for `purchase` see them."),
    (
        "line",
        "Its lines",
        "Only within `any(...)` and `all(...)`: `any` holds when one line is so, `all` when each is. Looked at are goods that can earn \
         and of which something is kept.",
    ),
    (
        "event",
        "An event",
        "Only rules for other events see them. Beside its type each field of an event that is a number, or yes or no, has a name: \
         `event.rating >= 4`, `event.answers.score = 10`, `event.verified`. Texts of an event are personal: they have none.",
    ),
    (
        "member",
        "The member",
        "As the member was just before the order's first event; an order keeps what its programme's conditions read, so its later \
         states are judged by the same. An event sees the member as it is before it.",
    ),
];

const OF_MEASURES: &str = "`measure.ID` is what the row of Challenges with this id counts of the member in its window at that instant, in whole units: \
     orders, pieces, 49.99, different values, months. It is asked like a fact of the member: as it was before the order's first event, \
     without the order. Rules and challenges can ask for it; of who has not joined what must be joined it is 0. An id may have dashes: what is taken off \
     stands behind a blank. `measure.coffee-card >= 5 and measure.spender < 100`";

fn of(group: &str) -> impl Iterator<Item = &'static Known> {
    FACTS.iter().filter(move |known| known.name.split('.').next() == Some(group))
}

fn page() -> String {
    let mut page = format!(
        "<!-- Made from the list of facts in the code; a test holds that it is current. -->\n\n# Facts\n\nWhat a `Condition` may ask \
         for, by name. How conditions are written: [mechanics/conditions.md](mechanics/conditions.md). The same as a JSON Schema: \
         [facts.schema.json](facts.schema.json). A condition has at most {CHARACTERS} characters and {PARTS} parts. Amounts are in \
         whole units of the programme's currency (49.99). What is absent (a channel that the shop does not tell) is never met, \
         neither asked for nor ruled out.\n"
    );
    for (group, title, about) in GROUPS {
        write!(page, "\n## {title}\n\n{about}\n\n| name | is | means | example |\n|---|---|---|---|\n").unwrap();
        for Known { name, kind, means, example, .. } in of(group) {
            writeln!(page, "| `{name}` | {} | {means} | `{example}` |", kind.words()).unwrap();
        }
    }
    write!(page, "\n## What challenges count\n\n{OF_MEASURES}\n").unwrap();
    page
}

fn schema_of(known: &Known) -> Value {
    let mut schema = match known.kind {
        Kind::Money | Kind::Number => json!({ "type": "number" }),
        Kind::YesNo => json!({ "type": "boolean" }),
        Kind::Text | Kind::Category | Kind::Tier => json!({ "type": "string" }),
        Kind::Weekday => json!({ "type": "string", "enum": WEEKDAYS }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true }),
        Kind::Numbers => json!({ "type": "array", "items": { "type": "number" } }),
        Kind::OfEvent => json!({ "type": ["number", "boolean"] }),
    };
    schema["description"] = json!(known.means);
    schema["examples"] = json!([known.example]);
    schema["x-kind"] = json!(known.kind.words());
    schema
}

fn group_schema((group, title, about): (&str, &str, &str)) -> Value {
    let fields: Map<String, Value> =
        of(group).filter_map(|known| Some((known.name.split_once('.')?.1.to_owned(), schema_of(known)))).collect();
    let others = if group == "event" { json!({ "type": ["number", "boolean"] }) } else { json!(false) };
    let object = json!({
        "type": "object", "title": title, "description": about, "properties": fields, "additionalProperties": others,
    });
    object
}

fn schema() -> Value {
    let [order, line, event, member] = GROUPS.map(group_schema);
    let number = json!({ "type": "number" });
    let measure = json!({ "type": "object", "title": "What challenges count", "description": OF_MEASURES, "additionalProperties": number });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts that conditions ask for",
        "description": "No fact is required: what is absent is not met.",
        "type": "object",
        "properties": { "order": order, "lines": { "type": "array", "items": line }, "event": event, "member": member, "measure": measure },
        "additionalProperties": false,
    })
}

#[test]
fn the_pages_of_facts_are_those_of_the_list() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let schema = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    for (file, is) in [("facts.md", page()), ("facts.schema.json", schema)] {
        if env::var("LOYALTY_CONTRACT").is_ok_and(|wanted| wanted == "write") {
            fs::write(docs.join(file), &is).unwrap();
        }
        let kept = fs::read_to_string(docs.join(file)).unwrap_or_default();
        assert!(
            kept == is,
            "docs/{file} is not made from the list: LOYALTY_CONTRACT=write cargo test --lib pages_of_facts"
        );
    }
    assert_eq!(GROUPS.into_iter().flat_map(|(group, ..)| of(group)).count(), FACTS.len(), "each is in a group");
}

#[test]
fn every_condition_of_the_marketers_page_is_one() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mechanics/conditions.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let condition = cells.get(3)?.strip_prefix('`')?.strip_suffix('`').filter(|text| *text != "Condition")?;
        Some((cells[2], condition))
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), 16, "{rows:?}");
    for (event, condition) in rows {
        let subject = if event == PURCHASE { Subject::Order } else { Subject::Event };
        assert!(read(condition, subject).is_ok(), "{condition}: {:?}", read(condition, subject));
    }
}

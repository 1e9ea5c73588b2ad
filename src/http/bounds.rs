//! How long a text and a list of a request may be, as the contract says it. What stands here is held by the reader of bodies
//! (any text, any list) and by the checks of each call (closer bounds).

use std::collections::BTreeSet;

use utoipa::openapi::{
    OpenApi, RefOr,
    schema::{AdditionalProperties, ArrayItems, KnownFormat, Schema, SchemaFormat, SchemaType, Type},
};

use crate::{
    intake::{
        claim,
        code::{self, CODES},
        email, event,
        fields::{DECIMAL, ID, REASON},
        hold,
        imports::ROWS,
        line::LINES,
        message,
    },
    values::bounds::{ITEMS, TEXT},
};

/// Texts with a closer bound than any, by the name of their field.
const TEXTS: [(&str, usize); 28] = [
    ("id", ID),
    ("order_id", ID),
    ("points_hold", ID),
    ("profile_id", ID),
    ("from", ID),
    ("cause", ID),
    ("text_id", ID),
    ("source", ID),
    ("codes", ID),
    ("sku", ID),
    ("category", ID),
    ("product_brand", ID),
    ("replaces", ID),
    ("channel", ID),
    ("store", ID),
    ("operator", ID),
    ("payment_hash", ID),
    ("external_id", ID),
    ("card", ID),
    ("phone", ID),
    ("visitor", ID),
    ("name", ID),
    ("value", ID),
    ("email", email::CHARS_MAX),
    ("reason", REASON),
    ("note", claim::NOTE_CHARS_MAX),
    ("fingerprint", ID),
    ("currency", 3),
];

/// The same for texts and lists of one body.
const OF_BODIES: [(&str, &str, usize); 13] = [
    ("Decimal", "", DECIMAL),
    ("PublishBody", "live", ID),
    ("RollbackBody", "to", ID),
    ("RollbackBody", "live", ID),
    ("EventBody", "type", 60),
    ("MessageBody", "subject", message::SUBJECT_CHARS_MAX),
    ("MessageBody", "text", message::TEXT_CHARS_MAX),
    ("OrderBody", "lines[]", LINES),
    ("OrderBody", "codes[]", CODES),
    ("CartBody", "lines[]", LINES),
    ("CartBody", "codes[]", CODES),
    ("HoldBody", "goods[]", hold::GOODS),
    ("IssueBody", "codes[]", code::AT_ONCE),
];

/// Sets the bounds in the schema of every request body.
pub fn add(api: &mut OpenApi) {
    let mut named = Vec::new();
    for (path, item) in &mut api.paths.paths {
        for (_, call) in super::contract::operations(item) {
            let Some(RefOr::T(body)) = &mut call.request_body else { continue };
            for content in body.content.values_mut() {
                let RefOr::T(content) = content else { continue };
                if let Some(schema) = &mut content.schema {
                    bound(schema, (path, ""), &mut named);
                }
            }
        }
    }
    let (mut done, components) = (BTreeSet::new(), api.components.get_or_insert_default());
    while let Some(name) = named.pop() {
        if let Some(schema) = components.schemas.get_mut(&name).filter(|_| done.insert(name.clone())) {
            bound(schema, (&name, ""), &mut named);
        }
    }
}

/// Sets the bounds of one schema, and collects those that it refers to.
fn bound(schema: &mut RefOr<Schema>, (body, field): (&str, &str), named: &mut Vec<String>) {
    let schema = match schema {
        RefOr::Ref(reference) => {
            return named.push(reference.ref_location.rsplit('/').next().unwrap_or_default().to_owned());
        }
        RefOr::T(schema) => schema,
    };
    match schema {
        Schema::Object(object) => {
            let dated =
                matches!(object.format, Some(SchemaFormat::KnownFormat(KnownFormat::DateTime | KnownFormat::Date)));
            if is_text(&object.schema_type) && object.enum_values.is_none() && !dated {
                object.max_length.get_or_insert(longest(body, field));
            }
            for (field, below) in &mut object.properties {
                bound(below, (body, field), named);
            }
            if let Some(AdditionalProperties::RefOr(below)) = object.additional_properties.as_deref_mut() {
                bound(below, (body, field), named);
            }
        }
        Schema::Array(list) => {
            list.max_items.get_or_insert(most(body, field));
            if let ArrayItems::RefOrSchema(below) = &mut list.items {
                bound(below, (body, field), named);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(|below| bound(below, (body, field), named)),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|below| bound(below, (body, field), named)),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(|below| bound(below, (body, field), named)),
        _ => {}
    }
}

fn is_text(kind: &SchemaType) -> bool {
    match kind {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    }
}

fn longest(body: &str, field: &str) -> usize {
    let of_body = OF_BODIES.iter().find(|(known, name, _)| *known == body && *name == field).map(|(.., most)| *most);
    let of_field = || TEXTS.iter().find(|(name, _)| *name == field).map(|(_, most)| *most);
    of_body.or_else(of_field).unwrap_or(TEXT)
}

fn most(body: &str, field: &str) -> usize {
    let own = |(known, name, _): &&(&str, &str, usize)| *known == body && name.strip_suffix("[]") == Some(field);
    match (body, OF_BODIES.iter().find(own)) {
        (_, Some((.., most))) => *most,
        ("EventOrEvents", _) => event::EVENTS,
        (path, _) if path.starts_with("/v1/imports/") => ROWS,
        _ => ITEMS,
    }
}

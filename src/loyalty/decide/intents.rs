//! What an accepted event makes the outside world do, each under a key derived from its cause, so that it happens once.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::{Case, Fact, Intent, Points};
use crate::{
    loyalty::{event::Channel, id::derived_uuid, intent::Action},
    programme::Sender,
};

/// The text that thanks for a purchase; its row in `Texts` has this id.
pub const THANK_YOU: &str = "thank_you";

/// A message that could not go out for so long is not worth sending any more.
const WORTH_HOURS: i64 = 72;

pub(super) fn follow(case: &Case<'_>, points: Points) -> Vec<Intent> {
    let mut intents = Vec::new();
    match &case.event.fact {
        Fact::Order { order_id, .. } if points.change > 0 => {
            let cause = format!("order:{order_id}");
            let first_award = points.change == points.earned;
            if first_award && case.programme().settings.thank_you == Sender::Connector {
                intents.push(text(case, &cause, points));
            }
            intents.push(signal(case, &cause, points));
        }
        Fact::Order { .. } => {}
        Fact::TextWritten(text) => {
            if let Some(channel) = text.channel {
                let (subject, body) = (text.subject.clone(), text.body.clone());
                intents.push(message(case, channel, (&text.cause, &text.text_id), subject, body));
            }
        }
        Fact::MessageRequested(wanted) if !is_connectors(case, &wanted.text_id) => {
            let (subject, body) = (wanted.subject.clone(), wanted.body.clone());
            intents.push(message(case, wanted.channel, (&wanted.cause, &wanted.text_id), subject, body));
        }
        _ if points.change > 0 => intents.push(signal(case, &format!("event:{}", case.event.id), points)),
        _ => {}
    }
    intents
}

/// Whether this text is the connector's own to send, by the programme's setting.
fn is_connectors(case: &Case<'_>, text_id: &str) -> bool {
    text_id == THANK_YOU && case.programme().settings.thank_you == Sender::Connector
}

fn text(case: &Case<'_>, cause: &str, points: Points) -> Intent {
    let member = &case.books.member;
    let facts = BTreeMap::from([
        ("points".to_owned(), points.change.to_string()),
        ("balance".to_owned(), member.balance.spendable().max(0).to_string()),
        ("tier".to_owned(), member.tier.id.clone()),
    ]);
    let action = Action::Text {
        text_id: THANK_YOU.to_owned(),
        cause: cause.to_owned(),
        channel: Channel::Email,
        language: member.language.clone(),
        facts,
    };
    intent(case, &["text", cause, THANK_YOU], action)
}

fn message(case: &Case<'_>, channel: Channel, about: (&str, &str), subject: String, body: String) -> Intent {
    let (cause, text_id) = about;
    let action = Action::Message { channel, text_id: text_id.to_owned(), cause: cause.to_owned(), subject, body };
    intent(case, &["message", &case.books.member.id, cause, text_id], action)
}

fn signal(case: &Case<'_>, cause: &str, points: Points) -> Intent {
    let member = &case.books.member;
    let data = json!({
        "brand": case.event.brand, "member_id": member.id, "cause": cause, "points": points.change,
        "balance": member.balance, "tier": member.tier.id, "tier_before": case.tier_before,
        "occurred_at": case.event.occurred_at,
    });
    intent(
        case,
        &["signal", &case.event.source, &case.event.id],
        Action::Signal { name: "points.earned".to_owned(), data },
    )
}

fn intent(case: &Case<'_>, key: &[&str], action: Action) -> Intent {
    let mut parts = vec![case.event.brand.as_str()];
    parts.extend(key);
    let valid_until = case.now.saturating_add(SignedDuration::from_hours(WORTH_HOURS));
    Intent { id: derived_uuid(&parts).to_string(), action, valid_until: valid_until.unwrap_or(case.now) }
}

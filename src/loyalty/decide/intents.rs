//! What an accepted event makes the outside world do, each under a key derived from its cause, so that it happens once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Deciding, Fact, Intent, Outcome, Points};
use crate::{
    loyalty::{
        Member, OrderState, Programme,
        due::Reminder,
        event::{Channel, MessageRequested, TextWritten},
        intent::Action,
    },
    programme::Sender,
    values::id::derived_uuid,
};

/// The text that thanks for a purchase; its row in `Texts` has this id.
pub const THANK_YOU: &str = "thank_you";

/// The text that tells of points about to expire.
pub const EXPIRING: &str = "points_expiring";

/// A message that could not go out for so long is not worth sending any more.
pub const MESSAGE_TTL: SignedDuration = SignedDuration::from_hours(72);

/// Product names told in a text.
const GOODS_NAMED: usize = 3;

/// `own` is what the event itself makes somebody do.
pub(super) fn follow(
    deciding: &Deciding<'_>,
    (points, own): (Points, Vec<Intent>),
    reminders: &[Reminder],
) -> Vec<Intent> {
    if let Some(due) = &deciding.due_anyway {
        return due.clone();
    }
    let mut intents = remind(deciding, reminders);
    intents.extend(deciding.follow_ups.iter().map(|(member, fact)| {
        let key = ["follow", &deciding.event.source, &deciding.event.id, member, fact.kind()];
        let action =
            Action::Follow { member: member.clone(), event: fact.kind().to_owned(), data: fact.data(), at: None };
        Intent { valid_until: Timestamp::MAX, ..intent(deciding, &key, action) }
    }));
    intents.extend(own);
    intents.extend(deciding.tell_waiting());
    match &deciding.event.fact {
        Fact::Order { order_id, state } if points.change > 0 => {
            let about = format!("order:{order_id}");
            let first_award = points.change == points.earned;
            let thanks = first_award && !deciding.books.member.is_unaccepted();
            if thanks && deciding.programme().settings.thank_you == Sender::Connector {
                intents.push(text(deciding, &about, points, state));
            }
            intents.push(signal(deciding, &about, points));
        }
        Fact::Order { .. } => {}
        _ if points.change > 0 => intents.push(signal(deciding, &format!("event:{}", deciding.event.id), points)),
        _ => {}
    }
    intents
}

impl Deciding<'_> {
    /// A text that was written goes out, if the connector is to send it.
    pub(super) fn write(&self, text: &TextWritten) -> Outcome {
        let send = |channel| {
            let action = Action::Message {
                channel,
                text_id: text.text_id.clone(),
                cause: text.cause.clone(),
                language: Some(text.language.clone()),
                subject: text.subject.clone(),
                body: text.body.clone(),
            };
            message(self, (&text.cause, &text.text_id), action)
        };
        Outcome { intents: text.channel.map(send).into_iter().collect(), ..Outcome::nothing() }
    }

    /// A message that somebody wants goes out, unless the connector writes that text by itself.
    pub(super) fn request(&self, wanted: &MessageRequested) -> Outcome {
        if sender_of(self.programme(), &wanted.text_id) != Sender::N8n {
            return Outcome::nothing();
        }
        let action = Action::Message {
            channel: wanted.channel,
            text_id: wanted.text_id.clone(),
            cause: wanted.cause.clone(),
            language: wanted.language.clone(),
            subject: wanted.subject.clone(),
            body: wanted.body.clone(),
        };
        Outcome { intents: vec![message(self, (&wanted.cause, &wanted.text_id), action)], ..Outcome::nothing() }
    }
}

/// A word before points expire: those whose instant came since the member's last event.
pub(super) fn remind(deciding: &Deciding<'_>, reminders: &[Reminder]) -> Vec<Intent> {
    let (programme, member) = (deciding.programme(), &deciding.books.member);
    let due = |reminder: &&Reminder| deciding.before.recorded_at < reminder.at && reminder.at <= deciding.now;
    let worth = reminders.iter().filter(|reminder| due(reminder) && deciding.now < reminder.expires_at);
    let intents = worth.flat_map(|reminder| {
        let about = format!("expiry:{}:{}", reminder.expires_at, reminder.distance);
        let day = reminder.expires_at.to_zoned(programme.settings.zone.clone()).date().to_string();
        let data = json!({
            "brand": deciding.event.brand, "member_id": member.id, "cause": about,
            "points": reminder.points, "expires_at": reminder.expires_at,
        });
        let named = Intent {
            id: derived_uuid(&[&deciding.event.brand, "signal", &member.id, &about, "points.expiring"]).to_string(),
            action: Action::Signal { name: "points.expiring".to_owned(), data },
            valid_until: reminder.expires_at,
        };
        let mut facts = member_facts(member, programme);
        facts.extend([("points".to_owned(), reminder.points.to_string()), ("expires_on".to_owned(), day)]);
        let text = Action::Text {
            text_id: EXPIRING.to_owned(),
            cause: about.clone(),
            channel: Channel::Email,
            language: member.language.clone(),
            facts,
        };
        let wanted = programme.text(EXPIRING, None).is_some() && programme.settings.thank_you == Sender::Connector;
        let text = wanted.then(|| Intent {
            valid_until: reminder.expires_at,
            ..intent(deciding, &["text", &about, EXPIRING], text)
        });
        [Some(named), text]
    });
    intents.flatten().collect()
}

/// Who sends this text, by the programme's setting. What has no setting is sent by whoever asks for it.
pub fn sender_of(programme: &Programme, text_id: &str) -> Sender {
    if text_id == THANK_YOU { programme.settings.thank_you } else { Sender::N8n }
}

/// The key under which one message goes out about one cause, whoever asks for it and however often.
pub fn message_id(brand: &str, member: &str, about: &str, text_id: &str) -> String {
    derived_uuid(&[brand, "message", member, about, text_id]).to_string()
}

/// The facts of a member that any text may use.
pub fn member_facts(member: &Member, programme: &Programme) -> BTreeMap<String, String> {
    let (tier, language) = (programme.tier(&member.tier.id), member.language.as_deref());
    BTreeMap::from([
        ("balance".to_owned(), member.balance.spendable().max(0).to_string()),
        (
            "tier".to_owned(),
            tier.map_or_else(|| member.tier.id.clone(), |tier| programme.said(language, &tier.name).to_owned()),
        ),
        ("programme".to_owned(), programme.said(language, &programme.settings.name).to_owned()),
    ])
}

/// What an order adds: the points, and what was bought, without what is delicate.
pub fn order_facts(programme: &Programme, (points, state): (i64, &OrderState)) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([("points".to_owned(), points.to_string())]);
    let lines = state.lines.iter().filter(|line| !programme.products.delicate(line.sku.as_deref()));
    let goods: Vec<&str> = lines.filter_map(|line| line.name.as_deref()).take(GOODS_NAMED).collect();
    if !goods.is_empty() {
        facts.insert("goods".to_owned(), goods.join(", "));
    }
    facts
}

fn text(deciding: &Deciding<'_>, about: &str, points: Points, state: &OrderState) -> Intent {
    let member = &deciding.books.member;
    let mut facts = member_facts(member, deciding.programme());
    facts.extend(order_facts(deciding.programme(), (points.change, state)));
    let action = Action::Text {
        text_id: THANK_YOU.to_owned(),
        cause: about.to_owned(),
        channel: Channel::Email,
        language: member.language.clone(),
        facts,
    };
    intent(deciding, &["text", about, THANK_YOU], action)
}

fn message(deciding: &Deciding<'_>, about: (&str, &str), action: Action) -> Intent {
    let id = message_id(&deciding.event.brand, &deciding.books.member.id, about.0, about.1);
    Intent { id, action, valid_until: worth_until(deciding) }
}

fn signal(deciding: &Deciding<'_>, about: &str, points: Points) -> Intent {
    let member = &deciding.books.member;
    let data = json!({
        "brand": deciding.event.brand, "member_id": member.id, "cause": about, "points": points.change,
        "balance": member.balance, "tier": member.tier.id, "tier_before": deciding.before.tier,
        "occurred_at": deciding.event.occurred_at,
    });
    intent(
        deciding,
        &["signal", &deciding.event.source, &deciding.event.id],
        Action::Signal { name: "points.earned".to_owned(), data },
    )
}

pub(in crate::loyalty) fn intent(deciding: &Deciding<'_>, key: &[&str], action: Action) -> Intent {
    let mut parts = vec![deciding.event.brand.as_str()];
    parts.extend(key);
    Intent { id: derived_uuid(&parts).to_string(), action, valid_until: worth_until(deciding) }
}

fn worth_until(deciding: &Deciding<'_>) -> Timestamp {
    deciding.now.saturating_add(MESSAGE_TTL).unwrap_or(deciding.now)
}

//! Why an entry says what it says: its event decided again, and the arithmetic of its rule line by line, as sentences without
//! a language. The numbers come from the functions that decide, not from a second calculation.

use jiff::Timestamp;

use super::{
    Decision, Event, Fact, Member, Order, Refusal, decide,
    entry::{Entry, TextId},
    mechanics,
    multiplied::Multiplied,
    reasons::Judged,
};
use crate::{
    loyalty::{
        Programme, Programmes,
        counters::{Counts, Given},
    },
    programme::{Effect, Rule},
    values::money::{format_units, places},
};

mod entry;
mod order;
mod refused;
mod rule;

pub use entry::Basis;
pub use order::{OfLine, OfRule, Whole, of_event, of_order};
use rule::{arithmetic, of_limits};

/// One sentence: the id of its text and what fills it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    pub id: &'static str,
    pub facts: Vec<(&'static str, Value)>,
}

/// A number takes part in plural forms; a text is shown as it is; an instant is shown in the programme's zone.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Number(i64),
    Text(String),
    Instant(Timestamp),
}

/// What was known before the event, and what decide was given: all of it as recorded.
pub struct Before<'a> {
    pub member: &'a Member,
    pub order: Option<&'a Order>,
    pub event: &'a Event,
    pub counts: &'a Counts,
    pub now: Timestamp,
}

/// An entry, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub entry: Entry,
    /// The programme version that judged, and the rule's name.
    pub judged_by: u32,
    pub rule: Option<String>,
    pub sentences: Vec<Sentence>,
}

/// Explains the entry of this id by deciding its event again. `None` when the event has no such entry.
pub fn explain(programmes: &Programmes, before: &Before<'_>, id: &str) -> Result<Option<Explanation>, Refusal> {
    let counts = Given::looked_up(before.counts);
    let decision = decide(programmes, before.member, before.order, before.event, counts, before.now)?;
    let Some(entry) = decision.entries.iter().find(|entry| entry.id == id).cloned() else { return Ok(None) };
    let own = decision.order.as_ref().and_then(|order| order.multiplied.as_ref()).map(Multiplied::rule);
    let own = own.filter(|own| entry.order.is_some() && entry.rule.as_ref() == Some(&own.id));
    let named = entry.rule.as_ref().and_then(|rule| mechanics::name_of(programmes, rule)).filter(|_| own.is_none());
    let judged_by = if named.is_some() { decision.programme } else { judged_by(programmes, before.event, &decision) };
    let programme = &programmes.number(judged_by).programme;
    let rule = entry.rule.as_ref().and_then(|id| programme.rules.iter().chain(&own).find(|rule| rule.id == *id));
    let mut sentences = vec![happened(before.event)];
    let ours = matches!(entry.text_id, TextId::Earned | TextId::TakenBack | TextId::Owed);
    match rule.filter(|_| ours) {
        Some(rule) => {
            sentences.push(judged(judged_by, &rule.name));
            sentences.extend(by_rule(programme, rule, (before, &decision)));
        }
        None => sentences.extend(entry::Basis { programmes, before, decision: &decision, entry: &entry }.sentences()),
    }
    sentences.extend(closing(&entry));
    Ok(Some(Explanation { rule: rule.map(|rule| rule.name.clone()).or(named), entry, judged_by, sentences }))
}

/// The arithmetic of a rule, and what stood before.
fn by_rule(programme: &Programme, rule: &Rule, (before, decision): (&Before<'_>, &Decision)) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    if let (Fact::Order { .. } | Fact::OrderLeft(_), Some(order)) = (&before.event.fact, &decision.order) {
        sentences.extend(entry::over(order));
        let member = &decision.member;
        if sentences.is_empty() {
            sentences.extend(arithmetic(&Judged::of(programme, order, member), rule).0);
        }
        let points =
            |order: Option<&Order>| order.and_then(|order| order.awards.get(&rule.id)).map_or(0, |award| award.points);
        let (stood, stands) = (points(before.order), points(Some(order)));
        if stood != 0 {
            sentences.push(say("why-before", vec![("stood", number(stood)), ("stands", number(stands))]));
        }
    } else {
        let Effect::Fixed { points: wanted } = rule.effect else { return sentences };
        sentences.push(say("why-fixed", vec![("points", number(wanted))]));
        let points = decision.entries.iter().filter(|entry| entry.rule.as_ref() == Some(&rule.id));
        let points: i64 = points.filter(|entry| entry.text_id == TextId::Earned).map(|entry| entry.points).sum();
        if points < wanted {
            let at = before.event.occurred_at;
            sentences.extend(of_limits((programme, rule, &decision.member), at, (points, wanted)));
        }
    }
    sentences
}

/// The entry as its row recorded it: for one that an older engine decided, which is not calculated again.
pub fn as_recorded(programmes: &Programmes, event: &Event, recorded: &Decision, id: &str) -> Option<Explanation> {
    let entry = recorded.entries.iter().find(|entry| entry.id == id)?.clone();
    let judged_by = judged_by(programmes, event, recorded);
    let rules = &programmes.number(judged_by).programme.rules;
    let known = entry.rule.as_ref().and_then(|id| rules.iter().find(|rule| rule.id == *id));
    let named = || entry.rule.as_ref().and_then(|rule| mechanics::name_of(programmes, rule));
    let rule = known.map(|rule| rule.name.clone()).or_else(named).or_else(|| entry.rule.clone());
    let mut sentences = vec![happened(event), say("why-recorded", Vec::new())];
    sentences.extend(rule.as_ref().map(|rule| judged(judged_by, rule)));
    sentences.extend(closing(&entry));
    Some(Explanation { entry, judged_by, rule, sentences })
}

/// The programme version that judged.
fn judged_by(programmes: &Programmes, event: &Event, decision: &Decision) -> u32 {
    match &event.fact {
        Fact::Order { .. } => decision.order.as_ref().map_or(decision.programme, |order| order.programme),
        _ => programmes.at(event.occurred_at).number,
    }
}

fn judged(version: u32, rule: &str) -> Sentence {
    say("why-judged", vec![("version", number(i64::from(version))), ("rule", text(rule))])
}

fn happened(event: &Event) -> Sentence {
    match &event.fact {
        Fact::Order { order_id, state } => say(
            "why-order",
            vec![
                ("order", text(order_id)),
                ("status", text(state.status.name())),
                ("total", money(state.total(), &state.currency)),
                ("at", Value::Instant(state.placed_at)),
            ],
        ),
        fact => {
            let kind = fact.kind();
            let word = if Fact::is_reserved(kind) { kind.replace('.', "-") } else { "other".to_owned() };
            let at = Value::Instant(event.occurred_at);
            say("why-event", vec![("kind", text(&word)), ("name", text(kind)), ("at", at)])
        }
    }
}

/// What the entry itself did, when, and until when its points live.
fn closing(entry: &Entry) -> Vec<Sentence> {
    let (_, points) = entry.member_side();
    let at = Value::Instant(entry.effective_at);
    let mut sentences = vec![in_one_sentence(entry), say("why-counts", vec![("points", number(points)), ("at", at)])];
    if let Some(end) = entry.expires_at {
        sentences.push(say("why-ends", vec![("at", Value::Instant(end))]));
    }
    sentences
}

/// The one sentence that a statement shows for an entry.
pub fn in_one_sentence(entry: &Entry) -> Sentence {
    let name = entry.text.as_deref().or(entry.rule.as_deref()).unwrap_or_default();
    let mut sentence = named(entry.text_id, name);
    sentence.facts.extend([("points", number(entry.points)), ("at", Value::Instant(entry.effective_at))]);
    sentence
}

/// The sentence of this text about what is called so.
pub fn named(text_id: TextId, name: &str) -> Sentence {
    let id = match text_id {
        TextId::Earned => "entry-earned",
        TextId::TakenBack => "entry-taken-back",
        TextId::Owed => "entry-owed",
        TextId::DebtRepaid => "entry-debt-repaid",
        TextId::Adjusted => "entry-adjusted",
        TextId::Expired => "entry-expired",
        TextId::Unaccepted => "entry-unaccepted",
        TextId::Opened => "entry-opened",
        TextId::Reserved => "entry-reserved",
        TextId::Released => "entry-released",
        TextId::Spent => "entry-spent",
        TextId::Returned => "entry-returned",
        TextId::Reactivated => "entry-reactivated",
        TextId::Claimed => "entry-claimed",
        TextId::ClaimReturned => "entry-claim-returned",
        TextId::MovedOut => "entry-moved-out",
        TextId::MovedIn => "entry-moved-in",
        TextId::Brought => "entry-brought",
    };
    say(id, vec![("name", text(name))])
}

fn say(id: &'static str, facts: Vec<(&'static str, Value)>) -> Sentence {
    Sentence { id, facts }
}

fn number(number: i64) -> Value {
    Value::Number(number)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn money(units: i64, currency: &str) -> Value {
    Value::Text(format!("{} {currency}", format_units(units, places(currency))))
}

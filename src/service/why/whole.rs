//! For every line and every rule of an order or event why it gave what it gave, or nothing, in the member's language.

use serde::Serialize;

use super::Language;
use crate::{
    audit::verify::{self, Past},
    loyalty::{
        Fact, Programmes,
        explain::{self, Whole},
        reasons::Because,
    },
    store::{Store, StoreError},
};

/// An order or an event, and why it gave what it gave.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WholeWhy {
    /// What happened, in a sentence.
    pub about: String,
    pub member_id: String,
    /// The programme version that judged.
    pub programme: String,
    /// Points that stand for it now.
    pub points: i64,
    /// Why nothing at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    pub lines: Vec<LineWhy>,
    pub rules: Vec<RuleWhy>,
    /// What else is to be said of the whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    pub language: String,
}

/// A line of an order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineWhy {
    pub line: String,
    pub name: String,
    /// After discounts and returns.
    #[schema(example = "89.90 EUR")]
    pub amount: String,
    /// Why it counts for no rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    pub text: String,
}

/// A rule of the programme version that judged.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RuleWhy {
    pub rule: String,
    pub name: String,
    pub points: i64,
    /// Why nothing, or less than it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Because>,
    /// The arithmetic, or what keeps it from giving.
    pub text: Vec<String>,
}

/// The order as it stands, explained; `None` when there is none.
pub async fn order(
    store: &Store,
    programmes: &Programmes,
    brand: &str,
    id: &str,
    language: Language,
) -> Result<Option<WholeWhy>, StoreError> {
    let Some(kept) = store.order(brand, id).await? else { return Ok(None) };
    // After a merge its rows are still with whoever it was decided for.
    for member in [&kept.member, kept.owner()] {
        let mut before = i64::MAX as u64;
        while let Some(version) = store.last_of_order(brand, member, id, before).await? {
            before = version;
            let moment = store.moment(brand, member, version).await?;
            let Some(past) = moment.and_then(|moment| verify::past(moment, programmes)) else { continue };
            if let Some(whole) = explain::of_order(&past.programmes, &past.event, &past.recorded, past.ours) {
                let points = kept.earned();
                return Ok(Some(in_words(&whole, points, &past, programmes, language)));
            }
        }
    }
    Ok(None)
}

/// An event, explained; `None` when there is none. One that tells of an order is explained as that order.
pub async fn event(
    store: &Store,
    programmes: &Programmes,
    brand: &str,
    (source, id): (&str, &str),
    language: Language,
) -> Result<Option<WholeWhy>, StoreError> {
    let Some((member, version)) = store.place_of_event(brand, source, id).await? else { return Ok(None) };
    let moment = store.moment(brand, &member, version).await?;
    let Some(past) = moment.and_then(|moment| verify::past(moment, programmes)) else { return Ok(None) };
    let of_order = match past.event.fact {
        Fact::Order { .. } => explain::of_order(&past.programmes, &past.event, &past.recorded, past.ours),
        _ => None,
    };
    let of_event = || explain::of_event(&past.programmes, &past.event, (&past.member, &past.recorded), past.ours);
    let whole = of_order.unwrap_or_else(of_event);
    let points = past.recorded.receipt.points.earned;
    Ok(Some(in_words(&whole, points, &past, programmes, language)))
}

fn in_words(whole: &Whole, points: i64, past: &Past, programmes: &Programmes, language: Language) -> WholeWhy {
    let voice = language.voice(past, programmes);
    let lines = whole.lines.iter().map(|line| LineWhy {
        line: line.id.clone(),
        name: line.name.clone(),
        amount: line.amount.clone(),
        because: line.because,
        text: voice.say(&line.sentence),
    });
    let rules = whole.rules.iter().map(|rule| RuleWhy {
        rule: rule.id.clone(),
        name: voice.name(&rule.name),
        points: rule.points,
        because: rule.because,
        text: rule.sentences.iter().map(|sentence| voice.say(sentence)).collect(),
    });
    WholeWhy {
        about: voice.say(&whole.happened),
        member_id: past.recorded.member.id.clone(),
        programme: format!("v{}", whole.judged_by),
        points,
        because: whole.because,
        lines: lines.collect(),
        rules: rules.collect(),
        notes: whole.sentences.iter().map(|sentence| voice.say(sentence)).collect(),
        language: voice.language,
    }
}

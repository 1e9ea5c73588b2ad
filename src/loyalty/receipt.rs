//! What the caller is told, repeated word for word when the same event comes again. The event's row keeps what its other
//! columns do not say.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{
    entry::{Account, Entry},
    member::Balance,
    reasons::{Because, NAMED, Reason},
    subject::Subject,
};

/// The answer to an accepted event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    pub event_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Not there where whoever bought is no member.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub member_id: String,
    /// True when this event was known already and nothing was done again.
    pub duplicate: bool,
    /// Programme version that decided, like `v7`.
    pub programme: String,
    pub points: Points,
    /// Not told to partners, nor to whoever only reports events; the tier neither.
    #[schema(required = false)]
    pub balance: Balance,
    #[schema(required = false)]
    pub tier: TierView,
    pub entries: Vec<EntryView>,
    /// Why nothing changed, where that needs saying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Which rules gave nothing or less than they would, which lines do not count, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Reason>,
    /// What was made or used: a hold, a claim, a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub subject: Option<Subject>,
    /// Challenges that were done with this, or not any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub challenges: Vec<Done>,
    /// What could not be carried out and waits for a person, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<String>,
    /// Nothing of it was applied: it waits for a person, whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// What was sent and could not be used, and who may be one person: said to whoever sent it, and not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What the row keeps of a receipt. A row of an older engine kept all of it; the rest says the same as the other columns.
#[derive(Serialize, Deserialize)]
pub struct StoredReceipt<'a> {
    programme: Cow<'a, str>,
    points: Points,
    pub balance: Balance,
    tier: Cow<'a, TierView>,
    #[serde(default, skip_serializing_if = "<[Done]>::is_empty")]
    challenges: Cow<'a, [Done]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Cow<'a, Subject>>,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    parked: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "<[Reason]>::is_empty")]
    why: Cow<'a, [Reason]>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    waits: bool,
}

impl StoredReceipt<'_> {
    /// A recorded one as it would be recorded today: it names the first rules that gave nothing, and once it named all of them.
    pub fn as_today(recorded: &str) -> Option<String> {
        let mut receipt: StoredReceipt<'_> = serde_json::from_str(recorded).ok()?;
        let mut rules = 0;
        receipt.why.to_mut().retain(|reason| {
            rules += usize::from(reason.rule.is_some());
            reason.rule.is_none() || rules <= NAMED
        });
        serde_json::to_string(&receipt).ok()
    }
}

impl Receipt {
    /// Of a purchase by somebody who is no member, where only members earn. Nothing of it is kept.
    pub fn of_stranger(event_id: &str, order_id: Option<&str>, version: u32) -> Self {
        Self {
            event_id: event_id.to_owned(),
            order_id: order_id.map(str::to_owned),
            member_id: String::new(),
            duplicate: false,
            programme: format!("v{version}"),
            points: Points::default(),
            balance: Balance::default(),
            tier: TierView::default(),
            entries: Vec::new(),
            note: Some("only members earn, and whoever bought is none: nothing of this purchase is kept".to_owned()),
            why: vec![Reason::of_all(Because::NotAMember)],
            subject: None,
            challenges: Vec::new(),
            parked: Vec::new(),
            waits: false,
            notes: Vec::new(),
        }
    }

    pub fn kept(&self) -> StoredReceipt<'_> {
        StoredReceipt {
            programme: Cow::Borrowed(&self.programme),
            points: self.points,
            balance: self.balance,
            tier: self.tier.kept(),
            challenges: Cow::Borrowed(&self.challenges),
            note: self.note.as_deref().map(Cow::Borrowed),
            subject: self.subject.as_ref().map(Cow::Borrowed),
            parked: Cow::Borrowed(&self.parked),
            why: Cow::Borrowed(&self.why),
            waits: self.waits,
        }
    }
}

impl StoredReceipt<'_> {
    /// The whole receipt again, with what the event's row says of the event, its member and its entries.
    pub fn whole(self, (event_id, order_id): (&str, Option<&str>), member_id: &str, entries: &[Entry]) -> Receipt {
        Receipt {
            event_id: event_id.to_owned(),
            order_id: order_id.map(str::to_owned),
            member_id: member_id.to_owned(),
            duplicate: false,
            programme: self.programme.into_owned(),
            points: self.points,
            balance: self.balance,
            tier: self.tier.into_owned().said(),
            challenges: self.challenges.into_owned(),
            entries: entries.iter().map(EntryView::from).collect(),
            note: self.note.map(Cow::into_owned),
            subject: self.subject.map(Cow::into_owned),
            parked: self.parked.into_owned(),
            why: self.why.into_owned(),
            waits: self.waits,
            notes: Vec::new(),
        }
    }
}

/// A challenge that was done, or lost what it rested on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ChallengeDone)]
pub struct Done {
    /// Its row.
    pub challenge: String,
    /// Like `2026-11`; `ever` where it has no periods.
    pub period: String,
    /// How often; below 0 when it was taken back.
    pub times: i64,
    pub points: i64,
    /// The tier that it gives until then, or gives no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<ForATime>,
    /// What base points are multiplied by until then, or are no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<ForATime>,
    /// Nothing was left to give.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
}

/// Something that is given until an end of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ForATime {
    pub what: String,
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// `earned` is what the order (or event) has earned in all, `change` what this call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
pub struct Points {
    pub earned: i64,
    pub change: i64,
}

/// Where the member stands and what is missing to the next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default, utoipa::ToSchema)]
pub struct TierView {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Like `222 points`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The last day on which what is missing still counts with what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub by: Option<Date>,
    /// Until when the tier is kept without qualifying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// What one that is missing is called, and how rows spell it: from their beginning, and they stay as they are.
const ONE_MISSING: [(&str, &str); 2] = [("1 point", "1 points"), ("1 order", "1 orders")];

impl TierView {
    fn kept(&self) -> Cow<'_, Self> {
        match ONE_MISSING.iter().find(|(said, _)| self.missing.as_deref() == Some(said)) {
            Some((_, kept)) => Cow::Owned(Self { missing: Some((*kept).to_owned()), ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    fn said(self) -> Self {
        let said = ONE_MISSING.iter().find(|(_, kept)| self.missing.as_deref() == Some(kept));
        Self { missing: said.map(|(said, _)| (*said).to_owned()).or(self.missing), ..self }
    }
}

/// An entry as the caller sees it: signed points on the member's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryView {
    pub id: String,
    pub points: i64,
    #[schema(value_type = String, example = "available")]
    pub account: Account,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let (account, points) = entry.member_side();
        Self {
            id: entry.id.clone(),
            points,
            account,
            rule: entry.rule.clone(),
            text: entry.plain_text(),
            expires_at: entry.expires_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_missing_is_one_and_rows_spell_it_as_they_always_did() {
        for (said, kept) in
            [("1 point", "1 points"), ("2 points", "2 points"), ("1 order", "1 orders"), ("1.00 EUR", "1.00 EUR")]
        {
            let tier = TierView { id: "bronze".to_owned(), missing: Some(said.to_owned()), ..TierView::default() };
            assert_eq!(tier.kept().missing.as_deref(), Some(kept));
            assert_eq!(tier.kept().into_owned().said(), tier);
        }
    }

    #[test]
    fn one_that_named_all_rules_is_read_as_one_that_names_the_first() {
        let rule = |number: usize| format!(r#"{{"rule":"r{number}","because":"other_goods"}}"#);
        let named = |rules: usize| {
            let rules: Vec<String> = (0..rules).map(rule).collect();
            format!(
                r#"{{"programme":"v1","points":{{"earned":0,"change":0}},"balance":{{"available":0,"pending":0,"reserved":0,"debt":0}},"tier":{{"id":"bronze"}},"why":[{},{{"line":"1","because":"free"}}]}}"#,
                rules.join(",")
            )
        };
        assert_eq!(StoredReceipt::as_today(&named(NAMED + 9)), Some(named(NAMED)));
        assert_eq!(StoredReceipt::as_today(&named(3)), Some(named(3)));
    }
}

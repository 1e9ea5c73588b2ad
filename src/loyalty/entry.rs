//! An entry: points moved from one account to another, so each entry sums to zero.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::values::exchange::Exchange;

/// Where points can be. The first four belong to the member, the rest to the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    Pending,
    Available,
    Reserved,
    Debt,
    Issued,
    Redeemed,
    Expired,
    ClawedBack,
    Adjusted,
    /// On the way from one member to another.
    Moved,
}

impl Account {
    /// The account's name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Reserved => "reserved",
            Self::Debt => "debt",
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::ClawedBack => "clawed_back",
            Self::Adjusted => "adjusted",
            Self::Moved => "moved",
        }
    }

    /// Whether the member owns it.
    pub fn is_members(self) -> bool {
        matches!(self, Self::Pending | Self::Available | Self::Reserved | Self::Debt)
    }
}

/// One transfer of `points` (always positive) from `debit` to `credit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub debit: Account,
    pub credit: Account,
    pub points: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The instant the transfer counts from; an expiry carries the instant it fell due, not the one it was noticed.
    pub effective_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What a member reads about it: the kind of text, and what fills it.
    pub text_id: TextId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The rate that the order's amounts were exchanged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
}

/// The sentence that explains an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextId {
    Earned,
    TakenBack,
    Owed,
    DebtRepaid,
    Adjusted,
    Expired,
    /// They waited for the member to accept, which did not come.
    Unaccepted,
    Opened,
    Reserved,
    Released,
    Spent,
    Returned,
    Reactivated,
    Claimed,
    ClaimReturned,
    MovedOut,
    MovedIn,
    Brought,
}

impl Entry {
    /// The member's account that moved (the one shown in a statement) and the signed change of its balance.
    pub fn member_side(&self) -> (Account, i64) {
        match (self.debit, self.credit) {
            (debit, Account::Available) if debit != Account::Available => (Account::Available, self.points),
            (debit, _) if debit.is_members() => (debit, -self.points),
            (_, credit) => (credit, self.points),
        }
    }

    /// The rule that gave points by it, or took them back, and the signed points.
    pub fn of_rule(&self) -> Option<(&str, i64)> {
        let points = match (self.text_id, self.credit) {
            (TextId::Earned, _) => self.points,
            (_, Account::ClawedBack) => -self.points,
            _ => return None,
        };
        Some((self.rule.as_deref()?, points))
    }

    /// Signed change of the member's available points.
    pub fn available_change(&self) -> i64 {
        let here = |account| i64::from(account == Account::Available) * self.points;
        here(self.credit) - here(self.debit)
    }

    /// The text a reader without a translation sees.
    pub fn plain_text(&self) -> String {
        let rule = self.text.as_deref().or(self.rule.as_deref()).unwrap_or("");
        match self.text_id {
            TextId::Earned => rule.to_owned(),
            TextId::TakenBack => format!("Taken back: {rule}"),
            TextId::Owed => format!("Already spent, owed: {rule}"),
            TextId::DebtRepaid => "Repaid what was owed".to_owned(),
            TextId::Adjusted => "Adjusted by hand".to_owned(),
            TextId::Expired => "Expired".to_owned(),
            TextId::Unaccepted => "Not accepted in time".to_owned(),
            TextId::Opened => format!("Can be spent now: {rule}"),
            TextId::Reserved => "Set aside for a payment".to_owned(),
            TextId::Released => "Set aside, given back".to_owned(),
            TextId::Spent => "Paid with points".to_owned(),
            TextId::Returned => "Paid with points, given back".to_owned(),
            TextId::Reactivated => "Expired points given back".to_owned(),
            TextId::Claimed => format!("Reward: {rule}"),
            TextId::MovedOut => "Moved to another account".to_owned(),
            TextId::MovedIn => "Moved from another account".to_owned(),
            TextId::Brought => "Brought from the former programme".to_owned(),
            TextId::ClaimReturned => format!("Reward given back: {rule}"),
        }
    }
}

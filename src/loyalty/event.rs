//! The canonical event: something that happened to exactly one member.

mod merging;
mod past;
mod spending;
mod standing;
mod words;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::order::OrderState;
use crate::{
    programme::{PURCHASE, names},
    values::json,
};
pub use merging::{Absorbed, Belongings, Merged, OrderLeft, Unmerged};
pub use past::{Carried, MemberImported, Opening, OpeningHold, OpeningState, OrderImported, TierKept};
pub use spending::{ClaimStep, Claimed, CodeUse, Goods, HoldCaptured, HoldMade, HoldReleased};
pub use standing::{
    Adjustment, Birthday, Joined, Membership, Reactivated, Restricted, Savings, Segments, TierGranted, TimePassed,
};
pub use words::{Channel, MessageRequested, TextWritten, WrittenBy};

/// What happened, to whom, when; the identity `(brand, source, id)` counts once, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub brand: String,
    pub source: String,
    pub id: String,
    pub occurred_at: Timestamp,
    pub fact: Fact,
}

/// Lists each kind of event once: the variant, its data, and its `type` in the contract and in the store.
macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $kind:literal,)*) => {
        /// The kinds of event that the ledger understands; everything else is `Other` and can still be rewarded by a rule.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fact {
            /// A full state of an order.
            Order { order_id: String, state: Box<OrderState> },
            $($(#[$doc])* $variant($data),)*
            Other { kind: String, data: Value },
        }

        impl Fact {
            /// The `type` of the event in the contract and in the store.
            pub fn kind(&self) -> &str {
                match self {
                    Self::Order { .. } => "order",
                    $(Self::$variant(_) => $kind,)*
                    Self::Other { kind, .. } => kind,
                }
            }

            /// Whether `kind` is one that only the connector's own calls may make.
            pub fn is_reserved(kind: &str) -> bool {
                ["order", PURCHASE, $($kind),*].iter().any(|own| names::same(own, kind))
            }

            /// The canonical content: keys in a fixed order, amounts in minor units.
            pub fn data(&self) -> Value {
                let written = match self {
                    Self::Order { order_id, state } => serde_json::to_value(state).map(|mut value| {
                        value["order_id"] = Value::from(order_id.as_str());
                        value
                    }),
                    $(Self::$variant(data) => serde_json::to_value(data),)*
                    Self::Other { data, .. } => Ok(data.clone()),
                };
                written.unwrap_or(Value::Null) // our own types always serialize
            }

            /// [`Fact::data`] as text.
            pub fn text(&self) -> Result<String, serde_json::Error> {
                Ok(match self {
                    Self::Order { order_id, state } => {
                        let (id, state) = (serde_json::to_string(order_id)?, serde_json::to_string(state)?);
                        json::sorted(&format!("{{\"order_id\":{id},{}", &state[1..]))
                    }
                    $(Self::$variant(data) => json::sorted(&serde_json::to_string(data)?),)*
                    Self::Other { data, .. } => data.to_string(),
                })
            }

            /// Reads a stored event back.
            pub fn parse(kind: &str, data: &str) -> Result<Self, serde_json::Error> {
                #[derive(serde::Deserialize)]
                struct Named {
                    order_id: String,
                }
                Ok(match kind {
                    "order" => Self::Order {
                        order_id: serde_json::from_str::<Named>(data)?.order_id,
                        state: serde_json::from_str(data)?,
                    },
                    $($kind => Self::$variant(serde_json::from_str(data)?),)*
                    other => Self::Other { kind: other.to_owned(), data: serde_json::from_str(data)? },
                })
            }
        }
    };
}

facts! {
    /// The order turned out to be another member's.
    OrderLeft(OrderLeft) = "order.left",
    /// Points given or taken by hand.
    Adjustment(Adjustment) = "adjustment",
    /// The member became one.
    Joined(Joined) = "member.joined",
    /// Facts of the member that the ledger itself uses were changed.
    Changed(Joined) = "member.changed",
    /// The profile system's segments, whole.
    Segments(Segments) = "segments",
    /// A text was written for the member, by a model or from its template.
    TextWritten(TextWritten) = "text.written",
    /// Somebody asked to send a message.
    MessageRequested(MessageRequested) = "message.requested",
    /// Something of the member fell due.
    TimePassed(TimePassed) = "time.passed",
    /// Points set aside for a payment.
    HoldMade(HoldMade) = "hold.made",
    /// A hold became a payment, in full or in part.
    HoldCaptured(HoldCaptured) = "hold.captured",
    /// A hold was given back.
    HoldReleased(HoldReleased) = "hold.released",
    /// Expired points were given back by a marketer.
    Reactivated(Reactivated) = "points.reactivated",
    /// A reward was taken from the catalogue.
    Claimed(Claimed) = "reward.claimed",
    /// The member left the programme, or came back.
    Membership(Membership) = "member.left",
    /// The member chose what becomes of points by themselves.
    Savings(Savings) = "member.savings",
    /// Enough points were there: they turn into the programme's coupon, if the member still wants that.
    Converted(Claimed) = "points.converted",
    /// It is the member's birthday.
    Birthday(Birthday) = "birthday",
    /// A claim was handed over, or its issuer confirmed it.
    ClaimFulfilled(ClaimStep) = "claim.fulfilled",
    /// A claim was cancelled: points and stock go back.
    ClaimCancelled(ClaimStep) = "claim.cancelled",
    /// A code was used.
    CodeRedeemed(CodeUse) = "code.redeemed",
    /// A code's use was given back.
    CodeReleased(CodeUse) = "code.released",
    /// A tier was granted by hand or by a challenge, until its own end.
    TierGranted(TierGranted) = "tier.granted",
    /// The member turned out to be another one: everything it has moves there.
    Merged(Merged) = "member.merged",
    /// What another member had comes here.
    Absorbed(Box<Absorbed>) = "member.absorbed",
    /// A merge is undone: what is left of the other's goes back.
    Unmerged(Unmerged) = "member.unmerged",
    /// The member is on its own again.
    Restored(Box<Absorbed>) = "member.restored",
    /// The member may earn to pending only, or may spend again.
    Restricted(Restricted) = "member.restricted",
    /// A member that another programme knew.
    MemberImported(MemberImported) = "member.imported",
    /// Points that a member brought from there.
    Opening(Box<Opening>) = "points.opening",
    /// An order from before.
    OrderImported(Box<OrderImported>) = "order.imported",
}

impl Fact {
    /// As it was asked for: who agreed to it later is no part of what it says, so asking again is the same event.
    pub fn as_asked(&self) -> Cow<'_, Self> {
        match self {
            Self::Adjustment(adjustment) if adjustment.agreed.is_some() => {
                Cow::Owned(Self::Adjustment(Adjustment { agreed: None, ..adjustment.clone() }))
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The order this is about.
    pub fn order_id(&self) -> Option<&str> {
        match self {
            Self::Order { order_id, .. } => Some(order_id),
            Self::OrderImported(past) => Some(&past.order_id),
            Self::OrderLeft(left) => Some(&left.order_id),
            _ => None,
        }
    }

    /// Where its points or its money stand in what was sent, as a JSON pointer.
    pub fn amount_at(&self) -> &'static str {
        match self {
            Self::Order { .. } => "/lines",
            Self::OrderImported(_) => "/earned",
            Self::Other { .. } => "/type",
            _ => "/points",
        }
    }

    /// Whether it tells of the past, so that nobody is to hear of it.
    pub fn is_past(&self) -> bool {
        matches!(self, Self::MemberImported(_) | Self::Opening(_) | Self::OrderImported(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_fact_is_its_data_with_keys_in_order() {
        let state = serde_json::json!({
            "status": "paid", "revision": 3, "placed_at": "2026-11-20T10:00:00Z", "currency": "EUR", "shipping": 490,
            "lines": [{ "id": "1", "sku": "R\"42", "quantity": 1000, "unit_price": 8990, "category": "sport" }],
        });
        let state = serde_json::from_value(state).unwrap();
        let order = Fact::Order { order_id: "1001/\u{e4}\"".to_owned(), state: Box::new(state) };
        let joined = Fact::Joined(Joined { language: Some("et".to_owned()), test: true });
        let other = Fact::Other { kind: "review".to_owned(), data: serde_json::json!({ "text": "t", "rating": 5 }) };
        for fact in [order, joined, other] {
            assert_eq!(fact.text().unwrap(), fact.data().to_string());
        }
    }
}

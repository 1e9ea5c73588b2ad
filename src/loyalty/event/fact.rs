//! What happened: one of the kinds of event that are listed, a state of an order, or an event that only the caller knows.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::Value;

use super::{
    Absorbed, Accepted, Adjustment, HoldCaptured, HoldMade, HoldReleased, Joined, MemberImported, Membership, Merged,
    MessageRequested, Opening, OrderImported, OrderLeft, Reactivated, Restricted, Segments, TextWritten, TierGranted,
    TimePassed, Unmerged,
    kind::{About, EachText, Kind, each_of_value},
    kinds,
};
use crate::{
    loyalty::{Member, Order, Programmes, counters, measures, mechanics, order::OrderState},
    programme::{JOINED, PURCHASE, names},
    values::{bounds::TooLarge, changes::Patch, count::counted, json},
};

/// The `type` of a state of an order.
const ORDER: &str = "order";

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident($data:ty) = $kind:literal {
        gives: $gives:literal, decided_by: $decide:ident, line: |$it:pat_param| $line:expr
    })*) => {
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
                    Self::Order { .. } => ORDER,
                    $(Self::$variant(_) => $kind,)*
                    Self::Other { kind, .. } => kind,
                }
            }

            /// Whether `kind` is one that only the connector's own calls may make.
            pub fn is_reserved(kind: &str) -> bool {
                [ORDER, PURCHASE, JOINED, $($kind),*].iter().any(|own| names::same(own, kind))
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
                    Self::Order { order_id, state } => Patch::whole_with(&**state, ("order_id", order_id))?,
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
                    ORDER => Self::Order {
                        order_id: serde_json::from_str::<Named>(data)?.order_id,
                        state: serde_json::from_str(data)?,
                    },
                    $($kind => Self::$variant(serde_json::from_str(data)?),)*
                    other => Self::Other { kind: other.to_owned(), data: serde_json::from_str(data)? },
                })
            }

            /// Shows every personal text with the name under which it is sealed.
            pub fn each_text(&mut self, see: EachText<'_>) {
                match self {
                    Self::Order { state, .. } => state.each_text(see),
                    $(Self::$variant(data) => data.each_text(see),)*
                    Self::Other { data, .. } => each_of_value(data, "", see),
                }
            }

            /// The order this is about.
            pub fn order_id(&self) -> Option<&str> {
                match self {
                    Self::Order { order_id, .. } => Some(order_id),
                    $(Self::$variant(data) => data.order_id(),)*
                    Self::Other { .. } => None,
                }
            }

            /// Where its points or its money stand in what was sent, as a JSON pointer.
            pub fn amount_at(&self) -> &'static str {
                match self {
                    Self::Order { state, .. } => state.amount_at(),
                    $(Self::$variant(data) => data.amount_at(),)*
                    Self::Other { .. } => "/type",
                }
            }

            /// Whether it tells of the past, so that nobody is to hear of it.
            pub fn is_past(&self) -> bool {
                match self {
                    $(Self::$variant(data) => data.is_past(),)*
                    Self::Order { .. } | Self::Other { .. } => false,
                }
            }

            /// Whether somebody gives something with it, so that nobody may do it for their own account. Buying, and paying with
            /// one's own points, is no giving; what the ledger says to itself has no caller.
            pub fn gives(&self) -> bool {
                match self {
                    Self::Order { .. } => false,
                    $(Self::$variant(_) => $gives,)*
                    Self::Other { .. } => true,
                }
            }

            /// What was sent can be decided: every number is within its bounds.
            pub fn bounded(&self) -> Result<(), TooLarge> {
                match self {
                    Self::Order { state, .. } => state.bounded(),
                    $(Self::$variant(data) => data.bounded(),)*
                    Self::Other { .. } => Ok(()),
                }
            }

            /// The keys of shared counts that deciding this looks at.
            pub fn counts(&self, about: &About<'_>) -> BTreeSet<String> {
                let mut keys = BTreeSet::new();
                match self {
                    Self::Order { state, .. } => state.counts(about, &mut keys),
                    $(Self::$variant(data) => data.counts(about, &mut keys),)*
                    Self::Other { .. } => {}
                }
                keys
            }

            /// The same, as far as the member's document names them. `order` is the order that it is about, as it was kept.
            pub fn counts_of(&self, member: &Member, order: Option<&Order>) -> BTreeSet<String> {
                let mut keys = BTreeSet::new();
                if self.may_take(order) {
                    mechanics::counts_of(member, &mut keys);
                }
                match self {
                    $(Self::$variant(data) => data.counts_of(member, &mut keys),)*
                    Self::Order { .. } | Self::Other { .. } => {}
                }
                keys
            }

            /// The keys of those that it may add to, up to a limit. Whatever comes may reach goals.
            pub fn limits(&self, about: &About<'_>) -> BTreeSet<String> {
                let mut keys = BTreeSet::new();
                mechanics::limits(&about.programmes.live().programme, &mut keys);
                match self {
                    Self::Order { state, .. } => state.limits(about, &mut keys),
                    $(Self::$variant(data) => data.limits(about, &mut keys),)*
                    Self::Other { kind, .. } => counters::budgets(about.programmes, kind, &mut keys),
                }
                keys
            }

            /// Adds what the accepting side adds. Whether there was anything to add.
            pub fn complete(&mut self, programmes: &Programmes, code: &dyn Fn() -> String) -> bool {
                match self {
                    $(Self::$variant(data) => data.complete(programmes, code),)*
                    Self::Order { .. } | Self::Other { .. } => false,
                }
            }

            /// What happened, in one line for whoever looks at a member.
            pub fn line(&self) -> String {
                match self {
                    Self::Order { order_id, state } => format!("order {order_id} {}", state.line()),
                    $(Self::$variant($it) => $line,)*
                    Self::Other { kind, .. } => kind.clone(),
                }
            }
        }
    };
}
kinds!(facts);

impl Fact {
    /// Whether something that was given may be taken back by it. A new order only gives.
    fn may_take(&self, order: Option<&Order>) -> bool {
        match self {
            Self::Order { .. } | Self::OrderImported(_) => order.is_some(),
            Self::OrderLeft(_)
            | Self::ChallengeCorrected(_)
            | Self::Absorbed(_)
            | Self::Restored(_)
            | Self::Merged(_)
            | Self::Unmerged(_) => true,
            _ => false,
        }
    }

    /// What moves between two members is for exactly these; everything else that follows is for whoever the member has turned out
    /// to be.
    pub fn is_for_nobody_else(&self) -> bool {
        matches!(self, Self::Absorbed(_) | Self::Restored(_))
    }

    /// As it was asked for: who agreed to it later is no part of what it says, so asking again is the same event.
    pub fn as_asked(&self) -> Cow<'_, Self> {
        match self {
            Self::Adjustment(adjustment) if adjustment.agreed.is_some() => {
                Cow::Owned(Self::Adjustment(Adjustment { agreed: None, ..adjustment.clone() }))
            }
            _ => Cow::Borrowed(self),
        }
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
        let joined = Fact::Joined(Joined { language: Some("et".to_owned()), test: true, unaccepted: false });
        let other = Fact::Other { kind: "review".to_owned(), data: serde_json::json!({ "text": "t", "rating": 5 }) };
        for fact in [order, joined, other] {
            assert_eq!(fact.text().unwrap(), fact.data().to_string());
        }
    }
}

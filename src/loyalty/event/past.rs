//! What another programme knew: members, points they bring, orders of the past. It is recorded like anything else, and nobody
//! is told about it: no text, no signal, no reminder.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::{EachText, Kind};
use crate::{
    loyalty::{
        Member,
        absorbed::Counted,
        acceptance::Acceptance,
        bounded::counters,
        lately::Lately,
        mechanics::{self, mechanics},
        member::{TierGrant, TierStanding},
        order::OrderState,
    },
    values::{
        bounds::{BALANCE, TooLarge, within},
        json,
        span::Span,
    },
};

/// A member as the former programme knew it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberImported {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// A tier that is worn until the day that was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierKept>,
    /// What another installation of this service counted of the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Box<Carried>>,
}

macro_rules! carried {
    ($($(#[$cfg:meta])* $name:ident $mechanic:ident $rank:literal {
        $($(#[$of:meta])* $field:ident: $state:ident),*
    })*) => {
        /// How a member stood in another installation, exactly: its orders come without being counted again.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
        pub struct Carried {
            #[serde(default)]
            pub tier: TierStanding,
            /// Whether it had accepted to be a member.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub acceptance: Option<Acceptance>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub granted: Option<TierGrant>,
            #[serde(default)]
            pub counted: Counted,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub last_activity_at: Option<Timestamp>,
            #[serde(default, skip_serializing_if = "Lately::is_empty")]
            pub lately: Lately,
            $($($(#[$of])* #[serde(default, skip_serializing_if = "json::is_default")] pub $field: mechanics::$name::$state,)*)*
        }
    };
}
mechanics!(carried);

impl Carried {
    pub fn of(member: &Member) -> Self {
        let counted = Counted {
            progress: member.progress.clone(),
            qualifying: member.qualifying.clone(),
            limits: member.limits.clone(),
        };
        let mut carried = Self {
            tier: member.tier.clone(),
            acceptance: member.acceptance,
            granted: member.granted.clone(),
            counted,
            last_activity_at: member.last_activity_at,
            lately: member.lately.clone(),
            ..Self::default()
        };
        member.carry_to(&mut carried);
        carried
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierKept {
    pub id: String,
    pub until: Timestamp,
}

/// Points that a member brings, with the end that was promised for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub points: i64,
    #[serde(default)]
    pub state: OpeningState,
    /// From when they can be spent; already when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_from: Option<Timestamp>,
    /// Never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// How long points that wait live once they can be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Span>,
    /// The type of the event that points wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// They wait for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Goods they may pay, as path prefixes; empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<String>,
    /// The hold that points are set aside in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<OpeningHold>,
}

/// Where points stand as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OpeningState {
    #[default]
    Available,
    /// They wait: for their instant, for an event, or for a person.
    Pending,
    /// Set aside for a payment.
    Reserved,
    /// Owed.
    Debt,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHold {
    pub id: String,
    pub expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// An order from before. It counts as a purchase and for tiers; its points came with the opening lots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderImported {
    pub order_id: String,
    pub state: OrderState,
    /// Points that the former programme gave for it.
    #[serde(default)]
    pub earned: i64,
    /// Its member came with what it counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
}

impl Kind for MemberImported {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn is_past(&self) -> bool {
        true
    }

    fn bounded(&self) -> Result<(), TooLarge> {
        let Some(Carried { counted, .. }) = self.carried.as_deref() else { return Ok(()) };
        let qualifying = counted.qualifying.values().flat_map(|of| [of.points, of.spent, of.orders]);
        let mut numbers = counters(&counted.progress).into_iter().chain(qualifying).chain(counted.limits.numbers());
        numbers.try_for_each(|number| within(number, -BALANCE, BALANCE, ("/carried", "what is counted of a member")))
    }
}

impl Kind for Opening {
    fn each_text(&mut self, _: EachText<'_>) {}

    fn is_past(&self) -> bool {
        true
    }

    fn bounded(&self) -> Result<(), TooLarge> {
        within(self.points, 1, BALANCE, ("/points", "points that a member brings"))
    }
}

impl Kind for OrderImported {
    fn each_text(&mut self, see: EachText<'_>) {
        self.state.each_text(see);
    }

    fn order_id(&self) -> Option<&str> {
        Some(&self.order_id)
    }

    fn amount_at(&self) -> &'static str {
        "/earned"
    }

    fn is_past(&self) -> bool {
        true
    }

    fn bounded(&self) -> Result<(), TooLarge> {
        within(self.earned, 0, BALANCE, ("/earned", "points of one order"))?;
        self.state.bounded()
    }
}

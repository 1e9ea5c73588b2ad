//! Why something cannot be had, or not more of it, as sentences without a language.

use super::{Sentence, Value, number, say, text};
use crate::loyalty::{NotAllowed, Refusal, quote::Limit};

impl Limit {
    pub fn sentence(self) -> Sentence {
        let of = |id, points| say(id, vec![("points", number(points))]);
        match self {
            Self::Balance(points) => of("limit-balance", points),
            Self::Day(points) => of("limit-day", points),
            Self::Share(percent) => say("limit-share", vec![("percent", Value::Number(percent))]),
            Self::Goods => say("limit-goods", Vec::new()),
            Self::Step(points) => of("limit-step", points),
            Self::Smallest(points) => of("limit-smallest", points),
            Self::NotAllowed(why) => why.sentence(),
        }
    }
}

impl NotAllowed {
    pub fn sentence(self) -> Sentence {
        let id = match self {
            Self::SpendingOff => "not-allowed-spending-off",
            Self::OnHold => "not-allowed-on-hold",
            Self::Unaccepted => "not-allowed-unaccepted",
            Self::Left => "not-allowed-left",
            Self::TooSmall => "not-allowed-too-small",
            Self::WrongStep => "not-allowed-wrong-step",
            Self::OtherGoods(points) => return say("not-allowed-other-goods", vec![("points", number(points))]),
            Self::EnoughToday => "not-allowed-enough-today",
            Self::OutOfStock => "not-allowed-out-of-stock",
            Self::MemberLimit => "not-allowed-member-limit",
            Self::OutsideDates => "not-allowed-outside-dates",
            Self::OtherMembers => "not-allowed-other-members",
            Self::CodeUsedUp => "not-allowed-code-used-up",
            Self::NoSteps => "not-allowed-no-steps",
            Self::PartnersOnly => "not-allowed-partners-only",
        };
        say(id, Vec::new())
    }
}

impl Refusal {
    /// Of what a member reads; the others are for whoever calls.
    pub fn sentence(&self) -> Option<Sentence> {
        match self {
            Self::NotAllowed(why) => Some(why.sentence()),
            Self::NoSuch { what: "code", id } => Some(say("refused-no-code", vec![("code", text(id))])),
            _ => None,
        }
    }
}

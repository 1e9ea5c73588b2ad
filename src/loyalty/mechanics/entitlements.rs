//! What a member took or was given beside points, of whatever mechanic: rewards, and codes of its own, the newest first. The document says
//! what there is; what it was given for stands in the event that gave it.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{
    Cause,
    codes::Coupon,
    rewards::{Claim, ClaimState},
};
use crate::loyalty::{Fact, Member, Programme, subject::Subject};

/// A reward that was taken or given, or a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Entitlement {
    pub id: String,
    /// Of a reward: its row in Rewards.
    pub reward: Option<String>,
    /// The row of Codes that its code is worth.
    pub offer: Option<String>,
    /// The row's own words.
    pub name: String,
    pub state: Entitled,
    pub at: Timestamp,
    /// The first instant at which its code is worth nothing any more.
    pub until: Option<Timestamp>,
    pub code: Option<String>,
    /// Paid for it, as long as they can go back.
    pub points: i64,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entitled {
    /// To be handed over; a code, used or not: the count that all share says which.
    Open,
    HandedOver,
    /// Cancelled, or taken back with what it was given for.
    TakenBack,
}

/// What something was given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenFor {
    /// The member's own points, so many.
    Points(i64),
    Cause(Cause),
}

/// What a member has and had, as far as its document says it.
pub fn entitlements(programme: &Programme, member: &Member) -> Vec<Entitlement> {
    let claims = member.claims.iter().map(|(id, claim)| of_claim(programme, id, claim));
    let codes = member.coupons.iter().map(|(id, coupon)| of_code(programme, id, coupon));
    let mut all: Vec<Entitlement> = claims.chain(codes).collect();
    all.sort_by(|one, other| (Reverse(one.at), Reverse(&one.id)).cmp(&(Reverse(other.at), Reverse(&other.id))));
    all
}

/// Events that take or give something.
pub const GIVING: [&str; 4] = ["reward.claimed", "points.converted", "reward.given", "code.given"];

/// What an event gave, by its id, and what for.
pub fn given_by<'e>(fact: &Fact, subject: Option<&'e Subject>) -> Option<(&'e str, GivenFor)> {
    match (subject?, fact) {
        (Subject::Claim { id, .. }, Fact::RewardGiven(given)) => Some((id, GivenFor::Cause(given.cause.clone()))),
        (Subject::Claim { id, points, .. }, _) => Some((id, GivenFor::Points(*points))),
        (Subject::CodeGiven { coupon, .. }, Fact::CodeGiven(given)) => {
            Some((coupon, GivenFor::Cause(given.cause.clone())))
        }
        _ => None,
    }
}

fn of_claim(programme: &Programme, id: &str, claim: &Claim) -> Entitlement {
    let known = programme.mechanics.rewards.catalogue.iter().find(|known| known.id == claim.reward);
    let offer = known.and_then(|known| known.offer.as_deref()).filter(|_| claim.code.is_some());
    let state = match claim.state {
        ClaimState::Claimed => Entitled::Open,
        ClaimState::Fulfilled => Entitled::HandedOver,
        ClaimState::Cancelled => Entitled::TakenBack,
    };
    Entitlement {
        id: id.to_owned(),
        reward: Some(claim.reward.clone()),
        offer: offer.map(str::to_owned),
        name: known.map_or(&claim.reward, |known| &known.name).clone(),
        state,
        at: claim.at,
        until: offer.and_then(|offer| ends(programme, offer)),
        code: claim.code.clone(),
        points: claim.parts.iter().map(|part| part.lot.points).sum(),
    }
}

fn of_code(programme: &Programme, id: &str, coupon: &Coupon) -> Entitlement {
    let known = programme.mechanics.codes.offers.iter().find(|known| known.id == coupon.offer);
    Entitlement {
        id: id.to_owned(),
        reward: None,
        offer: Some(coupon.offer.clone()),
        name: known.map_or(&coupon.offer, |known| &known.name).clone(),
        state: if coupon.void { Entitled::TakenBack } else { Entitled::Open },
        at: coupon.at,
        until: ends(programme, &coupon.offer),
        code: Some(coupon.code.clone()),
        points: 0,
    }
}

/// The first instant at which codes of an offer are worth nothing any more.
fn ends(programme: &Programme, offer: &str) -> Option<Timestamp> {
    programme.mechanics.codes.offers.iter().find(|known| known.id == offer).and_then(|known| known.until)
}

impl Entitlement {
    /// The code that may have been used since.
    pub fn open_code(&self) -> Option<&str> {
        self.code.as_deref().filter(|_| self.state == Entitled::Open)
    }
}

impl Cause {
    /// The order that met the rule.
    pub fn order(&self) -> Option<&str> {
        self.period.strip_prefix("order ").filter(|_| self.rule.is_some())
    }
}

impl GivenFor {
    /// Like `rule shoes, order 1001`.
    pub fn words(&self) -> String {
        match self {
            Self::Points(_) => "own points".to_owned(),
            Self::Cause(cause) => {
                let order = cause.order().map(|order| format!(", order {order}"));
                cause.words() + &order.unwrap_or_default()
            }
        }
    }

    /// What it cost.
    pub fn points(&self) -> i64 {
        if let Self::Points(points) = self { *points } else { 0 }
    }
}

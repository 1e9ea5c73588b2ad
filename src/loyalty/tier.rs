//! Tiers qualify on earned points in a window, never on the balance: up at once, down when the tier's term ends.

use jiff::Timestamp;

use super::{
    member::{Member, TierStanding},
    receipt::TierView,
};
use crate::programme::{Programme, Tier};

/// Qualifying points in the window that ends with `now`, by business day.
pub fn qualified(programme: &Programme, member: &Member, now: Timestamp) -> i64 {
    let zone = &programme.settings.zone;
    let first_day = programme.settings.tier_window.before(now, zone).to_zoned(zone.clone()).date();
    member.qualifying.range(first_day..).map(|(_, points)| points).sum()
}

/// Where the member stands at `now`: a higher tier is reached at once; a term that has ended is judged again.
pub fn standing(programme: &Programme, member: &Member, now: Timestamp) -> TierStanding {
    let earned = reached(programme, qualified(programme, member, now));
    let current = &member.tier;
    let kept = programme.tiers.iter().any(|tier| tier.id == current.id)
        && current.until.is_none_or(|until| now < until)
        && programme.tier_rank(&earned.id) <= programme.tier_rank(&current.id);
    if kept {
        return current.clone();
    }
    let until = (earned.threshold > 0).then(|| programme.settings.tier_window.after(now, &programme.settings.zone));
    TierStanding { id: earned.id.clone(), since: Some(now), until }
}

/// What the member is told about the next tier.
pub fn view(programme: &Programme, member: &Member, now: Timestamp) -> TierView {
    let qualified = qualified(programme, member, now);
    let next = programme.tiers.get(programme.tier_rank(&member.tier.id) + 1);
    TierView {
        id: member.tier.id.clone(),
        next: next.map(|tier| tier.id.clone()),
        missing: next.map(|tier| format!("{} points", (tier.threshold - qualified).max(0))),
    }
}

fn reached(programme: &Programme, qualified: i64) -> &Tier {
    let tiers = &programme.tiers;
    tiers.iter().rev().find(|tier| tier.threshold <= qualified).unwrap_or(&tiers[0])
}

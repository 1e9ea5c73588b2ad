//! Tiers qualify on points, money or orders in a window, never on the balance: up at once, down when the tier's term ends.

use jiff::{Timestamp, ToSpan, civil::Date};

use super::{
    member::{Member, TierStanding},
    qualifying::{self, Moment, still_counts},
    receipt::TierView,
};
use crate::{
    loyalty::Programme,
    programme::{Down, Qualifies, Tier, TierWindow},
    values::{
        count::counted,
        money::{format_units, places},
    },
};

/// What counts in the window that ends with `now`.
pub fn qualified(programme: &Programme, member: &Member, now: Timestamp) -> i64 {
    let settings = &programme.settings;
    let counted = match settings.tier.window {
        TierWindow::Rolling(span) => still_counts(&member.qualifying, span, now, &settings.zone),
        TierWindow::Year => {
            let first = now.to_zoned(settings.zone.clone()).date().first_of_year();
            let begins = Moment::Day(first).start(&settings.zone);
            qualifying::sum(&member.qualifying, |moment| moment.start(&settings.zone) >= begins)
        }
        TierWindow::Lifetime => qualifying::sum(&member.qualifying, |_| true),
    };
    match settings.tier.qualifies {
        Qualifies::Points => counted.points,
        Qualifies::Spend => counted.spent,
        Qualifies::Orders => counted.orders,
    }
}

/// The end of a term that begins now, grace included.
fn term(programme: &Programme, now: Timestamp) -> Option<Timestamp> {
    let (settings, zone) = (programme.settings.tier, &programme.settings.zone);
    let end = match settings.window {
        TierWindow::Rolling(span) => span.after(now, zone),
        TierWindow::Year => {
            let next = now.to_zoned(zone.clone()).date().first_of_year().checked_add(2.years());
            next.and_then(|day| day.to_zoned(zone.clone())).map_or(Timestamp::MAX, |end| end.timestamp())
        }
        TierWindow::Lifetime => return None,
    };
    Some(settings.grace.map_or(end, |grace| grace.after(end, zone)))
}

/// Brings the member's tier to `now`. A granted tier is worn over the earned one, which goes on beneath it and is not
/// lost by it.
pub fn stand(programme: &Programme, member: &mut Member, now: Timestamp) {
    let own = earned(programme, member, own(member), now);
    let rank = |id: &str| programme.tier_rank(id);
    member.granted = member.granted.take().filter(|grant| grant.until > now);
    let until = member.granted.as_ref().filter(|grant| rank(&grant.tier) > rank(&own.id)).map(|grant| grant.until);
    match (&mut member.granted, until) {
        (Some(grant), Some(_)) => {
            if (&member.tier.id, member.tier.until) != (&grant.tier, until) {
                member.tier = TierStanding { id: grant.tier.clone(), since: Some(now), until };
            }
            grant.own = own;
        }
        (Some(grant), None) => {
            member.tier.clone_from(&own);
            grant.own = own;
        }
        (None, _) => member.tier = own,
    }
}

/// The tier that was earned, whatever is worn over it.
fn own(member: &Member) -> &TierStanding {
    member.granted.as_ref().map_or(&member.tier, |grant| &grant.own)
}

/// What follows an earned tier: a higher one is reached at once; one whose term has ended is judged again.
fn earned(programme: &Programme, member: &Member, current: &TierStanding, now: Timestamp) -> TierStanding {
    let rank = |id: &str| programme.tier_rank(id);
    let known = programme.tier(&current.id).is_some();
    let running = known && current.until.is_none_or(|until| now < until);
    if running && rank(&current.id) + 1 == programme.tiers.len() {
        return current.clone(); // there is none above it, whatever counts
    }
    let reached = reached(programme, qualified(programme, member, now));
    if running && rank(&reached.id) <= rank(&current.id) {
        return current.clone();
    }
    let fallen = known && rank(&reached.id) < rank(&current.id);
    match programme.settings.tier.down {
        Down::OneStep if fallen => begin(programme, &programme.tiers[rank(&current.id) - 1], now),
        _ => begin(programme, reached, now),
    }
}

fn begin(programme: &Programme, tier: &Tier, now: Timestamp) -> TierStanding {
    let until = (tier.threshold > 0).then(|| term(programme, now)).flatten();
    let until = until.filter(|until| now < *until); // a window of no length keeps nothing
    TierStanding { id: tier.id.clone(), since: Some(now), until }
}

/// Takes a tier that lost what it rested on by a refund, when the programme says that this counts at once.
pub fn after_refund(programme: &Programme, member: &mut Member, now: Timestamp) {
    if !programme.settings.tier.refund_lowers {
        return;
    }
    let reached = reached(programme, qualified(programme, member, now));
    if programme.tier_rank(&own(member).id) > programme.tier_rank(&reached.id) {
        let own = begin(programme, reached, now);
        match &mut member.granted {
            Some(grant) => grant.own = own,
            None => member.tier = own,
        }
    }
}

/// What the member is told about the next tier.
pub fn view(programme: &Programme, member: &Member, now: Timestamp) -> TierView {
    let next = programme.tiers.get(programme.tier_rank(&member.tier.id) + 1);
    let missing = next.map(|tier| (tier.threshold - qualified(programme, member, now)).max(0));
    let counted = |missing: i64| match programme.settings.tier.qualifies {
        Qualifies::Points => counted(missing, "point").to_string(),
        Qualifies::Orders => counted(missing, "order").to_string(),
        Qualifies::Spend => {
            let currency = &programme.settings.currency;
            format!("{} {currency}", format_units(missing, places(currency)))
        }
    };
    TierView {
        id: member.tier.id.clone(),
        next: next.map(|tier| tier.id.clone()),
        missing: missing.map(counted),
        by: next.and(last_day(programme, now)),
        until: member.tier.until,
    }
}

/// The last day on which what is earned counts with what is there already; a rolling window has none.
fn last_day(programme: &Programme, now: Timestamp) -> Option<Date> {
    let today = || now.to_zoned(programme.settings.zone.clone()).date();
    matches!(programme.settings.tier.window, TierWindow::Year).then(|| today().last_of_year())
}

fn reached(programme: &Programme, qualified: i64) -> &Tier {
    let tiers = &programme.tiers;
    tiers.iter().rev().find(|tier| tier.threshold <= qualified).unwrap_or(&tiers[0])
}

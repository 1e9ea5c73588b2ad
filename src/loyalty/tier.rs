//! Tiers qualify on points, money or orders in a window, never on the balance: up at once, down when the tier's term ends.

use std::cmp::Reverse;

use jiff::{Timestamp, ToSpan, civil::Date};

use super::{
    mechanics::ALL,
    member::{Member, TierGiven, TierGrant, TierStanding},
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

/// Brings the member's tier to `now`. Of those that were given, each by a cause of its own, the highest that runs is worn over the
/// earned one, which goes on beneath it and is not lost by it; none lowers a better one.
pub fn stand(programme: &Programme, member: &mut Member, now: Timestamp) {
    let own = earned(programme, member, member.earned_tier(), now);
    let rank = |id: &str| programme.tier_rank(id);
    let by_hand = member.granted.take().and_then(|grant| grant.by_hand).filter(|given| given.until > now);
    let mut worn = by_hand.as_ref().map(|given| worn_by_hand(&member.tier, given, now));
    let order = |tier: &TierStanding| (rank(&tier.id), tier.until, Reverse(tier.since));
    for listed in ALL {
        listed.mechanic.tiers(programme, member, &mut |given| {
            let runs = given.until.is_some_and(|until| until > now);
            if runs && worn.as_ref().is_none_or(|worn| order(&given) > order(worn)) {
                worn = Some(given);
            }
        });
    }
    let worn = worn.filter(|worn| rank(&worn.id) > rank(&own.id));
    let beneath = by_hand.is_some() || worn.is_some();
    member.tier = worn.unwrap_or_else(|| own.clone());
    member.granted = beneath.then_some(TierGrant { by_hand, own });
}

fn worn_by_hand(worn: &TierStanding, given: &TierGiven, now: Timestamp) -> TierStanding {
    let until = Some(given.until);
    let since = if (&worn.id, worn.until) == (&given.tier, until) { worn.since } else { Some(now) };
    TierStanding { id: given.tier.clone(), since, until }
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
    let until = (tier.threshold != Some(0)).then(|| term(programme, now)).flatten();
    let until = until.filter(|until| now < *until); // a window of no length keeps nothing
    TierStanding { id: tier.id.clone(), since: Some(now), until }
}

/// Takes a tier that lost what it rested on by a refund, when the programme says that this counts at once.
pub fn after_refund(programme: &Programme, member: &mut Member, now: Timestamp) {
    if !programme.settings.tier.refund_lowers {
        return;
    }
    let reached = reached(programme, qualified(programme, member, now));
    if programme.tier_rank(&member.earned_tier().id) > programme.tier_rank(&reached.id) {
        let own = begin(programme, reached, now);
        match &mut member.granted {
            Some(grant) => grant.own = own,
            None => member.tier = own,
        }
    }
}

/// What the member is told about the next tier.
pub fn view(programme: &Programme, member: &Member, now: Timestamp) -> TierView {
    let next = programme.next_tier(&member.tier.id);
    let missing = next.map(|(_, threshold)| (threshold - qualified(programme, member, now)).max(0));
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
        next: next.map(|(tier, _)| tier.id.clone()),
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
    tiers.iter().rev().find(|tier| tier.threshold.is_some_and(|threshold| threshold <= qualified)).unwrap_or(&tiers[0])
}

//! What reaching a goal gives, and how it is taken back: one function for each. Points are an award, settled by cumulative target with
//! the functions that settle those of orders. Limits come last: points are given in part, everything else whole or not.

use jiff::Timestamp;
use serde_json::json;

use super::{Giving, Goal, Judged, Lasting, budget, cause, rows::Config, winners};
use crate::{
    loyalty::{
        Refusal,
        books::{About, Terms},
        deciding::Deciding,
        measures::Happened,
        order::Award,
        receipt::{Done, ForATime},
    },
    programme::Wait,
    values::{bounds, id::derived, money::plain_decimal, span::Span},
};

/// Givings of one period that are kept; older ones are final.
const KEPT: usize = 12;
/// What one order or event makes of one challenge at most; the rest comes with the next.
const AT_ONCE: i64 = 100;
const REWARDS_AT_ONCE: i64 = 12;

/// Where a giving is kept.
type Place = (String, usize);

impl Deciding<'_> {
    /// So many times more: first what was taken back, the oldest of it, then anew.
    pub(super) fn give(
        &mut self,
        judged: Judged<'_>,
        (period, times): (&str, i64),
        happened: &Happened<'_>,
    ) -> Result<(), Refusal> {
        let goal = judged.goal;
        let mut left = times.min(if goal.gives_one_by_one() { REWARDS_AT_ONCE } else { AT_ONCE });
        let mut places = self.givings((&goal.id, period), |giving| giving.times < giving.most);
        places.reverse();
        for place in places {
            let giving = self.giving((&goal.id, period), &place);
            let again = left.min(giving.most - giving.times);
            left -= again;
            if again > 0 {
                self.change_giving((&goal.id, period), &place, again)?;
            }
        }
        while left > 0 {
            let whole = if goal.gives_one_by_one() { 1 } else { left };
            let room = goal.most.map_or(i64::MAX, |most| self.shared.room(&winners(&goal.id), most, whole));
            let (many, limited) = if room > 0 { (whole.min(room), false) } else { (left, true) };
            left -= many;
            self.give_anew(judged, (period, many, limited), happened)?;
        }
        Ok(())
    }

    fn give_anew(
        &mut self,
        judged: Judged<'_>,
        (period, times, limited): (&str, i64, bool),
        happened: &Happened<'_>,
    ) -> Result<(), Refusal> {
        let (goal, owner) = (judged.goal, self.books.member.id.clone());
        let first = self.books.member.challenges.part(&owner, &goal.id).map_or(1, |taken| taken.next(period));
        let n = first.to_string();
        let lot = derived("lot", &[&self.event.brand, "challenge", &owner, &goal.id, period, &n]);
        let giving = Giving {
            version: judged.version,
            at: happened.at,
            times: 0,
            most: 0,
            first,
            each: if limited { 0 } else { goal.points },
            award: (goal.points > 0 && !limited).then(|| self.award_of_goal(goal, lot, happened.at)),
            reward: goal.reward.clone().filter(|_| !limited),
            offer: goal.offer.clone().filter(|_| !limited),
            tier: goal.tier.clone().filter(|_| !limited).map(|tier| self.lasting(tier, happened.at)),
            multiplier: goal.multiplier.filter(|_| !limited).map(|multiplier| self.lasting(multiplier, happened.at)),
            ended_at: None,
            badge: goal.badge && !limited,
            limited,
        };
        let badge = self.books.member.challenges.change((&owner, &goal.id), |taken| {
            taken.givings.entry(period.to_owned()).or_default().push(giving);
            goal.badge && !limited && taken.badge_at.is_none()
        });
        let last =
            self.books.member.challenges.part(&owner, &goal.id).map_or(0, |taken| taken.givings[period].len() - 1);
        self.change_giving((&goal.id, period), &(owner.clone(), last), times)?;
        let points = self.giving((&goal.id, period), &(owner.clone(), last)).award.map_or(0, |award| award.points);
        let mut data = json!({ "period": period, "times": times, "points": points, "reward": goal.reward, "offer": goal.offer, "limited": limited });
        if let Some((tier, _)) = &goal.tier {
            data["tier"] = json!(tier);
        }
        if let Some((thousandths, _)) = goal.multiplier {
            data["multiplier"] = json!(plain_decimal(thousandths, 3));
        }
        self.signal_challenge("challenge.done", goal, data, happened, &[period, &n]);
        if badge {
            self.signal_challenge("badge.earned", goal, json!({}), happened, &[]);
        }
        if !limited {
            self.derive(goal.done_events(), json!({ "times": times }), &[&owner, &goal.id, period, &n]);
        }
        self.forget_oldest((&owner, &goal.id), period);
        Ok(())
    }

    /// So many times fewer, newest first; what was handed over is final.
    pub(super) fn take(&mut self, (goal, period): (&str, &str), times: i64) {
        let mut left = times;
        for place in self.givings((goal, period), |giving| giving.times > 0) {
            if left == 0 {
                return;
            }
            let giving = self.giving((goal, period), &place);
            if self.is_handed_over((goal, period), &place.0, &giving) {
                continue;
            }
            let fewer = left.min(giving.times);
            left -= fewer;
            if fewer > 0 && self.change_giving((goal, period), &place, -fewer).is_err() {
                return; // fewer points are never too many
            }
        }
    }

    /// What is kept of a goal in a period, the newest first, whosever it is.
    fn givings(&self, (goal, period): (&str, &str), which: impl Fn(&Giving) -> bool) -> Vec<Place> {
        let mut all = Vec::new();
        for (owner, taken) in self.books.member.challenges.of(goal) {
            for (at, giving) in taken.givings.get(period).into_iter().flatten().enumerate() {
                if which(giving) {
                    all.push((giving.at, owner.clone(), at));
                }
            }
        }
        all.sort();
        all.into_iter().rev().map(|(_, owner, at)| (owner, at)).collect()
    }

    fn giving(&self, (goal, period): (&str, &str), (owner, at): &Place) -> Giving {
        self.books.member.challenges.0[owner][goal].givings[period][*at].clone()
    }

    /// The one function that gives and takes: points to or from the giving's own lot, its badge, its reward, and the counts.
    fn change_giving(&mut self, (id, period): (&str, &str), place: &Place, by: i64) -> Result<(), Refusal> {
        let mut giving = self.giving((id, period), place);
        giving.times += by;
        giving.most = giving.most.max(giving.times);
        let points = self.settle_points(id, &place.0, &mut giving)?;
        // What stands for somebody who turned out to be this one is theirs, should they be themselves again.
        if let (Some(award), Some(theirs)) = (&giving.award, self.books.member.absorbed.get_mut(&place.0)) {
            theirs.insert(award.lot.clone());
        }
        if !giving.limited {
            self.shared.change(&winners(id), by);
        }
        self.shared.change(&budget(id), points);
        if giving.reward.is_some() || giving.offer.is_some() {
            self.reward_follows((id, period), &place.0, giving.first);
        }
        let (challenge, times) = (id.to_owned(), if giving.limited { 0 } else { by });
        let turns = giving.times == 0 || giving.times == by;
        if turns && giving.multiplier.is_some() {
            giving.ended_at = Some(self.now).filter(|_| giving.times == 0);
        }
        let tier = giving.tier.as_ref().filter(|_| turns);
        let tier = tier.map(|tier| ForATime { what: tier.what.clone(), until: tier.until });
        let multiplier = giving.multiplier.as_ref().filter(|_| turns);
        let multiplier = multiplier.map(|by| ForATime { what: plain_decimal(by.what, 3), until: by.until });
        let (period_done, limited) = (period.to_owned(), giving.limited);
        self.done.push(Done { challenge, period: period_done, times, points, tier, multiplier, limited });
        self.books.member.challenges.change((&place.0, id), |taken| {
            if giving.badge && giving.times > 0 {
                taken.badge_at.get_or_insert(giving.at);
            }
            if let Some(kept) = taken.givings.get_mut(period).and_then(|givings| givings.get_mut(place.1)) {
                *kept = giving;
            }
            if taken.times_in_all() == 0 {
                taken.badge_at = None;
            }
        });
        Ok(())
    }

    /// Points to what the giving is worth now, as far as the budget goes; says how many more that is.
    fn settle_points(&mut self, id: &str, owner: &str, giving: &mut Giving) -> Result<i64, Refusal> {
        let Some(award) = &mut giving.award else { return Ok(0) };
        let place = ("/lines", "the points of one challenge");
        let wanted = bounds::points(i128::from(giving.each) * i128::from(giving.times), place)?;
        let config: &Config = &self.programmes.number(giving.version).programme.mechanics.challenges;
        let (name, limit) = (config.goal(id).map(|goal| goal.name.clone()), self.limit_of(id));
        let difference = if wanted > award.points {
            let more = wanted - award.points;
            more.min(limit.map_or(i64::MAX, |most| self.shared.room(&budget(id), most, more).max(0)))
        } else {
            wanted - award.points
        };
        let rule = cause(id);
        let about = About { rule: Some(&rule), text: name.as_deref(), ..About::default() };
        award.points += difference;
        if difference > 0 {
            let forgiven = award.forgiven.min(difference);
            award.forgiven -= forgiven;
            let settings = &self.programmes.number(giving.version).programme.settings;
            let expires = config.goal(id).and_then(|goal| goal.expires).or(settings.expires);
            let terms = Terms { expires, held: self.books.member.restricted, since: giving.at, ..Terms::default() };
            self.books.award(award, difference - forgiven, &terms, &about, self.now);
        } else if difference < 0 {
            let policy = self.live.programme.settings.after_refund;
            award.forgiven += self.books.take_back((award, owner), -difference, policy, &about, self.now);
        }
        Ok(difference)
    }

    /// What lasts from the instant that reached the goal, for so long.
    fn lasting<T>(&self, (what, length): (T, Span), from: Timestamp) -> Lasting<T> {
        Lasting { what, from, until: length.after(from, &self.live.programme.settings.zone) }
    }

    fn limit_of(&self, id: &str) -> Option<i64> {
        self.live.programme.mechanics.challenges.goal(id).and_then(|goal| goal.budget)
    }

    /// The award before its first point. What waits for a delivery or an event elsewhere waits its length here.
    fn award_of_goal(&self, goal: &Goal, lot: String, at: Timestamp) -> Award {
        let settings = &self.live.programme.settings;
        let from = match goal.wait.as_ref().unwrap_or(&settings.wait) {
            Wait::For(span) | Wait::Delivery(Some(span)) => span.after(at, &settings.zone),
            Wait::None | Wait::Delivery(None) | Wait::Event(_) => at,
        };
        let expires_at = goal.expires.or(settings.expires).map(|span| span.after(from, &settings.zone));
        Award { lot, points: 0, wanted: None, allowed: None, forgiven: 0, available_from: Some(from), expires_at }
    }

    /// Of what counts for ever only the newest givings are kept; older ones stand for good.
    fn forget_oldest(&mut self, part: (&str, &str), period: &str) {
        self.books.member.challenges.change(part, |taken| {
            let Some(givings) = taken.givings.get_mut(period).filter(|givings| givings.len() > KEPT) else { return };
            let oldest: Vec<Giving> = givings.drain(..givings.len() - KEPT).collect();
            let oldest = taken.keep_for_good(oldest);
            *taken.earlier.entry(period.to_owned()).or_default() += oldest;
        });
    }
}

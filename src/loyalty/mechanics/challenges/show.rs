//! What members, people and other systems see of challenges: how far, how often, which badges; and why an entry stands there.

use jiff::Timestamp;
use serde::Serialize;

use super::{CAUSE, Goal, Judged, Lasting, Repeats, membership, newest, wanted::on_the_way};
use crate::{
    loyalty::{
        Member, Programmes,
        explain::{Basis, Sentence, Value},
        measures::Window,
        mechanics::{Cell, Shown, Stands, Table},
        receipt::Done,
    },
    values::{count::counted, money::plain_decimal},
};

/// How a challenge stands for a member.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ChallengeView {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// challenge, stamp card, milestone, streak or badge.
    pub show_as: &'static str,
    pub state: State,
    /// How far the member is on the way to the next time, in whole steps, and how many there are.
    pub value: i64,
    pub goal: i64,
    /// day, week, month, quarter, year, ever, or a window that rolls, like 30D.
    pub within: String,
    /// How often it was done and stands.
    pub done: i64,
    /// What doing it gives.
    #[serde(skip_serializing_if = "is_none")]
    pub points: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<String>,
    /// A row of Codes, of which the member gets a code of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_offer: Option<String>,
    /// A tier, and how long it is worn, like 6M.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_for: Option<String>,
    /// Until when the tier runs that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub tier_until: Option<Timestamp>,
    /// What base points are multiplied by, like 2, and how long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier_for: Option<String>,
    /// Until when the multiplier runs that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub multiplier_until: Option<Timestamp>,
    pub badge: bool,
    /// Challenges to be done first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChallengeState)]
pub enum State {
    /// Others must be done first.
    Locked,
    /// The member has not joined it.
    Open,
    /// On the way.
    Joined,
    Done,
    /// Its last day is past.
    Missed,
}

/// A badge, earned or not yet.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct BadgeView {
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absent: not earned yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub earned_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(points: &i64) -> bool {
    *points == 0
}

/// The challenges of the live version that are for this member, as its page shows them.
pub fn challenges(programmes: &Programmes, member: &Member, now: Timestamp) -> Vec<ChallengeView> {
    let config = &programmes.live().programme.mechanics.challenges;
    let goals = config.goals.iter().filter(|goal| goal.active);
    let goals = goals.filter(|goal| goal.measure.from.is_none_or(|from| from <= now));
    let shown = goals.filter_map(|goal| {
        let done = member.challenges.times(&goal.id, None);
        let is_for = goal.is_for(&member.tier.id, &member.in_segments());
        (is_for || done > 0).then(|| view(programmes, member, goal, (done, now)))
    });
    shown.collect()
}

/// A challenge that a member has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Achievement {
    pub id: String,
    /// The row's own words.
    pub name: String,
    /// How far it is on the way to the next time, in whole steps, and how many there are.
    pub value: i64,
    pub goal: i64,
    pub state: Stands,
    /// How often it was done and stands.
    pub done: i64,
    pub badge: bool,
    /// When it was done last; until then, when the member joined it.
    pub at: Option<Timestamp>,
}

/// Those of the live version that a member has begun: joined, done, or with a step of its own.
pub fn achievements(programmes: &Programmes, member: &Member, now: Timestamp) -> Vec<Achievement> {
    let config = &programmes.live().programme.mechanics.challenges;
    let of_view = |view: ChallengeView| {
        let goal = config.goal(&view.id)?;
        let parts = || member.challenges.of(&goal.id).map(|(_, taken)| taken);
        let joined_at = parts().filter_map(|taken| taken.joined_at).min();
        let steps = view.value > goal.head_start / goal.step && !matches!(view.state, State::Locked);
        if view.done == 0 && joined_at.is_none() && !steps {
            return None;
        }
        let state = match view.state {
            State::Done => Stands::Done,
            State::Missed => Stands::Missed,
            _ if view.done > 0 && !steps => Stands::Done, // once more has not begun
            _ => Stands::UnderWay,
        };
        let standing = parts().flat_map(|taken| taken.givings.values().flatten()).filter(|giving| giving.times > 0);
        let badge_at = parts().filter_map(|taken| taken.badge_at).min();
        let at = standing.map(|giving| giving.at).max().or(badge_at).or(joined_at);
        let (name, badge) = (goal.name.clone(), badge_at.is_some());
        let ChallengeView { id, value, goal, done, .. } = view;
        Some(Achievement { id, name, value, goal, state, done, badge, at })
    };
    challenges(programmes, member, now).into_iter().filter_map(of_view).collect()
}

/// How the member stands with each of these: on the way where something of it is counted or it was joined, done where it stands
/// done, missed where its time is up without.
pub fn stands(programmes: &Programmes, member: &Member, now: Timestamp) -> Vec<(String, Stands)> {
    let config = &programmes.live().programme.mechanics.challenges;
    let of_view = |view: ChallengeView| {
        let goal = config.goal(&view.id)?;
        let begun = goal.joins || view.value > goal.head_start / goal.step;
        let under_way = matches!(view.state, State::Joined) && begun;
        let all = [
            (view.done > 0).then_some(Stands::Done),
            under_way.then_some(Stands::UnderWay),
            matches!(view.state, State::Missed).then_some(Stands::Missed),
        ];
        Some(all.into_iter().flatten().map(move |stands| (view.id.clone(), stands)))
    };
    challenges(programmes, member, now).into_iter().filter_map(of_view).flatten().collect()
}

fn view(programmes: &Programmes, member: &Member, goal: &Goal, (done, now): (i64, Timestamp)) -> ChallengeView {
    let live = programmes.live();
    let judged = Judged { goal, version: live.number, live: true };
    let part = judged.counted(programmes, member, &member.measures);
    let zone = &live.programme.settings.zone;
    let value = if goal.is_by_time() {
        membership::on_the_way(goal, member, (now, zone))
    } else {
        on_the_way(goal, &part, (now, zone)) / goal.step
    };
    let joined_at = member.challenges.of(&goal.id).filter_map(|(_, taken)| taken.joined_at).max();
    let until = joined_at.and_then(|at| goal.ends(at, zone)).into_iter().chain(goal.measure.until).min();
    let joined = !goal.joins || joined_at.is_some();
    let period = goal.measure.window.place(now, zone);
    let done_now = match (goal.repeats, goal.measure.window) {
        (Repeats::EveryTime, _) => false,
        (Repeats::OncePerPeriod, Window::Each(_)) => member.challenges.times(&goal.id, Some(&period)) > 0,
        _ => done > 0,
    };
    let state = if done_now {
        State::Done
    } else if until.is_some_and(|until| until <= now) {
        if done > 0 { State::Done } else { State::Missed }
    } else if !goal.after.iter().all(|after| member.challenges.times(after, None) > 0) {
        State::Locked
    } else if joined {
        State::Joined
    } else {
        State::Open
    };
    let said = |words: &str| live.programme.said(member.language.as_deref(), words).to_owned();
    ChallengeView {
        id: goal.id.clone(),
        name: said(&goal.name),
        description: goal.description.as_deref().map(said),
        show_as: goal.look.name(),
        state,
        value: if done_now { goal.number / goal.step } else { value },
        goal: goal.number / goal.step,
        within: goal.measure.window.to_string(),
        done,
        points: goal.points,
        reward: goal.reward.clone(),
        code_offer: goal.offer.clone(),
        tier: goal.tier.as_ref().map(|(tier, _)| tier.clone()),
        tier_for: goal.tier.as_ref().map(|(_, length)| length.to_string()),
        tier_until: running(member.challenges.of(&goal.id).flat_map(|(_, taken)| taken.tiers()), now),
        multiplier: goal.multiplier.map(|(thousandths, _)| plain_decimal(thousandths, 3)),
        multiplier_for: goal.multiplier.map(|(_, length)| length.to_string()),
        multiplier_until: running(member.challenges.of(&goal.id).flat_map(|(_, taken)| taken.multipliers(now)), now),
        badge: goal.badge,
        after: goal.after.clone(),
        from: goal.measure.from,
        until,
    }
}

/// Until when something runs that was given for a time.
fn running<'m, T: 'm>(given: impl Iterator<Item = &'m Lasting<T>>, now: Timestamp) -> Option<Timestamp> {
    given.map(|given| given.until).filter(|until| now < *until).max()
}

/// The badges that a member has, and those that it may still earn.
pub fn badges(programmes: &Programmes, member: &Member) -> Vec<BadgeView> {
    let mut shown = Vec::new();
    let programme = &programmes.live().programme;
    let said = |words: &str| programme.said(member.language.as_deref(), words).to_owned();
    for goal in programme.mechanics.challenges.goals.iter().filter(|goal| goal.badge) {
        let earned_at = member.challenges.of(&goal.id).filter_map(|(_, taken)| taken.badge_at).min();
        let (id, name, description) = (goal.id.clone(), said(&goal.name), goal.description.as_deref().map(said));
        if earned_at.is_some() || goal.active && goal.is_for(&member.tier.id, &member.in_segments()) {
            shown.push(BadgeView { id, name, description, earned_at });
        }
    }
    shown
}

/// What was done, for whoever looks at a member; the newest first.
pub(super) fn table(member: &Member, shown: &mut Shown) {
    let mut done = Vec::new();
    for (id, taken) in member.challenges.0.values().flatten() {
        for (period, giving) in
            taken.givings.iter().flat_map(|(period, givings)| givings.iter().map(move |giving| (period, giving)))
        {
            done.push((giving.at, id, period, giving));
        }
    }
    done.sort_by_key(|(at, id, ..)| (*at, *id));
    let rows: Vec<_> = done
        .into_iter()
        .rev()
        .map(|(at, id, period, giving)| {
            let points = giving.award.as_ref().map_or(0, |award| award.points);
            let mut state = if giving.times == 0 {
                "taken back".to_owned()
            } else {
                let given = if points == 0 { String::new() } else { format!(", {}", counted(points, "point")) };
                format!("{} x{given}", giving.times)
            };
            if let Some(Lasting { what, until, .. }) = giving.tier.as_ref().filter(|_| giving.times > 0) {
                state.extend([format!(", tier {what} until {until}")]);
            }
            if let Some(Lasting { what, until, .. }) = giving.multiplier.as_ref().filter(|_| giving.times > 0) {
                state.extend([format!(", points x {} until {until}", plain_decimal(*what, 3))]);
            }
            vec![Cell::At(at), Cell::Text(id.clone()), Cell::Text(period.clone()), Cell::Text(state)]
        })
        .collect();
    if !rows.is_empty() {
        shown.tables.push(Table { title: "Challenges done", columns: &["When", "Challenge", "Period", "Gives"], rows });
    }
}

/// How much of the goal is there now, in steps, and what it was before.
pub(super) fn why(basis: &Basis<'_>) -> Vec<Sentence> {
    let live = basis.programmes.as_of(basis.decision.programme);
    let (Some(rule), member) = (&basis.entry.rule, &basis.decision.member) else { return Vec::new() };
    if basis.entry.order.is_some() {
        return Vec::new(); // points of an order that a multiplier gave
    }
    let judged = rule.strip_prefix(CAUSE).and_then(|id| Judged::live(&live, id).or_else(|| Judged::gone(&live, id)));
    let Some(judged) = judged else { return Vec::new() };
    let goal = judged.goal;
    let was = judged.counted(&live, basis.before.member, &basis.before.member.measures);
    let is = judged.counted(&live, member, &member.measures);
    // The newest window that the event moved.
    let at = is.places().chain(was.places()).filter(|place| was.at(place) != is.at(place)).max();
    let amount = |part: &crate::loyalty::measures::Part| match goal.measure.window {
        Window::Each(_) | Window::Ever => at.map_or(0, |place| part.at(place)),
        Window::Rolling(..) | Window::Row(_) => part.places().count().try_into().unwrap_or(0),
    };
    let (was, is) = (amount(&was) / goal.step, amount(&is) / goal.step);
    let facts = vec![
        ("name", Value::Text(goal.name.clone())),
        ("was", Value::Number(was)),
        ("is", Value::Number(is)),
        ("goal", Value::Number(goal.number / goal.step)),
        ("start", Value::Number(goal.head_start / goal.step)),
    ];
    let id = if goal.head_start > 0 { "why-challenge-with-start" } else { "why-challenge" };
    let lasts = |done: &&Done| done.challenge == goal.id;
    let lasting = basis.decision.receipt.challenges.iter().filter(lasts);
    [Sentence { id, facts }].into_iter().chain(lasting.flat_map(|done| for_a_time(basis.programmes, done))).collect()
}

/// What was given for a time, or is given no more.
pub(super) fn for_a_time(programmes: &Programmes, done: &Done) -> Vec<Sentence> {
    let live = &programmes.live().programme;
    let name = newest(programmes, &done.challenge).map_or(&done.challenge, |goal| &goal.name);
    let tier = done.tier.iter().map(|given| {
        let tier = live.tier(&given.what).map_or(&given.what, |tier| &tier.name);
        let id = if done.times > 0 { "why-challenge-tier" } else { "why-challenge-tier-ends" };
        let facts = [("name", Value::Text(name.clone())), ("tier", Value::Text(tier.clone()))];
        Sentence { id, facts: facts.into_iter().chain([("until", Value::Instant(given.until))]).collect() }
    });
    let multiplier = done.multiplier.iter().map(|given| {
        let id = if done.times > 0 { "why-challenge-multiplier" } else { "why-challenge-multiplier-ends" };
        let facts = [("name", Value::Text(name.clone())), ("factor", Value::Text(given.what.clone()))];
        Sentence { id, facts: facts.into_iter().chain([("until", Value::Instant(given.until))]).collect() }
    });
    tier.chain(multiplier).collect()
}

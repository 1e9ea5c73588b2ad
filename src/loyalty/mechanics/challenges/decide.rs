//! Once the measures are posted: for each challenge and period, how often it is reached now and how often it stands given. What is
//! missing is given with the member's own doings, to whom the door is open; what was lost with this event is taken back.

use serde_json::json;

use super::{
    ChallengeJoined, Goal, Judged,
    wanted::{on_the_way, wanted},
};
use crate::loyalty::{
    NotAllowed, Refusal,
    decide::intents::intent,
    deciding::{Deciding, Outcome},
    facts::{self, Context},
    intent::Action,
    measures::{Happened, Part},
};

impl Deciding<'_> {
    pub(super) fn follow_measures(&mut self, happened: &Happened<'_>) -> Result<(), Refusal> {
        for judged in Judged::all(self.programmes, &self.books.member, happened.before.as_ref()) {
            let member = &self.books.member;
            let counted = |measures| judged.counted(self.programmes, member, measures);
            let now = counted(&member.measures);
            let before = happened.before.as_ref().map_or_else(|| now.clone(), counted);
            if !(before.is_empty() && now.is_empty()) {
                self.follow_goal(judged, (&before, &now), happened)?;
            }
        }
        Ok(())
    }

    pub(super) fn follow_goal(
        &mut self,
        judged: Judged<'_>,
        (before, now): (&Part, &Part),
        happened: &Happened<'_>,
    ) -> Result<(), Refusal> {
        let goal = judged.goal;
        let is = wanted(goal, now);
        let was = if before == now { is.clone() } else { wanted(goal, before) };
        let periods: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let mut done = false;
        for period in periods {
            let times = |wanted: &std::collections::BTreeMap<String, i64>| wanted.get(period).copied().unwrap_or(0);
            let (was, is) = (times(&was), times(&is));
            let stands = self.books.member.challenges.times(&goal.id, Some(period));
            if is > stands && self.may_reach(judged, happened) {
                self.give(judged, (period, is - stands), happened)?;
                done = true;
            } else if is < stands && !goal.keeps {
                self.take((&goal.id, period), (stands - is).min(was - is));
            }
        }
        if happened.own && before != now && !done && judged.live && goal.active {
            self.tell_progress(goal, (before, now), happened);
        }
        Ok(())
    }

    /// Whether more may be given: looked at as something is given, never for keeping it.
    fn may_reach(&self, judged: Judged<'_>, happened: &Happened<'_>) -> bool {
        let (goal, member) = (judged.goal, &self.books.member);
        let stands = |after: &String| member.challenges.times(after, None) > 0;
        let by_time = goal.is_by_time() && member.merged_into.is_none() && happened.before.is_none();
        (happened.own || by_time)
            && judged.live
            && goal.active
            && member.left_at.is_none()
            && goal.is_for(&happened.pins.tier, &happened.pins.segments)
            && goal.after.iter().all(stands)
            && self.meets(goal, happened)
    }

    /// Whether what the row asks of the member holds, as it was at the first event of the order or before this event.
    fn meets(&self, goal: &Goal, happened: &Happened<'_>) -> bool {
        let Some(condition) = &goal.condition else { return true };
        let judged_by = happened.order.map_or(self.live.number, |order| order.programme);
        let programme = &self.programmes.number(judged_by).programme;
        condition.unmet(&Context { programme, pins: &happened.pins, of: facts::Of::Member }).is_none()
    }

    /// A step on the way is told to the orchestrator.
    fn tell_progress(&mut self, goal: &Goal, (before, now): (&Part, &Part), happened: &Happened<'_>) {
        let live = self.live;
        let when = (happened.order.map_or(happened.at, |order| order.state.placed_at), &live.programme.settings.zone);
        let (was, is) = (on_the_way(goal, before, when), on_the_way(goal, now, when));
        if is > was {
            let data = json!({ "value": is / goal.step, "goal": goal.number / goal.step });
            self.signal_challenge("challenge.progress", goal, data, happened, &[&self.event.source, &self.event.id]);
        }
    }

    /// A signal about a challenge, with whose it is and what it is about.
    pub(super) fn signal_challenge(
        &mut self,
        name: &str,
        goal: &Goal,
        more: serde_json::Value,
        happened: &Happened<'_>,
        cause: &[&str],
    ) {
        let member = &self.books.member;
        let state = happened.order.map(|order| &order.state);
        let mut data = json!({
            "brand": self.event.brand, "member_id": member.id, "challenge": goal.id, "name": goal.name,
            "show_as": goal.look.name(), "order_id": happened.order.map(|order| &order.id),
            "channel": state.and_then(|state| state.channel.as_ref()),
            "store": state.and_then(|state| state.store.as_ref()), "occurred_at": self.event.occurred_at,
        });
        if let (Some(data), serde_json::Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
            data.retain(|_, value| !value.is_null());
        }
        let key: Vec<&str> = [&["signal", member.id.as_str(), &goal.id, name], cause].concat();
        let signal = intent(self, &key, Action::Signal { name: name.to_owned(), data });
        self.intents.push(signal);
    }

    /// The member takes part from now on; what came before does not count.
    pub(in crate::loyalty) fn join_challenge(&mut self, wanted: &ChallengeJoined) -> Result<Outcome, Refusal> {
        let id = &wanted.challenge;
        let goals = &self.live.programme.mechanics.challenges;
        let goal = goals.goal(id).filter(|goal| goal.active && goal.joins);
        let goal = goal.ok_or_else(|| Refusal::NoSuch { what: "challenge to join", id: id.clone() })?;
        let member = &self.books.member;
        let refused = |why| Err(Refusal::NotAllowed(why));
        if member.left_at.is_some() {
            return refused(NotAllowed::Left);
        }
        if goal.measure.until.is_some_and(|until| until <= self.now) {
            return refused(NotAllowed::OutsideDates);
        }
        if !goal.is_for(&member.tier.id, &member.in_segments()) {
            return refused(NotAllowed::OtherMembers);
        }
        // What is decided already lies before it: an order may be placed a little ahead of our clock.
        let joined_at = self.now.max(member.last_activity_at.unwrap_or(self.now));
        let (owner, goal) = (member.id.clone(), goal.id.clone());
        let again = self.books.member.challenges.change((&owner, &goal), |taken| {
            let again = taken.joined_at.is_some();
            taken.joined_at.get_or_insert(joined_at);
            again
        });
        let note = again.then(|| format!("the member has joined `{goal}` already"));
        Ok(Outcome { note, ..Outcome::nothing() })
    }
}

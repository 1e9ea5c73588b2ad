//! A word before a period or a challenge ends, to who has begun and lacks one step.

use jiff::Timestamp;
use serde_json::json;

use super::{Goal, Judged, wanted::on_the_way};
use crate::loyalty::{
    Member, Programmes,
    decide::intents::intent,
    deciding::Deciding,
    intent::{Action, Intent},
};

/// When who is to be reminded of what end.
struct Reminder<'p> {
    at: Timestamp,
    end: Timestamp,
    goal: &'p Goal,
}

fn reminders<'p>(programmes: &'p Programmes, member: &Member) -> Vec<Reminder<'p>> {
    let live = programmes.live();
    let (now, zone) = (member.recorded_at, &live.programme.settings.zone);
    let goals = live.programme.mechanics.challenges.goals.iter();
    let of = |goal: &'p Goal| {
        let span = goal.remind.filter(|_| goal.active && !goal.is_by_time())?;
        let judged = Judged { goal, version: live.number, live: true };
        let counted = judged.counted(programmes, member, &member.measures);
        if counted.is_empty() {
            return None; // not begun
        }
        let place = goal.measure.window.place(now, zone);
        let joined_at = member.challenges.of(&goal.id).filter_map(|(_, taken)| taken.joined_at).max();
        let limit = joined_at.and_then(|at| goal.ends(at, zone));
        let period = goal.measure.window.is_calendar().then(|| goal.measure.window.end(&place, zone)).flatten();
        let end = [limit, period, goal.measure.until].into_iter().flatten().min()?;
        let on_the_way = on_the_way(goal, &counted, (now, zone));
        let lacks_one = on_the_way < goal.number && on_the_way + goal.step >= goal.number;
        let is_told = lacks_one && goal.is_for(&member.tier.id, &member.in_segments());
        is_told.then(|| Reminder { at: span.before(end, zone), end, goal })
    };
    goals.filter_map(of).collect()
}

/// The next instant at which somebody is to be reminded.
pub(super) fn rings(programmes: &Programmes, member: &Member) -> Option<Timestamp> {
    reminders(programmes, member).into_iter().map(|reminder| reminder.at).filter(|at| *at > member.recorded_at).min()
}

impl Deciding<'_> {
    /// Those whose instant came since the member's last event, and whose end did not.
    pub(super) fn remind_of_ends(&mut self) {
        let (before, now) = (self.before.recorded_at, self.now);
        let member = &self.books.member;
        if member.left_at.is_some() || member.merged_into.is_some() {
            return;
        }
        let due = reminders(self.programmes, member)
            .into_iter()
            .filter(|due| before < due.at && due.at <= now && now < due.end);
        let signals: Vec<Intent> = due
            .map(|Reminder { end, goal, .. }| {
                let data = json!({
                    "brand": self.event.brand, "member_id": member.id, "challenge": goal.id, "name": goal.name,
                    "show_as": goal.look.name(), "ends_at": end, "missing": 1, "goal": goal.number / goal.step,
                });
                let key = ["signal", &member.id, &goal.id, "challenge.ends", &end.to_string()];
                let action = Action::Signal { name: "challenge.ends".to_owned(), data };
                Intent { valid_until: end, ..intent(self, &key, action) }
            })
            .collect();
        self.intents.extend(signals);
    }
}

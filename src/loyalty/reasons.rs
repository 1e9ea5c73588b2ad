//! Why a rule gave nothing, or less than it would, and why a line did not count: in words of the contract, from what was
//! decided. A receipt says them; `why` says them in sentences.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Member, Order,
    earn::{Circumstances, Counts, Judgement, Working, is_excluded, stands_back, unmet},
    entry::{Account, Entry},
    multiplied::Multiplied,
    order::{Line, Status},
};
use crate::{
    loyalty::Programme,
    programme::{Effect, Rule},
};

/// Why not, or why not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The order is placed, and only what is paid earns.
    NotPaidYet,
    Cancelled,
    /// The order is from before this programme.
    FromBefore,
    /// Only members earn, and whoever placed it was none.
    NotAMember,
    /// The order turned out to be another member's.
    AnotherMembers,
    /// Outside the rule's dates.
    Dates,
    /// On another day of the week, or at another hour.
    Times,
    /// The member was in none of the rule's tiers.
    Tier,
    /// The member was in none of the rule's segments.
    Segment,
    /// The member was in a segment that the rule leaves out.
    NotSegment,
    NotFirstPurchase,
    /// It is not the purchase of the rule's number.
    NotNthPurchase,
    /// A surprise that fell to another one.
    NotDrawn,
    /// The order is of none of the rule's stores.
    Store,
    /// The order came by none of the rule's channels.
    Channel,
    /// The order comes to less than the rule asks for.
    SmallOrder,
    /// The rule's condition does not hold, or asks for something that is not known.
    Condition,
    /// Another rule of its group gives more.
    BetterInGroup,
    /// A rule that goes first lets none give after it.
    Stopped,
    /// None of the goods is among those of the rule.
    OtherGoods,
    /// All that was bought was returned or cost nothing.
    NothingLeft,
    /// Less than one full amount of the rule.
    TooLittle,
    /// The goods have no points that could be multiplied.
    NoBase,
    /// The rule's cap, or the cap of all rules together.
    Cap,
    Budget,
    /// It was given, taken back by a refund or a place that another order holds, and is not given again.
    NotAgain,
    /// The member has left the programme.
    Left,
    /// The programme excludes the line's category.
    Excluded,
    /// The line was returned whole.
    Returned,
    /// The line costs nothing.
    Free,
    /// No rule is for events of this type.
    UnknownEvent,
}

/// What did not count, and why. Neither rule nor line: it holds for the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    pub because: Because,
}

/// Rules, and lines, that a receipt names; `why` names all.
pub const NAMED: usize = 20;

impl Reason {
    pub fn of_all(because: Because) -> Self {
        Self { rule: None, line: None, because }
    }

    pub fn of_rule(rule: &Rule, because: Because) -> Self {
        Self { rule: Some(rule.id.clone()), line: None, because }
    }

    fn of_line(line: &str, because: Because) -> Self {
        Self { rule: None, line: Some(line.to_owned()), because }
    }
}

/// What a receipt says of an order as it stands after a decision.
pub fn of_order(programme: &Programme, order: &Order, member: &Member) -> Vec<Reason> {
    if let Some(because) = of_whole_order(order) {
        return vec![Reason::of_all(because)];
    }
    let mut reasons = Vec::new();
    let judged = Judged::of(programme, order, member);
    let own = order.multiplied.as_ref().map(Multiplied::rule);
    let of_rule = |rule| Some(Reason::of_rule(rule, judged.rule(rule).1?));
    reasons.extend(programme.rules_of_purchases().chain(&own).filter_map(of_rule).take(NAMED));
    let lines = order.state.lines.iter().filter_map(|line| Some(Reason::of_line(&line.id, of_line(programme, line)?)));
    reasons.extend(lines.take(NAMED));
    reasons
}

/// Why no rule looks at the order at all.
pub fn of_whole_order(order: &Order) -> Option<Because> {
    match order.state.status {
        _ if order.left_for.is_some() => Some(Because::AnotherMembers),
        _ if order.history.is_some() => Some(Because::FromBefore),
        _ if order.before_joining => Some(Because::NotAMember),
        Status::Placed => Some(Because::NotPaidYet),
        Status::Cancelled => Some(Because::Cancelled),
        Status::Paid | Status::Fulfilled => None,
    }
}

/// An order as it stands after a decision, with what its rules saw of it.
pub struct Judged<'a> {
    pub programme: &'a Programme,
    pub order: &'a Order,
    pub member: &'a Member,
    given: Circumstances<'a>,
    /// There is one: what was decided is within its bounds.
    pub judgement: Option<Judgement<'a>>,
}

impl<'a> Judged<'a> {
    pub fn of(programme: &'a Programme, order: &'a Order, member: &'a Member) -> Self {
        let given = Circumstances::of_order(order, &member.progress);
        let judgement = Judgement::of(programme, &order.state, &given).ok();
        Self { programme, order, member, given, judgement }
    }

    /// How a rule came to what it gave, where it looked at the goods, and why it is not more.
    pub fn rule(&self, rule: &Rule) -> (Option<Working>, Option<Because>) {
        let Self { programme, order, member, .. } = *self;
        if let Some(because) = unmet(programme, rule, &self.given) {
            return (None, Some(because));
        }
        let judgement = self.judgement.as_ref().filter(|_| order.state.status.earns());
        let seen = judgement.and_then(|judgement| Some((judgement, judgement.working(rule).ok()?)));
        let Some((judgement, working)) = seen else { return (None, None) };
        if let Some(because) = judgement.unmet(rule) {
            return (None, Some(because));
        }
        if let Some(because) = judgement.stands_back(rule) {
            return (Some(working), Some(because));
        }
        let stands = order.awards.get(&rule.id).map_or(0, |award| award.points);
        let because = match working.points {
            0 if judgement.gives_more(rule) => None,
            0 => Some(nothing(rule, judgement, &working)),
            points if stands < points => {
                let at = order.state.placed_at;
                // A cap cut it when it was decided; the place that is free by now is for the next order.
                let cut = || order.awards.get(&rule.id).is_some_and(|award| award.wanted() > award.points);
                let then = || (cut() && !programme.caps(rule, at).is_empty()).then_some(Because::Cap);
                limited(programme, member, rule, at).or_else(then).or(Some(Because::NotAgain))
            }
            _ => None,
        };
        (Some(working), because)
    }
}

fn nothing(rule: &Rule, judgement: &Judgement<'_>, working: &Working) -> Because {
    let counts = |wanted: Counts| judgement.seen_by(rule).any(|line| line.counts == wanted && line.amount > 0);
    match rule.effect {
        _ if !counts(Counts::Yes) && counts(Counts::OtherGoods) => Because::OtherGoods,
        _ if judgement.seen_by(rule).all(|line| line.counts == Counts::Excluded) => Because::Excluded,
        _ if !counts(Counts::Yes) => Because::NothingLeft,
        Effect::Multiply { .. } if working.base == 0 => Because::NoBase,
        _ => Because::TooLittle,
    }
}

/// What a receipt says of an event of another kind.
pub fn of_event(
    (programme, kind): (&Programme, &str),
    given: &Circumstances<'_>,
    (member, entries): (&Member, &[Entry]),
) -> Vec<Reason> {
    if programme.rules_for(kind).next().is_none() && !programme.awaits(kind) {
        return vec![Reason::of_all(Because::UnknownEvent)];
    }
    let back = stands_back(programme, kind, given);
    let reasons = programme.rules_for(kind).filter_map(|rule| {
        let (_, because) = of_rule_for_event((programme, rule, &back), given, (member, entries));
        Some(Reason::of_rule(rule, because?))
    });
    reasons.take(NAMED).collect()
}

/// The points that a rule gave for an event, and why not more. `back`: the rules that stand back for this event.
pub fn of_rule_for_event(
    (programme, rule, back): (&Programme, &Rule, &[(&Rule, Because)]),
    given: &Circumstances<'_>,
    (member, entries): (&Member, &[Entry]),
) -> (i64, Option<Because>) {
    let its = entries.iter().filter(|entry| entry.debit == Account::Issued && entry.rule.as_ref() == Some(&rule.id));
    let points = its.map(|entry| entry.points).sum();
    let stands_back = || back.iter().find(|(other, _)| other.id == rule.id);
    let unmet = unmet(programme, rule, given).or_else(|| stands_back().map(|(_, because)| *because));
    let because = match (unmet, rule.effect) {
        (Some(because), _) => Some(because),
        (None, Effect::Fixed { points: wanted }) if points < wanted => limited(programme, member, rule, given.at),
        _ => None,
    };
    (points, because)
}

/// What cut a rule's points, as it stands after the decision.
pub fn limited(programme: &Programme, member: &Member, rule: &Rule, at: Timestamp) -> Option<Because> {
    let full = programme.caps(rule, at);
    let full = full.iter().any(|cap| member.limits.used(&cap.limit, &cap.period) >= cap.most);
    match rule.budget {
        _ if member.left_at.is_some() => Some(Because::Left),
        _ if full => Some(Because::Cap),
        Some(_) => Some(Because::Budget),
        None => None, // forgiven by the refund policy, or freed for the next one
    }
}

/// Why a line does not count for any rule.
pub fn of_line(programme: &Programme, line: &Line) -> Option<Because> {
    if is_excluded(programme, line) {
        return Some(Because::Excluded);
    }
    match line.left() {
        0 if line.returned.0 > 0 && line.returned >= line.quantity => Some(Because::Returned),
        0 => Some(Because::Free),
        _ => None,
    }
}

//! The arithmetic of one rule on one order, line by line: what counted, the sum, the rate, the base behind a multiplier, what cut
//! it, and what stood before. The numbers come from the functions that decide.

use jiff::Timestamp;

use super::{Sentence, Value, money, number, say, text};
use crate::{
    loyalty::{
        Member, Programme,
        earn::{Counts, Judgement, SeenLine, Working},
        reasons::{self, Because, Judged},
    },
    programme::{Effect, Period, Rule, condition::Unmet},
    values::{exchange::Exchange, money::plain_decimal},
};

/// Line by line: what counted, the sum, the rate, and why it is not more; and why it is nothing or less, as a word.
pub fn arithmetic(judged: &Judged<'_>, rule: &Rule) -> (Vec<Sentence>, Option<Because>) {
    let Judged { programme, order, .. } = *judged;
    if let Some(because) = reasons::of_whole_order(order) {
        return (vec![why_not(judged, rule, because)], Some(because));
    }
    let (working, because) = judged.rule(rule);
    let mut sentences = Vec::new();
    if let (Some(working), Some(judgement)) = (&working, &judged.judgement) {
        let currency = &programme.settings.currency;
        sentences.extend(order.state.foreign(currency).map(exchanged));
        sentences.extend(judgement.seen_by(rule).map(|line| of_line(&line, currency)));
        sentences.extend(base(judgement, rule, currency));
        if working.points > 0 || !judgement.gives_more(rule) {
            sentences.push(rate(rule, working, currency));
        }
    }
    match (because, &working) {
        (Some(Because::Cap | Because::Budget | Because::Left), Some(working)) => {
            sentences.extend(cut(judged, rule, working.points));
        }
        (Some(Because::NotAgain), Some(working)) => {
            let numbers = [("points", stands(judged, rule)), ("wanted", working.points)];
            sentences.push(say("why-not-again", numbers.map(|(name, points)| (name, number(points))).into()));
        }
        (Some(because), _) => sentences.push(why_not(judged, rule, because)),
        (None, _) => {}
    }
    if judged.judgement.as_ref().is_some_and(|judgement| judgement.gives_more(rule)) {
        sentences.extend(given_more(rule));
    }
    (sentences, because)
}

/// What a rule gives beside points.
pub fn given_more(rule: &Rule) -> Vec<Sentence> {
    let reward = rule.reward.as_ref().map(|reward| say("why-reward", vec![("reward", text(reward))]));
    let code = rule.code_offer.as_ref().map(|offer| say("why-code-offer", vec![("offer", text(offer))]));
    reward.into_iter().chain(code).collect()
}

fn stands(judged: &Judged<'_>, rule: &Rule) -> i64 {
    judged.order.awards.get(&rule.id).map_or(0, |award| award.points)
}

pub fn exchanged(by: &Exchange) -> Sentence {
    say(
        "why-exchanged",
        vec![("currency", text(&by.currency)), ("rate", text(&by.decimal())), ("source", text(&by.source))],
    )
}

fn of_line(line: &SeenLine<'_>, currency: &str) -> Sentence {
    let id = match line.counts {
        Counts::Yes => "why-line",
        Counts::Excluded => "why-line-excluded",
        Counts::OtherGoods => "why-line-other",
    };
    let mut facts = vec![("name", text(line.line.called())), ("amount", money(line.amount, currency))];
    match line.times.filter(|_| line.counts == Counts::Yes) {
        None => say(id, facts),
        Some(times) => {
            facts.push(("factor", text(&plain_decimal(times.thousandths, 3))));
            facts.push(("counts", money(times.amount, currency)));
            say("why-line-times", facts)
        }
    }
}

/// What a multiplier multiplies: of each rule that gives points by amount, the share that falls on its goods.
fn base(judgement: &Judgement<'_>, rule: &Rule, currency: &str) -> Vec<Sentence> {
    if !matches!(rule.effect, Effect::Multiply { .. }) {
        return Vec::new();
    }
    let shares = judgement.base_of(rule).unwrap_or_default(); // what was decided is within bounds
    let sentences = shares.into_iter().map(|share| {
        say(
            "why-base",
            vec![
                ("rule", text(&share.rule)),
                ("points", number(share.points)),
                ("amount", money(share.amount, currency)),
                ("share", number(share.share)),
            ],
        )
    });
    sentences.collect()
}

fn rate(rule: &Rule, working: &Working, currency: &str) -> Sentence {
    match rule.effect {
        Effect::PerAmount { points, per } => say(
            "why-per-amount",
            vec![
                ("amount", money(working.amount, currency)),
                ("per", money(per, currency)),
                ("times", number(working.times)),
                ("each", number(points)),
                ("points", number(working.points)),
            ],
        ),
        Effect::Multiply { thousandths } => say(
            "why-multiply",
            vec![
                ("base", number(working.base)),
                ("factor", text(&plain_decimal(thousandths, 3))),
                ("points", number(working.points)),
            ],
        ),
        Effect::Fixed { points } => say("why-fixed", vec![("points", number(points))]),
        Effect::PercentBack { hundredths, points, per } => say(
            "why-percent-back",
            vec![
                ("amount", money(working.amount, currency)),
                ("percent", text(&plain_decimal(hundredths, 2))),
                ("each", number(points)),
                ("per", money(per, currency)),
                ("points", number(working.points)),
            ],
        ),
    }
}

/// Why a rule gave nothing for the order, in a sentence.
fn why_not(judged: &Judged<'_>, rule: &Rule, because: Because) -> Sentence {
    let Judged { programme, order, .. } = *judged;
    match because {
        Because::NotPaidYet => say("why-not-paid", Vec::new()),
        Because::Cancelled => say("why-cancelled", Vec::new()),
        Because::FromBefore => say("why-from-before", Vec::new()),
        Because::NotAMember => say("why-not-a-member", Vec::new()),
        Because::AnotherMembers => say("why-another-members", Vec::new()),
        Because::OtherGoods => say("why-other-goods", vec![("categories", text(&rule.goods.named()))]),
        Because::TooLittle => say("why-too-little", Vec::new()),
        Because::NoBase => say("why-no-base", Vec::new()),
        Because::Excluded => say("why-all-excluded", Vec::new()),
        Because::NothingLeft => say("why-nothing-left", Vec::new()),
        Because::Condition => {
            condition_not_met(judged.judgement.as_ref().and_then(|judgement| judgement.unmet_condition(rule)))
        }
        unmet => not_met(programme, rule, (order.state.placed_at, &order.pins.tier), unmet),
    }
}

/// Which of a rule's conditions did not hold, at that instant and in that tier.
pub fn not_met(programme: &Programme, rule: &Rule, (at, tier): (Timestamp, &str), because: Because) -> Sentence {
    let list = |names: &[String]| text(&names.join(", "));
    let instant = |at: Option<Timestamp>| at.map_or_else(|| text("…"), Value::Instant);
    match because {
        Because::Dates => {
            let dates = [("from", instant(rule.from)), ("until", instant(rule.until)), ("at", Value::Instant(at))];
            say("why-dates", dates.into())
        }
        Because::Tier => say("why-tier", vec![("tiers", list(&rule.tiers)), ("tier", text(tier))]),
        Because::Segment => say("why-segment", vec![("segments", list(&rule.segments))]),
        Because::Times => say("why-times", vec![("at", Value::Instant(at))]),
        Because::NotSegment => say("why-not-segment", vec![("segments", list(&rule.not_segments))]),
        Because::NotNthPurchase => {
            say("why-not-nth", vec![("nth", number(rule.nth_purchase.unwrap_or_default().into()))])
        }
        Because::NotDrawn => say("why-not-drawn", vec![("in", number(rule.one_in.unwrap_or_default()))]),
        Because::Store => say("why-store", vec![("stores", list(&rule.stores))]),
        Because::Channel => say("why-channel", vec![("channels", list(&rule.channels))]),
        Because::SmallOrder => {
            let least = money(rule.smallest_order.unwrap_or_default(), &programme.settings.currency);
            say("why-small-order", vec![("least", least)])
        }
        Because::BetterInGroup => say("why-better-in-group", vec![("group", text(&rule.group))]),
        Because::Stopped => say("why-stopped", Vec::new()),
        _ => say("why-not-first", Vec::new()),
    }
}

/// Which part of a rule's condition did not hold, in the words of the row.
pub fn condition_not_met(unmet: Option<Unmet<'_>>) -> Sentence {
    let id = if unmet.is_some_and(|unmet| !unmet.answered) { "why-condition-unknown" } else { "why-condition" };
    say(id, vec![("condition", text(unmet.map_or("", |unmet| unmet.part)))])
}

/// Which cap or budget cut the rule's points, how big it is, and what it left.
fn cut(judged: &Judged<'_>, rule: &Rule, wanted: i64) -> Vec<Sentence> {
    let Judged { programme, order, member, .. } = *judged;
    of_limits((programme, rule, member), order.state.placed_at, (stands(judged, rule), wanted))
}

/// The limits that cut what a rule gives, from `wanted` to `points`.
pub fn of_limits(
    (programme, rule, member): (&Programme, &Rule, &Member),
    at: Timestamp,
    (points, wanted): (i64, i64),
) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    if member.left_at.is_some() {
        sentences.push(say("why-left", Vec::new()));
    }
    for cap in programme.caps(rule, at) {
        if member.limits.used(&cap.limit, &cap.period) >= cap.most {
            let id = if cap.of_all_rules { "why-cap-of-all" } else { "why-cap" };
            sentences.push(say(id, vec![("most", number(cap.most)), ("period", text(per(cap.per)))]));
        }
    }
    if let (Some(budget), true) = (rule.budget, sentences.is_empty()) {
        sentences.push(say("why-budget", vec![("most", number(budget))]));
    }
    sentences.push(say("why-limited", vec![("points", number(points)), ("wanted", number(wanted))]));
    sentences
}

fn per(period: Period) -> &'static str {
    match period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
        Period::Year => "year",
        Period::Lifetime => "lifetime",
    }
}

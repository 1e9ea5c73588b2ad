//! Why an order or an event gave what it gave, or nothing: every line and every rule.

use jiff::Timestamp;

use super::{
    Sentence, happened, judged_by, number,
    rule::{arithmetic, condition_not_met, given_more, not_met, of_limits},
    say, text,
};
use crate::{
    loyalty::{
        Decision, Event, Fact, Member, Programme, Programmes,
        earn::{Circumstances, stands_back},
        mechanics,
        multiplied::Multiplied,
        order::Line,
        pins::Pins,
        reasons::{self, Because, Judged},
        seen_at, tier,
    },
    programme::{Effect, Rule},
    values::money::{format_units, places},
};

/// What a rule gave for an order or an event.
#[derive(Debug, Clone, PartialEq)]
pub struct OfRule {
    pub id: String,
    pub name: String,
    pub points: i64,
    /// Why nothing, or less than it would.
    pub because: Option<Because>,
    pub sentences: Vec<Sentence>,
}

/// How a line counts.
#[derive(Debug, Clone, PartialEq)]
pub struct OfLine {
    pub id: String,
    pub name: String,
    pub amount: String,
    /// Why for no rule.
    pub because: Option<Because>,
    pub sentence: Sentence,
}

/// The whole, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    pub judged_by: u32,
    pub happened: Sentence,
    /// What holds for all of it.
    pub because: Option<Because>,
    pub lines: Vec<OfLine>,
    pub rules: Vec<OfRule>,
    pub sentences: Vec<Sentence>,
}

/// An order as it stands after what was recorded. `ours`: this engine decided it, and its arithmetic is the one of today.
pub fn of_order(programmes: &Programmes, event: &Event, recorded: &Decision, ours: bool) -> Option<Whole> {
    let order = recorded.order.as_ref()?;
    let judged_by = judged_by(programmes, event, recorded);
    let programme = &programmes.number(judged_by).programme;
    let judged = Judged::of(programme, order, &recorded.member);
    let own = order.multiplied.as_ref().map(Multiplied::rule);
    let rules = programme.rules_of_purchases().chain(&own).map(|rule| of_rule(&judged, rule, ours));
    let mut rules: Vec<OfRule> = rules.collect();
    for (id, award) in &order.awards {
        if rules.iter().all(|rule| rule.id != *id) {
            let (id, name) = (id.clone(), id.clone()); // given by a rule that this version no longer has
            rules.push(OfRule { id, name, points: award.points, because: None, sentences: Vec::new() });
        }
    }
    let mut sentences = Vec::new();
    if !ours {
        sentences.push(say("why-recorded", Vec::new()));
    }
    let paid: i64 = order.paid.iter().map(|part| part.lot.points).sum();
    if paid > 0 {
        let back: i64 = order.paid.iter().map(|part| part.returned).sum();
        sentences.push(say("why-paid-with", vec![("points", number(paid)), ("back", number(back))]));
    }
    if order.held {
        sentences.push(say("why-held", Vec::new()));
    }
    sentences.extend(mechanics::sentences(programmes, &recorded.receipt));
    let lines = order.state.lines.iter().map(|line| of_line(programme, line, &order.state.currency));
    let because = reasons::of_whole_order(order);
    Some(Whole { judged_by, happened: happened(event), because, lines: lines.collect(), rules, sentences })
}

fn of_rule(judged: &Judged<'_>, rule: &Rule, ours: bool) -> OfRule {
    let points = judged.order.awards.get(&rule.id).map_or(0, |award| award.points);
    let (id, name) = (rule.id.clone(), rule.name.clone());
    if !ours {
        return OfRule { id, name, points, because: None, sentences: Vec::new() };
    }
    let (sentences, because) = arithmetic(judged, rule);
    OfRule { id, name, points, because, sentences }
}

fn of_line(programme: &Programme, line: &Line, currency: &str) -> OfLine {
    let because = reasons::of_line(programme, line);
    let name = line.called().to_owned();
    let amount = format!("{} {currency}", format_units(line.left(), places(currency)));
    let id = match because {
        Some(Because::Excluded) => "why-line-excluded",
        Some(Because::Returned) => "why-line-returned",
        Some(_) => "why-line-free",
        None => "why-line",
    };
    let sentence = say(id, vec![("name", text(&name)), ("amount", text(&amount))]);
    OfLine { id: line.id.clone(), name, amount, because, sentence }
}

/// An event of another kind: what each rule for it gave.
pub fn of_event(programmes: &Programmes, event: &Event, (before, recorded): (&Member, &Decision), ours: bool) -> Whole {
    let judged_by = judged_by(programmes, event, recorded);
    let programme = &programmes.number(judged_by).programme;
    let kind = event.fact.kind();
    let member = as_decided(&programmes.number(recorded.programme).programme, before, recorded.now);
    let pins = Pins::of(programmes, programme, &member, event.occurred_at);
    let given = Circumstances::of_event(&pins, event);
    let after = (&recorded.member, recorded.entries.as_slice());
    let back = stands_back(programme, kind, &given);
    let rules = programme.rules_for(kind).map(|rule| {
        let (points, because) = reasons::of_rule_for_event((programme, rule, &back), &given, after);
        let (id, name) = (rule.id.clone(), rule.name.clone());
        let because = because.filter(|_| ours);
        let limits = (&**programme, &recorded.member, points);
        let sentences = if ours { fixed(rule, &given, limits, because) } else { Vec::new() };
        OfRule { id, name, points, because, sentences }
    });
    let rules: Vec<OfRule> = rules.collect();
    let is_outside = matches!(event.fact, Fact::Other { .. });
    let unknown = is_outside && rules.is_empty() && !programme.awaits(kind);
    let mut sentences: Vec<Sentence> = if ours { Vec::new() } else { vec![say("why-recorded", Vec::new())] };
    if unknown {
        sentences.push(say("why-unknown-event", vec![("kind", text(kind))]));
    }
    sentences.extend(mechanics::sentences(programmes, &recorded.receipt));
    let because = unknown.then_some(Because::UnknownEvent);
    Whole { judged_by, happened: happened(event), because, lines: Vec::new(), rules, sentences }
}

/// The member as decisions begin with it: in a tier, and with all that was due.
fn as_decided(live: &Programme, before: &Member, now: Timestamp) -> Member {
    let mut member = before.clone();
    if member.tier.id.is_empty() {
        tier::stand(live, &mut member, now);
    }
    seen_at(live, &member, now)
}

fn fixed(
    rule: &Rule,
    given: &Circumstances<'_>,
    (programme, member, points): (&Programme, &Member, i64),
    because: Option<Because>,
) -> Vec<Sentence> {
    let Effect::Fixed { points: wanted } = rule.effect else { return Vec::new() };
    let fixed = say("why-fixed", vec![("points", number(wanted))]);
    match because {
        None if wanted == 0 && rule.gives_more() => given_more(rule),
        None => [fixed].into_iter().chain(given_more(rule)).collect(),
        Some(Because::Cap | Because::Budget | Because::Left) => {
            let cut = of_limits((programme, rule, member), given.at, (points, wanted));
            [fixed].into_iter().chain(cut).chain(given_more(rule)).collect()
        }
        Some(Because::Condition) => vec![condition_not_met(given.unmet_condition(programme, rule))],
        Some(because) => vec![not_met(programme, rule, (given.at, &given.pins.tier), because)],
    }
}

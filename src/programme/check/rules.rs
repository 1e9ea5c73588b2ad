//! The table `Rules`.

use super::{known_tiers, unique, window};
use crate::{
    programme::{
        BIRTHDAY, Cap, Effect, PURCHASE, Period, Problem, Row, Rule, Settings, Tier, Wait, names, reading::Reading,
    },
    values::money,
};

pub(super) fn rules(rows: &[Row], settings: &Settings, tiers: &[Tier], problems: &mut Vec<Problem>) -> Vec<Rule> {
    unique(("Rules", "Rule"), rows, problems);
    let mut rules = Vec::new();
    for row in rows {
        let mut row = Reading::of("Rules", row, problems);
        let active = row.tick("Active", true);
        let rule = rule(&mut row, settings, tiers);
        if active {
            rules.push(rule);
        }
    }
    rules
}

/// What a tier gives is a rule like any other, so that it is shown, capped and taken back like any other.
pub(super) fn of_tier(tier: &Tier, (event, prefix): (&str, &str), effect: Effect) -> Rule {
    Rule {
        id: format!("{prefix}-{}", tier.id),
        name: tier.name.clone(),
        event: event.to_owned(),
        tiers: vec![tier.id.clone()],
        effect,
        categories: Vec::new(),
        segments: Vec::new(),
        from: None,
        until: None,
        first_purchase: false,
        expires: None,
        wait: None,
        cap: None,
        budget: None,
        spendable_on: Vec::new(),
        qualifying: false,
    }
}

fn rule(row: &mut Reading<'_>, settings: &Settings, tiers: &[Tier]) -> Rule {
    let id = row.id("Rule");
    let event = row.text("Event").unwrap_or(PURCHASE);
    let ours = [PURCHASE, BIRTHDAY].into_iter().find(|own| names::same(own, event));
    let event = ours.unwrap_or(event).to_owned();
    let (from, until) = window(row, settings);
    let wanted_tiers = known_tiers(row, tiers);
    let first_purchase = row.tick("First purchase", false);
    let categories = row.list("Categories");
    if event != PURCHASE && (first_purchase || !categories.is_empty()) {
        row.problem(
            "Event",
            format!("`{event}` has no goods: leave Categories and First purchase empty, or use {PURCHASE}"),
        );
    }
    Rule {
        name: row.text("Name").unwrap_or(&id).to_owned(),
        effect: effect(row, settings, &event),
        id,
        event,
        categories,
        segments: row.list("Segments"),
        tiers: wanted_tiers,
        from,
        until,
        first_purchase,
        expires: row.parsed("Expires"),
        wait: wait(row, "Waits"),
        cap: cap(row),
        budget: row.points("Budget"),
        spendable_on: row.list("Spendable on"),
        qualifying: row.tick("Qualifying", true),
    }
}

/// Points (with or without an amount) or a multiplier, never both, never neither.
fn effect(row: &mut Reading<'_>, settings: &Settings, event: &str) -> Effect {
    let points = row.points("Points");
    let per = row.decimal("Per amount", money::places(&settings.currency));
    let multiplier = row.decimal("Multiplier", 3);
    match (points, per, multiplier) {
        (Some(_), _, Some(_)) => {
            row.problem("Multiplier", "the rule gives points already; make a second rule for the multiplier");
        }
        (None, Some(_), _) if row.text("Points").is_none() => {
            row.problem("Points", "is empty; how many points per amount?");
        }
        (None, None, None) if row.text("Points").or(row.text("Multiplier")).is_none() => {
            row.problem("Points", "the rule gives nothing: fill Points, Points and Per amount, or Multiplier");
        }
        (_, Some(0), _) => row.problem("Per amount", "must be more than 0"),
        (None, None, Some(thousandths)) if !(1000..=100_000).contains(&thousandths) => {
            row.problem("Multiplier", "must lie between 1 and 100");
        }
        (_, _, Some(_)) | (_, Some(_), _) if event != PURCHASE => {
            row.problem("Event", format!("`{event}` has no amount: give fixed Points"));
        }
        _ => {}
    }
    match (points, per, multiplier) {
        (_, _, Some(thousandths)) => Effect::Multiply { thousandths },
        (Some(points), Some(per), _) => Effect::PerAmount { points, per: per.max(1) },
        (points, ..) => Effect::Fixed { points: points.unwrap_or(0) },
    }
}

/// When points can be spent; only what a person may write.
pub(super) fn wait(row: &mut Reading<'_>, column: &str) -> Option<Wait> {
    let text = row.text(column)?;
    let read = text.parse();
    if read.is_err() {
        row.problem(column, format!("`{text}` is none of: none, 14D, delivery, delivery+14D, event:course.done"));
    }
    read.ok()
}

/// A cap on what one member gets.
pub(super) fn cap(row: &mut Reading<'_>) -> Option<Cap> {
    let (most, per) = (row.points("Cap per member"), row.parsed::<Period>("Cap period"));
    match (most, per) {
        (None, Some(_)) => {
            row.problem("Cap per member", "is empty; how many points at most in that period?");
            None
        }
        (most, per) => most.map(|most| Cap { most, per: per.unwrap_or(Period::Lifetime) }),
    }
}

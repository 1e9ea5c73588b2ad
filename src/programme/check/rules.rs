//! The table `Rules`.

use super::{known_tiers, unique, window};
use crate::{
    programme::{
        BIRTHDAY, Cap, Effect, PURCHASE, Period, Problem, Row, Rule, Settings, Tier, Wait, names,
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::money,
};

columns! {
    pub(in crate::programme) enum Column of "Rules" {
        Rule = "Rule",
        Name = "Name",
        Active = "Active",
        Event = "Event",
        Categories = "Categories",
        Segments = "Segments",
        Tiers = "Tiers",
        From = "From",
        Until = "Until",
        Points = "Points",
        PerAmount = "Per amount",
        Multiplier = "Multiplier",
        FirstPurchase = "First purchase",
        Qualifying = "Qualifying",
        Expires = "Expires",
        Waits = "Waits",
        CapPerMember = "Cap per member",
        CapPeriod = "Cap period",
        Budget = "Budget",
        SpendableOn = "Spendable on",
    }
}

pub(super) fn rules(rows: &[Row], settings: &Settings, tiers: &[Tier], problems: &mut Vec<Problem>) -> Vec<Rule> {
    unique(Column::Rule, rows, problems);
    let mut rules = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let active = row.tick(Column::Active, true);
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

fn rule(row: &mut Reading<'_, Column>, settings: &Settings, tiers: &[Tier]) -> Rule {
    let id = row.id(Column::Rule);
    let event = row.text(Column::Event).unwrap_or(PURCHASE);
    let ours = [PURCHASE, BIRTHDAY].into_iter().find(|own| names::same(own, event));
    let event = ours.unwrap_or(event).to_owned();
    let (from, until) = window(row, [Column::From, Column::Until], settings);
    let wanted_tiers = known_tiers(row, Column::Tiers, tiers);
    let first_purchase = row.tick(Column::FirstPurchase, false);
    let categories = row.list(Column::Categories);
    if event != PURCHASE && (first_purchase || !categories.is_empty()) {
        row.problem(
            Column::Event,
            format!("`{event}` has no goods: leave Categories and First purchase empty, or use {PURCHASE}"),
        );
    }
    Rule {
        name: row.text(Column::Name).unwrap_or(&id).to_owned(),
        effect: effect(row, settings, &event),
        id,
        event,
        categories,
        segments: row.list(Column::Segments),
        tiers: wanted_tiers,
        from,
        until,
        first_purchase,
        expires: row.parsed(Column::Expires),
        wait: wait(row, Column::Waits),
        cap: cap(row, [Column::CapPerMember, Column::CapPeriod]),
        budget: row.points(Column::Budget),
        spendable_on: row.list(Column::SpendableOn),
        qualifying: row.tick(Column::Qualifying, true),
    }
}

/// Points (with or without an amount) or a multiplier, never both, never neither.
fn effect(row: &mut Reading<'_, Column>, settings: &Settings, event: &str) -> Effect {
    let points = row.points(Column::Points);
    let per = row.decimal(Column::PerAmount, money::places(&settings.currency));
    let multiplier = row.decimal(Column::Multiplier, 3);
    match (points, per, multiplier) {
        (Some(_), _, Some(_)) => {
            row.problem(Column::Multiplier, "the rule gives points already; make a second rule for the multiplier");
        }
        (None, Some(_), _) if row.text(Column::Points).is_none() => {
            row.problem(Column::Points, "is empty; how many points per amount?");
        }
        (None, None, None) if row.text(Column::Points).or(row.text(Column::Multiplier)).is_none() => {
            row.problem(Column::Points, "the rule gives nothing: fill Points, Points and Per amount, or Multiplier");
        }
        (_, Some(0), _) => row.problem(Column::PerAmount, "must be more than 0"),
        (None, None, Some(thousandths)) if !(1000..=100_000).contains(&thousandths) => {
            row.problem(Column::Multiplier, "must lie between 1 and 100");
        }
        (_, _, Some(_)) | (_, Some(_), _) if event != PURCHASE => {
            row.problem(Column::Event, format!("`{event}` has no amount: give fixed Points"));
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
pub(super) fn wait<C: Columns>(row: &mut Reading<'_, C>, column: C) -> Option<Wait> {
    let text = row.text(column)?;
    let read = text.parse();
    if read.is_err() {
        row.problem(column, format!("`{text}` is none of: none, 14D, delivery, delivery+14D, event:course.done"));
    }
    read.ok()
}

/// A cap on what one member gets, from the columns of its points and of its period.
pub(super) fn cap<C: Columns>(row: &mut Reading<'_, C>, [most, period]: [C; 2]) -> Option<Cap> {
    match (row.points(most), row.parsed::<Period>(period)) {
        (None, Some(_)) => {
            row.problem(most, "is empty; how many points at most in that period?");
            None
        }
        (most, per) => most.map(|most| Cap { most, per: per.unwrap_or(Period::Lifetime) }),
    }
}

//! The tables `Rewards` and `Codes`.

use super::{known_tiers, told_apart, unique, window};
use crate::{
    programme::{Benefit, Offer, Problem, Reward, RewardKind, Row, Settings, Tier, reading::Reading},
    values::money,
};

pub(super) fn rewards(
    rows: &[Row],
    (settings, tiers, offers): (&Settings, &[Tier], &[Offer]),
    problems: &mut Vec<Problem>,
) -> Vec<Reward> {
    unique(("Rewards", "Reward"), rows, problems);
    let mut rewards = Vec::new();
    for row in rows {
        let mut row = Reading::of("Rewards", row, problems);
        let active = row.tick("Active", true);
        let reward = reward(&mut row, settings, tiers, offers);
        if active {
            rewards.push(reward);
        }
    }
    rewards
}

/// What points turn into by themselves must be there, and cost points.
pub(super) fn coupon(rows: &[Row], settings: &Settings, rewards: &[Reward], problems: &mut Vec<Problem>) {
    let (Some(wanted), Some(row)) = (&settings.converts_to, rows.first()) else { return };
    let problem = match rewards.iter().find(|reward| reward.id == *wanted) {
        None => format!("there is no active reward `{wanted}` in Rewards"),
        Some(reward) if reward.kind != RewardKind::Coupon || reward.cost == 0 => {
            format!("`{wanted}` must be a coupon that costs points")
        }
        Some(_) => return,
    };
    Reading::of("Programme", row, problems).problem("Converts to", problem);
}

fn reward(row: &mut Reading<'_>, settings: &Settings, tiers: &[Tier], offers: &[Offer]) -> Reward {
    let id = row.id("Reward");
    let (from, until) = window(row, settings);
    let kind = super::known(row, "Kind", &RewardKind::NAMES);
    let offer = row.text("Code offer").map(str::to_owned);
    match &offer {
        None if kind == RewardKind::Coupon => {
            row.problem("Code offer", "is empty; which row of Codes is the coupon worth?");
        }
        Some(wanted) if offers.iter().all(|offer| offer.id != *wanted) => {
            row.problem("Code offer", format!("there is no active offer `{wanted}` in Codes"));
        }
        _ => {}
    }
    let (group, pick) = (row.text("Menu").map(str::to_owned), row.points("Pick"));
    if group.is_some() != pick.is_some() {
        row.problem("Pick", "and Menu go together: the name of the menu, and how many of it a member picks");
    }
    let cost = row.points("Cost");
    if cost.is_none() && row.text("Cost").is_none() {
        row.problem("Cost", "is empty; how many points does it cost? 0 for a perk that is free");
    }
    Reward {
        name: row.text("Name").unwrap_or(&id).to_owned(),
        id,
        kind,
        cost: cost.unwrap_or(0),
        stock: row.points("Stock"),
        per_member: row.points("Per member"),
        from,
        until,
        tiers: known_tiers(row, tiers),
        segments: row.list("Segments"),
        group,
        pick,
        offer,
        goods: row.list("Goods"),
    }
}

pub(super) fn offers(rows: &[Row], settings: &Settings, tiers: &[Tier], problems: &mut Vec<Problem>) -> Vec<Offer> {
    unique(("Codes", "Offer"), rows, problems);
    told_apart(("Codes", "Code"), rows, |row| row.cell("Code").map(crate::values::code::normal), problems);
    let mut offers = Vec::new();
    for row in rows {
        let mut row = Reading::of("Codes", row, problems);
        let active = row.tick("Active", true);
        let id = row.id("Offer");
        let code = row.text("Code").map(crate::values::code::normal);
        let (from, until) = window(&mut row, settings);
        let offer = Offer {
            name: row.text("Name").unwrap_or(&id).to_owned(),
            id,
            benefit: benefit(&mut row, settings),
            code,
            goods: row.list("Categories"),
            from,
            until,
            tiers: known_tiers(&mut row, tiers),
            segments: row.list("Segments"),
            uses: row.points("Uses"),
            per_member: row.points("Per member"),
            partner: row.text("Partner").map(str::to_owned),
        };
        if active {
            offers.push(offer);
        }
    }
    offers
}

fn benefit(row: &mut Reading<'_>, settings: &Settings) -> Benefit {
    match row.text("Kind").unwrap_or_default() {
        "percent" => {
            let percent = row.points("Value").unwrap_or(0);
            if !(1..=100).contains(&percent) {
                row.problem("Value", "is a percentage: 1 to 100");
            }
            Benefit::Percent(percent)
        }
        "amount" => {
            let amount = row.decimal("Value", money::places(&settings.currency)).unwrap_or(0);
            if amount == 0 {
                row.problem("Value", "is empty; how much is taken off?");
            }
            Benefit::Amount(amount)
        }
        "free item" => Benefit::FreeItem(row.required("Article")),
        "free shipping" => Benefit::FreeShipping,
        other => {
            row.problem("Kind", format!("`{other}` is none of percent, amount, free item, free shipping"));
            Benefit::FreeShipping
        }
    }
}

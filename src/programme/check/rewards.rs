//! The table `Rewards`: what points buy.

use super::{known, known_tiers, settings, unique, window};
use crate::programme::{
    Offer, Problem, Reward, RewardKind, Row, Settings, Tier, reading::Reading, tables::columns::columns,
};

columns! {
    pub(in crate::programme) enum Column of "Rewards" {
        Reward = "Reward",
        Name = "Name",
        Active = "Active",
        Kind = "Kind",
        Cost = "Cost",
        Stock = "Stock",
        PerMember = "Per member",
        CodeOffer = "Code offer",
        Goods = "Goods",
        Segments = "Segments",
        Tiers = "Tiers",
        From = "From",
        Until = "Until",
        Menu = "Menu",
        Pick = "Pick",
    }
}

pub(super) fn rewards(
    rows: &[Row],
    (settings, tiers, offers): (&Settings, &[Tier], &[Offer]),
    problems: &mut Vec<Problem>,
) -> Vec<Reward> {
    unique(Column::Reward, rows, problems);
    let mut rewards = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let active = row.tick(Column::Active, true);
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
    Reading::of(row, problems).problem(settings::Column::ConvertsTo, problem);
}

fn reward(row: &mut Reading<'_, Column>, settings: &Settings, tiers: &[Tier], offers: &[Offer]) -> Reward {
    let id = row.id(Column::Reward);
    let (from, until) = window(row, [Column::From, Column::Until], settings);
    let kind = known(row, Column::Kind, &RewardKind::NAMES);
    let offer = row.text(Column::CodeOffer).map(str::to_owned);
    match &offer {
        None if kind == RewardKind::Coupon => {
            row.problem(Column::CodeOffer, "is empty; which row of Codes is the coupon worth?");
        }
        Some(wanted) if offers.iter().all(|offer| offer.id != *wanted) => {
            row.problem(Column::CodeOffer, format!("there is no active offer `{wanted}` in Codes"));
        }
        _ => {}
    }
    let (group, pick) = (row.text(Column::Menu).map(str::to_owned), row.points(Column::Pick));
    if group.is_some() != pick.is_some() {
        row.problem(Column::Pick, "and Menu go together: the name of the menu, and how many of it a member picks");
    }
    let cost = row.points(Column::Cost);
    if cost.is_none() && row.text(Column::Cost).is_none() {
        row.problem(Column::Cost, "is empty; how many points does it cost? 0 for a perk that is free");
    }
    Reward {
        name: row.text(Column::Name).unwrap_or(&id).to_owned(),
        id,
        kind,
        cost: cost.unwrap_or(0),
        stock: row.points(Column::Stock),
        per_member: row.points(Column::PerMember),
        from,
        until,
        tiers: known_tiers(row, Column::Tiers, tiers),
        segments: row.list(Column::Segments),
        group,
        pick,
        offer,
        goods: row.list(Column::Goods),
    }
}

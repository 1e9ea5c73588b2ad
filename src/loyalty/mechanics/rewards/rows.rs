//! The table `Rewards`: what points buy.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    loyalty::mechanics::{FromRows, codes},
    programme::{
        Core, Problem, Tables,
        audience::is_for,
        check::{known, known_tiers, unique, window},
        reading::Reading,
        tables::{Columns, columns::columns},
    },
};

columns! {
    pub(in crate::loyalty) enum Column of "Rewards" {
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

/// One reward.
#[derive(Debug, Clone, PartialEq)]
pub struct Reward {
    pub id: String,
    pub name: String,
    pub kind: RewardKind,
    /// Points.
    pub cost: i64,
    /// How many there are in all; `None` = no end of them.
    pub stock: Option<i64>,
    /// How many one member may take, ever.
    pub per_member: Option<i64>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub tiers: Vec<String>,
    pub segments: Vec<String>,
    /// Of a menu of which a member picks `pick`.
    pub group: Option<String>,
    pub pick: Option<i64>,
    /// The offer that a coupon's code is worth.
    pub offer: Option<String>,
    /// The goods that are handed over, as the shop names them; told with each claim.
    pub goods: Vec<String>,
}

impl Reward {
    /// Whether the member's tier and segments are those it is for.
    pub fn is_for(&self, tier: &str, segments: &BTreeSet<String>) -> bool {
        is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardKind {
    /// A code of an offer.
    Coupon,
    Gift,
    Experience,
    Perk,
    Donation,
    /// A signed claim goes to an issuer; what it answers comes back as an event.
    External,
}

impl RewardKind {
    pub const NAMES: [(&'static str, Self); 6] = [
        ("coupon", Self::Coupon),
        ("gift", Self::Gift),
        ("experience", Self::Experience),
        ("perk", Self::Perk),
        ("donation", Self::Donation),
        ("external", Self::External),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What the table says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub catalogue: Vec<Reward>,
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let rows = tables.rows(Column::TABLE);
        unique(Column::Reward, rows, problems);
        let offers = codes::active(tables, core);
        let mut catalogue = Vec::new();
        for row in rows {
            let mut row = Reading::of(row, problems);
            let active = row.tick(Column::Active, true);
            let reward = reward(&mut row, core, &offers);
            if active {
                catalogue.push(reward);
            }
        }
        Self { catalogue }
    }
}

fn reward(row: &mut Reading<'_, Column>, core: &Core, offers: &BTreeSet<String>) -> Reward {
    let id = row.id(Column::Reward);
    let (from, until) = window(row, [Column::From, Column::Until], &core.settings);
    let kind = known(row, Column::Kind, &RewardKind::NAMES);
    let offer = row.text(Column::CodeOffer).map(str::to_owned);
    match &offer {
        None if kind == RewardKind::Coupon => {
            row.problem(Column::CodeOffer, "is empty; which row of Codes is the coupon worth?");
        }
        Some(wanted) if !offers.contains(wanted) => {
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
        tiers: known_tiers(row, Column::Tiers, &core.tiers),
        segments: row.list(Column::Segments),
        group,
        pick,
        offer,
        goods: row.list(Column::Goods),
    }
}

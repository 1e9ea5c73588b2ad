//! The table `Rewards`: what points buy.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    loyalty::mechanics::{FromRows, codes::Offers},
    programme::{
        Core, Problem, Tables,
        audience::is_for,
        check::{known, known_tiers, unique, window},
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::near::is_it_meant,
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
        let offers = Offers::of(tables, core);
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

/// The rewards that there are, for rows that name one; what is wrong with them is said where they are read.
pub struct Catalogue(Vec<String>);

impl Catalogue {
    pub fn of(tables: &Tables, core: &Core) -> Self {
        let catalogue = Config::from_rows(tables, core, &mut Vec::new()).catalogue;
        Self(catalogue.into_iter().map(|reward| reward.id).collect())
    }

    /// The reward that a cell names; one that is not there is a problem of that cell.
    pub fn named<C: Columns>(&self, row: &mut Reading<'_, C>, column: C) -> Option<String> {
        let wanted = row.text(column)?;
        if let Some(detail) = self.lacks(wanted) {
            row.unreadable(column, detail);
        }
        Some(wanted.to_owned())
    }

    /// What is wrong where this one is not there.
    pub fn lacks(&self, wanted: &str) -> Option<String> {
        let known: Vec<&str> = self.0.iter().map(String::as_str).collect();
        (!known.contains(&wanted))
            .then(|| format!("there is no active reward `{wanted}` in Rewards{}", is_it_meant(wanted, &known)))
    }
}

fn reward(row: &mut Reading<'_, Column>, core: &Core, offers: &Offers) -> Reward {
    let id = row.id(Column::Reward);
    let (from, until) = window(row, [Column::From, Column::Until], &core.settings);
    let kind = known(row, Column::Kind, &RewardKind::NAMES);
    let offer = offers.named(row, Column::CodeOffer);
    if offer.is_none() && kind == RewardKind::Coupon {
        row.disagree(Column::CodeOffer, [Column::Kind], "is empty; which row of Codes is the coupon worth?");
    }
    let (group, pick) = (row.text(Column::Menu).map(str::to_owned), row.points(Column::Pick));
    if group.is_some() != row.text(Column::Pick).is_some() {
        row.disagree(
            Column::Pick,
            [Column::Menu],
            "and Menu go together: the name of the menu, and how many of it a member picks",
        );
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

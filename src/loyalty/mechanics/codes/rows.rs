//! The table `Codes`: what codes are worth, and who may use them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    loyalty::mechanics::FromRows,
    programme::{
        Core, Problem, Settings, Tables,
        audience::is_for,
        check::{distinct, known_tiers, unique, window},
        reading::Reading,
        tables::{Columns, columns::columns},
    },
    values::{code::normal, near::is_it_meant, unit::Unit},
};

columns! {
    pub(in crate::loyalty) enum Column of "Codes" {
        Offer = "Offer",
        Name = "Name",
        Active = "Active",
        Code = "Code",
        Kind = "Kind",
        Value = "Value",
        Article = "Article",
        Categories = "Categories",
        Segments = "Segments",
        Tiers = "Tiers",
        From = "From",
        Until = "Until",
        Uses = "Uses",
        PerMember = "Per member",
        Partner = "Partner",
    }
}

/// What a code is worth and who may use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub id: String,
    pub name: String,
    pub benefit: Benefit,
    /// A code that everybody knows; `None` = codes are generated or listed.
    pub code: Option<String>,
    /// Goods it applies to, as path prefixes; empty = all.
    pub goods: Vec<String>,
    /// Half-open: `from <= instant < until`.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub tiers: Vec<String>,
    pub segments: Vec<String>,
    /// Uses of one code; `None` = any number.
    pub uses: Option<i64>,
    /// Uses by one member of this offer's codes.
    pub per_member: Option<i64>,
    /// The partner whose key alone may redeem it.
    pub partner: Option<String>,
}

impl Offer {
    /// Whether the member's tier and segments are those it is for.
    pub fn is_for(&self, tier: &str, segments: &BTreeSet<String>) -> bool {
        is_for((&self.tiers, tier), (&self.segments, segments))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Benefit {
    /// Percent of the goods.
    Percent(i64),
    /// Minor units off the goods.
    Amount(i64),
    /// One piece of this article.
    FreeItem(String),
    FreeShipping,
}

/// What the table says.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub offers: Vec<Offer>,
}

impl FromRows for Config {
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
        let rows = tables.rows(Column::TABLE);
        unique(Column::Offer, rows, problems);
        distinct(Column::Code, rows, |row| row.cell(Column::Code).map(normal), problems);
        let mut offers = Vec::new();
        for row in rows {
            let mut row = Reading::of(row, problems);
            let active = row.tick(Column::Active, true);
            let offer = offer(&mut row, core);
            if active {
                offers.push(offer);
            }
        }
        Self { offers }
    }
}

/// The offers that there are, for rows that name one; what is wrong with them is said where they are read.
pub struct Offers(Vec<String>);

impl Offers {
    pub fn of(tables: &Tables, core: &Core) -> Self {
        let offers = Config::from_rows(tables, core, &mut Vec::new()).offers;
        Self(offers.into_iter().map(|offer| offer.id).collect())
    }

    /// The offer that a cell names; one that is not there is a problem of that cell.
    pub fn named<C: Columns>(&self, row: &mut Reading<'_, C>, column: C) -> Option<String> {
        let wanted = row.text(column)?;
        let known: Vec<&str> = self.0.iter().map(String::as_str).collect();
        if !known.contains(&wanted) {
            let meant = is_it_meant(wanted, &known);
            row.unreadable(column, format!("there is no active offer `{wanted}` in Codes{meant}"));
        }
        Some(wanted.to_owned())
    }
}

fn offer(row: &mut Reading<'_, Column>, core: &Core) -> Offer {
    let id = row.id(Column::Offer);
    let code = row.text(Column::Code).map(normal);
    let (from, until) = window(row, [Column::From, Column::Until], &core.settings);
    Offer {
        name: row.text(Column::Name).unwrap_or(&id).to_owned(),
        id,
        benefit: benefit(row, &core.settings),
        code,
        goods: row.list(Column::Categories),
        from,
        until,
        tiers: known_tiers(row, Column::Tiers, &core.tiers),
        segments: row.list(Column::Segments),
        uses: row.points(Column::Uses),
        per_member: row.points(Column::PerMember),
        partner: row.text(Column::Partner).map(str::to_owned),
    }
}

/// What a code is worth.
const KINDS: [&str; 4] = ["percent", "amount", "free item", "free shipping"];

fn benefit(row: &mut Reading<'_, Column>, settings: &Settings) -> Benefit {
    match row.text(Column::Kind).unwrap_or_default() {
        "percent" => {
            let percent = row.whole(Column::Value, Unit::Percent).unwrap_or(0);
            if !(1..=100).contains(&percent) {
                row.problem(Column::Value, "is a percentage: 1 to 100");
            }
            Benefit::Percent(percent)
        }
        "amount" => {
            let amount = row.money(Column::Value, &settings.currency).unwrap_or(0);
            if amount == 0 {
                row.problem(Column::Value, "is empty; how much is taken off?");
            }
            Benefit::Amount(amount)
        }
        "free item" => Benefit::FreeItem(row.required(Column::Article)),
        "free shipping" => Benefit::FreeShipping,
        "" => {
            row.problem(Column::Kind, format!("is empty; choose {}", KINDS.join(", ")));
            Benefit::FreeShipping
        }
        other => {
            let near = is_it_meant(other, &KINDS);
            row.problem(Column::Kind, format!("`{other}` is none of {}{near}", KINDS.join(", ")));
            Benefit::FreeShipping
        }
    }
}

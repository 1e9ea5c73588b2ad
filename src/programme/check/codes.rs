//! The table `Codes`: what codes are worth, and who may use them.

use super::{known_tiers, told_apart, unique, window};
use crate::{
    programme::{Benefit, Offer, Problem, Row, Settings, Tier, reading::Reading, tables::columns::columns},
    values::money,
};

columns! {
    pub(in crate::programme) enum Column of "Codes" {
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

pub(super) fn offers(rows: &[Row], settings: &Settings, tiers: &[Tier], problems: &mut Vec<Problem>) -> Vec<Offer> {
    unique(Column::Offer, rows, problems);
    told_apart(Column::Code, rows, |row| row.cell(Column::Code).map(crate::values::code::normal), problems);
    let mut offers = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let active = row.tick(Column::Active, true);
        let id = row.id(Column::Offer);
        let code = row.text(Column::Code).map(crate::values::code::normal);
        let (from, until) = window(&mut row, [Column::From, Column::Until], settings);
        let offer = Offer {
            name: row.text(Column::Name).unwrap_or(&id).to_owned(),
            id,
            benefit: benefit(&mut row, settings),
            code,
            goods: row.list(Column::Categories),
            from,
            until,
            tiers: known_tiers(&mut row, Column::Tiers, tiers),
            segments: row.list(Column::Segments),
            uses: row.points(Column::Uses),
            per_member: row.points(Column::PerMember),
            partner: row.text(Column::Partner).map(str::to_owned),
        };
        if active {
            offers.push(offer);
        }
    }
    offers
}

fn benefit(row: &mut Reading<'_, Column>, settings: &Settings) -> Benefit {
    match row.text(Column::Kind).unwrap_or_default() {
        "percent" => {
            let percent = row.points(Column::Value).unwrap_or(0);
            if !(1..=100).contains(&percent) {
                row.problem(Column::Value, "is a percentage: 1 to 100");
            }
            Benefit::Percent(percent)
        }
        "amount" => {
            let amount = row.decimal(Column::Value, money::places(&settings.currency)).unwrap_or(0);
            if amount == 0 {
                row.problem(Column::Value, "is empty; how much is taken off?");
            }
            Benefit::Amount(amount)
        }
        "free item" => Benefit::FreeItem(row.required(Column::Article)),
        "free shipping" => Benefit::FreeShipping,
        other => {
            row.problem(Column::Kind, format!("`{other}` is none of percent, amount, free item, free shipping"));
            Benefit::FreeShipping
        }
    }
}

//! The table `Tiers`, and how members climb and fall.

use super::{distinct, known, rules, settings, whole};
use crate::programme::{
    BIRTHDAY, Down, Effect, PURCHASE, Problem, Qualifies, Row, Rule, Tables, Tier, TierSettings, TierWindow, names,
    reading::Reading,
    settings::Settings,
    tables::{Columns, columns::columns},
};

columns! {
    pub enum Column of "Tiers" {
        Tier = "Tier",
        Name = "Name",
        QualifyingPoints = "Qualifying points",
        Multiplier = "Multiplier",
        BirthdayPoints = "Birthday points",
        FreeShipping = "Free shipping",
        EarlyAccess = "Early access",
        Discount = "Discount",
        RewardOnReaching = "Reward on reaching",
        SoldAs = "Sold as",
        Lasts = "Lasts",
    }
}

/// The table of tiers.
pub const TIERS: &str = Column::TABLE;

pub(super) fn settings(row: &mut Reading<'_, settings::Column>) -> TierSettings {
    let window = match row.text(settings::Column::TierWindow) {
        Some("year") => TierWindow::Year,
        Some("lifetime") => TierWindow::Lifetime,
        Some(_) => row.parsed(settings::Column::TierWindow).map_or(TierWindow::Lifetime, TierWindow::Rolling),
        None => "12M".parse().map_or(TierWindow::Lifetime, TierWindow::Rolling),
    };
    let qualifies = [("points", Qualifies::Points), ("spend", Qualifies::Spend), ("orders", Qualifies::Orders)];
    let down = [("earned", Down::Earned), ("one step", Down::OneStep)];
    TierSettings {
        qualifies: known(row, settings::Column::TiersCount, &qualifies),
        window,
        grace: row.parsed(settings::Column::TierGrace),
        down: known(row, settings::Column::TierFalls, &down),
        refund_lowers: row.tick(settings::Column::RefundLowersTier, false),
    }
}

/// Whether the draft has this tier.
pub fn has_tier(draft: &Tables, tier: &str) -> bool {
    draft.rows(Column::TABLE).iter().any(|row| row.cell(Column::Tier).is_some_and(|id| names::same(id, tier)))
}

/// The tiers by threshold, and the rules that their benefits are.
pub(super) fn tiers(rows: &[Row], settings: &Settings, problems: &mut Vec<Problem>) -> (Vec<Tier>, Vec<Rule>) {
    distinct(Column::Tier, rows, |row| row.cell(Column::Tier).map(names::key), problems);
    let (mut tiers, mut starts, mut all_read) = (Vec::<Tier>::new(), Vec::new(), true);
    let mut benefits = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let id = row.id(Column::Tier);
        let threshold = threshold(&mut row, settings);
        all_read &= row.reads([Column::QualifyingPoints]);
        if let Some(threshold) = threshold {
            if starts.contains(&threshold) {
                row.problem(Column::QualifyingPoints, format!("another tier starts at {threshold} too"));
            }
            starts.push(threshold);
        }
        let tier = Tier {
            name: row.text(Column::Name).unwrap_or(&id).to_owned(),
            id,
            threshold,
            free_shipping: row.tick(Column::FreeShipping, false),
            early_access: row.tick(Column::EarlyAccess, false),
            discount: discount(&mut row),
        };
        if let Some(points) = row.points(Column::BirthdayPoints).filter(|points| *points > 0) {
            benefits.push(rules::of_tier(&tier, (BIRTHDAY, "birthday"), Effect::Fixed { points }));
        }
        match row.times(Column::Multiplier, 3) {
            None | Some(1000) => {}
            Some(thousandths) if (1000..=100_000).contains(&thousandths) => {
                benefits.push(rules::of_tier(&tier, (PURCHASE, "tier"), Effect::Multiply { thousandths }));
            }
            Some(_) => row.problem(Column::Multiplier, "must lie between 1 and 100"),
        }
        tiers.push(tier);
    }
    tiers.sort_by_key(|tier| tier.threshold.unwrap_or(i64::MAX));
    match tiers.first() {
        None => tiers.push(nobody_is_special()),
        Some(first) if first.threshold != Some(0) && all_read => {
            let lowest = rows.iter().find(|row| row.cell(Column::Tier) == Some(&first.id));
            let detail = format!("one tier must start at 0 qualifying points: write 0 for `{}`, or add one", first.id);
            match lowest {
                Some(row) => Reading::of(row, problems).problem(Column::QualifyingPoints, detail),
                None => problems.push(whole(Column::TABLE, &detail)),
            }
        }
        Some(_) => {}
    }
    (tiers, benefits)
}

/// What is needed of what counts: money when tiers count money, else a whole number. What is sold needs nothing that counts.
fn threshold(row: &mut Reading<'_, Column>, settings: &Settings) -> Option<i64> {
    if row.text(Column::QualifyingPoints).is_none() {
        if row.text(Column::SoldAs).is_some() {
            return None;
        }
        row.unreadable(Column::QualifyingPoints, "is empty; write 0 for the first tier");
    }
    match settings.tier.qualifies {
        Qualifies::Spend => row.money(Column::QualifyingPoints, &settings.currency),
        Qualifies::Points | Qualifies::Orders => row.points(Column::QualifyingPoints),
    }
}

fn discount(row: &mut Reading<'_, Column>) -> i64 {
    let hundredths = row.percent(Column::Discount).unwrap_or(0);
    if hundredths > 10_000 {
        row.problem(Column::Discount, "is a percentage: at most 100");
    }
    hundredths
}

fn nobody_is_special() -> Tier {
    let (id, name) = ("member".to_owned(), "Member".to_owned());
    Tier { id, name, threshold: Some(0), free_shipping: false, early_access: false, discount: 0 }
}

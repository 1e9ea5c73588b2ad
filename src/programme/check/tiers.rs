//! The table `Tiers`, and how members climb and fall.

use super::{known, rules, told_apart, whole};
use crate::{
    programme::{
        BIRTHDAY, Down, Effect, PURCHASE, Problem, Qualifies, Row, Rule, Tier, TierSettings, TierWindow, names,
        reading::Reading, settings::Settings,
    },
    values::money,
};

pub(super) fn settings(row: &mut Reading<'_>) -> TierSettings {
    let window = match row.text("Tier window") {
        Some("year") => TierWindow::Year,
        Some("lifetime") => TierWindow::Lifetime,
        Some(_) => row.parsed("Tier window").map_or(TierWindow::Lifetime, TierWindow::Rolling),
        None => "12M".parse().map_or(TierWindow::Lifetime, TierWindow::Rolling),
    };
    let qualifies = [("points", Qualifies::Points), ("spend", Qualifies::Spend), ("orders", Qualifies::Orders)];
    let down = [("earned", Down::Earned), ("one step", Down::OneStep)];
    TierSettings {
        qualifies: known(row, "Tiers count", &qualifies),
        window,
        grace: row.parsed("Tier grace"),
        down: known(row, "Tier falls", &down),
        refund_lowers: row.tick("Refund lowers tier", false),
    }
}

/// The tiers by threshold, and the rules that their benefits are.
pub(super) fn tiers(rows: &[Row], settings: &Settings, problems: &mut Vec<Problem>) -> (Vec<Tier>, Vec<Rule>) {
    told_apart(("Tiers", "Tier"), rows, |row| row.cell("Tier").map(names::key), problems);
    let mut tiers: Vec<Tier> = Vec::new();
    let mut benefits = Vec::new();
    for row in rows {
        let mut row = Reading::of("Tiers", row, problems);
        let id = row.id("Tier");
        let threshold = threshold(&mut row, settings);
        if tiers.iter().any(|tier| tier.threshold == threshold) {
            row.problem("Qualifying points", format!("another tier starts at {threshold} too"));
        }
        let tier = Tier {
            name: row.text("Name").unwrap_or(&id).to_owned(),
            id,
            threshold,
            free_shipping: row.tick("Free shipping", false),
            early_access: row.tick("Early access", false),
        };
        if let Some(points) = row.points("Birthday points").filter(|points| *points > 0) {
            benefits.push(rules::of_tier(&tier, (BIRTHDAY, "birthday"), Effect::Fixed { points }));
        }
        match row.decimal("Multiplier", 3) {
            None | Some(1000) => {}
            Some(thousandths) if (1000..=100_000).contains(&thousandths) => {
                benefits.push(rules::of_tier(&tier, (PURCHASE, "tier"), Effect::Multiply { thousandths }));
            }
            Some(_) => row.problem("Multiplier", "must lie between 1 and 100"),
        }
        tiers.push(tier);
    }
    tiers.sort_by_key(|tier| tier.threshold);
    match tiers.first() {
        None => tiers.push(nobody_is_special()),
        Some(first) if first.threshold != 0 => {
            problems.push(whole("Tiers", "one tier must start at 0 qualifying points"));
        }
        Some(_) => {}
    }
    (tiers, benefits)
}

/// What is needed of what counts: money when tiers count money, else a whole number.
fn threshold(row: &mut Reading<'_>, settings: &Settings) -> i64 {
    if row.text("Qualifying points").is_none() {
        row.problem("Qualifying points", "is empty; write 0 for the first tier");
    }
    match settings.tier.qualifies {
        Qualifies::Spend => row.decimal("Qualifying points", money::places(&settings.currency)),
        Qualifies::Points | Qualifies::Orders => row.points("Qualifying points"),
    }
    .unwrap_or(0)
}

fn nobody_is_special() -> Tier {
    let (id, name) = ("member".to_owned(), "Member".to_owned());
    Tier { id, name, threshold: 0, free_shipping: false, early_access: false }
}

//! One row as a goal: how much of its measure, how often, for whom, and what reaching it gives.

use super::{Column, Goal, Known, Look, Repeats, counting::measure};
use crate::{
    loyalty::measures::{Counts, LONGEST_ROW, Window},
    programme::{
        Core, Wait,
        check::{known, known_tiers, no_tier},
        condition::{About, Condition, Subject},
        names,
        reading::Reading,
    },
    values::{money::places, span::Span, unit::Unit},
};

/// How long what is given for a time lasts where the row does not say it.
const TIER_FOR: &str = "12M_M";
const MULTIPLIER_FOR: &str = "7D";

pub(super) fn goal(row: &mut Reading<'_, Column>, core: &Core, known_rows: &Known) -> Goal {
    let id = row.id(Column::Challenge);
    let look = known(row, Column::ShowAs, &Look::NAMES);
    let measure = measure(row, core);
    let currency = places(&core.settings.currency);
    let step = match measure.counts {
        Counts::Quantity => 1000,
        Counts::Amount => 10_i64.pow(currency),
        _ => 1,
    };
    let unit = if measure.counts == Counts::Amount { Unit::Money(&core.settings.currency) } else { Unit::Pieces };
    let number = row.whole(Column::Goal, unit).unwrap_or(1);
    let row_of = matches!(measure.window, Window::Row(_));
    if number == 0 {
        row.problem(Column::Goal, "must be more than 0");
    } else if row_of && number > LONGEST_ROW {
        row.problem(Column::Goal, format!("must be at most {LONGEST_ROW} in a row"));
    }
    let repeats = repeats(row, look, measure.window);
    let head_start = row.points(Column::HeadStart);
    let head_start = head_start.unwrap_or(if look == Look::StampCard && number > 2 { 2 } else { 0 });
    if head_start >= number.max(1) {
        row.disagree(Column::HeadStart, [Column::Goal], "must be less than the goal");
    }
    let after = row.list(Column::After);
    let (joins, limit) = joining(row);
    let badge = row.tick(Column::Badge, look == Look::Badge);
    let points = row.points(Column::Points);
    let (reward, offer) =
        (known_rows.catalogue.named(row, Column::Reward), known_rows.offers.named(row, Column::CodeOffer));
    let tier = tier(row, core);
    let multiplier = multiplier(row);
    let lasting = tier.is_some() || multiplier.is_some();
    if points.unwrap_or(0) == 0 && reward.is_none() && offer.is_none() && !lasting && !badge {
        row.disagree(
            Column::Points,
            [Column::Tier, Column::Multiplier, Column::Badge],
            "the challenge gives nothing: fill Points, Reward, Code offer, Tier or Multiplier, or tick Badge",
        );
    }
    Goal {
        name: row.text(Column::Name).map_or_else(|| id.clone(), str::to_owned),
        description: row.text(Column::Description).map(str::to_owned),
        position: row.points(Column::Position).unwrap_or(100),
        active: row.tick(Column::Active, true),
        number: number.max(1) * step, // a cell holds at most 10^9, a step at most 10^4
        step,
        repeats,
        head_start: head_start * step,
        joins,
        limit,
        after,
        points: points.unwrap_or(0),
        wait: wait(row),
        expires: row.parsed::<Span>(Column::Expires),
        reward,
        offer,
        tier,
        multiplier,
        badge,
        keeps: known(row, Column::AfterReturn, &[("take back", false), ("keep", true)]),
        most: row.points(Column::MostWinners),
        budget: row.points(Column::Budget),
        remind: row.parsed(Column::RemindBeforeEnd),
        segments: row.list(Column::Segments),
        not_segments: row.list(Column::NotSegments),
        tiers: known_tiers(row, Column::Tiers, &core.tiers),
        condition: condition(row, core, known_rows),
        id,
        look,
        measure,
    }
}

/// A door: asked of the member alone, since what an order says of itself changes with its states.
fn condition(row: &mut Reading<'_, Column>, core: &Core, known: &Known) -> Option<Condition> {
    let about = About { subject: Subject::Member, tiers: &core.tiers, measures: &known.measures };
    Condition::in_cell(row, Column::Condition, about)
}

/// How often it can be done.
fn repeats(row: &mut Reading<'_, Column>, look: Look, window: Window) -> Repeats {
    let stamps = if look == Look::StampCard { Repeats::EveryTime } else { Repeats::OncePerPeriod };
    let repeats = row.text(Column::Repeats).map_or(stamps, |_| {
        let names =
            [("once per period", Repeats::OncePerPeriod), ("once", Repeats::Once), ("every time", Repeats::EveryTime)];
        known(row, Column::Repeats, &names)
    });
    if repeats == Repeats::EveryTime && matches!(window, Window::Row(_) | Window::Rolling(..)) {
        row.disagree(
            Column::Repeats,
            [Column::Within, Column::Counts],
            "a row and a window that rolls are done once: choose once",
        );
    }
    repeats
}

/// Whether it begins with joining, and how long it lasts from then.
fn joining(row: &mut Reading<'_, Column>) -> (bool, Option<Span>) {
    let takes_part = takes_part(row);
    let from_joining = row.text(Column::CountsFrom).is_some_and(|from| names::same(from, "joining"));
    if row.text(Column::CountsFrom).is_some() && from_joining != takes_part {
        let part =
            if takes_part { "who joins: it counts from joining" } else { "everybody: choose publishing or start" };
        row.disagree(Column::CountsFrom, [Column::TakesPart], format!("does not go with {part}"));
    }
    let limit = row.parsed::<Span>(Column::TimeLimit);
    if limit.is_some() && !takes_part {
        let detail = "begins with joining: choose `who joins` in Takes part";
        row.disagree(Column::TimeLimit, [Column::TakesPart], detail);
    }
    (takes_part, limit)
}

/// Whether only who has joined it takes part.
fn takes_part(row: &mut Reading<'_, Column>) -> bool {
    known(row, Column::TakesPart, &[("everybody", false), ("who joins", true)])
}

/// The tier that is worn when the goal is reached, and how long.
fn tier(row: &mut Reading<'_, Column>, core: &Core) -> Option<(String, Span)> {
    let length = row.parsed::<Span>(Column::TierFor);
    let Some(wanted) = row.text(Column::Tier) else {
        if length.is_some() {
            row.problem(Column::TierFor, "is the time of no tier: fill Tier");
        }
        return None;
    };
    let tier = core.tiers.iter().find(|tier| names::same(&tier.id, wanted)).map(|tier| tier.id.clone());
    if tier.is_none() {
        row.unreadable(Column::Tier, no_tier(wanted, &core.tiers));
    }
    Some((tier?, length.or_else(|| TIER_FOR.parse().ok())?))
}

/// What base points are multiplied by once the goal is reached, and how long.
fn multiplier(row: &mut Reading<'_, Column>) -> Option<(i64, Span)> {
    let length = row.parsed::<Span>(Column::MultiplierFor);
    let Some(thousandths) = row.times(Column::Multiplier, 3) else {
        if length.is_some() && row.text(Column::Multiplier).is_none() {
            row.problem(Column::MultiplierFor, "is the time of no multiplier: fill Multiplier");
        }
        return None;
    };
    if !(1001..=100_000).contains(&thousandths) {
        row.problem(Column::Multiplier, "must be more than 1 and at most 100");
    }
    Some((thousandths, length.or_else(|| MULTIPLIER_FOR.parse().ok())?))
}

/// None, or so long after what reached the goal.
fn wait(row: &mut Reading<'_, Column>) -> Option<Wait> {
    let text = row.text(Column::Waits)?;
    let wait = text.parse().ok().filter(|wait| matches!(wait, Wait::None | Wait::For(_)));
    if wait.is_none() {
        row.unreadable(Column::Waits, format!("`{text}` is neither none nor a length like 14D"));
    }
    wait
}

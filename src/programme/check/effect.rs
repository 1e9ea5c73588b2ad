//! What a rule gives of points: with or without an amount, a multiplier or a part of the money; when they can be spent, and the cap.

use super::rules::Column;
use crate::{
    programme::{Cap, Effect, Period, Settings, Wait, reading::Reading, tables::Columns},
    values::span::{Span, SpanError},
};

/// Points (with or without an amount), a multiplier or a part of the money; one of them, or none beside a reward or a code.
pub(super) fn effect(row: &mut Reading<'_, Column>, settings: &Settings) -> Effect {
    let given = [Column::Points, Column::Multiplier, Column::PercentBack].map(|column| row.text(column).is_some());
    let more = row.text(Column::Reward).is_some() || row.text(Column::CodeOffer).is_some();
    let points = row.points(Column::Points);
    let per = row.money(Column::PerAmount, &settings.currency);
    let times = given[1].then(|| Effect::Multiply { thousandths: multiplier(row) });
    let back = given[2].then(|| percent_back(row, settings));
    match given {
        [false, false, false] if row.text(Column::PerAmount).is_some() => {
            row.problem(Column::Points, "is empty; how many points per amount?");
        }
        [false, false, false] if !more => row.problem(
            Column::Points,
            "the rule gives nothing: fill Points, Points and Per amount, Multiplier, Percent back, Reward, or Code offer",
        ),
        [true, true, _] => {
            row.disagree(Column::Multiplier, [Column::Points], "the rule gives points already; make a second rule for the multiplier");
        }
        [_, true, true] | [true, _, true] => {
            let others = [Column::Points, Column::Multiplier];
            row.disagree(Column::PercentBack, others, "the rule gives something else already; make a second rule for it");
        }
        _ if per == Some(0) => row.problem(Column::PerAmount, "must be more than 0"),
        _ => {}
    }
    times.or(back).unwrap_or_else(|| match (points, per) {
        (Some(points), Some(per)) => Effect::PerAmount { points, per: per.max(1) },
        (points, _) => Effect::Fixed { points: points.unwrap_or(0) },
    })
}

fn multiplier(row: &mut Reading<'_, Column>) -> i64 {
    let thousandths = row.times(Column::Multiplier, 3);
    if thousandths.is_some_and(|thousandths| !(1000..=100_000).contains(&thousandths)) {
        row.problem(Column::Multiplier, "must lie between 1 and 100");
    }
    thousandths.unwrap_or(1000)
}

/// Money that comes back as points, at what points pay.
fn percent_back(row: &mut Reading<'_, Column>, settings: &Settings) -> Effect {
    let hundredths = row.percent(Column::PercentBack);
    if hundredths.is_some_and(|hundredths| !(1..=10_000).contains(&hundredths)) {
        row.problem(Column::PercentBack, "must be more than 0 and at most 100");
    }
    let (points, per) = (settings.spending.points, settings.spending.amount);
    Effect::PercentBack { hundredths: hundredths.unwrap_or(0), points, per: per.max(1) }
}

/// When points can be spent; only what a person may write.
pub(super) fn wait<C: Columns>(row: &mut Reading<'_, C>, column: C) -> Option<Wait> {
    let text = row.text(column)?;
    match text.parse() {
        Ok(wait) => Some(wait),
        Err(error) => {
            let either = matches!(error, SpanError::Either { .. });
            let forms = || format!("`{text}` is none of: none, 14D, delivery, delivery+14D, event:course.done");
            row.unreadable(column, if either { error.to_string() } else { forms() });
            None
        }
    }
}

/// How long points wait at most; only where it is not known yet when they open.
pub(super) fn activate_by(row: &mut Reading<'_, Column>, settings: &Settings) -> Option<Span> {
    let span = row.parsed(Column::ActivateBy)?;
    let wait = row.text(Column::Waits).and_then(|text| text.parse().ok());
    if !matches!(wait.as_ref().unwrap_or(&settings.wait), Wait::Delivery(_) | Wait::Event(_)) {
        row.disagree(
            Column::ActivateBy,
            [Column::Waits],
            "counts only for points that wait for a delivery or an event: fill Waits, like event:course.done",
        );
    }
    Some(span)
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

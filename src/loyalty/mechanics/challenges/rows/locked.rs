//! What a challenge counts, and within what, stays what it was once it is live: givings are kept by its periods, and members read of it.

use super::{Column, Config};
use crate::programme::{Problem, Tables, reading::Reading, tables::Columns};

pub fn locked(tables: &Tables, live: &Config, draft: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for row in tables.rows(Column::TABLE) {
        let mut row = Reading::of(row, &mut problems);
        let id = row.text(Column::Challenge).unwrap_or_default();
        let (Some(was), Some(is)) = (live.goal(id), draft.goal(id)) else { continue };
        let detail =
            format!("`{id}` is live and stays what it is: make a row with an id of its own for something else");
        if was.measure.counts != is.measure.counts {
            row.problem(
                if was.event().is_some() && is.event().is_some() { Column::Event } else { Column::Counts },
                detail,
            );
        } else if was.measure.window != is.measure.window {
            row.problem(Column::Within, detail);
        }
    }
    problems
}

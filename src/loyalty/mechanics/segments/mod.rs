//! Segments: members that belong together, computed from what they did or named by a list. A member's segments follow from its
//! document alone, are worked out last of each decision and when time changes them, and count from the member's next event on.

mod decide;
mod event;
mod placing;
mod rows;
mod state;
#[cfg(test)]
mod tests;
mod top;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Mechanic, RowCounts, Stands};
use crate::{
    loyalty::{Member, Programme, Programmes, books::Books, deciding::Deciding, measures::Measure},
    programme::tables::Columns,
};
pub use event::SegmentsLooked;
pub use placing::{placed, spent_in_a_year};
pub use rows::{Config, Segment};
pub use state::{Listed, Placed};
pub use top::TopSpend;

/// The table of segments.
pub const TABLE: &str = rows::Column::TABLE;

pub(in crate::loyalty) struct Segments;

impl Mechanic for Segments {
    fn measures(&self, programme: &Programme) -> Vec<(String, bool)> {
        programme.mechanics.segments.measures().map(|measure| (measure.name().to_owned(), true)).collect()
    }

    fn measures_of_all<'p>(&self, programme: &'p Programme) -> Vec<&'p Measure> {
        programme.mechanics.segments.measures().collect()
    }

    fn closing(&self, deciding: &mut Deciding<'_>) {
        deciding.place();
    }

    fn next_due(&self, _: &Programme, member: &Member) -> Option<(Timestamp, String)> {
        Some((member.placed.look_at?, String::new()))
    }

    fn fall_due(&self, programme: &Programme, books: &mut Books<'_>, (at, _): (Timestamp, &str)) {
        let known = books.member.placed.top_spend.take();
        books.member.placed = placed(programme, &books.member, known.as_ref(), at);
    }

    fn count_member(&self, _: &Programmes, member: &Member, _: Timestamp, counts: &mut RowCounts) {
        for segment in &member.placed.segments {
            counts.add((TABLE, segment), Stands::Within);
        }
    }

    fn count_moves(&self, before: Option<&Member>, member: &Member, counts: &mut RowCounts) {
        let (nowhere, is) = (BTreeSet::new(), &member.placed.segments);
        let was = before.map_or(&nowhere, |before| &before.placed.segments);
        for came in is.difference(was) {
            counts.add((TABLE, came), Stands::Came);
        }
        for left in was.difference(is) {
            counts.add((TABLE, left), Stands::Left);
        }
    }

    fn segments<'m>(&self, member: &'m Member) -> Option<&'m BTreeSet<String>> {
        Some(&member.placed.segments)
    }
}

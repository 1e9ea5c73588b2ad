//! Every mechanic of the list, for whoever asks them all.

use super::{Mechanic, RowCounts, Shown, Used, mechanics};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use crate::loyalty::{Member, Order, Programme, Programmes, explain::Sentence, pins::Pinned, receipt::Receipt};

/// A mechanic as it is listed.
pub(in crate::loyalty) struct Listed {
    pub name: &'static str,
    /// At one instant the alarm with the lower rank rings first.
    pub rank: u16,
    pub mechanic: &'static dyn Mechanic,
}

macro_rules! all {
    ($($(#[$cfg:meta])* $name:ident $mechanic:ident $rank:literal { $($(#[$of:meta])* $kept:ident: $type:ident),* })*) => {
        pub(in crate::loyalty) static ALL: &[Listed] = &[
            $($(#[$cfg])* Listed { name: stringify!($name), rank: $rank, mechanic: &super::$name::$mechanic },)*
        ];

        /// What each mechanic keeps in a member's document: its name, and the names of its fields there.
        pub static KEPT: &[(&str, &[&str])] = &[
            $($(#[$cfg])* (stringify!($name), &[$(stringify!($kept)),*]),)*
        ];
    };
}
mechanics!(all);

/// Names of the measures of a version, and whether each is needed; one that is not goes on if it was before.
pub fn measured(programme: &Programme) -> BTreeMap<String, bool> {
    let mut all = BTreeMap::new();
    for (name, needed) in ALL.iter().flat_map(|listed| listed.mechanic.measures(programme)) {
        *all.entry(name).or_default() |= needed;
    }
    all
}

/// What the row of this id counts of the member at an instant.
pub fn measured_of(programmes: &Programmes, member: &Member, (row, at): (&str, Timestamp)) -> Option<Pinned> {
    ALL.iter().find_map(|listed| listed.mechanic.measured(programmes, member, row, at))
}

/// Keys of the shared counts that an order or an event may add to, up to a limit.
pub fn limits(programme: &Programme, keys: &mut BTreeSet<String>) {
    for listed in ALL {
        listed.mechanic.limits(programme, keys);
    }
}

/// The same of a member of whom something may be taken back.
pub fn counts_of(member: &Member, keys: &mut BTreeSet<String>) {
    for listed in ALL {
        listed.mechanic.counts_of(member, keys);
    }
}

/// What members read of something that gave points under this name and is no rule.
pub fn name_of(programmes: &Programmes, rule: &str) -> Option<String> {
    ALL.iter().find_map(|listed| listed.mechanic.name_of(programmes, rule))
}

/// The name that entries have for what a row of this table gives: mostly the row's own.
pub fn gives_as(table: &str, row: &str) -> String {
    ALL.iter().find_map(|listed| listed.mechanic.gives_as(table, row)).unwrap_or_else(|| row.to_owned())
}

/// What a member and its orders use of what many share.
pub fn used(member: &Member, orders: &[Order]) -> Used {
    let mut used = Used::default();
    for listed in ALL {
        listed.mechanic.used(member, orders, &mut used);
    }
    used
}

/// What an event used of what many share, or gave back.
pub fn used_by(receipt: &Receipt) -> Used {
    let mut used = Used::default();
    for listed in ALL {
        listed.mechanic.used_by(receipt, &mut used);
    }
    used
}

/// What an event did that no entry says.
pub fn sentences(programmes: &Programmes, receipt: &Receipt) -> Vec<Sentence> {
    ALL.iter().flat_map(|listed| listed.mechanic.sentences(programmes, receipt)).collect()
}

/// Ids of rows whose badge the member has.
pub fn badges(member: &Member) -> BTreeSet<String> {
    let mut badges = BTreeSet::new();
    for listed in ALL {
        listed.mechanic.badges(member, &mut badges);
    }
    badges
}

impl Member {
    /// Segments that the programme itself puts it in.
    pub fn segments_of_ours(&self) -> Cow<'_, BTreeSet<String>> {
        let mut all: Option<Cow<'_, BTreeSet<String>>> = None;
        for some in ALL.iter().filter_map(|listed| listed.mechanic.segments(self)).filter(|some| !some.is_empty()) {
            all = Some(all.map_or(Cow::Borrowed(some), |all| Cow::Owned(&*all | some)));
        }
        all.unwrap_or_default()
    }

    /// The same, and those that the profile system sees it in: what rows mean that name segments.
    pub fn in_segments(&self) -> Cow<'_, BTreeSet<String>> {
        let ours = self.segments_of_ours();
        match (ours.is_empty(), self.segments.is_empty()) {
            (true, _) => Cow::Borrowed(&self.segments),
            (false, true) => ours,
            (false, false) => Cow::Owned(&*ours | &self.segments),
        }
    }
}

/// Counts one more member among those of each row; who left or turned out to be somebody else is in none.
pub fn count_member(programmes: &Programmes, member: &Member, now: Timestamp, counts: &mut RowCounts) {
    if member.left_at.is_some() || member.merged_into.is_some() {
        return;
    }
    for listed in ALL {
        listed.mechanic.count_member(programmes, member, now, counts);
    }
}

/// Counts what changed of one more member since it stood so; who turned out to be somebody else is counted there.
pub fn count_moves(before: Option<&Member>, member: &Member, counts: &mut RowCounts) {
    for listed in ALL.iter().filter(|_| member.merged_into.is_none()) {
        listed.mechanic.count_moves(before, member, counts);
    }
}

/// What people see on a member.
pub fn show(programme: &Programme, member: &Member) -> Shown {
    let mut shown = Shown::default();
    for listed in ALL {
        listed.mechanic.show(programme, member, &mut shown);
    }
    shown
}

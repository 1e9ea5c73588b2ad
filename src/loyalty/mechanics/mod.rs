//! The mechanics: what a programme does beside points by rules. Each is a folder and a line in list.rs, and decides with the tools
//! of `Deciding`; nothing outside its folder names it but the list of kinds of event, where it has one.
//! Within a folder `rows.rs` (its configuration) and `state.rs` (what a member's document keeps) name no decision.

mod all;
pub mod birthdays;
mod cause;
pub mod challenges;
pub mod codes;
pub mod entitlements;
pub mod gifts;
mod keep;
mod list;
pub mod reaching;
pub mod rewards;
mod row_counts;
pub mod savings;
pub mod segments;
pub mod subscription;
#[cfg(test)]
pub mod toy;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Member, Order, Programme, Programmes, Refusal,
    books::Books,
    deciding::Deciding,
    earn::Circumstances,
    explain::{Basis, Sentence},
    lot::Part,
    measures::{Happened, Measure, Needed},
    member::TierStanding,
    multiplied::Multiplied,
    order::OrderState,
    pins::Pinned,
    programme::Configs,
    quote::Cart,
    receipt::Receipt,
};
use crate::programme::{Core, Problem, Tables, condition::Condition};
pub(in crate::loyalty) use all::ALL;
pub use all::{
    KEPT, badges, count_member, count_moves, counts_of, gives_as, limits, measured, measured_of, name_of, sentences,
    show, used, used_by,
};
pub use cause::{Cause, given_again};
pub use keep::Keep;
pub(in crate::loyalty) use list::mechanics;
pub use row_counts::{RowCounts, Stands};

/// How a mechanic takes part in decisions, reads and checks. Every function has a default that does nothing.
pub(in crate::loyalty) trait Mechanic: Sync {
    /// An order comes in another state; its points are settled afterwards.
    fn ordered(&self, _deciding: &mut Deciding<'_>, _order: &mut Order, _states: States<'_>) {}

    /// Names of the measures of its rows, and whether each is needed; one that is not goes on if it was before.
    fn measures(&self, _programme: &Programme) -> Vec<(String, bool)> {
        Vec::new()
    }

    /// Measures that its rows need of every member alike.
    fn measures_of_all<'p>(&self, _programme: &'p Programme) -> Vec<&'p Measure> {
        Vec::new()
    }

    /// Those that it needs beside them of what this owner does, who is the member or turned out to be it.
    fn needs<'p>(&self, _programmes: &'p Programmes, _member: &Member, _owner: &str, _needed: &mut Vec<Needed<'p>>) {}

    /// Conditions of its rows: what they ask for of the member is kept in orders.
    fn conditions<'c>(&self, _: &'c Configs) -> Vec<&'c Condition> {
        Vec::new()
    }

    /// What its row of this id counts of the member at an instant, as people read it.
    fn measured(&self, _: &Programmes, _member: &Member, _row: &str, _at: Timestamp) -> Option<Pinned> {
        None
    }

    /// Whether a row of it waits for events of this type, of those that the ledger tells itself.
    fn names(&self, _programme: &Programme, _kind: &str) -> bool {
        false
    }

    /// Keys of shared counts that it may add to, up to a limit, when an order or an event comes.
    fn limits(&self, _programme: &Programme, _keys: &mut BTreeSet<String>) {}

    /// Keys of those that it may look at when what was given may be taken back.
    fn counts_of(&self, _member: &Member, _keys: &mut BTreeSet<String>) {}

    /// An order or an event happened; its points and the measures are posted.
    fn happened(&self, _deciding: &mut Deciding<'_>, _happened: &Happened<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// The member leaves the programme.
    fn left(&self, _deciding: &mut Deciding<'_>) {}

    /// The points of an order are settled, by the rules that it meets now.
    fn settled(&self, _deciding: &mut Deciding<'_>, _order: &Order, _states: States<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// The rules of this version gave an event its points.
    fn rewarded(&self, _deciding: &mut Deciding<'_>, _: &Programme, _kind: &str, _given: &Circumstances<'_>) {}

    /// Whether that stands for which a reward or a code is given.
    fn gives(&self, _member: &Member, _cause: &Cause) -> bool {
        false
    }

    /// Tiers that it gave, each with its own end, also those that have ended: the highest that runs is worn.
    fn tiers(&self, _: &Programme, _member: &Member, _given: &mut dyn FnMut(TierStanding)) {}

    /// What it multiplies the base points of an order by that is placed at this instant.
    fn multipliers(&self, _: &Programmes, _member: &Member, _at: Timestamp, _given: &mut dyn FnMut(Multiplied)) {}

    /// Last of all in each decision: what follows from how the member stands now.
    fn closing(&self, _deciding: &mut Deciding<'_>) {}

    /// When it next has something to do by itself, and what, in words of its own.
    fn next_due(&self, _programme: &Programme, _member: &Member) -> Option<(Timestamp, String)> {
        None
    }

    /// When an event of the member is to come, so that it decides; nothing falls due there by itself.
    fn rings(&self, _: &Programmes, _member: &Member) -> Option<Timestamp> {
        None
    }

    /// Does it, at its own instant. Reads do the same, so it moves only what the document itself holds, and afterwards that is
    /// due no more.
    fn fall_due(&self, _programme: &Programme, _books: &mut Books<'_>, _due: (Timestamp, &str)) {}

    /// What it takes off a cart.
    fn quoted(&self, _cart: &mut Cart<'_>) {}

    /// Points that it took out of lots and could put back.
    fn parts<'m>(&self, _member: &'m Member) -> Vec<&'m [Part]> {
        Vec::new()
    }

    /// What a document need not say any more, after a stated time.
    fn forget(&self, _: &Programme, _member: &mut Member, _now: Timestamp) {}

    /// What a member and its orders use of what many share: held against the shared counts by whoever verifies the ledger.
    fn used(&self, _member: &Member, _orders: &[Order], _used: &mut Used) {}

    /// The same of what an event did, by its receipt, where the document forgets it.
    fn used_by(&self, _receipt: &Receipt, _used: &mut Used) {}

    /// What of rows that are live cannot become something else under the same id.
    fn locked(&self, _: &Tables, _live: &Programme, _draft: &Programme) -> Vec<Problem> {
        Vec::new()
    }

    /// What members read of something that gave points under this name.
    fn name_of(&self, _programmes: &Programmes, _rule: &str) -> Option<String> {
        None
    }

    /// The name that entries have for what a row of this table gives, where it is not the row's own.
    fn gives_as(&self, _table: &str, _row: &str) -> Option<String> {
        None
    }

    /// Why an entry stands there that it made.
    fn why(&self, _basis: &Basis<'_>) -> Vec<Sentence> {
        Vec::new()
    }

    /// What an event did that no entry says.
    fn sentences(&self, _programmes: &Programmes, _receipt: &Receipt) -> Vec<Sentence> {
        Vec::new()
    }

    /// Ids of rows whose badge the member has.
    fn badges(&self, _member: &Member, _badges: &mut BTreeSet<String>) {}

    /// Segments that it puts the member in.
    fn segments<'m>(&self, _member: &'m Member) -> Option<&'m BTreeSet<String>> {
        None
    }

    /// How the member stands with its rows now.
    fn count_member(&self, _: &Programmes, _member: &Member, _now: Timestamp, _counts: &mut RowCounts) {}

    /// What of that changed since the member stood so; `before` there was none of who was not there yet.
    fn count_moves(&self, _before: Option<&Member>, _member: &Member, _counts: &mut RowCounts) {}

    /// What people see of it on a member.
    fn show(&self, _: &Programme, _member: &Member, _shown: &mut Shown) {}
}

/// What a mechanic reads of a marketer's rows: its `Config`.
pub trait FromRows {
    /// Total: what comes out beside a problem is not used.
    fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self;
}

/// A mechanic without rows.
impl FromRows for () {
    fn from_rows(_: &Tables, _: &Core, _: &mut Vec<Problem>) -> Self {}
}

/// The last state of an order, if it has one, and the new one.
#[derive(Clone, Copy)]
pub struct States<'a> {
    pub last: Option<&'a OrderState>,
    pub new: &'a OrderState,
}

/// What is used of shared counts, by key.
#[derive(Debug, Default)]
pub struct Used {
    pub counts: BTreeMap<String, i64>,
}

impl Used {
    pub fn add(&mut self, key: String, by: i64) {
        *self.counts.entry(key).or_default() += by;
    }
}

/// What people see of the mechanics on a member: words beside its name, and tables.
#[derive(Debug, Default, PartialEq)]
pub struct Shown {
    pub marks: Vec<&'static str>,
    pub tables: Vec<Table>,
}

/// Newest row first; as many cells in a row as there are columns.
#[derive(Debug, PartialEq)]
pub struct Table {
    pub title: &'static str,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// A name of the ledger's own or a code, to be copied.
    Code(Option<String>),
    At(Timestamp),
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn no_two_mechanics_ring_at_one_rank() {
        let ranks: BTreeSet<u16> = ALL.iter().map(|listed| listed.rank).collect();
        assert_eq!(ranks.len(), ALL.len());
    }

    /// The toy is a folder and two lines: that which declares the folder, and that of the list.
    #[test]
    fn a_mechanic_is_named_nowhere_but_in_its_folder_and_the_list() {
        fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() { files(&entry, all) } else { all.push(entry) }
            }
        }
        let (mut all, mut lines) = (Vec::new(), Vec::new());
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
        for path in all.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "toy")) {
            let text = fs::read_to_string(path).unwrap_or_default();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
            let names = |line: &&str| {
                let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                words.any(|word| word.eq_ignore_ascii_case("toy"))
            };
            let found = text.lines().filter(names).filter(|line| !line.trim_start().starts_with("//"));
            lines.extend(found.map(|line| format!("{}: {}", path.file_name().unwrap().display(), line.trim())));
        }
        lines.sort();
        assert_eq!(lines, ["list.rs: #[cfg(test)] toy Toy 9000 { #[cfg(test)] toy: Stamps }", "mod.rs: pub mod toy;"]);
    }
}

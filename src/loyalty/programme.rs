//! The programme that a marketer wrote: the core tables and what each mechanic reads of its own, checked together.
//! Guarantees: a programme that exists is complete and consistent; a broken row never becomes one.

use std::{ops::Deref, sync::Arc};

use super::{
    event::Fact,
    example,
    index::Index,
    mechanics::{self, ALL, FromRows, mechanics},
};
use crate::programme::{
    Core, Known, Problem, Reads, Rule, Tables, check::cells, core, lists, look, lost, settings_rows, tables as listed,
};

/// One checked programme.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    core: Core,
    pub mechanics: Configs,
    index: Index,
}

impl Programme {
    /// The core also knows what conditions of mechanics ask for.
    fn new(mut core: Core, mechanics: Configs) -> Self {
        let conditions = ALL.iter().flat_map(|listed| listed.mechanic.conditions(&mechanics));
        core.reads.and(Reads::by(conditions));
        Self { index: Index::of(&core.rules), core, mechanics }
    }

    pub(in crate::loyalty) fn index(&self) -> &Index {
        &self.index
    }

    /// The rules with these ids, in the order of the table.
    pub(in crate::loyalty) fn rules_of<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i String>,
    ) -> impl Iterator<Item = &Rule> {
        self.index.of_ids(ids).into_iter().map(|place| &self.core.rules[place])
    }

    /// The rules for this event, in the order of the table.
    pub(in crate::loyalty) fn rules_for(&self, event: &str) -> impl Iterator<Item = &Rule> {
        self.index.of_event(event).iter().map(|place| &self.core.rules[*place])
    }

    /// What another version has the same is kept once: tables can be long, and versions are many.
    pub fn share(&mut self, other: &Self) {
        if self.core.products == other.core.products {
            self.core.products = Arc::clone(&other.core.products);
        }
    }

    /// What it is beside the mechanics.
    pub fn into_core(self) -> Core {
        self.core
    }
}

impl Deref for Programme {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

macro_rules! configs {
    ($($(#[$cfg:meta])* $name:ident $mechanic:ident $rank:literal { $($kept:tt)* })*) => {
        /// What the rows of each mechanic say.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Configs {
            $($(#[$cfg])* pub $name: mechanics::$name::Config,)*
        }

        impl FromRows for Configs {
            fn from_rows(tables: &Tables, core: &Core, problems: &mut Vec<Problem>) -> Self {
                Self { $($(#[$cfg])* $name: FromRows::from_rows(tables, core, problems),)* }
            }
        }
    };
}
mechanics!(configs);

/// Checks a whole draft against what is live and what was ever seen: the programme and what to look at in it, or what keeps it
/// from going live. Whoever publishes asks here.
pub fn review(tables: &Tables, known: &Known) -> Result<(Programme, Vec<Problem>), Vec<Problem>> {
    let lost = lost(tables, &known.live);
    match check(tables) {
        Ok(programme) if lost.is_empty() => {
            let locked = locked(tables, &known.live, &programme);
            if !locked.is_empty() {
                return Err(settings_rows::said_in_rows(tables, locked));
            }
            let warnings = look(tables, &programme, known);
            Ok((programme, settings_rows::said_in_rows(tables, warnings)))
        }
        Ok(_) => Err(lost),
        Err(problems) => Err(lost.into_iter().chain(problems).collect()),
    }
}

/// What of the live rows cannot become something else.
fn locked(tables: &Tables, live: &Tables, draft: &Programme) -> Vec<Problem> {
    let Ok(live) = compile(live) else { return Vec::new() };
    ALL.iter().flat_map(|listed| listed.mechanic.locked(tables, &live, draft)).collect()
}

/// A stored version has a table or a column that this connector does not know: a newer one published it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a newer connector published it: {0} is not known here")]
pub struct TooNew(pub String);

/// The programme that a stored version is. It passed the check of its day, and today's is not asked: what is refused now stays what
/// it was then.
pub fn compile(tables: &Tables) -> Result<Programme, TooNew> {
    for (title, rows) in &tables.0 {
        let table = listed::named(title).ok_or_else(|| TooNew(format!("the table {title}")))?;
        let unknown = rows.iter().flat_map(|row| row.cells.keys()).find(|column| table.column(column).is_none());
        if let Some(column) = unknown {
            return Err(TooNew(format!("{title}, column {column},")));
        }
    }
    let mut of_today = Vec::new();
    let core = core(tables, Fact::is_reserved, &mut of_today);
    let mechanics = Configs::from_rows(tables, &core, &mut of_today);
    Ok(Programme::new(core, mechanics))
}

/// Checks a whole draft for itself, and then by its examples. A programme comes out only when there is no problem at all.
pub fn check(tables: &Tables) -> Result<Programme, Vec<Problem>> {
    let mut problems = Vec::new();
    let core = core(tables, Fact::is_reserved, &mut problems);
    let mechanics = Configs::from_rows(tables, &core, &mut problems);
    problems.extend(settings_rows::problems(tables));
    problems.extend(lists::problems(tables));
    let problems = cells::each_once(problems, cells::spoiled(tables));
    if !problems.is_empty() {
        return Err(settings_rows::said_in_rows(tables, problems));
    }
    let programme = Programme::new(core, mechanics);
    let failing = example::problems(tables, &programme);
    if failing.is_empty() { Ok(programme) } else { Err(failing) }
}

#[cfg(test)]
mod tests;

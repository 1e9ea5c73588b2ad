//! The programme that a marketer wrote: the core tables and what each mechanic reads of its own, checked together.
//! Guarantees: a programme that exists is complete and consistent; a broken row never becomes one.

use std::ops::Deref;

use super::mechanics::{self, FromRows, mechanics};
use crate::programme::{Core, Known, Problem, Tables, core, look, lost};

/// One checked programme.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    core: Core,
    pub mechanics: Configs,
}

impl Programme {
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
            let warnings = look(tables, &programme, known);
            Ok((programme, warnings))
        }
        Ok(_) => Err(lost),
        Err(problems) => Err(lost.into_iter().chain(problems).collect()),
    }
}

/// Checks a whole draft for itself. A programme comes out only when there is no problem at all.
pub fn check(tables: &Tables) -> Result<Programme, Vec<Problem>> {
    let mut problems = Vec::new();
    let core = core(tables, &mut problems);
    let mechanics = Configs::from_rows(tables, &core, &mut problems);
    if problems.is_empty() { Ok(Programme { core, mechanics }) } else { Err(problems) }
}

#[cfg(test)]
mod tests;

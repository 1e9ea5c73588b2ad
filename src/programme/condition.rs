//! Conditions that a marketer writes: one expression over documented facts that answers yes or no. A closed language: names of one
//! list, exact numbers, texts, lists, comparisons, `and or not in + - *`, `any` and `all` over lines; no functions, no loops.
//! Guarantees: bounded in length, parts and depth; what is wrong is told with its place; what is absent is not met, nor is its `not`.

mod answer;
mod grammar;
mod kinds;
pub mod names;
mod number;
mod tokens;
mod tree;

use std::collections::BTreeSet;

use answer::{Asking, Expr};
pub use answer::{Facts, Value};

pub use grammar::{CHARACTERS, PARTS};
pub use kinds::About;
use kinds::Check;
pub use names::{Fact, Kind, Subject};
pub use number::Exact;
use tree::Wrong;

use super::{reading::Reading, tables::Columns};

/// A condition that passed the check.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// All must hold: what `and` joined, each with its text.
    parts: Vec<(String, Expr)>,
    reads: BTreeSet<Fact>,
    measures: BTreeSet<String>,
}

/// The part of a condition that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmet<'a> {
    pub part: &'a str,
    /// False: something that it asks for is not known.
    pub answered: bool,
}

impl Condition {
    /// Reads and checks it; what is wrong comes with its place.
    pub fn read(text: &str, about: About<'_>) -> Result<Self, String> {
        Self::checked(text, about).map_err(|Wrong { at, detail }| match text[..at].chars().count() {
            0 => detail,
            before => format!("character {}: {detail}", before + 1),
        })
    }

    fn checked(text: &str, about: About<'_>) -> Result<Self, Wrong> {
        let tree = grammar::read(text)?;
        let check = Check { text, about };
        let mut parts = Vec::new();
        for node in tree.all_of() {
            parts.push((text[node.span.clone()].to_owned(), check.yes_or_no(node, false)?));
        }
        let (mut reads, mut measures) = (BTreeSet::new(), BTreeSet::new());
        for (_, part) in &parts {
            part.each(&mut |expr| match expr {
                Expr::Fact(fact) => _ = reads.insert(*fact),
                Expr::Measure(id) => _ = measures.insert(id.clone()),
                _ => {}
            });
        }
        Ok(Self { parts, reads, measures })
    }

    /// The one in a cell, if there is one; a text that cannot be read is a problem of the cell, and nothing meets it.
    pub fn in_cell<C: Columns>(row: &mut Reading<'_, C>, column: C, about: About<'_>) -> Option<Self> {
        let text = row.text(column)?;
        let read = Self::read(text, about);
        Some(read.unwrap_or_else(|detail| {
            row.unreadable(column, detail);
            Self::never(text)
        }))
    }

    /// Stands for one that cannot be read: nothing meets it.
    fn never(text: &str) -> Self {
        let (reads, measures) = (BTreeSet::new(), BTreeSet::new());
        Self { parts: vec![(text.to_owned(), Expr::YesNo(false))], reads, measures }
    }

    /// The first part that does not hold; none when the condition is met.
    pub fn unmet(&self, facts: &dyn Facts) -> Option<Unmet<'_>> {
        let asking = Asking { facts, line: None };
        self.parts.iter().find_map(|(part, expr)| match asking.yes(expr) {
            Some(true) => None,
            answer => Some(Unmet { part, answered: answer.is_some() }),
        })
    }

    /// The facts that it asks for, but for fields of events.
    pub fn reads(&self) -> impl Iterator<Item = Fact> + '_ {
        self.reads.iter().copied()
    }

    /// The challenges whose measures it asks for.
    pub fn measures(&self) -> &BTreeSet<String> {
        &self.measures
    }
}

#[cfg(test)]
mod tests;

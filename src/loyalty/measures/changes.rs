//! What an event changes in measures, place by place: a busy member has hundreds, of which an order moves a few.

use serde_json::Error;

use super::{Measures, Part};
use crate::values::changes::{Document, Patch};

impl Document for Measures {
    fn changes(&self, before: Option<&Self>, patch: &mut Patch) -> Result<(), Error> {
        patch.each_in(before.map(|before| &before.0), &self.0, &|patch, was, parts| {
            patch.map(was.map(|was| &**was), parts, &|patch, was, part| patch.object(|patch| part.changes(was, patch)))
        })
    }
}

impl Document for Part {
    fn changes(&self, before: Option<&Self>, patch: &mut Patch) -> Result<(), Error> {
        let Self { numbers, values, whole, begins } = self; // none may be forgotten
        patch.seldom("begins", (before.map(|before| &before.begins), begins))?;
        patch.seldom_map("numbers", (before.map(|before| &before.numbers), numbers), &Patch::plain)?;
        patch.seldom_map("values", (before.map(|before| &before.values), values), &|patch, was, orders| {
            patch.map(was, orders, &Patch::plain)
        })?;
        patch.seldom("whole", (before.map(|before| &before.whole), whole))
    }
}

//! Savings: a member chooses whether points stay, or turn into the programme's coupon as soon as they are enough for one.

mod decide;
mod event;
mod rows;
mod state;

use super::{Mechanic, Shown};
use crate::loyalty::{Member, Programme, deciding::Deciding};
pub use event::Savings as Chosen;
pub use rows::{Config, Coupon};
pub use state::{Saving, Unconverted};

pub(in crate::loyalty) struct Savings;

impl Mechanic for Savings {
    fn left(&self, deciding: &mut Deciding<'_>) {
        deciding.books.member.saving = Saving::Save;
    }

    fn closing(&self, deciding: &mut Deciding<'_>) {
        deciding.convert_if_enough();
    }

    fn show(&self, _: &Programme, member: &Member, shown: &mut Shown) {
        if member.saving != Saving::Save {
            shown.marks.push("converts");
        }
    }
}

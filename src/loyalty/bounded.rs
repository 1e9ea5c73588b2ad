//! Each document is held against the bounds of numbers before it is kept.

use super::{
    member::{Balance, Member},
    progress::Progress,
};
use crate::values::bounds::{BALANCE, TooLarge, within};

/// What would be kept is within its bounds, or at least nearer to them than it was.
pub fn kept(before: &Member, after: &Member, pointer: &'static str) -> Result<(), TooLarge> {
    let accounts = |balance: &Balance| [balance.available, balance.pending, balance.reserved, balance.debt];
    let (was, is) = (accounts(&before.balance), accounts(&after.balance));
    grown(&was, &is, (pointer, "the balance of a member"))?;
    let (was, is) = (counters(&before.progress), counters(&after.progress));
    grown(&was, &is, (pointer, "what is counted of a member"))
}

pub fn counters(progress: &Progress) -> [i64; 3] {
    [progress.orders, progress.spent, progress.earned]
}

fn grown(was: &[i64], is: &[i64], place: (&'static str, &'static str)) -> Result<(), TooLarge> {
    let both = was.iter().zip(is);
    let mut grown = both.filter(|(was, is)| is.unsigned_abs() > was.unsigned_abs());
    grown.try_for_each(|(_, is)| within(*is, -BALANCE, BALANCE, place))
}

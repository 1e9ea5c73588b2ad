//! What can happen in a history, and how likely it is. Short to read: a failing history is shrunk and printed.

use std::fmt;

use loyalty_connector::loyalty::order::Status;
use proptest::{collection::vec, option, prelude::*};

pub const MEMBERS: usize = 3;
/// Whose each order is at first.
pub const ORDERS: [usize; 4] = [0, 0, 1, 2];
pub const EVENTS: [&str; 4] = ["review", "course", "done", "gift"];
pub const REWARDS: [&str; 4] = ["mug", "tea", "cake", "coupon"];
pub const CODES: [&str; 3] = ["LAST", "OWN", "NOSUCH"];
pub const TIERS: [&str; 3] = ["bronze", "silver", "gold"];
pub const CATEGORIES: [&str; 3] = ["books", "sport/shoes/running", "sport/shoeshine"];

/// The order that comes in another currency.
pub const FOREIGN: &str = "1";

/// Category, pieces, euros a piece.
pub type Line = (usize, i64, i64);

/// A hold, a claim or a use of a code by its place among all that were made, the latest first; and whether somebody else
/// asks than whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of(pub usize, pub bool);

#[derive(Clone, Debug)]
pub enum Happens {
    /// A full state with these goods, perhaps a hold, perhaps codes (places in `CODES`, then codes of coupons).
    Buy(usize, Status, Vec<Line>, Option<Of>, Vec<usize>),
    Becomes(usize, Status),
    /// Pieces of each line that came back.
    Returned(usize, [i64; 3]),
    /// Percent of the money back, without lines.
    Refunded(usize, i64),
    /// A state from before the last one.
    Late(usize),
    /// The last state once more, for another member.
    Moves(usize, usize),
    /// The last state once more, under a new revision.
    Again(usize),
    Event(usize),
    Adjust(i64),
    /// Percent of what can be spent, minutes, the order it is for, whether it names shoes.
    Hold(i64, i64, Option<usize>, bool),
    Capture(Of, Option<i64>),
    Release(Of),
    Claim(usize),
    Fulfil(Of),
    Cancel(Of),
    Redeem(usize, u8),
    GiveBack(Of),
    Reactivate,
    Grant(usize, i64),
    Restrict(bool),
    Segment(bool),
    /// The member turns out to be this one; `true`: whoever says so read the members before any other merge.
    Merge(usize, bool),
    /// It was this one after all.
    Unmerge(usize),
    /// The member's choice: points turn into the coupon by themselves.
    Converts(bool),
    /// Leaves the programme, or comes back.
    Leaves(bool),
    /// A birthday so many days ago.
    Birthday(i64),
    /// A new version of the programme.
    Publish(Box<Setting>),
    Wait,
}

#[derive(Clone)]
pub struct Step {
    /// Hours since the step before.
    pub hours: i64,
    pub member: usize,
    pub what: Happens,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}h member {}: {:?}", self.hours, self.member, self.what)
    }
}

/// Which of the programme's settings hold in a history.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "ticks of the programme's row")]
pub struct Setting {
    pub after_refund: &'static str,
    pub wait: &'static str,
    pub grace: &'static str,
    pub slides: bool,
    pub refund_lowers: bool,
    /// Off: the kill switch of spending.
    pub spending: bool,
    /// Another table of rules.
    pub other_rules: bool,
    /// A cap over all rules, a most that is spent in a day, and an end of trust in late orders.
    pub limited: bool,
}

pub fn setting() -> impl Strategy<Value = Setting> {
    let policies = prop::sample::select(vec!["debt", "within balance", "forgive"]);
    let waits = prop::sample::select(vec!["", "", "", "2D", "delivery", "delivery+1D"]);
    let graces = prop::sample::select(vec!["", "5D"]);
    let ticks = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.85), any::<bool>(), prop::bool::weighted(0.3));
    (policies, waits, graces, ticks).prop_map(
        |(after_refund, wait, grace, (slides, refund_lowers, spending, other_rules, limited))| Setting {
            after_refund,
            wait,
            grace,
            slides,
            refund_lowers,
            spending,
            other_rules,
            limited,
        },
    )
}

pub fn history() -> impl Strategy<Value = Vec<Step>> {
    let hours = prop_oneof![4 => Just(0i64), 3 => 1i64..12, 2 => 12i64..120, 1 => 120i64..900];
    let member = prop_oneof![6 => Just(0usize), 2 => Just(1usize), 1 => Just(2usize)];
    let step = (hours, member, happens()).prop_map(|(hours, member, what)| Step { hours, member, what });
    vec(step, 1..50)
}

fn happens() -> impl Strategy<Value = Happens> {
    let order = || prop_oneof![5 => Just(0usize), 3 => Just(1usize), 1 => Just(2usize), 1 => Just(3usize)];
    let back = || prop_oneof![3 => Just(0usize), 1 => 1usize..4];
    let of = || (back(), prop::bool::weighted(0.1)).prop_map(|(back, other)| Of(back, other));
    let status = || {
        let each = [Status::Paid, Status::Fulfilled, Status::Placed, Status::Cancelled];
        prop_oneof![4 => Just(each[0]), 2 => Just(each[1]), 1 => Just(each[2]), 2 => Just(each[3])]
    };
    let lines = vec((0..CATEGORIES.len(), 1i64..4, 1i64..60), 1..4);
    let codes = vec(0usize..5, 0..3);
    let buy = (order(), status(), lines, option::weighted(0.5, of()), codes);
    let hold = (prop_oneof![Just(100i64), 1i64..110], 10i64..3000, option::of(order()), any::<bool>());
    prop_oneof![
        8 => buy.prop_map(|(order, status, lines, hold, codes)| Happens::Buy(order, status, lines, hold, codes)),
        4 => (order(), status()).prop_map(|(order, status)| Happens::Becomes(order, status)),
        4 => (order(), [0i64..4, 0i64..4, 0i64..4]).prop_map(|(order, pieces)| Happens::Returned(order, pieces)),
        2 => (order(), 0i64..=100).prop_map(|(order, percent)| Happens::Refunded(order, percent)),
        1 => order().prop_map(Happens::Late),
        1 => order().prop_map(Happens::Again),
        2 => (order(), 0..MEMBERS).prop_map(|(order, to)| Happens::Moves(order, to)),
        4 => (0..EVENTS.len()).prop_map(Happens::Event),
        3 => (-60i64..200).prop_map(Happens::Adjust),
        6 => hold.prop_map(|(percent, minutes, order, shoes)| Happens::Hold(percent, minutes, order, shoes)),
        4 => (of(), option::of(1i64..150)).prop_map(|(hold, points)| Happens::Capture(hold, points)),
        2 => of().prop_map(Happens::Release),
        3 => (0..REWARDS.len()).prop_map(Happens::Claim),
        1 => of().prop_map(Happens::Fulfil),
        2 => of().prop_map(Happens::Cancel),
        2 => (0usize..5, 0u8..3).prop_map(|(code, reference)| Happens::Redeem(code, reference)),
        1 => of().prop_map(Happens::GiveBack),
        1 => Just(Happens::Reactivate),
        1 => (0..TIERS.len(), 1i64..60).prop_map(|(tier, days)| Happens::Grant(tier, days)),
        2 => prop::bool::weighted(0.3).prop_map(Happens::Restrict),
        1 => any::<bool>().prop_map(Happens::Segment),
        2 => (0..MEMBERS, prop::bool::weighted(0.2)).prop_map(|(into, blind)| Happens::Merge(into, blind)),
        1 => (0..MEMBERS).prop_map(Happens::Unmerge),
        2 => prop::bool::weighted(0.7).prop_map(Happens::Converts),
        1 => prop::bool::weighted(0.5).prop_map(Happens::Leaves),
        1 => (0i64..400).prop_map(Happens::Birthday),
        1 => setting().prop_map(|setting| Happens::Publish(Box::new(setting))),
        1 => Just(Happens::Wait),
    ]
}

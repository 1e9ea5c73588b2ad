//! What must be true, in sums over facts: no lots, no order of spending, no dates but the ends of holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use loyalty_connector::loyalty::{Member, Order, OrderState, entry::Account, order::Status};

use crate::{
    books::{self, Ledger},
    happens::MEMBERS,
    programme::{BUDGET, CAP, CAP_OF_ALL, SPENT},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldIs {
    Open,
    /// Captured by itself: so many points, which no order has taken over yet.
    Captured(i64),
    /// Over, or part of its order's payment.
    Done,
}

#[derive(Debug)]
pub struct Hold {
    pub id: String,
    pub member: usize,
    pub points: i64,
    pub ends: Timestamp,
    pub order: Option<String>,
    pub is: HoldIs,
}

#[derive(Debug)]
pub struct Claim {
    pub id: String,
    pub member: usize,
    pub reward: &'static str,
    pub cost: i64,
    pub code: Option<String>,
    pub cancelled: bool,
    pub over: bool,
}

/// Plain sums of one member.
#[derive(Default, Debug)]
pub struct Sums {
    pub adjusted: i64,
    /// Points of events that are no orders.
    pub events: i64,
    /// What the refund policy left the member of orders that turned out to be somebody else's.
    pub forgiven: i64,
}

#[derive(Default)]
pub struct Model {
    pub sums: BTreeMap<usize, Sums>,
    pub holds: Vec<Hold>,
    pub claims: Vec<Claim>,
    /// Uses of codes without an order: code, member, reference.
    pub uses: Vec<(String, usize, u8)>,
    /// Members that were one at some time: by member, a name of all of them.
    pub together: [usize; MEMBERS],
    /// Points that an order has returned to those who paid with them.
    pub returned: BTreeMap<String, i64>,
    /// Orders of which a state came while their member had left: what that one would have given is given by no later one.
    pub unearned: BTreeSet<String>,
}

impl Model {
    /// An accepted state of an order: what it takes over of captured holds (`payments`, as they were just before), and what it must have returned so far.
    pub fn order(&mut self, ledger: &Ledger, (member, payments): (usize, &BTreeSet<String>), id: &str) {
        let (order, has_left) = (&ledger.orders[id], ledger.member.left_at.is_some());
        let state = &order.state;
        if has_left {
            self.unearned.insert(id.to_owned());
        }
        for hold in self.holds.iter_mut().filter(|hold| hold.member == member) {
            let named = state.points_hold.as_ref() == Some(&hold.id);
            let remembered = payments.contains(&hold.id);
            match hold.is {
                HoldIs::Captured(_) if !remembered => {} // paid for good
                HoldIs::Captured(_) if named || hold.order.as_deref() == Some(id) => hold.is = HoldIs::Done,
                HoldIs::Open if named && order.hold.as_ref() == Some(&hold.id) => hold.is = HoldIs::Done,
                HoldIs::Open if named && order.hold.is_none() && state.status == Status::Cancelled => {
                    hold.is = HoldIs::Done;
                }
                _ => {}
            }
        }
        if state.status != Status::Placed {
            check_return(order);
            self.returned.insert(id.to_owned(), order.paid.iter().map(|part| part.returned).sum());
        }
    }

    /// An order turned out to be another member's: it gives back all that was paid, and takes all that it can.
    pub fn order_left(&mut self, (holder, payments): (usize, &BTreeSet<String>), before: &Order, left: &Order) {
        for hold in self.holds.iter_mut().filter(|hold| hold.member == holder) {
            let named = before.state.points_hold.as_ref() == Some(&hold.id);
            let remembered = payments.contains(&hold.id);
            match hold.is {
                HoldIs::Captured(_) if !remembered => {}
                HoldIs::Captured(_) if named || hold.order.as_deref() == Some(&before.id) => hold.is = HoldIs::Done,
                HoldIs::Open if named && left.hold.is_none() => hold.is = HoldIs::Done,
                _ => {}
            }
        }
        let paid = left.paid.iter().map(|part| part.lot.points).sum();
        self.returned.insert(before.id.clone(), paid);
        self.sums.entry(holder).or_default().forgiven += left.awards.values().map(|award| award.forgiven).sum::<i64>();
    }

    /// A member left the programme: what it had set aside is released.
    pub fn ends_membership(&mut self, member: usize) {
        let open = |hold: &&mut Hold| hold.member == member && hold.is == HoldIs::Open;
        self.holds.iter_mut().filter(open).for_each(|hold| hold.is = HoldIs::Done);
    }

    /// A member left with all it has; nobody can ask for it until it comes to the other one.
    pub fn leaves(&mut self, member: usize, into: usize) {
        self.moves(member, MEMBERS + member);
        let (one, other) = (self.together[member], self.together[into]);
        self.together.iter_mut().filter(|name| **name == other).for_each(|name| *name = one);
    }

    pub fn arrives(&mut self, from: usize, at: usize) {
        self.moves(MEMBERS + from, at);
    }

    fn moves(&mut self, from: usize, to: usize) {
        self.holds.iter_mut().filter(|hold| hold.member == from).for_each(|hold| hold.member = to);
        self.claims.iter_mut().filter(|claim| claim.member == from).for_each(|claim| claim.member = to);
        self.uses.iter_mut().filter(|used| used.1 == from).for_each(|used| used.1 = to);
    }

    /// Everything that can be said of a member, and of those it was one with, just after one of its events and while nothing
    /// is on the way between them.
    pub fn check(&self, ledger: &Ledger, member: usize) {
        self.check_limits(ledger);
        if !ledger.follow_ups.is_empty() {
            return;
        }
        let name = |member: usize| (member + 1).to_string();
        let group: Vec<usize> = (0..MEMBERS).filter(|other| self.together[*other] == self.together[member]).collect();
        let all: Vec<_> = group.iter().map(|member| ledger.of(&name(*member))).collect();
        let sum = |account| all.iter().map(|(_, entries)| books::sum(entries, account)).sum::<i64>();
        let ours = |id: &String| all.iter().any(|(document, _)| document.id == *id);
        let orders = || ledger.orders.values().filter(|order| ours(&order.member));
        let sums = group.iter().map(|member| &self.sums[member]);
        let sums = sums.fold(Sums::default(), |all, one| Sums {
            adjusted: all.adjusted + one.adjusted,
            events: all.events + one.events,
            forgiven: all.forgiven + one.forgiven,
        });

        assert_eq!(sum(Account::Moved), 0, "what left one came to another");
        assert_eq!(-sum(Account::Adjusted), sums.adjusted, "by hand");

        let mine = || self.holds.iter().filter(|hold| group.contains(&hold.member));
        let until = |member: usize| ledger.of(&name(member)).0.recorded_at;
        let open = mine().filter(|hold| hold.is == HoldIs::Open && hold.ends > until(hold.member));
        assert_eq!(sum(Account::Reserved), open.map(|hold| hold.points).sum::<i64>(), "reserved by open holds");

        let captured: i64 = mine().map(|hold| if let HoldIs::Captured(points) = hold.is { points } else { 0 }).sum();
        let claims = self.claims.iter().filter(|claim| group.contains(&claim.member) && !claim.cancelled);
        let claimed: i64 = claims.map(|claim| claim.cost).sum();
        let paid: i64 = orders().flat_map(|order| &order.paid).map(|part| part.lot.points).sum();
        let returned: i64 = orders().filter_map(|order| self.returned.get(&order.id)).sum();
        assert_eq!(sum(Account::Redeemed), captured + claimed + paid - returned, "spent less returned");

        let earned: i64 = orders().map(Order::earned).sum::<i64>() + sums.events;
        let forgiven = orders().filter(|order| order.left_for.is_none()).flat_map(|order| order.awards.values());
        let forgiven = forgiven.map(|award| award.forgiven).sum::<i64>() + sums.forgiven;
        let kept = -sum(Account::Issued) - sum(Account::ClawedBack) - earned - forgiven;
        let lapsed: i64 =
            all.iter().flat_map(|(document, _)| document.expired.values()).map(|lapsed| lapsed.points).sum();
        assert_eq!(kept, sum(Account::Expired) - lapsed, "what no order earns any more had expired");
        assert!(kept >= 0, "nobody keeps less than what is earned");

        for (document, _) in all.iter().filter(|(document, _)| document.merged_into.is_none()) {
            check_counters(ledger, document);
        }

        for order in orders() {
            let base = if order.state.status.earns() { left(&order.state) / 100 } else { 0 };
            let earned = order.awards.get("base").map_or(0, |award| award.points);
            let capped = ledger.programmes.number(order.programme).programme.settings.cap.is_some();
            let less = (capped || self.unearned.contains(&order.id)) && earned < base;
            assert!(earned == base || less, "base of {}: {earned} instead of {base}", order.id);
        }
    }

    /// What members share: budgets, caps, stock and codes as plain counts.
    fn check_limits(&self, ledger: &Ledger) {
        let used = |key: &str| ledger.counts.get(key).map_or(0, |count| count.used);
        let awarded = |rule: &str| {
            let orders = ledger.orders.values();
            orders.filter_map(|order| order.awards.get(rule)).map(|award| award.points).sum::<i64>()
        };
        assert_eq!(used("budget:shared"), awarded("shared"), "the budget counts what stands");
        assert!(awarded("shared") <= BUDGET, "the budget is not overspent");
        let (mut weeks, mut of_all) = (BTreeMap::<_, i64>::new(), BTreeMap::<_, i64>::new());
        let alone = |id: &String| {
            let at = id.trim_start_matches("mem_").parse::<usize>().unwrap() - 1;
            self.together.iter().filter(|name| **name == self.together[at]).count() == 1
        };
        for order in ledger.orders.values().filter(|order| alone(&order.member)) {
            let week = order.state.placed_at.to_zoned(ledger.programmes.live().programme.settings.zone.clone());
            let pinned = &ledger.programmes.number(order.programme).programme.settings;
            if pinned.cap.is_some() {
                *of_all.entry((&order.member, week.date().iso_week_date().week())).or_default() += order.earned();
            }
            let points = order.awards.get("capped").map_or(0, |award| award.points);
            *weeks.entry((&order.member, week.date().iso_week_date().week())).or_default() += points;
        }
        assert!(weeks.values().all(|points| *points <= CAP), "no member goes beyond the cap");
        assert!(of_all.values().all(|points| *points <= CAP_OF_ALL), "nor beyond the cap over all rules");

        let document = &ledger.member;
        if alone(&document.id) {
            let claims = document.claims.values().map(|claim| (&claim.day, &claim.parts));
            let mut days = BTreeMap::<&String, i64>::new();
            for (day, parts) in document.holds.values().map(|hold| (&hold.day, &hold.parts)).chain(claims) {
                let points = parts.iter().map(|part| part.lot.points).sum::<i64>();
                if let Some(day) = day {
                    *days.entry(day).or_default() += points;
                }
            }
            let counted =
                |(day, points): (&String, i64)| (points..=SPENT).contains(&document.limits.used("spent", day));
            assert!(days.into_iter().all(counted), "what is spent counts in its day, and is no more than it may be");
        }
        for reward in ["mug", "tea", "cake", "coupon"] {
            let taken = self.claims.iter().filter(|claim| claim.reward == reward && !claim.cancelled).count();
            assert_eq!(used(&format!("stock:{reward}")), i64::try_from(taken).unwrap(), "pieces of {reward}");
            assert!(reward != "mug" || taken <= 2, "more mugs than there are");
        }
        for (key, count) in ledger.counts.iter().filter_map(|(key, count)| Some((key.strip_prefix("code:")?, count))) {
            let alone = self.uses.iter().filter(|(code, ..)| code == key).count();
            let on_orders = ledger.orders.values().filter(|order| order.codes.contains_key(key)).count();
            assert_eq!(count.used, i64::try_from(alone + on_orders).unwrap(), "uses of {key}");
            assert!(key == "OWN" || count.used <= 1, "{key} is for one use");
        }
    }
}

/// A member counts its own orders, and those of whoever is it now; un-merged, each has its own again, and none below nothing.
fn check_counters(ledger: &Ledger, member: &Member) {
    let is_now = |owner: &String| {
        let mut id = owner.clone();
        while let Some(into) = &ledger.of(id.trim_start_matches("mem_")).0.merged_into {
            id.clone_from(into);
        }
        id == member.id
    };
    let its = || ledger.orders.values().filter(|order| is_now(order.owner()) && order.state.status.earns());
    let spent = its().map(|order| left(&order.state)).sum::<i64>();
    let orders = i64::try_from(its().filter(|order| order.state.total() > 0).count()).unwrap();
    let (progress, qualifying) = (&member.progress, &member.qualifying);
    assert_eq!((progress.orders, progress.spent), (orders, spent), "orders and money of {}", member.id);
    let sum = qualifying.values().fold((0, 0), |sum, counted| (sum.0 + counted.orders, sum.1 + counted.spent));
    assert_eq!(sum, (orders, spent), "what qualifies of {}", member.id);
    assert!(qualifying.values().all(|counted| counted.orders >= 0 && counted.spent >= 0 && counted.points >= 0));
    assert!(progress.earned >= 0, "points of {}: {}", member.id, progress.earned);
}

/// Money that is left of the goods in the programme's currency, in cents.
fn left(state: &OrderState) -> i64 {
    state.worth("EUR").unwrap().iter().sum()
}

/// Points come back by the money of the line they were put on, each lot for some goods by itself; half a point either way.
fn check_return(order: &Order) {
    let state = &order.state;
    let paid: i64 = order.paid.iter().map(|part| part.lot.points).sum();
    assert_eq!(order.funded.iter().map(|of| of.points).sum::<i64>(), paid, "all that was paid lies on lines");
    let kept = state.kept();
    let all = state.status == Status::Cancelled || (state.refunded > 0 && kept.iter().sum::<i64>() == 0);
    let (mut due, mut shares) = (0_i128, 0);
    for of in &order.funded {
        let left = state.lines.iter().zip(&kept).find(|(line, _)| line.id == of.line).map_or(0, |(_, kept)| *kept);
        let lost = if all { of.net } else { (of.net - left).max(0) };
        assert!(of.net > 0, "something is left to pay of every line");
        due += i128::from(of.points) * i128::from(lost) * 1_000_000 / i128::from(of.net);
        shares += 1;
    }
    let returned: i64 = order.paid.iter().map(|part| part.returned).sum();
    let off = (i128::from(returned) * 1_000_000 - due).abs();
    assert!(off <= shares * 500_001, "{returned} points came back of order {}, due are {due} millionths", order.id);
    assert!(!all || returned == paid, "all money back is all points back");
}

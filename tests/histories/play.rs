//! Plays a history on the ledger and on the model, and compares them after each step.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use loyalty_connector::{
    audit::verify,
    loyalty::{
        Decision, Fact, Member, Order, OrderState, Refusal,
        event::{
            Adjustment, Goods, HoldCaptured, HoldMade, HoldReleased, Joined, Membership, Reactivated, Restricted,
            Segments, TierGranted, TimePassed,
        },
        mechanics::{
            birthdays::Birthday,
            codes::CodeUse,
            rewards::{ClaimStep, Claimed},
            savings::Chosen,
        },
        order::{Line, Revision, Status},
        seen_at,
    },
    store::audit::Stream,
    values::{exchange::Exchange, money::Quantity},
};

use crate::{
    books::Ledger,
    happens::{CATEGORIES, CODES, EVENTS, FOREIGN, Happens, MEMBERS, ORDERS, Of, REWARDS, Setting, Step, TIERS},
    model::{Claim, Hold, HoldIs, Model},
    programme::programmes,
};

pub struct Play {
    pub ledger: Ledger,
    pub model: Model,
    /// Whose the shop says each order is, and its last state as the shop knows it.
    whose: [usize; ORDERS.len()],
    sent: BTreeMap<String, OrderState>,
}

impl Play {
    /// Everybody joins.
    pub fn new(setting: &Setting) -> Self {
        Self::of_brand("main", setting)
    }

    /// The same of another brand.
    pub fn of_brand(brand: &str, setting: &Setting) -> Self {
        let model = Model { together: std::array::from_fn(|member| member), ..Model::default() };
        let mut ledger = Ledger::new(programmes(setting));
        brand.clone_into(&mut ledger.brand);
        let mut play = Self { ledger, model, whose: ORDERS, sent: BTreeMap::new() };
        for member in 0..MEMBERS {
            play.model.sums.entry(member).or_default();
            play.turn_to(member);
            play.decide(member, Fact::Joined(Joined::default())).unwrap();
        }
        play
    }

    pub fn step(&mut self, step: &Step) {
        if step.hours > 0 {
            self.ledger.now += SignedDuration::from_hours(step.hours);
            self.follow_all();
        }
        match &step.what {
            Happens::Buy(order, ..)
            | Happens::Becomes(order, _)
            | Happens::Returned(order, _)
            | Happens::Refunded(order, _)
            | Happens::Again(order)
            | Happens::Late(order) => self.order(self.whose[*order], &format!("{order}"), &step.what),
            Happens::Moves(order, to) => {
                self.whose[*order] = *to;
                self.order(*to, &format!("{order}"), &step.what);
            }
            Happens::Merge(into, blind) => self.merge(step.member, *into, *blind),
            Happens::Unmerge(from) => self.unmerge(step.member, *from),
            Happens::Publish(setting) => self.publish(setting),
            Happens::Wait => self.simple(step.member, &step.what),
            _ => {
                if let Some(member) = self.led(step.member) {
                    self.of_member(member, step);
                }
            }
        }
    }

    /// What happens to the member itself, by the name it has now.
    fn of_member(&mut self, member: usize, step: &Step) {
        match &step.what {
            Happens::Hold(percent, minutes, order, shoes) => {
                self.hold(member, (*percent, *minutes), order.map(|order| order.to_string()), *shoes);
            }
            Happens::Capture(of, _) | Happens::Release(of) => self.end_hold(*of, &step.what),
            Happens::Claim(reward) => self.claim(member, REWARDS[*reward]),
            Happens::Fulfil(of) => self.end_claim(*of, false),
            Happens::Cancel(of) => self.end_claim(*of, true),
            Happens::Redeem(code, reference) => self.redeem(member, *code, *reference),
            Happens::GiveBack(of) => self.give_back(*of),
            Happens::Adjust(points) => self.adjust(member, *points),
            other => self.simple(member, other),
        }
    }

    /// Time passes for everybody, and each stream replays from nothing.
    pub fn end(&mut self) {
        self.follow_all();
        for member in 0..MEMBERS {
            self.simple(member, &Happens::Wait);
            self.turn_to(member);
            let document = self.ledger.member.clone();
            for lot in document.lots.values().filter(|lot| lot.pending && !lot.held && lot.awaits.is_none()) {
                let order = lot.order.as_ref().and_then(|id| self.ledger.orders.get(id));
                let delivered = order.is_none_or(|order| order.fulfilled_at.is_some());
                assert!(lot.available_from.is_some() || !delivered, "nothing will ever open {lot:?} of {order:?}");
            }
            let stream = self.stream(member);
            assert_eq!(verify::stream(&stream, &self.ledger.programmes), Vec::<String>::new(), "replay from nothing");
        }
    }

    /// All that is kept of one member.
    pub fn stream(&mut self, member: usize) -> Stream {
        self.turn_to(member);
        self.ledger.stream()
    }

    pub fn turn_to(&mut self, member: usize) {
        self.ledger.turn_to(&(member + 1).to_string());
    }

    /// Decides and checks the books; a refusal changes nothing.
    pub fn decide(&mut self, member: usize, fact: Fact) -> Result<Decision, Refusal> {
        self.turn_to(member);
        let before = (self.ledger.member.clone(), self.ledger.counts.clone(), self.ledger.rows.len());
        let decided = self.ledger.decide(fact);
        self.ledger.check_books();
        if decided.is_err() {
            let after = (self.ledger.member.clone(), self.ledger.counts.clone(), self.ledger.rows.len());
            assert!(before == after, "a refusal changed something");
        }
        decided
    }

    /// The member as of now, whether or not its alarm has rung.
    fn seen(&mut self, member: usize) -> Member {
        self.turn_to(member);
        seen_at(&self.ledger.programmes.live().programme, &self.ledger.member, self.ledger.now)
    }

    pub fn checked(&self, member: usize) {
        self.model.check(&self.ledger, member);
    }

    fn order(&mut self, member: usize, id: &str, what: &Happens) {
        let Some(state) = self.state(id, what) else { return };
        let late = matches!(what, Happens::Late(_));
        let fact = Fact::Order { order_id: id.to_owned(), state: Box::new(state.clone()) };
        let Some(member) = self.maker(member, id) else { return };
        if !self.leave(member, id, &fact) {
            return;
        }
        let earned = self.ledger.orders.get(id).map(Order::earned);
        let payments = self.payments(member);
        let decision = match self.decide(member, fact) {
            Ok(decision) => decision,
            Err(refusal) => return assert!(self.on_the_way(), "an order is refused: {refusal}"),
        };
        if matches!(what, Happens::Again(_)) {
            assert_eq!(earned, decision.order.as_ref().map(Order::earned), "the same again changes nothing");
        }
        if late {
            assert_eq!(decision.order, None, "an older state changes nothing");
        } else {
            self.model.order(&self.ledger, (member, &payments), id);
            self.sent.insert(id.to_owned(), state);
        }
        self.checked(member);
    }

    /// Captured holds that an order of the member may still take over.
    fn payments(&mut self, member: usize) -> BTreeSet<String> {
        self.seen(member).payments.into_keys().collect()
    }

    /// An order that was another member's ends there; false while nobody knows whose that one is.
    fn leave(&mut self, member: usize, id: &str, fact: &Fact) -> bool {
        let Some(order) = self.ledger.orders.get(id).cloned() else { return true };
        let Some(holder) = self.led(order.owner().trim_start_matches("mem_").parse::<usize>().unwrap() - 1) else {
            return false;
        };
        let payments = self.payments(holder);
        if !order.is_of(&self.ledger.member) && holder != member {
            assert!(self.on_the_way(), "the order of nobody");
            return false;
        }
        self.turn_to(member);
        let moves = holder != member && !order.is_of(&self.ledger.member);
        self.ledger.leave(fact).unwrap();
        if moves && self.ledger.orders[id].left_for.is_some() {
            self.model.order_left((holder, &payments), &order, &self.ledger.orders[id]);
            if !self.on_the_way() {
                self.checked(holder);
            }
            self.model.returned.remove(id); // with the other one it begins anew
        }
        true
    }

    /// The next state of an order; nothing when there is no order yet.
    fn state(&self, id: &str, what: &Happens) -> Option<OrderState> {
        let known = self.sent.get(id);
        let revision = |by: i64| match known.map(|state| state.revision) {
            Some(Revision::Number(number)) => Revision::Number(number + by),
            _ => Revision::Number(1),
        };
        let mut state = match (known, what) {
            (Some(known), _) => known.clone(),
            (None, Happens::Buy(..)) => self.fresh(id == FOREIGN),
            (None, _) => return None,
        };
        state.revision = revision(1);
        match what {
            Happens::Buy(_, status, lines, hold, codes) => {
                state.status = *status;
                state.lines = lines.iter().enumerate().map(|(number, line)| goods(number, line)).collect();
                state.refunded = 0;
                state.points_hold = hold.and_then(|of| latest(&self.model.holds, of)).map(|hold| hold.id.clone());
                state.codes = codes.iter().map(|code| self.code_at(*code)).collect();
            }
            Happens::Becomes(_, status) => state.status = *status,
            Happens::Again(_) | Happens::Moves(..) => {}
            Happens::Returned(_, pieces) => {
                for (line, pieces) in state.lines.iter_mut().zip(pieces) {
                    line.returned = Quantity((pieces * 1000).min(line.quantity.0));
                }
                state.refunded = 0;
            }
            Happens::Refunded(_, percent) => {
                state.refunded = 0;
                state.refunded = state.total() * percent / 100;
            }
            _ => {
                state.revision = revision(-1);
                state.status = Status::Cancelled;
            }
        }
        Some(state)
    }

    fn fresh(&self, foreign: bool) -> OrderState {
        let (currency, rate) = (if foreign { "USD" } else { "EUR" }.to_owned(), 923_456_789);
        let exchange = Exchange { currency: currency.clone(), rate, source: "bank".to_owned() };
        let fresh = OrderState::paid(Revision::Number(1), self.ledger.now, &currency, Vec::new());
        OrderState { exchange: foreign.then_some(exchange), ..fresh }
    }

    /// One of the known codes, or one of the coupons that were claimed.
    fn code_at(&self, place: usize) -> String {
        let mut coupons = self.model.claims.iter().filter_map(|claim| claim.code.clone());
        let known = CODES.get(place).map(|code| (*code).to_owned());
        known.or_else(|| coupons.nth(place - CODES.len())).unwrap_or_else(|| "NONE".to_owned())
    }

    fn hold(&mut self, member: usize, (percent, minutes): (i64, i64), order: Option<String>, shoes: bool) {
        let seen = self.seen(member);
        let usable = seen.lots.values().filter(|lot| !lot.pending && (shoes || lot.goods.is_empty()));
        let usable = usable.map(|lot| lot.points).sum::<i64>() - seen.balance.debt;
        let points = usable.max(10) * percent / 100 / 5 * 5;
        let settings = &self.ledger.programmes.live().programme.settings;
        let left_today = seen.limits.left_today(settings, self.ledger.now).map_or(i64::MAX, |(left, _)| left);
        let usable = usable.min(left_today);
        let spends = settings.spending.allowed;
        let allowed = spends && !seen.restricted && seen.left_at.is_none() && points >= 10 && points <= usable;
        let goods = shoes.then(|| Goods { category: Some("sport/shoes/trail".to_owned()), sku: None, amount: 10_000 });
        let wanted = HoldMade {
            points,
            ttl: Some(format!("{minutes}m").parse().unwrap()),
            order: order.clone(),
            currency: None,
            goods: goods.into_iter().collect(),
        };
        let decided = self.decide(member, Fact::HoldMade(wanted));
        assert_eq!(decided.is_ok(), allowed, "{usable} can be spent, {points} are wanted: {:?}", decided.err());
        if let Ok(decision) = decided {
            let (id, ends) = (subject(&decision), self.ledger.now + minutes.minutes());
            self.model.holds.push(Hold { id, member, points, ends, order, is: HoldIs::Open });
            self.checked(member);
        }
    }

    /// Captured (so many points, or all) or released.
    fn end_hold(&mut self, of: Of, how: &Happens) {
        let now = self.ledger.now;
        let Some(hold) = latest(&self.model.holds, of) else { return };
        let id = hold.id.clone();
        let Some((member, its)) = self.asks(hold.member, of) else { return };
        let (points, fact) = if let Happens::Capture(_, points) = how {
            let captured = HoldCaptured { hold: id.clone(), points: *points };
            (Some(points.unwrap_or(hold.points)), Fact::HoldCaptured(captured))
        } else {
            (None, Fact::HoldReleased(HoldReleased { hold: id.clone() }))
        };
        let open = hold.is == HoldIs::Open && hold.ends > now;
        let allowed = open && its && points.is_none_or(|points| points <= hold.points);
        let decided = self.decide(member, fact);
        assert_eq!(decided.is_ok(), allowed, "end of a hold: {:?}", decided.err());
        if allowed {
            let is = points.map_or(HoldIs::Done, HoldIs::Captured);
            self.model.holds.iter_mut().filter(|hold| hold.id == id).for_each(|hold| hold.is = is);
            self.checked(member);
        }
    }

    fn claim(&mut self, member: usize, reward: &'static str) {
        let code = (reward == "coupon").then(|| format!("C{}", self.model.claims.len()));
        let claimed = Claimed { reward: reward.to_owned(), code: code.clone() };
        let Ok(decision) = self.decide(member, Fact::Claimed(claimed)) else { return };
        self.claimed(member, reward, code, &decision);
        self.checked(member);
    }

    /// A claim was made.
    pub fn claimed(&mut self, member: usize, reward: &'static str, code: Option<String>, decision: &Decision) {
        let (id, cost) = (subject(decision), -decision.receipt.points.change);
        self.model.claims.push(Claim { id, member, reward, cost, code, cancelled: false, over: false });
    }

    fn end_claim(&mut self, of: Of, cancels: bool) {
        let Some(claim) = latest(&self.model.claims, of) else { return };
        let id = claim.id.clone();
        let Some((member, its)) = self.asks(claim.member, of) else { return };
        let used = |code: &String| self.ledger.counts.get(&format!("code:{code}")).is_some_and(|count| count.used > 0);
        let used = cancels && claim.code.as_ref().is_some_and(used);
        let allowed = its && !claim.over && !used;
        let step = ClaimStep { claim: id.clone(), note: None };
        let fact = if cancels { Fact::ClaimCancelled(step) } else { Fact::ClaimFulfilled(step) };
        let decided = self.decide(member, fact);
        assert_eq!(decided.is_ok(), allowed, "end of a claim: {:?}", decided.err());
        if allowed {
            for claim in self.model.claims.iter_mut().filter(|claim| claim.id == id) {
                (claim.over, claim.cancelled) = (true, cancels);
            }
            self.checked(member);
        }
    }

    fn redeem(&mut self, member: usize, place: usize, reference: u8) {
        let code = self.code_at(place);
        let wanted = CodeUse { code: code.clone(), reference: reference.to_string(), partner: None };
        if self.decide(member, Fact::CodeRedeemed(wanted)).is_ok() {
            let used = (code, member, reference);
            assert!(!self.model.uses.contains(&used), "a reference uses a code once");
            self.model.uses.push(used);
            self.checked(member);
        }
    }

    fn give_back(&mut self, of: Of) {
        let Some(used) = latest(&self.model.uses, of).cloned() else { return };
        let (code, owner, reference) = used.clone();
        let Some((member, _)) = self.asks(owner, of) else { return };
        let its = (code.clone(), member, reference);
        let allowed = self.model.uses.contains(&its);
        let wanted = CodeUse { code, reference: reference.to_string(), partner: None };
        let decided = self.decide(member, Fact::CodeReleased(wanted));
        assert_eq!(decided.is_ok(), allowed, "give back: {:?}", decided.err());
        if let Some(place) = self.model.uses.iter().position(|used| *used == its) {
            self.model.uses.remove(place);
        }
        self.checked(member);
    }

    fn adjust(&mut self, member: usize, points: i64) {
        let seen = self.seen(member);
        let (spendable, gone) = (seen.balance.spendable(), seen.left_at.is_some());
        let decided = self
            .decide(member, Fact::Adjustment(Adjustment { points, reason: String::new(), ..Adjustment::default() }));
        let allowed = if points > 0 { !gone } else { -points <= spendable.max(0) };
        assert_eq!(decided.is_ok(), allowed, "by hand: {:?}", decided.err());
        if decided.is_ok() {
            self.model.sums.entry(member).or_default().adjusted += points;
            self.checked(member);
        }
    }

    /// What is never refused.
    fn simple(&mut self, member: usize, what: &Happens) {
        let (now, reason) = (self.ledger.now, String::new());
        let seen = self.seen(member);
        let fact = match what {
            Happens::Event(kind) => Fact::Other { kind: EVENTS[*kind].to_owned(), data: serde_json::json!({}) },
            Happens::Reactivate => {
                let since = now - SignedDuration::from_hours(240);
                Fact::Reactivated(Reactivated { since, expires: "5D".parse().unwrap(), reason })
            }
            Happens::Grant(tier, days) => {
                let until = now + SignedDuration::from_hours(24 * days);
                Fact::TierGranted(TierGranted { tier: TIERS[*tier].to_owned(), until, reason })
            }
            Happens::Restrict(restricted) => Fact::Restricted(Restricted { restricted: *restricted, reason }),
            Happens::Segment(vip) => {
                Fact::Segments(Segments { segments: vip.then(|| "vip".to_owned()).into_iter().collect() })
            }
            Happens::Converts(convert) => Fact::Savings(Chosen { convert: *convert }),
            Happens::Leaves(left) => Fact::Membership(Membership { left: *left, reason }),
            Happens::Birthday(days) => {
                let on = (now - SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date();
                Fact::Birthday(Birthday { on })
            }
            _ => Fact::TimePassed(TimePassed { due_at: now }),
        };
        let passes = matches!(fact, Fact::TimePassed(_));
        let rings = self.ledger.member.next_due_at.is_some_and(|at| at <= now);
        let decision = self.decide(member, fact).unwrap();
        if passes {
            assert_eq!(seen.balance, decision.member.balance, "reads see what is due as done");
            assert!(rings || decision.entries.is_empty(), "something happened before its alarm");
            assert!(decision.member.next_due_at.is_none_or(|at| at > now), "something due was left");
        }
        if matches!(what, Happens::Leaves(true)) {
            self.model.ends_membership(member);
        }
        if matches!(what, Happens::Event(_) | Happens::Birthday(_)) {
            self.model.sums.entry(member).or_default().events += decision.receipt.points.change;
        }
        self.checked(member);
    }
}

fn goods(number: usize, (category, pieces, euros): &(usize, i64, i64)) -> Line {
    Line {
        id: number.to_string(),
        category: Some(CATEGORIES[*category].to_owned()),
        quantity: Quantity(pieces * 1000),
        unit_price: euros * 100 + 33,
        discount: (euros * 100 + 33) * pieces * (euros % 4) / 10, // some lines have one, others none
        ..Line::default()
    }
}

/// The latest, the one before it, ...
fn latest<T>(all: &[T], of: Of) -> Option<&T> {
    all.iter().rev().cycle().nth(of.0).filter(|_| !all.is_empty())
}

/// The id of what was made.
fn subject(decision: &Decision) -> String {
    decision.receipt.subject.as_ref().and_then(|made| made.name()).map_or_else(String::new, |(_, id)| id.to_owned())
}

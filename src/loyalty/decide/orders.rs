//! Orders arrive as full state, never as deltas: what the order should have earned in the new state, less what it should
//! have earned in the last one, is posted. So repetition, loss or any order of arrival ends in the same lots.

use std::{borrow::Cow, cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;

use super::{Dates, Deciding, Outcome, Refusal, award_from, expires_at, limits::Share, redate};
use crate::{
    loyalty::{
        Programme,
        books::About,
        catalogue::completed,
        earn::{Circumstances, earned_by_order},
        event::OrderLeft,
        mechanics::{ALL, States},
        multiplied::Multiplied,
        order::{Line, Order, OrderState, Revision, Status},
        receipt::Points,
        tier,
    },
    programme::{NewMembers, RefundPolicy, Rule},
    values::{exchange::Exchange, id::derived},
};

/// The day on which an order was placed never changes: rules, periods and windows go by it. What another state says is noted.
fn as_first_placed<'s>(state: &'s OrderState, known: Option<&Order>) -> (Cow<'s, OrderState>, Option<String>) {
    let first = known.filter(|known| known.has_begun()).map(|known| known.state.placed_at);
    match first.filter(|first| *first != state.placed_at) {
        Some(placed_at) => {
            let note = format!("placed_at is {placed_at}, as the first state said; {} is not taken", state.placed_at);
            (Cow::Owned(OrderState { placed_at, ..state.clone() }), Some(note))
        }
        None => (Cow::Borrowed(state), None),
    }
}

impl Deciding<'_> {
    /// A full state of an order: post the difference between what it earns now and what it earned before.
    pub(super) fn order(&mut self, id: &str, state: &OrderState) -> Result<Outcome, Refusal> {
        let known = self.known;
        let state = &*self.with_rate(state, known)?;
        if let Some(known) = known.filter(|known| known.is_newer_than(state)) {
            return Ok(self.older(known, state));
        }
        self.refuse_order(id, state, known)?;
        let (state, moved) = as_first_placed(state, known);
        let judged_by = known.map_or_else(|| self.programmes.at(state.placed_at).number, |known| known.programme);
        let state = completed(&self.programmes.number(judged_by).programme, &state);
        let (state, note) = match self.refund(&state) {
            Ok(applied) => applied,
            Err(reason) => return Ok(self.waits_for_a_person(&state, known, &reason)),
        };
        let state = &*state;
        let notes: Vec<String> = [note, moved].into_iter().flatten().collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        let mut order = match known {
            Some(known) if known.left_for.is_some() => self.taken_over(known, state),
            Some(known) => known.clone(),
            None => self.new_order(id, state),
        };
        if order.member != self.books.member.id {
            let owner = std::mem::replace(&mut order.member, self.books.member.id.clone());
            order.origin.get_or_insert(owner);
        }
        self.owner = Some(order.owner().clone());
        let points = self.advance(&mut order, known.map(|known| &known.state), state)?;
        // What the order of somebody who turned out to be this one gives is theirs, should they be themselves again.
        if let Some(theirs) = self.books.member.absorbed.get_mut(order.owner()) {
            theirs.extend(order.awards.values().map(|award| award.lot.clone()));
        }
        Ok(Outcome { order: Some(order), points, note, ..Outcome::default() })
    }

    /// The order is another member's: here it ends as if it were cancelled; there it begins anew.
    pub(super) fn leave(&mut self, left: &OrderLeft) -> Result<Outcome, Refusal> {
        let no_such = || Refusal::NoSuch { what: "order", id: left.order_id.clone() };
        let known = self.known.filter(|known| known.is_of(&self.books.member)).ok_or_else(no_such)?;
        let mut order = known.clone();
        let ended = OrderState { status: Status::Cancelled, ..known.state.clone() };
        (self.owner, order.left_for) = (Some(known.owner().clone()), Some(left.to.clone()));
        let points = self.advance(&mut order, Some(&known.state), &ended)?;
        order.member.clone_from(&self.books.member.id);
        Ok(Outcome { order: Some(order), points, ..Outcome::default() })
    }

    /// An order that was another member's. The day it was placed stays, and what was known of the goods.
    fn taken_over(&self, known: &Order, state: &OrderState) -> Order {
        let Order { version, paid_at, fulfilled_at, history, history_back, .. } = *known;
        let (programme, last) = (known.programme, known.state.clone());
        let owners_before = known.owners_before + 1;
        let anew = self.new_order(&known.id, state);
        Order { version, paid_at, fulfilled_at, history, history_back, owners_before, programme, state: last, ..anew }
    }

    /// From its last state to this one. What it takes from that for which the member wears a tier takes the tier, where the
    /// programme says so: points, money or orders.
    fn advance(&mut self, order: &mut Order, last: Option<&OrderState>, state: &OrderState) -> Result<Points, Refusal> {
        if state.status.earns() && order.paid_at.is_none() {
            order.paid_at = Some(state.paid_at.unwrap_or(self.now));
        }
        if state.status == Status::Fulfilled && order.fulfilled_at.is_none() {
            order.fulfilled_at = Some(state.fulfilled_at.unwrap_or(self.now));
        }
        let qualified = |deciding: &Self| tier::qualified(deciding.programme(), &deciding.books.member, deciding.now);
        let lowers = self.programme().settings.tier.refund_lowers;
        let (earned_before, qualified_before) = (order.earned(), if lowers { qualified(self) } else { 0 });
        let given = self.given_before(order, last.is_some(), state)?;
        self.pay(order, state)?;
        for listed in ALL {
            listed.mechanic.ordered(self, order, States { last, new: state });
        }
        self.count(order, last, state)?;
        self.redate(order);
        match order.history {
            None if order.before_joining => {}
            None => {
                self.settle(order, last, state)?;
                ALL.iter().try_for_each(|listed| listed.mechanic.settled(self, order, States { last, new: state }))?;
            }
            Some(earned) => self.past_came_back(order, earned, (last, state))?,
        }
        order.state = state.clone();
        order.version += 1;
        order.unapplied = order.unapplied.filter(|waits| state.revision.is_before(waits) == Some(true));
        self.measure_order(given, order)?;
        let earned = order.earned();
        let points = Points { earned, change: earned - earned_before };
        if lowers && qualified(self) < qualified_before {
            tier::after_refund(&self.live.programme, &mut self.books.member, self.now);
        }
        Ok(points)
    }

    /// The state with the rate into the programme's currency: the one that the order began with, else the one that comes with
    /// it, else the programme's own.
    pub(super) fn with_rate<'s>(
        &self,
        state: &'s OrderState,
        known: Option<&Order>,
    ) -> Result<Cow<'s, OrderState>, Refusal> {
        let currency = &self.programme().settings.currency;
        if state.currency == *currency {
            return Ok(match state.exchange {
                None => Cow::Borrowed(state),
                Some(_) => Cow::Owned(OrderState { exchange: None, ..state.clone() }),
            });
        }
        let of_it = |exchange: &&Exchange| exchange.currency == state.currency;
        let kept = known.and_then(|known| known.state.exchange.as_ref()).filter(of_it);
        let exchange =
            kept.or(state.exchange.as_ref().filter(of_it)).cloned().or_else(|| self.our_rate(&state.currency));
        let refused = || Refusal::WrongCurrency { programme: currency.clone(), order: state.currency.clone() };
        let state = OrderState { exchange: Some(exchange.ok_or_else(refused)?), ..state.clone() };
        state.exchanged(state.lines.iter().map(Line::value).collect(), currency)?; // within the bounds in our money too
        Ok(Cow::Owned(state))
    }

    pub(super) fn our_rate(&self, currency: &str) -> Option<Exchange> {
        let settings = &self.programme().settings;
        Some(settings.exchange(currency, *settings.rates.get(currency)?, self.live.number))
    }

    pub(super) fn refuse_order(&self, id: &str, state: &OrderState, known: Option<&Order>) -> Result<(), Refusal> {
        let Some(known) = known else { return Ok(()) };
        if !known.is_of(&self.books.member) {
            return Err(Refusal::OrderOfAnotherMember { order: id.to_owned() });
        }
        // What a former system called the revision of an order says nothing about the shop's own.
        if known.history.is_none() && state.revision.is_before(&known.state.revision).is_none() {
            let known = match known.state.revision {
                Revision::Number(_) => "revision",
                Revision::UpdatedAt(_) => "updated_at",
            };
            return Err(Refusal::MixedRevisions { order: id.to_owned(), known });
        }
        Ok(())
    }

    pub(super) fn new_order(&self, id: &str, state: &OrderState) -> Order {
        let member = &self.books.member;
        Order {
            id: id.to_owned(),
            member: member.id.clone(),
            version: 0,
            state: state.clone(),
            paid_at: None,
            fulfilled_at: None,
            origin: None,
            before_joining: self.is_before_joining(state.placed_at),
            history: None,
            history_back: 0,
            held: false,
            held_at: None,
            left_for: None,
            unapplied: None,
            owners_before: 0,
            hold: None,
            paid: Vec::new(),
            funded: Vec::new(),
            codes: BTreeMap::new(),
            programme: self.programmes.at(state.placed_at).number,
            pins: self.pins(state.placed_at),
            multiplied: self.multiplied(state.placed_at),
            awards: BTreeMap::new(),
        }
    }

    /// Whether only members earned when it was placed, and its member was none on that day.
    fn is_before_joining(&self, placed_at: Timestamp) -> bool {
        let settings = &self.programmes.at(placed_at).programme.settings;
        let day = |at: Timestamp| at.to_zoned(settings.zone.clone()).date();
        settings.new_members == NewMembers::OnlyByJoining && day(placed_at) < day(self.books.member.joined_at)
    }

    /// Of what multiplies base points of an order placed at this instant, the highest; the others give nothing to it.
    fn multiplied(&self, at: Timestamp) -> Option<Multiplied> {
        let mut highest: Option<Multiplied> = None;
        let order = |one: &Multiplied| (one.thousandths, one.until, Reverse(one.by.clone()));
        for listed in ALL {
            listed.mechanic.multipliers(self.programmes, &self.books.member, at, &mut |given| {
                if highest.as_ref().is_none_or(|highest| order(&given) > order(highest)) {
                    highest = Some(given);
                }
            });
        }
        highest
    }

    /// Posts, per rule, what the new state earns less what the last one earned, both by today's engine, within caps and
    /// budgets; when nothing is earned any more, exactly what is left is taken. The place that the order has under the cap
    /// over all rules is its own, whichever of its rules fill it: so its last state alone gives what all of them give.
    fn settle(&mut self, order: &mut Order, last: Option<&OrderState>, state: &OrderState) -> Result<(), Refusal> {
        let programmes = self.programmes;
        let pinned = &programmes.number(order.programme).programme;
        let placed_at = order.state.placed_at;
        let given = Circumstances::of_order(order, &self.books.member.progress);
        let target = earned_by_order(pinned, state, &given)?;
        let before = last.map_or(Ok(BTreeMap::new()), |last| earned_by_order(pinned, last, &given))?;
        let mut shares = Vec::new();
        let own = order.multiplied.as_ref().map(Multiplied::rule);
        let concerned = pinned.rules_of(target.keys().chain(before.keys()).chain(order.awards.keys()));
        for rule in concerned.chain(&own) {
            let now = target.get(&rule.id).copied().unwrap_or(0);
            let was = before.get(&rule.id).copied().unwrap_or(0);
            let known = order.awards.get(&rule.id).map(Share::of).unwrap_or_default();
            let wanted = if now == 0 { 0 } else { (known.wanted + now - was).max(0) };
            if wanted != 0 || known != Share::default() {
                let next = Share { wanted, ..known };
                let allowed = self.of_one_rule(rule, (known, next), (placed_at, pinned));
                shares.push((rule, known, Share { allowed, ..next }));
            }
        }
        self.share_out(&mut shares, (placed_at, pinned));
        for (rule, known, share) in shares {
            if share != Share::default() {
                self.award_of(pinned, order, rule);
            }
            self.post_difference(pinned, order, rule, share.points - known.points);
            if let Some(award) = order.awards.get_mut(&rule.id) {
                award.wanted = Some(share.wanted).filter(|wanted| *wanted != share.points);
                award.allowed = Some(share.allowed).filter(|allowed| *allowed != share.points);
            }
        }
        Ok(())
    }

    /// What the rule gives for the order; also when caps leave it nothing: what it would be is remembered.
    fn award_of(&self, pinned: &Programme, order: &mut Order, rule: &Rule) {
        if order.awards.contains_key(&rule.id) {
            return;
        }
        let owner = order.owners_before.to_string();
        let mut place = vec![self.event.brand.as_str(), "order", &order.id, &rule.id];
        place.extend((order.owners_before > 0).then_some(owner.as_str())); // no lot of two members has one name
        let award = award_from(pinned, rule, derived("lot", &place), self.dates(pinned, rule, order));
        order.awards.insert(rule.id.clone(), award);
    }

    fn post_difference(&mut self, pinned: &Programme, order: &mut Order, rule: &Rule, difference: i64) {
        if difference == 0 {
            return;
        }
        let id = order.id.clone();
        let exchange = order.state.foreign(&self.live.programme.settings.currency).cloned();
        let (rule_id, text, exchange) = (Some(rule.id.as_str()), Some(rule.name.as_str()), exchange.as_ref());
        let about = About { rule: rule_id, order: Some(&id), text, exchange, ..About::default() };
        let paid_at = order.paid_at.unwrap_or(self.now);
        let released_at = order.released_at(&self.books.member);
        // Points for somebody else's order are nobody's to forgive: they are owed.
        let policy =
            if order.left_for.is_some() { RefundPolicy::Debt } else { self.live.programme.settings.after_refund };
        let owner = order.owner().clone();
        let Some(award) = order.awards.get_mut(&rule.id) else { return };
        award.points += difference;
        if difference > 0 {
            let forgiven = award.forgiven.min(difference);
            award.forgiven -= forgiven;
            let mut given = award.clone();
            if let Some(released) = released_at.filter(|at| given.available_from.is_some_and(|from| from < *at)) {
                given.available_from = Some(released);
                given.expires_at = expires_at(pinned, rule, given.available_from);
            }
            let terms = self.terms(pinned, rule, (order.held && released_at.is_none(), order.state.placed_at));
            self.books.award(&given, difference - forgiven, &terms, &about, self.now);
        } else {
            award.forgiven += self.books.take_back((award, &owner), -difference, policy, &about, self.now);
        }
        self.qualify(pinned, rule, paid_at, difference);
    }

    /// The instants from which the points of a rule wait, as far as they are known now.
    fn dates(&self, pinned: &Programme, rule: &Rule, order: &Order) -> Dates {
        let (paid_at, fulfilled_at) = (order.paid_at.unwrap_or(self.now), order.fulfilled_at);
        let since = order.state.placed_at;
        Dates { paid_at, fulfilled_at, happened: self.happened(pinned, rule, since), since }
    }

    /// A delivery or an event that is known now dates what waited for it.
    fn redate(&mut self, order: &mut Order) {
        let pinned = &self.programmes.number(order.programme).programme;
        let own = order.multiplied.as_ref().map(Multiplied::rule);
        let undated = |id: &&String| order.awards[*id].available_from.is_none();
        for id in order.awards.keys().filter(undated).cloned().collect::<Vec<_>>() {
            let Some(rule) = pinned.rules_of([&id]).chain(&own).find(|known| known.id == id) else { continue };
            let dates = self.dates(pinned, rule, order);
            let Some(award) = order.awards.get_mut(&id) else { continue };
            redate(pinned, rule, award, dates);
            if award.available_from.is_some() && self.books.member.left_at.is_none() {
                self.books.recall(&award.lot, self.now);
            }
            let dates = (award.available_from, award.expires_at);
            let expires = rule.expires.or(pinned.settings.expires);
            let dates = self.books.member.since_accepted(dates, expires, &pinned.settings.zone);
            if let Some(lot) = self.books.member.lots.get_mut(&award.lot).filter(|lot| lot.pending) {
                (lot.available_from, lot.expires_at) = dates;
            }
        }
    }
}

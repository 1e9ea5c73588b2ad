//! Whether a rule applies to an order or an event at all: all its conditions must hold.

use std::cell::OnceCell;

use jiff::{Timestamp, civil::DateTime};
use sha2::{Digest, Sha256};

use super::{Good, Pins};
use crate::{
    loyalty::{
        Event, Fact, Order, Programme,
        facts::{Context, Of},
        multiplied::Multiplied,
        order::OrderState,
        progress::Progress,
        reasons::Because,
    },
    programme::{Rule, condition::Unmet, names, times::Times},
};

/// What a rule looks at besides the goods.
pub struct Circumstances<'a> {
    pub pins: &'a Pins,
    /// The business instant that the rule's dates are held against.
    pub at: Timestamp,
    /// What a surprise is drawn by: the id of the order, or of the event.
    pub id: &'a str,
    /// The order itself, and which of the member's purchases it is; events have none.
    pub purchase: Option<Purchase<'a>>,
    /// The event; orders have none.
    event: Option<&'a Event>,
    /// What the clock showed, once a rule asked.
    clock: OnceCell<DateTime>,
}

/// Which of a member's purchases an order is.
pub struct Purchase<'a> {
    order: &'a Order,
    progress: &'a Progress,
}

impl<'a> Circumstances<'a> {
    /// Of an order, among the purchases that stand counted.
    pub fn of_order(order: &'a Order, progress: &'a Progress) -> Self {
        let purchase = Some(Purchase { order, progress });
        Self {
            pins: &order.pins,
            at: order.state.placed_at,
            id: &order.id,
            purchase,
            event: None,
            clock: OnceCell::new(),
        }
    }

    /// What multiplies the order's base points for its member's sake.
    pub fn multiplied(&self) -> Option<Rule> {
        self.purchase.as_ref()?.order.multiplied.as_ref().map(Multiplied::rule)
    }

    /// Of an event that is no order.
    pub fn of_event(pins: &'a Pins, event: &'a Event) -> Self {
        Self { pins, at: event.occurred_at, id: &event.id, purchase: None, event: Some(event), clock: OnceCell::new() }
    }

    /// What the clock of the programme that judges showed.
    fn clock(&self, programme: &Programme) -> DateTime {
        *self.clock.get_or_init(|| Times::clock(self.at, &programme.settings.zone))
    }

    /// What of a rule's condition an event does not meet.
    pub fn unmet_condition<'r>(&self, programme: &Programme, rule: &'r Rule) -> Option<Unmet<'r>> {
        let (condition, event) = (rule.condition.as_ref()?, self.event?);
        let data = match &event.fact {
            Fact::Other { data, .. } => Some(data),
            _ => None,
        };
        condition.unmet(&Context { programme, pins: self.pins, of: Of::Event { kind: event.fact.kind(), data } })
    }
}

/// Whether the order holds the first-purchase place, or would take it. What it was given as a first purchase it keeps: two
/// members that turn out to be one have a first purchase each.
pub fn is_first_purchase(programme: &Programme, order: &Order, holder: Option<&str>) -> bool {
    holder.is_none_or(|holder| holder == order.id)
        || programme.index().first_purchase().iter().any(|place| was_given(&programme.rules[*place], order))
}

fn was_given(rule: &Rule, order: &Order) -> bool {
    order.awards.get(&rule.id).is_some_and(|award| award.wanted() > 0)
}

impl Purchase<'_> {
    fn is_first(&self, programme: &Programme) -> bool {
        is_first_purchase(programme, self.order, self.progress.first_purchase.as_deref())
    }

    /// Whether it is the purchase of the rule's number; what it was given as that it keeps.
    fn is_nth(&self, rule: &Rule, nth: u8) -> bool {
        let holder = self.progress.places.get(&nth);
        holder.is_some_and(|holder| *holder == self.order.id) || was_given(rule, self.order)
    }
}

/// The first of a rule's conditions that does not hold, but for those on the order's content; none when all do. The expression is
/// looked at last.
pub fn unmet(programme: &Programme, rule: &Rule, given: &Circumstances<'_>) -> Option<Because> {
    let in_force = rule.from.is_none_or(|from| from <= given.at) && rule.until.is_none_or(|until| given.at < until);
    let in_one_of = |names: &[String]| given.pins.segments.iter().any(|segment| names::any_is(names, segment));
    let purchase = given.purchase.as_ref();
    if !in_force {
        Some(Because::Dates)
    } else if !rule.times.include(|| given.clock(programme)) {
        Some(Because::Times)
    } else if !rule.tiers.is_empty() && !names::any_is(&rule.tiers, &given.pins.tier) {
        Some(Because::Tier)
    } else if !rule.segments.is_empty() && !in_one_of(&rule.segments) {
        Some(Because::Segment)
    } else if in_one_of(&rule.not_segments) {
        Some(Because::NotSegment)
    } else if rule.first_purchase && !purchase.is_some_and(|purchase| purchase.is_first(programme)) {
        Some(Because::NotFirstPurchase)
    } else if rule.nth_purchase.is_some_and(|nth| !purchase.is_some_and(|purchase| purchase.is_nth(rule, nth))) {
        Some(Because::NotNthPurchase)
    } else if rule.one_in.is_some_and(|one_in| !is_drawn(rule, given.id, one_in)) {
        Some(Because::NotDrawn)
    } else {
        given.unmet_condition(programme, rule).map(|_| Because::Condition)
    }
}

/// The same for the conditions on the order's content.
pub(super) fn unmet_by(rule: &Rule, state: &OrderState, goods: &[Good<'_>]) -> Option<Because> {
    let is_one = |names: &[String], given: &Option<String>| {
        names.is_empty() || given.as_ref().is_some_and(|given| names::any_is(names, given))
    };
    if !is_one(&rule.stores, &state.store) {
        Some(Because::Store)
    } else if !is_one(&rule.channels, &state.channel) {
        Some(Because::Channel)
    } else {
        let amount = || goods.iter().map(|good| good.amount).sum::<i64>();
        rule.smallest_order.filter(|least| amount() < *least).map(|_| Because::SmallOrder)
    }
}

/// Whether a surprise falls to this order or event: by a hash of its id and the rule's, so that it is the same however often it
/// is judged, and nobody who cannot choose ids can bring it about.
fn is_drawn(rule: &Rule, id: &str, one_in: i64) -> bool {
    let hash = Sha256::new().chain_update(&rule.id).chain_update([0]).chain_update(id).finalize();
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number % one_in.unsigned_abs() == 0
}

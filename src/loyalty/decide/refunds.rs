//! What came back of an order, as far as it can be applied. Money that names no line comes back for goods first, then for
//! shipping and fees. More than was paid, or less than is known already, is never guessed at: a person decides.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::json;

use super::{Deciding, Outcome};
use crate::{
    loyalty::{
        order::{Line, Order, OrderState, Revision, Status},
        receipt::Points,
    },
    values::money::{format_units, places},
};

/// The order before its first state: whatever comes is newer.
fn before(state: &OrderState) -> OrderState {
    let revision = match state.revision {
        Revision::Number(_) => Revision::Number(-1),
        Revision::UpdatedAt(_) => Revision::UpdatedAt(Timestamp::MIN),
    };
    let nothing = OrderState::paid(revision, state.placed_at, &state.currency, Vec::new());
    OrderState { status: Status::Placed, exchange: state.exchange.clone(), ..nothing }
}

impl Deciding<'_> {
    /// The state with its refund as far as it is for goods, and what is to be said about it; else why it cannot be applied.
    pub(super) fn refund<'s>(&self, state: &'s OrderState) -> Result<(Cow<'s, OrderState>, Option<String>), String> {
        let places = places(&state.currency);
        let money = |units| format!("{} {}", format_units(units, places), state.currency);
        let goods: i64 = state.lines.iter().map(Line::left).sum();
        let applied = if state.refunded <= goods {
            Cow::Borrowed(state)
        } else {
            Cow::Owned(OrderState { refunded: goods, ..state.clone() })
        };
        if state.status == Status::Cancelled {
            return Ok((applied, None)); // all of it is gone, however often that is said
        }
        if let Some(line) = state.lines.iter().find(|line| line.returned > line.quantity) {
            return Err(format!("more of line {} came back than was bought", line.id));
        }
        let besides = state.shipping - state.shipping_refunded + state.fees;
        let over = state.refunded - goods;
        let beyond = over.max(0) - besides;
        let tolerance = self.tolerance(state);
        if beyond > tolerance {
            let lines = state.lines.iter().any(|line| line.returned.0 > 0);
            let twice = if lines { "; lines came back too: is the same told twice?" } else { "" };
            let (refunded, left) =
                (money(state.refunded + state.shipping_refunded), money((goods + state.shipping + state.fees).max(0)));
            return Err(format!("{refunded} came back, more than the {left} that is left of what was paid{twice}"));
        }
        let note = (beyond > 0).then(|| format!("{} more came back than was paid: it counts as all", money(beyond)));
        Ok((applied, note))
    }

    /// The programme's tolerance in the order's currency.
    fn tolerance(&self, state: &OrderState) -> i64 {
        let settings = &self.live.programme.settings;
        let ours = settings.refund_tolerance;
        state.foreign(&settings.currency).map_or(Ok(ours), |by| by.back(ours, &settings.currency)).unwrap_or(ours)
    }

    /// Recorded, and nothing changed by it.
    pub(super) fn waits_for_a_person(&mut self, state: &OrderState, known: Option<&Order>, reason: &str) -> Outcome {
        let id = self.event.fact.order_id().unwrap_or_default();
        let summary = format!("order {id}, state {}: {reason}", state.revision);
        self.park(summary, json!({ "order": id, "revision": state.revision, "state": state }));
        let mut order = known.cloned().unwrap_or_else(|| self.new_order(id, &before(state)));
        order.version += 1;
        order.unapplied = Some(state.revision);
        let note = Some(format!("recorded, nothing changed: {reason}"));
        let points = Points { earned: order.earned(), change: 0 };
        Outcome { order: Some(order), points, note, waits: true, ..Outcome::default() }
    }

    /// A state that is older than the last one changes nothing. Where it would have taken points back, a person is told.
    pub(super) fn older(&mut self, known: &Order, state: &OrderState) -> Outcome {
        let note =
            format!("state {} is older than {}: recorded, nothing changed", state.revision, known.state.revision);
        let stands = |state: &OrderState| if state.status.earns() { state.total() } else { 0 };
        let takes_back = state.status != Status::Placed && stands(state) < stands(&known.state);
        if takes_back && known.is_of(&self.books.member) {
            let (id, newest) = (&known.id, known.state.revision);
            let summary = format!(
                "order {id}: state {} came after {newest} and would have taken points back; is something missing?",
                state.revision
            );
            self.park(summary, json!({ "order": id, "revision": state.revision, "newest": newest }));
        }
        let earned = if known.is_of(&self.books.member) { known.earned() } else { 0 };
        Outcome { points: Points { earned, change: 0 }, note: Some(note), ..Outcome::default() }
    }
}

//! One step of a case: at most one thing that happens, and what must be true after it.

use std::collections::BTreeMap;

use loyalty_connector::{
    loyalty::{
        Decision, Fact, OrderState,
        event::{
            Accepted, Adjustment, Goods, HoldCaptured, HoldMade, HoldReleased, Joined, Membership, Merged,
            OrderImported, Reactivated, Restricted, Segments, TierGranted, TimePassed, Unmerged,
        },
        mechanics::{
            birthdays::Birthday,
            challenges::{ChallengeCorrected, ChallengeJoined, badges, challenges},
            codes::{CodeUse, Coupon},
            rewards::{Claim, ClaimState, ClaimStep, Claimed},
            savings::Chosen,
            segments::{SegmentsLooked, TopSpend},
        },
        order::{Revision, Status},
    },
    values::money::{Quantity, parse_units, places},
};
use serde::Deserialize;

use crate::{
    books::{Ledger, at},
    cart::{CaseLine, Quoted},
    form::Given,
};

/// Ids of holds and claims by the names that a case gives them.
pub type Names = BTreeMap<String, String>;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// The clock; it stays where it was when left out.
    at: Option<String>,
    /// Whom it is about; `1` when left out.
    member: Option<String>,

    // What happens: one of these.
    order: Option<String>,
    /// The order is brought from another programme, where it earned so many points.
    past: Option<i64>,
    event: Option<String>,
    adjust: Option<i64>,
    hold: Option<i64>,
    capture: Option<String>,
    release: Option<String>,
    claim: Option<String>,
    fulfil: Option<String>,
    cancel: Option<String>,
    code: Option<String>,
    release_code: Option<String>,
    reactivate: Option<String>,
    grant_tier: Option<String>,
    restrict: Option<bool>,
    birthday: Option<String>,
    savings: Option<String>,
    leave: Option<bool>,
    segments: Option<Vec<String>>,
    /// Lists that name the member.
    listed: Option<Vec<String>>,
    /// The challenge that the member takes part in from now on.
    joins: Option<String>,
    /// The challenge of which `steps` are added or taken by hand.
    corrects: Option<String>,
    steps: Option<i64>,
    /// The member that this one turns out to be, or was not after all.
    merge: Option<String>,
    unmerge: Option<String>,
    wait: bool,
    join: bool,
    /// What those who spent most had spent, by percent, as it is worked out now.
    top_spend: Option<BTreeMap<String, String>>,
    /// Nobody asked the member, who accepts to be one with a later step.
    unaccepted: Option<bool>,
    accept: Option<bool>,
    /// What a marketer changes in the programme; in effect from now on.
    pub publish: Option<Given>,
    /// The cart of `lines` and `codes` is quoted, with what must be true of the answer.
    quote: Option<Quoted>,

    // More about it.
    status: Option<Status>,
    revision: Option<i64>,
    updated: Option<String>,
    /// When an event happened, if not just now.
    occurred: Option<String>,
    /// What an event says besides.
    data: Option<toml::Table>,
    placed: Option<String>,
    paid: Option<String>,
    fulfilled: Option<String>,
    currency: Option<String>,
    lines: Option<Vec<CaseLine>>,
    /// Returned quantity of each line.
    returned: Option<Vec<String>>,
    refunded: Option<String>,
    shipping: Option<String>,
    shipping_refunded: Option<String>,
    fees: Option<String>,
    store: Option<String>,
    channel: Option<String>,
    codes: Vec<String>,
    points_hold: Option<String>,
    /// The name under which later steps speak of the hold or claim.
    named: Option<String>,
    points: Option<i64>,
    ttl: Option<String>,
    for_order: Option<String>,
    goods: Vec<CaseGoods>,
    partner: Option<String>,
    reference: Option<String>,
    since: Option<String>,
    expires: Option<String>,
    until: Option<String>,
    /// What follows for the other member is on its way until a step without this.
    on_the_way: bool,

    // What must be true after it.
    refused: Option<String>,
    available: Option<i64>,
    pending: Option<i64>,
    reserved: Option<i64>,
    debt: Option<i64>,
    /// What the order has earned in all, and what this step changed.
    earned: Option<i64>,
    change: Option<i64>,
    tier: Option<String>,
    /// When the tier that is worn ends.
    tier_until: Option<String>,
    accept_by: Option<String>,
    /// Why rules gave nothing, or less.
    why: Option<Vec<String>>,
    /// The member's counters: orders that stand, and what was spent in them.
    orders: Option<i64>,
    spent: Option<String>,
    missing: Option<String>,
    /// Each entry as `issued > available 89 base`.
    entries: Option<Vec<String>>,
    /// Open lots as `89 until 2027-11-30T22:00:00Z`.
    lots: Option<Vec<String>>,
    parked: Option<Vec<String>>,
    /// Challenges that were done, or lost: `coffee ever +1 50 points`.
    done: Option<Vec<String>>,
    /// How far: `coffee 3 of 10`.
    progress: Option<Vec<String>>,
    /// Badges that the member has.
    badges: Option<Vec<String>>,
    /// Segments of the programme that the member is in.
    in_segments: Option<Vec<String>>,
    /// Rewards that wait to be handed over.
    claims: Option<Vec<String>>,
    /// Codes of the member's own: `five used 0`, `five void`.
    own_codes: Option<Vec<String>>,
    note: Option<String>,
    /// Texts and signals that follow.
    follows: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseGoods {
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    sku: Option<String>,
    amount: String,
}

impl Step {
    /// Turns to the step's member and instant.
    pub fn begin(&self, ledger: &mut Ledger) {
        ledger.turn_to(self.member.as_deref().unwrap_or("1"));
        if let Some(instant) = &self.at {
            ledger.now = at(instant);
        }
        if let Some(least) = &self.top_spend {
            let units = |text: &String| parse_units(text, 2).unwrap();
            let least = least.iter().map(|(percent, spent)| (units(percent), units(spent))).collect();
            let top = TopSpend { at: ledger.now, least };
            ledger.programmes = ledger.programmes.clone().with_top_spend([top]);
        }
    }

    pub fn play(&self, ledger: &mut Ledger, names: &mut Names) -> Result<(), String> {
        if let Some(quoted) = &self.quote {
            return quoted.compare(ledger, &self.state(ledger, "quote", names));
        }
        let Some(fact) = self.fact(ledger, names) else { return self.compare(ledger, None) };
        if let Some(order) = self.order.as_ref().and_then(|id| ledger.orders.get(id)) {
            let name = order.decided_for(&ledger.member).trim_start_matches("mem_").to_owned();
            ledger.turn_to(&name);
        }
        let occurred_at = self.occurred.as_deref().map_or(ledger.now, at);
        ledger.leave(&fact).map_err(|refusal| format!("the order cannot leave: {refusal}"))?;
        match (ledger.decide_of(fact, occurred_at), &self.refused) {
            (Ok(decision), None) => {
                let follows = |ledger: &mut Ledger| !self.on_the_way && ledger.follow().is_some();
                while follows(ledger) {}
                ledger.turn_to(decision.member.id.trim_start_matches("mem_"));
                if let (Some(name), Some(subject)) = (&self.named, &decision.receipt.subject) {
                    names.insert(name.clone(), subject.name().map_or_else(String::new, |(_, id)| id.to_owned()));
                }
                self.compare(ledger, Some(&decision))
            }
            (Err(refusal), Some(expected)) if refusal.to_string().contains(expected) => self.compare(ledger, None),
            (Err(refusal), _) => Err(format!("refused: {refusal}")),
            (Ok(_), Some(expected)) => Err(format!("accepted, expected a refusal: {expected}")),
        }
    }

    fn fact(&self, ledger: &Ledger, names: &Names) -> Option<Fact> {
        let named = |name: &String| names.get(name).cloned().unwrap_or_else(|| name.clone());
        // One that followed has no name of the case's: that of its reward.
        let claim_named = |name: &String| {
            let is_open = |claim: &Claim| claim.state == ClaimState::Claimed && claim.reward == *name;
            let open = ledger.member.claims.iter().find(|(_, claim)| is_open(claim));
            names.get(name).or(open.map(|(id, _)| id)).unwrap_or(name).clone()
        };
        let (reason, note) = (String::new(), None);
        let code_use = |code: &String| CodeUse {
            code: code.clone(),
            reference: self.reference.clone().unwrap_or_else(|| "use".to_owned()),
            partner: self.partner.clone(),
        };
        let fact = if let (Some(id), Some(earned)) = (&self.order, self.past) {
            let state = self.state(ledger, id, names);
            Fact::OrderImported(Box::new(OrderImported { order_id: id.clone(), state, earned, counted: false }))
        } else if let Some(id) = &self.order {
            Fact::Order { order_id: id.clone(), state: Box::new(self.state(ledger, id, names)) }
        } else if let Some(kind) = &self.event {
            Fact::Other { kind: kind.clone(), data: serde_json::json!(self.data.clone().unwrap_or_default()) }
        } else if let Some(points) = self.adjust {
            Fact::Adjustment(Adjustment { points, reason, ..Adjustment::default() })
        } else if let Some(points) = self.hold {
            Fact::HoldMade(self.hold_made(points))
        } else if let Some(hold) = &self.capture {
            Fact::HoldCaptured(HoldCaptured { hold: named(hold), points: self.points })
        } else if let Some(hold) = &self.release {
            Fact::HoldReleased(HoldReleased { hold: named(hold) })
        } else if let Some(reward) = &self.claim {
            let issued =
                ledger.programmes.live().programme.mechanics.rewards.catalogue.iter().find(|known| known.id == *reward);
            let code = issued.and_then(|known| known.offer.as_ref()).and(self.named.as_ref());
            Fact::Claimed(Claimed { reward: reward.clone(), code: code.map(|name| name.to_uppercase()) })
        } else if let Some(claim) = &self.fulfil {
            Fact::ClaimFulfilled(ClaimStep { claim: claim_named(claim), note })
        } else if let Some(claim) = &self.cancel {
            Fact::ClaimCancelled(ClaimStep { claim: claim_named(claim), note })
        } else if let Some(code) = &self.code {
            Fact::CodeRedeemed(code_use(code))
        } else if let Some(code) = &self.release_code {
            Fact::CodeReleased(code_use(code))
        } else if let Some(since) = &self.reactivate {
            let expires = self.expires.as_deref().unwrap_or("1M").parse().unwrap();
            Fact::Reactivated(Reactivated { since: at(since), expires, reason })
        } else if let Some(tier) = &self.grant_tier {
            let until = at(self.until.as_deref().expect("`until` of a granted tier"));
            Fact::TierGranted(TierGranted { tier: tier.clone(), until, reason })
        } else if let Some(restricted) = self.restrict {
            Fact::Restricted(Restricted { restricted, reason })
        } else if let Some(on) = &self.birthday {
            Fact::Birthday(Birthday { on: on.parse().unwrap() })
        } else if let Some(left) = self.leave {
            Fact::Membership(Membership { left, reason })
        } else if let Some(choice) = &self.savings {
            Fact::Savings(Chosen { convert: choice == "convert" })
        } else if let Some(listed) = &self.listed {
            Fact::SegmentsLooked(SegmentsLooked { listed: listed.iter().cloned().collect() })
        } else if let Some(segments) = &self.segments {
            Fact::Segments(Segments { segments: segments.iter().cloned().collect() })
        } else if let Some(challenge) = &self.joins {
            Fact::ChallengeJoined(ChallengeJoined { challenge: challenge.clone() })
        } else if let Some(challenge) = self.corrects.clone() {
            Fact::ChallengeCorrected(ChallengeCorrected { challenge, steps: self.steps.unwrap_or(1), reason })
        } else if let Some(into) = &self.merge {
            Fact::Merged(Merged { into: format!("mem_{into}"), reason })
        } else if let Some(from) = &self.unmerge {
            Fact::Unmerged(Unmerged { from: format!("mem_{from}"), reason })
        } else if self.join {
            Fact::Joined(Joined { unaccepted: self.unaccepted.is_some(), ..Joined::default() })
        } else if self.accept.is_some() {
            Fact::Accepted(Accepted::default())
        } else if self.wait {
            Fact::TimePassed(TimePassed { due_at: ledger.now })
        } else {
            return None;
        };
        Some(fact)
    }

    fn hold_made(&self, points: i64) -> HoldMade {
        let ttl = self.ttl.as_ref().map(|ttl| ttl.parse().unwrap());
        let goods = self.goods.iter().map(|goods| Goods {
            category: goods.category.clone(),
            sku: goods.sku.clone(),
            amount: parse_units(&goods.amount, 2).unwrap(),
        });
        HoldMade { points, ttl, order: self.for_order.clone(), currency: None, goods: goods.collect() }
    }

    /// The order's last state, with what the step says on top.
    fn state(&self, ledger: &Ledger, id: &str, names: &Names) -> OrderState {
        let known = ledger.orders.get(id).map(|order| order.state.clone());
        let next = known.as_ref().map_or(1, |state| match state.revision {
            Revision::Number(number) => number + 1,
            Revision::UpdatedAt(_) => 1,
        });
        let fresh = || OrderState::paid(Revision::Number(1), ledger.now, "EUR", Vec::new());
        let mut state = known.unwrap_or_else(fresh);
        state.revision = Revision::Number(self.revision.unwrap_or(next));
        if let Some(updated) = &self.updated {
            state.revision = Revision::UpdatedAt(at(updated));
        }
        state.status = self.status.unwrap_or(state.status);
        state.placed_at = self.placed.as_deref().map_or(state.placed_at, at);
        state.paid_at = self.paid.as_deref().map(at).or(state.paid_at);
        state.fulfilled_at = self.fulfilled.as_deref().map(at).or(state.fulfilled_at);
        state.currency = self.currency.clone().unwrap_or(state.currency);
        state.points_hold =
            self.points_hold.as_ref().map(|name| names.get(name).unwrap_or(name).clone()).or(state.points_hold);
        if !self.codes.is_empty() {
            state.codes.clone_from(&self.codes);
        }
        if let Some(lines) = &self.lines {
            state.lines = (1..).zip(lines).map(|(number, line)| line.line(number, places(&state.currency))).collect();
        }
        for (line, returned) in state.lines.iter_mut().zip(self.returned.iter().flatten()) {
            line.returned = Quantity(parse_units(returned, 3).unwrap());
        }
        let units =
            |text: &Option<String>, known: i64| text.as_ref().map_or(known, |text| parse_units(text, 2).unwrap());
        state.refunded = units(&self.refunded, state.refunded);
        state.shipping = units(&self.shipping, state.shipping);
        state.shipping_refunded = units(&self.shipping_refunded, state.shipping_refunded);
        state.fees = units(&self.fees, state.fees);
        state.store = self.store.clone().or(state.store);
        state.channel = self.channel.clone().or(state.channel);
        state
    }

    fn compare_challenges(&self, ledger: &Ledger) -> Result<(), String> {
        let (programmes, member) = (&ledger.programmes, &ledger.member);
        let views = challenges(programmes, member, ledger.now);
        let progress = views.iter().map(|view| format!("{} {} of {}", view.id, view.value, view.goal));
        same("progress", self.progress.clone(), progress.collect::<Vec<_>>())?;
        let earned = badges(programmes, member).into_iter().filter(|badge| badge.earned_at.is_some());
        same("in_segments", self.in_segments.clone(), member.placed.segments.iter().cloned().collect::<Vec<_>>())?;
        same("badges", self.badges.clone(), earned.map(|badge| badge.id).collect::<Vec<_>>())?;
        let claims = member.claims.values().filter(|claim| claim.state == ClaimState::Claimed);
        same("claims", self.claims.clone(), claims.map(|claim| claim.reward.clone()).collect::<Vec<_>>())?;
        let codes = member.coupons.values().map(|coupon| match coupon {
            Coupon { void: true, offer, .. } => format!("{offer} void"),
            Coupon { used, offer, .. } => format!("{offer} used {used}"),
        });
        let (mut codes, mut expected) = (codes.collect::<Vec<_>>(), self.own_codes.clone());
        codes.sort();
        if let Some(expected) = &mut expected {
            expected.sort();
        }
        same("own_codes", expected, codes)
    }

    fn compare(&self, ledger: &Ledger, decision: Option<&Decision>) -> Result<(), String> {
        let (member, balance) = (&ledger.member, ledger.member.balance);
        same("available", self.available, balance.available)?;
        same("pending", self.pending, balance.pending)?;
        same("reserved", self.reserved, balance.reserved)?;
        same("debt", self.debt, balance.debt)?;
        same("tier", self.tier.as_ref(), &member.tier.id)?;
        same("tier_until", self.tier_until.as_deref().map(|until| Some(at(until))), member.tier.until)?;
        same("orders", self.orders, member.progress.orders)?;
        same("accept_by", self.accept_by.as_deref().map(|by| Some(at(by))), member.accept_by())?;
        let spent = self.spent.as_ref().map(|spent| parse_units(spent, 2).unwrap());
        same("spent", spent, member.progress.spent)?;
        if let Some(expected) = &self.lots {
            let lots = member.lots.values().map(|lot| match lot.expires_at {
                Some(end) => format!("{} until {end}", lot.points),
                None => format!("{} for ever", lot.points),
            });
            let (mut lots, mut expected) = (lots.collect::<Vec<_>>(), expected.clone());
            lots.sort();
            expected.sort();
            same("lots", Some(expected), lots)?;
        }
        self.compare_challenges(ledger)?;
        let Some(decision) = decision else { return Ok(()) };
        let receipt = &decision.receipt;
        same("earned", self.earned, receipt.points.earned)?;
        same("change", self.change, receipt.points.change)?;
        let why = || receipt.why.iter().map(|reason| serde_json::json!(reason.because)).collect::<Vec<_>>();
        same("why", self.why.clone(), why())?;
        same("missing", self.missing.as_ref().map(Some), receipt.tier.missing.as_ref())?;
        let done = receipt.challenges.iter().map(|done| {
            let limited = if done.limited { ", nothing left" } else { "" };
            let tier = done.tier.as_ref().map(|tier| format!(", tier {}", tier.what)).unwrap_or_default();
            let by = done.multiplier.as_ref().map(|by| format!(", x {}", by.what)).unwrap_or_default();
            format!("{} {} {:+} {} points{tier}{by}{limited}", done.challenge, done.period, done.times, done.points)
        });
        same("done", self.done.clone(), done.collect::<Vec<_>>())?;
        let entries = decision.entries.iter().map(|entry| {
            let about = entry.rule.as_deref().map(|rule| format!(" {rule}")).unwrap_or_default();
            format!("{} > {} {}{about}", entry.debit.name(), entry.credit.name(), entry.points)
        });
        same("entries", self.entries.clone(), entries.collect::<Vec<_>>())?;
        let follows = decision.intents.iter().map(|intent| match &intent.action {
            loyalty_connector::loyalty::intent::Action::Signal { name, .. } => name.clone(),
            loyalty_connector::loyalty::intent::Action::Text { text_id, .. } => text_id.clone(),
            other => other.destination().to_owned(),
        });
        same("follows", self.follows.clone(), follows.collect::<Vec<_>>())?;
        for (what, expected, told) in [
            ("parked", &self.parked, &receipt.parked),
            ("note", &self.note.clone().map(|note| vec![note]), &receipt.note.iter().cloned().collect()),
        ] {
            let Some(expected) = expected else { continue };
            let fits =
                expected.len() == told.len() && expected.iter().zip(told).all(|(part, whole)| whole.contains(part));
            if !fits {
                return Err(format!("{what} is {told:?}, expected {expected:?}"));
            }
        }
        Ok(())
    }
}

pub fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    what: &str,
    expected: Option<T>,
    is: U,
) -> Result<(), String> {
    match expected {
        Some(expected) if expected != is => Err(format!("{what} is {is:?}, expected {expected:?}")),
        _ => Ok(()),
    }
}

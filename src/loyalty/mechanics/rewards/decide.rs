//! Rewards: claimed for points while stock lasts, fulfilled, or cancelled with points and stock returned.

use serde_json::json;

use super::{Claim, ClaimState, ClaimStep, Claimed};
use crate::{
    loyalty::{
        Event, NotAllowed, Refusal,
        books::About,
        counters,
        decide::intents::intent,
        deciding::{Deciding, Outcome},
        entry::{Account, TextId},
        intent::{Action, Intent},
        mechanics::rewards::Reward,
        subject::Subject,
    },
    values::id::derived,
};

impl Deciding<'_> {
    pub(in crate::loyalty) fn claim(&mut self, wanted: &Claimed) -> Result<Outcome, Refusal> {
        let programme = self.programme();
        let unknown = || Refusal::NoSuch { what: "reward", id: wanted.reward.clone() };
        let reward = programme
            .mechanics
            .rewards
            .catalogue
            .iter()
            .find(|reward| reward.id == wanted.reward)
            .ok_or_else(unknown)?;
        self.may_spend()?;
        self.may_have(reward)?;
        let available = self.books.spendable_on(&[], &programme.settings);
        if available < reward.cost {
            return Err(Refusal::NotEnoughPoints { available, wanted: reward.cost });
        }
        let day = self.spend_today(reward.cost)?;
        let id = claim_id(self.event);
        let about = About { rule: Some(&reward.id), text: Some(&reward.name), ..About::default() };
        let to = (Account::Redeemed, TextId::Claimed);
        let parts = self.books.take_parts(to, reward.cost, &[], (&about, &programme.settings), self.now);
        self.count_claim(reward, 1);
        if let (Some(code), Some(offer)) = (&wanted.code, &reward.offer) {
            self.shared.issue(&counters::code(code), offer);
        }
        let (reward_id, code) = (reward.id.clone(), wanted.code.clone());
        let claim = Claim { reward: reward_id, state: ClaimState::Claimed, parts, at: self.now, code, day };
        self.books.member.claims.insert(id.clone(), claim);
        let intents = vec![self.hand_over(&id, reward)];
        let (code, reward, points) = (wanted.code.clone(), reward.id.clone(), reward.cost);
        let subject = Subject::Claim { code, id, points, reward, state: ClaimState::Claimed };
        Ok(Outcome { intents, ..Outcome::moved(-points) }.about(subject))
    }

    /// A claim of this name that costs nothing.
    pub(in crate::loyalty) fn give_free(&mut self, id: &str, reward: &Reward, code: Option<&str>) -> Intent {
        self.count_claim(reward, 1);
        if let (Some(code), Some(offer)) = (code, &reward.offer) {
            self.shared.issue(&counters::code(code), offer);
        }
        let (parts, code) = (Vec::new(), code.map(str::to_owned));
        let claim =
            Claim { reward: reward.id.clone(), state: ClaimState::Claimed, parts, at: self.now, code, day: None };
        self.books.member.claims.insert(id.to_owned(), claim);
        let cost = Reward { cost: 0, ..reward.clone() };
        self.hand_over(id, &cost)
    }

    /// A claim, told to whoever hands rewards over: an issuer or a workflow, which answers with the claim's id.
    fn hand_over(&self, id: &str, reward: &Reward) -> Intent {
        let member = &self.books.member;
        let data = json!({
            "brand": self.event.brand, "member_id": member.id, "claim_id": id, "reward": reward.id,
            "kind": reward.kind.name(), "points": reward.cost,
            "goods": Some(&reward.goods).filter(|goods| !goods.is_empty()),
        });
        let action = Action::Signal { name: "reward.claimed".to_owned(), data };
        intent(self, &["signal", id, "reward.claimed"], action)
    }

    /// Handed over, or confirmed by its issuer.
    pub(in crate::loyalty) fn fulfil(&mut self, step: &ClaimStep) -> Result<Outcome, Refusal> {
        let claim = self.open_claim(step)?;
        claim.state = ClaimState::Fulfilled;
        claim.parts.clear(); // what is handed over is not taken back
        let (id, reward, state) = (step.claim.clone(), claim.reward.clone(), claim.state);
        Ok(Outcome::nothing().about(Subject::ClaimFulfilled { id, reward, state }))
    }

    /// Points go back to the lots they came from, the piece to the stock, and its code is void.
    pub(in crate::loyalty) fn cancel(&mut self, step: &ClaimStep) -> Result<Outcome, Refusal> {
        if let Some(code) = self.open_claim(step)?.code.clone() {
            if self.shared.count(&counters::code(&code)).used > 0 {
                return Err(Refusal::Over { what: "code of claim", id: step.claim.clone(), state: "used" });
            }
            self.shared.void(&counters::code(&code));
        }
        let claim = self.open_claim(step)?;
        claim.state = ClaimState::Cancelled;
        let (reward, mut parts) = (claim.reward.clone(), std::mem::take(&mut claim.parts));
        let (day, points) = (claim.day.take(), parts.iter().map(|part| part.lot.points).sum());
        self.books.unspend(day.as_deref(), points);
        let programme = self.programme();
        let known = programme.mechanics.rewards.catalogue.iter().find(|known| known.id == reward);
        let text = known.map(|known| known.name.as_str());
        let about = About { rule: Some(&reward), text, ..About::default() };
        let how = (TextId::ClaimReturned, &about, &programme.settings);
        let mut parts: Vec<_> = parts.iter_mut().collect();
        self.books.give_back(&mut parts, points, how, self.now);
        match known {
            Some(known) => self.count_claim(known, -1),
            None => self.shared.change(&counters::stock(&reward), -1),
        }
        let (id, state) = (step.claim.clone(), ClaimState::Cancelled);
        Ok(Outcome::nothing().about(Subject::ClaimCancelled { id, returned: points, reward, state }))
    }

    fn may_have(&mut self, reward: &Reward) -> Result<(), Refusal> {
        let refused = |why| Err(Refusal::NotAllowed(why));
        let (now, member) = (self.now, &self.books.member);
        if reward.from.is_some_and(|from| now < from) || reward.until.is_some_and(|until| until <= now) {
            return refused(NotAllowed::OutsideDates);
        }
        if !reward.is_for(&member.tier.id, &member.in_segments()) {
            return refused(NotAllowed::OtherMembers);
        }
        let full = |limit: &str, most: Option<i64>| most.is_some_and(|most| member.limits.used(limit, EVER) >= most);
        let menu = reward.group.as_ref().is_some_and(|group| full(&menu(group), reward.pick));
        if full(&format!("reward:{}", reward.id), reward.per_member) || menu {
            return refused(NotAllowed::MemberLimit);
        }
        if reward.stock.is_some_and(|stock| self.shared.count(&counters::stock(&reward.id)).used >= stock) {
            return refused(NotAllowed::OutOfStock);
        }
        Ok(())
    }

    fn count_claim(&mut self, reward: &Reward, change: i64) {
        let limits = &mut self.books.member.limits;
        limits.change(&format!("reward:{}", reward.id), EVER, change);
        if let Some(group) = &reward.group {
            limits.change(&menu(group), EVER, change);
        }
        self.shared.change(&counters::stock(&reward.id), change);
    }

    fn open_claim(&mut self, step: &ClaimStep) -> Result<&mut Claim, Refusal> {
        let (what, id) = ("claim", step.claim.clone());
        match self.books.member.claims.get_mut(&step.claim) {
            None => Err(Refusal::NoSuch { what, id }),
            Some(claim) => match claim.state {
                ClaimState::Claimed => Ok(claim),
                ClaimState::Fulfilled => Err(Refusal::Over { what, id, state: "fulfilled" }),
                ClaimState::Cancelled => Err(Refusal::Over { what, id, state: "cancelled" }),
            },
        }
    }
}

/// The id under which a claim is fulfilled or cancelled.
fn claim_id(event: &Event) -> String {
    derived("clm", &[&event.brand, &event.source, &event.id])
}

fn menu(group: &str) -> String {
    format!("menu:{group}")
}

/// The one period of limits that never begin anew.
const EVER: &str = "ever";

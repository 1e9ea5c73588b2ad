//! The reward of a giving: a claim that costs nothing. It needs stock and perhaps a code, so it follows as an event of its own, which
//! gives only if the giving still stands then, and takes back what nobody has used if it does not.

use super::RewardGiven;
use crate::loyalty::{
    Fact, Programmes, counters,
    decide::intents::intent,
    deciding::{Deciding, Outcome},
    intent::{Action, Intent},
    mechanics::rewards::{ClaimState, ClaimStep, Reward},
    subject::Subject,
};
use jiff::Timestamp;
use serde_json::json;

/// A row of Rewards that is offered now.
pub(super) fn of<'p>(programmes: &'p Programmes, reward: &str) -> Option<&'p Reward> {
    programmes.live().programme.mechanics.rewards.catalogue.iter().find(|known| known.id == reward)
}

impl Deciding<'_> {
    /// The claim of one cause has one name for ever.
    pub(super) fn claim_of(&self, (goal, period): (&str, &str), owner: &str, n: i64) -> String {
        crate::values::id::derived("clm", &[&self.event.brand, "challenge", owner, goal, period, &n.to_string()])
    }

    /// Lets the event follow that brings the reward to what stands.
    pub(super) fn reward_follows(&mut self, (goal, period): (&str, &str), owner: &str, n: i64) {
        let giving = self.books.member.challenges.part(owner, goal).and_then(|taken| taken.givings.get(period));
        let reward =
            giving.into_iter().flatten().find(|giving| giving.first == n).and_then(|giving| giving.reward.clone());
        let Some(reward) = reward else { return };
        let (challenge, period, owner) = (goal.to_owned(), period.to_owned(), owner.to_owned());
        let number = n.to_string();
        let key = ["follow", &self.event.source, &self.event.id, "reward.given", &owner, &challenge, &period, &number];
        let fact = Fact::RewardGiven(RewardGiven {
            challenge: challenge.clone(),
            period: period.clone(),
            n,
            owner: owner.clone(),
            reward,
            code: None,
        });
        let member = self.books.member.id.clone();
        let action = Action::Follow { member, event: fact.kind().to_owned(), data: fact.data(), at: None };
        let follows = Intent { valid_until: Timestamp::MAX, ..intent(self, &key, action) };
        self.intents.push(follows);
    }

    /// It is never refused: nobody asks for it who could read why.
    pub(in crate::loyalty) fn settle_reward(&mut self, given: &RewardGiven) -> Outcome {
        let RewardGiven { challenge, period, n, owner, code, .. } = given;
        let taken = self.books.member.challenges.part(owner, challenge);
        let kept = taken.and_then(|taken| taken.givings.get(period)).into_iter().flatten();
        let stands = kept.filter(|giving| giving.first == *n).any(|giving| giving.times > 0);
        let id = self.claim_of((challenge, period), owner, *n);
        let claim = self.books.member.claims.get(&id).map(|claim| (claim.state, claim.code.clone()));
        let note = |why: &str| Outcome { note: Some(why.to_owned()), ..Outcome::nothing() };
        match (stands, claim) {
            (true, None | Some((ClaimState::Cancelled, _))) => self.give_reward(&id, given, code.as_deref()),
            (false, Some((ClaimState::Claimed, code))) => {
                let used = code.as_deref().is_some_and(|code| self.shared.count(&counters::code(code)).used > 0);
                if used {
                    return note("the reward is used already: it stays");
                }
                let step = ClaimStep { claim: id, note: None };
                self.cancel(&step).unwrap_or_else(|refusal| note(&refusal.to_string()))
            }
            _ => note("the reward is as it should be"),
        }
    }

    fn give_reward(&mut self, id: &str, given: &RewardGiven, code: Option<&str>) -> Outcome {
        let waits = |deciding: &mut Self, why: &str| {
            let content = json!({ "challenge": given.challenge, "reward": given.reward, "claim": id });
            deciding.park(format!("reward {} of challenge {}: {why}", given.reward, given.challenge), content);
            Outcome::nothing()
        };
        let Some(reward) = of(self.programmes, &given.reward) else { return waits(self, "it is offered no more") };
        if self.books.member.restricted {
            return waits(self, "the member's account is on hold");
        }
        if self.books.member.left_at.is_some() {
            return Outcome { note: Some("the member has left the programme".to_owned()), ..Outcome::nothing() };
        }
        if reward.stock.is_some_and(|stock| self.shared.count(&counters::stock(&reward.id)).used >= stock) {
            return waits(self, "there are none left");
        }
        let handed_over = self.give_free(id, reward, code);
        let (code, points, state) = (code.map(str::to_owned), 0, ClaimState::Claimed);
        let subject = Subject::Claim { code, id: id.to_owned(), points, reward: reward.id.clone(), state };
        Outcome { intents: vec![handed_over], ..Outcome::nothing() }.about(subject)
    }
}

//! A code of their own that a rule or a challenge gives a member. It needs a code that nobody can guess, so it follows as an event of
//! its own, which gives only if its cause still stands then, and takes back what nobody has used if it does not.

use serde_json::json;

use super::{CodeGiven, Coupon, Offer};
use crate::loyalty::{
    Fact, counters,
    decide::intents::intent,
    deciding::{Deciding, Outcome},
    intent::Action,
    mechanics::cause::to_be_given,
    subject::Subject,
};

impl Deciding<'_> {
    /// It is never refused: nobody asks for it who could read why.
    pub(in crate::loyalty) fn settle_code(&mut self, given: &CodeGiven) -> Outcome {
        let stands = given.cause.stands(&self.books.member);
        let id = given.name(&self.event.brand);
        let known = self.books.member.coupons.get(&id).cloned();
        self.settled = Some(id.clone()); // unless it waits again
        match (stands, known) {
            (true, None) => match given.code.clone() {
                Some(code) => self.give_code(&id, given, code),
                None => self.code_waits(&id, given, "it is offered no more"),
            },
            (true, Some(coupon)) if coupon.void => self.give_code(&id, given, coupon.code),
            (false, Some(coupon)) if !coupon.void => self.take_code(&id, coupon),
            _ => note("the code is as it should be"),
        }
    }

    fn give_code(&mut self, id: &str, given: &CodeGiven, code: String) -> Outcome {
        let offers = &self.live.programme.mechanics.codes.offers;
        let Some(offer) = offers.iter().find(|offer| offer.id == given.offer) else {
            return self.code_waits(id, given, "it is offered no more");
        };
        if self.books.member.restricted {
            return self.code_waits(id, given, "the member's account is on hold");
        }
        if self.books.member.left_at.is_some() {
            return note("the member has left the programme");
        }
        self.shared.issue(&counters::code(&code), &offer.id);
        let coupon = Coupon {
            code: code.clone(),
            offer: offer.id.clone(),
            at: self.now,
            owner: given.cause.owner.clone(),
            used: 0,
            void: false,
        };
        self.books.member.coupons.insert(id.to_owned(), coupon);
        self.tell_code(id, (offer, &code), given);
        Outcome::nothing().about(Subject::CodeGiven { code, coupon: id.to_owned(), offer: given.offer.clone() })
    }

    fn take_code(&mut self, id: &str, coupon: Coupon) -> Outcome {
        let key = counters::code(&coupon.code);
        if self.shared.count(&key).used > 0 {
            return note("the code is used already: it stays");
        }
        self.shared.void(&key);
        let Coupon { code, offer, .. } = coupon.clone();
        self.books.member.coupons.insert(id.to_owned(), Coupon { void: true, ..coupon });
        Outcome::nothing().about(Subject::CodeTaken { code, coupon: id.to_owned(), offer, void: true })
    }

    /// The code goes to whoever writes to the member.
    fn tell_code(&mut self, id: &str, (offer, code): (&Offer, &str), given: &CodeGiven) {
        let ((of, row), member) = (given.cause.row(), &self.books.member);
        let mut data = json!({
            "brand": self.event.brand, "member_id": member.id, "code": code, "offer": offer.id, "name": offer.name,
            "until": offer.until, of: row,
        });
        if let Some(data) = data.as_object_mut() {
            data.retain(|_, value| !value.is_null());
        }
        let key = ["signal", id, "code.given", &self.event.source, &self.event.id];
        let signal = intent(self, &key, Action::Signal { name: "code.given".to_owned(), data });
        self.intents.push(signal);
    }

    fn code_waits(&mut self, id: &str, given: &CodeGiven, why: &str) -> Outcome {
        let again = Fact::CodeGiven(CodeGiven::of(given.cause.clone(), given.offer.clone()));
        let mut content = to_be_given(&given.cause, &again);
        content["offer"] = json!(given.offer);
        self.park_gift(id, format!("code of {} of {}: {why}", given.offer, given.cause.words()), content);
        Outcome::nothing()
    }
}

fn note(why: &str) -> Outcome {
    Outcome { note: Some(why.to_owned()), ..Outcome::nothing() }
}

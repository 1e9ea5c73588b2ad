//! Members that turn out to be one, what follows from that a while later, and a programme that changes meanwhile.

use loyalty_connector::loyalty::{
    Fact,
    event::{Merged, Unmerged},
    mechanics::rewards::Claimed,
};

use crate::{
    happens::{MEMBERS, Of, Setting},
    play::Play,
    programme::version,
};

/// Follow-ups that one merge may need to come to rest.
const LONGEST_WAY: usize = 60;

impl Play {
    /// Whom what comes for a member is for; nobody while members are being merged in a circle.
    pub fn led(&self, mut member: usize) -> Option<usize> {
        for _ in 0..=MEMBERS {
            let Some(into) = &self.ledger.of(&name(member)).0.merged_into else { return Some(member) };
            member = index(into.trim_start_matches("mem_"));
        }
        None
    }

    /// Whom an order of this member is for: after an un-merge, perhaps the one it was taken for as the order was made.
    pub fn maker(&self, member: usize, order: &str) -> Option<usize> {
        let member = self.led(member)?;
        let Some(order) = self.ledger.orders.get(order) else { return Some(member) };
        let name = name(member);
        self.led(index(order.decided_for(self.ledger.of(&name).0).trim_start_matches("mem_")))
    }

    /// Who asks for a thing (whose it is, or somebody else), and whether it is theirs to ask for.
    pub fn asks(&self, owner: usize, of: Of) -> Option<(usize, bool)> {
        let asks = if of.1 { owner + 1 } else { owner } % MEMBERS;
        self.led(asks).map(|member| (member, member == owner))
    }

    pub fn on_the_way(&self) -> bool {
        !self.ledger.follow_ups.is_empty()
    }

    pub fn merge(&mut self, member: usize, into: usize, blind: bool) {
        let led = |member| if blind { Some(member) } else { self.led(member) };
        let (Some(member), Some(into)) = (led(member), led(into)) else { return };
        let allowed = member != into && self.ledger.of(&name(member)).0.merged_into.is_none();
        let wanted = Merged { into: format!("mem_{}", into + 1), reason: String::new() };
        let decided = self.decide(member, Fact::Merged(wanted));
        assert_eq!(decided.is_ok(), allowed, "merge: {:?}", decided.err());
        if allowed {
            self.model.leaves(member, into);
        }
    }

    pub fn unmerge(&mut self, member: usize, from: usize) {
        let Some(member) = self.led(member) else { return };
        let allowed = self.ledger.of(&name(member)).0.absorbed.contains_key(&format!("mem_{}", from + 1));
        let wanted = Unmerged { from: format!("mem_{}", from + 1), reason: String::new() };
        let decided = self.decide(member, Fact::Unmerged(wanted));
        assert_eq!(decided.is_ok(), allowed, "unmerge: {:?}", decided.err());
    }

    /// Everything that follows happens, in turn, and comes to an end.
    pub fn follow_all(&mut self) {
        for _ in 0..LONGEST_WAY {
            let Some((at, fact, decision)) = self.ledger.follow() else { return };
            let at = index(&at);
            match fact {
                Fact::Absorbed(absorbed) if self.ledger.member.merged_into.is_none() => {
                    self.model.arrives(index(absorbed.from.trim_start_matches("mem_")), at);
                }
                Fact::Converted(Claimed { code, .. }) if decision.receipt.subject.is_some() => {
                    self.claimed(at, "coupon", code, &decision);
                }
                _ => {}
            }
            self.checked(at);
        }
        panic!("what follows from a merge goes round for ever");
    }

    pub fn publish(&mut self, setting: &Setting) {
        let live = self.ledger.programmes.live().number;
        self.ledger.programmes = self.ledger.programmes.with(version(live + 1, self.ledger.now, setting));
    }
}

fn name(member: usize) -> String {
    (member + 1).to_string()
}

fn index(name: &str) -> usize {
    name.parse::<usize>().unwrap() - 1
}

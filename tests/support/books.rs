//! A ledger in memory, as the store would keep it: what is decided is recorded, and the books are checked after each event.

#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its part")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Decision, Event, Fact, Member, Order, OrderState, Programmes, Refusal,
        counters::{Counts, Given},
        decide,
        entry::{Account, Entry},
        event::OrderLeft,
        explain::{Before, Sentence, explain, of_event, of_order},
        intent::Action,
    },
    programme::LANGUAGES,
    store::{EventRow, audit::Stream, rows::recorded},
    values::person::Person,
    words::say::{Speech, say},
    writer::rows::record,
};

pub const NOW: &str = "2026-11-20T12:00:00Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// Everything that was decided for one member, and what all members share.
pub struct Ledger {
    pub brand: String,
    pub programmes: Programmes,
    pub member: Member,
    pub orders: BTreeMap<String, Order>,
    pub counts: Counts,
    pub entries: Vec<Entry>,
    /// The event rows of all members, as they were recorded.
    pub rows: Vec<EventRow>,
    pub now: Timestamp,
    /// Whether a microsecond passes with each event.
    pub ticks: bool,
    /// What follows for other members (by name) and was not carried out yet.
    pub follow_ups: VecDeque<(String, Fact)>,
    /// Members that are not looked at just now, with their entries.
    others: BTreeMap<String, (Member, Vec<Entry>)>,
    current: String,
    events: u32,
    /// Whether each entry must explain itself.
    pub explains: bool,
    /// Every limit is looked at, as the writer does while it is near; else only by every other decision.
    pub looks: bool,
    /// What was explained, in every language.
    pub explained: Vec<String>,
}

impl Ledger {
    pub fn new(programmes: Programmes) -> Self {
        let now = at(NOW);
        Self {
            brand: "main".to_owned(),
            programmes,
            member: Member::new("mem_1".into(), now),
            orders: BTreeMap::new(),
            counts: Counts::new(),
            entries: Vec::new(),
            rows: Vec::new(),
            now,
            ticks: false,
            follow_ups: VecDeque::new(),
            others: BTreeMap::new(),
            current: "1".to_owned(),
            events: 0,
            explains: false,
            looks: false,
            explained: Vec::new(),
        }
    }

    /// Looks at another member; a new one is made.
    pub fn turn_to(&mut self, name: &str) {
        if name == self.current {
            return;
        }
        let new = || (Member::new(format!("mem_{name}"), self.now), Vec::new());
        let (member, entries) = self.others.remove(name).unwrap_or_else(new);
        let before = (std::mem::replace(&mut self.member, member), std::mem::replace(&mut self.entries, entries));
        self.others.insert(std::mem::replace(&mut self.current, name.to_owned()), before);
    }

    /// A member's document and entries, whoever is looked at.
    pub fn of(&self, name: &str) -> (&Member, &[Entry]) {
        let other = self.others.get(name).map(|(member, entries)| (member, entries.as_slice()));
        other.unwrap_or((&self.member, &self.entries))
    }

    /// Carries out the next thing that follows; looks at the member it was for, and says which, what and what came of it.
    pub fn follow(&mut self) -> Option<(String, Fact, Decision)> {
        let (mut name, mut fact) = self.follow_ups.pop_front()?;
        if let Fact::Converted(claim) = &mut fact {
            claim.code = Some(format!("K{}", self.events)); // as the writer completes it
        } else if let Fact::RewardGiven(_) | Fact::CodeGiven(_) = &fact {
            let code = format!("K{}", self.events);
            fact.complete(&self.programmes, &|| code.clone());
        }
        if let Fact::Other { .. } | Fact::RewardGiven(_) | Fact::CodeGiven(_) = &fact {
            name = self.turned_out(name);
        }
        self.turn_to(&name);
        let source = if matches!(fact, Fact::Other { .. }) { "self" } else { "test" };
        let decision = self.decide_from(source, fact.clone(), self.now).unwrap();
        self.check_books();
        Some((name, fact, decision))
    }

    /// All that is kept of the member that is looked at.
    pub fn stream(&self) -> Stream {
        let document = self.member.clone();
        let of = |id: &String| *id == document.id;
        let rows = self.rows.iter().filter(|row| of(&row.member)).cloned().collect();
        let orders = self.orders.values().filter(|order| of(&order.member)).cloned().collect();
        let (brand, member) = (self.brand.clone(), document.id.clone());
        let (alarm, person) = (document.next_due_at, Person::default());
        Stream { brand, member, rows, document: Some(document), alarm, person, orders }
    }

    pub fn accept(&mut self, fact: Fact) -> Result<(), Refusal> {
        self.decide(fact).map(drop)
    }

    /// Accepts what happens just now.
    pub fn decide(&mut self, fact: Fact) -> Result<Decision, Refusal> {
        self.decide_of(fact, self.now)
    }

    /// An order that was another member's until now ends there first, as the writer has it.
    pub fn leave(&mut self, fact: &Fact) -> Result<(), Refusal> {
        let Fact::Order { order_id, state } = fact else { return Ok(()) };
        let Some(order) = self.orders.get(order_id).filter(|order| !order.is_newer_than(state)) else { return Ok(()) };
        if order.is_of(&self.member) {
            return Ok(());
        }
        let (own, to, mut holder) = (self.current.clone(), self.member.id.clone(), order.owner().clone());
        while let Some(into) = &self.of(holder.trim_start_matches("mem_")).0.merged_into {
            holder.clone_from(into);
        }
        if holder == to {
            return Ok(()); // just being joined
        }
        self.turn_to(holder.trim_start_matches("mem_"));
        let left = self.accept(Fact::OrderLeft(OrderLeft { order_id: order_id.clone(), to }));
        self.check_books();
        self.turn_to(&own);
        left
    }

    /// Whom a member has turned out to be.
    fn turned_out(&self, mut name: String) -> String {
        while let Some(into) = &self.of(&name).0.merged_into {
            name = into.trim_start_matches("mem_").to_owned();
        }
        name
    }

    /// Accepts a fact under a fresh id; a refusal leaves no trace.
    pub fn decide_of(&mut self, fact: Fact, occurred_at: Timestamp) -> Result<Decision, Refusal> {
        self.decide_from("test", fact, occurred_at)
    }

    fn decide_from(&mut self, source: &str, fact: Fact, occurred_at: Timestamp) -> Result<Decision, Refusal> {
        self.events += 1;
        let (brand, source, id) = (self.brand.clone(), source.to_owned(), format!("e{}", self.events));
        let event = Event { brand, source, id, occurred_at, fact };
        let order = event.fact.order_id().and_then(|id| self.orders.get(id)).cloned();
        let before = (&self.member, order.as_ref());
        let mut decision = decide(&self.programmes, before.0, before.1, &event, &self.counts, self.now)?;
        if !self.looks && self.events.is_multiple_of(2) {
            decision = self.decided_without_a_look(before, &event).unwrap_or(decision);
        }
        let recorded_counts = Given::looked_up(&decision.seen);
        let mut again = decide(&self.programmes, before.0, before.1, &event, recorded_counts, self.now)?;
        let content = || (String::new(), event.fact.text().unwrap());
        let row = record(&event, before, &mut decision, content()).unwrap();
        let same = record(&event, before, &mut again, content()).unwrap();
        assert_eq!(row, same, "deciding again from what was recorded writes the same bytes");
        let rebuilt = recorded(&row.0, before.0, before.1).unwrap();
        assert!(rebuilt.member == decision.member, "the recorded changes rebuild the member");
        assert!(rebuilt.order == decision.order, "the recorded changes rebuild the order");
        assert_eq!(rebuilt.receipt, decision.receipt, "the row tells the caller the same again");
        if self.explains {
            let now = decision.now;
            let before = Before { member: before.0, order: before.1, event: &event, counts: &decision.seen, now };
            self.explained.extend(check_explained(&self.programmes, &before, &decision));
        }
        self.rows.push(row.0);
        for (key, change) in &decision.counted {
            let count = self.counts.entry(key.clone()).or_default();
            *count = count.changed(change);
        }
        self.follow_ups.extend(decision.intents.iter().filter_map(|intent| match &intent.action {
            Action::Follow { member, event, data, .. } => {
                let name = member.trim_start_matches("mem_").to_owned();
                Some((name, Fact::parse(event, &data.to_string()).unwrap()))
            }
            _ => None,
        }));
        self.entries.extend(decision.entries.iter().cloned());
        self.orders.extend(decision.order.iter().map(|order| (order.id.clone(), order.clone())));
        self.member = decision.member.clone();
        self.now += SignedDuration::from_micros(i64::from(self.ticks));
        Ok(decision)
    }

    /// As the writer decides while limits are far: nobody looks at their counts, and where that holds it is what a look would have led to.
    /// None where it does not hold.
    fn decided_without_a_look(&self, before: (&Member, Option<&Order>), event: &Event) -> Option<Decision> {
        let is_limit = |key: &str| key.starts_with("budget:") || key.starts_with("winners:");
        let far: Counts = self
            .counts
            .iter()
            .filter(|(key, _)| !is_limit(key))
            .map(|(key, count)| (key.clone(), count.clone()))
            .collect();
        let decide = |counts| decide(&self.programmes, before.0, before.1, event, counts, self.now).ok();
        let (decision, looked) = (decide(Given::looked_up(&far))?, decide((&self.counts).into())?);
        let used = |key: &String| self.counts.get(key).map_or(0, |count| count.used);
        if decision.counted.iter().any(|(key, change)| change.at_most.is_some_and(|at_most| used(key) > at_most)) {
            return None;
        }
        assert_eq!(decision.entries, looked.entries, "without a look the same is given");
        assert!(decision.member == looked.member && decision.order == looked.order, "and the same is kept");
        let by = |decision: &Decision| -> Vec<(String, i64)> {
            decision
                .counted
                .iter()
                .filter(|(_, change)| change.by != 0)
                .map(|(key, change)| (key.clone(), change.by))
                .collect()
        };
        assert_eq!(by(&decision), by(&looked), "and the same is used");
        Some(decision)
    }

    pub fn order(&mut self, id: &str, state: &OrderState) {
        let fact = Fact::Order { order_id: id.to_owned(), state: Box::new(state.clone()) };
        self.accept(fact).unwrap();
    }

    /// Sum of all entries on an account.
    pub fn sum(&self, account: Account) -> i64 {
        sum(&self.entries, account)
    }

    pub fn check_books(&self) {
        let (balance, member) = (self.member.balance, &self.member);
        let lots =
            |pending| -> i64 { member.lots.values().filter(|lot| lot.pending == pending).map(|lot| lot.points).sum() };
        assert_eq!(balance.available, self.sum(Account::Available), "available = sum of entries");
        assert_eq!(balance.pending, self.sum(Account::Pending), "pending = sum of entries");
        assert_eq!(balance.reserved, self.sum(Account::Reserved), "reserved = sum of entries");
        assert_eq!(balance.debt, -self.sum(Account::Debt), "debt = sum of entries");
        assert_eq!(balance.available, lots(false), "available = sum of open lots");
        assert_eq!(balance.pending, lots(true), "pending = sum of closed lots");
        let parts: i64 = member.holds.values().flat_map(|hold| &hold.parts).map(|part| part.lot.points).sum();
        assert_eq!(balance.reserved, parts, "reserved = sum of what holds hold");
        assert!(balance.available >= 0 && balance.pending >= 0 && balance.reserved >= 0 && balance.debt >= 0);
        assert!(member.lots.values().all(|lot| lot.points > 0), "open lots have points");
        assert!(self.entries.iter().all(|entry| entry.points > 0), "an entry moves something");
        let accounts: BTreeSet<Account> = self.entries.iter().flat_map(|entry| [entry.debit, entry.credit]).collect();
        let all: i64 = accounts.into_iter().map(|account| self.sum(account)).sum();
        assert_eq!(all, 0, "all accounts sum to zero");
    }
}

/// Each entry says why it stands there, and the whole why each rule and line gave what it gave, in every language.
fn check_explained(programmes: &Programmes, before: &Before<'_>, decision: &Decision) -> Vec<String> {
    let zone = &programmes.live().programme.settings.zone;
    let mut texts = Vec::new();
    let mut said = |sentences: &[Sentence]| {
        for language in LANGUAGES {
            for sentence in sentences {
                let text = say(sentence, Speech::of(language, zone));
                assert!(text != sentence.id && !text.contains('{'), "{language}: {sentence:?} is said as {text}");
                texts.push(text);
            }
        }
    };
    for entry in &decision.entries {
        let explained = explain(programmes, before, &entry.id).unwrap().expect("an entry of the event");
        assert!(explained.sentences.len() >= 4, "no reason is given for {entry:?}: {:?}", explained.sentences);
        said(&explained.sentences);
    }
    let of_order = || of_order(programmes, before.event, decision, true);
    let whole = match before.event.fact {
        Fact::Order { .. } => of_order(),
        Fact::Other { .. } => Some(of_event(programmes, before.event, (before.member, decision), true)),
        _ => None,
    };
    let Some(whole) = whole else { return texts };
    let rules = whole.rules.iter().filter(|rule| rule.points == 0);
    for rule in rules {
        let gives_more = rule.sentences.iter().any(|said| ["why-reward", "why-code-offer"].contains(&said.id));
        assert!(rule.because.is_some() && !rule.sentences.is_empty() || gives_more, "no word why: {rule:?}");
        said(&rule.sentences);
    }
    let earned: i64 = whole.rules.iter().map(|rule| rule.points).sum();
    assert_eq!(earned, decision.receipt.points.earned, "the rules explain all points: {whole:?}");
    said(&whole.lines.iter().map(|line| line.sentence.clone()).collect::<Vec<_>>());
    said(&whole.sentences);
    texts
}

/// Sum of these entries on an account.
pub fn sum(entries: &[Entry], account: Account) -> i64 {
    let of = |entry: &Entry| {
        i64::from(entry.credit == account) * entry.points - i64::from(entry.debit == account) * entry.points
    };
    entries.iter().map(of).sum()
}

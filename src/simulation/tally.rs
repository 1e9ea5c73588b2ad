//! What is counted while a life goes on: what each row gave and took, and the lines of each member's statement.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::loyalty::{
    Decision, Member, Order,
    entry::Entry,
    mechanics::{challenges, gives_as},
    subject::Subject,
};

/// Members by their places.
#[derive(Debug, Clone, Default)]
pub struct Members {
    bits: Vec<u64>,
    pub count: i64,
}

impl Members {
    fn add(&mut self, place: usize) {
        let (word, bit) = (place / 64, 1_u64 << (place % 64));
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.count += i64::from(self.bits[word] & bit == 0);
        self.bits[word] |= bit;
    }
}

/// What one row did.
#[derive(Debug, Clone, Default)]
pub struct OfRow {
    pub members: Members,
    /// Points given, less those taken back; of a reward points taken, less those given back.
    pub points: i64,
    /// How often: of a reward claims, of an offer uses.
    pub times: i64,
}

/// One line of a member's statement: what it says by its place among the texts.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub at: Timestamp,
    pub points: i64,
    pub member: u32,
    pub text: u32,
}

#[derive(Debug, Default)]
pub struct Tally {
    /// By rule.
    pub gave: BTreeMap<String, OfRow>,
    /// By reward.
    pub taken: BTreeMap<String, OfRow>,
    /// By offer.
    pub used: BTreeMap<String, OfRow>,
    /// All rules together.
    pub all: OfRow,
    /// Money that stands paid for goods, and orders that stand, less those of before that do no more.
    pub sales: i64,
    pub orders: i64,
    /// Of the points, those for orders.
    pub for_orders: i64,
    pub refused: BTreeMap<String, i64>,
    pub events: i64,
    /// Of all members, as they were written.
    pub lines: Vec<Line>,
    /// By member: points given by rules, less those taken back.
    pub given: Vec<i64>,
    texts: BTreeMap<String, u32>,
}

impl Tally {
    pub fn of(members: usize) -> Self {
        Self { given: vec![0; members], ..Self::default() }
    }

    pub fn refused(&mut self, what: &str) {
        *self.refused.entry(what.to_owned()).or_default() += 1;
    }

    /// A member's lines, as they were written.
    pub fn lines_of(&self, place: usize) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| usize::try_from(line.member) == Ok(place))
    }

    /// What a line says.
    pub fn text(&self, line: &Line) -> &str {
        self.texts.iter().find(|(_, number)| **number == line.text).map_or("", |(text, _)| text)
    }

    /// Tries of the shop's own people count for nothing.
    pub fn take(&mut self, place: usize, (member, order): (Option<&Member>, Option<&Order>), decision: &Decision) {
        if decision.member.test {
            return;
        }
        self.events += 1;
        for entry in &decision.entries {
            self.entry(place, entry);
        }
        // What gives no points has no entry.
        for done in decision.receipt.challenges.iter().filter(|done| done.times > 0 && done.points == 0) {
            let row = row(&mut self.gave, &gives_as(challenges::TABLE, &done.challenge));
            row.members.add(place);
            row.times += 1;
        }
        if let Some(new) = &decision.order {
            let (was, is) = (member.map(|member| &member.progress), &decision.member.progress);
            if new.history.is_none() {
                self.sales += is.spent - was.map_or(0, |was| was.spent);
                self.orders += is.orders - was.map_or(0, |was| was.orders);
            }
            let known = |code: &String| order.is_some_and(|order| order.codes.contains_key(code));
            for (_, offer) in new.codes.iter().filter(|(code, _)| !known(code)) {
                self.uses(place, offer);
            }
        }
        match &decision.receipt.subject {
            Some(Subject::CodeUsed { offer, .. }) => self.uses(place, offer),
            Some(Subject::Claim { reward, points, .. }) => self.claimed((place, reward), *points, 1),
            Some(Subject::ClaimCancelled { reward, returned, .. }) => self.claimed((place, reward), -returned, -1),
            _ => {}
        }
    }

    fn uses(&mut self, place: usize, offer: &str) {
        let row = row(&mut self.used, offer);
        row.members.add(place);
        row.times += 1;
    }

    fn entry(&mut self, place: usize, entry: &Entry) {
        let (_, points) = entry.member_side();
        let text = entry.plain_text();
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let number = self.texts.get(&text).copied().unwrap_or_else(|| {
            self.texts.insert(text, next);
            next
        });
        let member = u32::try_from(place).unwrap_or(u32::MAX);
        self.lines.push(Line { at: entry.effective_at, points, member, text: number });
        let Some((rule, change)) = entry.of_rule() else { return };
        self.given[place] += change;
        for of_row in [&mut self.all, row(&mut self.gave, rule)] {
            of_row.points += change;
            if change > 0 {
                of_row.members.add(place);
                of_row.times += 1;
            }
        }
        if entry.order.is_some() {
            self.for_orders += change;
        }
    }

    fn claimed(&mut self, (place, reward): (usize, &str), points: i64, times: i64) {
        let row = row(&mut self.taken, reward);
        row.points += points;
        row.times += times;
        if times > 0 {
            row.members.add(place);
        }
    }
}

fn row<'a>(rows: &'a mut BTreeMap<String, OfRow>, id: &str) -> &'a mut OfRow {
    if !rows.contains_key(id) {
        rows.insert(id.to_owned(), OfRow::default());
    }
    rows.entry(id.to_owned()).or_default()
}

//! Proof on a live database: every event is decided again and must give the same row, byte for byte; chains link up;
//! balances, lots and documents follow from the entries alone. What lies between members is in [`whole`].

pub mod ledger;
pub mod whole;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{
    clock::from_micros,
    loyalty::{
        Decision, ENGINE, Event, Fact, Member, Order, Programmes, chain,
        counters::{self, Counts},
        decide,
        entry::Account,
        event::Adjustment,
        explain::Before,
        measures::{self, Occurred},
        mechanics::{self, segments::TopSpend},
        receipt::StoredReceipt,
    },
    store::{EventRow, audit::Stream, past::Moment, rows},
    writer::rows::{Columns, FORM},
};

/// How far the clocks of connectors that share a ledger may be apart, in seconds.
const CLOCKS_APART: i64 = 300;

/// What was found wrong, in words that lead to the row.
pub type Finding = String;

#[derive(Deserialize)]
struct Given {
    engine: u32,
    #[serde(default = "first_form")]
    form: u32,
    programme: u32,
    now: jiff::Timestamp,
    #[serde(default)]
    shared: Counts,
    #[serde(default)]
    top_spend: Option<TopSpend>,
    /// An order that was another member's until this event.
    #[serde(default)]
    order: Option<Order>,
}

fn first_form() -> u32 {
    1
}

/// What became of one member's stream.
#[derive(Debug, Default)]
pub struct Checked {
    /// Events that were decided again and gave the same row.
    pub decided_again: usize,
    /// Events that an older engine decided: their chain and their sums were checked.
    pub only_checked: usize,
    pub findings: Vec<Finding>,
    pub traces: Traces,
}

/// What one member's rows say of things that are kept elsewhere.
#[derive(Debug, Default)]
pub struct Traces {
    /// Used of shared counts, by key.
    pub counts: BTreeMap<String, i64>,
    /// Orders that went to another member, with the version that they went with.
    pub elsewhere: Vec<(String, u64)>,
}

impl Traces {
    fn take_in(&mut self, used: mechanics::Used) {
        for (key, by) in used.counts {
            *self.counts.entry(key).or_default() += by;
        }
    }
}

/// Checks one member's whole stream.
pub fn check(stream: &Stream, programmes: &Programmes) -> Checked {
    let mut replay = Replay::new(stream, programmes);
    for row in &stream.rows {
        if let Err(finding) = replay.step(row) {
            let place = format!("member {} version {} ({} {})", row.member, row.version, row.source, row.id);
            replay.done.findings.push(format!("{place}: {finding}"));
            return replay.done; // what follows rests on this row
        }
    }
    replay.compare_documents();
    replay.compare_measures();
    replay.count_uses();
    replay.done
}

/// What is wrong with one member's stream.
pub fn stream(stream: &Stream, programmes: &Programmes) -> Vec<Finding> {
    check(stream, programmes).findings
}

/// A member just before one of its events, what that event was given, and what was recorded of it.
pub struct Past {
    /// Whether this engine decided it, so that it can be decided again.
    pub ours: bool,
    pub recorded: Decision,
    pub member: Member,
    order: Option<Order>,
    pub event: Event,
    counts: Counts,
    now: jiff::Timestamp,
    /// The programme's history as the event saw it.
    pub programmes: Programmes,
}

impl Past {
    pub fn before(&self) -> Before<'_> {
        let Self { member, order, event, counts, now, .. } = self;
        Before { member, order: order.as_ref(), event, counts, now: *now }
    }
}

/// How things stood before an event; `None` when what was recorded cannot be read.
pub fn past(moment: Moment, programmes: &Programmes) -> Option<Past> {
    let Moment { row, before, of_order } = moment;
    let member = before.unwrap_or_else(|| Member::new(row.member.clone(), from_micros(row.recorded_at)));
    let mut known: Option<Order> = None;
    for row in &of_order {
        let given: Given = serde_json::from_str(&row.given).ok()?;
        let order = given.order.or(known);
        known = rows::order_recorded(row, order.as_ref()).ok()?.or(order);
    }
    let given: Given = serde_json::from_str(&row.given).ok()?;
    let (ours, order) = (given.engine == ENGINE, given.order.or(known));
    let recorded = rows::recorded(&row, &member, order.as_ref()).ok()?;
    let (event, programmes) = (event_of(&row).ok()?, programmes.as_of(given.programme).with_top_spend(given.top_spend));
    Some(Past { ours, recorded, member, order, event, counts: given.shared, now: given.now, programmes })
}

struct Replay<'a> {
    stream: &'a Stream,
    programmes: &'a Programmes,
    member: Member,
    orders: BTreeMap<String, Order>,
    /// Events that are no orders: type, points by rules, when, and the version that was live.
    occurred: Vec<(String, i64, jiff::Timestamp, u32)>,
    sums: BTreeMap<Account, i64>,
    done: Checked,
}

impl<'a> Replay<'a> {
    fn new(stream: &'a Stream, programmes: &'a Programmes) -> Self {
        let joined = stream.rows.first().map_or(0, |row| row.recorded_at);
        let member = Member::new(stream.member.clone(), from_micros(joined));
        let (orders, occurred, sums, done) = (BTreeMap::new(), Vec::new(), BTreeMap::new(), Checked::default());
        Self { stream, programmes, member, orders, occurred, sums, done }
    }

    fn step(&mut self, row: &EventRow) -> Result<(), Finding> {
        if row.version != self.member.version + 1 {
            return Err(format!("follows version {}", self.member.version));
        }
        let linked = row.link(&self.member.head);
        if linked != row.chain {
            return Err("the chain is broken: the row or one before it was changed".to_owned());
        }
        let given: Given =
            serde_json::from_str(&row.given).map_err(|error| format!("`given` is unreadable: {error}"))?;
        let ours = given.engine == ENGINE;
        let decision = if ours { self.decide_again(row, &given)? } else { self.take_over(row, &given)? };
        let event = event_of(row)?;
        if event.fact.order_id() != row.order_id.as_deref() {
            return Err(format!("stands with order {:?}, but is about {:?}", row.order_id, event.fact.order_id()));
        }
        self.in_effect(&given)?;
        if let Fact::Other { kind, .. } = &event.fact {
            let points = decision.receipt.points.change;
            self.occurred.push((kind.clone(), points, event.occurred_at, given.programme));
        }
        self.count_by_hand(&event, &given);
        let at = self.programmes.as_of(given.programme).at(event.occurred_at).number;
        for entry in &decision.entries {
            *self.sums.entry(entry.debit).or_insert(0) -= entry.points;
            *self.sums.entry(entry.credit).or_insert(0) += entry.points;
            if let (Account::Issued, None, Some(rule)) = (entry.debit, &entry.order, &entry.rule) {
                self.count_budget(at, rule, entry.points);
            }
        }
        self.done.traces.take_in(mechanics::used_by(&decision.receipt));
        self.orders.extend(decision.order.map(|order| (order.id.clone(), order)));
        self.member = decision.member;
        self.compare_sums()?;
        *(if ours { &mut self.done.decided_again } else { &mut self.done.only_checked }) += 1;
        Ok(())
    }

    /// The same engine must write the same row; one in another form must say the same.
    fn decide_again(&self, row: &EventRow, given: &Given) -> Result<Decision, Finding> {
        let event = event_of(row)?;
        let order = self.order_before(row, given);
        let history = self.programmes.as_of(given.programme).with_top_spend(given.top_spend.clone());
        let counts = counters::Given::looked_up(&given.shared);
        let mut decision = decide(&history, &self.member, order, &event, counts, given.now)
            .map_err(|refusal| format!("is refused today: {refusal}"))?;
        if given.form != FORM {
            decision.member.head.clone_from(&row.chain);
            self.means_the_same(row, order, &decision)?;
            return Ok(decision);
        }
        let again = Columns::of((&self.member, order), &decision)
            .map_err(|error| format!("cannot be recorded again: {error}"))?;
        let columns = [
            ("entries", &again.entries, &row.entries),
            ("changes", &again.changes, &row.changes),
            ("receipt", &again.receipt, &row.receipt),
            ("given", &again.given, &row.given),
        ];
        for (column, now, then) in columns {
            let is_receipt = column == "receipt";
            if now != then && !(is_receipt && StoredReceipt::as_today(then).as_ref() == Some(now)) {
                return Err(format!("decided again, `{column}` differs: {now} instead of {then}"));
            }
        }
        decision.member.head.clone_from(&row.chain); // which was seen to follow from all columns
        Ok(decision)
    }

    /// Entries, documents and what the caller was answered in points, whatever words they stand in.
    fn means_the_same(&self, row: &EventRow, order: Option<&Order>, again: &Decision) -> Result<(), Finding> {
        let then = rows::recorded(row, &self.member, order).map_err(|error| format!("is unreadable: {error}"))?;
        let answered = |decision: &Decision| (decision.receipt.points, decision.receipt.balance);
        let columns = [
            ("entries", again.entries == then.entries),
            ("changes", again.member == then.member && again.order == then.order),
            ("receipt", answered(again) == answered(&then)),
        ];
        let differs = columns.into_iter().find(|(_, same)| !same);
        differs.map_or(Ok(()), |(column, _)| Err(format!("decided again, `{column}` differs from what the row says")))
    }

    /// The order that the row is about, as it was before: another member's until then, or this one's.
    fn order_before<'b>(&'b self, row: &EventRow, given: &'b Given) -> Option<&'b Order> {
        given.order.as_ref().or_else(|| self.orders.get(row.order_id.as_ref()?))
    }

    /// An older engine's row is not decided again; what it changed is taken as recorded.
    fn take_over(&self, row: &EventRow, given: &Given) -> Result<Decision, Finding> {
        rows::recorded(row, &self.member, self.order_before(row, given))
            .map_err(|error| format!("is unreadable: {error}"))
    }

    /// The row was decided by the programme that was in effect just then.
    fn in_effect(&self, given: &Given) -> Result<(), Finding> {
        let number = given.programme;
        let effective = |number: u32| self.programmes.iter().find(|version| version.number == number);
        let Some(version) = effective(number) else { return Err(format!("programme version {number} is missing")) };
        let is_first = self.programmes.iter().next().is_some_and(|first| first.number == number);
        let early = !is_first && given.now.as_second() < version.effective_at.as_second() - CLOCKS_APART;
        let next = effective(number + 1).map(|next| next.effective_at.as_second());
        if early || next.is_some_and(|next| given.now.as_second() > next + CLOCKS_APART) {
            return Err(format!(
                "was decided at {} by programme version {number}, which was not in effect then",
                given.now
            ));
        }
        Ok(())
    }

    /// What one key gave and took by hand on one day: the day is the one that was looked at.
    fn count_by_hand(&mut self, event: &Event, given: &Given) {
        let Fact::Adjustment(Adjustment { by: Some(by), points, .. }) = &event.fact else { return };
        for key in given.shared.keys().filter(|key| counters::is_by_hand(key, by)) {
            *self.done.traces.counts.entry(key.clone()).or_default() += points.saturating_abs();
        }
    }

    fn count_budget(&mut self, programme: u32, rule: &str, points: i64) {
        let rules = &self.programmes.number(programme).programme.rules;
        if rules.iter().any(|known| known.id == rule && known.budget.is_some()) {
            *self.done.traces.counts.entry(counters::budget(rule)).or_default() += points;
        }
    }

    /// What this member and its orders use of what many share.
    fn count_uses(&mut self) {
        for order in &self.stream.orders {
            for (rule, award) in &order.awards {
                self.count_budget(order.programme, rule, award.points);
            }
        }
        self.done.traces.take_in(mechanics::used(&self.member, &self.stream.orders));
    }

    fn compare_sums(&self) -> Result<(), Finding> {
        let sum = |account| self.sums.get(&account).copied().unwrap_or(0);
        let balance = self.member.balance;
        let lots = |pending| -> i64 {
            self.member.lots.values().filter(|lot| lot.pending == pending).map(|lot| lot.points).sum()
        };
        let pairs = [
            ("available", balance.available, sum(Account::Available)),
            ("pending", balance.pending, sum(Account::Pending)),
            ("reserved", balance.reserved, sum(Account::Reserved)),
            ("debt", balance.debt, -sum(Account::Debt)),
            ("available", balance.available, lots(false)),
            ("pending", balance.pending, lots(true)),
            ("reserved", balance.reserved, self.member.holds.values().map(|hold| hold.points).sum()),
        ];
        for (name, kept, entries) in pairs {
            if kept != entries || kept < 0 {
                return Err(format!("{name} is {kept}, the entries or lots sum to {entries}"));
            }
        }
        Ok(())
    }

    /// What is counted for goals is the sum over orders and events. Of who was never anybody else: what came from others, or went with
    /// them, is counted where it is.
    fn compare_measures(&mut self) {
        let member = &self.member;
        let alone = member.absorbed.is_empty() && member.restored_from.is_empty() && member.merged_into.is_none();
        let given = |row: &EventRow| serde_json::from_str::<Given>(&row.given).map(|given| given.programme);
        let Some(Ok(last)) = self.stream.rows.last().filter(|_| alone).map(given) else { return };
        let programmes = self.programmes.as_of(last);
        let mut found = Vec::new();
        if !member.measures.is_empty()
            || mechanics::measured(&programmes.live().programme).values().any(|needed| *needed)
        {
            let occurred = self.occurred.iter().map(|(kind, points, at, programme)| Occurred {
                kind,
                points: *points,
                at: *at,
                programmes: self.programmes.as_of(*programme),
            });
            let events: Vec<Occurred<'_>> = occurred.collect();
            match measures::differences(&programmes, (member, &member.id), &self.stream.orders, &events) {
                Ok(differences) => found.extend(differences),
                Err(too_large) => found.push(too_large.to_string()),
            }
        }
        let name = &self.stream.member;
        self.done.findings.extend(found.into_iter().map(|found| format!("member {name}: measure {found}")));
    }

    fn compare_documents(&mut self) {
        if self.stream.document.as_ref() != Some(&self.member) {
            self.done
                .findings
                .push(format!("member {}: the kept document differs from what the events lead to", self.stream.member));
        }
        for order in &self.stream.orders {
            if self.orders.get(&order.id) != Some(order) {
                self.done
                    .findings
                    .push(format!("order {}: the kept document differs from what the events lead to", order.id));
            }
        }
        let late = |due| self.stream.alarm.is_none_or(|alarm| alarm > due);
        if self.member.next_due_at.is_some_and(late) {
            self.done.findings.push(format!(
                "member {}: the alarm is set to {:?}, which is after the next thing is due, {:?}",
                self.stream.member, self.stream.alarm, self.member.next_due_at
            ));
        }
        // A merge, or its undoing, takes orders to another member's rows; or it was another's all along.
        let moves = ["member.merged", "member.unmerged", "order.left"];
        let moved = self.stream.rows.iter().any(|row| moves.contains(&row.kind.as_str()));
        let here: BTreeSet<&String> = self.stream.orders.iter().map(|order| &order.id).collect();
        let gone = self.orders.values().filter(|order| !here.contains(&order.id));
        for order in gone {
            if moved {
                self.done.traces.elsewhere.push((order.id.clone(), order.version + 1));
            } else {
                self.done.findings.push(format!("member {}: order {} is missing", self.stream.member, order.id));
            }
        }
        if self.stream.rows.is_empty() && self.member.head != chain::GENESIS {
            self.done.findings.push(format!("member {}: no events", self.stream.member));
        }
    }
}

fn event_of(row: &EventRow) -> Result<Event, Finding> {
    row.event().map_err(|error| format!("`data` is unreadable: {error}"))
}

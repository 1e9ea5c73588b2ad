//! A forecast is what publishing the draft on a copy and replaying gives, point by point: on random histories, read from both
//! stores.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    audit::verify,
    clock::from_micros,
    forecast::{self, Progress, Request},
    loyalty::{
        Decision, Event, Fact, Member, Order, Programmes, Refusal, Version,
        counters::Counts,
        decide,
        entry::{Account, Entry, TextId},
        event::{OrderLeft, TimePassed},
        intent::Action,
        programme::check,
    },
    programme::{Tables, csv},
    simulation::{
        FOLLOWS_MOST, Forecast, Window,
        forecast::{Difference, Stands},
        is_outside,
    },
    store::{Batch, EventRow, Shared, Store, audit::Stream},
    values::{
        id::{derived, derived_uuid},
        person::Person,
    },
    writer::rows::record,
};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::{
    happens::{MEMBERS, Setting, history, setting},
    histories,
    play::Play,
    programme::tables,
    support::{Folder, postgres},
};

/// A ledger of its own, which goes on from where another one stood.
#[derive(Clone)]
struct Copied {
    brand: String,
    programmes: Programmes,
    members: BTreeMap<String, Member>,
    orders: BTreeMap<String, Order>,
    counts: Counts,
    rows: Vec<EventRow>,
    entries: Vec<(String, Entry)>,
    /// Alarms that rang: the same one again is the same event.
    rang: BTreeSet<(String, Timestamp)>,
}

impl Copied {
    fn of(play: &Play) -> Self {
        let ledger = &play.ledger;
        let members = (1..=MEMBERS).map(|number| ledger.of(&number.to_string()).0.clone());
        Self {
            brand: ledger.brand.clone(),
            programmes: ledger.programmes.clone(),
            members: members.map(|member| (member.id.clone(), member)).collect(),
            orders: ledger.orders.clone(),
            counts: ledger.counts.clone(),
            rows: ledger.rows.clone(),
            entries: Vec::new(),
            rang: BTreeSet::new(),
        }
    }

    /// Publishes, and replays what came from outside since.
    fn replayed(mut self, draft: &Tables, rows: &[EventRow], window: Window) -> Self {
        let (number, programme) = (self.programmes.live().number + 1, check(draft).unwrap().into());
        self.programmes = self.programmes.with(Version { number, effective_at: window.from, programme });
        let mut rows: Vec<&EventRow> = rows.iter().filter(|row| is_outside(&row.kind)).collect();
        rows.sort_by_key(|row| (row.recorded_at, &row.member, row.version));
        for row in rows {
            let at = from_micros(row.recorded_at);
            self.pass(window.from, at);
            let _refused = self.happens(&row.member, row.event().unwrap(), at);
        }
        self.pass(window.from, window.until - SignedDuration::from_micros(1)); // what is recorded then is in no window
        self
    }

    /// What falls due, whoever's alarm rings first.
    fn pass(&mut self, from: Timestamp, until: Timestamp) {
        let due = |this: &Self| {
            let all = this.members.values().filter_map(|member| Some((member.next_due_at?, member.id.clone())));
            all.filter(|(at, id)| *at <= until && !this.rang.contains(&(id.clone(), *at))).min()
        };
        while let Some((at, id)) = due(self) {
            self.rang.insert((id.clone(), at));
            let fact = Fact::TimePassed(TimePassed { due_at: at });
            let event = Event {
                brand: self.brand.clone(),
                source: "time".to_owned(),
                id: derived_uuid(&[&id, &at.to_string()]).to_string(),
                occurred_at: at,
                fact,
            };
            self.happens(&id, event, at.max(from)).unwrap();
        }
    }

    fn happens(&mut self, member: &str, event: Event, now: Timestamp) -> Result<(), Refusal> {
        let mut follow = VecDeque::from([(member.to_owned(), event)]);
        for number in 0..=FOLLOWS_MOST {
            let Some((mut member, mut event)) = follow.pop_front() else { break };
            if number > 0 && !event.fact.is_for_nobody_else() {
                member = self.led(&member);
            }
            if let Fact::Converted(claim) = &mut event.fact {
                claim.code = Some(derived("code", &[&event.brand, &event.source, &event.id]));
            }
            let order = event.fact.order_id().and_then(|id| self.orders.get(id)).cloned();
            let left = self.left(&member, &event, order.as_ref(), now)?;
            let order = left.as_ref().and_then(|(_, _, decision)| decision.order.clone()).or(order);
            let decision = match self.decided(&member, &event, order.as_ref(), now) {
                Err(_refused) if number > 0 => continue, // what follows is refused by itself
                decided => decided?,
            };
            if let Some((holder, event, decision)) = left {
                let order = event.fact.order_id().and_then(|id| self.orders.get(id)).cloned();
                follow.extend(self.keep(&holder, &event, order.as_ref(), decision));
            }
            follow.extend(self.keep(&member, &event, order.as_ref(), decision));
        }
        Ok(())
    }

    /// Whom a member has turned out to be.
    fn led(&self, member: &str) -> String {
        let mut led = member;
        for _ in 0..MEMBERS {
            led = self.members[led].merged_into.as_deref().unwrap_or(led);
        }
        led.to_owned()
    }

    fn decided(&self, member: &str, event: &Event, order: Option<&Order>, now: Timestamp) -> Result<Decision, Refusal> {
        decide(&self.programmes, &self.members[member], order, event, &self.counts, now)
    }

    fn left(
        &self,
        member: &str,
        event: &Event,
        order: Option<&Order>,
        now: Timestamp,
    ) -> Result<Option<(String, Event, Decision)>, Refusal> {
        let (Fact::Order { order_id, state }, Some(order)) = (&event.fact, order) else { return Ok(None) };
        let mut holder = order.owner();
        for _ in 0..MEMBERS {
            holder = self.members[holder].merged_into.as_ref().unwrap_or(holder);
        }
        let moves = !order.is_newer_than(state) && !order.is_of(&self.members[member]) && holder != member;
        if !moves || self.members[holder].merged_into.is_some() || !order.is_of(&self.members[holder]) {
            return Ok(None);
        }
        let fact = Fact::OrderLeft(OrderLeft { order_id: order_id.clone(), to: member.to_owned() });
        let id = format!("left:{}:{}", event.source, event.id);
        let left = Event { brand: self.brand.clone(), source: "self".to_owned(), id, occurred_at: now, fact };
        let decision = self.decided(holder, &left, Some(order), now)?;
        Ok(Some((holder.clone(), left, decision)))
    }

    /// Records it, and says what follows.
    fn keep(
        &mut self,
        member: &str,
        event: &Event,
        order: Option<&Order>,
        mut decision: Decision,
    ) -> Vec<(String, Event)> {
        let before = self.members[member].clone();
        let content = (String::new(), event.fact.text().unwrap());
        self.rows.push(record(event, (&before, order), &mut decision, content).unwrap().0);
        for (key, change) in &decision.counted {
            let count = self.counts.entry(key.clone()).or_default();
            *count = count.changed(change);
        }
        self.entries.extend(decision.entries.iter().map(|entry| (member.to_owned(), entry.clone())));
        self.orders.extend(decision.order.iter().map(|order| (order.id.clone(), order.clone())));
        self.members.insert(member.to_owned(), decision.member);
        let (brand, now) = (self.brand.clone(), decision.now);
        let follows = decision.intents.into_iter().filter_map(|intent| match intent.action {
            Action::Follow { member, event, data, .. } => {
                let fact = Fact::parse(&event, &data.to_string()).unwrap();
                let (brand, source) = (brand.clone(), "self".to_owned());
                Some((member, Event { brand, source, id: intent.id, occurred_at: now, fact }))
            }
            _ => None,
        });
        follows.collect()
    }

    /// The copy is a ledger like any other.
    fn is_proved(&self) {
        for member in self.members.values() {
            let of = |id: &String| *id == member.id;
            let stream = Stream {
                brand: self.brand.clone(),
                member: member.id.clone(),
                rows: self.rows.iter().filter(|row| of(&row.member)).cloned().collect(),
                document: Some(member.clone()),
                alarm: member.next_due_at,
                person: Person::default(),
                orders: self.orders.values().filter(|order| of(&order.member)).cloned().collect(),
            };
            assert_eq!(verify::stream(&stream, &self.programmes), Vec::<String>::new(), "the copy replays");
        }
    }

    fn stands(&self, member: &str) -> Stands {
        let Member { balance, tier, .. } = &self.members[member];
        let points = balance.available + balance.pending + balance.reserved - balance.debt;
        let given = self.given().filter(|(who, ..)| *who == member).map(|(_, _, points)| points).sum();
        Stands { points, tier: tier.id.clone(), given, spendable: balance.spendable() }
    }

    /// Points given by rules, and taken back: to whom, by which.
    fn given(&self) -> impl Iterator<Item = (&str, &str, i64)> {
        self.entries.iter().filter_map(|(member, entry)| {
            let points = match (entry.text_id, entry.credit) {
                (TextId::Earned, _) => entry.points,
                (_, Account::ClawedBack) => -entry.points,
                _ => return None,
            };
            Some((member.as_str(), entry.rule.as_deref()?, points))
        })
    }

    /// By rule: points given, less those taken back, and to how many.
    fn gave(&self) -> BTreeMap<String, (i64, BTreeSet<&str>)> {
        let mut gave: BTreeMap<String, (i64, BTreeSet<&str>)> = BTreeMap::new();
        for (member, rule, points) in self.given() {
            let of_rule = gave.entry(rule.to_owned()).or_default();
            of_rule.0 += points;
            if points > 0 {
                of_rule.1.insert(member);
            }
        }
        gave
    }
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// A database for all histories, where the machine has PostgreSQL; each has a brand of its own.
static POSTGRES: LazyLock<Option<Store>> = LazyLock::new(|| {
    let url = postgres::database("forecast")?;
    let shared = Shared { url: url.into(), ca_certificates: None, connections: 4, name: "forecast".to_owned() };
    Some(RUNTIME.block_on(Store::share(&shared)).unwrap())
});

/// What each store's history leads to; all say the same.
fn forecast_of(rows: &[EventRow], request: &Request) -> Forecast {
    let folder = Folder::new();
    let of = async |store: &Store| {
        for some in rows.chunks(50) {
            store.commit(Batch { events: some.to_vec(), ..Batch::default() }).await.unwrap();
        }
        let (done, stop) = (|_, _| (), CancellationToken::new());
        forecast::run(store, request, Progress { done: &done, stop: &stop }).await.unwrap()
    };
    let made = RUNTIME.block_on(of(&Store::open(&folder.0).unwrap()));
    if let Some(postgres) = &*POSTGRES {
        let bytes = |forecast: &Forecast| serde_json::to_string(forecast).unwrap();
        assert_eq!(bytes(&RUNTIME.block_on(of(postgres))), bytes(&made), "both stores give the same bytes");
    }
    made
}

/// Challenges that give a tier and a multiplier for a time, and rows that name what follows from them.
fn with_effects(mut draft: Tables) -> Tables {
    let challenges = "Challenge,Counts,Event,Goal,Within,Repeats,Points,Tier,Tier for,Multiplier,Multiplier for\n\
        two,orders,,2,month,,5,gold,9D,,\nall,events,goal.done,2,,every time,,,,2,20D\nold,months as a member,,1,,every time,3,,,,\n";
    let rules = "Rule,Event,Points\nclimbed,tier.changed:gold,4\nstaged,goal.done:two,2\n";
    draft.0.insert("Challenges".to_owned(), csv::read("Challenges", challenges).unwrap());
    draft.0.get_mut("Rules").unwrap().extend(csv::read("Rules", rules).unwrap());
    draft
}

/// As the worker does, the ledger records the alarms of those who did nothing meanwhile.
fn ring(play: &mut Play, until: Timestamp) {
    play.ledger.now = until - SignedDuration::from_millis(1);
    for member in 0..MEMBERS {
        play.turn_to(member);
        if let Some(due_at) = play.ledger.member.next_due_at.filter(|at| *at < until) {
            play.decide(member, Fact::TimePassed(TimePassed { due_at })).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: histories().cases / 4, max_shrink_iters: 150, ..histories() })]

    #[test]
    fn a_forecast_is_what_publishing_on_a_copy_and_replaying_gives(
        setting in setting(), draft in setting(), history in history(), cut in 0usize..50, effects in any::<bool>(),
    ) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let brand = format!("b{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut play = Play::of_brand(&brand, &setting);
        let (before, after) = history.split_at(cut.min(history.len()));
        for step in before {
            play.step(step);
        }
        play.ledger.now += SignedDuration::from_secs(1);
        play.ledger.ticks = true; // what happens at one instant happens in the order of members
        let (from, copy, recorded) = (play.ledger.now, Copied::of(&play), play.ledger.rows.len());
        for step in after {
            play.step(step);
        }
        let window = Window { from, until: play.ledger.now + SignedDuration::from_hours(1) };
        ring(&mut play, window.until);
        let programmes = play.ledger.programmes.clone();
        let live = tables(history.iter().rev().find_map(published).unwrap_or(&setting));
        let draft = if effects { with_effects(tables(&draft)) } else { tables(&draft) };
        let request = Request {
            brand, window, draft: draft.clone(), programme: check(&draft).unwrap().into(), live: live.clone(),
            programmes, memory: 1 << 30, quietly: false, against_all: false,
        };
        let forecast = forecast_of(&play.ledger.rows, &request);

        let outside = &play.ledger.rows[recorded..];
        let [now, then] = [&live, &draft].map(|tables| copy.clone().replayed(tables, outside, window));
        now.is_proved();
        then.is_proved();
        let did: BTreeSet<&str> = outside.iter().map(|row| row.member.as_str()).collect();
        let differences = did.iter().filter_map(|member| {
            let difference = Difference { member: (*member).to_owned(), now: now.stands(member), then: then.stands(member) };
            (difference.now != difference.then).then_some(difference)
        });
        prop_assert_eq!(&forecast.differences, &differences.collect::<Vec<_>>());
        for (side, copy) in [(&forecast.now, &now), (&forecast.then, &then)] {
            let points: i64 = copy.gave().values().map(|(points, _)| points).sum();
            prop_assert_eq!(side.points, points);
        }
        for row in forecast.rows.iter().filter(|row| row.table == "Rules") {
            for (gives, copy) in [(row.now, &now), (row.then, &then)] {
                let gave = copy.gave().get(&row.row).map(|(points, members)| (*points, members.len())).unwrap_or_default();
                let gives = gives.unwrap_or_default();
                prop_assert_eq!((gives.points, usize::try_from(gives.members).unwrap()), gave, "{}", &row.row);
            }
        }
    }
}

fn published(step: &crate::happens::Step) -> Option<&Setting> {
    match &step.what {
        crate::happens::Happens::Publish(setting) => Some(setting),
        _ => None,
    }
}

//! What every mechanic is promised, held for goals over random histories: orders that change, come late, come back, move to others;
//! events; rows that are edited, switched off and gone; members that turn out to be one, and not.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    audit::verify,
    clock::from_micros,
    loyalty::{
        Fact, Member, Order, OrderState, Programmes, Version,
        event::{Merged, TimePassed, Unmerged},
        intent::Action,
        measures::{self, Occurred, PastCounted},
        mechanics::{
            challenges::{ChallengeCorrected, ChallengeJoined},
            rewards::{ClaimState, ClaimStep},
            segments::{SegmentsLooked, TopSpend},
        },
        order::{Revision, Status},
        programme::check,
    },
    programme::{csv, sample},
    store::EventRow,
};
use proptest::{collection::vec, prelude::*, sample::subsequence};
use serde_json::json;

use crate::{
    books::{Ledger, NOW, at},
    histories, kept,
};

const HEAD: &str = "Challenge,Show as,Active,Counts,Event,Categories,Stores,Smallest order,Goal,Within,Repeats,Head start,Takes part,Time limit,After,Points,Waits,Expires,Reward,Tier,Tier for,Multiplier,Multiplier for,Badge,After return,Most winners,Budget,Counts from,Code offer";
const ROWS: [&str; 12] = [
    "coffee,,ON,quantity,,coffee,,,4,,every time,,,,,50,,,,,,2,9D,,,,",
    "card,stamp card,ON,orders,,,,,4,,,1,,,,30,2D,20D,,,,,,yes,,,",
    "kinds,,ON,different categories,,,,,3,month,,,,,,40,,,,gold,40D,,,yes,,,",
    "spend,milestone,ON,amount,,,,10.00,60,week,every time,,,,,7,,,mug,silver,5D,,,,,,",
    "days,,ON,days with an order,,,tartu,,2,7D,,,,,,11,,,,,,,,,,,",
    "weeks,streak,ON,weeks in a row,,,,,2,,,,,,,13,,,,silver,,,,yes,,,",
    "earner,,ON,points earned,,,,,60,ever,every time,,,,,17,,,,,,,,,,,",
    "talker,badge,ON,events,review,,,,2,,once,,,,,,,,,gold,3M,3,,,,,",
    "dash,,ON,orders,,,,,2,ever,every time,,who joins,30D,,19,,,,,,,,,,,",
    "after,,ON,different products,,,,,2,quarter,,,,,kinds,23,,,,,,1.5,40D,,,3,60",
    "loyal,milestone,ON,orders,,,,,3,ever,every time,,,,,29,,,,,,,,,,,,start",
    "round,,ON,different categories,,,,,2,3M,once,,,,,31,,,,,,,,,,,,start",
];
/// The rows that count what was before they were published.
const OF_THE_PAST: [usize; 2] = [10, 11];
/// The rows that give a code of the member's own.
const WITH_A_CODE: [usize; 2] = [0, 4];
/// Points by amount and for reviews; a reward and a code for toys.
const RULES: &str = "Rule,Event,Points,Per amount,Categories,Reward,Code offer
base,,1,1.00,,,
review,review,20,,,,five
toys,,,,toys,cup,five
";
/// Places of the cells Multiplier and Multiplier for.
const MULTIPLIER: std::ops::RangeInclusive<usize> = 21..=22;
/// By days, by goods, by gaps, of a group, by points, by what is bought most, by habit, by name.
const SEGMENTS: &str =
    "Segment,Group,Orders at least,In the last,Last order before,Overdue,Spent at least,Bought,Points at least,Favourite,Habit,Kind,Members,Top percent by spend
often,,2,30D,,,,,,,,,,
spender,rank,,6M,,,50,,,,,,,
silent,rank,,,10D,,,,,,,,,
late,rank,,,,1.5,,,,,,,,
rest,rank,,,,,,,,,,,,
drinker,,,2W,,,,coffee,,,,,,
rich,,,,,,,,100,,,,,
fan,,,,,,,,,coffee,,,,
weekly,,,,,,,,,,buys weekly,,,
bargains,,,,,,,,,,only in sales,,,
staff,,,,,,,,,,,list,c-1,
gifts,,,,,,,,,,only around the birthday,,,
best,,,,,,,,,,,,,5
";
/// What is edited: more coffees, other goods, other points.
const EDITED: [(&str, &str); 4] = [
    ("coffee,,ON,quantity,,coffee,,,4,", "coffee,,ON,quantity,,coffee,,,6,"),
    ("kinds,,ON,different categories,,,,,3,month", "kinds,,ON,different categories,,,tartu,,3,month"),
    (
        "spend,milestone,ON,amount,,,,10.00,60,week,every time,,,,,7",
        "spend,milestone,ON,amount,,,,10.00,60,week,every time,,,,,9",
    ),
    ("days,,ON,days with an order,,,tartu,,2,7D", "days,,ON,days with an order,,,tartu,,2,9D"),
];
const CATEGORIES: [&str; 4] = ["coffee", "coffee/beans", "books", "toys"];
const STORES: [&str; 2] = ["tartu", "tallinn"];
const MEMBERS: usize = 2;

/// Rows that are gone, off, edited; by their places.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    gone: Vec<usize>,
    off: Vec<usize>,
    edited: Vec<usize>,
    /// Nothing multiplies: what an order earns then hangs on no other order.
    plain: bool,
    /// Rows that name what follows when a challenge is done.
    follows: bool,
}

fn version(number: u32, effective_at: Timestamp, sheet: &Sheet) -> Version {
    let mut text = HEAD.to_owned();
    for (place, row) in ROWS.iter().enumerate().filter(|(place, _)| !sheet.gone.contains(place)) {
        let edit = |row: String, edit: &usize| row.replace(EDITED[*edit].0, EDITED[*edit].1);
        let row = sheet.edited.iter().fold((*row).to_owned(), edit);
        let row = if OF_THE_PAST.contains(&place) { row } else { format!("{row},") };
        let cells = row.split(',').enumerate();
        let row = cells.map(|(place, cell)| if sheet.plain && MULTIPLIER.contains(&place) { "" } else { cell });
        let row = row
            .collect::<Vec<_>>()
            .join(",")
            .replace(",ON,", if sheet.off.contains(&place) { ",no," } else { ",yes," });
        text.extend(["\n", row.as_str(), if WITH_A_CODE.contains(&place) { ",five" } else { "," }]);
    }
    // `after` cannot come after what is gone.
    if sheet.gone.contains(&2) {
        text = text.replace(",kinds,23", ",,23");
    }
    let mut rules = RULES.to_owned();
    if sheet.follows {
        text.push_str("\nchain,,yes,events,goal.done,,,,3,,every time,,,,,29,,,mug,silver,9D,2,9D,,,,,,");
        rules.push_str("thanks,goal.done:card,3,,,,\ntier,tier.changed:gold,2,,,,\n");
        if sheet.gone.contains(&1) {
            rules = rules.replace("goal.done:card", "goal.done");
        }
    }
    let rewards = "Reward,Kind,Cost,Stock\nmug,gift,40,3\ncup,perk,30,\n";
    let tiers = "Tier,Qualifying points,Reward on reaching,Sold as,Lasts\nbronze,0,,,\nsilver,500,,sku-2,20D\ngold,2000,cup,,\n";
    let mut tables = sample::tables();
    for (table, text) in [
        ("Challenges", text.as_str()),
        ("Rules", rules.as_str()),
        ("Rewards", rewards),
        ("Codes", "Offer,Kind,Value\nfive,amount,5.00\n"),
        ("Segments", SEGMENTS),
        ("Tiers", tiers),
    ] {
        tables.0.insert(table.to_owned(), csv::read(table, text).unwrap());
    }
    let programme = check(&tables).unwrap_or_else(|problems| panic!("{problems:?}"));
    Version { number, effective_at, programme: Arc::new(programme) }
}

/// What it takes to be among the best.
fn top_spend(at: Timestamp, least: i64) -> TopSpend {
    TopSpend { at, least: [(500, least)].into() }
}

fn ledger(sheet: &Sheet) -> Ledger {
    let first = version(1, Timestamp::UNIX_EPOCH, sheet);
    Ledger::new(Programmes::new(vec![first]).unwrap().with_top_spend([top_spend(Timestamp::UNIX_EPOCH, 6_000)]))
}

#[derive(Clone, Debug)]
pub struct State {
    status: Status,
    /// Category, pieces, euros a piece (0: free), pieces that came back.
    lines: Vec<(usize, i64, i64, i64)>,
    store: usize,
}

fn states() -> impl Strategy<Value = State> {
    let status = prop_oneof![4 => Just(Status::Paid), 2 => Just(Status::Fulfilled), 1 => Just(Status::Placed), 2 => Just(Status::Cancelled)];
    let line = (0..CATEGORIES.len(), 1i64..4, prop_oneof![1 => Just(0i64), 4 => 1i64..30], 0i64..4);
    (status, vec(line, 1..4), 0..STORES.len()).prop_map(|(status, lines, store)| State { status, lines, store })
}

impl State {
    fn of(&self, revision: i64, placed_at: Timestamp) -> OrderState {
        let lines: Vec<_> = (1..)
            .zip(&self.lines)
            .map(|(number, (category, pieces, price, back))| {
                json!({ "id": format!("{number}"), "quantity": pieces * 1000, "unit_price": price * 100, "category": CATEGORIES[*category],
                    "sku": format!("sku-{category}"), "returned": back.min(pieces) * 1000 })
            })
            .collect();
        let state = json!({ "status": self.status, "revision": revision, "placed_at": placed_at, "paid_at": placed_at,
            "currency": "EUR", "lines": lines, "store": STORES[self.store] });
        serde_json::from_value(state).unwrap()
    }
}

/// Hours since the one before, the member, what happens.
pub type Step = (i64, usize, Happens);

#[derive(Clone, Debug)]
pub enum Happens {
    /// An order of its place, placed so many days ago when it is new.
    Order(usize, State, i64),
    Moves(usize, usize),
    Review,
    Joins,
    Merge(usize),
    Unmerge(usize),
    Fulfil,
    /// A look finds the member's customer number in the list, or in none.
    Listed(bool),
    /// Steps of the coffee card or of the kinds, by hand.
    Corrects(bool, i64),
    Publish(Sheet),
    Wait,
}

fn happens() -> impl Strategy<Value = Happens> {
    let places = |most: usize| subsequence((0..most).collect::<Vec<_>>(), 0..=2);
    let sheet = (places(ROWS.len()), places(ROWS.len()), places(EDITED.len())).prop_map(|(gone, off, edited)| Sheet {
        gone,
        off,
        edited,
        plain: false,
        follows: true,
    });
    prop_oneof![
        12 => (0usize..5, states(), prop_oneof![3 => Just(0i64), 1 => 1i64..40]).prop_map(|(order, state, ago)| Happens::Order(order, state, ago)),
        1 => (0usize..5, 0..MEMBERS).prop_map(|(order, to)| Happens::Moves(order, to)),
        3 => Just(Happens::Review),
        1 => Just(Happens::Joins),
        1 => (0..MEMBERS).prop_map(Happens::Merge),
        1 => (0..MEMBERS).prop_map(Happens::Unmerge),
        1 => Just(Happens::Fulfil),
        1 => any::<bool>().prop_map(Happens::Listed),
        1 => (any::<bool>(), -4i64..5).prop_map(|(coffee, steps)| Happens::Corrects(coffee, steps)),
        2 => sheet.prop_map(Happens::Publish),
        1 => Just(Happens::Wait),
    ]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let hours = prop_oneof![4 => Just(0i64), 3 => 1i64..30, 2 => 30i64..300, 1 => 300i64..3000];
    vec((hours, prop_oneof![3 => Just(0usize), 1 => Just(1usize)], happens()), 1..40)
}

struct Play {
    ledger: Ledger,
    placed: BTreeMap<usize, (usize, Timestamp)>,
    revision: i64,
}

/// The rows of all members after these steps.
pub fn played(steps: &[Step]) -> Vec<EventRow> {
    let mut play = Play::new(false);
    for step in steps {
        play.step(step);
    }
    play.ledger.rows
}

fn name(member: usize) -> String {
    (member + 1).to_string()
}

impl Play {
    fn new(explains: bool) -> Self {
        Self::with(&Sheet { follows: true, ..Sheet::default() }, explains)
    }

    fn with(sheet: &Sheet, explains: bool) -> Self {
        Self::beginning(ledger(sheet), explains)
    }

    fn of_brand(brand: String) -> Self {
        let mut ledger = ledger(&Sheet { follows: true, ..Sheet::default() });
        ledger.brand = brand;
        Self::beginning(ledger, false)
    }

    fn beginning(mut ledger: Ledger, explains: bool) -> Self {
        ledger.explains = explains;
        for member in 0..MEMBERS {
            ledger.turn_to(&name(member));
            ledger.accept(Fact::parse("member.joined", "{}").unwrap()).unwrap();
        }
        Self { ledger, placed: BTreeMap::new(), revision: 0 }
    }

    fn led(&self, member: usize) -> usize {
        let into = &self.ledger.of(&name(member)).0.merged_into;
        into.as_ref().map_or(member, |into| into.trim_start_matches("mem_").parse::<usize>().unwrap() - 1)
    }

    /// What the writer does before it decides for a member: of whose past something is missing, that is counted.
    fn count_past(&mut self, member: usize) {
        self.ledger.turn_to(&name(member));
        let programmes = self.ledger.programmes.clone();
        let orders: Vec<Order> = self.ledger.orders.values().cloned().collect();
        let mut counted = PastCounted::default();
        for owner in measures::missing(&programmes, &self.ledger.member) {
            let events = self.occurred(&owner);
            counted.count(&programmes, (&self.ledger.member, &owner), (&orders, &events)).unwrap();
        }
        if counted != PastCounted::default() {
            self.ledger.accept(Fact::PastCounted(counted)).unwrap();
        }
    }

    fn occurred(&self, owner: &str) -> Vec<Occurred<'static>> {
        let own = |row: &&EventRow| row.member == *owner && (row.kind == "review" || row.source == "self");
        let events = self.ledger.rows.iter().filter(own).map(|row| {
            let (at, programmes) = (from_micros(row.occurred_at), self.known(row));
            let (kind, points) = if row.kind == "review" {
                ("review", 20)
            } else {
                (if row.kind == "goal.done" { "goal.done" } else { "other" }, 0)
            };
            Occurred { kind, points, at, programmes }
        });
        events.collect()
    }

    /// The versions that a row's event knew.
    fn known(&self, row: &EventRow) -> Programmes {
        let given: serde_json::Value = serde_json::from_str(&row.given).unwrap();
        self.ledger.programmes.as_of(given["programme"].as_u64().unwrap().try_into().unwrap())
    }

    fn decide(&mut self, member: usize, fact: Fact) {
        self.count_past(member);
        let refused = self.ledger.accept(fact).is_err();
        self.ledger.check_books();
        if !refused {
            while self.ledger.follow().is_some() {}
        }
    }

    fn order(&mut self, member: usize, order: usize, state: Option<&State>, ago: i64) {
        let id = format!("{order}");
        let placed_at = self.ledger.now - SignedDuration::from_hours(ago * 24);
        let (whose, placed_at) = *self.placed.entry(order).or_insert((member, placed_at));
        let member = self.led(whose);
        self.revision += 1;
        let revision = Revision::Number(self.revision);
        let state = match (state, self.ledger.orders.get(&id)) {
            (Some(state), _) => state.of(self.revision, placed_at),
            (None, Some(known)) => OrderState { revision, ..known.state.clone() },
            (None, None) => return,
        };
        let fact = Fact::Order { order_id: id.clone(), state: Box::new(state) };
        self.ledger.turn_to(&name(member));
        if let Some(known) = self.ledger.orders.get(&id) {
            let name = known.decided_for(&self.ledger.member).trim_start_matches("mem_").to_owned();
            self.ledger.turn_to(&name);
        }
        self.ledger.leave(&fact).unwrap();
        let member = self.ledger.member.id.trim_start_matches("mem_").parse::<usize>().unwrap() - 1;
        self.decide(member, fact);
    }

    fn step(&mut self, (hours, member, what): &(i64, usize, Happens)) {
        self.ledger.now += SignedDuration::from_hours(*hours);
        let led = self.led(*member);
        match what {
            Happens::Order(order, state, ago) => self.order(*member, *order, Some(state), *ago),
            Happens::Moves(order, to) => {
                if let Some(placed) = self.placed.get_mut(order) {
                    placed.0 = *to;
                    self.order(*to, *order, None, 0);
                }
            }
            Happens::Review => self.decide(led, Fact::Other { kind: "review".to_owned(), data: json!({}) }),
            Happens::Joins => self.decide(led, Fact::ChallengeJoined(ChallengeJoined { challenge: "dash".to_owned() })),
            Happens::Merge(into) if self.led(*into) != led => {
                let into = format!("mem_{}", self.led(*into) + 1);
                self.decide(led, Fact::Merged(Merged { into, reason: String::new() }));
            }
            Happens::Unmerge(from) => {
                self.decide(led, Fact::Unmerged(Unmerged { from: format!("mem_{}", from + 1), reason: String::new() }));
            }
            Happens::Fulfil => {
                let claim = self.ledger.of(&name(led)).0.claims.keys().next().cloned();
                if let Some(claim) = claim {
                    self.decide(led, Fact::ClaimFulfilled(ClaimStep { claim, note: None }));
                }
            }
            Happens::Listed(named) => {
                let listed = named.then(|| "staff".to_owned()).into_iter().collect();
                self.decide(led, Fact::SegmentsLooked(SegmentsLooked { listed }));
            }
            Happens::Corrects(coffee, steps) => {
                let (challenge, reason) = (if *coffee { "coffee" } else { "kinds" }.to_owned(), String::new());
                self.decide(led, Fact::ChallengeCorrected(ChallengeCorrected { challenge, steps: *steps, reason }));
            }
            Happens::Publish(sheet) => {
                let number = self.ledger.programmes.live().number + 1;
                let tops = [(Timestamp::UNIX_EPOCH, 6_000), (self.ledger.now, 2_000 + 1_000 * i64::from(number))];
                let programmes = self.ledger.programmes.with(version(number, self.ledger.now, sheet));
                self.ledger.programmes = programmes.with_top_spend(tops.map(|(at, least)| top_spend(at, least)));
            }
            Happens::Merge(_) | Happens::Wait => {
                self.decide(led, Fact::TimePassed(TimePassed { due_at: self.ledger.now }));
            }
        }
        self.limits_hold();
    }

    /// Budgets, winners and stock are never more than there are, and are the sums of what stands.
    fn limits_hold(&self) {
        let used = |key: &str| self.ledger.counts.get(key).map_or(0, |count| count.used);
        assert!(used("winners:after") <= 3 && used("budget:challenge:after") <= 60 && used("stock:mug") <= 3);
        assert!(self.ledger.counts.values().all(|count| count.used >= 0), "{:?}", self.ledger.counts);
    }

    /// What is counted of each owner is the sum over its orders and events, whoever it is now.
    fn sums_hold(&self) {
        let orders: Vec<Order> = self.ledger.orders.values().cloned().collect();
        for member in
            (0..MEMBERS).map(|member| self.ledger.of(&name(member)).0).filter(|member| member.merged_into.is_none())
        {
            let last = self.ledger.rows.iter().rev().find(|row| row.member == member.id).unwrap();
            for owner in member.measures.owners().chain([&member.id]).collect::<BTreeSet<_>>() {
                let (known, events) = (self.known(last), self.occurred(owner));
                let differences = measures::differences(&known, (member, owner), &orders, &events).unwrap();
                assert_eq!(differences, Vec::<String>::new(), "of {owner} with {}", member.id);
            }
        }
    }

    fn verified(&mut self) {
        for member in 0..MEMBERS {
            self.ledger.turn_to(&name(member));
            let findings = verify::stream(&self.ledger.stream(), &self.ledger.programmes);
            assert_eq!(findings, Vec::<String>::new(), "member {}", name(member));
        }
    }
}

/// What stands of a member's goals, and where its points are: without names of lots.
fn stands(member: &Member) -> impl PartialEq + std::fmt::Debug {
    let mut givings = BTreeMap::<(String, String), (i64, i64)>::new();
    for (goal, taken) in member.challenges.0.values().flatten() {
        for (period, giving) in taken.givings.iter().flat_map(|(period, all)| all.iter().map(move |one| (period, one)))
        {
            if giving.times > 0 {
                let sum = givings.entry((goal.clone(), period.clone())).or_default();
                *sum = (sum.0 + giving.times, sum.1 + giving.award.as_ref().map_or(0, |award| award.points));
            }
        }
    }
    let mut lots = BTreeMap::<_, i64>::new();
    for lot in member.lots.values() {
        *lots.entry((lot.rule.clone(), lot.available_from, lot.expires_at)).or_default() += lot.points;
    }
    let claims = member.claims.values().filter(|claim| claim.state != ClaimState::Cancelled);
    let mut claims: Vec<_> = claims.map(|claim| (claim.reward.clone(), claim.state as u8)).collect();
    claims.sort();
    let coupons = member.coupons.valid().into_iter().map(|coupon| coupon.offer.clone()).collect::<Vec<_>>();
    // What stands multiplies from the instant that first reached it; taken back and given again it has the dates it had.
    let given = member
        .challenges
        .0
        .values()
        .flatten()
        .flat_map(|(goal, taken)| taken.givings.values().flatten().map(move |giving| (goal, giving)));
    let given = given.filter(|(_, giving)| giving.times > 0);
    let multipliers: Vec<_> =
        given.filter_map(|(goal, giving)| Some((goal.clone(), giving.multiplier.clone()?))).collect();
    let badges: Vec<_> = member
        .challenges
        .0
        .values()
        .flatten()
        .filter_map(|(goal, taken)| taken.badge_at.map(|at| (goal.clone(), at)))
        .collect();
    (
        (member.measures.clone(), member.subscribed.clone()),
        givings,
        lots,
        member.balance,
        badges,
        (claims, coupons),
        multipliers,
        (member.tier.clone(), member.placed.clone()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: histories().cases / 3, ..histories() })]

    /// Decided again byte for byte after each step; measures are the sums over orders and events; nothing is written that says nothing.
    #[test]
    fn any_history_of_goals_replays_and_its_measures_are_sums(steps in steps()) {
        let mut play = Play::new(true);
        for step in &steps {
            play.step(step);
        }
        play.verified();
        play.sums_hold();
        for row in &play.ledger.rows {
            for empty in ["\"measures\":{}", "\"challenges\":{}", "\"givings\":{}", "\"numbers\":{}"] {
                prop_assert!(!row.changes.contains(empty), "{}", row.changes);
            }
        }
    }

    /// The same rows from a database are the same history.
    #[test]
    fn any_history_of_goals_kept_by_either_store_comes_back_byte_for_byte(steps in steps()) {
        let mut play = Play::of_brand(kept::brand());
        for step in &steps {
            play.step(step);
        }
        kept::by_both_stores(&play.ledger, MEMBERS);
    }

    /// A goal that counts the past stands, once it is published, as if it had been there from the beginning: whatever happened, and
    /// whoever turned out to be whom.
    #[test]
    fn what_counts_the_past_is_as_if_it_had_always_been_counted(steps in steps()) {
        let with_rows = |gone: &[usize]| {
            let mut play = Play::with(&Sheet { gone: gone.to_vec(), ..Sheet::default() }, false);
            for step in steps.iter().filter(|(_, _, what)| !matches!(what, Happens::Publish(_))) {
                play.step(step);
            }
            let number = play.ledger.programmes.live().number + 1;
            play.ledger.programmes = play.ledger.programmes.with(version(number, play.ledger.now, &Sheet::default()));
            for member in 0..MEMBERS {
                play.decide(play.led(member), Fact::TimePassed(TimePassed { due_at: play.ledger.now }));
            }
            play.verified();
            play.sums_hold();
            let of = |member: &Member| {
                let owners = member.measures.owners().map(|owner| {
                    let parts = member.measures.parts(owner).filter(|(key, _)| key.ends_with("|past"));
                    (owner.clone(), parts.map(|(key, part)| (key.clone(), part.clone())).collect::<Vec<_>>())
                });
                owners.collect::<Vec<_>>()
            };
            [0, 1].map(|member| of(play.ledger.of(&name(member)).0))
        };
        prop_assert_eq!(with_rows(&OF_THE_PAST), with_rows(&[]));
    }

    /// The states of one order, in any order, repeated, lost but for the last: everything stands as the last alone leaves it.
    #[test]
    fn the_last_state_of_an_order_alone_gives_what_all_of_them_give(
        states in vec(states(), 1..7), order in Just((0usize..7).collect::<Vec<_>>()).prop_shuffle(), others in vec(states(), 0..3), reviews in 0..3usize,
    ) {
        let last = states.len() - 1;
        let [all, alone] = [order.into_iter().filter(|place| *place < last).chain([last, last]).collect(), vec![last]].map(|sent: Vec<usize>| {
            let mut ledger = ledger(&Sheet { gone: vec![9], ..Sheet::default() }); // what comes after something keeps what it had
            let placed_at = at(NOW);
            for (number, state) in others.iter().enumerate() {
                ledger.order(&format!("other-{number}"), &state.of(1, placed_at));
            }
            for _ in 0..reviews {
                ledger.accept(Fact::Other { kind: "review".to_owned(), data: json!({}) }).unwrap();
            }
            ledger.accept(Fact::ChallengeJoined(ChallengeJoined { challenge: "dash".to_owned() })).unwrap();
            while ledger.follow().is_some() {}
            for place in sent {
                ledger.now += SignedDuration::from_mins(7);
                let revision = i64::try_from(place).unwrap() + 1;
                ledger.order("1", &states[place].of(revision, placed_at));
                while ledger.follow().is_some() {}
            }
            ledger.now = at("2026-11-21T12:00:00Z");
            ledger.accept(Fact::TimePassed(TimePassed { due_at: ledger.now })).unwrap();
            ledger
        });
        prop_assert_eq!(format!("{:?}", stands(&all.member)), format!("{:?}", stands(&alone.member)));
    }

    /// Different orders in any order: the same measures and the same goals.
    #[test]
    fn different_orders_may_come_in_any_order(orders in vec((states(), 0i64..30), 1..7), shuffled in Just((0usize..7).collect::<Vec<_>>()).prop_shuffle()) {
        let told: Vec<usize> = (0..orders.len()).collect();
        let [one, other] = [told.clone(), shuffled.into_iter().filter(|place| *place < told.len()).collect()].map(|sent: Vec<usize>| {
            let mut ledger = ledger(&Sheet { plain: true, ..Sheet::default() });
            for place in sent {
                let (state, ago) = &orders[place];
                ledger.order(&format!("{place}"), &state.of(1, at(NOW) - SignedDuration::from_hours(ago * 24)));
                while ledger.follow().is_some() {}
            }
            ledger
        });
        prop_assert_eq!(&one.member.measures, &other.member.measures);
        prop_assert_eq!(&one.member.placed.segments, &other.member.placed.segments);
        prop_assert_eq!(&one.member.subscribed, &other.member.subscribed);
        for goal in ["coffee", "card", "kinds", "spend", "weeks", "days", "earner"] {
            let times = |ledger: &Ledger| ledger.member.challenges.times(goal, None);
            prop_assert_eq!(times(&one), times(&other), "{}", goal);
        }
        prop_assert_eq!(one.member.balance.debt, 0);
    }

    /// Two who were one for a moment have what each had.
    #[test]
    fn merged_and_unmerged_with_nothing_between_both_are_as_before(steps in steps()) {
        let mut play = Play::new(false);
        for step in steps.iter().filter(|(_, _, what)| !matches!(what, Happens::Merge(_) | Happens::Unmerge(_) | Happens::Moves(..))) {
            play.step(step);
        }
        for member in 0..MEMBERS {
            play.decide(member, Fact::TimePassed(TimePassed { due_at: play.ledger.now })); // what nobody asks for is dropped
        }
        let had = |play: &Play| [0, 1].map(|member| {
            let member = play.ledger.of(&name(member)).0;
            (member.measures.clone(), member.challenges.clone(), member.balance, member.tier.clone(), member.granted.clone(), (member.placed.clone(), member.listed.clone(), member.subscribed.clone()))
        });
        let before = had(&play);
        play.decide(0, Fact::Merged(Merged { into: "mem_2".to_owned(), reason: String::new() }));
        let rows = &play.ledger.rows;
        prop_assert!(!rows[rows.len() - 1].receipt.contains("challenges"), "a merge gives and takes nothing by itself");
        play.decide(1, Fact::Unmerged(Unmerged { from: "mem_1".to_owned(), reason: String::new() }));
        prop_assert_eq!(had(&play), before);
    }
}

/// A signal goes out once for what it is about, however often its cause is taken back and given again.
#[test]
fn what_was_done_is_told_once() {
    let mut ledger = ledger(&Sheet::default());
    let (placed_at, mut told) = (at(NOW), Vec::new());
    let state = |pieces| State { status: Status::Paid, lines: vec![(0, pieces, 3, 0)], store: 0 };
    for (revision, pieces) in [(1, 4), (2, 3), (3, 4), (4, 3), (5, 4)] {
        let fact = Fact::Order { order_id: "1".to_owned(), state: Box::new(state(pieces).of(revision, placed_at)) };
        let decision = ledger.decide(fact).unwrap();
        let done = decision.intents.iter().filter(|intent| matches!(&intent.action, Action::Signal { name, data } if name == "challenge.done" && data["challenge"] == "coffee"));
        told.extend(done.map(|intent| intent.id.clone()));
    }
    assert_eq!((told.len(), ledger.member.challenges.times("coffee", None)), (1, 1));
}

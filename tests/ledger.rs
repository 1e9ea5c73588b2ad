//! Promises of the pure heart, over random orders, events, adjustments and clocks.

#[path = "support/books.rs"]
mod books;

use std::{collections::BTreeMap, sync::Arc};

use books::{Ledger, at};
use jiff::{SignedDuration, Timestamp};
use loyalty_connector::{
    loyalty::{
        Fact, OrderState, Programmes, Refusal, Version,
        entry::Account,
        event::{Adjustment, Goods, HoldCaptured, HoldMade, Joined, OrderImported, Segments, TierGranted},
        lot::Lot,
        order::{Line, Revision, Status},
        programme::check,
    },
    programme::{csv, sample},
    values::{
        bounds::{AMOUNT, BALANCE, POINTS},
        exchange::Exchange,
        money::Quantity,
    },
};
use proptest::prelude::*;

/// The sample with rules that round badly on purpose.
fn programmes() -> Programmes {
    let mut tables = sample::tables();
    let extra = "Rule,Name,Points,Per amount,Multiplier,Categories,Expires\n\
                 third,A point per third,1,0.33,,,6M\n\
                 boots,One and a half,,,1.5,sport/boots,\n\
                 hat,Seven for a hat,7,,,hats,30D_D\n";
    tables.0.get_mut("Rules").unwrap().extend(csv::read("Rules", extra).unwrap());
    let programme = Arc::new(check(&tables).unwrap());
    Programmes::new(vec![Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme }]).unwrap()
}

fn ledger() -> Ledger {
    Ledger::new(programmes())
}

const CATEGORIES: [&str; 6] = ["sport/shoes/running", "sport/boots", "hats", "gift-cards", "sport/shoeshine", "books"];

fn line() -> impl Strategy<Value = Line> {
    (0..CATEGORIES.len(), 1i64..5, 0i64..20_000, 0i64..100).prop_map(|(category, count, unit_price, discount)| Line {
        category: Some(CATEGORIES[category].to_owned()),
        quantity: Quantity(count * 1000),
        unit_price,
        discount: (unit_price * count) * discount / 100,
        ..Line::default()
    })
}

fn order_of(revision: i64, lines: Vec<Line>) -> OrderState {
    let paid = OrderState::paid(Revision::Number(revision), at("2026-11-20T10:00:00Z"), "EUR", lines);
    OrderState { paid_at: Some(at("2026-11-20T10:00:40Z")), ..paid }
}

fn basket() -> impl Strategy<Value = OrderState> {
    proptest::collection::vec(line(), 1..5).prop_map(|mut lines| {
        for (index, line) in lines.iter_mut().enumerate() {
            line.id = index.to_string();
        }
        OrderState { shipping: 490, ..order_of(1, lines) }
    })
}

/// Successive dated states of one order: status changes, returns and undone returns, refunds without lines.
fn states() -> impl Strategy<Value = Vec<OrderState>> {
    let step = (0usize..8, proptest::collection::vec(0i64..=4000, 5), 0i64..100);
    (basket(), proptest::collection::vec(step, 1..7)).prop_map(|(basket, steps)| {
        let states = steps.into_iter().enumerate().map(|(index, (status, returned, refund))| {
            let mut state = basket.clone();
            state.revision = Revision::Number(i64::try_from(index).unwrap() + 1);
            state.status = [Status::Placed, Status::Cancelled].get(status).copied().unwrap_or(Status::Paid);
            for (line, returned) in state.lines.iter_mut().zip(returned) {
                line.returned = Quantity(returned.min(line.quantity.0));
            }
            if refund < 20 {
                state.refunded = state.total() * refund / 20;
            }
            state
        });
        states.collect()
    })
}

/// A sequence of indexes below `n` that contains the last one: any order, repetition and loss.
fn arrivals(n: usize) -> impl Strategy<Value = Vec<usize>> {
    (proptest::collection::vec(0..n, 0..2 * n), 0..=2 * n).prop_map(move |(mut sequence, place)| {
        let place = place.min(sequence.len());
        sequence.insert(place, n - 1);
        sequence
    })
}

fn deliver(states: &[OrderState], sequence: impl IntoIterator<Item = usize>) -> Ledger {
    let mut ledger = ledger();
    for index in sequence {
        ledger.order("1001", &states[index]);
        ledger.check_books();
    }
    ledger
}

/// A programme of rules that look at all that an order says of itself, and stand beside or behind each other.
fn choosy() -> Programmes {
    let mut tables = sample::tables();
    let rules = "Rule,Points,Per amount,Multiplier,Percent back,Products,Product brands,Stores,Channels,Weekdays,Hours,Smallest order,Nth purchase,One in,Stacking,Group,Priority,Cap per member\n\
                 base,1,1.00,,,,,,,,,,,,best of group,base,,\n\
                 more,2,3.00,,,\"0, 1\",,,,,,,,,best of group,base,,\n\
                 back,,,,2.5,,Acme,,,,,,,,,,,40\n\
                 double,,,2,,,,tartu,,,,,,,,,,\n\
                 triple,,,3,,,,,web,Friday,13:00-15:00,,,,,,,\n\
                 big,30,,,,,,,,,,25.00,,,,,,\n\
                 first,50,,,,,,,,,,,1,,,,,\n\
                 drawn,9,,,,,,,,,,,,2,,,,\n\
                 only,70,,,,2,Other,,,,,60.00,,,stop,,50,\n";
    tables.0.insert("Rules".to_owned(), csv::read("Rules", rules).unwrap());
    let programme = Arc::new(check(&tables).unwrap());
    Programmes::new(vec![Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme }]).unwrap()
}

/// States of an order that change their mind about where it was bought, and of what.
fn told_otherwise() -> impl Strategy<Value = Vec<OrderState>> {
    let says = proptest::collection::vec((0usize..3, 0usize..3, 0usize..3), 7);
    (states(), says).prop_map(|(mut states, says)| {
        for (state, (store, channel, maker)) in states.iter_mut().zip(says) {
            state.store = ["tartu", "narva"].get(store).map(|store| (*store).to_owned());
            state.channel = ["web", "store"].get(channel).map(|channel| (*channel).to_owned());
            for line in &mut state.lines {
                line.sku = Some(line.id.clone());
                line.product_brand = ["Acme", "Other"].get(maker).map(|maker| (*maker).to_owned());
            }
        }
        states
    })
}

/// What each rule stands at for the order.
fn stands(
    programmes: &Programmes,
    states: &[OrderState],
    arrivals: impl Iterator<Item = usize>,
) -> BTreeMap<String, i64> {
    let mut ledger = Ledger::new(programmes.clone());
    ledger.explains = true;
    for index in arrivals {
        ledger.order("1001", &states[index]);
        ledger.check_books();
    }
    let awards = ledger.orders.values().flat_map(|order| &order.awards);
    awards.filter(|(_, award)| award.points != 0).map(|(rule, award)| (rule.clone(), award.points)).collect()
}

/// A programme of rules that each ask one thing of the order, of its place among the purchases, or of the member.
fn asking() -> Programmes {
    let mut tables = sample::tables();
    let rules = "Rule,Points,Per amount,Condition\n\
                 base,1,0.01,\n\
                 total,2,,order.total >= 60\n\
                 line,3,,\"any(line.category = 'sport' and line.amount >= 20) or order.store = 'tartu'\"\n\
                 tier,4,,member.tier = 'silver'\n\
                 vip,5,,'vip' in member.segments\n\
                 spent,6,,member.spent < 100\n\
                 orders,7,,member.orders <= 1\n\
                 earned,8,,member.earned + member.balance > 5000\n\
                 days,9,,member.days_joined + member.days_since_order < 5 and not (member.language = 'et')\n\
                 first,11,,order.first\n\
                 later,12,,not order.first\n\
                 number,13,,\"order.number in [2, 3]\"\n\
                 measured,14,,measure.many-orders - 1 < 2 and measure.spender < 300.50\n";
    let challenges = "Challenge,Counts,Within,Goal,Points\nmany-orders,orders,month,2,7\nspender,amount,,100,3\n";
    tables.0.insert("Challenges".to_owned(), csv::read("Challenges", challenges).unwrap());
    tables.0.insert("Rules".to_owned(), csv::read("Rules", rules).unwrap());
    let programme = Arc::new(check(&tables).unwrap());
    Programmes::new(vec![Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme }]).unwrap()
}

/// Something that changes how the member stands, and not what any order says.
fn something_else() -> impl Strategy<Value = (usize, i64)> {
    (0usize..6, 1i64..400)
}

fn happen(ledger: &mut Ledger, number: usize, (kind, size): (usize, i64)) {
    let other = |size| order_of(1, vec![Line { unit_price: size * 100, quantity: Quantity(1000), ..Line::default() }]);
    let fact = match kind {
        0 | 1 => Fact::Order { order_id: format!("other-{number}"), state: Box::new(other(size)) },
        2 => Fact::Segments(Segments { segments: ["vip".to_owned()].into_iter().filter(|_| size > 200).collect() }),
        3 => Fact::Adjustment(Adjustment { points: size, ..Adjustment::default() }),
        4 => Fact::Joined(Joined { language: Some("et".to_owned()), ..Joined::default() }),
        _ => Fact::TierGranted(TierGranted {
            tier: "silver".to_owned(),
            until: ledger.now + SignedDuration::from_hours(24 * size),
            reason: String::new(),
        }),
    };
    ledger.accept(fact).unwrap();
    while ledger.follow().is_some() {}
    ledger.turn_to("1");
}

/// What each rule wants to give for the order.
fn wanted(ledger: &Ledger) -> BTreeMap<String, i64> {
    let awards = ledger.orders["1001"].awards.iter();
    awards.filter(|(_, award)| award.wanted() != 0).map(|(rule, award)| (rule.clone(), award.wanted())).collect()
}

/// A programme in which activity moves ends, and points wait for a delivery or an event.
fn sliding(grace: bool) -> Programmes {
    let mut tables = sample::tables();
    let rules = "Rule,Name,Event,Points,Per amount,Expires,Waits,Activate by\n\
                 base,Base,,1,1.00,20D,,\n\
                 long,Long,,1,3.00,,,\n\
                 course,Course,,1,2.00,10D,event:done,\n\
                 sent,Sent,,1,4.00,9D,delivery,\n\
                 later,Later,,1,5.00,9D,3D,\n\
                 visit,Visit,visit,7,,9D,event:done,\n\
                 fast,Fast,,1,7.00,9D,delivery,4D\n\
                 slow,Slow,,1,8.00,9D,delivery,1D\n\
                 taught,Taught,,1,9.00,9D,event:done,2D\n\
                 missed,Missed,,1,11.00,9D,event:done,6h\n";
    tables.0.insert("Rules".to_owned(), csv::read("Rules", rules).unwrap());
    let row = tables.0.get_mut("Programme").and_then(|rows| rows.first_mut()).unwrap();
    let grace = if grace { "5D" } else { "" };
    let cells = [
        ("Expires", "40D_D"),
        ("Activity extends by", "15D"),
        ("Extends at most", "30D"),
        ("Grace for expired points", grace),
        ("Smallest payment", "1"),
        ("Payment step", "1"),
    ];
    row.cells.extend(cells.map(|(column, text)| (column.to_owned(), text.to_owned())));
    let programme = Arc::new(check(&tables).unwrap());
    Programmes::new(vec![Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme }]).unwrap()
}

/// What happens besides the order's states, each on its day of November 2026: all of it moves lots that are there.
const HAPPENED: [(&str, &str); 5] = [
    ("2026-11-21T09:00:00Z", "done"),
    ("2026-11-23T09:00:00Z", "visit"),
    ("2026-11-24T09:00:00Z", "order"),
    ("2026-11-26T09:00:00Z", "done"),
    ("2026-11-28T09:00:00Z", "visit"),
];

/// States of which the later ones are delivered.
fn dated_states() -> impl Strategy<Value = Vec<OrderState>> {
    (states(), 0usize..7).prop_map(|(mut states, delivered)| {
        for state in states.iter_mut().skip(delivered) {
            state.fulfilled_at = Some(at("2026-11-22T10:00:00Z"));
            if state.status == Status::Paid {
                state.status = Status::Fulfilled;
            }
        }
        states
    })
}

/// The states (by index) among what else happens, each before the event of its place.
fn among_events(states: &[OrderState], arrivals: impl Iterator<Item = (usize, usize)>) -> Ledger {
    let mut ledger = Ledger::new(sliding(false));
    ledger.now = at("2026-11-20T11:00:00Z");
    let arrivals: Vec<_> = arrivals.collect();
    for place in 0..=HAPPENED.len() {
        for (index, _) in arrivals.iter().filter(|(_, slot)| *slot == place) {
            ledger.now = ledger.now.max(states[*index].fulfilled_at.unwrap_or(ledger.now));
            ledger.order("1001", &states[*index]);
            ledger.check_books();
        }
        let Some((instant, kind)) = HAPPENED.get(place) else { continue };
        ledger.now = ledger.now.max(at(instant));
        if *kind == "order" {
            let mut state = shoes(1, Status::Paid);
            (state.placed_at, state.paid_at) = (at(instant), Some(at(instant)));
            ledger.order("1002", &state);
        } else {
            let fact = Fact::Other { kind: (*kind).to_owned(), data: serde_json::json!({}) };
            ledger.decide_of(fact, at(instant)).unwrap();
        }
        ledger.check_books();
    }
    ledger
}

/// An order earns, another is paid with some of its points; a while later come the other's returns.
fn after_spending<'a>(
    (spent, visits, until, grace): (i64, &[i64], i64, bool),
    states: impl Iterator<Item = &'a OrderState>,
) -> Ledger {
    let mut ledger = Ledger::new(sliding(grace));
    let mut earned = shoes(1, Status::Paid);
    earned.lines[0].unit_price = 15_000;
    ledger.order("1001", &earned);
    let held = HoldMade { points: spent, ttl: None, order: Some("1002".to_owned()), currency: None, goods: Vec::new() };
    let held = ledger.decide(Fact::HoldMade(held)).unwrap().receipt.subject.unwrap().name().unwrap().1.to_owned();
    ledger.accept(Fact::HoldCaptured(HoldCaptured { hold: held, points: None })).unwrap();
    let day = |days: i64| at("2026-11-20T13:00:00Z") + SignedDuration::from_hours(24 * days);
    let mut visits = visits.to_vec();
    visits.sort_unstable();
    for days in visits.into_iter().filter(|days| *days < until) {
        ledger.now = day(days);
        ledger.accept(Fact::Other { kind: "seen".into(), data: serde_json::json!({}) }).unwrap();
    }
    ledger.now = day(until);
    for state in states {
        ledger.order("1002", state);
        ledger.check_books();
    }
    ledger
}

/// The lots of the order whose states arrive.
fn of_order(ledger: &Ledger) -> Vec<(&String, &Lot)> {
    ledger
        .member
        .lots
        .iter()
        .map(|(id, lot)| (id, &**lot))
        .filter(|(_, lot)| lot.order.as_deref() == Some("1001"))
        .collect()
}

/// The points that there are by their end, wherever they stand.
fn dated(ledger: &Ledger) -> BTreeMap<(Option<Timestamp>, bool), i64> {
    let mut points = BTreeMap::new();
    for lot in ledger.member.lots.values() {
        *points.entry((lot.expires_at, lot.pending)).or_insert(0) += lot.points;
    }
    points
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 300, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_arrival_of_one_orders_states_ends_in_the_same_lots(
        (states, sequence) in states().prop_flat_map(|states| { let n = states.len(); (Just(states), arrivals(n)) })
    ) {
        let straight = deliver(&states, 0..states.len());
        let shuffled = deliver(&states, sequence);
        prop_assert_eq!(&straight.member.lots, &shuffled.member.lots);
        prop_assert_eq!(straight.member.balance, shuffled.member.balance);
        prop_assert_eq!(straight.orders["1001"].earned(), shuffled.orders["1001"].earned());
    }

    #[test]
    fn whatever_rules_look_at_any_arrival_of_one_orders_states_gives_what_the_last_alone_gives(
        (states, sequence) in told_otherwise().prop_flat_map(|states| { let n = states.len(); (Just(states), arrivals(n)) })
    ) {
        let programmes = choosy();
        let last = states.len() - 1;
        let all = stands(&programmes, &states, sequence.into_iter());
        prop_assert_eq!(all, stands(&programmes, &states, std::iter::once(last)));
    }

    #[test]
    fn a_state_judged_under_any_other_state_of_the_member_gives_the_same(
        states in told_otherwise(),
        before in proptest::collection::vec(something_else(), 0..5),
        between in proptest::collection::vec(something_else(), 14),
    ) {
        let (mut alone, mut among) = (Ledger::new(asking()), Ledger::new(asking()));
        alone.explains = true;
        for (number, what) in before.iter().enumerate() {
            happen(&mut alone, number, *what);
            happen(&mut among, number, *what);
        }
        let mut stood = true;
        for (number, state) in states.iter().enumerate() {
            alone.order("1001", state);
            among.order("1001", state);
            let (mut one, mut other) = (wanted(&alone), wanted(&among));
            stood &= one.contains_key("base");
            if !stood { // a place that it gave up may be another order's by now
                for of_its_place in ["first", "later", "number"] {
                    one.remove(of_its_place);
                    other.remove(of_its_place);
                }
            }
            prop_assert_eq!(one, other, "state {}: {:?}", number, &among.orders["1001"].pins);
            prop_assert_eq!(&alone.orders["1001"].pins.tier, &among.orders["1001"].pins.tier);
            for (more, what) in between[number * 2..number * 2 + 2].iter().enumerate() {
                happen(&mut among, 100 + number * 2 + more, *what);
            }
            among.check_books();
        }
    }

    #[test]
    fn any_arrival_among_activities_and_awaited_events_ends_in_the_same_lots(
        (states, sequence) in dated_states().prop_flat_map(|states| {
            let n = states.len();
            let slots = proptest::collection::vec(0..=HAPPENED.len(), 2 * n + 1);
            (Just(states), (arrivals(n), slots))
        })
    ) {
        let (sequence, slots) = sequence;
        let straight = among_events(&states, (0..states.len()).map(|index| (index, 0)));
        let shuffled = among_events(&states, sequence.into_iter().zip(slots));
        prop_assert_eq!(of_order(&straight), of_order(&shuffled));
        prop_assert_eq!(dated(&straight), dated(&shuffled));
        prop_assert_eq!(straight.member.balance, shuffled.member.balance);
    }

    #[test]
    fn any_arrival_of_returns_gives_the_same_points_back_to_the_same_lots(
        (states, sequence) in states().prop_flat_map(|states| { let n = states.len(); (Just(states), arrivals(n)) }),
        (spent, visits, until, grace) in (1i64..=200, proptest::collection::vec(2i64..30, 0..4), 1i64..50, any::<bool>()),
    ) {
        let paid = |state: &OrderState| OrderState {
            status: if state.status == Status::Placed { Status::Paid } else { state.status },
            ..state.clone()
        };
        let states: Vec<OrderState> = states.iter().map(paid).collect();
        let straight = after_spending((spent, &visits, until, grace), states.iter());
        let shuffled = after_spending((spent, &visits, until, grace), sequence.iter().map(|index| &states[*index]));
        prop_assert_eq!(dated(&straight), dated(&shuffled));
        prop_assert_eq!(straight.member.balance, shuffled.member.balance);
    }

    #[test]
    fn many_partial_refunds_are_one_full_refund(basket in basket(), cuts in proptest::collection::vec((0usize..5, 1i64..=1000), 0..12)) {
        let mut ledger = ledger();
        let mut state = basket;
        ledger.order("1001", &state);
        for (line, part) in cuts {
            let count = state.lines.len();
            let line = &mut state.lines[line % count];
            line.returned = Quantity((line.returned.0 + part).min(line.quantity.0));
            state.revision = next(state.revision);
            ledger.order("1001", &state);
            ledger.check_books();
        }
        for line in &mut state.lines {
            line.returned = line.quantity;
        }
        state.revision = next(state.revision);
        ledger.order("1001", &state);
        prop_assert_eq!(ledger.member.balance, loyalty_connector::loyalty::member::Balance::default());
        prop_assert!(ledger.member.lots.is_empty());
        prop_assert_eq!(ledger.sum(Account::Issued) + ledger.sum(Account::ClawedBack), 0);
    }

    #[test]
    fn entries_sum_to_balances_over_any_history(
        orders in proptest::collection::vec(states(), 1..4),
        steps in proptest::collection::vec((0usize..12, -400i64..400, 0i64..200), 1..40),
    ) {
        let mut ledger = ledger();
        let mut next = vec![0; orders.len()];
        for (kind, points, days) in steps {
            ledger.now = ledger.now.checked_add(SignedDuration::from_hours(days)).unwrap();
            if kind < 6 {
                let which = kind % orders.len();
                if let Some(state) = orders[which].get(next[which]) {
                    ledger.order(&which.to_string(), state);
                    next[which] += 1;
                }
            } else if kind < 8 {
                ledger.accept(Fact::Other { kind: "review".into(), data: serde_json::json!({}) }).unwrap();
            } else if points != 0 {
                let spendable = ledger.member.balance.spendable();
                match ledger.accept(Fact::Adjustment(Adjustment { points, reason: String::new(), ..Adjustment::default() })) {
                    Ok(()) => {}
                    Err(Refusal::NotEnoughPoints { .. }) => prop_assert!(points < 0),
                    Err(other) => prop_assert!(false, "{other} with {spendable}"),
                }
            }
            ledger.check_books();
        }
        let far = ledger.now.checked_add(SignedDuration::from_hours(24 * 800)).unwrap();
        ledger.now = far;
        ledger.accept(Fact::Other { kind: "visit".into(), data: serde_json::json!({}) }).unwrap();
        ledger.check_books();
        prop_assert!(ledger.member.lots.is_empty(), "everything expires in the end: {:?}", ledger.member.lots);
    }
}

/// What comes from another member leaves little room to the bound.
fn rich() -> Fact {
    let points = BALANCE - 2 * POINTS;
    let belongings = serde_json::json!({
        "lots": { "lot_rich": { "points": points } }, "progress": { "spent": points, "earned": points },
    });
    let absorbed = serde_json::json!({ "from": "mem_2", "belongings": belongings });
    Fact::Absorbed(Box::new(serde_json::from_value(absorbed).unwrap()))
}

/// Numbers at the edges of what may come in, and far beyond.
fn edge() -> impl Strategy<Value = i64> {
    let edges =
        [0, 1, -1, AMOUNT, AMOUNT + 1, AMOUNT - 1, -POINTS, -POINTS - 1, BALANCE, i64::MAX, i64::MIN, i64::MIN + 1];
    prop_oneof![4 => proptest::sample::select(edges.to_vec()), 1 => any::<i64>(), 4 => 1i64..100_000]
}

fn extreme_order() -> impl Strategy<Value = (String, Box<OrderState>)> {
    let line = (edge(), edge(), edge(), edge()).prop_map(|(quantity, unit_price, discount, returned)| Line {
        quantity: Quantity(quantity),
        unit_price,
        discount,
        returned: Quantity(returned),
        ..Line::default()
    });
    let lines = proptest::collection::vec(line, 0..4);
    (0..3, lines, edge(), edge(), proptest::option::of(edge())).prop_map(|(id, mut lines, shipping, refunded, rate)| {
        lines.iter_mut().enumerate().for_each(|(index, line)| line.id = index.to_string());
        let currency = if rate.is_some() { "JPY" } else { "EUR" };
        let exchange = rate.map(|rate| Exchange { currency: currency.to_owned(), rate, source: String::new() });
        let state = OrderState { shipping, refunded, exchange, ..order_of(1, lines) };
        let state = Box::new(OrderState { currency: currency.to_owned(), ..state });
        (format!("o{id}"), state)
    })
}

fn extreme() -> impl Strategy<Value = Fact> {
    let goods = |amount| vec![Goods { category: Some("hats".to_owned()), sku: None, amount }];
    prop_oneof![
        3 => extreme_order().prop_map(|(order_id, state)| Fact::Order { order_id, state }),
        1 => (extreme_order(), edge()).prop_map(|((order_id, state), earned)| {
            Fact::OrderImported(Box::new(OrderImported { order_id: format!("past-{order_id}"), state: *state, earned, counted: false }))
        }),
        3 => edge().prop_map(|points| Fact::Adjustment(Adjustment { points, ..Adjustment::default() })),
        2 => (edge(), edge()).prop_map(move |(points, amount)| {
            Fact::HoldMade(HoldMade { points, ttl: None, order: None, currency: None, goods: goods(amount) })
        }),
        1 => edge().prop_map(|points| Fact::HoldCaptured(HoldCaptured { hold: String::new(), points: Some(points) })),
        2 => (edge(), proptest::sample::select(vec!["available", "pending", "debt"])).prop_map(|(points, state)| {
            let opening = serde_json::json!({ "points": points, "state": state });
            Fact::Opening(Box::new(serde_json::from_value(opening).unwrap()))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn at_the_edges_of_numbers_a_fact_is_refused_with_its_place_or_counts_exactly(
        near in any::<bool>(), facts in proptest::collection::vec(extreme(), 1..25),
    ) {
        let mut ledger = ledger();
        if near {
            ledger.accept(rich()).unwrap();
        }
        for mut fact in facts {
            if let (Fact::HoldCaptured(wanted), Some(hold)) = (&mut fact, ledger.member.holds.keys().next()) {
                wanted.hold.clone_from(hold);
            }
            let before = ledger.member.clone();
            match ledger.accept(fact) {
                Ok(()) => ledger.check_books(),
                Err(refusal) => {
                    prop_assert!(!refusal.to_string().contains("can spend -"), "{refusal}");
                    prop_assert_eq!(&before, &ledger.member);
                }
            }
            let balance = ledger.member.balance;
            prop_assert!(balance.available <= BALANCE && balance.debt <= BALANCE && balance.pending <= BALANCE);
            prop_assert!(ledger.member.progress.spent.abs() <= BALANCE);
        }
    }
}

fn next(revision: Revision) -> Revision {
    match revision {
        Revision::Number(number) => Revision::Number(number + 1),
        Revision::UpdatedAt(at) => Revision::UpdatedAt(at),
    }
}

fn shoes(revision: i64, status: Status) -> OrderState {
    let line = Line {
        id: "1".into(),
        category: Some("sport/shoes/running".into()),
        quantity: Quantity(1000),
        unit_price: 8990,
        ..Line::default()
    };
    OrderState { status, shipping: 490, ..order_of(revision, vec![line]) }
}

/// The plain sample, without the extra rules.
fn sample_ledger() -> Ledger {
    let programme = Arc::new(check(&sample::tables()).unwrap());
    let version = Version { number: 1, effective_at: Timestamp::UNIX_EPOCH, programme };
    Ledger::new(Programmes::new(vec![version]).unwrap())
}

#[test]
fn the_first_purchase_of_running_shoes_earns_278() {
    let mut ledger = sample_ledger();
    ledger.order("1001", &shoes(1, Status::Placed));
    assert_eq!(ledger.member.balance.available, 0, "only paid and later earn");
    ledger.order("1001", &shoes(2, Status::Paid));
    assert_eq!(ledger.member.balance.available, 278);
    let per_rule: Vec<_> = ledger.entries.iter().map(|entry| (entry.rule.as_deref().unwrap(), entry.points)).collect();
    assert_eq!(per_rule, [("base", 89), ("shoes", 89), ("first", 100)]);
}

#[test]
fn a_refund_of_spent_points_leaves_a_debt_that_the_next_award_repays() {
    let mut ledger = sample_ledger();
    ledger.order("1001", &shoes(1, Status::Paid));
    ledger
        .accept(Fact::Adjustment(Adjustment { points: -200, reason: String::new(), ..Adjustment::default() }))
        .unwrap();
    ledger.order("1001", &shoes(2, Status::Cancelled));
    let balance = ledger.member.balance;
    assert_eq!((balance.available, balance.debt, balance.spendable()), (0, 200, -200));
    let refused =
        ledger.accept(Fact::Adjustment(Adjustment { points: -1, reason: String::new(), ..Adjustment::default() }));
    assert_eq!(refused, Err(Refusal::NotEnoughPoints { available: 0, wanted: 1 }));
    ledger.order("1002", &shoes(1, Status::Paid));
    let balance = ledger.member.balance;
    assert_eq!((balance.available, balance.debt), (78, 0), "the place of the first purchase was free again");
    ledger.check_books();
}

#[test]
fn a_debt_leaves_the_lots_of_other_orders_alone() {
    let mut ledger = sample_ledger();
    ledger.order("1001", &shoes(1, Status::Paid));
    ledger.order("1002", &shoes(1, Status::Paid));
    assert_eq!(ledger.member.balance.available, 278 + 178);
    ledger
        .accept(Fact::Adjustment(Adjustment { points: -300, reason: String::new(), ..Adjustment::default() }))
        .unwrap();
    ledger.order("1001", &shoes(2, Status::Cancelled));
    let balance = ledger.member.balance;
    assert_eq!(balance.available - balance.debt, 456 - 300 - 278);
    let lots_of_second: i64 =
        ledger.member.lots.values().filter(|lot| lot.order.as_deref() == Some("1002")).map(|lot| lot.points).sum();
    assert_eq!(lots_of_second, balance.available, "what is left belongs to the other order");
    ledger.check_books();
}

#[test]
fn only_one_order_holds_the_place_of_the_first_purchase() {
    let mut ledger = sample_ledger();
    ledger.order("1001", &shoes(1, Status::Placed));
    ledger.order("1002", &shoes(1, Status::Placed));
    ledger.order("1002", &shoes(2, Status::Paid));
    ledger.order("1001", &shoes(2, Status::Paid));
    assert_eq!(ledger.member.balance.available, 278 + 178);
    ledger.order("1002", &shoes(3, Status::Cancelled));
    assert_eq!(ledger.member.balance.available, 178, "the other order is not decided anew");
    ledger.order("1001", &shoes(3, Status::Fulfilled));
    assert_eq!(ledger.member.balance.available, 178);
    ledger.order("1003", &shoes(1, Status::Paid));
    assert_eq!(ledger.member.balance.available, 178 + 278, "the next order takes the free place");
}

#[test]
fn expired_points_are_gone_at_their_instant_and_not_owed_by_a_refund() {
    let mut ledger = sample_ledger();
    ledger.order("1001", &shoes(1, Status::Paid));
    ledger
        .accept(Fact::Adjustment(Adjustment { points: -78, reason: String::new(), ..Adjustment::default() }))
        .unwrap();
    ledger.now = at("2027-11-30T22:00:00Z");
    ledger.order("1001", &shoes(2, Status::Cancelled));
    let expiry = ledger.entries.iter().find(|entry| entry.credit == Account::Expired).unwrap();
    assert_eq!(expiry.effective_at, at("2027-11-30T22:00:00Z"));
    assert_eq!(-ledger.sum(Account::Debt), 78, "only what was spent is owed");
    assert_eq!(ledger.sum(Account::Expired), 200);
}

#[test]
fn a_tier_is_reached_at_once_and_kept_until_its_term_ends() {
    let mut ledger = sample_ledger();
    for order in 0..3 {
        ledger.order(&order.to_string(), &shoes(1, Status::Paid));
    }
    assert_eq!(ledger.member.tier.id, "silver", "278 + 178 + 178 >= 500");
    ledger.order("2", &shoes(2, Status::Cancelled));
    assert_eq!(ledger.member.tier.id, "silver", "a refund does not take it");
    ledger.now = at("2027-11-21T00:00:00Z");
    ledger.accept(Fact::Other { kind: "visit".into(), data: serde_json::json!({}) }).unwrap();
    assert_eq!(ledger.member.tier.id, "bronze", "the window has passed");
}

#[test]
fn an_instant_more_than_five_minutes_ahead_is_refused() {
    let mut ledger = sample_ledger();
    let mut state = shoes(1, Status::Paid);
    state.paid_at = Some(at("2026-11-20T12:05:01Z"));
    let fact = |state: &OrderState| Fact::Order { order_id: "1".into(), state: Box::new(state.clone()) };
    assert_eq!(ledger.accept(fact(&state)), Err(Refusal::InTheFuture { field: "paid_at" }));
    state.paid_at = Some(at("2026-11-20T12:05:00Z"));
    assert_eq!(ledger.accept(fact(&state)), Ok(()));
}

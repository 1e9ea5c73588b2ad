//! What is exported of everybody and imported into an empty installation: everything stands as it stood.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use loyalty_connector::{
    cli::export::rows,
    intake::{
        Incoming, Reader,
        imports::{Kind, RowReader},
    },
    loyalty::{Fact, Member, Order, OrderState, Refusal, lot::Lot, tier},
    store::audit::Stream,
    values::{bounds::BALANCE, copy_on_write::CopyOnWrite, exchange::Exchange, person::Person},
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use crate::{books::Ledger, happens::MEMBERS};

/// Points that a member brings at once: where they stand, how many.
pub type Brought = (usize, &'static str, i64);

/// What came to members from before; many times at most what one account holds.
pub fn brought() -> impl Strategy<Value = Vec<Brought>> {
    let state = select(vec!["available", "pending", "reserved", "debt"]);
    let points = prop_oneof![Just(1), Just(1_000_000_000_000), Just(BALANCE / 3), 1..=BALANCE, Just(BALANCE)];
    vec((0..MEMBERS, state, points), 0..8)
}

/// What a ledger may know of its members, also what an older version took and today's would refuse.
pub fn persons() -> impl Strategy<Value = [Person; MEMBERS]> {
    let some = |texts: &[&str]| option::of(select(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()));
    let numbers = ["0", "null", "undefined", "[object Object]", "{{ $json.id }}", "c-1042", "7.89E+12"];
    let phones = ["123456", "51234599", "+37251234599"];
    let addresses = ["a@b", "anna@x.ee, toomas@x.ee", "anna@example.com"];
    let days = ["0001-01-01", "2190-12-31", "1990-05-17"];
    let person = (some(&numbers), some(&phones), some(&addresses), some(&days)).prop_map(
        |(external_id, phone, email, birthday)| Person { external_id, phone, email, birthday, ..Person::default() },
    );
    [person.clone(), person.clone(), person]
}

/// Brings points to those who are somebody; what is more than an account holds is refused and changes nothing.
pub fn bring(ledger: &mut Ledger, brought: &[Brought]) {
    for (number, (member, state, points)) in brought.iter().enumerate() {
        ledger.turn_to(&(member + 1).to_string());
        if ledger.member.merged_into.is_some() {
            continue;
        }
        let hold = json!({ "id": format!("old-{number}"), "expires_at": "2190-01-01T00:00:00Z" });
        let hold = (*state == "reserved").then_some(hold);
        let content = json!({ "points": points, "state": state, "awaits": (*state == "pending").then_some("done"), "hold": hold });
        let before = ledger.member.clone();
        match ledger.accept(Fact::parse("points.opening", &content.to_string()).unwrap()) {
            Ok(()) => ledger.check_books(),
            Err(refusal) => {
                assert!(matches!(refusal, Refusal::TooLarge(_)) && ledger.member == before, "{content}: {refusal}");
            }
        }
    }
}

/// The columns that `--preset loyalty` takes.
fn columns(kind: &str) -> BTreeSet<String> {
    let preset: toml::Table = toml::from_str(include_str!("../../presets/loyalty.toml")).unwrap();
    preset[kind].as_table().unwrap().keys().cloned().collect()
}

/// A row as the import reads it.
fn read(kind: (Kind, &str), row: Value) -> Incoming {
    let columns = columns(kind.1);
    let Value::Object(row) = row else { panic!("no row: {row}") };
    let row: Map<String, Value> =
        row.into_iter().filter(|(column, value)| columns.contains(column) && !value.is_null()).collect();
    let reader = Reader::new("2100-01-01T00:00:00Z".parse().unwrap(), None);
    let desk = RowReader { brand: "main", zone: TimeZone::UTC, reader, hash: &|parts| parts.join("/") };
    desk.read(kind.0, row.clone()).unwrap_or_else(|wrong| panic!("{row:?} does not come back in: {wrong:?}"))
}

/// Whose a member's belongings are: the one it turned out to be.
fn led(ledger: &Ledger, mut name: String) -> String {
    while let Some(into) = &ledger.of(&name).0.merged_into {
        name = into.trim_start_matches("mem_").to_owned();
    }
    name
}

pub fn who(member: &Member) -> Map<String, Value> {
    whose(member, &Person::default())
}

fn whose(member: &Member, person: &Person) -> Map<String, Value> {
    let (brand, id) = ("main".to_owned(), member.id.clone());
    let (rows, orders, alarm, person) = (Vec::new(), Vec::new(), None, person.clone());
    rows::who(&Stream { brand, member: id, rows, document: None, alarm, person, orders }, |_, _| true)
}

/// What a lot is, wherever it came from.
type Plain = (i64, Option<String>, Option<String>, bool, bool, Option<String>, Option<String>, Vec<String>);

fn plain(lot: &Lot) -> Plain {
    let text = |value: &dyn ToString| value.to_string();
    let nothing_known = lot.pending && !lot.held && lot.awaits.is_none() && lot.available_from.is_none();
    let awaits = lot.awaits.clone().or_else(|| nothing_known.then(|| "delivery".to_owned()));
    (
        lot.points,
        lot.available_from.as_ref().map(|at| text(at)),
        lot.expires_at.as_ref().map(|at| text(at)),
        lot.pending,
        lot.held,
        lot.expires.map(|span| span.to_string()),
        awaits,
        lot.goods.clone(),
    )
}

fn lots<'a>(lots: impl Iterator<Item = &'a CopyOnWrite<Lot>>) -> Vec<Plain> {
    let mut lots: Vec<Plain> = lots.map(|lot| plain(lot)).collect();
    lots.sort();
    lots
}

pub fn comes_back(old: &Ledger, persons: &[Person; MEMBERS]) {
    let mut new = Ledger::new(old.programmes.clone());
    new.now = old.now;
    let everybody: Vec<String> = (1..=MEMBERS).map(|number| number.to_string()).collect();
    let person = |name: &str| &persons[name.parse::<usize>().unwrap() - 1];
    let whose = |name: &str| whose(old.of(name).0, person(name));
    for name in everybody.iter().filter(|name| old.of(name).0.merged_into.is_none()) {
        let document = old.of(name).0;
        let came = read((Kind::Members, "members"), rows::member(&whose(name), person(name), document));
        assert_eq!(came.who.facts.known_by(), person(name).known_by(), "who {name} is known as");
        assert_eq!((&came.who.facts.birthday, came.who.left_out), (&person(name).birthday, Vec::new()));
        new.turn_to(name);
        new.accept(came.fact).unwrap();
        for lot in rows::lots(&whose(name), document) {
            new.accept(read((Kind::Lots, "lots"), lot).fact).unwrap();
            new.check_books();
        }
    }
    let orders: BTreeMap<&String, &Order> = old.orders.iter().collect();
    for (id, order) in orders {
        let name = led(old, order.member.trim_start_matches("mem_").to_owned());
        let row = rows::order(&whose(&name), order);
        new.turn_to(&name);
        new.accept(read((Kind::Orders, "orders"), row).fact).unwrap();
        let came = &new.orders[id].state;
        let rate = |state: &OrderState| state.foreign("EUR").map(Exchange::decimal);
        assert_eq!(came.currency, order.state.currency, "the currency of order {id}");
        assert_eq!(rate(came), rate(&order.state), "the rate of order {id}");
        assert_eq!((came.status, came.total()), (order.state.status, order.state.total()), "order {id}");
    }
    for name in everybody.iter().filter(|name| old.of(name).0.merged_into.is_none()) {
        let (was, is) = (old.of(name).0, new.of(name).0);
        assert_eq!(is.balance, was.balance, "balance of {name}");
        assert_eq!(lots(is.lots.values()), lots(was.lots.values()), "lots of {name}");
        let holds = |member: &Member| -> Vec<_> {
            member.holds.iter().map(|(id, hold)| (id.clone(), hold.points, hold.expires_at)).collect()
        };
        assert_eq!(holds(is), holds(was), "holds of {name}");
        assert_eq!((&is.tier, &is.granted), (&was.tier, &was.granted), "tier of {name}");
        let programme = &old.programmes.live().programme;
        let view = |member: &Member| tier::view(programme, member, old.now);
        assert_eq!(view(is), view(was), "what {name} misses for the next tier");
        assert_eq!(is.progress, was.progress, "counters of {name}");
        assert_eq!(is.qualifying, was.qualifying, "what counts for tiers of {name}");
        assert_eq!(is.limits, was.limits, "what {name} used of caps");
    }
}

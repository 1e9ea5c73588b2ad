//! What conditions mean, what is said of wrong ones, and that any text at all is read or refused.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::programme::sample;

mod pages;

fn judged(subject: Subject) -> (Vec<crate::programme::Tier>, Subject) {
    let mut problems = Vec::new();
    let core = crate::programme::core(&sample::tables(), |_| false, &mut problems);
    assert!(problems.is_empty());
    (core.tiers, subject)
}

fn read(text: &str, subject: Subject) -> Result<Condition, String> {
    let (tiers, subject) = judged(subject);
    Condition::read(text, About { subject, tiers: &tiers, measures: &["coffee-card".to_owned(), "spender".to_owned()] })
}

/// An order of the 24th, a Tuesday, and its member; what is not listed is absent.
struct Given {
    facts: BTreeMap<Fact, Value<'static>>,
    lines: Vec<BTreeMap<Fact, Value<'static>>>,
}

impl Facts for Given {
    fn fact(&self, fact: Fact) -> Option<Value<'_>> {
        self.facts.get(&fact).cloned()
    }

    fn of_event(&self, field: &str) -> Option<Value<'_>> {
        match field {
            "rating" => Some(Value::Number(Exact::whole(5))),
            "verified" => Some(Value::YesNo(true)),
            _ => None,
        }
    }

    fn lines(&self) -> usize {
        self.lines.len()
    }

    fn of_line(&self, line: usize, fact: Fact) -> Option<Value<'_>> {
        self.lines[line].get(&fact).cloned()
    }
}

fn given() -> Given {
    let text = |text: &'static str| Value::Text(text.into());
    let money = |units| Value::Number(Exact::of_units(units, 2));
    let segments = Value::Texts(std::borrow::Cow::Owned(["VIP".to_owned(), "runners".to_owned()].into()));
    let shoes = [
        (Fact::LineSku, text("RUN-42")),
        (Fact::LineCategory, Value::Category("Sport / Shoes / Running".into())),
        (Fact::LineAmount, money(4999)),
        (Fact::LineQuantity, Value::Number(Exact::of_units(1000, 3))),
    ];
    let unknown = [(Fact::LineSku, text("X")), (Fact::LineAmount, money(1))];
    let facts = [
        (Fact::OrderTotal, money(5000)),
        (Fact::OrderStore, text("tartu-1")),
        (Fact::OrderWeekday, text("Tuesday")),
        (Fact::OrderHour, Value::Number(Exact::whole(17))),
        (Fact::OrderFirst, Value::YesNo(false)),
        (Fact::MemberTier, text("gold")),
        (Fact::MemberSegments, segments),
        (Fact::MemberSpent, money(123_456)),
        (Fact::MemberBalance, Value::Number(Exact::whole(i64::MAX))),
    ];
    Given { facts: facts.into(), lines: vec![shoes.into(), unknown.into()] }
}

#[test]
fn a_condition_says_yes_or_no_or_nothing_where_something_is_absent() {
    let given = given();
    for (text, expected) in [
        ("order.total >= 50", Some(true)),
        ("order.total > 50", Some(false)),
        ("order.total > 49.99 and order.total = 50.00", Some(true)),
        ("ORDER.Total ≥ 50 AND member.tier == “Gold”", Some(true)),
        ("order.total - 0.01 = 49.99", Some(true)),
        ("order.total * 0.1 = 5", Some(true)),
        ("-order.total < 0", Some(true)),
        ("2 + 3 * 4 = 14", Some(true)),
        ("(2 + 3) * 4 = 20", Some(true)),
        ("10 - 3 - 2 = 5", Some(true)),
        ("yes or no and no", Some(true)),
        ("not yes or yes", Some(true)),
        ("not (yes or yes)", Some(false)),
        ("order.weekday in [\"Monday\", \"tuesday\"]", Some(true)),
        ("order.hour not in [9, 17]", Some(false)),
        ("order.first", Some(false)),
        ("order.first = no", Some(true)),
        ("\"vip\" in member.segments and 'staff' not in member.segments", Some(true)),
        ("member.spent >= 1234.56", Some(true)),
        ("any(line.category = \"sport/shoes\" and line.amount >= 49.99)", Some(true)),
        ("any(line.category = \"sport\")", Some(true)),
        ("any(line.category = \"books\")", None),
        ("all(line.amount > 0)", Some(true)),
        ("all(line.amount > 1)", Some(false)),
        ("any(line.amount * 2 > order.total)", Some(true)),
        ("any(line.quantity = 1)", Some(true)),
        // Absent: the channel, the brand, the number.
        ("order.channel = \"web\"", None),
        ("not (order.channel = \"web\")", None),
        ("order.channel != \"web\"", None),
        ("order.channel not in [\"web\"]", None),
        ("order.channel = \"web\" or order.total = 50", Some(true)),
        ("order.channel = \"web\" and order.total = 51", Some(false)),
        ("not (order.channel = \"web\" and order.total = 51)", Some(true)),
        ("order.number + 1 = 2", None),
        ("not any(line.brand = \"Acme\")", None),
        // Too large for any number.
        ("member.balance * member.balance * member.balance > 0", None),
        ("not (member.balance * member.balance * member.balance > 0)", None),
    ] {
        let condition = read(text, Subject::Order).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
        let answer = match condition.unmet(&given) {
            None => Some(true),
            Some(Unmet { answered, .. }) => answered.then_some(false),
        };
        // A whole that is joined by `and` tells of its first part that does not hold.
        let first = text.starts_with("order.channel") && text.ends_with("51");
        assert_eq!(answer, expected.filter(|_| !first), "{text}");
    }
    for (text, met) in
        [("event.rating >= 4 and event.verified", true), ("event.rating = 4", false), ("event.text > 1", false)]
    {
        assert_eq!(read(text, Subject::Event).unwrap().unmet(&given).is_none(), met, "{text}");
    }
}

#[test]
fn the_part_that_does_not_hold_is_told_as_it_was_written() {
    let condition = read("order.total >= 50 and (member.tier = \"silver\" or order.first)", Subject::Order).unwrap();
    let unmet = Unmet { part: "(member.tier = \"silver\" or order.first)", answered: true };
    assert_eq!(condition.unmet(&given()), Some(unmet));
    assert_eq!(
        condition.reads().collect::<Vec<_>>(),
        [Fact::OrderTotal, Fact::OrderFirst, Fact::MemberTier],
        "and so an order keeps the last one"
    );
    assert!(Condition::never("?").unmet(&given()).is_some());
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_was_meant() {
    for (text, expected) in [
        ("", "is empty: a name or value, like order.total, 50 or \"gold\" is needed"),
        (
            "order.total >=",
            "character 15: ends too early: after `>=` comes a name or value, like order.total, 50 or \"gold\"",
        ),
        (
            "order.total >= >= 5",
            "character 16: after `>=` comes a name or value, like order.total, 50 or \"gold\", not `>=`",
        ),
        ("and order.first", "cannot begin with `and`: a name or value, like order.total, 50 or \"gold\" comes first"),
        ("order.total >= 49,99", "character 18: numbers have a point: 49.99; a list stands in [ ]"),
        (
            "order.total >= 50 EUR",
            "character 19: `EUR` after a number has no meaning: amounts are in the programme's money, a text stands in \"quotes\"",
        ),
        (
            "order.total > 5 order.first",
            "character 17: `order.first` was not expected: join two parts with `and` or `or`; a text stands in \"quotes\"",
        ),
        ("(order.first", "`(` is opened here and never closed: `)` is missing"),
        ("order.first)", "character 12: `)` closes nothing: `(` is missing"),
        ("5 < order.total < 10", "character 17: compares a second time: join two comparisons with `and`"),
        ("member.tier = \"gold", "character 15: a text begins with \" and has no end: put \" behind it too"),
        ("order.total / 2 > 5", "character 13: conditions do not divide: multiply the other side instead"),
        ("order.first && yes", "character 13: write `and`"),
        ("order.total > 10%", "character 17: write a percentage as a number: 0.1 is 10 %"),
        ("{{ order.total }} > 5", "a list stands in [ ], and there are no placeholders here"),
        ("oder.total > 5", "there is no `oder.total`; is `order.total` meant?"),
        ("member.tier = gold", "character 15: there is no `gold`; a text stands in \"quotes\""),
        ("member.teir = \"gold\"", "there is no `member.teir`; is `member.tier` meant?"),
        ("member.tier = \"golden\"", "character 15: there is no tier `golden`; is `gold` meant?"),
        ("order.weekday = \"Caturday\"", "character 17: there is no day of the week `Caturday`; is `Saturday` meant?"),
        ("member.tier = 5", "`member.tier` is a tier and `5` is a number: they cannot be compared"),
        ("order.total > \"50\"", "`order.total` is an amount of money and `\"50\"` is a text: they cannot be compared"),
        ("order.store > \"a\"", "`order.store` is a text: it can be asked for with = and != only"),
        (
            "order.total",
            "`order.total` is an amount of money and says neither yes nor no: compare it, like order.total >= 50",
        ),
        (
            "order.first and member.segments",
            "character 17: `member.segments` is a list of texts and says neither yes nor no: ask like \"vip\" in member.segments",
        ),
        ("member.segments = \"vip\"", "`member.segments` is a list: ask with `in`, like \"vip\" in member.segments"),
        (
            "member.segments in [\"vip\"]",
            "`member.segments` is a list: ask the other way round, like \"vip\" in member.segments",
        ),
        ("order.store in \"tartu-1\"", "character 16: after `in` comes a list, like [\"tartu-1\"]"),
        ("order.hour in [\"a\"]", "`order.hour` is a number and `[\"a\"]` is a list of texts"),
        ("order.hour in [1, \"a\"]", "character 15: the list has numbers and texts: make it one or the other"),
        ("order.hour in []", "character 15: the list is empty"),
        (
            "order.hour in [order.number]",
            "character 16: `order.number` cannot stand in a list: only numbers and texts in \"quotes\"",
        ),
        ("order.store + 1 = 2", "`order.store` is a text; only numbers can be added, taken off and multiplied"),
        ("line.amount > 5", "`line.amount` is of one line: ask any(line.amount ...) or all(line.amount ...)"),
        ("any(all(line.amount > 5))", "character 5: any and all cannot stand within each other"),
        (
            "any line.amount > 5",
            "character 5: after `any` or `all` comes what is asked of a line, in ( ): any(line.amount >= 20)",
        ),
        ("event.rating > 5", "there is no `event.rating`"),
        ("event.type = \"x\"", "`event.type` is of an event, and a purchase is none: use order. and member."),
        ("sum(line.amount) > 5", "there is no function `sum`: only any(...) and all(...) look at the lines"),
        ("1234567890123456 > 5", "`1234567890123456` is too large: at most 15 digits before the point"),
        ("0.1234567 > 5", "`0.1234567` is too fine: at most 6 digits behind the point"),
    ] {
        assert_eq!(read(text, Subject::Order).unwrap_err(), expected, "{text}");
    }
    assert_eq!(
        read("order.total > 5", Subject::Event).unwrap_err(),
        "`order.total` is of an order, and this event has none: use event. and member."
    );
    assert!(read("any(yes)", Subject::Event).is_err() && read("event.rating > 5", Subject::Member).is_err());
}

#[test]
fn what_is_hostile_is_refused() {
    let long = format!("order.total > {}", "1".repeat(10_000));
    let deep = |open: &str, close: &str, times| format!("{}yes{}", open.repeat(times), close.repeat(times));
    let many = ["order.first"; 33].join("or ");
    for text in [
        long.as_str(),
        &deep("(", ")", 200),
        &deep("any(", ")", 90),
        &"not ".repeat(120),
        &"-".repeat(400),
        &"[".repeat(400),
        &many.replace("or ", " or "),
        "'; drop table members; --",
        "^(a+)+$",
        "\u{202e}order.first",
        "order.first\u{0}",
        "ｏｒｄｅｒ.total > 5",
        "order.total > 1e999999999",
        "order..total > 5",
        "__proto__ = 1",
        "order.total.constructor > 1",
        "${7*7} = 49",
        "not",
        "any()",
        "💥",
    ] {
        assert!(read(text, Subject::Order).is_err(), "{text}");
    }
    assert!(read(&["yes"; 32].join(" or "), Subject::Order).is_ok(), "32 parts and 31 between them");
    assert!(read(&deep("(", ")", 12), Subject::Order).is_ok());
}

#[test]
fn every_example_of_the_list_is_a_condition_and_uses_its_fact() {
    for known in names::FACTS {
        let subject = if known.fact.is_of(Subject::Order) { Subject::Order } else { Subject::Event };
        let condition = read(known.example, subject).unwrap_or_else(|wrong| panic!("{}: {wrong}", known.example));
        assert!(condition.reads().any(|fact| fact == known.fact), "{}", known.example);
        let again = names::named(known.name).map(|known| known.fact);
        assert_eq!(again, Some(known.fact), "a name is there once");
    }
}

const PIECES: [&str; 40] = [
    "order.total",
    "order.first",
    "order.number",
    "order.channel",
    "member.tier",
    "member.segments",
    "line.amount",
    "line.category",
    "event.rating",
    "any(",
    "all(",
    "(",
    ")",
    "[",
    "]",
    ",",
    "and",
    "or",
    "not",
    "in",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "1",
    "49.99",
    "999999999999999",
    "\"gold\"",
    "'a'",
    "yes",
    "no",
    "“",
    "\u{301}",
    ".",
    "\n",
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,600}") {
        let _ = read(&text, Subject::Order);
    }

    #[test]
    fn any_row_of_words_is_read_or_refused_and_what_is_read_answers(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40), blank in "[ ]?",
    ) {
        let text = pieces.join(&blank);
        for subject in [Subject::Order, Subject::Event, Subject::Member] {
            match read(&text, subject) {
                Ok(condition) => _ = condition.unmet(&given()),
                Err(detail) => prop_assert!(!detail.is_empty() && detail.len() < 4_000),
            }
        }
    }

    #[test]
    fn what_is_joined_and_negated_answers_as_its_parts_do(
        parts in proptest::collection::vec(proptest::sample::select(&["yes", "no", "order.channel = \"web\""][..]), 2..5),
    ) {
        let given = given();
        let answer = |text: &str| {
            let unmet = read(&format!("({text}) or no"), Subject::Order).unwrap();
            match unmet.unmet(&given) {
                None => Some(true),
                Some(unmet) => unmet.answered.then_some(false),
            }
        };
        let negated = parts.iter().map(|part| format!("not ({part})")).collect::<Vec<_>>().join(" or ");
        prop_assert_eq!(answer(&format!("not ({})", parts.join(" and "))), answer(&negated));
        prop_assert_eq!(answer(&parts.join(" and ")).map(|yes| !yes), answer(&negated));
    }
}

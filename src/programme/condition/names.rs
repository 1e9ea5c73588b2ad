//! The names that a condition may use: the one list of what can be known of an order, of a line, of an event and of a member. The
//! reference page and the JSON Schema of facts are made from it. A name is never renamed or taken away: published versions use it.

/// What a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In whole units of the programme's currency: 49.99.
    Money,
    Number,
    YesNo,
    Text,
    /// A path; it is also every path that it lies below.
    Category,
    Weekday,
    /// One of the programme's own.
    Tier,
    /// A list of texts.
    Texts,
    /// A list of numbers.
    Numbers,
    /// What an event brings: a number, or yes or no.
    OfEvent,
}

/// What a condition is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Order,
    Event,
    /// A member alone.
    Member,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    OrderTotal,
    OrderCurrency,
    OrderChannel,
    OrderStore,
    OrderCity,
    OrderRegion,
    OrderWeekday,
    OrderHour,
    OrderFirst,
    OrderNumber,
    LineSku,
    LineCategory,
    LineBrand,
    LineAmount,
    LineQuantity,
    EventType,
    MemberTier,
    MemberSegments,
    MemberBadges,
    MemberOrders,
    MemberSpent,
    MemberEarned,
    MemberBalance,
    MemberLanguage,
    MemberDaysJoined,
    MemberDaysSinceOrder,
}

/// A fact as it is listed.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub name: &'static str,
    pub fact: Fact,
    pub kind: Kind,
    pub means: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
}

const fn known((name, fact, kind): (&'static str, Fact, Kind), means: &'static str, example: &'static str) -> Known {
    Known { name, fact, kind, means, example }
}

/// Days of the week, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What an event brings beside its type: any field of its data.
pub const OF_EVENT: &str = "event.";

/// What a challenge counts of the member, by the id of its row.
pub const MEASURE: &str = "measure.";

pub static FACTS: &[Known] = &[
    known(
        ("order.total", Fact::OrderTotal, Kind::Money),
        "What its goods that can earn come to, after discounts and returns: the amount of Smallest order",
        "order.total >= 49.99",
    ),
    known(
        ("order.currency", Fact::OrderCurrency, Kind::Text),
        "The currency that it was placed in; amounts are in the programme's all the same",
        "order.currency != \"EUR\"",
    ),
    known(
        ("order.channel", Fact::OrderChannel, Kind::Text),
        "How it came, as the shop says",
        "order.channel = \"web\"",
    ),
    known(
        ("order.store", Fact::OrderStore, Kind::Text),
        "Where it was placed, as the shop says",
        "order.store in [\"tartu-1\", \"tallinn-2\"]",
    ),
    known(
        ("order.city", Fact::OrderCity, Kind::Text),
        "The city of that store, by its row in Stores",
        "order.city = \"Tartu\"",
    ),
    known(
        ("order.region", Fact::OrderRegion, Kind::Text),
        "The region of that store, by its row in Stores",
        "order.region in [\"South\", \"West\"]",
    ),
    known(
        ("order.weekday", Fact::OrderWeekday, Kind::Weekday),
        "The day of the week on which it was placed, by the programme's clock",
        "order.weekday in [\"Saturday\", \"Sunday\"]",
    ),
    known(
        ("order.hour", Fact::OrderHour, Kind::Number),
        "The hour in which it was placed, 0 to 23, by the programme's clock",
        "order.hour >= 17 and order.hour < 19",
    ),
    known(
        ("order.first", Fact::OrderFirst, Kind::YesNo),
        "Whether it is the member's first purchase. It stays so while the order stands",
        "order.first and order.total >= 20",
    ),
    known(
        ("order.number", Fact::OrderNumber, Kind::Number),
        "Which of the member's purchases it is, 1 to 20: the lowest number that was free. It is kept while the order stands; a later \
         purchase has none",
        "order.number in [3, 6, 9]",
    ),
    known(("line.sku", Fact::LineSku, Kind::Text), "The article", "any(line.sku = \"RUN-42\")"),
    known(
        ("line.category", Fact::LineCategory, Kind::Category),
        "Its category path; it is also each category that it lies below",
        "any(line.category = \"sport/shoes\")",
    ),
    known(("line.brand", Fact::LineBrand, Kind::Text), "Who makes the goods", "all(line.brand = \"Acme\")"),
    known(
        ("line.amount", Fact::LineAmount, Kind::Money),
        "What the line comes to, after discounts and returns",
        "any(line.amount >= 100)",
    ),
    known(
        ("line.quantity", Fact::LineQuantity, Kind::Number),
        "How many pieces of it are kept",
        "any(line.sku = \"RUN-42\" and line.quantity >= 2)",
    ),
    known(("event.type", Fact::EventType, Kind::Text), "The type of the event", "event.type = \"review\""),
    known(("member.tier", Fact::MemberTier, Kind::Tier), "The tier", "member.tier in [\"silver\", \"gold\"]"),
    known(
        ("member.segments", Fact::MemberSegments, Kind::Texts),
        "The segments",
        "\"vip\" in member.segments and \"staff\" not in member.segments",
    ),
    known(
        ("member.badges", Fact::MemberBadges, Kind::Texts),
        "Challenges whose badge the member has, by their ids",
        "\"explorer\" in member.badges",
    ),
    known(
        ("member.orders", Fact::MemberOrders, Kind::Number),
        "Orders that stand, without this one",
        "member.orders >= 5",
    ),
    known(
        ("member.spent", Fact::MemberSpent, Kind::Money),
        "What was spent on goods in these orders",
        "member.spent >= 500",
    ),
    known(
        ("member.earned", Fact::MemberEarned, Kind::Number),
        "Points that were ever given by rules, less those taken back",
        "member.earned < 100",
    ),
    known(("member.balance", Fact::MemberBalance, Kind::Number), "Points that can be spent", "member.balance = 0"),
    known(
        ("member.language", Fact::MemberLanguage, Kind::Text),
        "The language that is written in",
        "member.language = \"et\"",
    ),
    known(
        ("member.days_joined", Fact::MemberDaysJoined, Kind::Number),
        "Days since the member joined: 0 on that day",
        "member.days_joined <= 30",
    ),
    known(
        ("member.days_since_order", Fact::MemberDaysSinceOrder, Kind::Number),
        "Days since the newest order that stands was paid, without this one; who has none has no such number",
        "member.days_since_order >= 90",
    ),
];

impl Fact {
    /// Whether it is of the member, not of what happened: an order has it as it was at its first event.
    pub fn is_inside(self) -> bool {
        self.name().starts_with("member.")
    }

    /// Whether it is of one line of an order.
    pub fn is_of_a_line(self) -> bool {
        self.name().starts_with("line.")
    }

    /// By what conditions and orders name it.
    pub fn name(self) -> &'static str {
        FACTS.iter().find(|known| known.fact == self).map_or("", |known| known.name)
    }

    /// Who can be asked for it.
    pub fn is_of(self, subject: Subject) -> bool {
        let name = self.name();
        let of_order = name.starts_with("order.") || name.starts_with("line.");
        match subject {
            Subject::Order => of_order || self.is_inside(),
            Subject::Event => name.starts_with(OF_EVENT) || self.is_inside(),
            Subject::Member => self.is_inside(),
        }
    }
}

/// The fact of this name.
pub fn named(name: &str) -> Option<&'static Known> {
    FACTS.iter().find(|known| known.name == name)
}

impl Kind {
    /// As a person reads it: `is a number`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Money => "an amount of money",
            Self::Number => "a number",
            Self::YesNo => "yes or no",
            Self::Text => "a text",
            Self::Category => "a category",
            Self::Weekday => "a day of the week",
            Self::Tier => "a tier",
            Self::Texts => "a list of texts",
            Self::Numbers => "a list of numbers",
            Self::OfEvent => "a number, or yes or no",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Money | Self::Number | Self::OfEvent)
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Category | Self::Weekday | Self::Tier)
    }

    pub(super) fn is_yes_or_no(self) -> bool {
        matches!(self, Self::YesNo | Self::OfEvent)
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Numbers)
    }
}

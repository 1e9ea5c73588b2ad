//! The table `Rules`.

use super::{
    effect::{activate_by, cap, effect, wait},
    known, known_tiers, unique, window,
};
use crate::programme::{
    BIRTHDAY, Effect, JOINED, NUMBERED, PURCHASE, Problem, Row, Rule, Settings, Stacking, Tier,
    condition::{About, Condition, Subject},
    goods::Goods,
    names,
    reading::Reading,
    tables::{Columns, columns::columns},
    times::Times,
};

columns! {
    pub enum Column of "Rules" {
        Rule = "Rule",
        Name = "Name",
        Active = "Active",
        Event = "Event",
        Categories = "Categories",
        Products = "Products",
        ProductBrands = "Product brands",
        Stores = "Stores",
        Channels = "Channels",
        Weekdays = "Weekdays",
        Hours = "Hours",
        SmallestOrder = "Smallest order",
        Segments = "Segments",
        NotSegments = "Not segments",
        Tiers = "Tiers",
        From = "From",
        Until = "Until",
        Points = "Points",
        PerAmount = "Per amount",
        Multiplier = "Multiplier",
        PercentBack = "Percent back",
        Reward = "Reward",
        CodeOffer = "Code offer",
        FirstPurchase = "First purchase",
        NthPurchase = "Nth purchase",
        OneIn = "One in",
        Stacking = "Stacking",
        Group = "Group",
        Priority = "Priority",
        Qualifying = "Qualifying",
        Expires = "Expires",
        Waits = "Waits",
        ActivateBy = "Activate by",
        CapPerMember = "Cap per member",
        CapPeriod = "Cap period",
        Budget = "Budget",
        SpendableOn = "Spendable on",
        Condition = "Condition",
    }
}

pub(super) fn rules(
    rows: &[Row],
    (settings, words): (&Settings, Words<'_>),
    reserved: fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    unique(Column::Rule, rows, problems);
    let mut rules = Vec::new();
    for row in rows {
        let mut row = Reading::of(row, problems);
        let active = row.tick(Column::Active, true);
        let rule = rule(&mut row, (settings, words), reserved);
        if active {
            rules.push(rule);
        }
    }
    rules
}

/// What a tier gives is a rule like any other, so that it is shown, capped and taken back like any other.
pub(super) fn of_tier(tier: &Tier, (event, prefix): (&str, &str), effect: Effect) -> Rule {
    let (id, name) = (format!("{prefix}-{}", tier.id), tier.name.clone());
    Rule { tiers: vec![tier.id.clone()], ..plain((id, name), event, effect) }
}

/// What multiplies the base points of one order for its member's sake.
pub fn multiplier(id: String, name: String, thousandths: i64) -> Rule {
    plain((id, name), PURCHASE, Effect::Multiply { thousandths })
}

/// For everybody, without a limit, beside all others.
fn plain((id, name): (String, String), event: &str, effect: Effect) -> Rule {
    Rule {
        id,
        name,
        event: event.to_owned(),
        tiers: Vec::new(),
        effect,
        goods: Goods::default(),
        stores: Vec::new(),
        channels: Vec::new(),
        segments: Vec::new(),
        not_segments: Vec::new(),
        from: None,
        until: None,
        times: Times::default(),
        first_purchase: false,
        nth_purchase: None,
        smallest_order: None,
        condition: None,
        one_in: None,
        stacking: Stacking::Add,
        group: String::new(),
        priority: PRIORITY,
        expires: None,
        wait: None,
        activate_by: None,
        cap: None,
        budget: None,
        spendable_on: Vec::new(),
        qualifying: false,
        reward: None,
        code_offer: None,
    }
}

/// What of other rows a rule may name.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub tiers: &'a [Tier],
    /// Ids of challenges.
    pub measures: &'a [String],
}

fn rule(row: &mut Reading<'_, Column>, (settings, words): (&Settings, Words<'_>), reserved: fn(&str) -> bool) -> Rule {
    let id = row.id(Column::Rule);
    let event = event(row, reserved);
    let (from, until) = window(row, [Column::From, Column::Until], settings);
    let wanted_tiers = known_tiers(row, Column::Tiers, words.tiers);
    let (stacking, group) = stacking(row);
    let rule = Rule {
        name: row.text(Column::Name).unwrap_or(&id).to_owned(),
        effect: effect(row, settings),
        id,
        goods: Goods::read(row, [Column::Categories, Column::Products, Column::ProductBrands]),
        stores: row.list(Column::Stores),
        channels: row.list(Column::Channels),
        segments: row.list(Column::Segments),
        not_segments: row.list(Column::NotSegments),
        tiers: wanted_tiers,
        from,
        until,
        times: Times::of(row.each(Column::Weekdays), row.each(Column::Hours)),
        first_purchase: row.tick(Column::FirstPurchase, false),
        nth_purchase: nth_purchase(row),
        smallest_order: row.money(Column::SmallestOrder, &settings.currency).filter(|least| *least > 0),
        condition: condition(row, &event, words),
        one_in: at_least(row, Column::OneIn, 2),
        stacking,
        group,
        priority: row.points(Column::Priority).unwrap_or(PRIORITY),
        expires: row.parsed(Column::Expires),
        wait: wait(row, Column::Waits),
        activate_by: activate_by(row, settings),
        cap: cap(row, [Column::CapPerMember, Column::CapPeriod]),
        budget: row.points(Column::Budget),
        spendable_on: row.list(Column::SpendableOn),
        qualifying: row.tick(Column::Qualifying, true),
        reward: row.text(Column::Reward).map(str::to_owned),
        code_offer: row.text(Column::CodeOffer).map(str::to_owned),
        event,
    };
    of_event(row, &rule);
    rule
}

/// The expression that must hold besides.
fn condition(row: &mut Reading<'_, Column>, event: &str, Words { tiers, measures }: Words<'_>) -> Option<Condition> {
    let subject = if event == PURCHASE { Subject::Order } else { Subject::Event };
    Condition::in_cell(row, Column::Condition, About { subject, tiers, measures })
}

/// Of a rule without one; there is room before it and behind it.
const PRIORITY: i64 = 100;

/// What only a purchase has, each a condition on it.
const OF_PURCHASES: [Column; 9] = [
    Column::Categories,
    Column::Products,
    Column::ProductBrands,
    Column::Stores,
    Column::Channels,
    Column::SmallestOrder,
    Column::FirstPurchase,
    Column::NthPurchase,
    Column::PercentBack,
];

/// The event that it is for, which must be one that reaches rules.
fn event(row: &mut Reading<'_, Column>, reserved: fn(&str) -> bool) -> String {
    let event = row.text(Column::Event).unwrap_or(PURCHASE);
    let ours = [PURCHASE, BIRTHDAY, JOINED].into_iter().find(|own| names::same(own, event));
    let event = ours.unwrap_or(event);
    if ours.is_none() && reserved(event) {
        let ours = [PURCHASE, BIRTHDAY, JOINED].join(", ");
        row.problem(Column::Event, format!("`{event}` is the connector's own and reaches no rule: use {ours}, or the type of an event that is sent to it"));
    }
    event.to_owned()
}

/// Whether the event is one that has what cells ask for. Looked at last: of what cannot be read something else is said.
fn of_event(row: &mut Reading<'_, Column>, Rule { event, effect, .. }: &Rule) {
    if event == PURCHASE {
        return;
    }
    let says_no = ["no", "false", "0"]; // an empty tick, in a spreadsheet's words
    let filled = |column: &Column| row.text(*column).is_some_and(|cell| !says_no.contains(&&*cell.to_lowercase()));
    let filled = OF_PURCHASES.into_iter().filter(|column| filled(column) && row.reads([*column]));
    let filled: Vec<&str> = filled.map(Columns::title).collect();
    if !filled.is_empty() {
        row.problem(
            Column::Event,
            format!("`{event}` has no goods: leave {} empty, or use {PURCHASE}", filled.join(", ")),
        );
    } else if matches!(effect, Effect::Multiply { .. } | Effect::PerAmount { .. }) {
        let amounts = [Column::Multiplier, Column::PerAmount];
        row.disagree(Column::Event, amounts, format!("`{event}` has no amount: give fixed Points"));
    }
}

fn nth_purchase(row: &mut Reading<'_, Column>) -> Option<u8> {
    let number = row.points(Column::NthPurchase)?;
    let number = u8::try_from(number).ok().filter(|number| (1..=NUMBERED).contains(number));
    if number.is_none() {
        row.problem(Column::NthPurchase, format!("must lie between 1 and {NUMBERED}"));
    } else if number != Some(1) && row.tick(Column::FirstPurchase, false) {
        row.problem(Column::NthPurchase, "the first purchase is number 1: untick First purchase");
    }
    number
}

fn stacking(row: &mut Reading<'_, Column>) -> (Stacking, String) {
    let ways = [("add", Stacking::Add), ("best of group", Stacking::BestOfGroup), ("stop", Stacking::Stop)];
    let stacking = known(row, Column::Stacking, &ways);
    let group = row.text(Column::Group).unwrap_or_default().to_owned();
    match stacking {
        Stacking::BestOfGroup if group.is_empty() => {
            row.problem(Column::Group, "is empty; of which group is it the best? Rules of one group share a word");
        }
        Stacking::Add | Stacking::Stop if !group.is_empty() => {
            row.disagree(Column::Group, [Column::Stacking], "counts with Stacking `best of group` only");
        }
        _ => {}
    }
    (stacking, group)
}

fn at_least(row: &mut Reading<'_, Column>, column: Column, least: i64) -> Option<i64> {
    let number = row.points(column)?;
    if number < least {
        row.problem(column, format!("must be at least {least}"));
    }
    Some(number.max(least))
}

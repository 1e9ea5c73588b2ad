//! The one row of the table `Programme`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{effect, known, known_language, tiers, whole};
use crate::{
    programme::{
        Problem, Row, Settings,
        reading::Reading,
        settings::{NewMembers, PointsOn, RefundPolicy, Sender, Spending},
        tables::{Columns, columns::columns},
    },
    values::{bounds::RATE, exchange::PLACES, money, near::Near, span::Span, unit::Unit},
};

columns! {
    pub(crate) enum Column of "Programme" {
        Name = "Name",
        Currency = "Currency",
        TimeZone = "Time zone",
        Language = "Language",
        Expires = "Expires",
        PointsWait = "Points wait",
        ActivityExtendsBy = "Activity extends by",
        ExtendsAtMost = "Extends at most",
        RemindBeforeExpiry = "Remind before expiry",
        TierWindow = "Tier window",
        TiersCount = "Tiers count",
        TierGrace = "Tier grace",
        TierFalls = "Tier falls",
        RefundLowersTier = "Refund lowers tier",
        ExcludedCategories = "Excluded categories",
        PointsOn = "Points on",
        RefundTolerance = "Refund tolerance",
        UnknownMembersJoin = "Unknown members join",
        NewMembers = "New members",
        ThankYouBy = "Thank-you by",
        Spending = "Spending",
        PointsThatPay = "Points that pay",
        PaidAmount = "Paid amount",
        SmallestPayment = "Smallest payment",
        PaymentStep = "Payment step",
        LargestShare = "Largest share",
        PayableCategories = "Payable categories",
        NotPayableCategories = "Not payable categories",
        HoldTime = "Hold time",
        SpentPointsOfARefund = "Spent points of a refund",
        GraceForExpiredPoints = "Grace for expired points",
        SecondKeyAbove = "Second key above",
        SecondPersonPublishes = "Second person publishes",
        StopAt = "Stop at",
        ConvertsTo = "Converts to",
        ExchangeRates = "Exchange rates",
        OrdersADay = "Orders a day",
        LateAfter = "Late after",
        Late = "Late",
        CapPerMember = "Cap per member",
        CapPeriod = "Cap period",
        SpentADay = "Spent a day",
        FewerRows = "Fewer rows",
    }
}

/// Days that windows stay open after their end, and those that may be said.
const LATE: i64 = 90;
const LATE_AT_MOST: i64 = 366;

/// Times its forecast at which a row stops by itself.
const STOP_AT: i64 = 3;

pub(super) fn settings(rows: &[Row], problems: &mut Vec<Problem>) -> Settings {
    if rows.len() != 1 {
        problems.push(whole(Column::TABLE, &format!("needs exactly one row, has {}", rows.len())));
    }
    let empty = Row::default();
    let row = if rows.len() == 1 { &rows[0] } else { &empty };
    let mut row = Reading::of(row, problems);
    let currency = row.text(Column::Currency).unwrap_or("EUR").to_owned();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        row.unreadable(Column::Currency, format!("`{currency}` is not a currency code like EUR"));
    }
    let zone_name = row.text(Column::TimeZone).unwrap_or("UTC");
    let zone = TimeZone::get(zone_name).unwrap_or_else(|_| {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let near = Near::of(names.iter().map(String::as_str)).is_it_meant(zone_name);
        row.problem(Column::TimeZone, format!("`{zone_name}` is not a time zone like Europe/Tallinn{near}"));
        TimeZone::UTC
    });
    let language = row.text(Column::Language).unwrap_or("en").to_owned();
    known_language(&mut row, Column::Language, &language);
    let senders = [Sender::Connector, Sender::N8n, Sender::Nobody].map(|sender| (sender.name(), sender));
    let on = [("amounts with tax", PointsOn::WithTax), ("amounts without tax", PointsOn::WithoutTax)];
    let one = 10_i64.pow(money::places(&currency));
    let refunds = [
        ("debt", RefundPolicy::Debt),
        ("within balance", RefundPolicy::WithinBalance),
        ("forgive", RefundPolicy::Forgive),
    ];
    Settings {
        name: row.text(Column::Name).unwrap_or("Loyalty").to_owned(),
        spending: spending(&mut row, &currency),
        rates: rates(&mut row, &currency),
        zone,
        language,
        expires: row.parsed(Column::Expires),
        wait: effect::wait(&mut row, Column::PointsWait).unwrap_or_default(),
        slide: slide(&mut row),
        remind: remind(&mut row),
        excluded: row.list(Column::ExcludedCategories),
        points_on: known(&mut row, Column::PointsOn, &on),
        refund_tolerance: row.money(Column::RefundTolerance, &currency).unwrap_or(one),
        join: row.tick(Column::UnknownMembersJoin, true),
        new_members: new_members(&mut row),
        thank_you: known(&mut row, Column::ThankYouBy, &senders),
        tier: tiers::settings(&mut row),
        after_refund: known(&mut row, Column::SpentPointsOfARefund, &refunds),
        grace: row.parsed(Column::GraceForExpiredPoints),
        converts_to: row.text(Column::ConvertsTo).map(str::to_owned),
        cap: effect::cap(&mut row, [Column::CapPerMember, Column::CapPeriod]),
        late_after: row.parsed(Column::LateAfter),
        late: late(&mut row),
        second_key_above: row.points(Column::SecondKeyAbove),
        second_person: row.tick(Column::SecondPersonPublishes, false),
        stop_at: row.points(Column::StopAt).unwrap_or(STOP_AT),
        orders_a_day: row.points(Column::OrdersADay),
        currency,
    }
}

/// Where purchases of somebody unknown are refused there is nothing to choose.
fn new_members(row: &mut Reading<'_, Column>) -> NewMembers {
    let all = [
        ("join by buying", NewMembers::JoinByBuying),
        ("points wait until they accept", NewMembers::WaitUntilAccepted),
        ("only by joining", NewMembers::OnlyByJoining),
    ];
    let chosen = known(row, Column::NewMembers, &all);
    if row.text(Column::NewMembers).is_some() && !row.tick(Column::UnknownMembersJoin, true) {
        let detail = "says what becomes of somebody unknown who buys, and Unknown members join refuses them: leave one of \
                      the two empty";
        row.problem(Column::NewMembers, detail);
    }
    chosen
}

/// `USD 0.92, SEK 0.088`.
fn rates(row: &mut Reading<'_, Column>, ours: &str) -> BTreeMap<String, i64> {
    let mut rates = BTreeMap::new();
    for text in row.list(Column::ExchangeRates) {
        let (currency, rate) = text.split_once(' ').unwrap_or((&text, ""));
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        match money::parse_within(rate.trim(), PLACES, RATE) {
            Ok(rate) if rate > 0 && is_code && currency != ours => drop(rates.insert(currency.to_owned(), rate)),
            _ => row.problem(
                Column::ExchangeRates,
                format!("`{text}`: write what 1 of it is in {ours}, like `USD 0.92, SEK 0.088`"),
            ),
        }
    }
    rates
}

fn spending(row: &mut Reading<'_, Column>, currency: &str) -> Spending {
    let points = row.points(Column::PointsThatPay).unwrap_or(100);
    let amount = row.money(Column::PaidAmount, currency).unwrap_or(10_i64.pow(money::places(currency)));
    for (column, other, number) in
        [(Column::PointsThatPay, Column::PaidAmount, points), (Column::PaidAmount, Column::PointsThatPay, amount)]
    {
        if number == 0 {
            row.problem(column, format!("must be more than 0, and {} too: 100 points pay 1.00", other.title()));
        }
    }
    let share_percent = row.whole(Column::LargestShare, Unit::Percent).unwrap_or(100);
    if share_percent > 100 {
        row.problem(Column::LargestShare, "is a percentage: at most 100");
    }
    Spending {
        allowed: row.tick(Column::Spending, true),
        points: points.max(1),
        amount: amount.max(1),
        smallest: row.points(Column::SmallestPayment).unwrap_or(1).max(1),
        step: row.points(Column::PaymentStep).unwrap_or(1).max(1),
        share_percent,
        goods: row.list(Column::PayableCategories),
        excluded: row.list(Column::NotPayableCategories),
        a_day: row.points(Column::SpentADay),
        hold: row.parsed(Column::HoldTime).unwrap_or_else(quarter_of_an_hour),
    }
}

/// Whole days: `90D`.
fn late(row: &mut Reading<'_, Column>) -> i64 {
    let Some(text) = row.text(Column::Late) else { return LATE };
    let days = text.parse::<Span>().ok().and_then(|span| span.whole_days());
    days.filter(|days| (1..=LATE_AT_MOST).contains(days)).unwrap_or_else(|| {
        row.problem(Column::Late, format!("`{text}` must be whole days, from 1D to {LATE_AT_MOST}D, like 90D"));
        LATE
    })
}

fn quarter_of_an_hour() -> Span {
    "15m".parse().unwrap_or_else(|_| unreachable!("a constant of the grammar"))
}

fn slide(row: &mut Reading<'_, Column>) -> Option<(Span, Span)> {
    let (by, most) = (row.parsed(Column::ActivityExtendsBy), row.parsed(Column::ExtendsAtMost));
    match (by, most) {
        (None, None) => None,
        (Some(by), Some(most)) => Some((by, most)),
        _ => {
            let detail = "and Activity extends by go together: fill both, or none";
            row.disagree(Column::ExtendsAtMost, [Column::ActivityExtendsBy], detail);
            None
        }
    }
}

/// Longest first.
fn remind(row: &mut Reading<'_, Column>) -> Vec<Span> {
    row.each(Column::RemindBeforeExpiry)
}

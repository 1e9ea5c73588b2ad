//! The largest numbers there are. What comes in is held against them before it is decided, and what a decision leads to before
//! it is kept; so no sum in between comes near the end of an `i64`.

/// Minor units of one order, in its own currency and in the programme's; also thousandths of a piece.
pub const AMOUNT: i64 = 1_000_000_000_000;

/// Points of one event.
pub const POINTS: i64 = 1_000_000_000_000;

/// Points of an account, and whatever else is counted over a member's life.
pub const BALANCE: i64 = 1_000_000_000_000_000;

/// Billionths of the programme's currency that one unit of another may be.
pub const RATE: i64 = 1_000_000_000 * 1_000_000_000;

/// Characters of any text that comes in, and items of any list; many have a closer bound of their own.
pub const TEXT: usize = 10_000;
pub const ITEMS: usize = 10_000;

/// A number beyond its bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must lie between {least} and {most}")]
pub struct TooLarge {
    /// Where the number stands in what was sent, as a JSON pointer.
    pub pointer: &'static str,
    pub what: &'static str,
    pub least: i64,
    pub most: i64,
}

/// A number between two others.
pub fn within(
    number: i64,
    least: i64,
    most: i64,
    (pointer, what): (&'static str, &'static str),
) -> Result<(), TooLarge> {
    if (least..=most).contains(&number) { Ok(()) } else { Err(TooLarge { pointer, what, least, most }) }
}

/// Points of one event as they were sent.
pub fn points_of_event(number: i64, least: i64) -> Result<(), TooLarge> {
    within(number, least, POINTS, ("/points", "points of one event"))
}

/// Points of one event, as an `i64` again.
pub fn points(number: i128, place: (&'static str, &'static str)) -> Result<i64, TooLarge> {
    let (pointer, what) = place;
    let too_large = TooLarge { pointer, what, least: 0, most: POINTS };
    i64::try_from(number).ok().filter(|points| *points <= POINTS).ok_or(too_large)
}

/// Where the amounts of an order stand.
pub const ORDER: (&str, &str) = ("/lines", "the worth of an order in minor units");

/// An amount of an order, as an `i64` again.
pub fn amount(number: i128) -> Result<i64, TooLarge> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    within(number, 0, AMOUNT, ORDER).map(|()| number)
}

/// Amounts of an order together.
pub fn worth(amounts: &[i64]) -> Result<(), TooLarge> {
    amount(amounts.iter().map(|amount| i128::from(*amount)).sum()).map(drop)
}

/// Names kept of one kind and brand.
pub const NAMES_KEPT: usize = 2_000;

//! Why an event is not accepted. Nothing is stored, so asking again asks anew.

use crate::values::{bounds::TooLarge, count::counted};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the member can spend {} and needs {wanted}", counted(.available, "point"))]
    NotEnoughPoints { available: i64, wanted: i64 },
    #[error("order {order} belongs to another member")]
    OrderOfAnotherMember { order: String },
    #[error("order {order} was ordered by `{known}` so far; keep to it")]
    MixedRevisions { order: String, known: &'static str },
    #[error(
        "the programme counts in {programme}, the order in {order}: give `exchange` with the order, or a rate in the \
         setting `Exchange rates`"
    )]
    WrongCurrency { programme: String, order: String },
    #[error("{field} lies more than 5 minutes in the future")]
    InTheFuture { field: &'static str },
    #[error("there is no {what} `{id}` of this member")]
    NoSuch { what: &'static str, id: String },
    #[error("{what} `{id}` is {state} already")]
    Over { what: &'static str, id: String, state: &'static str },
    #[error(
        "one key may give and take {} by hand on one day, and has moved {moved}: a second person has to agree",
        counted(.limit, "point")
    )]
    NeedsSecondKey { limit: i64, moved: i64 },
    #[error("{0}")]
    NotAllowed(NotAllowed),
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// Why something cannot be had, in words for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("spending is switched off in the programme")]
    SpendingOff,
    #[error("the member's account is on hold: it earns to pending and cannot spend")]
    OnHold,
    #[error("the member has not accepted yet to be one: its points wait until then")]
    Unaccepted,
    #[error("the member has left the programme")]
    Left,
    #[error("the payment is smaller than the programme's smallest")]
    TooSmall,
    #[error("the payment is not a multiple of the programme's step")]
    WrongStep,
    #[error("for these goods at most {} may pay", counted(.0, "point"))]
    OtherGoods(i64),
    #[error("the member has spent as many points today as one member may in a day")]
    EnoughToday,
    #[error("there are none left")]
    OutOfStock,
    #[error("the member has had all that one member may have")]
    MemberLimit,
    #[error("it is not offered at this time")]
    OutsideDates,
    #[error("it is for other members")]
    OtherMembers,
    #[error("the code has been used as often as it may be")]
    CodeUsedUp,
    #[error("days, weeks and months in a row and months as a member have no steps that could be added")]
    NoSteps,
    #[error("the code is redeemed by a partner, with the partner's key")]
    PartnersOnly,
}

//! What a document forgets in time, so that it stays small however long a member stays. All of it is in the event rows for ever;
//! what is forgotten here is only no longer looked at by what is decided next. A change like any other: recorded, and replayed.

use jiff::{SignedDuration, Timestamp};

use super::{Member, Programme, mechanics::ALL};

/// For so long an order may still name a hold that has ended, or that was captured without it; of the latter the newest may be named
/// longer. Points of the others are paid for good.
const HOLD_DAYS: i64 = 30;
const NEWEST_PAYMENTS: usize = 2;
const PAYMENT_DAYS: i64 = 400;

/// For so long it is remembered what expired: a refund of its order does not owe it, and a marketer may give it back. An order whose
/// points ended longer ago owes none of them.
pub const EXPIRED_DAYS: i64 = 400;

/// So many days before `now`.
pub fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(days * 24)).unwrap_or(Timestamp::MIN)
}

/// Forgets what is too long ago by `now`; part of what falls due.
pub fn forget(programme: &Programme, member: &mut Member, now: Timestamp) {
    let of_holds = days_before(now, HOLD_DAYS);
    member.ended.retain(|_, hold| hold.at > of_holds);
    let mut paid_at: Vec<Timestamp> = member.payments.values().map(|payment| payment.at).collect();
    paid_at.sort();
    let newest = paid_at.iter().rev().nth(NEWEST_PAYMENTS - 1).copied().unwrap_or(Timestamp::MIN);
    let of_payments = days_before(now, PAYMENT_DAYS).max(newest.min(of_holds));
    member.payments.retain(|_, payment| payment.at >= of_payments);
    // Documents of the first engine do not say when something expired.
    let (expired, unknown) = (days_before(now, EXPIRED_DAYS), Timestamp::UNIX_EPOCH);
    member.expired.retain(|_, lapsed| lapsed.points > 0 && (lapsed.at > expired || lapsed.at == unknown));
    for listed in ALL {
        listed.mechanic.forget(programme, member, now);
    }
}

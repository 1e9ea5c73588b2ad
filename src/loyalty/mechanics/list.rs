//! The list of mechanics: a folder beside this file and a line here is all that one needs.

/// Hands the list to another macro, which makes its own part of it: name, the type that implements [`Mechanic`](super::Mechanic),
/// rank of its alarms, and what it keeps in a member's document, each a type of the folder with [`Keep`](super::Keep). The order
/// of lines means nothing; a rank is never used again, and the names of what is kept are those in the stored document.
macro_rules! mechanics {
    ($then:ident) => {
        $then! {
            codes Codes 40 { codes: Uses, coupons: Coupons }
            rewards Rewards 50 { claims: Claims }
            birthdays Birthdays 60 { celebrated_on: Celebrated }
            challenges Challenges 80 { challenges: Standing }
            segments Segments 90 { placed: Placed, listed: Listed }
            reaching Reaching 95 { reached: Reached }
            gifts Gifts 100 { gifts: Given }
            subscription Subscription 97 { subscribed: Subscribed }
            savings Savings 70 { saving: Saving, unconverted_at: Unconverted }
            #[cfg(test)] toy Toy 9000 { #[cfg(test)] toy: Stamps }
        }
    };
}
pub(in crate::loyalty) use mechanics;

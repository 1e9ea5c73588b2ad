//! Birthdays: rules give points for them, once in twelve months, whatever date a member tells. The date itself is a personal fact:
//! a worker reads it and says that the day has come.

mod decide;
mod event;
mod state;

pub use event::Birthday;
pub use state::Celebrated;

/// `Birthday points` of Tiers are rules.
pub type Config = ();

pub(in crate::loyalty) struct Birthdays;

impl super::Mechanic for Birthdays {}

//! The pure heart: events in, entries out.
//! Guarantees: total and deterministic. No I/O, no clock, no randomness, no locale, no float. Everything it uses comes in
//! as a parameter and is recorded by the caller, so every decision can be replayed byte for byte.

pub mod counters;
pub mod absorbed;
pub mod acceptance;
pub mod books;
pub mod bounded;
pub mod catalogue;
pub mod chain;
mod dates;
pub mod decide;
mod deciding;
mod derived;
pub mod due;
pub mod earn;
pub mod entry;
pub mod event;
pub mod example;
pub mod explain;
pub mod facts;
pub mod funding;
mod index;
pub mod intent;
pub mod lately;
pub mod limits;
pub mod line;
pub mod lot;
pub mod measures;
pub mod mechanics;
pub mod member;
mod moment;
pub mod multiplied;
pub mod order;
pub mod personal;
pub mod pins;
pub mod programme;
pub mod progress;
mod pruning;
pub mod qualifying;
pub mod quote;
pub mod reasons;
pub mod receipt;
mod refusal;
pub mod subject;
pub mod tier;
pub mod versions;

pub use decide::{decide, seen_at};
pub use deciding::{Decision, Parked};
pub use event::{Event, Fact};
pub use member::Member;
pub use order::{Order, OrderState};
pub use programme::Programme;
pub use refusal::{NotAllowed, Refusal};
pub use versions::{Programmes, Version};

/// Number of the arithmetic: time-zone data, what is decided, and rule semantics. A change of any of them raises it, and `verify`
/// re-executes only the events that this engine decided. How rows are written has a number of its own; a new kind of event or a
/// new mechanic raises neither.
pub const ENGINE: u32 = 6;

//! Whether the ledger is what it should be, for people who need not trust it: decided again, anchored, proved to a member.
//! May name everything below the use cases; writes nothing but its own files.

pub mod anchor; // a line a day over every member's chain
pub mod proof; // a member's statement that proves itself
pub mod verify;

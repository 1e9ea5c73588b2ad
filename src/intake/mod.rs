//! What the world says -> values, or what is wrong with them and where. Pure: no clock, no store, no network; it names the
//! ledger's and the programme's types and nothing else.

pub mod email;
pub mod event;
pub mod fields;
mod given_id;
pub mod imports;
pub mod incoming;
pub mod member;
pub mod order;
pub mod phone;
pub mod problem;
mod reader;

pub use given_id::GivenId;
pub use incoming::{Incoming, Who};
pub use phone::Country;
pub use reader::Reader;

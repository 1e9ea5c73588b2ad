//! What the world says -> values, or what is wrong with them and where. Pure: no clock, no store, no network; it names the
//! ledger's and the programme's types and nothing else.

pub mod adjustment;
pub mod cart;
pub mod challenge;
pub mod claim;
pub mod code;
pub mod currency;
pub mod draft;
pub mod email;
pub mod event;
pub mod fields;
mod given_id;
pub mod hold;
pub mod identity;
pub mod imports;
pub mod incoming;
pub mod line;
pub mod member;
pub mod merge;
pub mod message;
pub mod order;
pub mod phone;
pub mod problem;
mod reader;
pub mod replay;
pub mod savings;
pub mod standing;
pub mod text;
pub mod webhook;

pub use given_id::GivenId;
pub use incoming::{Incoming, Who};
pub use phone::Country;
pub use reader::Reader;

//! What a member reads: templates filled, model texts guarded, names put in last, mail made from it. Pure.
//! Guarantees: a text by a model holds no number that is not among its facts, no link, no address, and is in the member's
//! language; a name enters only after that, so no model ever sees one.

pub mod cell;
pub mod compose;
pub mod facts;
pub mod fill;
pub mod guard;
mod language;
pub mod mail;
pub mod say;
pub mod notice;
mod numbers;

pub use compose::Draft;
pub use facts::Facts;

/// The one personal placeholder, as it stands in finished texts.
pub const NAME: &str = "{{name}}";

//! Who may what: keys and their scopes, the callers that hold them, how often somebody may call, and the sessions of people.
//! Guarantees: a secret is known here only by its hash; a revoked key ends within a second by the machine's steady clock,
//! whatever the date says; what a stranger sends is never kept. It knows nothing of members and nothing of HTTP.

mod caller;
pub mod keys;
pub mod pace;
mod sessions;

pub use caller::Caller;
pub use keys::{Keys, NotLetIn};
pub use pace::Pace;
pub use sessions::{LASTS, Session, Sessions};

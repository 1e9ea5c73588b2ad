//! What HTTP and pages share: where a request comes from, its address, bytes, body or form, read once and within limits, the turn of what is
//! expensive to read, and what went wrong as an answer. It knows no call and no page.

pub mod address;
pub mod body;
pub mod peer;
mod problem;
pub mod turns;

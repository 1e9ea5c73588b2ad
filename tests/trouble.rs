//! Trouble around a running connector, with the real binary: broken texts, a full disk, a log nobody reads, a clock that
//! jumps. What callers saw is what docs/GUARANTEES.md says.

mod support;

#[path = "trouble/texts.rs"]
mod texts;

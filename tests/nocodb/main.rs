//! NocoDB: against a stand-in that fails in every way, and against the real one when the environment names it.

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod compare;
mod drafts;
mod edits;
mod house;
mod lists;
mod pace;
mod pairs;
mod projection;
mod real;
mod row_counts;
mod settings;
mod translations;

//! Views of a table, as NocoDB gets them.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: ViewKind,
    /// Shown from the left in this order, and no others. Empty: all, as the table has them.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A kanban stacks by it, a grid groups by it.
    #[serde(default)]
    pub group_by: Option<String>,
    #[serde(default)]
    pub sort: Vec<Sort>,
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViewKind {
    Grid,
    Kanban,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sort {
    pub column: String,
    #[serde(default)]
    pub descending: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub column: String,
    #[serde(default)]
    pub is: Option<String>,
    #[serde(default)]
    pub above: Option<String>,
}

//! Views of a table, as NocoDB gets them. The first one is what a table opens with.

use serde::Deserialize;

use super::{Cells, Column, Holds, Kind, Table};

/// At 1600 pixels NocoDB shows columns of so many beside its menu.
pub(super) const SEEN_PX: u32 = 1195;
const WIDEST_PX: u32 = 420;
/// Of a column's head.
const SIGNS_PX: u32 = 70;
const LETTER_PX: u32 = 7;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: ViewKind,
    /// Shown from the left in this order, and no others. Empty: all, as the table has them.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Of a calendar: the columns in which a row begins and ends.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub to: Option<String>,
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
    /// By instants of two columns.
    Calendar,
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

impl Table {
    /// How wide each column stands in a view that names its columns: as its title and cells need, and what is left over goes to long
    /// texts.
    pub fn widths_px(&self, view: &View) -> Vec<u32> {
        let columns: Vec<&Column> = view.columns.iter().filter_map(|title| self.column(title)).collect();
        let mut widths: Vec<u32> = columns.iter().map(|column| self.width_px(column)).collect();
        let long: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].kind == Kind::LongText).collect();
        let left = SEEN_PX.saturating_sub(widths.iter().sum());
        let each = left.checked_div(u32::try_from(long.len()).unwrap_or(1)).unwrap_or(0);
        for at in long {
            widths[at] = (widths[at] + each).min(WIDEST_PX);
        }
        widths
    }

    /// What a column needs at least: NocoDB puts three signs beside its title, of which eight letters are enough to know it by.
    fn width_px(&self, column: &Column) -> u32 {
        let letters = u32::try_from(column.title.chars().count().min(8)).unwrap_or(8);
        let cells = match column.kind {
            _ if column.cells == Some(Cells::Name) => 170,
            Kind::SingleLineText if self.holds == Holds::Settings => 170,
            Kind::LongText | Kind::DateTime => 150,
            Kind::SingleLineText | Kind::MultiSelect => 105,
            Kind::SingleSelect | Kind::Number | Kind::Decimal | Kind::Checkbox => 0,
        };
        cells.max(SIGNS_PX + LETTER_PX * letters)
    }
}

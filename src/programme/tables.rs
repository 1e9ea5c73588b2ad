//! The one list of the tables in NocoDB and of their columns: the files of nocodb-schema/tables, embedded as they are.
//! Guarantees: what is known of a table or column beside its rows is said in its file or follows from it, so a new file is a new
//! table. Code that reads rows names their columns by [`columns!`](columns), whose titles are held against the file.

pub mod columns;
mod view;

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{names, rows::Row};
pub use columns::Columns;
pub use view::{View, ViewKind};

#[derive(RustEmbed)]
#[folder = "nocodb-schema/tables"]
struct Files;

/// One table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// In NocoDB, in messages, and of its CSV file.
    pub title: String,
    /// Tables stand in this order wherever several are told, judged or made.
    place: u32,
    pub holds: Holds,
    /// A base that was set up before it was thought of works without it.
    #[serde(default)]
    pub optional: bool,
    /// A folder of CSV files must have it. Another one that is absent is a table without rows: it gives nothing away.
    #[serde(default)]
    pub file_needed: bool,
    /// What cells of this kind in other tables name: its rows.
    #[serde(default)]
    pub brings: Option<Cells>,
    /// Versions of the programme name it even when it has no rows: they always did, and their bytes stay.
    #[serde(default)]
    pub stored_empty: bool,
    /// When a row is a part of the programme.
    #[serde(default)]
    counts: Counts,
    pub description: String,
    pub columns: Vec<Column>,
    pub views: Vec<View>,
}

/// Whose rows they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// A marketer's; all tables of this kind together are published as the programme.
    Programme,
    /// The connector's, shown from the ledger and made again when they are lost.
    Projection,
    /// Questions of the connector, and what people decide.
    Decisions,
    /// A marketer's too: a row of it is a column of the table that has one row for the whole programme.
    Settings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Counts {
    #[default]
    Always,
    /// Without its tick it is work under way.
    #[serde(rename = "when ticked")]
    WhenTicked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Readers {
    Members,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub title: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What its cells are, where that is worth looking at in any table.
    #[serde(default)]
    pub cells: Option<Cells>,
    pub description: String,
    #[serde(default)]
    pub options: Vec<Choice>,
    #[serde(default)]
    pub default: Option<String>,
    /// No two rows share a value (NocoDB enforces it on PostgreSQL only).
    #[serde(default)]
    pub unique: bool,
    /// The connector writes it; it is no part of the programme.
    #[serde(default)]
    pub written_by_us: bool,
    /// A base that was set up before it was thought of works without it.
    #[serde(default)]
    pub optional: bool,
    /// Titles it had: a file of then is read as it was then.
    #[serde(default)]
    pub formerly: Vec<String>,
    /// Members read it: it is said in their language, as far as somebody translated it.
    #[serde(default)]
    read_by: Option<Readers>,
    /// It is a setting: a row of its own in the table of settings, which stands there with others of this group.
    #[serde(default)]
    pub group: Option<String>,
    /// What can stand there, where its type does not say it.
    #[serde(default)]
    allowed: Option<String>,
}

/// NocoDB's types, as far as we use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum Kind {
    SingleLineText,
    LongText,
    Number,
    Decimal,
    Checkbox,
    SingleSelect,
    /// Some of the options, separated by commas.
    MultiSelect,
    DateTime,
}

/// Cells that mean the same in every table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cells {
    /// What tells rows apart: one of the same id is the same row, also in another version. A table without them has one row.
    Id,
    /// What members read, and other systems show.
    Name,
    /// Without its tick the row counts for nothing.
    Switch,
    /// How long points live.
    #[serde(rename = "end of points")]
    EndOfPoints,
    /// Days of the week.
    Weekdays,
    /// Names that orders, events and profiles bring.
    Categories,
    /// The same; that one has not come yet is what it is for.
    #[serde(rename = "categories kept out")]
    CategoriesKeptOut,
    Events,
    /// Among other things `event:` and a name.
    #[serde(rename = "awaited events")]
    AwaitedEvents,
    Segments,
    #[serde(rename = "product brands")]
    ProductBrands,
    Stores,
    Channels,
    /// Rows of the tables that bring them.
    Tiers,
    Rewards,
    Offers,
    Challenges,
}

impl Cells {
    /// The kind of names that stand there.
    pub fn names(self) -> Option<names::Kind> {
        match self {
            Self::Id
            | Self::Name
            | Self::Switch
            | Self::EndOfPoints
            | Self::Weekdays
            | Self::Tiers
            | Self::Rewards
            | Self::Offers
            | Self::Challenges => None,
            Self::Categories | Self::CategoriesKeptOut => Some(names::Kind::Category),
            Self::Events | Self::AwaitedEvents => Some(names::Kind::Event),
            Self::Segments => Some(names::Kind::Segment),
            Self::ProductBrands => Some(names::Kind::ProductBrand),
            Self::Stores => Some(names::Kind::Store),
            Self::Channels => Some(names::Kind::Channel),
        }
    }
}

#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub title: String,
    pub color: String,
}

// The files are part of the program and read by a test.
static ALL: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let files = Files::iter().filter_map(|name| Files::get(&name));
    let mut all: Vec<Table> = files.filter_map(|file| serde_json::from_slice(&file.data).ok()).collect();
    all.sort_by_key(|table| table.place);
    all
});

/// All tables, in the order a person meets them.
pub fn all() -> &'static [Table] {
    &ALL
}

/// Those whose rows make a programme, in the order a person fills them: first the one whose row stands for the whole.
pub fn programme() -> impl Iterator<Item = &'static Table> {
    all().iter().filter(|table| table.holds == Holds::Programme)
}

/// All that a marketer writes: these, and the table of settings.
pub fn of_marketers() -> impl Iterator<Item = &'static Table> {
    all().iter().filter(|table| matches!(table.holds, Holds::Programme | Holds::Settings))
}

/// One of them.
pub fn named(title: &str) -> Option<&'static Table> {
    all().iter().find(|table| table.title == title)
}

impl Table {
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.title.as_str())
    }

    /// The columns a marketer fills.
    pub fn marketers(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.written_by_us)
    }

    /// The columns that it has in NocoDB; the others are rows there.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.group.is_none())
    }

    /// The columns whose cells are these.
    pub fn columns_of(&self, cells: Cells) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |column| column.cells == Some(cells))
    }

    /// The column of this title, or that had it.
    pub fn column(&self, title: &str) -> Option<&Column> {
        let had = |column: &&Column| column.formerly.iter().any(|former| former == title);
        self.columns.iter().find(|column| column.title == title).or_else(|| self.columns.iter().find(had))
    }

    /// Whether a row is switched on, where it can be switched off.
    pub fn is_on(&self, row: &Row) -> bool {
        self.columns_of(Cells::Switch).all(|switch| match row.cell(&switch.title).map(str::to_lowercase).as_deref() {
            None => switch.default.as_deref() == Some("true"),
            Some(said) => matches!(said, "1" | "true" | "yes" | "y" | "x"),
        })
    }

    /// Whether a row is a part of the programme.
    pub fn counts(&self, row: &Row) -> bool {
        !self.counts_by_tick() || self.is_on(row)
    }

    /// Rows without a tick are work under way.
    pub fn counts_by_tick(&self) -> bool {
        self.counts == Counts::WhenTicked
    }

    pub fn has_one_row(&self) -> bool {
        self.columns_of(Cells::Id).next().is_none()
    }
}

impl Column {
    pub fn is_read_by_members(&self) -> bool {
        self.read_by == Some(Readers::Members)
    }

    pub fn chooses(&self) -> bool {
        matches!(self.kind, Kind::SingleSelect | Kind::MultiSelect)
    }

    /// The cells of a list whose options grow: they name rows, or what orders, events and profiles bring.
    pub fn grows(&self) -> Option<Cells> {
        let named = |cells: &Cells| {
            let of_rows = matches!(cells, Cells::Tiers | Cells::Rewards | Cells::Offers | Cells::Challenges);
            of_rows || cells.names().is_some()
        };
        self.cells.filter(|_| self.chooses()).filter(named)
    }

    /// The type of its cells in NocoDB. A decimal that a person types is text there, because NocoDB's own decimal cells drop what they
    /// do not know without a word: `1,5` becomes 15, and nobody could tell. As text it comes as it was typed and is read here.
    pub fn shown_as(&self) -> Kind {
        match self.kind {
            Kind::Decimal if !self.written_by_us => Kind::SingleLineText,
            kind => kind,
        }
    }

    /// What can stand there, in a few words.
    pub fn allowed(&self) -> String {
        let options: Vec<&str> = self.options.iter().map(|option| option.title.as_str()).collect();
        match self.kind {
            _ if self.allowed.is_some() => self.allowed.clone().unwrap_or_default(),
            Kind::Checkbox if self.default.as_deref() == Some("true") => "yes, no (empty: yes)".to_owned(),
            Kind::Checkbox => "yes, no (empty: no)".to_owned(),
            Kind::Number => "a whole number".to_owned(),
            Kind::Decimal => "an amount like 1.00".to_owned(),
            _ => options.join(", "),
        }
    }
}

#[cfg(test)]
mod tests;

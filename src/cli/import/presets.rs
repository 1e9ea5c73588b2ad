//! What the exports of other systems call their columns: data in `presets/`, each with the documentation it follows.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use jiff::{civil::DateTime, fmt::strtime};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::inbound::imports::Kind;

const PRESETS: [(&str, &str); 7] = [
    ("loyalty", include_str!("../../../presets/loyalty.toml")),
    ("loyaltylion", include_str!("../../../presets/loyaltylion.toml")),
    ("smile", include_str!("../../../presets/smile.toml")),
    ("yotpo", include_str!("../../../presets/yotpo.toml")),
    ("smartico", include_str!("../../../presets/smartico.toml")),
    ("mindbox", include_str!("../../../presets/mindbox.toml")),
    ("sailplay", include_str!("../../../presets/sailplay.toml")),
];

/// One system's columns for one kind of file.
#[derive(Debug, Clone)]
pub struct Preset {
    name: String,
    columns: Columns,
    dates: Vec<String>,
    /// What its values are called here, by our column.
    values: BTreeMap<String, BTreeMap<String, String>>,
}

/// Our column, and the names it may have there, best first. A dot leads into an object of a JSON line.
type Columns = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    members: Option<Columns>,
    #[serde(default)]
    lots: Option<Columns>,
    #[serde(default)]
    orders: Option<Columns>,
    #[serde(default)]
    dates: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

const INSTANTS: [&str; 9] = [
    "joined_at",
    "tier_until",
    "available_from",
    "expires_at",
    "hold_expires_at",
    "placed_at",
    "paid_at",
    "fulfilled_at",
    "updated_at",
];

impl Preset {
    pub fn named(name: &str, kind: Kind) -> anyhow::Result<Self> {
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
            bail!("--preset: `{name}` is none of {}", known.join(", "));
        };
        let Written { members, lots, orders, dates, values } = read(name, text)?;
        let columns = match kind {
            Kind::Members => members,
            Kind::Lots => lots,
            Kind::Orders => orders,
        };
        let Some(columns) = columns else {
            bail!(
                "--preset {name}: its public documentation shows no columns for this kind of file; docs/IMPORT.md says more"
            );
        };
        Ok(Self { name: name.to_owned(), columns, dates, values })
    }

    /// What the file lacks that every row needs.
    pub fn missing(&self, header: &csv::StringRecord) -> Option<String> {
        let has = |names: &Vec<String>| names.iter().any(|name| header.iter().any(|column| column.trim() == name));
        let needed = ["points", "order_id"].into_iter().filter_map(|column| self.columns.get(column));
        let lacking = needed.into_iter().find(|names| !has(names))?;
        Some(format!("no column {} as in an export of {}", lacking.join(" or "), self.name))
    }

    pub fn source_of(&self, column: &str) -> Option<String> {
        self.columns.get(column)?.first().cloned()
    }

    /// A row under our names; nothing for one without points, as in a list of everybody's balance.
    pub fn read(&self, row: Map<String, Value>) -> Result<Option<Map<String, Value>>, (Option<String>, String)> {
        let row = Value::Object(row);
        let mut ours = Map::new();
        for (column, names) in &self.columns {
            let found = names.iter().find_map(|name| Some((name, find(&row, name)?)));
            let Some((name, value)) = found else { continue };
            let value = match value.as_str() {
                Some(text) if INSTANTS.contains(&column.as_str()) => self.instant(name, text)?,
                Some(text) => Value::from(self.translated(column, text)),
                None => value.clone(),
            };
            ours.insert(column.clone(), value);
        }
        let nothing = |value: &Value| matches!(value.to_string().trim_matches('"'), "0" | "0.0" | "0.00");
        if self.columns.contains_key("points") && ours.get("points").is_none_or(nothing) {
            return Ok(None);
        }
        Ok(Some(ours))
    }

    fn translated(&self, column: &str, text: &str) -> String {
        let known =
            self.values.get(column).and_then(|values| values.get(text).or_else(|| values.get(&text.to_lowercase())));
        known.cloned().unwrap_or_else(|| text.to_owned())
    }

    fn instant(&self, name: &str, text: &str) -> Result<Value, (Option<String>, String)> {
        if self.dates.is_empty() || text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
        {
            return Ok(Value::from(text));
        }
        let read = self.dates.iter().find_map(|format| {
            let parsed = strtime::parse(format, text).ok()?;
            let instant = parsed.to_timestamp().map(|at| at.to_string());
            let moment = || parsed.to_datetime().map(|at: DateTime| at.to_string());
            instant.or_else(|_| moment()).or_else(|_| parsed.to_date().map(|day| day.to_string())).ok()
        });
        read.map(Value::from)
            .ok_or_else(|| (Some(name.to_owned()), format!("`{text}` is no date as {} writes it", self.name)))
    }
}

fn find<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    let whole = row.get(name);
    let inside = || name.split('.').try_fold(row, |value, part| value.get(part));
    whole.or_else(inside).filter(|value| !value.is_null() && *value != "")
}

fn read(name: &str, text: &str) -> anyhow::Result<Written> {
    let tree = config::Config::builder().add_source(config::File::from_str(text, config::FileFormat::Toml)).build();
    tree.and_then(config::Config::try_deserialize).with_context(|| format!("presets/{name}.toml"))
}

//! What the exports of other systems call their columns: data in `presets/`, each with the documentation it follows.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::intake::imports::Kind;

const OURS: &str = "loyalty";

const PRESETS: [(&str, &str); 7] = [
    (OURS, include_str!("../../../presets/loyalty.toml")),
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
    utc: bool,
}

/// Our column, and the names it may have there, best first. A dot leads into an object of a JSON line; a plus joins words.
type Columns = BTreeMap<String, Vec<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    members: Option<Columns>,
    lots: Option<Columns>,
    orders: Option<Columns>,
    /// Its instants name no time zone and are UTC.
    #[serde(default)]
    utc: bool,
}

impl Preset {
    pub fn named(name: &str, kind: Kind) -> anyhow::Result<Self> {
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
            bail!("--preset: `{name}` is none of {}", known.join(", "));
        };
        let Written { members, lots, orders, utc } = read(name, text)?;
        let columns = match kind {
            Kind::Members => members,
            Kind::Lots => lots,
            Kind::Orders => orders,
        };
        let Some(columns) = columns else {
            bail!(
                "--preset {name}: its public documentation shows no columns for this kind of file; name your columns as \
                 docs/IMPORT.md does"
            );
        };
        let mut columns = columns;
        if kind == Kind::Lots {
            columns.entry("id".to_owned()).or_insert_with(|| vec!["id".to_owned()]);
        }
        Ok(Self { name: name.to_owned(), columns, utc })
    }

    /// It reads what `loyalty export` wrote: each quote and line break stands where it belongs.
    pub fn is_ours(&self) -> bool {
        self.name == OURS
    }

    /// What the file lacks that every row needs.
    pub fn missing(&self, header: &[String]) -> Option<String> {
        let has = |names: &Vec<String>| names.iter().any(|name| header.iter().any(|column| column == name));
        let needed = ["points", "order_id"].into_iter().filter_map(|column| self.columns.get(column));
        let lacking = needed.into_iter().find(|names| !has(names))?;
        Some(format!("no column {} as in an export of {}", lacking.join(" or "), self.name))
    }

    /// Our column of this name there, of those without a path.
    pub fn column_of(&self, name: &str) -> Option<&String> {
        self.columns.iter().find(|(_, names)| names.iter().any(|known| known == name)).map(|(column, _)| column)
    }

    /// What our column may be called there.
    pub fn names_of(&self, column: &str) -> &[String] {
        self.columns.get(column).map(Vec::as_slice).unwrap_or_default()
    }

    /// A row under our names; nothing for one without points, as in a list of everybody's balance.
    pub fn read(&self, row: Map<String, Value>) -> Option<Map<String, Value>> {
        let row = Value::Object(row);
        let mut ours = Map::new();
        for (column, names) in &self.columns {
            if let Some(value) = names.iter().find_map(|name| found(&row, name)) {
                let is_instant = self.utc && (column.ends_with("_at") || column.ends_with("_from"));
                ours.insert(column.clone(), if is_instant { in_utc(value) } else { value });
            }
        }
        self.distinct(&mut ours);
        let nothing = |value: &Value| matches!(value.to_string().trim_matches('"'), "0" | "0.0" | "0.00");
        let empty = self.columns.contains_key("points") && ours.get("points").is_none_or(nothing);
        (!empty).then_some(ours)
    }
}

impl Preset {
    /// Its numbers of rows are its own; a balance below zero is a debt.
    fn distinct(&self, ours: &mut Map<String, Value>) {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some(id) = ours.get("id").map(text).filter(|_| !self.is_ours()) {
            ours.insert("id".to_owned(), Value::from(format!("{}-{id}", self.name)));
        }
        let owed = ours.get("points").map(text).and_then(|points| points.strip_prefix('-').map(str::to_owned));
        if let Some(owed) = owed.filter(|_| !ours.contains_key("state")) {
            ours.insert("points".to_owned(), Value::from(owed));
            ours.insert("state".to_owned(), Value::from("debt"));
        }
    }
}

/// The value of a name; of several names joined by a plus, their words.
fn found(row: &Value, name: &str) -> Option<Value> {
    let words: Vec<&Value> = name.split('+').filter_map(|name| at(row, name)).collect();
    match words.as_slice() {
        [] => None,
        [Value::Number(number)] => Some(Value::from(number.to_string())), // a customer's number is a name
        [value] => Some((*value).clone()),
        words => Some(Value::from(words.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join(" "))),
    }
}

fn at<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    let inside = || name.split('.').try_fold(row, |value, part| value.get(part));
    row.get(name).or_else(inside).filter(|value| !value.is_null() && **value != "")
}

/// `2027-06-20 16:23:44.681` names no time zone, and there it is UTC.
fn in_utc(value: Value) -> Value {
    let moment = value.as_str().and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    let instant = moment.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok());
    instant.map_or(value, |at| Value::from(at.timestamp().to_string()))
}

fn read(name: &str, text: &str) -> anyhow::Result<Written> {
    let tree = config::Config::builder().add_source(config::File::from_str(text, config::FileFormat::Toml)).build();
    tree.and_then(config::Config::try_deserialize).with_context(|| format!("presets/{name}.toml"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::import::columns;

    #[test]
    fn every_preset_names_its_documentation_and_only_columns_that_there_are() {
        for (name, text) in PRESETS {
            assert!(text.starts_with("# ") && (text.contains("https://") || name == "loyalty"), "{name}");
            for kind in [Kind::Members, Kind::Lots, Kind::Orders] {
                let Ok(preset) = Preset::named(name, kind) else { continue };
                let known = columns::of(kind);
                for column in preset.columns.keys() {
                    assert!(known.contains(&column.as_str()), "{name}: {column}");
                }
            }
        }
    }

    #[test]
    fn rows_of_other_systems_are_read() {
        let read = |name: &str, kind: Kind, row: Value| {
            let Value::Object(row) = row else { panic!("an object") };
            Preset::named(name, kind).unwrap().read(row).map(Value::Object)
        };
        let lion = json!({"id": 7, "merchant_id": 1001, "email": "a@b.c", "points_approved": 500, "points_pending": 2});
        let lot = json!({"external_id": "1001", "email": "a@b.c", "points": "500", "id": "loyaltylion-7"});
        assert_eq!(read("loyaltylion", Kind::Lots, lion), Some(lot));
        let owed = json!({"email": "a@b.c", "points_balance": -12, "id": "77"});
        let debt = json!({"email": "a@b.c", "points": "12", "state": "debt", "id": "smile-77"});
        assert_eq!(read("smile", Kind::Lots, owed), Some(debt), "what somebody owes");
        let smile = json!({"email": "a@b.c", "points_balance": 0});
        assert_eq!(read("smile", Kind::Lots, smile), None, "nobody brings nothing");
        let yotpo = json!({"Email": "a@b.c", "First Name": "Jane", "Last Name": "Doe", "Points Balance": "12"});
        let member = json!({"email": "a@b.c", "name": "Jane Doe"});
        assert_eq!(read("yotpo", Kind::Members, yotpo), Some(member));
        let smartico = json!({"ext_user_id": "u-1", "props": {"ach_points_balance": 1500}});
        assert_eq!(read("smartico", Kind::Lots, smartico), Some(json!({"external_id": "u-1", "points": "1500"})));
        let mindbox =
            json!({"CustomerIdentity": "18", "ChangeAmount": "70", "ExpirationDateTimeUtc": "2099-06-20 16:23:44"});
        let lot = json!({"external_id": "18", "points": "70", "expires_at": "2099-06-20T16:23:44Z"});
        assert_eq!(read("mindbox", Kind::Lots, mindbox), Some(lot));
        let sailplay =
            json!({"origin_user_id": "d-1", "phone": "79998887766", "first_name": "Ира", "birth_date": "1990-05-17"});
        let member = json!({"external_id": "d-1", "phone": "79998887766", "name": "Ира", "birthday": "1990-05-17"});
        assert_eq!(read("sailplay", Kind::Members, sailplay), Some(member));
        assert!(Preset::named("mindbox", Kind::Orders).unwrap_err().to_string().contains("docs/IMPORT.md"));
    }
}

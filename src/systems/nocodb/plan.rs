//! What a base lacks, held against the tables' files: steps that setup takes, and notes on what only a person can mend. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::programme::tables::{self, Column, Kind, Table};

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Base(String),
    Table(String),
    Column {
        table: String,
        column: String,
    },
    /// A column of ours under another title.
    Renamed {
        table: String,
        column: String,
        found: String,
    },
    /// A column of text that becomes a list of options.
    List {
        table: String,
        column: String,
    },
    /// A column of decimals that becomes text, because decimal cells drop what they do not know.
    Text {
        table: String,
        column: String,
    },
    /// What a list of ours cannot say yet.
    Options {
        table: String,
        column: String,
        options: Vec<String>,
    },
    View {
        table: String,
        view: String,
    },
}

/// What setup would do, and what only a person can mend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub steps: Vec<Step>,
    pub notes: Vec<String>,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Base(base) => write!(f, "base {base}"),
            Self::Table(table) => write!(f, "table {table}"),
            Self::Column { table, column } => write!(f, "column {table}.{column}"),
            Self::Renamed { table, column, found } => write!(f, "column {table}.{column} (was renamed to `{found}`)"),
            Self::List { table, column } => write!(f, "column {table}.{column} (as a list to choose from)"),
            Self::Text { table, column } => {
                write!(f, "column {table}.{column} (as text, which is read as it was typed)")
            }
            Self::Options { table, column, options } => {
                write!(f, "column {table}.{column} (with {})", options.join(", "))
            }
            Self::View { table, view } => write!(f, "view {table} / {view}"),
        }
    }
}

impl Step {
    /// Whether everything else works without it.
    pub fn is_optional(&self) -> bool {
        let (table, column) = match self {
            Self::Base(_) => return false,
            Self::List { .. } | Self::Text { .. } | Self::Options { .. } => return true,
            Self::Table(table) | Self::View { table, .. } => (table, None),
            Self::Column { table, column } | Self::Renamed { table, column, .. } => (table, Some(column)),
        };
        let Some(table) = tables::named(table) else { return false };
        table.optional || column.and_then(|column| table.column(column)).is_some_and(|column| column.optional)
    }
}

impl Plan {
    /// Columns that are made in a table that was there, as (table, column).
    pub fn made_columns(&self) -> impl Iterator<Item = (&String, &String)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Column { table, column } => Some((table, column)),
            _ => None,
        })
    }
}

/// What is in NocoDB now.
#[derive(Debug, Default)]
pub(super) struct Present {
    pub base: Option<String>,
    pub tables: BTreeMap<String, PresentTable>,
}

#[derive(Debug, Default)]
pub(super) struct PresentTable {
    pub id: String,
    pub columns: BTreeMap<String, Value>,
    /// Title -> id.
    pub views: BTreeMap<String, String>,
    /// Columns of text that cannot become lists, and why.
    pub awkward: BTreeMap<String, String>,
}

pub(super) fn missing(base: &str, declared: &[Table], present: &Present) -> Plan {
    let mut plan = Plan::default();
    if present.base.is_none() {
        plan.steps.push(Step::Base(base.to_owned()));
    }
    for table in declared {
        let title = &table.title;
        let there = present.tables.get(title);
        if let Some(there) = there {
            for column in table.shown() {
                match there.columns.get(&column.title) {
                    Some(found) => match difference((table, there), column, found) {
                        Some(Ok(step)) => plan.steps.push(step),
                        other => plan.notes.extend(other.and_then(Result::err)),
                    },
                    None => plan.steps.push(match under_another_title(table, column, there) {
                        Some(found) => Step::Renamed { table: title.clone(), column: column.title.clone(), found },
                        None => Step::Column { table: title.clone(), column: column.title.clone() },
                    }),
                }
            }
        } else {
            plan.steps.push(Step::Table(title.clone()));
        }
        let new_views =
            table.views.iter().filter(|view| there.is_none_or(|there| !there.views.contains_key(&view.title)));
        plan.steps.extend(new_views.map(|view| Step::View { table: title.clone(), view: view.title.clone() }));
    }
    plan
}

/// The title that a person gave our column: its name in the database stays ours.
fn under_another_title(table: &Table, column: &Column, there: &PresentTable) -> Option<String> {
    let mut others = there.columns.iter().filter(|(title, _)| table.titles().all(|ours| ours != *title));
    others.find(|(_, found)| found["column_name"] == *column.title).map(|(title, _)| title.clone())
}

/// What makes a column that is there what we need; or what only a person can mend, because it is left as it is.
fn difference((table, there): (&Table, &PresentTable), column: &Column, found: &Value) -> Option<Result<Step, String>> {
    let (table, column_title) = (table.title.clone(), column.title.clone());
    let name = format!("{table}.{column_title}");
    if found["uidt"] != json!(column.shown_as()) {
        let was_number = column.shown_as() != column.kind && found["uidt"] == json!(column.kind);
        if was_number {
            return Some(Ok(Step::Text { table, column: column_title }));
        }
        let was_text = found["uidt"] == json!(Kind::SingleLineText) && column.grows().is_some();
        return Some(match there.awkward.get(&column_title) {
            Some(why) => Err(format!("column {name} stays text: {why}")),
            None if was_text => Ok(Step::List { table, column: column_title }),
            None => Err(format!("column {name} is {}, made as {:?}", found["uidt"], column.shown_as())),
        });
    }
    if column.unique && found["unique"] != json!(true) {
        return Some(Err(format!("column {name} is no longer unique")));
    }
    let options = found["colOptions"]["options"].as_array();
    let has = |wanted: &str| options.is_some_and(|options| options.iter().any(|option| option["title"] == *wanted));
    let titles = column.options.iter().map(|option| option.title.clone());
    let options: Vec<String> = titles.filter(|option| !has(option)).collect();
    (!options.is_empty()).then_some(Ok(Step::Options { table, column: column_title, options }))
}

#[cfg(test)]
mod tests {
    use super::{super::setup::new_column, *};

    fn names(plan: &Plan) -> Vec<String> {
        plan.steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_nocodb_gets_everything_and_a_complete_one_nothing() {
        let declared = tables::all();
        let plan = missing("Loyalty", declared, &Present::default());
        let views: usize = declared.iter().map(|table| table.views.len()).sum();
        assert_eq!(plan.steps.len(), 1 + declared.len() + views);
        let there = |table: &Table| PresentTable {
            id: "m1".to_owned(),
            columns: table.columns.iter().map(|column| (column.title.clone(), new_column(column))).collect(),
            views: table.views.iter().map(|view| (view.title.clone(), "v1".to_owned())).collect(),
            awkward: BTreeMap::new(),
        };
        let tables = declared.iter().map(|table| (table.title.clone(), there(table))).collect();
        let mut present = Present { base: Some("p1".to_owned()), tables };
        assert_eq!(missing("Loyalty", declared, &present), Plan::default());

        let duplicates = present.tables.remove("Duplicates").unwrap();
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(names(&plan)[0], "table Duplicates");
        assert!(plan.steps.iter().all(Step::is_optional), "a base of before works on");
        present.tables.insert("Duplicates".to_owned(), duplicates);

        let rules = present.tables.get_mut("Rules").unwrap();
        let forecast = rules.columns.remove("Forecast").unwrap();
        rules.columns.insert("Effect".to_owned(), json!({"uidt": "LongText", "column_name": "Effect"}));
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(names(&plan), ["column Rules.Forecast"], "a base of before gets it, and its column Effect stays");
        assert!(plan.steps.iter().all(Step::is_optional) && plan.notes.is_empty(), "and works on until then");

        let rules = present.tables.get_mut("Rules").unwrap();
        rules.columns.insert("Forecast".to_owned(), forecast);
        rules.columns.remove("Expires");
        rules.columns.insert("My notes".to_owned(), json!({"uidt": "LongText"}));
        let mut segments = rules.columns.remove("Segments").unwrap();
        segments["title"] = json!("Audience");
        rules.columns.insert("Audience".to_owned(), segments);
        rules.columns.insert("Points".to_owned(), json!({"uidt": "Rating"}));
        rules.views.remove("Live rules");
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(
            names(&plan),
            ["column Rules.Segments (was renamed to `Audience`)", "column Rules.Expires", "view Rules / Live rules"]
        );
        assert!(!plan.steps.iter().any(Step::is_optional));
        assert_eq!(plan.notes, ["column Rules.Points is \"Rating\", made as Number"]);
    }

    #[test]
    fn a_base_of_before_gets_its_lists_and_the_words_that_they_lack_and_works_on_until_then() {
        let declared = tables::all();
        let there = |table: &Table| PresentTable {
            id: "m1".to_owned(),
            columns: table.columns.iter().map(|column| (column.title.clone(), new_column(column))).collect(),
            views: table.views.iter().map(|view| (view.title.clone(), "v1".to_owned())).collect(),
            awkward: BTreeMap::new(),
        };
        let tables = declared.iter().map(|table| (table.title.clone(), there(table))).collect();
        let mut present = Present { base: Some("p1".to_owned()), tables };
        let rules = present.tables.get_mut("Rules").unwrap();
        for column in ["Tiers", "Event"] {
            rules.columns.insert(column.to_owned(), json!({"uidt": "SingleLineText"}));
        }
        rules.columns.insert("Multiplier".to_owned(), json!({"uidt": Kind::Decimal}));
        rules.awkward.insert("Event".to_owned(), "`a, b` has a comma".to_owned());
        let status = rules.columns.get_mut("Status").unwrap();
        status["colOptions"]["options"].as_array_mut().unwrap().retain(|option| option["title"] != "stopped");
        let plan = missing("Loyalty", declared, &present);
        assert_eq!(
            names(&plan),
            [
                "column Rules.Status (with stopped)",
                "column Rules.Tiers (as a list to choose from)",
                "column Rules.Multiplier (as text, which is read as it was typed)"
            ]
        );
        assert!(plan.steps.iter().all(Step::is_optional));
        assert_eq!(plan.notes, ["column Rules.Event stays text: `a, b` has a comma"]);
    }
}
